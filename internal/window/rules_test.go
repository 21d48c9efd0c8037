package window

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// row is one example of the rules for correlations: contributions in order of
// arrival, as "time[/rule][=value][@group]" in seconds, and the firings as
// "time count value".
type row struct {
	name string
	spec Spec
	in   string
	want string
}

func gte(n float64) []Test { return []Test{{Gte, n}} }

func TestRules(t *testing.T) {
	t.Parallel()
	count := Spec{Type: EventCount, Tests: gte(3), Timespan: 10_000}
	for _, r := range []row{
		{"event_count fires with the contribution that completes it", count, "1 2 3", "3 3 3"},
		{"event_count below the threshold", count, "1 2", ""},
		{"window is closed at its start", count, "0 5 10", "10 3 3"},
		{"window slides", count, "0 5 11", ""},
		{"group is disarmed after firing", count, "1 2 3 4 5", "3 5 3"},
		{"armed again one timespan after the last firing", count, "1 2 3 4 6 8 10 12 13", "3 8 3, 13 7 7"},
		{"the next firing carries the count of its own window", count, "1 2 3 9 10 11 12 13", "3 7 3, 13 6 6"},
		{"armed again when the condition is found false", count, "1 2 3 12.5 12.6 12.7", "3 4 3, 12.6 4 3"},
		{"groups are apart", count, "1@a 2@b 3@a 4@b 5@a 6@b", "6 3 3, 5 3 3"},
		{"repeats do not count", count, "1 1 1 2 2", ""},
		{"late contributions are placed in order", Spec{Type: EventCount, Tests: gte(3), Timespan: 10_000, Lateness: 30_000}, "5 25 1 3", "5 3 3"},
		{"later ones do not contribute", Spec{Type: EventCount, Tests: gte(3), Timespan: 10_000, Lateness: 30_000}, "5 50 1 3", ""},
		{"several operators are joined by AND", Spec{Type: EventCount, Tests: []Test{{Gt, 1}, {Gte, 3}}, Timespan: 10_000}, "1 2 3", "3 3 3"},
		{"gt", Spec{Type: EventCount, Tests: []Test{{Gt, 2}}, Timespan: 10_000}, "1 2 3", "3 3 3"},
		{"value_count counts distinct values", Spec{Type: ValueCount, Tests: gte(3), Timespan: 10_000}, "1=x 2=y 3=x 4=z", "4 4 3"},
		{"value_count is case-sensitive", Spec{Type: ValueCount, Tests: gte(2), Timespan: 10_000}, "1=x 2=X", "2 2 2"},
		{"value_count forgets what left the window", Spec{Type: ValueCount, Tests: gte(2), Timespan: 10_000}, "1=x 12=y", ""},
		{"value_sum", Spec{Type: ValueSum, Tests: gte(10), Timespan: 10_000}, "1=4 2=5 3=1", "3 3 10"},
		{"value_avg", Spec{Type: ValueAvg, Tests: gte(10), Timespan: 10_000}, "1=4 2=26", "2 2 15"},
		{"value_median of an odd number", Spec{Type: ValueMedian, Tests: gte(5), Timespan: 10_000}, "1=1 2=9 3=5", "2 3 5"},
		{"value_median of an even number lies between two", Spec{Type: ValueMedian, Tests: []Test{{Gt, 3}}, Timespan: 10_000}, "1=1 2=2 3=2 4=9 5=9 6=5", "6 6 3.5"},
		{"value_median forgets what left the window", Spec{Type: ValueMedian, Tests: gte(5), Timespan: 10_000}, "1=1 2=1 12=9", "12 2 5"},
		{"value_percentile", Spec{Type: ValuePercentile, Percentile: 75, Tests: gte(3), Timespan: 10_000}, "1=1 2=2 3=3 4=5", "4 4 3.5"},
		{"temporal wants all rules by default", Spec{Type: Temporal, Rules: 2, Timespan: 10_000}, "1/1 2/1 3/0", "3 3 2"},
		{"temporal with a condition", Spec{Type: Temporal, Rules: 3, Tests: gte(2), Timespan: 10_000}, "1/2 2/0", "2 2 2"},
		{"temporal: one event may contribute for several rules", Spec{Type: Temporal, Rules: 2, Timespan: 10_000}, "1/0 1/1", "1 2 2"},
		{"temporal_ordered", Spec{Type: TemporalOrdered, Rules: 2, Timespan: 10_000}, "1/1 2/0 3/1", "3 3 2"},
		{"temporal_ordered in the wrong order", Spec{Type: TemporalOrdered, Rules: 2, Timespan: 10_000}, "1/1 2/0", ""},
		{"temporal_ordered: one event fills one place", Spec{Type: TemporalOrdered, Rules: 2, Timespan: 10_000}, "1/0 1/1", ""},
		{"temporal_ordered: the row must fit into the window", Spec{Type: TemporalOrdered, Rules: 2, Timespan: 10_000}, "1/0 12/1", ""},
		{"lt is decided at the end of a tumbling window", Spec{Type: EventCount, Tests: []Test{{Lt, 3}}, Timespan: 10_000}, "1 2 20", "11 2 2, 30 1 1"},
		{"eq opens the next window with the next contribution", Spec{Type: EventCount, Tests: []Test{{Eq, 2}}, Timespan: 10_000}, "1 2 11 12 30", "11 2 2, 21 2 2"},
		{"a range", Spec{Type: EventCount, Tests: []Test{{Gte, 2}, {Lte, 3}}, Timespan: 10_000}, "1 2 20 21 22 23", "11 2 2"},
		{"neq", Spec{Type: EventCount, Tests: []Test{{Neq, 1}}, Timespan: 10_000}, "1 20 21", "30 2 2"},
	} {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			r.spec.ID, r.spec.Groups = "spec", 1
			var got []string
			for _, c := range feed(t, r.spec, contributions(t, r.in, 0), nil) {
				if c.Kind == Closed {
					got = append(got, fmt.Sprintf("%v %d %v", float64(c.Time)/1000, c.Count, c.Value))
				}
			}
			if text := strings.Join(got, ", "); text != r.want {
				t.Errorf("%s\nfires %q\nwant  %q", r.in, text, r.want)
			}
		})
	}
}

