package format

import (
	"strconv"
	"strings"
	"sync"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// winRecord is one record of the Windows event log, whatever it was written in:
// what stands in its System part, and its data.
type winRecord struct {
	channel, provider, id string
	host, level           string
	// keywords are hexadecimal, as in the event's XML, or words.
	keywords string
	// time is the time that the log gives the record, UTC or with a zone.
	nanos   int64
	timed   bool
	badTime bool
	// account is who the record was logged for, which is not always who did it.
	account, domain string
	// actor is who did it, where a shipper took that out of the data.
	actor string
	// members are the fields of the event's data by their own names, and what
	// else there is.
	members []member
	// scratch and data hold the members of objects on the way, the outer and the
	// inner one.
	scratch, data []member
	facts         winFacts
}

// winRecords keeps the memory of records for the next ones.
var winRecords sync.Pool

func newWinRecord() *winRecord {
	w, ok := winRecords.Get().(*winRecord)
	if !ok {
		w = &winRecord{
			members: make([]member, 0, 2*stackMembers),
			scratch: make([]member, 0, stackMembers), data: make([]member, 0, stackMembers),
		}
	}
	return w
}

func (w *winRecord) release() {
	const keep = 1024
	members, scratch, data := w.members, w.scratch, w.data
	if cap(members) > keep || cap(scratch) > keep || cap(data) > keep {
		return
	}
	clear(members)
	clear(scratch)
	clear(data)
	*w = winRecord{members: members[:0], scratch: scratch[:0], data: data[:0]}
	winRecords.Put(w)
}

// add appends a field.
func (w *winRecord) add(name, text string) {
	if text != "" {
		w.members = append(w.members, member{name: name, text: text})
	}
}

// winFacts are the fields of a record whose meaning depends on others.
type winFacts struct {
	subject, subjectDomain, subjectLogon *member
	target, targetDomain, targetLogon    *member
	user, userName, sourceUser           *member
	userContext, detectionUser           *member
	accountName, accountDomain           *member
	param1, param2, param3               *member
	processID, newProcessID, execID      *member
	sourceProcessID                      *member
	application, protocol, direction     *member
	objectName, objectType               *member
	change, status                       *member
	queryType, queryResults              *member
}

// learn finds the facts among the members, which must not move any more.
func (f *winFacts) learn(members []member) {
	for i := range members {
		m := &members[i]
		if m.done {
			continue
		}
		if place := f.place(m.name); place != nil {
			*place = m
		}
	}
}

func (f *winFacts) place(name string) **member {
	switch name {
	case "SubjectUserName":
		return &f.subject
	case "SubjectDomainName":
		return &f.subjectDomain
	case "SubjectLogonId":
		return &f.subjectLogon
	case "TargetUserName":
		return &f.target
	case "TargetDomainName":
		return &f.targetDomain
	case "TargetLogonId":
		return &f.targetLogon
	case "User":
		return &f.user
	case "UserName":
		return &f.userName
	case "SourceUser":
		return &f.sourceUser
	case "UserContext":
		return &f.userContext
	case "DetectionUser":
		return &f.detectionUser
	case "AccountName":
		return &f.accountName
	case "AccountDomain":
		return &f.accountDomain
	case "param1", "Param1":
		return &f.param1
	case "param2", "Param2":
		return &f.param2
	case "param3", "Param3":
		return &f.param3
	case "ProcessId":
		return &f.processID
	case "NewProcessId":
		return &f.newProcessID
	case "ProcessID":
		return &f.execID
	case "SourceProcessId":
		return &f.sourceProcessID
	case "Application":
		return &f.application
	case "Protocol":
		return &f.protocol
	case "Direction":
		return &f.direction
	case "ObjectName":
		return &f.objectName
	case "ObjectType":
		return &f.objectType
	case "EventType":
		return &f.change
	case "Status":
		return &f.status
	case "QueryType":
		return &f.queryType
	case "QueryResults":
		return &f.queryResults
	default:
		return nil
	}
}

// winText returns the text of a field, "" where the log says that there is none.
func winText(m *member) string {
	text := scalarText(m)
	if text == "-" {
		return ""
	}
	return text
}

// fill sets e from the record. names maps the data; it is another one where
// other products' fields stand among it.
func (w *winRecord) fill(names *mapping, c *Context, e *event.Event) {
	channel := channelOf(w.channel, w.provider)
	number, _ := parseUint(w.id)
	f := &w.facts
	f.learn(w.members)
	w.readMessage(channel.service, number)
	hash := w.derive(channel.service)
	f.learn(w.members)
	what := eventOf(w.channel, channel, number, winText(f.change))

	e.SetText(event.EventType, what.kind)
	e.SetList(event.LogSource, what.sources)
	e.SetText(event.EventCode, w.id)
	e.SetText(event.HostName, w.host)
	describeWindows(e)
	e.SetText(event.Service, channel.service)
	if w.timed {
		e.SetInt(event.EventTime, w.nanos)
	} else if w.badTime {
		e.Warn("TimeCreated is not a time: left in extra")
	}
	w.setOutcome(channel.service, number, e)
	w.setUsers(channel.service, number, e)
	w.setProcess(channel.service, number, e)
	w.setObject(e)
	switch what.kind {
	case event.Firewall:
		w.setPacket(number, e)
	case event.NetworkFlow:
		w.setFlow(e)
	case event.TypeDNSQuery:
		w.setAnswers(e)
	}
	e.SetText(event.FileHash, hash)
	names.fill(w.members, c, e)
	if text := winLevel(w.level); text != "" {
		e.SetText(event.LogLevel, text)
	}
	if channel == linuxSysmon {
		e.SetText(event.Product, "linux")
		e.SetList(event.LogSource, linuxSources(number))
	}
}

func describeWindows(e *event.Event) {
	e.SetText(event.Vendor, "microsoft")
	e.SetText(event.Product, "windows")
}

// Keywords of the Security log, as its XML has them and as bits: others may be
// set beside them.
const (
	auditSuccess = "0x8020000000000000"
	auditFailure = "0x8010000000000000"
	successBit   = 0x0020000000000000
	failureBit   = 0x0010000000000000
)

// auditVerdict returns the outcome that keywords say, "" where they say none.
func auditVerdict(keywords string) string {
	switch keywords {
	case auditSuccess, "Audit Success", "AUDIT_SUCCESS":
		return event.Success
	case auditFailure, "Audit Failure", "AUDIT_FAILURE":
		return event.Failure
	}
	// NXLog writes them in decimal.
	bits, err := strconv.ParseUint(keywords, 0, 64)
	switch {
	case err != nil:
		return ""
	case bits&successBit != 0:
		return event.Success
	case bits&failureBit != 0:
		return event.Failure
	default:
		return ""
	}
}

// setOutcome says how it ended, where the log does: the Security log does in
// its keywords, which some collectors lose.
func (w *winRecord) setOutcome(service string, id int64, e *event.Event) {
	if service != "security" {
		return
	}
	if verdict := auditVerdict(w.keywords); verdict != "" {
		e.SetText(event.Outcome, verdict)
		return
	}
	switch id {
	case 4625, 4771, 4772, 4773, 4777, 5152, 5155, 5157, 5159, 6273, 6274:
		e.SetText(event.Outcome, event.Failure)
	case 4768, 4769, 4776:
		setStatusOutcome(winText(w.facts.status), e)
	case 1102, 4624, 4634, 4647, 4648, 4672, 4688, 5154, 5156, 5158, 6272:
		e.SetText(event.Outcome, event.Success)
	default:
		if onlySucceeds(id) {
			e.SetText(event.Outcome, event.Success)
		}
	}
}

// onlySucceeds reports whether the Security log has an event only for what was
// done, not for what was tried: changes of accounts and groups, save those of
// passwords, and new services and tasks.
func onlySucceeds(id int64) bool {
	switch id {
	case 4723, 4724:
		return false
	default:
		return id >= 4720 && id <= 4735 || id >= 4737 && id <= 4764 || id == 4767 || id >= 4697 && id <= 4702
	}
}

// setStatusOutcome reads a status that is 0 where all went well.
func setStatusOutcome(status string, e *event.Event) {
	n, ok := parseHexOrDecimal(status)
	switch {
	case !ok:
	case n == 0:
		e.SetText(event.Outcome, event.Success)
	default:
		e.SetText(event.Outcome, event.Failure)
	}
}

// winLevel returns the schema's word for a level, which is a number or a word.
func winLevel(level string) string {
	switch level {
	case "1":
		return "critical"
	case "2":
		return "error"
	case "3":
		return "warning"
	case "0", "4", "LogAlways", "AUDIT_SUCCESS", "AUDIT_FAILURE":
		return "info"
	case "5":
		return "debug"
	default:
		return levelOf(level)
	}
}

// parseHexOrDecimal reads 0x2b90 or 11152.
func parseHexOrDecimal(s string) (int64, bool) {
	if len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' {
		v, err := strconv.ParseUint(s[2:], 16, 63)
		return int64(v), err == nil
	}
	return parseUint(s)
}

