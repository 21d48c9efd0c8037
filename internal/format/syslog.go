package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var syslogFormat = &Format{
	Name:  "syslog",
	Title: "Syslog (RFC 3164 and RFC 5424)",
	Doc: "A line in a syslog envelope, as a daemon writes it to a file or sends it over the network: RFC 3164 in the " +
		"variants that are in use and RFC 5424, with the priority or without. The message goes on to the format of its " +
		"program (sshd, sudo, PAM, cron, kernel, iptables, postgresql, mysql, JSON); what that can't read is kept whole.",
	Parse: parseSyslog,
	Match: matchSyslog,
}

var (
	syslogSource = []string{":linux:syslog"}
	cronSource   = []string{":linux:cron", ":linux:syslog"}
	authSource   = []string{":linux:auth"}
	sshdSource   = []string{":linux:sshd", ":linux:auth"}
	sudoSource   = []string{":linux:sudo", ":linux:auth"}
)

func parseSyslog(line string, c *Context, e *event.Event) error {
	var v envelope
	if err := v.read(line, c); err != nil {
		return err
	}
	fillEnvelope(&v, c, e)
	return nil
}

// fillEnvelope fills e from the envelope and its message. A JSON document goes
// first: where both name a thing, it knows better.
func fillEnvelope(v *envelope, c *Context, e *event.Event) {
	if document, ok := cutDocument(v.message); ok && readInner(document, c, e) {
		v.fillAround(e)
		return
	}
	if p := payloadByElement(v.data); p != nil {
		p.takeData(v, c, e)
		return
	}
	v.fill(e)
	fillMessage(v, c, e)
}

// fillAround completes the event of a document that the envelope carries.
func (v *envelope) fillAround(e *event.Event) {
	kind, sources := e.Text(event.EventType), e.List(event.LogSource)
	v.fill(e)
	fillPlain(v, e)
	if kind != "" {
		e.SetText(event.EventType, kind)
	}
	if sources != nil {
		e.SetList(event.LogSource, sources)
	}
}

// cutDocument returns the JSON object that a message is, behind the cookie
// "@cee:" of Common Event Expression or bare.
func cutDocument(message string) (document string, ok bool) {
	text := strings.TrimLeft(strings.TrimPrefix(message, "@cee:"), " ")
	return text, strings.HasPrefix(text, "{") && strings.HasSuffix(text, "}")
}

// fillMessage lets the format of the envelope's program read the message. What
// that does not know stays whole.
func fillMessage(v *envelope, c *Context, e *event.Event) {
	p := payloadOf(v)
	switch {
	case p == nil:
		fillPlain(v, e)
	case p.take(v, c, e):
	case !p.strict && p.owns(programKey(v.program)):
		p.keep(v, e)
	default:
		fillPlain(v, e)
	}
}

// matchSyslog looks at the first bytes only: a priority, a month's name or an
// ISO time. It stays below what a format says that knows the message: those
// read the envelope as well.
func matchSyslog(line string) int {
	switch {
	case line == "":
		return 0
	case line[0] == '<':
		if n := strings.IndexByte(line[:min(len(line), 6)], '>'); n > 1 && isDigit(line[1]) {
			return 60
		}
		return 0
	case startsWithMonth(line):
		return 55
	case startsWithISO(line):
		return 30
	case strings.HasPrefix(line, "1 ") && startsWithISO(line[2:]):
		return 50
	default:
		return 0
	}
}

// hasEnvelope reports whether line begins as a syslog envelope does.
func hasEnvelope(line string) bool { return matchSyslog(line) > 0 }

func startsWithMonth(line string) bool {
	return len(line) > 14 && line[3] == ' ' && monthNumber(line[:3]) > 0
}

func startsWithISO(line string) bool {
	return len(line) > 19 && line[4] == '-' && line[7] == '-' && line[10] == 'T' && isDigit(line[0])
}

// facilities are the names of RFC 5424's facilities, as syslog.conf writes them.
var facilities = [...]string{
	"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
	"ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
}

// syslogLevels are the schema's words for the severities 0 to 7.
var syslogLevels = [...]string{"emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"}

// envelope is what a syslog header says, before anything of it goes into an
// event: a line may yet turn out not to be of the format.
type envelope struct {
	// priority is facility*8 + severity, -1 where the line has none.
	priority int
	nanos    int64
	timed    bool
	// timeAt is where the time begins.
	timeAt int
	// logged is the time as written where its zone can't be known.
	logged  string
	host    string
	program string
	// module is what old versions of PAM write behind the program's name.
	module string
	pid    string
	// level is the schema's word for a level written beside the tag.
	level string
	// code is RFC 5424's MSGID, data its STRUCTURED-DATA, checked.
	code string
	data string
	// sequence is the number that Cisco devices put first; uptime and node stand
	// in their headers too.
	sequence, uptime, node string
	// relay is the host that put a header of its own before another's.
	relay string
	// message is what the program wrote, offset its place in the line.
	message string
	offset  int
	// repeated is the count of "message repeated N times: [ ... ]"; message is
	// then what was repeated, and note the whole text.
	repeated string
	note     string
}

// read reads the envelope of line.
func (v *envelope) read(line string, c *Context) error {
	v.priority = -1
	cur := scan(line)
	if cur.peek() == '<' {
		if err := v.readPriority(&cur); err != nil {
			return err
		}
	}
	if err := v.readHeader(&cur, c); err != nil {
		return err
	}
	v.message = cur.rest()
	v.offset = cur.i
	v.unwrapRepeated()
	v.cutModule()
	v.cutWords()
	return nil
}

