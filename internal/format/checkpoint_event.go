package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var checkpointMapping = newMapping(
	nameGroup{rule{column: event.EventTime, as: asTime}, []string{"time"}},
	nameGroup{rule{column: event.SourceIP, as: asIP}, []string{"src", "client_ip"}},
	nameGroup{rule{column: event.SourcePort, as: asPort}, []string{"s_port"}},
	nameGroup{rule{column: event.DestinationIP, as: asIP}, []string{"dst"}},
	nameGroup{rule{column: event.DestinationPort, as: asPort}, []string{"service", "d_port"}},
	nameGroup{rule{column: event.UserName, as: asText, rank: 1}, []string{"administrator", "user"}},
	nameGroup{rule{column: event.UserName, as: asText, rank: 2}, []string{"src_user_name"}},
	nameGroup{rule{column: event.TargetUserName, as: asText}, []string{"dst_user_name"}},
	nameGroup{rule{column: event.HostName, as: asText}, []string{"hostname"}},
	nameGroup{rule{column: event.Severity, as: asCode}, []string{"severity"}},
	nameGroup{rule{column: event.SessionID, as: asCode}, []string{"session_id"}},
	nameGroup{rule{column: event.HTTPMethod, as: asMethod}, []string{"method"}},
	nameGroup{rule{column: event.RequestPath, as: asTarget}, []string{"resource"}},
	nameGroup{rule{column: event.HTTPHost, as: asText}, []string{"http_host"}},
	nameGroup{rule{column: event.UserAgent, as: asText}, []string{"user_agent"}},
	nameGroup{rule{column: event.Referrer, as: asText}, []string{"referrer"}},
	nameGroup{rule{column: event.StatusCode, as: asStatus}, []string{"http_status"}},
	nameGroup{rule{column: event.DNSQuery, as: asText}, []string{"dns_query"}},
	nameGroup{rule{column: event.FilePath, as: asText}, []string{"file_name"}},
	nameGroup{rule{column: event.EmailFrom, as: asText}, []string{"from"}},
	nameGroup{rule{column: event.Message, as: asText, rank: 1}, []string{"message_info", "description", "information"}},
)

// fillCheckPoint fills e from the fields of a log.
func fillCheckPoint(members []member, c *Context, e *event.Event) {
	e.SetText(event.Vendor, "checkpoint")
	e.SetText(event.Product, "firewall-1")
	product := memberText(members, "product")
	e.SetText(event.Service, takeMember(members, "product"))
	fillCheckPointKind(product, members, e)
	if proto := takeMember(members, "proto"); proto != "" {
		e.SetText(event.NetworkProtocol, protocolName(proto))
	}
	if isICMP(e.Text(event.NetworkProtocol)) {
		renameMember(members, "s_port", "icmp_s_port")
		renameMember(members, "service", "icmp_service")
	}
	if bytes, ok := parseUint(memberText(members, "bytes")); ok {
		e.SetInt(event.NetworkBytes, bytes)
	} else {
		setBytes(e, memberText(members, "sent_bytes"), memberText(members, "received_bytes"))
	}
	fillCheckPointZones(members, e)
	for _, name := range [...]string{"file_sha256", "file_sha1", "file_md5", "sha256", "sha1", "md5"} {
		if hash := fileHash(memberText(members, name)); hash != "" {
			e.SetText(event.FileHash, hash)
			takeMember(members, name)
			break
		}
	}
	if to := takeMember(members, "to"); to != "" {
		e.SetList(event.EmailTo, []string{to})
	}
	checkpointMapping.fill(members, c, e)
}

