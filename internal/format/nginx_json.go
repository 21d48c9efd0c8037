package format

import (
	"github.com/goshawk-siem/goshawk/internal/event"
)

var nginxJSON = &Format{
	Name:  "nginx_json",
	Title: "nginx access log as JSON",
	Doc: "Access logs that nginx, its Kubernetes ingress controller and OpenResty write with a log_format of JSON: objects " +
		"whose members are called as nginx's variables are, or as the usual short names for them; and the status documents " +
		"of NGINX Plus. It promises two such members at least. Source: https://nginx.org/en/docs/varindex.html",
	Parse: func(line string, c *Context, e *event.Event) error {
		return parseDocument(line, &nginxDocument, c, e)
	},
	Match:    noText,
	document: &nginxDocument,
}

var nginxDocument = documentKind{
	keys: []string{
		"body_bytes_sent", "http_user_agent", "http_referer", "http_referrer", "remote_user", "time_local", "time_iso8601", "request_time",
		"upstream_addr", "upstream_response_time", "upstream_status", "request_length", "http_x_forwarded_for", "proxy_upstream_name",
		"server_protocol", "agent", "nginx", "nginx_version",
	},
	claims: claimNginx,
	fill:   fillNginxJSON,
}

// nginxVariables are names that nginx gives to what it logs, and few others do.
var nginxVariables = map[string]bool{
	"remote_addr": true, "remote_user": true, "time_local": true, "time_iso8601": true, "body_bytes_sent": true, "bytes_sent": true,
	"http_user_agent": true, "http_referer": true, "http_referrer": true, "http_x_forwarded_for": true, "http_host": true, "http_cookie": true,
	"request_time": true, "request_length": true, "request_method": true, "request_uri": true, "server_name": true, "server_protocol": true, "msec": true,
	"upstream_addr": true, "upstream_status": true, "upstream_response_time": true, "upstream_connect_time": true, "upstream_header_time": true,
	"upstream_cache_status": true, "upstream_response_length": true, "proxy_upstream_name": true, "proxy_host": true,
	"ssl_protocol": true, "ssl_cipher": true, "gzip_ratio": true, "connection_requests": true, "proxy_add_x_forwarded_for": true, "realip_remote_addr": true,
}

// claimNginx counts the members with nginx's names.
func claimNginx(o *object) int {
	switch {
	case isNginxStatus(o):
		return 90
	case o.has("nginx"):
		return claimNginxNested(o)
	case o.has("remote_ip") && o.has("request") && o.has("response") && o.has("agent") && o.has("bytes"):
		return 90
	}
	n := 0
	for i := range o.members {
		if nginxVariables[o.members[i].name] {
			n++
		}
	}
	switch {
	case n >= 4:
		return 90
	case n >= 2:
		return 70
	default:
		return 0
	}
}

func claimNginxNested(o *object) int {
	m := o.find("nginx")
	for _, name := range [...]string{"remote_addr", "remote_ip", "access"} {
		if m.inner(name) != nil {
			return 90
		}
	}
	return 0
}

// isNginxStatus reports whether o is a status document of NGINX Plus.
func isNginxStatus(o *object) bool { return o.has("nginx_version") && o.has("generation") }

func fillNginxJSON(o *object, c *Context, e *event.Event) error {
	e.SetText(event.Vendor, "nginx")
	e.SetText(event.Product, "nginx")
	if isNginxStatus(o) {
		e.SetText(event.EventType, event.ServiceLog)
		e.SetText(event.Service, "status")
		e.SetList(event.LogSource, nginxErrorSources)
		nginxStatusMapping.fill(o.members, c, e)
		return nil
	}
	e.SetText(event.EventType, event.HTTPAccess)
	e.SetText(event.Service, "access")
	hideAbsent(o.members)
	nginxMapping.fill(o.members, c, e)
	e.SetList(event.LogSource, nginxAccessSources)
	if e.Has(event.StatusCode) && !e.Has(event.Outcome) {
		e.SetText(event.Outcome, httpOutcome(e.Int(event.StatusCode)))
	}
	return nil
}

