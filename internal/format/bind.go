package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var bindFormat = &Format{
	Name:  "bind",
	Title: "BIND named (queries, security, RPZ, resolver)",
	Doc: "Messages of BIND's named as it writes them to a file, with time, category and severity or without, and to syslog: " +
		"queries, responses, refused and failed queries, response policy zones, the resolver's troubles, and the rest kept whole. " +
		"Infoblox' response log is read too. Source: BIND 9 Administrator Reference Manual, logging; lib/ns/query.c and client.c.",
	Parse:  parseBind,
	Match:  matchBind,
	Starts: "0123456789abcdefghijklmnopqrstuvwxyz",
}

// dnsSources are those of name servers that log to syslog: some rules for
// Linux' syslog are about them.
var dnsSources = []string{"dns::", ":linux:syslog"}

var bindPayload = payload{
	format:   "bind",
	read:     readBind,
	owns:     isNamed,
	describe: describeBind,
	programs: []string{"named", "named-pkcs11", "named-sdb", "named-chroot"},
	starts:   []string{"client "},
	claims:   func(message string) bool { return bindClientWidth(message) > 0 },
	what:     "a message of named that is known",
}

func isNamed(program string) bool { return program == "named" || strings.HasPrefix(program, "named-") }

func describeBind(e *event.Event) {
	e.SetText(event.Vendor, "isc")
	e.SetText(event.Product, "bind")
	e.SetText(event.Service, "named")
	if !e.Has(event.LogSource) {
		e.SetList(event.LogSource, syslogSource)
	}
}

func matchBind(line string) int {
	if len(line) < 20 {
		return 0
	}
	if isAlpha(line[0]) {
		if bindClientWidth(line) > 0 {
			return Certain
		}
		var h bindHeader
		if n := h.cut(line, nil); n > 0 && h.category != "" && h.severity != "" {
			return 75
		}
		return 0
	}
	if line[4] != '-' && line[2] != '-' {
		return 0
	}
	var h bindHeader
	if n := h.cut(line, nil); n > 0 && h.found() {
		if h.category != "" && h.severity != "" || bindClientWidth(line[n:]) > 0 {
			return 90
		}
		return 35
	}
	return 0
}

// parseBind reads a line of a log file before it looks for an envelope: BIND can
// write times as syslog does, but no syslog header goes on with a category.
func parseBind(line string, c *Context, e *event.Event) error {
	var h bindHeader
	if n := h.cut(line, c); n > 0 && h.found() || !hasEnvelope(line) {
		return bindPayload.parseBare(line, c, e)
	}
	return bindPayload.parse(line, c, e)
}

// bindHeader is what named puts before a message, each part if it was told to.
type bindHeader struct {
	nanos              int64
	timed              bool
	category, severity string
	debug              string
	// client says that a client's message follows.
	client bool
}

// found reports whether the header leaves no doubt that named wrote the line.
func (h *bindHeader) found() bool {
	return h.category != "" && h.severity != "" || h.client || h.timed && h.category != ""
}

// cut reads the header and returns how long it is. Without a context times are
// not worked out.
func (h *bindHeader) cut(s string, c *Context) int {
	rest := s
	if s != "" && isDigit(s[0]) {
		n := h.cutTime(s, c)
		if n == 0 || n >= len(s) || s[n] != ' ' {
			return 0
		}
		rest = s[n+1:]
	}
	if word, after, ok := cutBindWord(rest); ok && isBindCategory(word) {
		h.category, rest = word, after
	}
	if word, after, ok := cutBindWord(rest); ok && levelOf(strings.TrimRight(word, " 0123456789")) != "" {
		h.severity = strings.TrimRight(word, " 0123456789")
		h.debug = strings.TrimLeft(word[len(h.severity):], " ")
		rest = after
	}
	h.client = bindClientWidth(rest) > 0
	return len(s) - len(rest)
}

func (h *bindHeader) cutTime(s string, c *Context) int {
	if len(s) < 22 {
		return 0
	}
	if s[4] == '-' {
		if c == nil {
			c = &Context{}
		}
		nanos, n, ok := isoTime(s, c.Zone)
		h.nanos, h.timed = nanos, ok
		return n
	}
	m, n, ok := dayFirst(s)
	if !ok {
		return 0
	}
	if c != nil {
		h.nanos, h.timed = m.in(c.Zone)
	}
	h.timed = true
	return n
}

// cutBindWord reads "queries: ".
func cutBindWord(s string) (word, rest string, ok bool) {
	i := strings.IndexByte(s[:min(len(s), 28)], ':')
	if i < 2 || i+1 >= len(s) || s[i+1] != ' ' {
		return "", s, false
	}
	return s[:i], s[i+2:], true
}

// isBindCategory knows the categories of BIND 9.
func isBindCategory(word string) bool {
	switch word {
	case "client", "cname", "config", "database", "default", "delegation-only", "dispatch", "dnssec", "dnstap", "edns-disabled", "general",
		"lame-servers", "network", "notify", "nsid", "queries", "query-errors", "rate-limit", "resolver", "responses", "rpz", "rpz-passthru",
		"security", "serve-stale", "spill", "sslkeylog", "trust-anchor-telemetry", "unmatched", "update", "update-security", "xfer-in", "xfer-out",
		"zoneload", "query-logging", "dlz", "resolver-error":
		return true
	}
	return false
}

// readBind reads "[time] [category:] [severity:] message".
func readBind(message string, c *Context, e *event.Event) bool {
	var h bindHeader
	n := h.cut(message, c)
	if n == 0 && message != "" && isDigit(message[0]) {
		return false
	}
	text := message[n:]
	q := bindMessage{text: text, e: e}
	if !q.read() && !h.found() {
		return false
	}
	if h.timed {
		e.SetInt(event.EventTime, h.nanos)
	}
	e.SetExtraText("category", h.category)
	setLevel(e, h.severity)
	if h.debug != "" {
		setExtraNumber(e, "debug_level", h.debug)
	}
	e.SetText(event.Message, text)
	if !e.Has(event.EventType) {
		e.SetText(event.EventType, event.ServiceLog)
	}
	describeBind(e)
	return true
}
