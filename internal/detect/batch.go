package detect

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/sigma"
	"github.com/goshawk-siem/goshawk/internal/window"
)

// Finding is a match of a rule that emits alerts, or a firing of a correlation
// that does.
type Finding struct {
	// Event counts the events given to the Batch from 0: the one that
	// completed the finding.
	Event int
	Rule  *sigma.Meta
	// Correlation says that Group, Value and Count are set.
	Correlation bool
	Time        time.Time
	Group       []Pair
	Value       float64
	Count       int64
	// Parts say how the rule's parts fared, where Match.Explained had it.
	Parts []sigma.Part
}

// Pair is a group-by name and its value.
type Pair struct {
	Name, Value string
}

// Batch runs detections and correlations over a stream of events from its
// beginning to its end, as rule tests and offline detection do. The same events
// in the same order give the same findings. It is not safe for concurrent use.
type Batch struct {
	set     *Set
	matcher *Matcher
	engine  *window.Engine
	specs   map[string]bool
	// counted are the rules that correlations count.
	counted map[string]bool
	// names are the fields that correlations group by or count.
	names   []string
	events  int
	clock   int64
	matched []*sigma.Rule
	queue   map[string][]contribution
	out     []Finding
}

// contribution is a match or a firing that counts for a correlation.
type contribution struct {
	rule   string // id of what matched or fired
	time   int64
	id     uint64
	fields map[string]string
}

// NewBatch returns a batch over s. lateness is how far an event may be behind
// the newest one and still count for correlations. The error names every
// correlation that can't be evaluated; the batch runs without them.
func NewBatch(s *Set, lateness time.Duration) (*Batch, error) {
	b := &Batch{
		set: s, matcher: s.NewMatcher(), engine: window.New(0),
		specs: map[string]bool{}, counted: map[string]bool{}, queue: map[string][]contribution{},
	}
	var specs []window.Spec
	var bad []string
	names := map[string]bool{}
	for _, c := range s.Correlations() {
		spec := WindowSpec(c, lateness)
		if err := spec.Validate(); err != nil {
			bad = append(bad, fmt.Sprintf("%s: %v", c.ID, err))
			continue
		}
		specs = append(specs, spec)
		b.specs[c.ID] = true
		for _, id := range c.Rules {
			b.counted[id] = true
		}
		fieldsOf(c, names)
	}
	b.names = slices.Sorted(maps.Keys(names))
	if _, err := b.engine.SetSpecs(specs); err != nil {
		bad = append(bad, err.Error())
	}
	if len(bad) > 0 {
		return b, fmt.Errorf("correlations that can't be evaluated: %s", strings.Join(bad, "; "))
	}
	return b, nil
}

// NewBatchOfDetections returns a batch over s that evaluates no correlations.
func NewBatchOfDetections(s *Set) *Batch {
	return &Batch{set: s, matcher: s.NewMatcher(), engine: window.New(0)}
}

func fieldsOf(c *sigma.Correlation, names map[string]bool) {
	for _, name := range c.Field {
		names[name] = true
	}
	for _, name := range c.GroupBy {
		for _, id := range c.Rules {
			names[c.GroupField(name, id)] = true
		}
	}
}

// Add gives the next event to the batch and returns what it completed:
// detections first, in the order they were loaded, then correlations, inner ones
// before outer ones. The slice is valid until the next call.
func (b *Batch) Add(e *event.Event) []Finding {
	b.matched = b.matcher.Match(e, b.matched[:0])
	m := Match{Time: e.Time(event.EventTime), Rules: b.matched}
	if b.Counts(m.Rules) {
		m.Fields = b.matcher.Fields(b, e)
	}
	return b.Take(&m)
}

// Match is what an event matched.
type Match struct {
	// Time is the event's; the zero time is none, and then nothing of the event
	// counts for correlations.
	Time  time.Time
	Rules []*sigma.Rule
	// Fields holds what correlations ask for of an event that one of them
	// counts; see Foreign.Fields and Matcher.Fields.
	Fields map[string]string
	// Explained holds, for each of Rules, how its parts fared; nil unless asked
	// for.
	Explained [][]sigma.Part
}

// Counts reports whether a match of one of the rules counts for a correlation.
func (b *Batch) Counts(rules []*sigma.Rule) bool {
	return slices.ContainsFunc(rules, func(r *sigma.Rule) bool { return b.counted[r.ID] })
}

