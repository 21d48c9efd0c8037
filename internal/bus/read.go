package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Read hands the messages of stream s on filter (a subject without the prefix),
// from sequence from on, to handle, one at a time and in order. Nothing is
// acknowledged and nothing is removed. It follows the stream until ctx ends, then
// returns nil; it returns handle's error as soon as there is one. Lost connections
// are waited out without losing or repeating a message.
func (b *Bus) Read(ctx context.Context, s Stream, filter string, from uint64, handle func(context.Context, *Delivery) error) error {
	for {
		last, err := b.readOnce(ctx, s, filter, from, handle)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the end of ctx is how a reader stops
		}
		if stop, ok := errors.AsType[handlerError](err); ok {
			return stop.error
		}
		b.log.Debug().Err(err).Str("filter", filter).Msg("reader was interrupted")
		if last >= from {
			from = last + 1
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(reconnectWait):
		}
	}
}

// errScanned ends a Scan.
var errScanned = errors.New("all read")

// Scan hands the messages that stream s holds on filter at the moment of the call
// to handle, from the oldest on, and returns.
func (b *Bus) Scan(ctx context.Context, s Stream, filter string, handle func(context.Context, *Delivery) error) error {
	stream, err := b.js.Stream(ctx, b.streamName(s))
	if err != nil {
		return fmt.Errorf("look up stream %s: %w", b.streamName(s), err)
	}
	last, err := stream.GetLastMsgForSubject(ctx, b.subject(filter))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look up the last message on %s: %w", filter, err)
	}
	err = b.Read(ctx, s, filter, 0, func(ctx context.Context, d *Delivery) error {
		if d.Seq > last.Sequence {
			return errScanned
		}
		if err := handle(ctx, d); err != nil {
			return err
		}
		if d.Seq == last.Sequence {
			return errScanned
		}
		return nil
	})
	if errors.Is(err, errScanned) {
		return nil
	}
	if err == nil {
		return ctx.Err()
	}
	return err
}

// handlerError tells a handler's error from one of the connection.
type handlerError struct{ error }

func (b *Bus) readOnce(ctx context.Context, s Stream, filter string, from uint64, handle func(context.Context, *Delivery) error) (last uint64, err error) {
	consumer, err := b.js.OrderedConsumer(ctx, b.streamName(s), jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{b.subject(filter)}, DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: max(from, 1),
		InactiveThreshold: time.Minute,
	})
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", filter, err)
	}
	if err := b.needEpoch(ctx); err != nil {
		return 0, err
	}
	it, err := consumer.Messages(jetstream.PullMaxMessages(1024))
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", filter, err)
	}
	defer it.Stop()
	defer context.AfterFunc(ctx, it.Stop)()
	for {
		msg, err := it.Next()
		if err != nil {
			return last, fmt.Errorf("read %s: %w", filter, err)
		}
		d, err := b.delivery(msg)
		if err != nil {
			return last, err
		}
		if d.Seq <= last {
			continue
		}
		if err := handle(ctx, d); err != nil {
			return last, handlerError{err}
		}
		last = d.Seq
	}
}

// Bounds returns the first and the last sequence of stream s; last is first-1
// when it is empty.
func (b *Bus) Bounds(ctx context.Context, s Stream) (first, last uint64, err error) {
	stream, err := b.js.Stream(ctx, b.streamName(s))
	if err != nil {
		return 0, 0, fmt.Errorf("look up stream %s: %w", b.streamName(s), err)
	}
	state := stream.CachedInfo().State
	return state.FirstSeq, state.LastSeq, nil
}

// LastSequence returns the sequence of the last message of stream s on subject
// (without the prefix, no wildcards), 0 when there is none.
func (b *Bus) LastSequence(ctx context.Context, s Stream, subject string) (uint64, error) {
	stream, err := b.js.Stream(ctx, b.streamName(s))
	if err != nil {
		return 0, fmt.Errorf("look up stream %s: %w", b.streamName(s), err)
	}
	msg, err := stream.GetLastMsgForSubject(ctx, b.subject(subject))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look up the last message on %s: %w", subject, err)
	}
	return msg.Sequence, nil
}

// Messages returns how many messages stream s holds, and their bytes.
func (b *Bus) Messages(ctx context.Context, s Stream) (messages, bytes uint64, err error) {
	stream, err := b.js.Stream(ctx, b.streamName(s))
	if err != nil {
		return 0, 0, fmt.Errorf("look up stream %s: %w", b.streamName(s), err)
	}
	state := stream.CachedInfo().State
	return state.Msgs, state.Bytes, nil
}

// Trim removes the messages of stream s on subject (without the prefix) whose
// sequence is below seq.
func (b *Bus) Trim(ctx context.Context, s Stream, subject string, seq uint64) error {
	stream, err := b.js.Stream(ctx, b.streamName(s))
	if err != nil {
		return fmt.Errorf("look up stream %s: %w", b.streamName(s), err)
	}
	if err := stream.Purge(ctx, jetstream.WithPurgeSubject(b.subject(subject)), jetstream.WithPurgeSequence(seq)); err != nil {
		return fmt.Errorf("trim %s below %d: %w", subject, seq, err)
	}
	return nil
}
