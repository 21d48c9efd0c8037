package listen

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"time"

	"github.com/cespare/xxhash/v2"
)

// Read returns the next chunks, at most most of them, and none when there is
// nothing to read before the next Scan or, when wait is more than 0, before wait
// is over. What has to be durable before they are published is.
func (t *Tail) Read(now time.Time, most int) (chunks []*Chunk, wait time.Duration, err error) {
	t.now = now
	for count := len(t.ready); count > 0 && len(chunks) < most; count-- {
		f := t.ready[0]
		t.ready = t.ready[1:]
		f.queued = false
		if !f.more || f.source == nil && !f.gone.IsZero() {
			continue
		}
		chunks = t.readFile(f, most, chunks)
		if !f.more {
			continue
		}
		// Behind the others, so that no file starves another.
		t.wake(f)
		if due := f.due(now); due > 0 && (wait == 0 || due < wait) {
			wait = due
		}
	}
	return chunks, wait, t.commit()
}

// wake makes Read look at f.
func (t *Tail) wake(f *tailed) {
	f.more = true
	if !f.queued {
		f.queued = true
		t.ready = append(t.ready, f)
	}
}

// due returns how long until an incomplete batch, or a rotated file's last line,
// is to be read.
func (f *tailed) due(now time.Time) time.Duration {
	switch {
	case !f.since.IsZero():
		return max(f.since.Add(linger).Sub(now), time.Millisecond)
	case f.more:
		return max(f.grew.Add(rotateWait).Sub(now), 10*time.Millisecond)
	}
	return 0
}

// readFile appends f's next chunks.
func (t *Tail) readFile(f *tailed, most int, chunks []*Chunk) []*Chunk {
	err := t.openFile(f)
	if errors.Is(err, errReplaced) && !t.elsewhere(f) {
		t.restart(f)
		return chunks
	}
	if err != nil {
		t.report(f, err)
		return chunks
	}
	t.lookForColumns(f)
	for len(chunks) < most {
		data, eof, err := t.window(f)
		if errors.Is(err, errReplaced) {
			t.restart(f)
			return chunks
		}
		if err != nil {
			t.report(f, err)
			return chunks
		}
		f.failed = false
		before := f.pos
		chunks = t.cut(f, data, eof, most, chunks)
		if f.replaced {
			t.restart(f)
			return chunks
		}
		if f.pos == before || eof && len(chunks) < most {
			t.settle(f, eof, int64(len(data))+before)
			return chunks
		}
	}
	return chunks
}

// settle notes what is left to do in f after a read.
func (t *Tail) settle(f *tailed, eof bool, end int64) {
	if !eof {
		return
	}
	left := end > f.pos
	f.more = !f.since.IsZero() || left && f.ends()
	if f.gzip && !left && !f.more {
		f.finished, f.changed = true, true
	}
	if !f.more && (f.gzip || !f.gone.IsZero() || t.opened.Len() > t.opts.MaxOpen) {
		if err := t.closeFile(f); err != nil {
			t.report(f, err)
		}
	}
}

// ends reports whether no more bytes are to be expected, so that the last line
// needs no ending.
func (f *tailed) ends() bool { return f.gzip || f.rotated || !f.gone.IsZero() }

// window reads from the position on, and checks that what is before it is still
// the same. A file where it isn't has been replaced.
func (t *Tail) window(f *tailed) (data []byte, eof bool, err error) {
	data, eof, err = f.source.window(f.pos-int64(len(f.tail)), t.scratch)
	if err != nil && f.gzip {
		data, eof, err = t.damaged(f, data, err)
	}
	if err != nil {
		return nil, false, err
	}
	if !bytes.HasPrefix(data, f.tail) {
		return nil, false, errReplaced
	}
	f.learnHead(f.pos-int64(len(f.tail)), data)
	return data[len(f.tail):], eof, nil
}

// learnHead extends what is known of f's first bytes by data, read at offset.
// The journal knows them before anything is published: a file that is replaced
// while we are down must not go on under the same id.
func (f *tailed) learnHead(offset int64, data []byte) {
	known := int64(len(f.head))
	if known >= headLength || offset > known || offset+int64(len(data)) <= known {
		return
	}
	fresh := data[known-offset:]
	f.head = append(f.head, fresh[:min(len(fresh), headLength-len(f.head))]...)
	f.changed = true
}

