package format

import (
	"strings"
	"time"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var keyvalueFormat = &Format{
	Name:  "keyvalue",
	Title: "Pairs of key and value",
	Doc: "Lines of pairs that are not as strict as logfmt: key=value or key: value, separated by spaces, commas, semicolons, bars or tabs, values bare " +
		"(with spaces in them, up to the next key), or in double or single quotes; a time may stand in front. Names are understood as in JSON, also " +
		"with capitals and spaces. It promises two pairs and nothing else.",
	Parse: parseKeyvalue,
	Match: matchKeyvalue,
}

// matchKeyvalue asks for a key at the start, or behind a time, and leaves
// everything that another format knows to that.
func matchKeyvalue(line string) int {
	if len(line) < len("a=b c=d") {
		return 0
	}
	rest := line
	if isDigit(line[0]) || line[0] == '[' {
		_, n := keyvalueTime(line, nil)
		if n == 0 {
			return 0
		}
		rest = line[n:]
	}
	_, value, n := cutKey(rest)
	if n == 0 || strings.HasPrefix(line, "type=") && strings.Contains(line[:min(len(line), 64)], " msg=audit(") {
		return 0 // a damaged audit record is none of these
	}
	if gluedPair(value) {
		return 45 // more than logfmt, for which it is all one value
	}
	return 15
}

// gluedPair reports whether a comma, a semicolon or a bar ends the bare value at
// the start of s, and another pair follows.
func gluedPair(s string) bool {
	const most = 64
	for i := range min(len(s), most) {
		switch s[i] {
		case ' ', '"', '\'', '=':
			return false
		case ',', ';', '|':
			return startsPair(strings.TrimLeft(s[i+1:min(len(s), i+most)], " "))
		}
	}
	return false
}

func parseKeyvalue(line string, c *Context, e *event.Event) error {
	nanos, n := keyvalueTime(line, c)
	var space [stackMembers]member
	members, ok := cutKeyvalue(line[n:], space[:0])
	if !ok || len(members) < 2 {
		return &Error{Reason: "expected pairs of key and value, separated in one way", Offset: n}
	}
	if n > 0 {
		e.SetInt(event.EventTime, nanos)
	}
	joinKeyvalueTime(members, c, e)
	hideFurther(members)
	for i := range members {
		m := &members[i]
		if m.rule, m.known = wellKnown[m.name]; !m.known {
			if plain := plainName(m.name); plain != m.name {
				m.rule, m.known = wellKnown[plain]
			}
		}
		if m.text == "" {
			m.done = true
		}
	}
	fillRuled(members, nil, c, e)
	return nil
}

// keyvalueTime reads a time at the start of line, in brackets or not, and returns
// where what follows begins; 0 where there is none.
func keyvalueTime(line string, c *Context) (nanos int64, n int) {
	start := 0
	if line != "" && line[0] == '[' {
		start = 1
	}
	if len(line) < start+20 || !isDigit(line[start]) {
		return 0, 0
	}
	var zone *time.Location
	if c != nil {
		zone = c.Zone
	}
	nanos, size, ok := isoTime(line[start:], zone)
	if !ok {
		return 0, 0
	}
	n = start + size
	if start == 1 {
		if n >= len(line) || line[n] != ']' {
			return 0, 0
		}
		n++
	}
	before := n
	for n < len(line) && strings.IndexByte(" \t,;|:", line[n]) >= 0 {
		n++
	}
	if n == before {
		return 0, 0
	}
	return nanos, n
}

// joinKeyvalueTime puts a pair date and a pair time together.
func joinKeyvalueTime(members []member, c *Context, e *event.Event) {
	date, hour := -1, -1
	for i := range members {
		switch members[i].name {
		case "date":
			date = i
		case "time":
			hour = i
		}
	}
	if date >= 0 && hour >= 0 {
		p := tablePlan{date: date, hour: hour}
		p.setTime(members, c, e)
	}
}

// hideFurther hides the pairs whose key was there before: what is bare and ends a
// line may hold what somebody else wrote.
func hideFurther(members []member) {
	if len(members) > stackMembers {
		seen := make(map[string]bool, len(members))
		for i := range members {
			members[i].done = members[i].done || seen[members[i].name]
			seen[members[i].name] = true
		}
		return
	}
	for i := range members {
		for k := range members[:i] {
			if members[k].name == members[i].name {
				members[i].done = true
				break
			}
		}
	}
}

// cutKeyvalue cuts line into pairs, in the one way in which all of it is pairs.
func cutKeyvalue(line string, members []member) ([]member, bool) {
	line = strings.Trim(line, " \t,;|")
	for _, separator := range []byte{'|', '\t', ';', ','} {
		if strings.IndexByte(line, separator) < 0 {
			continue
		}
		if out, ok := cutSeparated(line, separator, members); ok {
			return out, true
		}
	}
	return cutSpaced(line, members)
}

// cutSeparated cuts line at separator, outside of quotes; every part must be a
// pair.
func cutSeparated(line string, separator byte, members []member) ([]member, bool) {
	quotes := strings.Count(line, `"`)%2 == 0 // an odd one is none
	for line != "" {
		var part string
		part, line = cutOutsideQuotes(line, separator, quotes)
		part = strings.Trim(part, " \t")
		if part == "" {
			continue
		}
		name, value, n := cutKey(part)
		if n == 0 || len(members) == maxMembers {
			return nil, false
		}
		// A second pair in the part is one that spaces separate.
		if m, ok := pairMember(name, value); ok && !hasInnerPair(value) {
			members = append(members, m)
			continue
		}
		return nil, false
	}
	return members, true
}

// cutOutsideQuotes returns what is before the first separator, outside of double
// quotes if these count, and what is behind it.
func cutOutsideQuotes(s string, separator byte, quotes bool) (before, after string) {
	quoted := false
	for i := range len(s) {
		switch {
		case s[i] == '"' && quotes:
			quoted = !quoted
		case s[i] == separator && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// hasInnerPair reports whether a bare value has " key=" in it.
func hasInnerPair(value string) bool {
	if value == "" || value[0] == '"' || value[0] == '\'' {
		return false
	}
	_, rest := cutSpacedValue(value, false)
	return rest != ""
}

// cutKey reads a key and the '=' or ':' behind it; n is 0 where there is none.
// Keys may hold spaces before a colon.
func cutKey(s string) (name, rest string, n int) {
	const longest = 64
	if s == "" || !isAlpha(s[0]) && s[0] != '_' && s[0] != '@' {
		return "", "", 0
	}
	spaces := 0
	for i := 0; i < len(s) && i <= longest; i++ {
		switch b := s[i]; {
		case b == '=', b == ':' && (i+1 == len(s) || s[i+1] == ' ' || s[i+1] == '"' || spaces == 0 && s[i+1] != ':' && s[i+1] != '/'):
			name = strings.TrimRight(s[:i], " ")
			if b == '=' && strings.IndexByte(name, ' ') >= 0 || spaces > 3 {
				return "", "", 0
			}
			return name, strings.TrimLeft(s[i+1:], " "), i + 1
		case b == ' ':
			spaces++
		case !isKeyByte(b) && b != '(' && b != ')' && b != '[' && b != ']':
			return "", "", 0
		}
	}
	return "", "", 0
}

func isKeyText(s string) bool {
	if s == "" || len(s) > 64 || !isAlpha(s[0]) && s[0] != '_' && s[0] != '@' {
		return false
	}
	for i := range len(s) {
		if !isKeyByte(s[i]) && s[i] != '[' && s[i] != ']' {
			return false
		}
	}
	return true
}

// pairMember makes a member of a pair whose value is all of value.
func pairMember(name, value string) (member, bool) {
	m := member{name: name, text: value, bare: true}
	if len(value) >= 2 && (value[0] == '"' || value[0] == '\'') {
		if value[len(value)-1] != value[0] {
			return m, false
		}
		m.kind, m.text = event.KindString, value[1:len(value)-1]
		m.escaped, m.bare = strings.IndexByte(m.text, '\\') >= 0, strings.IndexByte(m.text, '\\') < 0
		return m, true
	}
	m.kind = bareKind(value)
	return m, strings.IndexByte(value, '"') < 0
}

// cutSpaced cuts a line of key=value pairs between spaces. A bare value goes on to
// the next word with a '='.
func cutSpaced(line string, members []member) ([]member, bool) {
	for line != "" {
		i := strings.IndexByte(line, '=')
		if i <= 0 || len(members) == maxMembers {
			return nil, false
		}
		name := strings.TrimRight(line[:i], " ")
		if !isKeyText(name) {
			return nil, false
		}
		value, rest := cutSpacedValue(strings.TrimLeft(line[i+1:], " "), i+1 < len(line) && line[i+1] == ' ')
		m, ok := pairMember(name, value)
		if !ok {
			return nil, false
		}
		members, line = append(members, m), strings.TrimLeft(rest, " ,;\t")
	}
	return members, true
}

// cutSpacedValue returns the value at the start of s and what is behind it. spaced
// says that a space was before it, which means no value where a pair follows.
func cutSpacedValue(s string, spaced bool) (value, rest string) {
	if s == "" {
		return "", ""
	}
	if s[0] == '"' || s[0] == '\'' {
		for i := 1; i < len(s); i++ {
			if s[i] == '\\' && s[0] == '"' {
				i++
				continue
			}
			if s[i] == s[0] && (i+1 == len(s) || strings.IndexByte(" ,;\t", s[i+1]) >= 0) {
				return s[:i+1], s[i+1:]
			}
		}
	}
	for i := 0; i < len(s); {
		if (i > 0 || spaced) && startsPair(s[i:]) {
			return strings.TrimRight(s[:i], " ,;\t"), s[i:]
		}
		next := strings.IndexByte(s[i:], ' ')
		if next < 0 {
			break
		}
		for i += next; i < len(s) && s[i] == ' '; {
			i++
		}
	}
	return strings.TrimRight(s, " "), ""
}

// startsPair reports whether s starts with a key and a '='.
func startsPair(s string) bool {
	end := 0
	for end < len(s) && end < 64 && (isKeyByte(s[end]) || s[end] == '[' || s[end] == ']') {
		end++
	}
	if !isKeyText(s[:end]) {
		return false
	}
	if end < len(s) && s[end] == ' ' {
		end++
	}
	return end < len(s) && s[end] == '='
}
