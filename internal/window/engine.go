package window

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
)

// MaxClock is a clock that settles everything: Advance(MaxClock) is the end of the
// input.
const MaxClock = math.MaxInt64 / 4

// noClock is the clock before the first Advance.
const noClock = math.MinInt64 / 4

// Engine holds the state of a set of specs. The zero value is not valid: use New.
type Engine struct {
	specs    map[string]*state
	clock    int64
	timers   timers
	evidence evidence
	stats    Stats
	out      []Change
	dirty    []*group
	key      []byte
}

// state is one spec with its groups.
type state struct {
	Spec
	groups  map[string]*group
	lru     group // sentinel: lru.next is the most recently used
	eager   bool
	tumbles bool
}

// New returns an engine without specs that keeps at most evidenceBytes of
// evidence, of the newest contributions; 0 keeps none.
func New(evidenceBytes int) *Engine {
	return &Engine{specs: make(map[string]*state), clock: noClock, evidence: evidence{max: evidenceBytes}}
}

// SetSpecs makes specs the specs of e. One that equals an earlier one in every
// field keeps its state; the state of the others is dropped, their open episodes
// are closed as they stand. An error means that nothing has changed.
func (e *Engine) SetSpecs(specs []Spec) ([]Change, error) {
	next := make(map[string]*state, len(specs))
	for _, spec := range specs {
		if err := spec.Validate(); err != nil {
			return nil, fmt.Errorf("spec %q: %w", spec.ID, err)
		}
		if next[spec.ID] != nil {
			return nil, fmt.Errorf("spec %q: id is used twice", spec.ID)
		}
		filled := spec.filled()
		if old := e.specs[spec.ID]; old != nil && old.equal(&filled) {
			next[spec.ID] = old
			continue
		}
		next[spec.ID] = newState(filled)
	}
	e.out = nil
	for _, id := range slices.Sorted(maps.Keys(e.specs)) {
		old := e.specs[id]
		if next[id] == old {
			continue
		}
		for old.lru.prev != &old.lru {
			e.closeOpen(old.lru.prev)
			e.remove(old.lru.prev)
		}
	}
	e.specs = next
	return e.take(), nil
}

func newState(spec Spec) *state {
	s := &state{Spec: spec, groups: make(map[string]*group), eager: spec.monotone(), tumbles: !spec.sliding()}
	s.lru.prev, s.lru.next = &s.lru, &s.lru
	return s
}

// Add gives the contribution c to spec. The changes are what it and the group's
// settling brought about, in order.
func (e *Engine) Add(spec string, c *Contribution) ([]Change, Outcome) {
	s := e.specs[spec]
	if s == nil {
		return nil, Unknown
	}
	if !s.takes(c) {
		return nil, Invalid
	}
	g := e.group(s, c.Group)
	e.settle(g)
	outcome := e.admit(g, c)
	switch outcome {
	case Accepted:
		e.stats.Accepted++
	case Duplicate:
		e.stats.Duplicates++
	default:
		e.stats.Late++
	}
	if due := g.due(); due < g.timer.at || g.timer.index < 0 {
		e.timers.set(g, max(due, e.clock+1))
	}
	return e.take(), outcome
}

// Retract takes the contribution c, as it was given to Add, out again. What is
// settled stays: the outcome is Late then.
func (e *Engine) Retract(spec string, c *Contribution) ([]Change, Outcome) {
	s := e.specs[spec]
	if s == nil {
		return nil, Unknown
	}
	if !s.takes(c) {
		return nil, Invalid
	}
	g := e.group(s, c.Group)
	e.settle(g)
	at := place{time: c.Time, order: c.Order, id: c.ID, rule: int32(c.Rule)}
	outcome := Late
	if i := g.ring.find(at); i < len(g.ring.items) && g.ring.items[i].place == at {
		e.removeAt(g, i)
		outcome = Accepted
	}
	if due := g.due(); due < g.timer.at || g.timer.index < 0 {
		e.timers.set(g, max(due, e.clock+1))
	}
	return e.take(), outcome
}

// removeAt removes an unsettled contribution.
func (e *Engine) removeAt(g *group, i int) {
	it := g.ring.items[i]
	if i < g.ring.eager {
		g.ring.eager--
	} else if g.values != nil && g.spec.eager {
		g.values.removeEager(it.val)
	}
	if g.values != nil {
		g.values.release(it.val)
	}
	delete(g.fields, it.place)
	g.ring.items = slices.Delete(g.ring.items, i, i+1)
	if g.chains != nil {
		g.replay()
	}
	g.unsure = true
	e.stats.Contributions--
}

