package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// cefMapping has the keys that mean the same in the events of all products, short
// and in full. What needs a second look is read by fillCEF first.
var cefMapping = newMapping(
	nameGroup{rule{column: event.SourceIP, as: asIP}, []string{"src", "sourceAddress"}},
	nameGroup{rule{column: event.SourcePort, as: asPort}, []string{"spt", "sourcePort"}},
	nameGroup{rule{column: event.DestinationIP, as: asIP}, []string{"dst", "destinationAddress"}},
	nameGroup{rule{column: event.DestinationPort, as: asPort}, []string{"dpt", "destinationPort"}},
	nameGroup{rule{column: event.HostName, as: asText}, []string{"dvchost", "deviceHostName"}},
	nameGroup{rule{column: event.HostName, as: asText, rank: 1}, []string{"UNIFIhost"}},
	nameGroup{rule{column: event.UserName, as: asText, rank: 1}, []string{"UNIFIadmin"}},
	nameGroup{rule{column: event.SourceIP, as: asIP, rank: 2}, []string{"UNIFIclientIp"}},
	nameGroup{rule{column: event.ProcessName, as: asText}, []string{"sproc", "sourceProcessName"}},
	nameGroup{rule{column: event.ProcessName, as: asText, rank: 1}, []string{"deviceProcessName"}},
	nameGroup{rule{column: event.ProcessID, as: asCount}, []string{"spid", "sourceProcessId"}},
	nameGroup{rule{column: event.ProcessID, as: asCount, rank: 1}, []string{"dvcpid", "deviceProcessId"}},
	nameGroup{rule{column: event.FilePath, as: asText}, []string{"filePath"}},
	nameGroup{rule{column: event.FilePath, as: asText, rank: 1}, []string{"fname", "fileName"}},
	nameGroup{rule{column: event.HTTPMethod, as: asMethod}, []string{"requestMethod"}},
	nameGroup{rule{column: event.HTTPMethod, as: asMethod, rank: 1}, []string{"method"}},
	nameGroup{rule{column: event.DBStatement, as: asText}, []string{"SqlStatement", "SQL Statement"}},
	nameGroup{rule{column: event.RequestPath, as: asTarget}, []string{"request", "requestUrl", "requestURL"}},
	nameGroup{rule{column: event.UserAgent, as: asText}, []string{"requestClientApplication"}},
	nameGroup{rule{column: event.SourceIP, as: asIP, rank: 1}, []string{"c6a2", "Source IPv6 Address"}},
	nameGroup{rule{column: event.DestinationIP, as: asIP, rank: 1}, []string{"c6a3", "Destination IPv6 Address"}},
	nameGroup{rule{column: event.RuleName, as: asText}, []string{
		"Virus Name", "VirusName", "Malware Name", "MalwareName", "Threat Name", "ThreatName", "Signature Name", "SignatureName", "sname",
	}},
	nameGroup{rule{column: event.RuleName, as: asText, rank: 1}, []string{"Rule Name", "RuleName", "Rule", "Policy Name", "PolicyName", "policy_name", "Policy"}},
	nameGroup{rule{column: event.Message, as: asText}, []string{"msg", "message"}},
)

// fillCEF sets e from the header and the pairs.
func fillCEF(h cefHeader, members []member, c *Context, e *event.Event) {
	settleRepeats(members, e)
	renameImpervaEnds(members)
	e.SetText(event.Vendor, strings.ToLower(h.vendor))
	e.SetText(event.Product, strings.ToLower(h.product))
	e.SetText(event.EventCode, h.class)
	e.SetText(event.Severity, h.severity)
	e.SetExtraText("deviceVersion", h.version)
	if memberText(members, "msg") != "" || memberText(members, "message") != "" {
		e.SetExtraText("name", h.name)
	} else {
		e.SetText(event.Message, h.name)
	}
	fillDeviceTimes(members, c, e, "rt", "deviceReceiptTime", "start", "startTime", "end", "endTime")
	labelMembers(members, e)
	k := cefKind(&h, members)
	fillCEFUsers(members, k, e)
	fillCEFProtocol(members, e)
	fillCEFBytes(members, e)
	fillCEFWeb(members, e)
	if !e.Has(event.HostName) && memberText(members, "dvchost") == "" && memberText(members, "deviceHostName") == "" {
		if host := memberText(members, "dvc"); isHost(host) {
			takeMember(members, "dvc")
			e.SetText(event.HostName, host)
		}
	}
	for _, name := range [...]string{"fileHash", "sha256", "sha1", "md5", "TrendMicroDsFileSHA256", "TrendMicroDsFileSHA1", "TrendMicroDsFileMD5"} {
		if hash := memberText(members, name); setStrongestHash(e, hash) {
			takeMember(members, name)
		}
	}
	fillDecision(members, k, e, "act", "deviceAction")
	fillResult(members, k, e, "outcome", "eventOutcome")
	fillCategoryOutcome(members, e)
	cefMapping.fill(members, c, e)
	k.describe(h.name, e)
	fillNamedResult(h.name, k, e)
}

