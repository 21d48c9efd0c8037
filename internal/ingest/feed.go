package ingest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/listen"
	"github.com/goshawk-siem/goshawk/internal/record"
)

// feedWindow is how many messages of one feed may wait for their
// acknowledgement: enough to share an fsync, few enough for one sender.
const feedWindow = 16

// origin is what the messages of one feed share.
type origin struct {
	input  string
	source string
	path   string
	format string
	peer   string
}

// subject is where raw messages of o go.
func (o origin) subject() string {
	if o.path == "" {
		return "raw." + o.source
	}
	return "raw." + o.source + "." + o.path
}

func (o origin) header(received time.Time) map[string]string {
	h := make(map[string]string, 5)
	h[record.HeaderReceived] = received.UTC().Format(time.RFC3339Nano)
	if o.format != "" {
		h[record.HeaderFormat] = o.format
	}
	if o.peer != "" {
		h[record.HeaderPeer] = o.peer
	}
	return h
}

// publishFunc publishes one message: outbox.once or outbox.insist.
type publishFunc func(ctx context.Context, input string, m bus.Msg) error

// feed turns the records of one sender into messages and publishes them, some
// at a time. One goroutine feeds it. It holds at most one batch besides those in
// flight.
type feed struct {
	origin
	out     *outbox
	publish publishFunc
	maxLine int
	// key, if set, makes the ids of batches a function of it and of the bytes:
	// the same records again repeat nothing, and others under the same key are
	// not taken for a repeat.
	key string

	// follow follows the header lines of the stream; columns are those in force
	// now, begin those at the start of the batch that is being gathered, and begun
	// says that there was a line. A feed of many senders does not follow.
	follow         *follower
	columns, begin string
	begun          bool

	cutter   listen.Cutter
	received time.Time
	messages int
	nonce    string
	over     oversize
	group    *errgroup.Group
	ctx      context.Context //nolint:containedctx // of the publishes in group, which end before the feed does

	lines   atomic.Int64
	batches atomic.Int64
	dead    atomic.Int64
}

// oversize is the record that is being turned into dead letters.
type oversize struct {
	id       string
	received time.Time
}

// newFeed returns a feed whose publishes end with ctx. With the first that
// fails, all do.
func newFeed(ctx context.Context, out *outbox, o origin, publish publishFunc, maxLine int) *feed {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(feedWindow)
	return &feed{origin: o, out: out, publish: publish, maxLine: maxLine, group: group, ctx: ctx}
}

// followColumns makes f follow the header lines of its stream, which has one
// sender; have are in force already.
func (f *feed) followColumns(have string) {
	follow := newFollower(f.origin)
	f.follow, f.columns = &follow, have
}

// add takes one piece, received now. It blocks while too much is in flight, and
// returns an error once a publish has failed.
func (f *feed) add(p listen.Piece, now time.Time) error {
	if p.Cut {
		f.out.metrics.truncated.WithLabelValues(f.input).Inc()
	}
	if p.Part > 0 {
		return f.addPart(p, now)
	}
	if len(p.Data) > f.maxLine {
		return f.addLong(p.Data, now)
	}
	if p.Multi {
		return f.addWhole(p.Data, now)
	}
	if len(p.Data) == 0 {
		return nil
	}
	if !f.cutter.Fits(p.Data) {
		if err := f.flush(); err != nil {
			return err
		}
	}
	if f.cutter.Lines() == 0 {
		f.received, f.begin = now, f.columns
	}
	if f.follow != nil {
		f.columns = f.follow.after(f.columns, p.Data, !f.begun && f.columns == "")
		f.begun = true
	}
	f.cutter.Add(p.Data)
	if f.cutter.Full() {
		return f.flush()
	}
	return nil
}

// pending reports whether lines wait to be flushed, and since when.
func (f *feed) pending() (time.Time, bool) { return f.received, f.cutter.Lines() > 0 }

// flush publishes what was gathered, without waiting for it.
func (f *feed) flush() error {
	if f.cutter.Lines() == 0 {
		return f.ctx.Err()
	}
	payload, lines := f.cutter.Take()
	return f.send(f.message(payload, f.received), lines)
}

// addWhole publishes a record with newlines inside as a message of its own.
func (f *feed) addWhole(data []byte, now time.Time) error {
	if err := f.flush(); err != nil {
		return err
	}
	f.begin = f.columns
	m := f.message(append([]byte(nil), data...), now)
	m.Header[record.HeaderFraming] = record.FramingMessage
	return f.send(m, 1)
}

