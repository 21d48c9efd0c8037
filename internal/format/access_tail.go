package format

import (
	"net/netip"
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// maxTailFields is how many fields behind the size are told apart; the rest
// stays together as one.
const maxTailFields = 24

// tailField is one field behind the size of an access line.
type tailField struct {
	// key is the name of a key=value field, else empty.
	key    string
	text   string
	quoted bool
}

// accessTail is a cut tail. Referrer and user agent are the first two quoted
// fields that stand side by side, at pair; pair is n where there are none.
//
// The fields stand in the struct and not in a slice of it, so that it stays on
// the stack: storing one of its texts in an event would else make all escape.
type accessTail struct {
	fields  [maxTailFields]tailField
	n, pair int
	warning string
}

// fillTail reads the tail of an access line into e. nginx says whose habits
// tell what a field without a name is.
func fillTail(e *event.Event, tail string, nginx bool) {
	if tail == "" || fillCombinedTail(e, tail) {
		return
	}
	var t accessTail
	t.cut(tail)
	t.fill(e, nginx)
}

// fillCombinedTail reads the common case, a tail of referrer and user agent
// only.
func fillCombinedTail(e *event.Event, tail string) bool {
	c := scan(tail)
	referrer, ok := c.quoted()
	if !ok || !c.skip(' ') {
		return false
	}
	agent, ok := c.quoted()
	if !ok || !c.done() {
		return false
	}
	e.SetText(event.Referrer, absent(referrer))
	e.SetText(event.UserAgent, absent(agent))
	return true
}

// cut cuts tail into fields.
func (t *accessTail) cut(tail string) {
	c := scan(tail)
	for !c.done() && t.warning == "" {
		if t.n == maxTailFields-1 {
			t.fields[t.n] = tailField{text: c.rest()}
			t.n++
			break
		}
		field, ok := nextTailField(&c)
		if !ok {
			// The line is cut here. The field keeps its place, so that a
			// referrer in front of it is still one.
			t.warning = "a closing quote is missing; the last field was left out"
			field.text, c.i = "", len(c.s)
		}
		if !c.done() && !c.skip(' ') {
			t.warning = "a quoted field is not followed by a space; the text behind it was left out"
		}
		t.fields[t.n] = field
		t.n++
	}
	for t.pair = 0; t.pair < t.n; t.pair++ {
		if t.pair+1 < t.n && t.fields[t.pair].isText() && t.fields[t.pair+1].isText() {
			return
		}
	}
}

// isText reports whether f can be a referrer or user agent.
func (f *tailField) isText() bool { return f.quoted && f.key == "" }

// absent returns "" for the "-" that stands for a missing value.
func absent(s string) string {
	if s == "-" {
		return ""
	}
	return s
}

// nextTailField reads "quoted", bare, key=bare or key="quoted".
func nextTailField(c *cursor) (f tailField, ok bool) {
	if c.peek() == '"' {
		f.text, ok = c.quoted()
		f.quoted = true
		return f, ok
	}
	start := c.i
	for !c.done() && c.peek() != ' ' && c.peek() != '=' {
		c.i++
	}
	name := c.s[start:c.i]
	if !isFieldName(name) || !c.skip('=') {
		c.i = start
		f.text = c.token()
		return f, true
	}
	f.key = name
	if c.peek() == '"' {
		f.text, ok = c.quoted()
		f.quoted = true
		return f, ok
	}
	f.text = c.token()
	return f, true
}

// isFieldName reports whether s can be a name in front of '='.
func isFieldName(s string) bool {
	if s == "" || len(s) > 64 || !isAlpha(s[0]) && s[0] != '_' {
		return false
	}
	for i := 1; i < len(s); i++ {
		if !isAlnum(s[i]) && s[i] != '_' && s[i] != '-' && s[i] != '.' {
			return false
		}
	}
	return true
}

// fill sets referrer and user agent, and keeps the other fields in extra: named
// ones under their name, others under what their form says, and those whose form
// says nothing as field_N, counted from the first field behind the size.
func (t *accessTail) fill(e *event.Event, nginx bool) {
	if t.warning != "" {
		e.Warn(t.warning)
	}
	first := 0
	if t.pair < t.n {
		for i := range t.fields[:t.pair] {
			setTailExtra(e, &t.fields[i], positions[i])
		}
		e.SetText(event.Referrer, absent(t.fields[t.pair].text))
		e.SetText(event.UserAgent, absent(t.fields[t.pair+1].text))
		first = t.pair + 2
	}
	after := t.fields[first:t.n]
	for i := range after {
		label := after[i].key
		if label == "" && nginx {
			label = nginxTailName(after, i)
		} else if label == "" {
			label = apacheTailName(after, i)
		}
		if label == "" {
			label = positions[first+i]
		}
		setTailExtra(e, &after[i], label)
	}
}

// positions names fields by their place.
var positions = [maxTailFields]string{
	"field_1", "field_2", "field_3", "field_4", "field_5", "field_6", "field_7", "field_8",
	"field_9", "field_10", "field_11", "field_12", "field_13", "field_14", "field_15", "field_16",
	"field_17", "field_18", "field_19", "field_20", "field_21", "field_22", "field_23", "field_24",
}

// hostField is the name of a field that becomes http_host.
const hostField = "host"

func setTailExtra(e *event.Event, f *tailField, label string) {
	switch {
	case absent(f.text) == "":
	case label == hostField && !e.Has(event.HTTPHost):
		e.SetText(event.HTTPHost, f.text)
	case isNumber(f.text):
		e.SetExtra(label, event.Value{Kind: event.KindNumber, Text: f.text})
	default:
		e.SetExtraText(label, f.text)
	}
}

// isAddressList reports whether s is one or more IP addresses separated by
// commas, as X-Forwarded-For has them; single addresses count only in quotes.
func isAddressList(f *tailField) bool {
	if !f.quoted && strings.IndexByte(f.text, ',') < 0 || len(f.text) > 1024 {
		return false
	}
	for rest := f.text; ; {
		part, after, more := strings.Cut(rest, ",")
		part = strings.TrimSpace(part)
		if part != "unknown" {
			if _, err := netip.ParseAddr(part); err != nil {
				return false
			}
		}
		if !more {
			return true
		}
		rest = after
	}
}

// isInteger and isDecimal tell bare numbers apart: sizes and times.
func isInteger(f *tailField) bool {
	return !f.quoted && f.key == "" && f.text != "" && leadingDigits(f.text) == len(f.text)
}

func isDecimal(f *tailField) bool {
	return f.key == "" && isNumber(f.text) && strings.IndexByte(f.text, '.') > 0
}
