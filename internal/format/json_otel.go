package format

import (
	"github.com/goshawk-siem/goshawk/internal/event"
)

// isOTel reports whether the document is a log record of OpenTelemetry: OTLP's
// JSON with its resources around it, one record of that, or a record in the words
// of the data model.
func isOTel(o *object) bool {
	return memberKind(o.find("resourceLogs")) == event.KindArray ||
		(o.has("timeUnixNano") || o.has("observedTimeUnixNano")) && (o.has("severityNumber") || o.has("severityText") || o.has("body") || o.has("attributes")) ||
		o.has("SeverityText") && o.has("Body")
}

// otelNames are the semantic conventions for columns, and the members of a
// record.
var otelNames = newMapping(
	nameGroup{rule{column: event.EventTime, as: asTime}, []string{"timeUnixNano", "Timestamp", "timestamp"}},
	nameGroup{rule{column: event.EventTime, as: asTime, rank: 1}, []string{"observedTimeUnixNano", "ObservedTimestamp"}},
	nameGroup{rule{column: event.LogLevel, as: asLevel}, []string{"severityText", "SeverityText"}},
	nameGroup{rule{column: event.Message, as: asText}, []string{"body", "Body"}},
	nameGroup{rule{column: event.Service, as: asText}, []string{"service.name", "ServiceName"}},
	nameGroup{rule{column: event.HostName, as: asText}, []string{"host.name"}},
	nameGroup{rule{column: event.Action, as: asText}, []string{"event.name", "eventName", "EventName"}},
	nameGroup{rule{column: event.SourceIP, as: asIP}, []string{"source.address", "client.address"}},
	nameGroup{rule{column: event.SourceIP, as: asIP, rank: 1}, []string{"net.peer.ip", "network.peer.address", "http.client_ip"}},
	nameGroup{rule{column: event.SourcePort, as: asPort}, []string{"source.port", "client.port"}},
	nameGroup{rule{column: event.DestinationIP, as: asIP}, []string{"destination.address", "server.address"}},
	nameGroup{rule{column: event.DestinationPort, as: asPort}, []string{"destination.port", "server.port"}},
	nameGroup{rule{column: event.NetworkProtocol, as: asProtocol}, []string{"network.transport"}},
	nameGroup{rule{column: event.UserName, as: asText}, []string{"user.name"}},
	nameGroup{rule{column: event.UserName, as: asText, rank: 1}, []string{"enduser.id"}},
	nameGroup{rule{column: event.SessionID, as: asCode}, []string{"session.id"}},
	nameGroup{rule{column: event.ProcessName, as: asText}, []string{"process.executable.path"}},
	nameGroup{rule{column: event.ProcessName, as: asText, rank: 1}, []string{"process.executable.name"}},
	nameGroup{rule{column: event.ProcessID, as: asCount}, []string{"process.pid"}},
	nameGroup{rule{column: event.CommandLine, as: asText}, []string{"process.command_line"}},
	nameGroup{rule{column: event.FilePath, as: asText}, []string{"file.path"}},
	nameGroup{rule{column: event.HTTPMethod, as: asMethod}, []string{"http.request.method", "http.method"}},
	nameGroup{rule{column: event.RequestPath, as: asTarget}, []string{"http.target"}},
	nameGroup{rule{column: event.RequestPath, as: asTarget, rank: 1}, []string{"url.full", "http.url"}},
	nameGroup{rule{column: event.URLPath, as: asText, rank: 2}, []string{"url.path"}},
	nameGroup{rule{column: event.URLQuery, as: asText, rank: 2}, []string{"url.query"}},
	nameGroup{rule{column: event.StatusCode, as: asStatus}, []string{"http.response.status_code", "http.status_code"}},
	nameGroup{rule{column: event.ResponseSizeBytes, as: asCount}, []string{"http.response.body.size", "http.response_content_length"}},
	nameGroup{rule{column: event.UserAgent, as: asText}, []string{"user_agent.original", "http.user_agent"}},
	nameGroup{rule{column: event.HTTPHost, as: asText, rank: 2}, []string{"http.host"}},
	nameGroup{rule{column: event.DBStatement, as: asText}, []string{"db.query.text", "db.statement"}},
	nameGroup{rule{column: event.DatabaseName, as: asText}, []string{"db.namespace", "db.name"}},
	nameGroup{rule{column: event.DBUserName, as: asText}, []string{"db.user"}},
	nameGroup{rule{column: event.DNSQuery, as: asText}, []string{"dns.question.name"}},
	nameGroup{rule{column: event.CloudAccount, as: asCode}, []string{"cloud.account.id"}},
	nameGroup{rule{column: event.CloudRegion, as: asText}, []string{"cloud.region"}},
)

