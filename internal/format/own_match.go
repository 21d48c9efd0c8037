package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// Scores of users' own formats where the file names none: with hints and
// without.
const (
	hintedScore  = 85
	derivedScore = 75
)

// ownHints say how auto recognizes lines of a user's own format.
type ownHints struct {
	// prefixes are beginnings of which one must be there, contains texts that
	// must all be there, keys names of members or pairs that must all be there,
	// values those of keys.
	prefixes []string
	contains []string
	keys     []string
	values   []member
	score    int
}

// given reports whether the file has hints.
func (h *ownHints) given() bool {
	return len(h.prefixes)+len(h.contains)+len(h.keys)+len(h.values) > 0
}

// holds judges a line without its envelope.
func (h *ownHints) holds(line string) bool {
	if len(h.prefixes) > 0 && !hasAnyPrefix(line, h.prefixes) {
		return false
	}
	for _, text := range h.contains {
		if !strings.Contains(line, text) {
			return false
		}
	}
	return true
}

func hasAnyPrefix(line string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(line, p) {
			return true
		}
	}
	return false
}

// match is the Match of o's Format.
func (o *Own) match(line string) int {
	if line == "" || o.input == inputJSON && !o.enveloped {
		return 0
	}
	if o.enveloped && hasEnvelope(line) {
		return o.matchEnvelope(line)
	}
	return o.matchLine(line)
}

// maxHeader is how far into a line the name of its program is looked for.
const maxHeader = 192

// matchEnvelope looks for the program's name, or for the hints where the file
// names no program.
func (o *Own) matchEnvelope(line string) int {
	if len(o.programs) == 0 {
		if !o.hints.given() || len(o.hints.prefixes) > 0 && !containsAny(line, o.hints.prefixes) {
			return 0
		}
		for _, text := range o.hints.contains {
			if !strings.Contains(line, text) {
				return 0
			}
		}
		return o.hints.score
	}
	header := line[:min(len(line), maxHeader)]
	for _, p := range o.programs {
		for i := 0; ; {
			n := strings.Index(header[i:], p)
			if n < 0 {
				break
			}
			i += n + len(p)
			if i > len(p) && (header[i-len(p)-1] == ' ' || header[i-len(p)-1] == '/') && i < len(header) && strings.IndexByte(": [", header[i]) >= 0 {
				return o.hints.score
			}
		}
	}
	return 0
}

func containsAny(line string, texts []string) bool {
	for _, text := range texts {
		if strings.Contains(line, text) {
			return true
		}
	}
	return false
}

func (o *Own) matchLine(line string) int {
	switch {
	case !o.hints.holds(line):
		return 0
	case o.input == inputPairs:
		return o.matchPairs(line)
	case o.input == inputJSON:
		return 0
	case o.hints.given():
		return o.hints.score
	}
	for _, p := range o.patterns {
		if p.mayFit(line) {
			return o.hints.score
		}
	}
	return 0
}

// matchPairs wants the keys that the hints name, or those that must be there.
func (o *Own) matchPairs(line string) int {
	asked := len(o.hints.prefixes) + len(o.hints.contains)
	for _, key := range o.hints.keys {
		if !o.pairs.has(line, key) {
			return 0
		}
		asked++
	}
	for i := range o.hints.values {
		v := &o.hints.values[i]
		if !o.pairs.has(line, v.name) || !strings.Contains(line, v.text) {
			return 0
		}
		asked++
	}
	for _, f := range o.required {
		if !o.pairs.has(line, f.name) {
			return 0
		}
		asked++
	}
	if asked == 0 {
		return 0
	}
	return o.hints.score
}

// has reports whether line has a pair of the key.
func (s *pairStyle) has(line, key string) bool {
	for i := 0; ; {
		n := strings.Index(line[i:], key)
		if n < 0 {
			return false
		}
		i += n + len(key)
		start := i - len(key)
		free := start == 0 || line[start-1] == ' ' || strings.HasSuffix(line[:start], s.between)
		if free && strings.HasPrefix(strings.TrimLeft(line[i:min(len(line), i+8)], " "), s.assign) {
			return true
		}
	}
}

