package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

func (s *squidLine) fill(e *event.Event) {
	e.SetText(event.EventType, event.HTTPAccess)
	e.SetText(event.Vendor, "squid")
	e.SetText(event.Product, "squid")
	e.SetText(event.Service, "access")
	e.SetList(event.LogSource, squidSources)
	e.SetInt(event.EventTime, s.nanos)
	setExtraValue(e, "elapsed", s.elapsed)
	if !setAddress(e, event.SourceIP, s.client) {
		e.SetExtraText("client_host", absent(s.client))
	}
	s.fillResult(e)
	setCount(e, event.ResponseSizeBytes, s.size)
	s.fillTarget(e)
	if s.unclear {
		e.Warn("user_name, destination_ip: the URL holds spaces and can end in two places")
	} else {
		if s.user != "-" {
			e.SetText(event.UserName, s.user)
		}
		s.fillPeer(e)
		e.SetExtraText("content_type", absent(s.kind))
	}
	e.SetExtraText("request_headers", s.headers[0])
	e.SetExtraText("reply_headers", s.headers[1])
	fillSquidHeaders(s.headers[0], e)
	e.SetExtraText("tail", s.tail)
}

func (s *squidLine) fillResult(e *event.Event) {
	setHTTPStatus(e, s.status)
	s.fillDecision(e)
}

// fillDecision sets what Squid decided. A reply that it made itself, to a request
// that it did not understand or could not serve, is neither allowed nor denied.
func (s *squidLine) fillDecision(e *event.Event) {
	e.SetExtraText("result_code", s.result)
	switch {
	case strings.Contains(s.result, "DENIED"):
		e.SetText(event.Action, event.Deny)
		e.SetText(event.Outcome, event.Failure)
	case (strings.HasPrefix(s.result, "TCP_") || strings.HasPrefix(s.result, "UDP_")) && e.Has(event.StatusCode):
		e.SetText(event.Action, event.Allow)
	}
	if strings.HasSuffix(s.result, "_ABORTED") && !e.Has(event.StatusCode) {
		e.SetText(event.Outcome, event.Failure)
	}
}

// fillTarget sets method and URL. Errors have a URL that begins with "error:".
func (s *squidLine) fillTarget(e *event.Event) {
	if s.method != "NONE" && s.method != "-" {
		e.SetText(event.HTTPMethod, s.method)
	} else {
		e.SetExtraText("method", absent(s.method))
	}
	switch {
	case s.url == "" || s.url == "-":
	case strings.HasPrefix(s.url, "error:"):
		e.SetExtraText("url", s.url)
	default:
		fillTarget(e, s.method, s.url)
		fillTargetPort(e, s.method, s.url)
		fillURIExtension(e)
	}
}

// fillTargetPort sets the port that a target to a proxy names.
func fillTargetPort(e *event.Event, method, target string) {
	authority := target
	if method != "CONNECT" {
		_, rest, ok := strings.Cut(target, "://")
		if !ok {
			return
		}
		authority = rest
		if end := strings.IndexAny(authority, "/?#"); end >= 0 {
			authority = authority[:end]
		}
	}
	i := strings.LastIndexByte(authority, ':')
	if i < 0 {
		return
	}
	if port, ok := parsePort(authority[i+1:]); ok {
		e.SetPort(event.DestinationPort, port)
	}
}

// fillURIExtension keeps the extension of the path under the name that Sigma
// rules for proxies have for it.
func fillURIExtension(e *event.Event) {
	path := e.Text(event.URLPath)
	dot := strings.LastIndexByte(path, '.')
	if dot < 0 || len(path)-dot > 12 {
		return
	}
	extension := path[dot+1:]
	for i := range len(extension) {
		if !isAlnum(extension[i]) {
			return
		}
	}
	e.SetExtraText("c-uri-extension", extension)
}

// fillPeer sets where the request went. The origin server is the destination,
// another cache is not.
func (s *squidLine) fillPeer(e *event.Event) {
	e.SetExtraText("hierarchy_code", s.hierarchy)
	if s.peer == "-" {
		return
	}
	direct := strings.HasSuffix(s.hierarchy, "DIRECT") || strings.HasSuffix(s.hierarchy, "ORIGINAL_DST") || strings.HasSuffix(s.hierarchy, "PINNED")
	if !direct || !setAddress(e, event.DestinationIP, s.peer) {
		e.SetExtraText("peer", s.peer)
	}
}

// fillSquidHeaders sets user agent and referrer from the headers that
// log_mime_hdrs appends, in which line ends are written as %0D%0A or \r\n.
func fillSquidHeaders(headers string, e *event.Event) {
	e.SetText(event.UserAgent, squidHeader(headers, "User-Agent: "))
	e.SetText(event.Referrer, squidHeader(headers, "Referer: "))
}

func squidHeader(headers, name string) string {
	i := strings.Index(headers, name)
	for i > 0 && headers[i-1] != 'n' && headers[i-1] != 'A' {
		next := strings.Index(headers[i+1:], name)
		if next < 0 {
			return ""
		}
		i += 1 + next
	}
	if i < 0 {
		return ""
	}
	value := headers[i+len(name):]
	for _, end := range [...]string{"%0D%0A", `\r\n`} {
		if n := strings.Index(value, end); n >= 0 {
			value = value[:n]
		}
	}
	return value
}
