package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// pgPrefix reads what log_line_prefix put before the severity.
type pgPrefix struct {
	text  string
	nanos int64
	timed bool
	// logged is the time with a zone whose offset can't be known.
	logged string
	pid    string
	line   string
	// hasNames says that the prefix holds text that a client chose.
	hasNames bool
	user     string
	database string
	app      string
	host     string
	session  string
	state    string
	// bracketed says that the names stand in brackets together.
	bracketed bool
	// twice says that a key came twice: a client's name holds one.
	twice bool
}

// pgUnknown is what PostgreSQL writes for a name that is not known yet.
const pgUnknown = "[unknown]"

// read reads a time, a process id in brackets and names in the usual ways. It
// reports false where the prefix holds a time that is not one, or nothing known.
func (p *pgPrefix) read(c *Context) bool {
	cur := scan(p.text)
	for cur.peek() == '<' || cur.peek() == ' ' || cur.peek() == '[' && len(cur.rest()) > 20 && isISODate(cur.rest()[1:]) {
		cur.i++
	}
	if isISODate(cur.rest()) {
		if !p.readTime(&cur, c) {
			return false
		}
	} else if rest := cur.rest(); leadingDigits(rest) == 10 && len(rest) > 14 && rest[10] == '.' {
		p.nanos, p.timed = epochTime(cur.token())
	}
	if cur.peek() == ':' && p.readRDS(cur.rest()) {
		return true
	}
	for !cur.done() {
		p.readItem(&cur)
	}
	return p.timed || p.logged != "" || p.pid != "" || p.session != "" || p.hasNames || strings.Trim(p.text, " ") == ""
}

// readRDS reads ":192.0.2.1(51000):alice@shop:[123]:", the prefix "%t:%r:%u@%d:
// [%p]:" that Amazon's service sets.
func (p *pgPrefix) readRDS(text string) bool {
	body, ok := strings.CutSuffix(text, "]:")
	open := strings.LastIndex(body, ":[")
	if !ok || open < 1 || !p.bracket(body[open+2:]) {
		return false
	}
	host, names, ok := strings.Cut(body[1:open], "):")
	if ok {
		p.host = body[1 : len(host)+2]
	} else if host, names, ok = strings.Cut(body[1:open], ":"); ok {
		p.host = host
	}
	if strings.Count(names, "@") == 1 {
		p.hasNames = true
		p.user, p.database, _ = strings.Cut(names, "@")
	}
	return true
}

func isISODate(s string) bool {
	return len(s) >= 19 && isDigit(s[0]) && s[4] == '-' && s[7] == '-' && s[10] == ' ' && s[13] == ':'
}

// pgZones are the abbreviations that mean one offset only, in seconds. CST, IST
// and BST, which mean several, are not among them.
var pgZones = [...]struct {
	name   string
	offset int
}{
	{"WET", 0},
	{"WEST", 3600},
	{"CET", 3600},
	{"CEST", 7200},
	{"EET", 7200},
	{"EEST", 10800},
	{"MSK", 10800},
	{"EST", -18000},
	{"EDT", -14400},
	{"CDT", -18000},
	{"MST", -25200},
	{"MDT", -21600},
	{"PST", -28800},
	{"PDT", -25200},
	{"AKST", -32400},
	{"AKDT", -28800},
	{"HST", -36000},
	{"JST", 32400},
	{"KST", 32400},
	{"HKT", 28800},
	{"SAST", 7200},
	{"AEST", 36000},
	{"AEDT", 39600},
	{"ACST", 34200},
	{"ACDT", 37800},
	{"AWST", 28800},
	{"NZST", 43200},
	{"NZDT", 46800},
}

