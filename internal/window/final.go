package window

import "slices"

// settle moves g's own clock and lets the final machine follow.
func (e *Engine) settle(g *group) {
	g.tick(e.clock)
	e.settleTo(g, sub(g.local, g.spec.Lateness))
}

// settleTo lets the final machine step through everything before frontier.
func (e *Engine) settleTo(g *group, frontier int64) {
	if frontier <= g.frontier {
		return
	}
	g.frontier = frontier
	for g.ring.fin < len(g.ring.items) && g.ring.items[g.ring.fin].time < frontier {
		e.step(g)
	}
	if g.tumbling && sub(frontier, g.spec.Timespan) >= g.opened {
		e.decide(g)
	}
	if g.current.open && sub(frontier, g.spec.Timespan) >= g.current.place.time {
		e.endCurrent(g)
	}
	if g.ring.fin == len(g.ring.items) {
		g.unsure = false
	}
	g.ring.compact()
}

// step settles the next contribution.
func (e *Engine) step(g *group) {
	it := &g.ring.items[g.ring.fin]
	if g.spec.tumbles {
		e.tumble(g, it)
	} else {
		e.slide(g, it)
	}
	if g.fields != nil {
		delete(g.fields, it.place)
	}
}

// slide settles a contribution under the rules for lower bounds.
func (e *Engine) slide(g *group, it *item) {
	from := sub(it.time, g.spec.Timespan)
	for g.ring.lo < g.ring.fin && g.ring.items[g.ring.lo].time < from {
		e.leaveFinal(g)
	}
	g.enterFinal(it)
	if g.current.open && it.time >= g.current.place.time+g.spec.Timespan {
		e.endCurrent(g)
	}
	if g.disarmed && it.time >= g.fired+g.spec.Timespan {
		g.disarmed = false
	}
	anchored := g.anchoredAt(it.place)
	value := g.finalValue(from)
	// What was reported was true; only a limit that cut in since can hide it.
	switch {
	case !g.holds(value) && !anchored:
		g.disarmed = false
		e.confirm(g)
		g.extend(it)
	case g.disarmed:
		g.extend(it)
		if anchored {
			e.bind(g)
		}
	default:
		e.endCurrent(g)
		g.begin(it, from, value)
		switch waiting := g.waiting(); {
		case anchored:
			e.bind(g)
		case len(waiting) == 0 || waiting[0].anchor.time >= it.time+g.spec.Timespan:
			e.confirm(g)
		}
		// Otherwise the reported one may belong to this firing: wait for it.
	}
}

func (g *group) enterFinal(it *item) {
	g.ring.fin++
	switch {
	case g.values != nil:
		g.values.addFinal(it.val)
	case g.chains != nil:
		g.chains.final.add(int(it.rule), it.time)
	case g.sums != nil:
		g.sums.push(it.num)
	}
}

// finalValue is the value of the final window, which begins at from.
func (g *group) finalValue(from int64) float64 {
	count := float64(g.ring.fin - g.ring.lo)
	switch {
	case g.values != nil:
		return float64(g.values.final)
	case g.chains != nil:
		return float64(g.chains.final.longest(from))
	case g.spec.Type == ValueSum:
		return g.sums.sum()
	case g.spec.Type == ValueAvg:
		return g.sums.sum() / count
	default:
		return count
	}
}

// begin makes a firing at it the current episode.
func (g *group) begin(it *item, from int64, value float64) {
	g.disarmed, g.fired = true, it.time
	g.current = current{
		open: true, place: it.place, start: from, first: g.ring.items[g.ring.lo].time, last: it.time,
		count: int64(g.ring.fin - g.ring.lo), value: value, fields: g.fields[it.place],
	}
}

// extend counts a contribution for the current episode.
func (g *group) extend(it *item) {
	if g.current.open {
		g.current.count++
		g.current.last = it.time
	}
}

func (g *group) anchoredAt(p place) bool {
	waiting := g.waiting()
	return len(waiting) > 0 && waiting[0].anchor == p
}

