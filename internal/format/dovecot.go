package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var dovecotFormat = &Format{
	Name:  "dovecot",
	Title: "Dovecot",
	Doc: "Lines of the Dovecot mail server, in a syslog header, in the layout of its own log file or bare: logins by IMAP, " +
		"POP3, submission and ManageSieve, refused ones, what the authentication processes say, ends of sessions, mails " +
		"delivered. Source: https://doc.dovecot.org",
	Parse: parseDovecot,
	Match: matchDovecot,
}

var dovecotPayload = payload{
	format:   "dovecot",
	read:     readDovecot,
	owns:     isDovecotProgram,
	describe: describeDovecot,
	programs: []string{
		"dovecot", "imap-login", "pop3-login", "managesieve-login", "submission-login", "dovecot-auth", "dovecot-lda", "doveadm", "auth-worker",
		"imap-hibernate", "lmtp-hibernate",
	},
	what: "a message of Dovecot that is known",
}

func isDovecotProgram(name string) bool {
	switch name {
	case "dovecot", "imap-login", "pop3-login", "managesieve-login", "submission-login", "dovecot-auth", "dovecot-lda", "doveadm", "auth-worker",
		"imap-hibernate", "lmtp-hibernate":
		return true
	}
	return false
}

func describeDovecot(e *event.Event) {
	e.SetText(event.Vendor, "dovecot")
	e.SetText(event.Product, "dovecot")
	e.SetList(event.LogSource, syslogSource)
}

// parseDovecot reads the layout of the log file first: "Sep 05 10:30:00
// imap-login: Info: ..." would be a host's name to syslog.
func parseDovecot(line string, c *Context, e *event.Event) error {
	nanos, n, ok := dovecotTime(line, c)
	if ok && strings.HasPrefix(line[n:], " ") {
		message := line[n+1:]
		if readDovecot(message, c, e) {
			e.SetInt(event.EventTime, nanos)
			e.SetText(event.Message, message)
			return nil
		}
	}
	return dovecotPayload.parse(line, c, e)
}

// dovecotTime reads "Sep 05 10:30:00" or, where log_timestamp says so,
// "2024-09-05 10:30:00".
func dovecotTime(line string, c *Context) (nanos int64, n int, ok bool) {
	if startsWithMonth(line) {
		return bsdTime(line, c)
	}
	return isoTime(line, c.Zone)
}

// dovecotHead is what stands before a message: "imap-login: ", "imap(alice)<12>
// <session>: ", "auth-worker(123): ".
type dovecotHead struct {
	service, user, pid, session, level string
	rest                               string
}

// cut reads the head of message.
func (h *dovecotHead) cut(message string) bool {
	n := 0
	for n < len(message) && n < 32 && (isAlnum(message[n]) || message[n] == '-' || message[n] == '_') {
		n++
	}
	h.service = message[:n]
	if !isDovecotService(h.service) {
		return false
	}
	rest := message[n:]
	if strings.HasPrefix(rest, "(") {
		shut := strings.Index(rest[:min(len(rest), 512)], ")")
		if shut < 0 {
			return false
		}
		h.user, rest = rest[1:shut], rest[shut+1:]
		if pid, user, ok := strings.Cut(h.user, ", "); ok && isCount(pid) {
			h.pid, h.user = pid, user // lmtp(123, alice) before 2.3
		}
	}
	for i := 0; i < 2 && strings.HasPrefix(rest, "<") || strings.HasPrefix(rest, "["); i++ {
		shut := strings.IndexAny(rest[:min(len(rest), 96)], ">]")
		if shut < 0 {
			return false
		}
		if inner := rest[1:shut]; leadingDigits(inner) == len(inner) && h.pid == "" {
			h.pid = inner
		} else {
			h.session = inner
		}
		rest = rest[shut+1:]
	}
	rest, ok := strings.CutPrefix(rest, ": ")
	if !ok {
		return false
	}
	if word, after, found := strings.Cut(rest, ": "); found && isDovecotLevel(word) {
		h.level, rest = word, after
	}
	h.rest = rest
	if h.user != "" && leadingDigits(h.user) == len(h.user) {
		h.pid, h.user = h.user, "" // auth-worker(123)
	}
	return true
}

