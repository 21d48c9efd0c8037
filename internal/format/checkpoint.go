package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var checkpointFormat = &Format{
	Name:  "checkpoint",
	Title: "Check Point",
	Doc: "Logs that Check Point's Log Exporter sends: in the shape of RFC 5424 with its own name:\"value\" pairs or with structured " +
		"data, and as name=value pairs between bars (format splunk), in a syslog envelope or bare: firewall, threat prevention, " +
		"URL filtering, identities, mobile access and the audit trail. It promises the product beside fields that all logs have. " +
		"Source: Check Point Log Exporter, sk122323, and Description of Fields in Check Point Logs, sk144192.",
	Parse:  checkpointPayload.parse,
	Match:  matchCheckPoint,
	Starts: "[Ctalhfip",
}

var (
	checkpointFirewall = []string{"firewall:checkpoint:"}
	checkpointWeb      = []string{"firewall:checkpoint:", "proxy::"}
	checkpointMalware  = []string{"firewall:checkpoint:", "antivirus::"}
	checkpointOther    = []string{":checkpoint:"}
)

var checkpointPayload = payload{
	format:   "checkpoint",
	read:     readCheckPoint,
	owns:     func(string) bool { return true },
	starts:   []string{"[", "CheckPoint ", "time=", "loc=", "action=", "hostname=", "flags=", "ifdir=", "product="},
	claims:   claimsCheckPoint,
	elements: []string{"@2620"},
	data:     func(members []member, _ *envelope, c *Context, e *event.Event) { fillCheckPoint(members, c, e) },
	describe: func(e *event.Event) { e.SetText(event.Vendor, "checkpoint") },
	strict:   true,
	what:     "a log of Check Point: expected name:\"value\" pairs in brackets or name=value pairs between bars, product among them",
}

func matchCheckPoint(line string) int {
	if line == "" || !payloadClaims(&checkpointPayload, line) {
		return 0
	}
	return 95
}

// claimsCheckPoint tells pairs in brackets from pairs between bars.
func claimsCheckPoint(text string) bool {
	if rest, ok := strings.CutPrefix(text, "CheckPoint "); ok {
		open := strings.IndexByte(rest[:min(len(rest), 64)], '[')
		return open >= 0 && (isCheckPointData(rest[open:]) || strings.Contains(rest[open:min(len(rest), open+64)], "@2620 "))
	}
	return isCheckPointData(text) || isCheckPointBarred(text)
}

// isCheckPointData reports whether text begins as Check Point's pairs do:
// [action:"Accept"; flags:"...
func isCheckPointData(text string) bool {
	if len(text) < 6 || text[0] != '[' {
		return false
	}
	i := 1
	for i < len(text) && i < 48 && (isAlnum(text[i]) || text[i] == '_' || text[i] == '-' || text[i] == ' ') {
		i++
	}
	return i > 1 && strings.HasPrefix(text[i:], `:"`)
}

// isCheckPointBarred reports whether text is name=value pairs between bars with what all
// logs have.
func isCheckPointBarred(text string) bool {
	head := text[:min(len(text), 2048)]
	if pairName(head) == 0 || strings.IndexByte(head, '|') < 0 {
		return false
	}
	return (strings.Contains(head, "|product=") || strings.HasPrefix(head, "product=")) &&
		(strings.Contains(head, "|loguid=") || strings.Contains(head, "|origin=") || strings.Contains(head, "|sequencenum="))
}

func readCheckPoint(message string, c *Context, e *event.Event) bool {
	text := message
	if rest, ok := strings.CutPrefix(text, "CheckPoint "); ok {
		open := strings.IndexByte(rest, '[')
		if open < 0 {
			return false
		}
		text = rest[open:]
		if !isCheckPointData(text) { // structured data behind a header that is not whole
			text = cutElementID(text)
		}
	}
	o := borrowObject()
	defer o.release()
	switch {
	case strings.HasPrefix(text, "["):
		o.members = cutCheckPoint(text[1:], o.members)
	case isCheckPointBarred(text):
		o.members = cutBarred(text, o.members)
	default:
		return false
	}
	if findMember(o.members, "product") == nil && findMember(o.members, "action") == nil && findMember(o.members, "origin") == nil {
		return false
	}
	fillCheckPoint(o.members, c, e)
	return true
}

// cutElementID takes "sc4s@2620 " off, so that the pairs behind it are left in
// brackets.
func cutElementID(text string) string {
	if i := strings.IndexByte(text[:min(len(text), 64)], ' '); i > 0 {
		return text[i:]
	}
	return text
}

// maxCheckPointFields is how many fields of a log are looked at.
const maxCheckPointFields = 400

// cutCheckPoint reads name:"value"; name:"value"; ...] and the same with '='.
func cutCheckPoint(text string, members []member) []member {
	c := scan(text)
	for range maxCheckPointFields {
		for !c.done() && (c.peek() == ' ' || c.peek() == ';') {
			c.i++
		}
		start := c.i
		for !c.done() && c.peek() != ':' && c.peek() != '=' && c.peek() != ']' {
			c.i++
		}
		name := c.s[start:c.i]
		if c.done() || c.peek() == ']' || name == "" {
			break
		}
		c.i++
		value, ok := c.quoted()
		if !ok {
			break
		}
		members = appendRepeated(members, name, unescapeParameter(value))
	}
	return members
}

// cutBarred reads name=value|name=value|...
func cutBarred(text string, members []member) []member {
	for n := 0; text != "" && n < maxCheckPointFields; n++ {
		var pair string
		pair, text, _ = strings.Cut(text, "|")
		name, value, ok := strings.Cut(pair, "=")
		if ok && name != "" {
			members = appendRepeated(members, strings.TrimLeft(name, " "), value)
		}
	}
	return members
}