// damaged decides about a compressed file that can't be read to its end: it may
// be just being written, and else what there is of it is taken.
func (t *Tail) damaged(f *tailed, data []byte, err error) ([]byte, bool, error) {
	if t.now.Sub(f.stat.changed) < gzipWait && (errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)) {
		f.grew = t.now
		return data, false, fmt.Errorf("compressed file is not complete yet: %w", err)
	}
	t.report(f, fmt.Errorf("compressed file is damaged, it is read up to there: %w", err))
	if !bytes.HasPrefix(data, f.tail) {
		f.finished, f.changed, f.more = true, true, false
		return nil, false, err
	}
	return data, true, nil
}

// cut appends the chunks that data, at f's position, holds.
func (t *Tail) cut(f *tailed, data []byte, eof bool, most int, chunks []*Chunk) []*Chunk {
	for len(chunks) < most {
		c, size := t.cutNext(f, data, eof)
		if size == 0 {
			return chunks
		}
		t.advance(f, data[:size], c)
		if c != nil {
			chunks = append(chunks, c)
		}
		data = data[size:]
	}
	return chunks
}

// cutNext returns the chunk at the front of data, and how much it takes with the
// empty lines before it; nil and a size where there are only those.
func (t *Tail) cutNext(f *tailed, data []byte, eof bool) (*Chunk, int) {
	if f.over.part > 0 {
		return t.cutLong(f, f.over.start, 0, data, eof)
	}
	skip := skipEmpty(data)
	start := f.pos + int64(skip)
	if cut, ok := f.cutAt(start); ok {
		return t.cutAgain(f, cut, skip, data)
	}
	b := cutBatch(data, t.opts.MaxLine)
	if eof && t.isFinal(f) {
		b = withRest(b, data, t.opts.MaxLine)
	}
	switch b.kind {
	case cutPartial:
		if eof && t.lingered(f) {
			t.intend(f, start, data[b.start:b.end])
			return t.chunk(f, start, data[b.start:b.end], b.lines, t.now), b.end
		}
		return nil, skip
	case cutRest:
		t.intend(f, start, data[b.start:b.end])
		return t.chunk(f, start, data[b.start:b.end], b.lines, t.now), b.end
	case cutFull:
		return t.chunk(f, start, data[b.start:b.end], b.lines, t.now), b.end
	case cutLong:
		return t.cutLong(f, start, skip, data, eof)
	}
	return nil, skip
}

// lingered reports whether f's incomplete batch has waited long enough.
func (t *Tail) lingered(f *tailed) bool {
	if f.since.IsZero() {
		f.since = t.now
	}
	return t.now.Sub(f.since) >= linger
}

// isFinal reports whether f, read to its end, will not grow any more.
func (t *Tail) isFinal(f *tailed) bool {
	if f.grew.IsZero() {
		f.grew = t.now // the first look after a start
	}
	return f.gzip || f.ends() && t.now.Sub(f.grew) >= rotateWait
}

// withRest adds what is behind the last line ending, where nothing will follow,
// to a batch that is not full.
func withRest(b batchCut, data []byte, maxLine int) batchCut {
	if b.kind != cutWait && b.kind != cutPartial {
		return b
	}
	rest := data[max(b.start, b.end):]
	switch {
	case len(trimCR(rest)) == 0:
		if b.kind == cutPartial {
			b.kind, b.end = cutRest, len(data)
		}
	case len(trimCR(rest)) <= maxLine:
		b.kind, b.end = cutRest, len(data)
		b.lines++
	case b.kind == cutPartial:
		b.kind = cutFull
	default:
		b.kind = cutLong
	}
	return b
}

// cutAt returns the recorded end of the batch at start.
func (f *tailed) cutAt(start int64) (cutEntry, bool) {
	for _, c := range f.cuts {
		if c.Start == start {
			return c, true
		}
	}
	return cutEntry{}, false
}

// cutAgain returns the batch that was cut before a restart, as it was.
func (t *Tail) cutAgain(f *tailed, cut cutEntry, skip int, data []byte) (*Chunk, int) {
	line, _, _ := bytes.Cut(data[skip:], []byte{'\n'})
	if len(trimCR(line)) > t.opts.MaxLine {
		return t.cutLong(f, cut.Start, skip, data, true)
	}
	size := int(cut.End - f.pos)
	if size > len(data) || cut.Sum != 0 && xxhash.Sum64(data[skip:size]) != cut.Sum {
		f.replaced = true
		return nil, 0
	}
	return t.chunk(f, cut.Start, data[skip:size], countLines(data[skip:size]), cut.At), size
}