func isDovecotService(name string) bool {
	switch name {
	case "imap-login", "pop3-login", "managesieve-login", "submission-login", "imap", "pop3", "lmtp", "lda", "managesieve", "submission",
		"auth", "auth-worker", "master", "log", "config", "anvil", "stats", "indexer", "indexer-worker", "doveadm", "replicator", "ssl-params",
		"director", "imap-hibernate", "quota-status", "dict", "imap-urlauth-login", "login", "doveadm-server", "stats-writer", "lmtp-proxy", "script":
		return true
	}
	return false
}

func isDovecotLevel(word string) bool {
	switch word {
	case "Info", "Warning", "Error", "Fatal", "Panic", "Debug":
		return true
	}
	return false
}

// readDovecot reads a message behind the time.
func readDovecot(message string, _ *Context, e *event.Event) bool {
	var h dovecotHead
	if !h.cut(strings.TrimPrefix(message, "dovecot: ")) {
		return false
	}
	describeDovecot(e)
	e.SetText(event.EventType, event.ServiceLog)
	e.SetText(event.Service, h.service)
	setLevel(e, h.level)
	if id, ok := parseUint(h.pid); ok && h.pid != "" {
		e.SetInt(event.ProcessID, id)
	}
	e.SetText(event.SessionID, h.session)
	switch {
	case strings.HasSuffix(h.service, "-login"):
		fillDovecotLogin(&h, e)
	case h.service == "auth" || h.service == "auth-worker":
		fillDovecotAuth(h.rest, e)
	case h.user != "":
		e.SetText(event.UserName, dovecotUser(h.user, e))
		fillDovecotSession(&h, e)
	}
	return true
}

// dovecotUser cuts "alice,192.0.2.7,<session>", as the processes of a user were
// called in old versions.
func dovecotUser(text string, e *event.Event) string {
	user, rest, ok := strings.Cut(text, ",")
	if !ok {
		return text
	}
	addr, session, _ := strings.Cut(rest, ",")
	setAddress(e, event.SourceIP, addr)
	if session = strings.Trim(session, "<>"); session != "" {
		e.SetText(event.SessionID, session)
	}
	return user
}

// fillDovecotLogin reads "Login: user=<alice>, method=PLAIN, rip=192.0.2.7,
// lip=192.0.2.10, mpid=12, TLS, session=<abc>". The name between the brackets is
// the client's: its end is before the last of the fields that follow.
func fillDovecotLogin(h *dovecotHead, e *event.Event) {
	text := h.rest
	start := strings.Index(text, "user=<")
	rip := strings.LastIndex(text, ", rip=")
	if rip < 0 {
		e.SetExtraText("reason", text)
		return
	}
	what := text[:rip]
	user := ""
	if start >= 0 && start < rip {
		inner := text[start+len("user=<") : rip]
		what = text[:start]
		if i := strings.LastIndex(inner, ">, method="); i >= 0 {
			e.SetExtraText("method", inner[i+len(">, method="):])
			inner = inner[:i]
		}
		user = strings.TrimSuffix(inner, ">")
	}
	fillDovecotFields(text[rip+2:], e)
	what = strings.TrimRight(what, ": ,")
	e.SetText(event.UserName, user)
	fillDovecotOutcome(what, user != "", e)
}

