package listen

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goshawk-siem/goshawk/internal/record"
)

// tailRig is a tail over a folder, with a clock of its own.
type tailRig struct {
	t      *testing.T
	folder string
	opts   TailOptions
	tail   *Tail
	now    time.Time
	// events are the lines by event id, as everything downstream sees them.
	events map[string]string
	order  []string
	// batches are the payloads by name: the same name must carry the same bytes.
	batches map[string]string
	dead    map[string][]byte
	// columns are those of each batch, by name.
	columns map[string]string
	// lost, if set, picks chunks that the crash to come keeps from being
	// published.
	lost func() bool
}

func newTailRig(t *testing.T, patterns ...string) *tailRig {
	t.Helper()
	r := &tailRig{
		t: t, folder: t.TempDir(), now: time.Now(), events: map[string]string{}, batches: map[string]string{}, dead: map[string][]byte{},
		columns: map[string]string{},
	}
	r.opts = TailOptions{StateFile: filepath.Join(t.TempDir(), "state"), MaxLine: record.MaxLine, MaxOpen: 4}
	for _, p := range patterns {
		r.opts.Paths = append(r.opts.Paths, filepath.Join(r.folder, p))
	}
	r.start()
	return r
}

func (r *tailRig) start() {
	r.t.Helper()
	tail, err := OpenTail(r.opts)
	if err != nil {
		r.t.Fatal(err)
	}
	r.tail = tail
	r.t.Cleanup(r.crash)
}

// crash ends the tail as kill -9 does: nothing is written any more.
func (r *tailRig) crash() {
	if r.tail == nil {
		return
	}
	for _, f := range r.tail.files {
		_ = r.tail.closeFile(f)
	}
	for _, f := range r.tail.gone {
		_ = r.tail.closeFile(f)
	}
	_ = r.tail.journal.file.Close()
	_ = r.tail.journal.lock.Close()
	r.tail = nil
}

func (r *tailRig) restart() {
	r.t.Helper()
	r.crash()
	r.start()
}

// read hands out chunks until nothing is left, publishing all of them and
// acknowledging those that ack picks.
func (r *tailRig) read(ack func(i int) bool) {
	r.t.Helper()
	r.scan()
	for idle := 0; idle < 3; {
		chunks, _, err := r.tail.Read(r.now, 7)
		if err != nil {
			r.t.Fatal(err)
		}
		idle++
		for i, c := range slices.Backward(chunks) { // acknowledgements come in any order
			idle = 0
			if r.lost != nil && r.lost() {
				continue
			}
			r.publish(c)
			if ack(i) {
				r.tail.Done(c)
			}
		}
		r.now = r.now.Add(linger)
	}
}

func (r *tailRig) readAll() {
	r.t.Helper()
	r.read(func(int) bool { return true })
}

func (r *tailRig) scan() {
	r.t.Helper()
	r.now = r.now.Add(time.Second)
	if err := r.tail.Scan(r.now); err != nil {
		r.t.Fatal(err)
	}
}

// settle lets rotated files come to their end.
func (r *tailRig) settle() {
	r.t.Helper()
	for range 4 {
		r.readAll()
		r.now = r.now.Add(rotateWait)
	}
}

func (r *tailRig) publish(c *Chunk) {
	r.t.Helper()
	if c.Part > 0 {
		r.dead[fmt.Sprintf("%s.%03d", c.Name, c.Part)] = c.Data
		return
	}
	if old, known := r.batches[c.Name]; known && old != string(c.Data) {
		r.t.Fatalf("batch %s came with %d bytes and again with %d others", c.Name, len(old), len(c.Data))
	}
	if old, known := r.columns[c.Name]; known && old != c.Columns {
		r.t.Fatalf("batch %s came with the columns %q and again with %q", c.Name, old, c.Columns)
	}
	r.batches[c.Name], r.columns[c.Name] = string(c.Data), c.Columns
	b := record.Batch{ID: record.BatchID(c.Name), Payload: string(c.Data)}
	lines := 0
	b.Lines(func(l record.Line) bool {
		lines++
		id := b.ID.EventID(l.Number)
		if _, known := r.events[id]; !known {
			r.order = append(r.order, l.Text)
		}
		r.events[id] = l.Text
		return true
	})
	if lines != c.Lines {
		r.t.Errorf("batch %s has %d lines and says %d", c.Name, lines, c.Lines)
	}
}

