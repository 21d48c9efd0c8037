package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// readServerAudit reads a record of MariaDB's server_audit, which Amazon's services
// use too: "20240905 10:30:00,db01,alice,192.0.2.7,42,101,QUERY,shop,'SELECT 1',0".
// Aurora writes microseconds since 1970 for the time. Behind a syslog header there
// is none.
func readServerAudit(text string, c *Context, e *event.Event) bool {
	var a serverAudit
	if !a.cutTime(text, c) || !a.cut() {
		return false
	}
	a.fill(e)
	return true
}

// serverAudit is a record of server_audit.
type serverAudit struct {
	nanos int64
	timed bool
	rest  string
	// fields are those before the object: host, user, client, connection, query,
	// operation, database.
	fields       [7]string
	object, code string
	extra        string
}

const serverAuditTime = len("20240905 10:30:00,")

func isServerAudit(text string) bool {
	if len(text) < 30 || !isDigit(text[0]) {
		return false
	}
	return text[8] == ' ' && text[serverAuditTime-1] == ',' && text[11] == ':' || text[16] == ',' && leadingDigits(text[:17]) == 16
}

func (a *serverAudit) cutTime(text string, c *Context) bool {
	a.rest = text
	if !isServerAudit(text) {
		return text != "" && !isDigit(text[0]) // the header has the time
	}
	if text[8] != ' ' {
		a.nanos, a.timed = epochTime(text[:16])
		a.rest = text[17:]
		return a.timed
	}
	m := moment{year: num4(text, 0), month: num2(text, 4), day: num2(text, 6)}
	if !m.clock(text, 9) {
		return false
	}
	a.nanos, a.timed = m.in(c.Zone)
	a.rest = text[serverAuditTime:]
	return a.timed
}

// cut splits the record. The client chooses its name, in which commas are not
// escaped: a record with more fields than there can be is refused.
func (a *serverAudit) cut() bool {
	rest := a.rest
	for i := range a.fields {
		field, after, ok := strings.Cut(rest, ",")
		if !ok {
			return false
		}
		a.fields[i], rest = field, after
	}
	connection, query := a.fields[3], a.fields[4]
	if connection == "" || leadingDigits(connection) != len(connection) || leadingDigits(query) != len(query) || auditOperation(a.fields[5]) == "" {
		return false
	}
	var tail string
	if strings.HasPrefix(rest, "'") {
		i := strings.LastIndex(rest, "',")
		if i < 1 {
			return false
		}
		a.object, tail = rest[1:i], rest[i+2:]
	} else {
		var ok bool
		if a.object, tail, ok = strings.Cut(rest, ","); !ok {
			return false
		}
	}
	a.code, a.extra, _ = strings.Cut(tail, ",")
	if a.code == "" && auditOperation(a.fields[5]) != event.DBLog { // of tables none is written
		return false
	}
	return leadingDigits(a.code) == len(a.code) && len(a.code) < 10 && strings.Count(a.extra, ",") < 3
}

// auditOperation returns the kind of event that an operation is.
func auditOperation(name string) string {
	switch name {
	case "CONNECT", "FAILED_CONNECT", "CHANGEUSER":
		return event.AuthLogin
	case "DISCONNECT":
		return event.AuthLogout
	case "QUERY", "QUERY_DDL", "QUERY_DML", "QUERY_DML_NO_SELECT", "QUERY_DCL":
		return event.DBQuery
	case "READ", "WRITE", "CREATE", "ALTER", "RENAME", "DROP", "TABLE":
		return event.DBLog
	}
	return ""
}

