package sigma

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
)

// item is one key of a detection map, or one keyword list, while it is compiled.
type item struct {
	c         *compiler
	at        *node  // for errors
	field     string // as events name it
	written   string // as the rule names it
	keyword   bool
	modifiers modifiers
}

// expr compiles the item's values.
func (it *item) expr(value *node) (*expr, *Error) {
	values := []*node{value}
	if value.kind == listNode {
		values = value.items
	}
	if len(values) == 0 {
		return nil, value.errorf("%s has an empty list of values", it.name())
	}
	if len(values) > it.c.options.Limits.Values {
		return nil, value.errorf("%s has %d values, at most %d are allowed", it.name(), len(values), it.c.options.Limits.Values)
	}
	if it.modifiers.all && len(values) == 1 {
		it.c.warn(it.at, "%s: all has a single value", it.name())
	}
	kids := make([]*expr, 0, len(values))
	for _, v := range values {
		if v.kind == nullNode && value.kind == listNode && len(values) > 1 {
			it.c.warn(v, "%s: null in a list of values", it.name())
		}
		kid, err := it.value(v)
		if err != nil {
			return nil, err
		}
		kids = append(kids, kid)
	}
	e := anyOf(kids)
	if it.modifiers.all {
		e = allOf(kids)
	}
	if it.modifiers.neq {
		e = notOf(e)
	}
	return e, nil
}

func (it *item) name() string {
	if it.keyword {
		return "keyword item"
	}
	return fmt.Sprintf("field %q", it.written)
}

// value compiles one value.
func (it *item) value(v *node) (*expr, *Error) {
	m := &it.modifiers
	if v.kind == mapNode || v.kind == listNode {
		return nil, v.errorf("%s: value is %s; expected a scalar", it.name(), v.is())
	}
	switch {
	case m.timePart != "":
		return it.timePart(v)
	case isOrder(m.compare):
		num, err := it.number(v)
		if err != nil {
			return nil, err
		}
		return leaf(newNumber(it.field, orderRelation(m.compare), num)), nil
	case m.compare == "exists":
		return it.exists(v)
	case m.compare == "fieldref":
		return it.fieldRef(v)
	case m.compare == "re":
		return it.regexp(v)
	case m.compare == "cidr":
		return it.cidr(v)
	}
	return it.text(v)
}

func (it *item) number(v *node) (decimal, *Error) {
	if v.kind != intNode && v.kind != floatNode {
		return decimal{}, v.errorf("%s: %q needs a number, value is %s", it.name(), it.modifiers.comparison(), v.is())
	}
	num, ok := parseDecimal(v.text)
	if !ok {
		return decimal{}, v.errorf("%s: %s is not a decimal number", it.name(), v.text)
	}
	return num, nil
}

func (it *item) timePart(v *node) (*expr, *Error) {
	num, err := it.number(v)
	if err != nil {
		return nil, err
	}
	return leaf(newTime(it.field, it.modifiers.timePart, orderRelation(it.modifiers.compare), num)), nil
}

func orderRelation(name string) relation {
	switch name {
	case "lt":
		return relLess
	case "lte":
		return relLessEqual
	case "gt":
		return relGreater
	case "gte":
		return relGreaterEqual
	}
	return relEqual
}

func (it *item) exists(v *node) (*expr, *Error) {
	if v.kind != boolNode {
		return nil, v.errorf("%s: exists needs true or false, value is %s", it.name(), v.is())
	}
	if v.text == "true" {
		return leaf(newPresence(it.field, opExists)), nil
	}
	return leaf(newPresence(it.field, opMissing)), nil
}

func (it *item) fieldRef(v *node) (*expr, *Error) {
	if v.kind != stringNode || v.text == "" {
		return nil, v.errorf("%s: fieldref needs the name of a field, value is %s", it.name(), v.is())
	}
	op := opEqual
	switch it.modifiers.refCompare {
	case "contains":
		op = opContains
	case "startswith":
		op = opPrefix
	case "endswith":
		op = opSuffix
	}
	return leaf(newFieldRef(it.field, it.c.fieldKey(v.text), op, it.modifiers.cased)), nil
}

