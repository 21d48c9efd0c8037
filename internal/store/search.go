package store

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/store/query"
)

// Query is what a search asks for.
type Query struct {
	// Where selects events; nil selects all.
	Where query.Expr
	// Since and Until bound event_time: Since ≤ event_time < Until. The zero time
	// leaves an end open.
	Since, Until time.Time
	// Limit is how many events are returned, 1 to MaxLimit. Default 100.
	Limit int
	// After continues after the last event of an earlier page.
	After Cursor
	// Columns are the columns to return; nil returns all of them and extra.
	Columns []event.Column
}

// MaxLimit is the most events that one search returns; ask for the next page
// with the cursor.
const MaxLimit = 10_000

// Cursor is a place in the order of results: newest event_time first, and by
// event id, descending, within a microsecond. The zero value is the start.
type Cursor struct {
	// Time is event_time in microseconds since 1970.
	Time int64 `json:"time"`
	// ID is the event id.
	ID string `json:"id"`
}

// Read says what a query read, so that a slow one explains itself.
type Read struct {
	// Segments and RowGroups were looked into; SegmentsSkipped were ruled out by
	// partition, footer or limit.
	Segments        int `json:"segments"`
	SegmentsSkipped int `json:"segments_skipped"`
	RowGroups       int `json:"row_groups"`
	// Rows is the number of events in those row groups, Matched the number that
	// met the condition.
	Rows    int64 `json:"rows"`
	Matched int64 `json:"matched"`
	// Bytes is the size of the decoded pages.
	Bytes int64 `json:"bytes"`
	// Damaged counts segments that could not be read and were left out.
	Damaged int `json:"damaged,omitempty"`
}

// Result is one page of events.
type Result struct {
	// Events are the newest matching events, newest first.
	Events []event.Event
	// Next continues after the last event; nil when there are no more.
	Next *Cursor
	// Read says what it took.
	Read Read
}

// Search returns the newest events that match. It stops early when ctx ends. Of
// an event's times the archive holds microseconds.
func (s *Store) Search(ctx context.Context, q Query) (Result, error) {
	if q.Limit == 0 {
		q.Limit = 100
	}
	if q.Limit < 1 || q.Limit > MaxLimit {
		return Result{}, fmt.Errorf("search: limit must be 1 to %d, is %d", MaxLimit, q.Limit)
	}
	var out Result
	err := s.restarting(ctx, func() error {
		run := &searchRun{scan: newScan(q.Where, q.Since, q.Until), query: q}
		run.keep.limit = q.Limit + 1 // one more tells whether there is a next page
		if q.After != (Cursor{}) {
			run.scan.until = min(run.scan.until, q.After.Time)
		}
		if err := s.scan(ctx, &run.scan, run); err != nil {
			return err
		}
		var err error
		out, err = run.result(s)
		return s.setAside(err)
	})
	if err != nil {
		return Result{}, fmt.Errorf("search: %w", err)
	}
	return out, nil
}

// restarting runs f, again when what it was about to read was compacted by
// another process.
func (s *Store) restarting(ctx context.Context, f func() error) error {
	var err error
	for range maxRestarts {
		if err = f(); !errors.Is(err, errGone) {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return err
}

// hit is a row that is among the newest so far.
type hit struct {
	time int64
	id   string
	seg  *segment
	rg   int
	row  int
}

// older orders hits from the last result to the first.
func older(a, b hit) int {
	return cmp.Or(cmp.Compare(a.time, b.time), strings.Compare(a.id, b.id))
}

// newest keeps the limit newest hits as a heap with the oldest on top.
type newest struct {
	limit int
	hits  []hit
}

func (n *newest) Len() int           { return len(n.hits) }
func (n *newest) Less(i, j int) bool { return older(n.hits[i], n.hits[j]) < 0 }
func (n *newest) Swap(i, j int)      { n.hits[i], n.hits[j] = n.hits[j], n.hits[i] }

// Push adds a hit, for container/heap.
func (n *newest) Push(x any) { h, _ := x.(hit); n.hits = append(n.hits, h) }

// Pop removes the last hit, for container/heap.
func (n *newest) Pop() any {
	last := n.hits[len(n.hits)-1]
	n.hits = n.hits[:len(n.hits)-1]
	return last
}

func (n *newest) full() bool { return len(n.hits) == n.limit }

func (n *newest) offer(h hit) {
	if !n.full() {
		heap.Push(n, h)
		return
	}
	if older(n.hits[0], h) < 0 {
		n.hits[0] = h
		heap.Fix(n, 0)
	}
}

// searchRun is one attempt at a search.
type searchRun struct {
	scan  scan
	query Query
	keep  newest
}

// enough reports whether no event at or before time t can be a result.
func (r *searchRun) enough(t int64) bool {
	return r.keep.full() && t < r.keep.hits[0].time
}

// visit takes the matching rows of a row group.
func (r *searchRun) visit(g *group, rg int, sel bitset) error {
	times, err := g.readNumbers(event.EventTime, sel)
	if err != nil {
		return err
	}
	wanted := newBitset(g.rows)
	for row := sel.next(0); row >= 0; row = sel.next(row + 1) {
		t := times[row]
		if r.keep.full() && t < r.keep.hits[0].time {
			continue
		}
		wanted.set(row)
	}
	r.narrow(times, wanted)
	l := g.file.columns[event.EventID]
	return g.pages(l, wanted, func(first int, p parquet.Page) error {
		t := textsOf(p)
		eachValue(first, p, l.maxDef, wanted, func(row, value int) {
			h := hit{time: times[row], id: t.at(value), seg: g.file.seg, rg: rg, row: row}
			if !r.before(h) || r.keep.full() && older(r.keep.hits[0], h) >= 0 {
				return
			}
			h.id = strings.Clone(h.id)
			r.keep.offer(h)
		})
		return nil
	})
}

// narrow removes rows that are older than the limit's worth of others: their ids
// need not be read.
func (r *searchRun) narrow(times []int64, rows bitset) {
	if rows.count() <= 2*r.keep.limit || r.query.After != (Cursor{}) {
		return
	}
	all := make([]int64, 0, rows.count())
	for row := rows.next(0); row >= 0; row = rows.next(row + 1) {
		all = append(all, times[row])
	}
	slices.Sort(all)
	least := all[len(all)-r.keep.limit]
	for row := rows.next(0); row >= 0; row = rows.next(row + 1) {
		if times[row] < least {
			rows[row>>6] &^= 1 << (row & 63)
		}
	}
}

// before reports whether h comes after the cursor in the order of results.
func (r *searchRun) before(h hit) bool {
	after := r.query.After
	return after == (Cursor{}) || older(h, hit{time: after.Time, id: after.ID}) < 0
}

func (r *searchRun) result(s *Store) (Result, error) {
	hits := r.keep.hits
	slices.SortFunc(hits, func(a, b hit) int { return older(b, a) })
	out := Result{}
	if len(hits) > r.query.Limit {
		hits = hits[:r.query.Limit]
		last := hits[len(hits)-1]
		out.Next = &Cursor{Time: last.time, ID: last.id}
	}
	events, err := s.materialize(hits, r.query.Columns, &r.scan.read.Bytes)
	out.Events, out.Read = events, r.scan.read
	return out, err
}
