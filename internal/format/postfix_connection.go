package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// readPostfixConnection reads what Postfix says without a queue ID.
func readPostfixConnection(text, level string, e *event.Event) bool {
	for i := range postfixNotes {
		n := &postfixNotes[i]
		rest, ok := strings.CutPrefix(text, n.prefix)
		if ok && n.read(rest, n.action, e) {
			if !e.Has(event.EventType) {
				e.SetText(event.EventType, event.ServiceLog)
			}
			return true
		}
	}
	if readPostfixSASL(text, e) {
		return true
	}
	if level == "warning" && readPostfixName(text, e) {
		e.SetText(event.EventType, event.ServiceLog)
		return true
	}
	return readPostfixTLS(text, e) || readPostfixAddr(text, e)
}

// postfixNotes are what smtpd and postscreen say about a client.
var postfixNotes = [...]struct {
	prefix, action string
	read           func(rest, action string, e *event.Event) bool
}{
	{"connect from ", "connect", readPostfixPeerNote},
	{"disconnect from ", "disconnect", readPostfixPeerNote},
	{"CONNECT from ", "CONNECT", readPostfixPeerNote},
	{"DISCONNECT ", "DISCONNECT", readPostfixPeerNote},
	{"PASS NEW ", "PASS NEW", readPostfixPeerNote},
	{"PASS OLD ", "PASS OLD", readPostfixPeerNote},
	{"WHITELISTED ", "WHITELISTED", readPostfixPeerNote},
	{"ALLOWLISTED ", "ALLOWLISTED", readPostfixPeerNote},
	{"WHITELIST VETO ", "WHITELIST VETO", readPostfixPeerNote},
	{"ALLOWLIST VETO ", "ALLOWLIST VETO", readPostfixPeerNote},
	{"BLACKLISTED ", "BLACKLISTED", readPostfixPeerNote},
	{"DENYLISTED ", "DENYLISTED", readPostfixPeerNote},
	{"PREGREET ", "PREGREET", readPostfixFrom},
	{"HANGUP ", "HANGUP", readPostfixFrom},
	{"BARE NEWLINE ", "BARE NEWLINE", readPostfixFrom},
	{"COMMAND PIPELINING ", "COMMAND PIPELINING", readPostfixFrom},
	{"COMMAND TIME LIMIT ", "COMMAND TIME LIMIT", readPostfixFrom},
	{"COMMAND COUNT LIMIT ", "COMMAND COUNT LIMIT", readPostfixFrom},
	{"COMMAND LENGTH LIMIT ", "COMMAND LENGTH LIMIT", readPostfixFrom},
	{"NON-SMTP COMMAND ", "NON-SMTP COMMAND", readPostfixFrom},
	{"DNSBL rank ", "DNSBL", readPostfixDNSBL},
	{"lost connection after ", "lost connection", readPostfixFrom},
	{"timeout after ", "timeout", readPostfixFrom},
	{"too many errors after ", "too many errors", readPostfixFrom},
	{"improper command pipelining after ", "improper command pipelining", readPostfixFrom},
	{"SSL_accept error from ", "SSL_accept error", readPostfixPeerNote},
	{"setting up TLS connection from ", "setting up TLS connection", readPostfixPeerNote},
	{"non-SMTP command from ", "non-SMTP command", readPostfixPeerNote},
	{"Illegal address syntax from ", "Illegal address syntax", readPostfixPeerNote},
	{"Connection rate limit exceeded: ", "Connection rate limit exceeded", readPostfixLimit},
	{"Connection concurrency limit exceeded: ", "Connection concurrency limit exceeded", readPostfixLimit},
	{"Recipient address rate limit exceeded: ", "Recipient address rate limit exceeded", readPostfixLimit},
	{"Message delivery request rate limit exceeded: ", "Message delivery request rate limit exceeded", readPostfixLimit},
	{"AUTH command rate limit exceeded: ", "AUTH command rate limit exceeded", readPostfixLimit},
	{"addr ", "listed", readPostfixListed},
	{"statistics: ", "statistics", readPostfixStatistics},
	{"daemon started -- version ", "daemon started", readPostfixDaemon},
}

