package store

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/store/query"
)

// scan is one walk over the archive: which events, and what was read.
type scan struct {
	where        query.Expr
	since, until int64 // microseconds, both included
	read         Read
}

func newScan(where query.Expr, since, until time.Time) scan {
	if where == nil {
		where = query.All{}
	}
	s := scan{where: where, since: math.MinInt64, until: math.MaxInt64}
	if !since.IsZero() {
		s.since = -micros(-since.UnixNano()) // rounded up
	}
	if !until.IsZero() {
		s.until = micros(until.UnixNano() - 1)
	}
	return s
}

// A visitor takes what a scan finds. enough is asked before anything that holds
// events up to time t, in microseconds, is read.
type visitor interface {
	enough(t int64) bool
	visit(g *group, rg int, sel bitset) error
}

// scan walks the segments, newest first, and hands matching rows to v.
func (s *Store) scan(ctx context.Context, sc *scan, v visitor) error {
	snap, err := s.snapshot()
	if err != nil {
		return err
	}
	defer snap.close()
	rest := snap.segments
	for len(rest) > 0 {
		h := rest[0].hour
		n := slices.IndexFunc(rest, func(seg *segment) bool { return seg.hour != h })
		if n < 0 {
			n = len(rest)
		}
		// Older hours hold nothing later than this hour can.
		if h.latest() < sc.since || v.enough(h.latest()) {
			sc.read.SegmentsSkipped += len(rest)
			return nil
		}
		if err := s.scanHour(ctx, sc, rest[:n], v); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

// scanHour walks the segments of one partition, those with the latest events
// first.
func (s *Store) scanHour(ctx context.Context, sc *scan, segs []*segment, v visitor) error {
	type timed struct {
		seg *segment
		sum *summary
	}
	list := make([]timed, 0, len(segs))
	for _, seg := range segs {
		if err := ctx.Err(); err != nil {
			return err
		}
		sum, err := s.summarize(seg)
		if errors.Is(err, errDamaged) {
			sc.read.Damaged++
			continue
		}
		if err != nil {
			return err
		}
		if sum.maxTime < sc.since || sum.minTime > sc.until {
			sc.read.SegmentsSkipped++
			continue
		}
		list = append(list, timed{seg, sum})
	}
	slices.SortFunc(list, func(a, b timed) int { return cmp.Compare(b.sum.maxTime, a.sum.maxTime) })
	for i, t := range list {
		if v.enough(t.sum.maxTime) {
			sc.read.SegmentsSkipped += len(list) - i
			return nil
		}
		if err := s.scanSegment(ctx, sc, t.seg, v); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) scanSegment(ctx context.Context, sc *scan, seg *segment, v visitor) error {
	f, err := s.open(seg)
	if errors.Is(err, errDamaged) {
		sc.read.Damaged++
		return nil
	}
	if err != nil {
		return err
	}
	defer f.release()
	sc.read.Segments++
	groups := f.groups(&sc.read.Bytes)
	// Compacted segments are sorted by time: the last row group is the newest.
	for rg, g := range slices.Backward(groups) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.scanGroup(sc, g, rg, v); err != nil {
			return s.setAside(err)
		}
	}
	return nil
}

func (s *Store) scanGroup(sc *scan, g *group, rg int, v visitor) error {
	low, high, ok := g.bounds(event.EventTime)
	if !ok {
		low, high = math.MinInt64, math.MaxInt64
	}
	if high < sc.since || low > sc.until || v.enough(high) {
		return nil
	}
	sc.read.RowGroups++
	sc.read.Rows += int64(g.rows)
	sel := fullBitset(g.rows)
	var err error
	if low < sc.since || high > sc.until {
		sel, err = g.matchMicros(event.EventTime, sc.since, sc.until, sel)
	}
	if err == nil {
		sel, err = g.match(sc.where, sel)
	}
	if err != nil || sel.empty() {
		return err
	}
	sc.read.Matched += int64(sel.count())
	return v.visit(g, rg, sel)
}
