package event

import (
	"math/bits"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxDepth is how deep a value in extra may nest. Deeper ones are an error.
const MaxDepth = 64

// scanner walks over one JSON text. It stops at the first fault and remembers
// it; after that every method returns zero values, so callers check once.
type scanner struct {
	text  string
	pos   int
	arena *strings.Builder
	// ahead is how many bytes may still come after the text: the size of the
	// arena's next chunk.
	ahead int
	fault string
	at    int
}

// fail notes the first fault.
func (s *scanner) fail(at int, reason string) {
	if s.fault == "" {
		s.fault, s.at = reason, at
		s.pos = len(s.text)
	}
}

// peek skips white space and returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		if c > ' ' || c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return c
		}
		s.pos++
	}
	return 0
}

// accept consumes c when it comes next. Our own writer leaves no white space, so
// the byte at the position is looked at first.
func (s *scanner) accept(c byte) bool {
	if s.pos < len(s.text) && s.text[s.pos] == c || s.peek() == c && c != 0 {
		s.pos++
		return true
	}
	return false
}

// expect consumes c or fails.
func (s *scanner) expect(c byte, want string) bool {
	if s.accept(c) {
		return true
	}
	s.fail(s.pos, "expected "+want+s.found())
	return false
}

// found names what stands at the position.
func (s *scanner) found() string {
	if s.pos >= len(s.text) {
		return ", found the end"
	}
	return ", found " + quoteByte(s.text[s.pos])
}

func quoteByte(c byte) string {
	if c >= ' ' && c < utf8.RuneSelf {
		return "'" + string(rune(c)) + "'"
	}
	return "byte 0x" + string([]byte{hexDigits[c>>4], hexDigits[c&15]})
}

// str reads a string and returns its value: a part of the text where it has no
// escapes, else a string in the arena.
func (s *scanner) str(want string) string {
	if !s.expect('"', want) {
		return ""
	}
	start := s.pos
	end, escaped := s.stringEnd()
	if s.fault != "" {
		return ""
	}
	if !escaped {
		return s.text[start:end]
	}
	return s.unescape(start, end)
}

// stringEnd consumes the rest of a string and its closing mark and checks it:
// no controls, known escapes, valid UTF-8. It returns where the value ends.
func (s *scanner) stringEnd() (end int, escaped bool) {
	text, start := s.text, s.pos
	i, high := start, uint64(0)
	for {
		if i+8 <= len(text) {
			w := load8(text, i)
			care := special(w)
			if care == 0 {
				high |= w
				i += 8
				continue
			}
			clean := bits.TrailingZeros64(care) &^ 7
			high |= w & (1<<clean - 1)
			i += clean / 8
		}
		if i >= len(text) {
			s.fail(start-1, "string without end")
			return 0, false
		}
		switch c := text[i]; {
		case c == '"':
			s.pos = i + 1
			if high&highs != 0 {
				s.checkUTF8(start, i)
			}
			return i, escaped
		case c == '\\':
			escaped = true
			if i = s.skipEscape(i); s.fault != "" {
				return 0, false
			}
		case c < ' ':
			s.fail(i, "control character "+quoteByte(c)+" in a string; it must be escaped")
			return 0, false
		default:
			high |= uint64(c)
			i++
		}
	}
}

func (s *scanner) checkUTF8(start, end int) {
	if utf8.ValidString(s.text[start:end]) {
		return
	}
	for i := start; i < end; {
		r, size := utf8.DecodeRuneInString(s.text[i:end])
		if r == utf8.RuneError && size == 1 {
			s.fail(i, quoteByte(s.text[i])+" is not utf-8")
			return
		}
		i += size
	}
}

