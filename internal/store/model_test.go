package store

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/store/query"
)

// The model of the archive: all events in a slice, filtered by Match.

func drawEvent(t *rapid.T, id string, i int) event.Event {
	var e event.Event
	e.SetText(event.EventID, id)
	base := genStart.Add(time.Duration(rapid.IntRange(0, 3*3600).Draw(t, "second")) * time.Second)
	e.SetTime(event.IngestTime, base.Add(time.Duration(i)*time.Microsecond))
	late := rapid.SampledFrom([]time.Duration{0, 0, time.Second, 2 * time.Hour, 100 * time.Hour, -4 * time.Minute}).Draw(t, "late")
	e.SetTime(event.EventTime, base.Add(-late).Truncate(time.Second))
	word := rapid.SampledFrom([]string{"", "root", "Root", "admin", "Straße", "STRASSE", "a b", `x"y\z`, "192.0.2.1", "k\u212a"})
	for _, c := range []event.Column{event.UserName, event.Message, event.Raw, event.HostName, event.Action, event.SessionID} {
		e.SetText(c, word.Draw(t, c.String()))
	}
	if ip := rapid.SampledFrom([]string{"", "192.0.2.1", "192.0.2.200", "10.1.2.3", "2001:db8::1"}).Draw(t, "ip"); ip != "" {
		e.SetIP(event.SourceIP, ip)
	}
	if rapid.Bool().Draw(t, "has status") {
		e.SetInt(event.StatusCode, rapid.SampledFrom([]int64{200, 404, 500, -1, math.MaxInt64}).Draw(t, "status"))
	}
	if rapid.Bool().Draw(t, "has bytes") {
		e.SetInt(event.NetworkBytes, rapid.Int64Range(0, 5).Draw(t, "bytes"))
	}
	for range rapid.IntRange(0, 3).Draw(t, "tags") {
		e.Append(event.Tags, rapid.SampledFrom([]string{"root", "ROOT", "web", "a b"}).Draw(t, "tag"))
	}
	if rapid.Bool().Draw(t, "extra") {
		e.SetExtraText("plain", word.Draw(t, "plain"))
		e.SetExtra("n", event.Value{Kind: event.KindNumber, Text: rapid.SampledFrom([]string{"5", "5.5", "-2", "1e3"}).Draw(t, "n")})
		e.SetExtra("o", event.Value{Kind: event.KindObject, Text: `{"a":{"b":"root"},"a.c":7}`})
		e.SetExtra("null", event.Value{Kind: event.KindNull, Text: "null"})
	}
	return e
}

func drawExpr(t *rapid.T, depth int) query.Expr {
	kinds := 6
	if depth > 0 {
		kinds = 9
	}
	word := rapid.SampledFrom([]string{"root", "ROOT", "adm*", "*a*", "?oot", "*", "strasse", "STRAßE", "192.0.2.1", "192.0.*", `*"*`, "K*"}).Draw(t, "word")
	exact := rapid.Bool().Draw(t, "exact")
	switch rapid.IntRange(0, kinds).Draw(t, "kind") {
	case 0:
		c := rapid.SampledFrom([]event.Column{event.UserName, event.SourceIP, event.Tags, event.Message, event.SessionID, event.Vendor}).Draw(t, "column")
		return query.Text{Field: query.Field{Column: c}, Pattern: query.Wildcard(word, exact)}
	case 1:
		c := rapid.SampledFrom([]event.Column{event.StatusCode, event.NetworkBytes, event.SourcePort}).Draw(t, "column")
		low := rapid.SampledFrom([]int64{math.MinInt64, 0, 2, 300}).Draw(t, "low")
		return query.Range{Column: c, Min: low, Max: rapid.SampledFrom([]int64{3, 499, math.MaxInt64}).Draw(t, "high")}
	case 2:
		return query.CIDR{Field: query.Field{Column: event.SourceIP}, Prefix: netip.MustParsePrefix(rapid.SampledFrom([]string{"192.0.2.0/25", "10.0.0.0/8", "2001:db8::/32"}).Draw(t, "net"))}
	case 3:
		c := rapid.SampledFrom([]event.Column{event.UserName, event.StatusCode, event.Tags, event.Raw}).Draw(t, "column")
		return query.Exists{Field: query.Field{Column: c}}
	case 4:
		return query.Words{Pattern: query.Contains(strings.Trim(word, "*?"), exact)}
	case 5:
		name := rapid.SampledFrom([]string{"plain", "n", "o.a.b", "o.a.c", "null", "none"}).Draw(t, "extra")
		if rapid.Bool().Draw(t, "number") {
			return query.Compare{Field: query.Field{Extra: name}, Low: 0, High: 10, HighClosed: true}
		}
		return query.Text{Field: query.Field{Extra: name}, Pattern: query.Wildcard(word, exact)}
	case 6:
		from := genStart.Add(time.Duration(rapid.IntRange(-7200, 10800).Draw(t, "from")) * time.Second)
		return query.Range{Column: event.EventTime, Min: from.UnixNano(), Max: from.Add(time.Hour).UnixNano()}
	case 7:
		return query.Not{X: drawExpr(t, depth-1)}
	case 8:
		return query.And{drawExpr(t, depth-1), drawExpr(t, depth-1)}
	default:
		return query.Or{drawExpr(t, depth-1), drawExpr(t, depth-1)}
	}
}

