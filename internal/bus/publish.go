package bus

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Msg is a message to publish. The zero value is not valid: Subject is required.
type Msg struct {
	// Subject is where it goes, without the prefix: "raw.web".
	Subject string
	// ID, if set, makes repeats of the message within the stream's window
	// harmless.
	ID string
	// Header holds further headers.
	Header map[string]string
	// Data is the payload. It must not change until Publish has returned.
	Data []byte
}

// ErrFull is matched by the error of a publish that the stream refused because
// it is full: slow down and try again.
var ErrFull = errors.New("stream is full")

// ErrTooLarge is matched by the error of a publish whose message is larger than
// the server takes. No retry will mend it.
var ErrTooLarge = errors.New("message is larger than the server's max_payload")

// Publish sends m and returns nil once JetStream has acknowledged it, which on a
// server that syncs always means that it is on disk. Except for ErrTooLarge every
// error is transient: the same message, with the same ID, may be tried again.
func (b *Bus) Publish(ctx context.Context, m Msg) error {
	pending, err := b.send(ctx, m)
	if err != nil {
		return err
	}
	return pending.wait(ctx)
}

// PublishAll sends all of ms, pipelined, and returns nil once every one is
// acknowledged. On an error some may have been stored: try all of them again,
// with the same IDs.
func (b *Bus) PublishAll(ctx context.Context, ms []Msg) error {
	if len(ms) == 1 {
		return b.Publish(ctx, ms[0])
	}
	pendings := make([]Pending, 0, len(ms))
	var errs []error
	for _, m := range ms {
		pending, err := b.send(ctx, m)
		if err != nil {
			errs = append(errs, err)
			break
		}
		pendings = append(pendings, pending)
	}
	for _, pending := range pendings {
		if err := pending.wait(ctx); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Start sends m without waiting. The caller must Wait on the result before it
// relies on the message. At most a bounded number may be outstanding; Start
// blocks while that many are.
func (b *Bus) Start(ctx context.Context, m Msg) (Pending, error) { return b.send(ctx, m) }

// Pending is a message on its way to JetStream.
type Pending struct {
	bus    *Bus
	stream string
	start  time.Time
	size   int
	future jetstream.PubAckFuture
}

// Wait returns nil once JetStream has acknowledged the message; see Publish.
func (p Pending) Wait(ctx context.Context) error { return p.wait(ctx) }

func (p Pending) wait(ctx context.Context) error {
	select {
	case <-p.future.Ok():
		m := p.bus.metrics
		m.published.WithLabelValues(p.stream).Inc()
		m.ackSeconds.WithLabelValues(p.stream).Observe(time.Since(p.start).Seconds())
		m.batchBytes.WithLabelValues(p.stream).Observe(float64(p.size))
		return nil
	case err := <-p.future.Err():
		return p.bus.publishError(p.stream, err)
	case <-ctx.Done():
		return p.bus.publishError(p.stream, ctx.Err())
	}
}

func (b *Bus) send(ctx context.Context, m Msg) (Pending, error) {
	stream, _, _ := strings.Cut(m.Subject, ".")
	if err := ctx.Err(); err != nil {
		return Pending{}, b.publishError(stream, err)
	}
	msg := &nats.Msg{Subject: b.subject(m.Subject), Data: m.Data, Header: make(nats.Header, len(m.Header)+1)}
	for k, v := range m.Header {
		msg.Header[k] = []string{v}
	}
	if m.ID != "" {
		msg.Header[jetstream.MsgIDHeader] = []string{m.ID}
	}
	if int64(msg.Size()) > b.conn.MaxPayload() {
		return Pending{}, b.publishError(stream, fmt.Errorf("%w: %d bytes, the server takes %d", ErrTooLarge, msg.Size(), b.conn.MaxPayload()))
	}
	start := time.Now()
	future, err := b.js.PublishMsgAsync(msg, jetstream.WithStallWait(time.Duration(b.opts.PublishTimeout)), jetstream.WithRetryAttempts(0))
	if err != nil {
		return Pending{}, b.publishError(stream, err)
	}
	return Pending{bus: b, stream: stream, start: start, size: len(m.Data), future: future}, nil
}

func (b *Bus) publishError(stream string, err error) error {
	reason := "other"
	var api *jetstream.APIError
	switch {
	case errors.Is(err, ErrTooLarge):
		reason = "too_large"
	case isFull(err):
		reason = "full"
		err = fmt.Errorf("%w: %v", ErrFull, err)
	case errors.Is(err, jetstream.ErrNoStreamResponse), errors.Is(err, nats.ErrNoResponders):
		reason = "no_stream"
	case errors.Is(err, jetstream.ErrAsyncPublishTimeout), errors.Is(err, context.DeadlineExceeded), errors.Is(err, jetstream.ErrTooManyStalledMsgs):
		reason = "timeout"
	case errors.Is(err, nats.ErrReconnectBufExceeded), errors.Is(err, nats.ErrConnectionClosed), errors.Is(err, nats.ErrDisconnected):
		reason = "disconnected"
	case errors.As(err, &api):
		reason = "server"
	}
	b.metrics.refused.WithLabelValues(stream, reason).Inc()
	return fmt.Errorf("publish to %s: %w", b.subject(stream), err)
}

// Error codes of the JetStream API that mean that there is no room.
const (
	codeInsufficientResources = 10023
	codeStorageExceeded       = 10047
	codeStoreFailed           = 10077
)

func isFull(err error) bool {
	var api *jetstream.APIError
	if !errors.As(err, &api) {
		return false
	}
	switch api.ErrorCode {
	case codeInsufficientResources, codeStorageExceeded:
		return true
	case codeStoreFailed:
		return strings.Contains(api.Description, "maximum")
	}
	return false
}
