package format

import "strings"

// ciscoMark is the mark that messages of Cisco's systems begin with,
// "%SEC_LOGIN-5-LOGIN_SUCCESS: ".
type ciscoMark struct {
	// facility is what wrote it, subfacilities included: "SYS", "MGBL-SYS",
	// "ASA-session".
	facility string
	severity byte
	mnemonic string
	// width is where the text begins.
	width int
}

// maxCiscoMark bounds a mark.
const maxCiscoMark = 96

// cutCiscoMark reads the mark that text begins with.
func cutCiscoMark(text string) (m ciscoMark, ok bool) {
	if len(text) < 6 || text[0] != '%' || !isUpper(text[1]) {
		return m, false
	}
	end, severity := 1, 0
	for end < len(text) && end < maxCiscoMark && (isAlnum(text[end]) || text[end] == '_' || text[end] == '-') {
		// The last "-N-" divides: subfacilities stand before it.
		if text[end] == '-' && end+2 < len(text) && text[end+1]-'0' <= 7 && text[end+2] == '-' {
			severity = end + 1
		}
		end++
	}
	if severity == 0 || end == severity+2 {
		return m, false
	}
	m.facility, m.severity, m.mnemonic = strings.TrimRight(text[1:severity-1], "-"), text[severity]-'0', text[severity+2:end]
	rest := text[end:]
	trimmed := strings.TrimLeft(rest, " ")
	switch {
	case strings.HasPrefix(trimmed, ":"):
		trimmed = trimmed[1:]
	case rest != "" && rest == trimmed: // something else than a space
		return m, false
	}
	trimmed = strings.TrimLeft(trimmed, " ")
	m.width = len(text) - len(trimmed)
	return m, true
}

// maxCiscoHeader bounds what may stand before the mark.
const maxCiscoHeader = 200

// readCisco reads what Cisco's devices and relays put before a mark: numbers,
// hosts, times of several shapes, uptimes, the node and the process of IOS XR, in
// any order and with colons between them. It reports false, with nothing
// changed, where the line has no mark or something else stands before it.
func (v *envelope) readCisco(cur *cursor, c *Context) bool {
	rest := cur.rest()
	at := strings.IndexByte(rest[:min(len(rest), maxCiscoHeader)], '%')
	if at >= 0 && strings.HasPrefix(rest[at:], "%$VDC-") { // the virtual context of NX-OS
		if n := strings.Index(rest[at+1:min(len(rest), at+48)], "%$ "); n > 0 {
			if mark := at + n + 4; mark < len(rest) && rest[mark] == '%' {
				return v.readCiscoAt(cur, at, mark, c)
			}
		}
	}
	return at >= 0 && v.readCiscoAt(cur, at, at, c)
}

func (v *envelope) readCiscoAt(cur *cursor, end, mark int, c *Context) bool {
	rest := cur.rest()
	if _, ok := cutCiscoMark(rest[mark:]); !ok {
		return false
	}
	h := ciscoHeader{s: rest[:end], v: *v, c: c}
	if !h.read() {
		return false
	}
	*v = h.v
	cur.i += mark
	return true
}

// ciscoHeader walks what stands before a mark.
type ciscoHeader struct {
	s string
	v envelope
	c *Context
	// zoned says that the time that was read says its zone.
	zoned bool
	// hosts counts the words taken for hosts; last says that a process was read,
	// behind which only the mark may stand.
	hosts int
	last  bool
}

func (h *ciscoHeader) read() bool {
	for {
		h.s = strings.TrimLeft(h.s, " :\t")
		if h.s == "" {
			return true
		}
		if h.last || !h.time() && !h.word() {
			return false
		}
	}
}

