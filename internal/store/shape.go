package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// MaxBuckets bounds what a Histogram or a Top keeps in memory.
const MaxBuckets = 1_000_000

// Count returns how many events match q; Limit, After and Columns do not matter.
func (s *Store) Count(ctx context.Context, q Query) (int64, Read, error) {
	read, err := s.shape(ctx, q, func() visitor { return everything{} })
	if err != nil {
		return 0, read, fmt.Errorf("count: %w", err)
	}
	return read.Matched, read, nil
}

// Bucket is the number of events within one step of a Histogram.
type Bucket struct {
	// Start is the first moment of the step.
	Start time.Time
	Count int64
}

// Histogram counts the matching events per step of event_time, oldest first and
// without empty steps. Steps begin at multiples of step since 1970 and are at
// least a millisecond long.
func (s *Store) Histogram(ctx context.Context, q Query, step time.Duration) ([]Bucket, Read, error) {
	if step < time.Millisecond {
		return nil, Read{}, fmt.Errorf("histogram: step must be at least 1ms, is %v", step)
	}
	var h *timeline
	read, err := s.shape(ctx, q, func() visitor {
		h = &timeline{step: step.Microseconds(), counts: make(map[int64]int64)}
		return h
	})
	if err != nil {
		return nil, read, fmt.Errorf("histogram: %w", err)
	}
	out := make([]Bucket, 0, len(h.counts))
	for at, n := range h.counts {
		out = append(out, Bucket{Start: time.UnixMicro(at * h.step).UTC(), Count: n})
	}
	slices.SortFunc(out, func(a, b Bucket) int { return a.Start.Compare(b.Start) })
	return out, read, nil
}

// Value is a text with the number of events that have it.
type Value struct {
	Text  string
	Count int64
}

// Top returns the n most frequent texts of column c among the matching events,
// and how many different ones there are. An element of a list counts once per
// occurrence; numbers are not texts and are refused.
func (s *Store) Top(ctx context.Context, q Query, c event.Column, n int) (values []Value, distinct int, read Read, err error) {
	if c.IsNumber() || c >= event.NumColumns {
		return nil, 0, read, fmt.Errorf("top: %s is no text column", c)
	}
	if n < 1 {
		return nil, 0, read, fmt.Errorf("top: n must be 1 or more, is %d", n)
	}
	var t *ranking
	read, err = s.shape(ctx, q, func() visitor {
		t = &ranking{column: c, counts: make(map[string]int64)}
		return t
	})
	if err != nil {
		return nil, 0, read, fmt.Errorf("top %s: %w", c, err)
	}
	for text, count := range t.counts {
		values = append(values, Value{text, count})
	}
	slices.SortFunc(values, func(a, b Value) int { return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Text, b.Text)) })
	return values[:min(n, len(values))], len(t.counts), read, nil
}

// shape scans with a new visitor per attempt.
func (s *Store) shape(ctx context.Context, q Query, start func() visitor) (Read, error) {
	var sc scan
	err := s.restarting(ctx, func() error {
		sc = newScan(q.Where, q.Since, q.Until)
		return s.scan(ctx, &sc, start())
	})
	return sc.read, err
}

// everything only has the scan count.
type everything struct{}

func (everything) enough(int64) bool               { return false }
func (everything) visit(*group, int, bitset) error { return nil }

type timeline struct {
	everything

	step   int64 // microseconds
	counts map[int64]int64
}

func (h *timeline) visit(g *group, _ int, sel bitset) error {
	l := g.file.columns[event.EventTime]
	at, n := int64(0), int64(0)
	err := g.pages(l, sel, func(first int, p parquet.Page) error {
		t := numbersOf(p)
		eachValue(first, p, l.maxDef, sel, func(_, value int) {
			// Rows lie in the order of time, so most are of the last one's step.
			if bucket := floorDiv(t.at(value), h.step); bucket != at || n == 0 {
				h.add(at, n)
				at, n = bucket, 0
			}
			n++
		})
		return nil
	})
	h.add(at, n)
	if err == nil && len(h.counts) > MaxBuckets {
		err = fmt.Errorf("more than %d steps; ask for longer ones or a shorter time", MaxBuckets)
	}
	return err
}

func (h *timeline) add(at, n int64) {
	if n > 0 {
		h.counts[at] += n
	}
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

type ranking struct {
	everything

	column event.Column
	counts map[string]int64
}

// visit counts by the dictionary's numbers where there is a dictionary, and looks
// each text up once.
func (r *ranking) visit(g *group, _ int, sel bitset) error {
	l := g.file.columns[r.column]
	var dict parquet.Dictionary
	var perID []int64
	err := g.pages(l, sel, func(first int, p parquet.Page) error {
		t := textsOf(p)
		count := func(value int) { r.add(t.at(value), 1) }
		if t.dict != nil {
			if dict == nil {
				dict, perID = t.dict, make([]int64, t.dict.Len())
			}
			count = func(value int) { perID[t.ids[value]]++ }
		}
		if l.maxRep > 0 {
			eachElement(first, p, l.maxDef, sel, func(_, value, _ int) { count(value) })
		} else {
			eachValue(first, p, l.maxDef, sel, func(_, value int) { count(value) })
		}
		return r.check()
	})
	for id, n := range perID {
		if n > 0 {
			r.add(bytesAsString(dict.Index(int32(id)).ByteArray()), n)
		}
	}
	if err != nil {
		return err
	}
	return r.check()
}

func (r *ranking) add(text string, n int64) {
	if _, ok := r.counts[text]; !ok {
		text = strings.Clone(text)
	}
	r.counts[text] += n
}

func (r *ranking) check() error {
	if len(r.counts) > MaxBuckets {
		return fmt.Errorf("more than %d different values; narrow the search", MaxBuckets)
	}
	return nil
}
