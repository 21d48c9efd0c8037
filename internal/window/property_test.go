package window

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func drawSpec(t *rapid.T) Spec {
	s := Spec{
		ID: "spec", Groups: 1,
		Type:     Type(rapid.IntRange(int(EventCount), int(ValuePercentile)).Draw(t, "type")),
		Timespan: int64(rapid.IntRange(1, 40).Draw(t, "timespan")),
		Lateness: int64(rapid.IntRange(0, 30).Draw(t, "lateness")),
	}
	if s.Type == ValuePercentile {
		s.Percentile = float64(rapid.IntRange(1, 99).Draw(t, "percentile"))
	}
	if s.temporal() {
		s.Rules = rapid.IntRange(1, 3).Draw(t, "rules")
		if rapid.Bool().Draw(t, "all rules") {
			return s
		}
	}
	ops := []Op{Gt, Gte, Gte, Gte}
	if rapid.IntRange(0, 3).Draw(t, "bounded above") == 0 {
		ops = []Op{Lt, Lte, Eq, Neq}
	}
	s.Tests = []Test{{rapid.SampledFrom(ops).Draw(t, "op"), float64(rapid.IntRange(1, 4).Draw(t, "threshold"))}}
	return s
}

// drawStream draws contributions in an order of arrival in which none is later
// than the lateness, with repeats.
func drawStream(t *rapid.T, spec Spec, inOrder bool) []Contribution {
	n := rapid.IntRange(0, 40).Draw(t, "n")
	var out []Contribution
	newest := int64(0)
	for i := range n {
		lowest := newest
		if !inOrder {
			lowest -= spec.Lateness
		}
		at := lowest + int64(rapid.IntRange(0, 12).Draw(t, "step"))
		if rapid.IntRange(0, 9).Draw(t, "pause") == 0 {
			at += int64(rapid.IntRange(0, 90).Draw(t, "long"))
		}
		c := Contribution{
			Time: at, Order: uint64(i), ID: uint64(i),
			Group:  []string{rapid.SampledFrom([]string{"a", "b"}).Draw(t, "group")},
			Value:  rapid.SampledFrom([]string{"", "x", "y", "z", "w"}).Draw(t, "value"),
			Fields: fmt.Sprint("fields of ", i), Evidence: fmt.Sprint("evidence of ", i),
		}
		c.Number = float64(rapid.IntRange(-3, 6).Draw(t, "number"))
		if spec.temporal() {
			c.Rule = rapid.IntRange(0, spec.Rules-1).Draw(t, "rule")
		}
		out = append(out, c)
		newest = max(newest, at)
		if spec.temporal() && rapid.IntRange(0, 4).Draw(t, "same event") == 0 {
			c.Rule = rapid.IntRange(0, spec.Rules-1).Draw(t, "rule")
			out = append(out, c)
		}
		if rapid.IntRange(0, 5).Draw(t, "repeat") == 0 {
			if c := out[rapid.IntRange(0, len(out)-1).Draw(t, "which")]; c.Time >= newest-spec.Lateness {
				out = append(out, c)
			}
		}
	}
	return out
}

// feed plays the stream and returns all changes; at each index in cuts the engine
// is replaced by one restored from its snapshot.
func feed(t interface{ Fatal(...any) }, spec Spec, stream []Contribution, cuts map[int]bool) []Change {
	e := New(1 << 20)
	if _, err := e.SetSpecs([]Spec{spec}); err != nil {
		t.Fatal(err)
	}
	var out []Change
	for i := range stream {
		c := stream[i]
		out = append(out, e.Advance(c.Time)...)
		changes, _ := e.Add(spec.ID, &c)
		out = append(out, changes...)
		if cuts[i] {
			e = reload(t, e, spec)
		}
	}
	out = append(out, e.Advance(MaxClock)...)
	if s := e.Stats(); s.Groups != 0 || s.Contributions != 0 || len(e.timers.heap) != 0 {
		t.Fatal(fmt.Sprintf("after the end of input the engine holds %+v and %d timers", s, len(e.timers.heap)))
	}
	return out
}

