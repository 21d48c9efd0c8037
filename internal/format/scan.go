package format

import (
	"strings"
	"unicode/utf8"
)

// cursor walks a line from left to right. Every method that fails leaves the
// cursor where it was, so that the offset of an error is the place that did not
// fit. Strings returned share memory with the line.
type cursor struct {
	s string
	i int
}

// scan returns a cursor at the start of s.
func scan(s string) cursor { return cursor{s: s} }

// done reports whether the whole line is read.
func (c *cursor) done() bool { return c.i >= len(c.s) }

// rest returns what is not read yet.
func (c *cursor) rest() string { return c.s[c.i:] }

// peek returns the next byte, or 0 at the end.
func (c *cursor) peek() byte {
	if c.i < len(c.s) {
		return c.s[c.i]
	}
	return 0
}

// fail returns an error that says why the line is not of a format, at the
// cursor.
func (c *cursor) fail(reason string) error { return &Error{Reason: reason, Offset: c.i} }

// skip moves over b; it reports false when another byte is next.
func (c *cursor) skip(b byte) bool {
	if c.i < len(c.s) && c.s[c.i] == b {
		c.i++
		return true
	}
	return false
}

// skipText moves over text; it reports false when something else is next.
func (c *cursor) skipText(text string) bool {
	if strings.HasPrefix(c.s[c.i:], text) {
		c.i += len(text)
		return true
	}
	return false
}

// skipSpaces moves over spaces and tabs and returns how many there were.
func (c *cursor) skipSpaces() int {
	start := c.i
	for c.i < len(c.s) && (c.s[c.i] == ' ' || c.s[c.i] == '\t') {
		c.i++
	}
	return c.i - start
}

// until returns the text before the next b and moves behind b.
func (c *cursor) until(b byte) (string, bool) {
	n := strings.IndexByte(c.s[c.i:], b)
	if n < 0 {
		return "", false
	}
	text := c.s[c.i : c.i+n]
	c.i += n + 1
	return text, true
}

// untilText returns the text before the next sep and moves behind sep.
func (c *cursor) untilText(sep string) (string, bool) {
	n := strings.Index(c.s[c.i:], sep)
	if n < 0 {
		return "", false
	}
	text := c.s[c.i : c.i+n]
	c.i += n + len(sep)
	return text, true
}

// token returns the text up to the next space or the end, which may be empty,
// and stays before the space.
func (c *cursor) token() string {
	start := c.i
	if n := strings.IndexByte(c.s[c.i:], ' '); n >= 0 {
		c.i += n
	} else {
		c.i = len(c.s)
	}
	return c.s[start:c.i]
}

// digits returns the longest run of ASCII digits, which may be empty.
func (c *cursor) digits() string {
	start := c.i
	for c.i < len(c.s) && isDigit(c.s[c.i]) {
		c.i++
	}
	return c.s[start:c.i]
}

// integer reads a non-negative decimal number that fits an int64.
func (c *cursor) integer() (int64, bool) {
	start := c.i
	v, ok := parseUint(c.digits())
	if !ok {
		c.i = start
	}
	return v, ok
}

// quoted reads a text between double quotes in which a backslash takes the next
// byte along, and returns it as logged, escapes included (see unescape).
func (c *cursor) quoted() (string, bool) {
	if c.peek() != '"' {
		return "", false
	}
	for i := c.i + 1; i < len(c.s); i++ {
		n := strings.IndexByte(c.s[i:], '"')
		if n < 0 {
			return "", false
		}
		i += n
		if !escapedAt(c.s, c.i+1, i) {
			text := c.s[c.i+1 : i]
			c.i = i + 1
			return text, true
		}
	}
	return "", false
}

// escapedAt reports whether the byte at i is escaped: an odd number of
// backslashes stands before it, none of them before start. A long run of
// backslashes is looked at once per quote behind it, and there is one.
func escapedAt(s string, start, i int) bool {
	n := 0
	for i > start && s[i-1] == '\\' {
		i--
		n++
	}
	return n%2 == 1
}

// unescape decodes the backslash escapes of a quoted text: \" \\ \/ \n \r \t \b
// \f \v, \xhh (a byte) and \uXXXX. Any other escape stays as it is. It
// allocates only when s holds a backslash.
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	return string(appendUnescaped(make([]byte, 0, len(s)), s))
}

