package store

import (
	"container/list"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/parquet-go/parquet-go"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// errGone says that a segment was removed or replaced since it was listed: the
// list is old, not the archive broken.
var errGone = errors.New("segment is gone")

// errDamaged says that a segment can't be read and was put aside.
var errDamaged = errors.New("segment is damaged")

// openFile is a segment that is open for reading. It is shared; the last user
// closes it.
type openFile struct {
	seg   *segment
	file  *os.File
	pq    *parquet.File
	users atomic.Int32
	// columns and the two leaves of extra hold physical indexes, -1 for what the
	// segment does not have.
	columns      [event.NumColumns]leaf
	keys, values leaf
}

func (f *openFile) release() {
	if f.users.Add(-1) == 0 {
		_ = f.file.Close() // it was only read
	}
}

// A fileCache keeps the segments open that were read last.
type fileCache struct {
	limit int
	files map[*segment]*list.Element
	order *list.List // of *openFile, last used in front
}

func newFileCache(limit int) fileCache {
	return fileCache{limit: limit, files: make(map[*segment]*list.Element), order: list.New()}
}

func (c *fileCache) get(seg *segment) *openFile {
	at := c.files[seg]
	if at == nil {
		return nil
	}
	c.order.MoveToFront(at)
	f, _ := at.Value.(*openFile)
	f.users.Add(1)
	return f
}

func (c *fileCache) put(f *openFile) {
	if c.files[f.seg] != nil {
		return // another query was faster; this one closes its own after use
	}
	f.users.Add(1)
	c.files[f.seg] = c.order.PushFront(f)
	for c.order.Len() > c.limit {
		last, _ := c.order.Remove(c.order.Back()).(*openFile)
		delete(c.files, last.seg)
		last.release()
	}
}

func (c *fileCache) drop(seg *segment) {
	at := c.files[seg]
	if at == nil {
		return
	}
	delete(c.files, seg)
	f, _ := c.order.Remove(at).(*openFile)
	f.release()
}

func (c *fileCache) closeAll() error {
	for seg := range c.files {
		c.drop(seg)
	}
	return nil
}

// open opens a segment; the caller releases it.
func (s *Store) open(seg *segment) (*openFile, error) {
	s.mu.Lock()
	f := s.files.get(seg)
	s.mu.Unlock()
	if f != nil {
		return f, nil
	}
	f, err := s.openSegment(seg)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.files.put(f)
	s.mu.Unlock()
	return f, nil
}

func (s *Store) openSegment(seg *segment) (*openFile, error) {
	file, err := os.Open(s.disk.path(seg.path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errGone
	}
	if err != nil {
		return nil, fmt.Errorf("open segment %s: %w", seg.path, err)
	}
	info, err := file.Stat()
	if err == nil && (info.Size() != seg.size || !info.ModTime().Equal(seg.modTime)) {
		err = errGone
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	f, err := newOpenFile(seg, file)
	if err != nil {
		_ = file.Close() // it was only read
		return nil, s.quarantine(seg, err)
	}
	return f, nil
}

func newOpenFile(seg *segment, file *os.File) (f *openFile, err error) {
	defer func() {
		// parquet-go checks most of what it reads; a damaged footer must not
		// stop the archive over the rest.
		if r := recover(); r != nil {
			err = fmt.Errorf("read footer: %v", r)
		}
	}()
	pq, err := parquet.OpenFile(file, seg.size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, fmt.Errorf("read footer: %w", err)
	}
	m, err := decodeMeta(pq.Lookup, false)
	if err != nil {
		return nil, err
	}
	if n := m.seqs.count(); n > uint64(pq.NumRows()) {
		return nil, fmt.Errorf("footer: %d sequences in %d rows", n, pq.NumRows())
	}
	f = &openFile{seg: seg, file: file, pq: pq}
	f.users.Store(1)
	f.lookUpLeaves()
	seg.sum.Store(&summary{rows: pq.NumRows(), minTime: m.minTime, maxTime: m.maxTime})
	return f, nil
}

// lookUpLeaves finds where this segment has each column: an older segment lacks
// columns that were added later.
func (f *openFile) lookUpLeaves() {
	find := func(path ...string) leaf {
		found, ok := f.pq.Schema().Lookup(path...)
		if !ok {
			return leaf{index: -1}
		}
		return leaf{index: found.ColumnIndex, maxDef: found.MaxDefinitionLevel, maxRep: found.MaxRepetitionLevel}
	}
	for c := range f.columns {
		f.columns[c] = find(leafPath(event.Column(c))...)
	}
	f.keys = find(extraName, "key_value", "key")
	f.values = find(extraName, "key_value", "value")
}

// quarantine puts a damaged segment aside, where nothing looks for it, and tells
// the operator. It returns an error that matches errDamaged.
func (s *Store) quarantine(seg *segment, cause error) error {
	target := s.disk.path(filepath.Join(quarantineDir, seg.path))
	err := s.disk.makeDir(filepath.Dir(target))
	if err == nil {
		err = s.disk.rename(s.disk.path(seg.path), target)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return errGone
	}
	s.problem(fmt.Errorf("segment %s can't be read and was moved to %s; search goes on without it: %w",
		seg.path, filepath.Join(quarantineDir, seg.path), errors.Join(cause, err)))
	return fmt.Errorf("%w: %s: %v", errDamaged, seg.path, cause)
}

// summarize returns what the footer of seg says, reading it at most once.
func (s *Store) summarize(seg *segment) (*summary, error) {
	if sum := seg.sum.Load(); sum != nil {
		return sum, nil
	}
	f, err := s.open(seg)
	if err != nil {
		return nil, err
	}
	defer f.release()
	return seg.sum.Load(), nil
}

// readSeqs returns the sequences inside a segment.
func (s *Store) readSeqs(seg *segment) (seqRuns, error) {
	f, err := s.open(seg)
	if err != nil {
		return nil, err
	}
	defer f.release()
	m, err := decodeMeta(f.pq.Lookup, false)
	return m.seqs, err
}

// readMeta returns the segment's metadata with its list of batches, which comes
// from the event ids where the footer has none.
func (s *Store) readMeta(seg *segment) (meta, error) {
	f, err := s.open(seg)
	if err != nil {
		return meta{}, err
	}
	defer f.release()
	m, err := decodeMeta(f.pq.Lookup, true)
	if err != nil {
		return meta{}, s.quarantine(seg, err)
	}
	m.rows = int(f.pq.NumRows())
	if len(m.batches) > 0 {
		return m, nil
	}
	if m.batches, err = f.readBatches(); err != nil {
		return meta{}, s.quarantine(seg, err)
	}
	return m, nil
}
