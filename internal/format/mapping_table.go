package format

import "github.com/goshawk-siem/goshawk/internal/event"

// reading is how a member's value becomes a column's.
type reading uint8

const (
	asText     reading = iota // a string that is not empty and not "-"
	asCode                    // a string or a number, kept as text
	asIP                      // an address, or an address with a port
	asPort                    // an integer that fits a port
	asCount                   // an integer of 0 or more
	asStatus                  // an integer, 100 to 599
	asTime                    // a date and time, or a number of seconds or parts of them
	asUTC                     // asTime, but a time without zone is in UTC whatever the source's zone
	asLevel                   // a word for a log level
	asProtocol                // tcp, udp and the like
	asVersion                 // HTTP/1.1 or 1.1
	asMethod                  // a method that HTTP servers know
	asTarget                  // a path or an absolute URI
	asRequest                 // a request line
	asEnum                    // one of the column's values
	asList                    // a list of strings
	asSources                 // a list of category:product:service
)

// rule says what a member of a well-known name means.
type rule struct {
	column event.Column
	as     reading
	// rank orders the names of one column; the lowest takes it, and of equals
	// the first in the line.
	rank uint8
	// web restricts the name to documents that have an HTTP method: "path" and
	// "status" mean something else elsewhere.
	web bool
	// own restricts the name to documents that have an event_type of the schema:
	// a shop's "product" is another thing.
	own bool
}

// maxRank is the highest rank in use.
const maxRank = 3

// wellKnown maps the names that loggers and log shippers agree on, in JSON and
// in logfmt. Only names that leave no doubt stand here; others stay in extra.
// The names of the schema itself and, for ECS documents, those of ECS join them.
var wellKnown = buildWellKnown()

func buildWellKnown() map[string]rule {
	rules := make(map[string]rule, 256)
	for _, g := range wellKnownNames {
		for _, name := range g.names {
			rules[name] = g.rule
		}
	}
	for c := range event.NumColumns {
		if as, ok := schemaReading(c); ok {
			own := c == event.Vendor || c == event.Product || c == event.LogSource
			rules[c.String()] = rule{column: c, as: as, own: own}
		}
	}
	return rules
}

// schemaReading returns how a member with the column's own name is read. The
// columns that describe this reception and not what happened are not set by a
// line.
func schemaReading(c event.Column) (as reading, ok bool) {
	switch c {
	case event.EventID, event.Source, event.SourcePath, event.Format, event.TimeQuality, event.IngestTime, event.Raw, event.ParseWarnings:
		return 0, false
	case event.LogSource:
		return asSources, true
	case event.EventTime:
		return asTime, true
	case event.StatusCode:
		return asStatus, true
	case event.LogLevel:
		return asLevel, true
	case event.HTTPVersion:
		return asVersion, true
	case event.NetworkProtocol:
		return asProtocol, true
	case event.RequestPath:
		return asTarget, true
	case event.Severity, event.EventCode, event.RuleID, event.SessionID, event.CloudAccount:
		return asCode, true
	}
	switch c.Info().Type {
	case event.IP:
		return asIP, true
	case event.Port:
		return asPort, true
	case event.Int:
		return asCount, true
	case event.Enum:
		return asEnum, true
	case event.List:
		return asList, true
	default:
		return asText, true
	}
}

type nameGroup struct {
	rule  rule
	names []string
}

