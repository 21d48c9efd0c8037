package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var leefFormat = &Format{
	Name:  "leef",
	Title: "IBM Log Event Extended Format (LEEF)",
	Doc: "Events of any product in IBM QRadar's Log Event Extended Format, versions 1.0 and 2.0, with every delimiter: bare, in a " +
		"syslog envelope, or behind a time and a host. The mandatory part is the header with its five fields. " +
		"Source: IBM, QRadar Log Event Extended Format (LEEF) Version 2.",
	Parse:  parseLEEF,
	Match:  matchLEEF,
	Starts: "L12",
}

var leefPayload = payload{
	format:   "leef",
	read:     readLEEF,
	owns:     func(string) bool { return true },
	describe: func(*event.Event) {},
	starts:   []string{"LEEF:"},
	claims:   func(message string) bool { return leefVersion(message) > 0 },
	strict:   true,
	what:     "LEEF: expected LEEF:1.0| or LEEF:2.0| and four fields with | between them",
}

// leefVersion returns how long "LEEF:2.0|" at the start of text is, 0 where it is
// not there.
func leefVersion(text string) int {
	rest, ok := strings.CutPrefix(text, "LEEF:")
	if !ok {
		return 0
	}
	rest = strings.TrimPrefix(rest, " ")
	for _, version := range [...]string{"1.0|", "2.0|", "1|", "2|"} {
		if strings.HasPrefix(rest, version) {
			return len(text) - len(rest) + len(version)
		}
	}
	return 0
}

func matchLEEF(line string) int {
	switch {
	case line == "":
		return 0
	case line[0] == 'L':
		if leefVersion(line) > 0 {
			return Certain
		}
	case (line[0] == '1' || line[0] == '2') && !hasEnvelope(line):
		if headedAt(line, "LEEF:", leefVersion) > 0 {
			return 80
		}
	}
	return 0
}

func parseLEEF(line string, c *Context, e *event.Event) error {
	if !hasEnvelope(line) {
		if i := headedAt(line, "LEEF:", leefVersion); i > 0 {
			return parseHeaded(&leefPayload, line, i, c, e)
		}
	}
	return leefPayload.parse(line, c, e)
}

// leefHeader is what stands before the attributes.
type leefHeader struct {
	vendor, product, version, id string
	// delimiter stands between attributes; empty where it has to be found out.
	delimiter string
}

// readLEEF reads "LEEF:2.0|Vendor|Product|Version|EventID|^|attributes".
func readLEEF(message string, c *Context, e *event.Event) bool {
	h, attributes, ok := cutLEEF(message)
	if !ok {
		return false
	}
	var space [stackMembers]member
	members := cutAttributes(attributes, h.delimiter, space[:0])
	fillLEEF(&h, members, c, e)
	return true
}

func cutLEEF(message string) (h leefHeader, attributes string, ok bool) {
	n := leefVersion(message)
	if n == 0 {
		return h, "", false
	}
	second := message[:n][strings.IndexByte(message, ':')+1:]
	rest := message[n:]
	for _, to := range [...]*string{&h.vendor, &h.product, &h.version} {
		if *to, rest, ok = strings.Cut(rest, "|"); !ok {
			return h, "", false
		}
	}
	if h.id, rest, ok = strings.Cut(rest, "|"); !ok {
		return h, "", false
	}
	if strings.HasPrefix(strings.TrimLeft(second, " "), "2") {
		h.delimiter, rest = cutDelimiter(rest)
	}
	return h, rest, h.vendor != "" && h.product != ""
}

// cutDelimiter reads the field that version 2.0 has behind the event's id: one
// character, its code in hexadecimal as x5E or 0x5E, or nothing. Some products
// leave the field out.
func cutDelimiter(rest string) (delimiter, attributes string) {
	i := strings.IndexByte(rest[:min(len(rest), 8)], '|')
	if strings.HasPrefix(rest, "||") && len(rest) > 2 {
		return "|", rest[2:]
	}
	if i < 0 {
		return "", rest
	}
	field, attributes := rest[:i], rest[i+1:]
	digits, isHex := strings.CutPrefix(strings.TrimPrefix(field, "0"), "x")
	if isHex && digits != "" {
		if v, ok := hexValue(digits, 0, len(digits)); ok && v > 0 {
			return string(rune(v)), attributes
		}
	}
	if field == "" || len([]rune(field)) == 1 {
		return field, attributes
	}
	return "", rest
}

// cutAttributes appends the pairs to members. Where no delimiter is named it is
// a tab, in lines that lost their tabs on the way what replaced them: rsyslog's
// #011, a bar, or spaces.
func cutAttributes(s, delimiter string, members []member) []member {
	if delimiter == "" {
		switch {
		case strings.IndexByte(s, '\t') >= 0:
			delimiter = "\t"
		case strings.Contains(s, "#011"):
			delimiter = "#011"
		case isBarred(s):
			delimiter = "|"
		case oneKey(s):
			delimiter = "\t"
		default:
			return cutExtension(s, members)
		}
	}
	for s != "" && len(members) < maxPairs {
		pair, rest, _ := strings.Cut(s, delimiter)
		s = rest
		name, value, ok := strings.Cut(pair, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !ok || name == "" || value == "" || len(name) > 128 {
			continue
		}
		members = append(members, member{name: name, text: value, kind: bareKind(value), bare: true})
	}
	return members
}

// isBarred reports whether bars stand between pairs: a key follows the first one.
func isBarred(s string) bool {
	_, rest, ok := strings.Cut(s, "|")
	if !ok {
		return false
	}
	key, _, ok := strings.Cut(rest[:min(len(rest), 64)], "=")
	return ok && isExtensionKey(key)
}

func isExtensionKey(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isExtensionByte(s[i]) {
			return false
		}
	}
	return s != ""
}

// oneKey reports whether s has a single pair.
func oneKey(s string) bool {
	_, _, value := nextKey(s, 0)
	key, _, _ := nextKey(s, value)
	return key == ""
}
