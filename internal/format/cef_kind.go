package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// kindOf is what an event in an exchange format is about, where its words leave
// no doubt.
type kindOf struct {
	eventType string
	sources   []string
	// named says that the event's name is that of a signature.
	named bool
}

var (
	firewallSources  = []string{"firewall::"}
	antivirusSources = []string{"antivirus::"}
	proxySources     = []string{"proxy::"}
)

// describe sets what the kind says.
func (k kindOf) describe(name string, e *event.Event) {
	e.SetText(event.EventType, k.eventType)
	if k.sources != nil {
		e.SetList(event.LogSource, k.sources)
	}
	if k.named {
		fillAbsent(e, event.RuleName, name)
	}
}

// cefKind judges by the words of product, name and category.
func cefKind(h *cefHeader, members []member) kindOf {
	category := memberText(members, "cat")
	if category == "" {
		category = memberText(members, "deviceEventCategory")
	}
	action := memberText(members, "act")
	if action == "" {
		action = memberText(members, "deviceAction")
	}
	f := facts{
		product: h.product, class: h.class, name: h.name, category: category, action: action,
		source:  findPair(members, "src") != nil,
		flow:    findPair(members, "src") != nil && findPair(members, "dst") != nil,
		malware: firstPair(members, "TrendMicroDsMalwareTarget", "TrendMicroDsMalwareTargetType") != nil,
		file:    firstPair(members, "fileHash", "filePath", "fname") != nil,
		mail:    strings.IndexByte(memberText(members, "suser"), '@') > 0 || strings.IndexByte(memberText(members, "duser"), '@') > 0,
		web:     isKnownMethod(memberText(members, "requestMethod")) && (isTarget(memberText(members, "request")) || bareTarget(memberText(members, "request")) != ""),
	}
	return f.kind()
}

func isTarget(s string) bool {
	return strings.HasPrefix(s, "/") || strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://")
}

// bareTarget returns the host of a target without a scheme, "www.example.com/a",
// which some proxies write; "" for what is none.
func bareTarget(s string) string {
	host, _, _ := strings.Cut(s, "/")
	name := hostOnly(host)
	if strings.IndexByte(name, '.') <= 0 || strings.IndexByte(s, ' ') >= 0 || !isHost(name) || strings.IndexByte(name, '@') >= 0 {
		return ""
	}
	return name
}

// facts are what an event in an exchange format is judged by.
type facts struct {
	product, class, name, category, action string
	// source says that there is a source address, flow that there is a
	// destination too.
	// malware says that a field which only detections of malware have is there.
	source, flow, file, mail, web, malware bool
}

func (f *facts) kind() kindOf {
	if kind := loginKind(f.name); kind != "" {
		return kindOf{eventType: kind}
	}
	if kind := loginKind(f.category); kind != "" {
		return kindOf{eventType: kind}
	}
	switch {
	case f.malware:
		return kindOf{eventType: event.Malware, sources: antivirusSources, named: true}
	case f.mail && (hasWordFold(f.product, "mail") || hasWordFold(f.product, "email") || hasWordFold(f.product, "etp") || hasWordFold(f.category, "email")):
		return kindOf{eventType: event.Email}
	case f.file && (hasWordFold(f.category, "malware") || hasWordFold(f.category, "virus") || hasWordFold(f.category, "antivirus") ||
		hasWordFold(f.category, "anti-malware")):
		return kindOf{eventType: event.Malware, sources: antivirusSources, named: true}
	case f.source && (isSensor(f.product) || isSensor(f.class)), f.flow && (hasWordFold(f.category, "ips") || hasWordFold(f.category, "ids") || hasWordFold(f.category, "intrusion")):
		return kindOf{eventType: event.IDSAlert, named: true}
	case f.file && (hasWordFold(f.name, "malware") || hasWordFold(f.name, "virus") || hasWordFold(f.name, "malicious")) &&
		(hasWordFold(f.name, "detected") || hasWordFold(f.name, "found")):
		return kindOf{eventType: event.Malware, sources: antivirusSources}
	case f.flow && hasWordFold(f.name, "threat"):
		return kindOf{eventType: event.IDSAlert}
	case f.flow && hasWordFold(f.name, "malware"):
		return kindOf{eventType: event.IDSAlert, named: true}
	case f.flow && (isTrafficVerdict(f.action) && f.saysTraffic() || f.saysConnection()):
		return kindOf{eventType: event.Firewall, sources: firewallSources}
	case f.web:
		return kindOf{eventType: event.HTTPAccess, sources: proxySources}
	}
	return kindOf{eventType: event.ServiceLog}
}

// saysTraffic reports whether a word says that the event is a firewall's.
func (f *facts) saysTraffic() bool {
	for _, word := range [...]string{"firewall", "traffic", "network", "connection", "vpn-1"} {
		if hasWordFold(f.name, word) || hasWordFold(f.category, word) || hasWordFold(f.product, word) {
			return true
		}
	}
	return false
}

// saysConnection reports whether the name is that of a connection's begin or end.
func (f *facts) saysConnection() bool {
	switch strings.ToLower(f.name[:min(len(f.name), 24)]) {
	case "connection opened", "connection closed", "connection denied", "connection dropped", "connection allowed":
		return true
	}
	return false
}

