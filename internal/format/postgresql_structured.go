package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// pgCSVFields are the columns of csvlog, in order; version 9.0 began with the
// first 23, later ones append (postgresql.org, "Using CSV-Format Log Output").
const (
	csvTime = iota
	csvUser
	csvDatabase
	csvPID
	csvFrom
	csvSession
	csvLine
	csvCommand
	csvStart
	csvVXID
	csvXID
	csvSeverity
	csvState
	csvMessage
	csvDetail
	csvHint
	csvInternalQuery
	csvInternalPos
	csvContext
	csvQuery
	csvQueryPos
	csvLocation
	csvApplication
	csvBackend
	csvLeader
	csvQueryID
	csvFields
)

// readPostgresCSV reads a record of csvlog. It changes nothing where it reports
// false.
func readPostgresCSV(line string, c *Context, e *event.Event) bool {
	if !isISODate(line) {
		return false
	}
	var f [csvFields]string
	n := splitCSV(line, f[:])
	severity := pgSeverity(f[csvSeverity])
	if n < csvApplication || severity < 0 || len(f[csvState]) != 5 {
		return false
	}
	p := pgPrefix{
		text: f[csvTime], pid: f[csvPID], session: f[csvSession], line: f[csvLine], state: f[csvState],
		user: f[csvUser], database: f[csvDatabase], app: f[csvApplication],
	}
	if !p.read(c) || !p.timed && p.logged == "" {
		return false
	}
	p.fill(e)
	fillPGFrom(f[csvFrom], e)
	fillPG(severity, e)
	e.SetText(event.Message, f[csvMessage])
	fillPGMessage(f[csvSeverity], f[csvMessage], e)
	for _, x := range [...]struct {
		name  string
		field int
	}{
		{"command_tag", csvCommand},
		{"detail", csvDetail},
		{"hint", csvHint},
		{"context", csvContext},
		{"location", csvLocation},
		{"backend_type", csvBackend},
		{"session_start_time", csvStart},
		{"virtual_transaction_id", csvVXID},
		{"internal_query", csvInternalQuery},
	} {
		e.SetExtraText(x.name, f[x.field])
	}
	setPGNumber(e, "transaction_id", f[csvXID])
	setPGNumber(e, "leader_pid", f[csvLeader])
	setPGNumber(e, "query_id", f[csvQueryID])
	if f[csvQuery] != "" && !e.Has(event.DBStatement) {
		e.SetText(event.DBStatement, f[csvQuery])
	}
	return true
}

// setPGNumber stores a number; 0 stands for none.
func setPGNumber(e *event.Event, name, text string) {
	if text != "0" {
		setExtraNumber(e, name, text)
	}
}

// postgresqlDocument is a record of jsonlog (postgresql.org, "Using JSON-Format
// Log Output").
var postgresqlDocument = documentKind{
	keys: []string{"error_severity"},
	claims: func(o *object) int {
		if o.has("timestamp") && o.has("session_id") {
			return 90
		}
		return 0
	},
	fill: fillPostgresJSON,
}

func fillPostgresJSON(o *object, c *Context, e *event.Event) error {
	severity := pgSeverity(o.text("error_severity"))
	p := pgPrefix{
		text: o.text("timestamp"), pid: o.text("pid"), session: o.text("session_id"), line: o.text("line_num"), state: o.text("state_code"),
		user: o.text("user"), database: o.text("dbname"), app: o.text("application_name"), host: o.text("remote_host"),
	}
	if severity < 0 || !p.read(c) || !p.timed && p.logged == "" {
		return &Error{Reason: "not a record of jsonlog: its severity or timestamp is not one of PostgreSQL"}
	}
	p.fill(e)
	fillPort(o.text("remote_port"), e)
	fillPG(severity, e)
	message := o.text("message")
	e.SetText(event.Message, message)
	fillPGMessage(o.text("error_severity"), message, e)
	if !e.Has(event.DBStatement) {
		e.SetText(event.DBStatement, o.text("statement"))
	}
	e.SetExtraText("command_tag", o.text("ps"))
	for _, name := range [...]string{"detail", "hint", "context", "func_name", "file_name", "backend_type", "session_start", "vxid", "internal_query"} {
		e.SetExtraText(name, o.text(name))
	}
	for _, name := range [...]string{"txid", "leader_pid", "query_id"} {
		setPGNumber(e, name, o.text(name))
	}
	return nil
}

// fillPGFrom reads csvlog's "192.0.2.1:51000" and "[local]".
func fillPGFrom(from string, e *event.Event) {
	i := strings.LastIndexByte(from, ':')
	if i < 0 {
		return
	}
	fillPGHost(from[:i], e)
	fillPort(from[i+1:], e)
}

// splitCSV splits a record at its commas into fields and returns how many there
// were, 0 where the quotes don't match or there are too many. Doubled quotes
// inside a field are decoded.
func splitCSV(line string, fields []string) int {
	for n := range fields {
		if !strings.HasPrefix(line, `"`) {
			end := strings.IndexByte(line, ',')
			if end < 0 {
				fields[n] = line
				return n + 1
			}
			fields[n], line = line[:end], line[end+1:]
			continue
		}
		end := csvQuoteEnd(line)
		if end < 0 {
			return 0
		}
		fields[n] = line[1:end]
		if strings.Contains(fields[n], `""`) {
			fields[n] = strings.ReplaceAll(fields[n], `""`, `"`)
		}
		if line = line[end+1:]; line == "" {
			return n + 1
		}
		if line[0] != ',' {
			return 0
		}
		line = line[1:]
	}
	return 0
}

// csvQuoteEnd returns where the quoted field at the start of line ends: at a
// quote that is not doubled.
func csvQuoteEnd(line string) int {
	for i := 1; i < len(line); i++ {
		if line[i] != '"' {
			continue
		}
		if i+1 == len(line) || line[i+1] != '"' {
			return i
		}
		i++
	}
	return -1
}

func matchPostgresCSV(line string) int {
	if !isISODate(line) || strings.Count(line[:min(len(line), 512)], ",") < 10 {
		return 0
	}
	var f [csvFields]string
	if n := splitCSV(line, f[:]); n < csvApplication || pgSeverity(f[csvSeverity]) < 0 {
		return 0
	}
	return 90
}