// cutLong returns the next part of the line that began at start. data[skip:] is
// what of it has not been handed out.
func (t *Tail) cutLong(f *tailed, start int64, skip int, data []byte, eof bool) (*Chunk, int) {
	rest, at := data[skip:], t.now
	final := eof && t.isFinal(f)
	cut, known := f.cutAt(start)
	if room := cut.End - f.pos - int64(skip); known && room <= int64(len(rest)) {
		rest, final, at = rest[:room], true, cut.At
	}
	part, size, last, ok := cutPart(rest, final)
	if !ok {
		return nil, 0
	}
	if last && final && !known && size == len(rest) {
		t.record(cutEntry{ID: f.id, Start: start, End: f.pos + int64(skip+size)}, f)
	}
	f.over.start = start
	f.over.part++
	c := t.chunk(f, start, part, 0, at)
	c.Part, c.Last = f.over.part, last
	if last {
		f.over.part = 0
	}
	return c, skip + size
}

// intend records that the batch at start is data and ends with it. Read makes
// that durable before it returns the batch.
func (t *Tail) intend(f *tailed, start int64, data []byte) {
	t.record(cutEntry{ID: f.id, Start: start, End: start + int64(len(data)), Sum: xxhash.Sum64(data)}, f)
}

func (t *Tail) record(cut cutEntry, f *tailed) {
	cut.At = t.now.UTC()
	f.cuts = append(f.cuts, cut)
	t.identify(f)
	t.journal.add(entry{Cut: &cut})
}

// identify makes sure that the journal knows f before anything of it is
// published under its id.
func (t *Tail) identify(f *tailed) {
	if f.changed {
		t.note(f)
	}
}

func (t *Tail) chunk(f *tailed, start int64, data []byte, lines int, at time.Time) *Chunk {
	t.identify(f)
	f.since = time.Time{}
	c := &Chunk{
		Name: f.id + "-" + strconv.FormatInt(start, 10), Path: f.path, Data: bytes.Clone(data), Lines: lines, Received: at, file: f,
		Columns: f.columns,
	}
	if lines > 0 {
		f.columns = t.columnsAfter(f.columns, data, start == 0)
	}
	c.after = f.columns
	return c
}

// advance moves f's position over data, which c, if there is one, ends with.
func (t *Tail) advance(f *tailed, data []byte, c *Chunk) {
	f.tail = lastBytes(f.tail, data)
	f.pos += int64(len(data))
	f.grew = t.now
	if c != nil {
		c.end, c.tail = f.pos, f.tail
		f.flight = append(f.flight, c)
		return
	}
	if len(f.flight) == 0 {
		f.acked, f.ackedTail, f.moved = f.pos, f.tail, true
	}
}

// lastBytes returns the last tailLength bytes of before and data, as a copy.
func lastBytes(before, data []byte) []byte {
	if len(data) >= tailLength {
		return bytes.Clone(data[len(data)-tailLength:])
	}
	both := append(bytes.Clone(before), data...)
	return both[max(0, len(both)-tailLength):]
}

func (t *Tail) openFile(f *tailed) error {
	if f.source != nil {
		t.opened.MoveToBack(f.place)
		return nil
	}
	s, err := openSource(f.path, f.key, f.gzip)
	if err != nil {
		return err
	}
	f.source, f.place = s, t.opened.PushBack(f)
	if err := t.checkHead(f); err != nil {
		return errors.Join(err, t.closeFile(f))
	}
	return t.closeOldest()
}

// checkHead compares the first bytes of a file that was just opened.
func (t *Tail) checkHead(f *tailed) error {
	if f.gzip && f.pos > 0 {
		return nil // adopt has looked; going back costs a whole pass
	}
	head, _, err := f.source.window(0, t.scratch[:len(f.head)])
	if err == nil && !bytes.Equal(head, f.head) {
		return errReplaced
	}
	return err
}

// closeOldest keeps the number of open files in its limit. Those that have gone
// can't be opened again and stay; they are few, and closed once they are read.
func (t *Tail) closeOldest() error {
	if t.opened.Len() <= t.opts.MaxOpen {
		return nil
	}
	for e := t.opened.Front(); e != t.opened.Back(); e = e.Next() {
		if f, ok := e.Value.(*tailed); ok && f.gone.IsZero() {
			return t.closeFile(f)
		}
	}
	return nil
}

func (t *Tail) closeFile(f *tailed) error {
	if f.source == nil {
		return nil
	}
	err := f.source.close()
	f.source = nil
	t.opened.Remove(f.place)
	return err
}

// report notes that f can't be read now. The next Scan tries again.
func (t *Tail) report(f *tailed, err error) {
	f.more = false
	if f.failed || errors.Is(err, fs.ErrNotExist) || errors.Is(err, errReplaced) {
		// Files that go or make room for others are Scan's everyday work.
		return
	}
	f.failed = true
	t.events = append(t.events, TailEvent{f.path, err})
}
