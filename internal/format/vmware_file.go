package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// isVMkernel reports whether text begins with "cpu3:2097551)" or "cpu3:2097551
// opID=7f)".
func isVMkernel(text string) bool {
	_, _, _, _, ok := cutVMkernel(text)
	return ok
}

func cutVMkernel(text string) (cpu, world, op, rest string, ok bool) {
	after, ok := strings.CutPrefix(text, "cpu")
	if !ok {
		return "", "", "", "", false
	}
	n := leadingDigits(after)
	if n == 0 || n > 5 || n >= len(after) || after[n] != ':' {
		return "", "", "", "", false
	}
	cpu, after = after[:n], after[n+1:]
	n = leadingDigits(after)
	if n == 0 || n >= len(after) {
		return "", "", "", "", false
	}
	world, after = after[:n], after[n:]
	if tail, found := strings.CutPrefix(after, " opID="); found {
		if n = strings.IndexByte(tail[:min(len(tail), 128)], ')'); n < 0 {
			return "", "", "", "", false
		}
		op, after = tail[:n], tail[n:]
	}
	if after[0] != ')' {
		return "", "", "", "", false
	}
	return cpu, world, op, after[1:], true
}

// readVMkernel reads "cpu3:2097551)WARNING: ScsiDeviceIO: 3483: TEXT".
func readVMkernel(text string, e *event.Event) bool {
	cpu, world, op, rest, ok := cutVMkernel(text)
	if !ok {
		return false
	}
	setExtraNumber(e, "cpu", cpu)
	setExtraNumber(e, "world", world)
	e.SetExtraText("opID", op)
	body := rest
	for _, mark := range [...]struct{ word, level string }{{"WARNING: ", "warning"}, {"ALERT: ", "alert"}, {"ERROR: ", "error"}} {
		if after, found := strings.CutPrefix(rest, mark.word); found {
			body = after
			e.SetText(event.LogLevel, mark.level)
		}
	}
	if module, line, found := strings.Cut(body[:min(len(body), 64)], ": "); found && strings.IndexByte(module, ' ') < 0 {
		e.SetExtraText("module", module)
		if n := leadingDigits(line); n > 0 && strings.HasPrefix(line[n:], ":") {
			setExtraNumber(e, "line", line[:n])
		}
	}
	e.SetText(event.EventType, event.SystemLog)
	e.SetText(event.Message, rest)
	fillAbsent(e, event.ProcessName, "vmkernel")
	describeVMware(e)
	return true
}

// isVob reports whether text begins with "[netCorrelator] 4343us: [".
func isVob(text string) bool {
	_, _, _, _, ok := cutVob(text)
	return ok
}

func cutVob(text string) (correlator, micros, id, rest string, ok bool) {
	if text == "" || text[0] != '[' {
		return "", "", "", "", false
	}
	n := strings.Index(text[:min(len(text), 64)], "orrelator] ")
	if n < 0 || strings.IndexByte(text[:n], ' ') >= 0 {
		return "", "", "", "", false
	}
	correlator, rest = text[1:n+len("orrelator")], text[n+len("orrelator] "):]
	n = leadingDigits(rest)
	rest, ok = strings.CutPrefix(rest[n:], "us: ")
	if n == 0 || !ok {
		return "", "", "", "", false
	}
	micros = text[len(text)-len(rest)-len("us: ")-n : len(text)-len(rest)-len("us: ")]
	rest = strings.TrimLeft(rest, " ")
	shut := strings.IndexByte(rest[:min(len(rest), 160)], ']')
	if shut < 2 || rest[0] != '[' || strings.IndexByte(rest[:shut], ' ') >= 0 {
		return "", "", "", "", false
	}
	return correlator, micros, rest[1:shut], strings.TrimLeft(rest[shut+1:], " "), true
}

// readVob reads an observation of VMkernel: "[UserLevelCorrelator] 4343us:
// [esx.audit.ssh.enabled] SSH access has been enabled."
func readVob(text string, e *event.Event) bool {
	correlator, micros, id, rest, ok := cutVob(text)
	if !ok {
		return false
	}
	e.SetText(event.EventType, event.SystemLog)
	e.SetText(event.EventCode, id)
	e.SetExtraText("correlator", correlator)
	setExtraNumber(e, "uptime_us", micros)
	e.SetText(event.Message, rest)
	fillVMwareText(rest, e)
	fillAbsent(e, event.ProcessName, "vobd")
	describeVMware(e)
	return true
}

