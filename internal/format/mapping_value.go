package format

import (
	"strings"
	"time"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// anyTime reads all of s as a time in one of the ways documents write it: ISO
// 8601 with or without a zone, the common log format, or a count since 1970.
func anyTime(s string, zone *time.Location) (nanos int64, ok bool) {
	// .NET's console logger ends its time with the space that follows it.
	s = strings.TrimSuffix(s, " ")
	nanos, n, ok := isoTime(s, zone)
	if ok && (n == len(s) || s[n:] == " UTC") {
		return nanos, true
	}
	if nanos, ok = clfTime(s); ok {
		return nanos, true
	}
	return epochTime(s)
}

// levelOf returns the level that a word stands for, in any case, "" for an
// unknown word. Debug levels with a number are debug.
func levelOf(word string) string {
	if len(word) > 13 {
		return ""
	}
	var buf [13]byte
	n := copy(buf[:], word)
	for i := range buf[:n] {
		if b := buf[i]; b >= 'A' && b <= 'Z' {
			buf[i] = b | 0x20
		}
	}
	switch string(buf[:n]) {
	case "trace":
		return "trace"
	case "debug", "dbg", "dbug", "verbose", "fine", "finer", "finest",
		"debug1", "debug2", "debug3", "debug4", "debug5":
		return "debug"
	case "info", "information", "informational":
		return "info"
	case "notice":
		return "notice"
	case "warning", "warn":
		return "warning"
	case "error", "err", "eror":
		return "error"
	case "critical", "crit", "fatal":
		return "critical"
	case "alert":
		return "alert"
	case "emergency", "emerg", "panic":
		return "emergency"
	default:
		return ""
	}
}

func setLevel(e *event.Event, word string) bool {
	level := levelOf(word)
	if level == "" {
		return false
	}
	e.SetText(event.LogLevel, level)
	return true
}

// numberedLevel returns the level behind a number of Bunyan or Pino.
func numberedLevel(s string) (level string, ok bool) {
	switch s {
	case "10":
		return "trace", true
	case "20":
		return "debug", true
	case "30":
		return "info", true
	case "40":
		return "warning", true
	case "50":
		return "error", true
	case "60":
		return "critical", true
	default:
		return "", false
	}
}

// setProtocol sets network_protocol for a transport's name. Web servers call
// "HTTP/1.1" a protocol too.
func setProtocol(e *event.Event, s string) bool {
	name := transportName(s)
	if name != "" {
		e.SetText(event.NetworkProtocol, name)
		return true
	}
	return strings.HasPrefix(s, "HTTP/") && setVersion(e, s)
}

// transportName returns the lower-case name of a transport protocol, "" for
// what is none.
func transportName(s string) string {
	switch s {
	case "tcp", "TCP", "Tcp":
		return "tcp"
	case "udp", "UDP", "Udp":
		return "udp"
	case "icmp", "ICMP", "Icmp":
		return "icmp"
	case "icmpv6", "ICMPv6", "ipv6-icmp", "IPv6-ICMP", "icmp6", "ICMP6":
		return "ipv6-icmp"
	case "sctp", "SCTP":
		return "sctp"
	case "gre", "GRE":
		return "gre"
	case "esp", "ESP":
		return "esp"
	case "ah", "AH":
		return "ah"
	case "igmp", "IGMP":
		return "igmp"
	default:
		return ""
	}
}

// setVersion sets http_version for "HTTP/1.1", "1.1" or "2".
func setVersion(e *event.Event, s string) bool {
	s = strings.TrimPrefix(s, "HTTP/")
	if len(s) != 1 && (len(s) != 3 || s[1] != '.' || !isDigit(s[2])) || !isDigit(s[0]) {
		return false
	}
	e.SetText(event.HTTPVersion, s)
	return true
}

// isKnownMethod reports whether s is a method of HTTP or WebDAV. Documents that
// are no access logs have a "method" too, of another kind.
func isKnownMethod(s string) bool {
	switch s {
	case "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
		"PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "REPORT", "SEARCH":
		return true
	default:
		return false
	}
}

// isRequestLine reports whether s starts with a known method and has a target.
func isRequestLine(s string) bool {
	method, rest, ok := strings.Cut(s, " ")
	return ok && rest != "" && rest[0] != ' ' && isKnownMethod(method)
}
