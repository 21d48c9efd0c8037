package sigma

import (
	"strings"
	"time"
)

// timePart returns a part of the timestamp that text holds, as it is written
// there: RFC 3339, "2006-01-02 15:04:05" with an optional fraction, and, in UTC,
// seconds or milliseconds since 1970. The week is that of ISO 8601.
func timePart(text, part string) (int64, bool) {
	t, ok := parseTime(text)
	if !ok {
		return 0, false
	}
	switch part {
	case "minute":
		return int64(t.Minute()), true
	case "hour":
		return int64(t.Hour()), true
	case "day":
		return int64(t.Day()), true
	case "week":
		_, week := t.ISOWeek()
		return int64(week), true
	case "month":
		return int64(t.Month()), true
	}
	return int64(t.Year()), true
}

// milliEpoch is the smallest number that is read as milliseconds; as seconds it
// would lie in the year 5138.
const milliEpoch = 100_000_000_000

// maxMillis is the last millisecond of the year 9999.
const maxMillis = 253_402_300_799_999

func parseTime(text string) (time.Time, bool) {
	if len(text) < 1 || len(text) > 40 {
		return time.Time{}, false
	}
	if num, ok := parseDecimal(text); ok {
		return epochTime(num)
	}
	if len(text) < len("2006-01-02T15:04:05") || text[4] != '-' {
		return time.Time{}, false
	}
	layout := time.RFC3339Nano
	if text[10] == ' ' {
		layout = time.DateTime
	}
	t, err := time.Parse(layout, strings.ToUpper(text))
	return t, err == nil
}

func epochTime(num decimal) (time.Time, bool) {
	whole := num
	whole.frac = ""
	v, ok := whole.small()
	if !ok || v < -maxMillis || v > maxMillis {
		return time.Time{}, false
	}
	if v >= milliEpoch || v <= -milliEpoch {
		return time.UnixMilli(v).UTC(), true
	}
	if num.negative && num.frac != "" {
		v--
	}
	return time.Unix(v, 0).UTC(), true
}
