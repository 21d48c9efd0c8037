package format

import (
	"errors"
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var caddyFormat = &Format{
	Name:  "caddy",
	Title: "Caddy",
	Doc: "Access and service logs of the web server Caddy 2, as JSON objects or as its console encoder writes them: time, " +
		"level, logger and message with tabs between them, and the rest as JSON. A JSON object promises level, time and " +
		"message, a line of the console the first two. Source: https://caddyserver.com/docs/logging",
	Parse:    parseCaddy,
	Match:    matchCaddy,
	Starts:   "12",
	document: &caddyDocument,
}

var (
	caddyWebSources     = []string{"webserver:caddy:"}
	caddyServiceSources = []string{":caddy:caddy"}
)

var caddyDocument = documentKind{
	keys:   []string{"logger", "resp_headers", "bytes_read"},
	claims: claimCaddy,
	fill:   fillCaddy,
}

// claimCaddy is sure of requests. Of the service's own lines only those tell
// that they are Caddy's whose logger does.
func claimCaddy(o *object) int {
	logger := o.text("logger")
	switch {
	case !o.has("ts") && !o.has("time") || !o.has("level"):
		return 0
	case isCaddyRequest(o):
		return 90
	case isCaddyLogger(logger):
		return 60
	default:
		return 0
	}
}

// isCaddyRequest looks for the names of the members only: reading them is left
// to fillCaddy.
func isCaddyRequest(o *object) bool {
	request := o.find("request")
	if request == nil || request.kind != event.KindObject || !o.has("resp_headers") && !strings.HasPrefix(o.text("logger"), "http.") {
		return false
	}
	return strings.Contains(request.text, `"method"`) && strings.Contains(request.text, `"uri"`)
}

// isCaddyLogger reports whether a logger is one of Caddy's modules.
func isCaddyLogger(name string) bool {
	first, _, _ := strings.Cut(name, ".")
	switch first {
	case "http", "admin", "tls", "pki", "caddyfile", "layer4", "watcher":
		return true
	}
	return false
}

// parseCaddy takes every object with level, time and message where the source
// says that it is Caddy's; auto asks claimCaddy.
func parseCaddy(line string, c *Context, e *event.Event) error {
	if !isObject(line) {
		return parseCaddyConsole(line, c, e)
	}
	o, err := scanObject(line)
	if err != nil {
		return err
	}
	defer o.release()
	if claimCaddy(o) == 0 && (!o.has("level") || !o.has("ts") || !o.has("msg")) {
		return &Error{Reason: "a JSON object, but not one of this format: expected level, ts and msg"}
	}
	return fillCaddy(o, c, e)
}

var caddyMapping = newMapping(
	nameGroup{rule{column: event.EventTime, as: asTime}, []string{"ts", "time"}},
	nameGroup{rule{column: event.LogLevel, as: asLevel}, []string{"level"}},
	nameGroup{rule{column: event.Message, as: asText}, []string{"msg"}},
	nameGroup{rule{column: event.StatusCode, as: asStatus}, []string{"status"}},
	nameGroup{rule{column: event.ResponseSizeBytes, as: asCount}, []string{"size"}},
	nameGroup{rule{column: event.UserName, as: asText}, []string{"user_id"}},
)

func fillCaddy(o *object, c *Context, e *event.Event) error {
	access := isCaddyRequest(o)
	logger := o.text("logger")
	if request := o.find("request"); access && !request.done {
		fillCaddyRequest(request, e)
		request.done = true
	}
	hideAbsent(o.members)
	caddyMapping.fill(o.members, c, e)
	describeCaddy(e, access, logger)
	return nil
}

// fillCaddyRequest sets e from the object "request". What is in no column goes to
// extra under its path.
func fillCaddyRequest(request *member, e *event.Event) {
	var space [stackMembers]member
	j := jsonScanner{s: request.text, known: true}
	fields := j.object("", space[:0])
	var client, remote, port string
	for i := range fields {
		m := &fields[i]
		text := scalarText(m)
		switch m.name {
		case "client_ip":
			client = text
		case "remote_ip", "remote_addr":
			remote = text
		case "remote_port":
			port = text
		case "method":
			e.SetText(event.HTTPMethod, text)
		case "proto":
			setVersion(e, text)
		case "host":
			if text != "" {
				fillHost(e, text)
			}
		case "uri":
			if text != "" {
				fillTarget(e, e.Text(event.HTTPMethod), text)
			}
		case "headers":
			fillCaddyHeaders(m, e)
			e.SetExtra("request.headers", event.Value{Kind: m.kind, Text: oneLine(m.text)})
		case "tls":
			e.SetExtra("request.tls", event.Value{Kind: m.kind, Text: oneLine(m.text)})
		default:
			keepAs(e, "request."+m.name, m)
		}
	}
	fillCaddyPeer(client, remote, port, e)
}

// fillCaddyPeer sets the client: the peer, or the one that a trusted proxy named,
// whose port is not known.
func fillCaddyPeer(client, remote, port string, e *event.Event) {
	if client != "" && client != remote && e.SetIP(event.SourceIP, client) {
		e.SetExtraText("request.remote_ip", remote)
		setExtraValue(e, "request.remote_port", port)
		return
	}
	if !setEndpoint(e, event.SourceIP, event.SourcePort, remote) {
		e.SetExtraText("request.remote_ip", remote)
	}
	if number, ok := parsePort(port); ok {
		e.SetPort(event.SourcePort, number)
	}
}

// fillCaddyHeaders sets user agent and referrer from the first value of their
// headers.
func fillCaddyHeaders(headers *member, e *event.Event) {
	if headers.kind != event.KindObject {
		return
	}
	var space [stackMembers]member
	j := jsonScanner{s: headers.text, known: true}
	fields := j.object("", space[:0])
	for i := range fields {
		switch fields[i].name {
		case "User-Agent":
			e.SetText(event.UserAgent, caddyValue(&fields[i]))
		case "Referer":
			e.SetText(event.Referrer, caddyValue(&fields[i]))
		}
	}
}

// caddyValue returns the first element of an array of texts.
func caddyValue(m *member) string {
	for value := range m.elements() {
		return scalarText(value)
	}
	return ""
}

// keepAs stores a member's value in extra.
func keepAs(e *event.Event, name string, m *member) {
	if m.kind == event.KindString {
		e.SetExtraText(name, m.str())
		return
	}
	e.SetExtra(name, event.Value{Kind: m.kind, Text: oneLine(m.text)})
}

// describeCaddy sets the kind of event. The logger http.log.access writes
// requests, http.log.error those that a handler failed on.
func describeCaddy(e *event.Event, access bool, logger string) {
	e.SetText(event.Vendor, "caddy")
	e.SetText(event.Product, "caddy")
	switch {
	case strings.HasPrefix(logger, "http.log.error"):
		e.SetText(event.EventType, event.HTTPError)
		e.SetText(event.Service, "error")
		e.SetText(event.Outcome, event.Failure)
		e.SetList(event.LogSource, caddyServiceSources)
	case access:
		e.SetText(event.EventType, event.HTTPAccess)
		e.SetText(event.Service, "access")
		e.SetList(event.LogSource, caddyWebSources)
		// Caddy logs 0 where a handler wrote no status, which is not one.
		if e.Has(event.StatusCode) {
			e.SetText(event.Outcome, httpOutcome(e.Int(event.StatusCode)))
		}
	default:
		e.SetText(event.EventType, event.ServiceLog)
		e.SetText(event.Service, "caddy")
		e.SetList(event.LogSource, caddyServiceSources)
	}
}

// parseCaddyConsole reads "TIME\tLEVEL\tLOGGER\tMESSAGE\t{...}"; logger and
// object may be missing.
func parseCaddyConsole(line string, c *Context, e *event.Event) error {
	cur := scan(line)
	text, ok := cur.until('\t')
	if !ok {
		return cur.fail("expected a JSON object, or a time and a tab")
	}
	nanos, valid := anyTime(text, c.Zone)
	if !valid {
		return &Error{Reason: "expected a time like 2024/09/05 10:30:00.123"}
	}
	start := cur.i
	word, ok := cur.until('\t')
	level := levelOf(plainLevel(word))
	if !ok || level == "" {
		cur.i = start
		return cur.fail("expected a level from DEBUG to FATAL and a tab")
	}
	logger, message, document := cutCaddyConsole(cur.rest())
	if document != "" {
		o, err := scanObject(document)
		if err != nil {
			if reason, ok := errors.AsType[*Error](err); ok {
				reason.Offset += len(line) - len(document)
			}
			return err
		}
		defer o.release()
		o.members = append(o.members, member{name: "logger", kind: event.KindString, text: logger})
		_ = fillCaddy(o, c, e) // it takes every object
	} else {
		e.SetExtraText("logger", logger)
		describeCaddy(e, false, logger)
	}
	e.SetInt(event.EventTime, nanos)
	e.SetText(event.LogLevel, level)
	e.SetText(event.Message, message)
	return nil
}

// plainLevel takes the colours of a terminal off a level.
func plainLevel(word string) string {
	if rest, ok := strings.CutPrefix(word, "\x1b["); ok {
		if _, text, ok := strings.Cut(rest[:min(len(rest), 32)], "m"); ok {
			text, _, _ = strings.Cut(text, "\x1b")
			return text
		}
	}
	return word
}

// cutCaddyConsole cuts "LOGGER\tMESSAGE\t{...}". The object is last, and begins
// behind the last tab, as JSON escapes tabs.
func cutCaddyConsole(rest string) (logger, message, document string) {
	if i := strings.LastIndexByte(rest, '\t'); i >= 0 && strings.HasPrefix(rest[i+1:], "{") {
		rest, document = rest[:i], rest[i+1:]
	}
	logger, message, ok := strings.Cut(rest, "\t")
	if !ok {
		return "", rest, document
	}
	return logger, message, document
}

// matchCaddy looks for a date with slashes, three digits of a second, a tab, and
// a level behind that.
func matchCaddy(line string) int {
	if len(line) < len("2024/09/05 10:30:00.123\tINFO\t") || line[4] != '/' || line[23] != '\t' || line[19] != '.' {
		return 0
	}
	word, _, ok := strings.Cut(line[24:min(len(line), 44)], "\t")
	if !ok || levelOf(plainLevel(word)) == "" {
		return 0
	}
	return 90
}
