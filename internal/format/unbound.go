package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var unboundFormat = &Format{
	Name:  "unbound",
	Title: "Unbound DNS resolver",
	Doc: "Messages of NLnet Labs' Unbound in its log file, with the time as a number, a date or ISO 8601, and in syslog: queries, " +
		"replies, local actions, response policy zones, failures; the rest is kept whole. The mandatory part is the process and " +
		"thread in brackets and the level. Source: unbound.conf(5), log-queries, log-replies, log-local-actions, log-servfail.",
	Parse:  parseUnbound,
	Match:  matchUnbound,
	Starts: "[ADFJMNOS12",
}

var unboundPayload = payload{
	format:   "unbound",
	read:     readUnbound,
	owns:     func(program string) bool { return program == "unbound" },
	describe: describeUnbound,
	programs: []string{"unbound"},
	what:     "a message of unbound: expected [process:thread] and a level",
}

func describeUnbound(e *event.Event) {
	e.SetText(event.Vendor, "nlnetlabs")
	e.SetText(event.Product, "unbound")
	e.SetText(event.Service, "unbound")
	if !e.Has(event.LogSource) {
		e.SetList(event.LogSource, syslogSource)
	}
}

func matchUnbound(line string) int {
	if len(line) < 24 {
		return 0
	}
	if line[0] == '[' {
		n := leadingDigits(line[1:min(len(line), 14)])
		if n > 8 && strings.HasPrefix(line[1+n:], "] unbound[") {
			return Certain
		}
		if _, _, rest := cutThread(line); rest != "" && unboundLevel(rest) > 0 {
			return 75
		}
		return 0
	}
	if unboundTimeWidth(line) > 0 {
		return 80
	}
	return 0
}

// unboundTimeWidth returns where "unbound[" begins in a line that starts with a
// date, 0 where it does not. Syslog puts a host in between, and no thread.
func unboundTimeWidth(line string) int {
	head := line[:min(len(line), 40)]
	i := strings.Index(head, " unbound[")
	if i < 14 {
		return 0
	}
	if n := leadingDigits(line[i+9:]); n == 0 || i+9+n >= len(line) || line[i+9+n] != ':' {
		return 0
	}
	return i + 1
}

func parseUnbound(line string, c *Context, e *event.Event) error {
	at := unboundTimeWidth(line)
	if at == 0 {
		return unboundPayload.parse(line, c, e)
	}
	nanos, n, ok := isoTime(line, c.Zone)
	if !ok {
		nanos, n, ok = bsdTime(line, c)
	}
	if !ok || strings.TrimLeft(line[n:at], " ") != "" {
		return &Error{Reason: "not a time"}
	}
	if !readUnbound(line[at:], c, e) {
		return &Error{Reason: "not " + unboundPayload.what, Offset: at}
	}
	e.SetInt(event.EventTime, nanos)
	return nil
}

// readUnbound reads "[SECONDS] unbound[PID:THREAD] LEVEL: TEXT", and what syslog
// leaves of it: "[PID:THREAD] LEVEL: TEXT".
func readUnbound(message string, _ *Context, e *event.Event) bool {
	rest, seconds := message, ""
	if n := leadingDigits(strings.TrimPrefix(rest[:min(len(rest), 14)], "[")); n > 8 && strings.HasPrefix(rest[min(len(rest), 1+n):], "] unbound[") {
		seconds, rest = rest[1:1+n], rest[n+3:]
	}
	pid, thread, text := cutThread(strings.TrimPrefix(rest, "unbound"))
	n := unboundLevel(text)
	if n == 0 {
		return false
	}
	e.SetText(event.EventType, event.ServiceLog)
	if nanos, ok := epochTime(seconds); ok {
		e.SetInt(event.EventTime, nanos)
	}
	if v, ok := parseUint(pid); ok {
		e.SetInt(event.ProcessID, v)
	}
	setExtraNumber(e, "thread", thread)
	setLevel(e, text[:n-1])
	text = strings.TrimLeft(text[n:], " ")
	e.SetText(event.Message, text)
	describeUnbound(e)
	fillUnbound(text, e)
	return true
}

// cutThread reads "[1234:0] ".
func cutThread(s string) (pid, thread, rest string) {
	i := strings.IndexByte(s[:min(len(s), 24)], ']')
	if i < 4 || s[0] != '[' || i+2 > len(s) || s[i+1] != ' ' {
		return "", "", ""
	}
	pid, thread, ok := strings.Cut(s[1:i], ":")
	thread, _, _ = strings.Cut(thread, ":")
	if !ok || leadingDigits(pid) != len(pid) || pid == "" || leadingDigits(thread) != len(thread) {
		return "", "", ""
	}
	return pid, thread, strings.TrimLeft(s[i+2:], " ")
}

// unboundLevel returns how long "info:" at the start of s is, 0 for what is no
// level.
func unboundLevel(s string) int {
	i := strings.IndexByte(s[:min(len(s), 12)], ':')
	if i < 4 {
		return 0
	}
	switch s[:i] {
	case "info", "notice", "warning", "error", "debug", "verbose", "fatal error", "query", "reply": // the last two with log-tag-queryreply
		return i + 1
	}
	return 0
}

