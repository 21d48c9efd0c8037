package format

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var windowsXMLFormat = &Format{
	Name:  "windows_xml",
	Title: "Windows event log as XML",
	Doc: "One record of the Windows event log a line, as XML: what EvtRender and wevtutil write and many collectors forward. Fields " +
		"are the same as in windows_json. It promises one whole Event element with an EventID and a channel or a provider. " +
		"Source: https://learn.microsoft.com/en-us/windows/win32/wes/eventschema-schema",
	Parse: func(line string, c *Context, e *event.Event) error {
		switch {
		case isObject(line):
			return parseDocument(line, &windowsXMLDocument, c, e)
		case hasEnvelope(line):
			return windowsXMLPayload.parse(line, c, e)
		default:
			return parseEventXML(line, c, e)
		}
	},
	Match:    matchWindowsXML,
	Starts:   "<\xef",
	document: &windowsXMLDocument,
}

// xmlMembers are the members that shippers put a line into.
var xmlMembers = []string{"message", "event", "_raw", "raw"}

// windowsXMLDocument is a record that a shipper put into a member of an object of
// its own.
var windowsXMLDocument = documentKind{
	keys: xmlMembers,
	claims: func(o *object) int {
		if xmlMember(o) == nil {
			return 0
		}
		return 92
	},
	fill: fillWrappedXML,
}

// xmlMember returns the member that is a record, nil where there is none. It
// looks at texts as they are written, as most of them are none.
func xmlMember(o *object) *member {
	for _, name := range xmlMembers {
		m := o.find(name)
		if memberKind(m) == event.KindString && (strings.HasPrefix(m.text, "<Event") || strings.HasPrefix(m.text, `\u003cEvent`)) && isEventXML(m.str()) {
			return m
		}
	}
	return nil
}

// fillWrappedXML reads the record. What the shipper says beside it stays in
// extra.
func fillWrappedXML(o *object, c *Context, e *event.Event) error {
	w := newWinRecord()
	defer w.release()
	m := xmlMember(o)
	if err := w.readXML(strings.TrimSpace(m.str()), c); err != nil {
		return &Error{Reason: "the record in " + m.name + ": " + err.Reason}
	}
	own := len(w.members)
	for i := range o.members {
		one := &o.members[i]
		_, taken := windowsNames.rules[one.name]
		switch {
		case one == m:
		case taken || findMember(w.members[:own], one.name) != nil:
			w.keep("outer."+one.name, one)
		default:
			w.members = append(w.members, *one)
		}
	}
	w.fill(windowsNames, c, e)
	return nil
}

// windowsXMLPayload reads records that came through syslog.
var windowsXMLPayload = payload{
	format:   "windows_xml",
	read:     readEventXML,
	owns:     func(string) bool { return true },
	starts:   []string{"<Event", "<?xml"},
	claims:   func(message string) bool { return isEventXML(message) && !isSysmonXML(message) },
	describe: describeWindows,
	strict:   true,
	what:     "an Event element of the Windows event log",
}

// isEventXML looks at the start only.
func isEventXML(line string) bool {
	line = strings.TrimPrefix(line, "\ufeff")
	if strings.HasPrefix(line, "<?xml") {
		end := strings.Index(line[:min(len(line), 200)], "?>")
		if end < 0 {
			return false
		}
		line = strings.TrimLeft(line[end+2:], " \t\r\n")
	}
	rest, ok := strings.CutPrefix(line, "<Event")
	return ok && rest != "" && (rest[0] == '>' || rest[0] == ' ')
}

// isSysmonXML reports whether the record's provider is Sysmon, of either system.
// The provider comes first.
func isSysmonXML(line string) bool {
	head := line[:min(len(line), 600)]
	at := strings.Index(head, "<Provider ")
	if at < 0 {
		return false
	}
	provider, _, _ := strings.Cut(head[at:], ">")
	return strings.Contains(provider, "Microsoft-Windows-Sysmon") || strings.Contains(provider, "Linux-Sysmon")
}

func matchWindowsXML(line string) int {
	if !isEventXML(line) || isSysmonXML(line) {
		return 0
	}
	if strings.Contains(line[:min(len(line), 600)], "<System>") {
		return Certain
	}
	return 50
}

// readEventXML is parseEventXML for payloads.
func readEventXML(message string, c *Context, e *event.Event) bool {
	w := newWinRecord()
	defer w.release()
	if w.readXML(message, c) != nil {
		return false
	}
	w.fill(windowsNames, c, e)
	return true
}

