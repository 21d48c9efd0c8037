package normalize

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/cespare/xxhash/v2"

	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/format"
	"github.com/goshawk-siem/goshawk/internal/record"
)

// maxEventsMessage is where a batch's events are cut into several messages. The
// cut depends on nothing but the events, so a repeat is cut the same way. It is
// below the 1 MiB that NATS servers take by default.
const maxEventsMessage = 768 << 10

// headerRoom is what a message's headers may take of the server's max_payload.
const headerRoom = 4 << 10

// work is the memory that parsing a batch needs, used again for the next.
type work struct {
	event event.Event
	out   []byte
	// cuts are the ends of the messages in out.
	cuts []int
	dead []record.Dead
	// reasons are the kinds of failure of the dead lines.
	reasons []string
	// lines counts the batch's lines, joined those of them that are part of the
	// event of a line before.
	lines, joined int

	// What follows is of the batch that is being parsed.
	limits  limits
	batch   *record.Batch
	reading reading
	context format.Context
	// begin is where the present message starts in out.
	begin int
	// pending are the lines of the record that is being gathered; joins is the
	// format that put them together.
	pending      []record.Line
	pendingBytes int
	joins        *format.Format

	// columns are the header lines of the last batch that had some.
	columns       *format.Columns
	columnsFormat *format.Format
}

// workPool keeps work for reuse.
type workPool struct {
	pool sync.Pool
}

func (p *workPool) get() *work {
	if w, ok := p.pool.Get().(*work); ok {
		return w
	}
	return new(work)
}

// put returns w unless a giant batch made it too large to keep.
func (p *workPool) put(w *work) {
	const keep = 4 << 20
	if cap(w.out) <= keep {
		p.pool.Put(w)
	}
}

// limits are what a line and its event must fit into, in bytes.
type limits struct{ line, event int }

// parse makes events or dead letters of a batch's records. Lines that may hang
// together are read as one record; where they are none, each is read by itself.
func (w *work) parse(l limits, batch *record.Batch, r reading) {
	w.out, w.cuts, w.dead, w.reasons, w.lines, w.joined = w.out[:0], w.cuts[:0], nil, w.reasons[:0], 0, 0
	w.begin, w.limits, w.batch, w.reading = 0, l, batch, r
	w.context = format.Context{Received: batch.Received, Zone: r.zone, Columns: w.columnsOf(batch, r)}
	w.pending = w.pending[:0]
	first := w.context.Columns == nil
	for line := range batch.Lines {
		w.lines++
		if w.goesOn(line) {
			w.pending = append(w.pending, line)
			continue
		}
		w.settle()
		if text, header := format.AfterLine(r.format, w.context.Columns.Text(), line.Text, first); header {
			w.context.Columns = format.NewColumns(r.format, text)
		}
		first = false
		w.pending, w.pendingBytes, w.joins = append(w.pending[:0], line), len(line.Text), nil
	}
	w.settle()
	if len(w.out) > w.begin {
		w.cuts = append(w.cuts, len(w.out))
	}
	// What is kept for the next batch must not hold on to this one's payload.
	clear(w.pending[:cap(w.pending)])
	w.pending, w.batch, w.context = w.pending[:0], nil, format.Context{}
}

// columnsOf returns the header lines in force where batch begins. The batches of
// a stream mostly have the same, which are worked out once.
func (w *work) columnsOf(batch *record.Batch, r reading) *format.Columns {
	if batch.Columns == "" {
		return r.columns
	}
	if w.columns.Text() != batch.Columns || w.columnsFormat != r.format {
		w.columns, w.columnsFormat = format.NewColumns(r.format, strings.Clone(batch.Columns)), r.format
	}
	return w.columns
}

// goesOn reports whether line may be part of the record that is pending.
func (w *work) goesOn(line record.Line) bool {
	n := len(w.pending)
	if n == 0 {
		return false
	}
	f := format.JoinLine(w.reading.format, w.pending[0].Text, w.pending[n-1].Text, line.Text)
	if f == nil {
		return false
	}
	if n == format.MaxJoinLines || w.pendingBytes+1+len(line.Text) > min(format.MaxJoinBytes, w.limits.line) {
		return false
	}
	w.pendingBytes += 1 + len(line.Text)
	w.joins = f
	return true
}

// settle makes an event or dead letters of the pending lines.
func (w *work) settle() {
	if len(w.pending) > 1 {
		record := w.pending[0]
		record.Text = joinLines(w.batch.Payload, w.pending)
		together := w.reading
		together.format = w.joins
		if w.try(record, together) == nil {
			w.joined += len(w.pending) - 1
			return
		}
	}
	for _, line := range w.pending {
		if err := w.try(line, w.reading); err != nil {
			w.bury(w.batch, line, w.reading, err)
		}
	}
}

