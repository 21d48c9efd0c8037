package format

import (
	"slices"
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// isOCSF reports whether the document says that it follows the Open
// Cybersecurity Schema Framework.
func isOCSF(o *object) bool {
	return memberKind(o.find("class_uid")) == event.KindNumber && memberKind(o.find("metadata")) == event.KindObject
}

// OCSF's classes that mean an event type, or whose attributes lead elsewhere.
const (
	ocsfFileActivity    = 1001
	ocsfProcessActivity = 1007
	ocsfSecurityFinding = 2001
	ocsfDetection       = 2004
	ocsfAccountChange   = 3001
	ocsfAuthentication  = 3002
	ocsfAuthorize       = 3003
	ocsfNetwork         = 4001
	ocsfHTTP            = 4002
	ocsfDNS             = 4003
	ocsfDHCP            = 4004
	ocsfEmail           = 4009
	ocsfTunnel          = 4014
	ocsfAPI             = 6003
	ocsfRegistryKey     = 201001
	ocsfRegistryValue   = 201002
)

// The mappings of OCSF: that of most classes, and of those that differ.
var (
	ocsfNames        = newOCSFMapping()
	ocsfProcessNames = newOCSFMapping(
		nameGroup{rule{column: event.ProcessName, as: asText}, []string{"process.file.path"}},
		nameGroup{rule{column: event.ProcessName, as: asText, rank: 1}, []string{"process.name"}},
		nameGroup{rule{column: event.ProcessID, as: asCount}, []string{"process.pid"}},
		nameGroup{rule{column: event.CommandLine, as: asText}, []string{"process.cmd_line"}},
		nameGroup{rule{column: event.ParentProcessName, as: asText}, []string{"process.parent_process.file.path"}},
		nameGroup{rule{column: event.ParentProcessName, as: asText, rank: 1}, []string{"process.parent_process.name"}},
		nameGroup{rule{column: event.ParentProcessName, as: asText, rank: 2}, []string{"actor.process.file.path"}},
		nameGroup{rule{column: event.ParentProcessName, as: asText, rank: 3}, []string{"actor.process.name"}},
	)
	ocsfLoginNames = newOCSFMapping(
		nameGroup{rule{column: event.UserName, as: asText}, []string{"user.name"}},
		nameGroup{rule{column: event.UserName, as: asText, rank: 2}, []string{"actor.user.name"}},
	)
	ocsfNetworkNames = newOCSFMapping(
		nameGroup{rule{column: event.RuleName, as: asText}, []string{"firewall_rule.name"}},
		nameGroup{rule{column: event.RuleID, as: asCode}, []string{"firewall_rule.uid"}},
	)
	ocsfFindingNames = newOCSFMapping(
		nameGroup{rule{column: event.RuleName, as: asText, rank: 2}, []string{"finding_info.title", "finding.title"}},
		nameGroup{rule{column: event.SourceIP, as: asIP}, []string{"evidences.src_endpoint.ip"}},
		nameGroup{rule{column: event.SourcePort, as: asPort}, []string{"evidences.src_endpoint.port"}},
		nameGroup{rule{column: event.DestinationIP, as: asIP}, []string{"evidences.dst_endpoint.ip"}},
		nameGroup{rule{column: event.DestinationPort, as: asPort}, []string{"evidences.dst_endpoint.port"}},
	)
	ocsfAPINames = newOCSFMapping(
		nameGroup{rule{column: event.Action, as: asText}, []string{"api.operation"}},
		nameGroup{rule{column: event.Service, as: asText}, []string{"api.service.name"}},
		nameGroup{rule{column: event.StatusCode, as: asStatus}, []string{"api.response.code"}},
	)
)

// newOCSFMapping returns the usual attributes of the columns, with others for a
// class. What AppendOCSF found no attribute for stands in "unmapped" under the
// column's name.
func newOCSFMapping(class ...nameGroup) *mapping {
	m := newOwnMapping(func(c event.Column) string { return c.Info().OCSF }, nil)
	for c := range event.NumColumns {
		if _, ok := schemaReading(c); ok {
			m.rules["unmapped."+c.String()] = rule{column: c, as: plainReading(c), rank: 1}
		}
	}
	for _, g := range slices.Concat(ocsfCommon, class) {
		for _, name := range g.names {
			m.rules[name] = g.rule
		}
	}
	m.rules = without(m.rules, "status_id", "class_uid")
	m.objects = pathObjects(m.rules)
	return m
}

var ocsfCommon = []nameGroup{
	{rule{column: event.EventTime, as: asTime, rank: 2}, []string{"time_dt"}},
	{rule{column: event.HostName, as: asText, rank: 2}, []string{"device.name"}},
	{rule{column: event.ProcessName, as: asText}, []string{"actor.process.file.path"}},
	{rule{column: event.FilePath, as: asText}, []string{"file.path", "reg_key.path", "reg_value.path"}},
	{rule{column: event.Action, as: asText, rank: 2}, []string{"api.operation"}},
	{rule{column: event.LogLevel, as: asLevel, rank: 1}, []string{"metadata.log_level"}},
	{rule{column: event.RequestPath, as: asTarget}, []string{"http_request.url.url_string"}},
	{rule{column: event.NetworkProtocol, as: asProtocol, rank: 1}, []string{"connection_info.protocol_name"}},
	{rule{column: event.Severity, as: asText, rank: 1}, []string{"severity"}},
}

// fillOCSF reads an event of OCSF. Attributes without a column, the numbers of
// its classes among them, go to extra under their dotted names.
func fillOCSF(o *object, c *Context, e *event.Event) {
	class, _ := parseUint(o.text("class_uid"))
	names := ocsfNamesOf(class)
	if class == ocsfDetection {
		o.openFirst("evidences")
	}
	o.flatten(names)
	o.takeAnswers("answers", "rdata", e)
	extra := o.find("unmapped.extra")
	if extra.fields() != nil {
		extra.done = true
	}
	o.lowerText("connection_info.direction")
	if o.text("connection_info.protocol_name") == "" {
		e.SetText(event.NetworkProtocol, transportOf(o.text("connection_info.protocol_num")))
	}
	kind := ocsfKind(class, o)
	names.fill(o.members, c, e)
	if o.text("unmapped.event_type") == "" {
		trimQueryRoot(e)
		if kind != "" {
			e.SetText(event.EventType, kind)
		}
	}
	if !e.Has(event.Outcome) && class != ocsfDetection && class != ocsfSecurityFinding {
		setOCSFOutcome(o, e)
	}
	if !e.Has(event.Action) && class == ocsfNetwork {
		setOCSFAction(o.text("action_id"), e)
	}
	for _, m := range extra.fields() {
		e.SetExtra(m.name, m.value())
	}
}

// transportOf returns the name for the number of a protocol of IP, "" for what is
// no transport.
func transportOf(number string) string { return transportName(protocolName(number)) }

func ocsfNamesOf(class int64) *mapping {
	switch class {
	case ocsfProcessActivity:
		return ocsfProcessNames
	case ocsfDetection, ocsfSecurityFinding:
		return ocsfFindingNames
	case ocsfAuthentication, ocsfAuthorize:
		return ocsfLoginNames
	case ocsfNetwork:
		return ocsfNetworkNames
	case ocsfAPI:
		return ocsfAPINames
	default:
		return ocsfNames
	}
}

// ocsfKind returns the event_type of a class, "" for none.
func ocsfKind(class int64, o *object) string {
	switch class {
	case ocsfFileActivity:
		return event.FileChange
	case ocsfProcessActivity:
		if o.text("activity_id") != "1" {
			return ""
		}
		return event.ProcessStart
	case ocsfDetection, ocsfSecurityFinding:
		return event.IDSAlert
	case ocsfAccountChange:
		return event.AccountChange
	case ocsfAuthentication:
		switch o.text("activity_id") {
		case "1":
			return event.AuthLogin
		case "2":
			return event.AuthLogout
		}
		return ""
	case ocsfAuthorize:
		return event.AuthPrivilege
	case ocsfNetwork:
		if o.has("action_id") || o.has("firewall_rule.name") || o.has("firewall_rule.uid") {
			return event.Firewall
		}
		return event.NetworkFlow
	case ocsfHTTP:
		return event.HTTPAccess
	case ocsfDNS:
		return event.TypeDNSQuery
	case ocsfDHCP:
		return event.DHCP
	case ocsfEmail:
		return event.Email
	case ocsfTunnel:
		return event.VPN
	case ocsfAPI:
		return event.CloudAPI
	case ocsfRegistryKey, ocsfRegistryValue:
		return event.RegistryChange
	default:
		return ""
	}
}

func setOCSFOutcome(o *object, e *event.Event) {
	switch o.text("status_id") {
	case "1":
		e.SetText(event.Outcome, event.Success)
	case "2":
		e.SetText(event.Outcome, event.Failure)
	}
}

func setOCSFAction(id string, e *event.Event) {
	switch id {
	case "1":
		e.SetText(event.Action, event.Allow)
	case "2":
		e.SetText(event.Action, event.Deny)
	}
}

// openFirst makes an array of one object that object.
func (o *object) openFirst(name string) {
	m := o.find(name)
	if memberKind(m) != event.KindArray {
		return
	}
	if one, n := m.first(); n == 1 && one.kind == event.KindObject {
		m.kind, m.text = one.kind, one.text
	}
}

// lowerText brings a word into lower case.
func (o *object) lowerText(name string) {
	if m := o.find(name); memberKind(m) == event.KindString {
		m.text = strings.ToLower(m.text)
	}
}
