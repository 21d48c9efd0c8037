package sigma

import (
	"fmt"
	"slices"
	"sort"
)

// compiler turns documents into expressions.
type compiler struct {
	options Options
	doc     *document
	// parts are what Matcher.Explain tells of; entry is the number of the list
	// entry that is compiled, from 1.
	parts []explained
	entry int
}

func (c *compiler) warn(at *node, format string, args ...any) { c.doc.warn(at, format, args...) }

// logSource reads a logsource key.
func (c *compiler) logSource() (LogSource, *Error) {
	at := c.doc.root.get("logsource")
	if at == nil || at.kind == nullNode {
		return LogSource{}, c.doc.root.errorf("logsource is missing")
	}
	if at.kind != mapNode {
		return LogSource{}, at.errorf("logsource is %s; expected a map", at.is())
	}
	for _, key := range []string{"category", "product", "service"} {
		if v := at.get(key); v != nil && (v.kind == mapNode || v.kind == listNode) {
			return LogSource{}, v.errorf("logsource %s is %s; expected a string", key, v.is())
		}
	}
	l := LogSource{at.text1("category"), at.text1("product"), at.text1("service")}
	if l == (LogSource{}) {
		return LogSource{}, at.errorf("logsource names none of category, product and service")
	}
	return l, nil
}

// condition compiles the body of detection or filter: its named detections,
// joined by its condition. Keys in skip are no detections.
func (c *compiler) condition(body *node, what string, skip ...string) (*expr, *Error) {
	if body.kind != mapNode {
		return nil, body.errorf("%s is %s; expected a map", what, body.is())
	}
	names := detections{exprs: map[string]*expr{}, used: map[string]bool{}}
	for i, name := range body.keys {
		if name == "condition" || contains(skip, name) {
			continue
		}
		whole := c.part(name, "", body.keyNodes[i], nil)
		e, err := c.detection(name, body.items[i])
		if err != nil {
			return nil, err
		}
		c.finishPart(whole, e)
		names.names = append(names.names, name)
		names.exprs[name] = e
	}
	at := body.get("condition")
	if at == nil || at.kind == nullNode {
		return nil, body.errorf("%s has no condition", what)
	}
	texts := []*node{at}
	if at.kind == listNode {
		texts = at.items
	}
	if len(texts) == 0 {
		return nil, at.errorf("condition is an empty list")
	}
	kids := make([]*expr, 0, len(texts))
	for _, t := range texts {
		if t.kind == mapNode || t.kind == listNode || t.kind == nullNode {
			return nil, t.errorf("condition is %s; expected a string", t.is())
		}
		kid, err := parseCondition(t.text, &names, c.options.Limits, func(reason string) { c.warn(t, "%s", reason) })
		if err != nil {
			return nil, t.errorf("%v", err)
		}
		kids = append(kids, kid)
	}
	c.warnUnused(body, &names)
	return anyOf(kids), nil
}

func (c *compiler) warnUnused(body *node, names *detections) {
	for i, key := range body.keys {
		if _, ok := names.exprs[key]; ok && !names.used[key] {
			c.warn(body.keyNodes[i], "detection %q is not used by the condition", key)
		}
	}
}

func contains(list []string, s string) bool {
	return slices.Contains(list, s)
}

// detection compiles one named detection: a map (all of its items), a list (any
// of its entries) or a single keyword.
func (c *compiler) detection(name string, n *node) (*expr, *Error) {
	switch n.kind {
	case mapNode:
		return c.itemMap(name, n)
	case listNode:
		return c.entries(name, n)
	}
	one := c.part(name, "keywords", n, nil)
	e, err := c.keywords(n)
	if err == nil {
		c.finishPart(one, e)
	}
	return e, err
}

func (c *compiler) itemMap(name string, n *node) (*expr, *Error) {
	if len(n.keys) == 0 {
		return nil, n.errorf("detection %q is empty", name)
	}
	kids := make([]*expr, 0, len(n.keys))
	for i, key := range n.keys {
		field, modifierNames := splitKey(key)
		it := &item{c: c, at: n.keyNodes[i], field: c.fieldKey(field), written: field, keyword: field == ""}
		var err error
		if it.modifiers, err = parseModifiers(modifierNames); err == nil && it.keyword {
			err = it.modifiers.checkKeyword()
		}
		if err != nil {
			return nil, it.at.errorf("%s: %v", fmt.Sprintf("key %q", key), err)
		}
		one := c.part(name, key, it.at, it)
		kid, err2 := it.expr(n.items[i])
		if err2 != nil {
			return nil, err2
		}
		c.finishPart(one, kid)
		kids = append(kids, kid)
	}
	return allOf(kids), nil
}

func (c *compiler) entries(name string, n *node) (*expr, *Error) {
	if len(n.items) == 0 {
		return nil, n.errorf("detection %q is empty", name)
	}
	if len(n.items) > c.options.Limits.Values {
		return nil, n.errorf("detection %q has %d entries, at most %d are allowed", name, len(n.items), c.options.Limits.Values)
	}
	kids := make([]*expr, 0, len(n.items))
	defer func() { c.entry = 0 }()
	for i, entry := range n.items {
		c.entry = i + 1
		if entry.kind == listNode {
			return nil, entry.errorf("detection %q has a list inside a list; expected maps or keywords", name)
		}
		kid, err := c.detection(name, entry)
		if err != nil {
			return nil, err
		}
		kids = append(kids, kid)
	}
	return anyOf(kids), nil
}

func (c *compiler) keywords(n *node) (*expr, *Error) {
	it := &item{c: c, at: n, keyword: true}
	return it.expr(n)
}

func sortedIndex(keys []string) []int {
	order := make([]int, len(keys))
	for i := range order {
		order[i] = i
	}
	sort.Slice(order, func(a, b int) bool { return keys[order[a]] < keys[order[b]] })
	return order
}
