package format

import (
	"regexp"
	"slices"
	"strings"
)

// maxPatternFields is how many fields one pattern may have.
const maxPatternFields = 40

// ownPattern is one way in which lines of a user's own format are written:
// texts with fields between them, or a regular expression. It describes the
// whole line.
type ownPattern struct {
	name string
	// head is the text before the first field.
	head   string
	parts  []ownPart
	fields []*ownField

	expression *regexp.Regexp
	// prefix is what every match of the expression begins with.
	prefix string
	// groups are the numbers of the groups of fields.
	groups []int

	set []constant
}

// ownPart is a field of a pattern and the text behind it.
type ownPart struct {
	// field is a number in the pattern's fields, -1 for a part that is skipped.
	field int
	what  *ownField
	// until is the text behind the field, "" where the next field or the end of
	// the line follows.
	until string
	// greedy fields end at the last place where the pattern can go on, others
	// at the first.
	greedy bool
	// padded says that until may stand there several times.
	padded bool
	last   bool
	// expects says what the part is, for errors.
	expects string
}

// match cuts s into values, which has room for the pattern's fields. Where the
// pattern does not fit, at is the byte where that showed and expects what it
// wanted there.
func (p *ownPattern) match(s string, o *Own, c *Context, values []ownValue) (at int, expects string) {
	if p.expression != nil {
		return p.matchExpression(s, o, c, values)
	}
	if !strings.HasPrefix(s, p.head) {
		return 0, p.head
	}
	i := len(p.head)
	if len(p.parts) == 0 && i < len(s) {
		return i, "the end"
	}
	for k := range p.parts {
		n, v := p.take(k, s[i:], o, c)
		if n < 0 {
			return i, p.parts[k].expects
		}
		if f := p.parts[k].field; f >= 0 {
			values[f] = v
		}
		i += n
	}
	return i, ""
}

// take reads part k at the start of s, with the text behind it, and returns how
// many bytes it took, -1 where it isn't there.
func (p *ownPattern) take(k int, s string, o *Own, c *Context) (n int, v ownValue) {
	part := &p.parts[k]
	n, v = p.cut(k, s, o, c)
	if n < 0 {
		return -1, v
	}
	n += len(part.until)
	for part.padded && part.until != "" && strings.HasPrefix(s[n:], part.until) {
		n += len(part.until)
	}
	return n, v
}

// cut reads part k and checks that the text behind it follows.
func (p *ownPattern) cut(k int, s string, o *Own, c *Context) (n int, v ownValue) {
	part := &p.parts[k]
	switch part.what.shape() {
	case shapeText, shapePairs, shapeJSON:
		n = p.textEnd(k, s, len(s), o, c)
		if n < 0 {
			return -1, v
		}
		return n, ownValue{text: s[:n], set: !o.isAbsent(s[:n])}
	case shapeWord, shapeHost:
		return p.word(k, s, o, c)
	case shapeQuoted:
		cur := scan(s)
		if text, ok := cur.quoted(); ok && part.follows(s[cur.i:]) {
			return cur.i, ownValue{text: text, quoted: strings.IndexByte(text, '\\') >= 0, set: !o.isAbsent(text)}
		}
	default:
		if n, nanos := part.what.width(s, c); n > 0 && part.follows(s[n:]) {
			return n, ownValue{text: s[:n], nanos: nanos, timed: part.what.typ.shape == shapeTime, set: true}
		}
	}
	return part.absent(s, o), ownValue{}
}

// follows reports whether the pattern can go on at the start of s.
func (p *ownPart) follows(s string) bool {
	if p.last {
		return s == p.until
	}
	return strings.HasPrefix(s, p.until)
}

// absent returns the length of the word that stands for a value that is not
// there, -1 where there is none.
func (p *ownPart) absent(s string, o *Own) int {
	for _, word := range o.absent {
		if word != "" && strings.HasPrefix(s, word) && p.follows(s[len(word):]) {
			return len(word)
		}
	}
	return -1
}

