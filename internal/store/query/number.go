package query

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// String returns the bounds as field>=min and field<=max.
func (x Range) String() string {
	name := x.Column.String()
	low, high := x.bound(x.Min), x.bound(x.Max)
	switch {
	case x.Min == x.Max && !isTime(x.Column):
		return name + ":" + low
	case x.Min == math.MinInt64:
		return name + "<=" + high
	case x.Max == math.MaxInt64:
		return name + ">=" + low
	default:
		return fmt.Sprintf("%s:[%s TO %s]", name, low, high)
	}
}

func (x Range) bound(v int64) string {
	if isTime(x.Column) {
		return time.Unix(0, v).UTC().Format(time.RFC3339Nano)
	}
	return strconv.FormatInt(v, 10)
}

func isTime(c event.Column) bool { return c.Info().Type == event.Time }

// Test reports whether v is a number in the interval.
func (x Compare) Test(v event.Value) bool {
	if v.Kind != event.KindNumber && v.Kind != event.KindString {
		return false
	}
	n, err := strconv.ParseFloat(v.Text, 64)
	if err != nil || math.IsNaN(n) {
		return false
	}
	return (n > x.Low || x.LowClosed && n == x.Low) && (n < x.High || x.HighClosed && n == x.High)
}

// String returns the bounds as comparisons.
func (x Compare) String() string {
	var out string
	if !math.IsInf(x.Low, -1) {
		out = x.Field.String() + sign(">", x.LowClosed) + strconv.FormatFloat(x.Low, 'g', -1, 64)
	}
	if math.IsInf(x.High, 1) {
		return out
	}
	high := x.Field.String() + sign("<", x.HighClosed) + strconv.FormatFloat(x.High, 'g', -1, 64)
	if out == "" {
		return high
	}
	return "(" + out + " AND " + high + ")"
}

func sign(s string, closed bool) string {
	if closed {
		return s + "="
	}
	return s
}
