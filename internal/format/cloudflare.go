package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var cloudflareFormat = &Format{
	Name:  "cloudflare",
	Title: "Cloudflare Logpush",
	Doc: "Logs that Cloudflare pushes for a zone, as JSON objects: HTTP requests, firewall events, DNS logs and Spectrum " +
		"events, Access requests, audit logs, and Gateway DNS, HTTP and network logs, with the names of Cloudflare's datasets. It promises an object with the names " +
		"of one dataset. Source: https://developers.cloudflare.com/logs/logpush/logpush-job/datasets/",
	Parse: func(line string, c *Context, e *event.Event) error {
		return parseDocument(line, &cloudflareDocument, c, e)
	},
	Match:    noText,
	document: &cloudflareDocument,
}

var cloudflareDocument = documentKind{
	keys: []string{"RayID", "EdgeStartTimestamp", "EdgeResponseStatus", "ClientRequestHost", "QueryName", "ResolverDecision", "PolicyName", "SpectrumBytesSent", "ClientBytes", "Event", "EdgeColoCode", "ColoCode", "ActorEmail"},
	claims: func(o *object) int {
		if cloudflareDataset(o) == cloudflareNone {
			return 0
		}
		return 90
	},
	fill: fillCloudflare,
}

// cloudflareKind is a dataset.
type cloudflareKind uint8

const (
	cloudflareNone cloudflareKind = iota
	cloudflareHTTP
	cloudflareFirewall
	cloudflareDNS
	cloudflareGatewayDNS
	cloudflareGatewayHTTP
	cloudflareGatewayNetwork
	cloudflareSpectrum
	cloudflareAudit
	cloudflareAccess
)

// cloudflareDataset tells the datasets by names that only one of them has.
func cloudflareDataset(o *object) cloudflareKind {
	has := func(names ...string) bool {
		for _, name := range names {
			if !o.has(name) {
				return false
			}
		}
		return true
	}
	switch {
	case has("Action", "RayID", "Source") && (has("Kind") || has("RuleID")):
		return cloudflareFirewall
	case has("EdgeResponseStatus") || has("EdgeStartTimestamp"):
		if has("RayID") || has("ClientRequestHost") || has("ClientRequestURI") {
			return cloudflareHTTP
		}
		return cloudflareNone
	case has("QueryName", "ResolverDecision"):
		return cloudflareGatewayDNS
	case has("QueryName", "ResponseCode") && (has("ColoCode") || has("EDNSSubnet")):
		return cloudflareDNS
	case has("Action", "HTTPMethod", "URL"):
		return cloudflareGatewayHTTP
	case has("Action", "DestinationIP", "SourceIP") && has("PolicyName"):
		return cloudflareGatewayNetwork
	case has("ClientIP", "ColoCode", "Event") && has("ClientBytes"):
		return cloudflareSpectrum
	case has("ActionType", "ActorEmail", "ResourceType") && (has("ActorIP") || has("When")):
		return cloudflareAudit
	case has("RayID", "Allowed", "AppUUID") && has("CreatedAt"):
		return cloudflareAccess
	default:
		return cloudflareNone
	}
}

var (
	cloudflareWebSources      = []string{"webserver:cloudflare:", ":cloudflare:http"}
	cloudflareFirewallSources = []string{"webserver:cloudflare:", ":cloudflare:firewall"}
	cloudflareDNSSources      = []string{"dns:cloudflare:"}
	cloudflareProxySources    = []string{"proxy:cloudflare:"}
	cloudflareFlowSources     = []string{"firewall:cloudflare:"}
	cloudflareAuditSources    = []string{":cloudflare:audit"}
)

