package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// TestSeqRunsAreASet compares runs of sequences with a plain set.
func TestSeqRunsAreASet(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) (seqRuns, map[uint64]bool) {
			var runs seqRuns
			model := make(map[uint64]bool)
			for range rapid.IntRange(0, 12).Draw(t, name) {
				first := rapid.Uint64Range(0, 40).Draw(t, "first")
				run := seqRun{first, first + rapid.Uint64Range(0, 5).Draw(t, "span")}
				runs = runs.addRun(run)
				for seq := run.first; seq <= run.last; seq++ {
					model[seq] = true
				}
			}
			return runs, model
		}
		a, modelA := draw("a")
		b, modelB := draw("b")
		covers := true
		for seq := range uint64(50) {
			if a.has(seq) != modelA[seq] {
				t.Fatalf("has(%d) = %v of %v", seq, a.has(seq), a)
			}
			covers = covers && (!modelB[seq] || modelA[seq])
		}
		if a.count() != uint64(len(modelA)) || a.covers(b) != covers {
			t.Fatalf("%v has count %d, covers %v: %v", a, a.count(), b, a.covers(b))
		}
		again, err := decodeSeqRuns(a.encode())
		if err != nil || fmt.Sprint(again) != fmt.Sprint(a) {
			t.Fatalf("%v encodes to %v, %v", a, again, err)
		}
	})
}

// TestSeenIsASet compares the memory of batches with a plain set of lines.
func TestSeenIsASet(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := newSeen(100)
		model := make(map[[2]uint64]bool)
		for range rapid.IntRange(0, 40).Draw(t, "adds") {
			hash, line := rapid.Uint64Range(1, 4).Draw(t, "batch"), rapid.Uint32Range(0, 9).Draw(t, "line")
			last := line + rapid.Uint32Range(0, 3).Draw(t, "span")
			s.add(hash, line, last)
			for l := line; l <= last; l++ {
				model[[2]uint64{hash, uint64(l)}] = true
			}
		}
		for hash := uint64(1); hash <= 4; hash++ {
			for line := range uint32(14) {
				if s.has(hash, line) != model[[2]uint64{hash, uint64(line)}] {
					t.Fatalf("has(%d, %d) = %v", hash, line, s.has(hash, line))
				}
			}
		}
	})
}

func TestSeenForgetsTheOldest(t *testing.T) {
	t.Parallel()
	s := newSeen(3)
	for hash := range uint64(5) {
		s.add(hash, 1, 9)
	}
	for hash := range uint64(5) {
		if s.has(hash, 5) != (hash >= 2) {
			t.Errorf("batch %d remembered: %v", hash, s.has(hash, 5))
		}
	}
	if len(s.batches) != 3 || len(s.order) != 3 {
		t.Errorf("%d batches and %d in order; want 3", len(s.batches), len(s.order))
	}
}

func TestSeqWindowIsBounded(t *testing.T) {
	t.Parallel()
	w := newSeqWindow()
	for seq := uint64(0); seq < 64*windowWords*3; seq += 64 {
		w.add(seq)
	}
	if len(w.words) > windowWords*5/4+1 {
		t.Errorf("%d words; want at most %d", len(w.words), windowWords*5/4)
	}
	if w.has(0) || !w.has(64*(windowWords*3-1)) {
		t.Error("want the oldest forgotten and the newest known")
	}
	w.add(3)
	if w.has(3) {
		t.Error("a sequence from before the window was taken in")
	}
}

func TestSplitID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"t3k9x1-a-17":      "t3k9x1-a 17",
		"web.key-1-2":      "web.key-1 2",
		"nothing":          "nothing 0",
		"x-":               "x- 0",
		"x-99999999999999": "x-99999999999999 0",
		"-5":               " 5",
		"":                 " 0",
	} {
		batch, line := splitID(id)
		if got := fmt.Sprintf("%s %d", batch, line); got != want {
			t.Errorf("%q is %q; want %q", id, got, want)
		}
	}
}

func TestSegmentNames(t *testing.T) {
	t.Parallel()
	n := segmentName{shard: 3, epoch: 1_900_000_000, first: 7, last: 1 << 60}
	if got, ok := parseSegmentName(n.String()); !ok || got != n {
		t.Errorf("%s reads as %+v, %v", n, got, ok)
	}
	for _, bad := range []string{
		"", ".parquet", "1-a-5-4.parquet", "1-a-5.parquet", "01-a-4-5.parquet", "1-A-4-5.parquet", "1-a-4-5.parquet.77.tmp",
		"-1-a-4-5.parquet", "1-a-4-99999999999999999999.parquet", "99999-a-1-2.parquet", "1--4-5.parquet",
	} {
		if _, ok := parseSegmentName(bad); ok {
			t.Errorf("%q is taken for a segment", bad)
		}
	}
	if h, ok := parseHour("date=2026-03-01", "hour=10"); !ok || h.dir() != "date=2026-03-01/hour=10" || !h.start().Equal(genStart) {
		t.Errorf("hour reads as %v, %v", h.start(), ok)
	}
}

