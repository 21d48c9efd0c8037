package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var crowdStrike = &Format{
	Name:  "crowdstrike",
	Title: "CrowdStrike Falcon",
	Doc: "Events of CrowdStrike Falcon: sensor events of the Falcon Data Replicator, events of the Streaming API (detections, audits, firewall, " +
		"identity, remote response) and detections and alerts of the APIs. It promises a simple name, the metadata of a stream, or the " +
		"identifier of a detection. Source: https://falcon.crowdstrike.com/documentation (Falcon Data Replicator, Streaming API)",
	Parse:    func(line string, c *Context, e *event.Event) error { return parseDocument(line, &falconDocument, c, e) },
	Match:    noText,
	document: &falconDocument,
}

var falconDocument = documentKind{
	keys: []string{
		"event_simpleName", "event_simplename", "fdr_event_type", "metadata", "detection_id", "composite_id",
	},
	claims: claimFalcon,
	fill:   fillFalcon,
}

func claimFalcon(o *object) int {
	switch {
	case isSensorEvent(o), isStreamed(o):
		return 90
	case isFalconAlert(o):
		return 85
	default:
		return 0
	}
}

// isSensorEvent looks for an event of the data replicator.
func isSensorEvent(o *object) bool {
	name := o.has("event_simpleName") || o.has("event_simplename") || o.has("fdr_event_type")
	return name && (o.has("aid") || o.has("cid") || o.has("event_platform") || o.has("event"))
}

// isStreamed looks for an event of the Streaming API.
func isStreamed(o *object) bool {
	m, inner := o.find("metadata"), o.find("event")
	return inner != nil && inner.kind == event.KindObject && m.inner("eventType") != nil &&
		(m.inner("customerIDString") != nil || m.inner("offset") != nil)
}

// isFalconAlert looks for a detection or an alert of the APIs.
func isFalconAlert(o *object) bool {
	return strings.HasPrefix(o.text("detection_id"), "ldt:") && o.has("behaviors") ||
		o.has("composite_id") && (o.has("agent_id") || o.has("device") || o.has("pattern_id"))
}

func fillFalcon(o *object, c *Context, e *event.Event) error {
	e.SetText(event.Vendor, "crowdstrike")
	e.SetText(event.Product, "falcon")
	switch {
	case isSensorEvent(o):
		return fillSensorEvent(o, c, e)
	case isStreamed(o):
		fillStreamed(o, c, e)
	default:
		fillFalconAlert(o, c, e)
	}
	return nil
}

// fillSensorEvent reads an event of the data replicator. Some shippers keep it in
// a member called event, with the common part repeated around it.
func fillSensorEvent(o *object, c *Context, e *event.Event) error {
	inner := o.find("event")
	if inner == nil || inner.kind != event.KindObject {
		fillFalconSensor(o, c, e)
		return nil
	}
	data := inner.innerObject()
	if data == nil {
		return &Error{Reason: "the event has more members than a document may have"}
	}
	defer data.release()
	if !data.has("event_simpleName") {
		data.members = append(data.members, member{name: "event_simpleName", kind: event.KindString, text: falconName(o)})
	}
	fillFalconSensor(data, c, e)
	inner.done = true
	for i := range o.members {
		switch m := &o.members[i]; m.name {
		case "event_simpleName", "event_simplename", "fdr_event_type":
			m.done = true
		}
	}
	fillAround(o, sensorAround, c, e)
	return nil
}

// sensorAround is what stands around an event that leaves out its time.
var sensorAround = newMapping(nameGroup{rule{column: event.EventTime, as: asUTC}, []string{"timestamp"}})

func falconName(o *object) string {
	for _, name := range [...]string{"event_simpleName", "event_simplename", "fdr_event_type"} {
		if text := o.text(name); text != "" {
			return text
		}
	}
	return ""
}

func fillFalconSensor(o *object, c *Context, e *event.Event) {
	name, platform := falconName(o), o.text("event_platform")
	kind := sensorKindOf(name)
	// Who logs on is on the other side.
	setEnds(o, e, o.text("ConnectionDirection") == "1" || kind.eventType == event.AuthLogin)
	if number := o.take("RequestType"); number != "" {
		e.SetText(event.DNSType, dnsTypeName(number))
	}
	if records := splitRecords(o.text("IP4Records") + ";" + o.text("IP6Records")); records != nil {
		e.SetList(event.DNSAnswer, records)
	}
	if protocol := o.take("Protocol"); protocol != "" {
		e.SetText(event.NetworkProtocol, protocolName(protocol))
	}
	for _, hash := range [...]string{"SHA256HashData", "MD5HashData"} {
		if text := o.text(hash); isHash(text) && !e.Has(event.FileHash) {
			e.SetText(event.FileHash, strings.ToLower(o.take(hash)))
		}
	}
	sensorMapping.fill(o.members, c, e)
	trimQueryRoot(e)
	e.SetText(event.EventType, kind.eventType)
	e.SetText(event.Outcome, kind.outcome)
	if kind.category != "" {
		e.SetList(event.LogSource, sensorSources(kind.category, platform))
	}
}

// trimQueryRoot is trimRoot for the name that was asked for.
func trimQueryRoot(e *event.Event) { e.SetText(event.DNSQuery, trimRoot(e.Text(event.DNSQuery))) }

// setEnds tells source and destination by the direction; a connection goes out
// unless it says that it came in.
func setEnds(o *object, e *event.Event, inbound bool) {
	local, remote := [2]event.Column{event.SourceIP, event.SourcePort}, [2]event.Column{event.DestinationIP, event.DestinationPort}
	if inbound {
		local, remote = remote, local
	}
	takeEnd(o, e, local, "Local")
	takeEnd(o, e, remote, "Remote")
	if !e.Has(event.DestinationIP) || !e.Has(event.SourceIP) {
		return
	}
	switch o.take("ConnectionDirection") {
	case "0":
		e.SetText(event.NetworkDirection, "outbound")
	case "1":
		e.SetText(event.NetworkDirection, "inbound")
	}
}

func takeEnd(o *object, e *event.Event, to [2]event.Column, side string) {
	for _, version := range [...]string{"AddressIP4", "AddressIP6", "Address"} {
		m := o.find(side + version)
		if m != nil && !e.Has(to[0]) && e.SetIP(to[0], scalarText(m)) {
			m.done = true
		}
	}
	m := o.find(side + "Port")
	if port, ok := parseUint(scalarText(m)); ok && e.SetPort(to[1], port) {
		m.done = true
	}
}

// splitRecords splits addresses at semicolons.
func splitRecords(s string) []string {
	var out []string
	for one := range strings.SplitSeq(s, ";") {
		if one = strings.TrimSpace(one); one != "" && len(out) < maxListed {
			out = append(out, one)
		}
	}
	return out
}

// isHash reports whether s is the hex of a hash that is not the word for none.
func isHash(s string) bool {
	if len(s) != 32 && len(s) != 40 && len(s) != 64 {
		return false
	}
	zeros := 0
	for i := range len(s) {
		if hexDigit(s[i]) < 0 {
			return false
		}
		if s[i] == '0' {
			zeros++
		}
	}
	return zeros < len(s)
}