// want checks that exactly these lines came, each once.
func (r *tailRig) want(lines ...string) {
	r.t.Helper()
	got := slices.Clone(r.order)
	slices.Sort(got)
	want := slices.Clone(lines)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		r.t.Fatalf("%d lines came, want %d\ngot  %.600q\nwant %.600q", len(got), len(want), got, want)
	}
}

func (r *tailRig) path(name string) string { return filepath.Join(r.folder, name) }

func (r *tailRig) append(name, text string) {
	r.t.Helper()
	file, err := os.OpenFile(r.path(name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		r.t.Fatal(err)
	}
	_, err = file.WriteString(text)
	if err = errors.Join(err, file.Close()); err != nil {
		r.t.Fatal(err)
	}
}

func (r *tailRig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *tailRig) gzip(name, text string) {
	r.t.Helper()
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	_, err := w.Write([]byte(text))
	r.must(errors.Join(err, w.Close()))
	r.must(os.WriteFile(r.path(name), buf.Bytes(), 0o600))
}

func manyLines(prefix string, n int) []string {
	var lines []string
	for i := range n {
		lines = append(lines, fmt.Sprintf("%s %06d %s", prefix, i, strings.Repeat("abc", i%60)))
	}
	return lines
}

func joined(lines []string) string { return strings.Join(lines, "\n") + "\n" }

func TestTailReadsAndFollows(t *testing.T) {
	t.Parallel()
	r := newTailRig(t, "*.log")
	first, second := manyLines("first", 3000), manyLines("second", 10)
	r.append("app.log", joined(first))
	r.readAll()
	r.want(first...)
	r.append("app.log", "\n\r\n"+joined(second))
	r.append("other.log", "one\r\n\r\ntwo\n")
	r.readAll()
	r.want(slices.Concat(first, second, []string{"one", "two"})...)
}

func TestTailWaitsForTheEndOfALine(t *testing.T) {
	t.Parallel()
	r := newTailRig(t, "*.log")
	r.append("app.log", "whole\nhal")
	r.readAll()
	r.want("whole")
	r.settle()
	r.want("whole")
	r.append("app.log", "f\n")
	r.readAll()
	r.want("whole", "half")
}

// Everything may be handed out again after a crash, under the same names and
// with the same bytes, whatever was acknowledged and whatever was added since.
func TestTailCrash(t *testing.T) {
	t.Parallel()
	for name, ack := range map[string]func(i int) bool{
		"nothing acknowledged":     func(int) bool { return false },
		"every other acknowledged": func(i int) bool { return i%2 == 0 },
		"all acknowledged":         func(int) bool { return true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newTailRig(t, "*.log")
			var all []string
			for round := range 12 {
				lines := manyLines(fmt.Sprint("round ", round), 1+round*137)
				all = append(all, lines...)
				r.append("app.log", joined(lines[:len(lines)/2]))
				r.append("app.log", strings.Repeat("\n", round))
				r.read(ack)
				r.append("app.log", joined(lines[len(lines)/2:])+"\r\n")
				r.read(ack)
				if round%3 == 0 {
					r.must(r.tail.Sync())
				}
				r.restart()
			}
			r.readAll()
			r.want(all...)
		})
	}
}

// What was not stored comes again, though later batches were stored and their
// acknowledgements were recorded.
func TestTailGapsComeAgain(t *testing.T) {
	t.Parallel()
	r := newTailRig(t, "*.log")
	lines := manyLines("line", 20_000)
	r.append("app.log", joined(lines))
	n := 0
	r.lost = func() bool { n++; return n%3 == 0 }
	r.readAll()
	r.must(r.tail.Sync())
	r.lost = nil
	r.restart()
	r.readAll()
	r.want(lines...)
}

func TestTailRenamed(t *testing.T) {
	t.Parallel()
	for name, glob := range map[string]string{"within the glob": "app.log*", "out of the glob": "app.log"} {
		for restart, down := range map[string]bool{"while running": false, "while down": true} {
			t.Run(name+", "+restart, func(t *testing.T) {
				t.Parallel()
				r := newTailRig(t, glob)
				r.append("app.log", "one\ntwo\n")
				r.readAll()
				if down {
					r.must(r.tail.Sync())
					r.crash()
				}
				r.append("app.log", "three\nunfinished")
				r.must(os.Rename(r.path("app.log"), r.path("app.log.1")))
				r.append("app.log", "four\n")
				if down {
					r.start()
				}
				r.readAll()
				r.append("app.log.1", " after rotation\nlast without newline")
				r.settle()
				r.must(os.Rename(r.path("app.log.1"), r.path("app.log.2")))
				r.must(os.Rename(r.path("app.log"), r.path("app.log.1")))
				r.append("app.log", "five\n")
				r.settle()
				r.restart()
				r.settle()
				r.want("one", "two", "three", "unfinished after rotation", "last without newline", "four", "five")
			})
		}
	}
}

