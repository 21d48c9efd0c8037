package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// maxDevicePairs is how many pairs of a device's line are looked at; no device writes
// half as many.
const maxDevicePairs = 512

// cutPairs reads the pairs of a device's line: name=value name="quoted value",
// with spaces or, where comma is set, commas between them. Quoted values may
// hold \" and \\. A value without quotes goes on over spaces up to the next
// name. Of two pairs of one name the first counts: what strangers write comes
// late. It reports false where something else than pairs stands at the start.
func cutPairs(text string, comma bool, members []member) ([]member, bool) {
	first := len(members)
	var seen nameFilter
	for pairs := 0; text != "" && pairs < maxDevicePairs; {
		text = strings.TrimLeft(text, " ,\t")
		n := pairName(text)
		if n == 0 {
			if len(members) == first {
				return members, false
			}
			text = skipWord(text)
			continue
		}
		pairs++
		m := member{name: text[:n], kind: event.KindString}
		m.text, text, m.bare = cutPairText(text[n+1:], comma)
		if m.bare {
			m.kind = bareKind(m.text)
		}
		if m.text == "" || seen.has(m.name) && findMember(members[first:], m.name) != nil {
			continue
		}
		seen.add(m.name)
		members = append(members, m)
	}
	return members, true
}

// nameFilter tells most names that are new without looking at the others.
type nameFilter uint64

func (f *nameFilter) has(name string) bool { return *f&(1<<(nameMix(name)&63)) != 0 }

func (f *nameFilter) add(name string) { *f |= 1 << (nameMix(name) & 63) }

// pairName returns the length of the name that text begins with, 0 where it does
// not begin with a name and '='.
func pairName(text string) int {
	for i := 0; i < len(text) && i < 64; i++ {
		switch b := text[i]; {
		case b == '=':
			return i
		case !isAlnum(b) && b != '_' && b != '-' && b != '.':
			return 0
		}
	}
	return 0
}

func skipWord(text string) string {
	if i := strings.IndexByte(text, ' '); i >= 0 {
		return text[i:]
	}
	return ""
}

// cutPairText reads a value. A quote that is never closed holds the rest of the
// line.
func cutPairText(text string, comma bool) (value, rest string, bare bool) {
	if strings.HasPrefix(text, `"`) {
		c := scan(text)
		if inner, ok := c.quoted(); ok {
			return unquotePair(inner), c.rest(), false
		}
		return unquotePair(text[1:]), "", false
	}
	end := 0
	for {
		stop := strings.IndexByte(text[end:], ' ')
		if comma {
			word := text[end:]
			if stop >= 0 {
				word = word[:stop]
			}
			if at := strings.IndexByte(word, ','); at >= 0 {
				return text[:end+at], text[end+at+1:], true
			}
		}
		if stop < 0 {
			return text, "", true
		}
		end += stop
		after := strings.TrimLeft(text[end:min(len(text), end+80)], " ")
		if after == "" || pairName(after) > 0 || end == 0 {
			return text[:end], text[end:], true
		}
		end++
	}
}

// unquotePair decodes \" and \\, the two escapes that devices write; any other
// backslash is one.
func unquotePair(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\') {
			i++
		}
		out = append(out, s[i])
	}
	return string(out)
}

// takeDeviceUser is takeMember for a user's name: what devices write where they know
// none is left in extra.
func takeDeviceUser(members []member, names ...string) string {
	for _, name := range names {
		switch user := memberText(members, name); user {
		case "", "N/A", "n/a", "-", "unknown", "Unknown", "None", "none", "(null)":
		default:
			return takeMember(members, name)
		}
	}
	return ""
}

// wordDecision returns the decision that a device's word stands for, "" for a
// word that is none.
func wordDecision(word string) string {
	switch strings.ToLower(word) {
	case "accept", "accepted", "allow", "allowed", "pass", "passed", "passthrough", "permit", "permitted", "trust", "bypass":
		return event.Allow
	case "deny", "denied", "block", "blocked", "drop", "dropped", "reject", "rejected", "reset", "prevent", "prevented", "refused":
		return event.Deny
	default:
		return ""
	}
}

// setDecided sets action and outcome for a device's word; where that is a
// decision the word stays in extra under its name.
func setDecided(e *event.Event, decided string, m *member) {
	if decided == "" {
		e.SetText(event.Action, m.text)
		m.done = true
		return
	}
	e.SetText(event.Action, decided)
	if decided == event.Allow {
		e.SetText(event.Outcome, event.Success)
	} else {
		e.SetText(event.Outcome, event.Failure)
	}
}