func FuzzMeta(f *testing.F) {
	m := meta{rows: 100, minTime: -5, maxTime: 7, seqs: seqRuns{{3, 9}, {12, 12}}, batches: []batchLines{{77, 1, 512}}}
	seed := make(map[string]string)
	m.each(func(k, v string) { seed[k] = v })
	f.Add(seed[metaVersion], seed[metaTimes], seed[metaSeqs], seed[metaBatches])
	f.Add("2", "1 2", "////", "AAAA")
	f.Fuzz(func(t *testing.T, version, times, seqs, batches string) {
		values := map[string]string{metaVersion: version, metaTimes: times, metaSeqs: seqs, metaBatches: batches}
		m, err := decodeMeta(func(k string) (string, bool) { v, ok := values[k]; return v, ok }, true)
		if err != nil {
			return
		}
		m.rows = len(m.batches) * batchListShare
		again := make(map[string]string)
		m.each(func(k, v string) { again[k] = v })
		got, err := decodeMeta(func(k string) (string, bool) { v, ok := again[k]; return v, ok }, true)
		if err != nil || fmt.Sprint(got.seqs) != fmt.Sprint(m.seqs) || fmt.Sprint(got.batches) != fmt.Sprint(m.batches) {
			t.Fatalf("%+v reads back as %+v, %v", m, got, err)
		}
	})
}

// TestStartWithManySegments opens an archive of ten thousand segments.
func TestStartWithManySegments(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("writes ten thousand files")
	}
	o := testOptions(t)
	s := openStore(t, o)
	sh := openShard(t, s, 0)
	b := newGenerator(1).batch(1, 1)
	if err := addAll(sh, []Batch{b}); err != nil {
		t.Fatal(err)
	}
	snap, err := s.snapshot()
	if err != nil {
		t.Fatal(err)
	}
	snap.close()
	copySegments(t, s, snap.segments[0], 10_000)
	started := time.Now()
	again := openStore(t, o)
	openShard(t, again, 0)
	if took := time.Since(started); took > 20*time.Second {
		t.Errorf("start took %v", took)
	} else {
		t.Logf("start took %v", took)
	}
	stats, err := again.Stats()
	if err != nil || stats.Segments != 10_001 {
		t.Errorf("%d segments, %v; want 10001", stats.Segments, err)
	}
}

// copySegments copies a segment under other names over many hours.
func copySegments(t *testing.T, s *Store, seg *segment, n int) {
	t.Helper()
	data := readFile(t, s.disk.path(seg.path))
	for i := range n {
		name := seg.name
		name.first, name.last = uint64(10+i), uint64(10+i)
		writeFile(t, s.disk.path(segmentPath(seg.hour+hour(i/20), name)), data)
	}
}

// TestOldSegmentsLackColumns reads and compacts a segment as an older version
// would have written it.
func TestOldSegmentsLackColumns(t *testing.T) {
	t.Parallel()
	s := openStore(t, testOptions(t))
	sh := openShard(t, s, 0)
	g := newGenerator(1)
	if err := addAll(sh, []Batch{g.batch(1, 50)}); err != nil {
		t.Fatal(err)
	}
	snap, err := s.snapshot()
	if err != nil {
		t.Fatal(err)
	}
	snap.close()
	seg := snap.segments[0]
	f, err := s.open(seg)
	if err != nil {
		t.Fatal(err)
	}
	// What newOpenFile finds in a file without these columns.
	f.columns[event.UserName], f.columns[event.Tags], f.keys, f.values = leaf{index: -1}, leaf{index: -1}, leaf{index: -1}, leaf{index: -1}
	defer f.release()
	if err := addAll(sh, []Batch{g.batch(2, 50)}); err != nil {
		t.Fatal(err)
	}
	for _, when := range []string{"before", "after"} {
		events, err := searchAll(t.Context(), s, Query{Limit: 1000})
		if err != nil || len(events) != 100 {
			t.Fatalf("%s compaction: %d events, %v; want 100", when, len(events), err)
		}
		for i := range events {
			old := strings.HasPrefix(events[i].Text(event.EventID), "t3k9x1-1-")
			if old && (events[i].Has(event.UserName) || len(events[i].Extra) > 0) {
				t.Fatalf("%s compaction: an old event has columns that its segment lacks", when)
			}
		}
		if done, err := s.Maintain(t.Context(), 0, genStart.Add(24*time.Hour)); err != nil || when == "before" && done.Joined != 2 {
			t.Fatalf("%+v, %v; want 2 segments joined", done, err)
		}
	}
}