func (s *state) takes(c *Contribution) bool {
	if len(c.Group) != s.Groups || c.Time < -maxTimespan || c.Time > maxTimespan {
		return false
	}
	if s.temporal() {
		return c.Rule >= 0 && c.Rule < s.Rules
	}
	return c.Rule >= 0 && c.Rule <= math.MaxInt32 && !math.IsNaN(c.Number) && !math.IsInf(c.Number, 0)
}

// Advance moves the clock to now, in milliseconds of event time, and settles what
// is due. A clock that would go back is ignored.
func (e *Engine) Advance(now int64) []Change {
	now = min(now, MaxClock)
	if now <= e.clock {
		return nil
	}
	e.clock = now
	for g := e.timers.first(); g != nil && g.timer.at <= now; g = e.timers.first() {
		e.settle(g)
		if g.over() {
			e.remove(g)
			continue
		}
		e.timers.set(g, max(g.due(), now+1))
	}
	return e.take()
}

// Clock returns the clock, and whether Advance was ever called.
func (e *Engine) Clock() (int64, bool) { return e.clock, e.clock != noClock }

// Due returns the clock at which the next change may come without any
// contribution, and whether there is one.
func (e *Engine) Due() (int64, bool) {
	if g := e.timers.first(); g != nil {
		return g.timer.at, true
	}
	return 0, false
}

// Grown returns a change of kind Grown for every open episode that has grown
// since it was last told of.
func (e *Engine) Grown() []Change {
	for _, g := range e.dirty {
		g.dirty = false
		for i := range g.episodes {
			if ep := &g.episodes[i]; ep.dirty {
				ep.dirty = false
				e.emit(g, Grown, ep)
			}
		}
	}
	clear(e.dirty)
	e.dirty = e.dirty[:0]
	return e.take()
}

// Stats returns the counts so far.
func (e *Engine) Stats() Stats { return e.stats }

func (e *Engine) take() []Change {
	out := e.out
	e.out = nil
	return out
}

// group returns the group of s with the given values, as the most recently used.
func (e *Engine) group(s *state, values []string) *group {
	e.key = e.key[:0]
	for _, v := range values {
		e.key = binary.AppendUvarint(e.key, uint64(len(v)))
		e.key = append(e.key, v...)
	}
	if g := s.groups[string(e.key)]; g != nil {
		if s.lru.next != g {
			g.unlink()
			g.link(&s.lru)
		}
		return g
	}
	if len(s.groups) >= s.Limits.Groups {
		e.evict(s.lru.prev)
	}
	return e.newGroup(s, string(e.key))
}

func (e *Engine) newGroup(s *state, key string) *group {
	g := &group{spec: s, key: key, local: noClock, localAt: e.clock, newest: noClock, frontier: noClock}
	g.timer.index = -1
	switch s.Type {
	case ValueCount:
		g.values = newValues()
	case Temporal:
		g.values = newRules(s.Rules)
	case TemporalOrdered:
		g.chains = &chains{final: newChain(s.Rules), eager: newChain(s.Rules)}
	case ValueSum, ValueAvg:
		g.sums = &sums{}
	case ValueMedian, ValuePercentile:
		g.ranks = newRanks()
	case EventCount:
	}
	s.groups[key] = g
	g.link(&s.lru)
	e.stats.Groups++
	return g
}

// evict settles g as it stands and forgets it.
func (e *Engine) evict(g *group) {
	e.stats.Evicted++
	e.settleTo(g, math.MaxInt64)
	e.closeOpen(g)
	e.remove(g)
}

// closeOpen closes the episodes of g that are still open.
func (e *Engine) closeOpen(g *group) {
	e.endCurrent(g)
	for len(g.episodes) > 0 {
		g.episodes[0].revision++
		e.emit(g, Closed, &g.episodes[0])
		g.dropEpisode()
	}
}

func (e *Engine) remove(g *group) {
	e.timers.remove(g)
	g.unlink()
	delete(g.spec.groups, g.key)
	e.stats.Groups--
	e.stats.Contributions -= g.ring.len()
	g.episodes = nil
}

func (g *group) link(head *group) {
	g.prev, g.next = head, head.next
	g.prev.next, g.next.prev = g, g
}

func (g *group) unlink() { g.prev.next, g.next.prev = g.next, g.prev }
