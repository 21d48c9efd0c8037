package event

import (
	"slices"
	"strconv"
)

// NotUTF8 is the parse warning that AppendJSON adds to an event with bytes that
// are not UTF-8. JSON can't hold them; each such byte is written as the Latin-1
// character of its value, so 0xE9 becomes "é".
const NotUTF8 = "not utf-8: bytes read as latin-1"

// keys holds `,"name":` of every column.
var keys = func() (out [NumColumns]string) {
	for c := range NumColumns {
		out[c] = `,"` + columns[c].Name + `":`
	}
	return out
}()

// AppendJSON appends e as one line of JSON without the newline and returns the
// extended slice. The keys stand in the order of Order, then extra, then
// parse_warnings; columns without a value are left out. The result is valid
// UTF-8 and valid JSON whatever the texts hold, see NotUTF8; equal events give
// equal bytes. It does not allocate when dst has room.
func (e *Event) AppendJSON(dst []byte) []byte {
	start, valid := len(dst), true
	for _, c := range order {
		if e.set[c>>6]&(1<<(c&63)) == 0 || c == ParseWarnings {
			continue
		}
		dst = append(dst, keys[c]...)
		switch {
		case c < numText:
			var ok bool
			dst, ok = appendString(dst, e.text[c])
			valid = valid && ok
		case c < endNum:
			dst = e.appendNumber(dst, c)
		default:
			var ok bool
			dst, ok = appendList(dst, e.lists[c-endNum])
			valid = valid && ok
		}
	}
	if len(e.Extra) > 0 {
		var ok bool
		dst, ok = appendExtra(append(dst, `,"extra":`...), e.Extra)
		valid = valid && ok
	}
	dst = e.appendWarnings(dst, valid)
	if len(dst) == start {
		return append(dst, '{', '}')
	}
	// Every key was written with a comma before it; the first one's place
	// belongs to the brace.
	dst[start] = '{'
	return append(dst, '}')
}

func (e *Event) appendNumber(dst []byte, c Column) []byte {
	v := e.num[c-numText]
	if c != EventTime && c != IngestTime {
		return strconv.AppendInt(dst, v, 10)
	}
	dst = append(dst, '"')
	dst = AppendTime(dst, v)
	return append(dst, '"')
}

// appendWarnings writes parse_warnings, which stands last because valid is only
// known then.
func (e *Event) appendWarnings(dst []byte, valid bool) []byte {
	warnings := e.List(ParseWarnings)
	if len(warnings) == 0 && valid {
		return dst
	}
	dst = append(dst, keys[ParseWarnings]...)
	dst, ok := appendList(dst, warnings)
	if ok && valid || hasString(warnings, NotUTF8) {
		return dst
	}
	if dst = dst[:len(dst)-1]; len(warnings) > 0 {
		dst = append(dst, ',')
	}
	return append(dst, `"`+NotUTF8+`"]`...)
}

func hasString(list []string, s string) bool {
	return slices.Contains(list, s)
}

func appendString(dst []byte, s string) ([]byte, bool) {
	dst = append(dst, '"')
	dst, valid := appendEscaped(dst, s)
	return append(dst, '"'), valid
}

func appendList(dst []byte, list []string) ([]byte, bool) {
	valid := true
	dst = append(dst, '[')
	for i, s := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		var ok bool
		dst, ok = appendString(dst, s)
		valid = valid && ok
	}
	return append(dst, ']'), valid
}

func appendExtra(dst []byte, fields []Field) ([]byte, bool) {
	valid := true
	dst = append(dst, '{')
	for i := range fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		var nameOK, valueOK bool
		dst, nameOK = appendString(dst, fields[i].Name)
		dst = append(dst, ':')
		dst, valueOK = appendValue(dst, fields[i].Value)
		valid = valid && nameOK && valueOK
	}
	return append(dst, '}'), valid
}

func appendValue(dst []byte, v Value) ([]byte, bool) {
	if v.Kind == KindString {
		return appendString(dst, v.Text)
	}
	if v.Text == "" {
		return append(dst, "null"...), true
	}
	return appendVerbatim(dst, v.Text)
}