// fillDovecotOutcome judges what stands before the fields: "Login",
// "Disconnected (auth failed, 1 attempts in 2 secs)".
func fillDovecotOutcome(what string, named bool, e *event.Event) {
	action, reason, ok := strings.Cut(what, " (")
	if !ok {
		action, reason, _ = strings.Cut(what, ": ")
	}
	if i := strings.Index(action, ": "); i > 0 {
		action, reason = action[:i], what[i+2:]
	}
	e.SetText(event.Action, action)
	if strings.Count(reason, ")") > strings.Count(reason, "(") {
		reason = strings.TrimSuffix(reason, ")")
	}
	e.SetExtraText("reason", reason)
	switch {
	case action == "Login", action == "Logged in": // the second since 2.4
		e.SetText(event.EventType, event.AuthLogin)
		e.SetText(event.Outcome, event.Success)
	case strings.Contains(what, "auth failed") || strings.Contains(what, "auth_failed") || strings.HasPrefix(what, "Maximum number of connections"):
		e.SetText(event.EventType, event.AuthLogin)
		e.SetText(event.Outcome, event.Failure)
	case named && (strings.HasPrefix(action, "Aborted login") || strings.HasPrefix(action, "Login aborted")):
		e.SetText(event.EventType, event.AuthLogin)
		e.SetText(event.Outcome, event.Failure)
	}
	if i := strings.Index(what, " attempts in "); i > 0 {
		k := i
		for k > 0 && isDigit(what[k-1]) {
			k--
		}
		setExtraNumber(e, "attempts", what[k:i])
	}
}

// fillDovecotFields reads "rip=192.0.2.7, lip=192.0.2.10, TLS: Disconnected,
// session=<abc>".
func fillDovecotFields(text string, e *event.Event) {
	for n := 0; text != "" && n < 32; n++ {
		var field string
		field, text, _ = strings.Cut(text, ", ")
		name, value, ok := strings.Cut(field, "=")
		switch {
		case strings.HasPrefix(field, "TLS"):
			e.SetExtra("TLS", event.Value{Kind: event.KindBool, Text: "true"})
			_, reason, _ := strings.Cut(field, ": ")
			e.SetExtraText("tls_error", reason)
		case field == "secured":
			e.SetExtra("secured", event.Value{Kind: event.KindBool, Text: "true"})
		case !ok:
		case name == "rip":
			if !setAddress(e, event.SourceIP, value) {
				e.SetExtraText(name, value)
			}
		case name == "lip":
			if !setAddress(e, event.DestinationIP, value) {
				e.SetExtraText(name, value)
			}
		case name == "rport" || name == "lport":
			column := event.SourcePort
			if name == "lport" {
				column = event.DestinationPort
			}
			if port, valid := parseUint(value); !valid || !e.SetPort(column, port) {
				e.SetExtraText(name, value)
			}
		case name == "session":
			e.SetText(event.SessionID, strings.Trim(value, "<>"))
		default:
			setExtraNumber(e, name, value)
		}
	}
}

// fillDovecotAuth reads "passwd-file(alice,192.0.2.7,<session>): unknown user",
// also behind the name of the worker's connection.
func fillDovecotAuth(text string, e *event.Event) {
	if strings.HasPrefix(text, "conn unix:") {
		if i := strings.Index(text, "): "); i > 0 {
			text = text[i+3:]
		}
	}
	for strings.HasPrefix(text, "auth-worker<") {
		_, rest, ok := strings.Cut(text, ">: ")
		if !ok {
			return
		}
		text = rest
	}
	open := strings.IndexByte(text, '(')
	shut := strings.LastIndex(text[:min(len(text), 1024)], "): ")
	if open <= 0 || open > 24 || strings.IndexByte(text[:open], ' ') >= 0 {
		e.SetExtraText("reason", text)
		return
	}
	if first := strings.Index(text[:min(len(text), 1024)], "): "); first != shut {
		// pam_authenticate() failed: ..., whose bracket is not the name's
		shut = first
	}
	if shut < open {
		e.SetExtraText("reason", text)
		return
	}
	e.SetExtraText("passdb", text[:open])
	e.SetText(event.UserName, dovecotUser(text[open+1:shut], e))
	reason := text[shut+3:]
	e.SetExtraText("reason", reason)
	if isDovecotRefusal(reason) {
		e.SetText(event.EventType, event.AuthLogin)
		e.SetText(event.Action, "login")
		e.SetText(event.Outcome, event.Failure)
	}
}

func isDovecotRefusal(reason string) bool {
	for _, mark := range [...]string{
		"Password mismatch", "password mismatch", "unknown user", "Authentication failure", "invalid credentials", "Invalid credentials",
		"pam_authenticate() failed", "User not known", "Invalid password", "user disabled", "User account has expired",
	} {
		if strings.Contains(reason[:min(len(reason), 256)], mark) {
			return true
		}
	}
	return false
}

