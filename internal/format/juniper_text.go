package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// cutJunosText reads the text of a message into the fields that sd-syslog has
// for it. What does not fit is left in the message.
func cutJunosText(tag, text string, members []member) []member {
	t := junosText{members: members}
	switch {
	case strings.HasPrefix(tag, "RT_FLOW_SESSION_CREATE"), strings.HasPrefix(tag, "APPTRACK_SESSION_CREATE"):
		t.session(text, false)
	case strings.HasPrefix(tag, "RT_FLOW_SESSION_CLOSE"), strings.HasPrefix(tag, "APPTRACK_SESSION_CLOSE"):
		t.session(text, true)
	case strings.HasPrefix(tag, "RT_FLOW_SESSION_DENY"):
		t.denied(text)
	case strings.HasPrefix(tag, "RT_SCREEN"):
		t.screen(text)
	case strings.HasPrefix(tag, "WEBFILTER_"):
		t.webFilter(text)
	case strings.HasPrefix(tag, "IDP_"):
		t.attack(text)
	case strings.HasPrefix(tag, "PFE_FW_SYSLOG"):
		t.filter(text)
	default:
		t.system(tag, text)
	}
	return t.members
}

// junosText collects the fields of a text.
type junosText struct{ members []member }

func (t *junosText) add(name, value string) {
	if value == "" || value == "N/A" || value == "None" || value == "UNKNOWN" {
		return
	}
	t.members = append(t.members, member{name: name, text: value, kind: event.KindString, bare: true})
	if m := &t.members[len(t.members)-1]; isNumber(value) {
		m.kind = event.KindNumber
	}
}

// flow reads "192.0.2.1/1024->198.51.100.2/80" into fields whose names begin with
// prefix.
func (t *junosText) flow(prefix, text string) bool {
	from, to, ok := strings.Cut(text, "->")
	source, destination := cutEndpoint(from), cutEndpoint(to)
	if !ok || source.host == "" || !isAddress(source.host) || !isAddress(destination.host) {
		return false
	}
	t.add(prefix+"source-address", source.host)
	t.add(prefix+"source-port", source.port)
	t.add(prefix+"destination-address", destination.host)
	t.add(prefix+"destination-port", destination.port)
	return true
}

// maxJunosWords is how many words of a text are looked at.
const maxJunosWords = 48

// words cuts a text at its spaces, and words that are tags of connections out.
func words(text string, space []string) []string {
	out := space[:0]
	for text != "" && len(out) < maxJunosWords {
		var word string
		word, text, _ = strings.Cut(text, " ")
		if word != "" && word != "0x0" {
			out = append(out, word)
		}
	}
	return out
}

// session reads "session created FLOW SERVICE NATFLOW NATRULES PROTOCOL POLICY
// FROM TO ID ..." and, with reason, "session closed REASON: FLOW ...".
func (t *junosText) session(text string, closed bool) {
	if closed {
		_, rest, ok := strings.Cut(text, "session closed ")
		if !ok {
			return
		}
		// The reason ends at the colon before the flow; addresses hold colons too.
		reason, rest, ok := strings.Cut(rest, ": ")
		if !ok {
			return
		}
		t.add("reason", reason)
		text = rest
	} else if _, rest, ok := strings.Cut(text, "session created "); ok {
		text = rest
	} else {
		return
	}
	var space [maxJunosWords]string
	w := words(text, space[:])
	if len(w) == 0 || !t.flow("", w[0]) {
		return
	}
	if len(w) < 2 {
		return
	}
	t.add("service-name", w[1])
	if len(w) < 3 || !t.flow("nat-", w[2]) {
		return
	}
	at := t.translations(w)
	if at == 0 {
		return
	}
	t.zones(w[at:])
	if closed && len(w) > at+7 {
		t.counts(w[at+5:])
	}
}

// translations reads the names of two NAT rules, which since Junos 15 have their
// types before them ("source rule", "N/A"), and returns where the protocol stands
// behind them; 0 where it does not.
func (t *junosText) translations(w []string) (at int) {
	isEnd := func(at int) bool { return at+4 < len(w) && isProtocolNumber(w[at]) && isCount(w[at+4]) }
	if isEnd(5) {
		t.add("src-nat-rule-name", w[3])
		t.add("dst-nat-rule-name", w[4])
		return 5
	}
	at = 3
	var names [2]int
	for i := range names {
		if at+1 < len(w) && w[at+1] == "rule" {
			at++
		}
		names[i] = at + 1
		at += 2
	}
	if !isEnd(at) {
		return 0
	}
	t.add("src-nat-rule-name", w[names[0]])
	t.add("dst-nat-rule-name", w[names[1]])
	return at
}

