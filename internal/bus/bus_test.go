package bus_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/bustest"
	"github.com/goshawk-siem/goshawk/internal/record"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// start runs f until the returned stop, which checks that f ended in order.
func start(t *testing.T, f func(context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("ended with %v", err)
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

func publish(t *testing.T, b *bus.Bus, msgs ...bus.Msg) {
	t.Helper()
	if err := b.PublishAll(t.Context(), msgs); err != nil {
		t.Fatal(err)
	}
}

func TestSetupIsIdempotentAndConcurrent(t *testing.T) {
	t.Parallel()
	s := bustest.Server(t, t.TempDir())
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() { bustest.Connect(t, s, bustest.Options()) })
	}
	group.Wait()
}

func TestConsumeDeliversEachMessageOnce(t *testing.T) {
	t.Parallel()
	b := bustest.Start(t)
	const n = 300
	var msgs []bus.Msg
	for i := range n {
		m := bus.Msg{Subject: "raw.web.a.b", ID: fmt.Sprint(i), Data: fmt.Appendf(nil, "line %d", i)}
		msgs = append(msgs, m, m) // each twice, with the same id
	}
	publish(t, b, msgs...)
	var seen sync.Map
	var count atomic.Int64
	start(t, func(ctx context.Context) error {
		return b.Consume(ctx, bus.Consumer{Stream: bus.Raw, Name: bus.NormalizeConsumer, Workers: 4}, func(_ context.Context, d *bus.Delivery) error {
			batch := d.Batch()
			if batch.Source != "web" || batch.Path != "a.b" {
				t.Errorf("source %q path %q", batch.Source, batch.Path)
			}
			if _, dup := seen.LoadOrStore(batch.Payload, true); dup {
				t.Errorf("%q came twice", batch.Payload)
			}
			count.Add(1)
			return nil
		})
	})
	bustest.Eventually(t, "all messages handled", func() bool { return count.Load() == n })
	bustest.Eventually(t, "work queue empty", func() bool {
		left, _, err := b.Messages(t.Context(), bus.Raw)
		return err == nil && left == 0
	})
}

func TestTransientErrorComesAgain(t *testing.T) {
	t.Parallel()
	b := bustest.Start(t)
	publish(t, b, bus.Msg{Subject: "raw.web", Data: []byte("x")})
	var tries atomic.Int64
	start(t, func(ctx context.Context) error {
		return b.Consume(ctx, bus.Consumer{Stream: bus.Raw, Name: bus.NormalizeConsumer}, func(context.Context, *bus.Delivery) error {
			if tries.Add(1) < 3 {
				return errors.New("not yet")
			}
			return nil
		})
	})
	bustest.Eventually(t, "third try", func() bool { return tries.Load() == 3 })
}

// deadLetters collects what is on the dead stream.
func deadLetters(t *testing.T, b *bus.Bus) func() []string {
	t.Helper()
	var mu sync.Mutex
	var got []string
	start(t, func(ctx context.Context) error {
		return b.Read(ctx, bus.Dead, "dead.>", 0, func(_ context.Context, d *bus.Delivery) error {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, string(d.Data))
			return nil
		})
	})
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return append([]string(nil), got...)
	}
}

func TestPermanentErrorAndPanicBecomeDeadLetters(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func() error{
		"permanent": func() error { return bus.Permanent(errors.New("poison")) },
		"panic":     func() error { panic("poison") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := bustest.Start(t)
			dead := deadLetters(t, b)
			payload := "bad \xff bytes"
			publish(t, b, bus.Msg{Subject: "raw.web", Data: []byte(payload)})
			start(t, func(ctx context.Context) error {
				return b.Consume(ctx, bus.Consumer{Stream: bus.Raw, Name: bus.NormalizeConsumer}, func(context.Context, *bus.Delivery) error { return fail() })
			})
			bustest.Eventually(t, "a dead letter", func() bool { return len(dead()) == 1 })
			var letter record.Dead
			if err := letter.UnmarshalJSON([]byte(dead()[0])); err != nil {
				t.Fatal(err)
			}
			if string(letter.Raw) != payload || letter.Source != "web" {
				t.Errorf("got %+v", letter)
			}
			bustest.Eventually(t, "work queue empty", func() bool {
				left, _, err := b.Messages(t.Context(), bus.Raw)
				return err == nil && left == 0
			})
		})
	}
}

