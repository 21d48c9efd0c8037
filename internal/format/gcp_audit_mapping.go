package format

import "github.com/goshawk-siem/goshawk/internal/event"

// gcpMapping has the names of entries and of the payloads of known logs. Some
// shippers write the top ones in lower case.
var gcpMapping = newMapping(
	nameGroup{rule{column: event.EventTime, as: asUTC}, []string{"timestamp"}},
	nameGroup{rule{column: event.EventTime, as: asUTC, rank: 1}, []string{"receiveTimestamp", "receivetimestamp"}},
	nameGroup{rule{column: event.Action, as: asText}, []string{"protoPayload.methodName", "protopayload.methodName", "jsonPayload.disposition"}},
	nameGroup{rule{column: event.Service, as: asText}, []string{"protoPayload.serviceName", "protopayload.serviceName"}},
	nameGroup{rule{column: event.UserName, as: asText}, []string{
		"protoPayload.authenticationInfo.principalEmail", "protopayload.authenticationInfo.principalEmail",
	}},
	nameGroup{rule{column: event.SourceIP, as: asIP}, []string{
		"protoPayload.requestMetadata.callerIp", "protoPayload.requestMetadata.callerIP", "protopayload.requestMetadata.callerIp",
		"protopayload.requestMetadata.callerIP", "jsonPayload.connection.src_ip", "jsonPayload.sourceIP", "httpRequest.remoteIp",
	}},
	nameGroup{rule{column: event.SourcePort, as: asPort}, []string{"jsonPayload.connection.src_port"}},
	nameGroup{rule{column: event.DestinationIP, as: asIP}, []string{"jsonPayload.connection.dest_ip", "jsonPayload.destinationIP", "httpRequest.serverIp"}},
	nameGroup{rule{column: event.DestinationPort, as: asPort}, []string{"jsonPayload.connection.dest_port"}},
	nameGroup{rule{column: event.NetworkProtocol, as: asProtocol}, []string{"jsonPayload.protocol"}},
	nameGroup{rule{column: event.NetworkBytes, as: asCount}, []string{"jsonPayload.bytes_sent"}},
	nameGroup{rule{column: event.UserAgent, as: asText}, []string{
		"protoPayload.requestMetadata.callerSuppliedUserAgent", "protopayload.requestMetadata.callerSuppliedUserAgent", "httpRequest.userAgent",
	}},
	nameGroup{rule{column: event.CloudAccount, as: asCode}, []string{"resource.labels.project_id"}},
	nameGroup{rule{column: event.CloudRegion, as: asText}, []string{"resource.labels.region", "resource.labels.location"}},
	nameGroup{rule{column: event.HostName, as: asText}, []string{"labels.compute.googleapis.com/resource_name"}},
	nameGroup{rule{column: event.Severity, as: asText}, []string{"severity"}},
	nameGroup{rule{column: event.Message, as: asText}, []string{"textPayload", "jsonPayload.message", "jsonPayload.MESSAGE"}},
	nameGroup{rule{column: event.HTTPMethod, as: asMethod}, []string{"httpRequest.requestMethod"}},
	nameGroup{rule{column: event.RequestPath, as: asTarget, rank: 1}, []string{"httpRequest.requestUrl"}},
	nameGroup{rule{column: event.StatusCode, as: asStatus}, []string{"httpRequest.status"}},
	nameGroup{rule{column: event.ResponseSizeBytes, as: asCount}, []string{"httpRequest.responseSize"}},
	nameGroup{rule{column: event.Referrer, as: asText}, []string{"httpRequest.referer"}},
	nameGroup{rule{column: event.HTTPVersion, as: asVersion}, []string{"httpRequest.protocol"}},
	nameGroup{rule{column: event.RuleName, as: asText}, []string{"jsonPayload.rule_details.reference", "jsonPayload.enforcedSecurityPolicy.name"}},
	nameGroup{rule{column: event.DNSQuery, as: asText}, []string{"jsonPayload.queryName"}},
	nameGroup{rule{column: event.DNSType, as: asText}, []string{"jsonPayload.queryType"}},
)
