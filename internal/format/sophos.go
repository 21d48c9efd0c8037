package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var sophosFormat = &Format{
	Name:  "sophos_xg",
	Title: "Sophos Firewall (XG, XGS)",
	Doc: "Lines of key=value pairs of the Sophos Firewall's device standard format (SFOS up to 17) and central format (18 and " +
		"later), in a syslog envelope or bare: firewall, web, application and mail filters, intrusion prevention, malware, " +
		"authentication and administration. It promises a log id, a log type and a log component. " +
		"Source: Sophos Firewall syslog guide.",
	Parse:  sophosPayload.parse,
	Match:  matchSophos,
	Starts: "dtl",
}

var (
	sophosFirewall = []string{"firewall:sophos:xg"}
	sophosWeb      = []string{"firewall:sophos:xg", "proxy::"}
	sophosVirus    = []string{"firewall:sophos:xg", "antivirus::"}
	sophosServer   = []string{":sophos:xg", "webserver::"}
	sophosOther    = []string{":sophos:xg"}
)

var sophosStarts = []string{"device=", "device_name=", "date=", "timestamp=", "log_id="}

var sophosPayload = payload{
	format:   "sophos_xg",
	read:     readSophos,
	owns:     func(string) bool { return true },
	starts:   sophosStarts,
	claims:   claimsSophos,
	describe: describeSophos,
	strict:   true,
	what:     "a line of the Sophos Firewall: log_id, log_type and log_component are missing",
}

func matchSophos(line string) int {
	if len(line) < 16 || strings.IndexByte(line[:16], '=') < 0 {
		return 0
	}
	for _, start := range sophosStarts {
		if strings.HasPrefix(line, start) && claimsSophos(line) {
			return 95
		}
	}
	return 0
}

func claimsSophos(text string) bool {
	head := text[:min(len(text), 512)]
	return hasPair(head, "log_id=") && hasPair(head, "log_type=") && hasPair(head, "log_component=")
}

func describeSophos(e *event.Event) {
	e.SetText(event.Vendor, "sophos")
	e.SetText(event.Product, "xg")
	e.SetList(event.LogSource, sophosOther)
}

var sophosMapping = newMapping(
	nameGroup{rule{column: event.SourceIP, as: asIP}, []string{"src_ip", "sourceip", "remote_ip", "ip_address"}},
	nameGroup{rule{column: event.SourcePort, as: asPort}, []string{"src_port"}},
	nameGroup{rule{column: event.DestinationIP, as: asIP}, []string{"dst_ip", "localip"}},
	nameGroup{rule{column: event.DestinationPort, as: asPort}, []string{"dst_port"}},
	nameGroup{rule{column: event.UserName, as: asText}, []string{"user_name", "user", "username"}},
	nameGroup{rule{column: event.LogLevel, as: asLevel}, []string{"priority"}},
	nameGroup{rule{column: event.Severity, as: asText}, []string{"severity"}},
	nameGroup{rule{column: event.EventCode, as: asCode}, []string{"log_id"}},
	nameGroup{rule{column: event.SessionID, as: asCode}, []string{"connid", "con_id", "conn_id"}},
	nameGroup{rule{column: event.Message, as: asText}, []string{"message"}},
	nameGroup{rule{column: event.HTTPMethod, as: asMethod}, []string{"method"}},
	nameGroup{rule{column: event.RequestPath, as: asTarget}, []string{"url"}},
	nameGroup{rule{column: event.HTTPHost, as: asText}, []string{"domain", "domainname"}},
	nameGroup{rule{column: event.UserAgent, as: asText}, []string{"user_agent", "useragent"}},
	nameGroup{rule{column: event.Referrer, as: asText}, []string{"referer"}},
	nameGroup{rule{column: event.StatusCode, as: asStatus}, []string{"status_code", "httpstatus", "http_status"}},
	nameGroup{rule{column: event.FilePath, as: asText}, []string{"filename", "file_name", "download_file_name", "upload_file_name"}},
	nameGroup{rule{column: event.EmailFrom, as: asText}, []string{"from_email_address", "sender"}},
	nameGroup{rule{column: event.RuleName, as: asText, rank: 1}, []string{"fw_rule_name", "policy_name"}},
	nameGroup{rule{column: event.RuleID, as: asCode, rank: 1}, []string{"fw_rule_id"}},
)

