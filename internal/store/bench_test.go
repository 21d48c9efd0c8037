package store

import (
	"testing"

	"github.com/goshawk-siem/goshawk/internal/unit"
)

func testOptions(tb testing.TB) Options {
	tb.Helper()
	o := Defaults()
	o.Folder = tb.TempDir()
	o.Retention = 0
	o.SegmentBytes = 64 * unit.MiB
	return o
}

func openStore(tb testing.TB, o Options) *Store {
	tb.Helper()
	s, err := Open(o, func(err error) { tb.Errorf("problem: %v", err) })
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

func openShard(tb testing.TB, s *Store, n int) *Shard {
	tb.Helper()
	sh, err := s.Shard(n)
	if err != nil {
		tb.Fatal(err)
	}
	return sh
}

// BenchmarkAppend stores segments of 20,000 events durably.
func BenchmarkAppend(b *testing.B) {
	const batches, lines = 40, 500
	sh := openShard(b, openStore(b, testOptions(b)), 0)
	g := newGenerator(1)
	made := make([]Batch, batches)
	for i := range made {
		made[i] = g.batch(uint64(i), lines)
	}
	var bytes int64
	b.ReportAllocs()
	n := uint64(0)
	for b.Loop() {
		n++
		// The same events under new ids and sequences: what repeats is not stored.
		sh.seen.reset()
		for i := range made {
			made[i].Seq = n*batches + uint64(i)
			if err := sh.Add(made[i]); err != nil {
				b.Fatal(err)
			}
		}
		done, err := sh.Commit()
		if err != nil {
			b.Fatal(err)
		}
		bytes += done.Bytes
	}
	events := float64(b.N) * batches * lines
	b.ReportMetric(events/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(bytes)/events, "B/event")
}
