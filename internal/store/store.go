package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Store is one archive folder. It is safe for concurrent use, by several
// processes too, as long as each shard has one owner at a time.
type Store struct {
	opts   Options
	layout *layout
	disk   *disk
	// problem is told what an operator should look at and nobody is waiting for.
	problem func(error)

	mu sync.Mutex // protects catalog, files and the snapshots
	catalog
	files     fileCache
	snapshots map[*snapshot]struct{}
}

// Open opens the archive in o.Folder and creates it when it is missing. Problems
// that concern one segment, damage for one, are told to problem, and the rest
// goes on; problem may be called concurrently.
func Open(o Options, problem func(error)) (*Store, error) {
	if err := o.Validate(); err != nil {
		return nil, fmt.Errorf("open archive: %w", err)
	}
	if problem == nil {
		problem = func(error) {}
	}
	s := &Store{
		opts: o, layout: newLayout(), disk: &disk{root: o.Folder}, problem: problem,
		catalog: newCatalog(o.Folder), files: newFileCache(maxOpenFiles), snapshots: make(map[*snapshot]struct{}),
	}
	for _, dir := range []string{eventsDir, alertsDir} {
		if err := s.disk.makeDir(s.disk.path(dir)); err != nil {
			return nil, fmt.Errorf("open archive %s: %w", o.Folder, err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refresh(); err != nil {
		return nil, fmt.Errorf("open archive %s: %w", o.Folder, err)
	}
	return s, nil
}

// Close closes the files that queries left open. Queries that still run fail.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.files.closeAll()
}

// Shard returns the writer of one shard for its owner. It removes what a crash
// of an earlier owner left behind and reads which batches are stored.
func (s *Store) Shard(number int) (*Shard, error) {
	if number < 0 || number > 1<<16-1 {
		return nil, fmt.Errorf("open shard %d: expected 0 to 65535", number)
	}
	if err := s.cleanTemps(number); err != nil {
		return nil, fmt.Errorf("open shard %d: %w", number, err)
	}
	sh := newShard(s, number)
	if err := sh.seed(); err != nil {
		return nil, fmt.Errorf("open shard %d: %w", number, err)
	}
	return sh, nil
}

// cleanTemps removes the shard's temporary files. A crash leaves at most one, in
// one of the newest folders, but age is no reason to keep another.
func (s *Store) cleanTemps(number int) error {
	prefix := fmt.Sprintf("%d-", number)
	return filepath.WalkDir(s.disk.path(eventsDir), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return ignoreMissing(err)
		}
		if d.IsDir() || !strings.HasSuffix(path, tempSuffix) || !strings.HasPrefix(d.Name(), prefix) {
			return nil
		}
		return s.disk.remove(path)
	})
}

// seed reads what the shard has stored, newest segments last, until memory is
// full. It replaces what the shard knew before.
func (s *Shard) seed() error {
	snap, err := s.store.snapshot()
	if err != nil {
		return err
	}
	defer snap.close()
	var segs []*segment
	room := s.store.opts.DedupBatches
	for _, seg := range snap.segments {
		if seg.name.shard == s.number {
			segs = append(segs, seg)
		}
	}
	newestCommits(segs)
	s.seen.reset()
	s.seqs, s.epoch = newSeqWindow(), 0
	var metas []meta
	for _, seg := range segs {
		m, err := s.store.readMeta(seg)
		if errors.Is(err, errGone) || errors.Is(err, errDamaged) {
			continue
		}
		if err != nil {
			return err
		}
		if s.epoch == 0 {
			s.epoch = seg.name.epoch
		}
		if seg.name.epoch != s.epoch {
			m.seqs = nil
		}
		metas = append(metas, m)
		if room -= len(m.batches); room <= 0 || len(metas) == maxSeedSegments {
			break
		}
	}
	for i := len(metas) - 1; i >= 0; i-- {
		s.rememberMeta(&metas[i])
	}
	return nil
}

// removeEmptyDirs removes the partition's folders that have become empty.
func (s *Store) removeEmptyDirs(h hour) {
	dir := s.disk.path(filepath.Join(eventsDir, h.dir()))
	if os.Remove(dir) == nil {
		_ = os.Remove(filepath.Dir(dir)) // it may hold other hours
	}
}

// Position returns the highest stream sequence stored of a shard, 0 for none.
func (s *Store) Position(shard int) (uint64, error) {
	snap, err := s.snapshot()
	if err != nil {
		return 0, err
	}
	defer snap.close()
	var epoch int64
	var last uint64
	for _, seg := range snap.segments {
		n := seg.name
		if n.shard != shard || n.epoch < epoch {
			continue
		}
		if n.epoch > epoch {
			epoch, last = n.epoch, 0
		}
		last = max(last, n.last)
	}
	return last, nil
}

// Stats describes the archive.
type Stats struct {
	// Segments and Bytes count the segment files that are searched.
	Segments int   `json:"segments"`
	Bytes    int64 `json:"bytes"`
	// Oldest and Newest are the starts of the first and the last hour of
	// ingestion; zero when the archive is empty.
	Oldest time.Time `json:"oldest,omitzero"`
	Newest time.Time `json:"newest,omitzero"`
	// Positions is the highest stream sequence stored per shard.
	Positions map[int]uint64 `json:"positions"`
}

// Stats returns the state of the archive without reading any segment.
func (s *Store) Stats() (Stats, error) {
	snap, err := s.snapshot()
	if err != nil {
		return Stats{}, err
	}
	defer snap.close()
	out := Stats{Segments: len(snap.segments), Positions: make(map[int]uint64)}
	epochs := make(map[int]int64)
	for i, seg := range snap.segments {
		out.Bytes += seg.size
		n := seg.name
		if n.epoch > epochs[n.shard] {
			epochs[n.shard] = n.epoch
			out.Positions[n.shard] = 0
		}
		if n.epoch == epochs[n.shard] {
			out.Positions[n.shard] = max(out.Positions[n.shard], n.last)
		}
		if i == 0 {
			out.Newest = seg.hour.start()
		}
		out.Oldest = seg.hour.start()
	}
	return out, nil
}
