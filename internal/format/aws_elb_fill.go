package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// elbTail are the fields behind the user agent of an Application Load Balancer,
// by AWS' names; a Classic Load Balancer has the first two.
var elbTail = [...]string{
	"ssl_cipher", "ssl_protocol", "target_group_arn", "trace_id", "domain_name", "chosen_cert_arn", "matched_rule_priority", "request_creation_time",
	"actions_executed", "redirect_url", "error_reason", "target:port_list", "target_status_code_list", "classification", "classification_reason",
	"conn_trace_id", "transformed_host", "transformed_uri", "request_transform_status",
}

func describeELB(e *event.Event, kind string) {
	e.SetText(event.Vendor, "aws")
	e.SetText(event.Product, "elb")
	e.SetText(event.Service, "elb")
	e.SetList(event.LogSource, elbSources)
	e.SetExtraText("type", kind)
}

func (l *elbLine) fill(e *event.Event) {
	classic := l.kind == ""
	e.SetInt(event.EventTime, l.nanos)
	describeELB(e, l.kind)
	e.SetExtraText("elb", l.elb)
	if !setPlainEndpoint(e, event.SourceIP, event.SourcePort, l.client) {
		e.SetExtraText("client:port", absent(l.client))
	}
	names := [...]string{"target:port", "target_processing_time", "target_status_code"}
	if classic {
		names = [...]string{"backend:port", "backend_processing_time", "backend_status_code"}
	}
	e.SetExtraText(names[0], absent(l.target))
	setExtraValue(e, "request_processing_time", l.times[0])
	setExtraValue(e, names[1], l.times[1])
	setExtraValue(e, "response_processing_time", l.times[2])
	setExtraValue(e, names[2], l.statuses[1])
	setExtraValue(e, "received_bytes", l.sizes[0])
	l.fillRequest(e)
	if l.hasAgent {
		e.SetText(event.UserAgent, absent(l.agent))
	}
	if l.broken {
		e.Warn("a quoted field is not followed by a space; what stands behind it was left out")
		return
	}
	fillELBTail(l.tail, classic, e)
}

// fillRequest sets request and status. A TCP listener has neither, and a client
// that sent no request none.
func (l *elbLine) fillRequest(e *event.Event) {
	request := strings.TrimRight(l.request, " ")
	if strings.Trim(request, "- ") == "" && l.statuses[0] == "-" {
		e.SetText(event.EventType, event.NetworkFlow)
		e.SetText(event.NetworkProtocol, "tcp")
		e.SetList(event.LogSource, nil)
		received, ok := parseUint(l.sizes[0])
		if sent, fits := parseUint(l.sizes[1]); ok && fits && received < 1<<61 && sent < 1<<61 {
			e.SetInt(event.NetworkBytes, received+sent)
			setExtraValue(e, "sent_bytes", l.sizes[1])
		}
		return
	}
	e.SetText(event.EventType, event.HTTPAccess)
	setHTTPStatus(e, l.statuses[0])
	setCount(e, event.ResponseSizeBytes, l.sizes[1])
	switch {
	case strings.Trim(request, "- ") == "":
	case strings.HasPrefix(request, "- "):
		e.SetExtraText("request_line", request)
	default:
		fillRequest(e, request)
		fillTargetPort(e, e.Text(event.HTTPMethod), e.Text(event.RequestPath))
	}
}

// fillELBTail reads the fields behind the user agent. Those that came after this
// program go to extra together.
func fillELBTail(tail string, classic bool, e *event.Event) {
	c := scan(tail)
	names := elbTail[:]
	if classic {
		names = names[:2]
	}
	for _, name := range names {
		if c.done() {
			return
		}
		text := ""
		if c.peek() == '"' {
			quoted, ok := c.quoted()
			if !ok {
				e.Warn("a closing quote is missing; the last field was left out")
				return
			}
			text = quoted
		} else {
			text = c.token()
		}
		fillELBField(name, absent(text), e)
		if !c.done() && !c.skip(' ') {
			e.Warn("a quoted field is not followed by a space; what stands behind it was left out")
			return
		}
	}
	e.SetExtraText("tail", c.rest())
}

func fillELBField(name, text string, e *event.Event) {
	switch {
	case text == "":
	case name == "actions_executed":
		fillELBAction(text, e)
	case name == "target_group_arn" || name == "chosen_cert_arn":
		e.SetExtraText(name, text)
		fillARN(text, e)
	case name == "matched_rule_priority" || name == "target_status_code_list":
		setExtraValue(e, name, text)
	default:
		e.SetExtraText(name, text)
	}
}

