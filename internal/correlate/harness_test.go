package correlate

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goshawk-siem/goshawk/internal/alert"
	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/bustest"
	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/record"
	"github.com/goshawk-siem/goshawk/internal/unit"
)

// patience is how long a test waits for what must come.
const patience = 60 * time.Second

func testOptions() Options {
	o := Defaults()
	o.Partitions = 4
	o.UpdateInterval = unit.Duration(200 * time.Millisecond)
	o.SnapshotInterval = unit.Duration(time.Second)
	return o
}

// start runs a correlator; the returned function stops it and waits.
func start(t *testing.T, b *bus.Bus, o Options) (*Service, func()) {
	t.Helper()
	s, err := New(o, b, bustest.Log(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	stop := sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	t.Cleanup(stop)
	return s, stop
}

// attack is the sample: noise, a scan of 30 ports, 12 failed logins, one success.
type attack struct {
	start time.Time
	lines []event.Event
}

func newAttack(start time.Time) *attack {
	a := &attack{start: start}
	const attacker = "203.0.113.66"
	for i := range 200 {
		a.web(time.Duration(i)*700*time.Millisecond, fmt.Sprintf("198.51.100.%d", i%40))
	}
	for port := range 30 {
		a.denied(20*time.Second+time.Duration(port)*300*time.Millisecond, attacker, 1000+port)
	}
	for i := range 12 {
		a.login(60*time.Second+time.Duration(i)*2*time.Second, attacker, event.Failure)
	}
	a.login(90*time.Second, attacker, event.Success)
	// Others fail now and then, below every threshold.
	for i := range 10 {
		a.login(time.Duration(i)*10*time.Second, fmt.Sprintf("192.0.2.%d", i), event.Failure)
	}
	slices.SortStableFunc(a.lines, func(x, y event.Event) int {
		return x.Time(event.EventTime).Compare(y.Time(event.EventTime))
	})
	return a
}

func (a *attack) add(at time.Duration, kind, ip, raw string, logsource ...string) *event.Event {
	a.lines = append(a.lines, event.Event{})
	e := &a.lines[len(a.lines)-1]
	e.SetText(event.EventType, kind)
	e.SetTime(event.EventTime, a.start.Add(at))
	e.SetTime(event.IngestTime, a.start.Add(at))
	e.SetText(event.TimeQuality, event.TimeLogged)
	e.SetText(event.Source, "test")
	e.SetIP(event.SourceIP, ip)
	e.SetText(event.Raw, raw)
	e.SetList(event.LogSource, logsource)
	return e
}

func (a *attack) web(at time.Duration, ip string) {
	e := a.add(at, event.HTTPAccess, ip, ip+` "GET /index.html" 200`, "webserver:apache:")
	e.SetText(event.HTTPMethod, "GET")
	e.SetText(event.RequestPath, "/index.html")
	e.SetInt(event.StatusCode, 200)
}

func (a *attack) denied(at time.Duration, ip string, port int) {
	e := a.add(at, event.Firewall, ip, fmt.Sprintf("kernel: [UFW BLOCK] SRC=%s DPT=%d", ip, port), "firewall::")
	e.SetText(event.Action, event.Deny)
	e.SetInt(event.DestinationPort, int64(port))
}

func (a *attack) login(at time.Duration, ip, outcome string) {
	e := a.add(at, event.AuthLogin, ip, "sshd: "+outcome+" password for root from "+ip, ":linux:sshd", ":linux:auth")
	e.SetText(event.Outcome, outcome)
	e.SetText(event.UserName, "root")
}

// batches cuts lines into events messages of size events.
func batches(lines []event.Event, size int) []bus.Msg {
	var out []bus.Msg
	for n := 1; len(lines) > 0; n++ {
		cut := lines[:min(size, len(lines))]
		lines = lines[len(cut):]
		id := record.NewBatchID(time.Unix(1, 0), uint64(n))
		var data []byte
		for i := range cut {
			cut[i].SetText(event.EventID, id.EventID(i+1))
			data = append(cut[i].AppendJSON(data), '\n')
		}
		out = append(out, bus.Msg{
			Subject: fmt.Sprintf("events.%d.test", n%4), ID: string(id), Header: map[string]string{record.HeaderBatch: string(id)}, Data: data,
		})
	}
	return out
}

func publish(t *testing.T, b *bus.Bus, msgs []bus.Msg) {
	t.Helper()
	if err := b.PublishAll(t.Context(), msgs); err != nil {
		t.Fatal(err)
	}
}

// collector follows a stream of alerts.
type collector struct {
	mu     sync.Mutex // guards alerts and wake
	alerts []alert.Alert
	wake   chan struct{}
}

func collect(t *testing.T, b *bus.Bus, s bus.Stream) *collector {
	t.Helper()
	c := &collector{wake: make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		err := b.Read(ctx, s, string(s)+".>", 0, func(_ context.Context, d *bus.Delivery) error {
			a, err := alert.Decode(d.Data)
			if err != nil {
				t.Errorf("on %s: %v", d.Subject, err)
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			c.alerts = append(c.alerts, a)
			close(c.wake)
			c.wake = make(chan struct{})
			return nil
		})
		if err != nil {
			t.Errorf("read %s: %v", s, err)
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
	return c
}

// wait waits until enough says so.
func (c *collector) wait(t *testing.T, what string, enough func([]alert.Alert) bool) []alert.Alert {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		c.mu.Lock()
		alerts, wake := slices.Clone(c.alerts), c.wake
		c.mu.Unlock()
		if enough(alerts) {
			return alerts
		}
		select {
		case <-wake:
		case <-deadline.C:
			t.Fatalf("%s did not come; there is:\n%s", what, strings.Join(describe(alerts), "\n"))
		}
	}
}

// rules waits for one alert of each of the named rules.
func (c *collector) rules(t *testing.T, names ...string) []alert.Alert {
	t.Helper()
	return c.wait(t, fmt.Sprint(names), func(alerts []alert.Alert) bool {
		for _, name := range names {
			if !slices.ContainsFunc(alerts, func(a alert.Alert) bool { return a.RuleName == name }) {
				return false
			}
		}
		return true
	})
}

// describe says what the promise is about: rule, group, window and count.
func describe(alerts []alert.Alert) []string {
	var out []string
	for _, a := range alerts {
		out = append(out, fmt.Sprintf("%s %s %v %s..%s count %d value %g", a.ID, a.RuleName, a.Group,
			a.WindowStart.Format(time.RFC3339Nano), a.WindowEnd.Format(time.RFC3339Nano), a.Count, a.Value))
	}
	slices.Sort(out)
	return out
}

// waitFor waits until check holds, looking again at a short interval.
func waitFor(t *testing.T, what string, check func() bool) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for !check() {
		select {
		case <-ticker.C:
		case <-deadline.C:
			t.Fatalf("%s: waited %v in vain", what, patience)
		}
	}
}
