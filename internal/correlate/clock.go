package correlate

import (
	"context"
	"fmt"
	"sort"
	"time"

	"github.com/goshawk-siem/goshawk/internal/bus"
)

// logPosition is how far a partition's log has been counted and how event time
// went along: the newest event time at each sequence where it grew. It is part of
// the partition's state.
type logPosition struct {
	seq    uint64
	points []point
}

// point says that the newest event time was Time from sequence Seq on.
type point struct {
	Seq  uint64 `json:"seq"`
	Time int64  `json:"time"`
}

// maxPoints bounds the memory of a log that is far ahead of its marks. Past it
// every other point goes; a mark between two points then settles a little less.
const maxPoints = 4096

// reach notes an event time at a sequence.
func (l *logPosition) reach(seq uint64, time int64) {
	n := len(l.points)
	if n > 0 && l.points[n-1].Time >= time {
		return
	}
	if n > 0 && l.points[n-1].Seq == seq {
		l.points[n-1].Time = time
		return
	}
	if n >= maxPoints {
		kept := l.points[:0]
		for i := 0; i < n; i += 2 {
			kept = append(kept, l.points[i])
		}
		l.points = kept
	}
	l.points = append(l.points, point{seq, time})
}

// at returns the newest event time at sequence through.
func (l *logPosition) at(through uint64) (i int, ok bool) {
	i = sort.Search(len(l.points), func(i int) bool { return l.points[i].Seq > through }) - 1
	return i, i >= 0
}

// settle returns the event time that a mark settles, and forgets what lies before.
func (l *logPosition) settle(m mark) (int64, bool) {
	i, ok := l.at(m.Through)
	if !ok {
		return 0, false
	}
	l.points = l.points[i:]
	return l.points[0].Time + m.Idle, true
}

// tick does what is due by the wall clock.
func (p *partition) tick(ctx context.Context) error {
	if err := p.adopt(ctx); err != nil {
		return err
	}
	now := time.Now()
	stats := p.engine.Stats()
	p.s.metrics.state(p.number, stats, p.stats)
	p.stats = stats
	if now.Sub(p.grown) >= p.s.opts.UpdateInterval.Std() {
		p.grown = now
		p.emitAt(p.log.seq, p.engine.Grown())
		if err := p.publish(ctx); err != nil {
			return err
		}
	}
	if now.Sub(p.marked) >= markInterval {
		if err := p.mark(ctx, now); err != nil {
			return err
		}
	}
	if now.Sub(p.saved) >= p.s.opts.SnapshotInterval.Std() {
		p.saved, p.checkpoints = now, now
		return p.save(ctx)
	}
	if now.Sub(p.checkpoints) >= checkpointInterval {
		p.checkpoints = now
		return p.note(ctx)
	}
	return nil
}

// mark writes a mark into the partition's log if it would make something due.
func (p *partition) mark(ctx context.Context, now time.Time) error {
	due, waiting := p.engine.Due()
	settled := p.s.settled.Load()
	if !waiting || settled == nil {
		return nil
	}
	i, ok := p.log.at(settled.through)
	if !ok {
		return nil
	}
	m := mark{Through: settled.through, Idle: max(settled.at.Sub(p.received).Milliseconds(), 0)}
	clock := p.log.points[i].Time + m.Idle
	if last, ok := p.engine.Clock(); clock < due || ok && clock <= last {
		return nil
	}
	p.marked = now
	// How long the log was quiet is known only to who has read all of it.
	last, err := p.s.bus.LastSequence(ctx, bus.Matches, partitionSubject(p.number))
	if err != nil || last > p.log.seq {
		return nil //nolint:nilerr // the next tick tries again
	}
	p.out = append(p.out, bus.Msg{
		Subject: partitionSubject(p.number), ID: fmt.Sprintf("mark-%d-%d-%d", p.number, m.Through, m.Idle), Data: encodeMark(m),
	})
	return p.publish(ctx)
}