func appendUnescaped(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		n := strings.IndexByte(s[i:], '\\')
		if n < 0 || i+n+1 == len(s) {
			return append(dst, s[i:]...)
		}
		dst = append(dst, s[i:i+n]...)
		i += n + 1
		switch b := s[i]; b {
		case '"', '\\', '/', '\'':
			dst = append(dst, b)
		case 'n', 'r', 't', 'b', 'f', 'v':
			dst = append(dst, controlEscape(b))
		case 'x':
			if v, ok := hexValue(s, i+1, 2); ok {
				dst = append(dst, byte(v))
				i += 2
				continue
			}
			dst = append(dst, '\\', b)
		case 'u':
			r, n := unicodeEscape(s[i+1:])
			if n == 0 {
				dst = append(dst, '\\', b)
				continue
			}
			dst = utf8.AppendRune(dst, r)
			i += n
		default:
			dst = append(dst, '\\', b)
		}
	}
	return dst
}

func controlEscape(b byte) byte {
	switch b {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	default:
		return '\v'
	}
}

// unicodeEscape reads the four hex digits behind a \u, with the second half of
// a surrogate pair where one follows, and returns how many bytes it read: 0
// when there are no four hex digits. Half a pair is U+FFFD.
func unicodeEscape(s string) (r rune, n int) {
	v, ok := hexValue(s, 0, 4)
	if !ok {
		return 0, 0
	}
	if v < 0xD800 || v > 0xDFFF {
		return rune(v), 4
	}
	if v < 0xDC00 && strings.HasPrefix(s[4:], `\u`) {
		if low, ok := hexValue(s, 6, 4); ok && low >= 0xDC00 && low <= 0xDFFF {
			return rune((v-0xD800)<<10+(low-0xDC00)) + 0x10000, 10
		}
	}
	return utf8.RuneError, 4
}

// hexValue reads n hex digits at s[i:].
func hexValue(s string, i, n int) (int, bool) {
	if i+n > len(s) {
		return 0, false
	}
	v := 0
	for _, b := range []byte(s[i : i+n]) {
		d := hexDigit(b)
		if d < 0 {
			return 0, false
		}
		v = v<<4 | d
	}
	return v, true
}

func hexDigit(b byte) int {
	switch {
	case b >= '0' && b <= '9':
		return int(b - '0')
	case b >= 'a' && b <= 'f':
		return int(b-'a') + 10
	case b >= 'A' && b <= 'F':
		return int(b-'A') + 10
	default:
		return -1
	}
}

// parseUint reads all of s as a non-negative decimal number that fits an int64.
func parseUint(s string) (int64, bool) {
	if s == "" || len(s) > 19 {
		return 0, false
	}
	var v uint64
	for i := 0; i < len(s); i++ {
		d := s[i] - '0'
		if d > 9 {
			return 0, false
		}
		v = v*10 + uint64(d)
	}
	return int64(v), v <= 1<<63-1
}

// isNumber reports whether s is a JSON number: such a text may stand in an
// extra field as event.KindNumber.
func isNumber(s string) bool {
	if s != "" && s[0] == '-' {
		s = s[1:]
	}
	n := leadingDigits(s)
	if n == 0 || n > 1 && s[0] == '0' {
		return false
	}
	if s = s[n:]; s != "" && s[0] == '.' {
		if n = leadingDigits(s[1:]); n == 0 {
			return false
		}
		s = s[1+n:]
	}
	if s != "" && (s[0] == 'e' || s[0] == 'E') {
		if s = s[1:]; s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		if n = leadingDigits(s); n == 0 {
			return false
		}
		s = s[n:]
	}
	return s == ""
}

func leadingDigits(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

func isDigit(b byte) bool { return b-'0' <= 9 }

func isAlpha(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }

func isAlnum(b byte) bool { return isDigit(b) || isAlpha(b) }

// foldContains reports whether s contains lower, which is in lower case ASCII, in
// any case.
func foldContains(s, lower string) bool {
	for i := 0; i+len(lower) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(lower)], lower) {
			return true
		}
	}
	return false
}