// time reads a time with what marks it: "*" for a clock that was never set, "."
// for one that lost its server.
func (h *ciscoHeader) time() bool {
	s, unset := h.s, false
	if s[0] == '*' || s[0] == '.' {
		s, unset = s[1:], s[0] == '*'
	}
	nanos, n, zoned, ok := ciscoTime(s, h.c)
	if !ok {
		return false
	}
	h.s = s[n:]
	name, width := ciscoZone(h.s)
	switch offset, known := namedZone(name); {
	case width == 0 || zoned:
	case known:
		nanos, _, _, _ = ciscoTime(s, &Context{Received: h.c.Received})
		nanos -= int64(offset) * 1e9
		zoned = true
	default: // a zone that can't be known: better no time than a wrong one
		if !h.v.timed {
			h.v.logged = s[:n] + " " + name
		}
		h.s = h.s[width:]
		return true
	}
	if !zoned || width == 0 {
		width = 0
	}
	h.s = h.s[width:]
	// Of two times the device's own is the better one, unless it is known less
	// well.
	if h.v.timed && (unset || h.zoned && !zoned) {
		return true
	}
	h.v.nanos, h.v.timed, h.zoned = nanos, true, zoned
	return true
}

// ciscoTime reads "Sep  5 10:30:00.123", with a year before or behind the day, or
// an ISO time.
func ciscoTime(s string, c *Context) (nanos int64, n int, zoned, ok bool) {
	switch {
	case s == "":
		return 0, 0, false, false
	case isAlpha(s[0]):
		nanos, n, ok = bsdTime(s, c)
		if !ok {
			return 0, 0, false, false
		}
		if n < len(s) && s[n] == '.' { // a fraction that is none
			n += leadingWord(s[n:])
		}
		if offset, width := spacedZone(s[n:]); width > 0 && strings.IndexByte("+-Z", strings.TrimLeft(s[n:], " ")[0]) >= 0 {
			nanos, _, _ = bsdTime(s, &Context{Received: c.Received})
			return nanos - int64(offset)*1e9, n + width, true, true
		}
		return nanos, n, false, true
	case len(s) > 19 && s[4] == ' ' && isDigit(s[0]) && monthNumber(s[5:]) > 0:
		nanos, n, ok = yearFirst(s, c)
		return nanos, n, false, ok
	case isDigit(s[0]):
		nanos, n, ok = isoTime(s, c.Zone)
		return nanos, n, ok && n > 19 && !isDigit(s[n-1]) || ok && hasOffset(s[:n]), ok
	default:
		return 0, 0, false, false
	}
}

// hasOffset reports whether an ISO time ends with a zone of digits.
func hasOffset(s string) bool { return strings.LastIndexAny(s, "+-") > 10 }

// yearFirst reads the time of NX-OS, "2024 Sep  5 10:30:00".
func yearFirst(s string, c *Context) (nanos int64, n int, ok bool) {
	year := num4(s, 0)
	if year <= 0 || monthNumber(s[5:]) == 0 {
		return 0, 0, false
	}
	m := moment{year: year, month: monthNumber(s[5:])}
	i := 9
	for i < len(s) && s[i] == ' ' && i < 11 {
		i++
	}
	width := leadingDigits(s[i:min(i+2, len(s))])
	day, ok := parseUint(s[i : i+width])
	i += width
	if !ok || i >= len(s) || s[i] != ' ' || !m.clock(s, i+1) {
		return 0, 0, false
	}
	m.day = int(day)
	i += 9
	i += m.fraction(s, i)
	nanos, ok = m.in(c.Zone)
	return nanos, i, ok
}

// startsWithYear reports whether s begins with the time of NX-OS.
func startsWithYear(s string) bool {
	return len(s) > 19 && s[4] == ' ' && leadingDigits(s[:4]) == 4 && monthNumber(s[5:]) > 0
}

// leadingWord returns the length of s up to a space or a colon.
func leadingWord(s string) int {
	n := 0
	for n < len(s) && s[n] != ' ' && s[n] != ':' {
		n++
	}
	return n
}

// ciscoZone returns the name of a zone that follows a time: " CEST:".
func ciscoZone(s string) (name string, width int) {
	if s == "" || s[0] != ' ' {
		return "", 0
	}
	n := 1
	for n < len(s) && n < 7 && isUpper(s[n]) {
		n++
	}
	if n < 3 {
		return "", 0
	}
	// Names are followed by the colon that ends the header; a host is not in
	// upper case where it stands there.
	if n < len(s) && s[n] != ':' && (s[n] != ' ' || !strings.HasPrefix(strings.TrimLeft(s[n:], " "), ":")) {
		if _, known := namedZone(s[1:n]); !known || s[n] != ' ' {
			return "", 0
		}
	}
	return s[1:n], n
}

