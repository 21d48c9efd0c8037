package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var logfmtFormat = &Format{
	Name:  "logfmt",
	Title: "logfmt",
	Doc: "Lines of key=value, as many services written in Go log. Values may stand in double quotes with backslash " +
		"escapes; a key alone is true. Names are understood as in JSON. " +
		"It promises that the line holds nothing else and starts with a pair. Source: https://brandur.org/logfmt",
	Parse: parseLogfmt,
	Match: matchLogfmt,
}

func parseLogfmt(line string, c *Context, e *event.Event) error {
	var space [stackMembers]member
	members, err := cutLogfmt(line, space[:0])
	if err != nil {
		return err
	}
	fillDocument(members, c, e)
	return nil
}

// matchLogfmt looks at the first two words: prose does not start with a pair. A
// line of pairs with a level and a msg is nothing but logfmt: the products that
// log key=value lines of their own have other names for both.
func matchLogfmt(line string) int {
	if isAuditRecord(line) {
		return 0 // a broken one is an error, not an event
	}
	c := scan(line)
	c.skipSpaces()
	var m member
	if pair, reason := cutPair(&c, &m); reason != "" || !pair {
		return 0
	}
	if isLogfmtStart(m.name) && hasPair(line, "level=") && hasPair(line, "msg=") {
		return Certain
	}
	if c.skipSpaces() == 0 || c.done() {
		return 30
	}
	if pair, reason := cutPair(&c, &m); reason != "" || !pair {
		return 20
	}
	return 40
}

// isLogfmtStart reports whether loggers of logfmt start lines with the key.
func isLogfmtStart(key string) bool {
	switch key {
	case "time", "ts", "t", "timestamp", "level", "logger", "caller", "msg", "component":
		return true
	default:
		return false
	}
}

// hasPair reports whether a word of line starts with name, which ends in '='.
func hasPair(line, name string) bool {
	i := strings.Index(line, name)
	return i == 0 || i > 0 && line[i-1] == ' '
}

// cutLogfmt appends the line's pairs to members.
func cutLogfmt(line string, members []member) ([]member, error) {
	c := scan(line)
	c.skipSpaces()
	alone := 0
	for !c.done() {
		if len(members) == maxMembers {
			return nil, c.fail("the line has more than 8192 keys")
		}
		var m member
		pair, reason := cutPair(&c, &m)
		if reason != "" {
			return nil, c.fail(reason)
		}
		if !pair {
			alone++
		}
		if alone > 0 && len(members) == 0 {
			return nil, &Error{Reason: "expected key=value at the start"}
		}
		members = append(members, m)
		if !c.done() && c.skipSpaces() == 0 {
			return nil, c.fail("expected a space behind a quoted value")
		}
	}
	// Prose has a pair now and then, logfmt a key without value.
	if pairs := len(members) - alone; pairs == 0 || alone*2 > pairs {
		return nil, &Error{Reason: "expected key=value pairs, found mostly words without '='"}
	}
	return members, nil
}

// cutPair reads key=value, key="value" or key; pair says that there was a '='.
// reason, if not empty, says what does not fit at the cursor. It is no error yet,
// so that a Match that finds no pair costs nothing.
func cutPair(c *cursor, m *member) (pair bool, reason string) {
	start := c.i
	for !c.done() && isKeyByte(c.peek()) {
		c.i++
	}
	m.name = c.s[start:c.i]
	if m.name == "" || isDigit(m.name[0]) || m.name[0] == '-' || m.name[0] == '.' {
		c.i = start
		return false, "expected a key"
	}
	if c.done() || c.peek() == ' ' || c.peek() == '\t' {
		m.kind, m.text = event.KindBool, "true"
		return false, ""
	}
	if !c.skip('=') {
		return false, "expected '=' or a space behind a key"
	}
	return true, cutPairValue(c, m)
}

func cutPairValue(c *cursor, m *member) (reason string) {
	if c.peek() == '"' {
		text, ok := c.quoted()
		if !ok {
			return "a quoted value is not closed"
		}
		m.kind, m.text, m.escaped = event.KindString, text, strings.IndexByte(text, '\\') >= 0
		return ""
	}
	start := c.i
	for !c.done() && c.peek() > ' ' && c.peek() != '"' {
		c.i++
	}
	if !c.done() && c.peek() != ' ' && c.peek() != '\t' {
		return "a value without quotes holds a quote or a control character"
	}
	m.text, m.bare = c.s[start:c.i], true
	m.kind = bareKind(m.text)
	return ""
}

// bareKind returns the JSON kind of a value without quotes.
func bareKind(s string) event.Kind {
	switch {
	case s == "true" || s == "false":
		return event.KindBool
	case isNumber(s):
		return event.KindNumber
	default:
		return event.KindString
	}
}

func isKeyByte(b byte) bool {
	return isAlnum(b) || b == '_' || b == '-' || b == '.' || b == '@' || b == '/'
}
