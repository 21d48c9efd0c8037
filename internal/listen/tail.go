package listen

import (
	"container/list"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/goshawk-siem/goshawk/internal/record"
)

// Limits of file reading.
const (
	// headLength is how many of a file's first bytes are remembered, to tell
	// it from others.
	headLength = 256
	// tailLength is how many bytes before the position are remembered. Each
	// read starts with them, so that a file that was replaced, or truncated and
	// written again, is noticed whatever its size.
	tailLength = 64
	// readLength is how much is read at once. It holds any batch and any part.
	readLength = 1 << 20
	// rotateWait is how long a rotated file must not grow until its last line
	// counts as complete without a line ending: writers go on for a while.
	rotateWait = 5 * time.Second
	// copyWait is how long the copy of a file that is being read is left alone:
	// until then the original is truncated, or compressed and deleted.
	copyWait = time.Minute
	// gzipWait is how old a compressed file that ends too early must be to
	// count as damaged rather than as being written.
	gzipWait = time.Minute
	// goneWait is how long a file that has gone is remembered, for the case that
	// its compressed copy appears; maxGone is how many are.
	goneWait = 8 * 24 * time.Hour
	maxGone  = 20_000
)

// TailOptions configure a Tail.
type TailOptions struct {
	// Paths are files and globs, ** for any depth. *.gz files are read once.
	Paths []string
	// StateFile is where positions are kept. Its folder is made.
	StateFile string
	// MaxLine is the longest line in bytes, 1 to MaxLineLimit.
	MaxLine int
	// MaxOpen is how many files are held open at most.
	MaxOpen int
	// FromEnd starts at the end of the files that are there when the state is
	// empty.
	FromEnd bool
	// Columns, if set, returns the header lines that are in force behind line,
	// where have were before; first says that line is the file's first. What it
	// returns shares no memory with line. Each Chunk says what is in force where
	// it starts.
	Columns func(have string, line []byte, first bool) string
}

// Tail reads files that grow and rotate, and cuts what it reads into batches
// whose names and borders come from positions, so that after a crash at any
// moment the same bytes come again under the same names:
//
//	file  ──────┬───────────┬───────────┬────┬────── …
//	       acked│ full batch│ full batch│ cut│ not read yet
//
// A full batch ends by a fixed rule (see cutBatch), so reading again from any
// border finds the following ones. A batch that ends early, because nothing more
// came in time, has its end made durable before it is handed out. Positions are
// made durable from time to time only: what was acknowledged after that comes
// again, is recognized by its name, and dropped downstream.
//
// A file is followed through renames by device and inode, and through
// copytruncate and gzip by its contents. The caller loops: Scan when something
// may have changed, Read until it returns nothing, publish, Done. It is for one
// goroutine.
type Tail struct {
	opts    TailOptions
	journal *journal
	begun   bool
	// files are those that exist, by what a look at them tells.
	files map[fileKey]*tailed
	// gone are those that don't, whose contents may turn up elsewhere.
	gone []*tailed
	// postponed are copies that are left alone for now.
	postponed map[fileKey]postponed
	scratch   []byte
	// opened holds the open files, the one read last at the back.
	opened *list.List
	// ready are the files to read, in turn.
	ready  []*tailed
	now    time.Time // of the current call
	events []TailEvent
}

type postponed struct{ since time.Time }

// TailEvent is something about a file that an operator should know.
type TailEvent struct {
	Path string
	Err  error
}

// TailStats are the numbers of files by state.
type TailStats struct {
	Known, Open, Postponed, Gone int
	// SyncTime is the time spent on making the state durable, since the start.
	SyncTime time.Duration
}

// Chunk is a batch, or a part of a line that is too long, ready to be published.
type Chunk struct {
	// Name is the batch's identity within its source: "f<file>-<offset>".
	Name string
	// Path is where the file is.
	Path string
	// Data is the batch's lines with their endings, or the part's bytes. It is
	// the caller's.
	Data  []byte
	Lines int
	// Received is when it was first read; it is the same after a crash where
	// the batch ended early.
	Received time.Time
	// Columns are the header lines in force where Data starts.
	Columns string
	// Part and Last are those of Piece.
	Part int
	Last bool

	file *tailed
	end  int64
	// after are the header lines in force behind Data.
	after string
	tail  []byte
	done  bool
}