// setProcessID puts the number of a process into its column and out of extra.
// 0x0 is the Security log's way to say that it does not know.
func setProcessID(e *event.Event, m *member) bool {
	if m == nil {
		return false
	}
	text := scalarText(m)
	id, ok := parseHexOrDecimal(text)
	if text == "0x0" {
		return false
	}
	if ok {
		e.SetInt(event.ProcessID, id)
		m.done = true
	}
	return ok
}

// setProcess sets the process. The ProcessId of 4688 is the creator's; the
// filtering platform writes ProcessID.
func (w *winRecord) setProcess(service string, id int64, e *event.Event) {
	f := &w.facts
	platform := service == "security" && id >= 5150 && id <= 5159
	switch {
	case service == "security" && id == 4688:
		setProcessID(e, f.newProcessID)
	case setProcessID(e, f.processID):
	case platform:
		setProcessID(e, f.execID)
	default:
		setProcessID(e, f.sourceProcessID)
	}
	if name := winText(f.application); platform && name != "" {
		e.SetText(event.ProcessName, name)
		f.application.done = true
	}
}

// setObject sets the object of an access where it is a file or a key.
func (w *winRecord) setObject(e *event.Event) {
	f := &w.facts
	if kind := winText(f.objectType); kind != "File" && kind != "Key" {
		return
	}
	if name := winText(f.objectName); name != "" {
		e.SetText(event.FilePath, name)
		f.objectName.done = true
	}
}

