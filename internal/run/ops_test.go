package run

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// serve runs an Ops until the test ends and returns its base URL.
func serve(t *testing.T, o OpsOptions, health *Health) string {
	t.Helper()
	ops, err := NewOps(o, NewRegistry(), health)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- ops.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run returns %v", err)
		}
	})
	return "http://" + ops.Addr()
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
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

func TestOpsReadiness(t *testing.T) {
	t.Parallel()
	var health Health
	base := serve(t, OpsOptions{Listen: "127.0.0.1:0"}, &health)
	health.Expect("store", "bus", "nats")
	connected := errors.New("nats at nats://192.0.2.10:4222 is reconnecting")
	health.Check("nats", func() error { return connected })

	expect := func(step string, code int, want status) {
		t.Helper()
		gotCode, body := get(t, base+"/readyz")
		var got status
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatalf("%s: %q: %v", step, body, err)
		}
		if diff := cmp.Diff(want, got); gotCode != code || diff != "" {
			t.Errorf("%s: got %d, want %d; body differs (-want +got):\n%s", step, gotCode, code, diff)
		}
	}
	expect("starting", 503, status{"not ready", map[string]string{"store": "starting", "bus": "starting", "nats": connected.Error()}})
	health.Set("store", nil)
	health.Set("bus", nil)
	health.Expect("store", "nats")
	expect("one missing", 503, status{"not ready", map[string]string{"store": "ok", "bus": "ok", "nats": connected.Error()}})
	health.Check("nats", func() error { return nil })
	expect("ready", 200, status{"ok", map[string]string{"store": "ok", "bus": "ok", "nats": "ok"}})
	health.Set("store", errors.New("disk full"))
	expect("broken again", 503, status{"not ready", map[string]string{"store": "disk full", "bus": "ok", "nats": "ok"}})
}

func TestOpsPages(t *testing.T) {
	t.Parallel()
	var health Health
	health.Set("store", errors.New("disk full"))
	plain := serve(t, OpsOptions{Listen: "127.0.0.1:0"}, &health)
	profiled := serve(t, OpsOptions{Listen: "127.0.0.1:0", Pprof: true}, &health)
	for _, tc := range []struct {
		name, url string
		code      int
		want      string
	}{
		{"alive although not ready", plain + "/healthz", 200, `{"status":"ok"}`},
		{"metrics of Go", plain + "/metrics", 200, "go_goroutines"},
		{"metrics of the process", plain + "/metrics", 200, "process_resident_memory_bytes"},
		{"no profiles unless asked for", plain + "/debug/pprof/", 404, ""},
		{"profiles", profiled + "/debug/pprof/", 200, "goroutine"},
		{"nothing else", plain + "/", 404, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			code, body := get(t, tc.url)
			if code != tc.code || !strings.Contains(body, tc.want) {
				t.Errorf("got %d and %.200q, want %d with %q", code, body, tc.code, tc.want)
			}
		})
	}
}

func TestOpsListen(t *testing.T) {
	t.Parallel()
	none, err := NewOps(OpsOptions{}, NewRegistry(), new(Health))
	if none != nil || err != nil {
		t.Errorf("without an address there is %v, %v; want no server", none, err)
	}
	first, err := NewOps(OpsOptions{Listen: "127.0.0.1:0"}, NewRegistry(), new(Health))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = first.Close() }()
	_, err = NewOps(OpsOptions{Listen: first.Addr()}, NewRegistry(), new(Health))
	if err == nil || !strings.HasPrefix(err.Error(), "ops.listen: ") {
		t.Errorf("a taken address gives %v, want an error that names the key", err)
	}
}
