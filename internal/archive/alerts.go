package archive

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/goshawk-siem/goshawk/internal/alert"
	"github.com/goshawk-siem/goshawk/internal/bus"
)

// ownAlerts stores alerts and their updates while this process owns them.
func (s *Service) ownAlerts(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for stream, name := range map[bus.Stream]string{bus.Alerts: bus.ArchiveAlerts, bus.Updates: bus.ArchiveUpdates} {
		group.Go(func() error {
			gather := bus.Gather{MaxWait: time.Duration(s.opts.Commit)}
			return s.bus.ConsumeGroups(ctx, bus.Consumer{Stream: stream, Name: name}, gather, s.storeAlerts)
		})
	}
	group.Go(func() error {
		return s.every(ctx, func(ctx context.Context) error { return s.store.MaintainAlerts(ctx, time.Now()) })
	})
	return group.Wait()
}

// storeAlerts stores a group of alerts. Repeats do no harm.
func (s *Service) storeAlerts(_ context.Context, group []*bus.Delivery) error {
	rejected := make(bus.Rejected)
	alerts := make([]alert.Alert, 0, len(group))
	for _, d := range group {
		a, err := alert.Decode(d.Data)
		if err != nil {
			rejected[d] = err
			continue
		}
		alerts = append(alerts, a)
	}
	if err := s.store.AppendAlerts(alerts); err != nil {
		s.metrics.failures.Inc()
		s.log.Error().Err(err).Msg("alerts can't be stored; they are kept in the stream and tried again")
		return err
	}
	s.metrics.alerts.Add(float64(len(alerts)))
	if len(rejected) > 0 {
		return rejected
	}
	return nil
}
