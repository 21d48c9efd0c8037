package sigma

import "strings"

// explained is a named detection of a rule, or one of its items.
type explained struct {
	Part

	tree    *expr
	program *program
	field   string // as events name it; empty for keywords and whole detections
}

// Part says how a named detection of a rule, or an item of it, fared.
type Part struct {
	// Detection is the name that the rule gives it.
	Detection string
	// Entry is the number of the entry, from 1, where the detection is a list;
	// else 0.
	Entry int
	// Item is the item's key as written, "keywords" for keywords, and empty for
	// the detection as a whole.
	Item string
	// Line and Column are where it stands in the rule's file.
	Line, Column int
	Matched      bool
	// Values are the texts that the event has in the item's field; nil where it
	// has none.
	Values []string
}

// part begins one that finishPart completes; it returns its place. Without
// Options.Explain both do nothing.
func (c *compiler) part(detection, item string, at *node, it *item) int {
	if !c.options.Explain {
		return -1
	}
	p := explained{Part: Part{Detection: detection, Entry: c.entry, Item: item, Line: at.line, Column: at.column}}
	if it != nil && !it.keyword {
		p.field = it.field
	}
	c.parts = append(c.parts, p)
	return len(c.parts) - 1
}

func (c *compiler) finishPart(at int, e *expr) {
	if at >= 0 {
		c.parts[at].tree = e
	}
}

// Explain says how each detection of r, a rule of p, and each of their items
// fares on e, in the order in which they stand in the rule. The set must have
// been compiled with Options.Explain.
func (m *Matcher) Explain(p *Pack, r *Rule, e Event) []Part {
	m.begin(p, e)
	m.full = true
	out := make([]Part, 0, len(r.parts))
	for i := range r.parts {
		one := r.parts[i].Part
		one.Matched = m.eval(r.parts[i].program)
		if field := r.parts[i].field; field != "" {
			one.Values = m.explainValues(field)
		}
		out = append(out, one)
	}
	m.full = false
	m.event = nil
	return out
}

// explainValues returns the texts of a field, copied.
func (m *Matcher) explainValues(key string) []string {
	f, ok := m.set.fieldIndex[key]
	if !ok {
		return nil
	}
	state := m.field(f)
	var out []string
	for i := state.start; i < state.end; i++ {
		if text, ok := m.values[i].Format(); ok {
			out = append(out, strings.Clone(text))
		} else {
			out = append(out, "null")
		}
	}
	return out
}
