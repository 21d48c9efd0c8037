package sigma

import (
	"sort"
	"strings"
	"sync"
)

// maxPacks is how many log source tuple sets a Set keeps packs for. Past it the
// packs are built anew; normalizers emit a few dozen.
const maxPacks = 512

// Set is a compiled collection of rules. It is immutable, apart from its cache
// of packs, and safe for concurrent use.
type Set struct {
	options         Options
	rules           []*Rule
	ruleByID        map[string]*Rule
	correlations    []*Correlation
	correlationByID map[string]*Correlation

	predicates []*predicate
	fields     []field
	fieldIndex map[string]int32
	// predField and predOther are the fields of each predicate, the second
	// one of a fieldref.
	predField, predOther []int32

	mu sync.Mutex
	// packs is guarded by mu.
	packs map[string]*Pack
}

// field is a field that some rule names: the event's names for it. The first
// field of a Set stands for the keyword leaves.
type field struct {
	names []string
}

// keywordField is the index of the field that stands for the leaves.
const keywordField = 0

func newSet(options Options) *Set {
	return &Set{
		options:         options,
		ruleByID:        map[string]*Rule{},
		correlationByID: map[string]*Correlation{},
		fields:          []field{{}},
		fieldIndex:      map[string]int32{},
		packs:           map[string]*Pack{},
	}
}

// Rules returns the detection rules in the order they were loaded. The caller
// must not change the slice.
func (s *Set) Rules() []*Rule { return s.rules }

// Rule returns the detection rule with the given id, or nil.
func (s *Set) Rule(id string) *Rule { return s.ruleByID[id] }

// Correlations returns the correlations, inner ones before those that refer to
// them. The caller must not change the slice.
func (s *Set) Correlations() []*Correlation { return s.correlations }

// Correlation returns the correlation with the given id, or nil.
func (s *Set) Correlation(id string) *Correlation { return s.correlationByID[id] }

func (s *Set) add(r *Rule) {
	r.index = len(s.rules)
	s.rules = append(s.rules, r)
	s.ruleByID[r.ID] = r
}

// build compiles the rules' trees over one shared table of predicates.
func (s *Set) build() {
	b := builder{set: s, keys: map[string]int32{}}
	for _, r := range s.rules {
		p := b.program(r.tree)
		r.program = &p
		for i := range r.parts {
			q := b.program(r.parts[i].tree)
			r.parts[i].program = &q
		}
	}
}

type builder struct {
	set  *Set
	keys map[string]int32
}

// program is an expression over the predicate table, cheapest kids first.
type program struct {
	op   exprOp
	pred int32
	n    int32
	cost int32
	kids []program
}

func (b *builder) program(e *expr) program {
	if e.op == exprLeaf {
		id := b.intern(e.leaf)
		return program{op: exprLeaf, pred: id, cost: cost(e.leaf)}
	}
	p := program{op: e.op, n: int32(e.n), kids: make([]program, 0, len(e.kids))}
	for _, k := range e.kids {
		kid := b.program(k)
		p.kids = append(p.kids, kid)
		p.cost += kid.cost
	}
	sort.SliceStable(p.kids, func(i, j int) bool { return p.kids[i].cost < p.kids[j].cost })
	return p
}

// cost estimates what evaluating p takes, in comparisons of short texts.
func cost(p *predicate) int32 {
	c := int32(1)
	switch p.op {
	case opContains, opGlob:
		c = 4
	case opCIDR, opTime, opFieldRef:
		c = 8
	case opRegexp:
		c = 200
	}
	if p.keyword {
		c *= 16
	}
	return c
}

func (b *builder) intern(p *predicate) int32 {
	if id, ok := b.keys[p.key]; ok {
		return id
	}
	s := b.set
	id := int32(len(s.predicates))
	b.keys[p.key] = id
	s.predicates = append(s.predicates, p)
	f, other := int32(keywordField), int32(keywordField)
	if !p.keyword {
		f = s.fieldFor(p.field)
	}
	if p.op == opFieldRef {
		other = s.fieldFor(p.other)
	}
	s.predField = append(s.predField, f)
	s.predOther = append(s.predOther, other)
	return id
}

func (s *Set) fieldFor(key string) int32 {
	if i, ok := s.fieldIndex[key]; ok {
		return i
	}
	i := int32(len(s.fields))
	s.fieldIndex[key] = i
	s.fields = append(s.fields, field{names: strings.Split(key, "\x00")})
	return i
}

// FieldNames returns the names of all fields that detection rules ask for, as
// events name them, sorted.
func (s *Set) FieldNames() []string {
	seen := map[string]bool{}
	var out []string
	for _, f := range s.fields {
		for _, name := range f.names {
			if !seen[name] {
				seen[name] = true
				out = append(out, name)
			}
		}
	}
	sort.Strings(out)
	return out
}