var cloudflareMapping = newMapping(
	nameGroup{rule{column: event.EventTime, as: asTime}, []string{"EdgeStartTimestamp", "Datetime", "Timestamp", "When", "CreatedAt"}},
	nameGroup{rule{column: event.SourceIP, as: asIP}, []string{"ClientIP", "SourceIP", "SrcIP", "ActorIP", "IPAddress"}},
	nameGroup{rule{column: event.SourcePort, as: asPort}, []string{"ClientSrcPort", "ClientPort", "SourcePort", "SrcPort"}},
	nameGroup{rule{column: event.DestinationIP, as: asIP}, []string{"DestinationIP", "DstIP"}},
	nameGroup{rule{column: event.DestinationPort, as: asPort}, []string{"DestinationPort", "DstPort"}},
	nameGroup{rule{column: event.NetworkProtocol, as: asProtocol}, []string{"Transport", "Protocol", "ClientProto"}},
	nameGroup{rule{column: event.UserName, as: asText}, []string{"Email", "ActorEmail"}},
	nameGroup{rule{column: event.HTTPMethod, as: asText}, []string{"ClientRequestMethod", "HTTPMethod"}},
	nameGroup{rule{column: event.HTTPVersion, as: asVersion}, []string{"ClientRequestProtocol", "HTTPVersion"}},
	nameGroup{rule{column: event.HTTPHost, as: asText}, []string{"ClientRequestHost", "HTTPHost"}},
	nameGroup{rule{column: event.StatusCode, as: asStatus}, []string{"EdgeResponseStatus", "HTTPStatusCode"}},
	nameGroup{rule{column: event.ResponseSizeBytes, as: asCount}, []string{"EdgeResponseBytes"}},
	nameGroup{rule{column: event.ResponseSizeBytes, as: asCount, rank: 1}, []string{"EdgeResponseBodyBytes"}},
	nameGroup{rule{column: event.UserAgent, as: asText}, []string{"ClientRequestUserAgent", "UserAgent"}},
	nameGroup{rule{column: event.Referrer, as: asText}, []string{"ClientRequestReferer", "Referer"}},
	nameGroup{rule{column: event.RuleID, as: asCode}, []string{"RuleID", "PolicyID"}},
	nameGroup{rule{column: event.RuleID, as: asCode, rank: 1}, []string{"SecurityRuleID", "WAFRuleID"}},
	nameGroup{rule{column: event.RuleName, as: asText}, []string{"Description", "PolicyName"}},
	nameGroup{rule{column: event.RuleName, as: asText, rank: 1}, []string{"SecurityRuleDescription", "WAFRuleMessage"}},
	nameGroup{rule{column: event.DNSQuery, as: asText}, []string{"QueryName"}},
	nameGroup{rule{column: event.SessionID, as: asText}, []string{"SessionID"}},
)

func fillCloudflare(o *object, c *Context, e *event.Event) error {
	kind := cloudflareDataset(o)
	hideAbsent(o.members)
	action := cloudflareAction(o)
	target := cloudflareTarget(o, kind)
	if kind == cloudflareDNS || kind == cloudflareGatewayDNS {
		fillCloudflareQuery(o, e)
	}
	cloudflareMapping.fill(o.members, c, e)
	if target != "" {
		host := e.Text(event.HTTPHost)
		fillTarget(e, e.Text(event.HTTPMethod), target)
		if host != "" {
			e.SetText(event.HTTPHost, host)
		}
	}
	describeCloudflare(kind, e)
	if e.Has(event.StatusCode) {
		e.SetText(event.Outcome, httpOutcome(e.Int(event.StatusCode)))
	}
	if kind == cloudflareSpectrum {
		in, ok := parseUint(o.text("ClientBytes"))
		if out, fits := parseUint(o.text("OriginBytes")); ok && fits && in < 1<<61 && out < 1<<61 {
			e.SetInt(event.NetworkBytes, in+out)
		}
	}
	switch kind {
	case cloudflareAudit:
		e.SetText(event.Action, o.text("ActionType"))
		e.SetText(event.Outcome, boolOutcome(o.find("ActionResult")))
		dropExtra(e, "ActionType")
	case cloudflareAccess:
		e.SetText(event.Action, action)
		e.SetText(event.Outcome, boolOutcome(o.find("Allowed")))
		dropExtra(e, "Action")
	default:
		fillCloudflareAction(action, e)
	}
	return nil
}

