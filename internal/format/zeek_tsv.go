package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// zeekPlan is what the header lines of a tab-separated log say.
type zeekPlan struct {
	path         string
	log          *zeekLog
	separator    byte
	setSeparator string
	empty, unset string
	fields       []zeekField
}

// zeekField is one column.
type zeekField struct {
	name  string
	as    zeekType
	rule  rule
	known bool
}

// zeekType is how values of a column are written.
type zeekType uint8

const (
	zeekString zeekType = iota
	zeekTime
	zeekNumber
	zeekCount
	zeekBool
	zeekPort
	zeekAddress
	zeekList
	zeekNumbers
)

// maxZeekFields is how many columns a log may have.
const maxZeekFields = 512

func claimsZeekColumns(text string) bool {
	_, ok := directive(text, "fields")
	return ok
}

func readZeekColumns(text string) any {
	p := newZeekPlan(text)
	if p == nil {
		return nil
	}
	return p
}

func newZeekPlan(text string) *zeekPlan {
	p := &zeekPlan{separator: '\t', setSeparator: ",", empty: "(empty)", unset: "-"}
	if s, ok := directive(text, "separator"); ok {
		if v, ok := hexValue(s, len(`\x`), 2); ok && strings.HasPrefix(s, `\x`) && len(s) == 4 {
			p.separator = byte(v)
		} else if len(s) == 1 {
			p.separator = s[0]
		}
	}
	p.setSeparator = p.setting(text, "set_separator", p.setSeparator)
	p.empty = p.setting(text, "empty_field", p.empty)
	p.unset = p.setting(text, "unset_field", p.unset)
	p.path = p.setting(text, "path", "")
	if p.log = zeekByPath[p.path]; p.log == nil {
		p.log = zeekOther
	}
	names, _ := directive(text, "fields")
	types, _ := directive(text, "types")
	return p.addFields(names, types)
}

// setting returns what the header line called name says: a value behind the
// separator.
func (p *zeekPlan) setting(text, name, usual string) string {
	value, ok := directive(text, name)
	if value = strings.Trim(value, string(p.separator)); !ok || value == "" {
		return usual
	}
	return value
}

func (p *zeekPlan) addFields(names, types string) *zeekPlan {
	separator := string(p.separator)
	seen := make(map[string]bool)
	kinds := strings.Split(strings.Trim(types, separator), separator)
	for i, name := range strings.Split(strings.Trim(names, separator), separator) {
		if i == maxZeekFields || name == "" || seen[name] {
			return nil
		}
		seen[name] = true
		f := zeekField{name: name, as: zeekString}
		if i < len(kinds) {
			f.as = zeekTypeOf(kinds[i])
		}
		f.rule, f.known = p.log.mapping.rules[name]
		p.fields = append(p.fields, f)
	}
	if len(p.fields) < 2 {
		return nil
	}
	return p
}

func zeekTypeOf(name string) zeekType {
	switch name {
	case "time":
		return zeekTime
	case "count", "int":
		return zeekCount
	case "double", "interval":
		return zeekNumber
	case "bool":
		return zeekBool
	case "port":
		return zeekPort
	case "addr":
		return zeekAddress
	}
	inner, isList := strings.CutPrefix(name, "set[")
	if !isList {
		inner, isList = strings.CutPrefix(name, "vector[")
	}
	if !isList {
		return zeekString
	}
	switch zeekTypeOf(strings.TrimSuffix(inner, "]")) {
	case zeekCount, zeekNumber, zeekPort, zeekTime:
		return zeekNumbers
	default:
		return zeekList
	}
}

// matchZeek knows the header lines, and lines that start with seconds and a
// tab.
func matchZeek(line string) int {
	if line == "" {
		return 0
	}
	if line[0] == '#' {
		if name := directiveName(line); name != "" && isZeekDirective(name) {
			return 90
		}
		return 0
	}
	if len(line) < 32 || line[10] != '.' || line[17] != '\t' || !isDigit(line[9]) {
		return 0
	}
	return 70
}

func parseZeekTSV(line string, c *Context, e *event.Event) error {
	p, headed := c.Columns.compiled().(*zeekPlan)
	if !headed {
		if p = usualZeekPlan(line); p == nil {
			return &Error{Reason: "the line does not fit the columns of Zeek's usual logs; its #fields line is not known"}
		}
	}
	var space [stackMembers]member
	members, err := p.cut(line, space[:0])
	if err != nil {
		// Lines of several logs may come down one connection.
		if p = usualZeekPlan(line); p == nil || !headed {
			return err
		}
		if members, err = p.cut(line, space[:0]); err != nil {
			return err
		}
	}
	fillRuled(members, nil, c, e)
	if !e.Has(event.EventTime) && p.fields[0].name == "ts" {
		e.Reset()
		return &Error{Reason: "expected a time"}
	}
	p.log.conclude(p.path, e)
	return nil
}

// cut makes members of line's values.
func (p *zeekPlan) cut(line string, members []member) ([]member, error) {
	rest := line
	for i := range p.fields {
		f := &p.fields[i]
		end := strings.IndexByte(rest, p.separator)
		last := i == len(p.fields)-1
		if end < 0 != last {
			return nil, &Error{Reason: "the line has not as many values as its header names", Offset: len(line) - len(rest)}
		}
		value := rest
		if !last {
			value, rest = rest[:end], rest[end+1:]
		}
		if value == p.unset || value == p.empty || value == "" {
			continue
		}
		m, ok := p.member(f, value)
		if !ok {
			return nil, &Error{Reason: "a value is not of its column's type", Offset: len(line) - len(rest)}
		}
		members = append(members, m)
	}
	return members, nil
}

// member returns one value as JSON would have it.
func (p *zeekPlan) member(f *zeekField, value string) (member, bool) {
	m := member{name: f.name, text: value, kind: event.KindString, rule: f.rule, known: f.known}
	switch f.as {
	case zeekTime, zeekNumber, zeekCount, zeekPort:
		m.kind = event.KindNumber
		return m, isNumber(value)
	case zeekBool:
		m.kind = event.KindBool
		m.text = "false"
		if value == "T" {
			m.text = "true"
		}
		return m, value == "T" || value == "F"
	case zeekList, zeekNumbers:
		m.kind = event.KindArray
		m.text = p.array(f.as, value)
	}
	return m, true
}

// array returns the elements of a set or a vector as JSON.
func (p *zeekPlan) array(as zeekType, value string) string {
	out := make([]byte, 0, len(value)+16)
	out = append(out, '[')
	for one := range strings.SplitSeq(value, p.setSeparator) {
		if len(out) > 1 {
			out = append(out, ',')
		}
		switch {
		case one == p.unset:
			out = append(out, "null"...)
		case as == zeekNumbers && isNumber(one):
			out = append(out, one...)
		default:
			out = appendJSONText(out, one)
		}
	}
	return string(append(out, ']'))
}
