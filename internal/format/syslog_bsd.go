package format

import (
	"net/netip"
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// maxTag is how far into a message a tag may end; RFC 3164 says 32, programs
// with their path need more.
const maxTag = 96

// readBSD reads the header of RFC 3164 behind the priority and leaves the
// cursor at the message. Everything but the time may be missing, and even the
// time where there is a priority and a tag.
func (v *envelope) readBSD(cur *cursor, c *Context) error {
	cur.skipSpaces()
	v.readSequence(cur)
	timed, err := v.readBSDTime(cur, c)
	if err != nil {
		return err
	}
	if !timed {
		return v.readUntimed(cur)
	}
	if cur.skip(':') {
		cur.skipSpaces()
		return nil
	}
	if !cur.done() && cur.peek() != ' ' {
		return cur.fail("expected a space after the time")
	}
	cur.skipSpaces()
	return v.readOrigin(cur, c)
}

// readSequence reads the number that Cisco devices put before the time,
// "000123: ", and the mark of a clock that is not synchronized.
func (v *envelope) readSequence(cur *cursor) {
	start := cur.i
	digits := cur.digits()
	if !cur.skip(':') || len(digits) > 18 || cur.peek() != ' ' {
		cur.i = start
		return
	}
	v.sequence = strings.TrimLeft(digits, "0")
	cur.skipSpaces()
	if b := cur.peek(); (b == '*' || b == '.') && startsWithMonth(cur.s[cur.i+1:]) {
		cur.i++
	}
}

// readBSDTime reads "Sep  5 10:30:00", an ISO time or, as Meraki devices write
// it, seconds since 1970. It reports false where there is none.
func (v *envelope) readBSDTime(cur *cursor, c *Context) (timed bool, err error) {
	rest := cur.rest()
	n := 0
	switch {
	case rest == "":
		return false, cur.fail("nothing after the priority")
	case isAlpha(rest[0]):
		if !startsWithMonth(rest) {
			return false, nil
		}
		v.nanos, n, v.timed = bsdTime(rest, c)
	case !isDigit(rest[0]):
		return false, nil
	case len(rest) > 10 && (rest[10] == 'T' || v.priority >= 0 && rest[10] == ' '):
		v.nanos, n, v.timed = isoTime(rest, c.Zone)
	case v.priority >= 0:
		n = v.readEpoch(strings.TrimPrefix(rest, "1 "))
		n += len(rest) - len(strings.TrimPrefix(rest, "1 "))
	}
	if !v.timed {
		return false, cur.fail("not a time")
	}
	v.timeAt = cur.i
	cur.i += n
	return true, nil
}

func (v *envelope) readEpoch(rest string) int {
	n := strings.IndexByte(rest, ' ')
	if n < 12 || n > 20 || rest[10] != '.' {
		return 0
	}
	v.nanos, v.timed = epochTime(rest[:n])
	return n
}

// readUntimed reads a message without a time, which RFC 3164 allows behind a
// priority; the tag must tell that it is one.
func (v *envelope) readUntimed(cur *cursor) error {
	if v.priority < 0 {
		return cur.fail("expected a time")
	}
	if !isEventFormat(cur.rest()) && !v.readTag(cur, false) {
		return cur.fail("neither a time nor a program's name")
	}
	cur.skipSpaces()
	return nil
}

// readRelayed reads the header that a relay put its own before, as far as it has
// time, host and program; else what looks like one is the message's own.
func (v *envelope) readRelayed(cur *cursor, c *Context) {
	rest := cur.rest()
	if v.host == "" || v.program != "" || !startsWithMonth(rest) {
		return
	}
	nanos, n, ok := bsdTime(rest, c)
	if !ok || n >= len(rest) || rest[n] != ' ' {
		return
	}
	inner, origin := *cur, envelope{priority: -1}
	inner.i += n
	inner.skipSpaces()
	host := inner.token()
	if !isHost(host) || !inner.skip(' ') {
		return
	}
	if !origin.readTag(&inner, false) && !inner.skipText(": ") {
		return
	}
	inner.skipSpaces()
	v.relay, v.host, v.program, v.pid, v.nanos = v.host, host, origin.program, origin.pid, nanos
	*cur = inner
}

// readOrigin reads the host and the program.
func (v *envelope) readOrigin(cur *cursor, c *Context) error {
	if cur.done() || isRepeatNote(cur.rest()) || isEventFormat(cur.rest()) {
		return nil
	}
	if v.readMark(cur) {
		return nil
	}
	if v.readTag(cur, false) {
		cur.skipSpaces()
		v.hostForTag(cur)
		return nil
	}
	start := cur.i
	host := cur.token()
	if !isHost(host) {
		cur.i = start
		if v.priority < 0 {
			return cur.fail("neither a host nor a program's name")
		}
		return nil
	}
	cur.skipSpaces()
	if level := consoleLevel(host); level != "" && v.priority < 0 {
		v.level = level
	} else {
		v.host = host
	}
	if isRepeatNote(cur.rest()) || isEventFormat(cur.rest()) {
		return nil
	}
	if v.readRelayed(cur, c); v.relay != "" {
		return nil
	}
	if cur.skipText(": ") || v.readTag(cur, true) {
		cur.skipSpaces()
	}
	return nil
}

// readMark reads the priority that ESXi 8 writes in its files, "In(14) ", and the
// tag behind it.
func (v *envelope) readMark(cur *cursor) bool {
	_, n := vmwareMark(cur.rest())
	if n == 0 || v.priority >= 0 || !strings.HasPrefix(cur.rest()[n:], " ") {
		return false
	}
	start := cur.i
	priority, ok := parseUint(cur.s[start+3 : start+n-1])
	cur.i += n + 1
	if !ok || priority > 191 || !v.readTag(cur, false) {
		cur.i = start
		return false
	}
	v.priority = int(priority)
	cur.skipSpaces()
	return true
}

// hostForTag moves what looked like a tag into the host where it must be one:
// an address, or a name right before a vendor's own header.
func (v *envelope) hostForTag(cur *cursor) {
	if v.pid != "" {
		return
	}
	if isEventFormat(cur.rest()) || isAddress(v.program) {
		v.host, v.program = v.program, ""
	}
}

// isEventFormat reports whether text begins with a format that has a header of
// its own, so that nothing before its colon is a program.
func isEventFormat(text string) bool {
	return payloadByStart(text) != nil || isExchangeFormat(text) || cutUniFiHead(text, nil) > 0 || text != "" && text[0] == '%'
}

func isExchangeFormat(text string) bool {
	return strings.HasPrefix(text, "CEF:") || strings.HasPrefix(text, "LEEF:")
}

func isRepeatNote(text string) bool {
	return strings.HasPrefix(text, "last message repeated ") || strings.HasPrefix(text, "--- last message repeated ")
}

// readTag reads "name:", "name[pid]:", "name[pid] <Level>:" or "name[pid] ". A
// name with spaces is taken only where spaced allows it and a pid follows.
func (v *envelope) readTag(cur *cursor, spaced bool) bool {
	rest := cur.rest()
	if after, ok := strings.CutPrefix(rest, "polkitd(authority=local): "); ok {
		v.program = "polkitd"
		cur.i += len(rest) - len(after) - 1
		return true
	}
	for i := 0; i < len(rest) && i < maxTag; i++ {
		switch b := rest[i]; {
		case b == ':' && i > 0 && endsTag(rest, i):
			if leadingDigits(rest) == i {
				return false
			}
			v.program = rest[:i]
			cur.i += i + 1
			return true
		case b == ']' && i > 0 && strings.HasPrefix(rest[i+1:], ": "):
			v.program = rest[:i] // gdm writes "gdm-password]: "
			cur.i += i + 2
			return true
		case b == ']' && i > 0 && strings.HasPrefix(rest[i+1:], "[") && v.readPID(cur, i+1, false):
			v.program = rest[:i] // and "gdm-password][1234]: "
			return true
		case b == '[':
			return i > 0 && v.readPID(cur, i, strings.IndexByte(rest[:i], ' ') >= 0)
		case b == ' ' && (!spaced || i == 0 || !isUpper(rest[0])):
			return false
		case !isTagByte(b):
			return false
		}
	}
	return false
}

// endsTag reports whether the colon at i ends a tag: a space or the end
// follows, or the kernel's uptime.
func endsTag(rest string, i int) bool {
	if strings.IndexByte(rest[:i], ' ') >= 0 {
		return false
	}
	return i+1 == len(rest) || rest[i+1] == ' ' || rest[i+1] == '[' && rest[:i] == "kernel"
}

// readPID reads "[pid]" at rest[open:] and what ends the tag behind it.
func (v *envelope) readPID(cur *cursor, open int, spaced bool) bool {
	rest := cur.rest()
	shut := strings.IndexByte(rest[open:min(len(rest), open+32)], ']')
	if shut < 2 {
		return false
	}
	shut += open
	pid, after := rest[open+1:shut], rest[shut+1:]
	n := 0
	switch {
	case strings.HasPrefix(after, ":"):
		n = 1
	case spaced || leadingDigits(pid) != len(pid):
		return false
	case strings.HasPrefix(after, " <"):
		n = v.readLevel(after)
	case after != "" && after[0] != ' ':
		return false
	}
	v.program, v.pid = rest[:open], pid
	cur.i += shut + 1 + n
	return true
}

// readLevel reads macOS' " <Info>:".
func (v *envelope) readLevel(after string) int {
	shut := strings.Index(after, ">:")
	if shut < 0 || shut > 12 {
		return 0
	}
	v.level = levelOf(after[2:shut])
	return shut + 2
}

// consoleLevel returns the level that ChromeOS and the console of the logger
// zerolog write in place of the host.
func consoleLevel(word string) string {
	switch word {
	case "TRC", "DBG", "INF", "WRN", "FTL", "PNC":
		return traefikLevel(word)
	case "DEBUG", "INFO", "NOTICE", "WARNING", "ERR", "CRIT", "ALERT", "EMERG":
		return levelOf(word)
	}
	return ""
}

// isHost reports whether s may be a host: a name, an address, or a relayed
// "a/b" or "a@b" of syslog-ng. A number alone is none.
func isHost(s string) bool {
	if s == "" || len(s) > 255 || leadingDigits(s) == len(s) {
		return false
	}
	for i := 0; i < len(s); i++ {
		if b := s[i]; !isAlnum(b) && b != '.' && b != '-' && b != '_' && b != ':' && b != '@' && b != '/' && b != '%' {
			return false
		}
	}
	return isAlnum(s[0]) || s[0] == ':' && isAddress(s)
}

func isAddress(s string) bool {
	if !looksLikeAddress(s) {
		return false
	}
	_, err := netip.ParseAddr(s)
	return err == nil
}

// looksLikeAddress tells most names from addresses without the error that
// parsing one would allocate.
func looksLikeAddress(s string) bool {
	if s == "" {
		return false
	}
	return strings.IndexByte(s, ':') >= 0 || isDigit(s[0]) && isDigit(s[len(s)-1])
}

// setAddress is SetIP for a text that may well be a name.
func setAddress(e *event.Event, c event.Column, text string) bool {
	return looksLikeAddress(text) && e.SetIP(c, text)
}

func isUpper(b byte) bool { return b >= 'A' && b <= 'Z' }

// isTagByte reports whether b may stand in a program's name.
func isTagByte(b byte) bool {
	switch b {
	case '"', '=', ',', ';', '{', '}', '<', '>', '|', ']', '`', '\'', '%':
		return false
	}
	return b >= ' ' && b != 0x7f
}
