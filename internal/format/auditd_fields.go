package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// auditField is one name=value of a record.
type auditField struct {
	name, value string
	// quoted: it stood in double quotes, so it is no hex.
	quoted bool
}

// maxAuditFields bounds what one record adds to an event; the arguments of a
// program are the usual long list.
const maxAuditFields = 8192

// enrichedMark stands between a record and what auditd added to it.
const enrichedMark = '\x1d'

// auditCursor walks the fields of a record's body.
type auditCursor struct {
	s string
	i int
	// loose: values have no quotes and may hold spaces.
	loose bool
	// word is the last word without '=' before the current field.
	word string
	// note is what a program wrote before its first field, "PAM: session open".
	note string
}

// next returns the next field; false is the end.
func (a *auditCursor) next(f *auditField) bool {
	a.word = ""
	for a.i < len(a.s) {
		switch a.s[a.i] {
		case ' ', enrichedMark, '\'', '(', ')', ',', ':':
			a.i++
			continue
		}
		n := auditNameEnd(a.s[a.i:])
		if n == 0 || a.i+n >= len(a.s) || a.s[a.i+n] != '=' {
			a.skipWord()
			continue
		}
		f.name = a.s[a.i : a.i+n]
		a.i += n + 1
		f.value, f.quoted = a.value(f.name)
		if f.name == "msg" && !f.quoted && f.value == "" {
			continue // the fields of the inner text follow
		}
		return true
	}
	return false
}

func (a *auditCursor) skipWord() {
	start := a.i
	for a.i < len(a.s) && a.s[a.i] != ' ' && a.s[a.i] != enrichedMark {
		a.i++
	}
	a.word = a.s[start:a.i]
}

// auditNameEnd returns the length of the name that s begins with.
func auditNameEnd(s string) int {
	n := 0
	for n < len(s) && n < 64 && (isAlnum(s[n]) || s[n] == '_' || s[n] == '-' || s[n] == '[' || s[n] == ']') {
		n++
	}
	if n > 0 && !isAlpha(s[0]) {
		return 0
	}
	return n
}

// value reads the value behind name's '='.
func (a *auditCursor) value(name string) (value string, quoted bool) {
	if a.i >= len(a.s) {
		return "", false
	}
	switch a.s[a.i] {
	case '"':
		if value, ok := a.inQuotes(name); ok {
			return value, true
		}
	case '\'':
		a.i++
		if name == "msg" {
			if strings.HasPrefix(a.s[a.i:], "PAM: ") {
				a.note = a.untilField()
			}
			return "", false
		}
		n := strings.IndexByte(a.s[a.i:], '\'')
		if n >= 0 {
			value = a.s[a.i : a.i+n]
			a.i += n + 1
			return value, true
		}
	case '{':
		if n := strings.IndexByte(a.s[a.i:], '}'); n >= 0 {
			value = a.s[a.i : a.i+n+1]
			a.i += n + 1
			return value, true
		}
	}
	if a.loose || name == "op" {
		return a.untilField(), false
	}
	start := a.i
	for a.i < len(a.s) && a.s[a.i] != ' ' && a.s[a.i] != enrichedMark && a.s[a.i] != '\'' && a.s[a.i] != ',' {
		a.i++
	}
	for a.i < len(a.s) && a.s[a.i] == ',' && a.i+1 < len(a.s) && a.s[a.i+1] != ' ' {
		// a comma inside of a value: categories, modules, modes
		for a.i++; a.i < len(a.s) && a.s[a.i] != ' ' && a.s[a.i] != enrichedMark && a.s[a.i] != '\'' && a.s[a.i] != ','; a.i++ {
		}
	}
	value = strings.TrimRight(a.s[start:a.i], ")")
	if strings.HasPrefix(value, "(") {
		value = a.s[start:a.i]
	}
	return a.unglue(value), false
}

// inQuotes reads a value in double quotes. auoms puts quotes around a command
// line that may hold quotes itself; its end is where the next field is.
func (a *auditCursor) inQuotes(name string) (string, bool) {
	rest := a.s[a.i+1:]
	n := strings.IndexByte(rest, '"')
	if name == "cmdline" {
		if n = strings.LastIndex(rest, `" redactors=`); n < 0 {
			n = strings.LastIndexByte(rest, '"')
		}
	}
	if n < 0 {
		return "", false
	}
	a.i += n + 2
	return rest[:n], true
}