// readTime reads "2024-09-05 10:30:00.123 CEST". The name of a zone replaces the
// source's zone; one that is ambiguous gives the time up.
func (p *pgPrefix) readTime(cur *cursor, c *Context) bool {
	start := cur.i
	nanos, n, ok := isoTime(cur.rest(), nil)
	if !ok {
		return false
	}
	cur.i += n
	if end := cur.s[cur.i-1]; !isDigit(end) || strings.ContainsAny(cur.s[start+19:cur.i], "+-") {
		p.nanos, p.timed = nanos, true
		return true
	}
	name := zoneName(cur.rest())
	if name == "" {
		p.nanos, _, p.timed = isoTime(cur.s[start:cur.i], c.Zone)
		return true
	}
	cur.i += 1 + len(name)
	for _, zone := range pgZones {
		if zone.name == name {
			p.nanos, p.timed = nanos-int64(zone.offset)*1e9, true
			return true
		}
	}
	p.logged = cur.s[start:cur.i]
	return true
}

// zoneName returns the capitals behind a space, three to five of them.
func zoneName(s string) string {
	if s == "" || s[0] != ' ' {
		return ""
	}
	n := 1
	for n < len(s) && isUpper(s[n]) {
		n++
	}
	if n < 4 || n > 6 || n < len(s) && isAlnum(s[n]) {
		return ""
	}
	return s[1:n]
}

// readItem reads one part of the prefix: "[123]", "[123-1]", "key=value",
// "user@database", or skips a byte or a word.
func (p *pgPrefix) readItem(cur *cursor) {
	rest := cur.rest()
	switch b := rest[0]; {
	case b == '[' && !strings.HasPrefix(rest, pgUnknown):
		if n := strings.IndexByte(rest, ']'); n > 0 && p.bracket(rest[1:n]) {
			cur.i += n + 1
			return
		}
		field, _ := p.key(rest[1:])
		p.bracketed = field != nil
		cur.i++
	case b == ' ' || b == ',' || b == ':' || b == '>' || b == '-' || b == '|' || b == ';' || b == '(' || b == ')':
		cur.i++
	default:
		cur.i += p.word(rest)
	}
}

// bracket reads a process id, with the number of the line, or a session id.
func (p *pgPrefix) bracket(text string) bool {
	n := leadingDigits(text)
	switch {
	case n > 0 && n == len(text):
	case n > 0 && text[n] == '-' && leadingDigits(text[n+1:]) == len(text)-n-1 && len(text) > n+1:
		p.line = text[n+1:]
	case isSessionID(text):
		p.session = text
		return true
	default:
		return false
	}
	if p.pid == "" {
		p.pid = text[:n]
	}
	return true
}

// isSessionID reports whether text is PostgreSQL's %c: "64f7a1b2.1a2b".
func isSessionID(text string) bool {
	n := 0
	for n < len(text) && (hexDigit(text[n]) >= 0 || text[n] == '.') {
		n++
	}
	dot := strings.IndexByte(text, '.')
	return n == len(text) && dot == 8 && strings.LastIndexByte(text, '.') == dot && len(text) > 9
}

// word reads a word up to a space or comma: "key=value" or "user@database", and
// returns its length.
func (p *pgPrefix) word(rest string) int {
	if field, n := p.key(rest); field != nil {
		end := n + p.valueEnd(rest[n:])
		value := rest[n:end]
		if end == len(strings.TrimRight(rest, " :>")) && p.bracketed {
			value = strings.TrimSuffix(value, "]") // of "[user=alice,db=shop]"
		}
		p.set(field, value)
		return end
	}
	end := strings.IndexAny(rest, " ")
	if end < 0 {
		end = len(rest)
	}
	text := strings.TrimRight(rest[:end], ":,-")
	switch {
	case isSessionID(text):
		p.session = text
	case strings.Count(text, "@") == 1:
		p.hasNames = true
		p.user, p.database, _ = strings.Cut(text, "@")
	}
	return end
}

// valueEnd returns where a value ends: at a comma or space before the next key,
// or the prefix's end.
func (p *pgPrefix) valueEnd(text string) int {
	for i := 0; i < len(text); i++ {
		if text[i] != ' ' && text[i] != ',' {
			continue
		}
		if next := strings.TrimLeft(text[i:], " ,"); next == "" || next[0] == '[' && !strings.HasPrefix(next, pgUnknown) {
			return i
		} else if field, _ := p.key(next); field != nil {
			return i
		}
	}
	return len(strings.TrimRight(text, " :>"))
}

