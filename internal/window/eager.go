package window

import "math"

// look lets the eager machine see the contribution at p, which is in the ring,
// and reports an episode that begins there or at the newest contribution.
func (e *Engine) look(g *group, p place) {
	newest := len(g.ring.items) - 1
	if g.ring.items[newest].place == p {
		g.enterEager(newest)
		if value := g.eagerValue(); g.holds(value) {
			g.unsure = true
			if e.report(g, newest, value) {
				return
			}
		}
		e.grow(g, p.time)
		return
	}
	// A late one may complete the condition anywhere after it. The newest place
	// and its own are looked at now, the others when they are settled.
	g.unsure = true
	g.insertEager(p)
	e.grow(g, p.time)
	if value := g.eagerValue(); g.holds(value) {
		e.report(g, newest, value)
		return
	}
	if g.spec.Type != EventCount {
		return
	}
	i := g.ring.find(p)
	value := float64(i + 1 - g.ring.from(sub(p.time, g.spec.Timespan)))
	if g.holds(value) {
		e.report(g, i, value)
	}
}

// holds reports whether value meets the condition.
func (g *group) holds(value float64) bool {
	for _, t := range g.spec.Tests {
		if !t.holds(value) {
			return false
		}
	}
	return true
}

// enterEager moves the eager window to the newest contribution, at index i.
func (g *group) enterEager(i int) {
	it := &g.ring.items[i]
	for from := sub(it.time, g.spec.Timespan); g.ring.items[g.ring.eager].time < from; {
		g.leaveEager()
	}
	switch {
	case g.values != nil:
		g.values.addEager(it.val)
	case g.chains != nil:
		g.chains.eager.add(int(it.rule), it.time)
	}
}

// insertEager takes note of a contribution at p that is not the newest.
func (g *group) insertEager(p place) {
	inside := p.time >= sub(g.ring.last().time, g.spec.Timespan)
	if !inside {
		g.ring.eager++
		return
	}
	switch {
	case g.values != nil:
		val := p.rule
		if !g.spec.temporal() {
			val = g.ring.items[g.ring.find(p)].val
		}
		g.values.addEager(val)
	case g.chains != nil:
		g.rechain()
	}
}

// rechain computes the eager sequences anew after a late insertion. It goes over
// all that is not settled, so it is done for every eighth part of that only; until
// then sequences through the new contributions are missing, and the settling
// finds them.
func (g *group) rechain() {
	g.chains.late++
	if g.chains.late*8 >= len(g.ring.items)-g.ring.fin {
		g.replay()
	}
}

// replay computes the eager sequences from the settled ones.
func (g *group) replay() {
	unsettled := g.ring.items[g.ring.fin:]
	g.chains.late = 0
	g.chains.eager.copyFrom(g.chains.final)
	for i := range unsettled {
		g.chains.eager.add(int(unsettled[i].rule), unsettled[i].time)
	}
}

// eagerValue is the value of the eager window.
func (g *group) eagerValue() float64 {
	switch {
	case g.values != nil:
		return float64(g.values.eager)
	case g.chains != nil:
		return float64(g.chains.eager.longest(sub(g.ring.last().time, g.spec.Timespan)))
	default:
		return float64(len(g.ring.items) - g.ring.eager)
	}
}

// report reports an episode anchored at index i unless it may belong to one that
// was reported before, or come before one.
func (e *Engine) report(g *group, i int, value float64) bool {
	p := g.ring.items[i].place
	if waiting := g.waiting(); len(waiting) > 0 {
		last := &waiting[len(waiting)-1]
		if p.time < last.at.time+g.spec.Timespan {
			return false
		}
	} else if g.disarmed && p.time < g.fired+g.spec.Timespan {
		return false
	}
	start := g.ring.from(sub(p.time, g.spec.Timespan))
	ep := episode{
		anchor: p.time, at: p, time: p.time, value: value, revision: 1, count: int64(i + 1 - start), fields: g.fields[p],
		first: g.ring.items[start].time, last: p.time,
	}
	e.fire(g, ep, len(g.episodes))
	return true
}

// waiting returns the reported episodes that are not bound yet.
func (g *group) waiting() []episode {
	if g.bound {
		return g.episodes[1:]
	}
	return g.episodes
}

// grow counts a contribution at time for the open episode that it may belong to.
func (e *Engine) grow(g *group, time int64) {
	for i := len(g.episodes) - 1; i >= 0; i-- {
		ep := &g.episodes[i]
		if time >= ep.time+g.spec.Timespan {
			return
		}
		if time < sub(ep.time, g.spec.Timespan) {
			continue
		}
		ep.count++
		ep.first, ep.last = min(ep.first, time), max(ep.last, time)
		e.touch(g, ep)
		return
	}
}

// touch gives ep a new revision and remembers that it is to be told of.
func (e *Engine) touch(g *group, ep *episode) {
	if ep.revision < math.MaxInt32 {
		ep.revision++
	}
	ep.dirty = true
	if !g.dirty {
		g.dirty = true
		e.dirty = append(e.dirty, g)
	}
}
