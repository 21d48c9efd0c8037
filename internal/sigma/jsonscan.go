package sigma

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

func skipSpace(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\n' || s[i] == '\t' || s[i] == '\r') {
		i++
	}
	return i
}

// stringEnd returns where the string that starts at i ends, behind its quote.
func stringEnd(s string, i int) int {
	for i++; i < len(s); i++ {
		switch s[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	return len(s)
}

// valueEnd returns where the JSON value that starts at i ends. It does not
// recurse, however deep the value is.
func valueEnd(s string, i int) int {
	depth := 0
	for i < len(s) {
		switch s[i] {
		case '"':
			i = stringEnd(s, i)
		case '{', '[':
			depth++
			i++
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
			i++
		case ',', ':', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return i
			}
			i++
			continue
		default:
			i = literalEnd(s, i)
		}
		if depth == 0 {
			return i
		}
	}
	return i
}

func literalEnd(s string, i int) int {
	for i < len(s) && strings.IndexByte("\"{}[],: \n\t\r", s[i]) < 0 {
		i++
	}
	return i
}

// unescape returns the text of a JSON string's inside.
func (j *JSON) unescape(s string) string {
	start := len(j.text.buf)
	for s != "" {
		i := strings.IndexByte(s, '\\')
		if i < 0 || i+1 >= len(s) {
			j.text.buf = append(j.text.buf, s...)
			break
		}
		j.text.buf = append(j.text.buf, s[:i]...)
		s = j.escape(s[i+1:])
	}
	return j.text.since(start)
}

// escape appends what the escape sequence behind a backslash means and returns
// the text behind it.
func (j *JSON) escape(s string) string {
	c := s[0]
	switch c {
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	case 'u':
		r, rest := unicodeEscape(s[1:])
		j.text.buf = utf8.AppendRune(j.text.buf, r)
		return rest
	}
	j.text.buf = append(j.text.buf, c)
	return s[1:]
}

// unicodeEscape reads the four digits behind \u, and those of a second \u that
// completes a surrogate pair. What can't be read is U+FFFD.
func unicodeEscape(s string) (rune, string) {
	high, rest := hexRune(s)
	if !utf16.IsSurrogate(high) {
		return high, rest
	}
	if !strings.HasPrefix(rest, `\u`) {
		return utf8.RuneError, rest
	}
	low, after := hexRune(rest[2:])
	if r := utf16.DecodeRune(high, low); r != utf8.RuneError {
		return r, after
	}
	return utf8.RuneError, rest
}

func hexRune(s string) (rune, string) {
	if len(s) < 4 {
		return utf8.RuneError, ""
	}
	v, err := strconv.ParseUint(s[:4], 16, 32)
	if err != nil {
		return utf8.RuneError, s[4:]
	}
	return rune(v), s[4:]
}
