package sigma

// index finds, for one event, the rules of a pack that may match it: those with
// a predicate of their witness that holds. What it finds is a superset of what
// matches, never less.
type index struct {
	fields []fieldIndex
	// always are rules without a witness, by their place in the pack.
	always []int32
	// indexed[p>>6] has bit p&63 if predicate p is false on every event in
	// which the index does not find it.
	indexed []uint64
}

// fieldIndex finds predicates by the values of one field.
type fieldIndex struct {
	field int32
	// watches are the predicates, each with the rules whose witness it is in.
	watches []watch
	// equal and numbers find watches by a whole value.
	equal   map[string][]int32
	lengths [2]uint64 // lengths of the keys of equal; the last bit is 127 and more
	numbers map[int64][]int32
	// plain finds needles of ASCII, wide those that are not, which only texts
	// that are not ASCII can hold. A needle leads to its watches by position.
	plain, wide *finder
	// present are watches to look at whenever the field has a value, foreign
	// those to look at whenever a text is not ASCII: regular expressions fold
	// case in other ways than the needles do.
	present, foreign []int32
}

// watch is a predicate and the rules that are candidates when it holds.
type watch struct {
	pred  int32
	rules []int32
}

// finder is an automaton with what its needles lead to.
type finder struct {
	automaton *automaton
	spots     [][]spot
	lengths   []int
}

// spot is a watch that a needle leads to when it stands in the right place.
type spot struct {
	watch int32
	at    anchor
}

// indexBuilder collects the watches of a pack.
type indexBuilder struct {
	set    *Set
	index  *index
	fields map[int32]*fieldBuilder
	order  []int32
}

type fieldBuilder struct {
	fieldIndex
	byPred      map[int32]int32
	plain, wide needleSet
}

// needleSet collects needles and their spots.
type needleSet struct {
	ids     map[string]int
	needles []string
	spots   [][]spot
}

func newIndex(s *Set, rules []*Rule) *index {
	b := indexBuilder{
		set:    s,
		index:  &index{indexed: make([]uint64, (len(s.predicates)+63)/64)},
		fields: map[int32]*fieldBuilder{},
	}
	for i, r := range rules {
		preds, _, ok := s.witness(r.program)
		if !ok {
			b.index.always = append(b.index.always, int32(i))
			continue
		}
		for _, pred := range preds {
			b.watch(pred, int32(i))
		}
	}
	for _, f := range b.order {
		b.index.fields = append(b.index.fields, b.fields[f].build())
	}
	return b.index
}

func (b *indexBuilder) watch(pred, rule int32) {
	f := b.set.predField[pred]
	fb := b.fields[f]
	if fb == nil {
		fb = &fieldBuilder{fieldIndex: fieldIndex{field: f}, byPred: map[int32]int32{}}
		b.fields[f] = fb
		b.order = append(b.order, f)
	}
	at, ok := fb.byPred[pred]
	if !ok {
		at = int32(len(fb.watches))
		fb.byPred[pred] = at
		fb.watches = append(fb.watches, watch{pred: pred})
		b.index.indexed[pred>>6] |= 1 << (pred & 63)
		fb.place(at, b.set.predicates[pred])
	}
	w := &fb.watches[at]
	if n := len(w.rules); n == 0 || w.rules[n-1] != rule {
		w.rules = append(w.rules, rule)
	}
}

// place decides how watch at is found.
func (fb *fieldBuilder) place(at int32, p *predicate) {
	switch {
	case p.op == opNumber && p.relation == relEqual && p.isSmall:
		if fb.numbers == nil {
			fb.numbers = map[int64][]int32{}
		}
		fb.numbers[p.small] = append(fb.numbers[p.small], at)
		return
	case p.op == opEqual:
		fb.placeEqual(at, fold(p.text))
		return
	}
	needles := p.needles()
	if len(needles) == 0 {
		fb.present = append(fb.present, at)
		return
	}
	for _, n := range needles {
		set := &fb.plain
		if !isASCII(n.text) {
			set = &fb.wide
		}
		set.add(n.cut(), at)
	}
	if p.op == opRegexp {
		fb.foreign = append(fb.foreign, at)
	}
}

func (fb *fieldBuilder) placeEqual(at int32, text string) {
	if fb.equal == nil {
		fb.equal = map[string][]int32{}
	}
	fb.equal[text] = append(fb.equal[text], at)
	n := min(len(text), 127)
	fb.lengths[n>>6] |= 1 << (n & 63)
}

func (s *needleSet) add(n needle, at int32) {
	if s.ids == nil {
		s.ids = map[string]int{}
	}
	id, ok := s.ids[n.text]
	if !ok {
		id = len(s.needles)
		s.ids[n.text] = id
		s.needles = append(s.needles, n.text)
		s.spots = append(s.spots, nil)
	}
	s.spots[id] = append(s.spots[id], spot{at, n.at})
}

func (s *needleSet) finder() *finder {
	if len(s.needles) == 0 {
		return nil
	}
	f := &finder{automaton: newAutomaton(s.needles), spots: s.spots, lengths: make([]int, len(s.needles))}
	for i, n := range s.needles {
		f.lengths[i] = len(n)
	}
	return f
}

func (fb *fieldBuilder) build() fieldIndex {
	out := fb.fieldIndex
	out.plain, out.wide = fb.plain.finder(), fb.wide.finder()
	return out
}
