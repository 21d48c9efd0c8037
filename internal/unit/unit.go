// Package unit holds the value types of configuration: sizes in bytes,
// durations with days and weeks, and secrets that do not print.
//
// Each reads and writes text (encoding.TextUnmarshaler, TextMarshaler), so that
// YAML, flags and environment variables accept the same words. The zero values
// are 0 bytes, 0 seconds and no secret. All are values: copies are independent
// and safe for concurrent use.
package unit

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Bytes is a size in bytes, written "64MiB", "256KiB", "1.5GiB", "10GB" or as a
// plain number of bytes.
type Bytes int64

// The binary units.
const (
	KiB Bytes = 1 << 10
	MiB Bytes = 1 << 20
	GiB Bytes = 1 << 30
	TiB Bytes = 1 << 40
)

// The largest values that are read. Past them a value is a mistake, and no
// arithmetic below can overflow.
const (
	MaxBytes    = 1 << 20 * TiB
	MaxDuration = 36_500 * Day
)

type scale struct {
	name   string
	factor int64
}

// byteScales lists what may follow the number. A bare "M" is refused because
// half of the readers take it for 1,000,000 and half for 1,048,576.
var byteScales = [...]scale{
	{"TiB", int64(TiB)},
	{"GiB", int64(GiB)},
	{"MiB", int64(MiB)},
	{"KiB", int64(KiB)},
	{"TB", 1e12},
	{"GB", 1e9},
	{"MB", 1e6},
	{"kB", 1e3},
	{"B", 1},
	{"", 1},
}

// ParseBytes reads a size. Units are TiB, GiB, MiB, KiB (powers of 1024), TB,
// GB, MB, kB (powers of 1000) and B, in any case; a fraction of a byte and a
// negative size are errors.
func ParseBytes(s string) (Bytes, error) {
	number, name := splitNumber(s)
	if number == "" {
		return 0, fmt.Errorf(`%q is not a size; expected a number with an optional unit such as "64MiB"`, s)
	}
	for _, unit := range byteScales {
		if strings.EqualFold(unit.name, name) {
			return scaleBytes(s, number, unit.factor)
		}
	}
	return 0, fmt.Errorf("%q has the unknown unit %q; expected B, KiB, MiB, GiB, TiB, kB, MB, GB or TB", s, name)
}

func scaleBytes(s, number string, factor int64) (Bytes, error) {
	whole, fraction, hasFraction := strings.Cut(number, ".")
	n, ok := parseDecimal(whole)
	part, exact := int64(0), true
	if hasFraction {
		part, exact = fractionOf(fraction, factor)
	}
	if !ok || n > (int64(MaxBytes)-part)/factor {
		return 0, fmt.Errorf("%q is too large; a size is at most %v", s, MaxBytes)
	}
	if !exact {
		return 0, fmt.Errorf("%q is not a whole number of bytes", s)
	}
	return Bytes(n*factor + part), nil
}

// String writes b in the largest binary unit that divides it: "64MiB", "1500B".
func (b Bytes) String() string {
	for _, unit := range byteScales[:4] {
		if f := Bytes(unit.factor); b != 0 && b%f == 0 {
			return fmt.Sprintf("%d%s", b/f, unit.name)
		}
	}
	return fmt.Sprintf("%dB", int64(b))
}

// MarshalText writes what String writes.
func (b Bytes) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText reads what ParseBytes reads.
func (b *Bytes) UnmarshalText(text []byte) error {
	v, err := ParseBytes(string(text))
	if err != nil {
		return err
	}
	*b = v
	return nil
}

// Duration is a length of time, written "20ms", "30s", "1h30m", "7d" or "2w".
// A day is 24 hours, whatever the calendar does.
type Duration time.Duration

// The units that time.Duration has no constant for.
const (
	Day  = Duration(24 * time.Hour)
	Week = 7 * Day
)

var durationScales = [...]scale{
	{"w", int64(Week)},
	{"d", int64(Day)},
	{"h", int64(time.Hour)},
	{"m", int64(time.Minute)},
	{"s", int64(time.Second)},
	{"ms", int64(time.Millisecond)},
	{"us", int64(time.Microsecond)},
	{"µs", int64(time.Microsecond)},
	{"ns", 1},
}