func readSophos(message string, c *Context, e *event.Event) bool {
	if !claimsSophos(message) {
		return false
	}
	o := borrowObject()
	defer o.release()
	members, ok := cutPairs(message, false, o.members)
	o.members = members
	if !ok {
		return false
	}
	describeSophos(e)
	fillSophosTime(members, c, e)
	fillSophosKind(members, e)
	hideMembers(members, "N/A", "fw_rule_id", "fw_rule_name")
	hideMembers(members, "-", "user_name", "referer", "cookie", "querystring", "useragent")
	if protocol := takeMember(members, "protocol"); protocol != "" {
		e.SetText(event.NetworkProtocol, protocolName(protocol))
	}
	if e.Text(event.NetworkProtocol) == "icmp" {
		hideMembers(members, "0", "src_port", "dst_port")
	}
	setBytes(e, memberText(members, "sent_bytes")+memberText(members, "bytes_sent"),
		memberText(members, "recv_bytes")+memberText(members, "bytes_received"))
	for _, name := range [...]string{"sha256sum", "sha1sum", "checksum", "file_hash"} {
		if hash := fileHash(memberText(members, name)); hash != "" {
			e.SetText(event.FileHash, hash)
			takeMember(members, name)
			break
		}
	}
	if to := takeMember(members, "to_email_address"); to != "" {
		e.SetList(event.EmailTo, []string{to})
	}
	sophosMapping.fill(members, c, e)
	return true
}

// fillSophosTime reads timestamp="2024-09-05T10:30:00+0200", or date, time and
// timezone. With a zone's name that means several zones there is no time.
func fillSophosTime(members []member, c *Context, e *event.Event) {
	if m := findMember(members, "timestamp"); m != nil {
		if nanos, ok := anyTime(m.text, c.Zone); ok {
			e.SetInt(event.EventTime, nanos)
			m.done = true
			return
		}
	}
	zone := memberText(members, "timezone")
	offset, n := zoneOffset(zone)
	zoned := n > 0
	if !zoned && zone != "" {
		if offset, zoned = namedZone(zone); !zoned {
			return
		}
	}
	date, clock := findMember(members, "date"), findMember(members, "time")
	if date == nil || clock == nil {
		return
	}
	if nanos, ok := dateTime(date.text, clock.text, offset, zoned, c); ok {
		e.SetInt(event.EventTime, nanos)
		date.done, clock.done = true, true
	}
}

// fillSophosKind reads what kind of log it is and what was decided.
func fillSophosKind(members []member, e *event.Event) {
	kind, part := memberText(members, "log_type"), memberText(members, "log_component")
	e.SetText(event.EventType, event.SystemLog)
	switch kind {
	case "Firewall", "SSL", "SSL/TLS inspection", "SSL/TLS Inspection", "SD-WAN":
		e.SetText(event.EventType, event.Firewall)
		e.SetList(event.LogSource, sophosFirewall)
	case "Content Filtering", "Web Filter", "Web filter", "Application Filter", "Application filter":
		e.SetText(event.EventType, event.Firewall)
		e.SetList(event.LogSource, sophosWeb)
	case "IDP", "IPS", "ATP", "Advanced Threat Protection", "Active Threat Response":
		e.SetText(event.EventType, event.IDSAlert)
		e.SetList(event.LogSource, sophosFirewall)
		e.SetText(event.RuleName, takeMember(members, "signature_msg"))
		e.SetText(event.RuleID, takeMember(members, "signature_id"))
		if name := takeMember(members, "threatname"); name != "" {
			e.SetText(event.RuleName, name)
		}
	case "Anti-Virus", "Anti Virus", "Sandbox", "Sandstorm", "Zero-day protection":
		e.SetText(event.EventType, event.Malware)
		e.SetList(event.LogSource, sophosVirus)
		e.SetText(event.RuleName, takeMember(members, "virus"))
	case "Anti-Spam", "Anti Spam", "Email":
		e.SetText(event.EventType, event.Email)
	case "WAF", "Web Server Protection":
		e.SetText(event.EventType, event.HTTPAccess)
		e.SetList(event.LogSource, sophosServer)
		fillSophosWAF(members, e)
	case "Event":
		fillSophosEvent(part, members, e)
		return
	}
	fillSophosDecision(members, e)
	if status, ok := parseUint(memberText(members, "status_code")); ok && status >= 100 && status < 600 && kind == "Content Filtering" {
		e.SetText(event.EventType, event.HTTPAccess)
	}
	if e.Has(event.RuleName) { // what detected it; the policy stays in extra
		renameMember(members, "fw_rule_id", "firewall_rule_id")
		renameMember(members, "fw_rule_name", "firewall_rule_name")
	}
}

