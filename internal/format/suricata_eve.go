package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var suricataEVEFormat = &Format{
	Name:  "suricata_eve",
	Title: "Suricata EVE JSON",
	Doc: "Events that Suricata writes to eve.json, of all types: alerts, drops, DNS in all three versions, HTTP, TLS, mail, files, " +
		"flows, anomalies, the other protocols and statistics. The mandatory part is an event_type of Suricata's with what belongs to it. " +
		"Source: https://docs.suricata.io/en/latest/output/eve/eve-json-format.html",
	Parse: func(line string, c *Context, e *event.Event) error {
		return parseDocument(line, &suricataEVEDocument, c, e)
	},
	Match:    noText,
	document: &suricataEVEDocument,
}

var suricataEVEDocument = documentKind{
	keys:   []string{"flow_id", "event_type"},
	claims: claimEVE,
	fill:   fillEVE,
}

// claimEVE wants a known type and something that only Suricata writes beside it:
// the flow's number, the object that is called like the type, or an interface.
func claimEVE(o *object) int {
	kind := o.text("event_type")
	if eveType(kind) == "" || !o.has("timestamp") {
		return 0
	}
	if one := o.find(eveObject(kind)); one != nil && one.kind == event.KindObject || o.has("flow_id") || o.has("in_iface") {
		return 90
	}
	return 0
}

// eveObject returns the name of the member that holds what an event of the type
// is about: mostly the type's own.
func eveObject(kind string) string {
	switch kind {
	case "packetinfo":
		return "packet_info"
	case "smtp":
		return "email"
	default:
		return kind
	}
}

// eveType returns the schema's word for a type of Suricata, "" for an unknown one.
func eveType(kind string) string {
	switch kind {
	case "alert":
		return event.IDSAlert
	case "drop":
		return event.Firewall
	case "dns", "mdns":
		return event.TypeDNSQuery
	case "http":
		return event.HTTPAccess
	case "smtp", "email":
		return event.Email
	case "dhcp":
		return event.DHCP
	case "stats", "engine":
		return event.ServiceLog
	case "flow", "netflow", "tls", "ssh", "fileinfo", "anomaly", "ftp", "ftp_data", "smb", "nfs", "tftp", "ike", "ikev2", "krb5", "snmp", "rfb", "sip",
		"rdp", "http2", "mqtt", "pgsql", "dnp3", "modbus", "quic", "bittorrent_dht", "telnet", "websocket", "arp", "pop3", "ldap", "doh2", "enip",
		"dcerpc", "packetinfo", "frame", "template", "metadata", "netbios", "postgresql", "imap", "rpc", "llmnr":
		return event.NetworkFlow
	default:
		return ""
	}
}

// eveMapping has the names whose value needs no second look.
var eveMapping = newMapping(eveNames...).withObjects("dns", "mdns", "smtp", "email", "flow", "dhcp", "ftp")

var eveNames = []nameGroup{
	{rule{column: event.EventTime, as: asTime}, []string{"timestamp"}},
	{rule{column: event.EventCode, as: asText}, []string{"event_type"}},
	{rule{column: event.SessionID, as: asCode}, []string{"flow_id"}},
	{rule{column: event.HostName, as: asText}, []string{"host"}},
	{rule{column: event.SourceIP, as: asIP}, []string{"src_ip"}},
	{rule{column: event.SourcePort, as: asPort}, []string{"src_port"}},
	{rule{column: event.DestinationIP, as: asIP}, []string{"dest_ip"}},
	{rule{column: event.DestinationPort, as: asPort}, []string{"dest_port"}},
	{rule{column: event.RuleName, as: asText}, []string{"alert.signature"}},
	{rule{column: event.RuleID, as: asCode}, []string{"alert.signature_id"}},
	{rule{column: event.Severity, as: asCode}, []string{"alert.severity"}},
	{rule{column: event.HTTPMethod, as: asText}, []string{"http.http_method", "http.request.method"}},
	{rule{column: event.HTTPVersion, as: asVersion}, []string{"http.protocol"}},
	{rule{column: event.StatusCode, as: asStatus}, []string{"http.status"}},
	{rule{column: event.ResponseSizeBytes, as: asCount}, []string{"http.length"}},
	{rule{column: event.UserAgent, as: asText}, []string{"http.http_user_agent"}},
	{rule{column: event.Referrer, as: asText}, []string{"http.http_refer"}},
	{rule{column: event.FilePath, as: asText}, []string{"fileinfo.filename", "smb.filename", "nfs.filename", "tftp.file", "ftp_data.filename"}},
	{rule{column: event.NetworkBytes, as: asCount}, []string{"netflow.bytes", "drop.len"}},
	{rule{column: event.DBStatement, as: asText}, []string{"pgsql.request.simple_query"}},
	{rule{column: event.DBUserName, as: asText}, []string{"pgsql.request.startup_parameters.user"}},
	{rule{column: event.DatabaseName, as: asText}, []string{"pgsql.request.startup_parameters.database"}},
	{rule{column: event.UserName, as: asText}, []string{"krb5.cname", "smb.ntlmssp.user"}},
	{rule{column: event.LogLevel, as: asLevel}, []string{"log_level"}},
	{rule{column: event.Message, as: asText}, []string{"engine.message"}},
}

