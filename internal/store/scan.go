package store

import (
	"strings"

	"github.com/parquet-go/parquet-go"

	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/store/query"
)

// match returns the rows of sel that meet x. Parts of a conjunction narrow the
// rows that the next part looks at, so cheap parts come first.
func (g *group) match(x query.Expr, sel bitset) (bitset, error) {
	switch x := x.(type) {
	case query.All:
		return sel, nil
	case query.And:
		return g.matchAnd(x, sel)
	case query.Or:
		return g.matchOr(x, sel)
	case query.Not:
		out, err := g.match(x.X, sel)
		if err != nil {
			return nil, err
		}
		rest := sel.clone()
		rest.remove(out)
		return rest, nil
	case query.Text:
		return g.matchText(x.Field, sel, x.Pattern.Test, func(v event.Value) bool { return x.Pattern.Test(v.Text) }, x.Pattern)
	case query.CIDR:
		return g.matchText(x.Field, sel, x.Test, func(v event.Value) bool { return x.Test(v.Text) }, query.Pattern{})
	case query.Compare:
		return g.matchExtra(x.Field.Extra, sel, x.Test)
	case query.Range:
		return g.matchRange(x, sel)
	case query.Exists:
		return g.matchExists(x.Field, sel)
	case query.Words:
		return g.matchWords(x, sel)
	default:
		panic("store: an expression of a kind that this store does not know")
	}
}

func (g *group) matchAnd(parts query.And, sel bitset) (bitset, error) {
	for cost := range costs {
		for _, part := range parts {
			if costOf(part) != cost {
				continue
			}
			var err error
			if sel, err = g.match(part, sel); err != nil || sel.empty() {
				return sel, err
			}
		}
	}
	return sel, nil
}

// costs is the number of steps that costOf knows.
const costs = 4

// costOf ranks conditions by what they read: numbers, dictionaries, extra, and
// the lines themselves.
func costOf(x query.Expr) int {
	switch x := x.(type) {
	case query.All, query.Range:
		return 0
	case query.Not:
		return costOf(x.X)
	case query.Text:
		return costOfField(x.Field)
	case query.CIDR:
		return costOfField(x.Field)
	case query.Exists:
		return costOfField(x.Field)
	case query.Compare:
		return 2
	case query.And:
		return costOfAll(x)
	case query.Or:
		return costOfAll(x)
	default:
		return 3
	}
}

func costOfAll(parts []query.Expr) int {
	most := 0
	for _, part := range parts {
		most = max(most, costOf(part))
	}
	return most
}

func costOfField(f query.Field) int {
	switch {
	case f.Extra != "":
		return 2
	case f.Column == event.Raw, f.Column == event.Message:
		return 3
	default:
		return 1
	}
}

func (g *group) matchOr(parts query.Or, sel bitset) (bitset, error) {
	rest, out := sel.clone(), newBitset(g.rows)
	for _, part := range parts {
		found, err := g.match(part, rest)
		if err != nil {
			return nil, err
		}
		out.add(found)
		rest.remove(found)
		if rest.empty() {
			break
		}
	}
	return out, nil
}

// matchText tests the texts of a field. p is the pattern behind test where there
// is one; an exact text may be ruled out by the bloom filter.
func (g *group) matchText(f query.Field, sel bitset, test func(string) bool, extra func(event.Value) bool, p query.Pattern) (bitset, error) {
	if f.Extra != "" {
		return g.matchExtra(f.Extra, sel, extra)
	}
	if text, ok := p.Literal(); ok && text != "" && !f.Column.IsList() {
		may, err := g.may(f.Column, text)
		if err != nil {
			return nil, err
		}
		if !may {
			return newBitset(g.rows), nil
		}
	}
	return g.testTexts(g.file.columns[f.Column], sel, test)
}

