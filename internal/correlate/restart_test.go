package correlate

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goshawk-siem/goshawk/internal/alert"
	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/bustest"
	"github.com/goshawk-siem/goshawk/internal/record"
)

// crashable is a correlator on a connection of its own, which a test can cut off
// from one moment to the next, as kill -9 does.
type crashable struct {
	bus  *bus.Bus
	stop func()
}

func startCrashable(t *testing.T, server *bus.Server, o Options) *crashable {
	t.Helper()
	b, err := server.Connect(t.Context(), bustest.Options(), bustest.Log(t).Level(5), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	s, err := New(o, b, bustest.Log(t).Level(5), nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		// What it returns on a closed connection does not matter.
		_ = s.Run(ctx)
	}()
	c := &crashable{bus: b, stop: func() { cancel(); <-done }}
	t.Cleanup(c.stop)
	return c
}

func (c *crashable) crash() {
	c.bus.Close()
	c.stop()
}

// detected waits until the detect stage has finished the first n messages.
func detected(t *testing.T, b *bus.Bus, n uint64) {
	t.Helper()
	waitFor(t, "events are detected", func() bool {
		floor, err := b.Floor(t.Context(), bus.Events, bus.CorrelateConsumer)
		return err == nil && floor >= n
	})
}

func TestRestartsChangeNothing(t *testing.T) {
	t.Parallel()
	o := testOptions()
	o.Partitions = 1
	run := func(t *testing.T, between func(i int, c *crashable, server *bus.Server) *crashable) (first, last []string) {
		t.Helper()
		server := bustest.Server(t, t.TempDir())
		b := bustest.Connect(t, server, bustest.Options())
		alerts, updates := collect(t, b, bus.Alerts), collect(t, b, bus.Updates)
		c := startCrashable(t, server, o)
		msgs := batches(newAttack(testStart).lines, 20)
		for i := range msgs {
			publish(t, b, msgs[i:i+1])
			c = between(i, c, server)
			detected(t, b, uint64(i+1))
		}
		endOfTime(t, b)
		closed := updates.wait(t, "the end of all episodes", func(us []alert.Alert) bool {
			n := 0
			for _, u := range us {
				if u.Closed {
					n++
				}
			}
			return n >= len(attackRules)
		})
		return describe(alerts.rules(t, attackRules...)), slices.Compact(final(closed))
	}
	wantFirst, wantLast := run(t, func(_ int, c *crashable, _ *bus.Server) *crashable { return c })
	for name, disturb := range map[string]func(i int, c *crashable, server *bus.Server) *crashable{
		"stopped in order": func(i int, c *crashable, server *bus.Server) *crashable {
			if i%4 == 2 {
				c.stop()
				return startCrashable(t, server, o)
			}
			return c
		},
		"killed": func(i int, c *crashable, server *bus.Server) *crashable {
			if i == 4 || i == 9 {
				c.crash()
				return startCrashable(t, server, o)
			}
			return c
		},
	} {
		t.Run(name, func(t *testing.T) {
			gotFirst, gotLast := run(t, disturb)
			if diff := cmp.Diff(wantFirst, gotFirst); diff != "" {
				t.Errorf("alerts differ (-undisturbed +disturbed):\n%s", diff)
			}
			if diff := cmp.Diff(wantLast, gotLast); diff != "" {
				t.Errorf("closed alerts differ (-undisturbed +disturbed):\n%s", diff)
			}
		})
	}
}

func TestTwoServicesShare(t *testing.T) {
	t.Parallel()
	server := bustest.Server(t, t.TempDir())
	b := bustest.Connect(t, server, bustest.Options())
	alerts := collect(t, b, bus.Alerts)
	one := startCrashable(t, server, testOptions())
	startCrashable(t, server, testOptions())
	msgs := batches(newAttack(testStart).lines, 10)
	publish(t, b, msgs[:len(msgs)/2])
	detected(t, b, uint64(len(msgs)/2))
	one.crash()
	publish(t, b, msgs[len(msgs)/2:])
	got := alerts.rules(t, attackRules...)
	ids := map[string]bool{}
	for _, a := range got {
		if ids[a.ID] {
			t.Errorf("alert %s of %s came twice", a.ID, a.RuleName)
		}
		ids[a.ID] = true
	}
	if len(got) != len(attackRules) {
		t.Errorf("alerts:\n%s", describe(got))
	}
}

const countRule = `title: Three Visits
id: 3c9a0b8e-1f52-4b0d-9d0a-0e4f7f3f2a11
name: three_visits
correlation:
    type: event_count
    rules: [visit]
    group-by: [source_ip]
    timespan: 5m
    condition: {gte: 3}
---
title: Visit
id: 77b3f6ce-6f0e-4a53-8a4e-0d6a6c1f5b22
name: visit
logsource: {category: webserver}
detection:
    selection: {event_type: HTTP_ACCESS}
    condition: selection
`

const otherRule = `title: Denied
id: 0e1d3b54-7a58-4a7b-8f69-5b9a1e0c3d33
name: denied
logsource: {category: firewall}
detection:
    selection: {action: deny}
    condition: selection
`

func TestReloadKeepsTheStateOfOtherRules(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("count.yml", countRule)
	b := bustest.Start(t)
	alerts := collect(t, b, bus.Alerts)
	o := testOptions()
	o.Shipped, o.Rules = false, []string{folder}
	s, _ := start(t, b, o)

	send := func(n int, fill func(*attack)) {
		t.Helper()
		a := &attack{start: testStart}
		fill(a)
		msgs := batches(a.lines, 10)
		id := record.BatchID("reload-" + string(rune('a'+n)))
		msgs[0].ID, msgs[0].Header = string(id), nil
		publish(t, b, msgs)
		detected(t, b, uint64(n))
	}
	send(1, func(a *attack) { a.web(0, "192.0.2.1"); a.web(time.Second, "192.0.2.1") })
	before := s.plan.Load()
	write("other.yml", otherRule)
	waitFor(t, "the new rule is picked up", func() bool { return s.plan.Load() != before })
	write("broken.yml", "title: Broken\nlogsource: {category: webserver}\ndetection:\n    condition: nothing\n")
	// The third visit completes the count that began before the reload.
	send(2, func(a *attack) { a.web(2*time.Second, "192.0.2.1"); a.denied(3*time.Second, "192.0.2.9", 22) })
	got := alerts.rules(t, "three_visits", "denied")
	for _, a := range got {
		if a.RuleName == "three_visits" && a.Count != 3 {
			t.Errorf("three_visits counts %d", a.Count)
		}
		if a.RuleName == "denied" && (a.Value != 1 || !slices.Equal(a.Group, []alert.Group{{Name: "source_ip", Value: "192.0.2.9"}})) {
			t.Errorf("denied: %+v", a)
		}
	}
}

func TestStateIsBoundToItsPartitions(t *testing.T) {
	t.Parallel()
	b := bustest.Start(t)
	o := testOptions()
	_, stop := start(t, b, o)
	publish(t, b, batches(newAttack(testStart).lines, 50))
	alerts := collect(t, b, bus.Alerts)
	alerts.rules(t, attackRules...)
	stop()
	o.Partitions++
	s, err := New(o, b, bustest.Log(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(t.Context()); err == nil {
		t.Fatal("a correlator with another number of partitions ran")
	}
}