// fillSophosWAF reads what the web server protection says in words of its own.
func fillSophosWAF(members []member, e *event.Event) {
	if version, ok := strings.CutPrefix(memberText(members, "protocol"), "HTTP/"); ok {
		e.SetText(event.HTTPVersion, version)
		takeMember(members, "protocol")
	}
	if host := memberText(members, "server"); isHost(host) {
		e.SetText(event.HTTPHost, takeMember(members, "server"))
	}
	if m := findMember(members, "local_ip"); m != nil {
		m.done = setAddress(e, event.DestinationIP, m.text)
	}
	url, query := findMember(members, "url"), memberText(members, "querystring")
	if url != nil && strings.HasPrefix(query, "?") && strings.IndexByte(url.text, '?') < 0 {
		url.text += takeMember(members, "querystring")
	}
	if size, ok := parseUint(memberText(members, "bytes_sent")); ok {
		e.SetInt(event.ResponseSizeBytes, size)
	}
}

func renameMember(members []member, from, to string) {
	if m := findMember(members, from); m != nil {
		m.name = to
	}
}

// fillSophosDecision reads the subtype, which says what was done in all logs
// about traffic.
func fillSophosDecision(members []member, e *event.Event) {
	for _, name := range [...]string{"log_subtype", "action", "status"} {
		m := findMember(members, name)
		if m == nil {
			continue
		}
		decided := wordDecision(m.text)
		if m.text == "Clean" {
			decided = event.Allow
		}
		if decided != "" {
			setDecided(e, decided, m)
			return
		}
	}
	if m := findMember(members, "log_subtype"); m != nil {
		e.SetText(event.Action, m.text)
	}
}

// fillSophosEvent reads authentication, administration and VPN.
func fillSophosEvent(part string, members []member, e *event.Event) {
	e.SetText(event.EventType, event.ServiceLog)
	subtype := memberText(members, "log_subtype")
	status := memberText(members, "status")
	switch {
	case strings.Contains(part, "VPN") && subtype != "Authentication" && !strings.Contains(part, "Authentication"), part == "IPSec", part == "L2TP", part == "PPTP":
		e.SetText(event.EventType, event.VPN)
	case subtype == "Authentication", strings.HasSuffix(part, "Authentication"):
		e.SetText(event.EventType, event.AuthLogin)
		e.SetText(event.Action, "login")
		if message := memberText(members, "message"); strings.Contains(message, "logged out") || strings.Contains(message, "logout") {
			e.SetText(event.EventType, event.AuthLogout)
			e.SetText(event.Action, "logout")
		}
	case part == "DHCP Server":
		e.SetText(event.EventType, event.DHCP)
	case subtype == "System":
		e.SetText(event.EventType, event.SystemLog)
	case subtype == "Admin":
		if message := memberText(members, "message"); strings.Contains(message, "logged in") || strings.Contains(message, "login") {
			e.SetText(event.EventType, event.AuthLogin)
			e.SetText(event.Action, "login")
		}
	}
	switch status {
	case "Successful", "Success", "Established", "Connected":
		e.SetText(event.Outcome, event.Success)
	case "Failed", "Failure", "Denied":
		e.SetText(event.Outcome, event.Failure)
	}
	if !e.Has(event.Action) {
		e.SetText(event.Action, status)
	}
}
