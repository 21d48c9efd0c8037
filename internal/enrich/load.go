package enrich

import (
	"fmt"
	"time"
)

// Load reads the files. A file that can't be read or is not what it should be is
// left out and told in problems, each with its key and file; what old, if any,
// had of it stays. now decides which indicators have expired.
func Load(o Options, old *Enricher, now time.Time) (e *Enricher, problems []error) {
	e = &Enricher{scopes: o.Scopes}
	l := loader{options: &o, old: old, now: now, enricher: e}
	l.geo()
	l.tables()
	l.indicators()
	if len(e.geo) > 0 || e.indicators != nil || e.scopes {
		e.addresses = newAddressCache()
		e.stats.Bytes += addressSlots * 8
	}
	if o.UserAgents {
		e.agents = newAgentCache()
	}
	return e, l.problems
}

type loader struct {
	options  *Options
	old      *Enricher
	now      time.Time
	enricher *Enricher
	problems []error
}

func (l *loader) problem(format string, args ...any) {
	l.problems = append(l.problems, fmt.Errorf(format, args...))
}

func (l *loader) geo() {
	for i, path := range l.options.GeoIP {
		g, err := loadGeo(path)
		if err != nil {
			l.problem("geoip[%d]: %w", i, err)
			g = l.oldGeo(path)
		}
		if g == nil {
			continue
		}
		l.enricher.geo = append(l.enricher.geo, g)
		l.enricher.stats.GeoFiles++
		l.enricher.stats.Bytes += g.bytes
	}
}

func (l *loader) oldGeo(path string) *geoFile {
	if l.old == nil {
		return nil
	}
	for _, g := range l.old.geo {
		if g.path == path {
			return g
		}
	}
	return nil
}

func (l *loader) tables() {
	for i := range l.options.Tables {
		o := &l.options.Tables[i]
		t, err := loadTable(o)
		if err != nil {
			l.problem("tables[%d]: %w", i, err)
			t = l.oldTable(o.Name)
		}
		if t == nil {
			continue
		}
		l.enricher.tables = append(l.enricher.tables, t)
		l.enricher.stats.Rows += t.size()
		l.enricher.stats.Bytes += t.bytes
	}
}

func (l *loader) oldTable(name string) *table {
	if l.old == nil {
		return nil
	}
	for _, t := range l.old.tables {
		if t.label == name {
			return t
		}
	}
	return nil
}

// indicators are one set: where a list can't be read the old set stays whole, so
// that no list is half there.
func (l *loader) indicators() {
	if len(l.options.Indicators) == 0 {
		return
	}
	set := newIndicators()
	failed := false
	for i := range l.options.Indicators {
		list := &l.options.Indicators[i]
		set.names = append(set.names, list.Name)
		if err := list.load(set, uint16(i), l.now); err != nil {
			l.problem("indicators[%d]: %w", i, err)
			failed = true
		}
	}
	if failed && l.old != nil && l.old.indicators != nil {
		set = l.old.indicators
	}
	l.enricher.indicators = set
	l.enricher.stats.Indicators = set.count
	l.enricher.stats.Bytes += set.bytes()
}
