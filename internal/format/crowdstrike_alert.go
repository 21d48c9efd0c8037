package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// streamMapping has the names of the events of the Streaming API, taken out of
// the member event.
var streamMapping = newMapping(
	nameGroup{rule{column: event.EventTime, as: asUTC, rank: 1}, []string{"UTCTimestamp", "ContextTimeStamp", "StartTimestamp", "Timestamp"}},
	nameGroup{rule{column: event.HostName, as: asText}, []string{"ComputerName", "Hostname", "HostName", "HostnameField", "EndpointName", "SourceEndpointHostName"}},
	nameGroup{rule{column: event.UserName, as: asText}, []string{"UserName", "UserId", "SourceAccountName"}},
	nameGroup{rule{column: event.ProcessName, as: asText}, []string{"ImageFileName"}},
	nameGroup{rule{column: event.CommandLine, as: asText}, []string{"CommandLine"}},
	nameGroup{rule{column: event.ParentProcessName, as: asText}, []string{"ParentImageFilePath", "ParentImageFileName"}},
	nameGroup{rule{column: event.RuleName, as: asText}, []string{"DetectName", "Name", "RuleName", "IncidentType"}},
	nameGroup{rule{column: event.RuleID, as: asCode}, []string{"DetectId", "CompositeId", "RuleId"}},
	nameGroup{rule{column: event.Severity, as: asCode}, []string{"SeverityName"}},
	nameGroup{rule{column: event.Severity, as: asCode, rank: 1}, []string{"Severity"}},
	nameGroup{rule{column: event.Message, as: asText}, []string{"DetectDescription", "Description"}},
	nameGroup{rule{column: event.SourceIP, as: asIP}, []string{"UserIp", "SourceEndpointIpAddress", "SourceEndpointAddressIP4"}},
	nameGroup{rule{column: event.SessionID, as: asCode}, []string{"SessionId"}},
	nameGroup{rule{column: event.Service, as: asText}, []string{"ServiceName"}},
)

// fillStreamed reads an event of the Streaming API: what happened stands in event,
// what kind it is in metadata.
func fillStreamed(o *object, c *Context, e *event.Event) {
	o.flatten(streamEnvelope)
	kind := o.text("metadata.eventType")
	if data := o.find("event").innerObject(); data != nil {
		defer data.release()
		fillStreamedEvent(data, kind, c, e)
		o.find("event").done = true
	}
	fillAround(o, streamEnvelope, c, e)
}

var streamEnvelope = newMapping(
	nameGroup{rule{column: event.EventTime, as: asUTC}, []string{"metadata.eventCreationTime"}},
	nameGroup{rule{column: event.EventCode, as: asText}, []string{"metadata.eventType"}},
)

func fillStreamedEvent(o *object, kind string, c *Context, e *event.Event) {
	eventType, outcome := event.IDSAlert, event.Unknown
	switch kind {
	case "UserActivityAuditEvent", "RemoteResponseSessionStartEvent", "RemoteResponseSessionEndEvent", "CSPMSearchStreamingEvent",
		"ScheduledReportNotificationEvent", "CustomerIOCEvent":
		eventType = event.CloudAPI
	case "AuthActivityAuditEvent":
		eventType = event.CloudAPI
		operation := o.text("OperationName")
		if foldContains(operation, "authenticate") || foldContains(operation, "login") {
			eventType = event.AuthLogin
		}
	case "FirewallMatchEvent":
		eventType = event.Firewall
		e.SetList(event.LogSource, falconFirewallSources)
		setEnds(o, e, o.text("ConnectionDirection") == "1")
		if protocol := o.take("Protocol"); protocol != "" {
			e.SetText(event.NetworkProtocol, protocolName(protocol))
		}
		outcome = setRuleAction(o, e)
	}
	if m := o.find("Success"); m != nil && m.kind == event.KindBool {
		outcome = event.Failure
		if m.text == "true" {
			outcome = event.Success
		}
	}
	if action := o.take("OperationName"); action != "" {
		e.SetText(event.Action, action)
	} else if !e.Has(event.Action) {
		e.SetText(event.Action, o.take("PatternDispositionDescription"))
	}
	takeDetectionHash(o, e, "SHA256String", "MD5String", "SHA256HashData")
	e.SetText(event.ProcessName, takeDetectedFile(o))
	streamMapping.fill(o.members, c, e)
	e.SetText(event.EventType, eventType)
	e.SetText(event.Outcome, outcome)
}

