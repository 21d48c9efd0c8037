package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/store"
)

// A writer brings the messages of one shard into segments. It is used by one
// goroutine.
type writer struct {
	service *Service
	shard   *store.Shard
	// owned ends when another process may own the shard.
	owned   context.Context //nolint:containedctx // it is the lease, not a caller's context
	until   atomic.Int64    // when the right to finish after an orderly stop ends
	epoch   int64
	decoder event.Decoder
	events  []event.Event // reused from message to message
}

// handle stores a group of messages. Those that never can be stored are named in
// the error; any other error means that all of them come again.
func (w *writer) handle(ctx context.Context, group []*bus.Delivery) error {
	defer w.shard.Discard()
	started := time.Now()
	rejected := make(bus.Rejected)
	for _, d := range group {
		if w.shard.Stored(w.epoch, d.Seq) {
			continue
		}
		err := w.add(ctx, d)
		if errors.Is(err, store.ErrBatch) {
			rejected[d] = err
			continue
		}
		if err != nil {
			return err
		}
	}
	if err := w.commit(ctx); err != nil {
		return err
	}
	w.service.metrics.commit.Observe(time.Since(started).Seconds())
	if len(rejected) > 0 {
		return rejected
	}
	return nil
}

// add decodes a message and gives its events to the shard.
func (w *writer) add(ctx context.Context, d *bus.Delivery) error {
	if err := w.decode(string(d.Data)); err != nil {
		return fmt.Errorf("%w: sequence %d: %w", store.ErrBatch, d.Seq, err)
	}
	batch := store.Batch{Epoch: w.epoch, Seq: d.Seq, Events: w.events}
	err := w.shard.Add(batch)
	if !errors.Is(err, store.ErrHour) {
		return err
	}
	if err := w.commit(ctx); err != nil {
		return err
	}
	return w.shard.Add(batch)
}

func (w *writer) decode(payload string) error {
	w.events = w.events[:0]
	w.decoder.Reset(payload)
	for {
		if len(w.events) == cap(w.events) {
			w.events = append(w.events, event.Event{})
		} else {
			w.events = w.events[:len(w.events)+1]
		}
		err := w.decoder.Next(&w.events[len(w.events)-1])
		if err == nil {
			continue
		}
		w.events = w.events[:len(w.events)-1]
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	}
}

// stopGrace is how long after an orderly stop began the lease is surely still
// this process's: leases are given back only after the owner has stopped, and run
// out four seconds after their last renewal.
const stopGrace = 2 * time.Second

// stopped notes that the context of the lease has ended. When it ended because
// the service was told to stop, what was gathered may still be committed.
func (w *writer) stopped(service context.Context) {
	if service.Err() != nil {
		w.until.Store(time.Now().Add(stopGrace).UnixNano())
	}
}

// check returns an error when the shard may have another owner.
func (w *writer) check(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := w.owned.Err(); err != nil && time.Now().UnixNano() > w.until.Load() {
		return fmt.Errorf("no longer the owner of the shard: %w", err)
	}
	return nil
}

// commit makes what was added durable, unless the shard may have another owner
// by now, whose work would be done twice.
func (w *writer) commit(ctx context.Context) error {
	if err := w.check(ctx); err != nil {
		return err
	}
	done, err := w.shard.Commit()
	m := w.service.metrics
	m.repeats.Add(float64(done.Repeats))
	if err != nil {
		m.failures.Inc()
		w.service.log.Error().Err(err).Msg("events can't be stored; they are kept in the stream and tried again")
		return err
	}
	if done.Events > 0 {
		m.segments.Inc()
		m.events.Add(float64(done.Events))
		m.bytes.Add(float64(done.Bytes))
	}
	return nil
}