func (it *item) regexp(v *node) (*expr, *Error) {
	if v.kind != stringNode {
		return nil, v.errorf("%s: re needs a string, value is %s; quote it", it.name(), v.is())
	}
	if len(v.text) > maxRegexp {
		return nil, v.errorf("%s: regular expression is %d bytes long, at most %d are allowed", it.name(), len(v.text), maxRegexp)
	}
	flags := ""
	if it.modifiers.ignoreCase {
		flags += "i"
	}
	if it.modifiers.multi {
		flags += "m"
	}
	if it.modifiers.dot {
		flags += "s"
	}
	text := v.text
	if flags != "" {
		text = "(?" + flags + ")" + text
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, v.errorf("%s: %s; rules use RE2 syntax, without look-around, back-references or possessive quantifiers", it.name(), strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return leaf(newRegexp(it.field, it.keyword, re)), nil
}

func (it *item) cidr(v *node) (*expr, *Error) {
	if v.kind != stringNode {
		return nil, v.errorf("%s: cidr needs a network, value is %s", it.name(), v.is())
	}
	texts := []string{v.text}
	if it.modifiers.expand {
		var err *Error
		if texts, err = it.c.expandTexts(v); err != nil {
			return nil, err
		}
	}
	kids := make([]*expr, 0, len(texts))
	for _, text := range texts {
		net, err := parseNetwork(text)
		if err != nil {
			return nil, v.errorf("%s: %v", it.name(), err)
		}
		if net != net.Masked() {
			it.c.warn(v, "%s: network %s has host bits; %s is used", it.name(), text, net.Masked())
		}
		kids = append(kids, leaf(newCIDR(it.field, it.keyword, net.Masked())))
	}
	return anyOf(kids), nil
}

func parseNetwork(text string) (netip.Prefix, error) {
	bad := fmt.Errorf("%q is not a network; expected an address and a prefix length, such as 192.0.2.0/24", text)
	if !strings.Contains(text, "/") {
		addr, err := netip.ParseAddr(text)
		if err != nil || addr.Zone() != "" {
			return netip.Prefix{}, bad
		}
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	net, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, bad
	}
	if net.Addr().Is4In6() && net.Bits() >= 96 {
		return netip.PrefixFrom(net.Addr().Unmap(), net.Bits()-96), nil
	}
	return net, nil
}

// text compiles a value that is compared as a Sigma string, a number, a boolean
// or null.
func (it *item) text(v *node) (*expr, *Error) {
	m := &it.modifiers
	plain := m.compare == "" && !m.windash && !m.encodes() && !m.expand
	switch v.kind {
	case nullNode:
		if it.keyword || !plain {
			return nil, v.errorf("%s: null can't be searched for", it.name())
		}
		return leaf(newPresence(it.field, opNull)), nil
	case boolNode:
		if !plain {
			return nil, v.errorf("%s: value is a boolean; expected a string", it.name())
		}
		return it.pattern(literalPattern(v.text)), nil
	case intNode, floatNode:
		if m.windash || m.encodes() || m.expand {
			return nil, v.errorf("%s: value is a number; %q needs a string", it.name(), m.stringNeeded())
		}
		if it.keyword || m.compare != "" {
			return it.pattern(literalPattern(v.text)), nil
		}
		num, err := it.number(v)
		if err != nil {
			return nil, err
		}
		return leaf(newNumber(it.field, relEqual, num)), nil
	}
	return it.strings(v)
}

func (m *modifiers) stringNeeded() string {
	if m.expand {
		return "expand"
	}
	return m.transformation()
}

// strings runs a string through the transformations and compares.
func (it *item) strings(v *node) (*expr, *Error) {
	if it.keyword && v.text == "" {
		return nil, v.errorf("keyword is empty")
	}
	patterns := []pattern{parsePattern(v.text)}
	if it.modifiers.expand {
		var err *Error
		if patterns, err = it.c.expand(v); err != nil {
			return nil, err
		}
	}
	kids := make([]*expr, 0, len(patterns))
	for _, p := range patterns {
		if it.modifiers.windash {
			p = p.windash()
		}
		encoded, err := it.encode(v, p)
		if err != nil {
			return nil, err
		}
		for _, p := range encoded {
			kids = append(kids, it.pattern(p))
		}
	}
	return anyOf(kids), nil
}

// encode applies wide, base64 and base64offset.
func (it *item) encode(v *node, p pattern) ([]pattern, *Error) {
	m := &it.modifiers
	if !m.encodes() {
		return []pattern{p}, nil
	}
	text, ok := p.literal()
	if !ok {
		return nil, v.errorf("%s: %q has wildcards or dashes that match several characters; it can't be encoded", it.name(), v.text)
	}
	if m.utf16 != "" {
		text = encodeUTF16(text, m.utf16)
	}
	if m.base64 {
		text = encodeBase64(text)
	}
	if !m.offset {
		return []pattern{literalPattern(text)}, nil
	}
	texts := encodeOffsets(text)
	if len(texts) < 3 {
		return nil, v.errorf("%s: %q is too short for base64offset: at some alignment no character is determined by it", it.name(), v.text)
	}
	out := make([]pattern, len(texts))
	for i, t := range texts {
		out[i] = literalPattern(t)
	}
	return out, nil
}

// pattern compares text with p, opened at the ends that the comparison opens.
func (it *item) pattern(p pattern) *expr {
	m := &it.modifiers
	inside := m.compare == "contains" || m.offset || it.keyword && m.compare == ""
	p = p.open(inside || m.compare == "endswith", inside || m.compare == "startswith")
	return leaf(newText(it.field, it.keyword, m.cased, p))
}
