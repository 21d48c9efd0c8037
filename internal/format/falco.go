package format

import (
	"strings"
	"time"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var falcoFormat = &Format{
	Name:  "falco",
	Title: "Falco alerts",
	Doc: "Alerts of Falco as JSON objects (file, HTTP and program output, Falcosidekick) and as text (standard output, file and syslog), of rules for " +
		"system calls and of plugins. It promises a rule, a priority and an output in JSON, a time and a priority in text. " +
		"Source: https://falco.org/docs/outputs",
	Parse:    parseFalco,
	Match:    matchFalco,
	Starts:   "0123456789",
	document: &falcoDocument,
}

var falcoPayload = payload{
	format:   "falco",
	read:     readFalcoText,
	owns:     func(program string) bool { return program == "falco" },
	programs: []string{"falco"},
	describe: describeFalco,
	what:     "an alert of Falco: a time and a priority",
}

var falcoDocument = documentKind{
	keys: []string{"output_fields", "priority"},
	claims: func(o *object) int {
		if o.text("rule") == "" || levelOf(o.text("priority")) == "" || o.text("output") == "" {
			return 0
		}
		return 90
	},
	fill: fillFalco,
}

// falcoNames are Falco's fields for columns. The names inside of output_fields
// are Falco's own, dots included.
var falcoNames = newMapping(
	nameGroup{rule{column: event.EventTime, as: asTime}, []string{"time"}},
	nameGroup{rule{column: event.HostName, as: asText}, []string{"hostname"}},
	nameGroup{rule{column: event.HostName, as: asText, rank: 1}, []string{"evt.hostname"}},
	nameGroup{rule{column: event.RuleName, as: asText}, []string{"rule"}},
	nameGroup{rule{column: event.Severity, as: asText}, []string{"priority"}},
	nameGroup{rule{column: event.Message, as: asText}, []string{"output"}},
	nameGroup{rule{column: event.Service, as: asText}, []string{"source"}},
	nameGroup{rule{column: event.Tags, as: asList}, []string{"tags"}},
	nameGroup{rule{column: event.Action, as: asText}, []string{"evt.type", "ka.verb", "ct.name"}},
	nameGroup{rule{column: event.UserName, as: asText}, []string{"user.name", "ka.user.name", "ct.user"}},
	nameGroup{rule{column: event.ProcessName, as: asText}, []string{"proc.exepath"}},
	nameGroup{rule{column: event.ProcessName, as: asText, rank: 1}, []string{"proc.name"}},
	nameGroup{rule{column: event.ProcessID, as: asCount}, []string{"proc.pid"}},
	nameGroup{rule{column: event.CommandLine, as: asText}, []string{"proc.cmdline"}},
	nameGroup{rule{column: event.ParentProcessName, as: asText}, []string{"proc.pexepath"}},
	nameGroup{rule{column: event.ParentProcessName, as: asText, rank: 1}, []string{"proc.pname"}},
	nameGroup{rule{column: event.SourceIP, as: asIP}, []string{"fd.cip", "ct.srcip"}},
	nameGroup{rule{column: event.SourcePort, as: asPort}, []string{"fd.cport"}},
	nameGroup{rule{column: event.DestinationIP, as: asIP}, []string{"fd.sip"}},
	nameGroup{rule{column: event.DestinationPort, as: asPort}, []string{"fd.sport"}},
	nameGroup{rule{column: event.NetworkProtocol, as: asProtocol}, []string{"fd.l4proto"}},
	nameGroup{rule{column: event.CloudRegion, as: asText}, []string{"ct.region"}},
)

func describeFalco(e *event.Event) {
	e.SetText(event.Vendor, "falco")
	e.SetText(event.Product, "falco")
}

func parseFalco(line string, c *Context, e *event.Event) error {
	if isObject(line) {
		return parseDocument(line, &falcoDocument, c, e)
	}
	if falcoPriority(line) > 0 {
		return falcoPayload.parseBare(line, c, e)
	}
	return falcoPayload.parse(line, c, e)
}

func fillFalco(o *object, c *Context, e *event.Event) error {
	describeFalco(e)
	e.SetText(event.EventType, event.IDSAlert)
	members := o.spare[:0]
	defer func() {
		clear(members)
		o.spare = members[:0]
	}()
	for i := range o.members {
		if m := &o.members[i]; m.name == "output_fields" {
			members = m.appendFields(members)
		} else {
			members = append(members, *m)
		}
	}
	for i := range members {
		if m := &members[i]; m.kind == event.KindString && m.text == "<NA>" {
			m.kind, m.text = event.KindNull, "null"
		}
	}
	setFalcoFile(members, e)
	falcoNames.fill(members, c, e)
	return nil
}

// setFalcoFile takes the descriptor's name where it is a file's: of a connection
// it is both ends.
func setFalcoFile(members []member, e *event.Event) {
	name := findMember(members, "fd.name")
	if text := scalarText(name); strings.HasPrefix(text, "/") && scalarText(findMember(members, "fd.l4proto")) == "" {
		e.SetText(event.FilePath, text)
		name.done = true
	}
}

// matchFalco looks for a time of day with nine digits behind the second, or an
// ISO time, then a colon and a priority.
func matchFalco(line string) int {
	at := falcoPriority(line)
	if at == 0 {
		return 0
	}
	return Certain
}

// falcoPriority returns where the priority begins behind the time of an alert, 0
// where there is none.
func falcoPriority(line string) int {
	n := 0
	switch {
	case len(line) > 24 && line[2] == ':' && line[5] == ':' && line[8] == '.' && line[18] == ':':
		n = 18
	case len(line) > 40 && line[4] == '-' && line[10] == 'T' && line[19] == '.':
		n = strings.Index(line[:40], ": ")
	}
	if n <= 0 || n+2 >= len(line) || line[n] != ':' || line[n+1] != ' ' {
		return 0
	}
	word, _, ok := strings.Cut(line[n+2:min(len(line), n+18)], " ")
	if !ok || !isFalcoPriority(word) {
		return 0
	}
	return n + 2
}

func isFalcoPriority(word string) bool {
	switch word {
	case "Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Informational", "Debug":
		return true
	default:
		return false
	}
}

// readFalcoText reads "16:31:56.746609046: Error text (key=value ...)" and the
// same with the fields behind a bar.
func readFalcoText(message string, c *Context, e *event.Event) bool {
	at := falcoPriority(message)
	if at == 0 {
		return false
	}
	nanos, ok := falcoTime(message[:at-2], c)
	if !ok {
		return false
	}
	// The clock has no date, which the envelope may have.
	if !e.Has(event.EventTime) || at > 20 {
		e.SetInt(event.EventTime, nanos)
	}
	// The envelope's program is Falco, which is not what did it.
	e.Clear(event.ProcessName)
	e.Clear(event.ProcessID)
	priority, text, _ := strings.Cut(message[at:], " ")
	describeFalco(e)
	e.SetText(event.EventType, event.IDSAlert)
	e.SetText(event.Severity, priority)
	setLevel(e, priority)
	e.SetText(event.Message, text)
	fillFalcoText(text, c, e)
	return true
}

// falcoTime reads an ISO time, or a time of day: that of the last day on which it
// is not after the reception.
func falcoTime(s string, c *Context) (nanos int64, ok bool) {
	if len(s) > 18 {
		return rfc3339Time(s, c.Zone)
	}
	zone := c.Zone
	if zone == nil {
		zone = time.UTC
	}
	for _, day := range [...]int{1, 0, -1} {
		date := c.Received.In(zone).AddDate(0, 0, day)
		m := moment{year: date.Year(), month: int(date.Month()), day: date.Day()}
		if !m.clock(s, 0) || m.fraction(s, 8) != 10 {
			return 0, false
		}
		if nanos, ok = m.in(zone); ok && nanos <= c.Received.Add(FutureLimit).UnixNano() {
			return nanos, true
		}
	}
	return 0, false
}

// falcoKeys are the names that Falco's own rules give their fields in text, with
// the field that it is. A value ends where the next of them begins.
var falcoKeys = map[string]string{
	"user": "user.name", "user_uid": "user.uid", "user_loginuid": "user.loginuid", "user_loginname": "user.loginname", "uid": "user.uid",
	"command": "proc.cmdline", "cmdline": "proc.cmdline", "process": "proc.name", "program": "proc.name", "proc_exepath": "proc.exepath",
	"parent": "proc.pname", "gparent": "proc.aname[2]", "ggparent": "proc.aname[3]", "gggparent": "proc.aname[4]", "pcmdline": "proc.pcmdline",
	"file": "fd.name", "evt_type": "evt.type", "pid": "proc.pid", "parent_exepath": "proc.pexepath", "connection": "connection",
	"terminal": "proc.tty", "exe_flags": "evt.arg.flags", "container_id": "container.id", "container_name": "container.name", "container": "container",
	"container_image_repository": "container.image.repository", "container_image_tag": "container.image.tag", "container_image": "container.image",
	"image": "container.image", "k8s_ns_name": "k8s.ns.name", "k8s_pod_name": "k8s.pod.name", "k8s.ns": "k8s.ns.name", "k8s.pod": "k8s.pod.name",
	"k8s_ns": "k8s.ns.name", "k8s_pod": "k8s.pod.name", "linkpath": "evt.arg.linkpath", "evt_res": "evt.res", "evt_args": "evt.args", "proc_cwd": "proc.cwd", "proc_exe": "proc.exe",
	"proc_sname": "proc.sname", "cap_effective": "thread.cap_effective", "container_duration": "container.duration", "container_start_ts": "container.start_ts", "container_image_digest": "container.image.digest",
	"verb": "ka.verb", "lport": "fd.lport", "rport": "fd.rport", "fd_l4proto": "fd.l4proto", "fd_type": "fd.type", "fd_proto": "fd.l4proto", "flags": "evt.arg.flags",
}

// fillFalcoText reads the fields at the end of a text. What a process is called
// and given may hold what looks like a field: where a name comes twice none is
// believed.
func fillFalcoText(text string, c *Context, e *event.Event) {
	var fields string
	if i := strings.Index(text, " | "); i >= 0 {
		fields = text[i+2:]
	} else if i := strings.Index(text, " ("); i >= 0 && strings.HasSuffix(text, ")") {
		fields = " " + text[i+2:len(text)-1]
	} else {
		return
	}
	var space [stackMembers]member
	members, twice := cutFalcoFields(fields, space[:0])
	if twice {
		e.Warn("the fields in the text: a name comes twice, which one is Falco's can't be known")
		return
	}
	setFalcoFile(members, e)
	falcoNames.fill(members, c, e)
}

// cutFalcoFields cuts fields, which starts with a space, at the names that Falco
// uses.
func cutFalcoFields(fields string, members []member) (out []member, twice bool) {
	start := -1
	for i := 0; i < len(fields); {
		if fields[i] != ' ' {
			i++
			continue
		}
		end := i + 1
		for end < len(fields) && (isAlnum(fields[end]) || fields[end] == '_' || fields[end] == '.') {
			end++
		}
		name := ""
		if end < len(fields) && fields[end] == '=' {
			name = falcoKeys[fields[i+1:end]]
		}
		if name == "" {
			i++
			if end > i {
				i = end
			}
			continue
		}
		if start >= 0 {
			members[len(members)-1].text = fields[start:i]
		}
		if findMember(members, name) != nil || len(members) == stackMembers {
			return nil, true
		}
		members = append(members, member{name: name, bare: true})
		start, i = end+1, end+1
	}
	if start >= 0 {
		members[len(members)-1].text = fields[start:]
	}
	for i := range members {
		m := &members[i]
		if m.text == "<NA>" {
			m.kind, m.text = event.KindNull, "null"
		}
	}
	return members, false
}
