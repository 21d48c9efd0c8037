package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var paloaltoFormat = &Format{
	Name:  "paloalto",
	Title: "Palo Alto Networks PAN-OS",
	Doc: "Comma-separated logs of PAN-OS in the documented order of fields, from PAN-OS 7 to 11: TRAFFIC, THREAT (url, " +
		"vulnerability, spyware, virus, wildfire, ...), SYSTEM, CONFIG, GLOBALPROTECT, HIPMATCH, USERID, DECRYPTION, AUTHENTICATION, " +
		"CORRELATION, TUNNEL and IPTAG, in a syslog envelope or bare. It promises the times, the serial number and the type. " +
		"Source: PAN-OS Administrator's Guide, Syslog Field Descriptions.",
	Parse:  paloaltoPayload.parse,
	Match:  matchPaloAlto,
	Starts: "01,",
}

var paloaltoPayload = payload{
	format:   "paloalto",
	read:     readPaloAlto,
	owns:     func(string) bool { return true },
	starts:   []string{"1,", "0,", ",20"},
	claims:   claimsPaloAlto,
	describe: func(e *event.Event) { describePaloAlto("", e) },
	strict:   true,
	what:     "a log of PAN-OS: expected 1,date,serial,type,subtype,...",
}

func matchPaloAlto(line string) int {
	if len(line) > 30 && (line[1] == ',' || line[0] == ',') && claimsPaloAlto(line) {
		return 95
	}
	return 0
}

// claimsPaloAlto looks at the first fields: a time in the second, a known type in
// the fourth.
func claimsPaloAlto(text string) bool {
	text = text[:min(len(text), 128)]
	_, rest, _ := strings.Cut(text, ",")
	received, rest, _ := strings.Cut(rest, ",")
	_, rest, _ = strings.Cut(rest, ",")
	kind, _, ok := strings.Cut(rest, ",")
	return ok && len(received) >= 19 && isDigit(received[0]) && (received[4] == '/' || received[4] == '-') && panLayouts[kind] != nil
}

// panTime reads "2024/09/05 10:30:00", of the source's zone, or a time of RFC 3339.
func panTime(s string, c *Context) (nanos int64, ok bool) {
	nanos, n, ok := isoTime(s, c.Zone)
	return nanos, ok && n == len(s)
}

// maxPanFields is how many fields of a log are looked at.
const maxPanFields = 160

func readPaloAlto(message string, c *Context, e *event.Event) bool {
	if !claimsPaloAlto(message) {
		return false
	}
	var space [maxPanFields]string
	fields, whole := cutQuotedCSV(message, space[:0])
	if len(fields) < 8 {
		return false
	}
	received, ok := panTime(fields[1], c)
	if !ok {
		return false
	}
	layout := panLayouts[fields[3]]
	names := layout.names
	if fields[3] == "CONFIG" {
		names = configNames(fields)
	}
	o := borrowObject()
	defer o.release()
	members := o.members
	for i, text := range fields {
		if text == "" || i >= len(names) || names[i] == "" {
			continue
		}
		members = append(members, member{name: names[i], text: text, kind: bareKind(text), bare: true})
	}
	o.members = members
	e.SetInt(event.EventTime, received)
	for _, name := range [...]string{"time_generated", "high_res_timestamp"} {
		if nanos, ok := panTime(memberText(members, name), c); ok {
			e.SetInt(event.EventTime, nanos)
		}
	}
	describePaloAlto(fields[3], e)
	layout.fill(fields[4], members, e)
	panMapping.fill(members, c, e)
	if isICMP(e.Text(event.NetworkProtocol)) {
		e.Clear(event.SourcePort)
		e.Clear(event.DestinationPort)
	}
	if !whole {
		e.Warn("a quoted field is not closed: the line is cut")
	}
	return true
}

func describePaloAlto(kind string, e *event.Event) {
	e.SetText(event.Vendor, "paloalto")
	e.SetText(event.Product, "panos")
	switch kind {
	case "TRAFFIC", "THREAT", "DECRYPTION", "TUNNEL", "START", "END":
		e.SetList(event.LogSource, panTraffic)
	case "GLOBALPROTECT":
		e.SetList(event.LogSource, panVPN)
	default:
		e.SetList(event.LogSource, panOther)
	}
}

var (
	panTraffic = []string{"firewall:paloalto:"}
	panURL     = []string{"firewall:paloalto:", "proxy::"}
	panVirus   = []string{"firewall:paloalto:", "antivirus::"}
	panVPN     = []string{":paloalto:globalprotect"}
	panOther   = []string{":paloalto:"}
)

// cutQuotedCSV cuts a line at its commas. A field may stand in double quotes, in
// which a doubled quote is one; whole is false where the last one is not closed.
func cutQuotedCSV(line string, fields []string) (out []string, whole bool) {
	for len(fields) < maxPanFields {
		if !strings.HasPrefix(line, `"`) {
			field, rest, more := strings.Cut(line, ",")
			fields = append(fields, field)
			if !more {
				return fields, true
			}
			line = rest
			continue
		}
		end, doubled := closingQuote(line)
		field := line[1:end]
		if doubled {
			field = strings.ReplaceAll(field, `""`, `"`)
		}
		fields = append(fields, field)
		if end >= len(line) {
			return fields, false
		}
		if line = line[end+1:]; line == "" {
			return fields, true
		}
		line = line[1:] // the comma
	}
	return fields, true
}

// closingQuote returns where the quoted field at the start of line ends: at a
// quote that a comma or the end follows.
func closingQuote(line string) (end int, doubled bool) {
	for i := 1; i < len(line); i++ {
		n := strings.IndexByte(line[i:], '"')
		if n < 0 {
			break
		}
		i += n
		switch {
		case i+1 == len(line), line[i+1] == ',':
			return i, doubled
		case line[i+1] == '"':
			doubled = true
			i++
		}
	}
	return len(line), doubled
}
