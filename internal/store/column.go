package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/parquet-go/parquet-go"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// A damagedPage says that what a segment's file holds makes no sense. What the
// operating system reports is another matter and no reason to put a file aside.
type damagedPage struct {
	seg   *segment
	cause error
}

// Error names the segment.
func (d *damagedPage) Error() string { return fmt.Sprintf("read segment %s: %v", d.seg.path, d.cause) }

// damaged returns err as a damagedPage, unless it comes from the system.
func (g *group) damaged(err error) error {
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return err
	}
	return &damagedPage{g.file.seg, err}
}

// setAside quarantines the segment that err is about, if it is a damagedPage; the
// result then matches errGone, because the list of segments has become old.
func (s *Store) setAside(err error) error {
	var page *damagedPage
	if !errors.As(err, &page) {
		return err
	}
	return errors.Join(errGone, s.quarantine(page.seg, page.cause))
}

// A group is one row group of an open segment.
type group struct {
	file  *openFile
	rg    parquet.RowGroup
	rows  int
	bytes *int64 // counts what is read
}

// pages calls visit with the pages of leaf l that hold rows of sel; first is the
// row that the page begins with. Pages without such rows are not decoded. The
// page is only valid during the call.
func (g *group) pages(l leaf, sel bitset, visit func(first int, p parquet.Page) error) error {
	return g.walk(l, sel, true, visit)
}

// walk is pages; with release false, what pages hold stays valid for as long as
// it is referred to.
func (g *group) walk(l leaf, sel bitset, release bool, visit func(first int, p parquet.Page) error) (err error) {
	if l.index < 0 || sel.empty() {
		return nil
	}
	defer func() {
		if r := recover(); r != nil {
			err = g.damaged(fmt.Errorf("column %d: %v", l.index, r))
		}
	}()
	chunk := g.rg.ColumnChunks()[l.index]
	if _, err := chunk.OffsetIndex(); err != nil && !errors.Is(err, parquet.ErrMissingOffsetIndex) {
		return g.damaged(err)
	}
	pages := chunk.Pages()
	defer func() { _ = pages.Close() }() // it was only read
	at := 0
	for {
		next := sel.next(at)
		if next < 0 {
			return nil
		}
		if next > at {
			if err := pages.SeekToRow(int64(next)); err != nil {
				return g.damaged(err)
			}
			at = next
		}
		p, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return g.damaged(err)
		}
		*g.bytes += p.Size()
		rows := int(p.NumRows())
		err = visit(at, p)
		if release {
			parquet.Release(p)
		}
		if err != nil {
			return err
		}
		at += rows
	}
}

// texts reads text values of a page one after the other.
type texts struct {
	dict    parquet.Dictionary
	ids     []int32
	data    []byte
	offsets []uint32
}

func textsOf(p parquet.Page) texts {
	values := p.Data()
	if d := p.Dictionary(); d != nil {
		return texts{dict: d, ids: values.Int32()}
	}
	data, offsets := values.ByteArray()
	return texts{data: data, offsets: offsets}
}

// at returns the i-th value that is not null.
func (t *texts) at(i int) string {
	if t.dict != nil {
		return bytesAsString(t.dict.Index(t.ids[i]).ByteArray())
	}
	return bytesAsString(t.data[t.offsets[i]:t.offsets[i+1]])
}

// numbers reads the numbers of a page one after the other.
type numbers struct {
	dict parquet.Dictionary
	ids  []int32
	vals []int64
}

func numbersOf(p parquet.Page) numbers {
	values := p.Data()
	if d := p.Dictionary(); d != nil {
		return numbers{dict: d, ids: values.Int32()}
	}
	return numbers{vals: values.Int64()}
}

func (n *numbers) at(i int) int64 {
	if n.dict != nil {
		return n.dict.Index(n.ids[i]).Int64()
	}
	return n.vals[i]
}

// eachValue calls f with each row of a page of an optional or required leaf that
// has a value and is in sel, and the value's place among the values.
func eachValue(first int, p parquet.Page, maxDef int, sel bitset, f func(row, value int)) {
	levels := p.DefinitionLevels()
	if len(levels) == 0 {
		for i := range int(p.NumRows()) {
			if sel.has(first + i) {
				f(first+i, i)
			}
		}
		return
	}
	value := 0
	for i, level := range levels {
		if int(level) != maxDef {
			continue
		}
		if sel.has(first + i) {
			f(first+i, value)
		}
		value++
	}
}

// eachElement is eachValue for a repeated leaf: f also gets the place of the
// element within the row, and is called per element.
func eachElement(first int, p parquet.Page, maxDef int, sel bitset, f func(row, value, element int)) {
	defs, reps := p.DefinitionLevels(), p.RepetitionLevels()
	row, value, element := first-1, 0, 0
	for i, level := range defs {
		if reps[i] == 0 {
			row++
			element = 0
		} else {
			element++
		}
		if int(level) != maxDef {
			continue
		}
		if sel.has(row) {
			f(row, value, element)
		}
		value++
	}
}

// bounds returns the smallest and the largest number of a column, if the footer
// knows them.
func (g *group) bounds(c event.Column) (low, high int64, ok bool) {
	l := g.file.columns[c]
	if l.index < 0 {
		return 0, 0, false
	}
	chunk, isFile := g.rg.ColumnChunks()[l.index].(*parquet.FileColumnChunk)
	if !isFile {
		return 0, 0, false
	}
	minimum, maximum, ok := chunk.Bounds()
	if !ok || minimum.Kind() != parquet.Int64 || maximum.Kind() != parquet.Int64 {
		return 0, 0, false
	}
	return minimum.Int64(), maximum.Int64(), true
}

// may reports whether the column's bloom filter admits the text s.
func (g *group) may(c event.Column, s string) (bool, error) {
	l := g.file.columns[c]
	if l.index < 0 {
		return false, nil
	}
	filter := g.rg.ColumnChunks()[l.index].BloomFilter()
	if filter == nil {
		return true, nil
	}
	*g.bytes += 256
	ok, err := filter.Check(textValue(s))
	if err != nil {
		return false, g.damaged(err)
	}
	return ok, nil
}

// groups returns the row groups of f; bytes counts what is read from them.
func (f *openFile) groups(bytes *int64) []*group {
	rgs := f.pq.RowGroups()
	out := make([]*group, len(rgs))
	for i, rg := range rgs {
		out[i] = &group{file: f, rg: rg, rows: int(rg.NumRows()), bytes: bytes}
	}
	return out
}

// readBatches lists the batches inside from the event ids.
func (f *openFile) readBatches() ([]batchLines, error) {
	var out []batchLines
	var ids idReader
	var read int64
	for _, g := range f.groups(&read) {
		l := f.columns[event.EventID]
		all := fullBitset(g.rows)
		err := g.pages(l, all, func(first int, p parquet.Page) error {
			t := textsOf(p)
			eachValue(first, p, l.maxDef, all, func(_, value int) {
				hash, line := ids.read(strings.Clone(t.at(value)))
				out = appendLine(out, hash, line)
			})
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
