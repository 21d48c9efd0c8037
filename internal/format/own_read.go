package format

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// Limits of users' format files. What is past them is refused.
const (
	maxOwnFile     = 1 << 20
	maxOwnPatterns = 64
	maxOwnRules    = 256
)

// ReadOwn reads the format file of the given name. An error is a Problems with
// all that is wrong.
func ReadOwn(name string, data []byte) (*Own, error) {
	r := &ownReader{file: name, source: strings.Split(string(data), "\n")}
	o := &Own{File: name, fields: make(map[string]*ownField)}
	if top := r.root(data); top != nil {
		b := ownBuilder{ownReader: r, o: o}
		b.build(top)
	}
	if len(r.problems) > 0 {
		return nil, r.problems.sorted()
	}
	return o, nil
}

// ownBuilder turns a file into a format.
type ownBuilder struct {
	*ownReader

	o *Own
	// defined are the fields of the section fields, by name.
	defined map[string]*ownField
	// used are the names that patterns have, for fields that nothing uses.
	used map[string]bool
	zone *time.Location
}

func (b *ownBuilder) build(top ast.Node) {
	s, ok := b.section("", top, "name", "title", "doc", "input", "envelope", "programs", "zone", "absent", "pairs",
		"lines", "patterns", "fields", "set", "rules", "match", "samples")
	if !ok {
		return
	}
	o := b.o
	b.used = make(map[string]bool)
	b.name(&s)
	b.input(&s)
	b.zone = b.location(&s)
	o.absent = []string{"-"}
	if s.has("absent") {
		o.absent = nil
		for _, word := range s.list("absent") {
			o.absent = append(o.absent, word.text)
		}
	}
	b.fields(&s)
	b.patterns(&s)
	b.pairs(&s)
	b.lines(&s)
	b.finishFields(&s)
	o.set = b.constants(&s, "set")
	b.rules(&s)
	b.match(&s)
	b.samples(&s)
	b.describe()
}

// name reads what the format is called.
func (b *ownBuilder) name(s *ownSection) {
	o := b.o
	o.Name, o.Title, o.Doc = s.text("name"), s.text("title"), s.text("doc")
	switch e := s.find("name"); {
	case e == nil:
		b.problem(s.node, "name", "is missing; expected a name such as door_controller")
	case !isFormatName(o.Name):
		b.problem(e.node, "name", "%q is not a format's name; expected small letters, digits and _, a letter first, at most 64", o.Name)
	case o.Name == AutoName:
		b.problem(e.node, "name", "no format may be called auto")
	default:
		if _, taken := Lookup(o.Name); taken {
			b.problem(e.node, "name", "%s is a built-in format; choose another name", o.Name)
		}
	}
	if o.Title == "" {
		o.Title = o.Name
	}
}

func isFormatName(name string) bool {
	for i := 0; i < len(name); i++ {
		if c := name[i]; (c < 'a' || c > 'z') && (i == 0 || c != '_' && !isDigit(c)) {
			return false
		}
	}
	return name != "" && len(name) <= 64
}

func (b *ownBuilder) input(s *ownSection) {
	o := b.o
	switch text := s.text("input"); text {
	case "", "text":
	case "json":
		o.input = inputJSON
	case "keyvalue":
		o.input = inputPairs
	default:
		b.problem(s.find("input").node, "input", "%q is not an input; expected text, json or keyvalue", text)
	}
	switch text := s.text("envelope"); text {
	case "", "none":
	case "syslog":
		o.enveloped = true
	default:
		b.problem(s.find("envelope").node, "envelope", "%q is not an envelope; expected syslog or none", text)
	}
	for _, p := range s.list("programs") {
		if p.text == "" || strings.ContainsAny(p.text, " /:[") {
			b.problem(p.node, p.path, "%q is not a program's name as syslog writes it", p.text)
		}
		o.programs = append(o.programs, p.text)
	}
	if len(o.programs) > 0 && !o.enveloped {
		b.problem(s.find("programs").key, "programs", "needs envelope: syslog")
	}
}