// readPostfixPeerNote reads "mx.example.com[192.0.2.1]:1234 ehlo=1 quit=1
// commands=2" and postscreen's "[192.0.2.1]:1234 to [192.0.2.10]:25".
func readPostfixPeerNote(rest, action string, e *event.Event) bool {
	n := setPostfixPeer(rest, false, e)
	if n == 0 {
		return false
	}
	e.SetText(event.Action, action)
	after := rest[n:]
	if to, ok := strings.CutPrefix(after, " to "); ok {
		setPostfixPeer(to, true, e)
		return true
	}
	if reason, ok := strings.CutPrefix(after, ": "); ok {
		e.SetExtraText("reason", reason)
		return true
	}
	for after = strings.TrimLeft(after, " "); after != ""; {
		var field string
		field, after, _ = strings.Cut(after, " ")
		name, value, ok := strings.Cut(field, "=")
		if !ok || len(name) > 16 || len(e.Extra) > 40 {
			break
		}
		setExtraNumber(e, name, value)
	}
	return true
}

// readPostfixFrom reads "AUTH from mx.example.com[192.0.2.1]: text".
func readPostfixFrom(rest, action string, e *event.Event) bool {
	what, peer := "", ""
	ok := false
	if strings.HasPrefix(rest, "from ") {
		peer, ok = rest[5:], true
	} else {
		what, peer, ok = strings.Cut(rest, " from ")
	}
	if !ok || len(what) > 128 {
		return false
	}
	n := setPostfixPeer(peer, false, e)
	if n == 0 {
		return false
	}
	e.SetText(event.Action, action)
	e.SetExtraText("stage", strings.TrimPrefix(what, "after "))
	if reason, found := strings.CutPrefix(peer[n:], ": "); found {
		e.SetExtraText("reason", reason)
	}
	return true
}

// readPostfixDNSBL reads "6 for [192.0.2.1]:1234".
func readPostfixDNSBL(rest, action string, e *event.Event) bool {
	rank, peer, ok := strings.Cut(rest, " for ")
	if !ok || leadingDigits(rank) != len(rank) || setPostfixPeer(peer, false, e) == 0 {
		return false
	}
	e.SetText(event.Action, action)
	setExtraNumber(e, "rank", rank)
	return true
}

// readPostfixLimit reads "61 from mx.example.com[192.0.2.1] for service smtp".
func readPostfixLimit(rest, action string, e *event.Event) bool {
	count, peer, ok := strings.Cut(rest, " from ")
	if !ok || leadingDigits(count) != len(count) || setPostfixPeer(peer, false, e) == 0 {
		return false
	}
	e.SetText(event.Action, action)
	e.SetText(event.Outcome, event.Failure)
	setExtraNumber(e, "count", count)
	return true
}

// readPostfixListed reads dnsblog's "192.0.2.1 listed by domain bl.example.net as
// 127.0.0.2".
func readPostfixListed(rest, action string, e *event.Event) bool {
	addr, list, ok := strings.Cut(rest, " listed by domain ")
	if !ok || !setAddress(e, event.SourceIP, addr) {
		return false
	}
	e.SetText(event.Action, action)
	domain, as, _ := strings.Cut(list, " as ")
	e.SetExtraText("domain", domain)
	e.SetExtraText("as", as)
	return true
}

// readPostfixStatistics reads anvil's "max connection rate 1/60s for
// (smtp:192.0.2.1) at Sep  5 10:26:40".
func readPostfixStatistics(rest, action string, e *event.Event) bool {
	if !strings.HasPrefix(rest, "max ") && !strings.HasPrefix(rest, "start ") && !strings.HasPrefix(rest, "address ") && !strings.HasPrefix(rest, "domain ") {
		return false
	}
	e.SetText(event.Action, action)
	_, who, ok := strings.Cut(rest, " for (")
	if i := strings.IndexByte(who, ')'); ok && i > 0 {
		service, addr, _ := strings.Cut(who[:i], ":")
		if setAddress(e, event.SourceIP, strings.Trim(addr, "[]")) {
			e.SetExtraText("service_name", service)
		}
	}
	return true
}

func readPostfixDaemon(rest, action string, e *event.Event) bool {
	version, _, ok := strings.Cut(rest, ", configuration ")
	if !ok {
		return false
	}
	e.SetText(event.Action, action)
	e.SetExtraText("version", version)
	return true
}

