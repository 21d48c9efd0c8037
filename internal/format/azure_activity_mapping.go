package format

import "github.com/goshawk-siem/goshawk/internal/event"

const (
	claimUPN  = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"
	claimName = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"
	claimMail = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"
)

// azureMapping has the names of the activity log's shapes and of the properties
// of resource logs.
var azureMapping = newMapping(
	nameGroup{rule{column: event.EventTime, as: asUTC}, []string{"time", "timeStamp", "eventTimestamp", "event_timestamp", "TimeGenerated"}},
	nameGroup{rule{column: event.Action, as: asText}, []string{"properties.action", "properties.Action"}},
	nameGroup{rule{column: event.Action, as: asText, rank: 1}, []string{
		"operationName", "operationName.value", "operation_name.value", "OperationNameValue",
	}},
	nameGroup{rule{column: event.Action, as: asText, rank: 2}, []string{"OperationName"}},
	nameGroup{rule{column: event.SourceIP, as: asIP}, []string{
		"callerIpAddress", "CallerIpAddress", "CallerIPAddress", "httpRequest.clientIpAddress", "http_request.client_ip_address", "HTTPRequest.clientIpAddress",
	}},
	nameGroup{rule{column: event.SourceIP, as: asIP, rank: 1}, []string{
		"properties.clientIP", "properties.clientIp", "properties.SourceIp", "properties.SourceIP", "properties.CIp",
		"identity.claims.ipaddr", "claims.ipaddr",
	}},
	nameGroup{rule{column: event.URLQuery, as: asText, rank: 3}, []string{"properties.requestQuery"}},
	nameGroup{rule{column: event.SourcePort, as: asPort}, []string{"properties.clientPort", "properties.SourcePort"}},
	nameGroup{rule{column: event.DestinationIP, as: asIP}, []string{"properties.DestinationIp", "properties.DestinationIP"}},
	nameGroup{rule{column: event.DestinationPort, as: asPort}, []string{"properties.DestinationPort"}},
	nameGroup{rule{column: event.NetworkProtocol, as: asProtocol}, []string{"properties.Protocol"}},
	nameGroup{rule{column: event.UserName, as: asText}, []string{
		"caller", "Caller", "identity.requester.upn", "identity.claims." + claimUPN, "identity.claim." + claimUPN, "identity.claim.upn", "claims." + claimUPN,
	}},
	nameGroup{rule{column: event.UserName, as: asText, rank: 1}, []string{
		"identity.claims." + claimName, "identity.claim." + claimName, "claims." + claimName,
	}},
	nameGroup{rule{column: event.UserName, as: asText, rank: 2}, []string{"identity.claims." + claimMail, "claims." + claimMail}},
	nameGroup{rule{column: event.CloudAccount, as: asCode}, []string{"subscriptionId", "subscription_id", "SubscriptionId"}},
	nameGroup{rule{column: event.CloudRegion, as: asText}, []string{"location"}},
	nameGroup{rule{column: event.Severity, as: asCode}, []string{"level", "Level"}},
	nameGroup{rule{column: event.Message, as: asText}, []string{"description", "resultDescription", "properties.message", "properties.Message", "properties.msg"}},
	nameGroup{rule{column: event.UserAgent, as: asText}, []string{
		"properties.userAgent", "properties.userAgentHeader", "properties.clientInfo", "properties.UserAgent",
	}},
	nameGroup{rule{column: event.HTTPMethod, as: asMethod}, []string{
		"properties.httpMethod", "properties.CsMethod", "httpRequest.method", "http_request.method", "HTTPRequest.method",
	}},
	nameGroup{rule{column: event.RequestPath, as: asTarget, rank: 1}, []string{"properties.originalRequestUriWithArgs"}},
	nameGroup{rule{column: event.RequestPath, as: asTarget, rank: 2}, []string{
		"properties.requestUri", "uri", "properties.CsUriStem", "properties.requestUrl",
	}},
	nameGroup{rule{column: event.HTTPVersion, as: asVersion}, []string{"properties.httpVersion"}},
	nameGroup{rule{column: event.HTTPHost, as: asText}, []string{
		"properties.originalHost", "properties.hostName", "properties.hostname", "properties.CsHost", "properties.Fqdn",
	}},
	nameGroup{rule{column: event.HTTPHost, as: asText, rank: 1}, []string{"properties.host"}},
	nameGroup{rule{column: event.StatusCode, as: asStatus}, []string{
		"properties.httpStatus", "properties.httpStatusCode", "statusCode", "properties.statusCode", "properties.ScStatus",
	}},
	nameGroup{rule{column: event.ResponseSizeBytes, as: asCount}, []string{
		"properties.sentBytes", "properties.responseBytes", "properties.responseBodySize", "properties.ScBytes",
	}},
	nameGroup{rule{column: event.Referrer, as: asText}, []string{"properties.referer", "properties.referrerHeader"}},
	nameGroup{rule{column: event.RuleID, as: asCode}, []string{"properties.ruleId", "properties.SignatureId"}},
	nameGroup{rule{column: event.RuleName, as: asText}, []string{"properties.ruleName", "properties.Rule"}},
	nameGroup{rule{column: event.DNSQuery, as: asText}, []string{"properties.QueryName"}},
	nameGroup{rule{column: event.DNSType, as: asText}, []string{"properties.QueryType"}},
)
