package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// cutExtension appends the pairs of a CEF extension to members. A value goes on
// to the space before the next key, so it may hold spaces; an '=' in it should
// be escaped, and one that is not makes a key only of a word with a space before
// it. Text before the first key is lost to nobody: it stays in raw.
func cutExtension(s string, members []member) []member {
	key, _, next := nextKey(s, 0)
	unclosed := false
	for key != "" && len(members) < maxPairs {
		name := key
		if n := quotedWidth(s[next:], &unclosed); n > 0 {
			members = appendPair(members, name, s[next+1:next+n-1])
			key, _, next = nextKey(s, next+n)
			continue
		}
		start := next
		var at int
		key, at, next = nextKey(s, start)
		value := s[start:at]
		if key == "" {
			value = s[start:]
		}
		members = appendPair(members, name, strings.Trim(value, " \t"))
	}
	return members
}

// nextKey returns the next key in s from i on, where it begins, and where its
// value does.
func nextKey(s string, i int) (key string, at, value int) {
	for from := i; i < len(s); i++ {
		n := strings.IndexByte(s[i:], '=')
		if n < 0 {
			break
		}
		i += n
		at = i
		for at > from && isExtensionByte(s[at-1]) {
			at--
		}
		if at < i && (at == 0 || s[at-1] == ' ' || s[at-1] == '\t') && s[at] != '-' && s[at] != '.' {
			return s[at:i], at, i + 1
		}
		from = i + 1
	}
	return "", len(s), len(s)
}

func isExtensionByte(b byte) bool {
	return isAlnum(b) || b == '_' || b == '.' || b == '-' || b == '[' || b == ']'
}

// quotedWidth returns how long a value in quotes at the start of s is, 0 where
// there is none. CEF has no such values, some products write them. unclosed says
// that no quote ends a value from here on.
func quotedWidth(s string, unclosed *bool) int {
	if s == "" || s[0] != '"' || *unclosed {
		return 0
	}
	if i := strings.Index(s[1:], `" `); i >= 0 {
		return i + 2
	}
	if len(s) > 1 && s[len(s)-1] == '"' {
		return len(s)
	}
	*unclosed = true
	return 0
}

// appendPair appends a pair that has a value.
func appendPair(members []member, name, value string) []member {
	if value == "" {
		return members
	}
	text := unescapeCEF(value, !isPathKey(name))
	return append(members, member{name: name, text: text, kind: bareKind(text), bare: true})
}

// maxPairs bounds the pairs of one line; what follows stays in raw.
const maxPairs = 512

// isPathKey names fields in which a backslash is one more often than not, and a
// newline never stands.
func isPathKey(name string) bool {
	switch name {
	case "filePath", "fname", "fileName", "oldFilePath", "oldFileName", "sproc", "dproc", "suser", "duser", "sntdom", "dntdom",
		"sourceProcessName", "destinationProcessName", "deviceProcessName", "sourceUserName", "destinationUserName":
		return true
	}
	return false
}

// unescapeCEF decodes \\ \= \| and, where newlines says so, \n and \r. A value
// with another escape is of a product that does not escape its backslashes (a
// path of Windows, a domain before a user): of it only \= and \| are decoded.
func unescapeCEF(s string, newlines bool) string {
	first := strings.IndexByte(s, '\\')
	if first < 0 {
		return s
	}
	plain := !isEscapedCEF(s[first:])
	out := make([]byte, 0, len(s))
	out = append(out, s[:first]...)
	for i := first; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			out = append(out, s[i])
			continue
		}
		next := s[i+1]
		switch {
		case next == '=' || next == '|' || next == '\\' && !plain:
			out = append(out, next)
		case next == 'n' && newlines && !plain:
			out = append(out, '\n')
		case next == 'r' && newlines && !plain:
			out = append(out, '\r')
		case next == '\\':
			out = append(out, '\\', '\\')
		default:
			out = append(out, '\\')
			continue
		}
		i++
	}
	return string(out)
}

// isEscapedCEF reports whether every backslash of s begins an escape of CEF.
func isEscapedCEF(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			continue
		}
		if i+1 == len(s) || strings.IndexByte(`\=|nr`, s[i+1]) < 0 {
			return false
		}
		i++
	}
	return true
}

// settleRepeats looks for keys that come twice with two values: one of them may
// be what an attacker wrote into a text that the product did not escape. Both
// then go to extra and none to a column.
func settleRepeats(members []member, e *event.Event) {
	var filter uint64
	for i := range members {
		name := members[i].name
		bit := uint64(1) << (nameMix(name) & 63)
		if filter&bit == 0 {
			filter |= bit
			continue
		}
		settleRepeat(members[:i], &members[i], e)
	}
}

func settleRepeat(before []member, m *member, e *event.Event) {
	for k := range before {
		first := &before[k]
		if first.name != m.name {
			continue
		}
		if first.text == m.text {
			m.done = true
			return
		}
		if !first.done {
			first.done = true
			e.SetExtra(first.name, event.Value{Kind: first.kind, Text: first.text})
			e.Warn(first.name + ": there twice with different values; both are in extra")
		}
		m.name += "_2"
		return
	}
}

// memberText returns the text of the first member called name that is not in a
// column yet.
func memberText(members []member, name string) string {
	for i := range members {
		if members[i].name == name && !members[i].done {
			return members[i].text
		}
	}
	return ""
}

// takeMember is memberText and keeps the member out of extra.
func takeMember(members []member, name string) string {
	for i := range members {
		if members[i].name == name && !members[i].done {
			members[i].done = true
			return members[i].text
		}
	}
	return ""
}

// fileHash returns s in lower case where it is a hash of a length that MD5, SHA-1
// or one of SHA-2 has, else "".
func fileHash(s string) string {
	switch len(s) {
	case 32, 40, 56, 64, 96, 128:
	default:
		return ""
	}
	for i := 0; i < len(s); i++ {
		if hexDigit(s[i]) < 0 {
			return ""
		}
	}
	return strings.ToLower(s)
}

// setStrongestHash sets file_hash unless it has a longer one.
func setStrongestHash(e *event.Event, s string) bool {
	hash := fileHash(s)
	if hash == "" || len(e.Text(event.FileHash)) >= len(hash) {
		return false
	}
	e.SetText(event.FileHash, hash)
	return true
}
