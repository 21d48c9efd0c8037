package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var windowsJSONFormat = &Format{
	Name:  "windows_json",
	Title: "Windows event log as JSON",
	Doc: "Records of the Windows event log, of every channel, in the shapes that are in use: Winlogbeat and Elastic Agent (winlog, " +
		"and the flat one of version 6), NXLog and other flat records, Wazuh, Fluent Bit, the OpenTelemetry receiver, and dumps of the " +
		"record's XML (Event.System and EventData, with #attributes, @ or nothing). It promises an event number with a channel " +
		"or a provider. Source: https://learn.microsoft.com/en-us/windows/win32/wes/eventschema-schema",
	Parse: func(line string, c *Context, e *event.Event) error {
		return parseDocument(line, &windowsDocument, c, e)
	},
	Match:    noText,
	document: &windowsDocument,
}

var windowsDocument = documentKind{
	keys:   []string{"winlog", "winlog.event_id", "win", "decoder", "Event", "EventData", "EventID", "EventId", "event_id", "event_data"},
	claims: claimWindows,
	fill:   fillWindows,
}

// winShape is how a document writes a record.
type winShape uint8

const (
	winNone   winShape = iota
	winFlat            // the record's fields and its data side by side
	winBeat            // winlog: {event_id, event_data: {...}}
	winOld             // event_id and event_data at the top
	winTree            // Event: {System, EventData}
	winBranch          // System and EventData at the top
	winWazuh           // win: {system, eventdata}, below data or not
	winDotted          // winlog.event_id beside winlog.event_data.Image
)

// shapeOf looks at the members that are there, in one walk.
func shapeOf(o *object) winShape {
	var id *member
	system, data, old, decoder := false, false, false, false
	for i := range o.members {
		m := &o.members[i]
		isObject := m.kind == event.KindObject
		switch m.name {
		case "winlog":
			if isObject {
				return winBeat
			}
		case "winlog.event_id":
			if eventNumber(m) != "" && (o.has("winlog.channel") || o.has("winlog.provider_name")) {
				return winDotted
			}
		case "win":
			if isObject {
				return winWazuh
			}
		case "Event":
			if isObject && strings.Contains(m.text, `"System"`) {
				return winTree
			}
		case "decoder":
			decoder = true
		case "System":
			system = isObject
		case "EventData", "UserData":
			data = true
		case "event_id":
			old = true
		case "EventID", "EventId":
			id = m
		}
	}
	switch {
	case decoder && o.at("decoder", "name") == "windows_eventchannel" && o.find("data").inner("win") != nil:
		return winWazuh
	case system && data:
		return winBranch
	case old && oldShapeOf(o) != winNone:
		return winOld
	case eventNumber(id) != "" && isFlatRecord(o):
		return winFlat
	default:
		return winNone
	}
}

func isFlatRecord(o *object) bool {
	if winText(firstOf(o, "Channel", "EventLog", "LogName")) != "" && hasProviderOrHost(o) {
		return true
	}
	return winText(firstOf(o, "SourceName", "ProviderName", "Provider_Name")) != "" &&
		firstOf(o, "EventTime", "TimeCreated", "RecordNumber", "EventRecordID", "EventReceivedTime") != nil
}

func oldShapeOf(o *object) winShape {
	switch id := o.find("event_id"); {
	case o.has("log_name") && (o.has("source_name") || o.has("computer_name")), o.has("event_data") && o.has("computer_name"):
		return winOld
	case memberKind(id) == event.KindObject && o.has("channel") && o.has("provider"):
		return winOld
	case eventNumber(id) != "" && o.has("channel") && (o.has("provider_name") || o.has("provider")) && o.has("computer"):
		return winOld
	default:
		return winNone
	}
}

func hasProviderOrHost(o *object) bool {
	return firstOf(o, "SourceName", "ProviderName", "Provider_Name", "Provider", "Source", "EventSourceName",
		"Computer", "Hostname", "ComputerName", "HostName", "MachineName") != nil
}

func memberKind(m *member) event.Kind {
	if m == nil {
		return event.KindNull
	}
	return m.kind
}

// firstOf returns the first of the names that o has.
func firstOf(o *object, names ...string) *member {
	for _, name := range names {
		if m := o.find(name); m != nil {
			return m
		}
	}
	return nil
}

