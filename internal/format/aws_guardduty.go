package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var awsGuardDuty = &Format{
	Name:  "aws_guardduty",
	Title: "AWS GuardDuty",
	Doc: "Findings of Amazon GuardDuty as EventBridge and exports write them (names begin small) and as the API lists them (names begin with a " +
		"capital), bare or in an EventBridge envelope. It promises a type and a service or resource of a finding. " +
		"Source: https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Finding.html",
	Parse: func(line string, c *Context, e *event.Event) error {
		return parseDocument(line, &guardDutyDocument, c, e)
	},
	Match:    noText,
	document: &guardDutyDocument,
}

var guardDutyDocument = documentKind{
	keys:   []string{"schemaVersion", "SchemaVersion", "accountId", "AccountId", "service", "Service", "detail-type"},
	claims: claimGuardDuty,
	fill:   fillGuardDuty,
}

var guardDutySources = []string{":aws:guardduty"}

var guardDutyMapping = newMapping(
	nameGroup{rule{column: event.EventTime, as: asUTC, rank: 1}, []string{"updatedAt", "UpdatedAt"}},
	nameGroup{rule{column: event.EventTime, as: asUTC, rank: 2}, []string{"createdAt", "CreatedAt"}},
	nameGroup{rule{column: event.RuleName, as: asText}, []string{"type", "Type"}},
	nameGroup{rule{column: event.Severity, as: asCode}, []string{"severity", "Severity"}},
	nameGroup{rule{column: event.Message, as: asText}, []string{"title", "Title"}},
	nameGroup{rule{column: event.CloudAccount, as: asCode}, []string{"accountId", "AccountId"}},
	nameGroup{rule{column: event.CloudRegion, as: asText}, []string{"region", "Region"}},
)

func claimGuardDuty(o *object) int {
	switch {
	case isFinding(o):
		return 90
	case isBridged(o) && o.text("detail-type") == "GuardDuty Finding":
		return 90
	default:
		return 0
	}
}

// isFinding looks at a bare finding.
func isFinding(o *object) bool {
	kind := o.text("type") + o.text("Type")
	if !strings.Contains(kind, ":") || !strings.Contains(kind, "/") {
		return false
	}
	if strings.Contains(o.text("arn")+o.text("Arn"), ":guardduty:") {
		return true
	}
	service := findFold(o.members, "service").open()
	return service.text("serviceName") == "guardduty" || service.at("detectorId") != nil && findFold(o.members, "resource") != nil
}

// branch is an object taken apart; its names may begin with a capital.
type branch []member

// open takes the object m apart; nothing for every other kind.
func (m *member) open() branch {
	const usual = 16
	if m == nil || m.kind != event.KindObject {
		return nil
	}
	j := jsonScanner{s: m.text, known: true}
	return j.object("", make([]member, 0, usual))
}

func (b branch) at(name string) *member { return findFold(b, name) }

func (b branch) open(name string) branch { return findFold(b, name).open() }

func (b branch) text(name string) string { return scalarText(findFold(b, name)) }

func findFold(members []member, name string) *member {
	for i := len(members) - 1; i >= 0; i-- {
		m := members[i].name
		if len(m) == len(name) && m[1:] == name[1:] && m[0]|0x20 == name[0]|0x20 {
			return &members[i]
		}
	}
	return nil
}

func fillGuardDuty(o *object, c *Context, e *event.Event) error {
	if !isFinding(o) {
		if isBridged(o) {
			return fillBridged(o, c, e, fillGuardDuty)
		}
		return &Error{Reason: "expected the type of a finding with its service or resource"}
	}
	e.SetText(event.Vendor, "aws")
	e.SetText(event.Product, "guardduty")
	e.SetText(event.EventType, event.IDSAlert)
	e.SetList(event.LogSource, guardDutySources)
	service, resource := findFold(o.members, "service").open(), findFold(o.members, "resource").open()
	guardDutyMapping.fill(o.members, c, e)
	if nanos, ok := rfc3339Time(service.text("eventLastSeen"), nil); ok {
		e.SetInt(event.EventTime, nanos)
	}
	setFindingUser(resource, e)
	setFindingProcess(service, e)
	action := service.open("action")
	e.SetText(event.Action, action.text("actionType"))
	f := findingAction{e: e, resource: resource}
	f.read(action)
	return nil
}

