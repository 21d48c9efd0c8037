// Package bustest gives tests a real NATS server with JetStream: in this process,
// syncing always, with its streams in the test's temporary folder.
package bustest

import (
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/goshawk-siem/goshawk/internal/bus"
)

// Options returns small limits that suit a test.
func Options() bus.Options {
	o := bus.Defaults()
	o.Limits = bus.Limits{Raw: 64 << 20, Events: 256 << 20, Matches: 64 << 20, MatchesAge: o.Limits.MatchesAge, Alerts: 16 << 20, Dead: 64 << 20}
	return o
}

// Start starts a server, connects to it and sets the streams up. Everything ends
// with the test.
func Start(t testing.TB) *bus.Bus {
	t.Helper()
	return Connect(t, Server(t, t.TempDir()), Options())
}

// Server starts a server that keeps its streams in folder and listens on a free
// loopback port. It ends with the test, or earlier by its Stop.
func Server(t testing.TB, folder string) *bus.Server {
	t.Helper()
	o := bus.ServerDefaults()
	o.Listen = "127.0.0.1:0"
	limits := bus.Defaults().Limits
	s, err := bus.StartServer(o, folder, limits, Log(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// Connect connects to s, sets the streams up and closes with the test.
func Connect(t testing.TB, s *bus.Server, o bus.Options) *bus.Bus {
	t.Helper()
	b, err := s.Connect(t.Context(), o, Log(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	if err := b.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b
}

// Log returns a logger that writes warnings to the test's log.
func Log(t testing.TB) zerolog.Logger {
	return zerolog.New(zerolog.NewTestWriter(t)).Level(zerolog.WarnLevel)
}

// Eventually waits until cond holds; it fails the test after a long time.
func Eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	deadline := time.NewTimer(60 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-deadline.C:
			t.Fatalf("waited too long: %s", what)
		case <-tick.C:
		}
	}
}
