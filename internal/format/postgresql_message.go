package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// fillPGMessage reads the messages that say who connected and what was asked.
func fillPGMessage(severity, text string, e *event.Event) {
	if audit, ok := strings.CutPrefix(text, pgAuditMark); ok && isAuditLevel(severity) {
		fillPGAudit(audit, e)
		return
	}
	switch severity {
	case "LOG":
		fillPGLog(text, e)
	case "FATAL":
		fillPGFatal(text, e)
	case "STATEMENT", "QUERY":
		e.SetText(event.DBStatement, text)
	}
}

// isAuditLevel reports whether pgaudit.log_level can be severity.
func isAuditLevel(severity string) bool {
	switch severity {
	case "LOG", "NOTICE", "INFO", "WARNING", "DEBUG", "DEBUG1", "DEBUG2", "DEBUG3", "DEBUG4", "DEBUG5":
		return true
	}
	return false
}

func fillPGLog(text string, e *event.Event) {
	switch {
	case strings.HasPrefix(text, "duration: "):
		fillPGDuration(text[len("duration: "):], e)
	case strings.HasPrefix(text, "connection received: "):
		fillPGReceived(text[len("connection received: "):], e)
	case strings.HasPrefix(text, "connection authorized: "):
		fillPGAuthorized(text[len("connection authorized: "):], e)
	case strings.HasPrefix(text, "replication connection authorized: "):
		fillPGAuthorized(text[len("replication connection authorized: "):], e)
	case strings.HasPrefix(text, "connection authenticated: "):
		fillPGAuthenticated(text[len("connection authenticated: "):], e)
	case strings.HasPrefix(text, "disconnection: "):
		fillPGDisconnection(text[len("disconnection: "):], e)
	default:
		fillPGStatement(text, e)
	}
}

// fillPGStatement reads "statement: SQL", "execute NAME: SQL", "parse NAME: SQL"
// and "bind NAME: SQL".
func fillPGStatement(text string, e *event.Event) bool {
	verb, sql, ok := strings.Cut(text, ": ")
	if !ok || !isStatementVerb(verb) {
		return false
	}
	e.SetText(event.EventType, event.DBQuery)
	e.SetText(event.Action, "query")
	e.SetText(event.DBStatement, sql)
	return true
}

func isStatementVerb(verb string) bool {
	if verb == "statement" || verb == "fastpath function call" {
		return true
	}
	for _, prefix := range [...]string{"execute ", "parse ", "bind ", "execute fetch from "} {
		if name, ok := strings.CutPrefix(verb, prefix); ok && strings.Count(name, " ") <= 1 {
			return true
		}
	}
	return false
}

// fillPGDuration reads "1.234 ms" and the statement that took it.
func fillPGDuration(text string, e *event.Event) {
	ms, rest, ok := strings.Cut(text, " ms")
	if !ok || !isNumber(ms) {
		return
	}
	setExtraNumber(e, "duration_ms", ms)
	if fillPGStatement(strings.TrimLeft(rest, " "), e) {
		e.SetText(event.Outcome, event.Success)
	}
}

// fillPGReceived reads "host=192.0.2.1 port=51000".
func fillPGReceived(text string, e *event.Event) {
	host, ok := strings.CutPrefix(text, "host=")
	if !ok {
		return
	}
	host, rest, _ := strings.Cut(host, " ")
	fillPGHost(host, e)
	if digits, ok := strings.CutPrefix(rest, "port="); ok {
		fillPort(digits[:leadingDigits(digits)], e)
	}
	e.SetText(event.Action, "connection_received")
}

func fillPort(digits string, e *event.Event) {
	if port, ok := parseUint(digits); ok && !e.SetPort(event.SourcePort, port) {
		e.Warn("source_port: not a port")
	}
}

// fillPGAuthorized reads "user=alice database=shop application_name=psql SSL
// enabled (...)". The application's name is the client's; it comes last.
func fillPGAuthorized(text string, e *event.Event) {
	text = fillPGEncryption(text, e)
	user, rest, database := text, "", ""
	user, _ = strings.CutPrefix(user, "user=")
	user, rest = cutAt(user, " database=", " application_name=", " SSL ", " GSS ")
	if after, ok := strings.CutPrefix(rest, " database="); ok {
		database, rest = cutAt(after, " application_name=", " SSL ", " GSS ")
	}
	app, _ := strings.CutPrefix(rest, " application_name=")
	if len(app) == len(rest) {
		app = ""
	}
	fillPGNames(user, database, app, e)
	e.SetText(event.EventType, event.AuthLogin)
	e.SetText(event.Action, "login")
	e.SetText(event.Outcome, event.Success)
}

// cutAt splits text before the first of marks.
func cutAt(text string, marks ...string) (head, rest string) {
	end := len(text)
	for _, mark := range marks {
		if i := strings.Index(text[:end], mark); i >= 0 {
			end = i
		}
	}
	return text[:end], text[end:]
}

