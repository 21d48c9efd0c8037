package ingest

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sync/semaphore"

	"github.com/goshawk-siem/goshawk/internal/bus"
)

// Pauses between tries of the same message: doubling, with jitter.
const (
	retryFirst = 50 * time.Millisecond
	retryMost  = 5 * time.Second
)

// outbox publishes for all inputs and bounds the bytes that wait for an
// acknowledgement. It is safe for concurrent use.
type outbox struct {
	bus     *bus.Bus
	budget  *semaphore.Weighted
	most    int64
	metrics *metrics
	log     zerolog.Logger
}

func newOutbox(b *bus.Bus, most int64, m *metrics, log zerolog.Logger) *outbox {
	sampled := log.Sample(&zerolog.BurstSampler{Burst: 3, Period: 10 * time.Second})
	return &outbox{bus: b, budget: semaphore.NewWeighted(most), most: most, metrics: m, log: sampled}
}

// messageCost is what a message in flight holds besides its payload, in bytes:
// its headers, a goroutine, and the client's own notes.
const messageCost = 8 << 10

// reserve waits until a message of size bytes may be in flight. Give the result back with
// release.
func (o *outbox) reserve(ctx context.Context, size int) (int64, error) {
	weight := min(int64(size)+messageCost, o.most)
	if err := o.budget.Acquire(ctx, weight); err != nil {
		return 0, err
	}
	o.metrics.inFlight.Add(float64(weight))
	return weight, nil
}

func (o *outbox) release(weight int64) {
	o.metrics.inFlight.Sub(float64(weight))
	o.budget.Release(weight)
}

// once publishes m and returns its error: the sender is told and tries again.
func (o *outbox) once(ctx context.Context, _ string, m bus.Msg) error {
	start := time.Now()
	err := o.bus.Publish(ctx, m)
	if err == nil {
		o.metrics.ackSeconds.Observe(time.Since(start).Seconds())
	}
	return err
}

// insist publishes m until it is acknowledged. An error means that ctx has
// ended or that no retry can help.
func (o *outbox) insist(ctx context.Context, input string, m bus.Msg) error {
	start, pause := time.Now(), retryFirst
	for {
		err := o.bus.Publish(ctx, m)
		if err == nil {
			o.metrics.ackSeconds.Observe(time.Since(start).Seconds())
			return nil
		}
		if ctx.Err() != nil || errors.Is(err, bus.ErrTooLarge) {
			return err
		}
		o.metrics.retries.WithLabelValues(input).Inc()
		o.log.Warn().Err(err).Str("input", input).Str("subject", m.Subject).Msg("could not publish; trying again")
		if err := wait(ctx, pause/2+rand.N(pause)); err != nil { //nolint:gosec // jitter needs no secrecy
			return err
		}
		pause = min(2*pause, retryMost)
	}
}

// wait returns nil after d, or the context's error when that ends first.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