func TestTailDeletedWhileOpen(t *testing.T) {
	t.Parallel()
	r := newTailRig(t, "*.log")
	r.append("app.log", "one\n")
	r.readAll()
	r.append("app.log", "two\nthree")
	r.must(os.Remove(r.path("app.log")))
	r.append("app.log", "next\n")
	r.settle()
	r.want("one", "two", "three", "next")
	if s := r.tail.Stats(); s.Open > 1 || s.Gone != 1 {
		t.Errorf("%+v", s)
	}
}

func TestTailTruncated(t *testing.T) {
	t.Parallel()
	for name, regrow := range map[string]string{
		"shorter":  "new\n",
		"longer":   joined(manyLines("new", 40)),
		"the same": "xx0\nxx1\nxx2\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newTailRig(t, "*.log")
			r.append("app.log", "one\ntwo\nten\n")
			r.readAll()
			r.now = r.now.Add(time.Hour)
			r.must(os.Truncate(r.path("app.log"), 0))
			r.append("app.log", regrow)
			r.must(os.Chtimes(r.path("app.log"), r.now, r.now))
			r.readAll()
			r.restart()
			r.readAll()
			r.want(append(strings.Split(strings.TrimSpace(regrow), "\n"), "one", "two", "ten")...)
		})
	}
}

// The state after a crash may say less than what was published. Other contents
// at the same place must not come under the same names: they would be dropped.
func TestTailReplacedWhileDown(t *testing.T) {
	t.Parallel()
	for name, old := range map[string][]string{"cut early": {"one", "two"}, "full batches": manyLines("old", 2000)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newTailRig(t, "*.log")
			r.append("app.log", joined(old))
			r.readAll()
			r.crash()
			fresh := manyLines("fresh", 2100)
			r.must(os.Truncate(r.path("app.log"), 0))
			r.append("app.log", joined(fresh))
			r.start()
			r.readAll()
			r.want(slices.Concat(old, fresh)...)
		})
	}
}

// copytruncate: what was written between the last read and the truncation is
// only in the copy.
func TestTailCopyTruncate(t *testing.T) {
	t.Parallel()
	r := newTailRig(t, "app.log*")
	first := manyLines("first", 20)
	r.append("app.log", joined(first))
	r.readAll()
	rest := manyLines("rest", 5)
	r.append("app.log", joined(rest))
	data, err := os.ReadFile(r.path("app.log"))
	r.must(err)
	r.must(os.WriteFile(r.path("app.log.1"), data[:100], 0o600)) // being copied
	r.scan()
	r.must(os.WriteFile(r.path("app.log.1"), data, 0o600))
	r.scan()
	r.must(os.Truncate(r.path("app.log"), 0))
	fresh := manyLines("fresh", 3)
	r.append("app.log", joined(fresh))
	r.settle()
	r.restart()
	r.settle()
	r.want(slices.Concat(first, rest, fresh)...)
}

func TestTailGzip(t *testing.T) {
	t.Parallel()
	r := newTailRig(t, "*.gz")
	lines := manyLines("old", 5000)
	r.gzip("app.log.3.gz", strings.TrimSuffix(joined(lines), "\n"))
	r.read(func(i int) bool { return i%3 == 0 })
	r.restart()
	r.settle()
	r.must(os.Rename(r.path("app.log.3.gz"), r.path("app.log.4.gz")))
	r.restart()
	r.settle()
	r.want(lines...)
	if chunks, _, err := r.tail.Read(r.now, 10); err != nil || len(chunks) > 0 {
		t.Errorf("%d chunks of a finished file, %v", len(chunks), err)
	}
}

func TestTailGzippedAfterBeingTailed(t *testing.T) {
	t.Parallel()
	for name, down := range map[string]bool{"while running": false, "while down": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newTailRig(t, "app.log", "app.log.*")
			first := manyLines("first", 1000)
			r.append("app.log", joined(first))
			r.readAll()
			r.must(os.Rename(r.path("app.log"), r.path("app.log.1")))
			r.append("app.log", "next\n")
			r.append("app.log.1", "unread\n")
			if down {
				r.must(r.tail.Sync())
				r.crash()
			}
			r.gzip("app.log.1.gz", joined(first)+"unread\n")
			if !down {
				r.readAll() // both are there while gzip works
			}
			r.must(os.Remove(r.path("app.log.1")))
			if down {
				r.start()
			}
			r.settle()
			r.restart()
			r.settle()
			r.want(append(first, "unread", "next")...)
		})
	}
}

