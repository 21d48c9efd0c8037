package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var eximFormat = &Format{
	Name:  "exim",
	Title: "Exim",
	Doc: "Lines of the Exim mail server's mainlog, rejectlog and paniclog, in a syslog header too: mails that arrived, were " +
		"delivered, deferred, failed or refused, failed logins, connections. It promises a time and, without a syslog header, a " +
		"message ID or words that are Exim's. Source: https://www.exim.org/exim-html-current/doc/html/spec_html/ch-log_files.html",
	Parse:  parseExim,
	Match:  matchExim,
	Starts: "12",
}

var eximPayload = payload{
	format:   "exim",
	read:     readExim,
	owns:     func(program string) bool { return program == "exim" || program == "exim4" },
	describe: describeExim,
	programs: []string{"exim", "exim4"},
	what:     "a message of Exim that is known",
}

func describeExim(e *event.Event) {
	e.SetText(event.Vendor, "exim")
	e.SetText(event.Product, "exim")
	e.SetList(event.LogSource, syslogSource)
}

func parseExim(line string, c *Context, e *event.Event) error {
	if hasEnvelope(line) {
		return eximPayload.parse(line, c, e)
	}
	nanos, n, ok := isoTime(line, c.Zone)
	if !ok || line[10] != ' ' || n >= len(line) || line[n] != ' ' {
		return &Error{Reason: "expected a date, a time and a space"}
	}
	if !readExim(line, c, e) {
		return &Error{Reason: "not " + eximPayload.what, Offset: n + 1}
	}
	e.SetInt(event.EventTime, nanos)
	return nil
}

// readExim reads a message, with Exim's own time before it or not.
func readExim(message string, c *Context, e *event.Event) bool {
	text := message
	nanos, n, timed := isoTime(message, c.Zone)
	if timed && strings.HasPrefix(message[n:], " ") {
		text = message[n+1:]
	} else {
		timed = false
	}
	pid := ""
	if inner, ok := strings.CutPrefix(text, "["); ok {
		digits := leadingDigits(inner)
		if rest, closed := strings.CutPrefix(inner[digits:], "] "); closed && digits > 0 {
			pid, text = inner[:digits], rest
		}
	}
	id, rest := cutEximID(text)
	known := false
	if id != "" {
		known = readEximMail(rest, e)
	} else {
		known = readEximNote(text, e)
	}
	if !known {
		return false
	}
	if timed {
		e.SetInt(event.EventTime, nanos)
	}
	if v, ok := parseUint(pid); ok && pid != "" {
		e.SetInt(event.ProcessID, v)
	}
	e.SetExtraText("message_id", id)
	e.SetText(event.Message, text)
	describeExim(e)
	return true
}

// cutEximID splits "1sm3Ab-0005MB-2x rest", since Exim 4.97 "1sm3Ab-00000005MBa-2x3y".
func cutEximID(text string) (id, rest string) {
	n := 0
	dashes := 0
	for n < len(text) && n < 24 && (isAlnum(text[n]) || text[n] == '-') {
		if text[n] == '-' {
			dashes++
		}
		n++
	}
	shape := n == 16 && text[6] == '-' && text[13] == '-' || n == 23 && text[6] == '-' && text[18] == '-'
	if !shape || dashes != 2 || n < len(text) && text[n] != ' ' {
		return "", text
	}
	if n == len(text) {
		return text, ""
	}
	return text[:n], text[n+1:]
}

// readEximMail reads what stands behind a message ID.
func readEximMail(rest string, e *event.Event) bool {
	e.SetText(event.EventType, event.Email)
	flag, after, _ := strings.Cut(rest, " ")
	switch flag {
	case "<=":
		fillEximArrival(after, e)
	case "=>", "->", ">>", "*>":
		fillEximDelivery(flag, after, e)
	case "==", "**":
		fillEximFailure(flag, after, e)
	case "(=":
		fillEximFields(after, e)
		e.SetText(event.Action, flag)
	case "Completed":
		e.SetText(event.Action, "Completed")
		e.SetText(event.Outcome, event.Success)
	default:
		if !readEximNote(rest, e) {
			e.SetExtraText("reason", rest)
		}
		e.SetText(event.EventType, event.Email)
	}
	return true
}