func setFindingUser(resource branch, e *event.Event) {
	name := resource.open("accessKeyDetails").text("userName")
	if name == "" {
		name = resource.open("kubernetesDetails").open("kubernetesUserDetails").text("username")
	}
	if name == "" {
		name = resource.open("rdsDbUserDetails").text("user")
	}
	e.SetText(event.UserName, name)
}

func setFindingProcess(service branch, e *event.Event) {
	process := service.open("runtimeDetails").open("process")
	if process == nil {
		return
	}
	path := process.text("executablePath")
	if path == "" {
		path = process.text("name")
	}
	e.SetText(event.ProcessName, path)
	e.SetText(event.FileHash, strings.ToLower(process.text("executableSha256")))
	if pid, ok := parseUint(process.text("pid")); ok {
		e.SetInt(event.ProcessID, pid)
	}
	if !e.Has(event.UserName) {
		e.SetText(event.UserName, process.text("user"))
	}
}

// findingAction reads what a finding is about into the columns of its network
// activity.
type findingAction struct {
	e        *event.Event
	resource branch
}

func (f findingAction) read(action branch) {
	switch action.text("actionType") {
	case "AWS_API_CALL":
		call := action.open("awsApiCallAction")
		f.remote(call, event.SourceIP, event.SourcePort)
		f.e.SetText(event.UserAgent, call.text("userAgent"))
	case "NETWORK_CONNECTION":
		f.connection(action.open("networkConnectionAction"))
	case "DNS_REQUEST":
		request := action.open("dnsRequestAction")
		f.e.SetText(event.DNSQuery, request.text("domain"))
		f.protocol(request)
		f.local(request, event.SourceIP, event.SourcePort)
	case "PORT_PROBE":
		one, n := action.open("portProbeAction").at("portProbeDetails").first()
		if n == 1 {
			probe := one.open()
			f.remote(probe, event.SourceIP, event.SourcePort)
			f.local(probe, event.DestinationIP, event.DestinationPort)
		}
	case "KUBERNETES_API_CALL":
		call := action.open("kubernetesApiCallAction")
		f.remote(call, event.SourceIP, event.SourcePort)
		f.e.SetText(event.UserAgent, call.text("userAgent"))
		if target := call.text("requestUri"); strings.HasPrefix(target, "/") {
			fillTarget(f.e, "", target)
		}
		if status, ok := parseUint(call.text("statusCode")); ok && status >= 100 && status <= 599 {
			f.e.SetInt(event.StatusCode, status)
		}
	case "RDS_LOGIN_ATTEMPT":
		f.remote(action.open("rdsLoginAttemptAction"), event.SourceIP, event.SourcePort)
	}
}

// connection goes out from this side, or comes in, or its direction is unknown:
// then the other side counts as the source.
func (f findingAction) connection(c branch) {
	f.protocol(c)
	switch c.text("connectionDirection") {
	case "OUTBOUND":
		f.e.SetText(event.NetworkDirection, "outbound")
		f.local(c, event.SourceIP, event.SourcePort)
		f.remote(c, event.DestinationIP, event.DestinationPort)
		return
	case "INBOUND":
		f.e.SetText(event.NetworkDirection, "inbound")
	}
	f.remote(c, event.SourceIP, event.SourcePort)
	f.local(c, event.DestinationIP, event.DestinationPort)
}

func (f findingAction) protocol(m branch) {
	if text := m.text("protocol"); text != "" && text != "0" {
		f.e.SetText(event.NetworkProtocol, protocolName(text))
	}
}

func (f findingAction) remote(m branch, ip, port event.Column) {
	f.end(m.open("remoteIpDetails"), m.open("remotePortDetails"), ip, port)
}

// local is this side, the address of which some findings give with the instance
// only.
func (f findingAction) local(m branch, ip, port event.Column) {
	f.end(m.open("localIpDetails"), m.open("localPortDetails"), ip, port)
	if f.e.Has(ip) {
		return
	}
	one, n := f.resource.open("instanceDetails").at("networkInterfaces").first()
	if n == 1 {
		f.e.SetIP(ip, one.open().text("privateIpAddress"))
	}
}

func (f findingAction) end(address, port branch, ip, number event.Column) {
	if !f.e.SetIP(ip, address.text("ipAddressV4")) {
		f.e.SetIP(ip, address.text("ipAddressV6"))
	}
	if v, ok := parseUint(port.text("port")); ok {
		f.e.SetPort(number, v)
	}
}