// withObjects makes m take more objects apart, whose members somebody else reads.
func (m *mapping) withObjects(names ...string) *mapping {
	for _, name := range names {
		m.objects[name] = true
	}
	return m
}

// The log sources by type. The sensor sees requests to our servers and from our
// clients, so rules for either apply.
var (
	suricataSources     = []string{":suricata:"}
	suricataDNSSources  = []string{"dns::", ":suricata:dns"}
	suricataHTTPSources = []string{"webserver::", "proxy::", ":suricata:http"}
	suricataFlowSources = []string{"::netflow", ":suricata:flow"}
	suricataDropSources = []string{"firewall::", ":suricata:drop"}
)

func fillEVE(o *object, c *Context, e *event.Event) error {
	kind := o.text("event_type")
	v := eve{members: eveMapping.flatten(o.members), e: e}
	e.SetText(event.Vendor, "oisf")
	e.SetText(event.Product, "suricata")
	v.protocol()
	v.decision(kind)
	v.web(kind)
	v.hashes()
	v.mail()
	switch kind {
	case "dns":
		v.dns("dns.")
	case "mdns":
		v.dns("mdns.")
	case "alert", "drop":
		v.question(v.find("dns.query"))
		v.question(v.find("dns.queries"))
	case "flow":
		v.flow()
	case "dhcp":
		v.dhcp()
	case "ftp":
		v.ftp()
	}
	fillMembers(v.members, eveMapping.rules, c, e)
	v.conclude(kind)
	return nil
}

// eve reads the flattened members of one event.
type eve struct {
	members []member
	e       *event.Event
}

func (v *eve) find(name string) *member { return findMember(v.members, name) }

func (v *eve) text(name string) string { return scalarText(v.find(name)) }

// take is text, and keeps the member out of extra.
func (v *eve) take(name string) string {
	m := v.find(name)
	text := scalarText(m)
	if text != "" {
		m.done = true
	}
	return text
}

func (v *eve) protocol() {
	m := v.find("proto")
	text := scalarText(m)
	if text == "" {
		return
	}
	text = strings.TrimLeft(text, "0") // protocols without a name are written as 041
	v.e.SetText(event.NetworkProtocol, protocolName(text))
	m.done = true
}

// decision reads what was done with the traffic of an alert or a drop.
func (v *eve) decision(kind string) {
	switch {
	case kind == "drop":
		v.decide(event.Deny, event.Failure)
	case v.text("alert.action") == "blocked":
		v.decide(event.Deny, event.Failure)
	case v.text("alert.action") == "allowed":
		v.decide(event.Allow, event.Success)
	}
}

func (v *eve) decide(action, outcome string) {
	v.e.SetText(event.Action, action)
	v.e.SetText(event.Outcome, outcome)
}

func (v *eve) web(kind string) {
	// libhtp::request_uri_not_seen and the like stand where there was no target.
	if target := v.text("http.url"); target != "" && !strings.HasPrefix(target, "libhtp::") {
		v.take("http.url")
		fillTarget(v.e, v.text("http.http_method"), target)
	}
	if host := v.take("http.hostname"); host != "" {
		v.e.SetText(event.HTTPHost, hostOnly(host))
		if hostOnly(host) != host {
			v.e.SetExtraText("http.hostname", host)
		}
	}
	if status, ok := parseUint(v.text("http.status")); ok && kind == "http" {
		v.e.SetText(event.Outcome, httpOutcome(status))
	}
}

func (v *eve) hashes() {
	for _, name := range [...]string{"fileinfo.sha256", "fileinfo.sha1", "fileinfo.md5"} {
		if setStrongestHash(v.e, v.text(name)) {
			v.take(name)
		}
	}
}

// flow adds up the bytes of both directions, whose parts stay in extra.
func (v *eve) flow() {
	a, first := parseUint(v.text("flow.bytes_toserver"))
	b, second := parseUint(v.text("flow.bytes_toclient"))
	if first && second && a+b >= 0 {
		v.e.SetInt(event.NetworkBytes, a+b)
	}
}

func (v *eve) dhcp() {
	action := v.take("dhcp.dhcp_type")
	v.e.SetText(event.Action, action)
	switch action {
	case "ack":
		v.e.SetText(event.Outcome, event.Success)
	case "nak", "decline":
		v.e.SetText(event.Outcome, event.Failure)
	}
}

func (v *eve) ftp() {
	if strings.EqualFold(v.text("ftp.command"), "USER") {
		v.e.SetText(event.UserName, v.take("ftp.command_data"))
	}
}

func (v *eve) conclude(kind string) {
	e := v.e
	e.SetText(event.EventType, eveType(kind))
	switch kind {
	case "dns", "mdns":
		e.SetList(event.LogSource, suricataDNSSources)
	case "http":
		e.SetList(event.LogSource, suricataHTTPSources)
	case "flow", "netflow":
		e.SetList(event.LogSource, suricataFlowSources)
	case "drop":
		e.SetList(event.LogSource, suricataDropSources)
	default:
		e.SetList(event.LogSource, suricataSources)
	}
	if kind == "pgsql" && e.Has(event.DBStatement) {
		e.SetText(event.EventType, event.DBQuery)
	}
}