// location reads the key zone.
func (b *ownBuilder) location(s *ownSection) *time.Location {
	name := s.text("zone")
	if name == "" {
		return nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		b.problem(s.find("zone").node, s.at("zone"), "%q is not a time zone; expected a name such as Europe/Berlin or UTC", name)
		return nil
	}
	return zone
}

// fields reads what the file says of fields by name.
func (b *ownBuilder) fields(top *ownSection) {
	b.defined = make(map[string]*ownField)
	e := top.find("fields")
	if e == nil {
		return
	}
	s, ok := b.section("fields", e.node)
	if !ok {
		return
	}
	for _, e := range s.entries {
		if !isOwnName(e.name) {
			b.problem(e.key, s.at(e.name), "not a field's name; expected letters, digits, _, -, . and @")
			continue
		}
		if f := b.field(s.at(e.name), e); f != nil {
			b.defined[e.name] = f
		}
	}
}

func (b *ownBuilder) field(path string, e ownEntry) *ownField {
	f := &ownField{name: e.name}
	if column, ok := yamlScalar(e.node); ok {
		// "src: source_ip" is short for "src: {to: source_ip}".
		b.target(f, column, e.node, path)
		f.typ = b.typeOf(f)
		return f
	}
	s, ok := b.section(path, e.node, "to", "type", "layouts", "zone", "values", "others", "optional", "required")
	if !ok {
		return nil
	}
	f.optional, f.required = s.flag("optional"), s.flag("required")
	if f.zone = b.location(&s); f.zone == nil {
		f.zone = b.zone
	}
	to, node := e.name, e.key
	if t := s.find("to"); t != nil {
		to, node = s.text("to"), t.node
	}
	b.target(f, to, node, s.at("to"))
	f.typ = b.typeOf(f)
	if t := s.find("type"); t != nil {
		b.explicitType(f, s.text("type"), t.node, s.at("type"))
	}
	b.layouts(f, &s)
	b.values(f, &s)
	return f
}

// target sets where the field goes: to a column where to is one's name, else to
// extra.
func (b *ownBuilder) target(f *ownField, to string, node ast.Node, path string) {
	if to == "extra" {
		return
	}
	column, ok := event.ByName(to)
	if !ok {
		if to != f.name {
			b.problem(node, path, "%q is not a column of the schema, see docs/schema.md; expected one, or extra", to)
		}
		return
	}
	if _, settable := schemaReading(column); !settable || column == event.LogSource {
		b.problem(node, path, "%s is set by Goshawk itself; expected another column, or extra", to)
		return
	}
	f.column, f.columned = column, true
}

func (b *ownBuilder) typeOf(f *ownField) fieldType {
	if f.columned {
		return typeFor(f.column)
	}
	t, _ := typeByName("text")
	return t
}

// explicitType gives f the type that the file names.
func (b *ownBuilder) explicitType(f *ownField, name string, node ast.Node, path string) {
	t, ok := typeByName(name)
	if !ok {
		b.problem(node, path, "%q is not a type; expected one of %s", name, typeNames())
		return
	}
	b.give(f, t, node, path, 0)
}

// give gives f type t where its column takes it.
func (b *ownBuilder) give(f *ownField, t fieldType, node ast.Node, path string, offset int) {
	if f.columned && f.values == nil && !fitsColumn(t.as, f.column) {
		b.problemAt(node, offset, path, fmt.Sprintf("the type %s does not fit the column %s; it takes %s", t.name, f.column, typeFor(f.column).name))
		return
	}
	if f.columned && (t.shape == shapePairs || t.shape == shapeJSON) {
		b.problemAt(node, offset, path, "a field of type "+t.name+" holds fields of its own and can't go to a column")
		return
	}
	f.typ = t
	if t.shape == shapeTime && t.layout != "auto" {
		f.layouts = []timeLayout{layoutNames[t.layout]}
	}
}

func (b *ownBuilder) layouts(f *ownField, s *ownSection) {
	if !s.has("layouts") {
		return
	}
	if f.typ.shape != shapeTime {
		b.problem(s.find("layouts").key, s.at("layouts"), "is for fields of type time")
		return
	}
	f.layouts = nil
	for _, l := range s.list("layouts") {
		layout, bad := parseLayout(l.text)
		if bad != "" {
			b.problem(l.node, l.path, "%q %s", l.text, bad)
			continue
		}
		f.layouts = append(f.layouts, layout)
	}
}

