package format

import (
	"strings"
)

// tokenKind is what a piece of a sample line is.
type tokenKind uint8

const (
	literalToken tokenKind = iota
	wordToken
	levelToken
	intToken
	numberToken
	ipToken
	endpointToken
	timeToken
	quotedToken
)

// draftToken is a piece of a sample line.
type draftToken struct {
	kind tokenKind
	text string
	// layout is that of a time.
	layout string
}

// draftLayouts are the layouts that are tried, those that leave no doubt: where
// day and month can be taken for each other, people must decide.
var draftLayouts = []string{
	"iso8601", "clf", "rfc3164",
	"%d.%m.%Y %H:%M:%S", "%d.%m.%Y, %H:%M:%S", "%d-%b-%Y %H:%M:%S", "%d/%b/%Y %H:%M:%S", "%d/%b/%Y:%H:%M:%S", "%d %b %Y %H:%M:%S", "%b %d, %Y %I:%M:%S %p",
	"%a %b %d %H:%M:%S %Y", "%a, %d %b %Y %H:%M:%S %z", "%Y.%m.%d %H:%M:%S", "%Y%m%d %H:%M:%S", "%Y%m%d%H%M%S", "%y%m%d %H:%M:%S",
}

// isDelimiter reports whether b ends a word.
func isDelimiter(b byte) bool {
	return b <= ' ' || strings.IndexByte("\"'()[]{}<>,;:=|", b) >= 0
}

// cutDraftTokens takes a line apart.
func cutDraftTokens(line string) []draftToken {
	var out []draftToken
	for i := 0; i < len(line); {
		t := nextToken(line, i)
		i += len(t.text)
		if n := len(out) - 1; t.kind == literalToken && n >= 0 && out[n].kind == literalToken {
			out[n].text += t.text
			continue
		}
		out = append(out, t)
	}
	return out
}

func nextToken(line string, i int) draftToken {
	rest := line[i:]
	if rest[0] == '"' {
		if c := scan(rest); true {
			if _, ok := c.quoted(); ok && (c.i == len(rest) || isDelimiter(rest[c.i])) && (i == 0 || isDelimiter(line[i-1])) {
				return draftToken{kind: quotedToken, text: rest[:c.i]}
			}
		}
	}
	if t, ok := timeAt(rest, i == 0); ok {
		return t
	}
	// Pieces of fingerprints and hardware addresses look like IPv6.
	inside := i > 1 && line[i-1] == ':' && isAlnum(line[i-2])
	if t, ok := addressAt(rest); ok && (!inside || strings.IndexByte(t.text, ':') < 0) {
		return t
	}
	if isDelimiter(rest[0]) {
		return draftToken{text: rest[:1]}
	}
	n := 0
	for n < len(rest) && !isDelimiter(rest[n]) {
		n++
	}
	word := rest[:n]
	switch {
	case numberWidth(word) == n && n < 19:
		kind := intToken
		if strings.IndexByte(word, '.') >= 0 {
			kind = numberToken
		}
		return draftToken{kind: kind, text: word}
	case levelOf(word) != "":
		return draftToken{kind: levelToken, text: word}
	default:
		return draftToken{kind: wordToken, text: word}
	}
}

// timeAt reads a time at the start of s.
func timeAt(s string, first bool) (draftToken, bool) {
	if !isAlnum(s[0]) {
		return draftToken{}, false
	}
	c := Context{Received: sampleReceived}
	for _, name := range draftLayouts {
		layout, _ := parseLayout(name)
		_, n, ok := layout.read(s, &c, nil)
		if !ok {
			continue
		}
		if layout.kind == stepsLayout && n+1 < len(s) && (s[n] == '.' || s[n] == ',') && isDigit(s[n+1]) {
			name += s[n:n+1] + "%f"
			layout, _ = parseLayout(name)
			if _, n, ok = layout.read(s, &c, nil); !ok {
				continue
			}
		}
		if n == len(s) || isDelimiter(s[n]) {
			return draftToken{kind: timeToken, text: s[:n], layout: name}, true
		}
	}
	if !first {
		return draftToken{}, false
	}
	n := epochWidth(s)
	if _, ok := epochTime(s[:n]); ok && n < len(s) && isDelimiter(s[n]) {
		switch leadingDigits(s) {
		case 10:
			return draftToken{kind: timeToken, text: s[:n], layout: "epoch"}, true
		case 13:
			return draftToken{kind: timeToken, text: s[:n], layout: "epoch_ms"}, true
		}
	}
	return draftToken{}, false
}

// addressAt reads an address, with a port or without.
func addressAt(s string) (draftToken, bool) {
	if hexDigit(s[0]) < 0 && s[0] != '[' && s[0] != ':' {
		return draftToken{}, false
	}
	if n := endpointWidth(s); n > 0 && !isAddressText(s[:n]) && (n == len(s) || isDelimiter(s[n])) {
		return draftToken{kind: endpointToken, text: s[:n]}, true
	}
	if n := ipWidth(s); n >= 4 && (n == len(s) || isDelimiter(s[n])) {
		return draftToken{kind: ipToken, text: s[:n]}, true
	}
	return draftToken{}, false
}
