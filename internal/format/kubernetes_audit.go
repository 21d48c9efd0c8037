package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var kubernetesAudit = &Format{
	Name:  "kubernetes_audit",
	Title: "Kubernetes audit log",
	Doc: "Audit events of the Kubernetes API server (audit.k8s.io v1 and v1beta1), bare, in a list of one, in a CloudWatch Logs envelope as " +
		"EKS sends them, or in the diagnostic log of AKS. It promises the API's version, or a verb with what it was about. " +
		"Source: https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/",
	Parse: func(line string, c *Context, e *event.Event) error {
		return parseDocument(line, &kubernetesDocument, c, e)
	},
	Match:    noText,
	document: &kubernetesDocument,
}

var kubernetesDocument = documentKind{
	keys:   []string{"objectRef", "requestURI", "auditID", "verb", "requestReceivedTimestamp", "apiVersion", "items", "logEvents", "properties"},
	claims: claimKubernetes,
	fill:   fillKubernetes,
}

var kubernetesSources = []string{"application:kubernetes:audit"}

var kubernetesMapping = newMapping(
	nameGroup{rule{column: event.EventTime, as: asUTC}, []string{"requestReceivedTimestamp"}},
	nameGroup{rule{column: event.EventTime, as: asUTC, rank: 1}, []string{"stageTimestamp", "timestamp"}},
	nameGroup{rule{column: event.EventTime, as: asUTC, rank: 2}, []string{"metadata.creationTimestamp"}},
	nameGroup{rule{column: event.Action, as: asText}, []string{"verb"}},
	nameGroup{rule{column: event.UserName, as: asText}, []string{"user.username"}},
	nameGroup{rule{column: event.TargetUserName, as: asText}, []string{"impersonatedUser.username"}},
	nameGroup{rule{column: event.UserAgent, as: asText}, []string{"userAgent"}},
	nameGroup{rule{column: event.RequestPath, as: asTarget}, []string{"requestURI"}},
	nameGroup{rule{column: event.StatusCode, as: asStatus}, []string{"responseStatus.code"}},
)

func claimKubernetes(o *object) int {
	if score := claimAuditEvent(o); score > 0 {
		return score
	}
	inner, n := auditInside(o)
	if inner == nil {
		return 0
	}
	defer inner.release()
	if n > 1 && o.has("items") && !strings.HasPrefix(o.text("apiVersion"), "audit.k8s.io") {
		return 0
	}
	return claimAuditEvent(inner)
}

// claimAuditEvent looks at a bare audit event.
func claimAuditEvent(o *object) int {
	about := o.has("objectRef") || o.has("requestURI")
	switch {
	case strings.HasPrefix(o.text("apiVersion"), "audit.k8s.io/") && (about || o.has("user") || o.has("auditID")):
		return 95
	case o.text("verb") == "":
		return 0
	case about && (o.text("kind") == "Event" || o.has("auditID") || o.has("responseStatus") || o.has("sourceIPs")), o.has("objectRef"):
		return 80
	}
	return 0
}

// auditInside returns the audit event that o carries, which the caller releases,
// and of how many it is the first; nil where there is none.
func auditInside(o *object) (inner *object, n int) {
	if inner, n = recordsOf(o, "items"); inner != nil {
		return inner, n
	}
	if inner, n = cloudWatchMessage(o); inner != nil {
		return inner, n
	}
	if strings.HasPrefix(o.text("category"), "kube-audit") {
		return o.find("properties").inner("log").innerObject(), 1
	}
	return nil, 0
}

func fillKubernetes(o *object, c *Context, e *event.Event) error {
	switch {
	case claimAuditEvent(o) > 0:
	case o.has("logEvents"):
		return fillCloudWatch(o, c, e, fillKubernetes)
	case o.has("items"):
		return fillRecord(o, "items", c, e, fillKubernetes)
	case o.has("properties"):
		return fillAKS(o, c, e)
	default:
		return &Error{Reason: "expected a version of audit.k8s.io, or a verb with objectRef or requestURI"}
	}
	e.SetText(event.EventType, event.K8sAPI)
	e.SetText(event.Vendor, "kubernetes")
	e.SetText(event.Product, "kubernetes")
	e.SetText(event.Service, "audit")
	e.SetList(event.LogSource, kubernetesSources)
	setKubernetesSource(o, e)
	o.flatten(kubernetesMapping)
	kubernetesMapping.fill(o.members, c, e)
	e.SetText(event.Outcome, kubernetesOutcome(o, e))
	return nil
}

// setKubernetesSource takes the client, the first of the addresses that a
// request came through.
func setKubernetesSource(o *object, e *event.Event) {
	ips := o.find("sourceIPs")
	first, n := ips.first()
	if first != nil && e.SetIP(event.SourceIP, scalarText(first)) && n == 1 {
		ips.done = true
	}
}

// kubernetesOutcome goes by the status, and where there is none yet by what the
// authorizer decided.
func kubernetesOutcome(o *object, e *event.Event) string {
	switch {
	case e.Has(event.StatusCode):
		return httpOutcome(e.Int(event.StatusCode))
	case o.at("annotations", "authorization.k8s.io/decision") == "forbid":
		return event.Failure
	default:
		return event.Unknown
	}
}

// fillAKS reads the diagnostic log of AKS, which has the audit event as text
// among its properties.
func fillAKS(o *object, c *Context, e *event.Event) error {
	properties := o.find("properties")
	inner := properties.inner("log").innerObject()
	if inner == nil {
		return &Error{Reason: "expected an audit event as text in properties.log"}
	}
	defer inner.release()
	if err := fillKubernetes(inner, c, e); err != nil {
		return err
	}
	o.flatten(aksMapping)
	if log := o.find("properties.log"); log != nil {
		log.done = true
	}
	fillAround(o, aksMapping, c, e)
	return nil
}

// aksMapping is what Azure's envelope says beside the event.
var aksMapping = newMapping(
	nameGroup{rule{column: event.EventTime, as: asUTC}, []string{"time"}},
	nameGroup{rule{column: event.HostName, as: asText}, []string{"properties.pod"}},
)
