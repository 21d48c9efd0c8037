package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// mysqlCommands are the names of commands in the general log, from MySQL's
// Command_names::m_names.
var mysqlCommands = [...]string{
	"Query", "Execute", "Prepare", "Close stmt", "Quit", "Connect", "Init DB", "Field List", "Statistics", "Ping", "Sleep",
	"Create DB", "Drop DB", "Refresh", "Shutdown", "Processlist", "Connect Out", "Kill", "Debug", "Change user",
	"Binlog Dump GTID", "Binlog Dump", "Table Dump", "Register Slave", "Register Replica", "Long Data", "Reset stmt",
	"Set option", "Fetch", "Daemon", "Delayed insert", "Time", "Error", "Reset Connection", "Clone", "Bulk_execute",
}

// readMysqlGeneral reads "\t   10 Query\tSELECT 1" behind the time.
func readMysqlGeneral(rest string, nanos int64, timed bool, e *event.Event) bool {
	cur := scan(rest)
	cur.skipSpaces()
	id := cur.digits()
	if id == "" || len(id) > 19 || !cur.skip(' ') {
		return false
	}
	command := ""
	for _, name := range mysqlCommands {
		if cur.skipText(name) {
			command = name
			break
		}
	}
	if command == "" || !cur.done() && cur.peek() != '\t' && cur.peek() != ' ' {
		return false
	}
	argument := strings.TrimSpace(cur.rest())
	fillMysql(event.DBLog, e)
	if timed {
		e.SetInt(event.EventTime, nanos)
	}
	e.SetText(event.SessionID, id)
	e.SetText(event.Action, command)
	e.SetText(event.Message, argument)
	switch command {
	case "Query", "Execute", "Prepare":
		e.SetText(event.EventType, event.DBQuery)
		e.SetText(event.DBStatement, argument)
	case "Connect":
		fillMysqlConnect(argument, e)
	case "Init DB":
		e.SetText(event.DatabaseName, argument)
	case "Quit":
		e.SetText(event.EventType, event.AuthLogout)
		e.SetText(event.Outcome, event.Success)
	}
	return true
}

// fillMysqlConnect reads "alice@192.0.2.1 on shop using TCP/IP", which is
// written before the password is known to be right, so its outcome is unknown;
// a refusal follows as "Access denied for user ...".
func fillMysqlConnect(text string, e *event.Event) {
	if rest, ok := strings.CutPrefix(text, "Access denied for user "); ok {
		fillMysqlDenied(rest, e)
		return
	}
	account, rest, ok := strings.Cut(text, " on ")
	if !ok {
		account, ok = strings.CutSuffix(text, " on")
	}
	i := strings.LastIndexByte(account, '@')
	if !ok || i < 0 || strings.Contains(rest, " on ") {
		return
	}
	e.SetText(event.EventType, event.AuthLogin)
	fillMysqlAccount(account[:i], account[i+1:], e)
	database, transport := rest, ""
	if i := strings.LastIndex(rest, "using "); i == 0 || i > 0 && rest[i-1] == ' ' {
		database, transport = rest[:i], rest[i+len("using "):]
	}
	e.SetText(event.DatabaseName, strings.TrimSpace(database))
	e.SetExtraText("transport", transport)
}

// readMysqlSlow reads a record of the slow query log, or one line of its header
// where it came alone: "# Time:", "# User@Host:", "# Query_time:", then the
// statements.
func readMysqlSlow(text string, c *Context, e *event.Event) bool {
	s := slowRecord{c: c}
	rest := text
	for strings.HasPrefix(rest, "# ") {
		line, after, _ := strings.Cut(rest, "\n")
		if !s.header(strings.TrimRight(line[2:], "\r "), e, false) {
			return false
		}
		rest = after
	}
	if !s.known {
		return false
	}
	for head := text; strings.HasPrefix(head, "# "); {
		line, after, _ := strings.Cut(head, "\n")
		s.header(strings.TrimRight(line[2:], "\r "), e, true)
		head = after
	}
	s.statements(rest, e)
	return true
}

// slowRecord is what the header of a slow query said.
type slowRecord struct {
	c     *Context
	known bool
}

