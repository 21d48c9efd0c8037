package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var postfixFormat = &Format{
	Name:  "postfix",
	Title: "Postfix",
	Doc: "Lines of the Postfix mail server, in a syslog header or bare: connections, mails received, queued, delivered, " +
		"bounced and refused, failed logins by SASL, postscreen's decisions, warnings. It promises nothing of a line with the " +
		"header of a Postfix program; a bare line must be one that is known. Source: https://www.postfix.org/documentation.html",
	Parse: postfixPayload.parse,
	Match: matchPostfix,
}

var postfixPayload = payload{
	format:   "postfix",
	read:     readPostfix,
	owns:     isPostfixDaemon,
	describe: describePostfix,
	what:     "a message of Postfix that is known",
}

// isPostfixDaemon reports whether Postfix has a daemon of the name.
func isPostfixDaemon(name string) bool {
	switch name {
	case "smtpd", "smtp", "cleanup", "qmgr", "nqmgr", "local", "virtual", "pipe", "lmtp", "bounce", "defer", "trace", "postscreen", "anvil",
		"master", "pickup", "error", "discard", "scache", "tlsproxy", "tlsmgr", "dnsblog", "verify", "proxymap", "proxywrite", "trivial-rewrite",
		"postfix-script", "postsuper", "sendmail", "postdrop", "flush", "showq", "spawn", "relay", "retry", "postlogd", "postqueue", "postmap", "qmqpd", "oqmgr":
		return true
	}
	return false
}

// isPostfixTag reports whether a syslog tag is one of Postfix: "postfix/smtpd",
// "postfix/submission/smtpd", of a further instance "postfix-out/smtp".
func isPostfixTag(program string) bool {
	return strings.HasPrefix(program, "postfix") && strings.IndexByte(program, '/') > 0 && isPostfixDaemon(baseName(program))
}

func describePostfix(e *event.Event) {
	e.SetText(event.Vendor, "postfix")
	e.SetText(event.Product, "postfix")
	if name := e.Text(event.ProcessName); isPostfixTag(name) {
		e.SetText(event.Service, baseName(name))
	}
	e.SetList(event.LogSource, syslogSource)
}

// readPostfix reads a message with a queue ID or one about a connection.
func readPostfix(message string, _ *Context, e *event.Event) bool {
	text := message
	level := ""
	if word, rest, ok := strings.Cut(text, ": "); ok && isPostfixLevel(word) {
		level, text = word, rest
	}
	id, rest := cutQueueID(text)
	known := false
	if id != "" {
		known = readPostfixMail(rest, e)
	} else {
		known = readPostfixConnection(text, level, e)
	}
	if !known {
		return false
	}
	if !e.Has(event.EventType) {
		e.SetText(event.EventType, event.Email)
	}
	if id != "NOQUEUE" {
		e.SetExtraText("queue_id", id)
	}
	setLevel(e, level)
	describePostfix(e)
	return true
}

func isPostfixLevel(word string) bool {
	return word == "warning" || word == "error" || word == "fatal" || word == "panic"
}

// cutQueueID splits "4FzX9k1Qz2z1qZ: rest": hex in capitals, or since Postfix 2.9
// ten characters or more without vowels.
func cutQueueID(text string) (id, rest string) {
	n := 0
	hex, long := true, true
	for n < len(text) && n < 32 && isAlnum(text[n]) {
		b := text[n]
		if !isDigit(b) && (b < 'A' || b > 'F') {
			hex = false
		}
		if strings.IndexByte("AEIOUaeiou", b) >= 0 {
			long = false
		}
		n++
	}
	if !strings.HasPrefix(text[n:], ": ") {
		return "", text
	}
	if text[:n] == "NOQUEUE" || hex && n >= 5 || long && n >= 10 {
		return text[:n], text[n+2:]
	}
	return "", text
}

// readPostfixMail reads what stands behind a queue ID.
func readPostfixMail(rest string, e *event.Event) bool {
	verb, after, ok := strings.Cut(rest, ": ")
	if ok && isPostfixVerdict(verb) {
		fillPostfixVerdict(verb, after, e)
		return true
	}
	switch {
	case rest == "removed":
		e.SetText(event.Action, "removed")
	case strings.HasPrefix(rest, "client="):
		fillPostfixClient(rest[len("client="):], e)
	case strings.HasPrefix(rest, "message-id=") || strings.HasPrefix(rest, "resent-message-id="):
		name, value, _ := strings.Cut(rest, "=")
		e.SetExtraText(name, strings.TrimSuffix(strings.TrimPrefix(value, "<"), ">"))
	case strings.HasPrefix(rest, "to=<"):
		fillPostfixDelivery(rest, e)
	case strings.HasPrefix(rest, "from=<"):
		fillPostfixQueued(rest, e)
	case strings.HasPrefix(rest, "uid="):
		uid, from, _ := strings.Cut(rest[len("uid="):], " from=")
		setExtraNumber(e, "uid", uid)
		e.SetText(event.EmailFrom, strings.Trim(from, "<>"))
		e.SetText(event.Action, "pickup")
	case strings.Contains(rest, "notification: "):
		what, child, _ := strings.Cut(rest, ": ")
		e.SetText(event.Action, what)
		e.SetExtraText("notification_id", child)
	case strings.HasPrefix(rest, "host "):
		name, said, found := strings.Cut(rest[len("host "):], " said: ")
		if found {
			setPostfixPeer(name, true, e)
			e.SetExtraText("response", said)
		}
		e.SetText(event.Outcome, event.Failure)
	case strings.HasPrefix(rest, "lost connection with ") || strings.HasPrefix(rest, "conversation with "):
		e.SetText(event.Outcome, event.Failure)
		_, peer, _ := strings.Cut(rest, " with ")
		setPostfixPeer(peer, true, e)
	}
	return true
}

