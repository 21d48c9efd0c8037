package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/bustest"
	"github.com/goshawk-siem/goshawk/internal/record"
)

// deadLines are lines of an access log that was sent as JSON, and others.
func deadLines() []string {
	var lines []string
	for i := range 20 {
		lines = append(lines, fmt.Sprintf(`192.0.2.%d - - [05/Sep/2024:10:30:00 +0000] "GET /a%d HTTP/1.1" 200 %d "-" "curl/8.5.0"`, i, i, 100+i))
	}
	return append(lines, "shutting down", "\x1b[31mred\xff")
}

// startDead runs a server with dead letters of source shop and returns its
// address and a connection to it.
func startDead(t *testing.T) (url string, b *bus.Bus) {
	t.Helper()
	server := bustest.Server(t, t.TempDir())
	b = bustest.Connect(t, server, bustest.Options())
	var letters []record.Dead
	for i, line := range deadLines() {
		letters = append(letters, record.Dead{
			ID: fmt.Sprintf("t3k9x1-7-%d", i+1), Source: "shop", Path: "web01", Format: "json", Reason: "expected a JSON object", Batch: "t3k9x1-7",
			Line: i + 1, Received: time.Date(2024, 9, 5, 11, 0, i, 0, time.UTC), Raw: []byte(line),
		})
	}
	if err := b.PublishDead(t.Context(), "t3k9x1-7", letters); err != nil {
		t.Fatal(err)
	}
	return server.URL(), b
}

// dead runs the command line and returns what it prints.
func dead(t *testing.T, url string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, diag bytes.Buffer
	a := app{Args: append([]string{"dead", "--nats", url}, args...), Stdout: &out, Stderr: &diag, Env: func(string) (string, bool) { return "", false }}
	err = a.run(t.Context())
	return out.String(), diag.String(), err
}

func TestDeadWorkbench(t *testing.T) {
	t.Parallel()
	url, b := startDead(t)

	out, diag, err := dead(t, url, "groups")
	if err != nil || !strings.HasPrefix(diag, "22 dead letters in 3 groups") {
		t.Fatalf("groups: %q %v\n%s", diag, err, out)
	}
	rows := strings.Split(out, "\n")
	if !strings.HasPrefix(rows[1], "20 ") || !strings.Contains(rows[1], `<ip> - - [<n>/Sep/<n>:<n>:<n>:<n> +<n>] "GET`) || !strings.Contains(rows[1], "t3k9x1-7-20") {
		t.Errorf("the largest group is %q", rows[1])
	}
	if strings.Contains(out, "\x1b") || strings.Contains(out, "\xff") {
		t.Errorf("bytes of a letter reach the terminal: %q", out)
	}

	out, diag, err = dead(t, url, "test", "--format", "apache_access")
	if err != nil || !strings.HasPrefix(diag, "20 of 22 letters would parse now") {
		t.Errorf("test: %q %v\n%s", diag, err, out)
	}
	out, diag, err = dead(t, url, "test", "--format", "apache_access", "--like", "t3k9x1-7-3", "--output", "json")
	if err != nil || strings.Count(out, `"event_type":"HTTP_ACCESS"`) != 20 || !strings.Contains(out, `"event_id":"t3k9x1-7-20"`) {
		t.Errorf("test of a group: %q %v\n%s", diag, err, out)
	}
	out, _, err = dead(t, url, "test", "t3k9x1-7-21", "--output", "json", "--format", "apache_access")
	if err != nil || !strings.Contains(out, `"id":"t3k9x1-7-21","raw":"shutting down"`) {
		t.Errorf("test of a letter that can't be read: %v\n%s", err, out)
	}

	out, diag, err = dead(t, url, "replay", "--format", "apache_access", "--contains", "/a1", "--dry-run")
	if err != nil || strings.Count(out, "\n") != 11 || !strings.HasPrefix(diag, "11 would be sent again, 0 left") {
		t.Errorf("dry run: %q %v\n%s", diag, err, out)
	}
	_, diag, err = dead(t, url, "replay", "--format", "apache_access")
	if err != nil || !strings.HasPrefix(diag, "20 sent again, 2 left\n       2  expected") {
		t.Errorf("replay: %q %v", diag, err)
	}
	_, diag, err = dead(t, url, "replay", "--format", "apache_access")
	if err != nil || !strings.HasPrefix(diag, "0 sent again, 2 left") {
		t.Errorf("second replay: %q %v", diag, err)
	}
	checkReplayed(t, b)
	_, diag, err = dead(t, url, "groups")
	if err != nil || !strings.HasPrefix(diag, "2 dead letters in 2 groups") {
		t.Errorf("groups after the replay: %q %v", diag, err)
	}
}

// checkReplayed checks that the letters are raw records under their own id and
// time.
func checkReplayed(t *testing.T, b *bus.Bus) {
	t.Helper()
	messages, _, err := b.Messages(t.Context(), bus.Raw)
	if err != nil || messages != 20 {
		t.Errorf("%d raw messages, %v; 20 expected", messages, err)
	}
}

// The configuration of now decides how letters are read.
func TestDeadTestReadsTheConfiguration(t *testing.T) {
	t.Parallel()
	url, _ := startDead(t)
	file := filepath.Join(t.TempDir(), "goshawk.yaml")
	if err := os.WriteFile(file, []byte("sources:\n  shop: {format: apache_access}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, diag, err := dead(t, url, "test", "--config", file)
	if err != nil || !strings.HasPrefix(diag, "20 of 22 letters would parse now") {
		t.Errorf("%q %v", diag, err)
	}
}

func TestDeadMistakes(t *testing.T) {
	t.Parallel()
	url, _ := startDead(t)
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"like":   {[]string{"list", "--like", "nowhere"}, `no dead letter has the id "nowhere"`},
		"source": {[]string{"groups", "--source", "a.b"}, "--source: "},
		"format": {[]string{"test", "--format", "apache"}, `--format: "apache" is not a format; expected auto or one of `},
		"show":   {[]string{"show", "nowhere"}, `no dead letter has the id "nowhere"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, _, err := dead(t, url, test.args...); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}
