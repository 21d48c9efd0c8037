package event

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf8"
)

// Eight bytes are looked at in one word. A byte that needs care has its top bit
// set in the result; bits above the lowest such byte may be wrong by the
// borrow, so only the lowest counts.
const (
	lows  = 0x0101010101010101
	highs = 0x8080808080808080
)

// special marks the bytes that JSON cannot hold in a string as they are:
// controls, the quotation mark and the backslash. Bytes from 0x80 on are not
// marked. Flipping 0x02 puts the quotation mark right behind the controls, so
// one subtraction finds both.
func special(w uint64) uint64 {
	return (((w ^ lows*0x02) - lows*0x21) | ((w ^ lows*'\\') - lows)) &^ w & highs
}

// load8 returns the eight bytes of s from i, first byte lowest.
func load8(s string, i int) uint64 {
	b := s[i : i+8]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// escapeRoom is what one step of appendEscaped writes at most: a word or the
// longest escape.
const escapeRoom = 8

// appendEscaped appends s as the inside of a JSON string. Bytes that are not
// UTF-8 are taken as Latin-1, which is what most such logs are written in, and
// reported by the result.
func appendEscaped(dst []byte, s string) (out []byte, valid bool) {
	dst = slices.Grow(dst, len(s)+escapeRoom)
	n, valid := len(dst), true
	buf := dst[:cap(dst)]
	for i := 0; i < len(s); {
		if i+8 <= len(s) {
			// Copy the word first; what turns out not to be clean is
			// overwritten.
			w := load8(s, i)
			binary.LittleEndian.PutUint64(buf[n:], w)
			care := special(w) | w&highs
			if care == 0 {
				i, n = i+8, n+8
				continue
			}
			clean := bits.TrailingZeros64(care) / 8
			i, n = i+clean, n+clean
		} else if plain(s[i]) {
			buf[n] = s[i]
			i, n = i+1, n+1
			continue
		}
		var size int
		buf, n, size = escape(buf, n, s[i:])
		if size < 0 {
			valid, size = false, 1
		}
		i += size
		if need := n + len(s) - i + escapeRoom; need > len(buf) {
			buf = slices.Grow(buf[:n], need-n)
			buf = buf[:cap(buf)]
		}
	}
	return buf[:n], valid
}

func plain(c byte) bool { return c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' }

const hexDigits = "0123456789abcdef"

// escape writes the first character of s to buf at n. It returns how many bytes
// of s that took, or -1 for a byte that is not UTF-8.
func escape(buf []byte, n int, s string) (out []byte, end, size int) {
	c := s[0]
	if c < utf8.RuneSelf {
		return escapeASCII(buf, n, c)
	}
	r, size := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && size == 1 {
		return buf, n + utf8.EncodeRune(buf[n:], rune(c)), -1
	}
	return buf, n + copy(buf[n:], s[:size]), size
}

func escapeASCII(buf []byte, n int, c byte) (out []byte, end, size int) {
	short := byte(0)
	switch c {
	case '"', '\\':
		short = c
	case '\n':
		short = 'n'
	case '\t':
		short = 't'
	case '\r':
		short = 'r'
	default:
		copy(buf[n:], `\u00`)
		buf[n+4], buf[n+5] = hexDigits[c>>4], hexDigits[c&15]
		return buf, n + 6, 1
	}
	buf[n], buf[n+1] = '\\', short
	return buf, n + 2, 1
}

// appendVerbatim appends JSON text as it is, save that controls (white space in
// JSON) become blanks, so that the text stays on one line, and bytes that are
// not UTF-8 are taken as Latin-1.
func appendVerbatim(dst []byte, text string) (out []byte, valid bool) {
	if isPlainLine(text) {
		return append(dst, text...), true
	}
	valid = true
	for i := 0; i < len(text); {
		c := text[i]
		r, size := rune(c), 1
		if c < ' ' {
			r = ' '
		}
		if c >= utf8.RuneSelf {
			if r, size = utf8.DecodeRuneInString(text[i:]); r == utf8.RuneError && size == 1 {
				r, valid = rune(c), false
			}
		}
		dst = utf8.AppendRune(dst, r)
		i += size
	}
	return dst, valid
}

// isPlainLine reports whether text is ASCII without controls.
func isPlainLine(text string) bool {
	i := 0
	for ; i+8 <= len(text); i += 8 {
		w := load8(text, i)
		if ((w-lows*' ')|w)&highs != 0 {
			return false
		}
	}
	for ; i < len(text); i++ {
		if text[i] < ' ' || text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
