package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var infobloxFormat = &Format{
	Name:  "infoblox",
	Title: "Infoblox NIOS audit log",
	Doc: "The audit log of Infoblox NIOS, in a syslog envelope or bare: logins and logouts, what administrators called, created, changed and " +
		"deleted. DNS and DHCP of an Infoblox are read by bind and dhcpd, its events in CEF by cef. The mandatory part is the time, the " +
		"administrator in brackets and the action. Source: Infoblox NIOS Administrator Guide, Using the Audit Log.",
	Parse:  infobloxPayload.parse,
	Match:  matchInfoblox,
	Starts: "2",
}

var infobloxPayload = payload{
	format:   "infoblox",
	read:     readInfoblox,
	owns:     func(string) bool { return true },
	describe: describeInfoblox,
	starts:   []string{"20"},
	claims:   func(message string) bool { return cutAudit(message, nil) > 0 },
	strict:   true,
	what:     "a line of the audit log: expected a time, [administrator] and an action",
}

func describeInfoblox(e *event.Event) {
	e.SetText(event.Vendor, "infoblox")
	e.SetText(event.Product, "nios")
	e.SetText(event.Service, "audit")
}

func matchInfoblox(line string) int {
	if cutAudit(line, nil) > 0 {
		return 85
	}
	return 0
}

// auditHead is what stands before an action.
type auditHead struct {
	nanos  int64
	user   string
	action string
}

// cutAudit reads "2024-09-05 10:30:00.123Z [alice]: Login_Allowed " and returns how
// long that is, 0 where it is not there. The action has a dash behind it, a colon
// or none of both for sentences.
func cutAudit(s string, h *auditHead) int {
	if len(s) < 30 || s[4] != '-' || s[10] != ' ' || s[19] != '.' {
		return 0
	}
	nanos, n, ok := isoTime(s, nil)
	if !ok || s[n-1] != 'Z' || !strings.HasPrefix(s[n:], " [") {
		return 0
	}
	user, rest, ok := strings.Cut(s[n+2:], "]: ")
	if !ok || user == "" || len(user) > 256 || strings.IndexByte(user, ' ') >= 0 {
		return 0
	}
	if h != nil {
		h.nanos, h.user = nanos, user
		h.action, _, _ = strings.Cut(rest, " ")
	}
	return len(s) - len(rest)
}

func readInfoblox(message string, _ *Context, e *event.Event) bool {
	var h auditHead
	n := cutAudit(message, &h)
	if n == 0 {
		return false
	}
	e.SetInt(event.EventTime, h.nanos)
	// "USER\040admin" says that admin is a user's account.
	e.SetText(event.UserName, strings.TrimPrefix(unescapeOctal(h.user), "USER "))
	e.SetText(event.Message, message[n:])
	describeInfoblox(e)
	fillAudit(h.action, message[n:], e)
	return true
}

func fillAudit(action, text string, e *event.Event) {
	e.SetText(event.EventType, event.ServiceLog)
	rest := strings.TrimLeft(text[len(action):], " ")
	switch action {
	case "Login_Allowed", "First_Login":
		e.SetText(event.EventType, event.AuthLogin)
		e.SetText(event.Outcome, event.Success)
	case "Login_Denied":
		e.SetText(event.EventType, event.AuthLogin)
		e.SetText(event.Outcome, event.Failure)
	case "Logout":
		e.SetText(event.EventType, event.AuthLogout)
		e.SetText(event.Outcome, event.Success)
	case "Password_Reset":
		e.SetText(event.EventType, event.AccountChange)
	case "Called", "Created", "Modified", "Deleted", "Inserted", "Updated", "Password_Reset_Error":
	default:
		return // a sentence: "rebooted the system"
	}
	e.SetText(event.Action, action)
	switch action {
	case "Login_Allowed", "First_Login", "Login_Denied", "Logout", "Password_Reset":
		fillAuditPairs(strings.TrimLeft(rest, "- "), e)
	case "Called":
		call, arguments, _ := strings.Cut(strings.TrimLeft(rest, "- "), ": Args ")
		call, note, _ := strings.Cut(call, " ")
		e.SetExtraText("call", call)
		fillAuditPairs(note, e)
		e.SetExtraText("args", arguments)
	default:
		object, set, ok := strings.Cut(rest, ": ")
		if !ok {
			return
		}
		kind, name, _ := strings.Cut(object, " ")
		e.SetExtraText("object_type", kind)
		e.SetExtraText("object", unescapeOctal(name))
		e.SetExtraText("changes", set)
	}
}

// fillAuditPairs reads "to=AdminConnector ip=192.0.2.7 auth=LOCAL". Spaces in
// values are escaped.
func fillAuditPairs(s string, e *event.Event) {
	for n := 0; s != "" && n < maxFields; n++ {
		pair, rest, _ := strings.Cut(s, " ")
		s = rest
		name, value, ok := strings.Cut(pair, "=")
		if !ok || !isExtensionKey(name) {
			continue
		}
		value = unescapeOctal(value)
		if name == "ip" && !e.Has(event.SourceIP) && setAddress(e, event.SourceIP, value) {
			continue
		}
		e.SetExtraText(name, value)
	}
}

// unescapeOctal decodes \040 and the like, which NIOS writes for spaces and
// brackets.
func unescapeOctal(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) && s[i+1]-'0' < 4 && s[i+2]-'0' < 8 && s[i+3]-'0' < 8 {
			out = append(out, (s[i+1]-'0')<<6|(s[i+2]-'0')<<3|(s[i+3]-'0'))
			i += 3
			continue
		}
		out = append(out, s[i])
	}
	return string(out)
}
