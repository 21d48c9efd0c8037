package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var googleWorkspace = &Format{
	Name:  "google_workspace",
	Title: "Google Workspace",
	Doc: "Activities of the Reports API of Google Workspace (admin, login, drive, token, SAML, groups, Gmail and any other application) as the " +
		"API lists them, with one event at a time, or flattened, rows of the BigQuery export, and alerts of the Alert Center. It promises an " +
		"application with an event's name. Source: https://developers.google.com/admin-sdk/reports/reference/rest/v1/activities/list",
	Parse: func(line string, c *Context, e *event.Event) error {
		return parseDocument(line, &workspaceDocument, c, e)
	},
	Match:    noText,
	document: &workspaceDocument,
}

var workspaceDocument = documentKind{
	keys:   []string{"id", "events", "kind", "record_type", "alertId"},
	claims: claimWorkspace,
	fill:   fillWorkspace,
}

var workspaceMapping = newMapping(
	nameGroup{rule{column: event.EventTime, as: asUTC}, []string{"id.time", "time_usec"}},
	nameGroup{rule{column: event.EventTime, as: asUTC, rank: 1}, []string{"createTime", "startTime"}},
	nameGroup{rule{column: event.Action, as: asText}, []string{"name", "event_name"}},
	nameGroup{rule{column: event.Service, as: asText}, []string{"id.applicationName", "record_type"}},
	nameGroup{rule{column: event.UserName, as: asText}, []string{"actor.email", "email"}},
	nameGroup{rule{column: event.SourceIP, as: asIP}, []string{"ipAddress", "ip_address"}},
	nameGroup{rule{column: event.TargetUserName, as: asText}, []string{
		"parameters.USER_EMAIL", "parameters.target_user", "parameters.affected_email_address", "login.affected_email_address", "admin.user_email",
	}},
	nameGroup{rule{column: event.UserAgent, as: asText}, []string{"parameters.user_agent", "parameters.USER_AGENT"}},
	nameGroup{rule{column: event.FilePath, as: asText}, []string{"parameters.doc_title", "drive.doc_title"}},
	nameGroup{rule{column: event.RuleName, as: asText}, []string{"parameters.rule_name", "rules.rule_name"}},
	nameGroup{rule{column: event.Severity, as: asText}, []string{"parameters.severity", "metadata.severity", "rules.severity"}},
	nameGroup{rule{column: event.EmailFrom, as: asText}, []string{"parameters.message_info.source.address"}},
)

func claimWorkspace(o *object) int {
	if m := o.find("id"); m != nil && m.kind == event.KindObject && scalarText(m.inner("applicationName")) != "" && (o.has("events") || o.has("name") || o.has("parameters")) {
		return 90
	}
	switch {
	case strings.HasSuffix(o.text("kind"), "reports#activity") && (o.has("events") || o.has("name")):
		return 90
	case o.text("record_type") != "" && o.text("event_name") != "" && o.has("time_usec"):
		return 85
	case isWorkspaceAlert(o):
		return 85
	default:
		return 0
	}
}

func isWorkspaceAlert(o *object) bool {
	return o.has("alertId") && strings.HasPrefix(o.at("data", "@type"), "type.googleapis.com/google.apps.alertcenter")
}

func fillWorkspace(o *object, c *Context, e *event.Event) error {
	e.SetText(event.Vendor, "google")
	e.SetText(event.Product, "google_workspace")
	if isWorkspaceAlert(o) {
		e.SetText(event.RuleName, o.take("type"))
		e.SetText(event.RuleID, o.take("alertId"))
		workspaceMapping.fill(o.members, c, e)
		e.SetText(event.Service, "alertcenter")
		e.SetText(event.EventType, event.IDSAlert)
		return nil
	}
	application := o.at("id", "applicationName")
	if application == "" {
		application = o.text("record_type")
	}
	kind := liftEvent(o)
	if kind == "" {
		kind = o.text("type") + o.text("event_type")
	}
	name := o.text("name") + o.text("event_name")
	setDestinations(o, e)
	o.flatten(workspaceMapping)
	outcome := workspaceOutcome(o, name)
	workspaceMapping.fill(o.members, c, e)
	e.SetText(event.EventType, workspaceType(application, kind, name))
	e.SetText(event.Outcome, outcome)
	if known, ok := workspaceApps[application]; ok {
		e.SetList(event.LogSource, known.sources)
		e.SetExtraText("eventService", known.service)
		if application == "login" {
			e.SetExtraText("eventName", name)
		}
	}
	return nil
}

