package ingest

import (
	"io"
	"strings"
	"testing"

	"github.com/goshawk-siem/goshawk/internal/bustest"
	"github.com/goshawk-siem/goshawk/internal/record"
)

func TestCopy(t *testing.T) {
	t.Parallel()
	b := bustest.Start(t)
	lines := numbered(3000)
	text := strings.Join(lines, "\n") + "\n" + strings.Repeat("x", record.MaxLine+1) + "\nlast"
	done, err := Copy{Source: "web", Format: "apache_access", Peer: "access.log"}.Run(t.Context(), b, strings.NewReader(text), bustest.Log(t))
	if err != nil || done.Lines != 3001 || done.Dead != 1 {
		t.Fatalf("%+v, %v", done, err)
	}
	for _, l := range collect(t, b).wait(t, 3001) {
		if l.format != "apache_access" || l.peer != "access.log" {
			t.Fatalf("%+v", l)
		}
	}
}

// A pipe that is silent must not hold back what came.
func TestCopyOfASlowPipe(t *testing.T) {
	t.Parallel()
	b := bustest.Start(t)
	c := collect(t, b)
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		_, err := Copy{Source: "web"}.Run(t.Context(), b, r, bustest.Log(t))
		ended <- err
	}()
	send(t, w, "one\n")
	c.wait(t, 1)
	send(t, w, "two")
	_ = w.Close()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	c.wait(t, 2)
}

func TestCopyChecksItsNames(t *testing.T) {
	t.Parallel()
	_, err := Copy{Source: "a b", Path: "x..y", Format: "?"}.Run(t.Context(), nil, nil, bustest.Log(t))
	for _, want := range []string{"source: ", "path: ", "format: "} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not mention %s", err, want)
		}
	}
}
