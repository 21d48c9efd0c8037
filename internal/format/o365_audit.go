package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var o365Audit = &Format{
	Name:  "o365_audit",
	Title: "Microsoft 365 unified audit log",
	Doc: "Records of the unified audit log of Microsoft 365: Exchange, SharePoint, OneDrive, Entra ID, Teams, threat intelligence, alerts and " +
		"others, of the Management Activity API, of Search-UnifiedAuditLog and Microsoft Graph, which have the record in AuditData. It promises " +
		"an operation with a workload or record type. " +
		"Source: https://learn.microsoft.com/en-us/office/office-365-management-api/office-365-management-activity-api-schema",
	Parse:    func(line string, c *Context, e *event.Event) error { return parseDocument(line, &o365Document, c, e) },
	Match:    noText,
	document: &o365Document,
}

var o365Document = documentKind{
	keys:   []string{"Workload", "RecordType", "workload", "recordtype", "AuditData", "auditData"},
	claims: claimO365,
	fill:   fillO365,
}

var (
	o365Sources         = []string{":m365:audit"}
	o365ExchangeSources = []string{":m365:audit", ":m365:exchange"}
	o365AlertSources    = []string{":m365:audit", ":m365:threat_management", ":m365:threat_detection"}
)

// o365Mapping has the schema's names; some shippers write them in lower case.
var o365Mapping = newMapping(
	nameGroup{rule{column: event.EventTime, as: asUTC}, []string{"CreationTime", "creationtime"}},
	nameGroup{rule{column: event.Action, as: asText}, []string{"Operation", "operation"}},
	nameGroup{rule{column: event.EventCode, as: asCode}, []string{"RecordType", "recordtype"}},
	nameGroup{rule{column: event.UserName, as: asText}, []string{"UserId", "userid"}},
	nameGroup{rule{column: event.TargetUserName, as: asText}, []string{"TargetUserOrGroupName", "targetuserorgroupname"}},
	nameGroup{rule{column: event.TargetUserName, as: asText, rank: 1}, []string{"MailboxOwnerUPN", "mailboxownerupn"}},
	nameGroup{rule{column: event.SourceIP, as: asIP}, []string{"ClientIP", "clientip"}},
	nameGroup{rule{column: event.SourceIP, as: asIP, rank: 1}, []string{
		"ClientIPAddress", "clientipaddress", "ActorIpAddress", "actoripaddress", "SenderIp", "senderip",
	}},
	nameGroup{rule{column: event.UserAgent, as: asText}, []string{"UserAgent", "useragent"}},
	nameGroup{rule{column: event.SessionID, as: asText}, []string{"SessionId", "sessionid"}},
	nameGroup{rule{column: event.Severity, as: asCode}, []string{"Severity", "severity"}},
	nameGroup{rule{column: event.EmailFrom, as: asText}, []string{"P2Sender", "p2sender"}},
	nameGroup{rule{column: event.EmailFrom, as: asText, rank: 1}, []string{"P1Sender", "p1sender"}},
	nameGroup{rule{column: event.EmailTo, as: asList}, []string{"Recipients", "recipients"}},
)

func claimO365(o *object) int {
	if isO365Record(o) {
		return 90
	}
	data := auditData(o)
	if data == nil {
		return 0
	}
	defer data.release()
	if isO365Record(data) {
		return 90
	}
	return 0
}

// isO365Record looks at a bare record.
func isO365Record(o *object) bool {
	if o.text("Operation") == "" && o.text("operation") == "" {
		return false
	}
	if o.has("auditData") || o.has("AuditData") {
		return false
	}
	known := 0
	for _, names := range [...][2]string{
		{"Workload", "workload"},
		{"RecordType", "recordtype"},
		{"OrganizationId", "organizationid"},
		{"UserType", "usertype"},
		{"CreationTime", "creationtime"},
		{"UserKey", "userkey"},
	} {
		if o.has(names[0]) || o.has(names[1]) {
			known++
		}
	}
	return known > 2
}

// auditData returns the record in a row of an export, which the caller releases.
func auditData(o *object) *object {
	m := o.find("AuditData")
	if m == nil {
		m = o.find("auditData")
	}
	return m.innerObject()
}

func fillO365(o *object, c *Context, e *event.Event) error {
	if !isO365Record(o) {
		return fillAuditData(o, c, e)
	}
	workload := o.text("Workload") + o.text("workload")
	operation := o.text("Operation") + o.text("operation")
	o365Names(o, e)
	eventType := o365Type(workload, operation)
	outcome := o365Outcome(o, operation)
	about := o.text("ObjectId") + o.text("objectid")
	if eventType == event.FileChange || strings.HasPrefix(operation, "File") {
		takeAbout(o, e)
	}
	for _, name := range [...]string{"Workload", "workload"} {
		if text := o.take(name); text != "" {
			e.SetText(event.Service, strings.ToLower(text))
		}
	}
	o365Mapping.fill(o.members, c, e)
	if eventType == event.AccountChange && strings.Contains(about, "@") && workload == "AzureActiveDirectory" {
		fillAbsent(e, event.TargetUserName, about)
	}
	if e.Text(event.UserName) == "Not Available" {
		e.Clear(event.UserName)
		e.SetExtraText("UserId", "Not Available")
	}
	e.SetText(event.Vendor, "microsoft")
	e.SetText(event.Product, "m365")
	e.SetText(event.EventType, eventType)
	e.SetText(event.Outcome, outcome)
	switch workload {
	case "Exchange":
		e.SetList(event.LogSource, o365ExchangeSources)
	case "SecurityComplianceCenter":
		e.SetList(event.LogSource, o365AlertSources)
	default:
		e.SetList(event.LogSource, o365Sources)
	}
	return nil
}

// takeAbout makes the address of a file its path.
func takeAbout(o *object, e *event.Event) {
	if path := o.take("ObjectId"); path != "" {
		e.SetText(event.FilePath, path)
		return
	}
	e.SetText(event.FilePath, o.take("objectid"))
}

// fillAuditData reads a row of an export, whose own members say less than the
// record in it.
func fillAuditData(o *object, c *Context, e *event.Event) error {
	data := auditData(o)
	if data == nil {
		return &Error{Reason: "expected an operation with a workload and a record type, or a record in AuditData"}
	}
	defer data.release()
	if !isO365Record(data) {
		return &Error{Reason: "expected an operation with a workload and a record type in AuditData"}
	}
	if err := fillO365(data, c, e); err != nil {
		return err
	}
	for i := range o.members {
		if name := o.members[i].name; name == "AuditData" || name == "auditData" {
			o.members[i].done = true
		}
	}
	fillAround(o, new(mapping), c, e)
	return nil
}

// o365Names reads the lists of names and values that records carry, and the names
// of alerts and members.
func o365Names(o *object, e *event.Event) {
	for _, list := range [...]string{"ExtendedProperties", "DeviceProperties"} {
		for one := range o.find(list).elements() {
			value := scalarText(one.inner("Value"))
			switch scalarText(one.inner("Name")) {
			case "UserAgent":
				e.SetText(event.UserAgent, value)
			case "SessionId":
				e.SetText(event.SessionID, value)
			case "RequestType":
				e.SetExtraText("RequestType", value)
			}
		}
	}
	if o.has("AlertId") {
		e.SetText(event.RuleName, o.take("Name"))
		e.SetText(event.RuleID, o.take("PolicyId"))
	}
	if member, n := o.find("Members").first(); n == 1 {
		e.SetText(event.TargetUserName, scalarText(member.inner("UPN")))
	}
}
