package format

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// rules reads the constants that hold under conditions.
func (b *ownBuilder) rules(top *ownSection) {
	nodes := top.elements("rules")
	if len(nodes) > maxOwnRules {
		b.problem(top.find("rules").key, "rules", "has %d rules; expected at most %d", len(nodes), maxOwnRules)
		return
	}
	for i, node := range nodes {
		path := fmt.Sprintf("rules[%d]", i)
		s, ok := b.section(path, node, "when", "set")
		if !ok {
			continue
		}
		if !s.has("when") || !s.has("set") {
			b.problem(node, path, "expected when and set")
			continue
		}
		b.o.rules = append(b.o.rules, ownRule{when: b.conditions(&s), set: b.constants(&s, "set")})
	}
}

func (b *ownBuilder) conditions(rule *ownSection) []condition {
	e := rule.find("when")
	s, ok := b.section(rule.at("when"), e.node)
	if !ok {
		return nil
	}
	if len(s.entries) == 0 {
		b.problem(e.node, rule.at("when"), "is empty; expected fields and their values")
	}
	var out []condition
	for _, e := range s.entries {
		if q, ok := b.condition(s.at(e.name), e); ok {
			out = append(out, q)
		}
	}
	return out
}

func (b *ownBuilder) condition(path string, e ownEntry) (q condition, ok bool) {
	name, extra := strings.CutPrefix(e.name, "extra.")
	q.extra = name
	column, isColumn := event.ByName(name)
	switch f := b.knownField(name); {
	case extra:
	case f != nil:
		q.column, q.columned = f.column, f.columned
	case isColumn:
		q.column, q.columned, q.extra = column, true, ""
	case b.o.input == inputText && !b.hasInner():
		b.problem(e.key, path, "no pattern has a field of this name, and it is no column")
		return q, false
	}
	if _, null := e.node.(*ast.NullNode); null {
		q.anyOf = []ownTest{{kind: testAbsent}}
		return q, true
	}
	for _, one := range b.list(path, e.node) {
		t := readTest(one.text)
		if t.kind == testEquals && q.columned && q.extra == "" && !event.ValidValue(q.column, one.text) && q.column.IsText() {
			b.problem(one.node, one.path, "%q is not a value of %s%s", one.text, q.column, expectedValues(q.column))
			continue
		}
		q.anyOf = append(q.anyOf, t)
	}
	return q, len(q.anyOf) > 0
}

// knownField returns the field of a pattern or of the section fields.
func (b *ownBuilder) knownField(name string) *ownField {
	if f := b.defined[name]; f != nil {
		return f
	}
	for _, p := range b.o.patterns {
		for _, f := range p.fields {
			if f.name == name {
				return f
			}
		}
	}
	return nil
}

// hasInner reports whether a pattern ends with pairs or a JSON object, whose
// fields are not known before.
func (b *ownBuilder) hasInner() bool {
	for _, p := range b.o.patterns {
		for _, f := range p.fields {
			if f.typ.shape == shapePairs || f.typ.shape == shapeJSON {
				return true
			}
		}
	}
	return false
}

// match reads how auto recognizes lines.
func (b *ownBuilder) match(top *ownSection) {
	h := &b.o.hints
	h.score = derivedScore
	e := top.find("match")
	if e == nil {
		return
	}
	s, ok := b.section("match", e.node, "prefix", "contains", "keys", "values", "score")
	if !ok {
		return
	}
	h.prefixes, h.contains, h.keys = b.hints(&s, "prefix"), b.hints(&s, "contains"), b.hints(&s, "keys")
	if values := s.find("values"); values != nil {
		b.hintedValues(s.at("values"), values.node)
	}
	if b.o.input == inputText && len(h.keys)+len(h.values) > 0 {
		b.problem(e.node, "match", "keys and values are for input: json and keyvalue")
	}
	if b.o.input == inputJSON && len(h.prefixes)+len(h.contains) > 0 {
		b.problem(e.node, "match", "prefix and contains are for input: text and keyvalue; JSON objects are told by keys and values")
	}
	if h.given() {
		h.score = hintedScore
	}
	if s.has("score") {
		score, err := strconv.Atoi(s.text("score"))
		if err != nil || score < 1 || score > Certain {
			b.problem(s.find("score").node, "match.score", "expected a number from 1 to %d", Certain)
			return
		}
		h.score = score
	}
}

func (b *ownBuilder) hints(s *ownSection, name string) []string {
	var out []string
	for _, one := range s.list(name) {
		if one.text == "" {
			b.problem(one.node, one.path, "is empty")
			continue
		}
		out = append(out, one.text)
	}
	return out
}

func (b *ownBuilder) hintedValues(path string, node ast.Node) {
	s, ok := b.section(path, node)
	if !ok {
		return
	}
	for _, e := range s.entries {
		text, ok := yamlScalar(e.node)
		if !ok {
			b.problem(e.node, s.at(e.name), "expected text, found %s", yamlKind(e.node))
			continue
		}
		b.o.hints.values = append(b.o.hints.values, member{name: e.name, text: text})
	}
}

// describe completes the Format once everything else is known.
func (b *ownBuilder) describe() {
	o := b.o
	if o.Doc == "" {
		o.Doc = "A format of your own, read from " + o.File + "."
	}
	o.Parse, o.Match = o.parse, o.match
	if len(b.problems) > 0 {
		return
	}
	o.Starts, o.document = o.starts(), o.kind()
	for i := range o.Samples {
		o.Samples[i].settle(o)
	}
	slices.Sort(o.Sources)
}

// samples reads the lines that the file is tested with.
func (b *ownBuilder) samples(top *ownSection) {
	for i, node := range top.elements("samples") {
		path := fmt.Sprintf("samples[%d]", i)
		s, ok := b.section(path, node, "line", "received", "zone", "want", "refused")
		if !ok {
			continue
		}
		one := OwnSample{Line: s.text("line"), Refused: s.flag("refused"), Context: Context{Received: sampleReceived, Zone: b.location(&s)}}
		if t := yamlToken(node); t != nil && t.Position != nil {
			one.Number = t.Position.Line
		}
		if one.Line == "" {
			b.problem(node, path, "has no line")
		}
		if text := s.text("received"); text != "" {
			nanos, ok := event.ParseTime(text)
			if !ok {
				b.problem(s.find("received").node, s.at("received"), "%q is not a time; expected one such as 2024-09-05T10:30:00Z", text)
			}
			one.Context.Received, one.fixed = utcTime(nanos), true
		}
		if one.Refused && s.has("want") {
			b.problem(node, path, "a line that shall be refused has no want")
		}
		b.wants(&s, &one)
		b.o.Samples = append(b.o.Samples, one)
	}
}

func (b *ownBuilder) wants(s *ownSection, one *OwnSample) {
	e := s.find("want")
	if e == nil {
		return
	}
	want, ok := b.section(s.at("want"), e.node)
	if !ok {
		return
	}
	for _, e := range want.entries {
		w := wanted{name: e.name}
		w.extra, w.isExtra = strings.CutPrefix(e.name, "extra.")
		if !w.isExtra {
			w.column, ok = event.ByName(e.name)
			if !ok {
				b.problem(e.key, want.at(e.name), "not a column of the schema; a field of extra is written extra.%s", e.name)
				continue
			}
		}
		_, w.absent = e.node.(*ast.NullNode)
		if !w.absent {
			for _, text := range b.list(want.at(e.name), e.node) {
				w.texts = append(w.texts, text.text)
			}
		}
		one.want = append(one.want, w)
	}
}
