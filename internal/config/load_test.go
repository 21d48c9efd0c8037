package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goshawk-siem/goshawk/internal/ingest"
	"github.com/goshawk-siem/goshawk/internal/normalize"
	"github.com/goshawk-siem/goshawk/internal/unit"
)

func TestLoadBad(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.bad.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("find samples: %d, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".bad.yml"), func(t *testing.T) {
			t.Parallel()
			_, err := Load(Input{Path: file})
			var problems Problems
			if !errors.As(err, &problems) {
				t.Fatalf("got error %v, want problems", err)
			}
			var got []string
			for _, p := range problems {
				got = append(got, strings.TrimPrefix(p.String(), file+":"))
			}
			if diff := cmp.Diff(wanted(t, file), got); diff != "" {
				t.Errorf("problems differ (-want +got):\n%s", diff)
			}
		})
	}
}

// wanted returns the "# want: " comments of a sample.
func wanted(t *testing.T, file string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(data)) {
		if want, ok := strings.CutPrefix(line, "# want: "); ok {
			out = append(out, strings.TrimSpace(want))
		}
	}
	return out
}

func TestLoadGood(t *testing.T) {
	t.Parallel()
	got, err := Load(Input{Path: "testdata/good.yml"})
	if err != nil {
		t.Fatal(err)
	}
	want := Defaults()
	want.DataDir = "/srv/goshawk"
	want.Ingest.StateDir, want.Archive.Files.Folder = "/srv/goshawk/ingest", "/srv/goshawk/archive"
	want.Ingest.HTTP.Tokens = []unit.Secret{unit.NewSecret("for the web servers"), unit.NewSecret("winter is long")}
	want.Ingest.Syslog = []ingest.SyslogOptions{{Protocol: "udp", Listen: "127.0.0.1:5514", Path: "dmz.fw01", Queue: 4 * unit.MiB}}
	want.Ingest.Files = []ingest.FileOptions{{Paths: []string{"/var/log/nginx/*.log", "/var/log/nginx/*.gz"}, Source: "nginx_access"}}
	want.Sources = normalize.Sources{"web": {Format: "apache_access", Zone: "Europe/Berlin"}, "other": {}}
	want.Log.Level, want.Log.Format = "debug", "console"
	want.Ops.Listen, want.Ops.Pprof = "127.0.0.1:0", true
	want.Bus.URL, want.Bus.User, want.Bus.Password = "nats://192.0.2.10:4222", "collector", unit.NewSecret("winter is long")
	want.Bus.Shards = 16
	want.Bus.PublishTimeout = unit.Duration(90 * time.Second)
	want.Bus.Limits.Raw, want.Bus.Limits.Alerts, want.Bus.Limits.MatchesAge = 64*unit.MiB, 2*unit.MiB, 7*unit.Day
	if diff := cmp.Diff(want, got, compareSecrets); diff != "" {
		t.Errorf("configuration differs (-want +got):\n%s", diff)
	}
}

var compareSecrets = cmp.Comparer(func(a, b unit.Secret) bool { return a.Reveal() == b.Reveal() })

