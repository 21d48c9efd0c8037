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
func Start(tb testing.TB) *bus.Bus {
	tb.Helper()
	return Connect(tb, Server(tb, tb.TempDir()), Options())
}

// Server starts a server that keeps its streams in folder and listens on a free
// loopback port. It ends with the test, or earlier by its Stop.
func Server(tb testing.TB, folder string) *bus.Server {
	tb.Helper()
	o := bus.ServerDefaults()
	o.Listen = "127.0.0.1:0"
	limits := bus.Defaults().Limits
	s, err := bus.StartServer(o, folder, limits, Log(tb))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Stop)
	return s
}

// Connect connects to s, sets the streams up and closes with the test.
func Connect(tb testing.TB, s *bus.Server, o bus.Options) *bus.Bus {
	tb.Helper()
	b, err := s.Connect(tb.Context(), o, Log(tb), nil)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(b.Close)
	if err := b.Setup(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return b
}

// Log returns a logger that writes warnings to the test's log.
func Log(tb testing.TB) zerolog.Logger {
	tb.Helper()
	return zerolog.New(zerolog.NewTestWriter(tb)).Level(zerolog.WarnLevel)
}

// Eventually waits until cond holds; it fails the test after a long time.
func Eventually(tb testing.TB, what string, cond func() bool) {
	tb.Helper()
	deadline := time.NewTimer(60 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-deadline.C:
			tb.Fatalf("waited too long: %s", what)
		case <-tick.C:
		}
	}
}
