package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var auditdFormat = &Format{
	Name:  "auditd",
	Title: "Linux audit",
	Doc: "Records of the Linux audit system, \"type=SYSCALL msg=audit(1725532200.123:456): ...\", as auditd writes them (raw or " +
		"enriched), as audispd sends them to syslog, as ausearch -i prints them, and as auoms writes them, also in a Syslog " +
		"document of Azure. Several records of one event, one a line, become one event. It promises a type, a time and a " +
		"serial number, or the journal's header. Source: audit.rules(7), auditd.conf(5), https://github.com/linux-audit/audit-documentation",
	Parse:    parseAuditd,
	Match:    matchAuditd,
	Starts:   "tn",
	document: &auditdDocument,
	joins:    &auditJoins,
}

var auditdPayload = payload{
	format:   "auditd",
	read:     readAuditd,
	owns:     isAuditProgram,
	describe: describeAuditd,
	programs: []string{"audispd", "auditd", "audisp-syslog", "audisp-remote", "auoms", "augenrules", "auditctl", "audit"},
	starts:   []string{"type=", "node="},
	claims:   isAuditRecord,
	what:     "a record of the Linux audit system",
}

var (
	auditdSource        = []string{":linux:auditd"}
	auditdProcessSource = []string{"process_creation:linux:", ":linux:auditd"}
	auditdFileSource    = []string{"file_event:linux:", ":linux:auditd"}
	auditdNetworkSource = []string{"network_connection:linux:", ":linux:auditd"}
)

func isAuditProgram(name string) bool {
	switch name {
	case "audispd", "auditd", "audisp-syslog", "audisp-remote", "auoms", "augenrules", "auditctl", "audit":
		return true
	}
	return false
}

func describeAuditd(e *event.Event) {
	e.SetText(event.Vendor, "linux")
	e.SetText(event.Product, "linux")
	e.SetText(event.Service, "auditd")
	if !e.Has(event.LogSource) {
		e.SetList(event.LogSource, auditdSource)
	}
}

func parseAuditd(line string, c *Context, e *event.Event) error {
	if isObject(line) {
		return parseDocument(line, &auditdDocument, c, e)
	}
	if !hasEnvelope(line) {
		var r auditRecord
		if err := r.read(line, 0, c); err != nil {
			return err
		}
	}
	return auditdPayload.parse(line, c, e)
}

func matchAuditd(line string) int {
	if isAuditRecord(line) {
		return Certain
	}
	return 0
}

// isAuditRecord reports whether text begins with the head of a record, up to the
// time's bracket.
func isAuditRecord(text string) bool {
	if strings.HasPrefix(text, "node=") {
		i := strings.IndexByte(text[:min(len(text), 300)], ' ')
		if i < 0 {
			return false
		}
		text = text[i+1:]
	}
	rest, ok := strings.CutPrefix(text, "type=")
	n := auditTypeEnd(rest)
	if !ok || n == 0 {
		return false
	}
	return strings.HasPrefix(rest[n:], " msg=audit(") || strings.HasPrefix(rest[n:], " audit(")
}

// auditTypeEnd returns the length of the type that s begins with: "SYSCALL",
// "UNKNOWN[1323]", in the kernel's own log a number.
func auditTypeEnd(s string) int {
	n := 0
	for n < len(s) && n < 64 && (s[n] >= 'A' && s[n] <= 'Z' || isDigit(s[n]) || s[n] == '_' || s[n] == '[' || s[n] == ']') {
		n++
	}
	return n
}

// sameAuditSerial reports whether line is a record of the event that first is a
// record of: the same time and serial number, of the same machine.
func sameAuditSerial(first, line string) bool {
	_, id, ok := auditIdentity(first)
	_, other, found := auditIdentity(line)
	if !ok || !found || id != other {
		return false
	}
	return auditNode(first) == auditNode(line)
}

