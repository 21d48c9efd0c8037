package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// readEximNote reads a line without a message ID, or a note behind one.
func readEximNote(text string, e *event.Event) bool {
	switch {
	case readEximLogin(text, e):
		return true
	case strings.HasPrefix(text, "H="):
		return readEximReject(text, e)
	}
	for i := range eximNotes {
		if strings.HasPrefix(text, eximNotes[i].prefix) {
			e.SetText(event.EventType, event.ServiceLog)
			e.SetText(event.Action, eximNotes[i].action)
			e.SetText(event.Outcome, eximNotes[i].outcome)
			fillEximPeer(text, e)
			if address, ok := strings.CutPrefix(text, "no host name found for IP address "); ok {
				setAddress(e, event.SourceIP, address)
			}
			return true
		}
	}
	return false
}

var eximNotes = [...]struct{ prefix, action, outcome string }{
	{"SMTP connection from ", "SMTP connection", ""},
	{"SMTP protocol ", "SMTP protocol error", event.Failure},
	{"SMTP syntax error in ", "SMTP syntax error", event.Failure},
	{"SMTP command timeout ", "SMTP command timeout", event.Failure},
	{"SMTP data timeout ", "SMTP data timeout", event.Failure},
	{"SMTP call from ", "SMTP call dropped", event.Failure},
	{"SMTP error from remote mail server ", "SMTP error", event.Failure},
	{"Connection from ", "Connection refused", event.Failure},
	{"TLS error on connection ", "TLS error", event.Failure},
	{"TLS session: ", "TLS session", ""},
	{"unexpected disconnection while reading SMTP command from ", "unexpected disconnection", event.Failure},
	{"rejected connection in ", "rejected connection", event.Failure},
	{"rejected EHLO or HELO ", "rejected HELO", event.Failure},
	{"rejected HELO from ", "rejected HELO", event.Failure},
	{"rejected EHLO from ", "rejected HELO", event.Failure},
	{"no host name found for IP address ", "no host name found", ""},
	{"no IP address found for host ", "no IP address found", ""},
	{"host name alias list truncated", "host name alias list truncated", ""},
	{"too many nonmail commands from ", "too many nonmail commands", event.Failure},
	{"Start queue run: ", "Start queue run", ""},
	{"End queue run: ", "End queue run", ""},
	{"exim ", "daemon", ""},
	{"DKIM: ", "DKIM", ""},
	{"VRFY ", "VRFY", ""},
	{"EXPN ", "EXPN", ""},
	{"ident connection to ", "ident connection", ""},
	{"socket bind() to ", "socket bind", event.Failure},
	{"1 queue-runner", "queue-runner", ""},
}

// fillEximPeer reads the address of the host that a note is about: the first one
// in square brackets, names before it.
func fillEximPeer(text string, e *event.Event) {
	i := strings.Index(text, " [")
	if i < 0 || i > 600 {
		return
	}
	if k := strings.IndexByte(text[:i], '('); k >= 0 {
		// what the client calls itself may hold an address as well
		if j := strings.Index(text[k:], ") ["); j >= 0 {
			i = k + j + 1
		}
	}
	f := eximFields{e: e, remote: strings.Contains(text[:i], "remote mail server")}
	ip, port := event.SourceIP, event.SourcePort
	if f.remote {
		ip, port = event.DestinationIP, event.DestinationPort
	}
	f.address(text[i+1:], ip, port)
}

