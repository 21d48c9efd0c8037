package store

import (
	"bytes"
	"errors"
	"fmt"
	"math"

	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// Batch is one message of the events stream.
type Batch struct {
	// Epoch is the second in which the stream was created, since 1970.
	Epoch int64
	// Seq is the message's sequence in the stream.
	Seq uint64
	// Events are the message's events. Their strings must stay unchanged until
	// Commit or Discard.
	Events []event.Event
}

// ErrBatch is returned for a batch that can never be stored because an event
// lacks what its place depends on.
var ErrBatch = errors.New("batch can't be archived")

// ErrHour is returned by Add for a batch of another hour or stream than those
// before it: a segment belongs to one of each. Commit, then add it again.
var ErrHour = errors.New("batch belongs to another segment")

// Committed says what one Commit stored.
type Committed struct {
	// Events is the number of events stored, Repeats of those that were stored
	// before.
	Events, Repeats int
	// Bytes is the size of the segment, 0 when nothing was new.
	Bytes int64
}

// A Shard takes the batches of one shard of the events stream, in any order and
// any number of times, and stores each event once. There must be one owner of a
// shard at a time, over all processes. It is not safe for concurrent use.
type Shard struct {
	store  *Store
	number int
	writer *segmentWriter
	buffer bytes.Buffer

	// What is stored, as far back as memory goes.
	epoch int64
	seqs  *seqWindow
	seen  *seen

	// What Commit will store.
	hour    hour
	open    bool // hour and epoch are set by a first batch
	name    segmentName
	pending *seen
	meta    meta
	repeats int
	ids     idReader
}

func newShard(s *Store, number int) *Shard {
	sh := &Shard{
		store: s, number: number, writer: newSegmentWriter(s.layout, zstd.SpeedFastest),
		seqs: newSeqWindow(), seen: newSeen(s.opts.DedupBatches), pending: newSeen(0),
	}
	sh.Discard()
	return sh
}

// Stored reports whether the message with that sequence is stored for certain,
// so that it need not be decoded. False means "add it and see".
func (s *Shard) Stored(epoch int64, seq uint64) bool { return epoch == s.epoch && s.seqs.has(seq) }

// Rows is the number of events that wait for Commit.
func (s *Shard) Rows() int { return s.writer.rows }

// Add takes the events of b that are not stored yet. Nothing is durable before
// Commit. It returns ErrBatch for a batch that never can be stored and ErrHour
// for one that needs a Commit first; in both cases b is left out whole.
func (s *Shard) Add(b Batch) error {
	if len(b.Events) == 0 {
		return nil
	}
	if err := checkBatch(b); err != nil {
		return err
	}
	h := hourOf(latest(b.Events))
	if s.open && (h != s.hour || b.Epoch != s.name.epoch) {
		return ErrHour
	}
	if !s.open {
		s.open, s.hour = true, h
		s.name = segmentName{shard: s.number, epoch: b.Epoch, first: b.Seq, last: b.Seq}
	}
	return s.addEvents(b)
}

func checkBatch(b Batch) error {
	for i := range b.Events {
		e := &b.Events[i]
		for _, c := range [...]event.Column{event.EventID, event.EventTime, event.IngestTime} {
			if !e.Has(c) {
				return fmt.Errorf("%w: event %d of sequence %d (%q) has no %s", ErrBatch, i+1, b.Seq, e.Text(event.EventID), c)
			}
		}
	}
	return nil
}

// latest returns the time that decides the partition: the latest ingestion, or,
// should an event be dated further ahead than is believable, its own time less
// that much. A partition so holds no event later than its hour and a bit, which
// lets searches stop early.
func latest(events []event.Event) int64 {
	t := int64(math.MinInt64)
	for i := range events {
		e := &events[i]
		t = max(t, e.Int(event.IngestTime), e.Int(event.EventTime)-int64(futureSlack))
	}
	return t
}

func (s *Shard) addEvents(b Batch) error {
	stored := 0
	for i := range b.Events {
		e := &b.Events[i]
		hash, line := s.ids.read(e.Text(event.EventID))
		if s.seen.has(hash, line) || s.pending.has(hash, line) {
			s.repeats++
			continue
		}
		if err := s.writer.add(e); err != nil {
			return fmt.Errorf("add sequence %d to a segment: %w", b.Seq, err)
		}
		s.pending.add(hash, line, line)
		s.meta.batches = appendLine(s.meta.batches, hash, line)
		stored++
	}
	if stored > 0 {
		s.meta.seqs = s.meta.seqs.add(b.Seq)
	}
	return nil
}

// Commit makes what was added durable and visible, all of it or nothing. After
// an error, a full disk for one, what was added is forgotten and must be added
// again.
func (s *Shard) Commit() (Committed, error) {
	defer s.Discard()
	done := Committed{Events: s.writer.rows, Repeats: s.repeats}
	if done.Events == 0 {
		return done, nil
	}
	s.name.first, s.name.last = s.meta.seqs[0].first, s.meta.seqs[len(s.meta.seqs)-1].last
	rel := segmentPath(s.hour, s.name)
	if err := s.writer.finish(s.meta); err != nil {
		return Committed{}, fmt.Errorf("write segment %s: %w", rel, err)
	}
	err := s.store.disk.commit(rel, s.buffer.Bytes(), false)
	if err == nil {
		s.remember()
		done.Bytes = int64(s.buffer.Len())
		return done, nil
	}
	if errors.Is(err, errExists) {
		// Memory did not reach back to that segment: read what is stored.
		err = errors.Join(err, s.seed())
	}
	return Committed{}, fmt.Errorf("commit segment %s: %w", rel, err)
}

// Discard forgets what was added since the last Commit.
func (s *Shard) Discard() {
	s.buffer.Reset()
	s.writer.reset(&s.buffer)
	s.pending.reset()
	s.meta = meta{seqs: s.meta.seqs[:0], batches: s.meta.batches[:0]}
	s.open, s.repeats = false, 0
	s.ids = idReader{}
}

func (s *Shard) remember() {
	if s.name.epoch != s.epoch {
		s.epoch, s.seqs = s.name.epoch, newSeqWindow()
	}
	s.rememberMeta(&s.meta)
}

func (s *Shard) rememberMeta(m *meta) {
	for _, run := range m.seqs {
		for seq := run.first; ; seq++ {
			s.seqs.add(seq)
			if seq == run.last {
				break
			}
		}
	}
	for _, b := range m.batches {
		s.seen.add(b.hash, b.first, b.last)
	}
}
