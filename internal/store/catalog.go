package store

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"
)

// A segment is one file of the events folder.
type segment struct {
	name    segmentName
	hour    hour
	size    int64
	modTime time.Time
	path    string // below the archive's folder
	// sum is what was learnt from the footer, nil before anybody looked.
	sum atomic.Pointer[summary]
}

// summary is the part of a segment's footer that stays in memory.
type summary struct {
	rows             int64
	minTime, maxTime int64
}

// catalog knows the segments that exist. The folder is the truth: a partition's
// folder is read again whenever its modification time says so, which makes the
// work of other processes visible.
type catalog struct {
	root  string
	hours map[hour]*partition
}

type partition struct {
	modTime  time.Time
	readAt   time.Time
	segments []*segment
}

func newCatalog(root string) catalog { return catalog{root: root, hours: make(map[hour]*partition)} }

// settled is how old a folder's modification time must be before it is trusted
// not to stand for two changes: file systems count it in steps.
const settled = 50 * time.Millisecond

// refresh brings the catalog up to date.
func (c *catalog) refresh() error {
	found := make(map[hour]bool, len(c.hours))
	dates, err := os.ReadDir(filepath.Join(c.root, eventsDir))
	if err != nil {
		return fmt.Errorf("list events: %w", err)
	}
	for _, date := range dates {
		hours, err := os.ReadDir(filepath.Join(c.root, eventsDir, date.Name()))
		if err != nil {
			continue // a file, or removed meanwhile
		}
		for _, h := range hours {
			at, ok := parseHour(date.Name(), h.Name())
			if !ok {
				continue
			}
			if err := c.refreshHour(at); err != nil {
				return err
			}
			found[at] = true
		}
	}
	for h := range c.hours {
		if !found[h] {
			delete(c.hours, h)
		}
	}
	return nil
}

func (c *catalog) refreshHour(h hour) error {
	dir := filepath.Join(c.root, eventsDir, h.dir())
	info, err := os.Stat(dir)
	if errors.Is(err, os.ErrNotExist) {
		delete(c.hours, h)
		return nil
	}
	if err != nil {
		return fmt.Errorf("list hour %s: %w", h.dir(), err)
	}
	p := c.hours[h]
	if p != nil && p.modTime.Equal(info.ModTime()) && p.readAt.Sub(p.modTime) > settled {
		return nil
	}
	readAt := time.Now()
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("list hour %s: %w", h.dir(), err)
	}
	known := make(map[segmentName]*segment)
	if p != nil {
		for _, seg := range p.segments {
			known[seg.name] = seg
		}
	}
	next := &partition{modTime: info.ModTime(), readAt: readAt}
	for _, entry := range entries {
		name, ok := parseSegmentName(entry.Name())
		if !ok {
			continue
		}
		info, err := entry.Info()
		if err != nil {
			continue // removed meanwhile
		}
		seg := known[name]
		if seg == nil || seg.size != info.Size() || !seg.modTime.Equal(info.ModTime()) {
			seg = &segment{name: name, hour: h, size: info.Size(), modTime: info.ModTime(), path: segmentPath(h, name)}
		}
		next.segments = append(next.segments, seg)
	}
	c.hours[h] = next
	return nil
}

// all returns every segment, newest hour first, and within an hour by shard,
// stream and sequence.
func (c *catalog) all() []*segment {
	var out []*segment
	for _, p := range c.hours {
		out = append(out, p.segments...)
	}
	slices.SortFunc(out, func(a, b *segment) int {
		return cmp.Or(cmp.Compare(b.hour, a.hour), compareNames(a.name, b.name))
	})
	return out
}

func compareNames(a, b segmentName) int {
	return cmp.Or(cmp.Compare(a.shard, b.shard), cmp.Compare(a.epoch, b.epoch),
		cmp.Compare(a.first, b.first), cmp.Compare(b.last, a.last))
}

// newestCommits sorts the segments of one shard, newest in stream order first.
func newestCommits(segs []*segment) {
	slices.SortFunc(segs, func(a, b *segment) int {
		return cmp.Or(cmp.Compare(b.name.epoch, a.name.epoch), cmp.Compare(b.name.last, a.name.last),
			cmp.Compare(b.name.first, a.name.first))
	})
}

// candidates returns, per segment, a segment of the same hour, shard and stream
// whose range of sequences holds the segment's own, if there is one.
func candidates(segs []*segment) map[*segment][]*segment {
	out := make(map[*segment][]*segment)
	var open []*segment // those whose range reaches furthest, in order
	for i, seg := range segs {
		if i > 0 && (seg.hour != segs[i-1].hour || seg.name.shard != segs[i-1].name.shard || seg.name.epoch != segs[i-1].name.epoch) {
			open = open[:0]
		}
		open = slices.DeleteFunc(open, func(o *segment) bool { return o.name.last < seg.name.first })
		for _, o := range open {
			if o.name.last >= seg.name.last {
				out[seg] = append(out[seg], o)
			}
		}
		open = append(open, seg)
	}
	return out
}

// A snapshot is the set of segments that a query reads. While it is open, this
// process removes none of them.
type snapshot struct {
	store    *Store
	segments []*segment // visible ones, newest hour first
	hidden   []*segment
	ready    bool // both lists are complete
}

// snapshot lists the segments that hold events now. A segment is left out when
// another one has all its sequences: its compaction is done and only its removal
// is still to come. The range in the name says where to look; the sequences in
// the footer decide, because a range may have holes that another segment fills.
func (s *Store) snapshot() (*snapshot, error) {
	s.mu.Lock()
	err := s.refresh()
	all := s.all()
	snap := &snapshot{store: s}
	s.snapshots[snap] = struct{}{}
	s.mu.Unlock()
	if err != nil {
		snap.close()
		return nil, err
	}
	within := candidates(all)
	for _, seg := range all {
		hidden, err := s.coveredByAny(seg, within[seg])
		if err != nil {
			snap.close()
			return nil, err
		}
		if hidden {
			snap.hidden = append(snap.hidden, seg)
			continue
		}
		snap.segments = append(snap.segments, seg)
	}
	s.mu.Lock()
	snap.ready = true
	s.mu.Unlock()
	return snap, nil
}

func (p *snapshot) close() {
	p.store.mu.Lock()
	defer p.store.mu.Unlock()
	delete(p.store.snapshots, p)
}

func (s *Store) coveredByAny(seg *segment, larger []*segment) (bool, error) {
	if len(larger) == 0 {
		return false, nil
	}
	own, err := s.readSeqs(seg)
	if errors.Is(err, errGone) || errors.Is(err, errDamaged) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	for _, l := range larger {
		seqs, err := s.readSeqs(l)
		if err == nil && seqs.covers(own) {
			return true, nil
		}
		if err != nil && !errors.Is(err, errGone) && !errors.Is(err, errDamaged) {
			return false, err
		}
	}
	return false, nil
}