// fillPGAuthenticated reads `identity="alice" method=md5 (...)`. It stands before
// "connection authorized", which is the login.
func fillPGAuthenticated(text string, e *event.Event) {
	e.SetText(event.Action, "connection_authenticated")
	name, quoted := strings.CutPrefix(text, `identity="`)
	if !quoted {
		name, quoted = strings.CutPrefix(text, `user="`) // of trust, since version 16
	}
	identity, rest, ok := strings.Cut(name, `" method=`)
	if !ok || !quoted {
		return
	}
	e.SetExtraText("identity", identity)
	method, _, _ := strings.Cut(rest, " ")
	e.SetExtraText("auth_method", method)
}

// fillPGDisconnection reads "session time: 0:00:02.112 user=alice database=shop
// host=192.0.2.1 port=51000", from its end: the host is PostgreSQL's.
func fillPGDisconnection(text string, e *event.Event) {
	duration, rest, ok := strings.Cut(strings.TrimPrefix(text, "session time: "), " user=")
	if !ok {
		return
	}
	e.SetText(event.EventType, event.AuthLogout)
	e.SetText(event.Action, "logout")
	e.SetText(event.Outcome, event.Success)
	e.SetExtraText("session_time", duration)
	i := strings.LastIndex(rest, " host=")
	if i < 0 {
		return
	}
	host, port, _ := strings.Cut(rest[i+len(" host="):], " port=")
	user, database, _ := strings.Cut(rest[:i], " database=")
	fillPGNames(user, database, "", e)
	fillPGHost(host, e)
	fillPort(port, e)
}

// fillPGFatal reads why a connection was refused. The line stands for the
// attempt; DETAIL lines behind it are DB_LOG.
func fillPGFatal(text string, e *event.Event) {
	switch {
	case strings.Contains(text, " authentication failed for user "):
		fillPGRefused(text, " authentication failed for user ", e)
	case strings.HasPrefix(text, "no pg_hba.conf entry for ") || strings.HasPrefix(text, "pg_hba.conf rejects "):
		fillPGNoEntry(text, e)
	case strings.HasPrefix(text, `role "`) && (strings.HasSuffix(text, `" does not exist`) || strings.HasSuffix(text, `" is not permitted to log in`)):
		fillPGRefused(text, "role ", e)
	case strings.HasPrefix(text, "permission denied for database "):
		if name, ok := betweenQuotes(text[len("permission denied for database "):], `"`); ok {
			e.SetText(event.DatabaseName, name)
			fillPGLoginFailed(e)
		}
	case strings.HasPrefix(text, "too many connections for role "):
		if name, ok := betweenQuotes(text[len("too many connections for role "):], `"`); ok {
			fillPGNames(name, "", "", e)
			fillPGLoginFailed(e)
		}
	case strings.HasPrefix(text, `database "`):
		if name, ok := betweenQuotes(text[len("database "):], `" does not exist`); ok {
			e.SetText(event.DatabaseName, name)
		}
	}
}

// betweenQuotes returns what stands between a quote and end, which text ends with.
func betweenQuotes(text, end string) (name string, ok bool) {
	name, ok = strings.CutPrefix(text, `"`)
	if !ok {
		return "", false
	}
	return strings.CutSuffix(name, end)
}

// fillPGRefused reads the user in quotes behind mark. The name is the client's
// and may hold quotes: it ends at the last one.
func fillPGRefused(text, mark string, e *event.Event) {
	method, rest, _ := strings.Cut(text, mark)
	name, ok := strings.CutPrefix(rest, `"`)
	end := strings.LastIndexByte(name, '"')
	if !ok || end < 0 {
		return
	}
	fillPGNames(name[:end], "", "", e)
	e.SetExtraText("auth_method", strings.ToLower(method))
	fillPGLoginFailed(e)
}

func fillPGLoginFailed(e *event.Event) {
	e.SetText(event.EventType, event.AuthLogin)
	e.SetText(event.Action, "login")
	e.SetText(event.Outcome, event.Failure)
}

// fillPGNoEntry reads `host "192.0.2.1", user "alice", database "shop", no
// encryption`, also without the database for replication. The host comes first
// and is PostgreSQL's.
func fillPGNoEntry(text string, e *event.Event) {
	_, rest, ok := strings.Cut(text, `host "`)
	host, rest, found := strings.Cut(rest, `", user "`)
	if !ok || !found {
		return
	}
	fillPGHost(host, e)
	if !isOnce(rest, `", database "`) && strings.Contains(rest, `", database "`) {
		e.Warn("user_name, database_name: the line can be read in two ways")
		fillPGLoginFailed(e)
		return
	}
	user, database, _ := strings.Cut(rest, `", database "`)
	if database == "" {
		user = user[:max(0, strings.LastIndexByte(user, '"'))]
	}
	fillPGNames(user, database[:max(0, strings.LastIndexByte(database, '"'))], "", e)
	fillPGLoginFailed(e)
}
