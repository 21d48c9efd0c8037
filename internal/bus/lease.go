package bus

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"time"
)

// A lease is a key whose holder writes it again every leaseRenew. Who sees the
// same revision for leaseTTL, by his own clock, may take it over by an update on
// exactly that revision, so no clocks are compared. A holder that could not renew
// for leaseGiveUp stops before anybody else can start.
const (
	leaseTTL    = 4 * time.Second
	leaseRenew  = 1 * time.Second
	leaseGiveUp = 3 * time.Second
	leaseBucket = "leases"
	released    = "-"
)

// Lease runs hold while this process owns the lease called name, of which there is
// one among all processes. It waits for the lease, runs hold with a context that
// ends when the lease is lost, and starts over until ctx ends. It returns nil
// then, or hold's error if hold fails while it owns the lease. A holder that stops
// in order hands over at once, one that died after 4 seconds.
func (b *Bus) Lease(ctx context.Context, name string, hold func(ctx context.Context) error) error {
	kv, err := b.KV(ctx, leaseBucket, true)
	if err != nil {
		return fmt.Errorf("lease %s: %w", name, err)
	}
	l := &lease{bus: b, kv: kv, name: name, owner: fmt.Appendf(nil, "%s %d %s", hostname(), os.Getpid(), rand.Text())}
	for ctx.Err() == nil {
		rev, ok := l.acquire(ctx)
		if !ok {
			return nil
		}
		if err := l.run(ctx, rev, hold); err != nil {
			return fmt.Errorf("lease %s: %w", name, err)
		}
	}
	return nil
}

type lease struct {
	bus   *Bus
	kv    *KV
	name  string
	owner []byte
}

// acquire waits until the lease is this process's; false means that ctx ended.
func (l *lease) acquire(ctx context.Context) (uint64, bool) {
	var seen uint64
	since := time.Now()
	for {
		entry, err := l.kv.Get(ctx, l.name)
		free := errors.Is(err, ErrNotFound) || err == nil && string(entry.Value) == released
		if err == nil && entry.Revision != seen {
			seen, since = entry.Revision, time.Now()
		}
		if free || err == nil && time.Since(since) >= leaseTTL {
			if rev, err := l.kv.Update(ctx, l.name, l.owner, entry.Revision); err == nil {
				return rev, true
			}
		}
		if err != nil && !errors.Is(err, ErrNotFound) {
			l.reopen(ctx)
		}
		if !wait(ctx, leaseRenew/2) {
			return 0, false
		}
	}
}

// reopen makes the bucket again: it lives in the server's memory and is gone
// after the server's restart.
func (l *lease) reopen(ctx context.Context) {
	kv, err := l.bus.KV(ctx, leaseBucket, true)
	if err != nil {
		l.bus.log.Debug().Err(err).Str("lease", l.name).Msg("open the bucket of leases")
		return
	}
	l.kv = kv
}

// run holds the lease while hold runs.
func (l *lease) run(ctx context.Context, rev uint64, hold func(context.Context) error) error {
	holdCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- hold(holdCtx) }()
	renewed := time.Now()
	ticker := time.NewTicker(leaseRenew)
	defer ticker.Stop()
	for {
		select {
		case err := <-done:
			l.release(ctx, rev)
			if ctx.Err() != nil {
				return nil // what hold returns after the end of ctx is how it stopped
			}
			return err
		case <-ticker.C:
		}
		next, err := l.renew(holdCtx, rev)
		switch {
		case err == nil:
			rev, renewed = next, time.Now()
		case errors.Is(err, ErrConflict) || time.Since(renewed) > leaseGiveUp:
			if ctx.Err() == nil {
				l.bus.log.Warn().Err(err).Str("lease", l.name).Msg("lease was lost")
			}
			cancel()
			if err := <-done; err != nil {
				l.bus.log.Debug().Err(err).Str("lease", l.name).Msg("holder of a lost lease ended")
			}
			return nil
		}
	}
}

func (l *lease) renew(ctx context.Context, rev uint64) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, leaseRenew)
	defer cancel()
	next, err := l.kv.Update(ctx, l.name, l.owner, rev)
	if errors.Is(err, ErrConflict) {
		// The answer to our own last renewal may have been lost.
		if entry, getErr := l.kv.Get(ctx, l.name); getErr == nil && bytes.Equal(entry.Value, l.owner) {
			return entry.Revision, nil
		}
	}
	return next, err
}

func (l *lease) release(ctx context.Context, rev uint64) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseRenew)
	defer cancel()
	if _, err := l.kv.Update(ctx, l.name, []byte(released), rev); err != nil {
		l.bus.log.Debug().Err(err).Str("lease", l.name).Msg("release lease")
	}
}

// wait pauses for d and reports whether ctx is still alive.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