// field returns where the value of a key goes, nil for a name that is no key: the
// names that administrators give to the escapes of log_line_prefix, as
// documentation and log readers propose them.
func (p *pgPrefix) field(key string) *string {
	switch key {
	case "user", "usr", "username", "u":
		return &p.user
	case "db", "database", "dbname", "d":
		return &p.database
	case "app", "application", "application_name", "a":
		return &p.app
	case "client", "host", "remote", "remote_host", "connection_source", "h", "r":
		return &p.host
	case "pid", "p":
		return &p.pid
	case "session", "session_id":
		return &p.session
	case "line", "log_line":
		return &p.line
	case "state", "sqlstate", "error":
		return &p.state
	}
	return nil
}

// key reads "key=" at the start of text: where its value goes, nil where there
// is no key, and its length.
func (p *pgPrefix) key(text string) (field *string, n int) {
	for n < len(text) && n < 20 && (isAlpha(text[n]) || text[n] == '_') {
		n++
	}
	if n == 0 || n == len(text) || text[n] != '=' {
		return nil, 0
	}
	return p.field(text[:n]), n + 1
}

// set stores a value. A key that comes twice says that one is part of a name
// that the client chose: then none of the names can be trusted.
func (p *pgPrefix) set(field *string, value string) {
	if field == &p.user || field == &p.database || field == &p.app {
		p.hasNames = true
	}
	if *field != "" && field != &p.pid {
		p.twice = true
	}
	if strings.HasPrefix(value, "[") && value != pgUnknown && value != "[local]" {
		return // "user=[%u]", or a name that looks so
	}
	if n := len(value); n > 1 && value[0] == '"' && value[n-1] == '"' {
		value = value[1 : n-1]
	}
	*field = value
}

func (p *pgPrefix) fill(e *event.Event) {
	if p.timed {
		e.SetInt(event.EventTime, p.nanos)
	}
	e.SetExtraText("logged_time", p.logged)
	if !e.Has(event.ProcessID) {
		if id, ok := parseUint(p.pid); ok {
			e.SetInt(event.ProcessID, id)
		}
		setExtraNumber(e, "line", p.line)
	}
	e.SetText(event.SessionID, p.session)
	if len(p.state) == 5 && p.state != "00000" {
		e.SetText(event.EventCode, p.state)
	}
	if p.twice {
		e.Warn("user_name, database_name, source_ip: a name in the prefix holds a key of the prefix")
		return
	}
	fillPGNames(p.user, p.database, p.app, e)
	fillPGHost(p.host, e)
}

// fillPGNames stores the names of a connection; PostgreSQL writes [unknown] and
// nothing for those that it doesn't know.
func fillPGNames(user, database, app string, e *event.Event) {
	if user != pgUnknown && user != "" {
		e.SetText(event.UserName, user)
		e.SetText(event.DBUserName, user)
	}
	if database != pgUnknown && database != "" {
		e.SetText(event.DatabaseName, database)
	}
	if app != pgUnknown {
		e.SetExtraText("application_name", app)
	}
}

// fillPGHost stores "192.0.2.1", "192.0.2.1(51000)" or a name; "[local]" is a
// Unix socket.
func fillPGHost(host string, e *event.Event) {
	if head, ok := strings.CutSuffix(host, ")"); ok {
		if i := strings.LastIndexByte(head, '('); i > 0 {
			if port, ok := parseUint(head[i+1:]); ok {
				e.SetPort(event.SourcePort, port)
			}
			host = head[:i]
		}
	}
	if host == "" || host == "[local]" || host == pgUnknown {
		return
	}
	if !setAddress(e, event.SourceIP, host) {
		e.SetExtraText("source_host", host)
	}
}