// untilField reads up to the next " name=" or the end.
func (a *auditCursor) untilField() string {
	start := a.i
	for a.i < len(a.s) {
		n := strings.IndexAny(a.s[a.i:], " \x1d'")
		if n < 0 {
			a.i = len(a.s)
			break
		}
		a.i += n
		if a.s[a.i] != ' ' {
			break
		}
		width := auditNameEnd(a.s[a.i+1:])
		if width > 0 && a.i+1+width < len(a.s) && a.s[a.i+1+width] == '=' {
			break
		}
		a.i++
	}
	return strings.TrimRight(a.s[start:a.i], " ")
}

// gluedNames begin what auditd adds to a record. Where the mark before it was
// lost on the way, the first of them stands right behind the last value.
var gluedNames = [...]string{"OLD-AUID=", "AUID=", "OUID=", "UID=", "ARCH=", "SADDR=", "ID="}

func (a *auditCursor) unglue(value string) string {
	equal := strings.IndexByte(value, '=')
	if equal < 0 {
		return value
	}
	for _, name := range gluedNames {
		if strings.HasSuffix(value[:equal+1], name) && equal+1 > len(name) {
			a.i -= len(value) - (equal + 1 - len(name))
			return value[:equal+1-len(name)]
		}
	}
	return value
}

// isAuditHex reports whether a value is one that the kernel or libaudit encoded:
// upper-case hex of whole bytes.
func isAuditHex(s string) bool {
	if s == "" || len(s)%2 != 0 {
		return false
	}
	for i := 0; i < len(s); i++ {
		if !isDigit(s[i]) && (s[i] < 'A' || s[i] > 'F') {
			return false
		}
	}
	return true
}

// decodeAuditHex returns the bytes behind hex; NUL bytes, which stand between
// arguments, become sep, and those at the end go.
func decodeAuditHex(s string, sep byte) string {
	out := make([]byte, 0, len(s)/2)
	for i := 0; i+1 < len(s); i += 2 {
		out = append(out, byte(hexDigit(s[i])<<4|hexDigit(s[i+1])))
	}
	for len(out) > 0 && out[len(out)-1] == 0 {
		out = out[:len(out)-1]
	}
	for i := range out {
		if out[i] == 0 {
			out[i] = sep
		}
	}
	return string(out)
}

// text returns the field's value, decoded where it is one that is encoded when
// it holds a quote, a space or a control character.
func (f *auditField) text(r *auditRecord) string {
	if f.quoted || r.interpreted || r.auoms || !isEncodedField(f.name) || !isAuditHex(f.value) {
		return f.value
	}
	return decodeAuditHex(f.value, ' ')
}

// isEncodedField reports whether the audit system encodes values of the name.
func isEncodedField(name string) bool {
	switch name {
	case "comm", "ocomm", "exe", "name", "cwd", "cmd", "acct", "path", "dir", "file", "proctitle", "data", "key", "watch", "device",
		"vm", "grp", "new_group", "old-disk", "new-disk", "old-fs", "new-fs", "cgroup", "profile", "proc",
		"invalid_context", "sw", "new-chardev", "old-chardev":
		return true
	}
	return false
}

// isAuditAbsent reports whether a value says that there is none.
func isAuditAbsent(s string) bool {
	return s == "" || s == "?" || s == "(null)" || s == "(none)" || s == "(unknown)"
}

// setAuditExtra stores a field under its own name: a number where that is safe
// to tell, as arguments of system calls are hex.
func setAuditExtra(e *event.Event, name, value string) {
	if len(name) == 2 && name[0] == 'a' && isDigit(name[1]) || name == "arch" || len(value) > 18 || !isAuditNumber(value) {
		e.SetExtraText(name, value)
		return
	}
	e.SetExtra(name, event.Value{Kind: event.KindNumber, Text: value})
}

func isAuditNumber(s string) bool {
	digits := strings.TrimPrefix(s, "-")
	return digits != "" && leadingDigits(digits) == len(digits) && (len(digits) == 1 || digits[0] != '0')
}
