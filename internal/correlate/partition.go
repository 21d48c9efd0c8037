package correlate

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"
	"golang.org/x/sync/errgroup"

	"github.com/goshawk-siem/goshawk/internal/alert"
	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/window"
)

const (
	// readAhead is how many messages of a partition's log wait to be counted.
	readAhead = 256
	// tickInterval is how often a partition looks for what is due by the clock:
	// marks, growth, checkpoints.
	tickInterval = 250 * time.Millisecond
	// markInterval is the least time between two marks.
	markInterval = time.Second
	// checkpointInterval is how often progress is noted.
	checkpointInterval = 2 * time.Second
	// saveGrace is how long saving may take after the end.
	saveGrace = 10 * time.Second
)

// partition is the window stage of one partition while this process owns it. Only
// the goroutine of run touches it.
type partition struct {
	s      *Service
	number int
	store  *stateStore
	plan   *plan
	engine *window.Engine
	log    logPosition
	stats  window.Stats
	out    []bus.Msg
	// checkpoint is the sequence whose alerts were published before this
	// process took over.
	checkpoint uint64
	// received is when the newest match came, by this process's clock.
	received                          time.Time
	marked, grown, saved, checkpoints time.Time
}

// own runs the windows of partition number until ctx ends.
func (s *Service) own(ctx context.Context, number int, store *bus.KV) error {
	p := &partition{s: s, number: number, store: &stateStore{kv: store, number: number, partitions: s.opts.Partitions}, plan: s.plan.Load()}
	if err := p.restore(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("partition %d: %w", number, err)
	}
	label := strconv.Itoa(number)
	s.metrics.owned.WithLabelValues(label).Set(1)
	defer s.metrics.owned.WithLabelValues(label).Set(0)
	s.log.Debug().Int("partition", number).Uint64("from", p.log.seq+1).Msg("partition is owned")
	in := make(chan *bus.Delivery, readAhead)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		return s.bus.Read(ctx, bus.Matches, partitionSubject(number), p.log.seq+1, func(ctx context.Context, d *bus.Delivery) error {
			select {
			case in <- d:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	})
	group.Go(func() error { return p.run(ctx, in) })
	err := group.Wait()
	if errors.Is(err, bus.ErrConflict) {
		// Somebody else owns the partition by now and has gone on.
		s.log.Warn().Int("partition", number).Msg("partition was taken over while this process paused")
		return nil
	}
	if errors.Is(err, errStopped) {
		return nil
	}
	return err
}

// errStopped ends the goroutines of an owner; it is not a failure.
var errStopped = errors.New("stopped")

// run counts what comes in until ctx ends, then saves the state.
func (p *partition) run(ctx context.Context, in <-chan *bus.Delivery) error {
	ticker := time.NewTicker(tickInterval)
	defer ticker.Stop()
	now := time.Now()
	p.received, p.grown, p.saved, p.checkpoints = now, now, now, now
	for {
		var err error
		select {
		case <-ctx.Done():
			return p.stop(ctx)
		case d := <-in:
			err = p.take(ctx, d, in)
		case <-ticker.C:
			err = p.tick(ctx)
		}
		if err != nil {
			return err
		}
	}
}

func (p *partition) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveGrace)
	defer cancel()
	if err := p.save(ctx); err != nil {
		p.s.log.Warn().Err(err).Int("partition", p.number).Msg("state was not saved; the next owner reads the log from the last snapshot")
	}
	return errStopped
}

// take counts d and what waits behind it, then publishes the results together.
func (p *partition) take(ctx context.Context, d *bus.Delivery, in <-chan *bus.Delivery) error {
	batch := append(make([]*bus.Delivery, 0, len(in)+1), d)
	for range len(in) {
		batch = append(batch, <-in)
	}
	// The plan is looked up after the messages came: a match is never counted
	// under rules older than those it was found with in this process.
	if err := p.adopt(ctx); err != nil {
		return err
	}
	for _, d := range batch {
		p.count(d)
	}
	return p.publish(ctx)
}

