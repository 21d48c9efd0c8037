package bus

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// keeper holds the deliveries that handlers work on: it tells the server that
// slow ones are in progress, and ends each one way or the other.
type keeper struct {
	bus      *Bus
	consumer Consumer

	// mu guards what follows.
	mu       sync.Mutex
	held     map[*Delivery]time.Time
	lastSeen time.Time
}

func newKeeper(b *Bus, c Consumer) *keeper {
	return &keeper{bus: b, consumer: c, held: make(map[*Delivery]time.Time)}
}

func (k *keeper) hold(d *Delivery) {
	k.mu.Lock()
	k.held[d] = time.Now()
	k.mu.Unlock()
	k.bus.metrics.delivered.WithLabelValues(k.consumer.Name).Inc()
	k.bus.metrics.inFlight.WithLabelValues(k.consumer.Name).Add(float64(len(d.Data)))
}

func (k *keeper) release(d *Delivery) {
	k.mu.Lock()
	delete(k.held, d)
	if d.Stored.After(k.lastSeen) {
		k.lastSeen = d.Stored
	}
	k.mu.Unlock()
	k.bus.metrics.inFlight.WithLabelValues(k.consumer.Name).Sub(float64(len(d.Data)))
}

// finish ends d by its handler's result.
func (k *keeper) finish(ctx context.Context, d *Delivery, err error) {
	defer k.release(d)
	switch {
	case err == nil:
		k.end(d, "acked", d.msg.Ack())
	case IsPermanent(err), errors.Is(err, errPanic) && d.Deliveries >= poisonDeliveries:
		k.bury(ctx, d, err)
	default:
		k.retry(d, err)
	}
}

func (k *keeper) retry(d *Delivery, err error) {
	k.bus.log.Warn().Err(err).Str("consumer", k.consumer.Name).Uint64("stream_seq", d.Seq).Int("deliveries", d.Deliveries).
		Msg("message could not be handled and will come again")
	k.end(d, "retried", d.msg.NakWithDelay(nakDelay(d.Deliveries)))
}

// bury makes d a dead letter. Only when that is stored is the message given up.
func (k *keeper) bury(ctx context.Context, d *Delivery, cause error) {
	if err := k.bus.buryDelivery(ctx, k.consumer, d, cause); err != nil {
		k.retry(d, errors.Join(cause, err))
		return
	}
	k.bus.log.Error().Err(cause).Str("consumer", k.consumer.Name).Uint64("stream_seq", d.Seq).
		Msg("message can't be handled; it is now a dead letter")
	k.end(d, "dead", d.msg.TermWithReason("dead letter"))
}

func (k *keeper) end(d *Delivery, how string, err error) {
	k.bus.metrics.finished.WithLabelValues(k.consumer.Name, how).Inc()
	if err != nil && !errors.Is(err, jetstream.ErrMsgAlreadyAckd) {
		// Not acknowledged means delivered again, which handlers expect.
		k.bus.log.Debug().Err(err).Str("consumer", k.consumer.Name).Uint64("stream_seq", d.Seq).Msg("acknowledge")
	}
}

// keepAlive tells the server, well inside the acknowledgement timeout, which
// messages are still being worked on.
func (k *keeper) keepAlive(stopped <-chan struct{}) {
	ticker := time.NewTicker(k.bus.ackWait / 4)
	defer ticker.Stop()
	for {
		select {
		case <-stopped:
			return
		case now := <-ticker.C:
			for _, d := range k.olderThan(now.Add(-k.bus.ackWait / 4)) {
				if err := d.msg.InProgress(); err != nil && !errors.Is(err, jetstream.ErrMsgAlreadyAckd) {
					k.bus.log.Debug().Err(err).Msg("signal progress")
				}
			}
		}
	}
}

func (k *keeper) olderThan(limit time.Time) []*Delivery {
	k.mu.Lock()
	defer k.mu.Unlock()
	var slow []*Delivery
	for d, since := range k.held {
		if since.Before(limit) {
			slow = append(slow, d)
		}
	}
	return slow
}

// watchLag publishes how far behind the consumer is.
func (b *Bus) watchLag(parent context.Context, stopped <-chan struct{}, consumer jetstream.Consumer, k *keeper) {
	ticker := time.NewTicker(lagInterval)
	defer ticker.Stop()
	for {
		select {
		case <-stopped:
			return
		case now := <-ticker.C:
			ctx, cancel := context.WithTimeout(parent, lagInterval)
			info, err := consumer.Info(ctx)
			cancel()
			if err != nil {
				continue
			}
			waiting := float64(info.NumPending) + float64(info.NumAckPending)
			b.metrics.lagMessages.WithLabelValues(k.consumer.Name).Set(waiting)
			b.metrics.lagSeconds.WithLabelValues(k.consumer.Name).Set(k.lag(now, info.NumPending))
		}
	}
}

func (k *keeper) lag(now time.Time, pending uint64) float64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	if pending == 0 || k.lastSeen.IsZero() {
		return 0
	}
	return now.Sub(k.lastSeen).Seconds()
}