func fillUnbound(text string, e *event.Event) {
	rest := text
	for _, tag := range [...]string{"query: ", "reply: "} {
		rest = strings.TrimPrefix(rest, tag)
	}
	switch {
	case strings.HasPrefix(rest, "rpz: applied "):
		fillUnboundPolicy(rest[len("rpz: applied "):], e)
	case strings.HasPrefix(rest, "SERVFAIL <"), strings.HasPrefix(rest, "validation failure <"):
		fillUnboundFailure(rest, e)
	default:
		if !fillUnboundQuery(rest, e) {
			fillUnboundLocal(rest, e)
		}
	}
}

func unboundQuestion(name, kind, class string, e *event.Event) {
	e.SetText(event.EventType, event.TypeDNSQuery)
	e.SetText(event.DNSQuery, trimRoot(name))
	e.SetText(event.DNSType, kind)
	if class != "IN" {
		e.SetExtraText("class", class)
	}
	e.SetList(event.LogSource, dnsSources)
}

// trimRoot takes the final dot off a name, as most logs and all rules write names
// without it. The root keeps it.
func trimRoot(name string) string {
	if len(name) > 1 {
		return strings.TrimSuffix(name, ".")
	}
	return name
}

// fillUnboundQuery reads "ADDRESS NAME TYPE CLASS", behind a reply with "RCODE
// SECONDS CACHED SIZE".
func fillUnboundQuery(text string, e *event.Event) bool {
	c := scan(text)
	var part [8]string
	for i := range part {
		part[i] = c.token()
		c.skipSpaces()
	}
	if !isDNSClass(part[3]) || !isQuestionName(part[1]) || !looksLikeAddress(part[0]) || !e.SetIP(event.SourceIP, part[0]) {
		return false
	}
	unboundQuestion(part[1], part[2], part[3], e)
	e.SetText(event.Action, "query")
	if part[4] == "" {
		return true
	}
	e.SetText(event.Action, "reply")
	setDNSCode(part[4], e)
	setExtraNumber(e, "duration_seconds", part[5])
	switch part[6] {
	case "0", "1":
		e.SetExtra("cached", event.Value{Kind: event.KindBool, Text: boolText(part[6] == "1")})
	}
	setExtraNumber(e, "reply_bytes", part[7])
	return true
}

func isQuestionName(s string) bool { return s != "" && s[len(s)-1] == '.' }

func boolText(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// setDNSCode keeps the code of a reply and says how it ended.
func setDNSCode(code string, e *event.Event) {
	e.SetExtraText("rcode", code)
	switch code {
	case "", "-":
	case "NOERROR":
		e.SetText(event.Outcome, event.Success)
	default:
		e.SetText(event.Outcome, event.Failure)
	}
}

// fillUnboundLocal reads what a local zone did: "ZONE TYPE ADDRESS@PORT NAME TYPE
// CLASS".
func fillUnboundLocal(text string, e *event.Event) {
	c := scan(text)
	var part [6]string
	for i := range part {
		part[i] = c.token()
		c.skipSpaces()
	}
	if !isDNSClass(part[5]) || !isQuestionName(part[3]) || !unboundClient(part[2], e) {
		return
	}
	unboundQuestion(part[3], part[4], part[5], e)
	e.SetText(event.Action, part[1])
	e.SetText(event.RuleName, trimRoot(part[0]))
}

func unboundClient(s string, e *event.Event) bool {
	address, port, ok := strings.Cut(s, "@")
	if !ok || !setAddress(e, event.SourceIP, address) {
		return false
	}
	if n, ok := parseUint(port); ok {
		e.SetPort(event.SourcePort, n)
	}
	return true
}

// fillUnboundPolicy reads "[ZONE] TRIGGER... ACTION ADDRESS@PORT NAME TYPE CLASS"
// from the end.
func fillUnboundPolicy(text string, e *event.Event) {
	var part [5]string
	rest := strings.TrimRight(text, " ")
	for i := len(part) - 1; i >= 0; i-- {
		at := strings.LastIndexByte(rest, ' ')
		part[i] = rest[at+1:]
		rest = strings.TrimRight(rest[:max(at, 0)], " ")
	}
	if !isDNSClass(part[4]) || !isQuestionName(part[2]) || !unboundClient(part[1], e) {
		return
	}
	unboundQuestion(part[2], part[3], part[4], e)
	e.SetText(event.Action, part[0])
	if zone, ok := strings.CutPrefix(rest, "["); ok {
		zone, trigger, _ := strings.Cut(zone, "]")
		e.SetText(event.RuleName, zone)
		rest = strings.TrimLeft(trigger, " ")
	}
	e.SetExtraText("trigger", rest)
}

// fillUnboundFailure reads "SERVFAIL <NAME TYPE CLASS>: REASON".
func fillUnboundFailure(text string, e *event.Event) {
	what, rest, _ := strings.Cut(text, " <")
	asked, reason, ok := strings.Cut(rest, ">")
	c := scan(asked)
	name := c.token()
	c.skipSpaces()
	kind := c.token()
	c.skipSpaces()
	class := c.token()
	if !ok || !isQuestionName(name) || !isDNSClass(class) {
		return
	}
	unboundQuestion(name, kind, class, e)
	e.SetText(event.Action, what)
	e.SetText(event.Outcome, event.Failure)
	e.SetExtraText("reason", strings.TrimLeft(reason, ": "))
}