// adopt takes over the rules that are current.
func (p *partition) adopt(ctx context.Context) error {
	next := p.s.plan.Load()
	if next == p.plan {
		return nil
	}
	changes, err := p.engine.SetSpecs(next.specs)
	if err != nil {
		return fmt.Errorf("partition %d: %w", p.number, err) // newPlan has validated them
	}
	// What is closed belongs to the old plan.
	p.emit(changes)
	p.plan = next
	return p.publish(ctx)
}

// count counts the matches of one message.
func (p *partition) count(d *bus.Delivery) {
	m, err := decodeMatches(d.Data, func(m *match) { p.add(d, m) })
	if err != nil {
		p.s.log.Warn().Err(err).Int("partition", p.number).Uint64("sequence", d.Seq).Msg("message of matches can't be read and is skipped")
	}
	if m != nil {
		if clock, ok := p.log.settle(*m); ok {
			p.emitAt(d.Seq, p.engine.Advance(clock))
		}
	} else {
		p.received = time.Now()
		p.s.metrics.behind.WithLabelValues(strconv.Itoa(p.number)).Set(p.received.Sub(d.Stored).Seconds())
	}
	p.log.seq = d.Seq
}

// add gives one match to its window.
func (p *partition) add(d *bus.Delivery, m *match) {
	p.log.reach(d.Seq, m.Time)
	w := p.plan.watches[m.Spec]
	if w == nil {
		p.s.metrics.foreign.Inc()
		return
	}
	c := window.Contribution{
		Time: m.Time, Order: m.Order, ID: xxhash.Sum64String(m.Event), Rule: m.Rule,
		Group: m.Group, Value: m.Value, Number: m.Number, Fields: m.Fields,
	}
	if m.Evidence != "" {
		c.Evidence = m.Event + "\n" + m.Evidence
	}
	if m.Retract {
		changes, outcome := p.engine.Retract(m.Spec, &c)
		p.emitAt(d.Seq, changes)
		if outcome == window.Late {
			p.s.metrics.late.WithLabelValues(ruleLabel(w.meta)).Inc()
		}
		return
	}
	changes, outcome := p.engine.Add(m.Spec, &c)
	p.emitAt(d.Seq, changes)
	switch {
	case outcome == window.Late && w.alone:
		p.emitAt(d.Seq, []window.Change{lateEpisode(w, m)})
	case outcome == window.Late:
		p.s.metrics.late.WithLabelValues(ruleLabel(w.meta)).Inc()
	}
}

// lateTurn marks the identity of episodes that came too late for their window.
const lateTurn = -1

// lateEpisode is the episode of a match that is too late to count: a single rule's
// match is an alert however late. Windows of such episodes lie side by side from
// 1970 on, so that many of them are one alert without any state.
func lateEpisode(w *watch, m *match) window.Change {
	t := w.spec.Timespan
	start := m.Time - ((m.Time%t)+t)%t
	c := window.Change{
		Kind: window.Fired, Spec: w.key, Group: append([]string(nil), m.Group...), Anchor: start + t, Turn: lateTurn, Revision: 1,
		Time: m.Time, WindowStart: start, WindowEnd: start + t, First: m.Time, Last: m.Time, Count: 1, Value: 1,
	}
	if m.Evidence != "" {
		c.Evidence = []string{m.Event + "\n" + m.Evidence}
	}
	return c
}

// emitAt turns changes into messages unless they were published before.
func (p *partition) emitAt(seq uint64, changes []window.Change) {
	if seq > p.checkpoint {
		p.emit(changes)
	}
}

func (p *partition) emit(changes []window.Change) {
	for i := range changes {
		c := &changes[i]
		w := p.plan.watches[c.Spec]
		if w == nil {
			continue
		}
		a := w.alertOf(c)
		if w.chained {
			p.chain(w, c, &a)
		}
		if !w.emits {
			continue
		}
		m, err := alertMessage(&a)
		if err != nil {
			p.s.log.Error().Err(err).Msg("alert is lost")
			continue
		}
		if c.Kind == window.Fired {
			p.s.metrics.alerts.WithLabelValues(ruleLabel(w.meta), w.meta.Level).Inc()
		} else {
			p.s.metrics.updates.Inc()
		}
		p.out = append(p.out, m)
	}
}

