package format

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Times are read by hand: the layouts are fixed, and an event's time is a
// number of nanoseconds, so nothing is gained by a time.Time in between. Every
// reader is strict: 31 February and 25 o'clock are not times. A second 60 is
// one only at a UTC midnight, where leap seconds are put in; it counts as the
// first second of the next day. Years outside 1678 to 2261 do not fit the
// event's nanoseconds and are not times either.

// moment is a date and time of day, fields as written.
type moment struct {
	year, month, day     int
	hour, minute, second int
	nano                 int
}

// unix returns the moment in nanoseconds since 1970 for a clock that is offset
// seconds ahead of UTC; ok is false when there is no such moment.
func (m moment) unix(offset int) (nanos int64, ok bool) {
	if !m.valid() {
		return 0, false
	}
	seconds := daysSince1970(m.year, m.month, m.day)*86400 + int64(m.hour*3600+m.minute*60+m.second) - int64(offset)
	if m.second == 60 && seconds%86400 != 0 {
		return 0, false
	}
	return seconds*1e9 + int64(m.nano), true
}

// in returns the moment in nanoseconds since 1970 for the clock of zone; nil is
// UTC. A time that the clock skips or shows twice is taken as time.Date does.
func (m moment) in(zone *time.Location) (nanos int64, ok bool) {
	nanos, ok = m.unix(0)
	if !ok || zone == nil || zone == time.UTC {
		return nanos, ok
	}
	return time.Date(m.year, time.Month(m.month), m.day, m.hour, m.minute, m.second, m.nano, zone).UnixNano(), true
}

func (m moment) valid() bool {
	return m.year >= 1678 && m.year <= 2261 && m.month >= 1 && m.month <= 12 && m.day >= 1 && m.day <= daysIn(m.year, m.month) &&
		m.hour >= 0 && m.hour <= 23 && m.minute >= 0 && m.minute <= 59 && m.second >= 0 && m.second <= 60
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	default:
		return 31
	}
}

// daysSince1970 counts the days of the proleptic Gregorian calendar. Years are
// taken to begin in March, which puts the leap day last and makes the days
// before a month a linear function.
func daysSince1970(year, month, day int) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	return int64(365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 719469)
}

// monthNumber returns 1 to 12 for the three letters of an English month name,
// in any case, and 0 for anything else.
func monthNumber(s string) int {
	if len(s) < 3 {
		return 0
	}
	switch uint32(s[0]|0x20)<<16 | uint32(s[1]|0x20)<<8 | uint32(s[2]|0x20) {
	case 'j'<<16 | 'a'<<8 | 'n':
		return 1
	case 'f'<<16 | 'e'<<8 | 'b':
		return 2
	case 'm'<<16 | 'a'<<8 | 'r':
		return 3
	case 'a'<<16 | 'p'<<8 | 'r':
		return 4
	case 'm'<<16 | 'a'<<8 | 'y':
		return 5
	case 'j'<<16 | 'u'<<8 | 'n':
		return 6
	case 'j'<<16 | 'u'<<8 | 'l':
		return 7
	case 'a'<<16 | 'u'<<8 | 'g':
		return 8
	case 's'<<16 | 'e'<<8 | 'p':
		return 9
	case 'o'<<16 | 'c'<<8 | 't':
		return 10
	case 'n'<<16 | 'o'<<8 | 'v':
		return 11
	case 'd'<<16 | 'e'<<8 | 'c':
		return 12
	default:
		return 0
	}
}

// num2 reads two digits at s[i:]; it returns -1 when there are none. The caller
// has checked the length.
func num2(s string, i int) int {
	a, b := s[i]-'0', s[i+1]-'0'
	if a > 9 || b > 9 {
		return -1
	}
	return int(a)*10 + int(b)
}

// num4 reads four digits at s[i:], -1 when there are none.
func num4(s string, i int) int {
	a, b := num2(s, i), num2(s, i+2)
	if a < 0 || b < 0 {
		return -1
	}
	return a*100 + b
}

// clock reads "10:30:00" at s[i:] into m.
func (m *moment) clock(s string, i int) bool {
	if i+8 > len(s) || s[i+2] != ':' || s[i+5] != ':' {
		return false
	}
	m.hour, m.minute, m.second = num2(s, i), num2(s, i+3), num2(s, i+6)
	return m.hour >= 0 && m.minute >= 0 && m.second >= 0
}

