package format

import (
	"math/bits"
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// Limits of JSON documents. A document past one of them is a dead letter.
const (
	// maxJSONDepth is how deep objects and arrays may stand in each other.
	maxJSONDepth = 64
	// maxMembers is how many members the top object may have.
	maxMembers = 8192
)

// jsonScanner reads RFC 8259 JSON strictly, without building values: it finds
// where they end. The first failure stays; later steps do nothing.
type jsonScanner struct {
	s   string
	i   int
	err *Error
	// known says that the text is a part of what was scanned before, so that its
	// own objects and arrays need not be looked at again.
	known bool
	// bytes takes \xHH for a byte in the names and strings of the top object, as
	// web servers write it that escape for quotes and not for JSON.
	bytes bool
}

func (j *jsonScanner) fail(at int, reason string) {
	if j.err == nil {
		j.err = &Error{Reason: reason, Offset: at}
	}
	j.i = len(j.s)
}

// next skips white space and returns the next byte, 0 at the end: no token of
// JSON starts with that byte.
func (j *jsonScanner) next() byte {
	if j.i < len(j.s) && j.s[j.i] > ' ' {
		return j.s[j.i]
	}
	return j.nextBehindSpace()
}

func (j *jsonScanner) nextBehindSpace() byte {
	for j.i < len(j.s) {
		switch b := j.s[j.i]; b {
		case ' ', '\t', '\n', '\r':
			j.i++
		default:
			return b
		}
	}
	return 0
}

// end reports whether only white space is left.
func (j *jsonScanner) end() bool {
	j.next()
	return j.i >= len(j.s)
}

// want skips white space and moves over b.
func (j *jsonScanner) want(b byte, reason string) bool {
	if j.next() != b {
		j.fail(j.i, reason)
		return false
	}
	j.i++
	return true
}

// str reads a string whose quote is next and returns what stands between its
// quotes; escaped says that unescape has to decode it.
func (j *jsonScanner) str() (text string, escaped bool) {
	start := j.i + 1
	i := start + cleanWidth(j.s[start:])
	if i < len(j.s) && j.s[i] == '"' {
		j.i = i + 1
		return j.s[start:i], false
	}
	return j.oddString(start, i)
}

// oddString is str from the first byte on that may be more than a plain one.
func (j *jsonScanner) oddString(start, i int) (text string, escaped bool) {
	for i < len(j.s) {
		switch b := j.s[i]; {
		case b == '"':
			j.i = i + 1
			return j.s[start:i], escaped
		case b == '\\':
			n := escapeWidth(j.s[i:])
			if n == 0 && j.bytes {
				n = byteEscape(j.s[i:])
			}
			if n == 0 {
				j.fail(i, "a backslash in a string is not followed by an escape of JSON")
				return "", false
			}
			escaped = true
			i += n
		case b < ' ':
			j.fail(i, "a control character stands in a string; JSON wants it escaped")
			return "", false
		default:
			i++
		}
		i += cleanWidth(j.s[i:])
	}
	j.fail(len(j.s), "a string is not closed: the line is cut")
	return "", false
}

const (
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
)

// cleanWidth returns how many bytes at the start of s are neither quotes,
// backslashes nor controls. It may stop up to seven bytes before the end of s.
func cleanWidth(s string) int {
	rest := s
	// The compiler sees that these eight bytes are there, and reads them at once.
	for len(rest) >= 8 {
		w := uint64(rest[0]) | uint64(rest[1])<<8 | uint64(rest[2])<<16 | uint64(rest[3])<<24 |
			uint64(rest[4])<<32 | uint64(rest[5])<<40 | uint64(rest[6])<<48 | uint64(rest[7])<<56
		// A byte that is 0 after the xor, or below a space, borrows into its
		// top bit. Bytes from 0x80 on have that bit and are masked out.
		quote, slash := w^lowBits*'"', w^lowBits*'\\'
		if found := ((quote - lowBits) | (slash - lowBits) | (w - lowBits*' ')) &^ w & highBits; found != 0 {
			// The lowest bit is exact: a borrow goes upwards only.
			return len(s) - len(rest) + bits.TrailingZeros64(found)/8
		}
		rest = rest[8:]
	}
	return len(s) - len(rest)
}

// byteEscape returns the length of \xHH at the start of s, 0 where it is none.
func byteEscape(s string) int {
	if len(s) > 1 && s[1] == 'x' {
		if _, ok := hexValue(s, 2, 2); ok {
			return 4
		}
	}
	return 0
}

// escapeWidth returns the length of the JSON escape at the start of s, 0 where
// it is none.
func escapeWidth(s string) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if _, ok := hexValue(s, 2, 4); ok {
			return 6
		}
	}
	return 0
}

// value reads any value. For a string text is what stands between the quotes,
// for every other kind its JSON text.
func (j *jsonScanner) value() (kind event.Kind, text string, escaped bool) {
	b := j.next()
	start := j.i
	switch {
	case b == '"':
		text, escaped = j.str()
		return event.KindString, text, escaped
	case b == '{' || b == '[':
		j.nested()
		if b == '[' {
			kind = event.KindArray
		} else {
			kind = event.KindObject
		}
		return kind, j.s[start:j.i], false
	case b == '-' || isDigit(b):
		j.number()
		return event.KindNumber, j.s[start:j.i], false
	case b == 't':
		j.literal("true")
		return event.KindBool, "true", false
	case b == 'f':
		j.literal("false")
		return event.KindBool, "false", false
	case b == 'n':
		j.literal("null")
		return event.KindNull, "null", false
	default:
		j.fail(j.i, "expected a JSON value")
		return 0, "", false
	}
}

