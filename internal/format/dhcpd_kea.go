package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

func describeKea(e *event.Event) {
	e.SetText(event.Vendor, "isc")
	e.SetText(event.Product, "kea")
	e.SetText(event.Service, "kea")
	e.SetList(event.LogSource, syslogSource)
}

// isKeaLine reports whether line begins with Kea's time, level and logger.
func isKeaLine(line string) bool {
	i := strings.Index(line[:min(len(line), 48)], " [kea-")
	return i > 18 && line[4] == '-'
}

// readKea reads "[time] INFO  [kea-dhcp4.leases/1234.140000] DHCP4_LEASE_ALLOC
// [hwtype=1 02:00:00:00:00:07], cid=[01:02], tid=0x1234: lease 192.0.2.7 has been
// allocated for 3600 seconds".
func readKea(message string, c *Context, e *event.Event) bool {
	nanos, n, timed := isoTime(message, c.Zone)
	rest := strings.TrimLeft(message[n:], " ")
	level, rest, ok := strings.Cut(rest, " ")
	if !ok || levelOf(level) == "" || len(level) > 8 {
		return false
	}
	rest = strings.TrimLeft(rest, " ")
	if !strings.HasPrefix(rest, "[kea-") {
		return false
	}
	logger, text, ok := strings.Cut(rest[1:], "] ")
	if !ok || len(logger) > 96 {
		return false
	}
	e.SetText(event.EventType, event.ServiceLog)
	if timed {
		e.SetInt(event.EventTime, nanos)
	}
	setLevel(e, level)
	e.SetText(event.Message, text)
	describeKea(e)
	fillKeaLogger(logger, e)
	code, text, _ := strings.Cut(text, " ")
	if !isKeaCode(code) {
		return true
	}
	e.SetText(event.EventCode, code)
	if strings.HasPrefix(code, "DHCP4_") || strings.HasPrefix(code, "DHCP6_") {
		fillKeaClient(code, text, e)
	}
	return true
}

// fillKeaLogger reads "kea-dhcp4.leases/1234.140000": the logger, the process and
// the thread.
func fillKeaLogger(logger string, e *event.Event) {
	name, process, ok := strings.Cut(logger, "/")
	e.SetExtraText("logger", name)
	if !ok {
		return
	}
	pid, thread, _ := strings.Cut(process, ".")
	if id, ok := parseUint(pid); ok {
		e.SetInt(event.ProcessID, id)
	}
	e.SetExtraText("thread", thread)
}

func isKeaCode(s string) bool {
	if len(s) < 4 || !isUpper(s[0]) {
		return false
	}
	for i := 0; i < len(s); i++ {
		if !isUpper(s[i]) && !isDigit(s[i]) && s[i] != '_' {
			return false
		}
	}
	return strings.IndexByte(s, '_') > 0
}

// fillKeaClient reads the client's label and what was done with its lease.
func fillKeaClient(code, text string, e *event.Event) {
	label, what, ok := strings.Cut(text, ": ")
	if !ok || strings.IndexByte(label, '[') < 0 {
		return
	}
	if _, hardware, ok := strings.Cut(label, "[hwtype="); ok {
		inner, _, _ := strings.Cut(hardware, "]")
		if _, mac, ok := strings.Cut(inner, " "); ok && isHardware(mac) {
			e.SetExtraText("mac", mac)
		}
	}
	for _, name := range [...]string{"cid", "duid"} {
		if _, id, ok := strings.Cut(label, name+"=["); ok {
			id, _, _ = strings.Cut(id, "]")
			if isHardware(id) {
				e.SetExtraText(name, id)
			}
		}
	}
	if _, id, ok := strings.Cut(label, "tid=0x"); ok {
		id, _, _ = strings.Cut(id, ",")
		e.SetExtraText("tid", "0x"+id)
	}
	e.SetText(event.EventType, event.DHCP)
	e.SetText(event.Action, code)
	fillKeaLease(code, what, e)
}

func fillKeaLease(code, what string, e *event.Event) {
	for _, start := range [...]string{"lease for address ", "lease for prefix ", "lease ", "address ", "declined lease "} {
		rest, ok := strings.CutPrefix(what, start)
		if !ok {
			continue
		}
		value, rest, _ := strings.Cut(rest, " ")
		if !setAddress(e, event.SourceIP, value) {
			if strings.IndexByte(value, '/') > 0 {
				e.SetExtraText("prefix", value)
			}
			break
		}
		if _, seconds, ok := strings.Cut(rest, "allocated for "); ok {
			setExtraNumber(e, "valid_seconds", seconds[:leadingDigits(seconds)])
		}
		break
	}
	switch {
	case strings.HasSuffix(code, "_LEASE_ALLOC"), strings.HasSuffix(code, "_RELEASE"), strings.HasSuffix(code, "_LEASE_RENEW"), strings.HasSuffix(code, "_LEASE_REUSE"):
		e.SetText(event.Outcome, event.Success)
	case strings.Contains(code, "_FAIL"), strings.HasSuffix(code, "_NAK"), strings.Contains(code, "DECLINE"):
		e.SetText(event.Outcome, event.Failure)
	}
}