// skipEscape returns the position behind the escape at i.
func (s *scanner) skipEscape(i int) int {
	if i+1 >= len(s.text) {
		s.fail(i, "string without end")
		return i
	}
	switch c := s.text[i+1]; c {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		if _, ok := hex4(s.text, i+2); ok {
			return i + 6
		}
		s.fail(i, `expected four hex digits after \u`)
	default:
		s.fail(i, `unknown escape \`+quoteByte(c))
	}
	return i
}

func hex4(s string, i int) (rune, bool) {
	if i+4 > len(s) {
		return 0, false
	}
	r := rune(0)
	for _, c := range []byte(s[i : i+4]) {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// arenaChunk is how much memory the arena takes at a time.
const arenaChunk = 16 << 10

// unescape decodes the checked string between start and end into the arena.
// Decoding only shrinks, so a chunk with room for the escaped form never moves
// and the strings cut from it stay.
func (s *scanner) unescape(start, end int) string {
	if s.arena.Cap()-s.arena.Len() < end-start {
		s.arena.Reset()
		s.arena.Grow(max(end-start, min(arenaChunk, len(s.text)-start+s.ahead)))
	}
	from := s.arena.Len()
	for i := start; i < end; {
		next := strings.IndexByte(s.text[i:end], '\\')
		if next < 0 {
			s.arena.WriteString(s.text[i:end])
			break
		}
		s.arena.WriteString(s.text[i : i+next])
		i = s.unescapeOne(i + next)
	}
	return s.arena.String()[from:]
}

// unescapeOne decodes the escape at i and returns the position behind it. Half
// of a surrogate pair becomes U+FFFD.
func (s *scanner) unescapeOne(i int) int {
	switch c := s.text[i+1]; c {
	case 'b':
		s.arena.WriteByte('\b')
	case 'f':
		s.arena.WriteByte('\f')
	case 'n':
		s.arena.WriteByte('\n')
	case 'r':
		s.arena.WriteByte('\r')
	case 't':
		s.arena.WriteByte('\t')
	case 'u':
		r, _ := hex4(s.text, i+2)
		i += 6
		if utf16.IsSurrogate(r) {
			r, i = s.surrogate(r, i)
		}
		s.arena.WriteRune(r)
		return i
	default:
		s.arena.WriteByte(c)
	}
	return i + 2
}

func (s *scanner) surrogate(high rune, i int) (rune, int) {
	if strings.HasPrefix(s.text[i:], `\u`) {
		if low, ok := hex4(s.text, i+2); ok {
			if r := utf16.DecodeRune(high, low); r != utf8.RuneError {
				return r, i + 6
			}
		}
	}
	return utf8.RuneError, i
}

// literal consumes word or fails.
func (s *scanner) literal(word string) bool {
	if strings.HasPrefix(s.text[s.pos:], word) {
		s.pos += len(word)
		return true
	}
	s.fail(s.pos, "expected a value"+s.found())
	return false
}

// number consumes a number and returns its text.
func (s *scanner) number() string {
	start := s.pos
	if s.pos < len(s.text) && s.text[s.pos] == '-' {
		s.pos++
	}
	switch first := s.pos; {
	case s.digits() == 0:
		s.fail(start, "expected a number"+s.found())
		return ""
	case s.text[first] == '0' && s.pos > first+1:
		s.fail(start, "number with a leading zero")
		return ""
	}
	if s.pos < len(s.text) && s.text[s.pos] == '.' {
		s.pos++
		if s.digits() == 0 {
			s.fail(start, "number without digits after the point")
			return ""
		}
	}
	if s.pos < len(s.text) && s.text[s.pos]|0x20 == 'e' {
		s.pos++
		if s.pos < len(s.text) && (s.text[s.pos] == '+' || s.text[s.pos] == '-') {
			s.pos++
		}
		if s.digits() == 0 {
			s.fail(start, "number without digits in the exponent")
			return ""
		}
	}
	return s.text[start:s.pos]
}

func (s *scanner) digits() int {
	start := s.pos
	for s.pos < len(s.text) && s.text[s.pos]-'0' <= 9 {
		s.pos++
	}
	return s.pos - start
}
