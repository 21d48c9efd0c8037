package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// Maintained says what one Maintain did.
type Maintained struct {
	// Joined is the number of segments that became part of larger ones, Removed
	// the number that retention removed.
	Joined, Removed int
}

// Compaction joins segments in three steps on the way to Options.SegmentBytes,
// so that each event is rewritten about four times and not once per segment.
const (
	// mergeCount is how many neighbours make a merge worthwhile in the hour that
	// still grows, mergeMost how many are joined at once.
	mergeCount = 8
	mergeMost  = 128
	// mergesPerPass bounds the work of one Maintain.
	mergesPerPass = 16
	// mergeColumn bounds the decoded bytes of the longest column, which is held
	// in memory while it is written.
	mergeColumn = 128 << 20
	// hourGrace is how long after its end an hour may still grow.
	hourGrace = 2 * time.Minute
)

// Maintain joins small segments of a shard, removes those that were joined, and
// removes whole hours by Options.Retention and MaxBytes. now is the time. Only
// the shard's owner calls it; it may run beside the owner's Commit.
func (s *Store) Maintain(ctx context.Context, shard int, now time.Time) (Maintained, error) {
	var done Maintained
	removed, err := s.expire(shard, now)
	done.Removed = removed
	if err != nil {
		return done, fmt.Errorf("maintain shard %d: %w", shard, err)
	}
	for range mergesPerPass {
		if err := ctx.Err(); err != nil {
			return done, err
		}
		n, err := s.maintainOnce(ctx, shard, now)
		done.Joined += n
		if err != nil {
			return done, fmt.Errorf("maintain shard %d: %w", shard, err)
		}
		if n == 0 {
			break
		}
	}
	return done, nil
}

// maintainOnce removes what was joined before and joins one run of segments.
func (s *Store) maintainOnce(ctx context.Context, shard int, now time.Time) (int, error) {
	snap, err := s.snapshot()
	if err != nil {
		return 0, err
	}
	defer snap.close()
	for _, seg := range snap.hidden {
		if seg.name.shard == shard && !s.inUse(seg) {
			if err := s.removeSegment(seg); err != nil {
				return 0, err
			}
		}
	}
	run := planMerge(snap.segments, shard, int64(s.opts.SegmentBytes), now)
	if run == nil {
		return 0, nil
	}
	if run, err = s.fitMerge(run); err != nil || len(run) < 2 {
		return 0, ignoreGone(err)
	}
	if err := s.merge(ctx, run); err != nil {
		return 0, ignoreGone(s.setAside(err))
	}
	return len(run), nil
}

// ignoreGone drops the errors that a later pass, with a new list, won't meet.
func ignoreGone(err error) error {
	if errors.Is(err, errGone) || errors.Is(err, errDamaged) {
		return nil
	}
	return err
}

// inUse reports whether an unfinished query may read seg.
func (s *Store) inUse(seg *segment) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for snap := range s.snapshots {
		if !snap.ready || slices.Contains(snap.segments, seg) {
			return true
		}
	}
	return false
}

func (s *Store) removeSegment(seg *segment) error {
	if err := s.disk.remove(s.disk.path(seg.path)); err != nil {
		return fmt.Errorf("remove segment %s: %w", seg.path, err)
	}
	s.mu.Lock()
	s.files.drop(seg)
	s.mu.Unlock()
	return nil
}

// planMerge chooses neighbouring segments of one hour to join, or nil. Past
// hours become as few segments as the size allows; in the hour that grows, many
// segments of about the same size become one.
func planMerge(segs []*segment, shard int, most int64, now time.Time) []*segment {
	var mine []*segment
	for _, seg := range segs {
		if seg.name.shard == shard {
			mine = append(mine, seg)
		}
	}
	for len(mine) > 0 {
		first := mine[0]
		n := slices.IndexFunc(mine, func(o *segment) bool { return o.hour != first.hour || o.name.epoch != first.name.epoch })
		if n < 0 {
			n = len(mine)
		}
		closed := now.After(first.hour.start().Add(time.Hour + hourGrace))
		if run := planHour(mine[:n], most, closed); run != nil {
			return run
		}
		mine = mine[n:]
	}
	return nil
}

func planHour(segs []*segment, most int64, closed bool) []*segment {
	if closed {
		return planRun(segs, most, most, 2)
	}
	for _, limit := range [...]int64{most / 64, most / 8, most} {
		if run := planRun(segs, limit, most, mergeCount); run != nil {
			return run
		}
	}
	return nil
}

// planRun returns the first run of at least least neighbours, each smaller than
// limit and together no larger than most.
func planRun(segs []*segment, limit, most int64, least int) []*segment {
	start, size := 0, int64(0)
	for i, seg := range segs {
		if seg.size < limit && size+seg.size <= most && i-start < mergeMost {
			size += seg.size
			continue
		}
		if i-start >= least {
			return segs[start:i]
		}
		if seg.size >= limit {
			start, size = i+1, 0
			continue
		}
		start, size = i, seg.size
	}
	if len(segs)-start >= least {
		return segs[start:]
	}
	return nil
}

// fitMerge shortens a run to what memory allows.
func (s *Store) fitMerge(run []*segment) ([]*segment, error) {
	total := int64(0)
	for i, seg := range run {
		f, err := s.open(seg)
		if err != nil {
			return nil, err
		}
		longest := f.longestColumn()
		f.release()
		if total += longest; total > mergeColumn {
			return run[:i], nil
		}
	}
	return run, nil
}

// longestColumn is the size of the largest column when decoded.
func (f *openFile) longestColumn() int64 {
	sizes := make(map[int]int64)
	most := int64(0)
	for _, rg := range f.pq.Metadata().RowGroups {
		for i := range rg.Columns {
			sizes[i] += rg.Columns[i].MetaData.TotalUncompressedSize
			most = max(most, sizes[i])
		}
	}
	return most
}

// expire removes the shard's segments of hours that are past retention, or that
// are the oldest of an archive that is too large.
func (s *Store) expire(shard int, now time.Time) (int, error) {
	s.mu.Lock()
	err := s.refresh()
	all := s.all()
	s.mu.Unlock()
	if err != nil {
		return 0, err
	}
	oldest := hour(math.MinInt64)
	if age := time.Duration(s.opts.Retention); age > 0 {
		oldest = hourOf(now.Add(-age).UnixNano())
	}
	if most := int64(s.opts.MaxBytes); most > 0 {
		size := int64(0)
		for _, seg := range all {
			if size += seg.size; size > most && seg.hour >= oldest {
				oldest = seg.hour + 1
				break
			}
		}
	}
	removed := 0
	for _, seg := range slices.Backward(all) {
		if seg.hour >= oldest {
			break
		}
		if seg.name.shard != shard {
			continue
		}
		if err := s.removeSegment(seg); err != nil {
			return removed, err
		}
		s.removeEmptyDirs(seg.hour)
		removed++
	}
	return removed, nil
}

// Events counts the events of the archive; it reads the footers that were not
// read before.
func (s *Store) Events(ctx context.Context) (int64, error) {
	n := int64(0)
	return n, s.eachSummary(ctx, func(sum *summary) { n += sum.rows })
}

func (s *Store) eachSummary(ctx context.Context, f func(*summary)) error {
	snap, err := s.snapshot()
	if err != nil {
		return err
	}
	defer snap.close()
	for _, seg := range snap.segments {
		if err := ctx.Err(); err != nil {
			return err
		}
		sum, err := s.summarize(seg)
		if ignoreGone(err) != nil {
			return err
		}
		if sum != nil {
			f(sum)
		}
	}
	return nil
}
