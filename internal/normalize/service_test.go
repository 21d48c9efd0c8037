package normalize_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/bustest"
	"github.com/goshawk-siem/goshawk/internal/enrich"
	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/normalize"
	"github.com/goshawk-siem/goshawk/internal/record"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

func start(t *testing.T, f func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("ended with %v", err)
		}
	})
}

// output collects what normalizers publish.
type output struct {
	mu     sync.Mutex
	events map[string]string // id → JSON
	repeat int
	dead   []record.Dead
	msgs   int
}

func (o *output) count() (events, dead int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.events), len(o.dead)
}

func (o *output) add(data string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.msgs++
	for line := range strings.Lines(data) {
		var e event.Event
		if err := e.DecodeJSON(strings.TrimSuffix(line, "\n")); err != nil {
			return fmt.Errorf("event %q: %w", line, err)
		}
		id := e.Text(event.EventID)
		if _, again := o.events[id]; again {
			o.repeat++
		}
		o.events[id] = line
	}
	return nil
}

func (o *output) addDead(data string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for line := range strings.Lines(data) {
		var d record.Dead
		if err := json.Unmarshal([]byte(line), &d); err != nil {
			return err
		}
		o.dead = append(o.dead, d)
	}
	return nil
}

func collect(t *testing.T, b *bus.Bus) *output {
	t.Helper()
	o := &output{events: map[string]string{}}
	read := func(s bus.Stream, add func(string) error) {
		start(t, func(ctx context.Context) error {
			return b.Read(ctx, s, string(s)+".>", 0, func(_ context.Context, d *bus.Delivery) error { return add(string(d.Data)) })
		})
	}
	read(bus.Events, o.add)
	read(bus.Dead, o.addDead)
	return o
}

// has reports whether an event contains text.
func (o *output) has(text string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range o.events {
		if strings.Contains(e, text) {
			return true
		}
	}
	return false
}

// lacks counts the events that do not contain text.
func (o *output) lacks(text string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := 0
	for _, e := range o.events {
		if !strings.Contains(e, text) {
			n++
		}
	}
	return n
}

