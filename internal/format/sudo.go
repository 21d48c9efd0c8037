package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var sudoFormat = &Format{
	Name:  "sudo",
	Title: "sudo",
	Doc: "Messages of sudo, in a syslog envelope or bare: commands that were run or refused, with who asked, as whom, " +
		"where and what, and the messages of PAM about them (sudo's \"sudo\" log format, sudoers(5)).",
	Parse: sudoPayload.parse,
	Match: matchSudo,
}

var sudoPayload = payload{
	format:   "sudo",
	read:     readSudo,
	owns:     func(program string) bool { return program == "sudo" },
	describe: describeSudo,
	programs: []string{"sudo"},
	what:     "a message of sudo that is known",
}

// readSudo reads "alice : [REASON ; ]TTY=pts/0 ; PWD=/ ; USER=root ;
// COMMAND=/bin/ls".
func readSudo(message string, c *Context, e *event.Event) bool {
	text := strings.TrimLeft(message, " ")
	if readPAMOf("sudo", text, c, e) {
		describeSudo(e)
		return true
	}
	user, rest, ok := strings.Cut(text, " : ")
	if !ok || user == "" || strings.IndexByte(user, ' ') >= 0 {
		return false
	}
	if more, ok := strings.CutPrefix(rest, "(command continued) "); ok {
		fillSudo(user, event.ServiceLog, e)
		e.SetText(event.Action, "command_continued")
		e.SetText(event.CommandLine, more)
		return true
	}
	reason, fields := "", rest
	if !startsWithSudoField(rest) {
		if reason, fields, ok = strings.Cut(rest, " ; "); !ok || !startsWithSudoField(fields) {
			return false
		}
	}
	fillSudo(user, event.AuthPrivilege, e)
	fillSudoFields(fields, e)
	if reason == "" {
		e.SetText(event.Outcome, event.Success)
		return true
	}
	e.SetText(event.Outcome, event.Failure)
	e.SetExtraText("reason", reason)
	if n := leadingDigits(reason); n > 0 && n < 6 && strings.HasPrefix(reason[n:], " incorrect password attempt") {
		setExtraNumber(e, "attempts", reason[:n])
	}
	return true
}

func fillSudo(user, kind string, e *event.Event) {
	e.SetText(event.EventType, kind)
	e.SetText(event.Action, "sudo")
	e.SetText(event.UserName, user)
	describeSudo(e)
}

func describeSudo(e *event.Event) {
	e.SetText(event.Product, "sudo")
	e.SetText(event.Service, "sudo")
	e.SetList(event.LogSource, sudoSource)
}

// sudoFields are the names that sudo writes, in its order. The values of PWD and
// COMMAND are the user's to choose.
var sudoFields = [...]string{"HOST", "TTY", "CHROOT", "PWD", "USER", "GROUP", "TSID", "ENV", "COMMAND"}

// sudoField returns the place in sudoFields of the field that text begins with,
// -1 where it begins with none.
func sudoField(text string) int {
	n := 0
	for n < len(text) && isUpper(text[n]) {
		n++
	}
	if n == len(text) || text[n] != '=' {
		return -1
	}
	for i, name := range sudoFields {
		if text[:n] == name {
			return i
		}
	}
	return -1
}

func startsWithSudoField(text string) bool { return sudoField(text) >= 0 }

// fillSudoFields reads the fields in sudo's order. A name out of order belongs
// to the value before it. Where the folder's name could hold fields too, so that
// USER and COMMAND might be in two places, both are left out.
func fillSudoFields(text string, e *event.Event) {
	unclear := isUnclearSudo(text)
	if unclear {
		e.Warn("target_user_name, command_line: the line can be read in two ways")
	}
	for text != "" {
		field := sudoField(text)
		name := sudoFields[field]
		value, rest := cutSudoValue(text[len(name)+1:], field)
		if name == "COMMAND" {
			value, rest = text[len(name)+1:], ""
		}
		text = rest
		switch {
		case unclear && field >= sudoField("PWD="):
		case name == "USER":
			e.SetText(event.TargetUserName, value)
		case name == "COMMAND":
			e.SetText(event.CommandLine, value)
		default:
			e.SetExtraText(name, value)
		}
	}
}

// cutSudoValue splits a value from the next field: the first " ; NAME=" whose
// name comes after field.
func cutSudoValue(text string, field int) (value, rest string) {
	for i := 0; ; {
		n := strings.Index(text[i:], " ; ")
		if n < 0 {
			return text, ""
		}
		i += n
		if sudoField(text[i+3:]) > field {
			return text[:i], text[i+3:]
		}
		i += 3
	}
}

// isUnclearSudo reports whether a second " ; USER=" with a second "COMMAND="
// behind it follows the first ones.
func isUnclearSudo(text string) bool {
	const user, command = " ; USER=", " ; COMMAND="
	i := strings.Index(text, user)
	if i < 0 {
		return false
	}
	j := strings.Index(text[i+len(user):], user)
	if j < 0 {
		return false
	}
	return strings.Contains(text[i+len(user)+j:], command)
}

func matchSudo(line string) int {
	if hasEnvelope(line) {
		return 0
	}
	_, rest, ok := strings.Cut(line[:min(len(line), 256)], " : ")
	_, second, more := strings.Cut(rest, " ; ")
	if ok && more && (startsWithSudoField(rest) || startsWithSudoField(second)) {
		return 85
	}
	return 0
}
