// Package archive is the service that keeps events and alerts and answers
// searches.
//
// Any number of archives share the work, on one folder: each shard of the events
// stream, and the alerts, have one owner at a time, found by a lease. The owner
// gathers messages for a moment, commits a segment, and only then acknowledges
// them; a message that comes again is recognized. When the disk is full nothing
// is acknowledged, the stream fills and slows the senders, and the work goes on
// by itself when there is room.
//
// Every archive answers api.search, api.alerts and api.archive.stats;
// docs/search.md describes them.
package archive

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/store"
)

// Service is an archive. New makes one.
type Service struct {
	opts    Options
	bus     *bus.Bus
	log     zerolog.Logger
	metrics *metrics
	store   *store.Store
	queries chan struct{} // one token per running query
}

// New checks the options, opens the folder and returns an archive that is not
// running yet. Run closes the folder.
func New(o Options, b *bus.Bus, log zerolog.Logger, reg prometheus.Registerer) (*Service, error) {
	if err := o.Validate(); err != nil {
		return nil, fmt.Errorf("archive options: %w", err)
	}
	s := &Service{
		opts: o, bus: b, log: log.With().Str("component", "archive").Logger(),
		metrics: newMetrics(reg), queries: make(chan struct{}, o.Queries),
	}
	var err error
	if s.store, err = store.Open(o.Files, s.problem); err != nil {
		return nil, err
	}
	return s, nil
}

// problem tells the operator about something that nobody waits for.
func (s *Service) problem(err error) {
	s.metrics.problems.Inc()
	s.log.Error().Err(err).Msg("part of the archive is unusable")
}

// Run stores and answers until ctx ends, then returns nil. It returns an error
// when the streams can't be consumed at all.
func (s *Service) Run(ctx context.Context) error {
	created, err := s.bus.Created(ctx, bus.Events)
	if err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	group, ctx := errgroup.WithContext(ctx)
	for n := range s.bus.Shards() {
		group.Go(func() error {
			return s.bus.Lease(ctx, fmt.Sprintf("archive-%d", n), func(owned context.Context) error { return s.own(ctx, owned, n, created) })
		})
	}
	group.Go(func() error { return s.bus.Lease(ctx, "archive-alerts", s.ownAlerts) })
	for subject, handle := range s.api() {
		group.Go(func() error { return s.bus.Serve(ctx, subject, s.limited(subject, handle)) })
	}
	err = group.Wait()
	if closeErr := s.store.Close(); err == nil && closeErr != nil {
		err = fmt.Errorf("close archive: %w", closeErr)
	}
	return err
}

// own writes one shard while this process owns it. service ends when the service
// is told to stop, owned also when the lease is lost.
func (s *Service) own(service, owned context.Context, n int, created time.Time) error {
	shard, err := s.store.Shard(n)
	if err != nil {
		return err
	}
	s.metrics.shards.Inc()
	defer s.metrics.shards.Dec()
	s.log.Info().Int("shard", n).Msg("writing shard")
	w := &writer{service: s, shard: shard, owned: owned, epoch: created.Unix()}
	defer context.AfterFunc(owned, func() { w.stopped(service) })()
	group, ctx := errgroup.WithContext(owned)
	group.Go(func() error {
		consumer := bus.Consumer{Stream: bus.Events, Name: bus.ArchiveConsumer(n)}
		gather := bus.Gather{MaxCount: maxGather, MaxBytes: int(s.opts.CommitBytes), MaxWait: time.Duration(s.opts.Commit)}
		return s.bus.ConsumeGroups(ctx, consumer, gather, w.handle)
	})
	group.Go(func() error {
		return s.every(ctx, func(ctx context.Context) error {
			done, err := s.store.Maintain(ctx, n, time.Now())
			s.metrics.joined.Add(float64(done.Joined))
			s.metrics.removed.Add(float64(done.Removed))
			return err
		})
	})
	return group.Wait()
}

// maxGather is how many messages are gathered at most for one commit.
const maxGather = 4096

// every runs f now and then until ctx ends. What f fails at is tried again.
func (s *Service) every(ctx context.Context, f func(context.Context) error) error {
	ticker := time.NewTicker(time.Duration(s.opts.Maintain))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		if err := f(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn().Err(err).Msg("maintenance of the archive failed and is tried again")
		}
	}
}