func TestFullStreamRefuses(t *testing.T) {
	t.Parallel()
	o := bustest.Options()
	o.Limits.Raw = 1 << 20
	b := bustest.Connect(t, bustest.Server(t, t.TempDir()), o)
	var err error
	for i := 0; i < 20 && err == nil; i++ {
		err = b.Publish(t.Context(), bus.Msg{Subject: "raw.web", Data: make([]byte, 100<<10)})
	}
	if !errors.Is(err, bus.ErrFull) {
		t.Fatalf("got %v, expected ErrFull", err)
	}
}

func TestTooLargeIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	b := bustest.Start(t)
	err := b.Publish(t.Context(), bus.Msg{Subject: "raw.web", Data: make([]byte, b.MaxPayload()+1)})
	if !errors.Is(err, bus.ErrTooLarge) {
		t.Fatalf("got %v, expected ErrTooLarge", err)
	}
}

// Large batches by the hundred must flow through a small byte limit.
func TestConsumeBoundsBytesWithoutStalling(t *testing.T) {
	t.Parallel()
	b := bustest.Start(t)
	const n = 120
	var msgs []bus.Msg
	for i := range n {
		msgs = append(msgs, bus.Msg{Subject: "raw.web", ID: fmt.Sprint(i), Data: make([]byte, 250<<10)})
	}
	publish(t, b, msgs...)
	var count atomic.Int64
	start(t, func(ctx context.Context) error {
		return b.Consume(ctx, bus.Consumer{Stream: bus.Raw, Name: bus.NormalizeConsumer, MaxBytes: 1 << 20}, func(context.Context, *bus.Delivery) error {
			count.Add(1)
			return nil
		})
	})
	bustest.Eventually(t, "all messages handled", func() bool { return count.Load() == n })
}

func TestGroupsGatherInOrderAndRejectSingly(t *testing.T) {
	t.Parallel()
	b := bustest.Start(t)
	dead := deadLetters(t, b)
	const n = 50
	var msgs []bus.Msg
	for i := range n {
		msgs = append(msgs, bus.Msg{Subject: "events.0.web", ID: fmt.Sprint(i), Data: fmt.Appendf(nil, "%d", i)})
	}
	publish(t, b, msgs...)
	var last atomic.Uint64
	var stored atomic.Int64
	start(t, func(ctx context.Context) error {
		gather := bus.Gather{MaxCount: 20, MaxWait: 100 * time.Millisecond}
		return b.ConsumeGroups(ctx, bus.Consumer{Stream: bus.Events, Name: bus.ArchiveConsumer(0)}, gather, func(_ context.Context, group []*bus.Delivery) error {
			rejected := bus.Rejected{}
			for _, d := range group {
				if d.Seq <= last.Swap(d.Seq) {
					t.Errorf("sequence %d out of order", d.Seq)
				}
				if string(d.Data) == "7" {
					rejected[d] = errors.New("seven is not wanted")
					continue
				}
				stored.Add(1)
			}
			if len(rejected) > 0 {
				return rejected
			}
			return nil
		})
	})
	bustest.Eventually(t, "all but one stored", func() bool { return stored.Load() == n-1 })
	bustest.Eventually(t, "a dead letter", func() bool { return len(dead()) == 1 })
}

func TestStoppingGivesBackWhatWasPulled(t *testing.T) {
	t.Parallel()
	b := bustest.Start(t)
	const n = 100
	var msgs []bus.Msg
	for i := range n {
		msgs = append(msgs, bus.Msg{Subject: "raw.web", ID: fmt.Sprint(i), Data: []byte("x")})
	}
	publish(t, b, msgs...)
	consumer := bus.Consumer{Stream: bus.Raw, Name: bus.NormalizeConsumer}
	first := make(chan struct{})
	var handled atomic.Int64
	stop := start(t, func(ctx context.Context) error {
		return b.Consume(ctx, consumer, func(context.Context, *bus.Delivery) error {
			if handled.Add(1) == 1 {
				close(first)
				<-ctx.Done()
			}
			return nil
		})
	})
	<-first
	stop()
	// A second consumer must get the rest at once, not after the
	// acknowledgement timeout of 10 s.
	began := time.Now()
	start(t, func(ctx context.Context) error {
		return b.Consume(ctx, consumer, func(context.Context, *bus.Delivery) error {
			handled.Add(1)
			return nil
		})
	})
	bustest.Eventually(t, "the rest handled", func() bool { return handled.Load() == n })
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("the rest came after %v, which is the acknowledgement timeout at work", took)
	}
}

