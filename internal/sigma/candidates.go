package sigma

import "slices"

// candidates collects, in m.found, the rules of the pack that the index can't
// rule out, in the order of the pack.
func (m *Matcher) candidates() []int32 {
	m.found = m.found[:0]
	ix := m.pack.index
	for i := range ix.fields {
		m.search(&ix.fields[i])
	}
	for _, r := range ix.always {
		m.candidate(r)
	}
	slices.Sort(m.found)
	return m.found
}

func (m *Matcher) candidate(rule int32) {
	if m.marks[rule] != m.epoch {
		m.marks[rule] = m.epoch
		m.found = append(m.found, rule)
	}
}

// search looks the values of one field up.
func (m *Matcher) search(f *fieldIndex) {
	state := m.field(f.field)
	start, end := state.start, state.end
	if start == end && !state.present {
		return
	}
	for _, w := range f.present {
		m.look(&f.watches[w])
	}
	for i := start; i < end; i++ {
		if f.numbers != nil {
			m.searchNumber(f, i)
		}
		if f.equal != nil || f.plain != nil || f.wide != nil {
			m.searchText(f, i)
		}
	}
}

// look evaluates a watched predicate and makes its rules candidates if it holds.
func (m *Matcher) look(w *watch) {
	if m.memo[w.pred]>>1 == m.epoch {
		return // looked at before
	}
	result := m.evaluate(w.pred)
	m.note(w.pred, result)
	if !result {
		return
	}
	for _, r := range w.rules {
		m.candidate(r)
	}
}

func (m *Matcher) searchNumber(f *fieldIndex, i int32) {
	v := &m.values[i]
	n := v.Int
	switch v.Kind {
	case StringValue, NumberValue:
		if v.Text == "" || v.Text[0] > '9' {
			return
		}
		num, ok := parseDecimal(v.Text)
		if !ok {
			return
		}
		if n, ok = num.small(); !ok {
			return
		}
	case BoolValue, NullValue:
		return
	}
	for _, w := range f.numbers[n] {
		m.look(&f.watches[w])
	}
}

func (m *Matcher) searchText(f *fieldIndex, i int32) {
	text, ok := m.textOf(i)
	if !ok {
		return
	}
	ascii := isASCII(text)
	if !ascii {
		text, _ = m.foldOf(i)
		for _, w := range f.foreign {
			m.look(&f.watches[w])
		}
	}
	if f.equal != nil {
		m.searchEqual(f, i, len(text))
	}
	if f.plain != nil {
		m.scan(f, f.plain, text)
	}
	if f.wide != nil && !ascii {
		m.scan(f, f.wide, text)
	}
}

func (m *Matcher) searchEqual(f *fieldIndex, i int32, length int) {
	n := min(length, 127)
	if f.lengths[n>>6]&(1<<(n&63)) == 0 {
		return
	}
	text, _ := m.foldOf(i)
	for _, w := range f.equal[text] {
		m.look(&f.watches[w])
	}
}

// scan runs a text through an automaton.
func (m *Matcher) scan(f *fieldIndex, finder *finder, text string) {
	a := finder.automaton
	table, classes := a.table, &a.classes
	state := uint32(0)
	for i := 0; i < len(text); i++ {
		state = table[state+uint32(classes[text[i]])]
		if state&hitFlag == 0 {
			continue
		}
		m.hit(f, finder, a.ends(state), i+1, len(text))
		state &^= hitFlag
	}
}

// hit looks at the watches of needles that end at end in a text of length bytes.
func (m *Matcher) hit(f *fieldIndex, finder *finder, needles []int32, end, length int) {
	for _, n := range needles {
		for _, s := range finder.spots[n] {
			switch {
			case s.at == atStart && end != finder.lengths[n]:
			case s.at == atEnd && end != length:
			default:
				m.look(&f.watches[s.watch])
			}
		}
	}
}
