package window

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// A snapshot is
//
//	"GWIN" | version | body | xxhash64 of all before, little endian
//
// where body holds the clock, the log of evidence, and each spec's groups from the
// least to the most recently used. Numbers are varints, texts carry their length.
// What can be computed from the contributions is not in it: tables of values, sums
// and sequences are built anew.
const (
	snapshotMagic   = "GWIN"
	snapshotVersion = 1
)

// ErrSnapshot is matched by Restore's error for data that is not an undamaged
// snapshot of this version.
var ErrSnapshot = errors.New("not a usable snapshot")

// Snapshot returns the state of e. An engine that is restored from it gives the
// same changes from here on, except that Grown may tell of an episode once more.
func (e *Engine) Snapshot() []byte {
	w := writer{buf: append([]byte(snapshotMagic), snapshotVersion)}
	w.int(e.clock)
	w.uint(e.evidence.first)
	w.uint(uint64(len(e.evidence.entries) - e.evidence.head))
	for _, p := range e.evidence.entries[e.evidence.head:] {
		w.int(p.time)
		w.uint(p.previous)
		w.text(p.text)
	}
	w.uint(uint64(len(e.specs)))
	for _, id := range slices.Sorted(maps.Keys(e.specs)) {
		s := e.specs[id]
		w.text(id)
		w.uint(s.fingerprint())
		groups := writer{}
		for g := s.lru.prev; g != &s.lru; g = g.prev {
			groups.group(g)
		}
		w.uint(uint64(len(s.groups)))
		w.text(string(groups.buf))
	}
	return binary.LittleEndian.AppendUint64(w.buf, xxhash.Sum64(w.buf))
}

func (s *state) fingerprint() uint64 { return xxhash.Sum64String(fmt.Sprintf("%+v", s.Spec)) }

type writer struct{ buf []byte }

func (w *writer) int(v int64)   { w.buf = binary.AppendVarint(w.buf, v) }
func (w *writer) uint(v uint64) { w.buf = binary.AppendUvarint(w.buf, v) }
func (w *writer) float(v float64) {
	w.buf = binary.LittleEndian.AppendUint64(w.buf, math.Float64bits(v))
}

func (w *writer) text(s string) {
	w.uint(uint64(len(s)))
	w.buf = append(w.buf, s...)
}

func (w *writer) bool(b bool) {
	if b {
		w.buf = append(w.buf, 1)
		return
	}
	w.buf = append(w.buf, 0)
}

func (w *writer) place(p place) {
	w.int(p.time)
	w.uint(p.order)
	w.uint(p.id)
	w.int(int64(p.rule))
}

func (w *writer) group(g *group) {
	w.text(g.key)
	for _, v := range []int64{g.local, g.localAt, g.newest, g.frontier, g.fired, g.opened, g.timer.at} {
		w.int(v)
	}
	for _, b := range []bool{g.disarmed, g.tumbling, g.unsure, g.cut, g.bound, g.current.open} {
		w.bool(b)
	}
	w.uint(g.newestEvidence)
	c := &g.current
	w.place(c.place)
	w.int(c.start)
	w.int(c.first)
	w.int(c.last)
	w.int(c.count)
	w.float(c.value)
	w.text(c.fields)
	w.uint(uint64(len(g.issued)))
	for _, t := range g.issued {
		w.int(t)
	}
	w.uint(uint64(len(g.episodes)))
	for i := range g.episodes {
		w.episode(&g.episodes[i])
	}
	w.uint(uint64(g.ring.fin - g.ring.lo))
	w.uint(uint64(max(g.ring.eager, g.ring.lo) - g.ring.lo))
	turned, late := 0, 0
	if g.sums != nil {
		turned = len(g.sums.out)
	}
	if g.chains != nil {
		late = g.chains.late
	}
	w.uint(uint64(turned))
	w.uint(uint64(late))
	w.uint(uint64(g.ring.len()))
	for i := range g.ring.items[g.ring.lo:] {
		w.item(g, &g.ring.items[g.ring.lo+i])
	}
	if g.chains != nil {
		for _, start := range g.chains.eager.start {
			w.int(start)
		}
	}
}

func (w *writer) episode(ep *episode) {
	w.int(ep.anchor)
	w.int(int64(ep.turn))
	w.place(ep.at)
	w.text(ep.fields)
	w.int(ep.time)
	w.int(ep.first)
	w.int(ep.last)
	w.int(ep.count)
	w.float(ep.value)
	w.int(int64(ep.revision))
	w.int(int64(ep.evidence))
	w.bool(ep.dirty)
}

func (w *writer) item(g *group, it *item) {
	w.place(it.place)
	switch {
	case g.spec.Numeric():
		w.float(it.num)
	case g.values != nil && g.values.index != nil:
		w.text(g.values.table[it.val].name)
	}
	w.text(g.fields[it.place])
}
