package correlate

import (
	"fmt"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/event"
)

// quiet returns a service without a bus: enough where nothing is published.
func quiet(b *testing.B) (*Service, *detector) {
	b.Helper()
	s, err := New(testOptions(), nil, zerolog.Nop(), nil)
	if err != nil {
		b.Fatal(err)
	}
	return s, &detector{s: s, writers: make([]matchWriter, 16), parts: make([]int, 16), shown: make(map[uint64]int)}
}

func BenchmarkDetectNothing(b *testing.B) {
	_, d := quiet(b)
	a := &attack{start: testStart}
	for i := range 512 {
		a.web(time.Duration(i)*time.Millisecond, fmt.Sprintf("198.51.100.%d", i%250))
	}
	msg := batches(a.lines, 512)[0]
	in := &bus.Delivery{Data: msg.Data, Header: map[string][]string{"Nats-Msg-Id": {"b"}}}
	b.SetBytes(int64(len(msg.Data)))
	b.ReportAllocs()
	for b.Loop() {
		if err := d.handle(b.Context(), in); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(512*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkDetectStorm(b *testing.B) {
	_, d := quiet(b)
	a := &attack{start: testStart}
	for i := range 512 {
		a.denied(time.Duration(i)*time.Millisecond, "203.0.113.66", i)
	}
	lines := a.lines
	for i := range lines {
		lines[i].SetText(event.EventID, fmt.Sprintf("1-1-%d", i+1))
	}
	b.ReportAllocs()
	bytes := 0
	for b.Loop() {
		d.plan, d.matcher = d.s.plan.Load(), d.s.plan.Load().set.NewMatcher()
		d.out = d.out[:0]
		for i := range lines {
			d.event = lines[i]
			d.detect("b")
		}
		for p := range d.writers {
			d.flush("b", p)
		}
		clear(d.shown)
		bytes = 0
		for _, m := range d.out {
			bytes += len(m.Data)
		}
	}
	b.ReportMetric(512*float64(b.N)/b.Elapsed().Seconds(), "matches/s")
	b.ReportMetric(float64(bytes)/512, "B/match")
}
