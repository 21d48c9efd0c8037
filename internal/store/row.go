package store

import (
	"cmp"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// readNumbers returns a number column by row; rows outside sel are undefined.
func (g *group) readNumbers(c event.Column, sel bitset) ([]int64, error) {
	out := make([]int64, g.rows)
	l := g.file.columns[c]
	err := g.pages(l, sel, func(first int, p parquet.Page) error {
		n := numbersOf(p)
		eachValue(first, p, l.maxDef, sel, func(row, value int) { out[row] = n.at(value) })
		return nil
	})
	return out, err
}

// matchMicros is a range over a time column in the archive's own unit.
func (g *group) matchMicros(c event.Column, low, high int64, sel bitset) (bitset, error) {
	out := newBitset(g.rows)
	l := g.file.columns[c]
	err := g.pages(l, sel, func(first int, p parquet.Page) error {
		n := numbersOf(p)
		eachValue(first, p, l.maxDef, sel, func(row, value int) {
			if v := n.at(value); v >= low && v <= high {
				out.set(row)
			}
		})
		return nil
	})
	return out, err
}

// materialize reads the events of hits, in their order. It opens each segment
// once and reads of every column only the pages that hold a hit.
func (s *Store) materialize(hits []hit, columns []event.Column, bytes *int64) ([]event.Event, error) {
	out := make([]event.Event, len(hits))
	order := make([]int, len(hits))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		x, y := hits[a], hits[b]
		return cmp.Or(strings.Compare(x.seg.path, y.seg.path), cmp.Compare(x.rg, y.rg), cmp.Compare(x.row, y.row))
	})
	for len(order) > 0 {
		first := hits[order[0]]
		n := slices.IndexFunc(order, func(i int) bool { return hits[i].seg != first.seg || hits[i].rg != first.rg })
		if n < 0 {
			n = len(order)
		}
		rows := make(map[int]*event.Event, n)
		for _, i := range order[:n] {
			rows[hits[i].row] = &out[i]
		}
		if err := s.readEvents(first.seg, first.rg, rows, columns, bytes); err != nil {
			return nil, err
		}
		order = order[n:]
	}
	return out, nil
}

// readEvents fills the events of the given rows of a row group.
func (s *Store) readEvents(seg *segment, rg int, rows map[int]*event.Event, columns []event.Column, bytes *int64) error {
	f, err := s.open(seg)
	if err != nil {
		return err
	}
	defer f.release()
	g := f.groups(bytes)[rg]
	sel := newBitset(g.rows)
	for row := range rows {
		sel.set(row)
	}
	for c := range event.NumColumns {
		if columns != nil && !slices.Contains(columns, c) {
			continue
		}
		if err := g.readColumn(c, sel, rows); err != nil {
			return err
		}
	}
	if columns != nil {
		return nil
	}
	extras, err := g.readExtra(sel)
	for row, fields := range extras {
		for i := range fields {
			fields[i].Name = strings.Clone(fields[i].Name)
			fields[i].Value.Text = strings.Clone(fields[i].Value.Text)
		}
		rows[row].Extra = fields
	}
	return err
}

func (g *group) readColumn(c event.Column, sel bitset, rows map[int]*event.Event) error {
	l := g.file.columns[c]
	return g.pages(l, sel, func(first int, p parquet.Page) error {
		switch {
		case c.IsNumber():
			n := numbersOf(p)
			eachValue(first, p, l.maxDef, sel, func(row, value int) {
				v := n.at(value)
				if isTime(c) {
					v *= 1000
				}
				rows[row].SetInt(c, v)
			})
		case c.IsText():
			t := textsOf(p)
			eachValue(first, p, l.maxDef, sel, func(row, value int) { rows[row].SetText(c, strings.Clone(t.at(value))) })
		default:
			t := textsOf(p)
			eachElement(first, p, l.maxDef, sel, func(row, value, _ int) { rows[row].Append(c, strings.Clone(t.at(value))) })
		}
		return nil
	})
}
