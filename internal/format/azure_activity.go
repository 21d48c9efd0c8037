package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var azureActivity = &Format{
	Name:  "azure_activity",
	Title: "Azure activity and resource logs",
	Doc: "The activity log of Azure as diagnostic settings, the REST API, its SDKs and Log Analytics write it, and resource logs in the same " +
		"envelope: Application Gateway, Front Door, Key Vault, Storage, Azure Firewall, network security groups and any other. It promises the " +
		"identifier of a resource of a subscription, or the operation of an activity, with a time or a category. " +
		"Source: https://learn.microsoft.com/en-us/azure/azure-monitor/essentials/activity-log-schema",
	Parse:    func(line string, c *Context, e *event.Event) error { return parseDocument(line, &azureDocument, c, e) },
	Match:    noText,
	document: &azureDocument,
}

var azureDocument = documentKind{
	keys:   []string{"resourceId", "ResourceId", "resource_id", "operationName", "operation_name", "OperationNameValue", "records"},
	claims: claimAzure,
	fill:   fillAzure,
}

func claimAzure(o *object) int {
	if score := claimAzureRecord(o); score > 0 {
		return score
	}
	inner, _ := recordsOf(o, "records")
	if inner == nil {
		return 0
	}
	defer inner.release()
	return claimAzureRecord(inner)
}

// claimAzureRecord looks at one record. It is less sure than the formats of
// single resources.
func claimAzureRecord(o *object) int {
	id := azureResource(o)
	timed := o.has("time") || o.has("timeStamp") || o.has("category") || o.has("operationName")
	switch {
	case o.text("Type") == "AzureActivity", o.has("OperationNameValue") && (id != "" || o.has("CategoryValue")):
		return 80
	case o.find("operationName").inner("value") != nil && o.has("resourceId"), o.find("operation_name").inner("value") != nil && o.has("event_timestamp"):
		return 80
	case timed && hasFoldPrefix(id, "/subscriptions/"):
		return 70
	case strings.HasPrefix(o.text("category"), "Storage") && o.has("operationName") && o.has("uri"):
		return 70
	case id != "" && strings.Contains(o.text("operationName"), "/") && o.has("category"):
		return 60
	}
	return 0
}

func azureResource(o *object) string {
	for _, name := range [...]string{"resourceId", "ResourceId", "resource_id", "_ResourceId"} {
		if id := o.text(name); id != "" {
			return id
		}
	}
	return ""
}

func hasFoldPrefix(s, lower string) bool {
	return len(s) >= len(lower) && strings.EqualFold(s[:len(lower)], lower)
}

func fillAzure(o *object, c *Context, e *event.Event) error {
	if claimAzureRecord(o) == 0 {
		return fillRecord(o, "records", c, e, fillAzure)
	}
	for _, name := range [...]string{"identity", "properties", "Properties", "Authorization", "Claims", "HTTPRequest"} {
		o.find(name).unwrap()
	}
	id, category := azureResource(o), azureCategory(o)
	o.flatten(azureMapping)
	if m := o.find("identity.claims.name"); m != nil && strings.Contains(m.str(), "@") {
		fillAbsent(e, event.UserName, m.str())
	}
	outcome := azureOutcome(o)
	azureMapping.fill(o.members, c, e)
	switch category {
	case "NetworkSecurityGroupFlowEvent":
		setFlowTuple(o, e)
	case "AzureFirewallNetworkRule", "AzureFirewallApplicationRule":
		setFirewallText(e)
	}
	if account := azureSubscription(id); account != "" {
		fillAbsent(e, event.CloudAccount, account)
	}
	if e.Text(event.CloudRegion) == "global" {
		e.Clear(event.CloudRegion)
		e.SetExtraText("location", "global")
	}
	if level := azureLevel(e.Text(event.Severity)); level != "" && !e.Has(event.LogLevel) {
		e.SetText(event.LogLevel, level)
	}
	e.SetText(event.Vendor, "microsoft")
	e.SetText(event.Product, "azure")
	if outcome == event.Unknown && e.Has(event.StatusCode) {
		outcome = httpOutcome(e.Int(event.StatusCode))
	}
	e.SetText(event.Outcome, outcome)
	kind := azureKindOf(category)
	if category == "" && e.Has(event.Action) && !strings.Contains(e.Text(event.Action), "/") {
		kind = azureKind{eventType: event.CloudAPI} // operations of the activity log have a path
	}
	e.SetText(event.EventType, kind.eventType)
	e.SetList(event.LogSource, kind.sources)
	e.SetText(event.Service, kind.service)
	if kind.service == "" {
		e.SetText(event.Service, azureProvider(id))
	}
	if kind.decides {
		setVerdict(e)
	}
	return nil
}

