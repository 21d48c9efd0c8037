package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// The names of timers and counts in HAProxy's documentation.
var (
	haproxyWebTimers = [5]string{"TR", "Tw", "Tc", "Tr", "Ta"}
	haproxyTCPTimers = [3]string{"Tw", "Tc", "Tt"}
	haproxyConns     = [5]string{"actconn", "feconn", "beconn", "srv_conn", "retries"}
	haproxyQueues    = [2]string{"srv_queue", "backend_queue"}
	haproxyCookies   = [2]string{"captured_request_cookie", "captured_response_cookie"}
	haproxyHeaders   = [2]string{"captured_request_headers", "captured_response_headers"}
)

func (h *haproxyLine) fill(e *event.Event) {
	describeHAProxy(e)
	e.SetInt(event.EventTime, zonedByEnvelope(h.nanos, h.took(), e))
	if !setPlainEndpoint(e, event.SourceIP, event.SourcePort, h.client) {
		e.SetExtraText("client", h.client)
	}
	frontend, tls := strings.CutSuffix(h.frontend, "~")
	if slash := strings.LastIndexByte(frontend, '/'); slash > 0 && h.problem != "" && !h.early {
		e.SetExtraText("bind_name", frontend[slash+1:])
		frontend = frontend[:slash]
	}
	e.SetExtraText("frontend_name", frontend)
	if tls {
		e.SetExtra("ssl", event.Value{Kind: event.KindBool, Text: "true"})
	}
	switch {
	case h.early:
		h.fillEarly(e)
	case h.problem != "":
		fillHAProxyProblem(h.problem, e)
	default:
		h.fillSession(e)
	}
}

// took returns the nanoseconds that a session took until it was logged.
func (h *haproxyLine) took() int64 {
	if h.timersN == 0 {
		return 0
	}
	millis, ok := parseUint(strings.TrimPrefix(h.timers[h.timersN-1], "+"))
	if !ok || millis > 24*60*60*1000 {
		return -1
	}
	return millis * 1e6
}

// fillHAProxyProblem takes the text of an error.
func fillHAProxyProblem(text string, e *event.Event) {
	e.SetText(event.EventType, event.HTTPError)
	e.SetText(event.Outcome, event.Failure)
	e.SetText(event.Message, text)
}

// haproxyErrors are the parts of the error layout behind the counts.
var haproxyErrors = [5]string{"fc_err", "ssl_fc_err", "ssl_c_err", "ssl_c_ca_err", "ssl_fc_is_resumed"}

func (h *haproxyLine) fillEarly(e *event.Event) {
	e.SetText(event.EventType, event.HTTPError)
	e.SetText(event.Outcome, event.Failure)
	setExtraValue(e, haproxyConns[0], h.conns[0])
	setExtraValue(e, haproxyConns[1], h.conns[1])
	fillHAProxyTLS(h.problem, h.tail, e)
}

// fillHAProxyTLS sets what httpslog and the error layout say about TLS: five
// numbers, then "SNI/VERSION/CIPHER".
func fillHAProxyTLS(errors, suite string, e *event.Event) {
	for _, name := range haproxyErrors {
		var text string
		text, errors, _ = strings.Cut(errors, "/")
		setExtraValue(e, name, text)
	}
	end := strings.LastIndexByte(suite, '/')
	if end < 0 {
		e.SetExtraText("tail", suite)
		return
	}
	mid := strings.LastIndexByte(suite[:end], '/')
	if mid < 0 {
		e.SetExtraText("tail", suite)
		return
	}
	e.SetExtraText("ssl_fc_sni", absent(suite[:mid]))
	e.SetExtraText("ssl_version", absent(suite[mid+1:end]))
	e.SetExtraText("ssl_ciphers", absent(suite[end+1:]))
}

func (h *haproxyLine) fillSession(e *event.Event) {
	e.SetExtraText("backend_name", h.backend)
	e.SetExtraText("server_name", h.server)
	names := haproxyTCPTimers[:]
	if h.web {
		names = haproxyWebTimers[:]
	}
	for i, name := range names {
		setExtraValue(e, name, strings.TrimPrefix(h.timers[i], "+"))
	}
	if h.web {
		h.fillWeb(e)
	} else {
		h.fillTCP(e)
	}
	e.SetExtraText("termination_state", h.state)
	for i, name := range haproxyConns {
		setExtraValue(e, name, h.conns[i])
	}
	for i, name := range haproxyQueues {
		setExtraValue(e, name, h.queues[i])
	}
	h.fillHeaders(e)
	h.fillTail(e)
}

func (h *haproxyLine) fillWeb(e *event.Event) {
	e.SetText(event.EventType, event.HTTPAccess)
	e.SetList(event.LogSource, haproxyWebSources)
	if !setHTTPStatus(e, h.status) {
		e.SetText(event.Outcome, event.Failure)
	}
	setCount(e, event.ResponseSizeBytes, h.bytes)
	for i, name := range haproxyCookies {
		e.SetExtraText(name, absent(h.cookies[i]))
	}
	if h.hasRequest {
		fillRequest(e, h.request)
	}
	if h.isCut {
		e.Warn("request_path: the line is cut in the request")
	}
}

// fillTCP sets what a TCP session says. Only a session that ended in order is
// known to be a success, and one that never reached a server a failure.
func (h *haproxyLine) fillTCP(e *event.Event) {
	e.SetText(event.EventType, event.NetworkFlow)
	e.SetText(event.NetworkProtocol, "tcp")
	setExtraValue(e, "bytes_read", h.bytes)
	switch {
	case h.state == "--":
		e.SetText(event.Outcome, event.Success)
	case strings.IndexByte("RQC", h.state[1]) >= 0:
		e.SetText(event.Outcome, event.Failure)
	}
}

// fillHeaders sets the captured headers. Which ones they are stands in HAProxy's
// configuration only; a user agent tells itself.
func (h *haproxyLine) fillHeaders(e *event.Event) {
	for i := range h.headersN {
		if strings.Trim(h.headers[i], "|") == "" {
			continue
		}
		e.SetExtraText(haproxyHeaders[i], h.headers[i])
	}
	if h.headersN == 0 {
		return
	}
	agent := ""
	for rest, more := h.headers[0], true; more; {
		var text string
		text, rest, more = strings.Cut(rest, "|")
		if strings.HasPrefix(text, "Mozilla/") {
			if agent != "" {
				return
			}
			agent = text
		}
	}
	e.SetText(event.UserAgent, agent)
}

// fillTail sets what httpslog has behind the request; what a site appended stays
// as it is.
func (h *haproxyLine) fillTail(e *event.Event) {
	errors, suite, ok := strings.Cut(h.tail, " ")
	if ok && strings.Count(errors, "/") == 4 && strings.Count(suite, "/") >= 2 && strings.IndexByte(suite, ' ') < 0 {
		fillHAProxyTLS(errors, suite, e)
		return
	}
	e.SetExtraText("tail", h.tail)
}
