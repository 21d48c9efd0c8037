package format

import (
	"strings"
	"time"
)

// deviceTime reads all of s as a time in one of the ways appliances write it in
// CEF, LEEF and other lines of keys and values: what anyTime reads, "Sep 05 2024
// 10:30:00.123 GMT", also without the year or the zone, "Thu Sep  5 10:30:00
// 2024", "Thu Sep 05 10:30:00 UTC 2024", "05 Sep 2024 10:30:00", "09/05/2024"
// not: which number is the month is anybody's guess.
func deviceTime(s string, c *Context) (nanos int64, ok bool) {
	if nanos, ok = anyTime(s, c.Zone); ok {
		return nanos, true
	}
	s = cutWeekday(s)
	if len(s) < 14 {
		return 0, false
	}
	if isDigit(s[0]) {
		return dayFirstTime(s, c)
	}
	local, n, ok := bsdTime(s, c)
	if !ok {
		return 0, false
	}
	rest := strings.TrimLeft(s[n:], " ")
	if rest == "" {
		return local, true
	}
	if len(rest) == 4 && leadingDigits(rest) == 4 {
		return yearLast(s[:n], rest, "", c)
	}
	if i := strings.LastIndexByte(rest, ' '); i > 0 && len(rest)-i == 5 && leadingDigits(rest[i+1:]) == 4 {
		return yearLast(s[:n], rest[i+1:], rest[:i], c)
	}
	return bsdTimeIn(s[:n], rest, c)
}

// cutWeekday takes "Thu, " or "Thu " off.
func cutWeekday(s string) string {
	if len(s) < 5 {
		return s
	}
	switch s[:3] {
	case "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun":
		if rest := strings.TrimPrefix(s[3:], ","); rest[0] == ' ' {
			return strings.TrimLeft(rest, " ")
		}
	}
	return s
}

// bsdTimeIn reads text as bsdTime does, in the zone that is written behind it.
// Zones with a name other than UTC are not known, and then the time is not.
func bsdTimeIn(text, zone string, c *Context) (nanos int64, ok bool) {
	offset, n := zoneOffset(zone)
	if n != len(zone) {
		if zone, ok = strings.CutPrefix(zone, "GMT"); !ok {
			return 0, false
		}
		if offset, n = signedOffset(zone); n == 0 || n != len(zone) {
			return 0, false
		}
	}
	at := *c
	at.Zone = nil
	at.Received = c.Received.Add(time.Duration(offset) * time.Second)
	nanos, _, ok = bsdTime(text, &at)
	return nanos - int64(offset)*1e9, ok
}

// yearLast reads "Sep  5 10:30:00" with the year written behind it.
func yearLast(text, year, zone string, c *Context) (nanos int64, ok bool) {
	i := strings.LastIndexByte(text, ' ')
	if i < 0 || num4(year, 0) < 1970 {
		return 0, false
	}
	whole := text[:i+1] + year + text[i:]
	if zone == "" {
		nanos, _, ok = bsdTime(whole, c)
		return nanos, ok
	}
	return bsdTimeIn(whole, zone, c)
}

// dayFirstTime reads "05 Sep 2024 10:30:00", "5-Sep-2024 10:30:00.123" and
// "05/Sep/2024 10:30:00", with a zone or without.
func dayFirstTime(s string, c *Context) (nanos int64, ok bool) {
	m, n, ok := dayFirst(s)
	if !ok {
		return 0, false
	}
	rest := strings.TrimLeft(s[n:], " ")
	if rest == "" {
		return m.in(c.Zone)
	}
	offset, width := zoneOffset(rest)
	if width != len(rest) {
		return 0, false
	}
	return m.unix(offset)
}

// dayFirst reads "05-Sep-2024 10:30:00.123" at the start of s and returns how many
// bytes that took.
func dayFirst(s string) (m moment, n int, ok bool) {
	i := leadingDigits(s[:min(len(s), 3)])
	if i < 1 || i > 2 || len(s) < i+18 {
		return m, 0, false
	}
	for _, b := range []byte(s[:i]) {
		m.day = m.day*10 + int(b-'0')
	}
	sep := s[i]
	if sep != '-' && sep != ' ' && sep != '/' || s[i+4] != sep || s[i+9] != ' ' && s[i+9] != ':' {
		return m, 0, false
	}
	m.month, m.year = monthNumber(s[i+1:i+4]), num4(s, i+5)
	if !m.clock(s, i+10) || !m.valid() {
		return m, 0, false
	}
	n = i + 18
	return m, n + m.fraction(s, n), true
}
