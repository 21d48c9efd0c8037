package format

import (
	"strings"
	"testing"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// What SigmaHQ's rules for firewalls and network devices ask for, one sample
// event each. The word for the action and whether traffic was blocked are bound
// by package detect, and tested there.
func TestFirewallSigmaFields(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		golden, source string
		want           map[string]string
	}{
		{"cisco_asa/access_group", "firewall::", map[string]string{"src_ip": "192.0.2.30", "dst_ip": "198.51.100.8", "dst_port": "53", "username": `LOCAL\bob`}},
		{"cisco_asa/command", ":cisco:aaa", map[string]string{"command_line": "no logging host inside 192.0.2.9"}},
		{"cisco_ftd/blocked", "firewall::", map[string]string{"src_port": "59698", "dst_port": "23"}},
		{"cisco_ios/access_list", "firewall::", map[string]string{"dst_port": "445"}},
		{"cisco_ios/command", ":cisco:aaa", map[string]string{"command_line": "username mallory privilege 15"}},
		{"cisco_ios/bgp_md5", ":cisco:ldp", map[string]string{"event_code": "BADAUTH"}},
		{"fortinet/traffic_accept", "firewall::", map[string]string{"src_ip": "192.0.2.10", "dst_port": "443", "username": "alice"}},
		{"fortinet/config", ":fortigate:event", map[string]string{"action": "Add", "cfgpath": "system.admin"}},
		{"paloalto/traffic", "firewall::", map[string]string{"dst_ip": "198.51.100.255", "dst_port": "443"}},
		{"checkpoint/drop", "firewall::", map[string]string{"dst_port": "23"}},
		{"sophos_xg/firewall_allowed", "firewall::", map[string]string{"dst_port": "443"}},
		{"juniper_srx/session_create", "firewall::", map[string]string{"dst_port": "443", "username": "alice"}},
	} {
		t.Run(tt.golden, func(t *testing.T) {
			t.Parallel()
			e := goldenEvent(t, tt.golden)
			if !hasLogSource(e.List(event.LogSource), tt.source) {
				t.Errorf("log sources are %v, want one for %s", e.List(event.LogSource), tt.source)
			}
			for field, want := range tt.want {
				if got := sigmaField(t, e, tt.source, field); got != want {
					t.Errorf("%s is %q, want %q", field, got, want)
				}
			}
		})
	}
}

// hasLogSource reports whether a rule for want applies to an event with sources:
// one of them has every part that want names.
func hasLogSource(sources []string, want string) bool {
	need := strings.Split(want, ":")
	for _, source := range sources {
		fits := true
		for i, part := range strings.Split(source, ":") {
			fits = fits && (need[i] == "" || need[i] == part)
		}
		if fits {
			return true
		}
	}
	return false
}