func (a *serverAudit) fill(e *event.Event) {
	operation := a.fields[5]
	kind := auditOperation(operation)
	fillMysql(kind, e)
	if a.timed {
		e.SetInt(event.EventTime, a.nanos)
	}
	if isHost(a.fields[0]) {
		e.SetText(event.HostName, a.fields[0])
	} else {
		e.SetExtraText("serverhost", a.fields[0])
	}
	fillMysqlAccount(a.fields[1], a.fields[2], e)
	e.SetText(event.SessionID, a.fields[3])
	setExtraNumber(e, "queryid", a.fields[4])
	e.SetText(event.DatabaseName, a.fields[6])
	e.SetText(event.Action, operation)
	if a.code == "0" {
		e.SetText(event.Outcome, event.Success)
	}
	if a.code != "0" && a.code != "" || operation == "FAILED_CONNECT" {
		e.SetText(event.Outcome, event.Failure)
	}
	setExtraValue(e, "retcode", a.code)
	if kind == event.DBQuery {
		e.SetText(event.DBStatement, unescape(a.object))
	} else {
		e.SetExtraText("object", a.object)
	}
	e.SetExtraText("connection_type", strings.Trim(a.extra, ", "))
}

// mysqlDocument is a record of the audit logs of MySQL Enterprise, Percona Server
// and Trellix' plugin as JSON, or of the error log where it is JSON.
var mysqlDocument = documentKind{
	keys: []string{"audit_record", "connection_data", "general_data", "table_access_data", "msg-type", "err_symbol"},
	claims: func(o *object) int {
		switch {
		case o.has("audit_record"):
			return 90
		case o.has("class") && o.has("event") && (o.has("connection_data") || o.has("general_data") || o.has("table_access_data")):
			return 90
		case o.has("msg-type") && o.has("date") && (o.has("thread-id") || o.has("mysql-version")):
			return 90
		case o.has("err_symbol") && o.has("prio") && o.has("msg"):
			return 90
		}
		return 0
	},
	fill: fillMysqlDocument,
}

func fillMysqlDocument(o *object, c *Context, e *event.Event) error {
	switch {
	case o.has("audit_record"):
		record := o.find("audit_record")
		if record.kind != event.KindObject {
			return &Error{Reason: "audit_record is not an object"}
		}
		inner, err := scanObject(record.text)
		if err != nil {
			return &Error{Reason: "audit_record is not an object"}
		}
		defer inner.release()
		fillPercona(inner.members, c, e)
	case o.has("class"):
		fillEnterpriseAudit(o, c, e)
	case o.has("msg-type"):
		fillTrellixAudit(o, c, e)
	default:
		fillMysqlErrorJSON(o, c, e)
	}
	return nil
}

var perconaMapping = newMapping(
	nameGroup{rule{column: event.EventTime, as: asUTC}, []string{"timestamp"}},
	nameGroup{rule{column: event.Action, as: asText}, []string{"name"}},
	nameGroup{rule{column: event.SessionID, as: asCode}, []string{"connection_id"}},
	nameGroup{rule{column: event.DBStatement, as: asText}, []string{"sqltext"}},
	nameGroup{rule{column: event.SourceIP, as: asIP}, []string{"ip"}},
	nameGroup{rule{column: event.DatabaseName, as: asText}, []string{"db"}},
)

// fillPercona reads a record of Percona Server: its user is "alice[alice] @ client
// [192.0.2.7]", of a login the name alone.
func fillPercona(members []member, c *Context, e *event.Event) {
	o := object{members: members}
	kind := event.DBLog
	name := o.text("name")
	switch name {
	case "Connect", "Change user":
		kind = event.AuthLogin
	case "Quit":
		kind = event.AuthLogout
	case "Query", "Execute", "Prepare":
		kind = event.DBQuery
	}
	fillMysql(kind, e)
	setMysqlStatus(o.text("status"), e)
	user := o.take("user")
	if strings.Contains(user, " @ ") {
		fillSlowUser(user, e)
	} else if user != "" {
		fillMysqlAccount(user, "", e)
	}
	perconaMapping.fill(o.members, c, e)
	e.SetText(event.Message, e.Text(event.DBStatement))
}

// setMysqlStatus sets the outcome from MySQL's error number.
func setMysqlStatus(status string, e *event.Event) {
	switch {
	case status == "0":
		e.SetText(event.Outcome, event.Success)
	case status != "" && leadingDigits(status) == len(status):
		e.SetText(event.Outcome, event.Failure)
	}
}

