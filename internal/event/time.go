package event

import "time"

const (
	nanosPerSecond = 1_000_000_000
	secondsPerDay  = 86_400
)

// AppendTime appends the time that is nanos after 1970 UTC as RFC 3339 in UTC,
// with as many digits of the fraction as it needs. Every int64 has a form.
func AppendTime(dst []byte, nanos int64) []byte {
	seconds, fraction := floorDiv(nanos, nanosPerSecond)
	days, second := floorDiv(seconds, secondsPerDay)
	year, month, day := civil(days)
	dst = append(dst,
		byte('0'+year/1000), byte('0'+year/100%10), byte('0'+year/10%10), byte('0'+year%10), '-',
		byte('0'+month/10), byte('0'+month%10), '-',
		byte('0'+day/10), byte('0'+day%10), 'T')
	hour, minute, sec := second/3600, second/60%60, second%60
	dst = append(dst,
		byte('0'+hour/10), byte('0'+hour%10), ':',
		byte('0'+minute/10), byte('0'+minute%10), ':',
		byte('0'+sec/10), byte('0'+sec%10))
	if fraction != 0 {
		dst = appendFraction(dst, fraction)
	}
	return append(dst, 'Z')
}

func appendFraction(dst []byte, nanos int64) []byte {
	var digits [9]byte
	for i := 8; i >= 0; i-- {
		digits[i] = byte('0' + nanos%10)
		nanos /= 10
	}
	n := 9
	for digits[n-1] == '0' {
		n--
	}
	dst = append(dst, '.')
	return append(dst, digits[:n]...)
}

// ParseTime reads an RFC 3339 time with up to nine digits of fraction and
// returns it as nanoseconds since 1970 UTC. It reports false for anything else,
// for days that the month does not have, for second 60, and for times that do
// not fit (before 1677-09-21 and after 2262-04-11).
func ParseTime(s string) (int64, bool) {
	if len(s) < len("2006-01-02T15:04:05Z") || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' {
		return 0, false
	}
	year := digits2(s, 0)*100 + digits2(s, 2)
	month, day := digits2(s, 5), digits2(s, 8)
	hour, minute, second := digits2(s, 11), digits2(s, 14), digits2(s, 17)
	// A pair that isn't two digits is at least 100 and fails these bounds; a
	// year made of such a pair fails the last one.
	if month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59 || year > 2262 {
		return 0, false
	}
	fraction, rest, ok := parseFraction(s[19:])
	if !ok {
		return 0, false
	}
	offset, ok := parseOffset(rest)
	if !ok {
		return 0, false
	}
	seconds := daysSince1970(year, month, day)*secondsPerDay + int64(hour*3600+minute*60+second) - offset
	return joinNanos(seconds, fraction)
}

// joinNanos returns seconds and nanos as one number, or false when that does
// not fit.
func joinNanos(seconds, nanos int64) (int64, bool) {
	const limit = 9_223_372_036
	if seconds > limit || seconds < -limit-1 {
		return 0, false
	}
	if seconds >= 0 {
		total := seconds*nanosPerSecond + nanos
		return total, total >= 0
	}
	// Counted towards zero, so that the first second of the range doesn't
	// overflow on the way.
	total := (seconds+1)*nanosPerSecond + (nanos - nanosPerSecond)
	return total, total < 0
}

// digits2 returns the number that the two bytes of s at i write, or something
// of at least 100 when they aren't digits.
func digits2(s string, i int) int {
	a, b := s[i]-'0', s[i+1]-'0'
	if a > 9 || b > 9 {
		return 10_000
	}
	return int(a)*10 + int(b)
}

func parseFraction(s string) (nanos int64, rest string, ok bool) {
	if s[0] != '.' {
		return 0, s, true
	}
	i := 1
	scale := int64(nanosPerSecond)
	for ; i < len(s) && s[i]-'0' <= 9; i++ {
		if scale == 1 {
			return 0, "", false
		}
		nanos = nanos*10 + int64(s[i]-'0')
		scale /= 10
	}
	if i == 1 || i == len(s) {
		return 0, "", false
	}
	return nanos * scale, s[i:], true
}

// parseOffset returns the seconds east of UTC that a zone writes.
func parseOffset(zone string) (int64, bool) {
	if zone == "Z" {
		return 0, true
	}
	if len(zone) != len("+00:00") || zone[3] != ':' || zone[0] != '+' && zone[0] != '-' {
		return 0, false
	}
	hour, minute := digits2(zone, 1), digits2(zone, 4)
	if hour > 23 || minute > 59 {
		return 0, false
	}
	offset := int64(hour*3600 + minute*60)
	if zone[0] == '-' {
		offset = -offset
	}
	return offset, true
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	default:
		return 31
	}
}

// daysSince1970 counts the days of the proleptic Gregorian calendar. Years run
// from March here, which puts the leap day last: day of the year follows from
// the month by one line.
func daysSince1970(year, month, day int) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	era := year / 400
	yearOfEra := year - era*400
	dayOfYear := (153*(month-3)+2)/5 + day - 1
	dayOfEra := yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear
	return int64(era)*146_097 + int64(dayOfEra) - 719_468
}

// civil is the inverse of daysSince1970, for years after 0.
func civil(days int64) (year, month, day int64) {
	days += 719_468
	era := days / 146_097
	dayOfEra := days - era*146_097
	yearOfEra := (dayOfEra - dayOfEra/1460 + dayOfEra/36_524 - dayOfEra/146_096) / 365
	dayOfYear := dayOfEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	fromMarch := (5*dayOfYear + 2) / 153
	day = dayOfYear - (153*fromMarch+2)/5 + 1
	month, year = fromMarch+3, yearOfEra+era*400
	if month > 12 {
		month, year = month-12, year+1
	}
	return year, month, day
}

func floorDiv(a, b int64) (quotient, remainder int64) {
	quotient, remainder = a/b, a%b
	if remainder < 0 {
		quotient, remainder = quotient-1, remainder+b
	}
	return quotient, remainder
}

// fitsNanos reports whether t fits into nanoseconds since 1970.
func fitsNanos(t time.Time) bool {
	_, ok := joinNanos(t.Unix(), int64(t.Nanosecond()))
	return ok
}
