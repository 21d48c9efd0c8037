package sigma

import (
	"math"
	"strconv"
	"strings"
)

// decimal is a plain decimal number taken apart, so that numbers compare
// exactly whatever their size and without allocating: whole has no leading
// zeros, frac no trailing ones, and zero is not negative.
type decimal struct {
	negative    bool
	whole, frac string
}

// parseDecimal reads a plain decimal number: an optional sign, digits, and an
// optional fraction ("4624", "-1.50"; not "0x10", "1e3", "1,5", ".5").
func parseDecimal(s string) (decimal, bool) {
	var d decimal
	if s != "" && (s[0] == '-' || s[0] == '+') {
		d.negative = s[0] == '-'
		s = s[1:]
	}
	whole, frac, dot := strings.Cut(s, ".")
	if !isDigits(whole) || dot && !isDigits(frac) {
		return decimal{}, false
	}
	d.whole = strings.TrimLeft(whole, "0")
	d.frac = strings.TrimRight(frac, "0")
	if d.whole == "" && d.frac == "" {
		d.negative = false
	}
	return d, true
}

func isDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// compare returns -1, 0 or 1 as d is less than, equal to or greater than e.
func (d decimal) compare(e decimal) int {
	if d.negative != e.negative {
		if d.negative {
			return -1
		}
		return 1
	}
	c := compareDigits(d, e)
	if d.negative {
		return -c
	}
	return c
}

func compareDigits(d, e decimal) int {
	if len(d.whole) != len(e.whole) {
		if len(d.whole) < len(e.whole) {
			return -1
		}
		return 1
	}
	if c := strings.Compare(d.whole, e.whole); c != 0 {
		return c
	}
	return strings.Compare(d.frac, e.frac)
}

// small returns d as an int64 when it is a whole number that fits.
func (d decimal) small() (int64, bool) {
	if d.frac != "" || len(d.whole) > 18 {
		return 0, false
	}
	var v int64
	for i := 0; i < len(d.whole); i++ {
		v = v*10 + int64(d.whole[i]-'0')
	}
	if d.negative {
		v = -v
	}
	return v, true
}

// formatFloat returns the shortest decimal form of f, without an exponent and
// without ".0" for a whole number.
func formatFloat(f float64) string {
	if f == 0 {
		return "0"
	}
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return ""
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// NumberText returns the text form of a JSON number: an integer keeps its
// digits, any other number is the shortest decimal that means the same float.
// It allocates only when the two differ. Text that is no number comes back
// unchanged.
func NumberText(literal string) string {
	if isInteger(literal) {
		return literal
	}
	f, err := strconv.ParseFloat(literal, 64)
	if err != nil {
		return literal
	}
	return formatFloat(f)
}

func isInteger(s string) bool {
	digits := strings.TrimPrefix(s, "-")
	return isDigits(digits) && (digits[0] != '0' || s == "0")
}

func intDecimal(v int64) decimal {
	d, _ := parseDecimal(strconv.FormatInt(v, 10))
	return d
}
