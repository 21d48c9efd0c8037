package detect

import (
	"slices"

	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/sigma"
)

// maxCached bounds what a Matcher remembers per log source: packs, and bindings
// of fields. Past it the memory is emptied and fills again.
const maxCached = 4096

// Matcher matches events against a Set. It holds scratch memory: one goroutine
// at a time may use it.
type Matcher struct {
	set   *Set
	sigma *sigma.Matcher
	event adapter
	// last is the log source of the event before, and its pack: the next event
	// is mostly of the same kind.
	last     []string
	lastPack *sigma.Pack
	packs    map[string]*sigma.Pack
	bindings map[string]*sigma.Ref
	key      []byte
	values   []sigma.Value
}

// NewMatcher returns a matcher for s.
func (s *Set) NewMatcher() *Matcher {
	return &Matcher{set: s, sigma: s.sigma.NewMatcher(), packs: map[string]*sigma.Pack{}, bindings: map[string]*sigma.Ref{}}
}

// Match appends to dst the rules that match e, in the order they were loaded. It
// does not allocate when there are none. The matcher keeps no part of e.
func (m *Matcher) Match(e *event.Event, dst []*sigma.Rule) []*sigma.Rule {
	p := m.pack(e.List(event.LogSource))
	m.event.begin(e)
	dst = m.sigma.Match(p, &m.event, dst)
	m.event.event = nil
	return dst
}

func (m *Matcher) pack(column []string) *sigma.Pack {
	if m.lastPack != nil && slices.Equal(m.last, column) {
		return m.lastPack
	}
	m.key = m.key[:0]
	for _, text := range column {
		m.key = append(append(m.key, text...), 0)
	}
	p := m.packs[string(m.key)]
	if p == nil {
		if len(m.packs) >= maxCached {
			clear(m.packs)
		}
		p = m.set.sigma.Pack(LogSources(column))
		m.packs[string(m.key)] = p
	}
	m.last, m.lastPack = append(m.last[:0], column...), p
	return p
}

// Values appends to dst the text forms of what the Sigma field name holds in e;
// see Set.Values. The texts may share memory with e, and with the matcher until
// its next use.
func (m *Matcher) Values(name string, e *event.Event, dst []string) []string {
	m.event.begin(e)
	m.values, _ = m.event.Values(m.ref(name, e.List(event.LogSource)), m.values[:0])
	for _, v := range m.values {
		if text, ok := v.Format(); ok {
			dst = append(dst, text)
		}
	}
	m.event.event = nil
	return dst
}

func (m *Matcher) ref(name string, column []string) *sigma.Ref {
	m.key = append(append(m.key[:0], name...), 0)
	for _, text := range column {
		m.key = append(append(m.key, text...), 0)
	}
	r := m.bindings[string(m.key)]
	if r == nil {
		if len(m.bindings) >= maxCached {
			clear(m.bindings)
		}
		r = &sigma.Ref{Name: name, Bound: bind(LogSources(column), name)}
		m.bindings[string(m.key)] = r
	}
	return r
}

// Explain says how the parts of r fare on e; r must apply to e. The set must have
// been compiled with Options.Explain.
func (m *Matcher) Explain(r *sigma.Rule, e *event.Event) []sigma.Part {
	p := m.pack(e.List(event.LogSource))
	m.event.begin(e)
	parts := m.sigma.Explain(p, r, &m.event)
	m.event.event = nil
	return parts
}

// Applies reports whether r applies to e by its log sources.
func (m *Matcher) Applies(r *sigma.Rule, e *event.Event) bool {
	return slices.Contains(m.pack(e.List(event.LogSource)).Rules(), r)
}
