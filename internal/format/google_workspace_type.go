package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// workspaceType returns the event type of an event of an application; kind is the
// event's own type.
func workspaceType(application, kind, name string) string {
	switch application {
	case "login", "saml":
		switch {
		case strings.HasPrefix(name, "login_"), name == "suspicious_login", name == "suspicious_login_less_secure_app", name == "risky_sensitive_action_allowed":
			return event.AuthLogin
		case name == "logout":
			return event.AuthLogout
		default:
			return event.AccountChange
		}
	case "user_accounts", "groups", "groups_enterprise":
		return event.AccountChange
	case "admin":
		switch kind {
		case "USER_SETTINGS", "GROUP_SETTINGS", "DELEGATED_ADMIN_SETTINGS":
			return event.AccountChange
		}
	case "drive":
		switch name {
		case "create", "upload", "edit", "delete", "trash", "untrash", "rename", "move", "copy":
			return event.FileChange
		}
	case "gmail":
		return event.Email
	case "rules":
		return event.IDSAlert
	}
	return event.CloudAPI
}

// workspaceOutcome goes by the event's name and, of challenges and mail, by what
// the parameters say. Other events say only that somebody did it.
func workspaceOutcome(o *object, name string) string {
	switch {
	case strings.HasSuffix(name, "_success"):
		return event.Success
	case strings.HasSuffix(name, "_failure"):
		return event.Failure
	}
	switch o.text("parameters.login_challenge_status") + o.at("login", "login_challenge_status") {
	case "passed", "Challenge Passed.":
		return event.Success
	case "failed", "Challenge Failed.":
		return event.Failure
	}
	if m := o.find("parameters.event_info").inner("success"); m != nil && m.kind == event.KindBool {
		if m.text == "true" {
			return event.Success
		}
		return event.Failure
	}
	return event.Unknown
}