// readESXShell reads "[root]: esxcli system account list".
func readESXShell(text string, e *event.Event) bool {
	user, command, ok := strings.Cut(text[1:], "]: ")
	if !ok || user == "" || command == "" || strings.ContainsAny(user, " []") {
		return false
	}
	e.SetText(event.EventType, event.ProcessStart)
	e.SetText(event.UserName, user)
	e.SetText(event.CommandLine, command)
	e.SetText(event.Message, text)
	e.SetList(event.LogSource, vmwareShellSource)
	fillAbsent(e, event.ProcessName, "shell")
	describeVMware(e)
	return true
}

// cutVMLog reads what stands behind the time in vmware.log of a virtual machine:
// "| vmx| I125: TEXT", since 7.0 " In(05) vmx - TEXT", with a plus where the line
// goes on.
func cutVMLog(rest string) (level, thread, text string, ok bool) {
	if strings.HasPrefix(rest, "| ") {
		thread, text, ok = strings.Cut(rest[2:min(len(rest), 64)], "| ")
		if !ok || len(text) < 3 || vmLogLevel(text[0]) == "" {
			return "", "", "", false
		}
		text = rest[2+len(thread)+2:]
		n := leadingDigits(text[1:])
		after := strings.TrimPrefix(text[1+n:], "+")
		if !strings.HasPrefix(after, ": ") && after != ":" {
			return "", "", "", false
		}
		return vmLogLevel(text[0]), thread, strings.TrimPrefix(after[1:], " "), true
	}
	level, n := vmwareMark(rest[1:])
	if n == 0 {
		return "", "", "", false
	}
	text = strings.TrimPrefix(rest[1+n:], "+")
	thread, _, ok = strings.Cut(text[:min(len(text), 64)], " - ")
	if !ok || len(thread) < 2 || thread[0] != ' ' || strings.IndexByte(thread[1:], ' ') >= 0 {
		return "", "", "", false
	}
	return level, thread[1:], text[len(thread)+3:], true
}

func vmLogLevel(letter byte) string {
	switch letter {
	case 'E':
		return "error"
	case 'W':
		return "warning"
	case 'I':
		return "info"
	case 'V', 'D':
		return "debug"
	case 'T':
		return "trace"
	}
	return ""
}

func readVMLog(rest string, e *event.Event) bool {
	level, thread, text, ok := cutVMLog(rest)
	if !ok {
		return false
	}
	e.SetText(event.EventType, event.ServiceLog)
	e.SetText(event.LogLevel, level)
	e.SetExtraText("thread", thread)
	e.SetText(event.Message, text)
	e.SetText(event.ProcessName, "vmx")
	describeVMware(e)
	return true
}

// readVami reads ":INFO:com.root:TEXT" of vCenter's management interface.
func readVami(rest string, e *event.Event) bool {
	level, rest, _ := strings.Cut(rest[1:], ":")
	logger, text, ok := strings.Cut(rest, ":")
	if !ok || len(logger) > 128 || strings.IndexByte(logger, ' ') >= 0 {
		return false
	}
	e.SetText(event.EventType, event.ServiceLog)
	e.SetText(event.LogLevel, levelOf(level))
	e.SetText(event.Severity, level)
	e.SetExtraText("logger", logger)
	e.SetText(event.Message, text)
	e.SetText(event.ProcessName, "vami")
	describeVMware(e)
	return true
}

// vmwareMarks are the two letters that ESXi 8 writes before a priority.
var vmwareMarks = [...]string{"Em", "Al", "Cr", "Er", "Wa", "No", "In", "Db"}

// vmwareMark reads "In(14)" at the start of text: the level, and how long that is,
// 0 where there is none.
func vmwareMark(text string) (level string, n int) {
	if len(text) < 5 || text[2] != '(' || !isUpper(text[0]) {
		return "", 0
	}
	digits := leadingDigits(text[3:min(len(text), 7)])
	if digits == 0 || digits > 3 || 3+digits >= len(text) || text[3+digits] != ')' {
		return "", 0
	}
	for severity, mark := range vmwareMarks {
		if text[:2] == mark {
			return syslogLevels[severity], digits + 4
		}
	}
	return "", 0
}
