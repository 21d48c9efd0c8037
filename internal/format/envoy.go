package format

import (
	"strconv"
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var envoyFormat = &Format{
	Name:  "envoy",
	Title: "Envoy and Istio",
	Doc: "The access log of the proxy Envoy in its default layout, in Istio's, and as JSON with the names that Istio and " +
		"Contour give, for HTTP and TCP; and Envoy's own log. A line promises a time in brackets, the request in quotes, " +
		"status, flags and the numbers behind them. " +
		"Source: https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage",
	Parse:    parseEnvoy,
	Match:    matchEnvoy,
	Starts:   "[",
	document: &envoyDocument,
}

var (
	envoyWebSources     = []string{"webserver:envoy:"}
	envoyServiceSources = []string{":envoy:envoy"}
)

// envoyLine is a line of the access log, cut. The names are those of Istio's
// JSON.
type envoyLine struct {
	nanos         int64
	request       string
	status, flags string
	istio         bool
	details       string
	termination   string
	reason        string
	// numbers are bytes received and sent, the duration and the upstream's.
	numbers [4]string
	// texts are the forwarded addresses, user agent, request id, authority and
	// upstream host; cutTexts leaves out what can't be told apart.
	texts   [5]string
	unclear bool
	// places are cluster, upstream's and downstream's addresses, server name and
	// route, and tail what a site appended.
	places [6]string
	tail   string
}

func parseEnvoy(line string, c *Context, e *event.Event) error {
	if isObject(line) {
		return parseDocument(line, &envoyDocument, c, e)
	}
	if isEnvoyService(line) {
		return parseEnvoyService(line, c, e)
	}
	l, err := cutEnvoy(line, c)
	if err != nil {
		return err
	}
	l.fill(e)
	return nil
}

// cutEnvoy cuts
//
//	[TIME] "METHOD PATH PROTOCOL" STATUS FLAGS RECEIVED SENT DURATION UPSTREAM "XFF" "AGENT" "ID" "AUTHORITY" "HOST"
//
// where Istio has three fields more behind the flags and six at the end.
func cutEnvoy(line string, c *Context) (l envoyLine, err error) {
	cur := scan(line)
	if !cur.skip('[') {
		return l, cur.fail("expected a time in brackets")
	}
	text, ok := cur.until(']')
	if ok {
		l.nanos, ok = rfc3339Time(text, c.Zone)
	}
	if !ok {
		return l, (&cursor{i: 1}).fail("expected a time like 2024-09-05T10:30:00.123Z")
	}
	if !cur.skipText(` "`) {
		return l, cur.fail("expected the request in quotes behind the time")
	}
	if err := l.cutRequest(&cur); err != nil {
		return l, err
	}
	if err := l.cutFlags(&cur); err != nil {
		return l, err
	}
	for i := range l.numbers {
		start := cur.i
		l.numbers[i] = cur.token()
		if l.numbers[i] != "-" && !isCount(l.numbers[i]) || !cur.skip(' ') {
			cur.i = start
			return l, cur.fail("expected bytes received, bytes sent, duration and the upstream's time")
		}
	}
	return l, l.cutTexts(&cur)
}

// cutRequest reads the request up to the quote that a status follows, and the
// status. Paths hold no spaces, so the protocol before the quote tells it.
func (l *envoyLine) cutRequest(cur *cursor) error {
	start := cur.i
	for i := start; ; i++ {
		n := strings.IndexByte(cur.s[i:], '"')
		if n < 0 {
			cur.i = start
			return cur.fail("expected a quote and a status behind the request")
		}
		i += n
		request := cur.s[start:i]
		at := strings.LastIndexByte(request, ' ')
		if at < 0 || request[at+1:] != "-" && !strings.HasPrefix(request[at+1:], "HTTP/") {
			continue
		}
		next := cursor{s: cur.s, i: i + 1}
		if !next.skip(' ') {
			continue
		}
		status := next.token()
		if status != "0" && status != "-" && (len(status) != 3 || !isCount(status)) || !next.skip(' ') {
			continue
		}
		l.request, l.status, cur.i = request, status, next.i
		return nil
	}
}

// cutFlags reads the flags, and what Istio has behind them: the response's
// details, the termination's, and why the upstream failed, in quotes.
func (l *envoyLine) cutFlags(cur *cursor) error {
	start := cur.i
	l.flags = cur.token()
	if !isEnvoyFlags(l.flags) || !cur.skip(' ') {
		cur.i = start
		return cur.fail("expected response flags")
	}
	start = cur.i
	details := cur.token()
	if isCount(details) {
		cur.i = start
		return nil
	}
	if !cur.skip(' ') {
		cur.i = start
		return cur.fail("expected bytes received, or the response's details")
	}
	l.istio, l.details = true, details
	termination, ok := cur.untilText(` "`)
	if !ok || len(termination) > 1024 {
		return cur.fail("expected why the upstream failed, in quotes")
	}
	l.termination = termination
	if l.reason, ok = cur.untilText(`" `); !ok {
		return cur.fail("expected a quote behind why the upstream failed")
	}
	return nil
}

// isEnvoyFlags reports whether s is "-" or short names of flags, "UF,URX".
func isEnvoyFlags(s string) bool {
	for i := range len(s) {
		if !isAlnum(s[i]) && s[i] != ',' && s[i] != '-' && s[i] != '_' {
			return false
		}
	}
	return s != "" && !isCount(s)
}

// cutTexts cuts the five texts in quotes. Envoy does not escape the quotes of
// headers: where there are more than five, only the last two are told, which
// hold none.
func (l *envoyLine) cutTexts(cur *cursor) error {
	rest := cur.rest()
	end := strings.LastIndexByte(rest, '"')
	if !strings.HasPrefix(rest, `"`) || end < 1 {
		return cur.fail("expected five texts in quotes")
	}
	inner := rest[1:end]
	if n := strings.Count(inner, `" "`); n == 4 {
		for i := range l.texts {
			l.texts[i], inner, _ = strings.Cut(inner, `" "`)
		}
	} else if n > 4 {
		l.unclear = true
		at := strings.LastIndex(inner, `" "`)
		l.texts[4], inner = inner[at+3:], inner[:at]
		l.texts[3] = inner[strings.LastIndex(inner, `" "`)+3:]
	} else {
		return cur.fail("expected five texts in quotes")
	}
	cur.i += end + 1
	cur.skip(' ')
	if !l.istio {
		l.tail = cur.rest()
		return nil
	}
	for i := range l.places {
		l.places[i] = cur.token()
		cur.skip(' ')
	}
	l.tail = cur.rest()
	return nil
}

// The names of what goes to extra.
var (
	envoyTextNames  = [5]string{"x_forwarded_for", "", "request_id", "", "upstream_host"}
	envoyPlaceNames = [6]string{
		"upstream_cluster", "upstream_local_address", "downstream_local_address", "downstream_remote_address", "requested_server_name", "route_name",
	}
)

func (l *envoyLine) fill(e *event.Event) {
	e.SetInt(event.EventTime, l.nanos)
	if l.request == "- - -" {
		fillEnvoyFlow(l.numbers[0], l.numbers[1], l.flags, e)
	} else {
		l.fillRequest(e)
	}
	fillEnvoyDecision(l.flags, l.details, e)
	e.SetExtraText("response_flags", absent(l.flags))
	e.SetExtraText("response_code_details", absent(l.details))
	e.SetExtraText("connection_termination_details", absent(l.termination))
	e.SetExtraText("upstream_transport_failure_reason", absent(l.reason))
	setExtraValue(e, "bytes_received", l.numbers[0])
	setExtraValue(e, "duration", l.numbers[2])
	setExtraValue(e, "upstream_service_time", l.numbers[3])
	l.fillTexts(e)
	l.fillPlaces(e)
	e.SetExtraText("tail", l.tail)
	describeEnvoy(e)
}

func (l *envoyLine) fillRequest(e *event.Event) {
	e.SetText(event.EventType, event.HTTPAccess)
	setHTTPStatus(e, l.status)
	setCount(e, event.ResponseSizeBytes, l.numbers[1])
	if strings.HasPrefix(l.request, "- ") {
		return // the client sent none
	}
	fillRequest(e, l.request)
}

// fillEnvoyDecision sets that a policy, an authorization service or a rate limit
// refused the request or the connection.
func fillEnvoyDecision(flags, details string, e *event.Event) {
	if strings.HasPrefix(details, "rbac_access_denied") || flags == "UAEX" || flags == "RL" {
		e.SetText(event.Action, event.Deny)
		e.SetText(event.Outcome, event.Failure)
	}
}

// fillEnvoyFlow sets what a TCP connection says. Flags say that something went
// wrong.
func fillEnvoyFlow(received, sent, flags string, e *event.Event) {
	e.SetText(event.EventType, event.NetworkFlow)
	e.SetText(event.NetworkProtocol, "tcp")
	in, ok := parseUint(received)
	out, fits := parseUint(sent)
	if ok && fits && in < 1<<61 && out < 1<<61 {
		e.SetInt(event.NetworkBytes, in+out)
		setExtraValue(e, "bytes_sent", sent)
	}
	switch {
	case flags == "-" || flags == "":
		e.SetText(event.Outcome, event.Success)
	case strings.HasPrefix(flags, "U"), flags == "NR", flags == "NC":
		e.SetText(event.Outcome, event.Failure)
	}
}

func (l *envoyLine) fillTexts(e *event.Event) {
	for i, name := range envoyTextNames {
		if name != "" {
			e.SetExtraText(name, absent(l.texts[i]))
		}
	}
	e.SetText(event.UserAgent, absent(l.texts[1]))
	if l.unclear {
		e.Warn("user_agent: a header holds quotes; x_forwarded_for, user agent and request id can't be told apart")
	}
}

// fillPlaces sets the client. The default layout has it only among the forwarded
// addresses, where a list may begin with whatever the client sent.
func (l *envoyLine) fillPlaces(e *event.Event) {
	for i, name := range envoyPlaceNames {
		place := absent(l.places[i])
		switch {
		case place == "":
		case name == "downstream_remote_address" && setEndpoint(e, event.SourceIP, event.SourcePort, place):
		case name == "downstream_local_address" && setEndpoint(e, event.DestinationIP, event.DestinationPort, place):
		default:
			e.SetExtraText(name, place)
		}
	}
	if host := absent(l.texts[3]); host != "" {
		fillEnvoyHost(host, e)
	}
	if !l.istio && setAddress(e, event.SourceIP, l.texts[0]) {
		dropExtra(e, "x_forwarded_for")
	}
}

func describeEnvoy(e *event.Event) {
	e.SetText(event.Vendor, "envoy")
	e.SetText(event.Product, "envoy")
	e.SetText(event.Service, "access")
	e.SetList(event.LogSource, envoyServiceSources)
	if e.Text(event.EventType) == event.HTTPAccess {
		e.SetList(event.LogSource, envoyWebSources)
	}
}

// isEnvoyService reports whether line begins as Envoy's own log does:
// "[2024-09-05 10:30:00.123][12][info][main] ".
func isEnvoyService(line string) bool {
	return len(line) > len("[2024-09-05 10:30:00.123][1][") && line[0] == '[' && line[11] == ' ' && line[24] == ']' && line[25] == '[' && isDigit(line[26])
}

// parseEnvoyService reads "[TIME][THREAD][LEVEL][LOGGER] [SOURCE] MESSAGE".
func parseEnvoyService(line string, c *Context, e *event.Event) error {
	nanos, ok := rfc3339Time(line[1:24], c.Zone)
	if !ok {
		return &Error{Reason: "the time is not valid", Offset: 1}
	}
	cur := cursor{s: line, i: len("[2024-09-05 10:30:00.123][")}
	thread, _ := cur.until(']')
	word, ok := "", isCount(thread) && cur.skip('[')
	if ok {
		word, ok = cur.until(']')
	}
	level := levelOf(word)
	if !ok || level == "" {
		return cur.fail("expected thread and level in brackets")
	}
	logger := ""
	if cur.skip('[') {
		logger, _ = cur.until(']')
	}
	cur.skip(' ')
	if cur.peek() == '[' {
		if source, ok := cutBracket(&cur); ok && isSourcePlace(source) {
			e.SetExtraText("source", source)
			cur.skip(' ')
		} else {
			cur.i -= len(source) + 2
		}
	}
	e.SetText(event.EventType, event.ServiceLog)
	describeEnvoy(e)
	e.SetText(event.Service, "envoy")
	e.SetInt(event.EventTime, nanos)
	e.SetText(event.LogLevel, level)
	setExtraValue(e, "thread", thread)
	e.SetExtraText("logger", logger)
	e.SetText(event.Message, cur.rest())
	return nil
}

// isSourcePlace reports whether s is a file of the source and a line of it.
func isSourcePlace(s string) bool {
	i := strings.LastIndexByte(s, ':')
	return i > 0 && isCount(s[i+1:]) && strings.IndexByte(s[:i], '/') > 0 && strings.IndexByte(s, ' ') < 0
}

// matchEnvoy looks for an ISO time in brackets and a quote behind it, or Envoy's
// own log.
func matchEnvoy(line string) int {
	if len(line) < len(`[2024-09-05T10:30:00Z] "`) || line[0] != '[' || line[5] != '-' {
		return 0
	}
	if isEnvoyService(line) {
		return 85
	}
	if line[11] != 'T' {
		return 0
	}
	shut := strings.IndexByte(line[:min(len(line), 40)], ']')
	if shut < 20 || !strings.HasPrefix(line[shut:], `] "`) {
		return 0
	}
	return Certain
}

var envoyDocument = documentKind{
	keys:   []string{"response_flags", "upstream_cluster", "downstream_remote_address", "response_code_details"},
	claims: claimEnvoy,
	fill:   fillEnvoyJSON,
}

func claimEnvoy(o *object) int {
	n := 0
	for _, name := range [...]string{
		"response_flags", "upstream_cluster", "downstream_remote_address", "response_code_details", "upstream_host", "authority", "response_code", "bytes_received",
	} {
		if o.has(name) {
			n++
		}
	}
	if n < 3 {
		return 0
	}
	return 90
}

var envoyMapping = newMapping(
	nameGroup{rule{column: event.EventTime, as: asTime}, []string{"start_time", "@timestamp", "timestamp", "time"}},
	nameGroup{rule{column: event.SourceIP, as: asIP}, []string{"downstream_remote_address"}},
	nameGroup{rule{column: event.SourceIP, as: asIP, rank: 1}, []string{"downstream_direct_remote_address"}},
	nameGroup{rule{column: event.DestinationIP, as: asIP}, []string{"downstream_local_address"}},
	nameGroup{rule{column: event.HTTPMethod, as: asText}, []string{"method"}},
	nameGroup{rule{column: event.HTTPVersion, as: asVersion}, []string{"protocol"}},
	nameGroup{rule{column: event.StatusCode, as: asStatus}, []string{"response_code"}},
	nameGroup{rule{column: event.ResponseSizeBytes, as: asCount}, []string{"bytes_sent"}},
	nameGroup{rule{column: event.UserAgent, as: asText}, []string{"user_agent", "user-agent"}},
	nameGroup{rule{column: event.Referrer, as: asText}, []string{"referer"}},
)

func fillEnvoyJSON(o *object, c *Context, e *event.Event) error {
	hideAbsent(o.members)
	for i := range o.members {
		o.members[i].done = o.members[i].done || o.members[i].kind == event.KindNull
	}
	target, host := o.take("path"), o.take("authority")
	if target == "" { // Envoy Gateway names the headers as they are.
		target = o.take("x-envoy-origin-path")
	}
	if host == "" {
		host = o.take(":authority")
	}
	flow := target == "" && !o.has("method") || o.find("method") != nil && o.find("method").done
	received, sent, flags := o.text("bytes_received"), o.text("bytes_sent"), o.text("response_flags")
	details := o.text("response_code_details")
	envoyMapping.fill(o.members, c, e)
	if flow {
		e.Clear(event.ResponseSizeBytes)
		fillEnvoyFlow(received, sent, flags, e)
	} else {
		e.SetText(event.EventType, event.HTTPAccess)
	}
	if target != "" {
		fillTarget(e, e.Text(event.HTTPMethod), target)
	}
	if host != "" {
		fillEnvoyHost(host, e)
	}
	if e.Has(event.StatusCode) {
		e.SetText(event.Outcome, httpOutcome(e.Int(event.StatusCode)))
	}
	fillEnvoyDecision(flags, details, e)
	describeEnvoy(e)
	return nil
}

// fillEnvoyHost sets the host. A port behind it is the destination's where no
// address said that.
func fillEnvoyHost(host string, e *event.Event) {
	if !e.Has(event.DestinationPort) {
		fillHost(e, host)
		return
	}
	port := e.Int(event.DestinationPort)
	fillHost(e, host)
	if e.Int(event.DestinationPort) != port {
		setExtraNumber(e, "authority_port", strconv.FormatInt(e.Int(event.DestinationPort), 10))
		e.SetInt(event.DestinationPort, port)
	}
}