func run(t *testing.T, b *bus.Bus, o normalize.Options, sources normalize.Sources) {
	t.Helper()
	s, err := normalize.New(o, sources, b, bustest.Log(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	start(t, s.Run)
}

func publish(t *testing.T, b *bus.Bus, msgs ...bus.Msg) {
	t.Helper()
	if err := b.PublishAll(t.Context(), msgs); err != nil {
		t.Fatal(err)
	}
}

const good = `192.0.2.10 - - [05/Sep/2024:10:30:00 +0000] "GET /admin HTTP/1.1" 401 1234 "-" "Mozilla/5.0"`

func TestLinesBecomeEventsOrDeadLetters(t *testing.T) {
	t.Parallel()
	b := bustest.Start(t)
	o := collect(t, b)
	run(t, b, normalize.Defaults(), nil)
	publish(t, b, bus.Msg{Subject: "raw.apache_access.web01", Data: []byte(good + "\r\n\nnot a log line \xff\n" + good)})
	bustest.Eventually(t, "two events and a dead letter", func() bool { e, d := o.count(); return e == 2 && d == 1 })

	ids := slices.Sorted(maps.Keys(o.events))
	if !strings.HasSuffix(ids[0], "-1-1") || !strings.HasSuffix(ids[1], "-1-3") {
		t.Errorf("ids %v; expected lines 1 and 3 of the stream's first message", ids)
	}
	var e event.Event
	if err := e.DecodeJSON(strings.TrimSpace(o.events[ids[0]])); err != nil {
		t.Fatal(err)
	}
	for c, want := range map[event.Column]string{
		event.EventType: "HTTP_ACCESS", event.SourceIP: "192.0.2.10", event.HTTPMethod: "GET", event.RequestPath: "/admin", event.UserAgent: "Mozilla/5.0",
		event.Source: "apache_access", event.SourcePath: "web01", event.Raw: good, event.Format: "apache_access", event.TimeQuality: "logged",
	} {
		if got := e.Text(c); got != want {
			t.Errorf("%v is %q, expected %q", c, got, want)
		}
	}
	if got := e.Time(event.EventTime); !got.Equal(time.Date(2024, 9, 5, 10, 30, 0, 0, time.UTC)) {
		t.Errorf("event_time %v", got)
	}
	letter := o.dead[0]
	if string(letter.Raw) != "not a log line \xff" || letter.Line != 2 || letter.Format != "apache_access" || letter.Reason == "" || letter.Path != "web01" || letter.Batch == "" {
		t.Errorf("dead letter %+v", letter)
	}
}

// The same messages, handled twice by different normalizers, give the same events
// under the same ids and shards.
func TestRepeatedBatchGivesTheSameEvents(t *testing.T) {
	t.Parallel()
	b := bustest.Start(t)
	o := collect(t, b)
	key := map[string]string{record.HeaderBatch: "f1234-0"}
	publish(t, b, bus.Msg{Subject: "raw.apache_access", Header: key, Data: []byte(good)}, bus.Msg{Subject: "raw.apache_access", Header: key, Data: []byte(good)})
	run(t, b, normalize.Defaults(), nil)
	bustest.Eventually(t, "work queue empty", func() bool {
		left, _, err := b.Messages(t.Context(), bus.Raw)
		return err == nil && left == 0
	})
	bustest.Eventually(t, "an event", func() bool { e, _ := o.count(); return e == 1 })
	if _, ok := o.events["apache_access.f1234-0-1"]; !ok {
		t.Errorf("ids %v", slices.Collect(maps.Keys(o.events)))
	}
}

func TestFormatIsChosenByHeaderThenConfigurationThenName(t *testing.T) {
	t.Parallel()
	b := bustest.Start(t)
	o := collect(t, b)
	run(t, b, normalize.Defaults(), normalize.Sources{"configured": {Format: "logfmt"}, "zoned": {Format: "syslog", Zone: "America/New_York"}})
	publish(t, b,
		bus.Msg{Subject: "raw.configured", Data: []byte(`level=info msg=hello`)},
		bus.Msg{Subject: "raw.configured", Header: map[string]string{record.HeaderFormat: "apache_access"}, Data: []byte(good)},
		bus.Msg{Subject: "raw.json", Data: []byte(`{"msg":"named after its format"}`)},
		bus.Msg{Subject: "raw.whatever", Data: []byte(good)},
		bus.Msg{Subject: "raw.zoned", Data: []byte(`Sep  5 10:30:00 web01 app: hello`)},
	)
	bustest.Eventually(t, "five events", func() bool { e, _ := o.count(); return e == 5 })
	got := map[string]bool{}
	for _, line := range o.events {
		var e event.Event
		if err := e.DecodeJSON(strings.TrimSpace(line)); err != nil {
			t.Fatal(err)
		}
		got[e.Text(event.Source)+"/"+e.Text(event.Format)] = true
		if e.Text(event.Source) == "zoned" {
			if hour := e.Time(event.EventTime).Hour(); hour != 14 {
				t.Errorf("10:30 in New York in September came out as %d h UTC", hour)
			}
		}
	}
	for _, want := range []string{"configured/logfmt", "configured/apache_access", "json/json", "zoned/syslog"} {
		if !got[want] {
			t.Errorf("no event of %s; got %v", want, slices.Sorted(maps.Keys(got)))
		}
	}
}

func TestUnknownFormatIsADeadLetterWithAllBytes(t *testing.T) {
	t.Parallel()
	b := bustest.Start(t)
	o := collect(t, b)
	run(t, b, normalize.Defaults(), nil)
	publish(t, b, bus.Msg{Subject: "raw.web", Header: map[string]string{record.HeaderFormat: "no_such"}, Data: []byte("a\nb\n")})
	bustest.Eventually(t, "a dead letter", func() bool { _, d := o.count(); return d == 1 })
	if letter := o.dead[0]; string(letter.Raw) != "a\nb\n" || !strings.Contains(letter.Reason, `"no_such" is not a format`) {
		t.Errorf("dead letter %+v", letter)
	}
}

func TestTooLongLineIsADeadLetterThatSaysSo(t *testing.T) {
	t.Parallel()
	b := bustest.Start(t)
	o := collect(t, b)
	opts := normalize.Defaults()
	opts.MaxLine = 1 << 10
	run(t, b, opts, nil)
	long := strings.Repeat("x", 2<<10)
	publish(t, b, bus.Msg{Subject: "raw.apache_access", Data: []byte(good + "\n" + long + "\n" + good)})
	bustest.Eventually(t, "two events and a dead letter", func() bool { e, d := o.count(); return e == 2 && d == 1 })
	if letter := o.dead[0]; string(letter.Raw) != long || !strings.Contains(letter.Reason, "max_line") {
		t.Errorf("dead letter %.200s", letter.Reason)
	}
}

// A batch whose events are more than one message may carry comes out whole.
func TestLargeBatchIsCutIntoMessages(t *testing.T) {
	t.Parallel()
	b := bustest.Start(t)
	o := collect(t, b)
	run(t, b, normalize.Defaults(), nil)
	var lines strings.Builder
	for i := range 500 {
		fmt.Fprintf(&lines, "%s %q\n", good, fmt.Sprint(i, strings.Repeat("é\\\"", 500)))
	}
	publish(t, b, bus.Msg{Subject: "raw.apache_access", Data: []byte(lines.String())})
	bustest.Eventually(t, "500 events", func() bool { e, d := o.count(); return e+d == 500 })
	if e, d := o.count(); e != 500 || d != 0 || o.repeat != 0 || o.msgs < 2 {
		t.Errorf("%d events, %d dead letters, %d repeats in %d messages", e, d, o.repeat, o.msgs)
	}
}

func TestReplayedRecordKeepsItsIDAndTime(t *testing.T) {
	t.Parallel()
	b := bustest.Start(t)
	o := collect(t, b)
	run(t, b, normalize.Defaults(), nil)
	publish(t, b, bus.Msg{Subject: "raw.apache_access", Header: map[string]string{
		record.HeaderEventID: "abc-7-9", record.HeaderReceived: "2024-09-05T10:30:05Z",
	}, Data: []byte(good)})
	bustest.Eventually(t, "an event", func() bool { e, _ := o.count(); return e == 1 })
	line, ok := o.events["abc-7-9"]
	if !ok || !strings.Contains(line, `"ingest_time":"2024-09-05T10:30:05Z"`) {
		t.Errorf("events %v", o.events)
	}
}

// Any number of normalizers gives the same set of events.
func TestOneAndThreeNormalizersAgree(t *testing.T) {
	t.Parallel()
	input := func(b *bus.Bus) {
		var msgs []bus.Msg
		for i := range 200 {
			line := strings.Replace(good, "/admin", fmt.Sprintf("/page/%d", i), 1)
			if i%17 == 0 {
				line = fmt.Sprintf("broken %d", i)
			}
			msgs = append(msgs, bus.Msg{Subject: fmt.Sprintf("raw.mixed%d", i%3), Header: map[string]string{
				record.HeaderBatch: fmt.Sprint("k", i), record.HeaderReceived: "2024-09-05T10:30:05Z",
			}, Data: []byte(line + "\n" + `{"level":"error","n":` + fmt.Sprint(i) + "}")})
		}
		publish(t, b, msgs...)
	}
	var results []map[string]string
	for _, n := range []int{1, 3} {
		b := bustest.Start(t)
		o := collect(t, b)
		for range n {
			run(t, b, normalize.Defaults(), nil)
		}
		input(b)
		bustest.Eventually(t, "all lines", func() bool { e, d := o.count(); return e+d == 400 })
		results = append(results, o.events)
	}
	if !maps.Equal(results[0], results[1]) {
		t.Errorf("one normalizer gave %d events, three gave %d, and they differ", len(results[0]), len(results[1]))
	}
}

// Files of enrichment are read again when they change; one that can't be read
// stays as it was, and the stream goes on.
func TestEnrichmentFollowsItsFiles(t *testing.T) {
	t.Parallel()
	b := bustest.Start(t)
	o := collect(t, b)
	file := filepath.Join(t.TempDir(), "assets.csv")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("ip,owner\n192.0.2.10,alice\n")
	options := normalize.Defaults()
	options.Enrich.Tables = []enrich.Table{{Name: "assets", File: file, Key: "ip", Fields: []string{"source_ip"}}}
	run(t, b, options, nil)
	// owner publishes a line until its event has the owner.
	owner := func(want string) {
		t.Helper()
		bustest.Eventually(t, "an event with owner "+want, func() bool {
			publish(t, b, bus.Msg{Subject: "raw.apache_access", Data: []byte(good)})
			return o.has(`"assets.source_ip.owner":"` + want + `"`)
		})
	}
	owner("alice")
	write("ip,owner\n192.0.2.10,bob\n")
	owner("bob")
	write("broken")
	before, _ := o.count()
	bustest.Eventually(t, "more events", func() bool {
		publish(t, b, bus.Msg{Subject: "raw.apache_access", Data: []byte(good)})
		after, _ := o.count()
		return after > before+20
	})
	write("ip,owner\n192.0.2.10,carol\n")
	owner("carol")
	if without := o.lacks(`"assets.source_ip.owner":"`); without != 0 {
		t.Errorf("%d events were not enriched", without)
	}
}
