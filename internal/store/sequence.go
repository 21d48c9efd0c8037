package store

import (
	"encoding/binary"
	"math"
	"slices"
)

// seqRuns is a set of stream sequences: sorted, disjoint, not touching runs.
type seqRuns []seqRun

// seqRun is the sequences first to last, both included.
type seqRun struct{ first, last uint64 }

// add puts seq into the set.
func (r seqRuns) add(seq uint64) seqRuns { return r.addRun(seqRun{seq, seq}) }

// addRun puts a run into the set. Sequences mostly come in order, so the end of
// the list is tried first.
func (r seqRuns) addRun(n seqRun) seqRuns {
	if len(r) == 0 || n.first > r[len(r)-1].last && n.first-r[len(r)-1].last > 1 {
		return append(r, n)
	}
	at, _ := slices.BinarySearchFunc(r, n.first, func(run seqRun, first uint64) int {
		if first > 0 && run.last < first-1 {
			return -1
		}
		return 1
	})
	end := at
	for end < len(r) && (n.last == math.MaxUint64 || r[end].first <= n.last+1) {
		n.first, n.last = min(n.first, r[end].first), max(n.last, r[end].last)
		end++
	}
	return slices.Replace(r, at, end, n)
}

// has reports whether seq is in the set.
func (r seqRuns) has(seq uint64) bool {
	at, _ := slices.BinarySearchFunc(r, seq, func(run seqRun, seq uint64) int {
		if run.last < seq {
			return -1
		}
		return 1
	})
	return at < len(r) && r[at].first <= seq
}

// covers reports whether every sequence of other is in the set.
func (r seqRuns) covers(other seqRuns) bool {
	i := 0
	for _, o := range other {
		for i < len(r) && r[i].last < o.last {
			i++
		}
		if i == len(r) || r[i].first > o.first {
			return false
		}
	}
	return true
}

// encode writes gaps and lengths: two bytes a run as a rule.
func (r seqRuns) encode() []byte {
	out := make([]byte, 0, len(r)*2+8)
	prev := uint64(0)
	for _, run := range r {
		out = binary.AppendUvarint(out, run.first-prev)
		out = binary.AppendUvarint(out, run.last-run.first)
		prev = run.last
	}
	return out
}

// decodeSeqRuns reads what encode wrote.
func decodeSeqRuns(data []byte) (seqRuns, error) {
	var out seqRuns
	prev := uint64(0)
	for len(data) > 0 {
		gap, n := binary.Uvarint(data)
		if n <= 0 || gap > math.MaxUint64-prev {
			return nil, errTruncated
		}
		data = data[n:]
		span, n := binary.Uvarint(data)
		if n <= 0 || span > math.MaxUint64-prev-gap {
			return nil, errTruncated
		}
		data = data[n:]
		run := seqRun{prev + gap, prev + gap + span}
		if len(out) > 0 && gap == 0 {
			return nil, errTruncated
		}
		out = out.addRun(run)
		prev = run.last
	}
	return out, nil
}

// A seqWindow remembers which of the newest sequences of a shard are stored. It
// keeps windowWords words of 64 sequences; what is older is forgotten, never
// assumed: the event ids still tell a repeat from news.
type seqWindow struct {
	words map[uint64]uint64
	top   uint64 // the highest word
}

// windowWords bounds a seqWindow to some megabytes: 16 million sequences.
const windowWords = 1 << 18

func newSeqWindow() *seqWindow { return &seqWindow{words: make(map[uint64]uint64)} }

func (w *seqWindow) has(seq uint64) bool { return w.words[seq>>6]&(1<<(seq&63)) != 0 }

func (w *seqWindow) add(seq uint64) {
	word := seq >> 6
	if word+windowWords < w.top {
		return
	}
	w.words[word] |= 1 << (seq & 63)
	if word <= w.top {
		return
	}
	w.top = word
	if len(w.words) > windowWords*5/4 {
		w.trim()
	}
}

func (w *seqWindow) trim() {
	for word := range w.words {
		if word+windowWords < w.top {
			delete(w.words, word)
		}
	}
}

// count is the number of sequences in the set.
func (r seqRuns) count() uint64 {
	n := uint64(0)
	for _, run := range r {
		n += run.last - run.first + 1
		if run.last-run.first == math.MaxUint64 {
			return math.MaxUint64
		}
	}
	return n
}