var wellKnownNames = []nameGroup{
	{rule{column: event.EventTime, as: asTime, rank: 1}, []string{"@timestamp", "timestamp", "Timestamp", "@t", "eventTime"}},
	{rule{column: event.EventTime, as: asTime, rank: 2}, []string{"time", "Time", "ts", "datetime", "time_local", "time_iso8601", "_time", "timestamp_ms"}},
	{rule{column: event.EventTime, as: asTime, rank: 3}, []string{"t", "date", "msec", "logged_at", "log_time"}},

	{rule{column: event.LogLevel, as: asLevel, rank: 1}, []string{"level", "Level", "LEVEL", "lvl", "loglevel", "logLevel", "levelname", "log.level", "@l"}},
	{rule{column: event.LogLevel, as: asLevel, rank: 2}, []string{"severity_text", "severityText"}},
	{rule{column: event.Message, as: asText, rank: 1}, []string{"msg", "Message", "@message", "short_message", "@m"}},

	{rule{column: event.SourceIP, as: asIP, rank: 1}, []string{
		"src_ip", "srcip", "srcIp", "sourceIp", "sourceIP", "src", "src_addr", "source_address", "source.ip", "saddr",
		"client_ip", "clientip", "clientIp", "clientIP", "client.ip", "client_addr", "c-ip",
		"remote_addr", "remoteAddr", "remote_ip", "remoteIp", "remoteIP", "remote_address",
	}},
	{rule{column: event.SourcePort, as: asPort, rank: 1}, []string{
		"src_port", "srcport", "srcPort", "sourcePort", "source.port", "sport", "spt", "client_port", "client.port", "remote_port",
	}},
	{rule{column: event.DestinationIP, as: asIP, rank: 1}, []string{
		"dst_ip", "dstip", "dstIp", "dest_ip", "destip", "destIp", "destinationIp", "destinationIP", "dst", "dst_addr",
		"destination_address", "destination.ip", "daddr", "server.ip",
	}},
	{rule{column: event.DestinationPort, as: asPort, rank: 1}, []string{
		"dst_port", "dstport", "dstPort", "dest_port", "destport", "destPort", "destinationPort", "destination.port", "dport", "dpt", "server.port",
	}},
	{rule{column: event.NetworkProtocol, as: asProtocol, rank: 1}, []string{"proto", "transport", "protocol", "network.transport"}},

	{rule{column: event.UserName, as: asText, rank: 1}, []string{"username", "userName", "user", "user.name", "remote_user"}},
	{rule{column: event.TargetUserName, as: asText, rank: 1}, []string{"target_user", "targetUserName", "user.target.name"}},
	{rule{column: event.HostName, as: asText, rank: 1}, []string{"hostname", "host.name", "host.hostname"}},
	{rule{column: event.ProcessName, as: asText, rank: 1}, []string{"process.executable"}},
	{rule{column: event.ProcessName, as: asText, rank: 2}, []string{"process.name"}},
	{rule{column: event.ProcessID, as: asCount, rank: 1}, []string{"pid", "processId", "process.pid"}},
	{rule{column: event.CommandLine, as: asText, rank: 1}, []string{"cmdline", "commandline", "commandLine", "process.command_line"}},
	{rule{column: event.ParentProcessName, as: asText, rank: 1}, []string{"process.parent.executable"}},
	{rule{column: event.ParentProcessName, as: asText, rank: 2}, []string{"process.parent.name"}},
	{rule{column: event.FilePath, as: asText, rank: 1}, []string{"file.path", "filePath"}},
	{rule{column: event.EventCode, as: asCode, rank: 1}, []string{"event.code", "eventCode"}},
	{rule{column: event.Action, as: asText, rank: 1}, []string{"event.action"}},
	{rule{column: event.Outcome, as: asEnum, rank: 1}, []string{"event.outcome"}},
	{rule{column: event.SessionID, as: asCode, rank: 1}, []string{"sessionId", "session.id"}},
	{rule{column: event.Service, as: asText, rank: 1}, []string{"service.name"}},

	{rule{column: event.HTTPMethod, as: asMethod, rank: 1}, []string{"http.request.method", "http.method", "request_method", "requestMethod", "httpMethod"}},
	{rule{column: event.HTTPMethod, as: asMethod, rank: 2}, []string{"method", "verb", "cs-method"}},
	{rule{column: event.RequestPath, as: asTarget, rank: 1}, []string{"request_uri", "requestUri", "requestURI", "url.original", "http.target"}},
	{rule{column: event.RequestPath, as: asTarget, rank: 2, web: true}, []string{"uri", "url", "http.url"}},
	{rule{column: event.RequestPath, as: asTarget, rank: 3, web: true}, []string{"path"}},
	{rule{column: event.RequestPath, as: asRequest, rank: 0}, []string{"request"}},
	{rule{column: event.StatusCode, as: asStatus, rank: 1}, []string{"statusCode", "http_status", "httpStatus", "http.status_code", "http.response.status_code", "sc-status"}},
	{rule{column: event.StatusCode, as: asStatus, rank: 2, web: true}, []string{"status", "response_code", "responseCode"}},
	{rule{column: event.ResponseSizeBytes, as: asCount, rank: 1}, []string{"body_bytes_sent", "http.response.body.bytes", "response_size", "responseSize"}},
	{rule{column: event.ResponseSizeBytes, as: asCount, rank: 2, web: true}, []string{"bytes_sent", "http.response.bytes"}},
	{rule{column: event.UserAgent, as: asText, rank: 1}, []string{
		"useragent", "userAgent", "user-agent", "User-Agent", "http_user_agent", "httpUserAgent", "user_agent.original", "http.user_agent",
	}},
	{rule{column: event.Referrer, as: asText, rank: 1}, []string{"referer", "Referer", "http_referer", "http_referrer", "http.request.referrer"}},
	{rule{column: event.HTTPHost, as: asText, rank: 1, web: true}, []string{"vhost", "host", "url.domain"}},
	{rule{column: event.HTTPVersion, as: asVersion, rank: 1}, []string{"http.version", "server_protocol", "httpVersion"}},
	{rule{column: event.URLQuery, as: asText, rank: 1, web: true}, []string{"url.query", "query_string", "queryString"}},
}
