package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rs/zerolog"
)

// StopTimeout is how long a Group waits by default for its tasks to end.
const StopTimeout = 30 * time.Second

// Group is a set of named tasks that live and end together. The zero value is an
// empty group. Fill it with Add, then call Run once.
//
//	add:  server, archive, correlate, normalize, ingest
//	stop: ingest, normalize, correlate, archive, server
//
// Tasks run at the same time. When the first one ends, or the context does, the
// others are stopped in the reverse order of Add, each after the one before it
// has ended: intake first, what everything stands on last.
type Group struct {
	// Log tells when tasks stop; the zero logger says nothing.
	Log zerolog.Logger
	// StopTimeout bounds the whole stop; 0 means the constant StopTimeout.
	StopTimeout time.Duration

	tasks []*task
}

type task struct {
	name   string
	run    func(context.Context) error
	cancel context.CancelFunc
	ended  chan struct{}
	// err may be read once ended is closed.
	err error
}

// Add puts a task into the group. The task must end soon after its context does;
// a task that ends earlier ends the group, and is expected to return an error
// that says why.
func (g *Group) Add(name string, run func(context.Context) error) {
	g.tasks = append(g.tasks, &task{name: name, run: run, ended: make(chan struct{})})
}

// errEarly is what a task failed with that ended by itself and said nothing.
var errEarly = errors.New("ended without being asked to and without an error")

// Run runs all tasks and blocks until all have ended or StopTimeout has passed
// since the stop began. It returns nil when ctx ended and every task ended in
// time without an error; otherwise the joined errors, each with its task's name.
// Tasks that outlive the deadline are named and left behind.
func (g *Group) Run(ctx context.Context) error {
	if len(g.tasks) == 0 {
		return nil
	}
	first := g.start(ctx)
	var early *task
	select {
	case <-ctx.Done():
	case early = <-first:
		if early.err == nil {
			early.err = errEarly
		}
		g.Log.Error().Err(early.err).Str("task", early.name).Msg("task ended; stopping the others")
	}
	return errors.Join(g.stop(early)...)
}

// start starts the tasks. Each gets a context of its own, so that they can be
// stopped one after the other; values of ctx stay visible. The channel carries
// the first task that ended.
func (g *Group) start(ctx context.Context) <-chan *task {
	first := make(chan *task, 1)
	for _, t := range g.tasks {
		var own context.Context
		own, t.cancel = context.WithCancel(context.WithoutCancel(ctx))
		go func() {
			t.err = t.run(own)
			select {
			case first <- t:
			default:
			}
			close(t.ended)
		}()
	}
	return first
}

func (g *Group) stop(early *task) []error {
	limit := g.StopTimeout
	if limit == 0 {
		limit = StopTimeout
	}
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	var errs []error
	if early != nil {
		errs = append(errs, fmt.Errorf("%s: %w", early.name, early.err))
	}
	expired := false
	for _, t := range slices.Backward(g.tasks) {
		t.cancel()
		if expired = expired || !t.wait(deadline.C); expired && !t.isEnded() {
			errs = append(errs, fmt.Errorf("%s: did not stop within %v", t.name, limit))
			continue
		}
		if t != early && t.err != nil && !errors.Is(t.err, context.Canceled) {
			errs = append(errs, fmt.Errorf("%s: %w", t.name, t.err))
		}
		g.Log.Debug().Str("task", t.name).Msg("task stopped")
	}
	return errs
}

// wait reports whether the task ended before deadline fired.
func (t *task) wait(deadline <-chan time.Time) bool {
	select {
	case <-t.ended:
		return true
	case <-deadline:
		return t.isEnded()
	}
}

func (t *task) isEnded() bool {
	select {
	case <-t.ended:
		return true
	default:
		return false
	}
}