var falconFirewallSources = []string{"firewall:crowdstrike:"}

// setRuleAction makes a verdict of a firewall rule's action, 1 for allowed and 2
// for denied, and returns the outcome.
func setRuleAction(o *object, e *event.Event) string {
	switch o.text("RuleAction") {
	case "1":
		e.SetText(event.Action, "allow")
		return event.Success
	case "2":
		e.SetText(event.Action, "deny")
		return event.Failure
	default:
		return event.Unknown
	}
}

// takeDetectedFile returns the path of the process that a detection is about:
// older events have the folder in FilePath, newer ones all of it.
func takeDetectedFile(o *object) string {
	name, path := o.text("FileName"), o.take("FilePath")
	switch {
	case path == "" || name == "" || strings.HasSuffix(path, name):
		return path
	case strings.HasSuffix(path, "\\") || strings.HasSuffix(path, "/"):
		return path + name
	case strings.HasPrefix(path, "/"):
		return path + "/" + name
	default:
		return path + "\\" + name
	}
}

// takeDetectionHash takes the first hash that is one.
func takeDetectionHash(o *object, e *event.Event, names ...string) {
	for _, name := range names {
		if text := o.text(name); isHash(text) && !e.Has(event.FileHash) {
			e.SetText(event.FileHash, strings.ToLower(o.take(name)))
		}
	}
}

// alertMapping has the names of alerts and detections of the APIs.
var alertMapping = newMapping(
	nameGroup{rule{column: event.EventTime, as: asUTC}, []string{"timestamp", "last_behavior"}},
	nameGroup{rule{column: event.EventTime, as: asUTC, rank: 1}, []string{"created_timestamp", "updated_timestamp"}},
	nameGroup{rule{column: event.HostName, as: asText}, []string{"device.hostname", "hostname"}},
	nameGroup{rule{column: event.UserName, as: asText}, []string{"user_name"}},
	nameGroup{rule{column: event.ProcessName, as: asText}, []string{"filepath"}},
	nameGroup{rule{column: event.ProcessID, as: asCount}, []string{"local_process_id"}},
	nameGroup{rule{column: event.CommandLine, as: asText}, []string{"cmdline"}},
	nameGroup{rule{column: event.ParentProcessName, as: asText}, []string{"parent_details.filepath"}},
	nameGroup{rule{column: event.RuleName, as: asText}, []string{"display_name", "name"}},
	nameGroup{rule{column: event.RuleID, as: asCode}, []string{"detection_id", "composite_id"}},
	nameGroup{rule{column: event.Severity, as: asCode}, []string{"severity_name", "max_severity_displayname"}},
	nameGroup{rule{column: event.Severity, as: asCode, rank: 1}, []string{"severity", "max_severity"}},
	nameGroup{rule{column: event.Message, as: asText}, []string{"description"}},
)

// fillFalconAlert reads an alert, or a detection with the one behavior that it is
// about; of several behaviors none fills columns.
func fillFalconAlert(o *object, c *Context, e *event.Event) {
	o.flatten(alertMapping)
	takeDetectionHash(o, e, "sha256", "md5")
	if behavior, n := o.find("behaviors").first(); n == 1 {
		if b := behavior.innerObject(); b != nil {
			defer b.release()
			e.SetText(event.ProcessName, b.text("filepath"))
			e.SetText(event.CommandLine, b.text("cmdline"))
			e.SetText(event.UserName, b.text("user_name"))
			e.SetText(event.RuleName, b.text("display_name"))
			takeDetectionHash(b, e, "sha256", "md5")
		}
	}
	alertMapping.fill(o.members, c, e)
	e.SetText(event.EventType, event.IDSAlert)
}
