package sigma

// Matcher evaluates the rules of one Set on events. It holds scratch memory: one
// goroutine at a time may use it.
type Matcher struct {
	set   *Set
	pack  *Pack
	event Event

	// epoch numbers the event at hand; what carries another number is stale.
	epoch uint32
	// memo[p] is epoch<<1 | result for predicate p.
	memo   []uint32
	fields []fieldState
	values []Value
	folds  []foldState
	// text backs the texts of numbers and of folded values.
	text arena
	// marks[r] is the epoch in which rule r of the pack became a candidate,
	// found lists the candidates.
	marks []uint32
	found []int32
	// full turns the index off: every rule is evaluated.
	full bool
}

// fieldState says where the values of a field are, for the event of epoch.
type fieldState struct {
	epoch      uint32
	start, end int32
	present    bool
}

// foldState is the lower-case text of a value, once it is asked for.
type foldState struct {
	done bool
	text string
}

// NewMatcher returns a matcher for events against the rules of s.
func (s *Set) NewMatcher() *Matcher {
	return &Matcher{
		set:    s,
		memo:   make([]uint32, len(s.predicates)),
		fields: make([]fieldState, len(s.fields)),
		marks:  make([]uint32, len(s.rules)),
	}
}

// Match appends to dst the rules of p, a pack of the matcher's set, that match
// e, in the order they were loaded.
func (m *Matcher) Match(p *Pack, e Event, dst []*Rule) []*Rule {
	if len(p.rules) == 0 {
		return dst
	}
	m.begin(p, e)
	for _, i := range m.candidates() {
		if r := p.rules[i]; m.eval(r.program) {
			dst = append(dst, r)
		}
	}
	m.event = nil
	return dst
}

// Matches reports whether r, a rule of p, matches e.
func (m *Matcher) Matches(p *Pack, r *Rule, e Event) bool {
	m.begin(p, e)
	m.full = true
	ok := m.eval(r.program)
	m.full = false
	m.event = nil
	return ok
}

// maxEpoch is where the numbers of events start again: memo has 31 bits for them.
const maxEpoch = 1<<31 - 1

func (m *Matcher) begin(p *Pack, e Event) {
	m.pack, m.event = p, e
	if m.epoch == maxEpoch {
		m.epoch = 0
		clear(m.memo)
		clear(m.fields)
		clear(m.marks)
	}
	m.epoch++
	m.values = m.values[:0]
	m.folds = m.folds[:0]
	m.text.reset()
}

func (m *Matcher) eval(p *program) bool {
	switch p.op {
	case exprLeaf:
		return m.test(p.pred)
	case exprAnd:
		for i := range p.kids {
			if !m.eval(&p.kids[i]) {
				return false
			}
		}
		return true
	case exprOr:
		for i := range p.kids {
			if m.eval(&p.kids[i]) {
				return true
			}
		}
		return false
	case exprNot:
		return !m.eval(&p.kids[0])
	}
	return m.count(p)
}

func (m *Matcher) count(p *program) bool {
	n := int32(0)
	for i := range p.kids {
		if m.eval(&p.kids[i]) {
			n++
		}
	}
	return n >= p.n
}

// test evaluates a predicate, once per event.
func (m *Matcher) test(id int32) bool {
	if memo := m.memo[id]; memo>>1 == m.epoch {
		return memo&1 != 0
	}
	if !m.full && m.pack.index.indexed[id>>6]&(1<<(id&63)) != 0 {
		return false // the index would have found it
	}
	result := m.evaluate(id)
	m.note(id, result)
	return result
}

func (m *Matcher) note(id int32, result bool) {
	memo := m.epoch << 1
	if result {
		memo |= 1
	}
	m.memo[id] = memo
}

// field returns the values of a field, looking them up once per event.
func (m *Matcher) field(f int32) *fieldState {
	state := &m.fields[f]
	if state.epoch == m.epoch {
		return state
	}
	state.epoch = m.epoch
	state.present = false
	state.start = int32(len(m.values))
	if f == keywordField {
		m.values = m.event.Leaves(m.values)
	} else {
		refs := m.pack.refs[f]
		for i := range refs {
			var present bool
			m.values, present = m.event.Values(&refs[i], m.values)
			state.present = state.present || present
		}
	}
	state.end = int32(len(m.values))
	for len(m.folds) < len(m.values) {
		m.folds = append(m.folds, foldState{})
	}
	return state
}

// textOf returns the text form of value i; ok is false for null, which has none.
func (m *Matcher) textOf(i int32) (text string, ok bool) {
	v := &m.values[i]
	switch v.Kind {
	case NullValue:
		return "", false
	case IntValue:
		if v.Text == "" {
			v.Text = m.text.integer(v.Int)
		}
	}
	return v.Text, true
}

// foldOf is textOf in lower case.
func (m *Matcher) foldOf(i int32) (text string, ok bool) {
	f := &m.folds[i]
	if f.done {
		return f.text, true
	}
	text, ok = m.textOf(i)
	if !ok {
		return "", false
	}
	if !isLower(text) {
		text = m.text.fold(text)
	}
	f.done, f.text = true, text
	return text, true
}

// Scan is Match without the index: every rule of the pack is evaluated. It is
// the plain form that tests compare Match with.
func (m *Matcher) Scan(p *Pack, e Event, dst []*Rule) []*Rule {
	m.begin(p, e)
	m.full = true
	for _, r := range p.rules {
		if m.eval(r.program) {
			dst = append(dst, r)
		}
	}
	m.full = false
	m.event = nil
	return dst
}
