package detect

import (
	"slices"
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/sigma"
)

// binding is where an event keeps a Sigma field: the first of columns that has
// a value, else the extra field name, else, for a dotted name, what stands inside
// of an extra field.
type binding struct {
	columns []event.Column
	name    string
	dotted  bool
	// paths are where extra may have it under other names.
	paths []string
	// verdict is the column that has a word of the schema in place of the
	// log's, NumColumns for fields that have none.
	verdict event.Column
	// blocked says that the field asks whether a firewall blocked the traffic.
	blocked bool
}

// bind resolves a Sigma field for events with the given log source tuples.
func bind(sources []sigma.LogSource, name string) *binding {
	b := &binding{name: name, dotted: strings.Contains(name, "."), verdict: event.NumColumns}
	switch name {
	case "action":
		b.verdict = event.Action
	case "blocked":
		b.blocked = slices.ContainsFunc(sources, func(s sigma.LogSource) bool { return strings.EqualFold(s.Category, "firewall") })
	}
	for c := range event.NumColumns {
		if mapped(c.Info().Sigma, sources, name) {
			b.columns = append(b.columns, c)
		}
	}
	if c, ok := event.ByName(name); ok && !slices.Contains(b.columns, c) {
		b.columns = append(b.columns, c)
	}
	for _, s := range sources {
		for _, path := range event.SigmaPaths(strings.ToLower(s.Category), strings.ToLower(s.Product), strings.ToLower(s.Service), name) {
			if !slices.Contains(b.paths, path) {
				b.paths = append(b.paths, path)
			}
		}
	}
	return b
}

func mapped(table []event.SigmaName, sources []sigma.LogSource, name string) bool {
	for _, row := range table {
		if !slices.Contains(row.Names, name) {
			continue
		}
		for _, s := range sources {
			if row.Matches(strings.ToLower(s.Category), strings.ToLower(s.Product), strings.ToLower(s.Service)) {
				return true
			}
		}
	}
	return false
}