// chain counts a firing for the correlations that refer to it, and takes back what
// turned out to be another one. They may be in other partitions, so it goes through
// the log.
func (p *partition) chain(w *watch, c *window.Change, a *alert.Alert) {
	switch c.Kind {
	case window.Fired:
		p.link(w, c, a, link{name: "-c", time: c.Time, fields: c.Fields})
	case window.Moved:
		p.link(w, c, a, link{name: "-r", time: c.WasTime, fields: c.WasFields, retract: true})
		p.link(w, c, a, link{name: "-m", time: c.Time, fields: c.Fields})
	case window.Withdrawn:
		p.link(w, c, a, link{name: "-r", time: c.WasTime, fields: c.WasFields, retract: true})
	case window.Grown, window.Closed:
	}
}

// link is what a firing means to the correlations that count it.
type link struct {
	name    string // tells the messages of one alert apart
	time    int64
	fields  string
	retract bool
}

func (p *partition) link(w *watch, c *window.Change, a *alert.Alert, l link) {
	order, values := unpackFields(l.fields)
	for i, name := range w.names {
		values[name] = c.Group[i]
	}
	for i, outer := range p.plan.counts[w.meta.ID] {
		m, ok := chained(outer, order, values)
		if !ok {
			p.s.metrics.incomplete.Inc()
			continue
		}
		m.Time, m.Order, m.Event, m.Retract = l.time, order, a.ID, l.retract
		if len(c.Evidence) > 0 {
			_, m.Evidence, _ = strings.Cut(c.Evidence[len(c.Evidence)-1], "\n")
		}
		var writer matchWriter
		writer.add(&m)
		to := partitionOf(m.Spec, m.Group, p.s.opts.Partitions)
		p.out = append(p.out, bus.Msg{Subject: partitionSubject(to), ID: a.ID + l.name + strconv.Itoa(i), Data: writer.message()})
	}
}

// chained is the match of a firing with the given fields for outer.
func chained(outer *count, order uint64, values map[string]string) (match, bool) {
	m := match{Spec: outer.watch.key, Rule: outer.rule}
	for _, name := range outer.group {
		v, ok := values[name]
		if !ok {
			return m, false
		}
		m.Group = append(m.Group, v)
	}
	var tuple []string
	for _, name := range outer.value {
		v, ok := values[name]
		if !ok {
			return m, false
		}
		tuple = append(tuple, v)
	}
	if !m.count(outer, tuple) {
		return m, false
	}
	if outer.watch.chained {
		var names, further []string
		for _, name := range outer.fields {
			if v, ok := values[name]; ok {
				names, further = append(names, name), append(further, v)
			}
		}
		m.Fields = packFields(order, names, further)
	}
	return m, true
}

const (
	publishChunk = 256
	retryFirst   = 50 * time.Millisecond
	retryMost    = 5 * time.Second
)

// publish sends what has come up, and tries until it is stored. Repeats are
// harmless: every message has an id that is derived from its content.
func (p *partition) publish(ctx context.Context) error {
	for len(p.out) > 0 {
		chunk := p.out[:min(len(p.out), publishChunk)]
		if err := p.publishChunk(ctx, chunk); err != nil {
			return err
		}
		p.out = p.out[len(chunk):]
	}
	p.out = nil
	return nil
}

func (p *partition) publishChunk(ctx context.Context, chunk []bus.Msg) error {
	for delay := retryFirst; ; delay = min(2*delay, retryMost) {
		err := p.s.bus.PublishAll(ctx, chunk)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return errStopped
		}
		p.s.log.Warn().Err(err).Int("partition", p.number).Msg("alerts can't be published; trying again")
		timer := time.NewTimer(delay)
		select {
		case <-ctx.Done():
			timer.Stop()
			return errStopped
		case <-timer.C:
		}
	}
}