// auditIdentity returns what stands between the brackets of the first
// "audit(...)" of a record's head, and the place of its type.
func auditIdentity(line string) (at int, id string, ok bool) {
	const mark = "audit("
	head := line[:min(len(line), maxAuditHead)]
	i := strings.Index(head, mark)
	if i < 0 {
		return 0, "", false
	}
	n := strings.IndexByte(head[i:], ')')
	at = strings.LastIndex(head[:i], "type=")
	if n < 0 || at < 0 {
		return 0, "", false
	}
	return at, head[i+len(mark) : i+n], true
}

// maxAuditHead is how far into a line the head of a record may reach: a syslog
// header and the node may stand before it.
const maxAuditHead = 512

func auditNode(line string) string {
	at, _, _ := auditIdentity(line)
	i := strings.LastIndex(line[:at], "node=")
	if i < 0 {
		return ""
	}
	return strings.TrimRight(line[i+len("node="):at], " ")
}

// auditRecord is one record: its head and what stands behind it.
type auditRecord struct {
	kind, node, serial string
	body               string
	nanos              int64
	// interpreted says that ausearch -i or auoms decoded the values and took
	// their quotes off.
	interpreted, auoms bool
}

// read reads the head of the record that text is, which begins at byte at of the
// line.
func (r *auditRecord) read(text string, at int, c *Context) error {
	cur := scan(text)
	fail := func(reason string) error { return &Error{Reason: reason, Offset: at + cur.i} }
	if cur.skipText("node=") {
		r.node = cur.token()
		cur.skipSpaces()
	}
	if !cur.skipText("type=") {
		return fail("expected type= of an audit record")
	}
	n := auditTypeEnd(cur.rest())
	if n == 0 {
		return fail("expected the type of the record")
	}
	r.kind = cur.s[cur.i : cur.i+n]
	cur.i += n
	if !cur.skipText(" msg=audit(") {
		if !cur.skipText(" audit(") {
			return fail("expected msg=audit( behind the type")
		}
		r.auoms = strings.HasPrefix(r.kind, "AUOMS_")
	}
	start := cur.i
	id, ok := cur.until(')')
	i := strings.LastIndexByte(id, ':')
	if ok && i > 0 {
		r.serial = id[i+1:]
		r.nanos, ok = r.time(id[:i], c)
	}
	if !ok || i <= 0 || r.serial == "" || leadingDigits(r.serial) != len(r.serial) {
		cur.i = start
		return fail("expected seconds.milliseconds:serial in the brackets")
	}
	cur.skip(' ')
	if !cur.skip(':') && !cur.done() {
		return fail("expected a colon behind the brackets")
	}
	cur.skip(' ')
	r.body = cur.rest()
	return nil
}

// readHeadless reads a record as the journal has it and hands it to syslog, without
// time and serial number: "USER_AUTH pid=31 uid=0 ... msg='...'".
func (r *auditRecord) readHeadless(text string) bool {
	n := auditTypeEnd(text)
	if n < 3 || !isUpper(text[0]) || n == len(text) || text[n] != ' ' {
		return false
	}
	body := text[n+1:]
	name := auditNameEnd(body)
	if !strings.HasPrefix(body, "avc: ") && (name == 0 || name == len(body) || body[name] != '=') {
		return false
	}
	*r = auditRecord{kind: text[:n], body: body}
	return true
}

// time reads "1725532200.123", or the date that ausearch -i writes in the form
// of its locale.
func (r *auditRecord) time(s string, c *Context) (nanos int64, ok bool) {
	if i := strings.IndexByte(s, '.'); i > 0 && leadingDigits(s) == i && i+1 < len(s) && i <= 11 {
		fraction := s[i+1:]
		seconds, valid := parseUint(s[:i])
		if valid && len(fraction) <= 9 && leadingDigits(fraction) == len(fraction) {
			var m moment
			m.fraction(s, i)
			return seconds*1e9 + int64(m.nano), true
		}
	}
	r.interpreted = true
	date, clock, found := strings.Cut(s, " ")
	var m moment
	if !found || !m.clock(clock, 0) || 8+m.fraction(clock, 8) != len(clock) || !m.auditDate(date) {
		return 0, false
	}
	return m.in(c.Zone)
}

