package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var gcpAudit = &Format{
	Name:  "gcp_audit",
	Title: "Google Cloud logging",
	Doc: "Entries of Cloud Logging: Cloud Audit Logs, those of GKE and of Google Workspace included, VPC flow and firewall logs, Cloud DNS, load " +
		"balancers, and any other with a text or JSON payload. It promises a payload of an entry, or a log's name with a resource. " +
		"Source: https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry",
	Parse:    func(line string, c *Context, e *event.Event) error { return parseDocument(line, &gcpDocument, c, e) },
	Match:    noText,
	document: &gcpDocument,
}

var gcpDocument = documentKind{
	keys:   []string{"protoPayload", "protopayload", "logName", "logname", "insertId", "textPayload", "jsonPayload", "data"},
	claims: claimGCP,
	fill:   fillGCP,
}

func claimGCP(o *object) int {
	if score := claimGCPEntry(o); score > 0 {
		return score
	}
	inner := o.find("data").innerObject()
	if inner == nil {
		return 0
	}
	defer inner.release()
	return claimGCPEntry(inner)
}

func claimGCPEntry(o *object) int {
	for _, name := range [...]string{"protoPayload", "protopayload"} {
		if m := o.find(name); m != nil && m.kind == event.KindObject {
			return 90
		}
	}
	known := 0
	for _, name := range [...]string{"insertId", "receiveTimestamp", "resource", "timestamp", "severity"} {
		if o.has(name) {
			known++
		}
	}
	payload := o.has("jsonPayload") || o.has("textPayload") || o.has("httpRequest")
	switch log := o.text("logName"); {
	case strings.Contains(log, "/logs/") && known > 0:
		return 90
	case payload && known > 2:
		return 85
	default:
		return 0
	}
}

func fillGCP(o *object, c *Context, e *event.Event) error {
	if claimGCPEntry(o) == 0 {
		return fillGCPData(o, c, e)
	}
	log := o.text("logName") + o.text("logname")
	kind := gcpKindOf(o, log)
	o.flatten(gcpMapping)
	outcome := gcpOutcome(o, kind)
	gcpMapping.fill(o.members, c, e)
	trimQueryRoot(e)
	e.SetText(event.Vendor, "google")
	e.SetText(event.Product, "gcp")
	e.SetText(event.EventType, kind.eventType)
	e.SetList(event.LogSource, kind.sources)
	if outcome == event.Unknown && e.Has(event.StatusCode) {
		outcome = httpOutcome(e.Int(event.StatusCode))
	}
	e.SetText(event.Outcome, outcome)
	project, _, _ := strings.Cut(strings.TrimPrefix(log, "projects/"), "/")
	if strings.HasPrefix(log, "projects/") {
		fillAbsent(e, event.CloudAccount, project)
	}
	e.SetText(event.CloudRegion, zoneRegion(e.Text(event.CloudRegion)))
	switch kind {
	case gcpFirewall:
		setGCPVerdict(e)
		switch o.text("jsonPayload.rule_details.direction") {
		case "INGRESS":
			e.SetText(event.NetworkDirection, event.Inbound)
		case "EGRESS":
			e.SetText(event.NetworkDirection, event.Outbound)
		}
		nameFlowProtocol(o, e)
	case gcpFlow:
		nameFlowProtocol(o, e)
	}
	if kind == gcpFlow || kind == gcpFirewall || kind == gcpDNS || kind == gcpWeb || kind == gcpOther {
		fillAbsent(e, event.Service, gcpLog(log))
	}
	return nil
}

// zoneRegion returns the region of a zone, us-central1 of us-central1-a, and any
// other text as it is.
func zoneRegion(s string) string {
	if n := len(s); n > 3 && s[n-2] == '-' && isAlpha(s[n-1]) && isDigit(s[n-3]) {
		return s[:n-2]
	}
	return s
}

// fillGCPData reads an entry that a subscriber put into a member called data.
func fillGCPData(o *object, c *Context, e *event.Event) error {
	inner := o.find("data").innerObject()
	if inner == nil {
		return &Error{Reason: "expected an entry of Cloud Logging: a payload, or logName with a resource"}
	}
	defer inner.release()
	if err := fillGCP(inner, c, e); err != nil {
		return err
	}
	o.find("data").done = true
	fillAround(o, new(mapping), c, e)
	return nil
}

