package format

import (
	"strings"
	"time"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var fortinetFormat = &Format{
	Name:  "fortinet",
	Title: "Fortinet FortiGate and FortiWeb",
	Doc: "Lines of key=value pairs that FortiOS (FortiGate) writes for traffic, security profiles and events, with spaces or " +
		"commas between the pairs, and those of FortiWeb and FortiMail, in a syslog envelope or bare. " +
		"It promises a log id, a type and the device's id or name or the virtual domain. Source: FortiOS Log Message Reference.",
	Parse:  fortinetPayload.parse,
	Match:  matchFortinet,
	Starts: "dlteiv",
}

var (
	fortinetTraffic = []string{"firewall:fortigate:traffic"}
	fortinetUTM     = []string{"firewall:fortigate:utm"}
	fortinetWeb     = []string{"firewall:fortigate:utm", "proxy::"}
	fortinetDNS     = []string{"firewall:fortigate:utm", "dns::"}
	fortinetVirus   = []string{"firewall:fortigate:utm", "antivirus::"}
	fortinetEvent   = []string{":fortigate:event"}
	fortiwebSource  = []string{":fortiweb:"}
	fortiwebHTTP    = []string{":fortiweb:", "webserver::"}
)

var fortinetStarts = []string{
	"date=", "logver=", "devname=", "devid=", "device_id=", "itime=", "eventtime=", "timestamp=", "idseq=", "log_id=", "logid=", "vd=", "itime_t=",
}

var fortinetPayload = payload{
	format:   "fortinet",
	read:     readFortinet,
	owns:     func(string) bool { return true },
	starts:   fortinetStarts,
	claims:   claimsFortinet,
	describe: func(e *event.Event) { e.SetText(event.Vendor, "fortinet") },
	strict:   true,
	what:     "a line of Fortinet: logid, type and one of devid, devname and vd are missing",
}

func matchFortinet(line string) int {
	if len(line) < 16 || strings.IndexByte(line[:16], '=') < 0 {
		return 0
	}
	for _, start := range fortinetStarts {
		if strings.HasPrefix(line, start) && claimsFortinet(line) {
			return 95
		}
	}
	return 0
}

// claimsFortinet looks for what every line has.
func claimsFortinet(text string) bool {
	head := text[:min(len(text), 1024)]
	return (hasPair(head, "logid=") || hasPair(head, "log_id=")) && hasPair(head, "type=") &&
		(hasPair(head, "devid=") || hasPair(head, "device_id=") || hasPair(head, "devname=") ||
			hasPair(head, "subtype=") && hasPair(head, "level=") && hasPair(head, "vd=")) ||
		strings.Contains(head, ",logid=") && strings.Contains(head, ",type=") && strings.Contains(head, ",devid=")
}

// fortinetMapping has the names of FortiOS first, then those of FortiWeb and
// FortiMail.
var fortinetMapping = newMapping(
	nameGroup{rule{column: event.SourceIP, as: asIP}, []string{"srcip", "src", "client_ip", "remip"}},
	nameGroup{rule{column: event.SourcePort, as: asPort}, []string{"srcport", "src_port", "remport"}},
	nameGroup{rule{column: event.DestinationIP, as: asIP}, []string{"dstip", "dst", "dst_ip", "locip"}},
	nameGroup{rule{column: event.DestinationPort, as: asPort}, []string{"dstport", "dst_port", "locport"}},
	nameGroup{rule{column: event.TargetUserName, as: asText}, []string{"dstuser"}},
	nameGroup{rule{column: event.HostName, as: asText}, []string{"devname"}},
	nameGroup{rule{column: event.LogLevel, as: asLevel}, []string{"level", "pri"}},
	nameGroup{rule{column: event.Severity, as: asText}, []string{"severity", "severity_level"}},
	nameGroup{rule{column: event.EventCode, as: asCode}, []string{"logid", "log_id"}},
	nameGroup{rule{column: event.SessionID, as: asCode}, []string{"sessionid", "session_id", "tunnelid"}},
	nameGroup{rule{column: event.Message, as: asText}, []string{"msg"}},
	nameGroup{rule{column: event.HTTPMethod, as: asText}, []string{"httpmethod", "http_method"}},
	nameGroup{rule{column: event.RequestPath, as: asTarget, rank: 1}, []string{"url", "http_url"}},
	nameGroup{rule{column: event.HTTPHost, as: asText}, []string{"hostname", "http_host"}},
	nameGroup{rule{column: event.UserAgent, as: asText}, []string{"agent", "http_agent"}},
	nameGroup{rule{column: event.Referrer, as: asText}, []string{"referralurl", "http_refer"}},
	nameGroup{rule{column: event.StatusCode, as: asStatus}, []string{"http_retcode"}},
	nameGroup{rule{column: event.DNSQuery, as: asText}, []string{"qname"}},
	nameGroup{rule{column: event.DNSType, as: asText}, []string{"qtype"}},
	nameGroup{rule{column: event.FilePath, as: asText}, []string{"filename"}},
	nameGroup{rule{column: event.EmailFrom, as: asText}, []string{"from", "sender"}},
)

func readFortinet(message string, c *Context, e *event.Event) bool {
	if !claimsFortinet(message) {
		return false
	}
	var space [2 * stackMembers]member
	comma := false
	if i := strings.IndexAny(message, " ,"); i > 0 {
		comma = message[i] == ','
	}
	members, ok := cutPairs(message, comma, space[:0])
	if !ok {
		return false
	}
	kind, subtype := memberText(members, "type"), memberText(members, "subtype")
	describeFortinet(memberText(members, "devid")+memberText(members, "device_id"), e)
	fillFortinetTime(members, c, e)
	if e.Text(event.Product) == "fortiweb" || e.Text(event.Product) == "fortimail" {
		fillFortiWeb(kind, members, e)
	} else {
		fillFortiGate(kind, subtype, members, e)
	}
	if user := takeDeviceUser(members, "user", "unauthuser", "srcuser", "xauthuser", "user_name"); user != "" {
		e.SetText(event.UserName, user)
	}
	if proto := memberText(members, "proto"); proto != "" {
		e.SetText(event.NetworkProtocol, protocolName(takeMember(members, "proto")))
	}
	setBytes(e, memberText(members, "sentbyte"), memberText(members, "rcvdbyte"))
	fillFortinetMore(members, e)
	if !e.Has(event.RuleName) {
		e.SetText(event.RuleName, takeMember(members, "policyname"))
	}
	if !e.Has(event.RuleID) {
		e.SetText(event.RuleID, takeMember(members, "policyid"))
	}
	fortinetMapping.fill(members, c, e)
	fillFortinetUI(members, e)
	return true
}

// fillFortinetUI takes the address of an administrator, where no field of its own
// has it, from ui="ssh(192.0.2.7)".
func fillFortinetUI(members []member, e *event.Event) {
	_, address, ok := strings.Cut(memberText(members, "ui"), "(")
	if ok && !e.Has(event.SourceIP) {
		setAddress(e, event.SourceIP, strings.TrimSuffix(address, ")"))
	}
}

func describeFortinet(id string, e *event.Event) {
	product := "fortigate"
	switch {
	case strings.HasPrefix(id, "FV"):
		product = "fortiweb"
	case strings.HasPrefix(id, "FE"):
		product = "fortimail"
	case strings.HasPrefix(id, "FAZ"), strings.HasPrefix(id, "FL"):
		product = "fortianalyzer"
	case strings.HasPrefix(id, "FMG"):
		product = "fortimanager"
	}
	e.SetText(event.Vendor, "fortinet")
	e.SetText(event.Product, product)
}

// fillFortinetTime sets the time: eventtime, seconds or nanoseconds since 1970,
// where it agrees with date, time and tz or these do not say the zone; else these.
func fillFortinetTime(members []member, c *Context, e *event.Event) {
	exact, timed := epochTime(memberText(members, "eventtime"))
	date, clock := findMember(members, "date"), findMember(members, "time")
	if date == nil || clock == nil {
		if timed {
			e.SetInt(event.EventTime, exact)
		}
		return
	}
	zone, zoned := fortinetZone(members)
	nanos, ok := dateTime(date.text, clock.text, zone, zoned, c)
	switch {
	case timed && (!ok || !zoned || abs(exact-nanos) <= int64(time.Second)):
		e.SetInt(event.EventTime, exact)
	case ok:
		e.SetInt(event.EventTime, nanos)
	}
	if ok {
		date.done, clock.done = true, true
	}
}

// fortinetZone returns the seconds ahead of UTC that tz="+0200" of FortiOS or
// timezone="(GMT+0200)..." of FortiWeb says.
func fortinetZone(members []member) (offset int, ok bool) {
	if tz := memberText(members, "tz"); tz != "" {
		offset, n := zoneOffset(strings.Trim(tz, `"`))
		return offset, n > 0
	}
	zone, ok := strings.CutPrefix(memberText(members, "timezone"), "(GMT")
	if !ok {
		return 0, false
	}
	zone, _, _ = strings.Cut(zone, ")")
	if zone == "" {
		return 0, true
	}
	if len(zone) == 5 && zone[2] == ':' { // -5:00
		zone = zone[:1] + "0" + zone[1:]
	}
	offset, n := zoneOffset(zone)
	return offset, n > 0
}

// dateTime reads "2024-09-05" and "10:30:00", of a clock offset seconds ahead of
// UTC where zoned is set and of the source's else.
func dateTime(date, clock string, offset int, zoned bool, c *Context) (nanos int64, ok bool) {
	if len(date) != 10 || date[4] != date[7] || len(clock) < 8 {
		return 0, false
	}
	m := moment{year: num4(date, 0), month: num2(date, 5), day: num2(date, 8)}
	if !m.clock(clock, 0) || m.fraction(clock, 8) != len(clock)-8 {
		return 0, false
	}
	if zoned {
		return m.unix(offset)
	}
	return m.in(c.Zone)
}

// fillFortiGate sets what a line's type and action mean.
func fillFortiGate(kind, subtype string, members []member, e *event.Event) {
	action := findMember(members, "action")
	switch kind {
	case "event":
		fillFortiEvent(subtype, members, action, e)
		return
	case "traffic":
		e.SetText(event.EventType, event.Firewall)
		e.SetList(event.LogSource, fortinetTraffic)
	default:
		fillFortiUTM(subtype, members, e)
	}
	if action != nil {
		setDecided(e, fortinetDecision(kind, action.text), action)
	}
	fillFortiDirection(members, e)
}

func fortinetDecision(kind, word string) string {
	switch word {
	case "close", "server-rst", "client-rst", "timeout", "ip-conn", "start", "dns":
		if kind == "traffic" { // how an accepted session ended
			return event.Allow
		}
	case "exempt", "redirected", "monitored":
		return event.Allow
	case "reset_client", "reset_server", "drop_session", "clear_session", "quarantine", "cleared", "ban", "ban-ip":
		return event.Deny
	}
	return wordDecision(word)
}

func fillFortiUTM(subtype string, members []member, e *event.Event) {
	e.SetText(event.EventType, event.Firewall)
	e.SetList(event.LogSource, fortinetUTM)
	switch subtype {
	case "ips", "anomaly", "waf", "dos":
		e.SetText(event.EventType, event.IDSAlert)
		e.SetText(event.RuleName, takeMember(members, "attack"))
		e.SetText(event.RuleID, takeMember(members, "attackid"))
		if subtype == "waf" {
			e.SetList(event.LogSource, fortinetWeb)
		}
	case "virus", "sandbox":
		e.SetText(event.EventType, event.Malware)
		e.SetList(event.LogSource, fortinetVirus)
		e.SetText(event.RuleName, takeMember(members, "virus"))
		e.SetText(event.RuleID, takeMember(members, "virusid"))
	case "dns":
		e.SetText(event.EventType, event.TypeDNSQuery)
		e.SetList(event.LogSource, fortinetDNS)
	case "webfilter":
		e.SetList(event.LogSource, fortinetWeb)
	case "emailfilter", "spam":
		e.SetText(event.EventType, event.Email)
	}
}

// fillFortiDirection reads the direction, or what the interfaces are for.
func fillFortiDirection(members []member, e *event.Event) {
	switch memberText(members, "direction") {
	case "outgoing":
		e.SetText(event.NetworkDirection, event.Outbound)
		return
	case "incoming":
		e.SetText(event.NetworkDirection, event.Inbound)
		return
	}
	from, to := memberText(members, "srcintfrole"), memberText(members, "dstintfrole")
	inside := func(role string) bool { return role == "lan" || role == "dmz" }
	switch {
	case inside(from) && to == "wan":
		e.SetText(event.NetworkDirection, event.Outbound)
	case from == "wan" && inside(to):
		e.SetText(event.NetworkDirection, event.Inbound)
	case inside(from) && inside(to):
		e.SetText(event.NetworkDirection, event.Internal)
	case from == "wan" && to == "wan":
		e.SetText(event.NetworkDirection, event.External)
	}
}

// fillFortiEvent reads the events of the device itself.
func fillFortiEvent(subtype string, members []member, action *member, e *event.Event) {
	e.SetList(event.LogSource, fortinetEvent)
	e.SetText(event.EventType, event.SystemLog)
	word := ""
	if action != nil {
		word = action.text
		setDecided(e, "", action)
	}
	switch path := memberText(members, "cfgpath"); {
	case word == "ssl-login-fail":
		e.SetText(event.EventType, event.AuthLogin)
	case subtype == "vpn":
		e.SetText(event.EventType, event.VPN)
	case word == "login", word == "authentication", word == "auth-logon", word == "FSSO-logon":
		e.SetText(event.EventType, event.AuthLogin)
	case word == "logout", word == "auth-logout", word == "FSSO-logoff":
		e.SetText(event.EventType, event.AuthLogout)
	case path == "user.local" || path == "system.admin" || path == "user.group" || path == "system.accprofile":
		e.SetText(event.EventType, event.AccountChange)
		if path != "user.group" {
			e.SetText(event.TargetUserName, memberText(members, "cfgobj"))
		}
	case path != "":
		e.SetText(event.EventType, event.ServiceLog)
	case memberText(members, "dhcp_msg") != "":
		e.SetText(event.EventType, event.DHCP)
	case subtype == "user":
		e.SetText(event.EventType, event.ServiceLog)
	}
	switch status := memberText(members, "status") + memberText(members, "result"); {
	case status == "success", status == "OK", status == "succeed", word == "tunnel-up", word == "ssl-new-con", word == "auth-logon", word == "FSSO-logon":
		e.SetText(event.Outcome, event.Success)
	case status == "failed", status == "failure", status == "fail", status == "ERROR", status == "denied", strings.HasSuffix(word, "-fail"),
		status == "negotiate_error", status == "esp_error", status == "dpd_failure":
		e.SetText(event.Outcome, event.Failure)
	}
}

// fillFortiWeb reads the lines of FortiWeb and FortiMail.
func fillFortiWeb(kind string, members []member, e *event.Event) {
	e.SetList(event.LogSource, fortiwebSource)
	action := findMember(members, "action")
	switch kind {
	case "attack":
		e.SetText(event.EventType, event.IDSAlert)
		e.SetText(event.RuleID, takeMember(members, "signature_id"))
		e.SetText(event.RuleName, takeMember(members, "sub_type"))
		if action != nil {
			setDecided(e, fortiWebDecision(action.text), action)
		}
	case "traffic":
		e.SetText(event.EventType, event.HTTPAccess)
		e.SetList(event.LogSource, fortiwebHTTP)
		if status, ok := parseUint(memberText(members, "http_retcode")); ok && status >= 100 && status <= 599 {
			e.SetText(event.Outcome, httpOutcome(status))
		}
		if size, ok := parseUint(memberText(members, "http_response_bytes")); ok {
			e.SetInt(event.ResponseSizeBytes, size)
		}
	case "spam", "statistics", "virus":
		e.SetText(event.EventType, event.Email)
	default:
		fillFortiEvent(memberText(members, "subtype"), members, action, e)
		e.SetList(event.LogSource, fortiwebSource)
	}
	if policy := findMember(members, "policy"); policy != nil && !e.Has(event.RuleName) {
		e.SetText(event.RuleName, policy.text)
		policy.done = true
	}
}

func fortiWebDecision(word string) string {
	if strings.Contains(word, "Deny") || strings.Contains(word, "Block") || strings.Contains(word, "Erase") {
		return event.Deny
	}
	return ""
}

// fillFortinetMore sets the columns whose values need a look.
func fillFortinetMore(members []member, e *event.Event) {
	if m := findMember(members, "http_method"); m != nil {
		m.text = strings.ToUpper(m.text)
	}
	for _, name := range [...]string{"filehash", "analyticscksum", "checksum"} {
		if hash := fileHash(memberText(members, name)); hash != "" {
			e.SetText(event.FileHash, hash)
			takeMember(members, name)
			break
		}
	}
	if answers := takeMember(members, "ipaddr"); answers != "" && e.Text(event.EventType) == event.TypeDNSQuery {
		for one := range strings.SplitSeq(answers, ",") {
			e.Append(event.DNSAnswer, strings.Trim(one, " "))
		}
	} else if answers != "" {
		e.SetExtraText("ipaddr", answers)
	}
	for _, name := range [...]string{"recipient", "to"} {
		if to := takeMember(members, name); to != "" {
			e.SetList(event.EmailTo, []string{to})
			break
		}
	}
}
