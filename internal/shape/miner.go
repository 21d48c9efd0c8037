package shape

import (
	"slices"
	"strings"
)

// Miner puts lines into groups of one shape. Lines that are added in the same
// order get the same groups. The zero value is ready for use; a Miner isn't safe
// for concurrent use.
type Miner struct {
	leaves map[leaf][]*Group
	groups []*Group
}

// leaf is where the groups that a line is compared with are found: a line only
// joins others of its length and beginning.
type leaf struct {
	key   string
	words int
	first string
}

// Limits that keep memory bounded whatever is added.
const (
	// maxPerLeaf is how many groups of one length and beginning there are; the
	// line that would make another joins the nearest.
	maxPerLeaf = 32
	// maxGroups is how many groups there are; lines that fit none are then
	// counted in one more group per key.
	maxGroups = 4096
	// alike is which share of its words a line must have in common with a
	// group.
	alike = 0.5
)

// Group is a set of lines of one key and one shape.
type Group struct {
	// Key is what Add was given.
	Key string
	// Number is the group's place in the order in which groups began, from 0.
	Number int
	// Lines counts the lines.
	Lines int

	words []string
}

// Shape returns what the group's lines have in common, with marks for what
// differs: <n> for a number, <ip> for an address, <hex> for a hexadecimal
// number, <*> for anything.
func (g *Group) Shape() string {
	if len(g.words) > 0 && g.words[0] == "{" {
		return "{" + strings.Join(g.words[1:], ", ") + "}"
	}
	return strings.Join(g.words, " ")
}

// Add counts line in the group of key that it is most alike, or in a new one.
// Lines of different keys never share a group.
func (m *Miner) Add(key, line string) *Group {
	words := words(line)
	at := leaf{key: key, words: len(words)}
	switch {
	case len(words) == 0:
	case words[0] == "{":
		at.first = strings.Join(words, " ") // objects with other members are others
	default:
		at.first = words[0]
	}
	if len(m.groups) >= maxGroups {
		at = leaf{key: key, words: -1}
	}
	best, share := nearest(m.leaves[at], words)
	if best == nil || share < alike && len(m.leaves[at]) < maxPerLeaf && at.words >= 0 {
		return m.begin(at, words)
	}
	best.Lines++
	best.join(words)
	return best
}

func (m *Miner) begin(at leaf, words []string) *Group {
	if m.leaves == nil {
		m.leaves = make(map[leaf][]*Group)
	}
	g := &Group{Key: strings.Clone(at.key), Number: len(m.groups), Lines: 1, words: cloneAll(words)}
	if at.words < 0 {
		g.words = []string{anyMark}
	}
	at.key, at.first = g.Key, strings.Clone(at.first)
	m.leaves[at] = append(m.leaves[at], g)
	m.groups = append(m.groups, g)
	return g
}

// cloneAll copies words, which share memory with lines that shall not be kept.
func cloneAll(words []string) []string {
	out := make([]string, len(words))
	for i, word := range words {
		out[i] = strings.Clone(word)
	}
	return out
}

// nearest returns the group that has the greatest share of words in common with
// words, the oldest of equals.
func nearest(groups []*Group, words []string) (best *Group, share float64) {
	for _, g := range groups {
		same := 0
		for i := range min(len(words), len(g.words)) {
			if words[i] == g.words[i] {
				same++
			}
		}
		s := 1.0
		if len(words) > 0 {
			s = float64(same) / float64(len(words))
		}
		if best == nil || s > share {
			best, share = g, s
		}
	}
	return best, share
}

// join takes what differs out of the group's shape.
func (g *Group) join(words []string) {
	for i := range min(len(words), len(g.words)) {
		if g.words[i] != words[i] {
			g.words[i] = anyMark
		}
	}
}

// Groups returns the groups, those with the most lines first, of equals the
// oldest.
func (m *Miner) Groups() []*Group {
	out := slices.Clone(m.groups)
	slices.SortStableFunc(out, func(a, b *Group) int { return b.Lines - a.Lines })
	return out
}
