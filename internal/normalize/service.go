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
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/enrich"
	"github.com/goshawk-siem/goshawk/internal/format"
	"github.com/goshawk-siem/goshawk/internal/record"
	"github.com/goshawk-siem/goshawk/internal/run"
)

// Service is a normalizer. New makes one.
type Service struct {
	opts    Options
	sources Sources
	bus     *bus.Bus
	log     zerolog.Logger
	metrics *metrics
	reader  atomic.Pointer[Reader]
	// enricher is nil where nothing is to be added.
	enricher atomic.Pointer[enrich.Enricher]
	// reload is held while formats or the files of enrichment are loaded.
	reload sync.Mutex
	pool   workPool
}

// New checks the options, loads the users' own formats and returns a normalizer
// that is not running yet.
func New(o Options, sources Sources, b *bus.Bus, log zerolog.Logger, reg prometheus.Registerer) (*Service, error) {
	if err := o.Validate(); err != nil {
		return nil, fmt.Errorf("normalize options: %w", err)
	}
	s := &Service{
		opts: o, sources: sources, bus: b, log: log.With().Str("component", "normalize").Logger(), metrics: newMetrics(reg),
	}
	if err := s.Reload(); err != nil {
		return nil, fmt.Errorf("normalize options: %w", err)
	}
	return s, nil
}

// Reload reads the users' own formats and the files of enrichment again and puts
// them in the place of the ones in use. After an error these stay. It is safe for
// concurrent use.
func (s *Service) Reload() error {
	s.reloadEnrichment()
	return s.reloadFormats()
}

func (s *Service) reloadFormats() error {
	s.reload.Lock()
	defer s.reload.Unlock()
	reader, err := s.load()
	if err != nil {
		s.metrics.reloads.WithLabelValues("failed").Inc()
		return err
	}
	s.reader.Store(reader)
	s.metrics.reloads.WithLabelValues("ok").Inc()
	own := len(reader.formats.Own())
	s.metrics.own.Set(float64(own))
	if len(s.opts.Formats) > 0 {
		s.log.Info().Int("formats", own).Msg("own formats loaded")
	}
	return nil
}

func (s *Service) load() (*Reader, error) {
	formats, err := format.LoadSet(s.opts.Formats...)
	if err != nil {
		return nil, fmt.Errorf("formats: %w", err)
	}
	return NewReader(s.sources, formats)
}

// Run normalizes until ctx ends, then finishes the batches at hand and returns
// nil. It returns an error only when the stream can't be consumed at all.
func (s *Service) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		return run.Watch(ctx, s.opts.Formats, s.log, func() {
			if err := s.reloadFormats(); err != nil {
				s.log.Warn().Err(err).Msg("own formats stay as they are")
			}
		})
	})
	group.Go(func() error {
		return run.Watch(ctx, s.opts.Enrich.Files(), s.log, s.reloadChanged(s.opts.Enrich.Files()))
	})
	group.Go(func() error {
		consumer := bus.Consumer{Stream: bus.Raw, Name: bus.NormalizeConsumer, Workers: s.opts.Workers}
		return s.bus.Consume(ctx, consumer, s.handle)
	})
	return group.Wait()
}

// handle brings one batch all the way: events and dead letters are stored when it
// returns nil.
func (s *Service) handle(ctx context.Context, d *bus.Delivery) error {
	batch := d.Batch()
	if err := record.CheckSource(batch.Source); err != nil {
		return bus.Permanent(fmt.Errorf("subject %s: %w", d.Subject, err))
	}
	reading, err := s.reader.Load().reading(&batch)
	if err != nil {
		return bus.Permanent(err)
	}
	reading.enricher = s.enricher.Load()
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
