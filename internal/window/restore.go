package window

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/cespare/xxhash/v2"
)

// Restore takes over the state that Snapshot returned. It is for an engine that
// has had its SetSpecs and nothing else; groups of specs that are not there, or
// differ from what they were, are left out. An error matches ErrSnapshot and
// leaves e as it was.
func (e *Engine) Restore(data []byte) error {
	head := len(snapshotMagic) + 1
	if len(data) < head+8 || string(data[:len(snapshotMagic)]) != snapshotMagic {
		return fmt.Errorf("%w: it does not begin like one", ErrSnapshot)
	}
	if v := data[len(snapshotMagic)]; v != snapshotVersion {
		return fmt.Errorf("%w: it is of version %d, expected %d", ErrSnapshot, v, snapshotVersion)
	}
	body, sum := data[:len(data)-8], binary.LittleEndian.Uint64(data[len(data)-8:])
	if xxhash.Sum64(body) != sum {
		return fmt.Errorf("%w: checksum does not match", ErrSnapshot)
	}
	return e.restoreBody(body[head:])
}

func (e *Engine) restoreBody(body []byte) error {
	fresh := New(e.evidence.max)
	for id, s := range e.specs {
		fresh.specs[id] = newState(s.Spec)
	}
	r := reader{buf: body}
	fresh.restore(&r)
	if !r.bad && len(r.buf) > 0 {
		r.fail("there is more after its end")
	}
	if r.bad {
		return fmt.Errorf("%w: %s", ErrSnapshot, r.reason)
	}
	*e = *fresh
	return nil
}

func (e *Engine) restore(r *reader) {
	e.clock = r.int()
	e.evidence.first = r.uint()
	for range r.count(3) {
		p := proof{time: r.int(), previous: r.uint(), text: r.text()}
		e.evidence.bytes += len(p.text) + proofOverhead
		e.evidence.entries = append(e.evidence.entries, p)
	}
	for range r.count(4) {
		id, fingerprint, groups, body := r.text(), r.uint(), r.count(0), r.text()
		s := e.specs[id]
		if r.bad || s == nil || s.fingerprint() != fingerprint {
			continue
		}
		in := reader{buf: []byte(body)}
		for range groups {
			if e.restoreGroup(&in, s); in.bad {
				r.fail(in.reason)
				return
			}
		}
	}
}

func (e *Engine) restoreGroup(r *reader, s *state) {
	key := r.text()
	if !validKey(key, s.Groups) || s.groups[key] != nil {
		r.fail("a group's key is damaged")
		return
	}
	g := e.newGroup(s, key)
	for _, v := range []*int64{&g.local, &g.localAt, &g.newest, &g.frontier, &g.fired, &g.opened, &g.timer.at} {
		*v = r.int()
	}
	for _, b := range []*bool{&g.disarmed, &g.tumbling, &g.unsure, &g.cut, &g.bound, &g.current.open} {
		*b = r.bool()
	}
	g.newestEvidence = r.uint()
	c := &g.current
	c.place = r.place()
	c.start, c.first, c.last, c.count, c.value, c.fields = r.int(), r.int(), r.int(), r.int(), r.float(), r.text()
	for range r.count(1) {
		g.issued = append(g.issued, r.int())
	}
	for range r.count(10) {
		g.episodes = append(g.episodes, r.episode())
		if !g.dirty && g.episodes[len(g.episodes)-1].dirty {
			g.dirty = true
			e.dirty = append(e.dirty, g)
		}
	}
	e.restoreRing(r, g)
	if !r.bad {
		e.timers.set(g, g.timer.at)
	}
}

func (e *Engine) restoreRing(r *reader, g *group) {
	fin, eager, turned, late := r.count(0), r.count(0), r.count(0), r.count(0)
	n := r.count(5)
	for i := range n {
		it := r.item(g)
		if r.bad || i > 0 && g.ring.items[i-1].compare(it.place) >= 0 {
			r.fail("contributions are out of order")
			return
		}
		g.ring.items = append(g.ring.items, it)
	}
	g.ring.fin, g.ring.eager = fin, eager
	if fin > n || eager > n || turned > fin || g.bound && (len(g.episodes) == 0 || !g.current.open) ||
		g.tumbling && (!g.spec.tumbles || fin == 0) || g.timer.at > MaxClock*2 {
		r.fail("figures of a group don't fit together")
		return
	}
	e.stats.Contributions += n
	g.rebuild(turned)
	if g.chains != nil {
		g.chains.late = late
		for i := range g.chains.eager.start {
			g.chains.eager.start[i] = r.int()
		}
	}
}

