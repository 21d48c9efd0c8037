package detect

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/goshawk-siem/goshawk/internal/sigma"
	"github.com/goshawk-siem/goshawk/internal/window"
)

var windowOps = map[sigma.Operator]window.Op{
	sigma.Greater: window.Gt, sigma.GreaterEqual: window.Gte, sigma.Less: window.Lt,
	sigma.LessEqual: window.Lte, sigma.Equal: window.Eq, sigma.NotEqual: window.Neq,
}

// WindowSpec translates what a correlation counts. lateness is how far an event may
// be behind the newest one and still count. The spec is valid unless the
// correlation asks for more than windows do.
func WindowSpec(c *sigma.Correlation, lateness time.Duration) window.Spec {
	kind, _ := window.ParseType(string(c.Type)) // an unknown one is not valid
	spec := window.Spec{
		ID: c.ID, Type: kind, Timespan: c.TimespanMillis, Lateness: lateness.Milliseconds(),
		Rules: len(c.Rules), Groups: len(c.GroupBy), Percentile: c.Percentile,
	}
	for _, test := range c.Condition {
		spec.Tests = append(spec.Tests, window.Test{Op: windowOps[test.Operator], Value: test.Value})
	}
	return spec
}

// CheckCorrelation reports why a correlation can't be evaluated: figures that
// windows do not take. Nil means that it can.
func CheckCorrelation(c *sigma.Correlation) error {
	spec := WindowSpec(c, 0)
	return spec.Validate()
}

// Number returns the number that a field's text is, for correlations that compute
// with it. Texts that are no numbers, and infinite ones, do not count.
func Number(text string) (n float64, ok bool) {
	n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	return n, err == nil && !math.IsNaN(n) && !math.IsInf(n, 0)
}
