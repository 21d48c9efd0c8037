package format

import (
	"slices"
	"testing"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// The fields that SigmaHQ's rules for name servers, firewalls, proxies, flows and
// malware protection use, in events of the formats that claim these log sources.
func TestNetworkSigmaFieldsResolve(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		golden, source string
		want           map[string]string
	}{
		{"bind/query_file", "dns::", map[string]string{"query": "www.example.com", "record_type": "TYPE65", "src_ip": "2001:db8::7"}},
		{"bind/infoblox", "dns::", map[string]string{"query": "www.example.com", "answer": "web.example.com. 203.0.113.9"}},
		{"unbound/reply", "dns::", map[string]string{"query": "www.example.com", "record_type": "AAAA"}},
		{"dnsmasq/query", "dns::", map[string]string{"query": "www.example.com", "record_type": "AAAA"}},
		{"dnsmasq/reply", "dns::", map[string]string{"query": "www.example.com", "answer": "203.0.113.9"}},
		{"coredns/query", "dns::", map[string]string{"query": "www.example.com", "record_type": "A"}},
		{"suricata_eve/dns_v2_answer", "dns::", map[string]string{"query": "www.example.com", "record_type": "A", "answer": "web.example.com 203.0.113.9"}},
		{"suricata_eve/http", "proxy::", map[string]string{
			"c-uri": "/a/b?c=d", "cs-method": "GET", "cs-host": "www.example.com", "sc-status": "404", "c-useragent": "Mozilla/5.0", "dst_ip": "198.51.100.4",
		}},
		{"suricata_eve/http", "webserver::", map[string]string{"cs-uri-query": "/a/b?c=d", "cs-method": "GET", "sc-status": "404", "cs-referer": "https://example.com/"}},
		{"suricata_eve/flow", "::netflow", map[string]string{"destination.port": "443"}},
		{"suricata_eve/drop", "firewall::", map[string]string{"src_ip": "192.0.2.7", "dst_ip": "198.51.100.4", "dst_port": "22"}},
		{"pf/tcp_block", "firewall::", map[string]string{"src_ip": "192.0.2.7", "src_port": "51000", "dst_ip": "198.51.100.4", "dst_port": "22", "action": "deny"}},
		{"mikrotik/firewall", "firewall::", map[string]string{"src_ip": "192.0.2.7", "dst_ip": "198.51.100.4", "dst_port": "22", "action": "deny"}},
		{"cef/firewall_deny", "firewall::", map[string]string{"src_ip": "192.0.2.7", "dst_ip": "198.51.100.4", "dst_port": "22", "action": "deny"}},
		{"cef/escapes", "proxy::", map[string]string{"c-uri": "https://example.com/a?b=c&d=e", "cs-method": "GET", "sc-status": "304", "cs-username": "alice"}},
		{"cef/malware_found", "antivirus::", map[string]string{"Signature": "EICAR-Test-File", "Filename": `C:\temp\a.exe`}},
		{"leef/malware", "antivirus::", map[string]string{"Signature": "Eicar", "Filename": "/tmp/eicar.com"}},
		{"leef/v1_tabs", "firewall::", map[string]string{"src_ip": "192.0.2.7", "dst_port": "22", "username": "alice"}},
		{"vmware_esxi/dfw", "firewall:vmware:nsx", map[string]string{"src_ip": "192.0.2.50", "dst_ip": "198.51.100.9", "dst_port": "8140", "action": "deny"}},
		{"vmware_esxi/shell", "process_creation:linux:", map[string]string{"CommandLine": "esxcli system account add -i eve -p Secret12 -c Secret12", "User": "root"}},
	} {
		t.Run(tt.golden, func(t *testing.T) {
			t.Parallel()
			e := goldenEvent(t, tt.golden)
			if !slices.Contains(e.List(event.LogSource), tt.source) {
				t.Errorf("log sources are %v, want %s among them", e.List(event.LogSource), tt.source)
			}
			for field, want := range tt.want {
				if got := sigmaField(t, e, tt.source, field); got != want {
					t.Errorf("%s is %q, want %q", field, got, want)
				}
			}
		})
	}
}
