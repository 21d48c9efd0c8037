package sigma

import (
	"fmt"
	"sort"
	"strings"
)

// File is the content of one rule file.
type File struct {
	// Path names it in diagnostics; for a rule without id and name it also
	// decides the identity.
	Path string
	Data []byte
}

// Options say how rules are compiled. The zero value is the default.
type Options struct {
	Limits Limits
	// Placeholders are the values of %name% in items with expand. A rule with
	// a placeholder that has no values is rejected.
	Placeholders map[string][]string
	// IncludeDeprecated loads rules of status deprecated and unsupported too.
	IncludeDeprecated bool
	// MatchUnlabelled applies every rule to events without log source tuples.
	MatchUnlabelled bool
	// IgnoreLogSource applies every rule to every event.
	IgnoreLogSource bool
	// Fields maps the rules' field names to those of the events: a field that
	// is listed is read from all of the names given for it.
	Fields map[string][]string
	// Taxonomies gives, per taxonomy other than sigma, the field mapping that
	// replaces Fields for its rules. A rule of an unknown taxonomy is rejected.
	Taxonomies map[string]map[string][]string
	// Explain keeps what Matcher.Explain needs; it takes memory.
	Explain bool
	// Bind resolves a field name for events with the given tuples, once per
	// Pack; what it returns is handed to Event.Values. It may be nil, and is
	// called from any goroutine that asks for a new Pack.
	Bind func(sources []LogSource, name string) any
}

// Compile reads files, in the order given, and compiles every rule that can be
// honoured. The diagnostics, in document order, say what became of each
// document. An empty set is not an error.
func Compile(files []File, options Options) (*Set, []Diagnostic) {
	options.Limits = options.Limits.withDefaults()
	l := loader{
		options: options,
		set:     newSet(options),
		byID:    map[string]*Meta{},
		byName:  map[string]*Meta{},
		known:   map[string]string{},
	}
	for _, f := range files {
		l.file(f)
	}
	l.filter()
	l.correlate()
	l.finish()
	return l.set, l.diagnostics
}

// loader collects the documents of all files into a Set.
type loader struct {
	options      Options
	set          *Set
	byID, byName map[string]*Meta
	known        map[string]string // id or name of a detection rule, to its id
	filters      []*filterDraft
	correlations []*correlationDraft
	docs         []*document
	rejected     map[*document]bool
	diagnostics  []Diagnostic
}

func (l *loader) file(f File) {
	for i, raw := range splitDocuments(f.Data) {
		doc := &document{meta: Meta{Path: f.Path, Document: i, Line: raw.line + 1}}
		root, err := parseYAML(raw, l.options.Limits)
		if err == nil {
			doc.root = root
			err = doc.readMeta()
		}
		l.docs = append(l.docs, doc)
		if err != nil {
			l.report(doc, Rejected, err)
			continue
		}
		if !l.options.IncludeDeprecated && (doc.meta.Status == "deprecated" || doc.meta.Status == "unsupported") {
			l.report(doc, Skipped, &Error{Line: doc.meta.Line, Column: 1, Reason: "status is " + doc.meta.Status})
			continue
		}
		if err := l.document(doc); err != nil {
			l.report(doc, Rejected, err)
		}
	}
}

func (l *loader) document(doc *document) *Error {
	if err := l.checkDuplicate(doc); err != nil {
		return err
	}
	options, err := l.fields(doc)
	if err != nil {
		return err
	}
	c := &compiler{options: options, doc: doc}
	switch doc.kind {
	case CorrelationKind:
		d, err := c.correlation()
		if err != nil {
			return err
		}
		l.correlations = append(l.correlations, d)
	case FilterKind:
		d, err := c.filter()
		if err != nil {
			return err
		}
		l.filters = append(l.filters, d)
	case DetectionKind:
		if err := l.detection(c); err != nil {
			return err
		}
	}
	l.byID[idKey(doc.meta.ID)] = &doc.meta
	if doc.meta.Name != "" {
		l.byName[doc.meta.Name] = &doc.meta
	}
	return nil
}