func isPostfixVerdict(verb string) bool {
	switch verb {
	case "reject", "reject_warning", "milter-reject", "milter-hold", "milter-discard", "hold", "discard", "filter", "redirect", "warn", "warning",
		"permit", "replace", "prepend", "info", "delay", "bcc", "strip", "addheader", "client-filter":
		return true
	}
	return false
}

// fillPostfixVerdict reads "RCPT from mx.example.com[192.0.2.1]: 554 5.7.1 <bob>:
// Relay access denied; from=<a> to=<b> proto=ESMTP helo=<c>". Everything from the
// reply on holds text of the client, who may write what looks like fields.
func fillPostfixVerdict(verb, text string, e *event.Event) {
	e.SetText(event.Action, verb)
	switch verb {
	case "reject", "milter-reject", "discard", "milter-discard":
		e.SetText(event.Outcome, event.Failure)
	}
	head, tail, spoof := cutPostfixEnvelope(text)
	if spoof {
		e.Warn("email_from, email_to: the line can be read in two ways")
	} else {
		fillPostfixEnvelope(tail, e)
	}
	if verb == "warning" || verb == "info" || verb == "replace" || verb == "prepend" || verb == "strip" ||
		strings.HasPrefix(head, "header ") || strings.HasPrefix(head, "body ") {
		fillPostfixHeader(head, e)
		return
	}
	stage, rest, ok := strings.Cut(head, " from ")
	if !ok || strings.IndexByte(stage, ' ') >= 0 {
		e.SetExtraText("reason", head)
		return
	}
	e.SetExtraText("stage", stage)
	n := setPostfixPeer(rest, false, e)
	reason, ok := strings.CutPrefix(rest[n:], ": ")
	if n == 0 || !ok {
		return
	}
	fillPostfixReply(reason, e)
}

// fillPostfixReply reads "554 5.7.1 text".
func fillPostfixReply(reply string, e *event.Event) {
	if len(reply) > 4 && leadingDigits(reply) == 3 && reply[3] == ' ' {
		e.SetExtraText("reply_code", reply[:3])
		reply = reply[4:]
		if dsn, rest, ok := strings.Cut(reply, " "); ok && isDSN(dsn) {
			e.SetExtraText("dsn", dsn)
			reply = rest
		}
	}
	e.SetExtraText("reason", reply)
}

func isDSN(s string) bool {
	return len(s) >= 5 && len(s) <= 9 && (s[0] == '2' || s[0] == '4' || s[0] == '5') && s[1] == '.' && strings.Count(s, ".") == 2
}

// fillPostfixHeader reads what a check of headers says: "header Subject: text
// from mx.example.com[192.0.2.1]". The header is the sender's, the host Postfix'.
func fillPostfixHeader(head string, e *event.Event) {
	i := strings.LastIndex(head, " from ")
	if i < 0 {
		e.SetExtraText("reason", head)
		return
	}
	setPostfixPeer(head[i+len(" from "):], false, e)
	e.SetExtraText("header", head[:i])
}

// cutPostfixEnvelope splits "...; from=<a> to=<b> ..." where there is one place
// to do so; spoof says that there are several.
func cutPostfixEnvelope(text string) (head, tail string, spoof bool) {
	const mark = "; from=<"
	i := strings.Index(text, mark)
	if i < 0 {
		// Before MAIL FROM there is no sender: only "; proto=SMTP" is behind the reply.
		if i = strings.LastIndex(text, "; proto="); i >= 0 && isOnce(text, "; proto=") {
			return text[:i], text[i+2:], false
		}
		return text, "", false
	}
	if !isOnce(text, mark) {
		return text[:i], "", true
	}
	return text[:i], text[i+2:], false
}

