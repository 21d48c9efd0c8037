package window

import "strings"

// values is a group's table of distinct values with the number of times each
// stands in the windows of the two machines. For the temporal types the values
// are the rules and the table has no names.
type values struct {
	index map[string]int32
	table []value
	free  []int32
	// eager and final are the numbers of distinct values in the two windows.
	eager, final int
}

type value struct {
	name         string
	held         int32
	eager, final int32
}

func newRules(n int) *values { return &values{table: make([]value, n)} }

func newValues() *values { return &values{index: make(map[string]int32, 4)} }

// hold returns the index of name and counts one more contribution that has it.
func (v *values) hold(name string) int32 {
	i, ok := v.index[name]
	if !ok {
		i = v.place(strings.Clone(name))
	}
	v.table[i].held++
	return i
}

func (v *values) place(name string) int32 {
	var i int32
	if n := len(v.free); n > 0 {
		i, v.free = v.free[n-1], v.free[:n-1]
	} else {
		i = int32(len(v.table))
		v.table = append(v.table, value{})
	}
	v.table[i] = value{name: name}
	v.index[name] = i
	return i
}

// release undoes one hold.
func (v *values) release(i int32) {
	if v.index == nil {
		return
	}
	e := &v.table[i]
	if e.held--; e.held > 0 {
		return
	}
	delete(v.index, e.name)
	*e = value{}
	v.free = append(v.free, i)
}

func (v *values) addEager(i int32) {
	if v.table[i].eager++; v.table[i].eager == 1 {
		v.eager++
	}
}

func (v *values) removeEager(i int32) {
	if v.table[i].eager--; v.table[i].eager == 0 {
		v.eager--
	}
}

func (v *values) addFinal(i int32) {
	if v.table[i].final++; v.table[i].final == 1 {
		v.final++
	}
}

func (v *values) removeFinal(i int32) {
	if v.table[i].final--; v.table[i].final == 0 {
		v.final--
	}
}

// sums adds up a queue of numbers. Numbers are never subtracted, so nothing
// drifts and a huge one leaves no trace behind: in holds what came since the last
// turn, out the sums of what came before it, from each number to the turn.
type sums struct {
	in, out []float64
	inSum   float64
}

func (s *sums) push(x float64) {
	s.in = append(s.in, x)
	s.inSum += x
}

func (s *sums) pop() {
	if len(s.out) == 0 {
		s.turn(len(s.in))
	}
	s.out = s.out[:len(s.out)-1]
}

// turn moves the first n of in to the empty out.
func (s *sums) turn(n int) {
	acc := 0.0
	for i := n - 1; i >= 0; i-- {
		acc += s.in[i]
		s.out = append(s.out, acc)
	}
	s.in = s.in[:copy(s.in, s.in[n:])]
	s.inSum = 0
	for _, x := range s.in {
		s.inSum += x
	}
}

func (s *sums) sum() float64 {
	if n := len(s.out); n > 0 {
		return s.out[n-1] + s.inSum
	}
	return s.inSum
}

// chain follows temporal_ordered: for each rule and length, the latest start of a
// sequence of that length that ends with that rule. Nothing needs to be taken out
// when the window moves on, because a start before the window says that the
// sequence has left it.
type chain struct {
	rules int
	start []int64 // [rule*rules + length-1]
}

const noStart = -1 << 63

func newChain(rules int) *chain {
	c := &chain{rules: rules, start: make([]int64, rules*rules)}
	c.reset()
	return c
}

func (c *chain) reset() {
	for i := range c.start {
		c.start[i] = noStart
	}
}

func (c *chain) copyFrom(o *chain) { copy(c.start, o.start) }

// add puts a contribution of rule at time after all before it.
func (c *chain) add(rule int, time int64) {
	row := c.start[rule*c.rules : (rule+1)*c.rules]
	row[0] = time
	for length := 1; length <= rule; length++ {
		best := row[length]
		for before := length - 1; before < rule; before++ {
			best = max(best, c.start[before*c.rules+length-1])
		}
		row[length] = best
	}
}

// longest returns the length of the longest sequence that starts at or after from.
func (c *chain) longest(from int64) int {
	for length := c.rules; length > 0; length-- {
		for rule := length - 1; rule < c.rules; rule++ {
			if s := c.start[rule*c.rules+length-1]; s != noStart && s >= from {
				return length
			}
		}
	}
	return 0
}