// rebuild computes what follows from the contributions.
func (g *group) rebuild(turned int) {
	for i := range g.ring.items {
		it := &g.ring.items[i]
		final := i < g.ring.fin
		switch {
		case g.values != nil:
			if final {
				g.values.addFinal(it.val)
			}
			if g.spec.eager && i >= g.ring.eager {
				g.values.addEager(it.val)
			}
		case g.chains != nil && final:
			g.chains.final.add(int(it.rule), it.time)
		case g.sums != nil && final:
			g.sums.push(it.num)
		case g.ranks != nil && final:
			g.ranks.add(it.num)
		}
	}
	if g.sums != nil {
		g.sums.turn(turned)
	}
}

func validKey(key string, values int) bool {
	for range values {
		n, size := uvarint(key)
		if size == 0 || n > len(key)-size {
			return false
		}
		key = key[size+n:]
	}
	return key == ""
}

// reader takes a body apart. After the first damage everything it returns is zero.
type reader struct {
	buf    []byte
	bad    bool
	reason string
}

func (r *reader) fail(reason string) {
	if !r.bad {
		r.bad, r.reason = true, reason
	}
	r.buf = nil
}

func (r *reader) int() int64 {
	v, n := binary.Varint(r.buf)
	if n <= 0 {
		r.fail("it is cut off")
		return 0
	}
	r.buf = r.buf[n:]
	return v
}

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.buf)
	if n <= 0 {
		r.fail("it is cut off")
		return 0
	}
	r.buf = r.buf[n:]
	return v
}

// count reads a number of things that take at least size bytes each.
func (r *reader) count(size int) int {
	v := r.uint()
	if v > math.MaxInt32 || size > 0 && v > uint64(len(r.buf)/size) {
		r.fail("a count is larger than what follows")
		return 0
	}
	return int(v)
}

func (r *reader) float() float64 {
	if len(r.buf) < 8 {
		r.fail("it is cut off")
		return 0
	}
	v := math.Float64frombits(binary.LittleEndian.Uint64(r.buf))
	r.buf = r.buf[8:]
	return v
}

func (r *reader) text() string {
	n := r.count(1)
	s := string(r.buf[:n])
	r.buf = r.buf[n:]
	return s
}

func (r *reader) bool() bool {
	if len(r.buf) == 0 {
		r.fail("it is cut off")
		return false
	}
	b := r.buf[0] == 1
	r.buf = r.buf[1:]
	return b
}

func (r *reader) place() place {
	p := place{time: r.int(), order: r.uint(), id: r.uint()}
	rule := r.int()
	if rule < 0 || rule > math.MaxInt32 || p.time > maxTimespan || p.time < -maxTimespan {
		r.fail("a contribution's place is damaged")
		return place{}
	}
	p.rule = int32(rule)
	return p
}

func (r *reader) episode() episode {
	return episode{
		anchor: r.int(), turn: int(r.int()), at: r.place(), fields: r.text(), time: r.int(), first: r.int(), last: r.int(), count: r.int(), value: r.float(),
		revision: int(r.int()), evidence: int(r.int()), dirty: r.bool(),
	}
}

func (r *reader) item(g *group) item {
	it := item{place: r.place()}
	if g.spec.temporal() && int(it.rule) >= g.spec.Rules {
		r.fail("a contribution's rule is damaged")
		return item{}
	}
	switch {
	case g.spec.Numeric():
		it.num = r.float()
	case g.values != nil && g.values.index != nil:
		it.val = g.values.hold(r.text())
	case g.values != nil:
		it.val = it.rule
	}
	if fields := r.text(); fields != "" {
		if g.fields == nil {
			g.fields = make(map[place]string)
		}
		g.fields[it.place] = fields
	}
	return it
}
