package main

import (
	"strings"
	"testing"
	"time"

	"github.com/goshawk-siem/goshawk/cmd/internal/wire"
	"github.com/goshawk-siem/goshawk/internal/config"
	"github.com/goshawk-siem/goshawk/internal/ingest"
	"github.com/goshawk-siem/goshawk/internal/unit"
)

func TestBanner(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)
	all := wire.Addresses{
		Ops: "127.0.0.1:9464", NATS: "nats://127.0.0.1:4222",
		Inputs: []ingest.Address{{Input: "http", Addr: "127.0.0.1:8514"}, {Input: "udp", Source: "syslog", Addr: "127.0.0.1:5514"}},
	}
	const line = `'192.0.2.7 - - [22/Nov/2026:18:00:00 +0000] "GET /hello HTTP/1.1" 200 512 "-" "curl"'`
	for _, tc := range []struct {
		name   string
		change func(*config.Config)
		at     wire.Addresses
		want   []string
		not    []string
	}{
		{
			name: "everything listens", at: all,
			want: []string{
				"keeps its data in ./data.", "http://127.0.0.1:8514/v1/raw/<source>", "udp 127.0.0.1:5514, source syslog",
				"nats://127.0.0.1:4222", "http://127.0.0.1:9464/metrics",
				"  curl -sS --data-binary " + line + " http://127.0.0.1:8514/v1/raw/apache_access\n",
			},
		},
		{
			name: "a token is named and not shown", at: all,
			change: func(c *config.Config) { c.Ingest.HTTP.Tokens = []unit.Secret{unit.NewSecret("hunter2")} },
			want:   []string{`curl -sS -H "Authorization: Bearer $GOSHAWK_HTTP_TOKEN" --data-binary`},
			not:    []string{"hunter2"},
		},
		{
			name: "with a certificate", at: all,
			change: func(c *config.Config) { c.Ingest.HTTP.TLS.Cert = "server.pem" },
			want:   []string{"https://127.0.0.1:8514/v1/raw/<source>", "https://127.0.0.1:8514/v1/raw/apache_access"},
		},
		{
			name: "without inputs and metrics", at: wire.Addresses{NATS: "nats://127.0.0.1:4222"},
			want: []string{"nats://127.0.0.1:4222"},
			not:  []string{"curl", "metrics", "HTTP"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := config.Defaults()
			if tc.change != nil {
				tc.change(&c)
			}
			got := banner(c, tc.at, now)
			for _, want := range tc.want {
				if !strings.Contains(got, want) {
					t.Errorf("the banner lacks %q:\n%s", want, got)
				}
			}
			for _, not := range tc.not {
				if strings.Contains(got, not) {
					t.Errorf("the banner has %q:\n%s", not, got)
				}
			}
		})
	}
}
