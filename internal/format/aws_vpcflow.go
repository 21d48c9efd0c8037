package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var vpcflowFormat = &Format{
	Name:  "aws_vpcflow",
	Title: "AWS VPC and transit gateway flow log",
	Doc: "Flow records of AWS: the default ones of version 2, any list of fields under a header line, with the time that CloudWatch exports put in " +
		"front, and JSON objects of the fields or of CloudWatch around a record. It promises a value for each field of the header; without header " +
		"that all values are those of the default or of all fields in AWS's order. Source: https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html",
	Parse:    parseVPCFlow,
	Match:    matchVPCFlow,
	Starts:   "123456789v",
	columns:  &columnsKind{claims: isFlowHeader, read: readFlowColumns},
	document: &vpcflowDocument,
}

var vpcflowDocument = documentKind{
	keys:   []string{"srcaddr", "srcAddr", "pkt-srcaddr", "pkt_srcaddr", "logStream", "log_stream", "logGroup", "log_group", "interface_id", "interface-id", "interfaceId"},
	claims: claimVPCFlow,
	fill:   fillVPCFlow,
}

// flowDefault are the fields of version 2.
const flowDefault = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"

var flowDefaultPlan = readFlowColumns(flowDefault).(*flowPlan)

// flowLater are the fields of versions 3 to 5 in the order that AWS lists them,
// which is the one that flow logs with all fields have.
const flowLater = " vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region az-id sublocation-type sublocation-id" +
	" pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path"

// flowMixed are the fields of version 3 in the order of AWS's own example.
const flowMixed = "version vpc-id subnet-id instance-id interface-id account-id type srcaddr dstaddr srcport dstport pkt-srcaddr pkt-dstaddr" +
	" protocol bytes packets start end action tcp-flags log-status"

var (
	flowFullPlan  = readFlowColumns(flowDefault + flowLater).(*flowPlan)
	flowMixedPlan = readFlowColumns(flowMixed).(*flowPlan)
	// flowLongPlans are the first fields of all, by their number.
	flowLongPlans = readLongPlans()
)

func readLongPlans() []*flowPlan {
	plans := make([]*flowPlan, len(flowFullPlan.names)+1)
	for n := len(flowDefaultPlan.names) + 3; n < len(plans); n++ {
		plans[n] = &flowPlan{names: flowFullPlan.names[:n], as: flowFullPlan.as[:n]}
	}
	return plans
}

// longPlanOf returns the plan for a record without a header line whose values
// can only be those of version 3 or later in one of the two usual orders, nil for
// any other line.
func longPlanOf(line string) *flowPlan {
	if len(line) < 2 || line[0] < '3' || line[0] > '9' || line[1] != ' ' {
		return nil
	}
	if strings.HasPrefix(line[2:], "vpc-") {
		if flowMixedPlan.fits(line) {
			return flowMixedPlan
		}
		return nil
	}
	n := strings.Count(line, " ") + 1
	if n >= len(flowLongPlans) || flowLongPlans[n] == nil || !flowLongPlans[n].fits(line) {
		return nil
	}
	return flowLongPlans[n]
}

// flowField is what a field of a flow record holds.
type flowField uint8

const (
	flowText flowField = iota
	flowNumber
	flowAccount
	flowSource
	flowDestination
	flowSourcePort
	flowDestinationPort
	flowProtocol
	flowBytes
	flowStart
	flowAction
	flowRegion
	flowDirection
)

// flowPlan is what a header line says.
type flowPlan struct {
	names []string
	as    []flowField
}

// flowFieldOf returns what the field called name, with hyphens, holds.
func flowFieldOf(name string) flowField {
	switch name {
	case "account-id":
		return flowAccount
	case "srcaddr":
		return flowSource
	case "dstaddr":
		return flowDestination
	case "srcport":
		return flowSourcePort
	case "dstport":
		return flowDestinationPort
	case "protocol":
		return flowProtocol
	case "bytes":
		return flowBytes
	case "start":
		return flowStart
	case "action":
		return flowAction
	case "region":
		return flowRegion
	case "flow-direction":
		return flowDirection
	case "version", "packets", "end", "tcp-flags", "traffic-path", "packets-lost-no-route", "packets-lost-blackhole", "packets-lost-mtu-exceeded", "packets-lost-ttl-expired":
		return flowNumber
	default:
		return flowText
	}
}

// isFlowHeader reports whether line names the fields of flow records: words in
// lower case, the two addresses among them.
func isFlowHeader(line string) bool {
	if len(line) < len("srcaddr dstaddr") || line[0] < 'a' || line[0] > 'z' {
		return false
	}
	source, destination := false, false
	for name := range strings.SplitSeq(line, " ") {
		if !isFlowName(name) {
			return false
		}
		source = source || name == "srcaddr"
		destination = destination || name == "dstaddr"
	}
	return source && destination
}