// ParseDuration reads a duration: numbers with units ns, us (µs), ms, s, m, h, d
// and w, one after the other. "0" needs no unit, every other number does;
// negative durations are errors.
func ParseDuration(s string) (Duration, error) {
	rest := strings.TrimSpace(s)
	if rest == "0" {
		return 0, nil
	}
	if rest == "" {
		return 0, fmt.Errorf(`%q is not a duration; expected a number with a unit such as "30s"`, s)
	}
	var sum int64
	for rest != "" {
		n, after, err := durationTerm(s, rest)
		if err != nil {
			return 0, err
		}
		if sum += n; sum > int64(MaxDuration) {
			return 0, fmt.Errorf("%q is too long; a duration is at most %v", s, MaxDuration)
		}
		rest = after
	}
	return Duration(sum), nil
}

// durationTerm reads one number with its unit from the front of rest.
func durationTerm(s, rest string) (int64, string, error) {
	number, after := splitNumber(rest)
	if number == "" {
		return 0, "", fmt.Errorf(`%q is not a duration; expected a number with a unit such as "30s"`, s)
	}
	end := strings.IndexFunc(after, func(r rune) bool { return r >= '0' && r <= '9' || r == '.' || r == ' ' })
	if end < 0 {
		end = len(after)
	}
	name := after[:end]
	if name == "" {
		return 0, "", fmt.Errorf("%q has no unit after %s; expected ns, us, ms, s, m, h, d or w", s, number)
	}
	for _, unit := range durationScales {
		if unit.name != name {
			continue
		}
		n, err := scaleDuration(s, number, unit.factor)
		return n, strings.TrimLeft(after[end:], " "), err
	}
	return 0, "", fmt.Errorf("%q has the unknown unit %q; expected ns, us, ms, s, m, h, d or w", s, name)
}

func scaleDuration(s, number string, factor int64) (int64, error) {
	whole, fraction, hasFraction := strings.Cut(number, ".")
	n, ok := parseDecimal(whole)
	part, exact := int64(0), true
	if hasFraction {
		part, exact = fractionOf(fraction, factor)
	}
	if !ok || n > (int64(MaxDuration)-part)/factor {
		return 0, fmt.Errorf("%q is too long; a duration is at most %v", s, MaxDuration)
	}
	if !exact {
		return 0, fmt.Errorf("%q is finer than a nanosecond", s)
	}
	return n*factor + part, nil
}

// Std returns d as the standard library's type.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// String writes d without zero parts, whole days as such: "7d", "25h", "1h30m",
// "20ms", "0s".
func (d Duration) String() string {
	if d != 0 && d%Day == 0 {
		return fmt.Sprintf("%dd", d/Day)
	}
	return trimZeroParts(time.Duration(d).String())
}

// trimZeroParts cuts the "0s" and "0m" that the standard library writes after
// larger units.
func trimZeroParts(s string) string {
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-len("0s")]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-len("0m")]
	}
	return s
}

// MarshalText writes what String writes.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseDuration reads.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := ParseDuration(string(text))
	if err != nil {
		return err
	}
	*d = v
	return nil
}

// splitNumber cuts the digits (with at most one point among them) off the front
// of s; space around the number is dropped.
func splitNumber(s string) (number, rest string) {
	s = strings.TrimSpace(s)
	end, points := 0, 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] == '.' && points == 0) {
		if s[end] == '.' {
			points++
		}
		end++
	}
	number, rest = s[:end], strings.TrimSpace(s[end:])
	if strings.HasPrefix(number, ".") || strings.HasSuffix(number, ".") || strings.HasPrefix(rest, ".") {
		return "", s
	}
	return number, rest
}

// parseDecimal reads digits; it reports false when they do not fit.
func parseDecimal(digits string) (int64, bool) {
	var n int64
	for i := 0; i < len(digits); i++ {
		if n > (math.MaxInt64-9)/10 {
			return 0, false
		}
		n = n*10 + int64(digits[i]-'0')
	}
	return n, true
}

// fractionOf returns 0.<digits> times factor; it reports false when that is not
// a whole number.
func fractionOf(digits string, factor int64) (int64, bool) {
	digits = strings.TrimRight(digits, "0")
	if len(digits) > 9 {
		return 0, false
	}
	n, _ := parseDecimal(digits)
	divisor := int64(math.Pow10(len(digits)))
	// n < 1e9 and factor <= 604,800e9 would overflow, so the whole part of the
	// division goes first.
	whole, rest := factor/divisor, factor%divisor
	part := n * whole
	if n*rest%divisor != 0 {
		return 0, false
	}
	return part + n*rest/divisor, true
}