// joinLines returns the lines with newlines between them, without a copy where
// the payload has them like that.
func joinLines(payload string, lines []record.Line) string {
	length := len(lines) - 1
	for _, line := range lines {
		length += len(line.Text)
	}
	first, last := lines[0], lines[len(lines)-1]
	if end := last.Offset + len(last.Text); end-first.Offset == length {
		return payload[first.Offset:end]
	}
	var b strings.Builder
	b.Grow(length)
	for i, line := range lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(line.Text)
	}
	return b.String()
}

// try appends the event of one record to w.out.
func (w *work) try(line record.Line, r reading) error {
	before := len(w.out)
	if err := w.one(w.limits.line, w.batch, line, &w.context, r); err != nil {
		return err
	}
	if size := len(w.out) - before; size > w.limits.event {
		w.out = w.out[:before]
		return fmt.Errorf("%w: it has %d bytes and the server takes messages of %d; raise the server's max_payload", errEventTooLarge, size, w.limits.event)
	}
	if len(w.out)-w.begin > maxEventsMessage && before > w.begin {
		w.cuts = append(w.cuts, before)
		w.begin = before
	}
	return nil
}

// one appends the event of one line to w.out.
func (w *work) one(longest int, batch *record.Batch, line record.Line, ctx *format.Context, r reading) error {
	if len(line.Text) > longest {
		return fmt.Errorf("%w: it has %d bytes and max_line is %d", errLineTooLong, len(line.Text), longest)
	}
	e := &w.event
	e.Reset()
	f := r.format
	var err error
	if f == nil {
		f, err = r.auto.Parse(batch.Source, line.Text, ctx, e)
	} else {
		err = f.Parse(line.Text, ctx, e)
	}
	if err != nil {
		return err
	}
	f.Finish(line.Text, ctx, e)
	e.SetText(event.EventID, eventID(batch, line))
	e.SetText(event.Source, batch.Source)
	e.SetText(event.SourcePath, batch.Path)
	r.enricher.Apply(e)
	w.out = append(e.AppendJSON(w.out), '\n')
	return nil
}

// eventID keeps the id that a replayed record brings along.
func eventID(batch *record.Batch, line record.Line) string {
	if batch.EventID != "" && line.Number == 1 {
		return batch.EventID
	}
	return batch.ID.EventID(line.Number)
}

func (w *work) bury(batch *record.Batch, line record.Line, r reading, err error) {
	letter := record.Dead{
		ID: eventID(batch, line), Source: batch.Source, Path: batch.Path, Format: Auto, Reason: err.Error(),
		Batch: batch.ID, Line: line.Number, Received: batch.Received, Peer: batch.Peer,
		Columns: w.context.Columns.Text(), Raw: []byte(line.Text),
	}
	if r.format != nil {
		letter.Format = r.format.Name
	}
	if parse, ok := errors.AsType[*format.Error](err); ok {
		letter.Reason, letter.Offset = parse.Reason, parse.Offset
	}
	w.dead = append(w.dead, record.SplitDead(letter)...)
	w.reasons = append(w.reasons, reasonOf(err))
}

var (
	errLineTooLong   = errors.New("the line is too long")
	errEventTooLarge = errors.New("the line's event is too large")
)

// reasonOf is the kind of failure that metrics count: few, whatever senders send.
func reasonOf(err error) string {
	switch {
	case errors.Is(err, errLineTooLong):
		return "line_too_long"
	case errors.Is(err, errEventTooLarge):
		return "event_too_large"
	default:
		return "unreadable"
	}
}

// messages returns the events' messages.
func (w *work) messages() [][]byte {
	msgs := make([][]byte, 0, len(w.cuts))
	begin := 0
	for _, end := range w.cuts {
		msgs = append(msgs, w.out[begin:end:end])
		begin = end
	}
	return msgs
}

// messageID is the batch's id, with the message's number from the second on. A
// replayed record has its own, as its batch is not the one that its id names.
func (w *work) messageID(batch *record.Batch, i int) string {
	id := string(batch.ID)
	if batch.EventID != "" {
		id = "replay-" + batch.EventID
	}
	if i == 0 {
		return id
	}
	return id + "+" + strconv.Itoa(i)
}

// shard spreads batches evenly and gives a repeat of a batch the same shard,
// whatever its sequence, so that the archive of that shard sees both.
func (w *work) shard(batch *record.Batch, shards int) uint64 {
	return xxhash.Sum64String(w.messageID(batch, 0)) % uint64(shards)
}