// mayFit judges cheaply whether the pattern may fit the line. A pattern that
// begins with anything needs a text somewhere, or it would claim every line.
func (p *ownPattern) mayFit(line string) bool {
	if p.expression != nil {
		return strings.HasPrefix(line, p.prefix) && p.expression.MatchString(line)
	}
	if !strings.HasPrefix(line, p.head) || len(p.parts) == 0 {
		return p.head == line
	}
	longest := ""
	for i := range p.parts {
		if len(p.parts[i].until) > len(longest) {
			longest = p.parts[i].until
		}
	}
	first := p.parts[0].what
	kind := first.shape()
	rest := line[len(p.head):]
	switch {
	case kind == shapeTime:
		if !isTimeByte(rest) {
			return false
		}
	case kind.bounded():
		if n, _ := first.width(rest, &Context{}); n == 0 {
			return false
		}
	case !kind.begins(rest):
		return false
	case len(p.head) < 3 && len(longest) < 3:
		return false
	}
	return strings.Contains(rest, longest)
}

// isTimeByte reports whether a time may begin s. Reading it needs to know when
// the line was received.
func isTimeByte(s string) bool { return s != "" && isAlnum(s[0]) }

// starts returns the bytes that lines begin with for which match is not 0, "" for
// any.
func (o *Own) starts() string {
	if o.enveloped {
		return ""
	}
	heads := o.hints.prefixes
	switch {
	case o.input == inputJSON:
		return "{"
	case len(heads) > 0:
	case o.input != inputText || o.hints.given():
		return ""
	default:
		for _, p := range o.patterns {
			heads = append(heads, p.head+p.prefix)
		}
	}
	var out []byte
	for _, head := range heads {
		if head == "" {
			return ""
		}
		if strings.IndexByte(string(out), head[0]) < 0 {
			out = append(out, head[0])
		}
	}
	return string(out)
}

// kind returns what makes auto offer JSON objects to o, nil where it must not.
func (o *Own) kind() *documentKind {
	if o.input != inputJSON {
		return nil
	}
	k := &documentKind{claims: o.claims, fill: o.fillClaimed}
	names := o.hints.keys
	for i := range o.hints.values {
		names = append(names, o.hints.values[i].name)
	}
	for _, f := range o.required {
		names = append(names, f.name)
	}
	for _, name := range names {
		top, _, _ := strings.Cut(name, ".")
		k.keys = append(k.keys, top, name)
	}
	return k
}

// claims says that an object with all keys and values of the hints and all
// required fields is of o.
func (o *Own) claims(object *object) int {
	if len(o.hints.keys)+len(o.hints.values)+len(o.required) == 0 {
		return 0
	}
	for _, key := range o.hints.keys {
		if findPath(object.members, key) == nil {
			return 0
		}
	}
	for i := range o.hints.values {
		if m := findPath(object.members, o.hints.values[i].name); ownMemberText(m) != o.hints.values[i].text {
			return 0
		}
	}
	for _, f := range o.required {
		if findPath(object.members, f.name) == nil {
			return 0
		}
	}
	return o.hints.score
}

// ownMemberText is scalarText for booleans too, and leaves the member as it is.
func ownMemberText(m *member) string {
	if m == nil || m.kind != event.KindString && m.kind != event.KindNumber && m.kind != event.KindBool {
		return ""
	}
	if m.escaped {
		return unescape(m.text)
	}
	return m.text
}

func (o *Own) fillClaimed(object *object, c *Context, e *event.Event) error {
	d := document{e: e, c: c}
	if err := o.fillObject(object, &d); err != nil {
		return err
	}
	o.finish(&d)
	return nil
}
