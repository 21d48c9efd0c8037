package format

import (
	"strings"
	"time"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var suricataFastFormat = &Format{
	Name:  "suricata_fast",
	Title: "Suricata and Snort alerts (fast.log, alert_fast)",
	Doc: "Alerts of Suricata's fast.log, of Snort's alert_fast in versions 2 and 3 and what both write to syslog. The mandatory part " +
		"is the signature's number in brackets and the two ends of the traffic. " +
		"Source: https://docs.suricata.io/en/latest/output/ and the Snort 2 and 3 manuals.",
	Parse:  suricataFastPayload.parse,
	Match:  matchFast,
	Starts: "0123456789[",
}

var suricataFastPayload = payload{
	format:   "suricata_fast",
	read:     readFast,
	owns:     isFastProgram,
	describe: describeFast,
	programs: []string{"snort", "snort3", "barnyard2", "barnyard", "suricata"},
	what:     "an alert: expected [gid:sid:rev], a text and the two ends of the traffic",
}

func isFastProgram(program string) bool {
	switch program {
	case "snort", "snort3", "barnyard2", "barnyard", "suricata":
		return true
	}
	return false
}

func describeFast(e *event.Event) {
	if e.Text(event.ProcessName) == "suricata" {
		fillSensor("oisf", "suricata", e)
		return
	}
	fillSensor("cisco", "snort", e)
}

func fillSensor(vendor, product string, e *event.Event) {
	e.SetText(event.Vendor, vendor)
	e.SetText(event.Product, product)
}

// matchFast looks for a date with slashes at the start and for the mark that
// stands before a signature.
func matchFast(line string) int {
	if len(line) < 20 {
		return 0
	}
	if line[0] == '[' {
		if signatureWidth(line) > 0 {
			return 70
		}
		return 0
	}
	if line[2] != '/' && line[1] != '/' {
		return 0
	}
	head := line[:min(len(line), 48)]
	if i := strings.Index(head, " ["); i > 13 && strings.IndexByte(head[:i], '-') > 0 && (strings.HasPrefix(head[i:], " [**] [") || strings.Contains(head[i:], "] [**] [")) {
		return Certain
	}
	return 0
}

// signatureWidth returns how long "[1:2009187:4]" at the start of s is, 0 where
// there is none.
func signatureWidth(s string) int {
	if s == "" || s[0] != '[' {
		return 0
	}
	i := 1
	for part := range 3 {
		n := leadingDigits(s[i:min(len(s), i+12)])
		if n == 0 || i+n >= len(s) || part < 2 && s[i+n] != ':' || part == 2 && s[i+n] != ']' {
			return 0
		}
		i += n + 1
	}
	return i
}

// alertLine is an alert taken apart; nothing is in the event before all fits.
type alertLine struct {
	nanos              int64
	timed, year        bool
	logged             string
	verdict            string
	generator, id, rev string
	text               string
	class, priority    string
	app                string
	protocol           string
	from, to           string
	packet, iface      string
}

// readFast reads "09/05/2024-10:30:00.123456  [Drop] [**] [1:2009187:4] TEXT [**]
// [Classification: C] [Priority: 3] {TCP} 192.0.2.7:80 -> 198.51.100.4:51000".
func readFast(message string, c *Context, e *event.Event) bool {
	var a alertLine
	if !a.read(message, c) {
		return false
	}
	a.fill(e)
	return true
}

func (a *alertLine) read(message string, c *Context) bool {
	rest := strings.TrimLeft(message, " ")
	if rest != "" && isDigit(rest[0]) {
		n := a.readTime(rest, c)
		if n == 0 {
			return false
		}
		rest = strings.TrimLeft(rest[n:], " ")
	}
	if text, ok := strings.CutPrefix(rest, "["); ok && !strings.HasPrefix(text, "**]") && signatureWidth(rest) == 0 {
		i := strings.IndexByte(text[:min(len(text), 16)], ']')
		if i < 1 {
			return false
		}
		a.verdict, rest = text[:i], strings.TrimLeft(text[i+1:], " ")
	}
	rest = strings.TrimLeft(strings.TrimPrefix(rest, "[**]"), " ")
	n := signatureWidth(rest)
	if n == 0 {
		return false
	}
	parts := strings.SplitN(rest[1:n-1], ":", 3)
	a.generator, a.id, a.rev = parts[0], parts[1], parts[2]
	return a.readEnd(strings.TrimLeft(rest[n:], " "))
}

// readEnd reads from the end of the line, as the text in front may hold anything:
// a rule's author wrote it.
func (a *alertLine) readEnd(rest string) bool {
	if i := strings.LastIndex(rest, "[pcap file packet:"); i > 0 && strings.HasSuffix(rest, "]") {
		a.packet = strings.Trim(rest[i+len("[pcap file packet:"):len(rest)-1], " ")
		rest = strings.TrimRight(rest[:i], " ")
	}
	i := strings.LastIndex(rest, "{")
	if i < 0 {
		return false
	}
	protocol, ends, ok := strings.Cut(rest[i+1:], "} ")
	if !ok || protocol == "" {
		return false
	}
	a.protocol = protocol
	if a.from, a.to, ok = strings.Cut(strings.TrimRight(ends, " "), " -> "); !ok {
		return false
	}
	rest = strings.TrimRight(rest[:i], " :")
	if shut, ok := strings.CutSuffix(rest, ">"); ok { // the interface, which Snort writes on demand
		if open := strings.LastIndexByte(shut, '<'); open >= 0 && strings.IndexByte(shut[open:], ' ') < 0 {
			a.iface, rest = shut[open+1:], strings.TrimRight(shut[:open], " ")
		}
	}
	for {
		open := strings.LastIndexByte(rest, '[')
		if open < 0 || !strings.HasSuffix(rest, "]") {
			break
		}
		if !a.mark(rest[open+1 : len(rest)-1]) {
			break
		}
		rest = strings.TrimRight(rest[:open], " ")
	}
	a.text = strings.TrimSuffix(strings.TrimRight(rest, " :"), "[**]")
	a.text = strings.TrimRight(a.text, " ")
	if len(a.text) > 1 && a.text[0] == '"' && a.text[len(a.text)-1] == '"' {
		a.text = a.text[1 : len(a.text)-1]
	}
	return true
}

// mark reads what stands in brackets behind the text; it reports false for the
// mark that ends the text, or for brackets of the text itself.
func (a *alertLine) mark(inner string) bool {
	name, value, _ := strings.Cut(inner, ": ")
	switch name {
	case "Classification":
		a.class = strings.TrimPrefix(value, "(null)")
	case "Priority":
		a.priority = value
	case "AppID":
		a.app = value
	default:
		return false
	}
	return true
}

// readTime reads the date in the ways of Suricata (month, day, year in four
// digits) and of Snort: without a year, or with one in two digits, which version
// 2 writes last and version 3 first.
func (a *alertLine) readTime(s string, c *Context) int {
	n := strings.IndexByte(s[:min(len(s), 12)], '-')
	if n < 0 {
		return 0
	}
	var m moment
	if !m.clock(s, n+1) {
		return 0
	}
	end := n + 9
	end += m.fraction(s, end)
	var part [3]int
	count, width := 0, 0
	for rest := s[:n]; ; count++ {
		digits := leadingDigits(rest)
		if digits == 0 || digits > 4 || count == 3 {
			return 0
		}
		for _, b := range []byte(rest[:digits]) {
			part[count] = part[count]*10 + int(b-'0')
		}
		width = digits
		if digits == len(rest) {
			break
		}
		if rest[digits] != '/' {
			return 0
		}
		rest = rest[digits+1:]
	}
	m.month, m.day = part[0], part[1]
	switch {
	case count == 1:
		a.nanos, a.timed = m.nearest(c)
	case count == 2 && width == 4:
		a.year = true
		m.year = part[2]
		a.nanos, a.timed = m.in(c.Zone)
	case count == 2:
		a.shortYear(m, part, c)
	default:
		return 0
	}
	if !a.timed {
		a.logged = s[:end]
	}
	return end
}

// shortYear takes the one reading of a date with a year in two digits that is a
// date, and where both are, the one that is close to reception.
func (a *alertLine) shortYear(m moment, part [3]int, c *Context) {
	const near = 48 * time.Hour
	last, first := m, m
	last.year = 2000 + part[2]
	first.year, first.month, first.day = 2000+part[0], part[1], part[2]
	x, xOK := last.in(c.Zone)
	y, yOK := first.in(c.Zone)
	received := c.Received.UnixNano()
	switch {
	case xOK && !yOK:
		a.nanos, a.timed = x, true
	case yOK && !xOK:
		a.nanos, a.timed = y, true
	case xOK && abs(x-received) < int64(near):
		a.nanos, a.timed = x, true
	case yOK && abs(y-received) < int64(near):
		a.nanos, a.timed = y, true
	}
}

func (a *alertLine) fill(e *event.Event) {
	e.SetText(event.EventType, event.IDSAlert)
	if a.timed {
		e.SetInt(event.EventTime, a.nanos)
	}
	if a.logged != "" {
		e.SetExtraText("logged_time", a.logged)
		e.Warn("event_time: no such date, or one that can be read in two ways")
	}
	e.SetText(event.RuleName, a.text)
	e.SetText(event.Message, a.text)
	e.SetText(event.RuleID, a.id)
	e.SetText(event.Severity, a.priority)
	setExtraNumber(e, "gid", a.generator)
	setExtraNumber(e, "rev", a.rev)
	e.SetExtraText("classification", a.class)
	e.SetExtraText("app_id", a.app)
	e.SetExtraText("interface", a.iface)
	if a.packet != "" {
		setExtraNumber(e, "pcap_packet", a.packet)
	}
	a.decide(e)
	name := protocolName(strings.TrimLeft(strings.TrimPrefix(a.protocol, "PROTO:"), "0"))
	e.SetText(event.NetworkProtocol, strings.ToLower(name))
	a.end(a.from, event.SourceIP, event.SourcePort, "icmp_type", e)
	a.end(a.to, event.DestinationIP, event.DestinationPort, "icmp_code", e)
	switch {
	case a.year, e.Text(event.ProcessName) == "suricata":
		fillSensor("oisf", "suricata", e)
	case a.timed || a.logged != "" || e.Has(event.ProcessName):
		fillSensor("cisco", "snort", e)
	}
}

func (a *alertLine) decide(e *event.Event) {
	switch {
	case a.verdict == "":
	case strings.EqualFold(a.verdict, "drop"), strings.EqualFold(a.verdict, "block"), strings.EqualFold(a.verdict, "reject"):
		e.SetText(event.Action, event.Deny)
		e.SetText(event.Outcome, event.Failure)
		e.SetExtraText("action", a.verdict)
	default:
		e.SetText(event.Action, a.verdict) // "wDrop": would have been dropped
	}
}

// end reads one end of the traffic. The number behind the last colon is a port
// for protocols that have ports. Suricata writes one for ICMP too: the type and
// the code. Behind an address of IPv6 only a ninth group can be that.
func (a *alertLine) end(s string, ip, port event.Column, icmp string, e *event.Event) {
	i := strings.LastIndexByte(s, ':')
	ports := strings.HasPrefix(a.protocol, "TCP") || strings.HasPrefix(a.protocol, "UDP") || strings.HasPrefix(a.protocol, "SCTP")
	if ports || i >= 0 && (strings.IndexByte(s, ':') == i || strings.Count(s, ":") == 8) {
		if i < 0 {
			i = len(s)
		} else if number, ok := parseUint(s[i+1:]); !ok {
			i = len(s)
		} else if ports {
			e.SetPort(port, number)
		} else {
			setExtraNumber(e, icmp, s[i+1:])
		}
		s = s[:i]
	}
	if !setAddress(e, ip, strings.Trim(s, "[]")) {
		e.Warn(ip.String() + ": not an address")
	}
}
