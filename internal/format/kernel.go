package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var kernelFormat = &Format{
	Name:  "kernel",
	Title: "Linux kernel",
	Doc: "Messages of the Linux kernel, in a syslog envelope or as dmesg prints them with the uptime in brackets. Lines of " +
		"netfilter's LOG target become FIREWALL events (see iptables); of crashes and of the memory killer the process is " +
		"named; the rest is kept whole.",
	Parse: kernelPayload.parse,
	Match: matchKernel,
}

var kernelSource = []string{":linux:kernel", ":linux:syslog"}

var kernelPayload = payload{
	format:   "kernel",
	read:     readKernel,
	owns:     func(program string) bool { return program == "kernel" },
	describe: describeKernel,
	programs: []string{"kernel"},
	what:     "a message of the kernel: it has neither its header nor the uptime in brackets",
}

// readKernel reads a message with the uptime before it, or a packet.
func readKernel(message string, c *Context, e *event.Event) bool {
	if readPacket(message, c, e) {
		e.SetText(event.Format, iptablesPayload.format)
		return true
	}
	if readWireGuard(message, c, e) {
		e.SetText(event.Format, wireguardPayload.format)
		return true
	}
	uptime, text := cutUptime(message)
	if readKernelAudit(text, c, e) {
		setExtraNumber(e, "uptime_seconds", uptime)
		return true
	}
	if uptime == "" && !isVictim(text) {
		return false
	}
	e.SetText(event.EventType, event.SystemLog)
	describeKernel(e)
	e.SetText(event.Message, text)
	setExtraNumber(e, "uptime_seconds", uptime)
	fillVictim(text, e)
	return true
}

// readKernelAudit reads a record of the audit system, which the kernel writes to
// its own log where no auditd runs: "audit: type=1400 audit(1725532200.123:45):
// ...".
func readKernelAudit(text string, c *Context, e *event.Event) bool {
	text = strings.TrimPrefix(text, "audit: ")
	if !strings.HasPrefix(text, "type=") || !readAuditd(text, c, e) {
		return false
	}
	e.SetText(event.Message, text)
	e.SetText(event.Format, auditdPayload.format)
	return true
}

func describeKernel(e *event.Event) {
	e.SetText(event.Vendor, "linux")
	e.SetText(event.Product, "linux")
	e.SetText(event.Service, "kernel")
	e.SetList(event.LogSource, kernelSource)
}

// cutUptime takes off "[12345.678901] ", which the kernel puts before a message,
// and the level in pointed brackets that dmesg --raw shows before that.
func cutUptime(message string) (uptime, text string) {
	rest, ok := strings.CutPrefix(message, "[")
	n := strings.IndexByte(rest[:min(len(rest), 24)], ']')
	if !ok || n < 0 {
		return "", message
	}
	seconds := strings.TrimLeft(rest[:n], " ")
	whole := leadingDigits(seconds)
	if whole == 0 || whole+7 != len(seconds) || seconds[whole] != '.' || leadingDigits(seconds[whole+1:]) != 6 {
		return "", message
	}
	return seconds, strings.TrimLeft(rest[n+1:], " ")
}

// victim marks of crashes: the text before is "NAME[PID]".
var crashMarks = [...]string{": segfault at ", " general protection", " trap ", ": unhandled signal "}

func isVictim(text string) bool {
	_, _, action := cutVictim(text)
	return action != ""
}

// cutVictim returns the process that a message about a crash or about memory is
// about, and what happened; action is empty for other messages.
func cutVictim(text string) (name, pid, action string) {
	text = strings.TrimPrefix(text, "traps: ")
	if i := strings.Index(text, "illed process "); i >= 0 && strings.IndexByte("Kk", text[max(i-1, 0)]) >= 0 {
		return cutKilled(text[i+len("illed process "):])
	}
	if rest, ok := strings.CutPrefix(text, "Out of memory: Kill process "); ok {
		return cutKilled(rest)
	}
	for _, mark := range crashMarks {
		head, _, ok := strings.Cut(text[:min(len(text), 128)], mark)
		head, shut := strings.CutSuffix(head, "]")
		open := strings.LastIndexByte(head, '[')
		if !ok || !shut || open <= 0 || leadingDigits(head[open+1:]) != len(head)-open-1 || open+1 == len(head) {
			continue
		}
		return head[:open], head[open+1:], "crash"
	}
	return "", "", ""
}

// cutKilled reads "1234 (java) total-vm:...", also with a comma before what
// follows, "1234 (java), UID 1000".
func cutKilled(rest string) (name, pid, action string) {
	n := leadingDigits(rest)
	inner, ok := strings.CutPrefix(rest[n:], " (")
	end := strings.IndexByte(inner, ')')
	if n == 0 || !ok || end <= 0 {
		return "", "", ""
	}
	return inner[:end], rest[:n], "oom_kill"
}

func fillVictim(text string, e *event.Event) {
	name, pid, action := cutVictim(text)
	if action == "" {
		return
	}
	e.SetText(event.Action, action)
	e.SetText(event.ProcessName, name)
	if id, ok := parseUint(pid); ok {
		e.SetInt(event.ProcessID, id)
	}
}

func matchKernel(line string) int {
	if hasEnvelope(line) {
		return 0
	}
	if uptime, _ := cutUptime(line); uptime != "" {
		return 70
	}
	return 0
}
