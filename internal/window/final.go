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
	for waiting := g.waiting(); len(waiting) > 0 && waiting[0].at.time < frontier; waiting = g.waiting() {
		e.pass(g)
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
	for waiting := g.waiting(); len(waiting) > 0 && waiting[0].at.compare(it.place) < 0; waiting = g.waiting() {
		e.pass(g)
	}
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
	switch {
	case !g.holds(value) && (!anchored || !g.cut): // what a limit took away can't speak against a report
		g.disarmed = false
		e.confirm(g)
		g.extend(it)
	case g.disarmed:
		g.extend(it)
	default:
		e.endCurrent(g)
		g.begin(it, from, value)
		if waiting := g.waiting(); len(waiting) == 0 || waiting[0].at.time >= it.time+g.spec.Timespan {
			e.confirm(g)
		}
		// Otherwise the reported one may belong to this firing: wait for it.
	}
	if anchored {
		e.pass(g)
	}
}

// pass decides about the first waiting episode when the final machine comes by: it
// is the current one, or there is none.
func (e *Engine) pass(g *group) {
	ep := &g.waiting()[0]
	if g.current.open && ep.at.time >= g.current.place.time+g.spec.Timespan {
		e.endCurrent(g)
		ep = &g.waiting()[0]
	}
	if g.current.open && !g.bound {
		e.bind(g)
		return
	}
	ep.revision++
	e.emit(g, Withdrawn, ep)
	i := 0
	if g.bound {
		i = 1
	}
	g.episodes = slices.Delete(g.episodes, i, i+1)
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
	case g.ranks != nil:
		g.ranks.add(it.num)
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
	case g.spec.Type == ValueMedian:
		return g.ranks.percentile(50)
	case g.spec.Type == ValuePercentile:
		return g.ranks.percentile(g.spec.Percentile)
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
	return len(waiting) > 0 && waiting[0].at == p
}

// bind ties the first waiting episode to the current one, which covers its anchor.
func (e *Engine) bind(g *group) {
	g.bound = true
	ep, c := &g.episodes[0], &g.current
	if ep.at == c.place {
		return
	}
	was, wasFields := ep.time, ep.fields
	ep.time, ep.value, ep.fields = c.place.time, c.value, c.fields
	ep.first = min(ep.first, c.first)
	ep.revision++
	e.emit(g, Moved, ep)
	out := &e.out[len(e.out)-1]
	out.WasTime, out.WasFields = was, wasFields
}

// confirm reports the current episode if nothing that was reported belongs to it.
func (e *Engine) confirm(g *group) {
	c := &g.current
	if !c.open || g.bound {
		return
	}
	ep := episode{
		anchor: c.place.time, at: c.place, time: c.place.time, value: c.value, revision: 1,
		count: c.count, first: c.first, last: c.last, fields: c.fields,
	}
	e.fire(g, ep, 0)
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
			anchor: end, at: place{time: end}, time: end, fields: g.current.fields, value: value, revision: 1, count: int64(g.ring.fin - g.ring.lo),
			first: first.time, last: last.time,
		}
		e.fire(g, ep, 0)
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
func (e *Engine) fire(g *group, ep episode, i int) {
	g.issued = slices.DeleteFunc(g.issued, func(t int64) bool { return t < sub(g.frontier, g.spec.Timespan) && t < ep.anchor })
	for _, t := range g.issued {
		if t == ep.anchor {
			ep.turn++
		}
	}
	g.issued = append(g.issued, ep.anchor)
	g.episodes = slices.Insert(g.episodes, i, ep)
	stored := &g.episodes[i]
	e.emit(g, Fired, stored)
	stored.evidence = MaxEvidence - len(e.out[len(e.out)-1].Evidence)
}

func (e *Engine) emit(g *group, kind Kind, ep *episode) {
	fields, wasTime, wasFields := "", int64(0), ""
	switch kind {
	case Fired, Moved:
		fields = ep.fields
	case Withdrawn:
		wasTime, wasFields = ep.time, ep.fields
	case Grown, Closed:
	}
	e.out = append(e.out, Change{
		Kind: kind, Spec: g.spec.ID, Group: g.groupValues(), Anchor: ep.anchor, Turn: ep.turn, Revision: ep.revision,
		Time: ep.time, WindowStart: sub(ep.time, g.spec.Timespan), WindowEnd: ep.time,
		First: ep.first, Last: ep.last, Count: ep.count, Value: ep.value,
		Fields: fields, WasTime: wasTime, WasFields: wasFields, Evidence: e.evidenceOf(g, ep),
	})
}
