package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var corednsFormat = &Format{
	Name:  "coredns",
	Title: "CoreDNS",
	Doc: "Lines of CoreDNS with their level in brackets: queries of the plugin log in the formats common and combined, failures of the " +
		"plugin errors, and the messages of all others. Source: https://coredns.io/plugins/log and https://coredns.io/plugins/errors.",
	Parse:  parseCoreDNS,
	Match:  matchCoreDNS,
	Starts: "[2",
}

var corednsSources = []string{"dns::"}

var corednsPayload = payload{
	format:   "coredns",
	read:     readCoreDNS,
	owns:     func(program string) bool { return program == "coredns" },
	describe: describeCoreDNS,
	programs: []string{"coredns"},
	what:     "a line of CoreDNS: expected a level in brackets",
}

func describeCoreDNS(e *event.Event) {
	e.SetText(event.Product, "coredns")
	e.SetText(event.Service, "coredns")
}

func matchCoreDNS(line string) int {
	if len(line) < 12 {
		return 0
	}
	if line[0] == '2' {
		if i := strings.Index(line[:min(len(line), 40)], " ["); i > 18 && corednsStart(line[i+1:]) {
			return 80
		}
		return 0
	}
	if corednsStart(line) {
		return 80
	}
	return 0
}

// corednsStart reports whether s is "[LEVEL] " with a client or a plugin behind
// it: other programs write levels in brackets too.
func corednsStart(s string) bool {
	n := corednsLevel(s)
	if n == 0 {
		return false
	}
	rest := s[n:]
	if strings.HasPrefix(rest, "plugin/") || strings.HasPrefix(rest, "Reloading") || strings.HasPrefix(rest, "SIGTERM: Shutting down") {
		return true
	}
	word, after, ok := strings.Cut(rest[:min(len(rest), 64)], " ")
	return ok && strings.HasPrefix(after, "- ") && len(word) > 3 && strings.IndexByte(word, ':') > 0
}

// corednsLevel returns how long "[INFO] " at the start of s is, 0 where it is not
// there.
func corednsLevel(s string) int {
	if len(s) < 8 || s[0] != '[' {
		return 0
	}
	i := strings.IndexByte(s[:min(len(s), 12)], ']')
	if i < 5 || i+1 >= len(s) || s[i+1] != ' ' {
		return 0
	}
	switch s[1:i] {
	case "INFO", "ERROR", "WARNING", "DEBUG", "FATAL", "PANIC":
		return i + 2
	}
	return 0
}

// parseCoreDNS reads a line with CoreDNS' own time before the level first: it
// looks like the beginning of an envelope.
func parseCoreDNS(line string, c *Context, e *event.Event) error {
	if line != "" && line[0] == '2' && matchCoreDNS(line) > 0 {
		return corednsPayload.parseBare(line, c, e)
	}
	return corednsPayload.parse(line, c, e)
}

// readCoreDNS reads "[time] [LEVEL] text".
func readCoreDNS(line string, c *Context, e *event.Event) bool {
	nanos, n, timed := isoTime(line, c.Zone)
	for n < len(line) && line[n] == ' ' {
		n++
	}
	width := corednsLevel(line[n:])
	if width == 0 {
		return false
	}
	rest := line[n+width:]
	e.SetText(event.EventType, event.ServiceLog)
	if timed {
		e.SetInt(event.EventTime, nanos)
	}
	setLevel(e, line[n+1:n+width-2])
	e.SetText(event.Message, rest)
	describeCoreDNS(e)
	if strings.HasPrefix(rest, "plugin/") {
		fillCoreDNSPlugin(rest, e)
	} else {
		fillCoreDNSQuery(rest, e)
	}
	return true
}

// fillCoreDNSQuery reads `192.0.2.7:51000 - 12345 "A IN www.example.com. udp 45
// false 512" NOERROR qr,rd,ra 106 0.001234s`.
func fillCoreDNSQuery(rest string, e *event.Event) {
	c := scan(rest)
	client := c.token()
	if !c.skipText(" - ") {
		return
	}
	id := c.token()
	c.skipSpaces()
	asked, ok := c.quoted()
	at := strings.LastIndexByte(client, ':')
	if !ok || at < 0 || !isAddress(strings.Trim(client[:at], "[]")) {
		return
	}
	if !fillCoreDNSQuestion(asked, e) {
		return
	}
	e.SetIP(event.SourceIP, strings.Trim(client[:at], "[]"))
	if port, ok := parseUint(client[at+1:]); ok {
		e.SetPort(event.SourcePort, port)
	}
	e.SetText(event.EventType, event.TypeDNSQuery)
	e.SetText(event.Action, "query")
	e.SetList(event.LogSource, corednsSources)
	setExtraNumber(e, "id", id)
	c.skipSpaces()
	setDNSCode(c.token(), e)
	c.skipSpaces()
	if flags := c.token(); flags != "-" {
		e.SetExtraText("rflags", flags)
	}
	c.skipSpaces()
	setExtraNumber(e, "rsize", c.token())
	c.skipSpaces()
	e.SetExtraText("duration", c.token())
}

// fillCoreDNSQuestion reads "A IN www.example.com. udp 45 false 512" from both
// ends: an escaped name may hold a space.
func fillCoreDNSQuestion(asked string, e *event.Event) bool {
	c := scan(asked)
	kind := c.token()
	c.skipSpaces()
	class := c.token()
	c.skipSpaces()
	rest := c.rest()
	var tail [4]string
	for i := len(tail) - 1; i >= 0; i-- {
		at := strings.LastIndexByte(rest, ' ')
		if at < 0 {
			return false
		}
		tail[i], rest = rest[at+1:], rest[:at]
	}
	protocol := transportName(tail[0])
	if rest == "" || protocol == "" && tail[0] != "tcp-tls" && tail[0] != "https" && tail[0] != "quic" && tail[0] != "grpc" {
		return false
	}
	e.SetText(event.DNSQuery, trimRoot(rest))
	e.SetText(event.DNSType, kind)
	if class != "IN" {
		e.SetExtraText("class", class)
	}
	e.SetText(event.NetworkProtocol, protocol)
	if protocol == "" {
		e.SetExtraText("proto", tail[0])
	}
	setExtraNumber(e, "size", tail[1])
	if tail[2] == "true" || tail[2] == "false" {
		e.SetExtra("do", event.Value{Kind: event.KindBool, Text: tail[2]})
	}
	setExtraNumber(e, "bufsize", tail[3])
	return true
}

// fillCoreDNSPlugin reads the plugin's name, and of errors "2 NAME TYPE: REASON".
func fillCoreDNSPlugin(rest string, e *event.Event) {
	head, text, ok := strings.Cut(rest, ": ")
	if !ok || strings.IndexByte(head, ' ') >= 0 {
		return
	}
	e.SetExtraText("plugin", head[len("plugin/"):])
	if head != "plugin/errors" {
		return
	}
	c := scan(text)
	code := c.digits()
	if code == "" || !c.skip(' ') {
		return
	}
	name := c.token()
	c.skipSpaces()
	kind, ok := c.untilText(": ")
	if !ok || kind == "" || len(kind) > 16 || strings.IndexByte(kind, ' ') >= 0 || !isQuestionName(name) {
		return
	}
	e.SetText(event.EventType, event.TypeDNSQuery)
	e.SetText(event.Action, "query")
	e.SetText(event.Outcome, event.Failure)
	e.SetText(event.DNSQuery, trimRoot(name))
	e.SetText(event.DNSType, kind)
	e.SetList(event.LogSource, corednsSources)
	setExtraNumber(e, "rcode", code)
	e.SetExtraText("reason", c.rest())
}