// namedZone returns the offset, in seconds, of a zone's name that means one
// thing only, or nearly so: MST and its like are those of America. CST, IST and BST
// are used for several zones and stay unknown.
func namedZone(name string) (offset int, ok bool) {
	switch name {
	case "UTC", "GMT", "WET":
		return 0, true
	case "CET", "WEST", "MEZ":
		return 3600, true
	case "CEST", "EET", "MESZ", "SAST", "CAT":
		return 2 * 3600, true
	case "EEST", "MSK", "EAT":
		return 3 * 3600, true
	case "PKT":
		return 5 * 3600, true
	case "SGT", "HKT", "AWST":
		return 8 * 3600, true
	case "JST", "KST":
		return 9 * 3600, true
	case "AEST":
		return 10 * 3600, true
	case "AEDT":
		return 11 * 3600, true
	case "NZST":
		return 12 * 3600, true
	case "NZDT":
		return 13 * 3600, true
	case "BRT", "ART":
		return -3 * 3600, true
	case "EDT":
		return -4 * 3600, true
	case "EST", "CDT":
		return -5 * 3600, true
	case "MDT":
		return -6 * 3600, true
	case "MST", "PDT":
		return -7 * 3600, true
	case "PST", "AKDT":
		return -8 * 3600, true
	case "AKST":
		return -9 * 3600, true
	case "HST":
		return -10 * 3600, true
	default:
		return 0, false
	}
}

// word reads one word of the header: a number, a node, a process, an uptime or a
// host.
func (h *ciscoHeader) word() bool {
	s := h.s
	n := 0
	for n < len(s) && s[n] != ' ' && (s[n] != ':' || n+1 < len(s) && s[n+1] != ' ' && !startsWithMonth(s[n+1:]) && !startsWithYear(s[n+1:])) {
		n++
	}
	word := s[:n]
	h.s = s[n:]
	v := &h.v
	switch {
	case leadingDigits(word) == len(word):
		v.sequence = strings.TrimLeft(word, "0")
		return len(word) <= 18
	case word == "SFIMS": // the tag of a Firepower sensor
		v.program = word
	case isCiscoUptime(word):
		v.uptime = word
	case strings.HasPrefix(word, "RP/") || strings.HasPrefix(word, "LC/") || word[0] == '0' && strings.Contains(word, "/RP"):
		v.node = word
	case word[0] == '*' && isHost(word[1:]): // the task of a wireless controller
		v.program = word[1:]
	case strings.HasSuffix(word, "]") && strings.IndexByte(word, '[') > 0:
		open := strings.IndexByte(word, '[')
		if leadingDigits(word[open+1:]) != len(word)-open-2 {
			return false
		}
		v.program, v.pid = word[:open], word[open+1:len(word)-1]
		h.last = true
	case isHost(word) && (h.hosts == 0 || h.hosts == 1 && strings.HasPrefix(strings.TrimLeft(h.s, " "), ":")):
		v.host = word // the device's own name stands behind that of a relay
		h.hosts++
	default:
		return false
	}
	return true
}

// isCiscoUptime reports whether a word is the time since the device started:
// "00:01:01", "1d02h", "3w4d", "1y12w".
func isCiscoUptime(word string) bool {
	if len(word) < 4 || !isDigit(word[0]) || len(word) > 12 {
		return false
	}
	if strings.IndexByte(word, ':') > 0 {
		var m moment
		return len(word) == 8 && m.clock(word, 0)
	}
	units := 0
	for i := 0; i < len(word); units++ {
		n := leadingDigits(word[i:])
		if n == 0 || i+n >= len(word) || strings.IndexByte("ywdhms", word[i+n]) < 0 {
			return false
		}
		i += n + 1
	}
	return units > 1
}