// renameImpervaEnds gives the fields of Imperva's cloud, which says cpt for the
// client's port and sip and spt for the server's end, the names that CEF has.
func renameImpervaEnds(members []member) {
	renamePair(members, "requestmethod", "requestMethod")
	if findPair(members, "cpt") == nil || findPair(members, "sip") == nil || findPair(members, "dpt") != nil || findPair(members, "dst") != nil {
		return
	}
	renamePair(members, "spt", "dpt")
	renamePair(members, "cpt", "spt")
	renamePair(members, "sip", "dst")
}

// renamePair renames a field unless the line has one of that name.
func renamePair(members []member, from, to string) {
	if m := findPair(members, from); m != nil && findPair(members, to) == nil {
		m.name = to
	}
}

// fillCategoryOutcome reads ArcSight's own word for how it ended.
func fillCategoryOutcome(members []member, e *event.Event) {
	if e.Has(event.Outcome) {
		return
	}
	switch memberText(members, "categoryOutcome") {
	case "/Success":
		e.SetText(event.Outcome, event.Success)
	case "/Failure":
		e.SetText(event.Outcome, event.Failure)
	}
}

// fillNamedResult sets the outcome of a login that only its name tells.
func fillNamedResult(name string, k kindOf, e *event.Event) {
	if k.eventType != event.AuthLogin || e.Has(event.Outcome) {
		return
	}
	switch {
	case saysFailure(name):
		e.SetText(event.Outcome, event.Failure)
	case saysSuccess(name):
		e.SetText(event.Outcome, event.Success)
	}
}

// fillDeviceTimes gives event_time the first of the named members that is a time.
// The others stay as they are.
func fillDeviceTimes(members []member, c *Context, e *event.Event, names ...string) {
	for _, name := range names {
		for i := range members {
			m := &members[i]
			if m.done || m.name != name {
				continue
			}
			if nanos, ok := deviceTime(m.text, c); ok {
				e.SetInt(event.EventTime, nanos)
				m.done = true
				return
			}
		}
	}
}

// labelMembers gives the custom fields the names that their labels say: cs1 with
// cs1Label=Policy becomes Policy. A label that names another field of the line, or
// one that CEF knows, is left as it is.
func labelMembers(members []member, e *event.Event) {
	for i := range members {
		label := &members[i]
		name, ok := strings.CutSuffix(label.name, "Label")
		if !ok || label.done || name == "" {
			continue
		}
		one := findPair(members, name)
		if one == nil {
			if isCustomKey(name) {
				label.done = true // a label without a value
			}
			continue
		}
		if !isCustomKey(name) || isReservedLabel(label.text) || findPair(members, label.text) != nil {
			continue
		}
		if _, taken := e.ExtraField(label.text); taken {
			continue
		}
		one.name, label.done = label.text, true
	}
}

// isReservedLabel reports whether a custom field must not take the name: it means
// something else where CEF has it.
func isReservedLabel(name string) bool {
	switch name {
	case "src", "sourceAddress", "spt", "sourcePort", "dst", "destinationAddress", "dpt", "destinationPort", "dvchost", "deviceHostName", "dvc",
		"sproc", "spid", "dvcpid", "deviceProcessName", "filePath", "fname", "requestMethod", "request", "requestClientApplication", "requestContext",
		"msg", "message", "rt", "start", "end", "suser", "duser", "sourceUserName", "destinationUserName", "proto", "in", "out", "act", "deviceAction",
		"outcome", "fileHash", "deviceDirection", "name", "deviceVersion":
		return true
	}
	return false
}

func findPair(members []member, name string) *member {
	for i := range members {
		if members[i].name == name && !members[i].done {
			return &members[i]
		}
	}
	return nil
}

// isCustomKey reports whether name is one of CEF's fields whose meaning a label
// says: cs1, cn2, cfp1, c6a2, flexString1, deviceCustomDate1 and the like.
func isCustomKey(name string) bool {
	n := len(name)
	for n > 0 && isDigit(name[n-1]) {
		n--
	}
	if n == len(name) {
		return false
	}
	switch name[:n] {
	case "cs", "cn", "cfp", "c6a", "flexString", "flexNumber", "flexDate", "deviceCustomDate", "deviceCustomString",
		"deviceCustomNumber", "deviceCustomFloatingPoint", "deviceCustomIPv6Address":
		return true
	}
	return false
}