// toMicros brings an event to what the archive keeps of it.
func toMicros(e event.Event) event.Event {
	for _, c := range []event.Column{event.EventTime, event.IngestTime} {
		e.SetInt(c, micros(e.Int(c))*1000)
	}
	return e
}

func newestFirst(events []event.Event) {
	slices.SortFunc(events, func(a, b event.Event) int {
		return cmp.Or(cmp.Compare(b.Int(event.EventTime), a.Int(event.EventTime)),
			strings.Compare(b.Text(event.EventID), a.Text(event.EventID)))
	})
}

// show makes an event comparable and readable in a failure.
func show(e *event.Event) map[string]any {
	out := make(map[string]any)
	for c := range e.Columns {
		switch {
		case c.IsText():
			out[c.String()] = e.Text(c)
		case c.IsNumber():
			out[c.String()] = e.Int(c)
		default:
			out[c.String()] = e.List(c)
		}
	}
	for _, f := range e.Extra {
		out["extra."+f.Name] = f.Value
	}
	return out
}

func showAll(events []event.Event) []map[string]any {
	out := make([]map[string]any, len(events))
	for i := range events {
		out[i] = show(&events[i])
	}
	return out
}

// searchAll reads every page of a search.
func searchAll(ctx context.Context, s *Store, q Query) ([]event.Event, error) {
	var out []event.Event
	for {
		r, err := s.Search(ctx, q)
		if err != nil {
			return nil, err
		}
		out = append(out, r.Events...)
		if r.Next == nil {
			return out, nil
		}
		q.After = *r.Next
	}
}

// archive is a store under test with the events that it must hold.
type archive struct {
	store  *Store
	shards []*Shard
	all    []event.Event
	sent   []Batch
	seq    uint64
}

func (a *archive) reopen(t *rapid.T, o Options) {
	if a.store != nil {
		if err := a.store.Close(); err != nil {
			t.Fatal(err)
		}
	}
	store, err := Open(o, func(err error) { t.Errorf("problem: %v", err) })
	if err != nil {
		t.Fatal(err)
	}
	a.store, a.shards = store, nil
	for n := range 2 {
		sh, err := store.Shard(n)
		if err != nil {
			t.Fatal(err)
		}
		a.shards = append(a.shards, sh)
	}
}

