package format

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"
)

// patternError is what is wrong with a pattern, and at which byte of it.
type patternError struct {
	at   int
	text string
}

// fieldSpec is what stands between %{ and }.
type fieldSpec struct {
	typ, name      string
	greedy, padded bool
	// at is where it begins in the pattern.
	at int
}

// skipped reports whether the field's text goes nowhere. What holds fields of its
// own needs no name.
func (s fieldSpec) skipped() bool {
	return (s.name == "" || s.name == "_") && s.typ != "keyvalue" && s.typ != "json"
}

// cutDissect takes a dissect pattern apart: texts has one more entry than specs.
func cutDissect(pattern string) (texts []string, specs []fieldSpec, bad *patternError) {
	var text strings.Builder
	for i := 0; i < len(pattern); {
		switch rest := pattern[i:]; {
		case strings.HasPrefix(rest, "%%{"):
			text.WriteString("%{")
			i += len("%%{")
		case strings.HasPrefix(rest, "%{"):
			end := strings.IndexByte(rest, '}')
			if end < 0 {
				return nil, nil, &patternError{i, "%{ is not closed; expected }"}
			}
			spec, bad := readSpec(rest[len("%{"):end])
			if bad != "" {
				return nil, nil, &patternError{i, bad}
			}
			spec.at = i
			texts, specs = append(texts, text.String()), append(specs, spec)
			text.Reset()
			i += end + 1
		default:
			text.WriteByte(pattern[i])
			i++
		}
	}
	return append(texts, text.String()), specs, nil
}

// readSpec reads "type:name", "name" or nothing, with "*" or "->" behind.
func readSpec(text string) (s fieldSpec, bad string) {
	text, s.padded = strings.CutSuffix(text, "->")
	text, s.greedy = strings.CutSuffix(text, "*")
	s.name = text
	if typ, name, ok := strings.Cut(text, ":"); ok {
		s.typ, s.name = typ, name
	}
	if s.typ != "" {
		if _, ok := typeByName(s.typ); !ok {
			return s, "unknown type " + s.typ + "; expected one of " + typeNames()
		}
	}
	if s.name == "" {
		s.name = "_"
	}
	if !isOwnName(s.name) {
		return s, "not a field's name: " + quoteName(s.name) + "; expected letters, digits, _, -, . and @"
	}
	return s, ""
}

func quoteName(name string) string { return "\"" + name + "\"" }

func typeNames() string {
	names := make([]string, len(fieldTypes))
	for i := range fieldTypes {
		names[i] = fieldTypes[i].name
	}
	return strings.Join(names, ", ")
}

// isOwnName reports whether a field may have the name.
func isOwnName(name string) bool {
	for i := 0; i < len(name); i++ {
		if b := name[i]; !isAlnum(b) && strings.IndexByte("_-.@", b) < 0 && b < 0x80 {
			return false
		}
	}
	return name != "" && len(name) <= 128
}

// skippedField is what parts without a name are read by.
func skippedField(typ string) *ownField {
	f := &ownField{name: "_"}
	if typ == "" {
		typ = "text"
	}
	f.typ, _ = typeByName(typ)
	if f.typ.shape == shapeTime {
		f.layouts = []timeLayout{layoutNames[f.typ.layout]}
	}
	return f
}

// compileDissect makes a pattern of its text. field returns the field that a
// name stands for; typ is "" where the pattern doesn't say one.
func compileDissect(pattern string, field func(spec fieldSpec) *ownField) (*ownPattern, *patternError) {
	texts, specs, bad := cutDissect(pattern)
	if bad != nil {
		return nil, bad
	}
	p := &ownPattern{head: texts[0]}
	for i, spec := range specs {
		part := ownPart{field: -1, until: texts[i+1], greedy: spec.greedy, padded: spec.padded, last: i == len(specs)-1}
		if spec.skipped() {
			part.what = skippedField(spec.typ)
		} else {
			part.what = field(spec)
			part.field = len(p.fields)
			p.fields = append(p.fields, part.what)
		}
		part.expects = "%{" + part.what.typ.name + ":" + part.what.name + "}"
		if part.until != "" {
			part.expects += " and then " + quoteName(part.until)
		} else if part.last {
			part.expects += " and then the end"
		}
		if text := checkPart(&part, spec); text != "" {
			return nil, &patternError{spec.at, text}
		}
		p.parts = append(p.parts, part)
	}
	if len(p.fields) > maxPatternFields {
		return nil, &patternError{0, "has more than 40 fields"}
	}
	return p, repeatedField(p.fields)
}

func checkPart(p *ownPart, spec fieldSpec) string {
	kind := p.what.shape()
	switch {
	case (kind == shapePairs || kind == shapeJSON) && (!p.last || p.until != ""):
		return "a field of type " + p.what.typ.name + " must end the pattern"
	case !p.last && p.until == "" && !kind.bounded() && kind != shapeQuoted:
		return "two fields stand side by side; put the text between them that separates them"
	case spec.greedy && kind != shapeText && kind != shapeWord && kind != shapeHost:
		return "* is for text, word and host: other types know where they end"
	case spec.padded && (p.until == "" || spec.greedy):
		return "-> needs text behind the field, which may then stand there several times, and no *"
	default:
		return ""
	}
}

func repeatedField(fields []*ownField) *patternError {
	for i, f := range fields {
		for _, g := range fields[:i] {
			if f.name == g.name {
				return &patternError{0, "has the field " + f.name + " twice"}
			}
		}
	}
	return nil
}

// maxExpression is the longest regular expression. Its size bounds the work for
// each byte of a line.
const maxExpression = 4096

// compileExpression makes a pattern of a regular expression with named groups.
func compileExpression(text string, field func(spec fieldSpec) *ownField) (*ownPattern, *patternError) {
	if len(text) > maxExpression {
		return nil, &patternError{0, "is longer than 4096 bytes"}
	}
	alone, err := regexp.Compile(text)
	if err != nil {
		return nil, expressionError(text, err)
	}
	// The whole line must match, as with the other kind of pattern.
	re, err := regexp.Compile(`\A(?:` + text + `)\z`)
	if err != nil {
		return nil, expressionError(text, err)
	}
	p := &ownPattern{expression: re}
	if !strings.HasPrefix(text, "(?") {
		// Flags may make the prefix one of several.
		p.prefix, _ = alone.LiteralPrefix()
	}
	for i, name := range re.SubexpNames() {
		if name == "" || name == "_" {
			continue
		}
		p.groups = append(p.groups, i)
		p.fields = append(p.fields, field(fieldSpec{name: name, at: max(0, strings.Index(text, "<"+name+">"))}))
	}
	switch {
	case len(p.fields) == 0:
		return nil, &patternError{0, "has no named group; write (?P<name>...) around what shall become a field"}
	case len(p.fields) > maxPatternFields:
		return nil, &patternError{0, "has more than 40 fields"}
	}
	for i, f := range p.fields {
		if f.typ.shape == shapePairs || f.typ.shape == shapeJSON {
			if g := p.groups[i]; g != re.NumSubexp() {
				return nil, &patternError{0, "the field " + f.name + " of type " + f.typ.name + " must be the last group"}
			}
		}
	}
	return p, repeatedField(p.fields)
}

func expressionError(text string, err error) *patternError {
	bad := &patternError{0, "not a regular expression: " + strings.TrimPrefix(err.Error(), "error parsing regexp: ")}
	if reason, ok := errors.AsType[*syntax.Error](err); ok && reason.Expr != "" {
		bad.at = max(0, strings.Index(text, reason.Expr))
	}
	return bad
}