// boolOutcome returns the outcome that true or false stands for, "" for no such
// member.
func boolOutcome(m *member) string {
	switch {
	case memberKind(m) != event.KindBool:
		return ""
	case m.text == "true":
		return event.Success
	default:
		return event.Failure
	}
}

// cloudflareAction returns what was decided: of a request only that it was
// refused, as every other word may be one of several rules' and not the last.
func cloudflareAction(o *object) string {
	if action := o.text("Action"); action != "" {
		return action
	}
	for _, name := range [...]string{"SecurityAction", "WAFAction"} {
		if action := o.text(name); action == "block" || action == "drop" {
			return action
		}
	}
	switch decision := o.text("ResolverDecision"); {
	case strings.HasPrefix(decision, "blocked"):
		return "block"
	case strings.HasPrefix(decision, "allowed"):
		return "allow"
	}
	return ""
}

// cloudflareTarget returns the target of a request: the URI with its query, a
// path and a query, or a URL.
func cloudflareTarget(o *object, kind cloudflareKind) string {
	if kind == cloudflareGatewayHTTP {
		return o.take("URL")
	}
	if uri := o.take("ClientRequestURI"); uri != "" {
		return uri
	}
	path := o.take("ClientRequestPath")
	query := o.take("ClientRequestQuery")
	switch {
	case path == "" || query == "":
		return path
	case query[0] == '?':
		return path + query
	default:
		return path + "?" + query
	}
}

// fillCloudflareQuery sets the type of a query, which Cloudflare writes as a
// number, and whether it was answered.
func fillCloudflareQuery(o *object, e *event.Event) {
	for _, name := range [...]string{"QueryTypeName", "QueryType"} {
		if text := o.text(name); text != "" {
			if known := dnsTypeName(text); isUpper(known[0]) {
				e.SetText(event.DNSType, known)
				o.find(name).done = true
				break
			}
		}
	}
	for _, name := range [...]string{"ResponseCode", "RCode"} {
		switch o.text(name) {
		case "":
		case "0", "NOERROR", "noError":
			e.SetText(event.Outcome, event.Success)
		default:
			e.SetText(event.Outcome, event.Failure)
		}
	}
}

func describeCloudflare(kind cloudflareKind, e *event.Event) {
	e.SetText(event.Vendor, "cloudflare")
	e.SetText(event.Product, "cloudflare")
	service, what, sources := "http_requests", event.HTTPAccess, cloudflareWebSources
	switch kind {
	case cloudflareFirewall:
		service, sources = "firewall_events", cloudflareFirewallSources
	case cloudflareDNS:
		service, what, sources = "dns_logs", event.TypeDNSQuery, cloudflareDNSSources
	case cloudflareGatewayDNS:
		service, what, sources = "gateway_dns", event.TypeDNSQuery, cloudflareDNSSources
	case cloudflareGatewayHTTP:
		service, sources = "gateway_http", cloudflareProxySources
	case cloudflareGatewayNetwork:
		service, what, sources = "gateway_network", event.Firewall, cloudflareFlowSources
	case cloudflareSpectrum:
		service, what, sources = "spectrum_events", event.NetworkFlow, nil
	case cloudflareAudit:
		service, what, sources = "audit_logs", event.CloudAPI, cloudflareAuditSources
	case cloudflareAccess:
		service, what, sources = "access_requests", event.AuthLogin, nil
	}
	e.SetText(event.Service, service)
	e.SetText(event.EventType, what)
	e.SetList(event.LogSource, sources)
}

// fillCloudflareAction sets what Cloudflare decided. Its own word stays in extra.
// A challenge is neither: it depends on its answer.
func fillCloudflareAction(action string, e *event.Event) {
	switch action {
	case "":
	case "allow", "allowed", "skip", "bypass", "Allow":
		e.SetText(event.Action, event.Allow)
		if action == event.Allow {
			dropExtra(e, "Action")
		}
	case "block", "blocked", "drop", "connectionClose", "Block":
		e.SetText(event.Action, event.Deny)
		e.SetText(event.Outcome, event.Failure)
	default:
		e.SetText(event.Action, action)
		dropExtra(e, "Action")
	}
}
