package ingest

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/bustest"
	"github.com/goshawk-siem/goshawk/internal/record"
)

func TestMain(m *testing.M) {
	if len(childArgs()) > 0 {
		runChild()
		return
	}
	goleak.VerifyTestMain(m)
}

// rig is a running service with a real server behind it.
type rig struct {
	bus     *bus.Bus
	service *Service
	metrics *prometheus.Registry
	stop    func() error
}

// quietOptions listen nowhere.
func quietOptions() Options {
	o := Defaults()
	o.HTTP.Listen = ""
	o.Syslog = nil
	return o
}

func httpOptions() Options {
	o := quietOptions()
	o.HTTP.Listen = "127.0.0.1:0"
	return o
}

func syslogOptions(protocol string) Options {
	o := quietOptions()
	o.Syslog = []SyslogOptions{{Protocol: protocol, Listen: "127.0.0.1:0", Source: "edge"}}
	return o
}

func start(t *testing.T, o Options) *rig {
	t.Helper()
	return startOn(t, bustest.Start(t), o)
}

// startOn runs a service until the test ends or stop is called.
func startOn(t *testing.T, b *bus.Bus, o Options) *rig {
	t.Helper()
	reg := prometheus.NewRegistry()
	s, err := New(o, b, bustest.Log(t), reg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	select {
	case <-s.Ready():
	case err := <-ended:
		t.Fatalf("run: %v", err)
	}
	r := &rig{bus: b, service: s, metrics: reg}
	r.stop = sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Errorf("run: %v", err)
		}
	})
	return r
}

func (r *rig) addr() string { return r.service.Addresses()[0].Addr }

// count returns the sum of a counter or gauge over its labels.
func (r *rig) count(t *testing.T, name string) float64 {
	t.Helper()
	families, err := r.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, f := range families {
		if f.GetName() != "goshawk_ingest_"+name {
			continue
		}
		for _, m := range f.GetMetric() {
			sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return sum
}

// line is one record as the normalizer would see it.
type line struct {
	text    string
	subject string
	peer    string
	format  string
	id      string
	whole   bool
}

// batch is one raw message.
type batch struct {
	id     string
	msgID  string
	header map[string][]string
	data   string
}

// collector takes raw messages off the stream, like a normalizer.
type collector struct {
	mu      sync.Mutex // protects what follows
	lines   []line
	batches []batch
}

func collect(t *testing.T, b *bus.Bus) *collector {
	t.Helper()
	c := &collector{}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- b.Consume(ctx, bus.Consumer{Stream: bus.Raw, Name: bus.NormalizeConsumer}, c.take)
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("collect: %v", err)
		}
	})
	return c
}

func (c *collector) take(_ context.Context, d *bus.Delivery) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	payload := string(d.Data)
	c.batches = append(c.batches, batch{id: string(d.BatchID()), msgID: d.ID(), header: d.Header, data: payload})
	r := record.Batch{ID: d.BatchID(), Payload: payload, Whole: d.Get(record.HeaderFraming) == record.FramingMessage}
	r.Lines(func(l record.Line) bool {
		c.lines = append(c.lines, line{
			text: l.Text, subject: d.Subject, peer: d.Get(record.HeaderPeer), format: d.Get(record.HeaderFormat),
			id: r.ID.EventID(l.Number), whole: r.Whole,
		})
		return true
	})
	return nil
}

func (c *collector) all() []line {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]line(nil), c.lines...)
}

func (c *collector) messages() []batch {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]batch(nil), c.batches...)
}

func (c *collector) texts() []string {
	var out []string
	for _, l := range c.all() {
		out = append(out, l.text)
	}
	return out
}

// wait returns the lines once there are n.
func (c *collector) wait(t *testing.T, n int) []line {
	t.Helper()
	bustest.Eventually(t, "lines arrive", func() bool { return len(c.all()) >= n })
	return c.all()
}

// deadLetters returns what is on siem.dead.>.
func deadLetters(t *testing.T, b *bus.Bus) []record.Dead {
	t.Helper()
	var out []record.Dead
	err := b.Scan(t.Context(), bus.Dead, "dead.>", func(_ context.Context, d *bus.Delivery) error {
		for text := range strings.Lines(string(d.Data)) {
			var letter record.Dead
			if err := json.Unmarshal([]byte(text), &letter); err != nil {
				return err
			}
			out = append(out, letter)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
