package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var pfFormat = &Format{
	Name:  "pf",
	Title: "BSD packet filter (pfSense and OPNsense filterlog, tcpdump of pflog)",
	Doc: "Packets that pf logs: the comma-separated lines of filterlog on pfSense and OPNsense for IPv4 and IPv6 with TCP, UDP, ICMP, CARP " +
		"and all other protocols, and what tcpdump -e prints of pflog on OpenBSD and FreeBSD. The mandatory part is the rule, the " +
		"decision and the direction. Source: https://docs.netgate.com/pfsense/en/latest/monitoring/logs/raw-filter-format.html, pflog(4).",
	Parse:  parsePF,
	Match:  matchPF,
	Starts: "0123456789rADFJMNOS",
}

var pfPayload = payload{
	format:   "pf",
	read:     readPF,
	owns:     isPacketFilter,
	describe: describePF,
	programs: []string{"filterlog", "pf", "pflog", "pflogd"},
	strict:   true,
	what:     "a packet of pf: expected a rule, a decision and a direction",
}

func isPacketFilter(program string) bool {
	switch program {
	case "filterlog", "pf", "pflog", "pflogd":
		return true
	}
	return false
}

func describePF(e *event.Event) {
	e.SetText(event.Product, "pf")
	e.SetText(event.Service, "pf")
	e.SetList(event.LogSource, firewallSources)
}

func matchPF(line string) int {
	if len(line) < 24 {
		return 0
	}
	if line[0] == 'r' {
		if _, ok := cutRule(line); ok {
			return 85
		}
		return 0
	}
	if isUpper(line[0]) && !startsWithMonth(line) {
		return 0
	}
	n := leadingDigits(line[:min(len(line), 11)])
	if n > 0 && n < 11 && line[n] == ',' {
		var head [filterHead]string
		if cutFields(line[:min(len(line), 160)], head[:]) == filterHead && isFilterHead(&head) {
			return Certain
		}
		return 0
	}
	if i := strings.Index(line[:min(len(line), 40)], " rule "); i > 0 {
		if _, ok := cutRule(line[i+1:]); ok {
			return 80
		}
	}
	return 0
}

func parsePF(line string, c *Context, e *event.Event) error {
	if i := strings.Index(line[:min(len(line), 40)], " rule "); i > 0 && line[0] != '<' {
		// tcpdump's own time may look like the beginning of an envelope.
		if _, ok := cutRule(line[i+1:]); ok {
			return parsePFTime(line, i, c, e)
		}
	}
	return pfPayload.parse(line, c, e)
}

// parsePFTime reads tcpdump's time in front of a rule. Of times without a date
// nothing can be made.
func parsePFTime(line string, at int, c *Context, e *event.Event) error {
	head := line[:at]
	nanos, n, ok := isoTime(head, c.Zone)
	if !ok {
		nanos, n, ok = bsdTime(head, c)
	}
	if ok && n != len(head) {
		return pfPayload.parse(line, c, e)
	}
	if !readPF(line[at+1:], c, e) {
		return &Error{Reason: "not " + pfPayload.what, Offset: at + 1}
	}
	if ok {
		e.SetInt(event.EventTime, nanos)
	} else {
		e.SetExtraText("logged_time", head)
	}
	e.SetText(event.Message, line[at+1:])
	return nil
}

func readPF(message string, _ *Context, e *event.Event) bool {
	if message == "" {
		return false
	}
	if isDigit(message[0]) && !strings.Contains(message[:min(len(message), 40)], " rule ") {
		return readFilterLog(message, e)
	}
	if i := strings.Index(message[:min(len(message), 40)], "rule "); i >= 0 {
		return readRule(message[i:], e)
	}
	return false
}

// filterHead is how many fields all lines of filterlog begin with.
const filterHead = 9

// maxFilterFields is more than any protocol has.
const maxFilterFields = 32

// cutFields splits s at its commas and returns how many fields there were; the
// last one that has room takes all the rest.
func cutFields(s string, fields []string) int {
	for i := range fields {
		n := strings.IndexByte(s, ',')
		if n < 0 || i == len(fields)-1 && len(fields) != filterHead {
			fields[i] = s
			return i + 1
		}
		fields[i], s = s[:n], s[n+1:]
	}
	return len(fields)
}

// isFilterHead reports whether the first fields are filterlog's: rule, subrule,
// anchor, tracker, interface, reason, action, direction, version.
func isFilterHead(f *[filterHead]string) bool {
	if f[4] == "" || f[5] == "" || f[7] != "in" && f[7] != "out" || f[8] != "4" && f[8] != "6" {
		return false
	}
	switch f[6] {
	case "pass", "block", "match", "rdr", "nat", "binat", "scrub", "noscrub", "nordr", "nonat", "nobinat", "synproxy", "defer", "reject", "drop":
		return true
	}
	return false
}

func readFilterLog(message string, e *event.Event) bool {
	var head [filterHead]string
	if cutFields(message, head[:]) < filterHead || !isFilterHead(&head) {
		return false
	}
	used := len(head) // the commas
	for _, field := range head {
		used += len(field)
	}
	e.SetText(event.EventType, event.Firewall)
	describePF(e)
	setExtraNumber(e, "rule", head[0])
	setExtraNumber(e, "subrule", head[1])
	e.SetExtraText("anchor", head[2])
	e.SetText(event.RuleID, head[3])
	if head[3] == "" || head[3] == "0" {
		e.SetText(event.RuleID, head[0])
	}
	e.SetExtraText("interface", head[4])
	e.SetExtraText("reason", head[5])
	decidePF(head[6], head[7], e)
	if used > len(message) {
		return true
	}
	var fields [maxFilterFields]string
	n := cutFields(message[used:], fields[:])
	p := filterPacket{fields: fields[:n], e: e}
	if head[8] == "4" {
		p.version4()
	} else {
		p.version6()
	}
	return true
}

func decidePF(action, direction string, e *event.Event) {
	switch action {
	case "pass":
		e.SetText(event.Action, event.Allow)
		e.SetText(event.Outcome, event.Success)
	case "block", "reject", "drop":
		e.SetText(event.Action, event.Deny)
		e.SetText(event.Outcome, event.Failure)
	default:
		e.SetText(event.Action, action)
	}
	if e.Text(event.Action) != action {
		e.SetExtraText("action", action)
	}
	if direction == "in" {
		e.SetText(event.NetworkDirection, event.Inbound)
	} else {
		e.SetText(event.NetworkDirection, event.Outbound)
	}
}
