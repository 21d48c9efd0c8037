package format

import (
	"strings"
	"time"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var mysqlFormat = &Format{
	Name:  "mysql",
	Title: "MySQL and MariaDB server logs",
	Doc: "The error log of MySQL 5.5 to 9 and of MariaDB, the general query log and the slow query log (whose lines " +
		"make one record), bare or in a syslog envelope, and the audit logs of MariaDB's server_audit (of Amazon's services too), Percona Server, " +
		"MySQL Enterprise and Trellix. A refused login is AUTH_LOGIN, statements are " +
		"DB_QUERY, the rest is DB_LOG. Source: the MySQL reference manual, \"MySQL Server Logs\".",
	Parse:    parseMysql,
	Match:    matchMysql,
	joins:    &slowJoins,
	document: &mysqlDocument,
}

var mysqlSource = []string{"database:mysql:"}

var mysqlPayload = payload{
	format:   "mysql",
	read:     readMysql,
	owns:     isMysqlProgram,
	describe: describeMysql,
	programs: []string{"mysqld", "mysqld_safe", "mariadbd", "mysql", "mariadb", "mysql-server_auditing"},
	what:     "a line of MySQL's error, general, slow or audit log",
}

func isMysqlProgram(program string) bool {
	switch program {
	case "mysqld", "mysqld_safe", "mariadbd", "mysql", "mariadb", "mysql-server_auditing":
		return true
	}
	return false
}

// parseMysql tries the bare line first where its time looks like an envelope's.
func parseMysql(line string, c *Context, e *event.Event) error {
	if isObject(line) {
		return parseDocument(line, &mysqlDocument, c, e)
	}
	if !hasEnvelope(line) {
		return mysqlPayload.parseBare(line, c, e)
	}
	if !startsWithISO(line) {
		return mysqlPayload.parse(line, c, e)
	}
	if readMysql(line, c, e) {
		return nil
	}
	var v envelope
	if v.read(line, c) != nil {
		return &Error{Reason: "not " + mysqlPayload.what}
	}
	return mysqlPayload.parse(line, c, e)
}

func readMysql(message string, c *Context, e *event.Event) bool {
	if strings.HasPrefix(message, "# ") {
		return readMysqlSlow(message, c, e)
	}
	if strings.HasPrefix(message, "SET timestamp=") {
		return readMysqlTimestamp(message, e)
	}
	if strings.HasPrefix(message, "\t\t") {
		return readMysqlGeneral(message, 0, false, e)
	}
	if isServerAudit(message) || e.Text(event.ProcessName) == "mysql-server_auditing" {
		return readServerAudit(message, c, e)
	}
	nanos, n, ok := mysqlTime(message, c.Zone)
	if !ok {
		return readMysqlBanner(message, e)
	}
	if n < len(message) && message[n] == '\t' {
		return readMysqlGeneral(message[n:], nanos, true, e)
	}
	return readMysqlError(message[n:], nanos, e) || readMysqlGeneral(message[n:], nanos, true, e)
}

// mysqlTime reads "2024-09-05T10:30:00.123456Z", "2024-09-05 10:30:00" and the
// old "240905 10:30:00", whose hour may be padded with a space.
func mysqlTime(s string, zone *time.Location) (nanos int64, n int, ok bool) {
	if len(s) < 15 || !isDigit(s[0]) {
		return 0, 0, false
	}
	if s[4] == '-' {
		if len(s) > 19 && s[10] == ' ' && s[11] == ' ' {
			return paddedTime(s, 0, num4(s, 0), num2(s, 5), num2(s, 8), zone)
		}
		return isoTime(s, zone)
	}
	if leadingDigits(s) != 6 || s[6] != ' ' {
		return 0, 0, false
	}
	return paddedTime(s, -4, 2000+num2(s, 0), num2(s, 2), num2(s, 4), zone)
}

// paddedTime reads the time of day at s[11+shift:], the hour of one digit padded
// with a space.
func paddedTime(s string, shift, year, month, day int, zone *time.Location) (nanos int64, n int, ok bool) {
	at := 11 + shift
	m := moment{year: year, month: month, day: day}
	if s[at] == ' ' {
		if len(s) < at+8 || s[at+2] != ':' || s[at+5] != ':' || !isDigit(s[at+1]) {
			return 0, 0, false
		}
		m.hour, m.minute, m.second = int(s[at+1]-'0'), num2(s, at+3), num2(s, at+6)
	} else if !m.clock(s, at) {
		return 0, 0, false
	}
	nanos, ok = m.in(zone)
	return nanos, at + 8, ok
}

// fillMysql stores what every event of MySQL has.
func fillMysql(kind string, e *event.Event) {
	e.SetText(event.EventType, kind)
	describeMysql(e)
}

func describeMysql(e *event.Event) {
	e.SetText(event.Product, "mysql")
	e.SetText(event.Service, "mysql")
	e.SetList(event.LogSource, mysqlSource)
}

// readMysqlBanner reads the three lines with which general and slow log begin.
func readMysqlBanner(text string, e *event.Event) bool {
	switch {
	case strings.HasPrefix(text, "/") && strings.HasSuffix(text, " started with:") && strings.Contains(text, ", Version: "):
	case strings.HasPrefix(text, "Tcp port: ") || strings.HasPrefix(text, "TCP Port: "):
	case strings.HasPrefix(text, "Time ") && strings.HasSuffix(text, "Argument"):
	default:
		return false
	}
	fillMysql(event.DBLog, e)
	e.SetText(event.Message, text)
	return true
}

func matchMysql(line string) int {
	if isObject(line) {
		return 0
	}
	if strings.HasPrefix(line, "# Time: ") || strings.HasPrefix(line, "# User@Host: ") || strings.HasPrefix(line, "# Query_time: ") {
		return Certain
	}
	if strings.HasPrefix(line, "\t\t") {
		return 30
	}
	if strings.HasSuffix(line, " started with:") && strings.Contains(line, ", Version: ") || strings.HasPrefix(line, "Time    ") && strings.HasSuffix(line, "Argument") {
		return 70
	}
	if isServerAudit(line) {
		a := serverAudit{rest: line[serverAuditTime:]}
		if line[8] != ' ' {
			a.rest = line[17:]
		}
		if a.cut() {
			return 90
		}
		return 0
	}
	_, n, ok := mysqlTime(line, nil)
	if !ok {
		return 0
	}
	rest := line[n:min(len(line), n+64)]
	if strings.HasPrefix(rest, "\t") {
		return 80
	}
	for _, label := range [...]string{" [Note] ", " [Warning] ", " [ERROR] ", " [System] ", " mysqld_safe "} {
		if strings.Contains(rest, label) {
			return 85
		}
	}
	return 0
}