func isFlowName(name string) bool {
	if len(name) < 3 || len(name) > 48 {
		return false
	}
	for i := range len(name) {
		if b := name[i]; (b < 'a' || b > 'z') && b != '-' && b != '_' {
			return false
		}
	}
	return true
}

func readFlowColumns(text string) any {
	p := &flowPlan{}
	for name := range strings.SplitSeq(text, " ") {
		name = strings.ReplaceAll(name, "_", "-")
		p.names = append(p.names, name)
		p.as = append(p.as, flowFieldOf(name))
	}
	return p
}

func matchVPCFlow(line string) int {
	if len(line) < 40 {
		return 0
	}
	if line[0] == 'v' {
		if strings.HasPrefix(line, "version ") && isFlowHeader(line) {
			return Certain
		}
		return 0
	}
	if line[0] == '2' && line[1] == ' ' && flowDefaultPlan.fits(line) {
		return Certain
	}
	if line[1] == ' ' && longPlanOf(line) != nil {
		return 95
	}
	if line[4] == '-' && isDefaultFlow(afterExportTime(line)) {
		return Certain
	}
	return 0
}

// isDefaultFlow reports whether line is a record of version 2.
func isDefaultFlow(line string) bool {
	return strings.HasPrefix(line, "2 ") && flowDefaultPlan.fits(line)
}

// afterExportTime returns what follows the time that CloudWatch puts in front of
// records when it exports them to S3.
func afterExportTime(line string) string {
	const size = len("2006-01-02T15:04:05.000Z ")
	if len(line) > size && line[10] == 'T' && line[size-2] == 'Z' && line[size-1] == ' ' {
		return line[size:]
	}
	return line
}

// fits reports whether each value of line is one of its field.
func (p *flowPlan) fits(line string) bool {
	for i, as := range p.as {
		value, rest, more := strings.Cut(line, " ")
		if more != (i < len(p.as)-1) || !flowHolds(p.names[i], as, value) {
			return false
		}
		line = rest
	}
	return true
}

func flowHolds(name string, as flowField, value string) bool {
	if value == "-" {
		return name != "version" && name != "start"
	}
	switch as {
	case flowSource, flowDestination:
		return isAddress(value)
	case flowSourcePort, flowDestinationPort, flowProtocol, flowBytes, flowStart, flowNumber:
		return value != "" && leadingDigits(value) == len(value)
	case flowAction:
		return value == "ACCEPT" || value == "REJECT"
	}
	switch name {
	case "vpc-id":
		return strings.HasPrefix(value, "vpc-")
	case "subnet-id":
		return strings.HasPrefix(value, "subnet-")
	case "instance-id":
		return strings.HasPrefix(value, "i-")
	case "type":
		return value == "IPv4" || value == "IPv6" || value == "EFA"
	case "pkt-srcaddr", "pkt-dstaddr":
		return isAddress(value)
	case "log-status":
		return value == "OK" || value == "NODATA" || value == "SKIPDATA"
	default:
		return value != ""
	}
}

func parseVPCFlow(line string, c *Context, e *event.Event) error {
	if isObject(line) {
		return parseDocument(line, &vpcflowDocument, c, e)
	}
	if isFlowHeader(line) {
		fillHeader(line, e)
		return nil
	}
	record := afterExportTime(line)
	p, headed := c.Columns.compiled().(*flowPlan)
	switch {
	case headed && strings.Count(record, " ") == len(p.names)-1:
	case isDefaultFlow(record):
		p = flowDefaultPlan
	case headed:
		return &Error{Reason: "the line has not as many values as its header names", Offset: len(line)}
	default:
		if p = longPlanOf(record); p == nil {
			return &Error{Reason: "the line is no record in a usual order of fields; its header line is not known"}
		}
	}
	return p.fill(record, e)
}

func (p *flowPlan) fill(record string, e *event.Event) error {
	misfits := 0
	for i, as := range p.as {
		value, rest, _ := strings.Cut(record, " ")
		record = rest
		if value == "-" || value == "" {
			continue
		}
		if !setFlow(e, as, p.names[i], value) {
			misfits++
			e.Warn(p.names[i] + " is not valid")
			e.SetExtraText(p.names[i], value)
		}
	}
	if misfits > maxMisfits {
		e.Reset()
		return &Error{Reason: "the values are not those of the fields that the header names"}
	}
	concludeFlow(e)
	return nil
}

