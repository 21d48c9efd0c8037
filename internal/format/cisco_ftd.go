package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var ciscoFTD = &Format{
	Name:  "cisco_ftd",
	Title: "Cisco Secure Firewall Threat Defense (FTD, Firepower)",
	Doc: "Messages %FTD-N-NNNNNN of Cisco's Threat Defense: the connection, intrusion, file and malware events 430001 to 430005 " +
		"with all their fields, the messages it shares with the ASA, and the alerts that Firepower management centers send as " +
		"SFIMS. It promises the mark with a number, or the tag SFIMS with fields behind it. " +
		"Source: Cisco Secure Firewall Threat Defense Syslog Messages.",
	Parse:  parseFTD,
	Match:  matchFTD,
	Starts: "%FS",
}

var ftdSource = []string{"firewall:cisco:ftd"}

var ciscoFTDPayload = payload{
	format:   "cisco_ftd",
	read:     readFTD,
	owns:     func(string) bool { return true },
	programs: []string{"SFIMS"},
	starts:   []string{"%FTD-", "%NGIPS-", "SFIMS: "},
	claims:   func(message string) bool { _, ok := cutFTDMark(message); return ok || isSFIMS(message) },
	describe: describeFTD,
	strict:   true,
	what:     "a message of Cisco FTD: expected %FTD-, a level and a number, or SFIMS: and fields",
}

func parseFTD(line string, c *Context, e *event.Event) error {
	if !hasEnvelope(line) {
		return ciscoFTDPayload.parseBare(line, c, e)
	}
	var v envelope
	if err := v.read(line, c); err != nil {
		return err
	}
	if v.program != "SFIMS" && !payloadClaims(&ciscoFTDPayload, v.message) {
		return &Error{Reason: "not " + ciscoFTDPayload.what, Offset: v.offset}
	}
	v.fill(e)
	if !ciscoFTDPayload.take(&v, c, e) {
		e.Reset()
		return &Error{Reason: "not " + ciscoFTDPayload.what, Offset: v.offset}
	}
	return nil
}

func matchFTD(line string) int {
	if !strings.HasPrefix(line, "%") && !strings.HasPrefix(line, "FTD-") && !strings.HasPrefix(line, "SFIMS: ") {
		return 0
	}
	if _, ok := cutFTDMark(line); ok || isSFIMS(line) {
		return Certain
	}
	return 0
}

func cutFTDMark(text string) (m asaMark, ok bool) {
	for _, name := range [...]string{"FTD", "NGIPS"} {
		if rest, found := strings.CutPrefix(strings.TrimPrefix(text, "%"), name+"-"); found {
			m.product = name
			return m, m.cut(text, rest)
		}
	}
	return m, false
}

// isSFIMS reports whether a management center wrote the message.
func isSFIMS(message string) bool {
	rest, ok := strings.CutPrefix(message, "SFIMS: ")
	return ok && startsWithFTDField(rest)
}

func startsWithFTDField(text string) bool {
	name, _, ok := strings.Cut(text[:min(len(text), 64)], ": ")
	return ok && isFTDField(name)
}

func describeFTD(e *event.Event) {
	e.SetText(event.Vendor, "cisco")
	e.SetText(event.Product, "ftd")
	e.SetList(event.LogSource, ftdSource)
}

func readFTD(message string, c *Context, e *event.Event) bool {
	m, ok := cutFTDMark(message)
	text := message[m.width:]
	switch {
	case ok:
		m.fill(e)
		describeFTD(e)
	default:
		text = strings.TrimPrefix(message, "SFIMS: ")
		if !startsWithFTDField(text) {
			return false
		}
		describeFTD(e)
		fillFTD("", text, c, e)
		e.SetText(event.Message, text)
		return true
	}
	switch m.code {
	case "430001", "430002", "430003", "430004", "430005":
		fillFTD(m.code, text, c, e)
	default:
		fillASAText(m.code, text, e)
	}
	e.SetText(event.Message, text)
	e.SetList(event.LogSource, ftdSource)
	return true
}