// values reads the words that stand for others.
func (b *ownBuilder) values(f *ownField, s *ownSection) {
	f.others = s.text("others")
	if e := s.find("values"); e != nil {
		words, ok := b.section(s.at("values"), e.node)
		if !ok {
			return
		}
		f.values = make(map[string]string, len(words.entries))
		for _, w := range words.entries {
			text, ok := yamlScalar(w.node)
			if !ok {
				b.problem(w.node, words.at(w.name), "expected text, found %s", yamlKind(w.node))
				continue
			}
			f.values[w.name] = text
			b.checkWord(f, text, w.node, words.at(w.name))
		}
		if !s.has("type") && f.typ.shape != shapeTime {
			// The log's words are not what the column takes.
			f.typ, _ = typeByName("text")
		}
	}
	if f.others == "" {
		return
	}
	if f.values == nil {
		b.problem(s.find("others").key, s.at("others"), "needs values")
	}
	b.checkWord(f, f.others, s.find("others").node, s.at("others"))
}

// checkWord reports a word that its column does not take.
func (b *ownBuilder) checkWord(f *ownField, word string, node ast.Node, path string) {
	if !f.columned {
		return
	}
	switch {
	case !f.column.IsText():
		b.problem(node, path, "words can't stand in the column %s", f.column)
	case !event.ValidValue(f.column, word):
		b.problem(node, path, "%q is not a value of %s%s", word, f.column, expectedValues(f.column))
	case f.column == event.LogLevel && levelOf(word) != word:
		b.problem(node, path, "%q is not a level; expected trace, debug, info, notice, warning, error, critical, alert or emergency", word)
	}
}

func expectedValues(c event.Column) string {
	if len(c.Info().Values) == 0 {
		return ""
	}
	return "; expected one of " + strings.Join(c.Info().Values, ", ")
}

// named returns the field that a pattern's spec stands for.
func (b *ownBuilder) named(spec fieldSpec, node ast.Node, path string) *ownField {
	b.used[spec.name] = true
	var f *ownField
	if d := b.defined[spec.name]; d != nil {
		f = d
		if spec.typ != "" && spec.typ != d.typ.name {
			copied := *d
			f = &copied
		}
	} else {
		f = &ownField{name: spec.name, zone: b.zone}
		b.target(f, spec.name, node, path)
		f.typ = b.typeOf(f)
	}
	if spec.typ != "" && spec.typ != f.typ.name {
		t, _ := typeByName(spec.typ)
		if t.shape != shapeTime || len(f.layouts) == 0 || t.layout != "auto" {
			b.give(f, t, node, path, spec.at)
		}
	}
	f.settle()
	return f
}

// settle gives a time that has no layouts the usual ones.
func (f *ownField) settle() {
	if f.typ.shape == shapeTime && len(f.layouts) == 0 {
		f.layouts = []timeLayout{{kind: anyLayout}}
	}
}

func (b *ownBuilder) patterns(top *ownSection) {
	o := b.o
	nodes := top.elements("patterns")
	if len(nodes) > maxOwnPatterns {
		b.problem(top.find("patterns").key, "patterns", "has %d patterns; expected at most %d", len(nodes), maxOwnPatterns)
		return
	}
	for i, node := range nodes {
		if p := b.pattern(fmt.Sprintf("patterns[%d]", i), node, i); p != nil {
			o.patterns = append(o.patterns, p)
		}
	}
	switch {
	case o.input != inputText && top.has("patterns"):
		b.problem(top.find("patterns").key, "patterns", "are for input: text; documents have fields")
	case o.input == inputText && !top.has("patterns"):
		b.problem(top.node, "patterns", "is missing; expected at least one pattern, or input: json or keyvalue")
	case o.input == inputText && len(nodes) == 0 && len(b.problems) == 0:
		b.problem(top.find("patterns").key, "patterns", "is empty; expected at least one pattern")
	}
}