func TestServerRestartIsWaitedOut(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := bustest.Server(t, folder)
	url := s.URL()
	o := bustest.Options()
	o.URL = url
	b, err := bus.Connect(t.Context(), o, bustest.Log(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	if err := b.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	var handled, read atomic.Int64
	start(t, func(ctx context.Context) error {
		return b.Consume(ctx, bus.Consumer{Stream: bus.Raw, Name: bus.NormalizeConsumer}, func(context.Context, *bus.Delivery) error {
			handled.Add(1)
			return nil
		})
	})
	start(t, func(ctx context.Context) error {
		return b.Read(ctx, bus.Matches, "matches.1", 0, func(context.Context, *bus.Delivery) error {
			read.Add(1)
			return nil
		})
	})
	publish(t, b, bus.Msg{Subject: "raw.web", Data: []byte("before")}, bus.Msg{Subject: "matches.1", Data: []byte("before")})
	bustest.Eventually(t, "handled and read before", func() bool { return handled.Load() == 1 && read.Load() == 1 })
	s.Stop()
	if err := b.Publish(t.Context(), bus.Msg{Subject: "raw.web", Data: []byte("while down")}); err == nil {
		t.Error("publishing to a stopped server succeeded")
	}
	again := bus.ServerDefaults()
	again.Listen = url[len("nats://"):]
	s2, err := bus.StartServer(again, folder, bus.Defaults().Limits, bustest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s2.Stop)
	bustest.Eventually(t, "published after", func() bool {
		return b.PublishAll(t.Context(), []bus.Msg{
			{Subject: "raw.web", ID: "after", Data: []byte("after")},
			{Subject: "matches.1", ID: "after", Data: []byte("after")},
		}) == nil
	})
	bustest.Eventually(t, "handled and read after", func() bool { return handled.Load() == 2 && read.Load() == 2 })
}

func TestRequestStreamsPages(t *testing.T) {
	t.Parallel()
	b := bustest.Start(t)
	start(t, func(ctx context.Context) error {
		return b.Serve(ctx, "api.echo", func(_ context.Context, request []byte, send func([]byte) error) error {
			if string(request) == "fail" {
				return errors.New("as you\nasked")
			}
			for i := range 3 {
				if err := send(fmt.Appendf(nil, "%s %d", request, i)); err != nil {
					return err
				}
			}
			return nil
		})
	})
	var pages []string
	collect := func(p []byte) error { pages = append(pages, string(p)); return nil }
	bustest.Eventually(t, "the service answers", func() bool {
		pages = nil
		return !errors.Is(b.Request(t.Context(), "api.echo", []byte("page"), collect), bus.ErrNoService)
	})
	if got := fmt.Sprint(pages); got != "[page 0 page 1 page 2]" {
		t.Errorf("pages %s", got)
	}
	err := b.Request(t.Context(), "api.echo", []byte("fail"), collect)
	if err == nil || !errors.Is(err, err) || err.Error() != "request api.echo: as you asked" {
		t.Errorf("error %v", err)
	}
	if err := b.Request(t.Context(), "api.nobody", nil, collect); !errors.Is(err, bus.ErrNoService) {
		t.Errorf("error %v, expected ErrNoService", err)
	}
}

func TestKVUpdateConflicts(t *testing.T) {
	t.Parallel()
	b := bustest.Start(t)
	kv, err := b.KV(t.Context(), "state", false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kv.Get(t.Context(), "a"); !errors.Is(err, bus.ErrNotFound) {
		t.Errorf("get of nothing: %v", err)
	}
	rev, err := kv.Update(t.Context(), "a", []byte("1"), 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kv.Update(t.Context(), "a", []byte("2"), 0); !errors.Is(err, bus.ErrConflict) {
		t.Errorf("create of what is there: %v", err)
	}
	if _, err := kv.Update(t.Context(), "a", []byte("2"), rev); err != nil {
		t.Error(err)
	}
	if _, err := kv.Update(t.Context(), "a", []byte("3"), rev); !errors.Is(err, bus.ErrConflict) {
		t.Errorf("update of an old revision: %v", err)
	}
}

func TestLeaseHasOneHolderAndHandsOver(t *testing.T) {
	t.Parallel()
	s := bustest.Server(t, t.TempDir())
	var holders, most atomic.Int64
	var holds sync.Map
	hold := func(who int) func(context.Context) error {
		return func(ctx context.Context) error {
			most.Store(max(most.Load(), holders.Add(1)))
			holds.Store(who, true)
			<-ctx.Done()
			holders.Add(-1)
			return nil
		}
	}
	held := func(who int) bool { _, ok := holds.Load(who); return ok }
	stops := make([]func(), 2)
	for who := range stops {
		b := bustest.Connect(t, s, bustest.Options())
		stops[who] = start(t, func(ctx context.Context) error { return b.Lease(ctx, "part-1", hold(who)) })
	}
	bustest.Eventually(t, "one holds", func() bool { return held(0) || held(1) })
	first, second := 0, 1
	if held(1) {
		first, second = 1, 0
	}
	stops[first]()
	bustest.Eventually(t, "the other holds", func() bool { return held(second) })
	if most.Load() != 1 {
		t.Errorf("%d held the lease at once", most.Load())
	}
}

func TestTrimRemovesOneSubjectBelowASequence(t *testing.T) {
	t.Parallel()
	b := bustest.Start(t)
	for range 3 {
		publish(t, b, bus.Msg{Subject: "matches.1", Data: []byte("one")}, bus.Msg{Subject: "matches.2", Data: []byte("two")})
	}
	if err := b.Trim(t.Context(), bus.Matches, "matches.1", 5); err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	err := b.Scan(t.Context(), bus.Matches, "matches.>", func(_ context.Context, d *bus.Delivery) error {
		got[d.Subject]++
		return nil
	})
	if err != nil || got["matches.1"] != 1 || got["matches.2"] != 3 {
		t.Errorf("left %v, %v", got, err)
	}
}

func TestScanOfNothingReturns(t *testing.T) {
	t.Parallel()
	b := bustest.Start(t)
	if err := b.Scan(t.Context(), bus.Dead, "dead.>", func(context.Context, *bus.Delivery) error { return nil }); err != nil {
		t.Error(err)
	}
}

// A handler that takes several times the acknowledgement timeout keeps its message.
func TestSlowHandlerKeepsItsMessage(t *testing.T) {
	t.Parallel()
	const ackWait = 400 * time.Millisecond
	b, err := bustest.Server(t, t.TempDir()).Connect(t.Context(), bustest.Options(), bustest.Log(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	b.SetAckWait(ackWait)
	if err := b.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	publish(t, b, bus.Msg{Subject: "raw.web", Data: []byte("slow")})
	var calls atomic.Int64
	done := make(chan struct{})
	start(t, func(ctx context.Context) error {
		return b.Consume(ctx, bus.Consumer{Stream: bus.Raw, Name: bus.NormalizeConsumer, Workers: 2}, func(context.Context, *bus.Delivery) error {
			if calls.Add(1) == 1 {
				<-time.After(4 * ackWait) // the handler's own work
				close(done)
			}
			return nil
		})
	})
	<-done
	bustest.Eventually(t, "work queue empty", func() bool {
		left, _, err := b.Messages(t.Context(), bus.Raw)
		return err == nil && left == 0
	})
	if n := calls.Load(); n != 1 {
		t.Errorf("the message was handed out %d times", n)
	}
}

func TestDifferentStreamIsReportedAndLeft(t *testing.T) {
	t.Parallel()
	s := bustest.Server(t, t.TempDir())
	bustest.Connect(t, s, bustest.Options())
	other := bustest.Options()
	other.Limits.Raw *= 2
	var log bytes.Buffer
	for range 2 { // the second time proves that the first changed nothing
		log.Reset()
		b, err := s.Connect(t.Context(), other, zerolog.New(&log), nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(b.Close)
		if err := b.Setup(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := log.String(); !strings.Contains(got, "SIEM_RAW") || !strings.Contains(got, "max_bytes is 67108864, configured 134217728") {
			t.Errorf("log: %s", got)
		}
	}
}
