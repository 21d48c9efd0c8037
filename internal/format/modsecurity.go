package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// modsecMark begins what ModSecurity writes into the error log of its server.
const modsecMark = "ModSecurity: "

// modsecFields are the fields in brackets behind a message of ModSecurity that
// stand there once, as versions 2 and 3 call them.
var modsecFields = [...]string{
	"file", "line", "id", "rev", "msg", "data", "severity", "ver", "maturity", "accuracy", "hostname", "uri", "unique_id", "ref", "phase",
}

// modsec is a message of ModSecurity, cut into its fields.
type modsec struct {
	values [len(modsecFields)]string
	tags   []string
	// twice says that a field came twice, as clients make it look that can
	// choose a part of the text.
	twice bool
}

func isModSecurity(text string) bool {
	return strings.HasPrefix(text, modsecMark) || strings.HasPrefix(text, "[client ") && strings.Contains(text[:min(len(text), 96)], "] "+modsecMark)
}

// fillModSecurity sets what a message of ModSecurity says, behind its mark: what
// it did, and of the rule all that stands in brackets.
func fillModSecurity(text string, e *event.Event) {
	at := strings.Index(text, modsecMark)
	text = text[at+len(modsecMark):]
	fillModSecurityAction(text, e)
	start := strings.Index(text, ` [file "`)
	if start < 0 {
		start = strings.Index(text, ` [id "`)
	}
	if start < 0 {
		return
	}
	var m modsec
	m.cut(text[start+1:])
	if m.twice || !isOnce(text, `[id "`) && m.values[2] != "" {
		e.Warn("rule_id: a field of the rule stands there twice; none of them was read")
		return
	}
	m.fill(e)
}

// fillModSecurityAction reads "Access denied with code 403 (phase 2). ..." and
// the words that other decisions begin with.
func fillModSecurityAction(text string, e *event.Event) {
	word, _, _ := strings.Cut(text, ".")
	switch {
	case strings.HasPrefix(word, "Access denied"):
		e.SetText(event.Action, event.Deny)
		e.SetText(event.Outcome, event.Failure)
		if _, code, ok := strings.Cut(word, "with code "); ok && len(code) >= 3 {
			if status, ok := parseUint(code[:3]); ok && status >= 100 {
				e.SetInt(event.StatusCode, status)
			}
		}
	case strings.HasPrefix(word, "Access allowed"):
		e.SetText(event.Action, event.Allow)
	}
}

// cut reads `[file "/etc/x"] [line "1"] ...`.
func (m *modsec) cut(text string) {
	cur := scan(text)
	for cur.skip('[') {
		start := cur.i
		for !cur.done() && (isAlpha(cur.peek()) || cur.peek() == '_') {
			cur.i++
		}
		name := cur.s[start:cur.i]
		if !cur.skip(' ') {
			return
		}
		value, ok := cur.quoted()
		if !ok || !cur.skip(']') {
			return
		}
		m.set(name, value)
		cur.skip(' ')
	}
}

func (m *modsec) set(name, value string) {
	if name == "tag" {
		if len(m.tags) < maxListed {
			m.tags = append(m.tags, value)
		}
		return
	}
	for i, known := range modsecFields {
		if name == known {
			m.twice = m.twice || m.values[i] != ""
			m.values[i] = value
			return
		}
	}
}

func (m *modsec) fill(e *event.Event) {
	for i, name := range modsecFields {
		value := m.values[i]
		switch {
		case value == "":
		case name == "id":
			e.SetText(event.RuleID, value)
			e.SetText(event.EventType, event.IDSAlert)
		case name == "msg":
			e.SetText(event.RuleName, value)
		case name == "severity":
			e.SetText(event.Severity, value)
		case name == "hostname":
			fillAbsent(e, event.HTTPHost, value)
		case name == "uri":
			if !e.Has(event.RequestPath) {
				fillTarget(e, "", value)
			}
		default:
			e.SetExtraText(name, value)
		}
	}
	setExtraList(e, "tag", m.tags)
}
