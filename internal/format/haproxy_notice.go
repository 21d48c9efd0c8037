package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// readHAProxyNotice reads the messages that are about no request: connections in
// the default layout, and what becomes of proxies and servers.
func readHAProxyNotice(text string, e *event.Event) bool {
	if level, pid, rest, ok := cutHAProxyConsole(text); ok {
		if !readHAProxyNotice(rest, e) {
			fillHAProxyService("", e)
		}
		fillAbsent(e, event.LogLevel, level)
		setCount(e, event.ProcessID, pid)
		e.SetText(event.Message, rest)
		return true
	}
	switch {
	case strings.HasPrefix(text, "Connect from "):
		return readHAProxyConnect(text[len("Connect from "):], e)
	case strings.HasPrefix(text, "Proxy "):
		return readHAProxyProxy(text[len("Proxy "):], e)
	case strings.HasPrefix(text, "Server "):
		return readHAProxyServer(text[len("Server "):], e)
	case strings.HasPrefix(text, "Backup Server "):
		return readHAProxyServer(text[len("Backup Server "):], e)
	case strings.HasPrefix(text, "Health check for "):
		return readHAProxyCheck(text[len("Health check for "):], e)
	case strings.HasPrefix(text, "backend "), strings.HasPrefix(text, "proxy "), strings.HasPrefix(text, "Backend "):
		_, rest, _ := strings.Cut(text, " ")
		name, what, _ := strings.Cut(rest, " ")
		if !strings.HasPrefix(what, "has no server available") {
			return false
		}
		fillHAProxyService("no server available", e)
		e.SetExtraText("backend_name", name)
		return true
	}
	return false
}

// cutHAProxyConsole cuts what HAProxy writes to its console, "[WARNING]  (31) :
// TEXT", before version 2.4 with day and time: "[WARNING] 248/103000 (31) : TEXT".
func cutHAProxyConsole(text string) (level, pid, rest string, ok bool) {
	cur := scan(text)
	if !cur.skip('[') {
		return "", "", "", false
	}
	word := text[1:min(len(text), 10)]
	n := strings.IndexByte(word, ']')
	if n < 0 {
		return "", "", "", false
	}
	switch word[:n] {
	case "NOTICE", "WARNING", "ALERT", "DIAG":
		level = levelOf(word[:n])
	default:
		return "", "", "", false
	}
	cur.i += n + 1
	cur.skipSpaces()
	if cur.digits() != "" && (!cur.skip('/') || cur.digits() == "") {
		return "", "", "", false
	}
	cur.skipSpaces()
	if !cur.skip('(') {
		return "", "", "", false
	}
	pid = cur.digits()
	if pid == "" || !cur.skipText(") : ") {
		return "", "", "", false
	}
	rest = cur.rest()
	return level, pid, rest, !strings.HasPrefix(rest, "[")
}

func fillHAProxyService(action string, e *event.Event) {
	e.SetText(event.EventType, event.ServiceLog)
	e.SetText(event.Action, action)
	describeHAProxy(e)
}

// readHAProxyConnect reads "192.0.2.1:51000 to 198.51.100.4:443 (www/HTTP)".
func readHAProxyConnect(rest string, e *event.Event) bool {
	from, rest, ok := strings.Cut(rest, " to ")
	to, place, more := strings.Cut(rest, " (")
	name, shut := strings.CutSuffix(place, ")")
	slash := strings.LastIndexByte(name, '/')
	if !ok || !more || !shut || slash <= 0 || strings.IndexByte(from, ' ') >= 0 || strings.IndexByte(to, ' ') >= 0 {
		return false
	}
	fillHAProxyService("", e)
	e.SetText(event.EventType, event.NetworkFlow)
	e.SetText(event.NetworkProtocol, "tcp")
	if !setPlainEndpoint(e, event.SourceIP, event.SourcePort, from) {
		e.SetExtraText("client", from)
	}
	if !setPlainEndpoint(e, event.DestinationIP, event.DestinationPort, to) {
		e.SetExtraText("frontend_address", to)
	}
	e.SetExtraText("frontend_name", name[:slash])
	e.SetExtraText("mode", name[slash+1:])
	return true
}

// readHAProxyProxy reads "www started." and "www stopped (FE: 1 conns, ...)".
func readHAProxyProxy(rest string, e *event.Event) bool {
	name, what, ok := strings.Cut(rest, " ")
	word := what
	if i := strings.IndexAny(what, ". "); i >= 0 {
		word = what[:i]
	}
	switch word {
	case "started", "stopped", "paused", "resumed":
	default:
		return false
	}
	fillHAProxyService(word, e)
	e.SetExtraText("proxy_name", name)
	return ok
}

// readHAProxyServer reads "app/web1 is DOWN, reason: Layer4 timeout, ...".
func readHAProxyServer(rest string, e *event.Event) bool {
	place, what, ok := strings.Cut(rest, " is ")
	slash := strings.IndexByte(place, '/')
	if !ok || slash <= 0 || strings.IndexByte(place, ' ') >= 0 {
		return false
	}
	state := what
	if i := strings.IndexAny(what, ",. ("); i >= 0 {
		state = what[:i]
	}
	if state == "going" {
		state = "going DOWN"
	}
	fillHAProxyService(state, e)
	e.SetExtraText("backend_name", place[:slash])
	e.SetExtraText("server_name", place[slash+1:])
	fillHAProxyReason(what, e)
	return true
}

// readHAProxyCheck reads "server app/web1 failed, reason: Layer7 wrong status,
// code: 503, ...".
func readHAProxyCheck(rest string, e *event.Event) bool {
	rest = strings.TrimPrefix(rest, "backup ")
	rest, ok := strings.CutPrefix(rest, "server ")
	place, what, more := strings.Cut(rest, " ")
	slash := strings.IndexByte(place, '/')
	if !ok || !more || slash <= 0 {
		return false
	}
	word := what
	if i := strings.IndexAny(what, ", "); i >= 0 {
		word = what[:i]
	}
	fillHAProxyService("check "+word, e)
	switch word {
	case "failed":
		e.SetText(event.Outcome, event.Failure)
	case "succeeded":
		e.SetText(event.Outcome, event.Success)
	}
	e.SetExtraText("backend_name", place[:slash])
	e.SetExtraText("server_name", place[slash+1:])
	fillHAProxyReason(what, e)
	return true
}

// fillHAProxyReason sets the reason of a check, which ends at the next comma,
// and the code that the server answered with.
func fillHAProxyReason(what string, e *event.Event) {
	if _, rest, ok := strings.Cut(what, ", reason: "); ok {
		reason, _, _ := strings.Cut(rest, ",")
		e.SetExtraText("reason", reason)
	}
	if _, rest, ok := strings.Cut(what, ", code: "); ok {
		if n := leadingDigits(rest); n > 0 {
			setExtraNumber(e, "code", rest[:n])
		}
	}
}
