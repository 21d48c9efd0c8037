package window

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// chainCase is a pair of inner specs whose firings an outer one counts.
type chainCase struct {
	inner [2]Spec
	outer Spec
}

func drawChain(t *rapid.T) chainCase {
	var c chainCase
	lateness := int64(rapid.IntRange(0, 20).Draw(t, "lateness"))
	for i := range c.inner {
		c.inner[i] = drawSpec(t)
		c.inner[i].ID = "inner" + strconv.Itoa(i)
		c.inner[i].Lateness = lateness
	}
	c.outer = Spec{
		ID: "outer", Type: rapid.SampledFrom([]Type{Temporal, TemporalOrdered, EventCount}).Draw(t, "outer type"), Rules: 2,
		Timespan: int64(rapid.IntRange(1, 60).Draw(t, "outer timespan")), Groups: 1, Lateness: 4*lateness + 200,
	}
	if c.outer.Type == EventCount {
		c.outer.Tests = []Test{{Gte, 2}}
	}
	return c
}

// firingOf is the contribution that a firing makes to the outer spec.
func firingOf(rule int, group string, time int64, fields string) Contribution {
	order, _ := strconv.ParseUint(fields, 10, 64)
	return Contribution{Time: time, Order: order, ID: uint64(rule), Rule: rule, Group: []string{group}}
}

// chainRunner plays inner changes into the outer spec, as a service does.
type chainRunner struct {
	t   *rapid.T
	e   *Engine
	all []Change
}

func (r *chainRunner) handle(changes []Change) {
	for _, c := range changes {
		r.all = append(r.all, c)
		if c.Spec == "outer" {
			continue
		}
		rule := int(c.Spec[len(c.Spec)-1] - '0')
		if c.Kind == Moved || c.Kind == Withdrawn {
			was := firingOf(rule, c.Group[0], c.WasTime, c.WasFields)
			more, outcome := r.e.Retract("outer", &was)
			if outcome != Accepted {
				r.t.Fatalf("retract %+v: outcome %v", was, outcome)
			}
			r.handle(more)
		}
		if c.Kind == Fired || c.Kind == Moved {
			now := firingOf(rule, c.Group[0], c.Time, c.Fields)
			more, outcome := r.e.Add("outer", &now)
			if outcome != Accepted {
				r.t.Fatalf("add %+v: outcome %v", now, outcome)
			}
			r.handle(more)
		}
	}
}

// The episodes of a correlation of correlations are a function of the
// contributions too: firings that turn out to be another one's are taken back.
func TestChainedEpisodesAreAFunctionOfTheContributions(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawChain(t)
		e := New(0)
		if _, err := e.SetSpecs([]Spec{c.inner[0], c.inner[1], c.outer}); err != nil {
			t.Fatal(err)
		}
		r := &chainRunner{t: t, e: e}
		both := [2][]Contribution{drawStream(t, c.inner[0], false), drawStream(t, c.inner[1], false)}
		newest := int64(0)
		var fed [2][]Contribution
		for i := range max(len(both[0]), len(both[1])) {
			for rule := range both {
				if i >= len(both[rule]) {
					continue
				}
				next := both[rule][i]
				if next.Time < newest-c.inner[0].Lateness {
					continue
				}
				newest = max(newest, next.Time)
				next.Order = next.Order*2 + uint64(rule)
				next.Fields = strconv.FormatUint(next.Order, 10)
				fed[rule] = append(fed[rule], next)
				r.handle(e.Advance(newest))
				changes, _ := e.Add(c.inner[rule].ID, &next)
				r.handle(changes)
			}
		}
		r.handle(e.Advance(newest + 150))
		r.handle(e.Advance(MaxClock))

		var firings []Contribution
		for rule := range fed {
			for _, res := range model(c.inner[rule], fed[rule]) {
				firings = append(firings, firingOf(rule, res.Group, res.Time, res.fields))
			}
		}
		var outer []Change
		for _, change := range r.all {
			if change.Spec == "outer" {
				outer = append(outer, change)
			}
		}
		if diff := cmp.Diff(model(c.outer, firings), closed(outer), cmpopts.IgnoreUnexported(result{})); diff != "" {
			t.Fatalf("closed outer episodes differ (-model +engine):\n%s", diff)
		}
		checkLives(t, outer)
	})
}