// azureCategory returns the category of a record, in whatever shape.
func azureCategory(o *object) string {
	for _, name := range [...]string{"category", "CategoryValue", "Category"} {
		m := o.find(name)
		if m != nil && m.kind == event.KindObject {
			m = m.inner("value")
		}
		if text := scalarText(m); text != "" {
			return text
		}
	}
	return ""
}

// azureKind is what a category of logs means.
type azureKind struct {
	service, eventType string
	sources            []string
	// decides: the action is a verdict about traffic.
	decides bool
}

var (
	azureActivitySources = []string{":azure:activitylogs"}
	azureWebSources      = []string{"webserver:azure:"}
	azureFirewallSources = []string{"firewall:azure:"}
	azureDNSSources      = []string{"dns:azure:"}

	azureAdministrative = azureKind{service: "activitylogs", eventType: event.CloudAPI, sources: azureActivitySources}
	azureService        = azureKind{service: "activitylogs", eventType: event.ServiceLog, sources: azureActivitySources}
	azureSecurity       = azureKind{service: "activitylogs", eventType: event.IDSAlert, sources: azureActivitySources}
)

func azureKindOf(category string) azureKind {
	switch category {
	case "Administrative", "Policy", "":
		return azureAdministrative
	case "ServiceHealth", "ResourceHealth", "Alert", "Autoscale", "Recommendation":
		return azureService
	case "Security":
		return azureSecurity
	case "ApplicationGatewayAccessLog", "FrontDoorAccessLog", "FrontdoorAccessLog", "AppServiceHTTPLogs":
		return azureKind{eventType: event.HTTPAccess, sources: azureWebSources}
	case "ApplicationGatewayFirewallLog", "FrontDoorWebApplicationFirewallLog", "FrontdoorWebApplicationFirewallLog", "WebApplicationFirewallLogs":
		return azureKind{eventType: event.Firewall, decides: true}
	case "AZFWNetworkRule", "AZFWApplicationRule", "AZFWNatRule", "AZFWThreatIntel",
		"AzureFirewallNetworkRule", "AzureFirewallApplicationRule", "NetworkSecurityGroupFlowEvent":
		return azureKind{eventType: event.Firewall, sources: azureFirewallSources, decides: true}
	case "AZFWIdpsSignature":
		return azureKind{eventType: event.IDSAlert, decides: true}
	case "AZFWDnsQuery", "AzureFirewallDnsProxy":
		return azureKind{eventType: event.TypeDNSQuery, sources: azureDNSSources}
	case "AuditEvent", "StorageRead", "StorageWrite", "StorageDelete", "AuditLogs":
		return azureKind{eventType: event.CloudAPI}
	default:
		return azureKind{eventType: event.ServiceLog}
	}
}

// azureSubscription returns the subscription in the identifier of a resource.
func azureSubscription(id string) string {
	const start = "/subscriptions/"
	if !hasFoldPrefix(id, start) {
		return ""
	}
	account, _, _ := strings.Cut(id[len(start):], "/")
	return account
}

// azureProvider returns the provider in the identifier of a resource without its
// maker: keyvault of …/providers/Microsoft.KeyVault/vaults/….
func azureProvider(id string) string {
	const mark = "/providers/"
	for i := 0; i+len(mark) <= len(id); i++ {
		if !strings.EqualFold(id[i:i+len(mark)], mark) {
			continue
		}
		name, _, _ := strings.Cut(id[i+len(mark):], "/")
		if _, short, ok := strings.Cut(name, "."); ok {
			name = short
		}
		return strings.ToLower(name)
	}
	return ""
}

// azureOutcome reads how it ended from the words that the shapes have for it.
// Start and Accept are no ends.
func azureOutcome(o *object) string {
	for _, name := range [...]string{
		"resultType", "status", "ActivityStatusValue", "ActivityStatus", "resultSignature", "statusText", "properties.result", "properties.metricResponseType",
	} {
		m := o.find(name)
		if m != nil && m.kind == event.KindObject {
			m = m.inner("value")
		}
		word, _, _ := strings.Cut(scalarText(m), ".")
		if said := resultOutcome(word); said != event.Unknown {
			return said
		}
		if strings.HasSuffix(word, "Failure") || strings.HasSuffix(word, "Error") {
			return event.Failure
		}
		if equalFoldAny(word, "Start", "Started", "Accept", "Accepted", "InProgress") {
			return event.Unknown
		}
	}
	return event.Unknown
}

