package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var traefikFormat = &Format{
	Name:  "traefik",
	Title: "Traefik",
	Doc: "The access log of the proxy Traefik 1 to 3, in its common log format and as JSON, and its service log as JSON, as " +
		"logfmt and as version 3 writes it to the console. The common log format promises what apache_access promises and the " +
		"count, router, server and duration behind it. Source: https://doc.traefik.io/traefik/observe/logs-and-access-logs/",
	Parse:    parseTraefik,
	Match:    matchTraefik,
	document: &traefikDocument,
}

var (
	traefikWebSources     = []string{"webserver:traefik:"}
	traefikServiceSources = []string{":traefik:traefik"}
)

var traefikDocument = documentKind{
	keys:   []string{"DownstreamStatus", "RouterName", "RequestMethod", "entryPointName", "providerName", "routerName", "middlewareName"},
	claims: claimTraefik,
	fill:   fillTraefik,
}

// claimTraefik is sure of requests, and less so of the service's log, whose
// names tell little.
func claimTraefik(o *object) int {
	switch {
	case o.has("DownstreamStatus") && o.has("RequestMethod"), o.has("ClientHost") && o.has("RequestPath"):
		return 90
	case o.has("level") && o.has("time") && (o.has("msg") || o.has("message")):
		return 60
	default:
		return 0
	}
}

var traefikMapping = newMapping(
	nameGroup{rule{column: event.EventTime, as: asTime}, []string{"StartUTC"}},
	nameGroup{rule{column: event.EventTime, as: asTime, rank: 1}, []string{"StartLocal"}},
	nameGroup{rule{column: event.EventTime, as: asTime, rank: 2}, []string{"time"}},
	nameGroup{rule{column: event.LogLevel, as: asLevel}, []string{"level"}},
	nameGroup{rule{column: event.Message, as: asText}, []string{"msg", "message"}},
	nameGroup{rule{column: event.SourceIP, as: asIP}, []string{"ClientHost"}},
	nameGroup{rule{column: event.SourceIP, as: asIP, rank: 1}, []string{"ClientAddr"}},
	nameGroup{rule{column: event.SourcePort, as: asPort}, []string{"ClientPort"}},
	nameGroup{rule{column: event.UserName, as: asText}, []string{"ClientUsername"}},
	nameGroup{rule{column: event.HTTPMethod, as: asText}, []string{"RequestMethod"}},
	nameGroup{rule{column: event.HTTPVersion, as: asVersion}, []string{"RequestProtocol"}},
	nameGroup{rule{column: event.HTTPHost, as: asText}, []string{"RequestHost"}},
	nameGroup{rule{column: event.HTTPHost, as: asText, rank: 1}, []string{"RequestAddr"}},
	nameGroup{rule{column: event.DestinationPort, as: asPort}, []string{"RequestPort"}},
	nameGroup{rule{column: event.StatusCode, as: asStatus}, []string{"DownstreamStatus"}},
	nameGroup{rule{column: event.StatusCode, as: asStatus, rank: 1}, []string{"OriginStatus"}},
	nameGroup{rule{column: event.ResponseSizeBytes, as: asCount}, []string{"DownstreamContentSize"}},
	nameGroup{rule{column: event.UserAgent, as: asText}, []string{"request_User-Agent"}},
	nameGroup{rule{column: event.Referrer, as: asText}, []string{"request_Referer"}},
)

func fillTraefik(o *object, c *Context, e *event.Event) error {
	target := o.take("RequestPath")
	access := target != "" || o.has("DownstreamStatus")
	direct := strings.HasPrefix(strings.TrimPrefix(o.text("ClientAddr"), "["), o.text("ClientHost"))
	hideAbsent(o.members)
	traefikMapping.fill(o.members, c, e)
	if direct {
		dropExtra(e, "ClientAddr")
	} else {
		keepPort(e, "ClientPort") // that of the proxy in between
	}
	if target != "" {
		fillTarget(e, e.Text(event.HTTPMethod), target)
	}
	describeTraefik(e, access)
	return nil
}

func describeTraefik(e *event.Event, access bool) {
	e.SetText(event.Vendor, "traefik")
	e.SetText(event.Product, "traefik")
	if !access {
		e.SetText(event.EventType, event.ServiceLog)
		e.SetText(event.Service, "traefik")
		e.SetList(event.LogSource, traefikServiceSources)
		return
	}
	e.SetText(event.EventType, event.HTTPAccess)
	e.SetText(event.Service, "access")
	e.SetList(event.LogSource, traefikWebSources)
	if e.Has(event.StatusCode) {
		e.SetText(event.Outcome, httpOutcome(e.Int(event.StatusCode)))
	}
}

func parseTraefik(line string, c *Context, e *event.Event) error {
	switch {
	case isObject(line):
		return parseDocument(line, &traefikDocument, c, e)
	case strings.HasPrefix(line, "time="):
		return parseTraefikLogfmt(line, c, e)
	case consoleMessage(line) != "":
		return parseTraefikConsole(line, c, e)
	default:
		return parseTraefikCommon(line, e)
	}
}

