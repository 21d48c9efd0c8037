package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/config"
)

// quiet returns a process with everything on free loopback ports.
func quiet(t *testing.T) *Process {
	t.Helper()
	c := config.Defaults()
	c.DataDir = filepath.Join(t.TempDir(), "data")
	c.Log.Level = "error"
	c.Ops.Listen, c.Server.Listen, c.Ingest.HTTP.Listen = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	for i := range c.Ingest.Syslog {
		c.Ingest.Syslog[i].Listen = "127.0.0.1:0"
	}
	return NewProcess(c, t.Output())
}

// running is an embedded process of a test.
type running struct {
	at    Addresses
	stop  context.CancelFunc
	ended chan error
}

func startEmbedded(t *testing.T, p *Process) running {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	r := running{stop: stop, ended: make(chan error, 1)}
	started := make(chan Addresses, 1)
	p.Started = func(at Addresses) { started <- at }
	go func() { r.ended <- p.Embedded(ctx) }()
	select {
	case r.at = <-started:
	case err := <-r.ended:
		t.Fatalf("it ended before it had started: %v", err)
	case <-time.After(time.Minute):
		t.Fatal("it did not start within a minute")
	}
	return r
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func TestEmbedded(t *testing.T) {
	t.Parallel()
	first := quiet(t)
	r := startEmbedded(t, first)

	code, body := get(t, "http://"+r.at.Ops+"/readyz")
	if code != http.StatusOK {
		t.Errorf("/readyz answers %d: %s", code, body)
	}
	for _, s := range All() {
		if !strings.Contains(body, `"`+s.Name+`":"ok"`) {
			t.Errorf("/readyz says nothing about %s: %s", s.Name, body)
		}
	}
	if len(r.at.Inputs) != 3 || r.at.NATS == "" {
		t.Errorf("it says that it listens at %+v", r.at)
	}

	second := quiet(t)
	second.Config.DataDir = first.Config.DataDir
	if err := second.Embedded(t.Context()); err == nil || !strings.Contains(err.Error(), "another process works in it") {
		t.Errorf("a second one in the same folder ends with %v", err)
	}

	r.stop()
	if err := <-r.ended; err != nil {
		t.Errorf("stopped, it ends with %v", err)
	}

	// The folder is free again, and what it holds is found again.
	again := startEmbedded(t, second)
	again.stop()
	if err := <-again.ended; err != nil {
		t.Errorf("started again and stopped, it ends with %v", err)
	}
}

func TestServeFailsWhenAServiceDoes(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	p := quiet(t)
	p.Config.Ingest.HTTP.Listen = taken.Addr().String()
	err = p.Embedded(t.Context())
	if err == nil || !strings.Contains(err.Error(), "ingest: http: ") || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("with its HTTP address taken it ends with %v", err)
	}
}

func TestServeFailsWithoutNATS(t *testing.T) {
	t.Parallel()
	refused := errors.New("no route to host")
	err := quiet(t).Serve(t.Context(), func(context.Context) (*bus.Bus, error) { return nil, refused }, All()...)
	if !errors.Is(err, refused) || !strings.HasPrefix(err.Error(), "services: ") {
		t.Errorf("without NATS it ends with %v", err)
	}
}

func TestServeIsAliveWhileItWaitsForNATS(t *testing.T) {
	t.Parallel()
	p := quiet(t)
	// A free port that is known before the server listens on it.
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.Config.Ops.Listen = probe.Addr().String()
	if err := probe.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	waiting, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- p.Serve(ctx, func(ctx context.Context) (*bus.Bus, error) {
			close(waiting)
			<-ctx.Done()
			return nil, ctx.Err()
		}, Normalize())
	}()
	<-waiting
	if code, body := get(t, "http://"+p.Config.Ops.Listen+"/healthz"); code != http.StatusOK {
		t.Errorf("/healthz answers %d: %s", code, body)
	}
	code, body := get(t, "http://"+p.Config.Ops.Listen+"/readyz")
	if code != http.StatusServiceUnavailable || !strings.Contains(body, `"nats":"starting"`) || !strings.Contains(body, `"normalize":"starting"`) {
		t.Errorf("/readyz answers %d: %s", code, body)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("stopped, it ends with %v", err)
	}
}