func TestLoadNothing(t *testing.T) {
	t.Parallel()
	empty := write(t, "# only a comment\n")
	for name, in := range map[string]Input{"no file": {}, "empty file": {Path: empty}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Load(in)
			if err != nil {
				t.Fatal(err)
			}
			want := Defaults()
			want.Resolve()
			if diff := cmp.Diff(want, got, compareSecrets); diff != "" {
				t.Errorf("configuration differs from the defaults (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLoadMissingFile(t *testing.T) {
	t.Parallel()
	_, err := Load(Input{Path: filepath.Join(t.TempDir(), "absent.yaml")})
	if !errors.Is(err, os.ErrNotExist) || !strings.HasPrefix(err.Error(), "read configuration: ") {
		t.Errorf("got %v, want an error that says which file is missing", err)
	}
}

func TestLoadTooLong(t *testing.T) {
	t.Parallel()
	_, err := Load(Input{Path: write(t, strings.Repeat("# padding\n", maxFile/10+1))})
	if err == nil || !strings.Contains(err.Error(), "expected at most 4194304") {
		t.Errorf("got %v, want an error that names the limit", err)
	}
}

func TestLoadOrder(t *testing.T) {
	t.Parallel()
	file := write(t, "bus:\n  url: nats://file:1\n  user: file\nlog:\n  level: warn\n")
	env := map[string]string{"GOSHAWK_NATS_URL": "nats://env:1", "GOSHAWK_NATS_USER": "env", "GOSHAWK_NATS_PASSWORD": "pw", "GOSHAWK_LOG_LEVEL": ""}
	got, err := Load(Input{Path: file, Env: lookupIn(env), Flags: []Setting{{"--nats", "bus.url", "nats://flag:1"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, got, want string }{
		{"a flag wins over the environment", got.Bus.URL, "nats://flag:1"},
		{"the environment wins over the file", got.Bus.User, "env"},
		{"an empty variable is not set", got.Log.Level, "warn"},
		{"the file wins over the default", got.Log.Level, "warn"},
		{"a default stays", got.Bus.Prefix, "siem"},
		{"a secret comes from the environment", got.Bus.Password.Reveal(), "pw"},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, tc.got, tc.want)
		}
	}
}

func TestLoadNamesTheOrigin(t *testing.T) {
	t.Parallel()
	env := map[string]string{"GOSHAWK_LOG_FORMAT": "xml"}
	_, err := Load(Input{Path: write(t, "log:\n  format: json\n"), Env: lookupIn(env), Flags: []Setting{{"--log-level", "log.level", "loud"}}})
	var problems Problems
	if !errors.As(err, &problems) {
		t.Fatalf("got %v, want problems", err)
	}
	var got []string
	for _, p := range problems {
		got = append(got, p.String())
	}
	want := []string{
		`--log-level: log.level: "loud" is not a level; expected trace, debug, info, warn or error`,
		`GOSHAWK_LOG_FORMAT: log.format: "xml" is not a log format; expected auto, json or console`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems differ (-want +got):\n%s", diff)
	}
}

func TestLoadAddsTokens(t *testing.T) {
	t.Parallel()
	env := map[string]string{"GOSHAWK_HTTP_TOKEN": "from the environment"}
	got, err := Load(Input{Path: "testdata/good.yml", Env: lookupIn(env)})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(got.Ingest.HTTP.Tokens); n != 3 || !got.Ingest.HTTP.Tokens[2].Equal("from the environment") {
		t.Errorf("there are %d tokens, want those of the file and that of the environment", n)
	}
}

func TestVariables(t *testing.T) {
	t.Parallel()
	c := Defaults()
	seen := ""
	for _, v := range Variables() {
		t.Run(v.Name, func(t *testing.T) {
			if _, ok := lookup(c.root(), v.Key); !ok {
				t.Errorf("there is no key %s", v.Key)
			}
			if v.Doc == "" || v.Name <= seen {
				t.Error("a variable needs a doc line and its place in the order of names")
			}
			seen = v.Name
		})
	}
}

func TestTypesAreReadable(t *testing.T) {
	t.Parallel()
	if err := checkType("", reflect.TypeFor[Config]()); err != nil {
		t.Error(err)
	}
}

func TestDefaultsAreValid(t *testing.T) {
	t.Parallel()
	c := Defaults()
	if err := c.Validate(); err != nil {
		t.Errorf("the defaults are refused: %v", err)
	}
}

// TestValidateNamesKeys proves for what each section reports about its zero value
// that the key path in front of it exists, so that it can be found in the file.
func TestValidateNamesKeys(t *testing.T) {
	t.Parallel()
	var c Config
	for _, err := range leaves(c.Validate()) {
		key, _, ok := strings.Cut(err.Error(), ": ")
		if _, found := lookup(c.root(), key); !ok || !found {
			t.Errorf("%q does not start with a key's path and a colon", err)
		}
	}
}

func lookupIn(env map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := env[name]; return v, ok }
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "goshawk.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestVariablesAreDocumented(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range Variables() {
		row := "| `" + v.Name + "` | `" + v.Key + "` | " + v.Doc + " |\n"
		if !strings.Contains(string(doc), row) {
			t.Errorf("docs/configuration.md lacks the row %s", row)
		}
	}
}