func parseEventXML(line string, c *Context, e *event.Event) error {
	w := newWinRecord()
	defer w.release()
	if err := w.readXML(line, c); err != nil {
		return err
	}
	w.fill(windowsNames, c, e)
	return nil
}

// readXML reads all of line as one Event element.
func (w *winRecord) readXML(line string, c *Context) *Error {
	x := xmlScanner{s: line}
	x.skipProlog()
	tag, ok := x.open()
	if !ok || tag.name != "Event" {
		return &Error{Reason: "expected an Event element", Offset: 0}
	}
	for !tag.empty {
		part, ok := x.open()
		if !ok {
			break
		}
		switch {
		case part.empty:
		case part.name == "System":
			x.system(w, c)
		case part.name == "EventData":
			x.eventData(w)
		case part.name == "UserData" || part.name == "DebugData" || part.name == "ProcessingErrorData":
			x.userData(w)
		case part.name == "RenderingInfo":
			x.rendering(w)
		default:
			x.skipElement(part.name)
		}
	}
	x.close("Event")
	if x.skipSpace(); x.failed == "" && x.i < len(line) {
		x.fail("expected nothing behind the Event element")
	}
	switch {
	case x.failed != "":
		return &Error{Reason: x.failed, Offset: min(x.i, len(line))}
	case w.id == "":
		return &Error{Reason: "expected the EventID of a Windows event", Offset: len(line)}
	case w.channel == "" && w.provider == "":
		return &Error{Reason: "expected the channel or the provider of a Windows event", Offset: len(line)}
	default:
		return nil
	}
}

// system reads the System part up to its end.
func (x *xmlScanner) system(w *winRecord, c *Context) {
	for {
		tag, ok := x.open()
		if !ok {
			break
		}
		var m member
		if !tag.empty {
			m.text = x.content(tag.name)
		}
		switch tag.name {
		case "Provider":
			w.provider = tag.attribute("Name")
			w.add("Provider_Name", w.provider)
			w.add("Provider_Guid", tag.attribute("Guid"))
			w.add("Provider_EventSourceName", tag.attribute("EventSourceName"))
		case "TimeCreated":
			w.setTime(tag.attribute("SystemTime"), c)
		case "Execution":
			w.add("Execution_ProcessID", tag.attribute("ProcessID"))
			w.add("Execution_ThreadID", tag.attribute("ThreadID"))
		case "Correlation":
			w.add("Correlation_ActivityID", tag.attribute("ActivityID"))
			w.add("Correlation_RelatedActivityID", tag.attribute("RelatedActivityID"))
		case "Security":
			w.add("Security_UserID", firstText(tag.attribute("UserID"), tag.attribute("UserId")))
		default:
			if !w.setSystem(tag.name, &m, c) {
				w.add(tag.name, m.text)
			}
		}
	}
	x.close("System")
}

// data reads an EventData or UserData element that stands alone.
func (x *xmlScanner) data(w *winRecord) {
	tag, ok := x.open()
	switch {
	case !ok:
		x.fail("expected an element")
	case tag.empty:
	case tag.name == "EventData":
		x.eventData(w)
	default:
		x.userData(w)
	}
}

// eventData reads the fields up to the end of EventData. Fields without a name
// make a list called Data.
func (x *xmlScanner) eventData(w *winRecord) {
	var nameless []string
	for {
		tag, ok := x.open()
		if !ok {
			break
		}
		text := ""
		if !tag.empty {
			text = x.content(tag.name)
		}
		name := tag.name
		if name == "Data" {
			name = dataName(tag.attribute("Name"))
		}
		if name == "" {
			nameless = append(nameless, text)
			continue
		}
		w.members = append(w.members, member{name: name, text: text})
	}
	x.close("EventData")
	w.addNameless(nameless)
}

// addNameless adds values without names: one as it is, several as a list.
func (w *winRecord) addNameless(values []string) {
	switch len(values) {
	case 0:
	case 1:
		w.add("Data", values[0])
	default:
		w.members = append(w.members, member{name: "Data", kind: event.KindArray, text: jsonList(values)})
	}
}

// jsonList writes values as a JSON array.
func jsonList(values []string) string {
	out, err := json.Marshal(values)
	if err != nil {
		return "[]"
	}
	return string(out)
}

