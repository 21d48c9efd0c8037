package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// mysqlLabels are the levels of the error log, with the schema's words.
var mysqlLabels = [...]struct{ name, level string }{
	{"Note", "notice"},
	{"Warning", "warning"},
	{"ERROR", "error"},
	{"Error", "error"},
	{"System", "info"},
	{"FATAL", "critical"},
	{"Info", "info"},
}

func mysqlLevel(label string) string {
	for i := range mysqlLabels {
		if mysqlLabels[i].name == label {
			return mysqlLabels[i].level
		}
	}
	return ""
}

// readMysqlError reads " 10 [Note] [MY-010926] [Server] TEXT": the thread is
// missing before 5.6, code and subsystem before 8.0 and in MariaDB.
func readMysqlError(rest string, nanos int64, e *event.Event) bool {
	cur := scan(rest)
	cur.skipSpaces()
	thread := cur.digits()
	cur.skipSpaces()
	if !cur.skip('[') {
		return readMysqlSafe(cur.rest(), nanos, e)
	}
	label, ok := cur.until(']')
	level := mysqlLevel(label)
	if !ok || level == "" {
		return false
	}
	cur.skipSpaces()
	code, subsystem := "", ""
	if cur.skipText("[MY-") {
		start := cur.i - len("MY-")
		if _, ok := cur.until(']'); !ok {
			return false
		}
		code = cur.s[start : cur.i-1]
		cur.skipSpaces()
		if cur.skip('[') {
			if subsystem, ok = cur.until(']'); !ok {
				return false
			}
		}
		cur.skipSpaces()
	}
	fillMysql(event.DBLog, e)
	e.SetInt(event.EventTime, nanos)
	e.SetText(event.Severity, label)
	e.SetText(event.LogLevel, level)
	e.SetText(event.EventCode, code)
	e.SetText(event.SessionID, sessionOf(thread))
	e.SetExtraText("subsystem", subsystem)
	e.SetText(event.Message, cur.rest())
	if level == "error" || level == "critical" {
		e.SetText(event.Outcome, event.Failure)
	}
	fillMysqlMessage(cur.rest(), e)
	return true
}

// sessionOf returns a connection's number; 0 is the server itself.
func sessionOf(thread string) string {
	if thread == "0" {
		return ""
	}
	return thread
}

// readMysqlSafe reads "mysqld_safe Starting mysqld daemon" and InnoDB's lines
// without a level.
func readMysqlSafe(text string, nanos int64, e *event.Event) bool {
	if !strings.HasPrefix(text, "mysqld_safe ") && !strings.HasPrefix(text, "mariadbd-safe ") && !strings.HasPrefix(text, "InnoDB: ") {
		return false
	}
	fillMysql(event.DBLog, e)
	e.SetInt(event.EventTime, nanos)
	e.SetText(event.Message, text)
	return true
}

func fillMysqlMessage(text string, e *event.Event) {
	switch {
	case strings.HasPrefix(text, "Access denied for user "):
		fillMysqlDenied(text[len("Access denied for user "):], e)
	case strings.HasPrefix(text, "Aborted connection "):
		fillMysqlAborted(text[len("Aborted connection "):], e)
	case strings.HasPrefix(text, "IP address '") && strings.Contains(text, "' could not be resolved"):
		address, _, _ := strings.Cut(text[len("IP address '"):], "'")
		setAddress(e, event.SourceIP, address)
		e.SetText(event.Action, "resolve")
		e.SetText(event.Outcome, event.Failure)
	case strings.HasPrefix(text, "Host '") && strings.Contains(text, "' is blocked because of many connection errors"):
		address, _, _ := strings.Cut(text[len("Host '"):], "'")
		if !setAddress(e, event.SourceIP, address) {
			e.SetExtraText("source_host", address)
		}
		e.SetText(event.Action, "blocked")
		e.SetText(event.Outcome, event.Failure)
	}
}

// fillMysqlDenied reads "'root'@'192.0.2.1' (using password: YES)". The user is
// the client's to choose, so the host is read from the end. With a database
// behind it, which the client chose too, there must be only one way to read it.
func fillMysqlDenied(text string, e *event.Event) {
	account, password := cutPassword(text)
	toDatabase := ""
	if head, database, ok := strings.Cut(text, "' to database '"); ok && password == "" {
		account, toDatabase = text[:len(head)+1], strings.TrimSuffix(database, "'")
	}
	inner, ok := strings.CutPrefix(account, "'")
	inner, shut := strings.CutSuffix(inner, "'")
	i := strings.LastIndex(inner, "'@'")
	if !ok || !shut || i < 0 {
		return
	}
	if toDatabase != "" {
		e.SetText(event.Action, "use_database")
		e.SetText(event.Outcome, event.Failure)
		if !isOnce(text, "'@'") || !isOnce(text, "' to database '") {
			e.Warn("user_name, source_ip: the line can be read in two ways")
			return
		}
		e.SetText(event.DatabaseName, toDatabase)
	} else {
		e.SetText(event.EventType, event.AuthLogin)
		e.SetText(event.Action, "login")
		e.SetText(event.Outcome, event.Failure)
		e.SetExtraText("using_password", password)
	}
	fillMysqlAccount(inner[:i], inner[i+3:], e)
}

// cutPassword takes off " (using password: YES)", which ends a refused login.
func cutPassword(text string) (account, password string) {
	for _, password := range [...]string{"YES", "NO"} {
		head, closed := strings.CutSuffix(text, ")")
		head, found := strings.CutSuffix(head, password)
		head, opened := strings.CutSuffix(head, " (using password: ")
		if closed && found && opened {
			return head, password
		}
	}
	return text, ""
}

func fillMysqlAccount(user, host string, e *event.Event) {
	e.SetText(event.UserName, user)
	e.SetText(event.DBUserName, user)
	if host != "" && host != "%" && !setAddress(e, event.SourceIP, host) {
		e.SetExtraText("source_host", host)
	}
}

// fillMysqlAborted reads "10 to db: 'shop' user: 'alice' host: '192.0.2.1'
// (REASON)".
func fillMysqlAborted(text string, e *event.Event) {
	id, rest, ok := strings.Cut(text, " to db: '")
	i := strings.LastIndex(rest, "' host: '")
	if !ok || i < 0 {
		return
	}
	host, reason, _ := strings.Cut(rest[i+len("' host: '"):], "' (")
	database, user, named := strings.Cut(rest[:i], "' user: '")
	if !named || leadingDigits(id) != len(id) {
		return
	}
	e.SetText(event.Action, "aborted_connection")
	e.SetText(event.SessionID, id)
	e.SetExtraText("reason", strings.TrimSuffix(reason, ")"))
	if database != "unconnected" {
		e.SetText(event.DatabaseName, database)
	}
	if user == "unauthenticated" {
		user = ""
	}
	fillMysqlAccount(user, strings.TrimSuffix(host, "'"), e)
}