// fillEximArrival reads "alice@example.com H=mx.example.com (helo) [192.0.2.1]
// P=esmtp S=1234 id=a@b".
func fillEximArrival(text string, e *event.Event) {
	from, rest, _ := strings.Cut(text, " ")
	e.SetText(event.EmailFrom, strings.Trim(from, "<>"))
	e.SetText(event.Action, "<=")
	e.SetText(event.Outcome, event.Success)
	fillEximFields(rest, e)
}

// fillEximDelivery reads "bob <bob@example.com> F=<alice@example.com> R=router
// T=transport H=mx.example.com [192.0.2.1]:25 C=\"250 ok\"".
func fillEximDelivery(flag, text string, e *event.Event) {
	address, rest := cutEximAddress(text)
	e.SetList(event.EmailTo, []string{address})
	if address == "" {
		e.Clear(event.EmailTo)
	}
	e.SetText(event.Action, flag)
	if flag != "*>" {
		e.SetText(event.Outcome, event.Success)
	}
	fillEximRemote(rest, e)
}

// cutEximAddress cuts the address from the fields: "bob@example.com",
// "bob <bob@example.com>", "|/usr/bin/filter <bob@example.com>".
func cutEximAddress(text string) (address, rest string) {
	end := len(text)
	for _, name := range [...]string{" F=", " R=", " T=", " P=", " H="} {
		if i := strings.Index(text, name); i >= 0 && i < end {
			end = i
		}
	}
	address, rest = text[:end], text[end:]
	if i := strings.IndexByte(address, '<'); i > 0 && strings.HasSuffix(address, ">") {
		return address[i+1 : len(address)-1], rest
	}
	if i := strings.Index(address, ": "); i > 0 {
		return address[:i], address[i:]
	}
	if strings.IndexByte(address, '@') < 0 && strings.IndexByte(address, ' ') >= 0 {
		address, _, _ = strings.Cut(address, " ")
	}
	return strings.Trim(address, "<>"), rest
}

// fillEximFailure reads "bob@example.com R=router T=transport defer (-53): text"
// and "bob@example.com F=<a> R=router: text".
func fillEximFailure(flag, text string, e *event.Event) {
	address, rest := cutEximAddress(text)
	if address != "" {
		e.SetList(event.EmailTo, []string{address})
	}
	e.SetText(event.Action, flag)
	e.SetText(event.Outcome, event.Failure)
	fields, reason, ok := strings.Cut(rest, ": ")
	fillEximRemote(fields, e)
	if ok {
		e.SetExtraText("reason", reason)
	}
}

// fillEximRemote is fillEximFields for a host that mail went to.
func fillEximRemote(text string, e *event.Event) {
	f := eximFields{e: e, remote: true}
	f.read(text)
}

func fillEximFields(text string, e *event.Event) {
	f := eximFields{e: e}
	f.read(text)
}

// eximFields walks "H=mx.example.com (helo) [192.0.2.1]:25 I=[192.0.2.10]:25
// P=esmtpsa X=TLS1.3:NAME:256 CV=no A=dovecot_login:alice S=1234 T=\"subject\"".
type eximFields struct {
	e      *event.Event
	remote bool
}

func (f *eximFields) read(text string) {
	for range 64 {
		text = strings.TrimLeft(text, " ")
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" || len(name) > 8 || nameEnd(name) != len(name) {
			if recipients, found := strings.CutPrefix(text, "for "); found {
				f.e.SetList(event.EmailTo, strings.Fields(recipients[:min(len(recipients), 8192)]))
			} else if strings.HasPrefix(text, "from ") {
				f.skipSender(text)
			} else if text != "" {
				if reason, after := strings.CutPrefix(text, "rejected "); after {
					f.e.SetExtraText("reason", reason)
				}
			}
			return
		}
		text = f.set(name, value)
	}
}

