package format

import (
	"slices"
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var juniperFormat = &Format{
	Name:  "juniper_srx",
	Title: "Juniper SRX and Junos",
	Doc: "Logs of Juniper's Junos: the security logs of the SRX (RT_FLOW, RT_IDS, RT_UTM, RT_IDP, RT_AAMW, RT_SECINTEL, APPTRACK) as " +
		"structured data of RFC 5424 (sd-syslog) and as text, and the system's own messages with a tag (UI_LOGIN_EVENT, " +
		"UI_CMDLINE_READ_LINE, SNMP_TRAP_LINK_DOWN, ...), in a syslog envelope or bare. It promises the tag. " +
		"Source: Juniper System Log Explorer.",
	Parse:  juniperPayload.parse,
	Match:  matchJuniper,
	Starts: "RUSIEPAWCJL",
}

var (
	juniperFirewall = []string{"firewall:juniper:"}
	juniperWeb      = []string{"firewall:juniper:", "proxy::"}
	juniperVirus    = []string{"firewall:juniper:", "antivirus::"}
	juniperSystem   = []string{":juniper:"}
	juniperRouting  = []string{":juniper:bgp"}
)

var juniperPrograms = []string{"RT_FLOW", "RT_IDS", "RT_UTM", "RT_IDP", "RT_AAMW", "RT_SECINTEL", "RT_SYSTEM", "RT_PFE", "RT_SCREEN"}

var juniperPayload = payload{
	format:   "juniper_srx",
	read:     readJuniper,
	owns:     func(string) bool { return true },
	programs: juniperPrograms,
	starts: []string{
		"RT_FLOW: ", "RT_IDS: ", "RT_UTM: ", "RT_IDP: ", "RT_AAMW: ", "RT_SECINTEL: ", "RT_SYSTEM: ",
		"UI_", "SNMP_TRAP_LINK_", "ESWD_", "PFE_FW_SYSLOG_", "IDP_ATTACK_LOG_EVENT", "APPTRACK_SESSION_", "CHASSISD_", "JSRPD_", "LACPD_",
		"SSHD_LOGIN_", "LOGIN_FAILED", "LOGIN_INFORMATION", "LOGIN_ROOT", "LOGIN_PAM_",
	},
	claims:   func(message string) bool { _, tag, _ := cutJunosTag(message); return tag != "" },
	elements: []string{"junos@2636"},
	data:     readJunosData,
	describe: func(e *event.Event) { describeJuniper("", "", e) },
	strict:   true,
	what:     "a message of Junos: expected a tag like RT_FLOW_SESSION_CREATE",
}

func matchJuniper(line string) int {
	if line == "" || !payloadClaims(&juniperPayload, line) {
		return 0
	}
	return 90
}

// cutJunosTag reads "RT_FLOW: RT_FLOW_SESSION_CREATE: " or the tag alone.
func cutJunosTag(message string) (process, tag, text string) {
	process, rest, ok := strings.Cut(message[:min(len(message), 64)], ": ")
	if ok && strings.HasPrefix(process, "RT_") && strings.IndexByte(process, ' ') < 0 {
		inner, _, _ := strings.Cut(rest, ":")
		if isJunosTag(inner) {
			return process, inner, strings.TrimLeft(strings.TrimPrefix(message[len(process)+2+len(inner):], ":"), " ")
		}
	}
	tag, _, _ = strings.Cut(message[:min(len(message), 64)], ":")
	if !isJunosTag(tag) || slices.Contains(juniperPrograms, tag) {
		return "", "", message
	}
	return "", tag, strings.TrimLeft(strings.TrimPrefix(message[len(tag):], ":"), " ")
}

// isJunosTag reports whether s is a tag: capitals, digits and at least one
// underscore.
func isJunosTag(s string) bool {
	if len(s) < 5 || len(s) > 48 || !isUpper(s[0]) {
		return false
	}
	parts := 0
	for i := 0; i < len(s); i++ {
		switch b := s[i]; {
		case b == '_':
			parts++
		case !isUpper(b) && !isDigit(b):
			return false
		}
	}
	return parts > 0
}

func describeJuniper(process, tag string, e *event.Event) {
	e.SetText(event.Vendor, "juniper")
	e.SetText(event.Product, "junos")
	e.SetList(event.LogSource, juniperSystem)
	if process == "rpd" || strings.HasPrefix(tag, "BGP_") || strings.HasPrefix(tag, "RPD_BGP") {
		e.SetList(event.LogSource, juniperRouting)
	}
}

// readJunosData reads the structured data of sd-syslog.
func readJunosData(members []member, v *envelope, c *Context, e *event.Event) {
	describeJuniper(v.program, v.code, e)
	fillJunos(v.code, members, c, e)
}

// readJuniper reads a message whose fields are text.
func readJuniper(message string, c *Context, e *event.Event) bool {
	process, tag, text := cutJunosTag(message)
	if tag == "" {
		return false
	}
	if process != "" {
		e.SetText(event.ProcessName, process)
	}
	describeJuniper(process, tag, e)
	e.SetText(event.EventCode, tag)
	o := borrowObject()
	defer o.release()
	o.members = cutJunosText(tag, text, o.members)
	fillJunos(tag, o.members, c, e)
	e.SetText(event.Message, text)
	return true
}

var junosMapping = newMapping(
	nameGroup{rule{column: event.SourceIP, as: asIP}, []string{"source-address", "client-ip", "remote-address"}},
	nameGroup{rule{column: event.SourcePort, as: asPort}, []string{"source-port"}},
	nameGroup{rule{column: event.DestinationIP, as: asIP}, []string{"destination-address"}},
	nameGroup{rule{column: event.DestinationPort, as: asPort}, []string{"destination-port"}},
	nameGroup{rule{column: event.SessionID, as: asCode}, []string{"session-id-32", "session-id"}},
	nameGroup{rule{column: event.Severity, as: asText}, []string{"threat-severity", "severity"}},
	nameGroup{rule{column: event.CommandLine, as: asText}, []string{"command"}},
	nameGroup{rule{column: event.FilePath, as: asText}, []string{"filename", "file-name"}},
	nameGroup{rule{column: event.HTTPHost, as: asText}, []string{"http-host"}},
)

// fillJunos fills e from the fields of a message.
func fillJunos(tag string, members []member, c *Context, e *event.Event) {
	e.SetText(event.EventType, event.SystemLog)
	if user := takeDeviceUser(members, "username"); user != "" {
		e.SetText(event.UserName, user)
	}
	for _, name := range [...]string{"protocol-id", "protocol-name", "protocol"} {
		if protocol := takeMember(members, name); protocol != "" {
			e.SetText(event.NetworkProtocol, protocolName(protocol))
			break
		}
	}
	setBytes(e, memberText(members, "bytes-from-client"), memberText(members, "bytes-from-server"))
	fillJunosKind(tag, members, e)
	if isICMP(e.Text(event.NetworkProtocol)) {
		renameMember(members, "source-port", "icmp-source-port")
		renameMember(members, "destination-port", "icmp-destination-port")
	}
	junosMapping.fill(members, c, e)
}

func fillJunosKind(tag string, members []member, e *event.Event) {
	switch {
	case strings.HasPrefix(tag, "RT_FLOW"), strings.HasPrefix(tag, "APPTRACK_"), strings.HasPrefix(tag, "PFE_FW_SYSLOG"):
		e.SetText(event.EventType, event.Firewall)
		e.SetList(event.LogSource, juniperFirewall)
		e.SetText(event.RuleName, takeMember(members, "policy-name"))
		fillJunosDecision(junosVerdict(tag), e)
		if m := findMember(members, "action"); m != nil {
			fillJunosWord(m, e)
		}
	case strings.HasPrefix(tag, "RT_SCREEN"), strings.HasPrefix(tag, "IDP_"), strings.HasPrefix(tag, "SECINTEL_"):
		e.SetText(event.EventType, event.IDSAlert)
		e.SetList(event.LogSource, juniperFirewall)
		e.SetText(event.RuleName, takeMember(members, "attack-name"))
		if m := findMember(members, "action"); m != nil {
			fillJunosWord(m, e)
		}
	case strings.HasPrefix(tag, "WEBFILTER_"), strings.HasPrefix(tag, "CONTENT_FILTERING_"):
		e.SetText(event.EventType, event.Firewall)
		e.SetList(event.LogSource, juniperWeb)
		fillJunosDecision(junosVerdict(tag), e)
		e.SetText(event.HTTPHost, takeMember(members, "url"))
		if object := memberText(members, "obj"); strings.HasPrefix(object, "/") {
			fillTarget(e, "", takeMember(members, "obj"))
		}
	case strings.HasPrefix(tag, "AV_"), strings.HasPrefix(tag, "SRX_AAMW_"), strings.HasPrefix(tag, "AAMW_"):
		if strings.HasPrefix(tag, "AV_VIRUS") || strings.Contains(tag, "ACTION") || strings.Contains(tag, "MALWARE") {
			e.SetText(event.EventType, event.Malware)
			e.SetList(event.LogSource, juniperVirus)
		}
		e.SetText(event.RuleName, takeMember(members, "name"))
		if name := takeMember(members, "malware-info"); name != "" {
			e.SetText(event.RuleName, name)
		}
		for _, name := range [...]string{"file-hash-lookup", "sample-sha256"} {
			if setStrongestHash(e, memberText(members, name)) {
				takeMember(members, name)
			}
		}
		if isTarget(memberText(members, "url")) {
			fillTarget(e, "", takeMember(members, "url"))
		}
		if m := findMember(members, "action"); m != nil {
			fillJunosWord(m, e)
		}
	case strings.HasPrefix(tag, "ANTISPAM_"):
		e.SetText(event.EventType, event.Email)
	default:
		fillJunosSystem(tag, members, e)
	}
}

// junosVerdict returns the decision that a tag says.
func junosVerdict(tag string) string {
	switch {
	case strings.Contains(tag, "_DENY"), strings.Contains(tag, "_BLOCKED"):
		return event.Deny
	case strings.Contains(tag, "_CREATE"), strings.Contains(tag, "_CLOSE"), strings.Contains(tag, "_PERMITTED"), strings.Contains(tag, "_UPDATE"):
		return event.Allow
	}
	return ""
}

func fillJunosDecision(decided string, e *event.Event) {
	switch decided {
	case event.Allow:
		e.SetText(event.Action, event.Allow)
		e.SetText(event.Outcome, event.Success)
	case event.Deny:
		e.SetText(event.Action, event.Deny)
		e.SetText(event.Outcome, event.Failure)
	}
}

// fillJunosWord reads what was done about a detection.
func fillJunosWord(action *member, e *event.Event) {
	switch word := strings.ToLower(action.text); {
	case strings.HasPrefix(word, "drop"), strings.HasPrefix(word, "close"), strings.HasPrefix(word, "block"), strings.HasPrefix(word, "reject"),
		word == "discard", word == "denied", word == "d":
		fillJunosDecision(event.Deny, e)
	case word == "permit", word == "permitted", word == "accept", word == "a":
		fillJunosDecision(event.Allow, e)
	default:
		e.SetText(event.Action, action.text)
		action.done = true
	}
}

// fillJunosSystem reads the messages of the system itself.
func fillJunosSystem(tag string, members []member, e *event.Event) {
	if ssh := memberText(members, "ssh-connection"); ssh != "" {
		from, rest, _ := strings.Cut(ssh, " ")
		port, _, _ := strings.Cut(rest, " ")
		if setAddress(e, event.SourceIP, from) {
			(&filling{e: e}).setPort(event.SourcePort, port)
		}
	}
	switch tag {
	case "UI_LOGIN_EVENT", "UI_AUTH_EVENT", "UI_JUNOSCRIPT_LOGIN_EVENT":
		e.SetText(event.EventType, event.AuthLogin)
		e.SetText(event.Action, "login")
		e.SetText(event.Outcome, event.Success)
	case "SSHD_LOGIN_FAILED", "LOGIN_FAILED", "UI_AUTH_INVALID_CHALLENGE", "LOGIN_PAM_AUTHENTICATION_ERROR", "SSHD_LOGIN_ATTEMPTS_THRESHOLD":
		e.SetText(event.EventType, event.AuthLogin)
		e.SetText(event.Action, "login")
		e.SetText(event.Outcome, event.Failure)
	case "LOGIN_INFORMATION", "LOGIN_ROOT":
		e.SetText(event.EventType, event.AuthLogin)
		e.SetText(event.Action, "login")
		e.SetText(event.Outcome, event.Success)
	case "UI_LOGOUT_EVENT":
		e.SetText(event.EventType, event.AuthLogout)
		e.SetText(event.Action, "logout")
		e.SetText(event.Outcome, event.Success)
	case "UI_CMDLINE_READ_LINE", "UI_NETCONF_CMD", "UI_JUNOSCRIPT_CMD":
		e.SetText(event.EventType, event.ServiceLog)
		e.SetText(event.Action, "command")
	case "UI_COMMIT", "UI_COMMIT_PROGRESS", "UI_COMMIT_COMPLETED", "UI_CFG_AUDIT_SET", "UI_CFG_AUDIT_OTHER", "UI_CFG_AUDIT_NEW", "UI_DBASE_LOGIN_EVENT", "UI_DBASE_LOGOUT_EVENT":
		e.SetText(event.EventType, event.ServiceLog)
	}
}