// fillELBAction sets what the load balancer did. "waf" as the last action of a
// request answered with 403 means that the web application firewall refused it.
func fillELBAction(text string, e *event.Event) {
	if (text == "waf" || strings.HasSuffix(text, ",waf")) && e.Has(event.StatusCode) && e.Int(event.StatusCode) == 403 {
		e.SetText(event.Action, event.Deny)
		e.SetExtraText("actions_executed", text)
		return
	}
	e.SetText(event.Action, text)
}

// fillARN sets region and account from "arn:aws:SERVICE:REGION:ACCOUNT:...".
func fillARN(arn string, e *event.Event) {
	rest, ok := strings.CutPrefix(arn, "arn:")
	if !ok {
		return
	}
	var region, account string
	for i := range 4 {
		var part string
		part, rest, ok = strings.Cut(rest, ":")
		switch i {
		case 2:
			region = part
		case 3:
			account = part
		}
		if !ok {
			break
		}
	}
	fillAbsent(e, event.CloudRegion, region)
	if len(account) == 12 && isCount(account) {
		fillAbsent(e, event.CloudAccount, account)
	}
}

// nlbFields are the fields of a Network Load Balancer, by AWS' names.
var nlbFields = [...]string{
	"type", "version", "time", "elb", "listener", "client:port", "destination:port", "connection_time", "tls_handshake_time", "received_bytes", "sent_bytes",
	"incoming_tls_alert", "chosen_cert_arn", "chosen_cert_serial", "tls_cipher", "tls_protocol_version", "tls_named_group", "domain_name", "alpn_fe_protocol",
	"alpn_be_protocol", "alpn_client_preference_list", "tls_connection_creation_time",
}

// nlbLine are the fields of a line of a Network Load Balancer.
type nlbLine struct {
	values [len(nlbFields)]string
	tail   string
}

const (
	nlbTime = iota + 2
	nlbName
	nlbListener
	nlbClient
	nlbDestination
	nlbConnectionTime
	nlbHandshakeTime
	nlbReceived
	nlbSent
	nlbAlert
	nlbCertificate
	nlbSerial
	nlbCipher
)

func parseNLB(line string, e *event.Event) error {
	c := scan(line)
	var l nlbLine
	for i := range l.values {
		start := c.i
		l.values[i] = c.token()
		if i <= nlbCipher && l.values[i] == "" {
			c.i = start
			return c.fail("expected " + nlbFields[i])
		}
		c.skip(' ')
	}
	l.tail = c.rest()
	nanos, ok := elbTime(l.values[nlbTime])
	if !ok {
		return &Error{Reason: "expected a time like 2024-09-05T10:30:00", Offset: len("tls 2.0 ")}
	}
	for _, i := range [...]int{nlbReceived, nlbSent} {
		if l.values[i] != "-" && !isCount(l.values[i]) {
			return &Error{Reason: "expected a count of bytes as " + nlbFields[i], Offset: strings.Index(line, l.values[i])}
		}
	}
	if !isELBPlace(l.values[nlbClient]) || !isELBPlace(l.values[nlbDestination]) {
		return &Error{Reason: "expected the address and port of client and destination", Offset: strings.Index(line, l.values[nlbClient])}
	}
	e.SetInt(event.EventTime, nanos)
	l.fill(e)
	return nil
}

func (l *nlbLine) fill(e *event.Event) {
	describeELB(e, l.values[0])
	e.SetList(event.LogSource, nil)
	e.SetText(event.EventType, event.NetworkFlow)
	e.SetText(event.NetworkProtocol, "tcp")
	l.fillOutcome(e)
	received, ok := parseUint(l.values[nlbReceived])
	if sent, fits := parseUint(l.values[nlbSent]); ok && fits && received < 1<<61 && sent < 1<<61 {
		e.SetInt(event.NetworkBytes, received+sent)
	}
	for i, name := range nlbFields {
		value := absent(l.values[i])
		switch {
		case value == "" || i == 0 || i == nlbTime:
		case i == nlbClient && setPlainEndpoint(e, event.SourceIP, event.SourcePort, value):
		case i == nlbDestination && setPlainEndpoint(e, event.DestinationIP, event.DestinationPort, value):
		case i == nlbConnectionTime || i == nlbHandshakeTime || i == nlbReceived || i == nlbSent:
			setExtraValue(e, name, value)
		case i == nlbCertificate:
			e.SetExtraText(name, value)
			fillARN(value, e)
		default:
			e.SetExtraText(name, value)
		}
	}
	e.SetExtraText("tail", l.tail)
}

// fillOutcome says that a handshake without an alert that agreed on a cipher was
// a success.
func (l *nlbLine) fillOutcome(e *event.Event) {
	switch {
	case l.values[nlbAlert] == "-" && l.values[nlbCipher] != "-":
		e.SetText(event.Outcome, event.Success)
	case l.values[nlbCipher] == "-":
		e.SetText(event.Outcome, event.Failure)
	}
}