// contributions reads the notation of row.
func contributions(t *testing.T, in string, group int) []Contribution {
	t.Helper()
	var out []Contribution
	for word := range strings.FieldsSeq(in) {
		c := Contribution{Group: []string{""}}
		word, c.Group[0], _ = strings.Cut(word, "@")
		word, c.Value, _ = strings.Cut(word, "=")
		word, rule, _ := strings.Cut(word, "/")
		var seconds float64
		if _, err := fmt.Sscan(word, &seconds); err != nil {
			t.Fatal(err)
		}
		// No number and no rule are 0.
		_, _ = fmt.Sscan(c.Value, &c.Number)
		_, _ = fmt.Sscan(rule, &c.Rule)
		c.Time = int64(seconds*1000) + int64(group)
		c.ID = uint64(c.Time)
		out = append(out, c)
	}
	return out
}

func TestLimits(t *testing.T) {
	t.Parallel()
	e := New(0)
	spec := Spec{ID: "spec", Type: EventCount, Tests: gte(2), Timespan: 1000, Groups: 1, Limits: Limits{Groups: 3, Contributions: 10}}
	if _, err := e.SetSpecs([]Spec{spec}); err != nil {
		t.Fatal(err)
	}
	fired, ended := 0, 0
	for i := range 1000 {
		changes, _ := e.Add("spec", &Contribution{Time: int64(i % 500), ID: uint64(i), Group: []string{fmt.Sprint(i % 7)}})
		for _, c := range changes {
			switch c.Kind {
			case Fired:
				fired++
			case Closed, Withdrawn:
				ended++
			case Grown, Moved:
			}
		}
	}
	s := e.Stats()
	if s.Groups > 3 || s.Contributions > 30 || s.Evicted == 0 {
		t.Errorf("%+v", s)
	}
	for i := range 100 {
		e.Add("spec", &Contribution{Time: 500, ID: uint64(1000 + i), Group: []string{"flood"}})
	}
	if s := e.Stats(); s.Dropped == 0 || s.Contributions > 30 {
		t.Errorf("%+v", s)
	}
	for _, c := range e.Advance(MaxClock) {
		if c.Kind == Closed || c.Kind == Withdrawn {
			ended++
		}
	}
	if ended < fired {
		t.Errorf("%d episodes fired, %d ended", fired, ended)
	}
}

