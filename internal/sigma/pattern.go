package sigma

import (
	"slices"
	"strings"
	"unicode/utf8"
)

type partKind uint8

const (
	literalPart partKind = iota // exactly text
	starPart                    // any number of characters
	anyPart                     // exactly one character
	dashPart                    // one of the five dash characters of windash
)

type part struct {
	kind partKind
	text string
}

// pattern is a Sigma string: literals and wildcards in order, no two literals
// and no two stars in a row.
type pattern []part

// parsePattern reads a Sigma string as rules write it: '*' and '?' are
// wildcards, a backslash before '*', '?' or another backslash makes it literal
// and any other backslash stands for itself.
func parsePattern(s string) pattern {
	var p pattern
	var lit strings.Builder
	flush := func() {
		if lit.Len() > 0 {
			p = append(p, part{literalPart, lit.String()})
			lit.Reset()
		}
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s) && strings.IndexByte(`\*?`, s[i+1]) >= 0:
			i++
			lit.WriteByte(s[i])
		case c == '*':
			flush()
			p = p.star()
		case c == '?':
			flush()
			p = append(p, part{kind: anyPart})
		default:
			lit.WriteByte(c)
		}
	}
	flush()
	return p
}

// literalPattern is the pattern that only s matches.
func literalPattern(s string) pattern {
	if s == "" {
		return nil
	}
	return pattern{{literalPart, s}}
}

// star returns p with a star at its end.
func (p pattern) star() pattern {
	if len(p) > 0 && p[len(p)-1].kind == starPart {
		return p
	}
	return append(slices.Clip(p), part{kind: starPart})
}

// open returns p with a star where it is to be open.
func (p pattern) open(start, end bool) pattern {
	if start && (len(p) == 0 || p[0].kind != starPart) {
		p = append(pattern{{kind: starPart}}, p...)
	}
	if end {
		p = p.star()
	}
	return p
}

// literal returns the only text that p matches; ok is false if p has wildcards.
func (p pattern) literal() (text string, ok bool) {
	switch {
	case len(p) == 0:
		return "", true
	case len(p) == 1 && p[0].kind == literalPart:
		return p[0].text, true
	}
	return "", false
}

// fold returns p with its literals in lower case.
func (p pattern) fold() pattern {
	out := make(pattern, len(p))
	for i, part := range p {
		part.text = fold(part.text)
		out[i] = part
	}
	return out
}

// key is a text that is the same for equal patterns only.
func (p pattern) key() string {
	var b strings.Builder
	for _, part := range p {
		switch part.kind {
		case literalPart:
			b.WriteByte('=')
			b.WriteString(strings.ReplaceAll(part.text, "\x00", "\x00\x00"))
			b.WriteString("\x00.")
		case starPart:
			b.WriteByte('*')
		case anyPart:
			b.WriteByte('?')
		case dashPart:
			b.WriteByte('-')
		}
	}
	return b.String()
}

// match reports whether the whole of s matches p. It takes time in proportion
// to len(s) times the longest run between two stars, at worst.
func (p pattern) match(s string) bool {
	star := p.firstStar()
	if star < 0 {
		end, ok := p.matchHere(s)
		return ok && end == len(s)
	}
	end, ok := p[:star].matchHere(s)
	if !ok {
		return false
	}
	s, p = s[end:], p[star+1:]
	for {
		star = p.firstStar()
		if star < 0 {
			return p.matchEnd(s)
		}
		// The leftmost place for the run between two stars is as good as any.
		if end, ok = p[:star].find(s); !ok {
			return false
		}
		s, p = s[end:], p[star+1:]
	}
}

func (p pattern) firstStar() int {
	for i, part := range p {
		if part.kind == starPart {
			return i
		}
	}
	return -1
}

// matchHere matches p, which has no star, at the start of s and returns where
// it ended.
func (p pattern) matchHere(s string) (end int, ok bool) {
	at := 0
	for _, part := range p {
		switch part.kind {
		case literalPart:
			if !strings.HasPrefix(s[at:], part.text) {
				return 0, false
			}
			at += len(part.text)
		case anyPart:
			if at == len(s) {
				return 0, false
			}
			_, size := utf8.DecodeRuneInString(s[at:])
			at += size
		case dashPart:
			size := dashLen(s[at:])
			if size == 0 {
				return 0, false
			}
			at += size
		}
	}
	return at, true
}

// find looks for p, which has no star, anywhere in s and returns where its
// first match ended.
func (p pattern) find(s string) (end int, ok bool) {
	if len(p) == 0 {
		return 0, true
	}
	for at := 0; at <= len(s); {
		if p[0].kind == literalPart {
			i := strings.Index(s[at:], p[0].text)
			if i < 0 {
				return 0, false
			}
			at += i
		}
		if end, ok = p.matchHere(s[at:]); ok {
			return at + end, true
		}
		_, size := utf8.DecodeRuneInString(s[at:])
		at += max(size, 1)
	}
	return 0, false
}

// matchEnd matches p, which has no star, at the end of s.
func (p pattern) matchEnd(s string) bool {
	for _, v := range slices.Backward(p) {
		size := 0
		switch v.kind {
		case literalPart:
			if !strings.HasSuffix(s, v.text) {
				return false
			}
			size = len(v.text)
		case anyPart:
			_, size = utf8.DecodeLastRuneInString(s)
		case dashPart:
			size = lastDashLen(s)
		}
		if size == 0 {
			return false
		}
		s = s[:len(s)-size]
	}
	return true
}

// dashLen returns the length of the dash character that s starts with: '-',
// '/', or U+2013, U+2014, U+2015; 0 if it starts with none.
func dashLen(s string) int {
	if s == "" {
		return 0
	}
	if s[0] == '-' || s[0] == '/' {
		return 1
	}
	if len(s) >= 3 && s[0] == 0xe2 && s[1] == 0x80 && s[2] >= 0x93 && s[2] <= 0x95 {
		return 3
	}
	return 0
}

func lastDashLen(s string) int {
	if s == "" {
		return 0
	}
	if c := s[len(s)-1]; c == '-' || c == '/' {
		return 1
	}
	if len(s) >= 3 && dashLen(s[len(s)-3:]) == 3 {
		return 3
	}
	return 0
}

// windash returns p with every dash character that starts a word (nothing or a
// non-word character before it, a word character behind it) replaced by a part
// that matches any of the five.
func (p pattern) windash() pattern {
	var out pattern
	for _, q := range p {
		if q.kind != literalPart {
			out = append(out, q)
			continue
		}
		out = appendDashes(out, q.text)
	}
	return out
}

func appendDashes(out pattern, text string) pattern {
	start := 0
	previous := ' ' // a wildcard or the value's start is no word character
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		next, nextSize := utf8.DecodeRuneInString(text[i+size:])
		if dashLen(text[i:]) > 0 && !isWord(previous) && nextSize > 0 && isWord(next) {
			if i > start {
				out = append(out, part{literalPart, text[start:i]})
			}
			out = append(out, part{kind: dashPart})
			start = i + size
		}
		previous = r
		i += size
	}
	if start < len(text) {
		out = append(out, part{literalPart, text[start:]})
	}
	return out
}