// setVerdict makes allow or deny of the word of a firewall, which stays in extra.
func setVerdict(e *event.Event) {
	word := e.Text(event.Action)
	verdict := ""
	switch {
	case equalFoldAny(word, "Allow", "Allowed", "A", "Log", "Detected", "Matched", "Alert"):
		verdict = "allow"
	case equalFoldAny(word, "Deny", "Denied", "D", "Block", "Blocked", "Drop"):
		verdict = "deny"
	default:
		return
	}
	e.SetExtraText("properties.action", word)
	e.SetText(event.Action, verdict)
	if verdict == "deny" {
		e.SetText(event.Outcome, event.Failure)
	} else {
		e.SetText(event.Outcome, event.Success)
	}
}

// setFirewallText reads the sentence that Azure Firewall had before it had fields:
// "TCP request from 192.0.2.7:44931 to 198.51.100.9:443. Action: Deny. ...". Its
// second end may be a name.
func setFirewallText(e *event.Event) {
	protocol, rest, ok := strings.Cut(e.Text(event.Message), " request from ")
	if !ok || strings.IndexByte(protocol, ' ') >= 0 {
		return
	}
	from, rest, ok := strings.Cut(rest, " to ")
	if !ok {
		return
	}
	to, rest, _ := strings.Cut(rest, ". ")
	to = strings.TrimSuffix(to, ".")
	if !setEndpoint(e, event.SourceIP, event.SourcePort, from) {
		return
	}
	if !setEndpoint(e, event.DestinationIP, event.DestinationPort, to) {
		setNamedEndpoint(e, to)
	}
	e.SetText(event.NetworkProtocol, transportName(protocol))
	for rest != "" {
		var part string
		part, rest, _ = strings.Cut(rest, ". ")
		name, value, _ := strings.Cut(strings.TrimRight(part, ". "), ": ")
		switch name {
		case "Action":
			e.SetExtraText("operationName", e.Text(event.Action))
			e.SetText(event.Action, value)
		case "Rule":
			fillAbsent(e, event.RuleName, value)
		}
	}
}

// setNamedEndpoint sets the host and the port of "www.example.com:443".
func setNamedEndpoint(e *event.Event, text string) {
	host, digits, _ := strings.Cut(text, ":")
	port, ok := parseUint(digits)
	if !ok || host == "" || !e.SetPort(event.DestinationPort, port) {
		return
	}
	fillAbsent(e, event.HTTPHost, host)
}

// setFlowTuple reads the flow of a record of a network security group that has
// one only: "1725532200,192.0.2.7,198.51.100.9,44931,443,T,I,A,B,,,,".
func setFlowTuple(o *object, e *event.Event) {
	rule, n := o.find("properties.flows").first()
	if n != 1 {
		return
	}
	flow, n := rule.inner("flows").first()
	if n != 1 {
		return
	}
	tuple, n := flow.inner("flowTuples").first()
	if n != 1 {
		return
	}
	var f [8]string
	rest := scalarText(tuple)
	for i := range f {
		f[i], rest, _ = strings.Cut(rest, ",")
	}
	if !e.SetIP(event.SourceIP, f[1]) || !e.SetIP(event.DestinationIP, f[2]) {
		return
	}
	e.SetText(event.RuleName, scalarText(rule.inner("rule")))
	if nanos, ok := epochTime(f[0]); ok {
		e.SetInt(event.EventTime, nanos)
	}
	if port, ok := parseUint(f[3]); ok {
		e.SetPort(event.SourcePort, port)
	}
	if port, ok := parseUint(f[4]); ok {
		e.SetPort(event.DestinationPort, port)
	}
	switch f[5] {
	case "T", "6":
		e.SetText(event.NetworkProtocol, "tcp")
	case "U", "17":
		e.SetText(event.NetworkProtocol, "udp")
	}
	switch f[6] {
	case "I":
		e.SetText(event.NetworkDirection, "inbound")
	case "O":
		e.SetText(event.NetworkDirection, "outbound")
	}
	e.SetExtraText("operationName", e.Text(event.Action))
	e.SetText(event.Action, f[7])
}