// fillCEFUsers sets who did it and to whom, and of a mail its sender and its
// recipients. A login that names one user names who logged in.
func fillCEFUsers(members []member, k kindOf, e *event.Event) {
	source := firstPair(members, "suser", "sourceUserName")
	target := firstPair(members, "duser", "destinationUserName")
	if k.eventType == event.Email {
		if source != nil && strings.IndexByte(source.text, '@') > 0 {
			e.SetText(event.EmailFrom, trimAngles(source.text))
			source.done = true
		}
		if target != nil && strings.IndexByte(target.text, '@') > 0 && fillRecipients(target.text, e) {
			target.done = true
		}
		return
	}
	if source == nil && (k.eventType == event.AuthLogin || k.eventType == event.AuthLogout) {
		source, target = target, nil
	}
	if source != nil && isUserText(source.text) {
		e.SetText(event.UserName, source.text)
		source.done = true
	}
	if target != nil && isUserText(target.text) {
		e.SetText(event.TargetUserName, target.text)
		target.done = true
	}
}

func firstPair(members []member, names ...string) *member {
	for _, name := range names {
		if m := findPair(members, name); m != nil {
			return m
		}
	}
	return nil
}

// isUserText tells a user from the words that stand for none.
func isUserText(s string) bool {
	switch s {
	case "-", "N/A", "n/a", "NA", "null", "NULL", "None", "none", "(null)", "(no user)", "Unknown", "unknown":
		return false
	}
	return s != ""
}

func trimAngles(s string) string { return strings.TrimSuffix(strings.TrimPrefix(s, "<"), ">") }

// fillRecipients sets email_to from a list with commas or semicolons.
func fillRecipients(s string, e *event.Event) bool {
	var list []string
	for s != "" && len(list) < maxListed {
		one := s
		if i := strings.IndexAny(s, ",;"); i >= 0 {
			one, s = s[:i], s[i+1:]
		} else {
			s = ""
		}
		if one = trimAngles(strings.TrimSpace(one)); one != "" {
			list = append(list, one)
		}
	}
	if s != "" || len(list) == 0 {
		return false
	}
	e.SetList(event.EmailTo, list)
	return true
}

func fillCEFProtocol(members []member, e *event.Event) {
	m := firstPair(members, "proto", "transportProtocol")
	if m == nil || len(m.text) > 32 || strings.IndexByte(m.text, ' ') >= 0 {
		return
	}
	if transport, _, ok := strings.Cut(m.text, "/"); ok { // tcp/https
		if transport == "tcp" || transport == "udp" || transport == "icmp" {
			e.SetText(event.NetworkProtocol, transport)
		}
		return
	}
	if name := protocolName(m.text); transportName(name) != "" || leadingDigits(m.text) == len(m.text) || name == "arp" || name == "ospf" {
		e.SetText(event.NetworkProtocol, name)
		m.done = true
	}
}

// fillCEFBytes adds up the bytes of both directions where both are there. The
// parts stay in extra.
func fillCEFBytes(members []member, e *event.Event) {
	in, out := firstPair(members, "in", "bytesIn"), firstPair(members, "out", "bytesOut")
	if in == nil || out == nil {
		return
	}
	a, first := parseUint(in.text)
	b, second := parseUint(out.text)
	if first && second && a+b >= 0 {
		e.SetInt(event.NetworkBytes, a+b)
	}
}

// fillCEFWeb reads the direction and the referrer, which CEF puts into fields
// that may hold something else.
func fillCEFWeb(members []member, e *event.Event) {
	if m := findPair(members, "deviceDirection"); m != nil {
		switch m.text {
		case "0":
			e.SetText(event.NetworkDirection, event.Inbound)
			m.done = true
		case "1":
			e.SetText(event.NetworkDirection, event.Outbound)
			m.done = true
		}
	}
	if m := findPair(members, "request"); m != nil && !isTarget(m.text) && isKnownMethod(memberText(members, "requestMethod")) {
		if host := bareTarget(m.text); host != "" {
			_, path, _ := strings.Cut(m.text, "/")
			e.SetText(event.RequestPath, m.text)
			e.SetText(event.HTTPHost, host)
			path, query, _ := strings.Cut(m.text[len(m.text)-len(path)-min(1, len(path)):], "?")
			e.SetText(event.URLPath, path)
			e.SetText(event.URLQuery, query)
			m.done = true
		}
	}
	fillCEFAddress(members, e, event.SourceIP, "src", "shost")
	fillCEFAddress(members, e, event.DestinationIP, "dst", "dhost")
	if m := findPair(members, "requestContext"); m != nil && (strings.HasPrefix(m.text, "http://") || strings.HasPrefix(m.text, "https://")) {
		e.SetText(event.Referrer, m.text)
		m.done = true
	}
}

// fillCEFAddress takes an address from the field for a name where the field for
// addresses is not there: some products know no names.
func fillCEFAddress(members []member, e *event.Event, c event.Column, address, name string) {
	m := findPair(members, name)
	if m == nil || findPair(members, address) != nil || e.Has(c) || !isAddress(m.text) {
		return
	}
	m.done = e.SetIP(c, m.text)
}
