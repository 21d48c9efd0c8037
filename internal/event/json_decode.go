package event

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// DecodeError says what is wrong with the JSON form of an event.
type DecodeError struct {
	// Line is the line of the payload, from 1; 0 when there was only one.
	Line int
	// Field is the key whose value is wrong, empty when the fault is between
	// fields.
	Field string
	// Reason says what was expected and what was found.
	Reason string
	// Offset is the byte of the line where the fault showed.
	Offset int
}

// Error returns line, field, reason and offset in words.
func (e *DecodeError) Error() string {
	var b strings.Builder
	b.WriteString("decode event: ")
	if e.Line > 0 {
		fmt.Fprintf(&b, "line %d: ", e.Line)
	}
	if e.Field != "" {
		b.WriteString(e.Field + ": ")
	}
	fmt.Fprintf(&b, "%s at byte %d", e.Reason, e.Offset)
	return b.String()
}

// Decoder reads the events of NDJSON payloads one after the other. Keep one per
// goroutine and Reset it for each payload: it remembers the lists of log
// sources and the order of columns that it met, so that repeated ones cost
// little. The zero value is
// ready for Reset. It must not be copied after first use.
type Decoder struct {
	rest  string
	line  int
	arena strings.Builder
	lists map[string][]string
	// follow holds the column that came after each column in the event before,
	// the first one behind NumColumns.
	follow [NumColumns + 1]Column
}

// Reset makes d read payload: one event a line, ended by "\n"; empty lines are
// skipped.
func (d *Decoder) Reset(payload string) {
	d.rest, d.line = payload, 0
}

// Next replaces e by the next event, as DecodeJSON does. It returns io.EOF
// behind the last one. After a *DecodeError the following call goes on with the
// next line.
func (d *Decoder) Next(e *Event) error {
	for d.rest != "" {
		text, rest, _ := strings.Cut(d.rest, "\n")
		d.rest = rest
		d.line++
		if strings.TrimSuffix(text, "\r") == "" {
			continue
		}
		if err := d.decode(text, e); err != nil {
			err.Line = d.line
			return err
		}
		return nil
	}
	return io.EOF
}

// DecodeJSON replaces e by the event that line holds in the form of AppendJSON.
// Texts without escapes share memory with line.
//
// It is strict about columns: an address, port, time, number or closed list
// that is not one is a *DecodeError. Of a key that comes twice the last one
// counts; null and the empty text are no value; keys that are no column land in
// Extra beside the members of "extra". After an error e is empty.
func (e *Event) DecodeJSON(line string) error {
	var d Decoder
	if err := d.decode(line, e); err != nil {
		return err
	}
	return nil
}

func (d *Decoder) decode(text string, e *Event) *DecodeError {
	e.Reset()
	s := scanner{text: text, arena: &d.arena, ahead: len(d.rest)}
	field := d.object(&s, e)
	if s.fault == "" && s.peek() != 0 {
		s.fail(s.pos, "expected the end"+s.found())
		field = ""
	}
	if s.fault != "" {
		e.Reset()
		return &DecodeError{Field: field, Reason: s.fault, Offset: s.at}
	}
	return nil
}

// object reads the whole event and returns the name of the field that it was in
// when it stopped.
func (d *Decoder) object(s *scanner, e *Event) string {
	if !s.expect('{', "an object") || s.accept('}') {
		return ""
	}
	last := NumColumns
	for s.fault == "" {
		c, name := d.key(s, last)
		if s.fault != "" {
			return ""
		}
		if c < NumColumns {
			name = keys[c][2 : len(keys[c])-2]
			d.column(s, e, c)
		} else {
			s.beyond(e, name)
		}
		if s.fault != "" {
			return name
		}
		if s.accept('}') {
			return ""
		}
		s.expect(',', "',' or '}'")
		last = c
	}
	return ""
}

// key reads a key and its colon and returns the column, or NumColumns and the
// name where it is none. Events of one format have the same columns in the same
// order, so what followed the last column in the event before is tried first;
// that is one comparison instead of reading and looking up a name.
func (d *Decoder) key(s *scanner, last Column) (Column, string) {
	guess := d.follow[last]
	if text := keys[guess][1:]; strings.HasPrefix(s.text[s.pos:], text) {
		s.pos += len(text)
		return guess, ""
	}
	name := s.str("a key")
	s.expect(':', "':' after a key")
	c, known := ByName(name)
	if !known {
		return NumColumns, name
	}
	d.follow[last] = c
	return c, name
}

