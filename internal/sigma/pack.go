package sigma

import (
	"slices"
	"strings"
)

// Pack holds the rules of a Set that apply to events with one set of log source
// tuples, and the fields those rules read, bound for such events. It is
// immutable and safe for concurrent use.
type Pack struct {
	set   *Set
	rules []*Rule
	// refs holds the bound names of each field of the set; nil for fields
	// that no rule of the pack reads.
	refs  [][]Ref
	index *index
}

// Pack returns the pack for events with the given tuples, building it the first
// time. A caller that sees the same tuples again and again should keep it.
func (s *Set) Pack(sources []LogSource) *Pack {
	key := packKey(sources)
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.packs[key]; p != nil {
		return p
	}
	if len(s.packs) >= maxPacks {
		clear(s.packs)
	}
	p := s.newPack(sources)
	s.packs[key] = p
	return p
}

func packKey(sources []LogSource) string {
	var b strings.Builder
	for _, l := range sources {
		for _, part := range []string{l.Category, l.Product, l.Service} {
			b.WriteString(strings.ReplaceAll(part, "\x00", "\x00\x00"))
			b.WriteString("\x00.")
		}
	}
	return b.String()
}

func (s *Set) newPack(sources []LogSource) *Pack {
	p := &Pack{set: s, refs: make([][]Ref, len(s.fields))}
	folded := make([]LogSource, len(sources))
	for i, l := range sources {
		folded[i] = l.fold()
	}
	for _, r := range s.rules {
		if s.applies(r, folded) {
			p.rules = append(p.rules, r)
			p.bind(r.program, sources)
			for i := range r.parts {
				p.bind(r.parts[i].program, sources)
			}
		}
	}
	p.index = newIndex(s, p.rules)
	return p
}

func (s *Set) applies(r *Rule, folded []LogSource) bool {
	if s.options.IgnoreLogSource || s.options.MatchUnlabelled && len(folded) == 0 {
		return true
	}
	return slices.ContainsFunc(folded, r.folded.applies)
}

// bind binds the fields that a program reads.
func (p *Pack) bind(prog *program, sources []LogSource) {
	for i := range prog.kids {
		p.bind(&prog.kids[i], sources)
	}
	if prog.op != exprLeaf {
		return
	}
	p.bindField(p.set.predField[prog.pred], sources)
	p.bindField(p.set.predOther[prog.pred], sources)
}

func (p *Pack) bindField(f int32, sources []LogSource) {
	if p.refs[f] != nil || f == keywordField {
		return
	}
	for _, name := range p.set.fields[f].names {
		ref := Ref{Name: name}
		if p.set.options.Bind != nil {
			ref.Bound = p.set.options.Bind(sources, name)
		}
		p.refs[f] = append(p.refs[f], ref)
	}
}

// Rules returns the rules that apply. The caller must not change the slice.
func (p *Pack) Rules() []*Rule { return p.rules }
