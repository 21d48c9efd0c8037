package format

import "github.com/goshawk-siem/goshawk/internal/event"

var oneLogin = &Format{
	Name:  "onelogin",
	Title: "OneLogin",
	Doc: "Events of OneLogin as its API lists them and its webhooks send them. It promises the number of an event type with a user, an actor " +
		"or an account. Source: https://developers.onelogin.com/api-docs/1/events/event-resource",
	Parse: func(line string, c *Context, e *event.Event) error {
		return parseDocument(line, &oneLoginDocument, c, e)
	},
	Match:    noText,
	document: &oneLoginDocument,
}

var oneLoginDocument = documentKind{keys: []string{"event_type_id"}, claims: claimOneLogin, fill: fillOneLogin}

var oneLoginSources = []string{":onelogin:onelogin.events"}

var oneLoginMapping = newMapping(
	nameGroup{rule{column: event.EventTime, as: asUTC}, []string{"event_timestamp", "created_at"}},
	nameGroup{rule{column: event.EventCode, as: asCode}, []string{"event_type_id"}},
	nameGroup{rule{column: event.UserName, as: asText}, []string{"actor_user_name"}},
	nameGroup{rule{column: event.UserName, as: asText, rank: 1}, []string{"login_name"}},
	nameGroup{rule{column: event.SourceIP, as: asIP}, []string{"ipaddr"}},
	nameGroup{rule{column: event.Service, as: asText}, []string{"app_name"}},
	nameGroup{rule{column: event.Message, as: asText}, []string{"custom_message", "notes"}},
	nameGroup{rule{column: event.Action, as: asText}, []string{"operation_name"}},
)

func claimOneLogin(o *object) int {
	if _, ok := parseUint(o.text("event_type_id")); !ok {
		return 0
	}
	for _, name := range [...]string{"actor_user_id", "actor_user_name", "user_name", "user_id", "account_id", "actor_system", "ipaddr"} {
		if o.has(name) {
			return 85
		}
	}
	return 0
}

// The numbers of event types that say more than that something was called.
const (
	oneLoginLogin       = "5"
	oneLoginFailedLogin = "6"
	oneLoginLogout      = "7"
	oneLoginAppLogin    = "8"
	oneLoginUserCreated = "13"
)

func fillOneLogin(o *object, c *Context, e *event.Event) error {
	eventType, outcome := event.CloudAPI, event.Unknown
	column := event.TargetUserName
	switch o.text("event_type_id") {
	case oneLoginLogin, oneLoginAppLogin:
		eventType, outcome, column = event.AuthLogin, event.Success, event.UserName
	case oneLoginFailedLogin:
		eventType, outcome, column = event.AuthLogin, event.Failure, event.UserName
	case oneLoginLogout:
		eventType, outcome, column = event.AuthLogout, event.Success, event.UserName
	case oneLoginUserCreated:
		eventType, outcome = event.AccountChange, event.Success
	}
	name := o.take("user_name")
	oneLoginMapping.fill(o.members, c, e)
	if column == event.UserName && e.Has(column) && e.Text(column) != name {
		e.SetExtraText("actor_user_name", e.Text(column))
	}
	if name != "" {
		e.SetText(column, name)
	}
	e.SetText(event.Vendor, "onelogin")
	e.SetText(event.Product, "onelogin")
	e.SetText(event.EventType, eventType)
	e.SetText(event.Outcome, outcome)
	e.SetList(event.LogSource, oneLoginSources)
	return nil
}
