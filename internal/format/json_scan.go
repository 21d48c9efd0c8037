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
	for i := start; i < len(j.s); {
		i += cleanWidth(j.s[i:])
		if i >= len(j.s) {
			break
		}
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
	n := 0
	for ; n+8 <= len(s); n += 8 {
		w := uint64(s[n]) | uint64(s[n+1])<<8 | uint64(s[n+2])<<16 | uint64(s[n+3])<<24 |
			uint64(s[n+4])<<32 | uint64(s[n+5])<<40 | uint64(s[n+6])<<48 | uint64(s[n+7])<<56
		// A byte that is 0 after the xor, or below a space, borrows into its
		// top bit. Bytes from 0x80 on have that bit and are masked out.
		quote, slash := w^lowBits*'"', w^lowBits*'\\'
		if found := ((quote - lowBits) | (slash - lowBits) | (w - lowBits*' ')) &^ w & highBits; found != 0 {
			// The lowest bit is exact: a borrow goes upwards only.
			return n + bits.TrailingZeros64(found)/8
		}
	}
	return n
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
		// What stands deeper is kept as JSON text, and must be JSON.
		bytes := j.bytes
		j.bytes = false
		j.skip(1)
		j.bytes = bytes
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

func (j *jsonScanner) literal(word string) {
	if !strings.HasPrefix(j.s[j.i:], word) {
		j.fail(j.i, "expected a JSON value")
		return
	}
	j.i += len(word)
}

func (j *jsonScanner) number() {
	end := j.i
	for end < len(j.s) && (isDigit(j.s[end]) || strings.IndexByte("+-.eE", j.s[end]) >= 0) {
		end++
	}
	if !isNumber(j.s[j.i:end]) {
		j.fail(j.i, "a number is not one of JSON")
		return
	}
	j.i = end
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
		if j.next() == end {
			j.i++
			return
		}
		j.want(',', "expected a comma or the end of an object or array")
	}
}

// name reads a member's name and its colon.
func (j *jsonScanner) name() (text string, escaped bool) {
	if j.next() != '"' {
		j.fail(j.i, "expected a name in quotes")
		return "", false
	}
	text, escaped = j.str()
	j.want(':', "expected a colon behind a name")
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
		var m member
		m.name, m.escaped = j.name()
		if m.escaped {
			m.name = unescape(m.name)
		}
		m.name = prefix + m.name
		m.kind, m.text, m.escaped = j.value()
		if len(members) == maxMembers {
			j.fail(j.i, "the object has more than 8192 members")
			break
		}
		members = append(members, m)
		if j.next() == '}' {
			j.i++
			break
		}
		j.want(',', "expected a comma or the end of the object")
	}
	return members
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
