package window

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Type says what a Spec computes over its window.
type Type uint8

// The types. Their numbers are part of a snapshot.
const (
	// EventCount is the number of contributions.
	EventCount Type = iota + 1
	// ValueCount is the number of distinct values.
	ValueCount
	// ValueSum is the sum of the numbers.
	ValueSum
	// ValueAvg is their mean.
	ValueAvg
	// Temporal is the number of distinct rules that contributed.
	Temporal
	// TemporalOrdered is the largest number of distinct rules that contributed
	// in the order of the spec, each with a contribution of its own.
	TemporalOrdered
	// ValueMedian is the median of the numbers: their 50th percentile.
	ValueMedian
	// ValuePercentile is the percentile of the numbers that the spec names.
	ValuePercentile
)

var typeNames = [...]string{
	EventCount: "event_count", ValueCount: "value_count", ValueSum: "value_sum", ValueAvg: "value_avg",
	Temporal: "temporal", TemporalOrdered: "temporal_ordered", ValueMedian: "value_median", ValuePercentile: "value_percentile",
}

// String returns the type's name in Sigma.
func (t Type) String() string {
	if int(t) < len(typeNames) && typeNames[t] != "" {
		return typeNames[t]
	}
	return fmt.Sprintf("type %d", uint8(t))
}

// ParseType returns the type that Sigma calls name.
func ParseType(name string) (Type, bool) {
	i := slices.Index(typeNames[1:], name)
	return Type(i + 1), i >= 0
}

// Op compares a window's value.
type Op uint8

// The comparisons.
const (
	Gt Op = iota + 1
	Gte
	Lt
	Lte
	Eq
	Neq
)

// Test is one comparison of a condition.
type Test struct {
	Op    Op
	Value float64
}

func (t Test) holds(v float64) bool {
	switch t.Op {
	case Gt:
		return v > t.Value
	case Gte:
		return v >= t.Value
	case Lt:
		return v < t.Value
	case Lte:
		return v <= t.Value
	case Eq:
		return v == t.Value
	default:
		return v != t.Value
	}
}

// Limits bound the state of one Spec. Zero means the default.
type Limits struct {
	// Groups is how many groups are kept; past it the least recently used one
	// is settled as it stands and forgotten. Default 100,000.
	Groups int
	// Contributions is how many are kept for one group; past it the oldest go.
	// A condition on event_count that needs more raises it. Default 32,768.
	Contributions int
}

const (
	defaultGroups        = 100_000
	defaultContributions = 32_768
	// DefaultLateness is the lateness, in milliseconds, that correlations have
	// where nothing else is said.
	DefaultLateness = 30_000
	// maxTimespan bounds sums of times well inside an int64: 1,000 years.
	maxTimespan = 1000 * 366 * 24 * 3600 * 1000
	// maxRules bounds the quadratic table of temporal_ordered.
	maxRules = 64
)

// Spec is one thing to watch for. Specs that are equal in every field share their
// state across SetSpecs.
type Spec struct {
	// ID identifies the spec to Add.
	ID string
	// Version is free text, such as a hash of the rule's content; a change of it
	// starts the state anew.
	Version string
	Type    Type
	// Tests are joined by AND. A temporal type without any asks for all rules.
	Tests []Test
	// Timespan is the width of the window in milliseconds.
	Timespan int64
	// Lateness is how far behind the clock, in milliseconds, a contribution may
	// be and still count. 0 means not at all.
	Lateness int64
	// Rules is how many rules the temporal types refer to.
	Rules int
	// Percentile is which one ValuePercentile computes, between 0 and 100.
	Percentile float64
	// Groups is how many group values a contribution has; may be 0.
	Groups int
	Limits Limits
}

// Validate reports everything that is wrong with s.
func (s *Spec) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if s.ID == "" {
		bad("id: is missing")
	}
	if s.Type < EventCount || s.Type > ValuePercentile {
		bad("type: %v is not one of event_count, value_count, value_sum, value_avg, value_median, value_percentile, temporal, temporal_ordered", s.Type)
	}
	if percentile := s.Type == ValuePercentile; percentile && !(s.Percentile > 0 && s.Percentile < 100) || !percentile && s.Percentile != 0 {
		bad("percentile: belongs to value_percentile and must be more than 0 and less than 100, is %v", s.Percentile)
	}
	if s.Timespan <= 0 || s.Timespan > maxTimespan {
		bad("timespan: must be 1 ms to 1000 years, is %d ms", s.Timespan)
	}
	if s.Lateness < 0 || s.Lateness > maxTimespan {
		bad("lateness: must be 0 ms to 1000 years, is %d ms", s.Lateness)
	}
	if s.temporal() && (s.Rules < 1 || s.Rules > maxRules) {
		bad("rules: %v takes 1 to %d, has %d", s.Type, maxRules, s.Rules)
	}
	if len(s.Tests) == 0 && !s.temporal() {
		bad("condition: %v needs one", s.Type)
	}
	for i, t := range s.Tests {
		if t.Op < Gt || t.Op > Neq || math.IsNaN(t.Value) || math.IsInf(t.Value, 0) {
			bad("condition: comparison %d is not a comparison with a number", i+1)
		}
	}
	if s.Groups < 0 || s.Limits.Groups < 0 || s.Limits.Contributions < 0 {
		bad("limits: must not be negative")
	}
	return errors.Join(errs...)
}

func (s *Spec) temporal() bool { return s.Type == Temporal || s.Type == TemporalOrdered }

// Numeric reports whether the type computes with Contribution.Number.
func (s *Spec) Numeric() bool {
	switch s.Type {
	case ValueSum, ValueAvg, ValueMedian, ValuePercentile:
		return true
	default:
		return false
	}
}

// sliding reports whether all comparisons are lower bounds.
func (s *Spec) sliding() bool {
	return !slices.ContainsFunc(s.Tests, func(t Test) bool { return t.Op != Gt && t.Op != Gte })
}

// monotone reports whether another contribution can't make a true place false.
func (s *Spec) monotone() bool {
	return s.sliding() && !s.Numeric()
}

func (s *Spec) equal(o *Spec) bool {
	a, b := *s, *o
	a.Tests, b.Tests = nil, nil
	return slices.Equal(s.Tests, o.Tests) && a.ID == b.ID && a.Version == b.Version && a.Type == b.Type && a.Timespan == b.Timespan &&
		a.Lateness == b.Lateness && a.Rules == b.Rules && a.Percentile == b.Percentile && a.Groups == b.Groups && a.Limits == b.Limits
}

// filled returns s with its defaults, sharing nothing with the caller.
func (s Spec) filled() Spec {
	s.Tests = slices.Clone(s.Tests)
	if len(s.Tests) == 0 {
		s.Tests = []Test{{Gte, float64(s.Rules)}}
	}
	if s.Limits.Groups == 0 {
		s.Limits.Groups = defaultGroups
	}
	if s.Limits.Contributions == 0 {
		s.Limits.Contributions = defaultContributions
	}
	if s.Type != EventCount && s.Type != ValueCount {
		return s
	}
	for _, t := range s.Tests {
		// A window that can never hold enough would never fire. 1<<24 keeps a
		// nonsensical rule from taking all memory.
		s.Limits.Contributions = max(s.Limits.Contributions, int(min(max(t.Value, 0), 1<<24))+1)
	}
	return s
}
