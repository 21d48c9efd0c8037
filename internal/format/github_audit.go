package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var githubAudit = &Format{
	Name:  "github_audit",
	Title: "GitHub audit log",
	Doc: "Events of the audit log of GitHub organizations and enterprises, of the API, the stream and GitHub Enterprise Server, Git and API " +
		"requests included. It promises an action of two words with a dot between them and something of GitHub beside it. " +
		"Source: https://docs.github.com/en/organizations/keeping-your-organization-secure/managing-security-settings-for-your-organization/audit-log-events-for-your-organization",
	Parse:    func(line string, c *Context, e *event.Event) error { return parseDocument(line, &githubDocument, c, e) },
	Match:    noText,
	document: &githubDocument,
}

var githubDocument = documentKind{
	keys: []string{
		"_document_id", "actor", "actor_location", "actor_ip", "org", "business", "operation_type", "repo", "programmatic_access_type",
	},
	claims: claimGitHub,
	fill:   fillGitHub,
}

var githubSources = []string{":github:audit"}

var githubMapping = newMapping(
	nameGroup{rule{column: event.EventTime, as: asUTC}, []string{"@timestamp"}},
	nameGroup{rule{column: event.EventTime, as: asUTC, rank: 1}, []string{"created_at", "at_sign_timestamp"}},
	nameGroup{rule{column: event.Action, as: asText}, []string{"action"}},
	nameGroup{rule{column: event.UserName, as: asText}, []string{"actor"}},
	nameGroup{rule{column: event.TargetUserName, as: asText}, []string{"user"}},
	nameGroup{rule{column: event.SourceIP, as: asIP}, []string{"actor_ip"}},
	nameGroup{rule{column: event.UserAgent, as: asText}, []string{"user_agent"}},
	nameGroup{rule{column: event.HTTPMethod, as: asMethod}, []string{"request_method"}},
	nameGroup{rule{column: event.RequestPath, as: asTarget, rank: 1}, []string{"url_path"}},
	nameGroup{rule{column: event.URLQuery, as: asText, rank: 2}, []string{"query_string"}},
	nameGroup{rule{column: event.StatusCode, as: asStatus}, []string{"status_code"}},
)

func claimGitHub(o *object) int {
	first, second, ok := strings.Cut(o.text("action"), ".")
	if !ok || !isSnake(first) || !isSnake(strings.ReplaceAll(second, ".", "_")) {
		return 0
	}
	if m := o.find("actor"); m != nil && m.kind == event.KindObject {
		return 0
	}
	known := 0
	for _, name := range [...]string{"actor", "org", "repo", "business", "actor_location", "actor_ip", "actor_id", "operation_type", "programmatic_access_type"} {
		if o.has(name) {
			known++
		}
	}
	switch {
	case o.has("_document_id"):
		return 90
	case known > 1 || known == 1 && (o.has("created_at") || o.has("@timestamp")):
		return 70
	default:
		return 0
	}
}

// isSnake reports whether s is a word of small letters, digits and underscores.
func isSnake(s string) bool {
	for i := range len(s) {
		if b := s[i]; b != '_' && !isDigit(b) && (b < 'a' || b > 'z') {
			return false
		}
	}
	return s != ""
}

func fillGitHub(o *object, c *Context, e *event.Event) error {
	e.SetText(event.Vendor, "github")
	e.SetText(event.Product, "github")
	e.SetText(event.Service, "audit")
	action, conclusion := o.text("action"), o.text("conclusion")
	githubMapping.fill(o.members, c, e)
	e.SetText(event.EventType, githubType(action))
	e.SetText(event.Outcome, githubOutcome(action, conclusion, e))
	e.SetList(event.LogSource, githubSources)
	return nil
}

func githubType(action string) string {
	switch action {
	case "user.login", "user.failed_login", "user.two_factor_requested", "user.two_factor_challenge_failure", "user.two_factor_challenge_success",
		"org.sso_response", "business.sso_response":
		return event.AuthLogin
	case "user.logout":
		return event.AuthLogout
	case "user.create", "user.delete", "user.suspend", "user.unsuspend", "user.rename", "user.promote", "user.demote",
		"user.change_password", "user.reset_password", "user.forgot_password", "user.add_email", "user.remove_email",
		"two_factor_authentication.enabled", "two_factor_authentication.disabled",
		"repo.update_member", "org.update_member", "org.remove_outside_collaborator",
		"business.add_admin", "business.remove_admin", "business.invite_admin",
		"org.invite_member", "org.add_outside_collaborator", "org.add_billing_manager", "org.remove_billing_manager":
		return event.AccountChange
	}
	if strings.HasSuffix(action, ".add_member") || strings.HasSuffix(action, ".remove_member") {
		return event.AccountChange
	}
	return event.CloudAPI
}

// githubOutcome knows how sign-ins, API requests and workflows ended. Of other
// actions the log says only that somebody took them.
func githubOutcome(action, conclusion string, e *event.Event) string {
	switch {
	case e.Has(event.StatusCode):
		return httpOutcome(e.Int(event.StatusCode))
	case action == "user.login", action == "user.two_factor_challenge_success", conclusion == "success":
		return event.Success
	case action == "user.failed_login", action == "user.two_factor_challenge_failure", conclusion == "failure":
		return event.Failure
	default:
		return event.Unknown
	}
}
