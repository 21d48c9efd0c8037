package store

import "math/bits"

// bitset is a set of the rows of one row group.
type bitset []uint64

func newBitset(rows int) bitset { return make(bitset, (rows+63)/64) }

// fullBitset returns the set of all rows.
func fullBitset(rows int) bitset {
	b := newBitset(rows)
	for i := range b {
		b[i] = ^uint64(0)
	}
	if r := rows % 64; r != 0 {
		b[len(b)-1] = 1<<r - 1
	}
	return b
}

func (b bitset) has(i int) bool { return b[i>>6]&(1<<(i&63)) != 0 }
func (b bitset) set(i int)      { b[i>>6] |= 1 << (i & 63) }

func (b bitset) empty() bool {
	for _, w := range b {
		if w != 0 {
			return false
		}
	}
	return true
}

func (b bitset) count() int {
	n := 0
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// next returns the first row of the set from i on, or -1.
func (b bitset) next(i int) int {
	for w := i >> 6; w < len(b); w++ {
		word := b[w]
		if w == i>>6 {
			word &= ^uint64(0) << (i & 63)
		}
		if word != 0 {
			return w<<6 + bits.TrailingZeros64(word)
		}
	}
	return -1
}

func (b bitset) clone() bitset { return append(bitset(nil), b...) }

func (b bitset) add(o bitset) {
	for i := range b {
		b[i] |= o[i]
	}
}

func (b bitset) remove(o bitset) {
	for i := range b {
		b[i] &^= o[i]
	}
}

// slices cuts the set into sets of rows that lie close together, each within
// rows of its first word.
func (b bitset) slices(rows int) []bitset {
	var out []bitset
	for from := 0; from < len(b); from += rows / 64 {
		to := min(from+rows/64, len(b))
		part := make(bitset, len(b))
		copy(part[from:to], b[from:to])
		if !part.empty() {
			out = append(out, part)
		}
	}
	return out
}