func (l *loader) checkDuplicate(doc *document) *Error {
	m := &doc.meta
	at := &Error{Line: m.Line, Column: 1}
	if first := l.byID[idKey(m.ID)]; first != nil {
		at.Reason = duplicate("id", m.ID, first)
		return at
	}
	if first := l.byName[m.Name]; m.Name != "" && first != nil {
		at.Reason = duplicate("name", m.Name, first)
		return at
	}
	return nil
}

// fields returns the options with the field mapping of the document's taxonomy.
func (l *loader) fields(doc *document) (Options, *Error) {
	options := l.options
	taxonomy := doc.meta.Taxonomy
	if taxonomy == "" || taxonomy == "sigma" {
		return options, nil
	}
	fields, ok := options.Taxonomies[taxonomy]
	if !ok {
		return options, doc.root.get("taxonomy").errorf("taxonomy %q has no field mapping; configure one", taxonomy)
	}
	options.Fields = fields
	return options, nil
}

func (l *loader) detection(c *compiler) *Error {
	source, err := c.logSource()
	if err != nil {
		return err
	}
	tree, err := c.condition(c.doc.root.get("detection"), "detection", "timeframe")
	if err != nil {
		return err
	}
	r := &Rule{Meta: c.doc.meta, LogSource: source, folded: source.fold(), Emits: true, tree: tree, parts: c.parts}
	l.set.add(r)
	l.known[idKey(r.ID)] = r.ID
	if r.Name != "" {
		l.known[r.Name] = r.ID
	}
	return nil
}

// filter applies the filters to the rules they name.
func (l *loader) filter() {
	for _, f := range l.filters {
		f.apply(l)
	}
}

// correlate resolves the correlations and decides which rules emit alerts.
func (l *loader) correlate() {
	reject := func(d *correlationDraft, err *Error) { l.report(d.doc, Rejected, err) }
	l.set.correlations = orderCorrelations(l.correlations, l.known, reject)
	emits := map[string]bool{}
	for _, c := range l.set.correlations {
		c.Emits = true
		l.set.correlationByID[c.ID] = c
		for _, id := range c.Rules {
			emits[id] = emits[id] || c.Generate
		}
	}
	for id, generate := range emits {
		if r := l.set.ruleByID[id]; r != nil {
			r.Emits = generate
		}
		if c := l.set.correlationByID[id]; c != nil {
			c.Emits = generate
		}
	}
}

// finish compiles the trees and sorts the diagnostics into document order.
func (l *loader) finish() {
	l.set.build()
	for _, doc := range l.docs {
		if !l.rejected[doc] {
			l.report(doc, Loaded, &Error{Line: doc.meta.Line, Column: 1})
		}
		for _, w := range doc.warnings {
			l.report(doc, Warning, &Error{Line: w.line, Column: w.column, Reason: w.reason})
		}
	}
	order := make(map[string]int, len(l.docs))
	for i, doc := range l.docs {
		order[docKey(doc.meta.Path, doc.meta.Document)] = i
	}
	sort.SliceStable(l.diagnostics, func(a, b int) bool {
		x, y := l.diagnostics[a], l.diagnostics[b]
		return order[docKey(x.Path, x.Document)] < order[docKey(y.Path, y.Document)]
	})
}

func docKey(path string, document int) string { return fmt.Sprintf("%s\x00%d", path, document) }

func (l *loader) report(doc *document, status Status, err *Error) {
	if status == Rejected || status == Skipped {
		if l.rejected == nil {
			l.rejected = map[*document]bool{}
		}
		l.rejected[doc] = true
	}
	m := &doc.meta
	l.diagnostics = append(l.diagnostics, Diagnostic{
		Path: m.Path, Document: m.Document, Line: err.Line, Column: err.Column,
		RuleID: m.ID, Title: m.Title, Kind: doc.kind, Status: status, Reason: err.Reason,
	})
}

// fieldKey is how an expression names a field: the event's names for it, joined
// by NUL.
func (c *compiler) fieldKey(field string) string {
	if names := c.options.Fields[field]; len(names) > 0 {
		return strings.Join(names, "\x00")
	}
	return field
}
