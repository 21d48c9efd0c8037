package format

import (
	"strings"
	"time"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// flatTimes are the names of a flat record's time, the surest first. Those of
// Logstash and the log's own UtcTime come in where the record's has no zone.
var flatTimes = [...]string{"TimeCreated", "SystemTime", "EventTime", "TimeGenerated", "UtcTime", "@timestamp"}

// readFlat reads records whose fields and data stand side by side, as NXLog,
// Fluent Bit, Azure and many scripts write them.
func (w *winRecord) readFlat(o *object, c *Context) {
	w.readFlatTime(o, c)
	for i := range o.members {
		m := &o.members[i]
		if m.done {
			continue
		}
		switch m.name {
		case "Channel", "EventLog", "LogName":
			if w.channel == "" {
				w.setSystem("Channel", m, c)
				continue
			}
		case "SourceName", "Provider_Name", "ProviderName", "EventSourceName", "Source", "Provider":
			if w.provider == "" && m.kind == event.KindString {
				w.setSystem("Provider_Name", m, c)
				continue
			}
		case "EventID", "EventId":
			if w.id == "" {
				w.id = eventNumber(m)
				continue
			}
		case "Computer", "ComputerName", "Hostname", "HostName", "MachineName":
			if w.host == "" {
				w.host = winText(m)
				continue
			}
		case "Keywords":
			w.setKeywords(m)
			continue
		case "EventData":
			if w.takeFlatData(m) {
				continue
			}
		case "UserData":
			if m.kind == event.KindObject {
				w.addUserData(m)
				continue
			}
		case "Id":
			if id := scalarText(m); id != "" && id == w.id {
				continue
			}
		}
		w.noteFlat(m)
		w.members = append(w.members, *m)
	}
}

// noteFlat learns from a member that stays where it is.
func (w *winRecord) noteFlat(m *member) {
	switch m.name {
	case "Level":
		w.level = scalarText(m)
	case "Severity", "EventLevelName":
		if w.level == "" && levelOf(scalarText(m)) != "" {
			w.level = scalarText(m)
		}
	case "EventType":
		if text := scalarText(m); auditVerdict(w.keywords) == "" && strings.HasPrefix(text, "AUDIT_") {
			w.keywords = text
		}
	case "AccountName":
		w.account = winText(m)
	case "Domain":
		w.domain = winText(m)
	}
}

// takeFlatData reads the data of a record that is flat else: an object, or the
// XML of the data.
func (w *winRecord) takeFlatData(m *member) bool {
	switch m.kind {
	case event.KindObject:
		w.addData(m.fields())
		return true
	case event.KindString:
		text := strings.TrimLeft(m.str(), " \r\n\t")
		if strings.HasPrefix(text, "<DataItem") {
			// Azure's table Event puts the data into an element of its own.
			text = text[max(0, strings.Index(text, "<EventData")):]
		}
		if !strings.HasPrefix(text, "<EventData") && !strings.HasPrefix(text, "<UserData") {
			return false
		}
		before := len(w.members)
		x := xmlScanner{s: text}
		if x.data(w); x.failed != "" {
			w.members = w.members[:before]
			return false
		}
		return true
	default:
		return false
	}
}

// readFlatTime takes the record's time. One without a zone is the clock of the
// machine that collected it: NXLog writes local time. Where Sysmon's UtcTime or
// the arrival at Logstash show how far that clock is from UTC, they count.
func (w *winRecord) readFlatTime(o *object, c *Context) {
	var local *member
	for _, name := range flatTimes {
		m := o.find(name)
		text := scalarText(m)
		if text == "" {
			continue
		}
		switch {
		case name == "UtcTime":
			text += "Z"
		case !hasZone(text):
			if local == nil {
				local = m
			}
			continue
		}
		nanos, ok := dotNetDate(text)
		if !ok {
			nanos, ok = anyTime(text, c.Zone)
		}
		if !ok {
			continue
		}
		if local != nil && name == "@timestamp" {
			if shifted, ok := shiftToward(scalarText(local), nanos); ok {
				nanos, m = shifted, local
			}
		}
		w.nanos, w.timed = nanos, true
		if name != "UtcTime" {
			dropTime(o, scalarText(m))
		}
		return
	}
	if local != nil {
		if w.nanos, w.timed = anyTime(scalarText(local), c.Zone); w.timed {
			dropTime(o, scalarText(local))
		}
	}
}

// dropTime keeps the time that was taken out of extra, under each of its names.
func dropTime(o *object, text string) {
	for _, name := range flatTimes {
		if m := o.find(name); m != nil && scalarText(m) == text {
			m.done = true
		}
	}
}

// dotNetDate reads /Date(1741684364210)/, which is how Windows PowerShell writes a
// time as JSON.
func dotNetDate(text string) (nanos int64, ok bool) {
	text, ok = strings.CutPrefix(text, "/Date(")
	if !ok {
		return 0, false
	}
	text, ok = strings.CutSuffix(text, ")/")
	if !ok {
		return 0, false
	}
	return epochTime(text)
}

var otherZone = time.FixedZone("", 3600)

// hasZone reports whether a time says its zone: a number since 1970 and an ISO
// time with a zone at its end do.
func hasZone(text string) bool {
	if _, ok := dotNetDate(text); ok {
		return true
	}
	nanos, _, ok := isoTime(text, nil)
	if !ok {
		return true
	}
	other, _, _ := isoTime(text, otherZone)
	return nanos == other
}

// shiftToward returns the local time text moved by whole quarters of an hour to
// where it lies right before arrival. A record that took longer than a few
// minutes to arrive says nothing about its zone.
func shiftToward(text string, arrival int64) (nanos int64, ok bool) {
	const (
		quarter = int64(15 * 60 * 1e9)
		slow    = int64(5 * 60 * 1e9)
		skew    = int64(30 * 1e9)
		widest  = 14 * 4 * quarter
	)
	nanos, _, ok = isoTime(text, nil)
	if !ok || abs(arrival-nanos) > widest+slow {
		return 0, false
	}
	shift := floorDiv(arrival+skew-nanos, quarter) * quarter
	if arrival-(nanos+shift) > slow {
		return 0, false
	}
	return nanos + shift, true
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// readBeat reads records of Winlogbeat and the Elastic Agent: the record stands
// in winlog, its data below that, and what was made of it around.
func (w *winRecord) readBeat(winlog []member, c *Context) {
	for i := range winlog {
		m := &winlog[i]
		switch m.name {
		case "channel":
			w.setSystem("Channel", m, c)
		case "provider_name":
			w.setSystem("Provider_Name", m, c)
		case "event_id":
			w.setSystem("EventID", m, c)
		case "computer_name":
			w.setSystem("Computer", m, c)
		case "keywords":
			w.setKeywords(m)
		case "level":
			w.level = scalarText(m)
			w.keep("winlog.level", m)
		case "time_created":
			w.setTime(scalarText(m), c)
		case "user":
			w.setAccount(m)
			w.keep("winlog.user", m)
		case "event_data", "user_data":
			w.data = m.appendFields(w.data[:0])
			w.addData(w.data)
		default:
			if field, ok := strings.CutPrefix(m.name, "event_data."); ok {
				w.keep(dataName(field), m)
				continue
			}
			w.keep(beatName(m.name), m)
		}
	}
}

// appendDotted appends the members of an object that was written flat, as
// winlog.channel and the like, and marks them as done.
func appendDotted(fields []member, o *object) []member {
	for i := range o.members {
		m := &o.members[i]
		name, ok := strings.CutPrefix(m.name, "winlog.")
		if !ok {
			continue
		}
		one := *m
		one.name = name
		fields = append(fields, one)
		m.done = true
	}
	return fields
}

// beatName returns the dotted name of a member of winlog. The usual ones cost
// nothing.
func beatName(name string) string {
	switch name {
	case "record_id":
		return "winlog.record_id"
	case "process":
		return "winlog.process"
	case "task":
		return "winlog.task"
	case "opcode":
		return "winlog.opcode"
	case "api":
		return "winlog.api"
	case "version":
		return "winlog.version"
	case "provider_guid":
		return "winlog.provider_guid"
	case "activity_id":
		return "winlog.activity_id"
	case "related_activity_id":
		return "winlog.related_activity_id"
	case "logon":
		return "winlog.logon"
	default:
		return "winlog." + name
	}
}

// setAccount reads the account that a record was logged for.
func (w *winRecord) setAccount(m *member) {
	w.account = winText(m.inner("name"))
	w.domain = winText(m.inner("domain"))
}

// readAround takes what stands beside the record: the time of the beat is the
// record's.
func (w *winRecord) readAround(o *object, c *Context) {
	for i := range o.members {
		m := &o.members[i]
		if m.done {
			continue
		}
		switch m.name {
		case "winlog":
			continue
		case "@timestamp":
			if !w.timed {
				w.setTime(scalarText(m), c)
				continue
			}
		case "user":
			w.actor = account(winText(m.inner("domain")), winText(m.inner("name")))
		case "host":
			if w.host == "" {
				w.host = winText(m.inner("name"))
			}
		case "host.name":
			if w.host == "" {
				w.host = winText(m)
			}
		case "log.level":
			w.level = scalarText(m)
		case "log":
			if w.level == "" {
				w.level = scalarText(m.inner("level"))
			}
		case "event":
			if w.keywords == "" {
				w.setVerdict(scalarText(m.inner("outcome")))
			}
		}
		w.members = append(w.members, *m)
	}
}

func (w *winRecord) setVerdict(outcome string) {
	switch outcome {
	case event.Success:
		w.keywords = auditSuccess
	case event.Failure:
		w.keywords = auditFailure
	}
}

// readOld reads the records of Winlogbeat 6 and of the OpenTelemetry receiver,
// which have their parts at the top.
func (w *winRecord) readOld(o *object, c *Context) {
	for i := range o.members {
		m := &o.members[i]
		switch m.name {
		case "log_name", "channel":
			w.setSystem("Channel", m, c)
		case "source_name", "provider_name":
			w.setSystem("Provider_Name", m, c)
		case "provider":
			w.setProvider(m)
		case "event_id":
			w.setSystem("EventID", m, c)
		case "computer_name", "computer":
			w.setSystem("Computer", m, c)
		case "keywords":
			w.setKeywords(m)
		case "@timestamp":
			if w.timed {
				w.members = append(w.members, *m)
				continue
			}
			w.setTime(scalarText(m), c)
		case "system_time":
			w.setTime(scalarText(m), c)
		case "timestamp", "time_created":
			if nanos, ok := anyTime(scalarText(m), c.Zone); ok && !w.timed {
				w.nanos, w.timed = nanos, true
				continue
			}
			w.members = append(w.members, *m)
		case "level":
			w.level = scalarText(m)
			w.members = append(w.members, *m)
		case "user":
			w.setAccount(m)
			w.members = append(w.members, *m)
		case "event_data", "user_data":
			w.data = m.appendFields(w.data[:0])
			w.addData(w.data)
		default:
			w.members = append(w.members, *m)
		}
	}
}

// readTree reads the record's XML as JSON: System, EventData and UserData.
func (w *winRecord) readTree(parts []member, c *Context) {
	for i := range parts {
		m := &parts[i]
		switch m.name {
		case "System":
			w.readSystem(m, c)
		case "EventData":
			w.data = m.appendFields(w.data[:0])
			w.addData(w.data)
		case "UserData":
			w.addUserData(m)
		case "RenderingInfo":
			w.addRendering(m)
		case "#attributes", "@xmlns", "xmlns", "-xmlns", "Event_attributes":
			// The name space of every record.
		default:
			w.members = append(w.members, *m)
		}
	}
}

// readSystem reads the System part. Attributes stand in #attributes, behind an @
// or as they are.
func (w *winRecord) readSystem(system *member, c *Context) {
	w.data = system.appendFields(w.data[:0])
	for i := range w.data {
		one := &w.data[i]
		name := strings.TrimSuffix(one.name, "_attributes")
		switch name {
		case "Provider":
			w.setProvider(one)
		case "TimeCreated":
			if text := attribute(one, "SystemTime"); text != "" {
				w.setTime(text, c)
			} else {
				w.setTime(scalarText(one), c)
			}
		case "Execution":
			w.add("Execution_ProcessID", attribute(one, "ProcessID"))
			w.add("Execution_ThreadID", attribute(one, "ThreadID"))
		case "Security":
			w.add("Security_UserID", attribute(one, "UserID"))
		case "Correlation":
			w.add("Correlation_ActivityID", attribute(one, "ActivityID"))
			w.add("Correlation_RelatedActivityID", attribute(one, "RelatedActivityID"))
		case "EventID":
			if w.id == "" {
				w.id = eventNumber(one)
			}
		default:
			if !w.setSystem(name, one, c) {
				w.keep(name, one)
			}
		}
	}
}

// setProvider reads the provider, its name alone or with its attributes.
func (w *winRecord) setProvider(m *member) {
	if m.kind == event.KindString {
		w.provider = winText(m)
		w.add("Provider_Name", w.provider)
		return
	}
	for _, name := range [...]string{"Name", "name"} {
		if text := attribute(m, name); text != "" {
			w.provider = text
			w.add("Provider_Name", text)
		}
	}
	w.add("Provider_Guid", firstText(attribute(m, "Guid"), attribute(m, "guid")))
	w.add("Provider_EventSourceName", firstText(attribute(m, "EventSourceName"), attribute(m, "event_source")))
}

func firstText(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// attribute returns an attribute of an element that was made JSON.
func attribute(m *member, name string) string {
	if m.kind != event.KindObject {
		return ""
	}
	var space [8]member
	fields := m.appendFields(space[:0])
	if inner := findMember(fields, "#attributes"); inner != nil {
		return winText(inner.inner(name))
	}
	for i := range fields {
		if strings.TrimLeft(fields[i].name, "@-_") == name {
			return winText(&fields[i])
		}
	}
	return ""
}

// addData appends the fields of the data. Fields without a name are a list
// called Data.
func (w *winRecord) addData(fields []member) {
	for i := range fields {
		m := &fields[i]
		switch {
		case m.name == "Data" && (m.kind == event.KindArray || m.kind == event.KindObject):
			w.addNamedData(m)
		case m.name == "#attributes" || m.name == "#text" && m.kind == event.KindNull:
		case m.kind == event.KindObject:
			w.addInner(m)
		default:
			w.keep(dataName(m.name), m)
		}
	}
}

// addInner opens an object in the data: an element with attributes, or the XML
// that some providers put in.
func (w *winRecord) addInner(m *member) {
	inner := m.fields()
	if text := findMember(inner, "#text"); text != nil {
		w.keep(dataName(m.name), text)
		return
	}
	if m.name == "EventXML" || m.name == "UserData" {
		w.addData(inner)
		return
	}
	w.keep(dataName(m.name), m)
}

// addNamedData reads "Data": [{"@Name": "a", "#text": "b"}, ...], and lists of
// values without names.
func (w *winRecord) addNamedData(data *member) {
	if data.kind == event.KindObject {
		if inner := data.inner("#text"); inner != nil && attribute(data, "Name") == "" {
			w.keep("Data", inner)
			return
		}
		if !w.addPair(data) {
			w.addData(data.fields())
		}
		return
	}
	named := true
	for one := range data.elements() {
		named = named && one.kind == event.KindObject && w.addPair(one)
	}
	if !named {
		w.keep("Data", data)
	}
}

// addPair appends a field that comes as an object with its name and value. Some
// writers make every field an object with one member.
func (w *winRecord) addPair(m *member) bool {
	fields := m.fields()
	if len(fields) == 1 && fields[0].name != "#text" && fields[0].kind != event.KindObject && !strings.HasSuffix(fields[0].name, "Name") {
		w.keep(dataName(fields[0].name), &fields[0])
		return true
	}
	name := attribute(m, "Name")
	if name == "" {
		return false
	}
	for i := range fields {
		switch fields[i].name {
		case "#text", "Value", "value", "content", "text", "$", "_":
			w.keep(dataName(name), &fields[i])
			return true
		}
	}
	w.members = append(w.members, member{name: dataName(name)})
	return true
}

// dataName returns a field's name without the spaces that Defender writes, as
// rules expect it.
func dataName(name string) string {
	switch {
	case strings.IndexByte(name, ' ') < 0:
		return name
	case name == "Feature Name":
		return "Feature_Name"
	default:
		return strings.ReplaceAll(name, " ", "")
	}
}

// addUserData opens the one element that UserData holds.
func (w *winRecord) addUserData(m *member) {
	for _, one := range m.fields() {
		switch {
		case one.kind != event.KindObject:
			w.keep(dataName(one.name), &one)
		case one.name != "#attributes":
			for _, field := range one.fields() {
				if field.name != "#attributes" && field.name != "xmlns" && field.name != "@xmlns" {
					w.addData([]member{field})
				}
			}
		}
	}
}

// addRendering takes what the event viewer shows.
func (w *winRecord) addRendering(m *member) {
	for _, one := range m.fields() {
		if one.name == "Message" {
			w.keep("Message", &one)
		}
	}
}

// readWazuh reads what Wazuh made of a record: names start in lower case there.
func (w *winRecord) readWazuh(o *object, c *Context, e *event.Event) {
	win := o.find("win")
	if memberKind(win) != event.KindObject {
		win = o.find("data").inner("win")
	}
	for _, part := range win.fields() {
		switch part.name {
		case "system":
			w.readWazuhSystem(&part, c)
		case "eventdata", "eventData":
			w.data = part.appendFields(w.data[:0])
			for i := range w.data {
				w.keep(capital(w.data[i].name), &w.data[i])
			}
		default:
			w.keep("win."+part.name, &part)
		}
	}
	for i := range o.members {
		m := &o.members[i]
		switch m.name {
		case "win":
		case "data":
			for _, one := range m.fields() {
				if one.name != "win" {
					w.keep("data."+one.name, &one)
				}
			}
		case "rule":
			e.SetText(event.RuleName, winText(m.inner("description")))
			e.SetText(event.RuleID, winText(m.inner("id")))
			w.members = append(w.members, *m)
		case "timestamp", "@timestamp":
			if !w.timed {
				w.setTime(scalarText(m), c)
				continue
			}
			w.members = append(w.members, *m)
		default:
			w.members = append(w.members, *m)
		}
	}
}

func (w *winRecord) readWazuhSystem(system *member, c *Context) {
	for _, m := range system.fields() {
		switch m.name {
		case "providerName":
			w.setSystem("Provider_Name", &m, c)
		case "eventID":
			w.setSystem("EventID", &m, c)
		case "systemTime":
			w.setTime(scalarText(&m), c)
		case "message":
			// Wazuh puts the whole text between quotes of its own.
			text := strings.TrimSuffix(strings.TrimPrefix(m.str(), `"`), `"`)
			w.add("Message", text)
		case "processID":
			w.keep("Execution_ProcessID", &m)
		case "threadID":
			w.keep("Execution_ThreadID", &m)
		case "severityValue":
			if w.keywords == "" || !strings.HasPrefix(w.keywords, "0x80") {
				w.setWazuhVerdict(scalarText(&m))
			}
			w.keep("severityValue", &m)
		default:
			if name := capital(m.name); !w.setSystem(name, &m, c) {
				w.keep(name, &m)
			}
		}
	}
}

func (w *winRecord) setWazuhVerdict(severity string) {
	switch severity {
	case "AUDIT_SUCCESS":
		w.keywords = auditSuccess
	case "AUDIT_FAILURE":
		w.keywords = auditFailure
	}
}

// capital returns the name that Windows has for a field of Wazuh. The names that
// start in lower case in Windows too stay.
func capital(name string) string {
	if name == "" || name[0] < 'a' || name[0] > 'z' {
		return name
	}
	if known, ok := wazuhNames[name]; ok {
		return known
	}
	if strings.HasPrefix(name, "param") && len(name) > 5 && isDigit(name[5]) {
		return name
	}
	return string(name[0]-'a'+'A') + name[1:]
}