func isProtocolNumber(word string) bool { return isCount(word) && len(word) <= 3 }

// zones reads PROTOCOL POLICY FROM TO ID.
func (t *junosText) zones(w []string) {
	names := [...]string{"protocol-id", "policy-name", "source-zone-name", "destination-zone-name", "session-id-32"}
	for i, name := range names {
		if i < len(w) {
			t.add(name, w[i])
		}
	}
}

// counts reads PACKETS(BYTES) of both sides, the seconds, the applications and
// USER(ROLES).
func (t *junosText) counts(w []string) {
	for i, side := range [...]string{"client", "server"} {
		packets, bytes, ok := strings.Cut(strings.TrimSuffix(w[i], ")"), "(")
		if !ok {
			return
		}
		t.add("packets-from-"+side, packets)
		t.add("bytes-from-"+side, bytes)
	}
	if len(w) > 2 {
		t.add("elapsed-time", w[2])
	}
	if len(w) > 6 {
		t.add("application", w[3])
		t.add("nested-application", w[4])
		if user, _, ok := strings.Cut(w[5], "("); ok {
			t.add("username", user)
			t.add("packet-incoming-interface", w[6])
		}
	}
}

// denied reads "session denied FLOW SERVICE PROTOCOL(ICMP) POLICY FROM TO ...".
func (t *junosText) denied(text string) {
	_, rest, ok := strings.Cut(text, "session denied ")
	var space [maxJunosWords]string
	w := words(rest, space[:])
	if !ok || len(w) == 0 || !t.flow("", w[0]) || len(w) < 2 {
		return
	}
	t.add("service-name", w[1])
	if len(w) < 6 {
		return
	}
	protocol, icmp, ok := strings.Cut(strings.TrimSuffix(w[2], ")"), "(")
	if !ok || !isProtocolNumber(protocol) {
		return
	}
	t.add("protocol-id", protocol)
	if protocol == "1" || protocol == "58" {
		t.add("icmp-type", icmp)
	}
	t.add("policy-name", w[3])
	t.add("source-zone-name", w[4])
	t.add("destination-zone-name", w[5])
	for i := 6; i < len(w); i++ {
		if user, _, ok := strings.Cut(w[i], "("); ok && strings.HasSuffix(w[i], ")") {
			t.add("username", user)
			if i+1 < len(w) {
				t.add("packet-incoming-interface", w[i+1])
			}
			return
		}
	}
}

// screen reads "TCP sweep! source: 192.0.2.1:1024, destination: ..., zone name:
// untrust, interface name: ge-0/0/1.0, action: drop".
func (t *junosText) screen(text string) {
	name, rest, ok := strings.Cut(text, "! ")
	if !ok {
		return
	}
	t.add("attack-name", name+"!")
	for part := range strings.SplitSeq(rest, ", ") {
		key, value, ok := strings.Cut(part, ": ")
		if !ok {
			continue
		}
		switch key {
		case "source", "destination":
			host, port := value, ""
			if i := strings.LastIndexByte(value, ':'); i > 0 && !isAddress(value) {
				host, port = value[:i], value[i+1:]
			}
			if isAddress(host) {
				t.add(key+"-address", host)
				t.add(key+"-port", port)
			}
		case "zone name":
			t.add("source-zone-name", value)
		case "interface name":
			t.add("interface-name", value)
		case "action", "protocol-id":
			t.add(key, value)
		}
	}
}

// webFilter reads `WebFilter: ACTION="..." FLOW CATEGORY="..." REASON="..."
// PROFILE="..." URL=... OBJ=... username U roles R`.
func (t *junosText) webFilter(text string) {
	_, rest, ok := strings.Cut(text, `" `)
	if !ok {
		return
	}
	flow, rest, _ := strings.Cut(rest, " ")
	if !t.flow("", flow) {
		return
	}
	for _, one := range [...]struct{ mark, name, end string }{
		{`CATEGORY="`, "category", `"`}, {`REASON="`, "reason", `"`}, {`PROFILE="`, "profile", `"`}, {"URL=", "url", " "},
	} {
		if after, ok := strings.CutPrefix(rest, one.mark); ok {
			value, more, _ := strings.Cut(after, one.end)
			t.add(one.name, value)
			rest = strings.TrimLeft(more, " ")
		}
	}
	after, ok := strings.CutPrefix(rest, "OBJ=")
	if !ok {
		return
	}
	// What was asked for is the client's to choose; the user behind it is not.
	object, tail := after, ""
	if i := strings.LastIndex(after, " username "); i >= 0 {
		object, tail = after[:i], after[i+len(" username "):]
	}
	t.add("obj", object)
	user, _, _ := strings.Cut(tail, " roles ")
	t.add("username", user)
}

