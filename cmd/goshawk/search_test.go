package main

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/goshawk-siem/goshawk/internal/archive"
	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/bustest"
	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/run"
	"github.com/goshawk-siem/goshawk/internal/unit"
)

var searchStart = time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)

// startSearchable runs a server and an archive with events, and returns the
// server's address.
func startSearchable(t *testing.T) string {
	t.Helper()
	server := bustest.Server(t, t.TempDir())
	b := bustest.Connect(t, server, bustest.Options())
	o := archive.Defaults()
	o.Files.Folder = t.TempDir()
	o.Files.Retention = 0
	o.Commit = unit.Duration(20 * time.Millisecond)
	s, err := archive.New(o, b, bustest.Log(t), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	publishSearchable(t, b)
	return server.URL()
}

func publishSearchable(t *testing.T, b *bus.Bus) {
	t.Helper()
	var payload []byte
	for i := range 12 {
		var e event.Event
		e.SetText(event.EventID, "t3k9x1-1-"+strconv.Itoa(i+1))
		e.SetText(event.EventType, event.HTTPAccess)
		e.SetTime(event.EventTime, searchStart.Add(time.Duration(i)*time.Minute))
		e.SetTime(event.IngestTime, searchStart.Add(time.Hour))
		e.SetIP(event.SourceIP, "192.0.2."+strconv.Itoa(i))
		e.SetText(event.HTTPMethod, "GET")
		e.SetInt(event.StatusCode, int64(200+i%2*204))
		e.SetText(event.RequestPath, "/a,\"b\"/\x1b[31m"+strings.Repeat("long/", 60))
		e.SetText(event.Raw, "raw line "+strconv.Itoa(i))
		e.SetExtraText("colour", "blue")
		payload = append(e.AppendJSON(payload), '\n')
	}
	if err := b.Publish(t.Context(), bus.Msg{Subject: "events.1.web", ID: "t3k9x1-1", Data: payload}); err != nil {
		t.Fatal(err)
	}
}

// search runs the command line and returns what it prints.
func search(t *testing.T, url string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, diag bytes.Buffer
	a := app{Args: append([]string{"search", "--nats", url}, args...), Stdout: &out, Stderr: &diag, Env: func(string) (string, bool) { return "", false }}
	err = a.run(t.Context())
	return out.String(), diag.String(), err
}

func TestSearch(t *testing.T) {
	t.Parallel()
	url := startSearchable(t)
	bustest.Eventually(t, "the events to be archived", func() bool {
		out, _, err := search(t, url, "--output", "json")
		return err == nil && strings.Count(out, "\n") == 12
	})

	t.Run("table", func(t *testing.T) {
		t.Parallel()
		out, diag, err := search(t, url, "status_code:404", "--limit", "3")
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimRight(out, "\n"), "\n")
		if len(lines) != 4 || !strings.HasPrefix(lines[0], "EVENT_TIME") || !strings.Contains(lines[1], "2026-03-01T10:11:00Z") {
			t.Errorf("printed\n%s\nwant a head and the 3 newest of status 404", out)
		}
		for _, line := range lines {
			if n := len([]rune(strings.TrimRight(line, " "))); n > defaultWidth {
				t.Errorf("a line has %d characters; want at most %d", n, defaultWidth)
			}
		}
		if strings.Contains(out, "\x1b") {
			t.Error("an escape sequence of a log reaches the terminal")
		}
		if !strings.Contains(diag, "3 events, and there are more") {
			t.Errorf("stderr says %q; want that there are more", diag)
		}
	})
	t.Run("csv", func(t *testing.T) {
		t.Parallel()
		out, _, err := search(t, url, "raw:*1", "--output", "csv", "--fields", "source_ip,status_code,extra.colour,message")
		if err != nil || out != "source_ip,status_code,extra.colour,message\n192.0.2.11,404,blue,\n192.0.2.1,404,blue,\n" {
			t.Errorf("printed %q, %v", out, err)
		}
	})
	t.Run("json fields", func(t *testing.T) {
		t.Parallel()
		out, _, err := search(t, url, "source_ip:192.0.2.5", "--output", "json", "--fields", "source_ip,status_code")
		if err != nil || out != `{"source_ip":"192.0.2.5","status_code":404}`+"\n" {
			t.Errorf("printed %q, %v", out, err)
		}
	})
	t.Run("times", func(t *testing.T) {
		t.Parallel()
		out, _, err := search(t, url, "--from", "2026-03-01T10:02", "--to", "2026-03-01T10:05", "--output", "json", "--limit", "0")
		if err != nil || strings.Count(out, "\n") != 3 {
			t.Errorf("printed %q, %v; want 3 events", out, err)
		}
	})
	t.Run("nothing found", func(t *testing.T) {
		t.Parallel()
		out, diag, err := search(t, url, "nowhere")
		if err != nil || out != "" || !strings.HasPrefix(diag, "0 events") {
			t.Errorf("printed %q and %q, %v; want no failure", out, diag, err)
		}
	})
}

func TestSearchMistakes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"field":          {[]string{"a sorce_ip:1.2.3.4"}, "column 3: there is no field \"sorce_ip\"; did you mean source_ip? For a field without a column write extra.sorce_ip\n  a sorce_ip:1.2.3.4\n    ^"},
		"since and from": {[]string{"--since", "1h", "--from", "2026-01-01"}, "give one of them"},
		"time":           {[]string{"--to", "later"}, "--to: \"later\" is not a time"},
		"fields":         {[]string{"--fields", "colour"}, "there is no field \"colour\""},
		"limit":          {[]string{"--limit=-1"}, "--limit must be 0 or more"},
		"output":         {[]string{"--output", "xml"}, "--output must be one of"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := search(t, "nats://127.0.0.1:1", test.args...)
			if err == nil || !strings.Contains(err.Error(), test.want) || run.ExitCode(err) != run.ExitUsage {
				t.Errorf("error %v, exit code %d; want %d and %q", err, run.ExitCode(err), run.ExitUsage, test.want)
			}
		})
	}
}

func TestSearchWithoutArchive(t *testing.T) {
	t.Parallel()
	server := bustest.Server(t, t.TempDir())
	bustest.Connect(t, server, bustest.Options())
	_, _, err := search(t, server.URL())
	if !errors.Is(err, bus.ErrNoService) || run.ExitCode(err) != run.ExitFailure {
		t.Errorf("error %v; want one that says that no archive answers", err)
	}
}
