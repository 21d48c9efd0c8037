package correlate

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"github.com/goshawk-siem/goshawk/internal/bus"
)

// Service is a correlator. New makes one.
type Service struct {
	opts    Options
	bus     *bus.Bus
	log     zerolog.Logger
	metrics *metrics
	plan    atomic.Pointer[plan]
	// reload is held while rules are loaded.
	reload sync.Mutex
	// settled is what the pipeline is known to have brought through.
	settled atomic.Pointer[settlement]
}

// New checks the options, loads the rules and returns a correlator that is not
// running yet. It is an error when a rule folder can't be read, not when a rule is
// bad.
func New(o Options, b *bus.Bus, log zerolog.Logger, reg prometheus.Registerer) (*Service, error) {
	if err := o.Validate(); err != nil {
		return nil, fmt.Errorf("correlate options: %w", err)
	}
	s := &Service{opts: o, bus: b, log: log.With().Str("component", "correlate").Logger(), metrics: newMetrics(reg)}
	if err := s.Reload(); err != nil {
		return nil, err
	}
	return s, nil
}

// Run correlates until ctx ends, then finishes what it has begun, saves its state
// and returns nil. It returns an error only when the streams can't be used at all.
func (s *Service) Run(ctx context.Context) error {
	store, err := s.bus.KV(ctx, stateBucket, false)
	if err != nil {
		return fmt.Errorf("correlate: %w", err)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.runDetect(ctx) })
	group.Go(func() error { return s.watchRules(ctx) })
	group.Go(func() error { return s.watchSettled(ctx) })
	for p := range s.opts.Partitions {
		group.Go(func() error {
			return s.bus.Lease(ctx, "correlate-"+strconv.Itoa(p), func(ctx context.Context) error {
				return s.own(ctx, p, store)
			})
		})
	}
	return group.Wait()
}