// userData reads the one element in UserData, whose elements are the fields.
func (x *xmlScanner) userData(w *winRecord) {
	outer, ok := x.open()
	if ok && !outer.empty {
		for {
			tag, ok := x.open()
			if !ok {
				break
			}
			text := ""
			if !tag.empty {
				text = x.content(tag.name)
			}
			w.members = append(w.members, member{name: dataName(tag.name), text: text})
		}
		x.close(outer.name)
	}
	for {
		tag, ok := x.open()
		if !ok {
			break
		}
		if !tag.empty {
			x.skipElement(tag.name)
		}
	}
	x.closeAny()
}

// rendering takes the message out of RenderingInfo.
func (x *xmlScanner) rendering(w *winRecord) {
	for {
		tag, ok := x.open()
		if !ok {
			break
		}
		text := ""
		if !tag.empty {
			text = x.content(tag.name)
		}
		if tag.name == "Message" {
			w.add("Message", text)
		}
	}
	x.close("RenderingInfo")
}

// xmlScanner reads the XML that the event log writes: elements, attributes,
// text and entities. Comments, processing instructions and DTDs are no part of
// it. The first failure stays.
type xmlScanner struct {
	s      string
	i      int
	failed string
}

func (x *xmlScanner) fail(reason string) {
	if x.failed == "" {
		x.failed = reason
	}
}

func (x *xmlScanner) skipSpace() {
	for x.i < len(x.s) && (x.s[x.i] == ' ' || x.s[x.i] == '\t' || x.s[x.i] == '\r' || x.s[x.i] == '\n') {
		x.i++
	}
}

// skipProlog moves over a byte order mark and the XML declaration.
func (x *xmlScanner) skipProlog() {
	if strings.HasPrefix(x.s, "\ufeff") {
		x.i = len("\ufeff")
	}
	if strings.HasPrefix(x.s[x.i:], "<?xml") {
		if n := strings.Index(x.s[x.i:], "?>"); n >= 0 {
			x.i += n + 2
		}
	}
}

// xmlTag is a start tag; attributes is its text behind the name.
type xmlTag struct {
	name, attributes string
	empty            bool
}

// open reads the next start tag. It reports false, without moving, where an end
// tag or anything else is next.
func (x *xmlScanner) open() (tag xmlTag, ok bool) {
	if x.failed != "" {
		return tag, false
	}
	x.skipSpace()
	rest := x.s[x.i:]
	if len(rest) < 3 || rest[0] != '<' || !isAlpha(rest[1]) && rest[1] != '_' {
		return tag, false
	}
	n := 1
	for n < len(rest) && isNameByte(rest[n]) {
		n++
	}
	tag.name = rest[1:n]
	end := tagEnd(rest, n)
	if end < 0 {
		x.fail("a tag is not closed: the line is cut")
		return tag, false
	}
	tag.attributes = rest[n:end]
	if strings.HasSuffix(tag.attributes, "/") {
		tag.attributes, tag.empty = tag.attributes[:len(tag.attributes)-1], true
	}
	x.i += end + 1
	return tag, true
}

// tagEnd returns the place of the bracket that ends the tag, quoted values
// passed over.
func tagEnd(s string, i int) int {
	for i < len(s) {
		switch s[i] {
		case '>':
			return i
		case '<':
			return -1
		case '"', '\'':
			n := strings.IndexByte(s[i+1:], s[i])
			if n < 0 {
				return -1
			}
			i += n + 1
		}
		i++
	}
	return -1
}

func isNameByte(b byte) bool { return isAlnum(b) || b == '_' || b == '-' || b == '.' || b == ':' }

// attribute returns the decoded value of an attribute, "" where there is none.
func (t *xmlTag) attribute(name string) string {
	s := t.attributes
	for {
		s = strings.TrimLeft(s, " \t\r\n")
		n := 0
		for n < len(s) && isNameByte(s[n]) {
			n++
		}
		if n == 0 || n+2 > len(s) || s[n] != '=' || s[n+1] != '"' && s[n+1] != '\'' {
			return ""
		}
		end := strings.IndexByte(s[n+2:], s[n+1])
		if end < 0 {
			return ""
		}
		if s[:n] == name {
			return xmlText(s[n+2 : n+2+end])
		}
		s = s[n+2+end+1:]
	}
}

