package format

import (
	"slices"
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var nginxError = &Format{
	Name:  "nginx_error",
	Title: "nginx error log",
	Doc: "The error log of nginx and of what is built on it (OpenResty, Angie, freenginx), with what it says about the request, " +
		"and messages of ModSecurity 3 in it; in a syslog envelope or bare. It promises time, level and process. " +
		"Source: https://nginx.org/en/docs/ngx_core_module.html#error_log",
	Parse:  parseNginxError,
	Match:  matchNginxError,
	Starts: "12n",
}

var nginxErrorSources = []string{":nginx:nginx"}

var nginxPayload = payload{
	format:   "nginx_error",
	read:     readNginx,
	owns:     func(program string) bool { return slices.Contains(nginxPrograms, program) },
	describe: describeNginxError,
	programs: nginxPrograms,
	what:     "a line of nginx's error log",
}

// nginxPrograms are the tag that nginx sets by itself and those that sites set for
// its two logs.
var nginxPrograms = []string{"nginx", "nginx_access", "nginx_error", "nginx-access", "nginx-error", "angie", "openresty"}

func describeNginxError(e *event.Event) {
	e.SetText(event.Vendor, "nginx")
	e.SetText(event.Product, "nginx")
	e.SetText(event.Service, "error")
	e.SetList(event.LogSource, nginxErrorSources)
}

func parseNginxError(line string, c *Context, e *event.Event) error {
	if hasEnvelope(line) {
		return nginxPayload.parse(line, c, e)
	}
	l, err := cutNginxError(line, c)
	if err != nil {
		return err
	}
	l.fill(e)
	return nil
}

// readNginx reads what nginx sends to syslog: its error log, or its access log.
func readNginx(message string, c *Context, e *event.Event) bool {
	if l, err := cutNginxError(message, c); err == nil {
		l.fill(e)
		return true
	}
	if layoutOf(message) == noAccess || parseNginxAccess(message, c, e) != nil {
		return false
	}
	e.SetText(event.Format, "nginx_access")
	return true
}

// nginxErrorLine is a line of the error log.
type nginxErrorLine struct {
	nanos      int64
	timed      bool
	level      string
	pid, tid   string
	connection string
	// text is the message with what it says about the request behind it.
	text string
}

// cutNginxError cuts "2024/09/05 10:30:00 [error] 31#31: *7 TEXT", or what nginx
// writes to its console, "nginx: [emerg] TEXT".
func cutNginxError(line string, c *Context) (l nginxErrorLine, err error) {
	cur := scan(line)
	if cur.skipText("nginx: [") || isNginxConsole(line) && cur.skip('[') {
		return l, l.cutConsole(&cur)
	}
	if len(line) < len("2024/09/05 10:30:00 [") || line[4] != '/' || line[10] != ' ' {
		return l, cur.fail("expected a time like 2024/09/05 10:30:00")
	}
	n := 0
	if l.nanos, n, l.timed = isoTime(line[:19], c.Zone); !l.timed {
		return l, cur.fail("the time is not valid")
	}
	cur.i += n
	if !cur.skipText(" [") {
		return l, cur.fail("expected the level in brackets behind the time")
	}
	if err := l.cutLevel(&cur); err != nil {
		return l, err
	}
	if !cur.skip(' ') {
		return l, cur.fail("expected a space and the process behind the level")
	}
	return l, l.cutProcess(&cur)
}

// isNginxConsole reports whether a message without time begins with a level, as
// syslog leaves it of what nginx writes to its console.
func isNginxConsole(line string) bool {
	word, _, ok := strings.Cut(line[:min(len(line), 10)], "] ")
	return ok && strings.HasPrefix(word, "[") && levelOf(word[1:]) != ""
}

func (l *nginxErrorLine) cutConsole(cur *cursor) error {
	if err := l.cutLevel(cur); err != nil {
		return err
	}
	cur.skipSpaces()
	l.text = cur.rest()
	return nil
}

func (l *nginxErrorLine) cutLevel(cur *cursor) error {
	start := cur.i
	word, ok := cur.until(']')
	l.level = levelOf(word)
	if !ok || l.level == "" {
		cur.i = start
		return cur.fail("expected a level from debug to emerg")
	}
	return nil
}

// cutProcess cuts "31#31: *7 TEXT"; the connection is there for messages about
// one.
func (l *nginxErrorLine) cutProcess(cur *cursor) error {
	start := cur.i
	l.pid = cur.digits()
	hash := cur.skip('#')
	l.tid = cur.digits()
	if l.pid == "" || !hash || l.tid == "" || !cur.skipText(":") {
		cur.i = start
		return cur.fail("expected process and thread like 31#31:")
	}
	cur.skip(' ')
	if cur.peek() == '*' {
		at := cur.i
		cur.i++
		l.connection = cur.digits()
		if l.connection == "" || !cur.skip(' ') {
			l.connection, cur.i = "", at
		}
	}
	l.text = cur.rest()
	return nil
}

func (l *nginxErrorLine) fill(e *event.Event) {
	describeNginxError(e)
	if l.timed {
		e.SetInt(event.EventTime, zonedByEnvelope(l.nanos, 0, e))
	}
	e.SetText(event.LogLevel, l.level)
	setCount(e, event.ProcessID, l.pid)
	setExtraValue(e, "tid", l.tid)
	setExtraValue(e, "connection", l.connection)
	e.SetText(event.Message, l.text)
	e.SetText(event.EventType, event.ServiceLog)
	if l.connection != "" || isComplaint(l.level) {
		e.SetText(event.EventType, event.HTTPError)
	}
	head := fillNginxContext(l.text, e)
	if isModSecurity(head) {
		fillModSecurity(head, e)
		return
	}
	fillNginxMessage(head, e)
}

// isComplaint reports whether a level is warning or worse.
func isComplaint(level string) bool {
	switch level {
	case "warning", "error", "critical", "alert", "emergency":
		return true
	}
	return false
}

// fillNginxMessage reads the messages that say who was refused and why, and
// which file it was about.
func fillNginxMessage(text string, e *event.Event) {
	switch {
	case strings.HasPrefix(text, `user "`):
		fillNginxUser(text[len(`user "`):], e)
	case strings.HasPrefix(text, "client "):
		fillNginxClient(text[len("client "):], e)
	case strings.HasPrefix(text, "no user/password was provided for basic authentication"):
		e.SetText(event.Outcome, event.Failure)
	case strings.HasPrefix(text, "delaying request, excess: "):
		fillNginxZone(text, e)
	case strings.HasPrefix(text, "access forbidden by rule"):
		e.SetText(event.Action, event.Deny)
		e.SetText(event.Outcome, event.Failure)
	case strings.HasPrefix(text, "limiting requests, excess: "), strings.HasPrefix(text, "limiting connections by zone "):
		e.SetText(event.Action, event.Deny)
		e.SetText(event.Outcome, event.Failure)
		fillNginxZone(text, e)
	default:
		fillNginxFile(text, e)
	}
}

// fillNginxClient reads the client of "client 192.0.2.1 closed keepalive
// connection" and "client 192.0.2.1:51000 connected to 0.0.0.0:25", which have it
// nowhere else.
func fillNginxClient(rest string, e *event.Event) {
	client, _, _ := strings.Cut(rest, " ")
	if !e.Has(event.SourceIP) {
		setEndpoint(e, event.SourceIP, event.SourcePort, client)
	}
}

func fillNginxZone(text string, e *event.Event) {
	if _, zone, ok := strings.Cut(text, `zone "`); ok {
		e.SetExtraText("zone", strings.TrimSuffix(zone, `"`))
	}
}

// fillNginxUser reads `alice": password mismatch` and `bob" was not found in
// "/etc/nginx/htpasswd"`. The client chose the name, so where a name could end
// in two places there is none.
func fillNginxUser(rest string, e *event.Event) {
	for _, end := range [...]string{`": password mismatch`, `" was not found in "`} {
		if !strings.Contains(rest, end) {
			continue
		}
		e.SetText(event.EventType, event.AuthLogin)
		e.SetText(event.Outcome, event.Failure)
		name, _, _ := strings.Cut(rest, end)
		if isOnce(rest, end) {
			e.SetText(event.UserName, name)
		} else {
			e.Warn("user_name: the name can end in two places")
		}
		return
	}
}

// fillNginxFile reads `open() "/srv/www/x" failed (2: No such file or
// directory)` and the other system calls that name a file.
func fillNginxFile(text string, e *event.Event) {
	call, rest, ok := strings.Cut(text, `() "`)
	if ok && len(call) > 0 && len(call) <= 32 && strings.IndexByte(call, ' ') < 0 {
		if end := strings.LastIndex(rest, `" failed (`); end > 0 {
			e.SetText(event.FilePath, rest[:end])
		}
		return
	}
	if rest, ok := strings.CutPrefix(text, `directory index of "`); ok {
		if end := strings.LastIndex(rest, `" is forbidden`); end > 0 {
			e.SetText(event.FilePath, rest[:end])
		}
	}
}

// matchNginxError is certain of a date with slashes, a level and a process with
// its thread: nobody else writes these.
func matchNginxError(line string) int {
	if strings.HasPrefix(line, "nginx: [") {
		return 90
	}
	if len(line) < len("2024/09/05 10:30:00 [error] 1#1: ") || line[4] != '/' || line[7] != '/' || line[19] != ' ' || line[20] != '[' {
		return 0
	}
	shut := strings.IndexByte(line[21:30], ']')
	if shut < 0 || levelOf(line[21:21+shut]) == "" {
		return 0
	}
	rest := strings.TrimPrefix(line[21+shut+1:], " ")
	n := leadingDigits(rest[:min(len(rest), 20)])
	if n == 0 || n == len(rest) || rest[n] != '#' {
		return 0
	}
	return Certain
}