// workspaceApp is what rules call an application.
type workspaceApp struct {
	service string
	sources []string
}

var workspaceApps = map[string]workspaceApp{
	"admin":         {"admin.googleapis.com", []string{":gcp:google_workspace.admin"}},
	"login":         {"login.googleapis.com", []string{":gcp:google_workspace.login"}},
	"drive":         {"drive.googleapis.com", []string{":gcp:google_workspace.drive"}},
	"gmail":         {"gmail.googleapis.com", []string{":gcp:google_workspace.gmail"}},
	"token":         {"oauth2.googleapis.com", []string{":gcp:google_workspace.token"}},
	"saml":          {"saml.googleapis.com", []string{":gcp:google_workspace.saml"}},
	"user_accounts": {"accounts.googleapis.com", []string{":gcp:google_workspace.user_accounts"}},
	"groups":        {"groups.googleapis.com", []string{":gcp:google_workspace.groups"}},
}

// liftEvent puts the members of the event that an activity is about at the top:
// its only one, or that of several which is the primary one, else the first. Its
// parameters become an object. It returns the event's type.
func liftEvent(o *object) (kind string) {
	list := o.find("events")
	if list == nil {
		return ""
	}
	chosen, n := list, 1
	if list.kind == event.KindArray {
		chosen, n = list.first()
		if n > 1 {
			chosen = primaryEvent(list, chosen)
		}
	}
	for _, m := range chosen.fields() {
		if o.has(m.name) {
			continue
		}
		switch {
		case m.name == "parameters" && m.kind == event.KindArray:
			m.kind, m.text = event.KindObject, parametersObject(&m)
		case m.name == "type":
			kind = scalarText(&m)
		}
		o.members = append(o.members, m)
	}
	// Of several events the others are nowhere else. The slice may have moved.
	o.find("events").done = n == 1
	return kind
}

// primaryEvent returns the event with a parameter primary_event that is true,
// else the first.
func primaryEvent(list, first *member) *member {
	for one := range list.elements() {
		for parameter := range one.inner("parameters").elements() {
			if scalarText(parameter.inner("name")) != "primary_event" {
				continue
			}
			if value := parameter.inner("boolValue"); value != nil && value.text == "true" {
				return one
			}
		}
	}
	return first
}

// parametersObject makes one JSON object of a list of names and values.
func parametersObject(list *member) string {
	out := make([]byte, 0, len(list.text)+2)
	out = append(out, '{')
	var space [8]member
	for one := range list.elements() {
		if one.kind != event.KindObject {
			continue
		}
		j := jsonScanner{s: one.text}
		fields := j.object("", space[:0])
		name := findMember(fields, "name")
		if name == nil || name.kind != event.KindString {
			continue
		}
		value := parameterValue(fields)
		if value == nil {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, '"'), name.text...), `":`...)
		if value.kind == event.KindString {
			out = append(append(append(out, '"'), value.text...), '"')
		} else {
			out = append(out, value.text...)
		}
	}
	return string(append(out, '}'))
}

func parameterValue(fields []member) *member {
	for _, name := range [...]string{"value", "intValue", "boolValue", "multiValue", "multiIntValue", "messageValue", "multiMessageValue"} {
		if m := findMember(fields, name); m != nil {
			return m
		}
	}
	return nil
}

// setDestinations takes the recipients of a mail, and the hash of its one
// attachment.
func setDestinations(o *object, e *event.Event) {
	info := o.find("parameters").inner("message_info")
	if info == nil {
		return
	}
	for destination := range info.inner("destination").elements() {
		if address := scalarText(destination.inner("address")); address != "" && len(e.List(event.EmailTo)) < maxListed {
			e.Append(event.EmailTo, address)
		}
	}
	if hash := scalarText(info.inner("attachment").inner("sha256")); hash != "" {
		e.SetText(event.FileHash, strings.ToLower(hash))
	}
}
