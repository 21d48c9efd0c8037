package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// hideMembers keeps members with the values that stand for none out of the
// event's columns and of extra.
func hideMembers(members []member, none string, names ...string) {
	for _, name := range names {
		if m := findMember(members, name); m != nil && m.text == none {
			m.done = true
		}
	}
}

// fillPanTraffic reads what all logs about sessions say.
func fillPanTraffic(_ string, members []member, e *event.Event) {
	e.SetText(event.EventType, event.Firewall)
	if proto := takeMember(members, "proto"); proto != "" {
		e.SetText(event.NetworkProtocol, protocolName(proto))
	}
	hideMembers(members, "0", "sessionid")
	if action := findMember(members, "action"); action != nil {
		setDecided(e, panDecision(action.text), action)
	}
	e.SetText(event.RuleName, takeMember(members, "rule"))
	e.SetText(event.RuleID, takeMember(members, "rule_uuid"))
}

func panDecision(word string) string {
	switch word {
	case "allow", "continue", "override", "syncookie-sent", "forward":
		return event.Allow
	case "deny", "drop", "drop ICMP", "drop-icmp", "reset both", "reset client", "reset server", "reset-both", "reset-client", "reset-server",
		"block", "block-url", "block-ip", "block-continue", "block-override", "random-drop", "sinkhole", "drop-packet", "drop-all-packets",
		"wildfire-upload-fail", "override-lockout":
		return event.Deny
	}
	return ""
}

// fillPanThreat reads detections, filtered URLs and files.
func fillPanThreat(subtype string, members []member, e *event.Event) {
	fillPanTraffic(subtype, members, e)
	switch subtype {
	case "url":
		e.SetList(event.LogSource, panURL)
		fillPanURL(takeMember(members, "misc"), e)
		if action := e.Text(event.Action); action == "alert" {
			e.SetExtraText("action", action)
			e.SetText(event.Action, event.Allow)
			e.SetText(event.Outcome, event.Success)
		}
	case "virus", "wildfire-virus", "ml-virus":
		e.SetText(event.EventType, event.Malware)
		e.SetList(event.LogSource, panVirus)
		e.SetText(event.FilePath, takeMember(members, "misc"))
		fillPanSignature(members, e)
	case "wildfire":
		if memberText(members, "category") != "benign" {
			e.SetText(event.EventType, event.Malware)
			e.SetList(event.LogSource, panVirus)
		}
		e.SetText(event.FilePath, takeMember(members, "misc"))
		fillPanSignature(members, e)
	case "file", "data", "dlp":
		e.SetText(event.FilePath, takeMember(members, "misc"))
	default:
		e.SetText(event.EventType, event.IDSAlert)
		fillPanSignature(members, e)
		if name := memberText(members, "misc"); subtype == "spyware" && memberText(members, "app") == "dns" && bareTarget(name) == name {
			e.SetText(event.DNSQuery, takeMember(members, "misc"))
		}
	}
	if hash := fileHash(memberText(members, "filedigest")); hash != "" {
		findMember(members, "filedigest").name = "file_hash"
		findMember(members, "file_hash").text = hash
	}
	if m := findMember(members, "http_method"); m != nil {
		m.text = strings.ToUpper(m.text)
		m.done = m.text == "UNKNOWN"
	}
	if to := takeMember(members, "recipient"); to != "" {
		e.SetList(event.EmailTo, strings.Split(to, ";")[:1:1])
	}
}

// fillPanSignature takes "Name of the threat(12345)" for the rule; the policy's
// name goes back to extra.
func fillPanSignature(members []member, e *event.Event) {
	threat := memberText(members, "threatid")
	open := strings.LastIndexByte(threat, '(')
	if open < 0 || !strings.HasSuffix(threat, ")") {
		return
	}
	id := threat[open+1 : len(threat)-1]
	if !isCount(id) {
		return
	}
	if m := findMember(members, "rule"); m != nil {
		m.done = false
	}
	if m := findMember(members, "rule_uuid"); m != nil {
		m.done = false
	}
	e.Clear(event.RuleName)
	e.SetText(event.RuleName, threat[:open])
	e.SetText(event.RuleID, id)
	takeMember(members, "threatid")
}