var flowSources = []string{"firewall:aws:vpcflow", "::netflow"}

func concludeFlow(e *event.Event) {
	e.SetText(event.EventType, event.NetworkFlow)
	e.SetText(event.Vendor, "aws")
	e.SetText(event.Product, "vpc")
	e.SetText(event.Service, "vpcflow")
	e.SetList(event.LogSource, flowSources)
}

// setFlow gives one field's column its value; false where it does not fit.
func setFlow(e *event.Event, as flowField, name, value string) bool {
	switch as {
	case flowAccount:
		if value != "unknown" {
			e.SetText(event.CloudAccount, value)
		}
	case flowSource:
		return e.SetIP(event.SourceIP, value)
	case flowDestination:
		return e.SetIP(event.DestinationIP, value)
	case flowSourcePort:
		return setPort(e, event.SourcePort, value)
	case flowDestinationPort:
		return setPort(e, event.DestinationPort, value)
	case flowProtocol:
		number, ok := parseUint(value)
		if ok && number <= 255 {
			e.SetText(event.NetworkProtocol, protocolName(value))
			return true
		}
		return setProtocol(e, value)
	case flowBytes:
		return setCount(e, event.NetworkBytes, value)
	case flowStart:
		nanos, ok := epochTime(value)
		if ok {
			e.SetInt(event.EventTime, nanos)
		}
		return ok
	case flowAction:
		return setFlowAction(e, name, value)
	case flowRegion:
		e.SetText(event.CloudRegion, value)
	case flowDirection:
		switch value {
		case "ingress":
			e.SetText(event.NetworkDirection, event.Inbound)
		case "egress":
			e.SetText(event.NetworkDirection, event.Outbound)
		default:
			return false
		}
	case flowNumber:
		if isNumber(value) {
			e.SetExtra(name, event.Value{Kind: event.KindNumber, Text: value})
			return true
		}
		return false
	default:
		e.SetExtraText(name, value)
	}
	return true
}

func setFlowAction(e *event.Event, name, value string) bool {
	switch value {
	case "ACCEPT":
		e.SetText(event.Action, event.Allow)
		e.SetText(event.Outcome, event.Success)
	case "REJECT":
		e.SetText(event.Action, event.Deny)
		e.SetText(event.Outcome, event.Failure)
	default:
		return false
	}
	e.SetExtraText(name, value)
	return true
}

// claimVPCFlow knows the two addresses under AWS's names beside something that
// only flow records have, and a record in the message of a CloudWatch event.
func claimVPCFlow(o *object) int {
	if message := o.text("message"); message != "" {
		if isDefaultFlow(message) {
			return 90
		}
		return 0
	}
	switch {
	case o.has("query_name"): // the log of Route 53's resolver has some of the names
		return 0
	case (o.has("srcaddr") || o.has("pkt-srcaddr")) && (o.has("interface-id") || o.has("interface_id") || o.has("log-status") || o.has("log_status") || o.has("account_id") || o.has("tgw_id")):
		return 90
	case o.has("srcAddr") && o.has("dstAddr") && (o.has("interfaceId") || o.has("vpcId") || o.has("instanceId") || o.has("dstPort")):
		return 60
	default:
		return 0
	}
}

func fillVPCFlow(o *object, _ *Context, e *event.Event) error {
	if message := o.text("message"); message != "" {
		if err := flowDefaultPlan.fill(message, e); err != nil {
			return err
		}
		o.find("message").done = true
		if account := o.text("owner"); account == e.Text(event.CloudAccount) {
			o.take("owner")
		}
		keepMembers(o.members, e)
		return nil
	}
	for i := range o.members {
		m := &o.members[i]
		name := flowName(m.name)
		as := flowFieldOf(name)
		if as == flowText || as == flowNumber || m.done {
			continue
		}
		if value := scalarText(m); value != "" && value != "-" {
			m.done = setFlow(e, as, m.name, value)
		}
	}
	keepMembers(o.members, e)
	concludeFlow(e)
	return nil
}

// flowName returns the name with hyphens of a field that JSON writes in another
// way: interface_id, interfaceId.
func flowName(name string) string {
	switch name {
	case "account", "accountId":
		return "account-id"
	case "srcAddr":
		return "srcaddr"
	case "dstAddr":
		return "dstaddr"
	case "srcPort":
		return "srcport"
	case "dstPort":
		return "dstport"
	case "flowDirection", "flow_direction":
		return "flow-direction"
	case "account_id":
		return "account-id"
	default:
		return name
	}
}

// keepMembers moves the members that are in no column to extra.
func keepMembers(members []member, e *event.Event) {
	fillRuled(members, nil, &Context{}, e)
}
