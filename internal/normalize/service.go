// Package normalize is the service that turns raw batches into events.
//
// Any number of normalizers share the work: each batch goes to one of them, its
// events go out in one message with the batch's identity, its bad lines as dead
// letters, and only then is the batch acknowledged. A batch that comes again
// gives the same events under the same ids.
package normalize

import (
	"context"
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/format"
	"github.com/goshawk-siem/goshawk/internal/record"
)

// Service is a normalizer. New makes one.
type Service struct {
	opts    Options
	bus     *bus.Bus
	log     zerolog.Logger
	metrics *metrics
	reader  *Reader
	pool    workPool
}

// New checks the options and returns a normalizer that is not running yet.
func New(o Options, sources Sources, b *bus.Bus, log zerolog.Logger, reg prometheus.Registerer) (*Service, error) {
	if err := o.Validate(); err != nil {
		return nil, fmt.Errorf("normalize options: %w", err)
	}
	reader, err := NewReader(sources)
	if err != nil {
		return nil, fmt.Errorf("normalize options: %w", err)
	}
	return &Service{
		opts: o, bus: b, log: log.With().Str("component", "normalize").Logger(),
		metrics: newMetrics(reg), reader: reader, pool: workPool{auto: format.NewAuto()},
	}, nil
}

// Run normalizes until ctx ends, then finishes the batches at hand and returns
// nil. It returns an error only when the stream can't be consumed at all.
func (s *Service) Run(ctx context.Context) error {
	consumer := bus.Consumer{Stream: bus.Raw, Name: bus.NormalizeConsumer, Workers: s.opts.Workers}
	return s.bus.Consume(ctx, consumer, s.handle)
}

// handle brings one batch all the way: events and dead letters are stored when it
// returns nil.
func (s *Service) handle(ctx context.Context, d *bus.Delivery) error {
	batch := d.Batch()
	if err := record.CheckSource(batch.Source); err != nil {
		return bus.Permanent(fmt.Errorf("subject %s: %w", d.Subject, err))
	}
	reading, err := s.reader.reading(&batch)
	if err != nil {
		return bus.Permanent(err)
	}
	w := s.pool.get()
	defer s.pool.put(w)
	w.parse(limits{line: int(s.opts.MaxLine), event: s.bus.MaxPayload() - headerRoom}, &batch, reading)
	s.metrics.batch(&batch, w)
	return s.publish(ctx, &batch, w)
}

// publish stores what the batch became, all of it in flight at once.
func (s *Service) publish(ctx context.Context, batch *record.Batch, w *work) error {
	subject := fmt.Sprintf("%s.%d.%s", bus.Events, w.shard(batch, s.bus.Shards()), batch.Source)
	header := map[string]string{record.HeaderBatch: string(batch.ID)}
	pendings := make([]bus.Pending, 0, len(w.cuts))
	var errs []error
	for i, data := range w.messages() {
		pending, err := s.bus.Start(ctx, bus.Msg{Subject: subject, ID: w.messageID(batch, i), Header: header, Data: data})
		if err != nil {
			errs = append(errs, err)
			break
		}
		pendings = append(pendings, pending)
	}
	errs = append(errs, s.bus.PublishDead(ctx, w.messageID(batch, 0), w.dead))
	for _, pending := range pendings {
		errs = append(errs, pending.Wait(ctx))
	}
	return errors.Join(errs...)
}
