package store

import (
	"context"
	"fmt"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/goshawk-siem/goshawk/internal/alert"
	"github.com/goshawk-siem/goshawk/internal/unit"
)

func storedAlert(n, revision int) alert.Alert {
	at := genStart.Add(time.Duration(n) * time.Second)
	return alert.Alert{ID: fmt.Sprintf("a%03d", n), Revision: revision, RuleID: "r", Title: "t", Level: alert.High, Time: at, FirstSeen: at, LastSeen: at}
}

func appendAlerts(t *testing.T, s *Store, alerts ...alert.Alert) {
	t.Helper()
	if err := s.AppendAlerts(alerts); err != nil {
		t.Fatal(err)
	}
}

// TestAlertsAreAllThereWhileFilesAreJoined reads without a pause while files are
// joined: no read may miss an alert.
func TestAlertsAreAllThereWhileFilesAreJoined(t *testing.T) {
	t.Parallel()
	s := openStore(t, testOptions(t))
	const alerts = 20
	for n := range alerts {
		appendAlerts(t, s, storedAlert(n, 1))
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var group errgroup.Group
	group.Go(func() error {
		for ctx.Err() == nil {
			list, err := s.Alerts(context.WithoutCancel(ctx), AlertQuery{})
			if err != nil || len(list) != alerts {
				return fmt.Errorf("%d alerts, %w; want %d", len(list), err, alerts)
			}
		}
		return nil
	})
	for revision := range 6 {
		for n := range alerts {
			appendAlerts(t, s, storedAlert(n, revision+2))
		}
		if err := s.MaintainAlerts(t.Context(), genStart); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	list, err := s.Alerts(t.Context(), AlertQuery{})
	if err != nil || len(list) != alerts || list[0].Revision != 7 || list[0].ID != "a019" {
		t.Errorf("%d alerts, first %+v, %v; want %d, newest first, in revision 7", len(list), list[0], err, alerts)
	}
}

func TestAlertsExpireByDay(t *testing.T) {
	t.Parallel()
	o := testOptions(t)
	o.Retention = 2 * unit.Day
	s := openStore(t, o)
	old := storedAlert(1, 1)
	old.Time = genStart.Add(-5 * 24 * time.Hour)
	appendAlerts(t, s, old, storedAlert(2, 1))
	if err := s.MaintainAlerts(t.Context(), genStart); err != nil {
		t.Fatal(err)
	}
	list, err := s.Alerts(t.Context(), AlertQuery{})
	if err != nil || len(list) != 1 || list[0].ID != "a002" {
		t.Errorf("left %+v, %v; want the younger alert", list, err)
	}
}