// fillPanURL reads "www.example.com/path?query", which has no scheme.
func fillPanURL(url string, e *event.Event) {
	if url == "" {
		return
	}
	if isTarget(url) {
		fillTarget(e, "", url)
		return
	}
	e.SetText(event.RequestPath, url)
	host, path := url, ""
	if i := strings.IndexAny(url, "/?"); i >= 0 {
		host, path = url[:i], url[i:]
	}
	if i := strings.IndexByte(host, ':'); i > 0 && isCount(host[i+1:]) {
		host = host[:i]
	}
	e.SetText(event.HTTPHost, host)
	path, query, _ := strings.Cut(path, "?")
	e.SetText(event.URLPath, path)
	e.SetText(event.URLQuery, query)
}

// fillPanSystem reads what the device says of itself.
func fillPanSystem(subtype string, members []member, e *event.Event) {
	text := takeMember(members, "opaque")
	e.SetText(event.Message, text)
	id := takeMember(members, "eventid")
	e.SetText(event.EventCode, id)
	e.SetText(event.EventType, event.SystemLog)
	switch {
	case subtype == "globalprotect":
		e.SetText(event.EventType, event.VPN)
		e.SetList(event.LogSource, panVPN)
		e.SetText(event.Action, id)
		fillOldGlobalProtect(text, e)
		setWordOutcome(id+" "+text, e)
	case id == "auth-success", id == "auth-fail", strings.HasPrefix(text, "authenticated for user '"), strings.HasPrefix(text, "failed authentication for user '"):
		e.SetText(event.EventType, event.AuthLogin)
		e.SetText(event.Action, "login")
		fillPanAuth(text, e)
		setWordOutcome(id+" "+text, e)
	case strings.HasPrefix(text, "User ") && strings.Contains(text, " logged in via "):
		e.SetText(event.EventType, event.AuthLogin)
		e.SetText(event.Action, "login")
		e.SetText(event.Outcome, event.Success)
		fillPanLogin(text, " logged in via ", e)
	case strings.HasPrefix(text, "User ") && strings.Contains(text, " logged out via "):
		e.SetText(event.EventType, event.AuthLogout)
		e.SetText(event.Action, "logout")
		e.SetText(event.Outcome, event.Success)
		fillPanLogin(text, " logged out via ", e)
	case subtype == "vpn":
		e.SetText(event.EventType, event.VPN)
	case subtype == "dhcp":
		e.SetText(event.EventType, event.DHCP)
	}
}

// fillPanLogin reads "User alice logged in via Web from 192.0.2.7 using https".
func fillPanLogin(text, how string, e *event.Event) {
	i := strings.LastIndex(text, how)
	e.SetText(event.UserName, text[len("User "):i])
	method, rest, _ := strings.Cut(text[i+len(how):], " from ")
	e.SetExtraText("method", method)
	address, _, _ := strings.Cut(rest, " ")
	setAddress(e, event.SourceIP, strings.TrimRight(address, "."))
}

// fillPanAuth reads "failed authentication for user 'alice'. Reason: ... From:
// 192.0.2.7."
func fillPanAuth(text string, e *event.Event) {
	if _, rest, ok := strings.Cut(text, " for user '"); ok {
		// The name may hold a quote: what follows it is the device's.
		if end := strings.Index(rest, "'. "); end > 0 {
			e.SetText(event.UserName, rest[:end])
		} else if end := strings.LastIndexByte(rest, '\''); end > 0 {
			e.SetText(event.UserName, rest[:end])
		}
	}
	if i := strings.LastIndex(text, "From: "); i >= 0 {
		setAddress(e, event.SourceIP, strings.TrimRight(text[i+len("From: "):], ". "))
	}
}