// tailed is one file's contents, wherever they are.
type tailed struct {
	id      string
	key     fileKey
	path    string
	gzip    bool
	rotated bool
	// finished says that a compressed file was read to its end.
	finished bool
	gone     time.Time
	stat     fileStat

	// head and tail are the first bytes, and those before pos.
	head, tail []byte
	pos        int64
	acked      int64
	ackedTail  []byte
	cuts       []cutEntry
	flight     []*Chunk
	// columns are the header lines in force at pos, ackedColumns at acked. looked
	// says that they were looked for where nobody noted them.
	columns, ackedColumns string
	looked                bool
	// over is the line that is being handed out in parts; part 0 is none.
	over struct {
		start int64
		part  int
	}
	// since is when the incomplete batch was first seen, grew when anything new
	// was.
	since, grew time.Time
	// more says that a read may find something; queued that f is in ready.
	more, queued bool

	// replaced says that other bytes are where a recorded batch was.
	replaced bool

	source  source
	place   *list.Element // in opened
	failed  bool
	changed bool // the file entry has to be written
	moved   bool // the pos entry has to be written
}

// CheckGlob reports why pattern can't be a path or glob of files to read.
func CheckGlob(pattern string) error {
	if pattern == "" {
		return errors.New("is empty; expected a file or a glob such as /var/log/app/*.log")
	}
	if !doublestar.ValidatePathPattern(pattern) {
		return fmt.Errorf("%q is not a glob; check its brackets and braces", pattern)
	}
	return nil
}

// OpenTail reads the state and locks it. Nothing is known of any file's present
// state until Scan. Close the result.
func OpenTail(o TailOptions) (*Tail, error) {
	for _, pattern := range o.Paths {
		if err := CheckGlob(pattern); err != nil {
			return nil, fmt.Errorf("tail files: %w", err)
		}
	}
	j, entries, err := openJournal(o.StateFile)
	if err != nil {
		return nil, err
	}
	t := &Tail{opts: o, journal: j, files: map[fileKey]*tailed{}, postponed: map[fileKey]postponed{}, scratch: make([]byte, tailLength+readLength), opened: list.New()}
	t.restore(entries)
	if err := j.rewrite(t.snapshot()); err != nil {
		return nil, errors.Join(err, j.lock.Close())
	}
	return t, nil
}

// restore rebuilds the files from the journal's entries.
func (t *Tail) restore(entries []entry) {
	byID := map[string]*tailed{}
	var ids []string
	for _, e := range entries {
		switch {
		case e.Begun:
			t.begun = true
		case e.Drop != "":
			delete(byID, e.Drop)
		case e.File != nil:
			if byID[e.File.ID] == nil {
				ids = append(ids, e.File.ID)
			}
			byID[e.File.ID] = e.File.tailed(byID[e.File.ID])
		case e.Pos != nil && byID[e.Pos.ID] != nil:
			byID[e.Pos.ID].moveTo(e.Pos.Pos, e.Pos.Tail)
		case e.Cut != nil && byID[e.Cut.ID] != nil:
			f := byID[e.Cut.ID]
			f.cuts = append(f.cuts, *e.Cut)
		}
	}
	for _, id := range ids {
		if f := byID[id]; f != nil {
			delete(byID, id)
			f.dropCuts()
			t.place(f)
		}
	}
}

// place puts a restored file where it belongs. Of two with one key the later
// is the one that exists.
func (t *Tail) place(f *tailed) {
	if !f.gone.IsZero() {
		t.gone = append(t.gone, f)
		return
	}
	if before := t.files[f.key]; before != nil {
		t.gone = append(t.gone, before)
	}
	t.files[f.key] = f
}

func (e *fileEntry) tailed(old *tailed) *tailed {
	f := &tailed{
		id: e.ID, key: fileKey{e.Dev, e.Ino}, path: e.Path, gzip: e.Gzip, rotated: e.Rotated, finished: e.Done,
		gone: e.Gone, head: e.Head, stat: fileStat{size: e.Size, changed: e.Changed},
	}
	f.moveTo(e.Pos, e.Tail)
	f.columns, f.ackedColumns = string(e.Columns), string(e.Columns)
	if old != nil {
		f.cuts = old.cuts
	}
	return f
}

