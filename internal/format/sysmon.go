package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var sysmonFormat = &Format{
	Name:  "sysmon",
	Title: "Sysmon as XML (Linux and Windows)",
	Doc: "Events of Sysmon as XML: what Sysmon for Linux writes to syslog, with the syslog header or without it, the same out of the Syslog " +
		"table of Azure, and records of Sysmon for Windows. Fields are the same as in windows_json. It promises one whole " +
		"Event element whose provider is Sysmon. Source: https://github.com/Sysinternals/SysmonForLinux",
	Parse:    parseSysmon,
	Match:    matchSysmon,
	Starts:   "<\xef",
	document: &sysmonDocument,
}

// sysmonPayload reads what Sysmon for Linux sends to syslog.
var sysmonPayload = payload{
	format:   "sysmon",
	read:     readSysmon,
	owns:     func(program string) bool { return program == "sysmon" || program == "sysmonforlinux" },
	programs: []string{"sysmon"},
	starts:   []string{"<Event", "<?xml"},
	claims:   func(message string) bool { return isEventXML(message) && isSysmonXML(message) },
	describe: func(e *event.Event) {
		e.SetText(event.Vendor, "microsoft")
		e.SetText(event.Product, "linux")
		e.SetText(event.Service, "sysmon")
		e.SetList(event.LogSource, linuxSysmon.sources)
	},
	what: "an Event element of Sysmon",
}

// sysmonDocument is a row of the Syslog table of Azure.
var sysmonDocument = documentKind{
	keys: []string{"SyslogMessage"},
	claims: func(o *object) int {
		if isEventXML(o.text("SyslogMessage")) {
			return 90
		}
		return 0
	},
	fill: fillSysmonRow,
}

func parseSysmon(line string, c *Context, e *event.Event) error {
	switch {
	case isObject(line):
		return parseDocument(line, &sysmonDocument, c, e)
	case hasEnvelope(line):
		return sysmonPayload.parse(line, c, e)
	case isEventXML(line) && !isSysmonXML(line):
		return &Error{Reason: "an event of another provider than Sysmon"}
	default:
		return parseEventXML(line, c, e)
	}
}

func readSysmon(message string, c *Context, e *event.Event) bool {
	return isSysmonXML(message) && readEventXML(message, c, e)
}

func matchSysmon(line string) int {
	if isEventXML(line) && isSysmonXML(line) {
		return Certain
	}
	return 0
}

// fillSysmonRow reads the record in the message; the row around it stays in
// extra, save what the record says itself.
func fillSysmonRow(o *object, c *Context, e *event.Event) error {
	w := newWinRecord()
	defer w.release()
	message := strings.TrimSpace(o.text("SyslogMessage"))
	if !isSysmonXML(message) {
		return &Error{Reason: "the message is no record of Sysmon"}
	}
	if err := w.readXML(message, c); err != nil {
		return &Error{Reason: "the record in SyslogMessage: " + err.Reason}
	}
	for i := range o.members {
		switch m := &o.members[i]; m.name {
		case "SyslogMessage", "Computer", "HostName":
		case "ProcessName":
			w.keep("syslog_process", m)
		default:
			w.members = append(w.members, *m)
		}
	}
	w.fill(windowsNames, c, e)
	return nil
}