func TestSetSpecsKeepsWhatDidNotChange(t *testing.T) {
	t.Parallel()
	e := New(0)
	kept := Spec{ID: "kept", Type: EventCount, Tests: gte(2), Timespan: 1000}
	changed := Spec{ID: "changed", Type: EventCount, Tests: gte(1), Timespan: 1000}
	if _, err := e.SetSpecs([]Spec{kept, changed}); err != nil {
		t.Fatal(err)
	}
	e.Add("kept", &Contribution{Time: 1, ID: 1})
	e.Add("changed", &Contribution{Time: 1, ID: 1})
	changed.Version = "2"
	changes, err := e.SetSpecs([]Spec{kept, changed})
	if err != nil {
		t.Fatal(err)
	}
	if len(changes) != 1 || changes[0].Kind != Closed || changes[0].Spec != "changed" {
		t.Errorf("changes: %+v", changes)
	}
	changes, _ = e.Add("kept", &Contribution{Time: 2, ID: 2})
	if len(changes) != 1 || changes[0].Kind != Fired || changes[0].Count != 2 {
		t.Errorf("state is gone: %+v", changes)
	}
	bad := []Spec{kept, {ID: "bad"}}
	if _, err := e.SetSpecs(bad); err == nil || !strings.Contains(err.Error(), "timespan") {
		t.Errorf("error: %v", err)
	}
}

func TestEvidenceIsBounded(t *testing.T) {
	t.Parallel()
	e := New(1000)
	if _, err := e.SetSpecs([]Spec{{ID: "spec", Type: EventCount, Tests: gte(30), Timespan: 1000, Groups: 1}}); err != nil {
		t.Fatal(err)
	}
	var last Change
	for i := range 30 {
		c := Contribution{Time: int64(i), ID: uint64(i), Group: []string{"g"}, Evidence: strings.Repeat("x", 60)}
		changes, _ := e.Add("spec", &c)
		if len(changes) > 0 {
			last = changes[0]
		}
	}
	if n := len(last.Evidence); n == 0 || n > MaxEvidence || e.evidence.bytes > 1000 {
		t.Errorf("%d pieces, %d bytes kept", n, e.evidence.bytes)
	}
	if slices.Contains(last.Evidence, "") {
		t.Error("empty evidence")
	}
}

func ExampleEngine() {
	e := New(1 << 20)
	_, err := e.SetSpecs([]Spec{{
		ID: "many failed logins", Type: EventCount, Tests: []Test{{Gte, 3}}, Timespan: 60_000, Lateness: DefaultLateness, Groups: 1,
	}})
	if err != nil {
		panic(err)
	}
	for i := range 4 {
		now := int64(i) * 1000
		e.Advance(now)
		changes, _ := e.Add("many failed logins", &Contribution{Time: now, ID: uint64(i), Group: []string{"203.0.113.7"}})
		for _, c := range changes {
			fmt.Println(c.Group[0], "at", c.Time, "count", c.Count)
		}
	}
	for _, c := range e.Advance(MaxClock) {
		fmt.Println("over, count", c.Count)
	}
	// Output:
	// 203.0.113.7 at 2000 count 3
	// over, count 4
}