// integrityOf returns the name that Sysmon has for the SID of a mandatory label.
func integrityOf(label string) string {
	switch label {
	case "S-1-16-0":
		return "Untrusted"
	case "S-1-16-4096":
		return "Low"
	case "S-1-16-8192":
		return "Medium"
	case "S-1-16-8448":
		return "MediumPlus"
	case "S-1-16-12288":
		return "High"
	case "S-1-16-16384":
		return "System"
	default:
		return ""
	}
}

// derive adds what rules ask for and the log says in another way, and returns
// the strongest hash. It comes before learn, as it lets the members grow.
func (w *winRecord) derive(service string) (hash string) {
	nameless := service == powershellClassic
	for _, m := range w.members {
		switch {
		case m.name == "Data":
			nameless = false
		case m.done || m.kind != event.KindString:
		case m.name == "Hashes" || m.name == "Hash" && service == "sysmon":
			hash = w.deriveHashes(m.str())
		case m.name == "MandatoryLabel":
			w.add("IntegrityLevel", integrityOf(m.text))
		case m.name == "Direction" && m.text == wfpOutbound:
			w.add("Initiated", "true")
		case m.name == "Direction" && m.text == wfpInbound:
			w.add("Initiated", "false")
		}
	}
	if nameless {
		w.deriveData()
	}
	return hash
}

// deriveData makes the list that rules for classic PowerShell search: the event
// has three values without names, which Winlogbeat numbers.
func (w *winRecord) deriveData() {
	var values []string
	for i := range w.members {
		if m := &w.members[i]; strings.HasPrefix(m.name, "param") && m.kind == event.KindString {
			values = append(values, m.str())
		}
	}
	w.addNameless(values)
}

// deriveHashes cuts "SHA1=...,MD5=...,SHA256=...,IMPHASH=..." and returns the
// strongest. The list stays in extra too: rules search it.
func (w *winRecord) deriveHashes(list string) (best string) {
	for rest := list; rest != ""; {
		var one string
		one, rest, _ = strings.Cut(rest, ",")
		algorithm, hash, _ := strings.Cut(one, "=")
		name := hashName(algorithm)
		if name == "" || !isHexText(hash) {
			continue
		}
		w.add(name, hash)
		if name != "Imphash" && len(hash) > len(best) {
			best = hash
		}
	}
	return strings.ToLower(best)
}

// hashName returns Sigma's name for the hash that Sysmon calls by algorithm.
func hashName(algorithm string) string {
	switch strings.TrimSpace(algorithm) {
	case "MD5":
		return "md5"
	case "SHA1":
		return "sha1"
	case "SHA256":
		return "sha256"
	case "IMPHASH":
		return "Imphash"
	default:
		return ""
	}
}

// isHexText reports whether s is digits of base 16, at least one.
func isHexText(s string) bool {
	for i := range len(s) {
		if hexDigit(s[i]) < 0 {
			return false
		}
	}
	return s != ""
}