var ftdMapping = newMapping(
	nameGroup{rule{column: event.SourceIP, as: asIP}, []string{"SrcIP"}},
	nameGroup{rule{column: event.SourcePort, as: asPort}, []string{"SrcPort"}},
	nameGroup{rule{column: event.DestinationIP, as: asIP}, []string{"DstIP"}},
	nameGroup{rule{column: event.DestinationPort, as: asPort}, []string{"DstPort"}},
	nameGroup{rule{column: event.SessionID, as: asCode}, []string{"ConnectionID"}},
	nameGroup{rule{column: event.Referrer, as: asText}, []string{"HTTPReferer"}},
	nameGroup{rule{column: event.UserAgent, as: asText}, []string{"UserAgent", "HTTP_UserAgent"}},
	nameGroup{rule{column: event.StatusCode, as: asStatus}, []string{"HTTPResponse", "HTTP_Response"}},
	nameGroup{rule{column: event.RequestPath, as: asTarget}, []string{"URL", "URI", "HTTP_URI"}},
	nameGroup{rule{column: event.HTTPHost, as: asText}, []string{"ReferencedHost", "HTTP_Hostname"}},
	nameGroup{rule{column: event.DNSQuery, as: asText}, []string{"DNSQuery"}},
	nameGroup{rule{column: event.FilePath, as: asText}, []string{"FileName"}},
	nameGroup{rule{column: event.FileHash, as: asText}, []string{"FileSHA256"}},
	nameGroup{rule{column: event.RuleID, as: asCode}, []string{"SID"}},
)

// fillFTD reads "Name: value, Name: value".
func fillFTD(code, text string, c *Context, e *event.Event) {
	var space [2 * stackMembers]member
	members := cutFTDFields(text, space[:0])
	kind := ftdKind(code, members)
	e.SetText(event.EventType, kind)
	fillFTDVerdict(kind, members, e)
	fillFTDNames(kind, members, e)
	fillFTDBytes(members, e)
	if !e.Has(event.EventTime) { // no header: when the connection began
		if nanos, ok := anyTime(memberText(members, "FirstPacketSecond"), c.Zone); ok {
			e.SetInt(event.EventTime, nanos)
		}
	}
	ftdMapping.fill(members, c, e)
	e.SetText(event.FileHash, fileHash(e.Text(event.FileHash)))
}

// ftdKind returns the event_type. Alerts of a management center have no number.
func ftdKind(code string, members []member) string {
	switch {
	case code == "430001", code == "" && findMember(members, "SID") != nil:
		return event.IDSAlert
	case code == "430005", code == "430004" && memberText(members, "SHA_Disposition") == "Malware":
		return event.Malware
	}
	return event.Firewall
}

// fillFTDVerdict reads what was done.
func fillFTDVerdict(kind string, members []member, e *event.Event) {
	name := "AccessControlRuleAction"
	switch kind {
	case event.IDSAlert:
		name = "InlineResult"
	case event.Malware:
		name = "FileAction"
	}
	word := memberText(members, name)
	if word == "" {
		word = memberText(members, "FileAction")
	}
	switch decided := ftdDecision(word); {
	case decided != "":
		e.SetText(event.Action, decided)
		e.SetText(event.Outcome, event.Success)
		if decided == event.Deny {
			e.SetText(event.Outcome, event.Failure)
		}
	case word != "":
		e.SetText(event.Action, word)
	}
}

func ftdDecision(word string) string {
	switch {
	case word == "Allow", word == "Trust", word == "Fastpath", word == "Monitor":
		return event.Allow
	case strings.Contains(word, "Block"), word == "Dropped":
		return event.Deny
	}
	return ""
}

