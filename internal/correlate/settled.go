package correlate

import (
	"context"
	"time"

	"github.com/goshawk-siem/goshawk/internal/bus"
)

// settlement says that every line that was accepted before the time At, by this
// process's clock, has been detected, and that the stream of matches had the
// sequence Through then.
type settlement struct {
	at      time.Time
	through uint64
}

const (
	settleInterval = 500 * time.Millisecond
	// settleMost is how long one settlement is waited for. A consumer that does
	// not move for that long may be stuck for good; decisions that wait for it
	// are then made without it.
	settleMost = 5 * time.Minute
)

// watchSettled keeps s.settled up to date until ctx ends.
func (s *Service) watchSettled(ctx context.Context) error {
	ticker := time.NewTicker(settleInterval)
	defer ticker.Stop()
	for {
		if next, ok := s.settle(ctx, ticker); ok {
			s.settled.Store(&next)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// settle waits until what is in the raw stream now has become events and what is in
// the events stream then has been detected.
func (s *Service) settle(ctx context.Context, ticker *time.Ticker) (settlement, bool) {
	now := settlement{at: time.Now()}
	_, through, err := s.bus.Bounds(ctx, bus.Matches)
	if err != nil {
		return now, false
	}
	now.through = through
	ok := s.passed(ctx, ticker, bus.Raw, bus.NormalizeConsumer, now.at) && s.passed(ctx, ticker, bus.Events, bus.CorrelateConsumer, now.at)
	return now, ok
}

// passed waits until the named consumer has finished what stream holds now.
func (s *Service) passed(ctx context.Context, ticker *time.Ticker, stream bus.Stream, consumer string, since time.Time) bool {
	_, last, err := s.bus.Bounds(ctx, stream)
	if err != nil {
		return false
	}
	for {
		floor, err := s.bus.Floor(ctx, stream, consumer)
		if err != nil {
			return false
		}
		if floor >= last {
			return true
		}
		if time.Since(since) > settleMost {
			s.log.Warn().Str("consumer", consumer).Uint64("behind", last-floor).
				Msg("consumer has not caught up for minutes; correlations that wait for it are decided without its lines")
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-ticker.C:
		}
	}
}
