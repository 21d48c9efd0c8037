package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/unit"
)

var errCrash = errors.New("crash")

// crashing makes the store's disk stop for good at its n-th step from now on.
func crashing(s *Store, n int) {
	s.disk.fail = func(string, string) error {
		if n--; n < 0 {
			return errCrash
		}
		return nil
	}
}

func searchIDs(t *testing.T, s *Store) map[string]int {
	t.Helper()
	events, err := searchAll(t.Context(), s, Query{Limit: MaxLimit, Columns: []event.Column{event.EventID}})
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string]int)
	for i := range events {
		out[events[i].Text(event.EventID)]++
	}
	return out
}

// leaveTemp puts back what a crash would leave: the error path of a living
// process cleans up behind itself.
func leaveTemp(t *testing.T, o Options) {
	t.Helper()
	dir := filepath.Join(o.Folder, eventsDir, hourOf(genStart.UnixNano()).dir())
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "0-rs-1-2.parquet.99.tmp"), []byte("PAR1 half"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestCrashAtEveryStep stops the archive at every step of committing and
// compacting that the disk is asked for, opens it again, sends everything that
// was not acknowledged again, and wants every event once.
func TestCrashAtEveryStep(t *testing.T) {
	t.Parallel()
	o := testOptions(t)
	r := rand.New(rand.NewPCG(1, 1))
	g := newGenerator(3)
	g.step = time.Second
	want := make(map[string]bool)
	var unacked []Batch
	seq := uint64(0)
	for step := range 120 {
		s, err := Open(o, func(err error) { t.Errorf("problem: %v", err) })
		if err != nil {
			t.Fatal(err)
		}
		sh, err := s.Shard(0)
		if err != nil {
			t.Fatal(err)
		}
		crashing(s, step%12+r.IntN(3))
		unacked = crashRun(t, s, sh, unacked, g, &seq, want)
		s.disk.fail = nil
		got := searchIDs(t, s)
		for id, n := range got {
			if n != 1 {
				t.Fatalf("step %d: event %s is there %d times", step, id, n)
			}
		}
		for id := range want {
			if got[id] == 0 {
				t.Fatalf("step %d: acknowledged event %s is gone", step, id)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		leaveTemp(t, o)
	}
	s := openStore(t, o)
	openShard(t, s, 0)
	if temps, err := filepath.Glob(filepath.Join(o.Folder, eventsDir, "*", "*", "*"+tempSuffix)); err != nil || len(temps) > 0 {
		t.Errorf("temporary files are left: %v %v", temps, err)
	}
}

// crashRun commits and maintains until the disk fails, and returns what was not
// acknowledged.
func crashRun(t *testing.T, s *Store, sh *Shard, unacked []Batch, g *generator, seq *uint64, want map[string]bool) []Batch {
	t.Helper()
	for {
		for range 3 {
			*seq++
			unacked = append(unacked, g.batch(*seq, 4))
		}
		if err := addAll(sh, unacked); err != nil {
			if errors.Is(err, errCrash) {
				return unacked
			}
			t.Fatal(err)
		}
		for _, b := range unacked {
			for i := range b.Events {
				want[b.Events[i].Text(event.EventID)] = true
			}
		}
		unacked = nil
		if _, err := s.Maintain(t.Context(), 0, g.now.Add(3*time.Hour)); err != nil {
			return nil
		}
	}
}

// addAll does what the archive service does with a group.
func addAll(sh *Shard, batches []Batch) error {
	defer sh.Discard()
	for _, b := range batches {
		if sh.Stored(b.Epoch, b.Seq) {
			continue
		}
		err := sh.Add(b)
		if errors.Is(err, ErrHour) {
			if _, err := sh.Commit(); err != nil {
				return err
			}
			err = sh.Add(b)
		}
		if err != nil {
			return err
		}
	}
	_, err := sh.Commit()
	return err
}

func TestFullDiskShowsNothingAndHeals(t *testing.T) {
	t.Parallel()
	s := openStore(t, testOptions(t))
	sh := openShard(t, s, 0)
	b := newGenerator(1).batch(1, 50)
	for _, step := range []string{"create", "sync", "rename"} {
		s.disk.fail = func(at, _ string) error {
			if at == step {
				return errors.New("no space left on device")
			}
			return nil
		}
		if err := addAll(sh, []Batch{b}); err == nil || !strings.Contains(err.Error(), "no space left") {
			t.Fatalf("%s: error %v; want the disk's", step, err)
		}
		if n := len(searchIDs(t, s)); n != 0 {
			t.Errorf("%s: %d events are visible after a failed commit", step, n)
		}
	}
	s.disk.fail = nil
	if err := addAll(sh, []Batch{b}); err != nil {
		t.Fatal(err)
	}
	if n := len(searchIDs(t, s)); n != 50 {
		t.Errorf("%d events once there is room; want 50", n)
	}
}

func TestDamagedSegmentsAreSetAside(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func([]byte) []byte{
		"empty":        func([]byte) []byte { return nil },
		"cut short":    func(d []byte) []byte { return d[:len(d)/2] },
		"footer":       func(d []byte) []byte { clear(d[len(d)-200 : len(d)-8]); return d },
		"not parquet":  func([]byte) []byte { return []byte(strings.Repeat("hello ", 100)) },
		"pages zeroed": func(d []byte) []byte { clear(d[4 : len(d)/2]); return d },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := testOptions(t)
			problems := 0
			s, err := Open(o, func(error) { problems++ })
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			sh := openShard(t, s, 0)
			g := newGenerator(1)
			for seq := range uint64(3) {
				if err := addAll(sh, []Batch{g.batch(seq, 100)}); err != nil {
					t.Fatal(err)
				}
			}
			snap, err := s.snapshot()
			if err != nil {
				t.Fatal(err)
			}
			snap.close()
			victim := filepath.Join(o.Folder, snap.segments[1].path)
			data, err := os.ReadFile(victim)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(victim, damage(data), 0o600); err != nil {
				t.Fatal(err)
			}
			again, err := Open(o, func(error) { problems++ })
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = again.Close() })
			events, err := searchAll(t.Context(), again, Query{Limit: MaxLimit})
			if err != nil {
				t.Fatal(err)
			}
			if len(events) != 200 || problems == 0 {
				t.Errorf("%d events and %d problems; want the 200 of the other segments, and a report", len(events), problems)
			}
			if moved, _ := filepath.Glob(filepath.Join(o.Folder, quarantineDir, "*", "*", "*", "*")); len(moved) != 1 {
				t.Errorf("quarantine holds %v; want the damaged segment", moved)
			}
		})
	}
}

