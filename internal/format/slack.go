package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var slackFormat = &Format{
	Name:  "slack",
	Title: "Slack audit logs",
	Doc: "Entries of the Audit Logs API of Slack Enterprise Grid. It promises an action with an actor and a context, an entity or a time. " +
		"Source: https://docs.slack.dev/reference/audit-logs-api",
	Parse:    func(line string, c *Context, e *event.Event) error { return parseDocument(line, &slackDocument, c, e) },
	Match:    noText,
	document: &slackDocument,
}

var slackDocument = documentKind{keys: []string{"actor", "entity", "date_create"}, claims: claimSlack, fill: fillSlack}

var slackSources = []string{":slack:audit"}

var slackMapping = newMapping(
	nameGroup{rule{column: event.EventTime, as: asUTC}, []string{"date_create"}},
	nameGroup{rule{column: event.Action, as: asText}, []string{"action"}},
	nameGroup{rule{column: event.UserName, as: asText}, []string{"actor.user.email"}},
	nameGroup{rule{column: event.UserName, as: asText, rank: 1}, []string{"actor.user.name"}},
	nameGroup{rule{column: event.TargetUserName, as: asText}, []string{"entity.user.email"}},
	nameGroup{rule{column: event.TargetUserName, as: asText, rank: 1}, []string{"entity.user.name"}},
	nameGroup{rule{column: event.FilePath, as: asText}, []string{"entity.file.name"}},
	nameGroup{rule{column: event.SourceIP, as: asIP}, []string{"context.ip_address"}},
	nameGroup{rule{column: event.UserAgent, as: asText}, []string{"context.ua"}},
	nameGroup{rule{column: event.SessionID, as: asCode}, []string{"context.session_id"}},
)

func claimSlack(o *object) int {
	action := o.text("action")
	if action == "" || !isSnake(strings.ReplaceAll(action, ".", "_")) {
		return 0
	}
	actor := o.find("actor")
	kind := scalarText(actor.inner("type"))
	place := o.find("context").inner("location") != nil || o.find("context").inner("ua") != nil
	switch {
	case actor.inner(kind) != nil && kind != "" && (o.has("context") || o.has("entity") || o.has("date_create")):
		return 85
	case place && o.has("date_create"):
		return 70
	default:
		return 0
	}
}

func fillSlack(o *object, c *Context, e *event.Event) error {
	action := o.text("action")
	o.flatten(slackMapping)
	slackMapping.fill(o.members, c, e)
	e.SetText(event.Vendor, "slack")
	e.SetText(event.Product, "slack")
	e.SetText(event.Service, "audit")
	e.SetList(event.LogSource, slackSources)
	e.SetText(event.EventType, slackType(action))
	switch action {
	case "user_login", "user_logout":
		e.SetText(event.Outcome, event.Success)
	case "user_login_failed":
		e.SetText(event.Outcome, event.Failure)
	}
	return nil
}

func slackType(action string) string {
	switch action {
	case "user_login", "user_login_failed":
		return event.AuthLogin
	case "user_logout":
		return event.AuthLogout
	case "anomaly":
		return event.IDSAlert
	case "owner_transferred", "guest_created", "guest_deactivated", "guest_reactivated", "guest_expiration_set":
		return event.AccountChange
	}
	if strings.HasPrefix(action, "user_") && !strings.HasPrefix(action, "user_channel_") || strings.HasPrefix(action, "role_change_to_") {
		return event.AccountChange
	}
	return event.CloudAPI
}
