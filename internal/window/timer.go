package window

// timer is a group's place in the queue of groups to settle.
type timer struct {
	at    int64
	index int
}

// timers is a binary heap of groups by timer.at, with the index kept in the group
// so that a timer can be moved.
type timers struct{ heap []*group }

// before orders the queue; ties are broken by what the groups are, so that the
// order doesn't depend on how they came in.
func (g *group) before(o *group) bool {
	if g.timer.at != o.timer.at {
		return g.timer.at < o.timer.at
	}
	if g.key != o.key {
		return g.key < o.key
	}
	return g.spec.ID < o.spec.ID
}

func (t *timers) first() *group {
	if len(t.heap) == 0 {
		return nil
	}
	return t.heap[0]
}

// set queues g for at, or moves it there.
func (t *timers) set(g *group, at int64) {
	if g.timer.index < 0 {
		g.timer = timer{at: at, index: len(t.heap)}
		t.heap = append(t.heap, g)
		t.up(g)
		return
	}
	earlier := at < g.timer.at
	g.timer.at = at
	if earlier {
		t.up(g)
	} else {
		t.down(g)
	}
}

func (t *timers) remove(g *group) {
	i := g.timer.index
	if i < 0 {
		return
	}
	last := t.heap[len(t.heap)-1]
	t.heap[len(t.heap)-1] = nil
	t.heap = t.heap[:len(t.heap)-1]
	g.timer.index = -1
	if last == g {
		return
	}
	t.put(last, i)
	t.up(last)
	t.down(last)
}

func (t *timers) put(g *group, i int) {
	t.heap[i] = g
	g.timer.index = i
}

func (t *timers) up(g *group) {
	i := g.timer.index
	for i > 0 {
		parent := (i - 1) / 2
		if !g.before(t.heap[parent]) {
			break
		}
		t.put(t.heap[parent], i)
		i = parent
	}
	t.put(g, i)
}

func (t *timers) down(g *group) {
	i := g.timer.index
	for {
		child := 2*i + 1
		if child >= len(t.heap) {
			break
		}
		if right := child + 1; right < len(t.heap) && t.heap[right].before(t.heap[child]) {
			child = right
		}
		if !t.heap[child].before(g) {
			break
		}
		t.put(t.heap[child], i)
		i = child
	}
	t.put(g, i)
}
