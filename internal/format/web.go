package format

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// setEndpoint sets an address column, and the column of its port where text has
// one: "192.0.2.1", "192.0.2.1:80", "[2001:db8::1]:80", "2001:db8::1".
func setEndpoint(e *event.Event, ip, port event.Column, text string) bool {
	if !looksLikeAddress(strings.TrimPrefix(text, "[")) {
		return false
	}
	if i := strings.IndexByte(text, ':'); i > 0 && text[0] != '[' && i == strings.LastIndexByte(text, ':') {
		number, ok := parsePort(text[i+1:])
		if !ok || !e.SetIP(ip, text[:i]) {
			return false
		}
		return e.SetPort(port, number)
	}
	if text[0] != '[' {
		return e.SetIP(ip, text)
	}
	at, err := netip.ParseAddrPort(text)
	if err != nil {
		// Some put IPv4 addresses in brackets too.
		host, digits, ported := strings.Cut(text[1:], "]:")
		if !ported {
			return e.SetIP(ip, strings.TrimSuffix(text[1:], "]"))
		}
		number, ok := parsePort(digits)
		return ok && e.SetIP(ip, host) && e.SetPort(port, number)
	}
	e.SetPort(port, int64(at.Port()))
	return e.SetIP(ip, at.Addr().String())
}

// setPlainEndpoint is setEndpoint for logs that write every address with its
// port and IPv6 addresses without brackets: "2001:db8::1:80".
func setPlainEndpoint(e *event.Event, ip, port event.Column, text string) bool {
	i := strings.LastIndexByte(text, ':')
	if i <= 0 || text[0] == '[' {
		return setEndpoint(e, ip, port, text)
	}
	number, ok := parsePort(text[i+1:])
	if !ok || !looksLikeAddress(text[:i]) || !e.SetIP(ip, text[:i]) {
		return false
	}
	return e.SetPort(port, number)
}

// parsePort reads all of s as a port.
func parsePort(s string) (int64, bool) {
	v, ok := parseUint(s)
	return v, ok && v <= 65535
}

// setExtraValue stores text in extra, a number as a number; "-" and "" are no
// values.
func setExtraValue(e *event.Event, name, text string) {
	if text == "" || text == "-" {
		return
	}
	setExtraNumber(e, name, text)
}

// setExtraList stores list in extra as an array of texts.
func setExtraList(e *event.Event, name string, list []string) {
	if len(list) == 0 {
		return
	}
	size := 2
	for _, s := range list {
		size += len(s) + 3
	}
	dst := append(make([]byte, 0, size), '[')
	for i, s := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendJSONText(dst, s)
	}
	e.SetExtra(name, event.Value{Kind: event.KindArray, Text: string(append(dst, ']'))})
}

// appendJSONText appends s as a JSON string. Bytes that are not UTF-8 stay: the
// event's writer knows what to do with them.
func appendJSONText(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := range len(s) {
		switch b := s[i]; {
		case b == '"' || b == '\\':
			dst = append(dst, '\\', b)
		case b < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hex[b>>4], hex[b&15])
		default:
			dst = append(dst, b)
		}
	}
	return append(dst, '"')
}

// zonedByEnvelope corrects a time without a zone, of something that took that many
// nanoseconds until it was logged, by the envelope's: where the two lie whole half
// hours apart, the envelope has the zone that the payload does not say.
func zonedByEnvelope(nanos, took int64, e *event.Event) int64 {
	const half, slack, farthest = int64(30 * time.Minute), int64(time.Minute), 28
	if !e.Has(event.EventTime) || took < 0 || took > int64(24*time.Hour) {
		return nanos
	}
	apart := e.Int(event.EventTime) - nanos - took
	n := (abs(apart) + half/2) / half
	if n == 0 || n > farthest || abs(abs(apart)-n*half) > slack {
		return nanos
	}
	if apart < 0 {
		n = -n
	}
	return nanos + n*half
}

// isCount reports whether s is a run of digits.
func isCount(s string) bool { return s != "" && leadingDigits(s) == len(s) }

// setHTTPStatus sets the status and the outcome that follows from it, for the
// digits of a status; it reports false for other text.
func setHTTPStatus(e *event.Event, text string) bool {
	if len(text) != 3 {
		return false
	}
	status, ok := parseUint(text)
	if !ok || status < 100 {
		return false
	}
	e.SetInt(event.StatusCode, status)
	e.SetText(event.Outcome, httpOutcome(status))
	return true
}

// setCount sets an integer column from digits; other text is left out, and it
// reports false.
func setCount(e *event.Event, c event.Column, text string) bool {
	v, ok := parseUint(text)
	if ok {
		e.SetInt(c, v)
	}
	return ok
}

// keepPort moves source_port to extra: it is another address's.
func keepPort(e *event.Event, name string) {
	if e.Has(event.SourcePort) {
		setExtraNumber(e, name, strconv.FormatInt(e.Int(event.SourcePort), 10))
		e.Clear(event.SourcePort)
	}
}

// dropExtra removes fields that a column has.
func dropExtra(e *event.Event, names ...string) {
	kept := e.Extra[:0]
	for _, field := range e.Extra {
		drop := false
		for _, name := range names {
			drop = drop || field.Name == name
		}
		if !drop {
			kept = append(kept, field)
		}
	}
	e.Extra = kept
}