// column reads the value of a column.
func (d *Decoder) column(s *scanner, e *Event, c Column) {
	switch {
	case s.peek() == 'n':
		s.literal("null")
		e.Clear(c)
	case c < numText:
		s.textColumn(e, c)
	case c < endNum:
		s.numberColumn(e, c)
	default:
		d.listColumn(s, e, c)
	}
}

// beyond reads what the schema has no column for.
func (s *scanner) beyond(e *Event, name string) {
	if name == "extra" {
		s.extra(e)
		return
	}
	if v := s.value(); s.fault == "" {
		e.SetExtra(name, v)
	}
}

func (s *scanner) textColumn(e *Event, c Column) {
	start := s.pos
	v := s.str("a string")
	switch {
	case s.fault != "":
		return
	case v == "" || types[c] == Text:
		e.SetText(c, v)
	case types[c] == IP:
		if !e.SetIP(c, v) {
			s.fail(start, "expected an IP address, found "+short(v))
		}
	default:
		value, ok := enumValue(c, v)
		if !ok {
			s.fail(start, "expected one of "+strings.Join(columns[c].Values, ", ")+"; found "+short(v))
			return
		}
		e.SetText(c, value)
	}
}

func (s *scanner) numberColumn(e *Event, c Column) {
	if types[c] == Time {
		s.timeColumn(e, c)
		return
	}
	start := s.pos
	text := s.number()
	if s.fault != "" {
		return
	}
	v, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		s.fail(start, "expected an integer of 64 bits, found "+short(text))
		return
	}
	if types[c] == Int {
		e.SetInt(c, v)
	} else if !e.SetPort(c, v) {
		s.fail(start, "expected a port, 0 to 65535, found "+short(text))
	}
}

func (s *scanner) timeColumn(e *Event, c Column) {
	start := s.pos
	text := s.str("a time in a string")
	if s.fault != "" {
		return
	}
	v, ok := ParseTime(text)
	if !ok {
		s.fail(start, "expected an RFC 3339 time between 1678 and 2262, found "+short(text))
		return
	}
	e.SetInt(c, v)
}

// maxLists bounds the log source lists that a decoder remembers.
const maxLists = 256

func (d *Decoder) listColumn(s *scanner, e *Event, c Column) {
	start := s.pos
	if c == LogSource {
		// The whole text of a list that was met before is its own key. It
		// can't be cut short: a known text ends with the bracket that closed
		// it.
		if end := strings.IndexByte(s.text[start:], ']'); end >= 0 {
			if list, ok := d.lists[s.text[start:start+end+1]]; ok {
				s.pos = start + end + 1
				e.SetList(c, list)
				return
			}
		}
	}
	list := s.list()
	if s.fault != "" {
		return
	}
	e.SetList(c, list)
	if c == LogSource && len(d.lists) < maxLists {
		d.remember(s.text[start:s.pos])
	}
}

// maxListText is the longest list, in bytes of JSON, that is remembered.
const maxListText = 256

// remember keeps the list written by text, with memory of its own.
func (d *Decoder) remember(text string) {
	if len(text) > maxListText || strings.IndexByte(text, ']') != len(text)-1 {
		return
	}
	if d.lists == nil {
		d.lists = make(map[string][]string)
	}
	text = strings.Clone(text)
	s := scanner{text: text, arena: new(strings.Builder)}
	d.lists[text] = s.list()
}

func (s *scanner) list() []string {
	if !s.expect('[', "a list of strings") || s.accept(']') {
		return nil
	}
	var list []string
	for s.fault == "" {
		list = append(list, s.str("a string"))
		if s.accept(']') {
			break
		}
		s.expect(',', "',' or ']'")
	}
	return list
}

// extra reads the object under "extra" into fields.
func (s *scanner) extra(e *Event) {
	if s.peek() == 'n' {
		s.literal("null")
		return
	}
	if !s.expect('{', "an object") || s.accept('}') {
		return
	}
	for s.fault == "" {
		name := s.str("a key")
		s.expect(':', "':' after a key")
		v := s.value()
		if s.fault != "" {
			return
		}
		e.SetExtra(name, v)
		if s.accept('}') {
			return
		}
		s.expect(',', "',' or '}'")
	}
}

// short quotes a value for an error text.
func short(v string) string {
	const limit = 64
	if len(v) > limit {
		v = v[:limit] + "…"
	}
	return strconv.Quote(v)
}
