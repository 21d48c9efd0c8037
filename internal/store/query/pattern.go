package query

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Pattern is a condition on one text. The zero value matches the empty text
// only. Make one with Equal, Contains, Prefix or Wildcard.
type Pattern struct {
	kind  kind
	exact bool
	// parts are the literal texts, folded unless exact; wildcards stand between
	// them as one element of wild each.
	text string
	wild []piece
}

type kind uint8

const (
	equal kind = iota
	prefix
	contains
	wildcard
)

// piece is an element of a wildcard pattern: a literal text, or a star, or one
// character of any kind.
type piece struct {
	text      string
	star, any bool
}

// Equal matches the text s itself; with exact, in the same case.
func Equal(s string, exact bool) Pattern { return newPattern(equal, s, exact) }

// Prefix matches texts that begin with s.
func Prefix(s string, exact bool) Pattern { return newPattern(prefix, s, exact) }

// Contains matches texts in which s occurs.
func Contains(s string, exact bool) Pattern { return newPattern(contains, s, exact) }

func newPattern(k kind, s string, exact bool) Pattern {
	if !exact {
		s = foldString(s)
	}
	return Pattern{kind: k, text: s, exact: exact}
}

// Wildcard matches s with '*' for any text, '?' for one character, and '\' to
// take the next character as it is. What needs no wildcard becomes the simpler
// pattern.
func Wildcard(s string, exact bool) Pattern {
	pieces := split(s)
	switch {
	case len(pieces) == 0:
		return Equal("", exact)
	case len(pieces) == 1 && pieces[0].literal():
		return Equal(pieces[0].text, exact)
	case len(pieces) == 2 && pieces[0].literal() && pieces[1].star:
		return Prefix(pieces[0].text, exact)
	case len(pieces) == 3 && pieces[0].star && pieces[1].literal() && pieces[2].star:
		return Contains(pieces[1].text, exact)
	}
	if !exact {
		for i := range pieces {
			pieces[i].text = foldString(pieces[i].text)
		}
	}
	return Pattern{kind: wildcard, wild: pieces, exact: exact}
}

func (p piece) literal() bool { return !p.star && !p.any }

// split cuts a pattern into its pieces; stars in a row are one.
func split(s string) []piece {
	var out []piece
	var text strings.Builder
	end := func() {
		if text.Len() > 0 {
			out = append(out, piece{text: text.String()})
			text.Reset()
		}
	}
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			text.WriteByte(s[i])
		case s[i] == '*':
			end()
			if len(out) == 0 || !out[len(out)-1].star {
				out = append(out, piece{star: true})
			}
		case s[i] == '?':
			end()
			out = append(out, piece{any: true})
		default:
			text.WriteByte(s[i])
		}
	}
	end()
	return out
}

// Literal returns the text of a pattern that matches only that text, case
// included, and reports whether the pattern is of that kind.
func (p Pattern) Literal() (string, bool) { return p.text, p.kind == equal && p.exact }

// Test reports whether s fits the pattern. It does not allocate for ASCII.
func (p Pattern) Test(s string) bool {
	if !p.exact && !isASCII(s) {
		s = foldString(s)
	}
	switch p.kind {
	case equal:
		return len(s) == len(p.text) && p.hasPrefix(s, p.text)
	case prefix:
		return p.hasPrefix(s, p.text)
	case contains:
		return p.index(s, p.text) >= 0
	default:
		return p.glob(s)
	}
}

// hasPrefix compares with the folded text; what is not ASCII in s was folded by
// Test already.
func (p Pattern) hasPrefix(s, text string) bool {
	if len(s) < len(text) {
		return false
	}
	if p.exact {
		return s[:len(text)] == text
	}
	for i := 0; i < len(text); i++ {
		if lower(s[i]) != text[i] {
			return false
		}
	}
	return true
}

// index finds text in s. Without case, it looks for the rarest shape of the
// first byte with the fast search of the standard library.
func (p Pattern) index(s, text string) int {
	if p.exact || text == "" {
		return strings.Index(s, text)
	}
	low, up := text[0], upper(text[0])
	for at := 0; at+len(text) <= len(s); {
		next := indexEither(s[at:len(s)-len(text)+1], low, up)
		if next < 0 {
			return -1
		}
		at += next
		if p.hasPrefix(s[at:], text) {
			return at
		}
		at++
	}
	return -1
}

func indexEither(s string, a, b byte) int {
	first := strings.IndexByte(s, a)
	if a == b {
		return first
	}
	if first >= 0 {
		s = s[:first]
	}
	if second := strings.IndexByte(s, b); second >= 0 {
		return second
	}
	return first
}

// glob matches the pieces with one step back per star: linear in practice and
// never worse than the product of the lengths.
func (p Pattern) glob(s string) bool {
	at, i := 0, 0
	starPiece, starAt := -1, 0
	for i < len(p.wild) || at < len(s) {
		if i < len(p.wild) {
			if p.wild[i].star {
				starPiece, starAt = i, at
				i++
				continue
			}
			if n, ok := p.step(p.wild[i], s[at:]); ok {
				at += n
				i++
				continue
			}
		}
		if starPiece < 0 || starAt >= len(s) {
			return false
		}
		_, n := utf8.DecodeRuneInString(s[starAt:])
		starAt += n
		at, i = starAt, starPiece+1
	}
	return true
}

func (p Pattern) step(x piece, s string) (int, bool) {
	if !x.any {
		return len(x.text), p.hasPrefix(s, x.text)
	}
	_, n := utf8.DecodeRuneInString(s)
	return n, n > 0
}

// String writes the pattern in the query language.
func (p Pattern) String() string {
	switch p.kind {
	case equal:
		return quote(p.text)
	case prefix:
		return escape(p.text) + "*"
	case contains:
		return "*" + escape(p.text) + "*"
	}
	var b strings.Builder
	for _, x := range p.wild {
		switch {
		case x.star:
			b.WriteByte('*')
		case x.any:
			b.WriteByte('?')
		default:
			b.WriteString(escape(x.text))
		}
	}
	return b.String()
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// escape protects what has a meaning in a bare value.
func escape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if strings.IndexByte("*?\\\"()[]:<>=! \t\r\n-", s[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - ('a' - 'A')
	}
	return c
}

// foldString maps every letter to one representative of its case variants.
// Bytes that are not UTF-8 stay as they are.
func foldString(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			b.WriteByte(s[i])
		} else {
			b.WriteRune(foldRune(r))
		}
		i += n
	}
	return b.String()
}

// foldRune returns the smallest rune that r folds to, lower case for ASCII.
func foldRune(r rune) rune {
	if r < utf8.RuneSelf {
		return unicode.ToLower(r)
	}
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	if least < utf8.RuneSelf {
		return unicode.ToLower(least)
	}
	return least
}