// auditDate reads 09/05/2024, 09/05/24 and 2024-09-05, and with dots 05.09.2024.
// Of two numbers that could both be the month the first one is, as in the
// locales that ausearch runs in mostly.
func (m *moment) auditDate(s string) bool {
	switch {
	case len(s) == 10 && s[4] == '-' && s[7] == '-':
		m.year, m.month, m.day = num4(s, 0), num2(s, 5), num2(s, 8)
		return true
	case len(s) != 10 && len(s) != 8 || s[2] != s[5] || s[2] != '/' && s[2] != '.':
		return false
	}
	m.month, m.day = num2(s, 0), num2(s, 3)
	if s[2] == '.' || m.month > 12 {
		m.month, m.day = m.day, m.month
	}
	if len(s) == 10 {
		m.year = num4(s, 6)
		return true
	}
	m.year = 2000 + num2(s, 6)
	return m.year >= 2000
}

// readAuditd reads one record, or several of one event, one a line.
func readAuditd(message string, c *Context, e *event.Event) bool {
	first, rest, _ := strings.Cut(message, "\n")
	var a auditEvent
	var r auditRecord
	switch {
	case a.open(strings.TrimSuffix(first, "\r"), c, &r):
		e.SetInt(event.EventTime, r.nanos)
		fillAbsent(e, event.HostName, r.node)
		e.SetExtraText("serial", r.serial)
	case r.readHeadless(message):
		rest = ""
	default:
		return false
	}
	a.e, a.several = e, rest != ""
	a.add(&r)
	foreign := false
	for rest != "" {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		if !a.more(first, strings.TrimSuffix(line, "\r"), c) {
			foreign = true
		}
	}
	if foreign {
		e.Warn("record: a line is not a record of the same event")
	}
	a.conclude()
	describeAuditd(e)
	return true
}

// more adds the record that line is, behind a syslog header or not.
func (a *auditEvent) more(first, line string, c *Context) bool {
	at, _, ok := auditIdentity(line)
	if !ok || !sameAuditSerial(first, line) {
		return line == ""
	}
	var r auditRecord
	if !a.open(line[at:], c, &r) {
		return false
	}
	a.add(&r)
	return true
}

// open reads the head of a record; false is no record.
func (a *auditEvent) open(line string, c *Context, r *auditRecord) bool {
	return isAuditRecord(line) && r.read(line, 0, c) == nil
}

var auditdDocument = documentKind{keys: []string{"SyslogMessage"}, claims: claimAuditd, fill: fillAuditdDocument}

// auditdMapping is for the documents of Azure's table Syslog, in which auoms
// sends records.
var auditdMapping = newMapping(
	nameGroup{rule{column: event.HostName, as: asText}, []string{"HostName"}},
	nameGroup{rule{column: event.HostName, as: asText, rank: 1}, []string{"Computer"}},
	nameGroup{rule{column: event.LogLevel, as: asLevel}, []string{"SeverityLevel"}},
)

func claimAuditd(o *object) int {
	if isAuditRecord(o.text("SyslogMessage")) {
		return 95
	}
	return 0
}

func fillAuditdDocument(o *object, c *Context, e *event.Event) error {
	record := o.take("SyslogMessage")
	if !readAuditd(record, c, e) {
		return &Error{Reason: "SyslogMessage is not a record of the Linux audit system"}
	}
	if m := o.find("EventData"); m != nil && strings.HasSuffix(record, scalarText(m)) {
		m.done = true // the same text again
	}
	auditdMapping.fill(o.members, c, e)
	fillAbsent(e, event.Message, record)
	return nil
}