// readPostfixSASL reads "mx.example.com[192.0.2.1]: SASL LOGIN authentication
// failed: reason, sasl_username=alice".
func readPostfixSASL(text string, e *event.Event) bool {
	i := strings.Index(text[:min(len(text), 400)], "]: SASL ")
	if i < 0 {
		return false
	}
	rest := text[i+len("]: SASL "):]
	mechanism, reason, ok := strings.Cut(rest, " authentication ")
	failed := strings.HasPrefix(reason, "failed") || strings.HasPrefix(reason, "aborted")
	if !ok || strings.IndexByte(mechanism, ' ') >= 0 || !failed || setPostfixPeer(text, false, e) == 0 {
		return false
	}
	e.SetText(event.EventType, event.AuthLogin)
	e.SetText(event.Action, "login")
	e.SetText(event.Outcome, event.Failure)
	e.SetExtraText("sasl_method", mechanism)
	_, reason, _ = strings.Cut(reason, ": ")
	if k := strings.LastIndex(reason, ", sasl_username="); k >= 0 {
		e.SetText(event.UserName, strings.Trim(reason[k+len(", sasl_username="):], "<>"))
		reason = reason[:k]
	}
	e.SetExtraText("reason", reason)
	return true
}

// readPostfixName reads "hostname mx.example.com does not resolve to address
// 192.0.2.1" and "192.0.2.1: hostname mx.example.com verification failed: text".
func readPostfixName(text string, e *event.Event) bool {
	if rest, ok := strings.CutPrefix(text, "hostname "); ok {
		name, addr, found := strings.Cut(rest, " does not resolve to address ")
		addr, reason, _ := strings.Cut(addr, ": ")
		if !found || !setAddress(e, event.SourceIP, addr) {
			return false
		}
		e.SetExtraText("client_name", name)
		e.SetExtraText("reason", reason)
		return true
	}
	addr, rest, ok := strings.Cut(text, ": ")
	if !ok || !strings.HasPrefix(rest, "hostname ") && !strings.HasPrefix(rest, "address not listed for hostname ") {
		return false
	}
	return setAddress(e, event.SourceIP, addr)
}

// readPostfixTLS reads "Anonymous TLS connection established from
// mx.example.com[192.0.2.1]: TLSv1.3 with cipher NAME (256/256 bits)".
func readPostfixTLS(text string, e *event.Event) bool {
	trust, rest, ok := strings.Cut(text[:min(len(text), 1024)], " TLS connection established ")
	if !ok || strings.IndexByte(trust, ' ') >= 0 {
		return false
	}
	server := strings.HasPrefix(rest, "to ")
	_, peer, _ := strings.Cut(rest, " ")
	n := setPostfixPeer(peer, server, e)
	if n == 0 {
		return false
	}
	e.SetText(event.EventType, event.ServiceLog)
	e.SetText(event.Action, "TLS connection established")
	e.SetExtraText("trust", trust)
	protocol, cipher, found := strings.Cut(strings.TrimPrefix(peer[n:], ": "), " with cipher ")
	if found {
		e.SetExtraText("tls_protocol", protocol)
		cipher, _, _ = strings.Cut(cipher, " ")
		e.SetExtraText("tls_cipher", cipher)
	}
	return true
}

// readPostfixAddr reads smtp's "connect to mx.example.com[192.0.2.1]:25:
// Connection timed out".
func readPostfixAddr(text string, e *event.Event) bool {
	rest, ok := strings.CutPrefix(text, "connect to ")
	peer, reason, found := strings.Cut(rest, ": ")
	if !ok || !found || setPostfixPeer(peer, true, e) == 0 {
		return false
	}
	e.SetText(event.EventType, event.ServiceLog)
	e.SetText(event.Action, "connect")
	e.SetText(event.Outcome, event.Failure)
	e.SetExtraText("reason", reason)
	return true
}

func matchPostfix(line string) int {
	if line == "" || hasEnvelope(line) {
		return 0
	}
	for _, prefix := range [...]string{"NOQUEUE: ", "connect from ", "disconnect from ", "lost connection after "} {
		if strings.HasPrefix(line, prefix) {
			return 60
		}
	}
	if id, rest := cutQueueID(line); id != "" {
		for _, prefix := range [...]string{"from=<", "to=<", "client=", "removed", "message-id=", "reject: ", "uid="} {
			if strings.HasPrefix(rest, prefix) {
				return 80
			}
		}
	}
	return 0
}
