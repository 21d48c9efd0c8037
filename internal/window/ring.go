package window

import (
	"cmp"
	"math"
	"sort"
)

// place is where a contribution stands among the others of its group.
type place struct {
	time  int64
	order uint64
	id    uint64
	rule  int32
}

// compare orders places: by time, stream order, id, and the last rule first.
func (p place) compare(q place) int {
	if p.time != q.time {
		return cmp.Compare(p.time, q.time)
	}
	if c := cmp.Compare(p.order, q.order); c != 0 {
		return c
	}
	if c := cmp.Compare(p.id, q.id); c != 0 {
		return c
	}
	return cmp.Compare(q.rule, p.rule)
}

// item is one contribution in a group's ring.
type item struct {
	place
	// val is the index of the value in the group's table.
	val int32
	// num is what sums add up.
	num float64
}

// ring holds a group's contributions in order of their places. The indices into
// items stand as head = lo <= fin <= len and head <= eager:
//
//	items[lo:fin] is the final machine's window, items[fin:] is not settled yet,
//	items[eager:] is the eager machine's window.
type ring struct {
	items          []item
	lo, fin, eager int
}

func (r *ring) len() int { return len(r.items) - r.lo }

func (r *ring) last() *item { return &r.items[len(r.items)-1] }

// insert puts it where it belongs among the contributions that are not settled,
// and returns its index; it reports false when it is there already. An insertion
// behind the newest costs a move of all that stand after it.
func (r *ring) insert(it item) (int, bool) {
	n := len(r.items)
	if n == r.fin || r.items[n-1].compare(it.place) < 0 {
		r.items = append(r.items, it)
		return n, true
	}
	i := r.find(it.place)
	if r.items[i].place == it.place {
		return i, false
	}
	r.items = append(r.items, item{})
	copy(r.items[i+1:], r.items[i:])
	r.items[i] = it
	return i, true
}

// find returns the index of p, which is there and not settled.
func (r *ring) find(p place) int {
	return r.fin + sort.Search(len(r.items)-r.fin, func(i int) bool { return r.items[r.fin+i].compare(p) >= 0 })
}

// settled reports whether p is among the settled contributions still held.
func (r *ring) settled(p place) bool {
	i := r.lo + sort.Search(r.fin-r.lo, func(i int) bool { return r.items[r.lo+i].compare(p) >= 0 })
	return i < r.fin && r.items[i].place == p
}

// from returns the index of the first contribution at or after time.
func (r *ring) from(time int64) int {
	return r.lo + sort.Search(r.len(), func(i int) bool { return r.items[r.lo+i].time >= time })
}

const (
	// compactAt keeps small rings from being moved for a few bytes.
	compactAt = 16
	// shrinkAt is the capacity from which a ring that emptied gives memory back.
	shrinkAt = 256
)

// compact reuses the room of what has left the window; amortized it moves each
// contribution once.
func (r *ring) compact() {
	if r.lo < compactAt || r.lo < len(r.items)/2 {
		return
	}
	live := r.items[r.lo:]
	if cap(r.items) > shrinkAt && len(live) < cap(r.items)/8 {
		r.items = append(make([]item, 0, 2*len(live)), live...)
	} else {
		r.items = r.items[:copy(r.items, live)]
	}
	r.fin -= r.lo
	r.eager = max(r.eager-r.lo, 0)
	r.lo = 0
}

// add and sub saturate, so that a time out of nowhere can't wrap around.
func add(a, b int64) int64 {
	if s := a + b; (s > a) == (b > 0) || b == 0 {
		return s
	}
	if b > 0 {
		return math.MaxInt64
	}
	return math.MinInt64
}

func sub(a, b int64) int64 {
	if b == math.MinInt64 {
		return add(add(a, math.MaxInt64), 1)
	}
	return add(a, -b)
}
