package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var journaldFormat = &Format{
	Name:  "journald",
	Title: "systemd's journal",
	Doc: "Entries of systemd's journal as journalctl -o json prints them and systemd-journal-upload sends them. The message is read by " +
		"the format of the program that wrote it, as behind a syslog header. It promises a JSON object with the journal's own " +
		"members. Source: systemd.journal-fields(7), https://systemd.io/JOURNAL_EXPORT_FORMATS/",
	Parse: func(line string, c *Context, e *event.Event) error {
		return parseDocument(line, &journaldDocument, c, e)
	},
	Match:    noText,
	document: &journaldDocument,
}

var journaldDocument = documentKind{
	keys:   []string{"__REALTIME_TIMESTAMP", "__CURSOR", "_SOURCE_REALTIME_TIMESTAMP", "_BOOT_ID"},
	claims: claimJournald,
	fill:   fillJournald,
}

func claimJournald(o *object) int {
	if !o.has("MESSAGE") && !o.has("__REALTIME_TIMESTAMP") {
		return 0
	}
	if o.has("__REALTIME_TIMESTAMP") || o.has("_BOOT_ID") || o.has("_TRANSPORT") {
		return 92
	}
	return 0
}

var journaldMapping = newMapping(
	nameGroup{rule{column: event.CommandLine, as: asText}, []string{"_CMDLINE"}},
	nameGroup{rule{column: event.EventCode, as: asText}, []string{"MESSAGE_ID"}},
)

func fillJournald(o *object, c *Context, e *event.Event) error {
	v := envelope{priority: -1}
	for _, name := range [...]string{"__REALTIME_TIMESTAMP", "_SOURCE_REALTIME_TIMESTAMP"} {
		micros, ok := parseUint(o.text(name))
		if ok && micros > 0 && micros < (1<<63-1)/1000 && !v.timed {
			v.nanos, v.timed = micros*1000, true
			o.take(name)
		}
	}
	v.host = o.take("_HOSTNAME")
	v.program = o.take("SYSLOG_IDENTIFIER")
	if v.program == "" {
		v.program = o.take("_COMM")
	}
	if v.pid = o.take("_PID"); v.pid == "" {
		v.pid = o.take("SYSLOG_PID")
	}
	v.readJournalPriority(o)
	v.message = journalText(o.find("MESSAGE"))
	v.unwrapRepeated()
	v.cutModule()
	if v.message != "" {
		fillEnvelope(&v, c, e)
	} else {
		v.fill(e)
		fillPlain(&v, e)
	}
	fillAbsent(e, event.Format, "journald")
	fillJournalProcess(&v, o, e)
	for i := range o.members {
		if m := &o.members[i]; m.kind == event.KindArray && !m.done {
			if text := journalText(m); text != "" {
				m.kind, m.text, m.escaped = event.KindString, text, false
			}
		}
	}
	keepJournalColumns(o, e)
	journaldMapping.fill(o.members, c, e)
	return nil
}

// readJournalPriority reads PRIORITY and SYSLOG_FACILITY.
func (v *envelope) readJournalPriority(o *object) {
	severity, ok := parseUint(o.text("PRIORITY"))
	if !ok || severity > 7 {
		return
	}
	o.take("PRIORITY")
	facility, ok := parseUint(o.text("SYSLOG_FACILITY"))
	if !ok || facility > 23 {
		v.level = syslogLevels[severity]
		return
	}
	o.take("SYSLOG_FACILITY")
	v.priority = int(facility*8 + severity)
}

// journalText returns the text of a member and marks it as used: a string, or a
// list of bytes, as the journal writes what is not UTF-8 or holds controls.
func journalText(m *member) string {
	if m == nil || m.done {
		return ""
	}
	if m.kind != event.KindArray {
		text := scalarText(m)
		m.done = text != ""
		return text
	}
	text := strings.Trim(m.text, "[] \t")
	out := make([]byte, 0, len(text)/3+1)
	for text != "" {
		var number string
		number, text, _ = strings.Cut(text, ",")
		v, ok := parseUint(strings.Trim(number, " \t"))
		if !ok || v > 255 {
			return "" // a field that occurs more than once is a list of strings
		}
		out = append(out, byte(v))
	}
	m.done = len(out) > 0
	return string(out)
}

// fillJournalProcess names the process by its path, unless the message's format
// knows of another one.
func fillJournalProcess(v *envelope, o *object, e *event.Event) {
	path := o.text("_EXE")
	if path == "" || e.Text(event.ProcessName) != v.program {
		return
	}
	o.take("_EXE")
	e.SetText(event.ProcessName, path)
	if v.program != "" && v.program != path {
		e.SetExtraText("SYSLOG_IDENTIFIER", v.program)
	}
}

// keepJournalColumns leaves columns that the message's format has set alone: the
// members go to extra.
func keepJournalColumns(o *object, e *event.Event) {
	for _, keep := range [...]struct {
		name   string
		column event.Column
	}{{"_CMDLINE", event.CommandLine}, {"MESSAGE_ID", event.EventCode}} {
		if m := o.find(keep.name); m != nil && !m.done && e.Has(keep.column) {
			e.SetExtraText(keep.name, scalarText(m))
			m.done = true
		}
	}
}