func reload(t interface{ Fatal(...any) }, e *Engine, spec Spec) *Engine {
	fresh := New(1 << 20)
	if _, err := fresh.SetSpecs([]Spec{spec}); err != nil {
		t.Fatal(err)
	}
	if err := fresh.Restore(e.Snapshot()); err != nil {
		t.Fatal(err)
	}
	return fresh
}

func closed(changes []Change) []result {
	var out []result
	for _, c := range changes {
		if c.Kind == Closed {
			out = append(out, result{
				Group: strings.Join(c.Group, "|"), Time: c.Time, Start: c.WindowStart, First: c.First, Last: c.Last, Count: c.Count, Value: c.Value,
			})
		}
	}
	sortResults(out)
	return out
}

// checkLives checks that each episode fires once, closes once, and that its
// revisions grow.
func checkLives(t *rapid.T, changes []Change) {
	type id struct {
		group  string
		anchor int64
		turn   int
	}
	last := map[id]Change{}
	for _, c := range changes {
		k := id{strings.Join(c.Group, "|"), c.Anchor, c.Turn}
		before, known := last[k]
		switch {
		case c.Kind == Fired && known:
			t.Fatalf("episode %v fired twice", k)
		case c.Kind != Fired && !known:
			t.Fatalf("episode %v was told of before it fired", k)
		case known && (before.Kind == Closed || before.Kind == Withdrawn):
			t.Fatalf("episode %v goes on after it closed", k)
		case known && c.Revision <= before.Revision:
			t.Fatalf("episode %v: revision %d follows %d", k, c.Revision, before.Revision)
		}
		last[k] = c
	}
	for k, c := range last {
		if c.Kind != Closed && c.Kind != Withdrawn {
			t.Fatalf("episode %v did not end", k)
		}
	}
}

func TestEpisodesAreAFunctionOfTheContributions(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		spec := drawSpec(t)
		stream := drawStream(t, spec, false)
		changes := feed(t, spec, stream, nil)
		if diff := cmp.Diff(model(spec, stream), closed(changes), cmpopts.IgnoreUnexported(result{})); diff != "" {
			t.Fatalf("closed episodes differ (-model +engine):\n%s", diff)
		}
		checkLives(t, changes)
		for _, c := range changes {
			if c.Kind == Withdrawn {
				t.Fatalf("withdrawn though nothing was retracted: %+v", c)
			}
		}
	})
}

func TestSnapshotAtAnyPointChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		spec := drawSpec(t)
		stream := drawStream(t, spec, false)
		cuts := map[int]bool{}
		for range rapid.IntRange(1, 4).Draw(t, "cuts") {
			cuts[rapid.IntRange(0, 50).Draw(t, "cut")] = true
		}
		if diff := cmp.Diff(feed(t, spec, stream, nil), feed(t, spec, stream, cuts)); diff != "" {
			t.Fatalf("changes differ (-undisturbed +restored):\n%s", diff)
		}
	})
}

// In order and without lateness, an alert is out with the contribution that
// completes it, and its identity is the final one.
func TestInOrderFiresAtOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		spec := drawSpec(t)
		spec.Lateness = 0
		if !spec.monotone() {
			spec.Type, spec.Tests, spec.Percentile = EventCount, []Test{{Gte, 2}}, 0
		}
		stream := drawStream(t, spec, true)
		e := New(0)
		if _, err := e.SetSpecs([]Spec{spec}); err != nil {
			t.Fatal(err)
		}
		for i := range stream {
			e.Advance(stream[i].Time)
			changes, outcome := e.Add(spec.ID, &stream[i])
			want := model(spec, stream[:i+1])
			firedNow := outcome == Accepted && len(want) > len(model(spec, stream[:i]))
			fired := 0
			for _, c := range changes {
				if c.Kind == Fired {
					fired++
				}
			}
			distinctTimes := i == 0 || stream[i].Time > stream[i-1].Time
			if firedNow && distinctTimes && fired != 1 {
				t.Fatalf("contribution %d completes an episode, %d were reported", i, fired)
			}
		}
	})
}
