package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var oktaFormat = &Format{
	Name:  "okta",
	Title: "Okta System Log",
	Doc: "Events of the Okta System Log API: sign-ins, changes of users, groups, applications, policies and factors, bare, in an EventBridge " +
		"envelope, or in an event hook of one. It promises an event type with an actor or a message. " +
		"Source: https://developer.okta.com/docs/api/openapi/okta-management/management/tag/SystemLog/",
	Parse:    func(line string, c *Context, e *event.Event) error { return parseDocument(line, &oktaDocument, c, e) },
	Match:    noText,
	document: &oktaDocument,
}

var oktaDocument = documentKind{
	keys: []string{
		"debugContext", "debugcontext", "displayMessage", "displaymessage", "legacyEventType", "legacyeventtype", "securityContext",
		"published", "detail-type", "data",
	},
	claims: claimOkta,
	fill:   fillOkta,
}

var oktaSources = []string{":okta:okta"}

// Some shippers write the names of the top members in lower case.
var oktaMapping = newMapping(
	nameGroup{rule{column: event.EventTime, as: asUTC}, []string{"published"}},
	nameGroup{rule{column: event.Action, as: asText}, []string{"eventType", "eventtype"}},
	nameGroup{rule{column: event.Message, as: asText}, []string{"displayMessage", "displaymessage"}},
	nameGroup{rule{column: event.Severity, as: asText}, []string{"severity"}},
	nameGroup{rule{column: event.UserName, as: asText}, []string{"actor.alternateId"}},
	nameGroup{rule{column: event.SourceIP, as: asIP}, []string{"client.ipAddress"}},
	nameGroup{rule{column: event.UserAgent, as: asText}, []string{"client.userAgent.rawUserAgent"}},
	nameGroup{rule{column: event.SessionID, as: asText}, []string{
		"authenticationContext.externalSessionId", "authenticationcontext.externalSessionId",
	}},
	nameGroup{rule{column: event.RequestPath, as: asTarget}, []string{"debugContext.debugData.url", "debugcontext.debugData.url"}},
	nameGroup{rule{column: event.RequestPath, as: asTarget, rank: 1}, []string{
		"debugContext.debugData.requestUri", "debugcontext.debugData.requestUri",
	}},
)

func claimOkta(o *object) int {
	switch {
	case isOktaEvent(o):
		return 90
	case isBridged(o):
		if strings.HasPrefix(o.text("source"), "aws.partner/okta") {
			return 90
		}
	case strings.HasPrefix(o.text("eventType"), "com.okta.event_hook"):
		return 90
	}
	return 0
}

// isOktaEvent looks at a bare event.
func isOktaEvent(o *object) bool {
	if o.text("eventType") == "" && o.text("eventtype") == "" {
		return false
	}
	actor := o.find("actor")
	known := 0
	for _, name := range [...]string{"published", "displayMessage", "displaymessage", "legacyEventType", "legacyeventtype", "debugContext", "debugcontext", "outcome", "client"} {
		if o.has(name) {
			known++
		}
	}
	return known > 2 || known > 0 && actor != nil && (actor.inner("alternateId") != nil || actor.inner("type") != nil)
}

func fillOkta(o *object, c *Context, e *event.Event) error {
	switch {
	case isOktaEvent(o):
	case isBridged(o):
		return fillBridged(o, c, e, fillOkta)
	default:
		return fillOktaHook(o, c, e)
	}
	e.SetText(event.Vendor, "okta")
	e.SetText(event.Product, "okta")
	e.SetList(event.LogSource, oktaSources)
	action := o.text("eventType") + o.text("eventtype")
	e.SetText(event.EventType, oktaType(action))
	e.SetText(event.Outcome, oktaOutcome(o.at("outcome", "result")))
	setOktaTargets(o, e)
	o.flatten(oktaMapping)
	oktaMapping.fill(o.members, c, e)
	demoteUnknown(e, event.UserName, "actor.alternateId")
	demoteUnknown(e, event.SessionID, "authenticationContext.externalSessionId")
	return nil
}

// demoteUnknown moves the word that Okta writes for a name or session it does not
// have out of the column.
func demoteUnknown(e *event.Event, c event.Column, name string) {
	if e.Text(c) == "unknown" {
		e.Clear(c)
		e.SetExtraText(name, "unknown")
	}
}

// fillOktaHook reads an event hook, which carries a list of events.
func fillOktaHook(o *object, c *Context, e *event.Event) error {
	data := o.find("data").innerObject()
	if data == nil {
		return &Error{Reason: "expected an event type with an actor or a message"}
	}
	defer data.release()
	if err := fillRecord(data, "events", c, e, fillOkta); err != nil {
		return err
	}
	o.find("data").done = true
	fillAround(o, new(mapping), c, e)
	return nil
}

// oktaType sorts event types by their first words.
func oktaType(action string) string {
	for _, kind := range oktaTypes {
		if strings.HasPrefix(action, kind.prefix) {
			return kind.eventType
		}
	}
	return event.CloudAPI
}

// oktaTypes are the beginnings of event types; the first that fits counts.
var oktaTypes = []struct{ prefix, eventType string }{
	{"user.session.start", event.AuthLogin},
	{"user.session.end", event.AuthLogout},
	{"user.session.clear", event.AuthLogout},
	{"user.session.expire", event.AuthLogout},
	{"user.session.impersonation.", event.AuthPrivilege},
	{"user.authentication.", event.AuthLogin},
	{"user.mfa.attempt_bypass", event.AuthLogin},
	{"user.mfa.okta_verify.", event.AuthLogin},
	{"user.mfa.factor.", event.AccountChange},
	{"user.account.", event.AccountChange},
	{"user.lifecycle.", event.AccountChange},
	{"user.credential.", event.AccountChange},
	{"user.import.", event.AccountChange},
	{"group.lifecycle.", event.AccountChange},
	{"group.user_membership.", event.AccountChange},
	{"group.privilege.", event.AccountChange},
	{"group.application_assignment.", event.AccountChange},
	{"application.user_membership.", event.AccountChange},
	{"policy.evaluate_sign_on", event.AuthLogin},
	{"app.oauth2.signon", event.AuthLogin},
	{"security.threat.detected", event.IDSAlert},
	{"security.attack.", event.IDSAlert},
}

func oktaOutcome(result string) string {
	switch result {
	case "SUCCESS", "ALLOW":
		return event.Success
	case "FAILURE", "DENY":
		return event.Failure
	default:
		return event.Unknown
	}
}

// setOktaTargets takes the first user that something was done to, and the rule of
// a policy that decided. The targets stay whole in extra.
func setOktaTargets(o *object, e *event.Event) {
	for target := range o.find("target").elements() {
		switch scalarText(target.inner("type")) {
		case "User":
			if name := scalarText(target.inner("alternateId")); name != "unknown" {
				fillAbsent(e, event.TargetUserName, name)
			}
		case "Rule", "PolicyRule":
			fillAbsent(e, event.RuleName, scalarText(target.inner("displayName")))
			fillAbsent(e, event.RuleID, scalarText(target.inner("id")))
		}
	}
}