// fillDovecotSession reads what the process of a user says.
func fillDovecotSession(h *dovecotHead, e *event.Event) {
	text := h.rest
	if h.service == "lmtp" || h.service == "lda" || strings.HasPrefix(text, "sieve: ") {
		fillDovecotDelivery(text, e)
		return
	}
	for _, end := range [...]string{"Disconnected", "Logged out", "Connection closed", "Server shutting down", "Disconnected for inactivity"} {
		if strings.HasPrefix(text, end) {
			e.SetText(event.EventType, event.AuthLogout)
			e.SetText(event.Action, end)
			e.SetText(event.Outcome, event.Success)
			fillDovecotCounts(text, e)
			return
		}
	}
}

// fillDovecotCounts reads "in=123 out=4567 deleted=0 expunged=0 ..." at the end.
func fillDovecotCounts(text string, e *event.Event) {
	i := strings.Index(text, " in=")
	if i < 0 {
		if i = strings.Index(text, " top="); i < 0 {
			return
		}
	}
	e.SetExtraText("reason", strings.TrimPrefix(strings.TrimPrefix(text[:i], e.Text(event.Action)), ": "))
	rest := text[i+1:]
	for n := 0; rest != "" && n < 24; n++ {
		var field string
		field, rest, _ = strings.Cut(rest, " ")
		name, value, ok := strings.Cut(strings.TrimSuffix(field, ","), "=")
		if ok {
			setExtraNumber(e, name, value)
		}
	}
}

// fillDovecotDelivery reads "sieve: msgid=<a@b>: stored mail into mailbox
// 'INBOX'" and "msgid=<a@b>: saved mail to INBOX".
func fillDovecotDelivery(text string, e *event.Event) {
	rest := strings.TrimPrefix(text, "sieve: ")
	id, done, ok := strings.Cut(strings.TrimPrefix(rest, "msgid="), ": ")
	if !ok || !strings.HasPrefix(rest, "msgid=") {
		return
	}
	e.SetText(event.EventType, event.Email)
	e.SetExtraText("msgid", strings.Trim(id, "<>"))
	for _, verb := range [...]string{"stored mail into mailbox ", "saved mail to "} {
		if box, found := strings.CutPrefix(done, verb); found {
			e.SetText(event.Action, strings.TrimRight(verb, " "))
			e.SetText(event.Outcome, event.Success)
			e.SetExtraText("mailbox", strings.Trim(box, "'"))
			return
		}
	}
	if strings.HasPrefix(done, "save failed") || strings.HasPrefix(done, "failed to store") || strings.Contains(done[:min(len(done), 64)], "reject") {
		e.SetText(event.Outcome, event.Failure)
	}
	e.SetExtraText("reason", done)
}

func matchDovecot(line string) int {
	if line == "" {
		return 0
	}
	switch {
	case startsWithMonth(line) && len(line) > 17:
		if line[15] == ' ' && dovecotStart(line[16:]) {
			return 70 // a log file's line; syslog would take the service for a host
		}
		return 0
	case hasEnvelope(line):
		return 0
	case isDigit(line[0]) && len(line) > 21 && line[4] == '-' && line[10] == ' ' && line[19] == ' ':
		if dovecotStart(line[20:]) {
			return 70
		}
		return 0
	case dovecotStart(line):
		return 60
	}
	return 0
}

// dovecotStart reports whether text begins with a service that only Dovecot has,
// or with one of its services and a level.
func dovecotStart(text string) bool {
	for _, service := range [...]string{"imap-login: ", "pop3-login: ", "managesieve-login: ", "submission-login: ", "auth-worker("} {
		if strings.HasPrefix(text, service) {
			return true
		}
	}
	var h dovecotHead
	if text == "" || strings.IndexByte("ilmapsd", text[0]) < 0 || !h.cut(text) {
		return false
	}
	return h.level != "" || h.user != "" && (h.service == "imap" || h.service == "pop3" || h.service == "lmtp")
}