// skipSender reads "from <alice@example.com> for bob@example.com", which Exim
// adds on request.
func (f *eximFields) skipSender(text string) {
	_, recipients, ok := strings.Cut(text, " for ")
	if ok {
		f.e.SetList(event.EmailTo, strings.Fields(recipients[:min(len(recipients), 8192)]))
	}
}

// set stores one field and returns what follows.
func (f *eximFields) set(name, text string) string {
	e := f.e
	if name == "H" {
		return f.host(text)
	}
	value, rest := "", ""
	if strings.HasPrefix(text, `"`) {
		c := scan(text)
		if v, ok := c.quoted(); ok {
			value, rest = unescape(v), c.rest()
		}
	}
	if value == "" {
		value, rest, _ = strings.Cut(text, " ")
	}
	switch name {
	case "F":
		e.SetText(event.EmailFrom, strings.Trim(value, "<>"))
	case "A":
		_, user, ok := strings.Cut(value, ":")
		if ok {
			e.SetText(event.UserName, user)
		}
		e.SetExtraText(name, value)
	case "U":
		fillAbsent(e, event.UserName, value)
		if e.Text(event.UserName) != value {
			e.SetExtraText(name, value)
		}
	case "I":
		f.local(value)
	case "S":
		setExtraNumber(e, name, value)
	default:
		e.SetExtraText(name, value)
	}
	return rest
}

// host reads "mx.example.com (helo) [192.0.2.1]:25": the name, if it resolved,
// what the client calls itself, and the address.
func (f *eximFields) host(text string) string {
	open := eximAddressAt(text)
	if open < 0 {
		name, rest, _ := strings.Cut(text, " ")
		f.e.SetExtraText("H", name)
		return rest
	}
	head := strings.TrimRight(text[:open], " ")
	if i := strings.IndexByte(head, '('); i >= 0 {
		f.e.SetExtraText("helo", strings.TrimSuffix(head[i+1:], ")"))
		head = strings.TrimRight(head[:i], " ")
	}
	f.e.SetExtraText("H", head)
	ip, port := event.SourceIP, event.SourcePort
	if f.remote {
		ip, port = event.DestinationIP, event.DestinationPort
	}
	return f.address(text[open:], ip, port)
}

// eximAddressAt returns the place of the "[" of an address, -1 for none. A client
// may call itself "[192.0.2.1]", which stands in round brackets.
func eximAddressAt(text string) int {
	if strings.HasPrefix(text, "[") {
		return 0
	}
	head := text[:min(len(text), 600)]
	if i := strings.IndexByte(head, '('); i >= 0 && i <= max(0, strings.IndexByte(head, ' ')+1) {
		k := strings.Index(head[i:], ") [")
		if k < 0 {
			return -1
		}
		return i + k + 2
	}
	name, rest, ok := strings.Cut(head, " ")
	if !ok || !strings.HasPrefix(rest, "[") {
		return -1
	}
	return len(name) + 1
}

func (f *eximFields) address(text string, ip, port event.Column) string {
	shut := strings.IndexByte(text[:min(len(text), 64)], ']')
	if shut < 0 {
		return ""
	}
	setAddress(f.e, ip, text[1:shut])
	rest := text[shut+1:]
	if digits, ok := strings.CutPrefix(rest, ":"); ok {
		n := leadingDigits(digits)
		if v, valid := parseUint(digits[:n]); valid {
			f.e.SetPort(port, v)
			rest = digits[n:]
		}
	}
	return rest
}

// local reads I=, the address that the server was reached at.
func (f *eximFields) local(value string) {
	if !strings.HasPrefix(value, "[") || f.remote {
		f.e.SetExtraText("I", value)
		return
	}
	f.address(value, event.DestinationIP, event.DestinationPort)
}