// fillPostfixEnvelope reads "from=<a> to=<b> proto=ESMTP helo=<c>", in
// postscreen's lines with commas. The name that the client gave comes last.
func fillPostfixEnvelope(tail string, e *event.Event) {
	rest, helo, _ := strings.Cut(tail, " helo=<")
	e.SetExtraText("helo", strings.TrimSuffix(helo[:max(strings.IndexByte(helo, '>'), 0)], ">"))
	if proto, ok := strings.CutPrefix(rest, "proto="); ok {
		e.SetExtraText("proto", strings.TrimRight(proto, ", "))
		return
	}
	rest, proto, ok := strings.Cut(rest, " proto=")
	if ok {
		e.SetExtraText("proto", strings.TrimRight(proto, ", "))
	}
	from, to, ok := strings.Cut(strings.TrimPrefix(rest, "from=<"), " to=<")
	e.SetText(event.EmailFrom, strings.TrimRight(from, ">, "))
	if to = strings.TrimRight(to, ">, "); ok && to != "" {
		e.SetList(event.EmailTo, []string{to})
	}
}

// fillPostfixClient reads "mx.example.com[192.0.2.1]:1234, sasl_method=PLAIN,
// sasl_username=alice".
func fillPostfixClient(text string, e *event.Event) {
	n := setPostfixPeer(text, false, e)
	e.SetText(event.Action, "client")
	rest := text[n:]
	for rest != "" {
		var field string
		field, rest, _ = strings.Cut(strings.TrimPrefix(rest, ", "), ", ")
		name, value, ok := strings.Cut(field, "=")
		switch {
		case !ok:
		case name == "sasl_username":
			e.SetText(event.UserName, value)
			e.SetText(event.Outcome, event.Success)
		default:
			e.SetExtraText(name, value)
		}
	}
}

// setPostfixPeer reads "mx.example.com[192.0.2.1]:25", also without the name,
// and returns its length.
func setPostfixPeer(text string, server bool, e *event.Event) int {
	open := strings.IndexByte(text[:min(len(text), 300)], '[')
	if open < 0 || strings.IndexByte(text[:open], ' ') >= 0 {
		return 0
	}
	shut := strings.IndexByte(text[open:min(len(text), open+64)], ']')
	if shut < 0 {
		return 0
	}
	ip, port := event.SourceIP, event.SourcePort
	name := "client_name"
	if server {
		ip, port = event.DestinationIP, event.DestinationPort
		name = "relay_name"
	}
	if host := text[:open]; host != "unknown" {
		e.SetExtraText(name, host)
	}
	addr := text[open+1 : open+shut]
	setAddress(e, ip, addr)
	n := open + shut + 1
	if digits, ok := strings.CutPrefix(text[n:], ":"); ok {
		width := leadingDigits(digits)
		if v, valid := parseUint(digits[:width]); valid && e.SetPort(port, v) {
			n += 1 + width
		}
	}
	return n
}

// fillPostfixDelivery reads "to=<bob@example.com>, orig_to=<b>, relay=mx[ip]:25,
// delay=0.5, delays=0/0/0/0.5, dsn=2.0.0, status=sent (250 ok)". What stands in
// the brackets is the other server's and comes last.
func fillPostfixDelivery(text string, e *event.Event) {
	rest := text
	for rest != "" {
		name, after, ok := strings.Cut(rest, "=")
		if !ok || len(name) > 16 {
			return
		}
		var value string
		value, rest = cutPostfixValue(after)
		switch name {
		case "to":
			if value != "" {
				e.SetList(event.EmailTo, []string{value})
			}
		case "from":
			e.SetText(event.EmailFrom, value)
		case "relay":
			setPostfixPeer(value, true, e)
			e.SetExtraText(name, value)
		case "status":
			status, response, _ := strings.Cut(after, " (")
			status, _, _ = strings.Cut(status, ",")
			setPostfixStatus(status, e)
			e.SetExtraText("response", strings.TrimSuffix(response, ")"))
			return
		case "delay", "conn_use", "size", "nrcpt":
			setExtraNumber(e, name, value)
		default:
			e.SetExtraText(name, value)
		}
	}
}

func setPostfixStatus(status string, e *event.Event) {
	e.SetText(event.Action, status)
	switch status {
	case "sent", "deliverable":
		e.SetText(event.Outcome, event.Success)
	case "bounced", "deferred", "expired", "undeliverable", "SOFTBOUNCE":
		e.SetText(event.Outcome, event.Failure)
	}
}

// cutPostfixValue cuts a value from the next field; one in pointed brackets may
// hold commas.
func cutPostfixValue(text string) (value, rest string) {
	if inner, ok := strings.CutPrefix(text, "<"); ok {
		value, rest, ok = strings.Cut(inner, ">, ")
		if !ok {
			value, _, _ = strings.Cut(inner, ">")
		}
		return value, rest
	}
	value, rest, _ = strings.Cut(text, ", ")
	return value, rest
}

// fillPostfixQueued reads "from=<alice@example.com>, size=1234, nrcpt=1 (queue
// active)" and "from=<a>, status=expired, returned to sender".
func fillPostfixQueued(text string, e *event.Event) {
	head, state, ok := strings.Cut(text, " (queue ")
	fillPostfixDelivery(head, e)
	if ok {
		e.SetText(event.Action, "queue "+strings.TrimSuffix(state, ")"))
	}
}