// otelRecord gathers the members of a record: its own, its attributes and its
// resource's, which conventions keep apart by name.
type otelRecord struct{ members []member }

// fillOTel reads a record. A line with several is one event with what all of
// them share and the time of the first; its records stay in extra.
func fillOTel(o *object, c *Context, e *event.Event) {
	r := otelRecord{members: o.spare[:0]}
	defer func() {
		clear(r.members)
		o.spare = r.members[:0]
	}()
	logs := o.find("resourceLogs")
	if logs == nil {
		r.addMembers(o.members)
		r.fill(c, e)
		return
	}
	resource, n := logs.first()
	scope, scopes := firstOfEither(resource, "scopeLogs", "instrumentationLibraryLogs")
	record, records := firstOfEither(scope, "logRecords", "log_records")
	r.addMembers(resource.inner("resource").fields())
	if n == 1 && scopes == 1 && records == 1 {
		if s := scope.inner("scope"); s != nil {
			r.members = append(r.members, member{name: "scope", kind: s.kind, text: s.text})
		}
		for i := range o.members {
			if m := &o.members[i]; m != logs {
				r.members = append(r.members, *m)
			}
		}
		r.addMembers(record.fields())
		r.fill(c, e)
		return
	}
	if n > 1 {
		r.members = r.members[:0]
	}
	if one := record.inner("timeUnixNano"); one != nil {
		r.members = append(r.members, *one)
	}
	r.members = append(r.members, o.members...)
	r.fill(c, e)
	if records > 0 {
		e.Warn("the line holds more than one log record: only what they share was read")
	}
}

func firstOfEither(m *member, names ...string) (one *member, n int) {
	for _, name := range names {
		if list := m.inner(name); list != nil {
			return list.first()
		}
	}
	return nil, 0
}

// addMembers adds the members of a record or a resource; attributes stand beside
// them under their own names.
func (r *otelRecord) addMembers(members []member) {
	for i := range members {
		m := &members[i]
		switch m.name {
		case "attributes", "Attributes", "resource", "Resource", "LogAttributes", "ResourceAttributes":
			r.addAttributes(m)
		case "body", "Body":
			one := *m
			if value := anyValueOf(m); value != nil {
				one.kind, one.text, one.escaped = value.kind, value.text, value.escaped
			}
			r.members = append(r.members, one)
		default:
			r.members = append(r.members, *m)
		}
	}
}

// addAttributes opens a list of keys and values, or an object. A resource has
// its attributes inside, or is an object of them.
func (r *otelRecord) addAttributes(m *member) {
	for one := range m.elements() {
		var space [4]member
		pair := one.appendFields(space[:0])
		key, value := scalarText(findMember(pair, "key")), findMember(pair, "value")
		if key == "" || value == nil {
			continue
		}
		if inner := anyValueOf(value); inner != nil {
			value = inner
		}
		r.members = append(r.members, member{name: key, kind: value.kind, text: value.text, escaped: value.escaped})
	}
	for _, one := range m.fields() {
		if one.name == "attributes" {
			r.addAttributes(&one)
			continue
		}
		r.members = append(r.members, one)
	}
}

// anyValueOf returns the value in OTLP's AnyValue, {"stringValue": "x"}, nil where
// m is none.
func anyValueOf(m *member) *member {
	if m.kind != event.KindObject {
		return nil
	}
	var space [2]member
	fields := m.appendFields(space[:0])
	if len(fields) != 1 {
		return nil
	}
	one := fields[0]
	switch one.name {
	case "stringValue", "boolValue", "doubleValue", "arrayValue", "kvlistValue", "bytesValue":
		return &one
	case "intValue":
		// OTLP writes integers of 64 bits as strings.
		if one.kind == event.KindString && isNumber(one.text) {
			one.kind = event.KindNumber
		}
		return &one
	default:
		return nil
	}
}

func (r *otelRecord) fill(c *Context, e *event.Event) {
	number := ""
	for i := range r.members {
		switch m := &r.members[i]; m.name {
		case "severityNumber", "SeverityNumber":
			number = scalarText(m)
		case "timeUnixNano":
			// 0 says that the time is not known.
			m.done = scalarText(m) == "0"
		}
	}
	otelNames.fill(r.members, c, e)
	if !e.Has(event.LogLevel) {
		e.SetText(event.LogLevel, otelLevel(number))
	}
}

// otelLevel returns the level of a severity number, four of which make one.
func otelLevel(number string) string {
	n, ok := parseUint(number)
	if !ok || n < 1 || n > 24 {
		return ""
	}
	return [...]string{"trace", "debug", "info", "warning", "error", "critical"}[(n-1)/4]
}