func TestTailDamagedGzip(t *testing.T) {
	t.Parallel()
	r := newTailRig(t, "*.gz")
	lines := manyLines("old", 3000)
	r.gzip("app.gz", joined(lines))
	data, err := os.ReadFile(r.path("app.gz"))
	r.must(err)
	r.must(os.WriteFile(r.path("app.gz"), data[:len(data)/2], 0o600))
	r.settle()
	r.want()
	r.now = r.now.Add(2 * gzipWait)
	r.settle()
	if n := len(r.order); n < 500 || n > 2900 {
		t.Errorf("%d lines of half a file of 3000", n)
	}
	if events := r.tail.Events(); len(events) == 0 {
		t.Error("nothing was reported")
	}
}

func TestTailFromEnd(t *testing.T) {
	t.Parallel()
	r := newTailRig(t, "*.log")
	r.append("app.log", "old\nolder\nbegun")
	r.opts.FromEnd = true
	r.restart()
	r.readAll()
	r.append("app.log", " and finished\n")
	r.readAll()
	r.crash()
	r.append("late.log", "late\n")
	r.append("app.log", "new\n")
	r.start()
	r.readAll()
	r.want("begun and finished", "new", "late")
}

func TestTailOversizeLine(t *testing.T) {
	t.Parallel()
	r := newTailRig(t, "*.log")
	r.opts.MaxLine = 1000
	r.restart()
	long := strings.Repeat("0123456789", 130_000)
	r.append("app.log", "before\n"+long[:700_000])
	r.readAll()
	r.restart()
	r.append("app.log", long[700_000:])
	r.readAll()
	r.append("app.log", "\nafter\n")
	r.readAll()
	r.want("before", "after")
	var names []string
	for name := range r.dead {
		names = append(names, name)
	}
	slices.Sort(names)
	var got []byte
	for _, name := range names {
		got = append(got, r.dead[name]...)
	}
	if string(got) != long || len(names) != 3 {
		t.Errorf("%d parts with %d bytes, want 3 with %d", len(names), len(got), len(long))
	}
}

func TestTailSymlinksAreOneFile(t *testing.T) {
	t.Parallel()
	r := newTailRig(t, "*.log")
	r.append("app.log", "one\n")
	r.must(os.Symlink(r.path("app.log"), r.path("current.log")))
	r.must(os.Symlink(r.path("nowhere"), r.path("broken.log")))
	r.must(os.Mkdir(r.path("folder.log"), 0o700))
	r.readAll()
	r.append("app.log", "two\n")
	r.readAll()
	r.want("one", "two")
}

func TestTailManyFiles(t *testing.T) {
	t.Parallel()
	r := newTailRig(t, "**/*.log")
	var want []string
	for round := range 3 {
		for i := range 200 {
			name := fmt.Sprintf("host%03d.log", i)
			line := fmt.Sprintf("%s round %d", name, round)
			r.append(name, line+"\n")
			want = append(want, line)
		}
		r.readAll()
		if s := r.tail.Stats(); s.Open > r.opts.MaxOpen || s.Known != 200 {
			t.Fatalf("%+v", s)
		}
		r.restart()
	}
	r.want(want...)
}

// A header that several files share must not make one the copy of another.
func TestTailFilesThatBeginAlike(t *testing.T) {
	t.Parallel()
	r := newTailRig(t, "*.log")
	r.append("web-1.log", "#Fields: date time\n")
	r.append("web-2.log", "#Fields: date time\n")
	r.readAll()
	r.must(os.Remove(r.path("web-1.log")))
	r.settle()
	r.append("web-3.log", "#Fields: date time\n")
	r.settle()
	r.want("#Fields: date time", "#Fields: date time", "#Fields: date time")
}

// An error log that repeats the beginning of the main log is a log of its own as
// soon as they differ, and an old copy never is one.
func TestTailCopiesAndTwins(t *testing.T) {
	t.Parallel()
	r := newTailRig(t, "app*")
	banner, rest := manyLines("banner", 20), manyLines("rest", 20)
	r.append("app.log", joined(banner)+joined(rest))
	r.readAll()
	r.append("app.log.bak", joined(banner)+joined(rest))
	r.append("app-error.log", joined(banner))
	r.readAll()
	r.append("app.log", "more\n")
	r.now = r.now.Add(2 * copyWait)
	r.readAll()
	r.append("app-error.log", "oops\n")
	r.readAll()
	r.want(slices.Concat(banner, rest, []string{"more"}, banner, []string{"oops"})...)
}