// fillFTDNames sets the columns whose values need a look.
func fillFTDNames(kind string, members []member, e *event.Event) {
	switch user := memberText(members, "User"); user {
	case "", "No Authentication Required", "Unknown", "Not Found", "No Authentication", "Special Identities/No Authentication Required":
	default:
		e.SetText(event.UserName, takeMember(members, "User"))
	}
	switch kind {
	case event.IDSAlert:
		e.SetText(event.RuleName, takeMember(members, "Message"))
	case event.Malware:
		e.SetText(event.RuleName, takeMember(members, "ThreatName"))
	}
	if !e.Has(event.RuleName) {
		e.SetText(event.RuleName, takeMember(members, "AccessControlRuleName"))
	}
	if protocol := takeMember(members, "Protocol"); protocol != "" {
		e.SetText(event.NetworkProtocol, protocolName(protocol))
	}
	if kind := ftdRecordType(memberText(members, "DNSRecordType")); kind != "" {
		e.SetText(event.DNSType, kind)
		takeMember(members, "DNSRecordType")
	}
	if isICMP(e.Text(event.NetworkProtocol)) {
		for _, name := range [...]string{"SrcPort", "DstPort"} {
			if m := findMember(members, name); m != nil {
				m.name = "ICMP" + name
			}
		}
	}
}

// ftdRecordType returns the record type that FTD describes in words.
func ftdRecordType(words string) string {
	switch words {
	case "a host address":
		return "A"
	case "IP6 Address":
		return "AAAA"
	case "mail exchange":
		return "MX"
	case "text strings":
		return "TXT"
	case "a domain name pointer":
		return "PTR"
	case "the canonical name for an alias":
		return "CNAME"
	case "an authoritative name server":
		return "NS"
	case "marks the start of a zone of authority":
		return "SOA"
	}
	return ""
}

// fillFTDBytes adds what both sides sent.
func fillFTDBytes(members []member, e *event.Event) {
	setBytes(e, memberText(members, "InitiatorBytes"), memberText(members, "ResponderBytes"))
}

// setBytes sets network_bytes to the sum of what both sides sent.
func setBytes(e *event.Event, sent, received string) {
	out, ok := parseUint(sent)
	in, fine := parseUint(received)
	if ok && fine && in < 1<<62 && out < 1<<62 {
		e.SetInt(event.NetworkBytes, in+out)
	}
}

// cutFTDFields cuts "Name: value, Name: value". A comma ends a value only where
// the name of a field follows, and of two fields of one name the first counts:
// what strangers write (URL, user agent, query, file name) comes behind what the
// device knows.
func cutFTDFields(text string, members []member) []member {
	for text != "" && len(members) < maxFTDFields {
		name, rest, ok := strings.Cut(text, ": ")
		if !ok {
			name, ok = strings.CutSuffix(text, ":")
			if !ok {
				break
			}
			rest = ""
		}
		var value string
		value, text = cutFTDValue(rest)
		value = strings.TrimRight(value, " ,")
		if inner, ok := strings.CutPrefix(value, `"`); ok && strings.HasSuffix(inner, `"`) && inner != `"` {
			value = inner[:len(inner)-1]
		}
		if value == "" || findMember(members, name) != nil {
			continue
		}
		members = append(members, member{name: name, text: value, kind: bareKind(value), bare: true})
	}
	return members
}

// maxFTDFields is how many fields of a message are looked at.
const maxFTDFields = 160

// cutFTDValue splits a value from the next field.
func cutFTDValue(text string) (value, rest string) {
	for i := 0; ; {
		n := strings.Index(text[i:], ", ")
		if n < 0 {
			return text, ""
		}
		i += n + 2
		after := strings.TrimLeft(text[i:min(len(text), i+40)], " ")
		if colon := strings.IndexByte(after, ':'); colon > 0 && isFTDField(after[:colon]) {
			return text[:i-2], strings.TrimLeft(text[i:], " ")
		}
	}
}

// isFTDField reports whether name may be that of a field: words in letters,
// digits and underscores that begin with a capital.
func isFTDField(name string) bool {
	if name == "" || len(name) > 36 || !isUpper(name[0]) {
		return false
	}
	for i := 0; i < len(name); i++ {
		if b := name[i]; !isAlnum(b) && b != '_' && b != '/' && (b != ' ' || i+1 == len(name)) {
			return false
		}
	}
	return true
}
