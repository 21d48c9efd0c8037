package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var cefFormat = &Format{
	Name:  "cef",
	Title: "ArcSight Common Event Format (CEF)",
	Doc: "Events of any product in ArcSight's Common Event Format: bare, in a syslog envelope, or behind a time and a host. The " +
		"mandatory part is the header with its seven fields; the extension is read key by key, with values that hold spaces, and " +
		"custom fields get the names of their labels. Source: Micro Focus, ArcSight Common Event Format, versions 0 and 1.",
	Parse:  parseCEF,
	Match:  matchCEF,
	Starts: "C12",
}

var cefPayload = payload{
	format:   "cef",
	read:     readCEF,
	owns:     func(string) bool { return true },
	describe: func(*event.Event) {},
	starts:   []string{"CEF:"},
	claims:   func(message string) bool { return cefVersion(message) > 0 },
	strict:   true,
	what:     "CEF: expected CEF:0| and seven fields with | between them",
}

// cefVersion returns how long "CEF:0|" at the start of text is, 0 where it is not
// there. Some products put a space before the version.
func cefVersion(text string) int {
	rest, ok := strings.CutPrefix(text, "CEF:")
	if !ok {
		return 0
	}
	digits := strings.TrimLeft(rest[:min(len(rest), 4)], " ")
	n := leadingDigits(digits)
	if n == 0 || n > 2 || n == len(digits) || digits[n] != '|' {
		return 0
	}
	return strings.IndexByte(text, '|') + 1
}

func matchCEF(line string) int {
	switch {
	case line == "":
		return 0
	case line[0] == 'C':
		if cefVersion(line) > 0 {
			return Certain
		}
	case (line[0] == '1' || line[0] == '2') && !hasEnvelope(line):
		if headedAt(line, "CEF:", cefVersion) > 0 {
			return 80
		}
	}
	return 0
}

// maxHead is how far into a line or a message the format may begin that something
// else was put before.
const maxHead = 96

// headedAt returns where behind some words a format begins that version confirms,
// 0 where it does not.
func headedAt(text, start string, version func(string) int) int {
	i := strings.Index(text[:min(len(text), maxHead)], start)
	if i > 0 && text[i-1] == ' ' && version(text[i:]) > 0 {
		return i
	}
	return 0
}

func parseCEF(line string, c *Context, e *event.Event) error {
	if !hasEnvelope(line) {
		if i := headedAt(line, "CEF:", cefVersion); i > 0 {
			return parseHeaded(&cefPayload, line, i, c, e)
		}
	}
	return cefPayload.parse(line, c, e)
}

// parseHeaded reads a message that begins at line[at:] behind a head of no
// standard: a time, a host, or both.
func parseHeaded(p *payload, line string, at int, c *Context, e *event.Event) error {
	head := strings.TrimRight(line[:at], " ")
	nanos, n, timed := isoTime(head, c.Zone)
	host := strings.TrimLeft(head[n:], " ")
	if host != "" && !isHost(host) {
		return &Error{Reason: "neither a time nor a host before the message", Offset: n}
	}
	if !p.read(line[at:], c, e) {
		return &Error{Reason: "not " + p.what, Offset: at}
	}
	if timed && !e.Has(event.EventTime) {
		e.SetInt(event.EventTime, nanos)
	}
	fillAbsent(e, event.HostName, host)
	fillAbsent(e, event.Message, line[at:])
	return nil
}

// cefHeader is what stands before the extension, escapes included.
type cefHeader struct {
	vendor, product, version, class, name, severity string
}

// readCEF reads "CEF:0|Vendor|Product|Version|Class|Name|Severity|Extension".
func readCEF(message string, c *Context, e *event.Event) bool {
	h, extension, ok := cutCEF(message)
	if !ok {
		return false
	}
	var space [stackMembers]member
	members := cutExtension(extension, space[:0])
	fillCEF(h, members, c, e)
	return true
}

// cutCEF splits the header. The last field may lack its bar where there is no
// extension.
func cutCEF(message string) (h cefHeader, extension string, ok bool) {
	n := cefVersion(message)
	if n == 0 {
		return h, "", false
	}
	rest := message[n:]
	for _, to := range [...]*string{&h.vendor, &h.product, &h.version, &h.class, &h.name} {
		if *to, rest, ok = cutHeaderField(rest); !ok {
			return h, "", false
		}
	}
	h.severity, extension, ok = cutHeaderField(rest)
	if !ok {
		h.severity, extension = rest, ""
	}
	h.severity = strings.TrimSpace(h.severity)
	return h, extension, h.vendor != "" && h.product != "" && isCEFSeverity(h.severity)
}

// isCEFSeverity reports whether s is nothing, a number, or a word or two. It tells
// a whole header from one that was cut, or that had a bar too few.
func isCEFSeverity(s string) bool {
	if s == "" || leadingDigits(s) == len(s) {
		return len(s) < 4
	}
	if len(s) < 3 || len(s) > 16 || !isAlpha(s[0]) {
		return false
	}
	for i := 0; i < len(s); i++ {
		if !isAlpha(s[i]) && s[i] != '-' && s[i] != ' ' {
			return false
		}
	}
	return true
}

// cutHeaderField splits off the text before the next bar that no backslash
// escapes.
func cutHeaderField(s string) (field, rest string, ok bool) {
	for i := 0; ; i++ {
		n := strings.IndexByte(s[i:], '|')
		if n < 0 {
			return "", s, false
		}
		i += n
		if !escapedAt(s, 0, i) {
			return unescapeCEF(s[:i], true), s[i+1:], true
		}
	}
}