// moveTo sets both positions, when nothing is in flight.
func (f *tailed) moveTo(pos int64, tail []byte) {
	f.pos, f.acked, f.tail, f.ackedTail = pos, pos, tail, tail
}

func (f *tailed) dropCuts() {
	i := 0
	for i < len(f.cuts) && f.cuts[i].Start < f.pos {
		i++
	}
	f.cuts = f.cuts[i:]
}

// snapshot returns the entries that say all there is to remember.
func (t *Tail) snapshot() []entry {
	var entries []entry
	if t.begun {
		entries = append(entries, entry{Begun: true})
	}
	add := func(f *tailed) {
		entries = append(entries, entry{File: f.entry()})
		for i := range f.cuts {
			if f.cuts[i].End > f.acked {
				entries = append(entries, entry{Cut: &f.cuts[i]})
			}
		}
		f.changed, f.moved = false, false
	}
	for _, f := range t.files {
		add(f)
	}
	for _, f := range t.gone {
		add(f)
	}
	return entries
}

func (f *tailed) entry() *fileEntry {
	return &fileEntry{
		ID: f.id, Dev: f.key.dev, Ino: f.key.ino, Path: f.path, Head: f.head, Pos: f.acked, Tail: f.ackedTail,
		Gzip: f.gzip, Rotated: f.rotated, Done: f.finished && len(f.flight) == 0, Gone: f.gone, Size: f.stat.size, Changed: f.stat.changed,
		Columns: []byte(f.ackedColumns),
	}
}

// Done records that c is stored. Chunks may be done in any order; a file's
// position moves over those that are done without a gap.
func (t *Tail) Done(c *Chunk) {
	c.done, c.Data = true, nil
	f := c.file
	for len(f.flight) > 0 && f.flight[0].done {
		first := f.flight[0]
		f.flight = f.flight[1:]
		if first.Part > 0 && !first.Last {
			continue // a restart begins with the whole line
		}
		if f.finished || f.ackedColumns != first.after {
			f.changed = true
		}
		f.ackedColumns = first.after
		f.acked, f.ackedTail, f.moved = first.end, first.tail, true
	}
	for len(f.cuts) > 0 && f.cuts[0].End <= f.acked {
		f.cuts = f.cuts[1:]
	}
}

// Sync makes the positions of what is done durable. Calling it rarely costs
// repeats after a crash, nothing else.
func (t *Tail) Sync() error {
	for _, f := range t.files {
		t.note(f)
	}
	for _, f := range t.gone {
		t.note(f)
	}
	return t.commit()
}

// note adds what has changed about f to the journal.
func (t *Tail) note(f *tailed) {
	switch {
	case f.changed:
		t.journal.add(entry{File: f.entry()})
	case f.moved:
		t.journal.add(entry{Pos: &posEntry{ID: f.id, Pos: f.acked, Tail: f.ackedTail}})
	}
	f.changed, f.moved = false, false
}

func (t *Tail) commit() error {
	if t.journal.size > journalGrowth+int64(512*(len(t.files)+len(t.gone))) {
		return t.journal.rewrite(t.snapshot())
	}
	return t.journal.commit()
}

// Events returns what happened since the last call: files that can't be read,
// each once until it can.
func (t *Tail) Events() []TailEvent {
	events := t.events
	t.events = nil
	return events
}

// Stats returns the present numbers.
func (t *Tail) Stats() TailStats {
	return TailStats{Known: len(t.files), Open: t.opened.Len(), Postponed: len(t.postponed), Gone: len(t.gone), SyncTime: t.journal.synced}
}

// Close makes the positions durable, closes all files and gives the state free.
func (t *Tail) Close() error {
	err := t.Sync()
	for _, f := range t.files {
		err = errors.Join(err, t.closeFile(f))
	}
	for _, f := range t.gone {
		err = errors.Join(err, t.closeFile(f))
	}
	return errors.Join(err, t.journal.close())
}

func newFileID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	return "f" + hex.EncodeToString(b[:])
}

// linger is how long a batch waits for more lines.
const linger = record.BatchLinger
