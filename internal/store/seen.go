package store

import (
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// seen remembers the events of the newest batches by id, so that a batch that
// comes again, whole or in part and whatever its sequence, is not stored twice.
// An event id is "<batch>-<line>": a batch costs a few words however many lines
// it has. The oldest batches are forgotten when limit is passed.
type seen struct {
	limit   int
	batches map[uint64]lineSet
	order   []uint64 // a ring of the hashes in the order of arrival
	next    int
}

// lineSet is a set of line numbers, most often one run.
type lineSet struct {
	first, last uint32
	more        *[]lineRun
}

type lineRun struct{ first, last uint32 }

func newSeen(limit int) *seen { return &seen{limit: limit, batches: make(map[uint64]lineSet)} }

func (s *seen) reset() {
	clear(s.batches)
	s.order, s.next = s.order[:0], 0
}

func (l *lineSet) has(line uint32) bool {
	if line >= l.first && line <= l.last {
		return true
	}
	if l.more == nil {
		return false
	}
	for _, r := range *l.more {
		if line >= r.first && line <= r.last {
			return true
		}
	}
	return false
}

func (s *seen) has(hash uint64, line uint32) bool {
	l, ok := s.batches[hash]
	return ok && l.has(line)
}

// add remembers the lines first to last of a batch.
func (s *seen) add(hash uint64, first, last uint32) {
	l, ok := s.batches[hash]
	switch {
	case !ok:
		s.remember(hash)
		l = lineSet{first: first, last: last}
	case l.more == nil && first >= l.first && first <= l.last+1 && l.last < 1<<32-1:
		l.last = max(l.last, last)
	default:
		if l.more == nil {
			l.more = new([]lineRun)
		}
		runs := *l.more
		if n := len(runs); n > 0 && runs[n-1].last < 1<<32-1 && runs[n-1].last+1 == first {
			runs[n-1].last = last
		} else {
			*l.more = append(runs, lineRun{first, last})
		}
	}
	s.batches[hash] = l
}

func (s *seen) remember(hash uint64) {
	if s.limit == 0 || len(s.order) < s.limit {
		s.order = append(s.order, hash)
		return
	}
	delete(s.batches, s.order[s.next])
	s.order[s.next] = hash
	s.next = (s.next + 1) % s.limit
}

// splitID cuts an event id into its batch and line. An id of another shape is a
// batch of its own.
func splitID(id string) (batch string, line uint32) {
	at := strings.LastIndexByte(id, '-')
	if at < 0 {
		return id, 0
	}
	n, err := strconv.ParseUint(id[at+1:], 10, 32)
	if err != nil {
		return id, 0
	}
	return id[:at], uint32(n)
}

func hashBatch(batch string) uint64 { return xxhash.Sum64String(batch) }

// An idReader turns the ids of consecutive events into batch hashes and lines;
// it hashes a batch once for all its lines.
type idReader struct {
	batch string
	hash  uint64
}

func (r *idReader) read(id string) (hash uint64, line uint32) {
	batch, line := splitID(id)
	if batch != r.batch || r.batch == "" {
		r.batch, r.hash = batch, hashBatch(batch)
	}
	return r.hash, line
}

// appendLine adds a line to a list of batches, joining it to the last entry
// where it continues that one.
func appendLine(list []batchLines, hash uint64, line uint32) []batchLines {
	if n := len(list); n > 0 && list[n-1].hash == hash && list[n-1].last < 1<<32-1 && list[n-1].last+1 == line {
		list[n-1].last = line
		return list
	}
	return append(list, batchLines{hash, line, line})
}
