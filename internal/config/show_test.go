package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goshawk-siem/goshawk/internal/unit"
)

func TestYAMLReadsBack(t *testing.T) {
	t.Parallel()
	want, err := Load(Input{Path: "testdata/good.yml"})
	if err != nil {
		t.Fatal(err)
	}
	want.Bus.Password, want.Ingest.HTTP.Tokens = unit.Secret{}, nil
	got, err := Load(Input{Path: write(t, want.YAML())})
	got.Ingest.HTTP.Tokens = nil
	if err != nil {
		t.Fatalf("read back: %v\n%s", err, want.YAML())
	}
	if diff := cmp.Diff(want, got, compareSecrets); diff != "" {
		t.Errorf("configuration differs after writing and reading (-want +got):\n%s", diff)
	}
}

func TestYAMLMasksSecrets(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, url, want string }{
		{"no user", "nats://192.0.2.10:4222", "nats://192.0.2.10:4222"},
		{"user and password", "nats://collector:hunter2@192.0.2.10:4222", "nats://***@192.0.2.10:4222"},
		{"token", "nats://hunter2@192.0.2.10:4222", "nats://***@192.0.2.10:4222"},
		{"list", "nats://a:hunter2@192.0.2.10:1,nats://b:hunter2@192.0.2.11:1", "nats://***@192.0.2.10:1,nats://***@192.0.2.11:1"},
		{"not a URL", "nats://a:hunter2@[::1", "***"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := Defaults()
			c.Bus.URL, c.Bus.Token = tc.url, unit.NewSecret("hunter2")
			got := c.YAML()
			if strings.Contains(got, "hunter2") || !strings.Contains(got, `url: "`+tc.want+`"`) || !strings.Contains(got, `token: "***"`) {
				t.Errorf("a secret shows, or the URL is not %q:\n%s", tc.want, got)
			}
		})
	}
}