// fraction reads ".123" or ",123" at s[i:] into m and returns how many bytes
// that took, 0 where there is none. Digits past the ninth are cut.
func (m *moment) fraction(s string, i int) int {
	if i+1 >= len(s) || s[i] != '.' && s[i] != ',' || !isDigit(s[i+1]) {
		return 0
	}
	nano, unit, j := 0, 100_000_000, i+1
	for ; j < len(s) && isDigit(s[j]); j++ {
		nano += int(s[j]-'0') * unit
		unit /= 10
	}
	m.nano = nano
	return j - i
}

// clfTime reads the time of the common log format, "05/Sep/2024:10:30:00 +0000",
// which must be all of s.
func clfTime(s string) (nanos int64, ok bool) {
	if len(s) != 26 || s[2] != '/' || s[6] != '/' || s[11] != ':' || s[20] != ' ' {
		return 0, false
	}
	m := moment{year: num4(s, 7), month: monthNumber(s[3:6]), day: num2(s, 0)}
	offset, n := zoneOffset(s[21:])
	if n != 5 || !m.clock(s, 12) {
		return 0, false
	}
	return m.unix(offset)
}

// isoTime reads a date and time at the start of s: "2024-09-05T10:30:00", or
// with a space or '/' in place of 'T', or with '/' in the date; then a fraction
// with '.' or ','; then a zone, "Z", "+02:00", "+0200", "+02", " +0200", " UTC"
// or " GMT". A time without a zone is of the clock of zone. It returns how many
// bytes it read.
func isoTime(s string, zone *time.Location) (nanos int64, n int, ok bool) {
	if len(s) < 19 || s[4] != s[7] || s[4] != '-' && s[4] != '/' {
		return 0, 0, false
	}
	if s[10] != 'T' && s[10] != ' ' && s[10] != 't' {
		return 0, 0, false
	}
	m := moment{year: num4(s, 0), month: num2(s, 5), day: num2(s, 8)}
	if !m.clock(s, 11) {
		return 0, 0, false
	}
	n = 19 + m.fraction(s, 19)
	if offset, width := spacedZone(s[n:]); width > 0 {
		nanos, ok = m.unix(offset)
		return nanos, n + width, ok
	}
	nanos, ok = m.in(zone)
	return nanos, n, ok
}

// rfc3339Time reads all of s as isoTime does.
func rfc3339Time(s string, zone *time.Location) (nanos int64, ok bool) {
	nanos, n, ok := isoTime(s, zone)
	return nanos, ok && n == len(s)
}

// spacedZone reads a zone that may follow a space; the space counts only when a
// zone follows.
func spacedZone(s string) (offset, n int) {
	if s == "" || s[0] != ' ' {
		return zoneOffset(s)
	}
	offset, n = zoneOffset(s[1:])
	if n > 0 {
		n++
	}
	return offset, n
}

// zoneOffset reads "Z", "UTC", "GMT", "+02:00", "-0700" or "+02" at the start of
// s: the seconds ahead of UTC, and how many bytes that took, 0 for none. Other
// zone names are not known: they are ambiguous and their offsets change.
func zoneOffset(s string) (offset, n int) {
	if s == "" {
		return 0, 0
	}
	switch s[0] {
	case 'Z', 'z':
		return 0, wordEnd(s, 1)
	case 'U', 'G':
		if len(s) >= 3 && (s[:3] == "UTC" || s[:3] == "GMT") {
			return 0, wordEnd(s, 3)
		}
		return 0, 0
	case '+', '-':
		return signedOffset(s)
	default:
		return 0, 0
	}
}

// wordEnd returns n when no letter or digit follows s[:n], else 0.
func wordEnd(s string, n int) int {
	if n < len(s) && isAlnum(s[n]) {
		return 0
	}
	return n
}

func signedOffset(s string) (offset, n int) {
	if len(s) < 3 {
		return 0, 0
	}
	hours, minutes, n := num2(s, 1), 0, 3
	switch {
	case len(s) >= 6 && s[3] == ':':
		minutes, n = num2(s, 4), 6
	case len(s) >= 5 && isDigit(s[3]):
		minutes, n = num2(s, 3), 5
	}
	if n < len(s) && s[n] == 'Z' { // "+00:00Z", as some relays write
		n++
	}
	if hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || wordEnd(s, n) == 0 {
		return 0, 0
	}
	offset = hours*3600 + minutes*60
	if s[0] == '-' {
		offset = -offset
	}
	return offset, n
}

