package window

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// ranks is a sorted slice, only faster.
func TestRanksAgainstASortedSlice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := newRanks()
		var plain []float64
		for range rapid.IntRange(0, 120).Draw(t, "steps") {
			if len(plain) > 0 && rapid.Bool().Draw(t, "remove") {
				i := rapid.IntRange(0, len(plain)-1).Draw(t, "which")
				r.remove(plain[i])
				plain = slices.Delete(plain, i, i+1)
			} else {
				x := float64(rapid.IntRange(-5, 5).Draw(t, "number"))
				r.add(x)
				plain = append(plain, x)
				slices.Sort(plain)
			}
			if r.len() != len(plain) {
				t.Fatalf("holds %d, want %d", r.len(), len(plain))
			}
			for i, want := range plain {
				if got := r.at(i); got != want {
					t.Fatalf("rank %d is %v in %v", i, got, plain)
				}
			}
			if len(plain) > 0 {
				if got, want := r.percentile(37), modelPercentile(plain, 37); got != want {
					t.Fatalf("the 37th percentile is %v, want %v of %v", got, want, plain)
				}
			}
		}
		if len(r.nodes) > 12 {
			t.Fatalf("%d nodes for 11 different numbers: nodes are not used again", len(r.nodes))
		}
	})
}

// The tree stays flat when numbers come sorted.
func TestRanksOfSortedNumbers(t *testing.T) {
	t.Parallel()
	r := newRanks()
	const n = 1 << 16
	for i := range n {
		r.add(float64(i))
	}
	var depth func(at int32) int
	depth = func(at int32) int {
		if at == 0 {
			return 0
		}
		return 1 + max(depth(r.nodes[at].left), depth(r.nodes[at].right))
	}
	if d := depth(r.root); d > 64 {
		t.Errorf("%d numbers lie %d deep", n, d)
	}
}
