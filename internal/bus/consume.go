package bus

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"
)

// Consumer says how a durable consumer is read.
type Consumer struct {
	// Stream and Name identify the consumer, which Setup made.
	Stream Stream
	Name   string
	// Workers is how many handlers run at once. Default 1.
	Workers int
	// MaxBytes bounds the bytes that are pulled and not finished. Default
	// 32 MiB. A bound on the count alone would not do: 512-line batches by
	// the thousand fill memory, and a client that is too slow to take what
	// it pulled is cut off by the server.
	MaxBytes int
	// MaxMessages bounds the messages that are pulled at once. Default 4096.
	MaxMessages int
}

const (
	defaultMaxBytes    = 32 << 20
	defaultMaxMessages = 4096
	// poisonDeliveries is how often a message may make a handler panic before
	// it becomes a dead letter.
	poisonDeliveries = 5
	// handlerGrace is how long handlers may go on after the service was told
	// to stop.
	handlerGrace = 15 * time.Second
	nakFirst     = 100 * time.Millisecond
	nakMost      = 30 * time.Second
	lagInterval  = 5 * time.Second
)

func (c *Consumer) fill() {
	if c.Workers <= 0 {
		c.Workers = 1
	}
	if c.MaxBytes <= 0 {
		c.MaxBytes = defaultMaxBytes
	}
	if c.MaxMessages <= 0 {
		c.MaxMessages = defaultMaxMessages
	}
}

// Consume hands the consumer's messages to handle, Workers at a time, until ctx
// ends; then it lets running handlers finish, gives back what it had pulled, and
// returns nil. It acknowledges a message after its handler returned nil, asks for
// it again after a growing pause when the handler failed, and makes it a dead
// letter when the error is Permanent or the handler panicked on it repeatedly.
// Lost connections are waited out.
func (b *Bus) Consume(ctx context.Context, c Consumer, handle func(context.Context, *Delivery) error) error {
	c.fill()
	return b.consume(ctx, c, func(ctx context.Context, k *keeper, in <-chan *Delivery) error {
		var workers sync.WaitGroup
		for range c.Workers {
			workers.Go(func() {
				for d := range in {
					k.finish(ctx, d, guard(func() error { return handle(ctx, d) }))
				}
			})
		}
		workers.Wait()
		return nil
	})
}

// consume runs the loop that Consume and ConsumeGroups share: it pulls, keeps the
// deliveries alive while work holds them, and gives back the rest at the end.
func (b *Bus) consume(ctx context.Context, c Consumer, work func(context.Context, *keeper, <-chan *Delivery) error) error {
	consumer, err := b.js.Consumer(ctx, b.streamName(c.Stream), c.Name)
	if err != nil {
		return fmt.Errorf("consume %s from %s: %w", c.Name, b.streamName(c.Stream), err)
	}
	if err := b.needEpoch(ctx); err != nil {
		return err
	}
	it, err := consumer.Messages(jetstream.PullMaxMessagesWithBytesLimit(c.MaxMessages, c.MaxBytes))
	if err != nil {
		return fmt.Errorf("consume %s from %s: %w", c.Name, b.streamName(c.Stream), err)
	}
	workCtx, cancel := graceful(ctx, handlerGrace)
	defer cancel()
	k := newKeeper(b, c)
	in := make(chan *Delivery)
	var group errgroup.Group
	group.Go(func() error { return b.pump(ctx, it, k, in) })
	group.Go(func() error { return work(workCtx, k, in) })
	stopped := make(chan struct{})
	var helpers sync.WaitGroup
	helpers.Go(func() { k.keepAlive(stopped) })
	helpers.Go(func() { b.watchLag(workCtx, stopped, consumer, k) })
	helpers.Go(func() {
		select {
		case <-ctx.Done():
			it.Drain()
		case <-stopped:
			it.Stop()
		}
	})
	err = group.Wait()
	close(stopped)
	helpers.Wait()
	return err
}

// pump moves messages from the iterator to the workers. After ctx has ended it
// gives back what was pulled and not yet handed over, so that another process
// need not wait for the acknowledgement timeout.
func (b *Bus) pump(ctx context.Context, it jetstream.MessagesContext, k *keeper, in chan<- *Delivery) error {
	defer close(in)
	for {
		msg, err := it.Next()
		switch {
		case errors.Is(err, jetstream.ErrMsgIteratorClosed):
			return nil
		case err != nil && ctx.Err() != nil:
			return nil
		case errors.Is(err, jetstream.ErrConsumerDeleted), errors.Is(err, jetstream.ErrConsumerNotFound):
			return fmt.Errorf("consume %s: %w; it was deleted while in use, a restart creates it again", k.consumer.Name, err)
		case err != nil:
			// A missed heartbeat or a lost connection: the iterator pulls
			// again by itself.
			b.log.Debug().Err(err).Str("consumer", k.consumer.Name).Msg("pull was interrupted")
			continue
		}
		d, err := b.delivery(msg)
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			b.giveBack(d)
			continue
		default:
		}
		k.hold(d)
		select {
		case in <- d:
		case <-ctx.Done():
			k.release(d)
			b.giveBack(d)
		}
	}
}

func (b *Bus) giveBack(d *Delivery) {
	if err := d.msg.Nak(); err != nil {
		b.log.Debug().Err(err).Msg("give a message back")
	}
}

func (b *Bus) delivery(msg jetstream.Msg) (*Delivery, error) {
	meta, err := msg.Metadata()
	if err != nil {
		return nil, fmt.Errorf("read metadata of a message on %s: %w", msg.Subject(), err)
	}
	return &Delivery{
		Subject: msg.Subject()[len(b.opts.Prefix)+1:], Header: msg.Headers(), Data: msg.Data(),
		Seq: meta.Sequence.Stream, Stored: meta.Timestamp, Deliveries: int(meta.NumDelivered),
		Epoch: time.Unix(b.rawEpoch.Load(), 0), msg: msg,
	}, nil
}

// needEpoch learns when the raw stream was created, if Setup did not.
func (b *Bus) needEpoch(ctx context.Context) error {
	if b.rawEpoch.Load() != 0 {
		return nil
	}
	stream, err := b.js.Stream(ctx, b.streamName(Raw))
	if err != nil {
		return fmt.Errorf("look up stream %s: %w", b.streamName(Raw), err)
	}
	b.rawEpoch.Store(stream.CachedInfo().Created.Unix())
	return nil
}

// errPanic marks the failure of a handler that panicked.
var errPanic = errors.New("handler panicked")

// guard turns a panic into an error: one message must not stop a service.
func guard(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v\n%s", errPanic, r, debug.Stack())
		}
	}()
	return f()
}

// graceful returns a context that ends a while after parent has.
func graceful(parent context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(parent))
	stop := context.AfterFunc(parent, func() {
		timer := time.AfterFunc(grace, cancel)
		context.AfterFunc(ctx, func() { timer.Stop() })
	})
	return ctx, func() { stop(); cancel() }
}

// nakDelay grows with the number of deliveries and spreads by a quarter.
func nakDelay(deliveries int) time.Duration {
	delay := min(nakFirst<<min(max(deliveries-1, 0), 12), nakMost)
	return delay - delay/8 + rand.N(delay/4+1) //nolint:gosec // jitter needs no secrecy
}
