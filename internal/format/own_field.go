package format

import (
	"slices"
	"strings"
	"time"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// shape is what the text of a field of a user's own format looks like, and so
// where it ends.
type shape uint8

const (
	shapeText     shape = iota // whatever stands before the text that follows
	shapeWord                  // no spaces
	shapeHost                  // letters, digits and what host names and addresses have
	shapeQuoted                // between double quotes, with backslash escapes
	shapeIP                    // an address
	shapeEndpoint              // an address, or one with a port
	shapePort                  // 0 to 65535
	shapeInt                   // digits, with a minus or without
	shapeNumber                // an integer or a decimal fraction
	shapeStatus                // 100 to 599
	shapeLevel                 // a word for a log level
	shapeTime                  // a time in one of the field's layouts
	shapePairs                 // key=value pairs, up to the end
	shapeJSON                  // a JSON object, up to the end
)

// fieldType is what a field's type in a YAML file means.
type fieldType struct {
	name  string
	shape shape
	as    reading
	// layout is the layout that the type itself names.
	layout string
	doc    string
}

// fieldTypes are the types, sorted by name.
var fieldTypes = []fieldType{
	{name: "clf", shape: shapeTime, as: asTime, layout: "clf", doc: "a time like 05/Sep/2024:10:30:00 +0000"},
	{name: "code", shape: shapeWord, as: asCode, doc: "a word or a number that names something; kept as text"},
	{name: "endpoint", shape: shapeEndpoint, as: asIP, doc: "an IP address, or one with a port, which fills the port's column too"},
	{name: "epoch", shape: shapeTime, as: asTime, layout: "epoch", doc: "seconds since 1970, with a fraction or without"},
	{name: "epoch_ms", shape: shapeTime, as: asTime, layout: "epoch_ms", doc: "milliseconds since 1970"},
	{name: "host", shape: shapeHost, as: asText, doc: "a host name or an address"},
	{name: "int", shape: shapeInt, as: asCount, doc: "a whole number"},
	{name: "ip", shape: shapeIP, as: asIP, doc: "an IPv4 or IPv6 address"},
	{name: "iso8601", shape: shapeTime, as: asTime, layout: "iso8601", doc: "a time like 2024-09-05T10:30:00.123+02:00"},
	{name: "json", shape: shapeJSON, as: asText, doc: "a JSON object at the end of the line; its members become fields"},
	{name: "keyvalue", shape: shapePairs, as: asText, doc: "key=value pairs at the end of the line; they become fields"},
	{name: "level", shape: shapeLevel, as: asLevel, doc: "a word for a log level, such as WARN or info"},
	{name: "list", shape: shapeText, as: asList, doc: "a JSON list of texts, or one text"},
	{name: "method", shape: shapeWord, as: asMethod, doc: "a method of HTTP"},
	{name: "number", shape: shapeNumber, as: asCount, doc: "a whole number or a decimal fraction"},
	{name: "port", shape: shapePort, as: asPort, doc: "a port, 0 to 65535"},
	{name: "protocol", shape: shapeWord, as: asProtocol, doc: "a transport protocol, such as TCP"},
	{name: "quoted", shape: shapeQuoted, as: asText, doc: "a text in double quotes, with backslash escapes; the quotes belong to the field"},
	{name: "request", shape: shapeText, as: asRequest, doc: "the request line of HTTP, GET /path HTTP/1.1; fills method, path and version"},
	{name: "rfc3164", shape: shapeTime, as: asTime, layout: "rfc3164", doc: "a time like Sep  5 10:30:00"},
	{name: "status", shape: shapeStatus, as: asStatus, doc: "a status of HTTP, 100 to 599"},
	{name: "text", shape: shapeText, as: asText, doc: "anything up to the text that follows in the pattern"},
	{name: "time", shape: shapeTime, as: asTime, layout: "auto", doc: "a time in the field's layouts; without any: ISO 8601, RFC 3164, common log format or epoch"},
	{name: "url", shape: shapeText, as: asTarget, doc: "a path with a query or an absolute URL; fills url_path and url_query too"},
	{name: "version", shape: shapeWord, as: asVersion, doc: "a version of HTTP"},
	{name: "word", shape: shapeWord, as: asText, doc: "anything without a space, not empty"},
}

func typeByName(name string) (fieldType, bool) {
	i, ok := slices.BinarySearchFunc(fieldTypes, name, func(t fieldType, name string) int { return strings.Compare(t.name, name) })
	if !ok {
		return fieldType{}, false
	}
	return fieldTypes[i], true
}

// typeFor returns the type of fields that go to column c and name none.
func typeFor(c event.Column) fieldType {
	name := "text"
	as, _ := schemaReading(c)
	switch as {
	case asIP:
		name = "ip"
	case asPort:
		name = "port"
	case asCount:
		name = "int"
	case asStatus:
		name = "status"
	case asTime:
		name = "time"
	case asLevel:
		name = "level"
	case asProtocol:
		name = "protocol"
	case asVersion:
		name = "version"
	case asTarget:
		name = "url"
	case asList:
		name = "list"
	}
	t, _ := typeByName(name)
	t.as = as
	return t
}

// readings that a column of each kind takes.
func fitsColumn(as reading, c event.Column) bool {
	own, ok := schemaReading(c)
	if !ok || own == asSources {
		return false
	}
	if as == own {
		return true
	}
	switch {
	case c == event.RequestPath:
		return as == asRequest || as == asTarget || as == asText
	case c.IsList():
		return as == asList || as == asText
	case own == asText || own == asCode || own == asEnum || own == asVersion || own == asProtocol || own == asLevel:
		return as != asTime && as != asIP && as != asRequest && as != asTarget || c == event.HostName
	default:
		// The column is an address, a number or a time: the text may turn out
		// to be one.
		return as == asText || as == asCode || as == asCount && own == asStatus || as == asCount && own == asPort
	}
}

// ownField is a field of a user's own format: what it is called in the line and
// where it goes.
type ownField struct {
	name   string
	typ    fieldType
	column event.Column
	// columned says that the field goes to column and not to extra.
	columned bool
	layouts  []timeLayout
	zone     *time.Location
	// values maps the log's words to ours; others is for those not in it.
	values map[string]string
	others string
	// optional says that a value that is not of the type goes to extra and does
	// not spoil the line.
	optional bool
	required bool
}

// shape is where the field's text ends in a pattern: what may be anything ends
// where the pattern goes on.
func (f *ownField) shape() shape {
	if f.optional && f.typ.shape != shapePairs && f.typ.shape != shapeJSON {
		return shapeText
	}
	return f.typ.shape
}

// ownValue is the text of one field in a line.
type ownValue struct {
	text string
	// nanos is the time where timed.
	nanos int64
	timed bool
	// quoted says that the text may hold escapes.
	quoted bool
	// set says that the line has the field.
	set bool
}

// store puts v into the event. It reports false where the value is not what its
// type promises; then nothing of it is stored.
func (f *ownField) store(d *document, v ownValue) bool {
	if v.quoted {
		v.text = unescape(v.text)
	}
	word := v.text
	replaced := false
	if f.values != nil {
		word, replaced = f.word(v.text)
	}
	switch {
	case !f.columned:
		f.keep(d.e, word)
	case d.taken[f.column]:
		f.keep(d.e, v.text)
		return true
	case !f.setColumn(d, word, v, replaced):
		return false
	default:
		d.taken[f.column] = true
	}
	if replaced && f.columned && f.name != f.column.String() {
		d.e.SetExtraText(f.name, v.text)
	}
	return true
}

// word returns our word for the log's.
func (f *ownField) word(text string) (word string, replaced bool) {
	if word, ok := f.values[text]; ok {
		return word, word != text
	}
	if f.others != "" {
		return f.others, true
	}
	return text, false
}

func (f *ownField) setColumn(d *document, word string, v ownValue, replaced bool) bool {
	own, _ := schemaReading(f.column)
	switch {
	case v.timed:
		d.e.SetInt(f.column, v.nanos)
		return true
	case replaced || f.values != nil && own == asEnum:
		return setChecked(d.e, f.column, word)
	case f.column == event.EventTime:
		return f.setTime(d, word)
	}
	as := f.typ.as
	if as == asText || as == asCode {
		as = own
	}
	if as == asText && (own == asCount || own == asStatus || own == asPort) {
		as = own
	}
	if as == asList {
		d.e.Append(f.column, word)
		return true
	}
	if f.column.IsText() && f.column.Info().Type == event.Text && (as == asCount || as == asPort || as == asStatus) {
		as = asCode
	}
	if as == asMethod {
		d.web = d.web || isKnownMethod(word)
	}
	return d.setText(f.column, as, word)
}

// setChecked stores a word that a user's file chose.
func setChecked(e *event.Event, c event.Column, word string) bool {
	if !event.ValidValue(c, word) {
		return false
	}
	e.SetText(c, word)
	return true
}

func (f *ownField) setTime(d *document, text string) bool {
	nanos, ok := f.readTime(text, d.c)
	if ok {
		d.e.SetInt(f.column, nanos)
	}
	return ok
}

// readTime reads all of text.
func (f *ownField) readTime(text string, c *Context) (nanos int64, ok bool) {
	for i := range f.layouts {
		if nanos, n, ok := f.layouts[i].read(text, c, f.zone); ok && n == len(text) {
			return nanos, true
		}
	}
	return 0, false
}

// keep stores the field in extra.
func (f *ownField) keep(e *event.Event, text string) {
	switch f.typ.shape {
	case shapeInt, shapeNumber, shapePort, shapeStatus:
		if isNumber(text) {
			e.SetExtra(f.name, event.Value{Kind: event.KindNumber, Text: text})
			return
		}
	case shapeText:
		if f.typ.as == asList && len(text) > 1 && text[0] == '[' {
			if _, ok := jsonTexts(text); ok {
				e.SetExtra(f.name, event.Value{Kind: event.KindArray, Text: text})
				return
			}
		}
	}
	e.SetExtraText(f.name, text)
}

// jsonTexts returns the texts of a JSON list.
func jsonTexts(text string) ([]string, bool) {
	j := jsonScanner{s: text}
	kind, body, _ := j.value()
	if j.err != nil || !j.end() || kind != event.KindArray {
		return nil, false
	}
	var list []string
	m := member{kind: kind, text: body}
	for one := range m.elements() {
		if one.kind != event.KindString || len(list) == maxListed {
			return nil, false
		}
		list = append(list, one.str())
	}
	return list, true
}
