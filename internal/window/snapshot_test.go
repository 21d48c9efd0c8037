package window

import (
	"errors"
	"testing"
)

func fuzzSpecs() []Spec {
	gte := []Test{{Gte, 2}}
	return []Spec{
		{ID: "count", Type: EventCount, Tests: gte, Timespan: 10, Lateness: 5, Groups: 1},
		{ID: "values", Type: ValueCount, Tests: gte, Timespan: 10, Lateness: 5, Groups: 1},
		{ID: "sum", Type: ValueSum, Tests: gte, Timespan: 10, Lateness: 5, Groups: 0},
		{ID: "median", Type: ValueMedian, Tests: gte, Timespan: 10, Lateness: 5, Groups: 0},
		{ID: "percentile", Type: ValuePercentile, Percentile: 90, Tests: gte, Timespan: 10, Lateness: 5, Groups: 1},
		{ID: "order", Type: TemporalOrdered, Rules: 2, Timespan: 10, Lateness: 5, Groups: 2},
		{ID: "few", Type: EventCount, Tests: []Test{{Lt, 3}}, Timespan: 10, Lateness: 5, Groups: 0},
	}
}

func filledEngine(tb testing.TB) *Engine {
	tb.Helper()
	e := New(1 << 10)
	if _, err := e.SetSpecs(fuzzSpecs()); err != nil {
		tb.Fatal(err)
	}
	for i := range 30 {
		for _, spec := range fuzzSpecs() {
			e.Advance(int64(i))
			c := Contribution{Time: int64(i - i%3), ID: uint64(i), Value: string(rune('a' + i%4)), Number: 1, Evidence: "line", Fields: "f"}
			c.Group = []string{"x", "y"}[:spec.Groups]
			c.Rule = i % max(spec.Rules, 1)
			e.Add(spec.ID, &c)
		}
	}
	return e
}

func TestRestoreRefusesDamage(t *testing.T) {
	t.Parallel()
	data := filledEngine(t).Snapshot()
	for i := range data {
		damaged := append([]byte(nil), data...)
		damaged[i] ^= 0x40
		e := New(0)
		if _, err := e.SetSpecs(fuzzSpecs()); err != nil {
			t.Fatal(err)
		}
		if err := e.Restore(damaged); !errors.Is(err, ErrSnapshot) {
			t.Fatalf("byte %d flipped: %v", i, err)
		}
		if err := e.Restore(damaged[:i]); !errors.Is(err, ErrSnapshot) {
			t.Fatalf("cut at byte %d: %v", i, err)
		}
	}
}

func TestRestoreLeavesOutWhatChanged(t *testing.T) {
	t.Parallel()
	data := filledEngine(t).Snapshot()
	specs := fuzzSpecs()[:2]
	specs[1].Timespan++
	e := New(0)
	if _, err := e.SetSpecs(specs); err != nil {
		t.Fatal(err)
	}
	if err := e.Restore(data); err != nil {
		t.Fatal(err)
	}
	if s := e.Stats(); s.Groups != 1 {
		t.Errorf("%d groups were restored, expected that of the spec that did not change", s.Groups)
	}
}

// The checksum is left out: it would keep the fuzzer from the decoder.
func FuzzRestore(f *testing.F) {
	data := filledEngine(f).Snapshot()
	f.Add(data[5 : len(data)-8])
	f.Fuzz(func(t *testing.T, body []byte) {
		e := New(1 << 10)
		if _, err := e.SetSpecs(fuzzSpecs()); err != nil {
			t.Fatal(err)
		}
		if err := e.restoreBody(body); err != nil {
			return
		}
		for i := range 20 {
			for _, spec := range fuzzSpecs() {
				c := Contribution{Time: int64(i * 7), ID: uint64(i), Value: "v", Number: 1}
				c.Group = []string{"x", "y"}[:spec.Groups]
				e.Add(spec.ID, &c)
			}
			e.Advance(int64(i * 6))
		}
		e.Snapshot()
		e.Advance(MaxClock)
	})
}
