package normalize

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/goshawk-siem/goshawk/internal/format"
	"github.com/goshawk-siem/goshawk/internal/record"
)

// BenchmarkBatch is what one full batch costs from raw lines to the events'
// message: parse, finish, encode.
func BenchmarkBatch(b *testing.B) {
	lines := map[string]string{
		"apache_access": `198.51.100.7 - - [05/Sep/2024:10:30:00 +0000] "GET /shop/item/%d?ref=mail HTTP/1.1" 200 5123 "https://www.example.com/start" "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"`,
		"syslog":        `Sep  5 10:30:00 bastion sshd[%d]: Failed password for invalid user admin from 203.0.113.66 port 50022 ssh2`,
	}
	for name, line := range lines {
		for _, mode := range []string{"named", "auto"} {
			b.Run(name+"/"+mode, func(b *testing.B) {
				var payload strings.Builder
				for i := range record.MaxBatchLines {
					fmt.Fprintf(&payload, line+"\n", i)
				}
				batch := record.Batch{ID: "abc-1", Source: "bench", Received: time.Date(2024, 9, 5, 10, 30, 1, 0, time.UTC), Payload: payload.String()}
				r := reading{zone: time.UTC, auto: format.NewAuto()}
				if mode == "named" {
					r.format, _ = format.Lookup(name)
				}
				w := new(workPool).get()
				b.SetBytes(int64(payload.Len()))
				b.ReportAllocs()
				for b.Loop() {
					w.parse(limits{record.MaxLine, 1 << 20}, &batch, r)
				}
				if len(w.dead) > 0 {
					b.Fatalf("%d lines were not read: %s", len(w.dead), w.dead[0].Reason)
				}
				b.ReportMetric(float64(b.N)*record.MaxBatchLines/b.Elapsed().Seconds(), "lines/s")
				b.ReportMetric(float64(len(w.out))/record.MaxBatchLines, "event-B")
			})
		}
	}
}