func (b *ownBuilder) pattern(path string, node ast.Node, number int) *ownPattern {
	if text, ok := yamlScalar(node); ok {
		p := b.compiled(path, text, node, compileDissect)
		if p != nil {
			p.name = strconv.Itoa(number + 1)
		}
		return p
	}
	s, ok := b.section(path, node, "name", "dissect", "regexp", "set")
	if !ok {
		return nil
	}
	var p *ownPattern
	switch dissect, expression := s.find("dissect"), s.find("regexp"); {
	case dissect != nil && expression != nil:
		b.problem(expression.key, s.at("regexp"), "stands beside dissect; expected one of the two")
	case dissect != nil:
		p = b.compiled(s.at("dissect"), s.text("dissect"), dissect.node, compileDissect)
	case expression != nil:
		p = b.compiled(s.at("regexp"), s.text("regexp"), expression.node, compileExpression)
	default:
		b.problem(node, path, "expected dissect or regexp")
	}
	set := b.constants(&s, "set")
	if p == nil {
		return nil
	}
	p.set = set
	if p.name = s.text("name"); p.name == "" {
		p.name = strconv.Itoa(number + 1)
	}
	return p
}

// compiled compiles a pattern by one of the two ways.
func (b *ownBuilder) compiled(path, text string, node ast.Node, compile func(string, func(fieldSpec) *ownField) (*ownPattern, *patternError)) *ownPattern {
	if text == "" {
		b.problem(node, path, "is empty; expected a pattern")
		return nil
	}
	p, bad := compile(text, func(spec fieldSpec) *ownField { return b.named(spec, node, path) })
	if bad != nil {
		b.problemAt(node, bad.at, path, bad.text)
		return nil
	}
	return p
}

func (b *ownBuilder) pairs(top *ownSection) {
	o := b.o
	o.pairs = pairStyle{between: " ", assign: "="}
	e := top.find("pairs")
	if e == nil {
		return
	}
	s, ok := b.section("pairs", e.node, "between", "assign")
	if !ok {
		return
	}
	if s.has("between") {
		o.pairs.between = s.text("between")
	}
	if s.has("assign") {
		o.pairs.assign = s.text("assign")
	}
	if o.pairs.between == "" || o.pairs.assign == "" || o.pairs.between == o.pairs.assign || strings.Contains(o.pairs.between+o.pairs.assign, `"`) {
		b.problem(e.node, "pairs", "expected two texts that differ, without quotes, such as between: \",\" and assign: \":\"")
	}
}

