package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var duoFormat = &Format{
	Name:  "duo",
	Title: "Cisco Duo (authentication, administrator and telephony logs)",
	Doc: "Events of Duo's Admin API as JSON: authentications of version 1 and 2, what administrators did, calls and messages. The mandatory " +
		"part are the members that tell these logs. Source: https://duo.com/docs/adminapi#logs.",
	Parse: func(line string, c *Context, e *event.Event) error {
		return parseDocument(line, &duoDocument, c, e)
	},
	Match:    noText,
	document: &duoDocument,
}

var duoDocument = documentKind{
	keys:   []string{"txid", "isotimestamp", "access_device"},
	claims: claimDuo,
	fill:   fillDuo,
}

func claimDuo(o *object) int {
	switch {
	case o.has("factor") && o.has("result") && (o.has("txid") || o.has("access_device")):
		return 90
	case o.has("isotimestamp") && o.has("action") && o.has("username") && o.has("object"):
		return 90
	case o.has("isotimestamp") && o.has("phone") && (o.has("credits") || o.has("context")):
		return 90
	}
	return 0
}

var duoMapping = newMapping(
	nameGroup{rule{column: event.EventTime, as: asTime}, []string{"isotimestamp"}},
	nameGroup{rule{column: event.EventTime, as: asTime, rank: 1}, []string{"timestamp", "ts"}},
	nameGroup{rule{column: event.UserName, as: asText}, []string{"user.name"}},
	nameGroup{rule{column: event.UserName, as: asText, rank: 1}, []string{"username"}},
	nameGroup{rule{column: event.SourceIP, as: asIP}, []string{"access_device.ip", "ip"}},
	nameGroup{rule{column: event.Service, as: asText}, []string{"application.name", "integration"}},
	nameGroup{rule{column: event.SessionID, as: asCode}, []string{"txid"}},
)

var duoSources = []string{":cisco:duo"}

func fillDuo(o *object, c *Context, e *event.Event) error {
	e.SetText(event.Vendor, "cisco")
	e.SetText(event.Product, "duo")
	switch {
	case o.has("factor"):
		fillDuoAuthentication(o, e)
	case o.has("object"):
		fillDuoAdministrator(o, e)
	default:
		e.SetText(event.EventType, event.ServiceLog)
		e.SetText(event.Action, o.take("type"))
	}
	duoMapping.fill(o.members, c, e)
	if o.has("object") {
		fillDuoDescription(o.find("description"), e)
	}
	e.SetList(event.LogSource, duoSources)
	return nil
}

func fillDuoAuthentication(o *object, e *event.Event) {
	e.SetText(event.EventType, event.AuthLogin)
	e.SetText(event.Action, o.take("event_type"))
	if !e.Has(event.Action) {
		e.SetText(event.Action, "authentication")
	}
	result := o.text("result")
	switch strings.ToLower(result) {
	case "success":
		e.SetText(event.Outcome, event.Success)
	case "failure", "denied", "fraud", "error":
		e.SetText(event.Outcome, event.Failure)
	}
	if result == e.Text(event.Outcome) {
		o.take("result")
	}
	e.SetText(event.Message, o.text("reason"))
}

// fillDuoDescription takes from where an administrator signed in, and who tried
// where that failed: both stand in an object in a string, which stays in extra.
func fillDuoDescription(description *member, e *event.Event) {
	if memberKind(description) != event.KindString {
		return
	}
	inner := description.innerObject()
	if inner == nil {
		return
	}
	defer inner.release()
	if !e.Has(event.SourceIP) {
		e.SetIP(event.SourceIP, inner.text("ip_address"))
	}
	if e.Text(event.EventType) == event.AuthLogin {
		fillAbsent(e, event.UserName, inner.text("email"))
	}
}

// fillDuoAdministrator reads what an administrator did and to whom.
func fillDuoAdministrator(o *object, e *event.Event) {
	action := o.take("action")
	e.SetText(event.Action, action)
	e.SetText(event.EventType, event.ServiceLog)
	switch {
	case action == "admin_login":
		e.SetText(event.EventType, event.AuthLogin)
		e.SetText(event.Outcome, event.Success)
	case action == "admin_login_error":
		e.SetText(event.EventType, event.AuthLogin)
		e.SetText(event.Outcome, event.Failure)
	case strings.HasPrefix(action, "user_"), strings.HasPrefix(action, "admin_create"), strings.HasPrefix(action, "admin_update"),
		strings.HasPrefix(action, "admin_delete"), strings.HasPrefix(action, "group_"):
		e.SetText(event.EventType, event.AccountChange)
		if strings.HasPrefix(action, "user_") || strings.HasPrefix(action, "admin_") {
			e.SetText(event.TargetUserName, o.take("object"))
		}
	}
}