func TestRetentionRemovesWholeHoursOldestFirst(t *testing.T) {
	t.Parallel()
	fill := func(t *testing.T, o Options) *Store {
		t.Helper()
		s := openStore(t, o)
		sh := openShard(t, s, 0)
		g := newGenerator(1)
		for h := range 6 {
			g.now = genStart.Add(time.Duration(h) * time.Hour)
			if err := addAll(sh, []Batch{g.batch(uint64(h), 20)}); err != nil {
				t.Fatal(err)
			}
		}
		return s
	}
	hours := func(t *testing.T, s *Store) string {
		t.Helper()
		stats, err := s.Stats()
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%d from %02d", stats.Segments, stats.Oldest.Hour())
	}
	t.Run("age", func(t *testing.T) {
		t.Parallel()
		o := testOptions(t)
		o.Retention = unit.Duration(3 * time.Hour)
		s := fill(t, o)
		done, err := s.Maintain(t.Context(), 0, genStart.Add(5*time.Hour+30*time.Minute))
		if err != nil || done.Removed != 2 || hours(t, s) != "4 from 12" {
			t.Errorf("%+v, %v, left %s; want 2 removed, 4 from 12", done, err, hours(t, s))
		}
	})
	t.Run("bytes", func(t *testing.T) {
		t.Parallel()
		o := testOptions(t)
		s := fill(t, o)
		stats, err := s.Stats()
		if err != nil {
			t.Fatal(err)
		}
		s.opts.MaxBytes = unit.Bytes(stats.Bytes / 2)
		done, err := s.Maintain(t.Context(), 0, genStart)
		if err != nil || done.Removed < 3 || done.Removed > 4 {
			t.Errorf("%+v, %v; want the older half removed", done, err)
		}
		if stats, err = s.Stats(); err != nil || stats.Bytes > int64(s.opts.MaxBytes) || stats.Newest.Hour() != 15 {
			t.Errorf("left %+v, %v; want at most %v with the newest hour", stats, err, s.opts.MaxBytes)
		}
	})
}

// TestStreamMadeAnewIsNoRepeat: sequences count from 1 again when somebody
// deletes the stream; the epoch tells them apart.
func TestStreamMadeAnewIsNoRepeat(t *testing.T) {
	t.Parallel()
	s := openStore(t, testOptions(t))
	sh := openShard(t, s, 0)
	old := newGenerator(1).batch(5, 10)
	if err := addAll(sh, []Batch{old}); err != nil {
		t.Fatal(err)
	}
	fresh := newGenerator(1).batch(77, 10)
	fresh.Epoch, fresh.Seq = 2000, 5
	if err := addAll(sh, []Batch{fresh}); err != nil {
		t.Fatal(err)
	}
	if n := len(searchIDs(t, s)); n != 20 {
		t.Errorf("%d events; want those of both streams, 20", n)
	}
}

// TestLateGroupFillsHole: a group that failed comes after its successors were
// compacted; its range lies inside theirs, its events must be visible.
func TestLateGroupFillsHole(t *testing.T) {
	t.Parallel()
	s := openStore(t, testOptions(t))
	sh := openShard(t, s, 0)
	g := newGenerator(1)
	var batches []Batch
	for seq := range uint64(30) {
		batches = append(batches, g.batch(seq, 5))
	}
	for i, b := range batches {
		if i == 12 {
			continue
		}
		if err := addAll(sh, []Batch{b}); err != nil {
			t.Fatal(err)
		}
	}
	if done, err := s.Maintain(t.Context(), 0, genStart.Add(24*time.Hour)); err != nil || done.Joined == 0 {
		t.Fatalf("%+v, %v; want segments joined", done, err)
	}
	if err := addAll(sh, []Batch{batches[12]}); err != nil {
		t.Fatal(err)
	}
	if n := len(searchIDs(t, s)); n != 150 {
		t.Errorf("%d events; want 150", n)
	}
	if _, err := s.Maintain(t.Context(), 0, genStart.Add(24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if n := len(searchIDs(t, s)); n != 150 {
		t.Errorf("%d events after compaction; want 150", n)
	}
}
