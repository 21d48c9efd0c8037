package sigma

// automaton finds all occurrences of a set of short needles in one pass over a
// text: an Aho–Corasick automaton as a dense table over classes of bytes. Bytes
// that no needle holds share one class; a capital letter shares that of its
// small one, so ASCII text need not be lower-cased first.
type automaton struct {
	classes [256]uint8
	// table holds, for state*width + class, the next state, multiplied by
	// width already, with hitFlag set if needles end there.
	table []uint32
	width uint32
	// outputs holds, per state, the needles that end there, longest first.
	outputs [][]int32
}

// hitFlag marks a state in which a needle ends.
const hitFlag = 1 << 31

// newAutomaton builds the automaton for needles, which must not be empty and in
// lower case. Their positions in the slice are what scan reports.
func newAutomaton(needles []string) *automaton {
	a := &automaton{}
	width := a.classify(needles)
	t := trie{width: width, next: make([]int32, width), outputs: make([][]int32, 1)}
	for i, needle := range needles {
		t.insert(&a.classes, needle, int32(i))
	}
	a.width = uint32(width)
	a.fill(&t)
	return a
}

// classify numbers the bytes that occur in needles and returns how many classes
// there are; class 0 is everything else.
func (a *automaton) classify(needles []string) int {
	n := 1
	for _, needle := range needles {
		for i := 0; i < len(needle); i++ {
			if c := needle[i]; a.classes[c] == 0 && n < 256 {
				a.classes[c] = uint8(n)
				n++
			}
		}
	}
	for c := 'A'; c <= 'Z'; c++ {
		a.classes[c] = a.classes[c+'a'-'A']
	}
	return n
}

// trie is the tree of needles; next has width children per node, 0 for none.
type trie struct {
	width   int
	next    []int32
	outputs [][]int32
}

func (t *trie) insert(classes *[256]uint8, needle string, id int32) {
	node := 0
	for i := 0; i < len(needle); i++ {
		at := node*t.width + int(classes[needle[i]])
		if t.next[at] == 0 {
			t.next[at] = int32(len(t.outputs))
			t.next = append(t.next, make([]int32, t.width)...)
			t.outputs = append(t.outputs, nil)
		}
		node = int(t.next[at])
	}
	t.outputs[node] = append(t.outputs[node], id)
}

// fill completes the trie to an automaton, breadth first: where a node has no
// child, the child of the longest proper suffix that is a node too is taken.
func (a *automaton) fill(t *trie) {
	fail := make([]int32, len(t.outputs))
	queue := make([]int32, 0, len(t.outputs))
	for c := range t.width {
		if child := t.next[c]; child != 0 {
			queue = append(queue, child)
		}
	}
	for head := 0; head < len(queue); head++ {
		node := int(queue[head])
		suffix := int(fail[node])
		t.outputs[node] = append(t.outputs[node], t.outputs[suffix]...)
		for c := range t.width {
			at := node*t.width + c
			if t.next[at] == 0 {
				t.next[at] = t.next[suffix*t.width+c]
				continue
			}
			fail[t.next[at]] = t.next[suffix*t.width+c]
			queue = append(queue, t.next[at])
		}
	}
	a.outputs = t.outputs
	a.table = make([]uint32, len(t.next))
	for i, next := range t.next {
		a.table[i] = uint32(next) * a.width
		if len(t.outputs[next]) > 0 {
			a.table[i] |= hitFlag
		}
	}
}

// ends returns the needles that end in a flagged state.
func (a *automaton) ends(state uint32) []int32 { return a.outputs[state&^hitFlag/a.width] }
