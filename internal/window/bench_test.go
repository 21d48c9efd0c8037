package window

import (
	"fmt"
	"runtime"
	"strconv"
	"testing"
)

// benchSpec has a threshold that is met now and then.
func benchSpec(kind Type) Spec {
	s := Spec{ID: "spec", Type: kind, Timespan: 60_000, Lateness: DefaultLateness, Groups: 1, Rules: 3}
	s.Limits.Groups = 2_000_000
	s.Limits.Contributions = 400_000
	if kind == ValuePercentile {
		s.Percentile = 95
	}
	if !s.temporal() {
		s.Tests = []Test{{Gte, 1e6}}
		s.Limits.Contributions = 400_000
	}
	return s
}

func BenchmarkAdd(b *testing.B) {
	for _, bench := range []struct {
		kind           Type
		groups, values int
		shuffled       bool
	}{
		{EventCount, 10, 1, false},
		{EventCount, 100_000, 1, false},
		{EventCount, 1_000_000, 1, false},
		{EventCount, 1000, 1, true},
		{ValueCount, 10, 10, false},
		{ValueCount, 10, 1_000, false},
		{ValueCount, 10, 100_000, false},
		{ValueCount, 10_000, 10, true},
		{ValueSum, 1000, 1, false},
		{ValueMedian, 10, 100_000, false},
		{ValuePercentile, 1000, 1, false},
		{Temporal, 1000, 1, false},
		{TemporalOrdered, 1000, 1, false},
		{TemporalOrdered, 100_000, 1, false},
		{TemporalOrdered, 1000, 1, true},
	} {
		name := fmt.Sprintf("%v/groups=%d/values=%d/shuffled=%t", bench.kind, bench.groups, bench.values, bench.shuffled)
		b.Run(name, func(b *testing.B) {
			e := New(0)
			if _, err := e.SetSpecs([]Spec{benchSpec(bench.kind)}); err != nil {
				b.Fatal(err)
			}
			groups, values := make([]string, bench.groups), make([]string, bench.values)
			for i := range groups {
				groups[i] = fmt.Sprintf("2001:db8::%x", i)
			}
			for i := range values {
				values[i] = strconv.Itoa(i)
			}
			c := Contribution{Group: make([]string, 1)}
			b.ReportAllocs()
			fired, n := 0, uint64(0)
			for b.Loop() {
				n++
				// 10 contributions a millisecond of event time.
				c.Time = int64(n / 10)
				e.Advance(c.Time)
				if bench.shuffled {
					c.Time -= int64(n * 2654435761 % 5000)
				}
				c.ID, c.Order = n*0x9e3779b97f4a7c15, n
				c.Group[0] = groups[n%uint64(len(groups))]
				c.Value = values[n/uint64(len(groups))%uint64(len(values))]
				c.Number = float64(n % 1000)
				c.Rule = int(n * 7 % 5 % 3)
				changes, _ := e.Add("spec", &c)
				fired += len(changes)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "contributions/s")
			b.ReportMetric(float64(fired)/float64(b.N), "changes/op")
		})
	}
}

func BenchmarkBytesPerGroup(b *testing.B) {
	for _, bench := range []struct {
		kind     Type
		perGroup int
	}{{EventCount, 1}, {EventCount, 10}, {ValueCount, 1}, {ValueCount, 10}, {TemporalOrdered, 2}} {
		b.Run(fmt.Sprintf("%v/contributions=%d", bench.kind, bench.perGroup), func(b *testing.B) {
			const groups = 100_000
			for b.Loop() {
				before := heap()
				e := New(0)
				if _, err := e.SetSpecs([]Spec{benchSpec(bench.kind)}); err != nil {
					b.Fatal(err)
				}
				e.Advance(1)
				for i := range groups * bench.perGroup {
					c := Contribution{
						Time: int64(i / 1000), ID: uint64(i), Order: uint64(i), Group: []string{fmt.Sprintf("2001:db8::%x", i%groups)},
						Value: strconv.Itoa(i / groups),
					}
					e.Add("spec", &c)
				}
				b.ReportMetric(float64(heap()-before)/groups, "B/group")
				data := e.Snapshot()
				b.ReportMetric(float64(len(data))/groups, "snapshot-B/group")
				runtime.KeepAlive(e)
			}
		})
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
