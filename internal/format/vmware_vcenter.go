package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// readVCenterEvent reads an event that vCenter streams: "Event [3481177] [1-1]
// [2024-09-05T10:30:00.123456Z] [vim.event.UserLoginSessionEvent] [info] [alice]
// [dc1] [3481177] [TEXT]".
func readVCenterEvent(text string, c *Context, e *event.Event) bool {
	var f [8]string
	rest := text[len("Event "):]
	for i := range f {
		end := strings.Index(rest, "] [")
		if rest == "" || rest[0] != '[' || end < 0 {
			return false
		}
		f[i], rest = rest[1:end], rest[end+2:]
	}
	body, ok := strings.CutPrefix(rest, "[")
	if !ok || leadingDigits(f[0]) != len(f[0]) || f[0] == "" || strings.IndexByte(f[3], ' ') >= 0 {
		return false
	}
	body = strings.TrimSuffix(body, "]")
	e.SetText(event.EventType, event.ServiceLog)
	if nanos, valid := rfc3339Time(f[2], c.Zone); valid {
		e.SetInt(event.EventTime, nanos)
	}
	setExtraNumber(e, "event_key", f[0])
	e.SetText(event.EventCode, f[3])
	e.SetText(event.Severity, f[4])
	setLevel(e, f[4])
	e.SetExtraText("datacenter", f[6])
	setExtraNumber(e, "chain_id", f[7])
	e.SetText(event.Message, body)
	fillVMwareEvent(body, e)
	if f[5] != "" {
		e.SetText(event.UserName, f[5])
	}
	fillAbsent(e, event.Product, "vcenter")
	e.SetList(event.LogSource, vcenterSource)
	describeVMware(e)
	return true
}

// vmwareDocument is a record of the audit of vCenter's single sign-on.
var vmwareDocument = documentKind{
	keys: []string{"eventSeverity"},
	claims: func(o *object) int {
		if strings.HasPrefix(o.text("type"), "com.vmware.") && o.has("description") {
			return 90
		}
		return 0
	},
	fill: fillSSO,
}

var ssoMapping = newMapping(
	nameGroup{rule{column: event.UserName, as: asText}, []string{"user"}},
	nameGroup{rule{column: event.SourceIP, as: asIP}, []string{"client"}},
	nameGroup{rule{column: event.Message, as: asText}, []string{"description"}},
	nameGroup{rule{column: event.EventCode, as: asText}, []string{"type"}},
	nameGroup{rule{column: event.Severity, as: asText}, []string{"eventSeverity"}},
)

func readSSO(document string, c *Context, e *event.Event) bool {
	return parseDocument(document, &vmwareDocument, c, e) == nil
}

func fillSSO(o *object, c *Context, e *event.Event) error {
	kind := o.text("type")
	if !strings.HasPrefix(kind, "com.vmware.") {
		return &Error{Reason: "not a record of vCenter's audit: expected a type that begins with com.vmware."}
	}
	if nanos, ok := ssoTime(o.text("timestamp")); ok {
		o.take("timestamp")
		e.SetInt(event.EventTime, nanos)
	}
	setLevel(e, o.text("eventSeverity"))
	e.SetText(event.EventType, event.ServiceLog)
	switch kind[strings.LastIndexByte(kind, '.')+1:] {
	case "LoginSuccess":
		fillSSOAccess(event.AuthLogin, "login", event.Success, e)
	case "LoginFailure":
		fillSSOAccess(event.AuthLogin, "login", event.Failure, e)
	case "Logout":
		fillSSOAccess(event.AuthLogout, "logout", event.Success, e)
	default:
		e.SetText(event.Action, kind[strings.LastIndexByte(kind, '.')+1:])
		if strings.HasPrefix(kind, "com.vmware.sso.PrincipalManagement") {
			e.SetText(event.EventType, event.AccountChange)
		}
	}
	ssoMapping.fill(o.members, c, e)
	e.SetText(event.Product, "vcenter")
	e.SetText(event.Service, "sso")
	e.SetList(event.LogSource, vcenterSource)
	describeVMware(e)
	return nil
}

func fillSSOAccess(kind, action, outcome string, e *event.Event) {
	e.SetText(event.EventType, kind)
	e.SetText(event.Action, action)
	e.SetText(event.Outcome, outcome)
}

// ssoTime reads "09/05/2024 10:30:00 UTC".
func ssoTime(s string) (nanos int64, ok bool) {
	if len(s) != len("09/05/2024 10:30:00 UTC") || s[2] != '/' || s[5] != '/' || s[10] != ' ' || s[19:] != " UTC" {
		return 0, false
	}
	m := moment{month: num2(s, 0), day: num2(s, 3), year: num4(s, 6)}
	if !m.clock(s, 11) {
		return 0, false
	}
	return m.unix(0)
}
