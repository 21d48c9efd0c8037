package window

import (
	"encoding/binary"
	"math"
	"strings"
)

// group is the state of one spec for one combination of group values.
type group struct {
	spec       *state
	prev, next *group
	key        string
	timer      timer
	ring       ring

	// local is the group's own clock when the engine's was localAt.
	local, localAt int64
	// newest is the time of the newest contribution, frontier the time before
	// which everything is settled.
	newest, frontier int64

	values *values
	chains *chains
	sums   *sums
	ranks  *ranks

	// The final machine: whether it may not fire before it is armed again, since
	// which firing, and the episode it is in. For tumbling windows, opened is
	// the start of the open one.
	disarmed, tumbling bool
	fired              int64
	opened             int64
	// issued are the anchors reported of late, to give a second one at the same
	// time a turn of its own.
	issued  []int64
	current current
	// unsure says that settling may bring about a firing, cut that a limit took
	// something away.
	unsure, cut bool

	// episodes are the reported ones that are open, in order of their anchors.
	// The first bound of them, which is at most one, is the current one; the
	// others wait for the final machine to come by.
	episodes []episode
	bound    bool
	dirty    bool

	// fields holds Contribution.Fields of what is not settled.
	fields map[place]string
	// newestEvidence is the group's newest entry in the engine's log.
	newestEvidence uint64
}

// chains are the sequences of the two machines. late counts insertions that the
// eager one has not seen.
type chains struct {
	final, eager *chain
	late         int
}

// current is the episode that the final machine is in.
type current struct {
	open        bool
	place       place
	start       int64
	first, last int64
	count       int64
	value       float64
	fields      string
}

// episode is one that was reported.
type episode struct {
	// anchor and turn are its identity, at is where the final machine binds it.
	anchor      int64
	turn        int
	at          place
	fields      string
	time        int64
	first, last int64
	count       int64
	value       float64
	revision    int
	// evidence is how many more pieces it takes.
	evidence int
	dirty    bool
}

// tick moves the group's own clock along with the engine's.
func (g *group) tick(clock int64) {
	g.local = max(g.local, min(clock, max(add(g.local, sub(clock, g.localAt)), g.newest)))
	g.localAt = clock
}

// due returns the clock at which g wants to be settled next.
func (g *group) due() int64 {
	s := g.spec
	at := add(g.newest, s.Timespan+1)
	if unsettled := g.ring.fin < len(g.ring.items); s.tumbles {
		switch {
		case g.tumbling:
			at = g.opened + s.Timespan
		case unsettled:
			at = g.ring.items[g.ring.fin].time + s.Timespan
		}
	} else {
		if unsettled && (g.unsure || !s.eager) {
			at = g.ring.items[g.ring.fin].time + 1
		}
		if g.current.open {
			at = min(at, g.current.place.time+s.Timespan)
		}
	}
	at = add(at, s.Lateness)
	return max(at, add(g.localAt, sub(at, g.local)))
}

// over reports whether nothing that may still come depends on g.
func (g *group) over() bool {
	return g.ring.fin == len(g.ring.items) && !g.current.open && !g.tumbling && len(g.episodes) == 0 &&
		g.frontier > add(g.newest, g.spec.Timespan)
}

// admit places c in the ring and lets the eager machine look at it.
func (e *Engine) admit(g *group, c *Contribution) Outcome {
	s := g.spec
	at := place{time: c.Time, order: c.Order, id: c.ID, rule: int32(c.Rule)}
	if c.Time < g.frontier {
		if g.ring.settled(at) {
			return Duplicate
		}
		return Late
	}
	i, ok := g.ring.insert(item{place: at, num: c.Number})
	if !ok {
		return Duplicate
	}
	e.stats.Contributions++
	it := &g.ring.items[i]
	switch {
	case g.values == nil:
	case s.temporal():
		it.val = at.rule
	default:
		it.val = g.values.hold(c.Value)
	}
	if c.Fields != "" {
		if g.fields == nil {
			g.fields = make(map[place]string)
		}
		g.fields[at] = strings.Clone(c.Fields)
	}
	g.newest = max(g.newest, c.Time)
	g.local = max(g.local, min(g.localAt, g.newest))
	e.keepEvidence(g, c)
	if s.eager {
		e.look(g, at)
	}
	e.enforce(g)
	return Accepted
}

// enforce drops the oldest contributions past the limit.
func (e *Engine) enforce(g *group) {
	for g.ring.len() > g.spec.Limits.Contributions {
		if g.ring.lo == g.ring.fin {
			g.frontier = max(g.frontier, g.ring.items[g.ring.fin].time)
			e.step(g)
			if g.ring.lo == g.ring.fin { // a tumbling window was decided
				continue
			}
		}
		if g.spec.eager && g.ring.eager <= g.ring.lo {
			g.leaveEager()
		}
		e.leaveFinal(g)
		g.cut = true
		e.stats.Dropped++
	}
	g.ring.compact()
}

// leaveFinal takes the oldest contribution out of the final window, and so out of
// the ring.
func (e *Engine) leaveFinal(g *group) {
	it := &g.ring.items[g.ring.lo]
	switch {
	case g.values != nil:
		g.values.removeFinal(it.val)
		g.values.release(it.val)
	case g.sums != nil:
		g.sums.pop()
	case g.ranks != nil:
		g.ranks.remove(it.num)
	}
	g.ring.lo++
	e.stats.Contributions--
}

func (g *group) leaveEager() {
	if g.values != nil {
		g.values.removeEager(g.ring.items[g.ring.eager].val)
	}
	g.ring.eager++
}

// groupValues takes the key apart again.
func (g *group) groupValues() []string {
	if g.spec.Groups == 0 {
		return nil
	}
	out := make([]string, 0, g.spec.Groups)
	for rest := g.key; rest != ""; {
		// The key was made by group or checked by Restore.
		n, size := uvarint(rest)
		out = append(out, rest[size:size+n])
		rest = rest[size+n:]
	}
	return out
}

func uvarint(s string) (value, size int) {
	v, n := binary.Uvarint([]byte(s[:min(len(s), binary.MaxVarintLen64)]))
	if n <= 0 || v > math.MaxInt32 {
		return 0, 0
	}
	return int(v), n
}
