package window

import "math"

// ranks is a multiset of numbers that knows the k-th smallest of them: a treap,
// whose nodes lie in one slice and count what is below them. Adding, removing and
// looking up take O(log n).
type ranks struct {
	nodes []rankNode
	free  []int32
	root  int32
	seed  uint64
}

// rankNode is a number that is there times times. Index 0 is no node.
type rankNode struct {
	number      float64
	priority    uint64
	left, right int32
	times, size int32
}

func newRanks() *ranks { return &ranks{nodes: make([]rankNode, 1)} }

func (r *ranks) len() int { return int(r.nodes[r.root].size) }

func (r *ranks) add(x float64) { r.root = r.insert(r.root, x) }

func (r *ranks) insert(at int32, x float64) int32 {
	if at == 0 {
		return r.newNode(x)
	}
	n := &r.nodes[at]
	switch {
	case x == n.number:
		n.times++
	case x < n.number:
		kid := r.insert(n.left, x)
		n = &r.nodes[at] // the slice may have moved
		n.left = kid
		if r.nodes[kid].priority > n.priority {
			at = r.rotateRight(at)
		}
	default:
		kid := r.insert(n.right, x)
		n = &r.nodes[at]
		n.right = kid
		if r.nodes[kid].priority > n.priority {
			at = r.rotateLeft(at)
		}
	}
	r.count(at)
	return at
}

// newNode returns a node for x. Priorities come from a fixed sequence: what is in
// a window does not know it, and the same window gives the same tree.
func (r *ranks) newNode(x float64) int32 {
	r.seed += 0x9e3779b97f4a7c15
	z := r.seed
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	node := rankNode{number: x, priority: z ^ z>>31, times: 1, size: 1}
	if n := len(r.free); n > 0 {
		at := r.free[n-1]
		r.free = r.free[:n-1]
		r.nodes[at] = node
		return at
	}
	r.nodes = append(r.nodes, node)
	return int32(len(r.nodes) - 1)
}

func (r *ranks) count(at int32) {
	n := &r.nodes[at]
	n.size = n.times + r.nodes[n.left].size + r.nodes[n.right].size
}

func (r *ranks) rotateRight(at int32) int32 {
	kid := r.nodes[at].left
	r.nodes[at].left, r.nodes[kid].right = r.nodes[kid].right, at
	r.count(at)
	return kid
}

func (r *ranks) rotateLeft(at int32) int32 {
	kid := r.nodes[at].right
	r.nodes[at].right, r.nodes[kid].left = r.nodes[kid].left, at
	r.count(at)
	return kid
}

// remove takes x, which is there, out once.
func (r *ranks) remove(x float64) { r.root = r.delete(r.root, x) }

func (r *ranks) delete(at int32, x float64) int32 {
	if at == 0 {
		return 0
	}
	n := &r.nodes[at]
	switch {
	case x < n.number:
		n.left = r.delete(n.left, x)
	case x > n.number:
		n.right = r.delete(n.right, x)
	case n.times > 1:
		n.times--
	default:
		kid := r.join(n.left, n.right)
		r.free = append(r.free, at)
		return kid
	}
	r.count(at)
	return at
}

// join joins two trees, of which all of the first is smaller.
func (r *ranks) join(a, b int32) int32 {
	switch {
	case a == 0:
		return b
	case b == 0:
		return a
	case r.nodes[a].priority > r.nodes[b].priority:
		r.nodes[a].right = r.join(r.nodes[a].right, b)
		r.count(a)
		return a
	default:
		r.nodes[b].left = r.join(a, r.nodes[b].left)
		r.count(b)
		return b
	}
}

// at returns the number of rank k, 0 being the smallest.
func (r *ranks) at(k int) float64 {
	for i := r.root; ; {
		n := &r.nodes[i]
		left := int(r.nodes[n.left].size)
		switch {
		case k < left:
			i = n.left
		case k < left+int(n.times):
			return n.number
		default:
			k -= left + int(n.times)
			i = n.right
		}
	}
}

// percentile returns the p-th percentile, with linear interpolation between the
// closest ranks: the smallest number is the 0th, the largest the 100th.
func (r *ranks) percentile(p float64) float64 {
	n := r.len()
	if n == 0 {
		return 0
	}
	rank := p / 100 * float64(n-1)
	low := int(math.Floor(rank))
	below, above := r.at(low), r.at(min(low+1, n-1))
	part := rank - float64(low)
	// Weighted, as the difference of two numbers may not be one.
	return below*(1-part) + above*part
}