// bsdTime reads an RFC 3164 time at the start of s: "Sep  5 10:30:00", also with
// one space or a zero before a single digit, with a year ("Sep  5 2024
// 10:30:00") and with a fraction. Where no year is written it is the one that
// puts the time nearest to c.Received; the zone is c.Zone. It returns how many
// bytes it read.
func bsdTime(s string, c *Context) (nanos int64, n int, ok bool) {
	if len(s) < 14 || s[3] != ' ' {
		return 0, 0, false
	}
	m := moment{month: monthNumber(s)}
	i := 4
	if s[i] == ' ' {
		i++
	}
	width := leadingDigits(s[i:min(i+3, len(s))])
	switch width {
	case 1:
		m.day = int(s[i] - '0')
	case 2:
		m.day = num2(s, i)
	}
	i += width
	if m.month == 0 || m.day == 0 || i >= len(s) || s[i] != ' ' {
		return 0, 0, false
	}
	i++
	if i+5 <= len(s) && s[i+4] == ' ' && num4(s, i) > 0 {
		m.year = num4(s, i)
		i += 5
	}
	if !m.clock(s, i) {
		return 0, 0, false
	}
	i += 8
	i += m.fraction(s, i)
	nanos, ok = m.logged(c)
	return nanos, i, ok
}

// logged returns the moment of the clock of c.Zone, in the nearest year where none
// is written.
func (m moment) logged(c *Context) (nanos int64, ok bool) {
	if m.year > 0 {
		return m.in(c.Zone)
	}
	return m.nearest(c)
}

// aheadLimit is how far after its reception a time without a year may lie: clocks
// that are wrong are wrong by less, and a log that is read months later was not
// written in the future.
const aheadLimit = 7 * 24 * time.Hour

// nearest returns the moment in the year that puts it nearest to c.Received, but
// not more than aheadLimit after it; of two equally near the earlier. For 29
// February the years that do not have it are passed over.
func (m moment) nearest(c *Context) (nanos int64, ok bool) {
	reach := 1
	if m.month == 2 && m.day == 29 {
		reach = 8 // 1896 and 1904: the widest gap between leap years
	}
	received, best := c.Received.UnixNano(), int64(0)
	year := c.Received.UTC().Year()
	for m.year = year - reach; m.year <= year+reach; m.year++ {
		t, valid := m.in(c.Zone)
		if !valid || t-received > int64(aheadLimit) {
			continue
		}
		if distance := abs(t - received); !ok || distance < best {
			nanos, best, ok = t, distance, true
		}
	}
	return nanos, ok
}

func abs(v int64) int64 {
	if v < 0 {
		return -v
	}
	return v
}

// epochTime reads all of s as the time since 1970 UTC, with a fraction or
// without. The unit follows from the size: seconds up to the year 5138, then
// milliseconds, microseconds and nanoseconds. A number that would be before
// March 1973 in seconds is not a time: uptimes and counters look like that.
func epochTime(s string) (nanos int64, ok bool) {
	whole := leadingDigits(s)
	if whole < 9 || whole > 19 || s[0] == '0' {
		return exponentTime(s)
	}
	v, ok := parseUint(s[:whole])
	if !ok {
		return 0, false
	}
	unit := epochUnit(v)
	if v > (1<<63-1)/unit-1 {
		return 0, false
	}
	nanos = v * unit
	if whole == len(s) {
		return nanos, true
	}
	var m moment
	if n := m.fraction(s, whole); s[whole] != '.' || whole+n != len(s) || n == 0 {
		return exponentTime(s)
	}
	return nanos + int64(m.nano)*unit/1e9, true
}

// epochUnit returns the nanoseconds of the unit that a count of v since 1970 is
// in.
func epochUnit(v int64) int64 {
	switch {
	case v < 1e11:
		return 1e9
	case v < 1e14:
		return 1e6
	case v < 1e17:
		return 1e3
	default:
		return 1
	}
}

// exponentTime reads numbers like 1.725531e+09, which some JSON writers make of
// seconds, to the microsecond: a float64 holds no more.
func exponentTime(s string) (nanos int64, ok bool) {
	if len(s) < 3 || len(s) > 32 || !isDigit(s[0]) || strings.IndexByte(s, 'e')+strings.IndexByte(s, 'E') < 0 || !isNumber(s) {
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || v < 1e8 || v >= 9.2e18 {
		return 0, false
	}
	if v >= 1e11 {
		return int64(v) * epochUnit(int64(v)), true
	}
	return int64(math.Round(v*1e6)) * 1e3, v < 9.2e9
}
