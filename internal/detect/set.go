package detect

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/sigma"
)

// Set is a loaded collection of rules, bound to the schema.
type Set struct {
	sigma *sigma.Set
}

// Rules returns the detection rules in the order they were loaded. The caller
// must not change the slice.
func (s *Set) Rules() []*sigma.Rule { return s.sigma.Rules() }

// Rule returns the detection rule with the given id, or nil.
func (s *Set) Rule(id string) *sigma.Rule { return s.sigma.Rule(id) }

// Correlations returns the correlations, inner ones before outer ones. The
// caller must not change the slice.
func (s *Set) Correlations() []*sigma.Correlation { return s.sigma.Correlations() }

// Correlation returns the correlation with the given id, or nil.
func (s *Set) Correlation(id string) *sigma.Correlation { return s.sigma.Correlation(id) }

// Hash returns the content hash of the rule or correlation with the given id, or
// "" when there is none: as long as it stays the same, state that was kept for
// the rule may survive a reload.
func (s *Set) Hash(id string) string {
	if r := s.sigma.Rule(id); r != nil {
		return r.Hash
	}
	if c := s.sigma.Correlation(id); c != nil {
		return c.Hash
	}
	return ""
}

// Values returns the text forms of what the Sigma field name holds in e, as
// rules of e's log source read it: nothing where the field is missing, null or
// an object, several values for a list. A Matcher does the same faster.
func (s *Set) Values(name string, e *event.Event) []string {
	return s.NewMatcher().Values(name, e, nil)
}

// LogSources returns the tuples of an event's logsource column, "category:product:service"
// each. Malformed ones are left out.
func LogSources(column []string) []sigma.LogSource {
	out := make([]sigma.LogSource, 0, len(column))
	for _, text := range column {
		category, rest, ok := strings.Cut(text, ":")
		product, service, ok2 := strings.Cut(rest, ":")
		if ok && ok2 {
			out = append(out, sigma.LogSource{Category: category, Product: product, Service: service})
		}
	}
	return out
}
