package correlate

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goshawk-siem/goshawk/internal/alert"
	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/bustest"
)

var testStart = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

var attackRules = []string{"port_scan", "ssh_brute_force", "port_scan_then_brute_force", "ssh_brute_force_success"}

func TestAttackEndToEnd(t *testing.T) {
	t.Parallel()
	b := bustest.Start(t)
	alerts := collect(t, b, bus.Alerts)
	o := testOptions()
	o.Workers = 1 // in order, so that the alerts' first form is known
	start(t, b, o)
	publish(t, b, batches(newAttack(testStart).lines, 50))
	got := alerts.rules(t, attackRules...)
	for _, a := range got {
		if len(a.Group) != 1 || a.Group[0] != (alert.Group{Name: "source_ip", Value: "203.0.113.66"}) {
			t.Errorf("%s is about %v", a.RuleName, a.Group)
		}
		if a.Revision != 1 || len(a.Events) == 0 || len(a.Raw) == 0 || len(a.Next) == 0 {
			t.Errorf("%s lacks something: %+v", a.RuleName, a)
		}
	}
	i := slices.IndexFunc(got, func(a alert.Alert) bool { return a.RuleName == "port_scan" })
	if a := got[i]; a.Value != 15 || a.Count != 15 || a.Level != alert.Medium || !strings.Contains(a.Raw[14], "DPT=1014") {
		t.Errorf("port_scan: %+v", a)
	}
}

func TestAlertsAreTheSameWhenBatchesAreShuffled(t *testing.T) {
	t.Parallel()
	// The stream runs faster than its own time, so a firing that moved reaches
	// the correlations of correlations too late: see docs/alerts.md. The
	// property test of window shows that they are exact in real time.
	want := closedAlerts(t, func(b *bus.Bus) { publish(t, b, batches(newAttack(testStart).lines, 20)) })
	got := closedAlerts(t, func(b *bus.Bus) {
		msgs := batches(newAttack(testStart).lines, 20)
		// Neighbours within the lateness change places, and all come twice.
		for i := 0; i+3 < len(msgs); i += 4 {
			slices.Reverse(msgs[i : i+4])
		}
		again := slices.Clone(msgs)
		for i := range again {
			again[i].ID += "-again"
		}
		publish(t, b, slices.Concat(msgs, again))
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("alerts differ (-in order +shuffled):\n%s", diff)
	}
}

// closedAlerts runs send against a correlator and returns the final form of all
// alerts, without their ids.
func closedAlerts(t *testing.T, send func(*bus.Bus)) []string {
	t.Helper()
	b := bustest.Start(t)
	updates := collect(t, b, bus.Updates)
	o := testOptions()
	o.Partitions = 1 // the quiet events at the end move the clock of one
	start(t, b, o)
	send(b)
	endOfTime(t, b)
	return final(updates.wait(t, "the end of all episodes", func(us []alert.Alert) bool {
		n := 0
		for _, u := range us {
			if u.Closed && u.RuleName != "" {
				n++
			}
		}
		return n >= len(attackRules)
	}))
}

// endOfTime sends quiet events of the next two hours, so that every window is
// over.
func endOfTime(t *testing.T, b *bus.Bus) {
	t.Helper()
	a := &attack{start: testStart}
	for i := range 40 {
		a.denied(time.Duration(i)*4*time.Minute+3*time.Minute, "192.0.2.200", 1)
	}
	msgs := batches(a.lines, 10)
	for i := range msgs {
		msgs[i].ID = "end-" + msgs[i].ID
		msgs[i].Header = nil
	}
	publish(t, b, msgs)
}

func final(updates []alert.Alert) []string {
	var closed []alert.Alert
	for _, u := range updates {
		if u.Closed {
			u.ID = ""
			if strings.Contains(u.RuleName, "_then_") || strings.HasSuffix(u.RuleName, "_success") {
				u.WindowStart, u.WindowEnd = time.Time{}, time.Time{}
			}
			closed = append(closed, u)
		}
	}
	return describe(closed)
}