// bind ties the first waiting episode to the current one, which covers its anchor.
func (e *Engine) bind(g *group) {
	if g.bound {
		// Only a limit can bring two anchors into one episode. The earlier one
		// ends here.
		e.closeBound(g)
	}
	g.bound = true
	ep := &g.episodes[0]
	if ep.time == g.current.place.time {
		return
	}
	ep.time, ep.value = g.current.place.time, g.current.value
	ep.first = min(ep.first, g.current.first)
	e.touch(g, ep)
}

// confirm reports the current episode if nothing that was reported belongs to it.
func (e *Engine) confirm(g *group) {
	c := &g.current
	if !c.open || g.bound {
		return
	}
	ep := episode{anchor: c.place, time: c.place.time, value: c.value, revision: 1, count: c.count, first: c.first, last: c.last}
	e.fire(g, ep, 0, c.fields)
	g.bound = true
}

// endCurrent closes the current episode.
func (e *Engine) endCurrent(g *group) {
	if !g.current.open {
		return
	}
	e.confirm(g)
	e.closeBound(g)
	g.current = current{}
}

func (e *Engine) closeBound(g *group) {
	ep, c := &g.episodes[0], &g.current
	ep.time, ep.value, ep.count, ep.first, ep.last = c.place.time, c.value, c.count, c.first, c.last
	ep.revision++
	e.emit(g, Closed, ep)
	g.dropEpisode()
}

func (g *group) dropEpisode() {
	g.episodes = slices.Delete(g.episodes, 0, 1)
	if len(g.episodes) == 0 {
		g.episodes = nil
	}
	g.bound = false
}

// tumble settles a contribution under the rules for upper bounds.
func (e *Engine) tumble(g *group, it *item) {
	if g.tumbling && it.time >= g.opened+g.spec.Timespan {
		e.decide(g)
	}
	if !g.tumbling {
		g.tumbling, g.opened = true, it.time
	}
	g.enterFinal(it)
	g.current.fields = g.fields[it.place]
}

// decide ends the open tumbling window.
func (e *Engine) decide(g *group) {
	end := g.opened + g.spec.Timespan
	value := g.finalValue(g.opened)
	if g.holds(value) {
		first, last := &g.ring.items[g.ring.lo], &g.ring.items[g.ring.fin-1]
		ep := episode{
			anchor: place{time: end}, time: end, value: value, revision: 1, count: int64(g.ring.fin - g.ring.lo),
			first: first.time, last: last.time,
		}
		e.fire(g, ep, 0, g.current.fields)
		g.episodes[0].revision++
		e.emit(g, Closed, &g.episodes[0])
		g.dropEpisode()
	}
	for g.ring.lo < g.ring.fin {
		e.leaveFinal(g)
	}
	if g.chains != nil {
		g.chains.final.reset()
	}
	g.tumbling, g.current = false, current{}
}

// fire reports ep and makes it the episode at index i.
func (e *Engine) fire(g *group, ep episode, i int, fields string) {
	if ep.anchor.time == g.anchored {
		g.turn++
	} else {
		g.anchored, g.turn = ep.anchor.time, 0
	}
	ep.turn = g.turn
	g.episodes = slices.Insert(g.episodes, i, ep)
	stored := &g.episodes[i]
	e.emit(g, Fired, stored)
	out := &e.out[len(e.out)-1]
	out.Fields = fields
	stored.evidence = MaxEvidence - len(out.Evidence)
}

func (e *Engine) emit(g *group, kind Kind, ep *episode) {
	e.out = append(e.out, Change{
		Kind: kind, Spec: g.spec.ID, Group: g.groupValues(), Anchor: ep.anchor.time, Turn: ep.turn, Revision: ep.revision,
		Time: ep.time, WindowStart: sub(ep.time, g.spec.Timespan), WindowEnd: ep.time,
		First: ep.first, Last: ep.last, Count: ep.count, Value: ep.value,
		Evidence: e.evidenceOf(g, ep),
	})
}