// readEximLogin reads "plain_login authenticator failed for mx.example.com
// (helo) [192.0.2.1]: 535 Incorrect authentication data (set_id=alice)".
func readEximLogin(text string, e *event.Event) bool {
	const mark = " authenticator failed for "
	i := strings.Index(text[:min(len(text), 96)], mark)
	if i <= 0 || strings.IndexByte(text[:i], ' ') >= 0 {
		return false
	}
	e.SetText(event.EventType, event.AuthLogin)
	e.SetText(event.Action, "login")
	e.SetText(event.Outcome, event.Failure)
	e.SetExtraText("authenticator", text[:i])
	f := eximFields{e: e}
	rest := f.host(strings.TrimPrefix(text[i+len(mark):], "H="))
	for strings.HasPrefix(rest, " ") {
		name, value, ok := strings.Cut(rest[1:], "=")
		if !ok || len(name) > 4 {
			break
		}
		var one string
		one, rest, _ = strings.Cut(value, " ")
		one = strings.TrimSuffix(one, ":")
		f.set(name, one)
	}
	reason := strings.TrimPrefix(rest, ": ")
	if k := strings.LastIndex(reason, "(set_id="); k >= 0 {
		e.SetText(event.UserName, strings.TrimSuffix(reason[k+len("(set_id="):], ")"))
		reason = strings.TrimRight(reason[:k], " ")
	}
	e.SetExtraText("reason", reason)
	return true
}

// readEximReject reads "H=mx.example.com (helo) [192.0.2.1]:5555 F=<alice>
// rejected RCPT <bob@example.com>: relay not permitted".
func readEximReject(text string, e *event.Event) bool {
	verb, at := "", -1
	for _, word := range [...]string{" rejected ", " temporarily rejected ", " Warning: ", " sender verify ", " discarded ", " incomplete transaction "} {
		if i := strings.Index(text, word); i >= 0 && (at < 0 || i < at) {
			verb, at = strings.Trim(word, ": "), i
		}
	}
	if at < 0 {
		return false
	}
	fillEximFields(text[:at], e)
	rest := strings.TrimLeft(text[at+1:], " ")
	e.SetText(event.EventType, event.Email)
	e.SetText(event.Action, verb)
	if verb != "Warning" {
		e.SetText(event.Outcome, event.Failure)
	}
	what := strings.TrimPrefix(strings.TrimPrefix(rest, verb), " ")
	if stage, to, ok := strings.Cut(what, " <"); ok && (stage == "RCPT" || stage == "verify fail for") {
		address, reason, _ := strings.Cut(to, ">")
		if stage == "RCPT" {
			e.SetExtraText("stage", stage)
			if address != "" {
				e.SetList(event.EmailTo, []string{address})
			}
		} else {
			e.SetText(event.EmailFrom, address)
		}
		e.SetExtraText("reason", strings.TrimPrefix(reason, ": "))
		return true
	}
	e.SetExtraText("reason", strings.TrimPrefix(what, ": "))
	return true
}

func matchExim(line string) int {
	if len(line) < 21 || line[4] != '-' || line[10] != ' ' || line[13] != ':' || line[7] != '-' || !isDigit(line[0]) {
		return 0
	}
	rest := line[19:]
	if rest[0] == '.' {
		rest = rest[1+leadingDigits(rest[1:]):]
	}
	rest = strings.TrimPrefix(rest, " ")
	if rest != "" && (rest[0] == '+' || rest[0] == '-') {
		_, rest, _ = strings.Cut(rest[:min(len(rest), 128)], " ")
	}
	if strings.HasPrefix(rest, "[") {
		_, rest, _ = strings.Cut(rest[:min(len(rest), 128)], "] ")
	}
	if id, after := cutEximID(rest[:min(len(rest), 40)]); id != "" {
		if len(after) > 2 && (after[2] == ' ' || strings.HasPrefix(after, "Completed")) {
			return Certain
		}
		return 75
	}
	if strings.HasPrefix(rest, "H=") && strings.Contains(rest[:min(len(rest), 700)], "rejected ") {
		return 70
	}
	if strings.Contains(rest[:min(len(rest), 96)], " authenticator failed for ") {
		return 70
	}
	if len(rest) > 4 {
		for i := range eximNotes {
			if eximNotes[i].prefix[0] == rest[0] && strings.HasPrefix(rest, eximNotes[i].prefix) {
				return 45
			}
		}
	}
	return 0
}