// addLong makes dead letters of a record that came in one piece.
func (f *feed) addLong(data []byte, now time.Time) error {
	for part := 1; ; part++ {
		n := min(len(data), listen.MaxPart)
		last := n == len(data)
		if err := f.addPart(listen.Piece{Data: data[:n], Part: part, Last: last}, now); err != nil || last {
			return err
		}
		data = data[n:]
	}
}

// addPart makes a dead letter of one part of a record that is too long.
func (f *feed) addPart(p listen.Piece, now time.Time) error {
	if p.Part == 1 {
		if err := f.flush(); err != nil {
			return err
		}
		f.over = oversize{id: f.batchID(f.nextName(p.Data)).EventID(1), received: now}
	}
	m, err := deadMessage(f.origin, f.over, p, f.maxLine)
	if err != nil {
		return err
	}
	if !p.Last {
		return f.start(m, func() {})
	}
	return f.start(m, func() {
		f.dead.Add(1)
		f.out.metrics.dead.WithLabelValues(f.input).Inc()
	})
}

// wait returns when everything that was sent is acknowledged, or with the first
// error.
func (f *feed) wait() error { return f.group.Wait() }

func (f *feed) message(payload []byte, received time.Time) bus.Msg {
	m := bus.Msg{Subject: f.subject(), Header: f.header(received), Data: payload}
	if f.begin != "" {
		m.Header[record.HeaderColumns] = record.EncodeColumns(f.begin)
	}
	name := f.nextName(payload)
	// An id makes a retry after a lost acknowledgement harmless.
	m.ID = string(f.batchID(name))
	if f.key != "" {
		m.Header[record.HeaderBatch] = name
	}
	return m
}

// nextName names the feed's next message.
func (f *feed) nextName(data []byte) string {
	n := strconv.Itoa(f.messages)
	f.messages++
	if f.key == "" {
		if f.nonce == "" {
			f.nonce = newNonce()
		}
		return f.nonce + "-" + n
	}
	sum := sha256.New()
	sum.Write([]byte(f.key))
	sum.Write([]byte{0})
	sum.Write(data)
	return "k" + hex.EncodeToString(sum.Sum(nil)[:12]) + "-" + n
}

func (f *feed) batchID(name string) record.BatchID { return record.BatchID(f.source + "." + name) }

func (f *feed) send(m bus.Msg, lines int) error {
	size := len(m.Data)
	return f.start(m, func() {
		f.lines.Add(int64(lines))
		f.batches.Add(1)
		f.out.metrics.lines.WithLabelValues(f.input).Add(float64(lines))
		f.out.metrics.bytes.WithLabelValues(f.input).Add(float64(size))
		f.out.metrics.batches.WithLabelValues(f.input).Inc()
	})
}

// start publishes m as soon as there is room, and calls acked when it is stored.
func (f *feed) start(m bus.Msg, acked func()) error {
	weight, err := f.out.reserve(f.ctx, len(m.Data))
	if err != nil {
		return err
	}
	f.group.Go(func() error {
		defer f.out.release(weight)
		if err := f.publish(f.ctx, f.input, m); err != nil {
			return err
		}
		acked()
		return nil
	})
	return nil
}

// deadMessage returns the dead letter for one part of a record that is longer
// than maxLine.
func deadMessage(o origin, over oversize, p listen.Piece, maxLine int) (bus.Msg, error) {
	letter := record.Dead{
		ID: over.id, Source: o.source, Path: o.path, Format: o.format, Peer: o.peer, Received: over.received,
		Reason: fmt.Sprintf("line is longer than max_line, %d bytes", maxLine), Offset: maxLine, Raw: p.Data,
	}
	id := letter.ID
	if p.Part > 1 || !p.Last {
		letter.Part = p.Part
		id += "." + strconv.Itoa(p.Part)
	}
	if p.Last && p.Part > 1 {
		letter.Parts = p.Part
	}
	data, err := json.Marshal(letter)
	if err != nil {
		return bus.Msg{}, fmt.Errorf("encode dead letter %s: %w", letter.ID, err)
	}
	return bus.Msg{Subject: "dead." + o.source, ID: id, Data: append(data, '\n')}, nil
}

// newNonce returns a name that no other feed has.
func newNonce() string {
	var b [9]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	return "r" + hex.EncodeToString(b[:])
}
