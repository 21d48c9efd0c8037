package format

import (
	"github.com/goshawk-siem/goshawk/internal/event"
)

// loggerMapping is the mapping of documents of no known schema: the names that
// all agree on, in objects or with dots, and what certain loggers write.
var loggerMapping = newLoggerMapping()

func newLoggerMapping() *mapping {
	m := newMapping(loggerNames...)
	for name, r := range wellKnown {
		if _, there := m.rules[name]; !there {
			m.rules[name] = r
		}
	}
	m.objects = pathObjects(m.rules)
	return m
}

// loggerNames are names that only JSON loggers use, or that are objects: the
// requests of Pino and Bunyan (req, res), of Google's structured logs
// (httpRequest) and of gateways (request, response).
var loggerNames = []nameGroup{
	{rule{column: event.EventTime, as: asTime, rank: 2}, []string{"asctime", "timeMillis"}},
	{rule{column: event.LogLevel, as: asLevel, rank: 1}, []string{"LogLevel"}},
	{rule{column: event.Message, as: asText, rank: 1}, []string{"RenderedMessage", "fields.message"}},
	{rule{column: event.Message, as: asText, rank: 2}, []string{"@mt", "MessageTemplate"}},
	{rule{column: event.ProcessID, as: asCount, rank: 2}, []string{"process"}},
	{rule{column: event.SourceIP, as: asIP, rank: 2}, []string{
		"req.remoteAddress", "req.ip", "httpRequest.remoteIp", "request.remote_ip", "request.client_ip", "request.remote_addr",
		"request.ip", "request.remoteAddress",
	}},
	{rule{column: event.SourceIP, as: asIP, rank: 3, web: true}, []string{"ip"}},
	{rule{column: event.SourcePort, as: asPort, rank: 2}, []string{"req.remotePort", "request.remote_port"}},
	{rule{column: event.DestinationIP, as: asIP, rank: 2}, []string{"httpRequest.serverIp"}},
	{rule{column: event.UserName, as: asText, rank: 2}, []string{"user.username", "user.userName"}},
	{rule{column: event.URLPath, as: asText, rank: 3}, []string{"url.path"}},
	{rule{column: event.RequestPath, as: asTarget, rank: 2}, []string{"url.full", "http.path"}},
	{rule{column: event.HTTPMethod, as: asMethod, rank: 1}, []string{"req.method", "httpRequest.requestMethod", "request.method"}},
	{rule{column: event.RequestPath, as: asTarget, rank: 1}, []string{"req.url", "httpRequest.requestUrl", "request.uri", "request.url"}},
	{rule{column: event.RequestPath, as: asTarget, rank: 2}, []string{"request.path", "req.path"}},
	{rule{column: event.StatusCode, as: asStatus, rank: 1}, []string{
		"res.statusCode", "httpRequest.status", "response.status", "response.status_code", "response.statusCode", "http.status",
	}},
	{rule{column: event.ResponseSizeBytes, as: asCount, rank: 1}, []string{"httpRequest.responseSize", "response.size"}},
	{rule{column: event.UserAgent, as: asText, rank: 1}, []string{
		"req.headers.user-agent", "req.headers.User-Agent", "httpRequest.userAgent", "request.headers.user-agent", "request.headers.User-Agent",
	}},
	{rule{column: event.Referrer, as: asText, rank: 1}, []string{"req.headers.referer", "httpRequest.referer", "request.headers.referer"}},
	{rule{column: event.HTTPHost, as: asText, rank: 2, web: true}, []string{"req.headers.host", "req.headers.Host", "request.headers.host"}},
	{rule{column: event.HTTPVersion, as: asVersion, rank: 1}, []string{"httpRequest.protocol"}},
}

// fillLogger reads a document of no known schema. Objects are only taken apart
// where they hold what becomes a column.
func fillLogger(o *object, c *Context, e *event.Event) {
	for i := range o.members {
		if m := &o.members[i]; m.kind == event.KindObject && loggerMapping.holds(m.name, m, 0) {
			o.members = loggerMapping.flattenHolding(o.members)
			break
		}
	}
	fillMembers(o.members, loggerMapping.rules, c, e)
}

// holds reports whether the object m, which stands at path, has a member that m's
// names are for.
func (m *mapping) holds(path string, one *member, depth int) bool {
	if depth == maxFlatDepth || !m.objects[path] {
		return false
	}
	var inner member
	j := jsonScanner{s: one.text, known: true}
	for j.member(&inner) {
		full := m.paths.join(path, inner.name)
		if inner.kind == event.KindObject {
			if m.holds(full, &inner, depth+1) {
				return true
			}
			continue
		}
		if _, ok := m.rules[full]; ok {
			return true
		}
	}
	return false
}

// flattenHolding is flatten for the objects that hold one of the names.
func (m *mapping) flattenHolding(members []member) []member {
	out := make([]member, 0, 2*len(members))
	for i := range members {
		if one := &members[i]; one.kind == event.KindObject && m.holds(one.name, one, 0) {
			out = m.appendFlat(out, *one, 0)
			continue
		}
		out = append(out, members[i])
	}
	return out
}

// fillInstant takes the time that Log4j 2 writes as two numbers.
func fillInstant(m *member, e *event.Event) {
	if m.kind != event.KindObject {
		return
	}
	var space [4]member
	fields := m.appendFields(space[:0])
	seconds, ok := parseUint(scalarText(findMember(fields, "epochSecond")))
	nanos, fits := parseUint(scalarText(findMember(fields, "nanoOfSecond")))
	const latest = 9e9 // what nanoseconds in 64 bits have room for
	if !ok || !fits || nanos >= 1e9 || seconds > latest {
		return
	}
	e.SetInt(event.EventTime, seconds*1e9+nanos)
	m.done = true
}