func (a *archive) send(t *rapid.T, shard int, batches ...Batch) {
	sh := a.shards[shard]
	commit := func() {
		if _, err := sh.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	for _, b := range batches {
		err := sh.Add(b)
		if err == nil {
			continue
		}
		commit()
		if err := sh.Add(b); err != nil {
			t.Fatal(err)
		}
	}
	commit()
}

func (a *archive) grow(t *rapid.T) {
	shard := rapid.IntRange(0, 1).Draw(t, "shard")
	for range rapid.IntRange(1, 4).Draw(t, "batches") {
		a.seq++
		b := Batch{Epoch: 1000, Seq: a.seq*2 + uint64(shard)}
		for i := range rapid.IntRange(1, 6).Draw(t, "lines") {
			b.Events = append(b.Events, drawEvent(t, fmt.Sprintf("b-%d-%d", b.Seq, i+1), i))
		}
		a.sent = append(a.sent, b)
		for _, e := range b.Events {
			a.all = append(a.all, toMicros(e))
		}
		a.send(t, shard, b)
	}
}

// repeat sends an old batch again, under its own or another sequence.
func (a *archive) repeat(t *rapid.T) {
	if len(a.sent) == 0 {
		return
	}
	b := rapid.SampledFrom(a.sent).Draw(t, "repeat")
	shard := int(b.Seq % 2)
	if rapid.Bool().Draw(t, "new sequence") {
		a.seq++
		b.Seq = a.seq*2 + uint64(shard)
	}
	a.send(t, shard, b)
}

// maintain compacts as if at some time after the events came.
func (a *archive) maintain(t *rapid.T) {
	now := genStart.Add(time.Duration(rapid.IntRange(0, 6).Draw(t, "hours")) * time.Hour)
	shard := rapid.IntRange(0, 1).Draw(t, "shard")
	if _, err := a.store.Maintain(t.Context(), shard, now); err != nil {
		t.Fatal(err)
	}
}

func (a *archive) check(t *rapid.T) {
	x := drawExpr(t, 2)
	q := Query{Where: x, Limit: rapid.SampledFrom([]int{9, 100, 100}).Draw(t, "limit")}
	if rapid.Bool().Draw(t, "since") {
		q.Since = genStart.Add(time.Duration(rapid.IntRange(-3600, 9000).Draw(t, "since")) * time.Second)
	}
	if rapid.Bool().Draw(t, "until") {
		q.Until = genStart.Add(time.Duration(rapid.IntRange(-3600, 9000).Draw(t, "until")) * time.Second)
	}
	var want []event.Event
	for _, e := range a.all {
		at := e.Time(event.EventTime)
		if !q.Since.IsZero() && at.Before(q.Since) || !q.Until.IsZero() && !at.Before(q.Until) || !x.Match(&e) {
			continue
		}
		want = append(want, e)
	}
	newestFirst(want)
	a.checkShapes(t, q, want)
	got, err := searchAll(t.Context(), a.store, q)
	if err != nil {
		t.Fatalf("%s: %v", x, err)
	}
	if diff := gocmp.Diff(showAll(want), showAll(got)); diff != "" {
		t.Fatalf("%s: want -, got +\n%s", x, diff)
	}
}

// TestSearchEqualsFilter runs random histories of an archive and compares every
// search with a filter over the same events.
func TestSearchEqualsFilter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		dir := newTempDir(t)
		o := Defaults()
		o.Folder, o.Retention = dir, 0
		a := &archive{}
		a.reopen(t, o)
		t.Repeat(map[string]func(*rapid.T){
			"grow":     a.grow,
			"repeat":   a.repeat,
			"maintain": a.maintain,
			"reopen":   func(t *rapid.T) { a.reopen(t, o) },
			"":         a.check,
		})
		if err := a.store.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// checkShapes compares counts with those over the events that a search must find.
func (a *archive) checkShapes(t *rapid.T, q Query, want []event.Event) {
	n, _, err := a.store.Count(t.Context(), q)
	if err != nil || n != int64(len(want)) {
		t.Fatalf("%s: count %d, %v; want %d", q.Where, n, err, len(want))
	}
	step := rapid.SampledFrom([]time.Duration{time.Second, time.Hour, 24 * time.Hour}).Draw(t, "step")
	perStep, perTag := make(map[time.Time]int64), make(map[string]int64)
	for _, e := range want {
		perStep[e.Time(event.EventTime).Truncate(step)]++
		for _, tag := range e.List(event.Tags) {
			perTag[tag]++
		}
	}
	buckets, _, err := a.store.Histogram(t.Context(), q, step)
	if err != nil || len(buckets) != len(perStep) {
		t.Fatalf("%s: %d buckets, %v; want %d", q.Where, len(buckets), err, len(perStep))
	}
	for _, b := range buckets {
		if perStep[b.Start] != b.Count {
			t.Fatalf("%s: %d events at %v; want %d", q.Where, b.Count, b.Start, perStep[b.Start])
		}
	}
	top, distinct, _, err := a.store.Top(t.Context(), q, event.Tags, 100)
	if err != nil || distinct != len(perTag) || len(top) != len(perTag) {
		t.Fatalf("%s: %v, %d different tags, %v; want %v", q.Where, top, distinct, err, perTag)
	}
	for i, v := range top {
		if perTag[v.Text] != v.Count || i > 0 && top[i-1].Count < v.Count {
			t.Fatalf("%s: top tags %v; want %v", q.Where, top, perTag)
		}
	}
}
