package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// azureADMapping has the names of all three shapes: at the top and in properties
// as diagnostic settings write them, at the top in Microsoft Graph, with capitals
// in Log Analytics. Some shippers write the top ones in lower case.
var azureADMapping = newMapping(
	nameGroup{rule{column: event.EventTime, as: asUTC}, []string{
		"properties.createdDateTime", "properties.activityDateTime", "properties.detectedDateTime", "properties.riskLastUpdatedDateTime",
		"createdDateTime", "activityDateTime", "detectedDateTime", "riskLastUpdatedDateTime",
		"CreatedDateTime", "ActivityDateTime", "DetectedDateTime", "RiskLastUpdatedDateTime",
	}},
	nameGroup{rule{column: event.EventTime, as: asUTC, rank: 1}, []string{"time", "TimeGenerated"}},
	nameGroup{rule{column: event.Action, as: asText}, []string{"operationName", "operationname", "OperationName"}},
	nameGroup{rule{column: event.Action, as: asText, rank: 1}, []string{
		"activityDisplayName", "properties.activityDisplayName", "ActivityDisplayName", "properties.provisioningAction", "provisioningAction",
	}},
	nameGroup{rule{column: event.SourceIP, as: asIP}, []string{"properties.ipAddress", "ipAddress", "IPAddress", "IpAddress"}},
	nameGroup{rule{column: event.SourceIP, as: asIP, rank: 1}, []string{
		"properties.initiatedBy.user.ipAddress", "initiatedBy.user.ipAddress", "InitiatedBy.user.ipAddress",
	}},
	nameGroup{rule{column: event.SourceIP, as: asIP, rank: 2}, []string{"callerIpAddress", "calleripaddress", "CallerIPAddress"}},
	nameGroup{rule{column: event.UserName, as: asText}, []string{
		"properties.userPrincipalName", "userPrincipalName", "UserPrincipalName",
		"properties.initiatedBy.user.userPrincipalName", "initiatedBy.user.userPrincipalName", "InitiatedBy.user.userPrincipalName",
	}},
	nameGroup{rule{column: event.UserName, as: asText, rank: 1}, []string{
		"properties.servicePrincipalName", "servicePrincipalName", "ServicePrincipalName",
		"properties.initiatedBy.app.displayName", "initiatedBy.app.displayName", "InitiatedBy.app.displayName",
	}},
	nameGroup{rule{column: event.UserAgent, as: asText}, []string{"properties.userAgent", "userAgent", "UserAgent"}},
	nameGroup{rule{column: event.SessionID, as: asText}, []string{"properties.sessionId", "sessionId", "SessionId"}},
	nameGroup{rule{column: event.Severity, as: asCode}, []string{"properties.riskLevel", "riskLevel", "RiskLevel"}},
	nameGroup{rule{column: event.Severity, as: asCode, rank: 1}, []string{"Level", "level"}},
	nameGroup{rule{column: event.RuleName, as: asText}, []string{"properties.riskEventType", "riskEventType", "RiskEventType"}},
	nameGroup{rule{column: event.HTTPMethod, as: asMethod}, []string{"properties.requestMethod", "RequestMethod"}},
	nameGroup{rule{column: event.RequestPath, as: asTarget, rank: 1}, []string{"properties.requestUri", "RequestUri"}},
	nameGroup{rule{column: event.StatusCode, as: asStatus}, []string{"properties.responseStatusCode", "ResponseStatusCode"}},
	nameGroup{rule{column: event.ResponseSizeBytes, as: asCount}, []string{"properties.responseSizeBytes", "ResponseSizeBytes"}},
)

// adExtra is what additional details, a list of keys and values, say that has a
// column.
type adExtra struct{ agent string }

func adDetails(o *object) (x adExtra) {
	list := o.find("additionalDetails")
	if list == nil {
		list = o.find("AdditionalDetails")
	}
	if list == nil {
		if p := o.find("properties"); p != nil {
			list = p.inner("additionalDetails")
		}
	}
	for one := range list.elements() {
		if scalarText(one.inner("key")) == "User-Agent" {
			x.agent = scalarText(one.inner("value"))
		}
	}
	return x
}

// setADTarget takes the first user that an audit record is about.
func setADTarget(o *object, e *event.Event) {
	for _, name := range [...]string{"properties.targetResources", "targetResources", "TargetResources"} {
		for target := range o.find(name).elements() {
			if scalarText(target.inner("type")) == "User" {
				fillAbsent(e, event.TargetUserName, scalarText(target.inner("userPrincipalName")))
			}
		}
	}
}

// adOutcome reads how it ended: a sign-in by its error's code, 0 for none; the
// rest by the word for the result.
func adOutcome(o *object, kind *adKind) string {
	if kind == adSignIn {
		for _, name := range [...]string{
			"properties.status", "status", "Status", "resultType", "resulttype", "ResultType",
		} {
			m := o.find(name)
			if m != nil && m.kind == event.KindObject {
				m = m.inner("errorCode")
			}
			switch code := scalarText(m); {
			case code == "0":
				return event.Success
			case code != "" && isDigit(code[0]):
				return event.Failure
			case resultOutcome(code) != event.Unknown:
				return resultOutcome(code)
			}
		}
		return event.Unknown
	}
	for _, name := range [...]string{
		"properties.result", "result", "Result", "properties.provisioningStatusInfo", "provisioningStatusInfo", "properties.responseStatusCode",
		"ResponseStatusCode", "resultType", "ResultType", "resultSignature",
	} {
		m := o.find(name)
		if m != nil && m.kind == event.KindObject {
			m = m.inner("status")
		}
		text := scalarText(m)
		if code, ok := parseUint(text); ok && code >= 100 {
			return httpOutcome(code)
		}
		if said := resultOutcome(text); said != event.Unknown {
			return said
		}
	}
	return event.Unknown
}

// resultOutcome returns what a word for a result means in Azure.
func resultOutcome(word string) string {
	switch {
	case equalFoldAny(word, "success", "succeeded", "successful"):
		return event.Success
	case equalFoldAny(word, "failure", "failed", "fail", "timeout", "error", "denied"):
		return event.Failure
	default:
		return event.Unknown
	}
}

func equalFoldAny(s string, words ...string) bool {
	for _, word := range words {
		if strings.EqualFold(s, word) {
			return true
		}
	}
	return false
}
