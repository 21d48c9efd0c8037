package format

import (
	"slices"
	"strings"
	"testing"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// The fields that SigmaHQ's rules for web servers and proxies use, one sample
// event each.
var webSigmaFields = []struct {
	golden, source string
	want           map[string]string
}{
	{"haproxy/httplog", "webserver:haproxy:", map[string]string{
		"cs-uri-query": "/admin?tab=users", "cs-method": "GET", "sc-status": "200", "cs-uri-stem": "/admin", "c-ip": "192.0.2.20",
		"cs-user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0",
	}},
	{"nginx_json/variables", "webserver:nginx:", map[string]string{
		"cs-uri-query": "/admin?tab=users", "cs-method": "GET", "sc-status": "401", "cs-username": "alice", "cs-user-agent": "Mozilla/5.0",
	}},
	{"nginx_ingress/default", "webserver:nginx:", map[string]string{
		"cs-uri-query": "/items?id=7", "cs-referer": "https://www.example.com/", "sc-status": "200",
	}},
	{"traefik/common", "webserver:traefik:", map[string]string{"cs-uri-query": "/items?id=7", "cs-username": "alice"}},
	{"caddy/access", "webserver:caddy:", map[string]string{
		"cs-uri-query": "/admin?tab=users", "cs-host": "www.example.com", "cs-user-agent": "Mozilla/5.0", "c-ip": "192.0.2.20",
	}},
	{"envoy/default", "webserver:envoy:", map[string]string{"cs-uri-query": "/items?id=7", "cs-host": "api.example.com", "cs-user-agent": "curl/8.5.0"}},
	{"aws_elb/alb", "webserver:aws:elb", map[string]string{"cs-uri-query": "https://www.example.com:443/admin?tab=users", "cs-uri-stem": "/admin", "sc-status": "200"}},
	{"aws_s3access/anonymous", "webserver:aws:s3", map[string]string{"cs-uri-query": "/?acl", "sc-status": "403", "cs-user-agent": "curl/8.5.0"}},
	{"cloudflare/firewall_block", "webserver:cloudflare:", map[string]string{"cs-uri-query": "/.env?a=1", "cs-method": "GET", "c-ip": "203.0.113.66"}},
	{"squid/miss", "proxy:squid:", map[string]string{
		"c-uri": "http://www.example.com:8080/setup.exe?id=7", "c-uri-query": "id=7", "c-uri-extension": "exe", "cs-host": "www.example.com", "cs-method": "GET",
		"cs-uri": "http://www.example.com:8080/setup.exe?id=7", "sc-status": "200", "dst_ip": "198.51.100.4", "r-dns": "www.example.com", "cs-username": "alice",
	}},
	{"squid/mime_headers", "proxy:squid:", map[string]string{"c-useragent": "curl/8.5.0", "cs-referer": "http://www.example.org/"}},
	{"cloudflare/gateway_http", "proxy:cloudflare:", map[string]string{"c-uri": "https://evil.example.net/a.exe?x=1", "c-useragent": "curl/8.5.0", "cs-host": "evil.example.net"}},
}

func TestWebSigmaFieldsResolve(t *testing.T) {
	t.Parallel()
	for _, tt := range webSigmaFields {
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

// SigmaHQ's rules for error logs name a service and look for words in the line.
func TestErrorLogsAreServicesOfSigma(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ golden, source, words string }{
		{"nginx_error/core_dump", ":nginx:nginx", "exited on signal 6 (core dumped)"},
		{"apache_error/segfault", ":apache:apache", "exit signal Segmentation Fault"},
	} {
		e := goldenEvent(t, tt.golden)
		if !slices.Contains(e.List(event.LogSource), tt.source) {
			t.Errorf("%s: log sources are %v, want %s among them", tt.golden, e.List(event.LogSource), tt.source)
		}
		if !strings.Contains(strings.ToLower(e.Text(event.Raw)), strings.ToLower(tt.words)) {
			t.Errorf("%s does not hold %q", tt.golden, tt.words)
		}
	}
}