// testTexts returns the rows of sel with a text in leaf l that passes test. Of a
// dictionary, each entry is tested once at most.
func (g *group) testTexts(l leaf, sel bitset, test func(string) bool) (bitset, error) {
	out := newBitset(g.rows)
	var memo []int8
	err := g.pages(l, sel, func(first int, p parquet.Page) error {
		t := textsOf(p)
		passes := func(value int) bool { return test(t.at(value)) }
		if t.dict != nil {
			if memo == nil {
				memo = make([]int8, t.dict.Len())
			}
			passes = func(value int) bool {
				id := t.ids[value]
				if memo[id] == 0 {
					memo[id] = -1
					if test(t.at(value)) {
						memo[id] = 1
					}
				}
				return memo[id] > 0
			}
		}
		if l.maxRep > 0 {
			eachElement(first, p, l.maxDef, sel, func(row, value, _ int) {
				if !out.has(row) && passes(value) {
					out.set(row)
				}
			})
			return nil
		}
		eachValue(first, p, l.maxDef, sel, func(row, value int) {
			if passes(value) {
				out.set(row)
			}
		})
		return nil
	})
	return out, err
}

func (g *group) matchRange(x query.Range, sel bitset) (bitset, error) {
	out := newBitset(g.rows)
	test := x.Test
	if isTime(x.Column) {
		test = func(v int64) bool { return x.Test(v * 1000) }
		low, high, ok := g.bounds(x.Column)
		if ok && (high*1000 < x.Min || low*1000 > x.Max) {
			return out, nil
		}
	} else if low, high, ok := g.bounds(x.Column); ok && (high < x.Min || low > x.Max) {
		return out, nil
	}
	l := g.file.columns[x.Column]
	err := g.pages(l, sel, func(first int, p parquet.Page) error {
		n := numbersOf(p)
		eachValue(first, p, l.maxDef, sel, func(row, value int) {
			if test(n.at(value)) {
				out.set(row)
			}
		})
		return nil
	})
	return out, err
}

func (g *group) matchExists(f query.Field, sel bitset) (bitset, error) {
	if f.Extra != "" {
		return g.matchExtra(f.Extra, sel, func(event.Value) bool { return true })
	}
	out := newBitset(g.rows)
	l := g.file.columns[f.Column]
	err := g.pages(l, sel, func(first int, p parquet.Page) error {
		if l.maxRep > 0 {
			eachElement(first, p, l.maxDef, sel, func(row, _, _ int) { out.set(row) })
			return nil
		}
		eachValue(first, p, l.maxDef, sel, func(row, _ int) { out.set(row) })
		return nil
	})
	return out, err
}

func (g *group) matchWords(x query.Words, sel bitset) (bitset, error) {
	out, err := g.testTexts(g.file.columns[event.Raw], sel, x.Pattern.Test)
	if err != nil {
		return nil, err
	}
	rest := sel.clone()
	rest.remove(out)
	more, err := g.testTexts(g.file.columns[event.Message], rest, x.Pattern.Test)
	if err != nil {
		return nil, err
	}
	out.add(more)
	return out, nil
}

// matchExtra tests the extra field called name. The keys come from a dictionary:
// a row group that never had such a name is left without reading values.
func (g *group) matchExtra(name string, sel bitset, test func(event.Value) bool) (bitset, error) {
	head, _, _ := strings.Cut(name, ".")
	related, err := g.testTexts(g.file.keys, sel, func(key string) bool {
		return key == name || strings.HasPrefix(name, key) && strings.HasPrefix(key, head)
	})
	if err != nil {
		return nil, err
	}
	out := newBitset(g.rows)
	for _, part := range related.slices(extraRows) {
		extras, err := g.readExtra(part)
		if err != nil {
			return nil, err
		}
		for row, fields := range extras {
			if v, ok := query.Lookup(fields, name); ok && test(v) {
				out.set(row)
			}
		}
	}
	return out, nil
}

// readExtra reads the extra fields of the rows of sel.
func (g *group) readExtra(sel bitset) (map[int][]event.Field, error) {
	out := make(map[int][]event.Field, min(sel.count(), 1024))
	l := g.file.keys
	err := g.walk(l, sel, false, func(first int, p parquet.Page) error {
		t := textsOf(p)
		eachElement(first, p, l.maxDef, sel, func(row, value, _ int) {
			out[row] = append(out[row], event.Field{Name: t.at(value)})
		})
		return nil
	})
	if err != nil {
		return nil, err
	}
	l = g.file.values
	return out, g.walk(l, sel, false, func(first int, p parquet.Page) error {
		t := textsOf(p)
		eachElement(first, p, l.maxDef, sel, func(row, value, element int) {
			if v, ok := query.JSONValue(t.at(value)); ok && element < len(out[row]) {
				out[row][element].Value = v
			}
		})
		return nil
	})
}
