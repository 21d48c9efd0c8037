package correlate

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/goshawk-siem/goshawk/internal/detect"
	"github.com/goshawk-siem/goshawk/internal/sigma"
	"github.com/goshawk-siem/goshawk/internal/window"
)

// plan is a rule set translated: which specs there are, which matches count for
// them, and what their alerts say. It is immutable.
type plan struct {
	set   *detect.Set
	specs []window.Spec
	// watches are the specs by key.
	watches map[string]*watch
	// counts says, by the id of a rule or correlation, which specs count it.
	counts map[string][]*count
	// rejected are correlations that the windows can't do.
	rejected []string
}

// watch is one spec with what its alerts need.
type watch struct {
	key   string
	meta  *sigma.Meta
	emits bool
	// alone is an episode of a single rule.
	alone bool
	// chained says that correlations count the firings.
	chained bool
	spec    window.Spec
	// names are the names of the group values.
	names []string
	next  []string
}

// count says how the matches of one rule count for one spec.
type count struct {
	watch *watch
	rule  int
	// group are the fields that hold the group values.
	group []string
	// optional says that a missing group value is empty instead of a reason not
	// to count.
	optional bool
	// value are the fields that are counted or summed up.
	value []string
	// fields are the further fields that correlations of the firing need.
	fields []string
}

// newPlan translates set.
func newPlan(set *detect.Set, o Options) *plan {
	p := &plan{set: set, watches: make(map[string]*watch), counts: make(map[string][]*count)}
	for _, rule := range set.Rules() {
		if rule.Emits {
			p.addAlone(&rule.Meta, set.Hash(rule.ID), o)
		}
	}
	needs := neededFields(set)
	for _, c := range set.Correlations() {
		if err := p.addCorrelation(c, set.Hash(c.ID), needs[c.ID], o); err != nil {
			p.rejected = append(p.rejected, fmt.Sprintf("%s: correlation %q: %v", c.Path, c.ID, err))
		}
	}
	for _, w := range p.watches {
		w.chained = !w.alone && len(p.counts[w.meta.ID]) > 0
	}
	p.allowForChains()
	return p
}

// key names a spec: a changed rule is another spec, so that what was written for
// the old one is not mistaken for it.
func key(id, hash string) string { return id + "@" + hash[:min(len(hash), 16)] }

func (p *plan) addAlone(meta *sigma.Meta, hash string, o Options) {
	entity := customStrings(meta, "entity")
	if len(entity) == 0 || len(entity) > maxGroupValues {
		entity = o.Entity
	}
	w := &watch{key: key(meta.ID, hash), meta: meta, emits: true, alone: true, names: entity, next: customStrings(meta, "next")}
	w.spec = window.Spec{
		ID: w.key, Version: strings.Join(entity, ","), Type: window.EventCount, Tests: []window.Test{{Op: window.Gte, Value: 1}},
		Timespan: o.Episode.Std().Milliseconds(), Lateness: o.Lateness.Std().Milliseconds(), Groups: len(entity),
		Limits: window.Limits{Groups: o.MaxGroups},
	}
	p.add(w)
	p.counts[meta.ID] = append(p.counts[meta.ID], &count{watch: w, group: entity, optional: true})
}

func (p *plan) addCorrelation(c *sigma.Correlation, hash string, needs []string, o Options) error {
	w := &watch{key: key(c.ID, hash), meta: &c.Meta, emits: c.Emits, names: c.GroupBy, next: customStrings(&c.Meta, "next")}
	if len(c.GroupBy) > maxGroupValues {
		return fmt.Errorf("group-by names %d fields, at most %d are allowed", len(c.GroupBy), maxGroupValues)
	}
	spec := detect.WindowSpec(c, o.Lateness.Std())
	spec.ID, spec.Limits.Groups = w.key, o.MaxGroups
	w.spec = spec
	if err := spec.Validate(); err != nil {
		return err
	}
	for i, id := range c.Rules {
		counted := &count{watch: w, rule: i, value: c.Field}
		for _, name := range c.GroupBy {
			counted.group = append(counted.group, c.GroupField(name, id))
		}
		for _, name := range needs {
			if !slices.Contains(c.GroupBy, name) {
				counted.fields = append(counted.fields, name)
			}
		}
		p.counts[id] = append(p.counts[id], counted)
	}
	p.add(w)
	return nil
}

func (p *plan) add(w *watch) {
	p.watches[w.key] = w
	p.specs = append(p.specs, w.spec)
}

// neededFields returns, for each correlation, the fields that its firing must
// carry for the correlations that count it, theirs included.
func neededFields(set *detect.Set) map[string][]string {
	needs := make(map[string]map[string]bool)
	// Inner ones stand before outer ones: going backwards, an outer one knows
	// its own needs when it hands them down.
	for _, outer := range slices.Backward(set.Correlations()) {
		for _, id := range outer.Rules {
			if set.Correlation(id) == nil {
				continue
			}
			if needs[id] == nil {
				needs[id] = make(map[string]bool)
			}
			for _, name := range outer.GroupBy {
				needs[id][outer.GroupField(name, id)] = true
			}
			for _, name := range outer.Field {
				needs[id][name] = true
			}
			for name := range needs[outer.ID] {
				if !slices.Contains(outer.GroupBy, name) {
					needs[id][name] = true
				}
			}
		}
	}
	out := make(map[string][]string, len(needs))
	for id, names := range needs {
		out[id] = slices.Sorted(maps.Keys(names))
	}
	return out
}

// chainSlack is how much later than its own time a firing may reach a correlation
// that counts it: another partition has to count, publish and maybe change hands.
const chainSlack = int64(time.Minute / time.Millisecond)

// allowForChains gives correlations that count firings the lateness that these need:
// a firing can be decided up to the inner lateness after its time.
func (p *plan) allowForChains() {
	for _, c := range p.set.Correlations() { // inner ones stand before outer ones
		inner := p.watchOf(c.ID)
		if inner == nil {
			continue
		}
		for _, counted := range p.counts[c.ID] {
			outer := counted.watch
			outer.spec.Lateness = max(outer.spec.Lateness, inner.spec.Lateness+chainSlack)
		}
	}
	for i := range p.specs {
		p.specs[i] = p.watches[p.specs[i].ID].spec
	}
}

func (p *plan) watchOf(id string) *watch {
	for _, w := range p.watches {
		if w.meta.ID == id && !w.alone {
			return w
		}
	}
	return nil
}

// sums reports whether the spec computes with numbers.
func (w *watch) sums() bool {
	return w.spec.Numeric()
}

// customStrings returns the texts under goshawk.<name> of a rule.
func customStrings(meta *sigma.Meta, name string) []string {
	own, _ := meta.Custom["goshawk"].(map[string]any)
	switch v := own[name].(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, item := range v {
			if s, ok := item.(string); ok && s != "" {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}