// header reads one line of the header; fill says whether its values go into e.
func (s *slowRecord) header(line string, e *event.Event, fill bool) bool {
	switch {
	case strings.HasPrefix(line, "Time: "):
		nanos, n, ok := mysqlTime(line[len("Time: "):], s.c.Zone)
		if !ok || n != len(line)-len("Time: ") {
			return false
		}
		if fill {
			e.SetInt(event.EventTime, nanos)
		}
	case strings.HasPrefix(line, "User@Host: "):
		if fill {
			fillSlowUser(line[len("User@Host: "):], e)
		}
	case strings.HasPrefix(line, "Query_time: "):
		if fill {
			fillSlowFields(line, e)
		}
	case isSlowKey(line):
		if fill {
			fillSlowFields(line, e)
		}
	default:
		return true
	}
	s.known = true
	return true
}

// isSlowKey reports whether line begins with one of the further keys of MySQL,
// Percona Server and MariaDB.
func isSlowKey(line string) bool {
	key, _, ok := strings.Cut(line, ": ")
	if !ok {
		return false
	}
	switch key {
	case "Schema", "Thread_id", "Bytes_sent", "Rows_affected", "Full_scan", "Filesort", "Tmp_tables", "QC_Hit", "QC_hit",
		"Killed", "Last_errno", "Stored_routine", "Log_slow_rate_type", "Priority_queue":
		return true
	}
	return strings.HasPrefix(key, "InnoDB_") && strings.IndexByte(key, ' ') < 0
}

// readMysqlTimestamp reads "SET timestamp=1725532200;" where the lines of a slow
// query came one by one.
func readMysqlTimestamp(text string, e *event.Event) bool {
	digits, ok := strings.CutSuffix(text[len("SET timestamp="):], ";")
	if !ok || strings.Trim(digits, "0123456789.") != "" {
		return false
	}
	nanos, ok := epochTime(digits)
	if !ok {
		return false
	}
	fillMysql(event.DBLog, e)
	e.SetInt(event.EventTime, nanos)
	e.SetText(event.Action, "slow_query")
	return true
}

// fillSlowUser reads "alice[alice] @ db.example.com [192.0.2.1]  Id:    10".
func fillSlowUser(text string, e *event.Event) {
	account, id, _ := strings.Cut(text, "Id:")
	e.SetText(event.SessionID, strings.TrimSpace(id))
	who, where, ok := strings.Cut(account, " @ ")
	if !ok {
		return
	}
	user, effective, _ := strings.Cut(who, "[")
	if effective = strings.TrimSuffix(effective, "]"); effective != "" {
		user = effective
	}
	host, address, _ := strings.Cut(strings.TrimSpace(where), "[")
	address = strings.TrimSuffix(address, "]")
	if address == "" {
		address = strings.TrimSpace(host)
	} else {
		e.SetExtraText("source_host", strings.TrimSpace(host))
	}
	fillMysqlAccount(user, address, e)
}

// fillSlowFields reads "Query_time: 0.000512  Lock_time: 0.000001 Rows_sent: 1".
func fillSlowFields(line string, e *event.Event) {
	for n := 0; line != "" && n < maxFields; n++ {
		key, rest, ok := strings.Cut(line, ": ")
		if !ok || strings.IndexByte(key, ' ') >= 0 || key == "" {
			return
		}
		value, after, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
		if key == "Schema" {
			e.SetText(event.DatabaseName, value)
		} else {
			setExtraNumber(e, key, value)
		}
		line = strings.TrimLeft(after, " ")
	}
}

// statements reads what follows the header: "use shop;" and "SET timestamp=N;"
// are the log's own, the rest is what ran.
func (s *slowRecord) statements(text string, e *event.Event) {
	fillMysql(event.DBLog, e)
	e.SetText(event.Action, "slow_query")
	for text != "" {
		line, after, _ := strings.Cut(text, "\n")
		line = strings.TrimRight(line, "\r")
		if database, ok := strings.CutPrefix(line, "use "); ok && strings.HasSuffix(database, ";") {
			e.SetText(event.DatabaseName, strings.Trim(database[:len(database)-1], "`"))
		} else if seconds, ok := strings.CutPrefix(line, "SET timestamp="); ok {
			if nanos, ok := epochTime(strings.TrimSuffix(seconds, ";")); ok && !e.Has(event.EventTime) {
				e.SetInt(event.EventTime, nanos)
			}
		} else {
			break
		}
		text = after
	}
	if statement := strings.TrimRight(text, " \r\n"); statement != "" {
		e.SetText(event.EventType, event.DBQuery)
		e.SetText(event.Outcome, event.Success)
		e.SetText(event.DBStatement, statement)
		e.SetText(event.Message, statement)
	}
}
