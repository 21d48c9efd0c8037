package store

import (
	"context"
	"testing"
	"time"

	"github.com/goshawk-siem/goshawk/internal/store/query"
)

// benchEvents is the size of the archive that BenchmarkSearch asks.
const benchEvents = 1_000_000

// BenchmarkSearch asks a compacted archive of a million events over 100 minutes.
func BenchmarkSearch(b *testing.B) {
	o := testOptions(b)
	s := openStore(b, o)
	sh := openShard(b, s, 0)
	g := newGenerator(1)
	g.step = 100 * time.Minute / benchEvents
	var made []Batch
	for seq := range uint64(benchEvents / 500) {
		made = append(made, g.batch(seq, 500))
		if len(made) == 40 {
			if err := addAll(sh, made); err != nil {
				b.Fatal(err)
			}
			made = made[:0]
		}
	}
	started := time.Now()
	if _, err := s.Maintain(context.Background(), 0, g.now.Add(24*time.Hour)); err != nil {
		b.Fatal(err)
	}
	stats, err := s.Stats()
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("compaction took %v; %d segments, %.1f B/event", time.Since(started), stats.Segments, float64(stats.Bytes)/benchEvents)
	hourAgo := g.now.Add(-time.Hour)
	for _, bench := range []struct {
		name, query string
		since       time.Time
	}{
		{"latest 100", "", time.Time{}},
		{"address, last hour, common", "source_ip:198.18.0.0", hourAgo},
		{"address, last hour, rare", "source_ip:198.19.150.177", hourAgo},
		{"address, absent", "source_ip:203.0.113.1", time.Time{}},
		{"user", "user_name:user13", time.Time{}},
		{"status", "status_code>=500", time.Time{}},
		{"substring, common", "password", time.Time{}},
		{"substring, absent", "xyzzy", time.Time{}},
		{"extra", "extra.auth_method:password", time.Time{}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			x, err := query.Parse(bench.query, g.now)
			if err != nil {
				b.Fatal(err)
			}
			var r Result
			b.ReportAllocs()
			for b.Loop() {
				if r, err = s.Search(context.Background(), Query{Where: x, Since: bench.since, Limit: 100}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(r.Read.Rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64(len(r.Events)), "found")
		})
	}
}