// cutWords takes off what some products write before a message of an exchange
// format without the colon of a tag: "vectra_cef -: CEF:0|...". Its first word is
// the program.
func (v *envelope) cutWords() {
	if v.program != "" || v.message == "" || v.message[0] == '{' {
		return
	}
	i := headedAt(v.message, "CEF:", cefVersion)
	if i == 0 {
		i = headedAt(v.message, "LEEF:", leefVersion)
	}
	if i == 0 {
		return
	}
	word, _, _ := strings.Cut(v.message[:i], " ")
	if isHost(word) {
		v.program = word
	}
	v.message, v.offset = v.message[i:], v.offset+i
}

// cutModule takes the module off a program's name, "sshd(pam_unix)".
func (v *envelope) cutModule() {
	i := strings.Index(v.program, "(pam_")
	if i > 0 && strings.HasSuffix(v.program, ")") {
		v.program, v.module = v.program[:i], v.program[i+1:len(v.program)-1]
	}
}

func (v *envelope) readHeader(cur *cursor, c *Context) error {
	if v.readCisco(cur, c) {
		return nil
	}
	if v.isRFC5424(cur.rest()) {
		return v.read5424(cur, c)
	}
	if rest := strings.TrimLeft(cur.rest(), " "); isVersionless(rest) {
		cur.skipSpaces()
		return v.read5424Fields(cur, c)
	}
	return v.readBSD(cur, c)
}

// readPriority reads "<34>": at most 191, no leading zeros.
func (v *envelope) readPriority(cur *cursor) error {
	start := cur.i
	cur.i++
	text := cur.digits()
	n, ok := parseUint(text)
	if !ok || len(text) > 3 || n > 191 || len(text) > 1 && text[0] == '0' {
		cur.i = start
		return cur.fail("the priority is not a number from 0 to 191")
	}
	if !cur.skip('>') {
		return cur.fail("expected > after the priority")
	}
	v.priority = int(n)
	return nil
}

// unwrapRepeated takes the message out of rsyslog's "message repeated N times:
// [ ... ]".
func (v *envelope) unwrapRepeated() {
	rest, ok := strings.CutPrefix(v.message, "message repeated ")
	if !ok {
		return
	}
	n := leadingDigits(rest)
	inner, ok := strings.CutPrefix(rest[n:], " times: [")
	if n == 0 || n > 9 || !ok || !strings.HasSuffix(inner, "]") {
		return
	}
	v.repeated, v.note = rest[:n], v.message
	trimmed := strings.TrimLeft(inner, " ")
	v.offset += len(v.message) - len(trimmed)
	v.message = strings.TrimSuffix(trimmed, "]")
}

// fill puts what the envelope says into the columns of e that have no value.
func (v *envelope) fill(e *event.Event) {
	if v.timed && !e.Has(event.EventTime) {
		e.SetInt(event.EventTime, v.nanos)
	}
	e.SetExtraText("logged_time", v.logged)
	fillAbsent(e, event.HostName, v.host)
	fillAbsent(e, event.ProcessName, v.program)
	fillAbsent(e, event.EventCode, v.code)
	level := v.level
	if v.priority >= 0 {
		level = syslogLevels[v.priority&7]
		e.SetExtraText("facility", facilities[v.priority>>3])
	}
	fillAbsent(e, event.LogLevel, level)
	if id, ok := parseUint(v.pid); !ok {
		e.SetExtraText("procid", v.pid)
	} else if !e.Has(event.ProcessID) {
		e.SetInt(event.ProcessID, id)
	}
	setExtraNumber(e, "sequence", v.sequence)
	e.SetExtraText("uptime", v.uptime)
	e.SetExtraText("node", v.node)
	e.SetExtraText("relay", v.relay)
	message := v.message
	if v.repeated != "" {
		message = v.note
		setExtraNumber(e, "repeated", v.repeated)
	}
	fillAbsent(e, event.Message, message)
	fillStructured(v.data, e)
}

func fillAbsent(e *event.Event, c event.Column, text string) {
	if !e.Has(c) {
		e.SetText(c, text)
	}
}

// setExtraNumber stores the digits of text as a number, text that is not a
// number as text.
func setExtraNumber(e *event.Event, name, text string) {
	if isNumber(text) {
		e.SetExtra(name, event.Value{Kind: event.KindNumber, Text: text})
		return
	}
	e.SetExtraText(name, text)
}

// fillPlain completes the event of a message that no inner format read.
func fillPlain(v *envelope, e *event.Event) {
	kind := event.ServiceLog
	if v.program == "" || isSystemProgram(baseName(v.program)) {
		kind = event.SystemLog
	}
	e.SetText(event.EventType, kind)
	if v.program != "" {
		e.SetList(event.LogSource, syslogSource)
	}
	noteRepeat(v.message, e)
}

// noteRepeat reads the BSD notice "last message repeated 3 times".
func noteRepeat(message string, e *event.Event) {
	text := strings.TrimPrefix(message, "--- ")
	rest, ok := strings.CutPrefix(text, "last message repeated ")
	if !ok {
		return
	}
	if n := leadingDigits(rest); n > 0 && n < 10 && strings.HasPrefix(rest[n:], " time") {
		setExtraNumber(e, "repeated", rest[:n])
	}
}

// isSystemProgram tells the parts of the operating system from services.
func isSystemProgram(name string) bool {
	switch name {
	case "kernel", "init", "syslogd", "syslog", "rsyslogd", "syslog-ng", "systemd", "udevd", "dbus", "dbus-daemon",
		"dbus-broker", "launchd", "sm-mta", "auditd", "klogd", "anacron", "cron", "crond", "CRON", "CROND":
		return true
	}
	return strings.HasPrefix(name, "systemd-") || strings.HasPrefix(name, "(systemd") || name == "(sd-pam)"
}

// baseName returns what follows the last slash of a program's path.
func baseName(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }
