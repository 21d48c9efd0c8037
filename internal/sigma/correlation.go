package sigma

import (
	"math"
	"strconv"
)

// correlationDraft is a correlation whose references are not resolved yet.
type correlationDraft struct {
	doc        *document
	c          *Correlation
	references []*node
	aliases    *node
	conditions bool // the document has a condition of its own
}

var timespanUnits = map[byte]int64{
	's': 1, 'm': 60, 'h': 3600, 'd': 86400, 'w': 604800, 'M': 2_629_746, 'y': 31_556_952,
}

// correlation reads a correlation document.
func (c *compiler) correlation() (*correlationDraft, *Error) {
	at := c.doc.root.get("correlation")
	if at.kind != mapNode {
		return nil, at.errorf("correlation is %s; expected a map", at.is())
	}
	d := &correlationDraft{doc: c.doc, c: &Correlation{Meta: c.doc.meta}}
	for i, key := range at.keys {
		switch key {
		case "type", "rules", "group-by", "aliases", "timespan", "condition", "generate":
		default:
			return nil, at.keyNodes[i].errorf("correlation has an unknown key %q", key)
		}
	}
	for _, step := range []func(*node, *correlationDraft) *Error{
		c.correlationType, c.correlationRules, c.correlationGroup, c.correlationTimespan, c.correlationGenerate, c.correlationCondition,
	} {
		if err := step(at, d); err != nil {
			return nil, err
		}
	}
	return d, d.checkNeeds(at)
}

func (c *compiler) correlationType(at *node, d *correlationDraft) *Error {
	name := at.text1("type")
	if name == "ordered_temporal" {
		c.warn(at.get("type"), "type ordered_temporal is called temporal_ordered")
		name = string(TemporalOrdered)
	}
	d.c.Type = CorrelationType(name)
	switch d.c.Type {
	case EventCount, ValueCount, ValueSum, ValueAvg, ValueMedian, ValuePercentile, Temporal, TemporalOrdered:
		return nil
	case "":
		return at.errorf("correlation has no type")
	}
	return at.get("type").errorf("unknown correlation type %q", name)
}

func (c *compiler) correlationRules(at *node, d *correlationDraft) *Error {
	list, err := at.strings("rules")
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return at.errorf("correlation names no rules")
	}
	d.references = list
	return nil
}

// strings returns a key's list of non-empty strings; a single one is a list of
// one, a missing key an empty list.
func (n *node) strings(key string) ([]*node, *Error) {
	v := n.get(key)
	if v == nil || v.kind == nullNode {
		return nil, nil
	}
	list := []*node{v}
	if v.kind == listNode {
		list = v.items
	}
	for _, item := range list {
		if item.kind == mapNode || item.kind == listNode || item.kind == nullNode || item.text == "" {
			return nil, item.errorf("%s has %s; expected names", key, item.is())
		}
	}
	return list, nil
}

func (c *compiler) correlationGroup(at *node, d *correlationDraft) *Error {
	list, err := at.strings("group-by")
	if err != nil {
		return err
	}
	for _, n := range list {
		if contains(d.c.GroupBy, n.text) {
			return n.errorf("group-by names %q twice", n.text)
		}
		d.c.GroupBy = append(d.c.GroupBy, n.text)
	}
	if aliases := at.get("aliases"); aliases != nil && aliases.kind != nullNode {
		if aliases.kind != mapNode {
			return aliases.errorf("aliases is %s; expected a map", aliases.is())
		}
		d.aliases = aliases
	}
	return nil
}

func (c *compiler) correlationTimespan(at *node, d *correlationDraft) *Error {
	v := at.get("timespan")
	if v == nil {
		return at.errorf("correlation has no timespan")
	}
	text := v.text
	bad := v.errorf("timespan %q; expected a number and a unit: s, m, h, d, w, M or y", text)
	if v.kind != stringNode || len(text) < 2 || !isDigits(text[:len(text)-1]) {
		return bad
	}
	unit, ok := timespanUnits[text[len(text)-1]]
	n, err := strconv.ParseInt(text[:len(text)-1], 10, 64)
	if !ok || err != nil || n == 0 || n > math.MaxInt64/1000/unit/1000 {
		return bad
	}
	d.c.TimespanMillis = n * unit * 1000
	return nil
}

func (c *compiler) correlationGenerate(at *node, d *correlationDraft) *Error {
	for _, v := range []*node{at.get("generate"), c.doc.root.get("generate")} {
		if v == nil || v.kind == nullNode {
			continue
		}
		if v.kind != boolNode {
			return v.errorf("generate is %s; expected true or false", v.is())
		}
		d.c.Generate = d.c.Generate || v.text == "true"
	}
	return nil
}

func (c *compiler) correlationCondition(at *node, d *correlationDraft) *Error {
	v := at.get("condition")
	if v == nil || v.kind == nullNode {
		return nil
	}
	if v.kind == stringNode {
		return v.errorf("condition as an expression over rules is not supported; use gte and the like, or leave it out")
	}
	if v.kind != mapNode {
		return v.errorf("condition is %s; expected a map of operators", v.is())
	}
	for i, key := range v.keys {
		if err := d.conditionKey(v, key, v.items[i]); err != nil {
			return err
		}
	}
	d.conditions = len(d.c.Condition) > 0
	return nil
}

func (d *correlationDraft) conditionKey(at *node, key string, v *node) *Error {
	switch key {
	case "gt", "gte", "lt", "lte", "eq", "neq":
		n, err := v.float(key)
		d.c.Condition = append(d.c.Condition, Comparison{Operator(key), n})
		return err
	case "percentile":
		n, err := v.float(key)
		d.c.Percentile = n
		if err == nil && (n < 1 || n > 99) {
			return v.errorf("percentile is %s; expected 1 to 99", v.text)
		}
		return err
	case "field":
		list, err := at.strings("field")
		for _, f := range list {
			d.c.Field = append(d.c.Field, f.text)
		}
		return err
	}
	return v.errorf("condition has an unknown key %q; expected gt, gte, lt, lte, eq, neq, field or percentile", key)
}

func (n *node) float(key string) (float64, *Error) {
	if n.kind != intNode && n.kind != floatNode {
		return 0, n.errorf("%s is %s; expected a number", key, n.is())
	}
	f, err := strconv.ParseFloat(n.text, 64)
	if err != nil {
		return 0, n.errorf("%s: %s is not a number", key, n.text)
	}
	return f, nil
}

// checkNeeds checks what the type asks for.
func (d *correlationDraft) checkNeeds(at *node) *Error {
	c := d.c
	temporal := c.Type == Temporal || c.Type == TemporalOrdered
	values := c.Type != EventCount && !temporal
	switch {
	case !temporal && !d.conditions:
		return at.errorf("correlation of type %s needs a condition with an operator", c.Type)
	case values && len(c.Field) == 0:
		return at.errorf("correlation of type %s needs a field in its condition", c.Type)
	case values && c.Type != ValueCount && len(c.Field) > 1:
		return at.get("condition").errorf("correlation of type %s takes one field, condition names %d", c.Type, len(c.Field))
	case c.Type == ValuePercentile && c.Percentile == 0:
		return at.get("condition").errorf("correlation of type value_percentile needs percentile in its condition")
	case c.Type != ValuePercentile && c.Percentile != 0:
		return at.get("condition").errorf("percentile belongs to type value_percentile, type is %s", c.Type)
	case !values && len(c.Field) > 0:
		return at.get("condition").errorf("correlation of type %s takes no field", c.Type)
	}
	return nil
}