// nested moves over an object or array in a document. It is kept as JSON text, and
// must be JSON.
func (j *jsonScanner) nested() {
	if j.known {
		j.i += knownWidth(j.s[j.i:])
		return
	}
	bytes := j.bytes
	j.bytes = false
	j.skip(1)
	j.bytes = bytes
}

// knownWidth returns the length of the object or array at the start of s, which
// is the start of valid JSON: only strings and brackets matter.
func knownWidth(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
			if depth == 0 {
				return i + 1
			}
		case '"':
			i++
			for i += cleanWidth(s[i:]); i < len(s) && s[i] != '"'; i += cleanWidth(s[i:]) {
				if s[i] == '\\' {
					i++
				}
				if i++; i > len(s) {
					return len(s)
				}
			}
		}
	}
	return len(s)
}

func (j *jsonScanner) literal(word string) {
	if !strings.HasPrefix(j.s[j.i:], word) {
		j.fail(j.i, "expected a JSON value")
		return
	}
	j.i += len(word)
}

func (j *jsonScanner) number() {
	end := j.i
	for end < len(j.s) && numberBytes[j.s[end]] {
		end++
	}
	if !isNumber(j.s[j.i:end]) {
		j.fail(j.i, "a number is not one of JSON")
		return
	}
	j.i = end
}

// numberBytes are the bytes that numbers are made of.
var numberBytes = [256]bool{
	'0': true, '1': true, '2': true, '3': true, '4': true, '5': true, '6': true, '7': true, '8': true, '9': true,
	'+': true, '-': true, '.': true, 'e': true, 'E': true,
}

// skip moves over any value; depth is how deep it stands.
func (j *jsonScanner) skip(depth int) {
	switch b := j.next(); b {
	case '{':
		j.skipMembers('}', depth)
	case '[':
		j.skipMembers(']', depth)
	case '"':
		j.str()
	default:
		j.value()
	}
}

// skipMembers moves over an object or array whose opening is next.
func (j *jsonScanner) skipMembers(end byte, depth int) {
	if depth > maxJSONDepth {
		j.fail(j.i, "objects and arrays stand in each other more than 64 deep")
		return
	}
	j.i++
	if j.next() == end {
		j.i++
		return
	}
	for j.err == nil {
		if end == '}' {
			j.name()
		}
		j.skip(depth + 1)
		switch j.next() {
		case end:
			j.i++
			return
		case ',':
			j.i++
		default:
			j.fail(j.i, "expected a comma or the end of an object or array")
		}
	}
}

// name reads a member's name and its colon.
func (j *jsonScanner) name() (text string, escaped bool) {
	if j.next() != '"' {
		j.fail(j.i, "expected a name in quotes")
		return "", false
	}
	text, escaped = j.str()
	if j.next() == ':' {
		j.i++
	} else {
		j.fail(j.i, "expected a colon behind a name")
	}
	return text, escaped
}

// object reads an object and appends its members to members, in order. prefix
// goes before every name.
func (j *jsonScanner) object(prefix string, members []member) []member {
	if !j.want('{', "expected a JSON object") {
		return members
	}
	if j.next() == '}' {
		j.i++
		return members
	}
	for j.err == nil {
		if len(members) == maxMembers {
			j.fail(j.i, "the object has more than 8192 members")
			break
		}
		members = append(members, member{})
		m := &members[len(members)-1]
		m.name, m.escaped = j.name()
		if m.escaped {
			m.name = unescape(m.name)
		}
		if prefix != "" {
			m.name = prefix + m.name
		}
		m.kind, m.text, m.escaped = j.value()
		switch j.next() {
		case '}':
			j.i++
			return members
		case ',':
			j.i++
		default:
			j.fail(j.i, "expected a comma or the end of the object")
		}
	}
	return members
}

// member reads the next member of an object that was scanned before; false is the
// end.
func (j *jsonScanner) member(m *member) bool {
	if b := j.next(); j.err != nil || b != ',' && (b != '{' || j.i > 0) {
		return false
	}
	j.i++
	if j.next() != '"' {
		return false
	}
	m.name, m.escaped = j.name()
	if m.escaped {
		m.name = unescape(m.name)
	}
	m.kind, m.text, m.escaped = j.value()
	return j.err == nil
}

// oneLine returns valid JSON text without the white space between its tokens, as
// it is when it holds no newline.
func oneLine(text string) string {
	if strings.IndexByte(text, '\n') < 0 && strings.IndexByte(text, '\r') < 0 {
		return text
	}
	out := make([]byte, 0, len(text))
	inside := false
	for i := 0; i < len(text); i++ {
		switch b := text[i]; {
		case inside && b == '\\':
			out = append(out, b, text[i+1])
			i++
		case b == '"':
			inside = !inside
			out = append(out, b)
		case inside || b != ' ' && b != '\t' && b != '\n' && b != '\r':
			out = append(out, b)
		}
	}
	return string(out)
}