// parseTraefikCommon reads the common log format with
// `COUNT "ROUTER" "SERVER" 3ms` behind the user agent.
func parseTraefikCommon(line string, e *event.Event) error {
	a, err := cutAccess(line)
	if err != nil {
		return err
	}
	at := len(line) - len(a.tail)
	c := scan(a.tail)
	referrer, ok := c.quoted()
	if !ok || !c.skip(' ') {
		return &Error{Reason: "expected the referrer in quotes behind the size", Offset: at + c.i}
	}
	agent, ok := c.quoted()
	if !ok || !c.skip(' ') {
		return &Error{Reason: "expected the user agent in quotes behind the referrer", Offset: at + c.i}
	}
	count := c.token()
	if count != "-" && !isCount(count) || !c.skip(' ') {
		c.i -= len(count)
		return &Error{Reason: "expected the count of requests behind the user agent", Offset: at + c.i}
	}
	router, ok := c.quoted()
	if !ok || !c.skip(' ') {
		return &Error{Reason: "expected the router in quotes behind the count", Offset: at + c.i}
	}
	server, ok := c.quoted()
	if !ok || !c.skip(' ') {
		return &Error{Reason: "expected the server in quotes behind the router", Offset: at + c.i}
	}
	duration, ok := strings.CutSuffix(c.rest(), "ms")
	if !ok || !isCount(duration) {
		return &Error{Reason: "expected the duration in milliseconds behind the server", Offset: at + c.i}
	}
	a.fill(e)
	e.SetText(event.Referrer, absent(referrer))
	e.SetText(event.UserAgent, absent(agent))
	setExtraValue(e, "RequestCount", count)
	e.SetExtraText("RouterName", absent(router))
	e.SetExtraText("ServiceURL", absent(server))
	setExtraValue(e, "Duration", duration)
	describeTraefik(e, true)
	return nil
}

func parseTraefikLogfmt(line string, c *Context, e *event.Event) error {
	var space [stackMembers]member
	members, err := cutLogfmt(line, space[:0])
	if err != nil {
		return err
	}
	traefikMapping.fill(members, c, e)
	describeTraefik(e, false)
	return nil
}

// traefikLevel returns the level that a word of three letters stands for.
func traefikLevel(word string) string {
	switch word {
	case "TRC":
		return "trace"
	case "DBG":
		return "debug"
	case "INF":
		return "info"
	case "WRN":
		return "warning"
	case "ERR":
		return "error"
	case "FTL":
		return "critical"
	case "PNC":
		return "emergency"
	}
	return ""
}

// isTraefikConsole reports whether line begins with an ISO time, a level of
// three letters and the place in Traefik's source or its greeting, which is what
// tells it from other programs with the same logger.
func isTraefikConsole(line string) bool {
	text := consoleMessage(line)
	return strings.HasPrefix(text, "github.com/traefik/") || strings.HasPrefix(text, "Traefik version ")
}

// consoleMessage returns what follows an ISO time and a level of three letters,
// which is what the console of the logger zerolog writes; it is empty for other
// lines.
func consoleMessage(line string) string {
	if !startsWithISO(line) {
		return ""
	}
	space := strings.IndexByte(line[:min(len(line), 40)], ' ')
	if space < 0 || len(line) < space+6 || line[space+4] != ' ' || traefikLevel(line[space+1:space+4]) == "" {
		return ""
	}
	return line[space+5:]
}

// parseTraefikConsole reads "TIME ERR github.com/traefik/... > MESSAGE key=value".
func parseTraefikConsole(line string, c *Context, e *event.Event) error {
	cur := scan(line)
	nanos, valid := rfc3339Time(cur.token(), c.Zone)
	if !valid {
		return &Error{Reason: "the time is not valid"}
	}
	cur.i++
	e.SetInt(event.EventTime, nanos)
	e.SetText(event.LogLevel, traefikLevel(cur.token()))
	cur.i++
	if caller, text, ok := strings.Cut(cur.rest(), " > "); ok {
		e.SetExtraText("caller", caller)
		cur.i = len(line) - len(text)
	}
	e.SetText(event.Message, cur.rest())
	describeTraefik(e, false)
	return nil
}

// matchTraefik is certain of an access line that ends with a quote and a
// duration, and of the console.
func matchTraefik(line string) int {
	if isTraefikConsole(line) {
		return 95
	}
	head, ok := strings.CutSuffix(line, "ms")
	if !ok {
		return 0
	}
	i := len(head)
	for i > 0 && len(head)-i < 20 && isDigit(head[i-1]) {
		i--
	}
	if i == len(head) || !strings.HasSuffix(head[:i], `" `) || layoutOf(line) != otherLayout {
		return 0
	}
	return 95
}
