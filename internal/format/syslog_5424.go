package format

import (
	"slices"
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// maxParameters bounds the structured data of one line; past it the line is not
// read, because names must stay unique and that costs time by the square.
const maxParameters = 256

// isRFC5424 reports whether the text behind the priority begins with a version.
// Without a priority only version 1 before a time is believed.
func (v *envelope) isRFC5424(rest string) bool {
	n := leadingDigits(rest)
	if n == 0 || n > 3 || rest[0] == '0' || len(rest) <= n || rest[n] != ' ' {
		return false
	}
	if v.priority < 0 {
		return n == 1 && rest[0] == '1' && startsWithISO(rest[2:])
	}
	return leadingDigits(rest[n+1:]) != 10 // seconds since 1970, see readEpoch
}

// read5424 reads VERSION to STRUCTURED-DATA and leaves the cursor at MSG. The
// limits of the fields are RFC 5424's.
func (v *envelope) read5424(cur *cursor, c *Context) error {
	cur.digits()
	cur.i++
	return v.read5424Fields(cur, c)
}

// read5424Fields is read5424 behind the version.
func (v *envelope) read5424Fields(cur *cursor, c *Context) error {
	if err := v.read5424Time(cur, c); err != nil {
		return err
	}
	for _, f := range [...]struct {
		to   *string
		name string
		max  int
	}{{&v.host, "host", 255}, {&v.program, "program", 48}, {&v.pid, "process id", 128}, {&v.code, "message id", 32}} {
		if isExchangeFormat(cur.rest()) {
			return nil // the fields in between are left out by more than one product
		}
		if err := read5424Field(cur, f.to, f.name, f.max); err != nil {
			return err
		}
	}
	v.program = strings.TrimSuffix(v.program, ":") // as a tag of RFC 3164 ends
	if isCheckPointData(cur.rest()) {
		return nil // not structured data, though it stands in its place
	}
	if err := v.readStructured(cur); err != nil {
		return err
	}
	if cur.done() {
		return nil
	}
	if !cur.skip(' ') {
		return cur.fail("expected a space after the structured data")
	}
	cur.skipText("\ufeff")
	cur.skipSpaces()
	return nil
}

func (v *envelope) read5424Time(cur *cursor, c *Context) error {
	start := cur.i
	text := cur.token()
	if text != "-" {
		nanos, n, ok := isoTime(text, c.Zone)
		if !ok || n != len(text) || n > 35 {
			cur.i = start
			return cur.fail("not a time of RFC 3339")
		}
		v.nanos, v.timed = nanos, true
	}
	if !cur.skip(' ') {
		return cur.fail("the header ends after the time")
	}
	return nil
}

func read5424Field(cur *cursor, to *string, name string, limit int) error {
	start := cur.i
	text := cur.token()
	if text == "" || len(text) > limit {
		cur.i = start
		return cur.fail("the " + name + " is empty or too long")
	}
	for i := 0; i < len(text); i++ {
		if text[i] <= ' ' || text[i] > '~' {
			cur.i = start + i
			return cur.fail("the " + name + " holds a byte that is not printable ASCII")
		}
	}
	if text != "-" {
		*to = text
	}
	if !cur.skip(' ') {
		return cur.fail("the header ends after the " + name)
	}
	return nil
}

// readStructured checks "-" or "[id name="value" ...]..." and keeps its text.
func (v *envelope) readStructured(cur *cursor) error {
	if cur.skip('-') {
		return nil
	}
	start, count := cur.i, 0
	for cur.peek() == '[' {
		if err := checkElement(cur, &count); err != nil {
			return err
		}
	}
	if cur.i == start {
		return cur.fail("expected structured data or -")
	}
	v.data = cur.s[start:cur.i]
	return checkUnique(cur, v.data)
}

func checkElement(cur *cursor, count *int) error {
	cur.i++
	if sdName(cur) == "" {
		return cur.fail("expected the name of an element")
	}
	for cur.skip(' ') {
		if *count++; *count > maxParameters {
			return cur.fail("more than 256 parameters")
		}
		if sdName(cur) == "" {
			return cur.fail("expected the name of a parameter")
		}
		if !cur.skip('=') {
			return cur.fail("expected = after the parameter's name")
		}
		if _, ok := cur.quoted(); !ok {
			return cur.fail("expected a value in quotes")
		}
	}
	if *count++; *count > maxParameters {
		return cur.fail("more than 256 elements")
	}
	if !cur.skip(']') {
		return cur.fail("expected ] after the element")
	}
	return nil
}

// sdName reads an SD-NAME: printable ASCII but '=', ']' and '"'.
func sdName(cur *cursor) string {
	start := cur.i
	for cur.i < len(cur.s) {
		if b := cur.s[cur.i]; b <= ' ' || b > '~' || b == '=' || b == ']' || b == '"' {
			break
		}
		cur.i++
	}
	return cur.s[start:cur.i]
}

// checkUnique refuses an element that comes twice, as RFC 5424 does.
func checkUnique(cur *cursor, data string) error {
	var space [16]string
	seen := space[:0]
	inner := scan(data)
	for inner.skip('[') {
		id := sdName(&inner)
		if slices.Contains(seen, id) {
			return cur.fail("two elements of structured data have one name")
		}
		seen = append(seen, id)
		for inner.skip(' ') {
			sdName(&inner)
			inner.i++
			inner.quoted()
		}
		inner.i++
	}
	return nil
}

// fillStructured puts the parameters into extra as "id.name", an element
// without parameters as an empty object under its name. A name that repeats
// inside its element gets a number.
func fillStructured(data string, e *event.Event) {
	cur := scan(data)
	for cur.skip('[') {
		id := sdName(&cur)
		if cur.peek() == ']' {
			e.SetExtra(id, event.Value{Kind: event.KindObject, Text: "{}"})
		}
		for cur.skip(' ') {
			name := id + "." + sdName(&cur)
			cur.i++
			value, _ := cur.quoted()
			e.SetExtra(freeName(e, name), event.String(unescapeParameter(value)))
		}
		cur.i++
	}
}

// freeName returns name, or name with the first free of "_2", "_3" and so on.
func freeName(e *event.Event, name string) string {
	free := name
	for n := 2; n <= 9; n++ {
		if _, taken := e.ExtraField(free); !taken {
			break
		}
		free = name + "_" + string(rune('0'+n))
	}
	return free
}

// unescapeParameter decodes the three escapes of a PARAM-VALUE: \" \\ \]. Other
// backslashes are themselves.
func unescapeParameter(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\' || s[i+1] == ']') {
			i++
		}
		out = append(out, s[i])
	}
	return string(out)
}