// hideAbsent keeps members out of extra that say that there is nothing: nginx
// writes "-" and "" for variables without a value.
func hideAbsent(members []member) {
	for i := range members {
		m := &members[i]
		if m.kind == event.KindString && (m.text == "-" || m.text == "") {
			m.done = true
		}
	}
}

var nginxStatusMapping = newMapping(
	nameGroup{rule{column: event.EventTime, as: asTime}, []string{"timestamp"}},
	nameGroup{rule{column: event.ProcessID, as: asCount}, []string{"pid"}},
	nameGroup{rule{column: event.HostName, as: asText}, []string{"address"}},
)

var nginxMapping = newMapping(nested("nginx.", nested("nginx.access.", nginxNames))...)

// nested returns groups with their names, and with prefix in front of them too.
func nested(prefix string, groups []nameGroup) []nameGroup {
	out := make([]nameGroup, 0, 2*len(groups))
	for _, g := range groups {
		names := make([]string, len(g.names))
		for i, name := range g.names {
			names[i] = prefix + name
		}
		out = append(out, g, nameGroup{g.rule, names})
	}
	return out
}

var nginxNames = []nameGroup{
	{rule{column: event.EventTime, as: asTime}, []string{"time_iso8601", "@timestamp", "timestamp"}},
	{rule{column: event.EventTime, as: asTime, rank: 1}, []string{"time_local", "time", "datetime", "date", "ts"}},
	{rule{column: event.EventTime, as: asTime, rank: 2}, []string{"msec"}},

	{rule{column: event.SourceIP, as: asIP}, []string{"remote_addr", "client_ip", "clientip", "client", "remote_ip", "the_real_ip"}},
	{rule{column: event.SourcePort, as: asPort}, []string{"remote_port", "client_port"}},
	{rule{column: event.DestinationIP, as: asIP}, []string{"server_addr"}},
	{rule{column: event.DestinationPort, as: asPort}, []string{"server_port"}},
	{rule{column: event.UserName, as: asText}, []string{"remote_user", "user"}},
	{rule{column: event.UserName, as: asText, rank: 1}, []string{"user_name"}},
	{rule{column: event.HostName, as: asText}, []string{"hostname"}},
	{rule{column: event.ProcessID, as: asCount}, []string{"pid"}},

	{rule{column: event.RequestPath, as: asRequest}, []string{"request"}},
	{rule{column: event.RequestPath, as: asTarget, rank: 1}, []string{"request_uri"}},
	{rule{column: event.RequestPath, as: asTarget, rank: 2}, []string{"uri", "url"}},
	{rule{column: event.RequestPath, as: asTarget, rank: 3}, []string{"path"}},
	{rule{column: event.HTTPMethod, as: asMethod, rank: 1}, []string{"request_method", "method", "verb", "http_method"}},
	{rule{column: event.URLQuery, as: asText, rank: 1}, []string{"args", "query_string", "request_query", "query"}},
	{rule{column: event.HTTPVersion, as: asVersion, rank: 1}, []string{"server_protocol", "request_proto", "protocol", "http_version"}},
	{rule{column: event.HTTPHost, as: asText}, []string{"http_host"}},
	{rule{column: event.HTTPHost, as: asText, rank: 1}, []string{"host", "vhost", "domain"}},
	{rule{column: event.HTTPHost, as: asText, rank: 2}, []string{"server_name"}},
	{rule{column: event.StatusCode, as: asStatus}, []string{"status", "status_code", "response", "response_code", "code"}},
	{rule{column: event.ResponseSizeBytes, as: asCount}, []string{"body_bytes_sent", "bytes"}},
	{rule{column: event.ResponseSizeBytes, as: asCount, rank: 1}, []string{"bytes_sent", "size"}},
	{rule{column: event.UserAgent, as: asText}, []string{"http_user_agent", "user_agent", "agent", "useragent", "userAgent"}},
	{rule{column: event.Referrer, as: asText}, []string{"http_referer", "http_referrer", "referer", "referrer"}},
}
