package sigma

import "strings"

// filterDraft is a filter whose references are not resolved yet.
type filterDraft struct {
	doc        *document
	source     LogSource
	any        bool
	references []*node
	tree       *expr
}

// filter reads a filter document.
func (c *compiler) filter() (*filterDraft, *Error) {
	source, err := c.logSource()
	if err != nil {
		return nil, err
	}
	body := c.doc.root.get("filter")
	if body.kind != mapNode {
		return nil, body.errorf("filter is %s; expected a map", body.is())
	}
	d := &filterDraft{doc: c.doc, source: source.fold()}
	if d.references, err = body.strings("rules"); err != nil {
		return nil, err
	}
	if len(d.references) == 0 {
		return nil, body.errorf("filter names no rules; list ids or names, or write any")
	}
	if len(d.references) == 1 && strings.EqualFold(d.references[0].text, "any") {
		d.any = true
	}
	d.tree, err = c.condition(body, "filter", "rules")
	return d, err
}

// apply adds f's condition to the rules it names.
func (f *filterDraft) apply(l *loader) {
	if f.any {
		for _, r := range l.set.rules {
			if f.source.applies(r.folded) {
				r.tree = allOf([]*expr{r.tree, f.tree})
			}
		}
		return
	}
	for _, ref := range f.references {
		id, ok := l.known[idKey(ref.text)]
		if !ok {
			id, ok = l.known[ref.text]
		}
		if !ok {
			f.doc.warn(ref, "filter refers to %q, which is not a loaded detection rule", ref.text)
			continue
		}
		r := l.set.ruleByID[id]
		if !f.source.applies(r.folded) {
			f.doc.warn(ref, "filter is for the log source %s and does not apply to %q, which is for %s", f.source, ref.text, r.LogSource)
			continue
		}
		r.tree = allOf([]*expr{r.tree, f.tree})
	}
}