// gcpLog returns the name of a log without its project: vpc_flows of
// projects/p/logs/compute.googleapis.com%2Fvpc_flows.
func gcpLog(log string) string {
	_, name, _ := strings.Cut(log, "/logs/")
	if _, short, ok := strings.Cut(name, "%2F"); ok {
		return short
	}
	return name
}

// gcpKind is what an entry is about.
type gcpKind struct {
	eventType string
	sources   []string
}

var (
	gcpAPI       = &gcpKind{event.CloudAPI, []string{":gcp:gcp.audit"}}
	gcpK8s       = &gcpKind{event.K8sAPI, []string{":gcp:gcp.audit"}}
	gcpLogin     = &gcpKind{event.AuthLogin, []string{":gcp:gcp.audit", ":gcp:google_workspace.login"}}
	gcpWorkspace = &gcpKind{event.CloudAPI, []string{":gcp:gcp.audit", ":gcp:google_workspace.admin"}}
	gcpFlow      = &gcpKind{event.NetworkFlow, []string{":gcp:vpcflow"}}
	gcpFirewall  = &gcpKind{event.Firewall, []string{"firewall:gcp:"}}
	gcpDNS       = &gcpKind{event.TypeDNSQuery, []string{"dns:gcp:"}}
	gcpWeb       = &gcpKind{event.HTTPAccess, []string{"webserver:gcp:"}}
	gcpOther     = &gcpKind{event.ServiceLog, nil}
)

func gcpKindOf(o *object, log string) *gcpKind {
	proto := o.find("protoPayload")
	if proto == nil {
		proto = o.find("protopayload")
	}
	if proto != nil {
		switch scalarText(proto.inner("serviceName")) {
		case "k8s.io":
			return gcpK8s
		case "login.googleapis.com":
			return gcpLogin
		case "admin.googleapis.com":
			return gcpWorkspace
		default:
			return gcpAPI
		}
	}
	switch gcpLog(log) {
	case "vpc_flows":
		return gcpFlow
	case "firewall":
		return gcpFirewall
	case "dns_queries":
		return gcpDNS
	}
	if o.has("httpRequest") {
		return gcpWeb
	}
	return gcpOther
}

// gcpOutcome reads how a call ended: a status with a code failed, and so did one
// for which a permission was not granted. Sign-ins say it in their method.
func gcpOutcome(o *object, kind *gcpKind) string {
	switch kind {
	case gcpAPI, gcpK8s, gcpWorkspace, gcpLogin:
	case gcpDNS:
		switch o.text("jsonPayload.responseCode") {
		case "":
			return event.Unknown
		case "NOERROR":
			return event.Success
		default:
			return event.Failure
		}
	default:
		return event.Unknown
	}
	method := o.text("protoPayload.methodName")
	if strings.HasSuffix(method, "oginFailure") {
		return event.Failure
	}
	for _, name := range [...]string{"protoPayload.status", "protopayload.status"} {
		if code := scalarText(o.find(name).inner("code")); code != "" && code != "0" {
			return event.Failure
		}
	}
	for _, name := range [...]string{"protoPayload.authorizationInfo", "protopayload.authorizationInfo"} {
		for one := range o.find(name).elements() {
			if granted := one.inner("granted"); granted != nil && granted.kind == event.KindBool && granted.text == "false" {
				return event.Failure
			}
		}
	}
	return event.Success
}

// setGCPVerdict makes allow or deny of the disposition of a firewall.
func setGCPVerdict(e *event.Event) {
	word := e.Text(event.Action)
	var verdict, outcome string
	switch word {
	case "ALLOWED":
		verdict, outcome = "allow", event.Success
	case "DENIED":
		verdict, outcome = "deny", event.Failure
	default:
		return
	}
	e.SetExtraText("jsonPayload.disposition", word)
	e.SetText(event.Action, verdict)
	e.SetText(event.Outcome, outcome)
}

// nameFlowProtocol names the protocol, which flows give as a number.
func nameFlowProtocol(o *object, e *event.Event) {
	m := o.find("jsonPayload.connection.protocol")
	if m == nil {
		return
	}
	if number := scalarText(m); number != "" {
		e.SetText(event.NetworkProtocol, protocolName(number))
	}
}