// Take is Add for an event that was matched elsewhere.
func (b *Batch) Take(m *Match) []Finding {
	b.out = b.out[:0]
	for i, r := range m.Rules {
		if !r.Emits {
			continue
		}
		f := Finding{Event: b.events, Rule: &r.Meta, Time: m.Time}
		if m.Explained != nil {
			f.Parts = m.Explained[i]
		}
		b.out = append(b.out, f)
	}
	if len(b.specs) > 0 && !m.Time.IsZero() {
		at := m.Time.UnixMilli()
		b.clock = max(b.clock, at)
		b.contribute(m, at)
		b.drain()
		b.changes(b.engine.Advance(b.clock))
		b.drain()
	}
	b.events++
	return b.out
}

// Close ends the stream and returns what only its end decides.
func (b *Batch) Close() []Finding {
	b.out = b.out[:0]
	b.events = max(b.events-1, 0)
	b.changes(b.engine.Advance(window.MaxClock))
	b.drain()
	return b.out
}

// contribute queues the event's matches for the correlations that count them.
func (b *Batch) contribute(m *Match, at int64) {
	for _, r := range m.Rules {
		if !b.counted[r.ID] {
			continue
		}
		for _, c := range b.set.Correlations() {
			if b.specs[c.ID] && slices.Contains(c.Rules, r.ID) {
				b.queue[c.ID] = append(b.queue[c.ID], contribution{rule: r.ID, time: at, id: uint64(b.events) + 1, fields: m.Fields})
			}
		}
	}
}

// fields returns the fields that correlations ask for, as value reads them.
func (b *Batch) fields(value func(name string) (string, bool)) map[string]string {
	out := make(map[string]string, len(b.names))
	for _, name := range b.names {
		if text, ok := value(name); ok {
			out[name] = text
		}
	}
	return out
}

// drain gives what is queued to the windows, inner correlations first: what they
// fire is queued for the outer ones.
func (b *Batch) drain() {
	for _, c := range b.set.Correlations() {
		for _, k := range b.queue[c.ID] {
			if w, ok := b.windowContribution(c, &k); ok {
				changes, _ := b.engine.Add(c.ID, &w)
				b.changes(changes)
			}
		}
		delete(b.queue, c.ID)
	}
}

// windowContribution translates k; ok is false when it does not count for c.
func (b *Batch) windowContribution(c *sigma.Correlation, k *contribution) (w window.Contribution, ok bool) {
	w = window.Contribution{Time: k.time, Order: uint64(b.events), ID: k.id, Rule: slices.Index(c.Rules, k.rule)}
	for _, name := range c.GroupBy {
		value, ok := k.fields[c.GroupField(name, k.rule)]
		if !ok {
			return w, false
		}
		w.Group = append(w.Group, value)
	}
	for _, name := range c.Field {
		value, ok := k.fields[name]
		if !ok {
			return w, false
		}
		w.Value += strconv.Itoa(len(value)) + ":" + value
		if c.Type != sigma.ValueCount {
			if w.Number, ok = Number(value); !ok {
				return w, false
			}
		}
	}
	fields, err := json.Marshal(k.fields)
	w.Fields = string(fields)
	return w, err == nil
}

// changes turns firings into findings and into contributions to the
// correlations that count them.
func (b *Batch) changes(changes []window.Change) {
	for i := range changes {
		change := &changes[i]
		if change.Kind != window.Fired {
			continue
		}
		c := b.set.Correlation(change.Spec)
		fields := map[string]string{}
		if json.Unmarshal([]byte(change.Fields), &fields) != nil {
			fields = map[string]string{}
		}
		f := Finding{Event: b.events, Rule: &c.Meta, Correlation: true, Time: time.UnixMilli(change.Time).UTC(), Value: change.Value, Count: change.Count}
		for j, name := range c.GroupBy {
			f.Group = append(f.Group, Pair{name, change.Group[j]})
			fields[name] = change.Group[j]
		}
		if c.Emits {
			b.out = append(b.out, f)
		}
		b.chain(c, change, fields)
	}
}

func (b *Batch) chain(c *sigma.Correlation, change *window.Change, fields map[string]string) {
	id := xxhash.Sum64(fmt.Appendf(nil, "%s %q %d %d", change.Spec, change.Group, change.Anchor, change.Turn))
	for _, outer := range b.set.Correlations() {
		if b.specs[outer.ID] && slices.Contains(outer.Rules, c.ID) {
			b.queue[outer.ID] = append(b.queue[outer.ID], contribution{rule: c.ID, time: change.Time, id: id, fields: fields})
		}
	}
}