// Short files that are alike are read, if late: a line too many is better than
// one too few.
func TestTailShortTwins(t *testing.T) {
	t.Parallel()
	r := newTailRig(t, "app*")
	r.append("app.log", "started\n")
	r.readAll()
	r.append("app-error.log", "started\n")
	r.readAll()
	r.want("started")
	r.now = r.now.Add(2 * copyWait)
	r.readAll()
	r.want("started", "started")
}

func TestTailUnreadable(t *testing.T) {
	t.Parallel()
	if os.Getuid() == 0 {
		t.Skip("root may read everything")
	}
	r := newTailRig(t, "*.log")
	r.append("app.log", "one\n")
	r.must(os.Chmod(r.path("app.log"), 0))
	r.readAll()
	r.readAll()
	if events := r.tail.Events(); len(events) != 1 {
		t.Errorf("%d events, want one", len(events))
	}
	r.must(os.Chmod(r.path("app.log"), 0o600))
	r.readAll()
	r.want("one")
}

func TestTailStateIsLocked(t *testing.T) {
	t.Parallel()
	r := newTailRig(t, "*.log")
	if _, err := OpenTail(r.opts); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("got %v", err)
	}
}

func TestTailDamagedState(t *testing.T) {
	t.Parallel()
	r := newTailRig(t, "*.log")
	for range 5 {
		r.append("app.log", "line\n")
		r.readAll()
	}
	r.must(r.tail.Sync())
	r.crash()
	data, err := os.ReadFile(r.opts.StateFile)
	r.must(err)
	r.must(os.WriteFile(r.opts.StateFile, append(bytes.Clone(data), "0123abcd {\"torn"...), 0o600))
	r.start()
	r.crash()
	damaged := bytes.Clone(data)
	damaged[20] ^= 1
	r.must(os.WriteFile(r.opts.StateFile, damaged, 0o600))
	if _, err := OpenTail(r.opts); err == nil || !strings.Contains(err.Error(), "line 1") || !strings.Contains(err.Error(), "move it away") {
		t.Errorf("got %v", err)
	}
	r.must(os.WriteFile(r.opts.StateFile, data, 0o600))
	r.start()
	r.append("app.log", "last\n")
	r.readAll()
	r.want("line", "line", "line", "line", "line", "last")
}

// BenchmarkTail reads a file whose lines come in one go (full batches, which
// need no fsync of their own) and line group by line group (each cut early).
func BenchmarkTail(b *testing.B) {
	line := `192.0.2.17 - - [05/Sep/2024:10:30:00 +0000] "GET /index.html HTTP/1.1" 200 1234 "-" "curl/8.5.0"` + "\n"
	for _, bb := range []struct {
		name   string
		groups int
		lines  int
	}{{"backlog", 1, 100_000}, {"live, 100 groups", 100, 1000}} {
		b.Run(bb.name, func(b *testing.B) {
			group := strings.Repeat(line, bb.lines)
			b.SetBytes(int64(len(group) * bb.groups))
			b.ReportAllocs()
			for b.Loop() {
				tailOnce(b, group, bb.groups)
			}
			b.ReportMetric(float64(bb.groups*bb.lines*b.N)/b.Elapsed().Seconds(), "lines/s")
		})
	}
}

func tailOnce(b *testing.B, group string, groups int) {
	b.Helper()
	folder := b.TempDir()
	path := filepath.Join(folder, "app.log")
	tail, err := OpenTail(TailOptions{Paths: []string{path}, StateFile: filepath.Join(folder, "state"), MaxLine: record.MaxLine, MaxOpen: 4})
	if err != nil {
		b.Fatal(err)
	}
	file, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	now := time.Now()
	for range groups {
		if _, err := file.WriteString(group); err != nil {
			b.Fatal(err)
		}
		if err := tail.Scan(now); err != nil {
			b.Fatal(err)
		}
		for idle := 0; idle < 2; now = now.Add(linger) {
			chunks, _, err := tail.Read(now, 64)
			if err != nil {
				b.Fatal(err)
			}
			for _, c := range chunks {
				tail.Done(c)
			}
			if idle++; len(chunks) > 0 {
				idle = 0
			}
		}
	}
	if err := errors.Join(file.Close(), tail.Close()); err != nil {
		b.Fatal(err)
	}
}