// eventNumber returns the text of an event's number, which some writers put into
// an object with its qualifiers.
func eventNumber(m *member) string {
	text := scalarText(m)
	if memberKind(m) == event.KindObject {
		for _, name := range [...]string{"#text", "id", "Value", "value", "_", "$"} {
			if text = scalarText(m.inner(name)); text != "" {
				break
			}
		}
	}
	if n, ok := parseUint(text); !ok || n > 0xFFFF {
		return ""
	}
	return text
}

func claimWindows(o *object) int {
	switch shapeOf(o) {
	case winNone:
		return 0
	case winBeat, winDotted:
		return 95
	default:
		return 90
	}
}

func fillWindows(o *object, c *Context, e *event.Event) error {
	w := newWinRecord()
	defer w.release()
	names := windowsNames
	switch shapeOf(o) {
	case winBeat:
		names = beatNames
		w.scratch = o.find("winlog").appendFields(w.scratch[:0])
		w.readBeat(w.scratch, c)
		w.readAround(o, c)
	case winDotted:
		names = beatNames
		w.scratch = appendDotted(w.scratch[:0], o)
		w.readBeat(w.scratch, c)
		w.readAround(o, c)
	case winOld:
		w.readOld(o, c)
	case winTree:
		w.scratch = o.find("Event").appendFields(w.scratch[:0])
		w.readTree(w.scratch, c)
		w.keepOthers(o, "Event")
	case winBranch:
		w.readTree(o.members, c)
	case winWazuh:
		w.readWazuh(o, c, e)
	default:
		w.readFlat(o, c)
	}
	if w.id == "" {
		return &Error{Reason: "expected the number of a Windows event"}
	}
	if w.channel == "" && w.provider == "" {
		return &Error{Reason: "expected the channel or the provider of a Windows event"}
	}
	w.fill(names, c, e)
	return nil
}

// keepOthers takes over the members of o but one.
func (w *winRecord) keepOthers(o *object, but string) {
	for i := range o.members {
		if o.members[i].name != but {
			w.members = append(w.members, o.members[i])
		}
	}
}

// system takes what the System part calls by name. It reports false for what it
// does not know.
func (w *winRecord) setSystem(name string, m *member, c *Context) bool {
	switch name {
	case "Channel":
		w.channel = winText(m)
		w.add("Channel", w.channel)
	case "Provider_Name":
		w.provider = winText(m)
		w.add("Provider_Name", w.provider)
	case "EventID":
		w.id = eventNumber(m)
	case "Computer":
		w.host = winText(m)
	case "Level":
		w.level = scalarText(m)
		w.keep("Level", m)
	case "Keywords":
		w.setKeywords(m)
	case "TimeCreated":
		w.setTime(scalarText(m), c)
	default:
		return false
	}
	return true
}

// keep appends m under another name.
func (w *winRecord) keep(name string, m *member) {
	one := *m
	one.name = name
	w.members = append(w.members, one)
}

// setTime takes the record's time. What is none is kept, and named.
func (w *winRecord) setTime(text string, c *Context) {
	if nanos, ok := anyTime(text, c.Zone); ok {
		w.nanos, w.timed = nanos, true
		return
	}
	w.badTime = text != ""
	w.add("TimeCreated", text)
}

// setKeywords brings keywords into the form of the record's XML: NXLog writes
// the number with a sign, Winlogbeat words.
func (w *winRecord) setKeywords(m *member) {
	w.keywords = scalarText(m)
	for one := range m.elements() {
		switch scalarText(one) {
		case "Audit Success":
			w.keywords = auditSuccess
		case "Audit Failure":
			w.keywords = auditFailure
		}
	}
	if hex, ok := signedHex(w.keywords); ok {
		w.keywords = hex
	}
	if w.keywords == "" {
		w.keep("Keywords", m)
		return
	}
	w.add("Keywords", w.keywords)
}

// signedHex writes a 64-bit number with a sign as the record's XML has it.
func signedHex(text string) (string, bool) {
	switch text {
	case "-9214364837600034816":
		return auditSuccess, true
	case "-9218868437227405312":
		return auditFailure, true
	case "-9223372036854775808":
		return "0x8000000000000000", true
	}
	digits, negative := strings.CutPrefix(text, "-")
	v, ok := parseUint(digits)
	if !ok || !negative {
		return "", false
	}
	const hex = "0123456789abcdef"
	out := [18]byte{'0', 'x'}
	for u, i := -uint64(v), 17; i > 1; u, i = u>>4, i-1 {
		out[i] = hex[u&15]
	}
	return string(out[:]), true
}