// attack reads "... Attack log <FLOW> for TCP protocol and service HTTP ... by
// rule N of rulebase B in policy P. attack: ..., action=DROP,
// threat-severity=HIGH, name=NAME, ...".
func (t *junosText) attack(text string) {
	_, rest, ok := strings.Cut(text, "ttack log <")
	if !ok {
		return
	}
	flow, rest, _ := strings.Cut(rest, ">")
	for strings.HasSuffix(flow, "-") { // the arrow holds a bracket
		more, after, _ := strings.Cut(rest, ">")
		flow, rest = flow+">"+more, after
	}
	if !t.flow("", flow) {
		return
	}
	between := func(from, to string) string {
		_, after, ok := strings.Cut(rest, from)
		value, _, closed := strings.Cut(after, to)
		if !ok || !closed || len(value) > 128 {
			return ""
		}
		return value
	}
	t.add("protocol-name", between(" for ", " protocol"))
	t.add("service-name", between(" and service ", " application"))
	t.add("rule-name", between(" by rule ", " of rulebase"))
	t.add("rulebase-name", between(" of rulebase ", " in policy"))
	t.add("policy-name", between(" in policy ", ". attack"))
	t.add("action", between("action=", ","))
	t.add("threat-severity", between("threat-severity=", ","))
	t.add("attack-name", between(", name=", ", NAT"))
}

// filter reads "FW: ge-0/0/0.0   D  tcp 192.0.2.1 198.51.100.2 1024 22 (1 packets)",
// with what an Ethernet filter has between.
func (t *junosText) filter(text string) {
	rest, ok := strings.CutPrefix(text, "FW: ")
	var space [maxJunosWords]string
	w := words(rest, space[:])
	if !ok || len(w) < 5 {
		return
	}
	t.add("interface-name", w[0])
	t.add("action", w[1])
	for i := 2; i+2 < len(w); i++ {
		if !isAddress(w[i]) || !isAddress(w[i+1]) {
			continue
		}
		if isAlpha(w[i-1][0]) || isProtocolNumber(w[i-1]) {
			t.add("protocol", w[i-1])
		}
		t.add("source-address", w[i])
		t.add("destination-address", w[i+1])
		if i+3 < len(w) && isCount(w[i+2]) && isCount(w[i+3]) {
			t.add("source-port", w[i+2])
			t.add("destination-port", w[i+3])
		}
		return
	}
}

// system reads who a message of the system is about: "User 'alice', command
// 'show version '", "Login failed for user 'bob' from host '192.0.2.7'".
func (t *junosText) system(tag, text string) {
	switch tag {
	case "UI_CMDLINE_READ_LINE":
		user, rest, _ := strings.Cut(strings.TrimPrefix(text, "User '"), "', command '")
		t.add("username", user)
		t.add("command", strings.TrimRight(strings.TrimSuffix(strings.TrimRight(rest, " "), "'"), " "))
	case "SSHD_LOGIN_FAILED", "LOGIN_FAILED":
		user, rest, ok := strings.Cut(text, " for user '")
		if i := strings.LastIndex(rest, "' from host '"); ok && i >= 0 && user != "" {
			t.add("username", rest[:i])
			t.add("source-address", strings.TrimRight(rest[i+len("' from host '"):], "' ."))
		}
	case "LOGIN_INFORMATION", "LOGIN_ROOT": // User NAME logged in from host HOST on device ttyp0
		user, rest, ok := strings.Cut(strings.TrimPrefix(text, "User "), " logged in ")
		if !ok || strings.IndexByte(user, ' ') >= 0 {
			return
		}
		t.add("username", user)
		_, host, _ := strings.Cut(rest, "from host ")
		host, _, _ = strings.Cut(host, " ")
		t.add("source-address", strings.Trim(host, "[]'"))
	case "UI_LOGIN_EVENT", "UI_LOGOUT_EVENT", "UI_COMMIT", "UI_DBASE_LOGIN_EVENT", "UI_DBASE_LOGOUT_EVENT", "UI_AUTH_EVENT", "UI_NETCONF_CMD":
		_, rest, ok := strings.Cut(text, "ser '")
		if user, after, closed := strings.Cut(rest, "'"); ok && closed {
			t.add("username", user)
			if _, ssh, ok := strings.Cut(after, "ssh-connection '"); ok {
				ssh, _, _ = strings.Cut(ssh, "'")
				t.add("ssh-connection", ssh)
			}
		}
	case "SNMP_TRAP_LINK_UP", "SNMP_TRAP_LINK_DOWN":
		for part := range strings.SplitSeq(text, ", ") {
			if name, value, ok := strings.Cut(part, " "); ok && isAlpha(name[0]) {
				t.add(name, value)
			}
		}
	}
}
