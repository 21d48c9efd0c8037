package format

import (
	"strings"
)

// addExecve reads the arguments of a program: a0 to aN, long ones in pieces
// a1[0], a1[1], a long list in several records.
func (a *auditEvent) addExecve(r *auditRecord) {
	if r.interpreted {
		a.addSpacedArguments(r.body)
		return
	}
	cur := auditCursor{s: r.body}
	var f auditField
	var piece strings.Builder // of an argument that comes in pieces
	flush := func() {
		if piece.Len() > 0 {
			a.args[len(a.args)-1] = piece.String()
			piece.Reset()
		}
	}
	defer flush()
	for n := 0; n < maxAuditFields && cur.next(&f); n++ {
		number, ok := argumentNumber(f.name)
		if !ok {
			if f.name == "argc" {
				setAuditExtra(a.e, f.name, f.value)
			}
			continue
		}
		value := f.value
		if !f.quoted && isAuditHex(value) {
			value = decodeAuditHex(value, ' ')
		}
		switch {
		case number == len(a.args):
			flush()
			a.args = append(a.args, value)
		case number == len(a.args)-1 && strings.IndexByte(f.name, '[') > 0:
			if piece.Len() == 0 {
				piece.WriteString(a.args[number])
			}
			piece.WriteString(value)
		default:
			a.e.Warn("EXECVE: " + f.name + " is out of order")
			return
		}
	}
}

// argumentNumber reads a3 and a3[1], but not a3_len.
func argumentNumber(name string) (n int, ok bool) {
	if name[0] != 'a' {
		return 0, false
	}
	digits := leadingDigits(name[1:])
	if digits == 0 || digits > 5 || 1+digits < len(name) && name[1+digits] != '[' {
		return 0, false
	}
	v, ok := parseUint(name[1 : 1+digits])
	return int(v), ok
}

// addSpacedArguments reads what ausearch -i prints: values without quotes. An
// argument that holds " a3=" can't be told from the next one, and in such a line
// the arguments still read in the right order.
func (a *auditEvent) addSpacedArguments(body string) {
	head, rest, ok := strings.Cut(body, " a0=")
	if !ok {
		return
	}
	if argc, found := strings.CutPrefix(head, "argc="); found {
		setAuditExtra(a.e, "argc", argc)
	}
	for n := 1; n < maxAuditFields; n++ {
		value, next, more := strings.Cut(rest, argumentMark(n))
		a.args = append(a.args, strings.TrimRight(value, " "))
		if !more {
			return
		}
		rest = next
	}
}

// argumentMark is what stands before argument n.
func argumentMark(n int) string {
	var digits [8]byte
	i := len(digits)
	for ; n > 0; n /= 10 {
		i--
		digits[i] = byte('0' + n%10)
	}
	return " a" + string(digits[i:]) + "="
}

// maxShownArguments is how many arguments become extra fields of their own.
const maxShownArguments = 64

// argumentNames are the names of the first arguments.
var argumentNames = func() (names [maxShownArguments]string) {
	for i := range names {
		mark := argumentMark(i)
		names[i] = strings.Trim(mark, " =")
	}
	names[0] = "a0"
	return names
}()