var enterpriseMapping = newMapping(
	nameGroup{rule{column: event.EventTime, as: asUTC}, []string{"timestamp"}},
	nameGroup{rule{column: event.Action, as: asText}, []string{"event"}},
	nameGroup{rule{column: event.SessionID, as: asCode}, []string{"connection_id"}},
	nameGroup{rule{column: event.UserName, as: asText}, []string{"account.user"}},
	nameGroup{rule{column: event.UserName, as: asText, rank: 1}, []string{"login.user"}},
	nameGroup{rule{column: event.SourceIP, as: asIP}, []string{"login.ip"}},
	nameGroup{rule{column: event.DatabaseName, as: asText}, []string{"connection_data.db", "table_access_data.db"}},
	nameGroup{rule{column: event.DBStatement, as: asText}, []string{"general_data.query", "table_access_data.query"}},
)

// fillEnterpriseAudit reads a record of MySQL Enterprise Audit.
func fillEnterpriseAudit(o *object, c *Context, e *event.Event) {
	kind, status := event.DBLog, o.at("general_data", "status")
	switch o.text("class") {
	case "connection":
		status = o.at("connection_data", "status")
		switch o.text("event") {
		case "connect", "change_user":
			kind = event.AuthLogin
		case "disconnect":
			kind = event.AuthLogout
		}
	case "general", "table_access", "query":
		kind = event.DBQuery
	}
	fillMysql(kind, e)
	setMysqlStatus(status, e)
	enterpriseMapping.fill(o.members, c, e)
	e.SetText(event.DBUserName, e.Text(event.UserName))
	e.SetText(event.Message, e.Text(event.DBStatement))
}

var trellixMapping = newMapping(
	nameGroup{rule{column: event.EventTime, as: asUTC}, []string{"date"}},
	nameGroup{rule{column: event.Action, as: asText}, []string{"cmd"}},
	nameGroup{rule{column: event.SessionID, as: asCode}, []string{"thread-id"}},
	nameGroup{rule{column: event.UserName, as: asText}, []string{"user"}},
	nameGroup{rule{column: event.SourceIP, as: asIP}, []string{"ip"}},
	nameGroup{rule{column: event.DBStatement, as: asText}, []string{"query"}},
)

// fillTrellixAudit reads a record of the plugin of Trellix, once McAfee.
func fillTrellixAudit(o *object, c *Context, e *event.Event) {
	kind, outcome := event.DBLog, ""
	if o.has("query") {
		kind = event.DBQuery
	}
	switch command := o.text("cmd"); {
	case strings.EqualFold(command, "Connect"):
		kind, outcome = event.AuthLogin, event.Success
	case strings.EqualFold(command, "Failed Login"):
		kind, outcome = event.AuthLogin, event.Failure
	case strings.EqualFold(command, "Quit"):
		kind = event.AuthLogout
	}
	fillMysql(kind, e)
	if outcome != "" {
		e.SetText(event.Outcome, outcome)
	} else {
		setMysqlStatus(o.text("status"), e)
	}
	trellixMapping.fill(o.members, c, e)
	e.SetText(event.DBUserName, e.Text(event.UserName))
	e.SetText(event.Message, e.Text(event.DBStatement))
}

var mysqlErrorMapping = newMapping(
	nameGroup{rule{column: event.EventTime, as: asUTC}, []string{"time"}},
	nameGroup{rule{column: event.Severity, as: asText}, []string{"label"}},
	nameGroup{rule{column: event.Message, as: asText}, []string{"msg"}},
)

// fillMysqlErrorJSON reads a record of the error log of MySQL 8 as JSON.
func fillMysqlErrorJSON(o *object, c *Context, e *event.Event) {
	fillMysql(event.DBLog, e)
	if code := o.text("err_code"); code != "" && len(code) <= 6 && leadingDigits(code) == len(code) {
		e.SetText(event.EventCode, "MY-000000"[:len("MY-000000")-len(code)]+code)
	}
	level := mysqlLevel(o.text("label"))
	e.SetText(event.LogLevel, level)
	if level == "error" || level == "critical" {
		e.SetText(event.Outcome, event.Failure)
	}
	if thread := sessionOf(o.text("thread")); thread != "" {
		o.take("thread")
		e.SetText(event.SessionID, thread)
	}
	mysqlErrorMapping.fill(o.members, c, e)
	fillMysqlMessage(e.Text(event.Message), e)
}