// content reads the text of an element and its end tag. Elements inside are
// taken as they are: some providers put XML into a field.
func (x *xmlScanner) content(name string) string {
	rest := x.s[x.i:]
	n := strings.IndexByte(rest, '<')
	if n >= 0 && strings.HasPrefix(rest[n:], "</") {
		text := rest[:n]
		x.i += n
		x.close(name)
		return xmlText(text)
	}
	start := x.i
	end := x.skipElement(name)
	text := x.s[start:max(start, end)]
	if inner, ok := strings.CutPrefix(text, "<![CDATA["); ok && strings.HasSuffix(inner, "]]>") {
		return inner[:len(inner)-3]
	}
	return text
}

// maxXMLDepth is how deep elements may stand in each other.
const maxXMLDepth = 64

// skipElement moves behind the end tag of an element whose start tag was read,
// and returns where that end tag begins.
func (x *xmlScanner) skipElement(name string) int {
	for depth := 1; x.failed == ""; {
		n := strings.IndexByte(x.s[x.i:], '<')
		if n < 0 || depth > maxXMLDepth {
			break
		}
		x.i += n
		rest := x.s[x.i:]
		switch {
		case strings.HasPrefix(rest, "<![CDATA["):
			end := strings.Index(rest, "]]>")
			if end < 0 {
				x.fail("a CDATA section is not closed: the line is cut")
				return x.i
			}
			x.i += end + 3
		case strings.HasPrefix(rest, "</"):
			if depth--; depth == 0 {
				at := x.i
				x.close(name)
				return at
			}
			x.closeAny()
		default:
			tag, ok := x.open()
			if !ok {
				x.fail("expected a tag of XML")
				return x.i
			}
			if !tag.empty {
				depth++
			}
		}
	}
	x.fail("an element is not closed: the line is cut")
	return x.i
}

// close reads the end tag of name.
func (x *xmlScanner) close(name string) {
	if x.failed != "" {
		return
	}
	x.skipSpace()
	rest := x.s[x.i:]
	if !strings.HasPrefix(rest, "</") || !strings.HasPrefix(rest[2:], name) || len(rest) < len(name)+3 || rest[len(name)+2] != '>' {
		x.fail("expected the end of an XML element, or another one: the line is cut or no XML")
		return
	}
	x.i += len(name) + 3
}

// closeAny reads any end tag.
func (x *xmlScanner) closeAny() {
	if x.failed != "" {
		return
	}
	x.skipSpace()
	rest := x.s[x.i:]
	end := strings.IndexByte(rest, '>')
	if !strings.HasPrefix(rest, "</") || end < 0 {
		x.fail("expected the end of an XML element: the line is cut or no XML")
		return
	}
	x.i += end + 1
}

// xmlText decodes the entities of a text. It allocates only where there are some.
func xmlText(s string) string {
	at := strings.IndexByte(s, '&')
	if at < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for {
		out = append(out, s[:at]...)
		s = s[at:]
		r, n := xmlEntity(s)
		if n == 0 {
			out, n = append(out, '&'), 1
		} else {
			out = utf8.AppendRune(out, r)
		}
		s = s[n:]
		if at = strings.IndexByte(s, '&'); at < 0 {
			return string(append(out, s...))
		}
	}
}

// xmlEntity reads the entity at the start of s and returns its length, 0 for
// none.
func xmlEntity(s string) (r rune, n int) {
	end := strings.IndexByte(s[:min(len(s), 12)], ';')
	if end < 2 {
		return 0, 0
	}
	switch name := s[1:end]; name {
	case "lt":
		return '<', end + 1
	case "gt":
		return '>', end + 1
	case "amp":
		return '&', end + 1
	case "quot":
		return '"', end + 1
	case "apos":
		return '\'', end + 1
	default:
		return charReference(name, end+1)
	}
}

// charReference reads "#39" or "#x27".
func charReference(name string, width int) (r rune, n int) {
	if name[0] != '#' || len(name) < 2 {
		return 0, 0
	}
	v, digits, base := 0, name[1:], 10
	if digits[0]|0x20 == 'x' {
		digits, base = digits[1:], 16
	}
	for i := range len(digits) {
		d := hexDigit(digits[i])
		if d < 0 || d >= base {
			return 0, 0
		}
		v = v*base + d
	}
	if digits == "" || v > utf8.MaxRune {
		return 0, 0
	}
	return rune(v), width
}
