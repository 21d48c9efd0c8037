package archive

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/bustest"
	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/record"
	"github.com/goshawk-siem/goshawk/internal/store"
	"github.com/goshawk-siem/goshawk/internal/unit"
)

// TestMain runs the tests, or an archive when a test asks for a process of its
// own that it can kill.
func TestMain(m *testing.M) {
	if url := os.Getenv(childURL); url != "" {
		os.Exit(childMain(url, os.Getenv(childFolder)))
	}
	goleak.VerifyTestMain(m)
}

const (
	childURL    = "GOSHAWK_TEST_NATS"
	childFolder = "GOSHAWK_TEST_FOLDER"
)

func testOptions(folder string) Options {
	o := Defaults()
	o.Files.Folder = folder
	o.Commit = unit.Duration(20 * time.Millisecond)
	o.Maintain = unit.Duration(100 * time.Millisecond)
	o.Files.Retention = 0
	return o
}

// startArchive runs an archive until stop is called or the test ends.
func startArchive(t *testing.T, b *bus.Bus, o Options) (stop func()) {
	t.Helper()
	s, err := New(o, b, bustest.Log(t), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Errorf("archive: %v", err)
		}
	}
	t.Cleanup(stop)
	return stop
}

var testStart = time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)

// eventsMessage makes the message of batch n with some events.
func eventsMessage(b *bus.Bus, n, lines int) bus.Msg {
	id := record.BatchID("t3k9x1-" + strconv.Itoa(n))
	var payload []byte
	for i := 1; i <= lines; i++ {
		var e event.Event
		e.SetText(event.EventID, id.EventID(i))
		e.SetText(event.EventType, event.HTTPAccess)
		e.SetTime(event.EventTime, testStart.Add(time.Duration(n)*time.Second))
		e.SetTime(event.IngestTime, testStart.Add(time.Duration(n)*time.Second))
		e.SetIP(event.SourceIP, fmt.Sprintf("192.0.2.%d", n%200))
		e.SetText(event.Raw, fmt.Sprintf("line %d of batch %d", i, n))
		payload = append(e.AppendJSON(payload), '\n')
	}
	return bus.Msg{
		Subject: fmt.Sprintf("events.%d.web", n%b.Shards()), ID: string(id), Data: payload,
		Header: map[string]string{record.HeaderBatch: string(id)},
	}
}

func publish(t *testing.T, b *bus.Bus, msgs ...bus.Msg) {
	t.Helper()
	if err := b.PublishAll(t.Context(), msgs); err != nil {
		t.Fatal(err)
	}
}

// ids reads the ids of all events of an archive folder, sorted newest first.
func ids(t *testing.T, folder string) []string {
	t.Helper()
	o := store.Defaults()
	o.Folder = folder
	s, err := store.Open(o, func(err error) { t.Errorf("problem: %v", err) })
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	var out []string
	q := store.Query{Limit: store.MaxLimit, Columns: []event.Column{event.EventID}}
	for {
		r, err := s.Search(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for i := range r.Events {
			out = append(out, r.Events[i].Text(event.EventID))
		}
		if r.Next == nil {
			return out
		}
		q.After = *r.Next
	}
}

// awaitIDs waits until the folder holds want events or more, and checks that
// none is there twice.
func awaitIDs(t *testing.T, folder string, want int) {
	t.Helper()
	var got []string
	bustest.Eventually(t, fmt.Sprintf("%d events in the archive", want), func() bool {
		got = ids(t, folder)
		return len(got) >= want
	})
	checkOnce(t, got, want)
}

func checkOnce(t *testing.T, got []string, want int) {
	t.Helper()
	seen := make(map[string]int)
	for _, id := range got {
		seen[id]++
		if seen[id] == 2 {
			t.Errorf("event %s is stored twice", id)
		}
	}
	if len(seen) != want {
		t.Errorf("%d different events are stored; want %d", len(seen), want)
	}
}

// ask sends a request and returns the pages of its answer.
func ask(t *testing.T, b *bus.Bus, subject string, request any) ([][]byte, error) {
	t.Helper()
	data, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	var pages [][]byte
	err = b.Request(t.Context(), subject, data, func(page []byte) error {
		pages = append(pages, append([]byte(nil), page...))
		return nil
	})
	return pages, err
}
