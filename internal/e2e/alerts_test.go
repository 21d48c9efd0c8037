package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// attackAlerts are how many alerts the attack raises: scan, brute force, one after
// the other, and the login.
const attackAlerts = 4

// alertsOf feeds messages to a cluster, calls disturb after each, and returns how
// often a plain subscriber sees an alert of each rule, group and value.
func alertsOf(t *testing.T, messages []*nats.Msg, disturb func(i int, correlate *process)) map[string]int {
	t.Helper()
	c := newCluster(t)
	c.service("archive")
	c.service("normalize")
	correlate := c.service("correlate")
	conn := c.connect()
	seen := subscribe(t, conn, "siem.alerts.>")
	js, err := conn.JetStream()
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range messages {
		if _, err := js.PublishMsg(m); err != nil {
			t.Fatal(err)
		}
		disturb(i, correlate)
	}
	eventually(t, "all alerts", func() bool { return len(seen.lines(t)) >= attackAlerts })
	// What would be said twice is said when the state is built again.
	eventually(t, "everything handled", func() bool {
		info, err := js.StreamInfo("SIEM_EVENTS")
		return err == nil && info.State.Msgs == 0
	})
	alerts := map[string]int{}
	for _, a := range seen.lines(t) {
		alerts[fmt.Sprint(a["rule_name"], a["group"], a["value"])]++
	}
	return alerts
}

// The same alerts go out, once each, whether correlate runs through or is killed
// with -9 again and again. Windows are not compared: what was in hand at a kill
// comes again behind later lines, so an alert may be reported with a later window,
// which its closing revision sets right.
func TestAlertsSurviveKills(t *testing.T) {
	t.Parallel()
	firewall, auth := attack(time.Now().Add(-time.Minute))
	var messages []*nats.Msg
	for lines := range slices.Chunk(firewall, 6) {
		m := nats.NewMsg("siem.raw.firewall.gw")
		m.Data = []byte(strings.Join(lines, "\n"))
		messages = append(messages, m)
	}
	for _, line := range auth {
		m := nats.NewMsg("siem.raw.auth.bastion")
		m.Data = []byte(line)
		messages = append(messages, m)
	}
	undisturbed := alertsOf(t, messages, func(int, *process) {})
	killed := alertsOf(t, messages, func(i int, correlate *process) {
		if i%6 == 2 {
			correlate.kill()
			correlate.launch()
		}
	})
	if !maps.Equal(undisturbed, killed) {
		t.Errorf("undisturbed: %v\nwith kills: %v", undisturbed, killed)
	}
}