// isSensor names products that log nothing about traffic but detections.
func isSensor(product string) bool {
	for _, word := range [...]string{"ips", "ids", "waf", "asm", "appfw", "securesphere", "nips", "intrusion"} {
		if hasWordFold(product, word) {
			return true
		}
	}
	return false
}

// loginKind returns AUTH_LOGIN or AUTH_LOGOUT for the names that products give
// these events, "" for all others.
func loginKind(name string) string {
	if len(name) > 40 || len(name) < 5 {
		return ""
	}
	switch strings.ToLower(strings.TrimSuffix(name, ".")) {
	case "login", "logon", "user login", "user logon", "user signed in", "user logged in", "user logged on", "login successful", "login success",
		"logon success", "successful login", "successful logon", "login failed", "logon failed", "failed login", "failed logon", "login failure",
		"logon failure", "user login failed", "user login successful", "user login success", "user login failure", "user sign in failed",
		"user authentication", "authentication failed", "authentication failure", "authentication succeeded", "authentication success", "an account failed to log on", "an account was successfully logged on",
		"successful authentication", "failed authentication", "admin login", "admin login successful", "admin login failed":
		return event.AuthLogin
	case "logout", "logoff", "user logout", "user logoff", "user signed out", "user logged out", "user logged off", "logout successful", "an account was logged off",
		"admin logout":
		return event.AuthLogout
	}
	return ""
}

// saysFailure reports whether a word of name says that something went wrong, and
// saysSuccess that it did not.
func saysFailure(name string) bool {
	return hasWordFold(name, "failed") || hasWordFold(name, "failure") || hasWordFold(name, "denied")
}

func saysSuccess(name string) bool {
	return hasWordFold(name, "successful") || hasWordFold(name, "successfully") || hasWordFold(name, "success") || hasWordFold(name, "succeeded") || hasWordFold(name, "signed in") ||
		hasWordFold(name, "logged in") || hasWordFold(name, "logged on")
}

// hasWordFold reports whether word, in lower case, stands in the first bytes of s,
// in any case and with no letter or digit beside it.
func hasWordFold(s, word string) bool {
	const reach = 128
	s = s[:min(len(s), reach)]
	for i := 0; i+len(word) <= len(s); i++ {
		if s[i]|0x20 != word[0] || i > 0 && isAlnum(s[i-1]) {
			continue
		}
		if end := i + len(word); (end == len(s) || !isAlnum(s[end])) && strings.EqualFold(s[i:end], word) {
			return true
		}
	}
	return false
}

// trafficVerdict returns allow or deny for the words that products have for what
// became of traffic, "" for all others. A prefix with a colon, "IDS:Reset", is
// passed over.
func trafficVerdict(word string) string {
	if i := strings.LastIndexByte(word, ':'); i >= 0 {
		word = word[i+1:]
	}
	if decided := verdictOf(word); decided != "" {
		return decided
	}
	switch {
	case strings.HasPrefix(word, "REQ_BLOCKED"):
		return event.Deny
	case word == "REQ_PASSED", strings.HasPrefix(word, "REQ_CACHED"):
		return event.Allow
	case strings.EqualFold(word, "reset"), strings.EqualFold(word, "prevent"), strings.EqualFold(word, "prevented"),
		strings.EqualFold(word, "reset-both"), strings.EqualFold(word, "reset-client"), strings.EqualFold(word, "reset-server"):
		return event.Deny
	}
	return ""
}

func isTrafficVerdict(word string) bool { return trafficVerdict(word) != "" }

// fillDecision sets action. Where traffic, a request or a mail is what was decided
// about, the verdicts of all products are one of two words, and the product's own
// stays in extra.
func fillDecision(members []member, k kindOf, e *event.Event, names ...string) {
	m := firstPair(members, names...)
	if m == nil {
		return
	}
	decided := ""
	switch k.eventType {
	case event.Firewall, event.IDSAlert, event.HTTPAccess, event.Email, event.NetworkFlow:
		decided = trafficVerdict(m.text)
	case event.ServiceLog:
		if findPair(members, "src") != nil && findPair(members, "dst") != nil {
			decided = trafficVerdict(m.text)
		}
	}
	switch decided {
	case event.Allow:
		e.SetText(event.Action, decided)
		e.SetText(event.Outcome, event.Success)
	case event.Deny:
		e.SetText(event.Action, decided)
		e.SetText(event.Outcome, event.Failure)
	default:
		e.SetText(event.Action, m.text)
	}
	m.done = m.text == e.Text(event.Action)
}

// fillResult sets outcome from a word, and for logins from the event's name.
func fillResult(members []member, k kindOf, e *event.Event, names ...string) {
	m := firstPair(members, names...)
	if m == nil {
		return
	}
	switch strings.ToLower(m.text) {
	case "success", "successful", "succeeded", "ok", "passed":
		e.SetText(event.Outcome, event.Success)
	case "failure", "failed", "fail", "error", "denied":
		e.SetText(event.Outcome, event.Failure)
	default:
		if code, ok := parseUint(m.text); ok && k.eventType == event.HTTPAccess && code >= 100 && code <= 599 {
			e.SetInt(event.StatusCode, code)
			e.SetText(event.Outcome, httpOutcome(code))
			m.done = true
		}
		return
	}
	m.done = m.text == e.Text(event.Outcome)
}
