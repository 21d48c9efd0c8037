package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var postgresqlFormat = &Format{
	Name:  "postgresql",
	Title: "PostgreSQL server log",
	Doc: "PostgreSQL's log to stderr with the usual values of log_line_prefix, its csvlog and its jsonlog, bare or in a " +
		"syslog envelope. Statements become DB_QUERY, authorized connections and refused ones AUTH_LOGIN, ended ones " +
		"AUTH_LOGOUT, the rest DB_LOG. Messages must be in English (lc_messages). The further lines of a " +
		"statement start with a tab.",
	Parse:    parsePostgresql,
	Match:    matchPostgresql,
	joins:    &tabJoins,
	document: &postgresqlDocument,
}

var postgresqlSource = []string{"database:postgresql:"}

var postgresqlPayload = payload{
	format:   "postgresql",
	read:     readPostgresql,
	owns:     func(program string) bool { return program == "postgres" || program == "postgresql" },
	describe: describePG,
	programs: []string{"postgres", "postgresql"},
	what:     "a message of PostgreSQL: expected a prefix that is known, then a severity with a colon and two spaces",
}

func parsePostgresql(line string, c *Context, e *event.Event) error {
	if isObject(line) {
		return parseDocument(line, &postgresqlDocument, c, e)
	}
	if readPostgresCSV(line, c, e) {
		return nil
	}
	return postgresqlPayload.parse(line, c, e)
}

// pgLevels are PostgreSQL's severities, and what it writes in their place for
// the lines that belong to the message before, with the schema's word for the
// level (postgresql.org, "Message Severity Levels").
var pgLevels = [...]struct{ name, level string }{
	{"LOG", "info"},
	{"ERROR", "error"},
	{"FATAL", "critical"},
	{"PANIC", "emergency"},
	{"WARNING", "warning"},
	{"NOTICE", "notice"},
	{"INFO", "info"},
	{"DEBUG", "debug"},
	{"DEBUG1", "debug"},
	{"DEBUG2", "debug"},
	{"DEBUG3", "debug"},
	{"DEBUG4", "debug"},
	{"DEBUG5", "debug"},
	{"STATEMENT", ""},
	{"DETAIL", ""},
	{"HINT", ""},
	{"CONTEXT", ""},
	{"QUERY", ""},
	{"LOCATION", ""},
	{"BACKTRACE", ""},
}

// pgSeverity returns the place of name in pgLevels, -1 where it is not there.
func pgSeverity(name string) int {
	for i := range pgLevels {
		if pgLevels[i].name == name {
			return i
		}
	}
	return -1
}

// maxPGPrefix is how far into a line the severity may stand.
const maxPGPrefix = 512

// cutPGSeverity splits text at the first "SEVERITY:  ".
func cutPGSeverity(text string) (prefix string, severity int, message string, ok bool) {
	head := text[:min(len(text), maxPGPrefix)]
	for from := 0; ; {
		i := strings.Index(head[from:], ":  ")
		if i < 0 {
			return "", -1, "", false
		}
		i += from
		start := i
		for start > 0 && (isUpper(head[start-1]) || isDigit(head[start-1])) {
			start--
		}
		if severity = pgSeverity(head[start:i]); severity >= 0 && (start == 0 || !isAlnum(head[start-1])) {
			return text[:start], severity, text[i+3:], true
		}
		from = i + 1
	}
}

func readPostgresql(message string, c *Context, e *event.Event) bool {
	prefix, severity, text, ok := cutPGSeverity(message)
	if !ok {
		return false
	}
	p := pgPrefix{text: prefix}
	if !p.read(c) {
		return false
	}
	p.fill(e)
	fillPG(severity, e)
	if _, _, _, again := cutPGSeverity(text); again && p.hasNames {
		e.Warn("message: the prefix holds a name that reads like a message of its own")
		for _, column := range [...]event.Column{event.Severity, event.LogLevel, event.Outcome} {
			e.Clear(column)
		}
		e.SetText(event.Message, message)
		return true
	}
	e.SetText(event.Message, text)
	fillPGMessage(pgLevels[severity].name, text, e)
	return true
}

// fillPG stores what every event of PostgreSQL has.
func fillPG(severity int, e *event.Event) {
	name, level := pgLevels[severity].name, pgLevels[severity].level
	e.SetText(event.EventType, event.DBLog)
	describePG(e)
	if level == "" {
		e.SetExtraText("part", name)
		return
	}
	e.SetText(event.Severity, name)
	e.SetText(event.LogLevel, level)
	if name == "ERROR" || name == "FATAL" || name == "PANIC" {
		e.SetText(event.Outcome, event.Failure)
	}
}

func describePG(e *event.Event) {
	e.SetText(event.Vendor, "postgresql")
	e.SetText(event.Product, "postgresql")
	e.SetText(event.Service, "postgresql")
	e.SetList(event.LogSource, postgresqlSource)
}

func matchPostgresql(line string) int {
	if len(line) < 20 || hasEnvelope(line) {
		return 0
	}
	prefix, _, _, ok := cutPGSeverity(line)
	if !ok {
		return matchPostgresCSV(line)
	}
	switch {
	case len(prefix) > 19 && isDigit(prefix[0]) && prefix[4] == '-':
		return Certain // a date, and nobody else writes two spaces behind the severity
	case strings.HasPrefix(prefix, "<"):
		return 85
	}
	return 20
}