// fillCheckPointKind reads which blade wrote the log and what it did.
func fillCheckPointKind(product string, members []member, e *event.Event) {
	e.SetText(event.EventType, event.ServiceLog)
	e.SetList(event.LogSource, checkpointOther)
	flow := findMember(members, "src") != nil && findMember(members, "dst") != nil
	signature := false
	switch product {
	case "SmartDefense", "IPS", "DDoS Protector", "Core", "Anti-Bot", "Anti Bot":
		e.SetText(event.EventType, event.IDSAlert)
		e.SetList(event.LogSource, checkpointFirewall)
		signature = true
	case "Anti Malware", "Anti-Malware", "Anti-Virus", "Anti Virus", "New Anti Virus", "Threat Emulation", "Threat Extraction", "SandBlast",
		"Forensics", "Zero Phishing":
		if verdict := memberText(members, "verdict"); verdict != "Benign" && (flow || memberText(members, "protection_name") != "") {
			e.SetText(event.EventType, event.Malware)
			e.SetList(event.LogSource, checkpointMalware)
		}
		signature = true
	case "URL Filtering", "Application Control", "Content Awareness", "HTTPS Inspection":
		if flow {
			e.SetText(event.EventType, event.Firewall)
			e.SetList(event.LogSource, checkpointWeb)
		}
	default:
		if flow {
			e.SetText(event.EventType, event.Firewall)
			e.SetList(event.LogSource, checkpointFirewall)
		}
	}
	if signature {
		name := takeMember(members, "protection_name")
		if name == "" {
			name = takeMember(members, "attack")
		}
		e.SetText(event.RuleName, name)
		e.SetText(event.RuleID, takeMember(members, "protection_id"))
	}
	if !e.Has(event.RuleName) {
		e.SetText(event.RuleName, takeMember(members, "rule_name"))
	}
	if !e.Has(event.RuleID) {
		e.SetText(event.RuleID, takeMember(members, "rule_uid"))
	}
	if flow && memberText(members, "action") == "Key Install" {
		e.SetText(event.EventType, event.VPN)
	}
	fillCheckPointAction(members, e)
}

// fillCheckPointAction reads what was decided or what somebody did.
func fillCheckPointAction(members []member, e *event.Event) {
	action := findMember(members, "action")
	word := scalarText(action)
	if word == "" {
		word = memberText(members, "operation")
		action = findMember(members, "operation")
	}
	switch word {
	case "":
		return
	case "Accept", "Allow", "Bypass", "Encrypt", "Decrypt", "HTTPS Bypass", "HTTPS Inspect", "VPN Routing", "Inspect":
		setDecided(e, event.Allow, action)
	case "Drop", "Reject", "Block", "Prevent", "Deny", "Quarantine", "Redirect":
		setDecided(e, event.Deny, action)
	case "Log In", "Failed Log In", "Log Out":
		fillCheckPointLogin(word, members, e)
		action.done = true
	default:
		setDecided(e, "", action)
		fillCheckPointStatus(members, e)
	}
}

func fillCheckPointLogin(word string, members []member, e *event.Event) {
	e.SetText(event.EventType, event.AuthLogin)
	e.SetText(event.Action, word)
	e.SetText(event.Outcome, event.Success)
	switch word {
	case "Failed Log In":
		e.SetText(event.Outcome, event.Failure)
	case "Log Out":
		e.SetText(event.EventType, event.AuthLogout)
	}
	fillCheckPointStatus(members, e)
}

func fillCheckPointStatus(members []member, e *event.Event) {
	status := memberText(members, "audit_status") + memberText(members, "auth_status") + memberText(members, "status")
	switch {
	case strings.HasPrefix(status, "Success"):
		e.SetText(event.Outcome, event.Success)
	case strings.HasPrefix(status, "Fail"):
		e.SetText(event.Outcome, event.Failure)
	}
}

// fillCheckPointZones reads the direction from the zones; ifdir is that of the
// packet at one interface and says nothing of it.
func fillCheckPointZones(members []member, e *event.Event) {
	from, to := memberText(members, "inzone"), memberText(members, "outzone")
	switch {
	case from == "Internal" && to == "External":
		e.SetText(event.NetworkDirection, event.Outbound)
	case from == "External" && to == "Internal":
		e.SetText(event.NetworkDirection, event.Inbound)
	case from == "Internal" && to == "Internal":
		e.SetText(event.NetworkDirection, event.Internal)
	case from == "External" && to == "External":
		e.SetText(event.NetworkDirection, event.External)
	}
}