// lines reads how records of several lines are put together.
func (b *ownBuilder) lines(top *ownSection) {
	e := top.find("lines")
	if e == nil {
		return
	}
	s, ok := b.section("lines", e.node, "begin", "continue")
	if !ok {
		return
	}
	goesOn := b.hints(&s, "continue")
	switch {
	case s.has("begin") == s.has("continue"):
		b.problem(e.key, "lines", "expected begin or continue")
	case b.o.input != inputText:
		b.problem(e.key, "lines", "is for input: text; documents stand on one line")
	case s.has("begin"):
		re, err := regexp.Compile(s.text("begin"))
		if err != nil {
			b.problem(s.find("begin").node, "lines.begin", "not a regular expression: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
			return
		}
		b.o.joins = &joinKind{begins: re.MatchString, joins: func(_, _, line string) bool { return !re.MatchString(line) }}
	default:
		b.o.joins = &joinKind{
			begins: func(line string) bool { return !hasAnyPrefix(line, goesOn) },
			joins:  func(_, _, line string) bool { return hasAnyPrefix(line, goesOn) },
		}
	}
}

// finishFields decides which fields documents and pairs have and reports those
// that nothing can fill.
func (b *ownBuilder) finishFields(top *ownSection) {
	o := b.o
	inner := o.input != inputText
	for _, p := range o.patterns {
		for _, f := range p.fields {
			inner = inner || f.typ.shape == shapePairs || f.typ.shape == shapeJSON
		}
	}
	rules := make(map[string]rule)
	if inner {
		// Members with the name of a column go there, as in patterns.
		for c := range event.NumColumns {
			if _, ok := schemaReading(c); ok && c != event.LogSource {
				f := &ownField{name: c.String(), column: c, columned: true, typ: typeFor(c), optional: true, zone: b.zone}
				f.settle()
				o.fields[f.name] = f
			}
		}
	}
	for name, f := range b.defined {
		f.settle()
		if inner {
			o.fields[name] = f
			rules[name] = rule{}
		}
		if f.required && o.input != inputText {
			o.required = append(o.required, f)
		}
		if !inner && !b.used[name] {
			b.problem(top.find("fields").key, "fields."+name, "no pattern has a field of this name")
		}
	}
	slices.SortFunc(o.required, func(a, b *ownField) int { return strings.Compare(a.name, b.name) })
	o.nested = mapping{objects: pathObjects(rules), paths: new(paths)}
}

// constants reads a section of values for columns and for extra.
func (b *ownBuilder) constants(top *ownSection, name string) []constant {
	e := top.find(name)
	if e == nil {
		return nil
	}
	s, ok := b.section(top.at(name), e.node)
	if !ok {
		return nil
	}
	var out []constant
	for _, e := range s.entries {
		if k, ok := b.constant(s.at(e.name), e); ok {
			out = append(out, k)
		}
	}
	return out
}

func (b *ownBuilder) constant(path string, e ownEntry) (k constant, ok bool) {
	if name, extra := strings.CutPrefix(e.name, "extra."); extra {
		return b.extraConstant(path, name, e)
	}
	column, ok := event.ByName(e.name)
	if !ok {
		b.problem(e.key, path, "not a column of the schema, see docs/schema.md; a field of extra is written extra.%s", e.name)
		return k, false
	}
	if _, settable := schemaReading(column); !settable || column.Info().Type == event.Time {
		b.problem(e.key, path, "is set by Goshawk itself")
		return k, false
	}
	k = constant{column: column, columned: true, name: e.name}
	if column.IsList() {
		return b.listConstant(path, e, k)
	}
	text, ok := yamlScalar(e.node)
	if !ok || text == "" {
		b.problem(e.node, path, "expected a value, found %s", yamlKind(e.node))
		return k, false
	}
	k.text = text
	return k, b.checkConstant(path, e, &k)
}

func (b *ownBuilder) extraConstant(path, name string, e ownEntry) (k constant, ok bool) {
	k = constant{name: name}
	k.text, ok = yamlScalar(e.node)
	if !ok || name == "" {
		b.problem(e.node, path, "expected a value, found %s", yamlKind(e.node))
		return k, false
	}
	switch e.node.(type) {
	case *ast.BoolNode:
		k.kind = event.KindBool
	case *ast.IntegerNode, *ast.FloatNode:
		if isNumber(k.text) {
			k.kind = event.KindNumber
		}
	}
	return k, true
}

// checkConstant reports a value that its column does not take.
func (b *ownBuilder) checkConstant(path string, e ownEntry, k *constant) bool {
	if k.column.IsText() {
		f := ownField{column: k.column, columned: true}
		before := len(b.problems)
		b.checkWord(&f, k.text, e.node, path)
		return len(b.problems) == before
	}
	var probe event.Event
	v, ok := parseUint(k.text)
	if ok && k.column.Info().Type == event.Port {
		ok = probe.SetPort(k.column, v)
	}
	if !ok {
		b.problem(e.node, path, "%q is not a value of %s", k.text, k.column)
	}
	k.number = v
	return ok
}

func (b *ownBuilder) listConstant(path string, e ownEntry, k constant) (constant, bool) {
	for _, one := range b.list(path, e.node) {
		if k.column == event.LogSource {
			if strings.Count(one.text, ":") != 2 || strings.ToLower(one.text) != one.text {
				b.problem(one.node, one.path, "%q is not a log source; expected category:product:service in small letters, with empty parts kept, such as webserver:: or :linux:sshd", one.text)
				continue
			}
			if !slices.Contains(b.o.Sources, one.text) {
				b.o.Sources = append(b.o.Sources, one.text)
			}
		}
		k.list = append(k.list, one.text)
	}
	return k, len(k.list) > 0
}