// fillOldGlobalProtect reads the texts of PAN-OS before 9.1: "GlobalProtect
// gateway user login succeeded. Login from: 192.0.2.7, Source region: DE, User
// name: alice, ..."
func fillOldGlobalProtect(text string, e *event.Event) {
	if value := afterMark(text, "Login from: "); value != "" {
		setAddress(e, event.SourceIP, value)
	}
	e.SetText(event.UserName, afterMark(text, "User name: "))
	for _, one := range [...]struct{ mark, name string }{
		{"Source region: ", "srcregion"},
		{"Client OS version: ", "client_os_ver"},
		{"Private IP: ", "private_ip"},
		{"Auth type: ", "auth_method"},
		{"Reason: ", "reason"},
		{"Machine name: ", "machinename"},
	} {
		e.SetExtraText(one.name, afterMark(text, one.mark))
	}
}

// afterMark returns what stands behind mark, up to the comma or the end of the
// sentence; "" where mark is not there exactly once.
func afterMark(text, mark string) string {
	if !isOnce(text, mark) {
		return ""
	}
	_, value, _ := strings.Cut(text, mark)
	value, _, _ = strings.Cut(value, ", ")
	return strings.TrimRight(value, ". ")
}

// setWordOutcome reads the words for success and failure in a text.
func setWordOutcome(text string, e *event.Event) {
	text = text[:min(len(text), 96)]
	switch {
	case strings.Contains(text, "fail"), strings.Contains(text, "denied"), strings.Contains(text, "invalid"):
		e.SetText(event.Outcome, event.Failure)
	case strings.Contains(text, "succ"), strings.HasPrefix(text, "authenticated"):
		e.SetText(event.Outcome, event.Success)
	}
}

// fillPanConfig reads what an administrator changed.
func fillPanConfig(_ string, members []member, e *event.Event) {
	e.SetText(event.EventType, event.ServiceLog)
	e.SetText(event.Action, takeMember(members, "cmd"))
	switch memberText(members, "result") {
	case "Succeeded", "Submitted":
		e.SetText(event.Outcome, event.Success)
	case "Failed", "Unauthorized":
		e.SetText(event.Outcome, event.Failure)
	}
	if host := findMember(members, "host"); host != nil && host.text != "0.0.0.0" {
		host.done = setAddress(e, event.SourceIP, host.text)
	}
	if path := memberText(members, "path"); strings.Contains(path, "mgt-config users ") || strings.Contains(path, "/mgt-config/users/") {
		e.SetText(event.EventType, event.AccountChange)
	}
}

func fillGlobalProtect(_ string, members []member, e *event.Event) {
	e.SetText(event.EventType, event.VPN)
	id := takeMember(members, "eventid")
	e.SetText(event.EventCode, id)
	e.SetText(event.Action, id)
	if strings.HasSuffix(id, "-auth") {
		e.SetText(event.EventType, event.AuthLogin)
	}
	switch memberText(members, "status") {
	case "success":
		e.SetText(event.Outcome, event.Success)
	case "failure":
		e.SetText(event.Outcome, event.Failure)
	}
	hideMembers(members, "0.0.0.0", "public_ip", "public_ipv6", "private_ip", "private_ipv6")
	hideMembers(members, "::", "public_ipv6", "private_ipv6")
	if v6 := findMember(members, "public_ipv6"); v6 != nil && !v6.done && memberText(members, "public_ip") == "" {
		v6.name = "public_ip"
	}
	e.SetText(event.Message, takeMember(members, "opaque"))
}

// fillPanService reads what the device learnt about hosts and users.
func fillPanService(subtype string, members []member, e *event.Event) {
	e.SetText(event.EventType, event.ServiceLog)
	if memberText(members, "type") == "USERID" {
		e.SetText(event.Action, subtype)
	}
	hideMembers(members, "0.0.0.0", "srcipv6")
}

func fillPanAuthentication(_ string, members []member, e *event.Event) {
	e.SetText(event.EventType, event.AuthLogin)
	e.SetText(event.Action, "login")
	e.SetText(event.RuleName, takeMember(members, "authpolicy"))
	e.SetText(event.Message, takeMember(members, "desc"))
	setWordOutcome(strings.ToLower(memberText(members, "event")), e)
}

func fillPanCorrelation(_ string, members []member, e *event.Event) {
	e.SetText(event.EventType, event.IDSAlert)
	e.SetText(event.RuleName, takeMember(members, "objectname"))
	e.SetText(event.RuleID, takeMember(members, "object_id"))
	e.SetText(event.Message, takeMember(members, "evidence"))
}