func (o *Own) isAbsent(text string) bool {
	if text == "" {
		return true
	}
	return slices.Contains(o.absent, text)
}

// textEnd returns where a part that may be anything ends: where the text behind
// it and what must follow that stand for the first time, or for the last. The
// text behind it lies before limit.
func (p *ownPattern) textEnd(k int, s string, limit int, o *Own, c *Context) int {
	part := &p.parts[k]
	if part.last {
		if strings.HasSuffix(s, part.until) {
			return len(s) - len(part.until)
		}
		return -1
	}
	if part.greedy {
		return p.lastEnd(k, s, limit, o, c)
	}
	for from := 0; from <= limit; {
		n := strings.Index(s[from:limit], part.until)
		if n < 0 {
			return -1
		}
		from += n
		next := from + len(part.until)
		for part.padded && strings.HasPrefix(s[next:], part.until) {
			next += len(part.until)
		}
		if p.goesOn(k+1, s[next:], o, c) {
			return from
		}
		if from++; part.padded {
			// Every place before would go on at the same one.
			from = next
		}
	}
	return -1
}

// lastEnd is textEnd for fields that end as late as they can.
func (p *ownPattern) lastEnd(k int, s string, limit int, o *Own, c *Context) int {
	until := p.parts[k].until
	for to := limit; ; {
		n := strings.LastIndex(s[:to], until)
		if n < 0 || p.goesOn(k+1, s[n+len(until):], o, c) {
			return n
		}
		to = n + len(until) - 1
	}
}

// goesOn judges in bounded time whether part k can begin at s.
func (p *ownPattern) goesOn(k int, s string, o *Own, c *Context) bool {
	next := &p.parts[k]
	kind := next.what.shape()
	if kind.bounded() {
		n, _ := next.what.width(s, c)
		return n > 0 && next.follows(s[n:]) || next.absent(s, o) >= 0
	}
	return kind.begins(s) || next.absent(s, o) >= 0
}

// word reads a part that has no spaces.
func (p *ownPattern) word(k int, s string, o *Own, c *Context) (n int, v ownValue) {
	part := &p.parts[k]
	end := strings.IndexByte(s, ' ')
	if end < 0 {
		end = len(s)
	}
	switch {
	case part.last:
		n = len(s) - len(part.until)
		if n <= 0 || n > end || !strings.HasSuffix(s, part.until) {
			return -1, v
		}
	case part.until[0] == ' ':
		n = end
		if n == 0 || !strings.HasPrefix(s[n:], part.until) {
			return -1, v
		}
	default:
		n = p.textEnd(k, s, min(len(s), end+len(part.until)), o, c)
		if n <= 0 || n > end {
			return -1, v
		}
	}
	text := s[:n]
	if part.what.typ.shape == shapeHost && !isHostText(text) && !o.isAbsent(text) {
		return -1, v
	}
	return n, ownValue{text: text, set: !o.isAbsent(text)}
}

// matchExpression matches the regular expression.
func (p *ownPattern) matchExpression(s string, o *Own, c *Context, values []ownValue) (at int, expects string) {
	if !strings.HasPrefix(s, p.prefix) {
		return 0, p.prefix
	}
	found := p.expression.FindStringSubmatchIndex(s)
	if found == nil {
		return 0, "the regular expression"
	}
	for k, group := range p.groups {
		begin, end := found[2*group], found[2*group+1]
		if begin < 0 || o.isAbsent(s[begin:end]) {
			continue
		}
		f := p.fields[k]
		v := ownValue{text: s[begin:end], set: true}
		if !f.optional {
			nanos, ok := f.fits(v.text, c)
			if !ok {
				return begin, f.name + " (" + f.typ.name + ")"
			}
			v.nanos, v.timed = nanos, f.typ.shape == shapeTime
		}
		if f.typ.shape == shapeQuoted {
			v.text, v.quoted = strings.TrimSuffix(strings.TrimPrefix(v.text, `"`), `"`), true
		}
		values[k] = v
	}
	return len(s), ""
}
