package format

import (
	"slices"
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var apacheError = &Format{
	Name:  "apache_error",
	Title: "Apache HTTP Server error log",
	Doc: "The error log of Apache httpd 2.2 and 2.4 in its default layouts, in a syslog envelope or bare, with messages of " +
		"ModSecurity 2 and 3 in it. It promises a level in brackets and, without an envelope, a time. " +
		"Source: https://httpd.apache.org/docs/2.4/mod/core.html#errorlogformat",
	Parse:  parseApacheError,
	Match:  matchApacheError,
	Starts: "[",
}

var apacheErrorSources = []string{":apache:apache"}

var apachePayload = payload{
	format:   "apache_error",
	read:     readApache,
	owns:     isApacheProgram,
	describe: describeApacheError,
	programs: apachePrograms,
	what:     "a line of Apache's error log",
}

// apachePrograms are the names of the server, and the tags that sites set for its
// logs with logger(1).
var apachePrograms = []string{
	"httpd", "apache2", "apache", "httpd24-httpd", "apache-access", "apache-error", "apache_access", "apache_error", "httpd-access", "httpd-error", "httpd_access", "httpd_error",
}

func isApacheProgram(program string) bool { return slices.Contains(apachePrograms, program) }

func describeApacheError(e *event.Event) {
	e.SetText(event.Vendor, "apache")
	e.SetText(event.Product, "httpd")
	e.SetText(event.Service, "error")
	e.SetList(event.LogSource, apacheErrorSources)
}

func parseApacheError(line string, c *Context, e *event.Event) error {
	if hasEnvelope(line) {
		return apachePayload.parse(line, c, e)
	}
	l, err := cutApacheError(line, c, true)
	if err != nil {
		return err
	}
	l.fill(e)
	return nil
}

// readApache reads what Apache sends to syslog: its error log, there without the
// time, or its access log.
func readApache(message string, c *Context, e *event.Event) bool {
	if l, err := cutApacheError(message, c, false); err == nil {
		l.fill(e)
		return true
	}
	if layoutOf(message) == noAccess && !isSSLRequest(message) || parseApacheAccess(message, c, e) != nil {
		return false
	}
	e.SetText(event.Format, "apache_access")
	return true
}

// apacheErrorLine is a line of the error log, cut.
type apacheErrorLine struct {
	nanos         int64
	timed         bool
	module, level string
	// modern is set for 2.4, whose level has a colon before it and whose client
	// has its port behind it, an IPv6 one too, without brackets.
	modern   bool
	pid, tid string
	// where is the place in the source code, status the error of the system's
	// library.
	where, status  string
	client, remote string
	code           string
	text           string
	referrer       string
}

// cutApacheError cuts
//
//	[TIME] [MODULE:LEVEL] [pid P:tid T] FILE(LINE): (ERRNO)STATUS: [client A] AH01234: TEXT, referer: R
//
// in which all but the level may be missing; the time only where timed is not
// set.
func cutApacheError(line string, c *Context, timed bool) (l apacheErrorLine, err error) {
	cur := scan(line)
	if cur.peek() != '[' {
		return l, cur.fail("expected a time in brackets")
	}
	text, ok := cutBracket(&cur)
	if l.nanos, l.timed = apacheTime(text, c); ok && l.timed {
		if !cur.skip(' ') {
			return l, cur.fail("expected a space behind the time")
		}
	} else {
		cur.i = 0
		if timed {
			return l, (&cursor{i: 1}).fail("expected a time like Thu Sep 05 10:30:00.123456 2024")
		}
	}
	if err := l.cutLevel(&cur); err != nil {
		return l, err
	}
	l.cutOrigin(&cur)
	l.cutText(cur.rest())
	return l, nil
}

// cutBracket reads "[TEXT]", up to 128 bytes long.
func cutBracket(cur *cursor) (string, bool) {
	rest := cur.rest()
	if rest == "" || rest[0] != '[' {
		return "", false
	}
	shut := strings.IndexByte(rest[:min(len(rest), 128)], ']')
	if shut < 0 {
		return "", false
	}
	// An IPv6 address has brackets of its own: [client [2001:db8::1]:443].
	if strings.IndexByte(rest[1:shut], '[') > 0 {
		more := strings.IndexByte(rest[shut+1:min(len(rest), 128)], ']')
		if more < 0 {
			return "", false
		}
		shut += more + 1
	}
	cur.i += shut + 1
	return rest[1:shut], true
}

// apacheTime reads all of s as "Thu Sep 05 10:30:00.123456 2024", without a
// fraction before 2.4, or as an ISO time.
func apacheTime(s string, c *Context) (nanos int64, ok bool) {
	if len(s) < len("2024-09-05 10:30:00") {
		return 0, false
	}
	if isDigit(s[0]) {
		return rfc3339Time(s, c.Zone)
	}
	if len(s) < len("Thu Sep 05 10:30:00 2024") || s[3] != ' ' || s[7] != ' ' || s[10] != ' ' {
		return 0, false
	}
	m := moment{month: monthNumber(s[4:7]), day: num2(s, 8)}
	if s[8] == ' ' {
		m.day = int(s[9] - '0')
	}
	if m.month == 0 || !m.clock(s, 11) {
		return 0, false
	}
	n := 19 + m.fraction(s, 19)
	if len(s) != n+5 || s[n] != ' ' {
		return 0, false
	}
	m.year = num4(s, n+1)
	return m.in(c.Zone)
}

// cutLevel reads "[core:error] ", "[:error] " or "[error] ".
func (l *apacheErrorLine) cutLevel(cur *cursor) error {
	start := cur.i
	text, ok := cutBracket(cur)
	module, level, both := strings.Cut(text, ":")
	if !both {
		module, level = "", text
	}
	l.level = apacheLevel(level)
	if !ok || l.level == "" || !isModuleName(module) {
		cur.i = start
		return cur.fail("expected a level like [core:error] or [error]")
	}
	l.module, l.modern = module, both
	cur.skip(' ')
	return nil
}

func isModuleName(s string) bool {
	for i := range len(s) {
		if !isAlnum(s[i]) && s[i] != '_' && s[i] != '-' && s[i] != '.' {
			return false
		}
	}
	return len(s) <= 64
}

// apacheLevel returns the schema's word for a level of LogLevel.
func apacheLevel(word string) string {
	if len(word) == len("trace1") && strings.HasPrefix(word, "trace") && word[5] >= '1' && word[5] <= '8' {
		return "trace"
	}
	return levelOf(word)
}

// cutOrigin reads process, place in the source, status and client. The layouts
// have them in this order, with the client before the status in some.
func (l *apacheErrorLine) cutOrigin(cur *cursor) {
	for {
		start := cur.i
		if !l.cutOriginPart(cur) {
			cur.i = start
			return
		}
		cur.skip(' ')
	}
}

func (l *apacheErrorLine) cutOriginPart(cur *cursor) bool {
	switch cur.peek() {
	case '[':
		text, ok := cutBracket(cur)
		return ok && l.setOrigin(text)
	case '(':
		return l.status == "" && l.cutStatus(cur)
	default:
		return l.where == "" && l.client == "" && l.status == "" && l.cutWhere(cur)
	}
}

// setOrigin takes the text of a bracket; it reports false for one that is the
// message's own.
func (l *apacheErrorLine) setOrigin(text string) bool {
	key, value, _ := strings.Cut(text, " ")
	switch {
	case value == "":
		return false
	case key == "pid" && l.pid == "" && l.client == "":
		pid, tid, _ := strings.Cut(value, ":tid ")
		if !isCount(pid) || tid != "" && !isCount(tid) {
			return false
		}
		l.pid, l.tid = pid, tid
	case key == "tid" && l.tid == "" && l.client == "" && isCount(value):
		l.tid = value
	case key == "client" && l.client == "" && strings.IndexByte(value, ' ') < 0:
		l.client = value
	case key == "remote" && l.remote == "" && strings.IndexByte(value, ' ') < 0:
		l.remote = value
	default:
		return false
	}
	return true
}

// cutStatus reads "(2)No such file or directory: ".
func (l *apacheErrorLine) cutStatus(cur *cursor) bool {
	rest := cur.rest()
	shut := strings.IndexByte(rest[:min(len(rest), 16)], ')')
	if shut < 2 || !isNumber(rest[1:shut]) {
		return false
	}
	end := strings.Index(rest[:min(len(rest), 256)], ": ")
	if end < shut {
		return false
	}
	l.status = rest[:end]
	cur.i += end + 1
	return true
}

// cutWhere reads "mod_rewrite.c(483): ".
func (l *apacheErrorLine) cutWhere(cur *cursor) bool {
	rest := cur.rest()
	head := rest[:min(len(rest), 80)]
	open := strings.IndexByte(head, '(')
	if open < 3 || !strings.HasSuffix(head[:open], ".c") && !strings.HasSuffix(head[:open], ".cpp") || strings.IndexByte(head[:open], ' ') >= 0 {
		return false
	}
	n := leadingDigits(head[open+1:])
	if n == 0 || !strings.HasPrefix(head[open+1+n:], "): ") {
		return false
	}
	l.where = head[:open+n+2]
	cur.i += open + n + len("(): ") - 1
	return true
}

// cutText cuts the message's number off its front and the referrer off its end.
func (l *apacheErrorLine) cutText(text string) {
	l.text = text
	if i := strings.LastIndex(text, ", referer: "); i >= 0 {
		l.text, l.referrer = text[:i], text[i+len(", referer: "):]
	}
	if code, _, ok := strings.Cut(text[:min(len(text), 12)], ": "); ok && len(code) == len("AH00128") && strings.HasPrefix(code, "AH") && isCount(code[2:]) {
		l.code = code
	}
}

func (l *apacheErrorLine) fill(e *event.Event) {
	describeApacheError(e)
	if l.timed {
		e.SetInt(event.EventTime, zonedByEnvelope(l.nanos, 0, e))
	}
	e.SetText(event.LogLevel, l.level)
	e.SetExtraText("module", l.module)
	setCount(e, event.ProcessID, l.pid)
	setExtraValue(e, "tid", l.tid)
	e.SetExtraText("where", l.where)
	e.SetExtraText("status", l.status)
	e.SetText(event.EventCode, l.code)
	e.SetText(event.Message, l.text)
	e.SetText(event.Referrer, absent(l.referrer))
	l.fillPeers(e)
	e.SetText(event.EventType, event.ServiceLog)
	if l.client != "" || isComplaint(l.level) {
		e.SetText(event.EventType, event.HTTPError)
	}
	if isModSecurity(l.text) {
		fillModSecurity(l.text, e)
		return
	}
	l.fillMessage(e)
}

// fillPeers sets the client. A remote is the peer of a connection that another
// module made or accepted.
func (l *apacheErrorLine) fillPeers(e *event.Event) {
	first, second := setEndpoint, setPlainEndpoint
	if l.modern {
		first, second = second, first
	}
	if l.client != "" && !first(e, event.SourceIP, event.SourcePort, l.client) && !second(e, event.SourceIP, event.SourcePort, l.client) {
		e.SetExtraText("client", l.client)
	}
	e.SetExtraText("remote", l.remote)
}

// matchApacheError looks at the first bracket for a date as Apache writes it and
// at the second for a level.
func matchApacheError(line string) int {
	if len(line) < len("[Thu Sep 05 10:30:00 2024] [error] ") || line[0] != '[' {
		return 0
	}
	if line[4] != ' ' || line[8] != ' ' || line[11] != ' ' || line[14] != ':' || line[17] != ':' {
		return 0
	}
	shut := strings.IndexByte(line[:min(len(line), 40)], ']')
	if shut < 25 || !strings.HasPrefix(line[shut:], "] [") || monthNumber(line[5:8]) == 0 {
		return 0
	}
	second := line[shut+3 : min(len(line), shut+64)]
	end := strings.IndexByte(second, ']')
	if end < 0 {
		return 0
	}
	level := second[strings.IndexByte(second[:end], ':')+1 : end]
	if apacheLevel(level) == "" {
		return 0
	}
	return Certain
}
