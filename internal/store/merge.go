package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// A merger joins segments into one that is sorted by event time. It goes column
// by column: one column of all inputs is in memory at a time, and the compressed
// output.
type merger struct {
	layout *layout
	files  []*openFile
	groups []*group
	rows   int
	order  []int32 // the rows in the order of the output
	read   int64
	meta   meta
}

// merge joins run, neighbours of one shard, stream and hour. The inputs stay:
// once the output is there, they are hidden, and removed by the next pass.
func (s *Store) merge(ctx context.Context, run []*segment) error {
	m := &merger{layout: s.layout}
	defer func() {
		for _, f := range m.files {
			f.release()
		}
	}()
	name := run[0].name
	for _, seg := range run {
		f, err := s.open(seg)
		if err != nil {
			return err
		}
		m.files = append(m.files, f)
		name.first, name.last = min(name.first, seg.name.first), max(name.last, seg.name.last)
	}
	if err := m.prepare(); err != nil {
		return fmt.Errorf("join %d segments into %s: %w", len(run), name, err)
	}
	err := s.disk.commitWith(segmentPath(run[0].hour, name), true, func(w io.Writer) error { return m.write(ctx, w) })
	if err != nil {
		return fmt.Errorf("join %d segments into %s: %w", len(run), name, err)
	}
	return nil
}

// prepare reads metadata and event times of all inputs and sorts the rows.
func (m *merger) prepare() error {
	var times []int64
	listed := true
	for i, f := range m.files {
		fm, err := decodeMeta(f.pq.Lookup, true)
		if err != nil {
			return err
		}
		for _, r := range fm.seqs {
			m.meta.seqs = m.meta.seqs.addRun(r)
		}
		listed = listed && len(fm.batches) > 0
		m.meta.batches = append(m.meta.batches, fm.batches...)
		if i == 0 || fm.minTime < m.meta.minTime {
			m.meta.minTime = fm.minTime
		}
		if i == 0 || fm.maxTime > m.meta.maxTime {
			m.meta.maxTime = fm.maxTime
		}
		for _, g := range f.groups(&m.read) {
			m.groups = append(m.groups, g)
			m.rows += g.rows
			t, err := g.readNumbers(event.EventTime, fullBitset(g.rows))
			if err != nil {
				return err
			}
			times = append(times, t...)
		}
	}
	if !listed {
		m.meta.batches = nil
	}
	m.meta.rows = m.rows
	m.order = make([]int32, m.rows)
	for i := range m.order {
		m.order[i] = int32(i)
	}
	slices.SortStableFunc(m.order, func(a, b int32) int { return cmp.Compare(times[a], times[b]) })
	return nil
}

// write writes the joined segment to w.
func (m *merger) write(ctx context.Context, w io.Writer) error {
	config := m.layout.writerConfig(zstd.SpeedDefault)
	config.Sorting.SortingColumns = []parquet.SortingColumn{parquet.Ascending(event.EventTime.String())}
	out := parquet.NewGenericWriter[any](w, config)
	var groups []*parquet.ConcurrentRowGroupWriter
	for range (m.rows + rowGroupRows - 1) / rowGroupRows {
		groups = append(groups, out.BeginRowGroup())
	}
	for c := range event.NumColumns {
		path := func(f *openFile) leaf { return f.columns[c] }
		if err := m.writeLeaf(ctx, groups, m.layout.columns[c], path); err != nil {
			return fmt.Errorf("column %s: %w", c, err)
		}
	}
	keys, values := func(f *openFile) leaf { return f.keys }, func(f *openFile) leaf { return f.values }
	if err := errors.Join(m.writeLeaf(ctx, groups, m.layout.keys, keys), m.writeLeaf(ctx, groups, m.layout.values, values)); err != nil {
		return fmt.Errorf("column %s: %w", extraName, err)
	}
	for _, g := range groups {
		if _, err := g.Commit(); err != nil {
			return fmt.Errorf("write row group: %w", err)
		}
	}
	m.meta.each(out.SetKeyValueMetadata)
	return out.Close()
}

// writeLeaf copies one physical column of all inputs, in the order of the
// output.
func (m *merger) writeLeaf(ctx context.Context, groups []*parquet.ConcurrentRowGroupWriter, to leaf, from func(*openFile) leaf) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	values, starts, err := m.readLeaf(to, from)
	if err != nil {
		return err
	}
	chunk := make([]parquet.Value, 0, chunkRows)
	for i, g := range groups {
		rows := m.order[i*rowGroupRows : min((i+1)*rowGroupRows, m.rows)]
		column := g.ColumnWriters()[to.index]
		for part := range slices.Chunk(rows, chunkRows) {
			chunk = chunk[:0]
			for _, row := range part {
				chunk = append(chunk, values[starts[row]:starts[row+1]]...)
			}
			if _, err := column.WriteRowValues(chunk); err != nil {
				return err
			}
		}
	}
	return nil
}

// readLeaf returns a column's values of all inputs, row after row, and where each
// row begins. A segment without the column gives nulls.
func (m *merger) readLeaf(to leaf, from func(*openFile) leaf) (values []parquet.Value, starts []int32, err error) {
	values, starts = make([]parquet.Value, 0, m.rows), make([]int32, 0, m.rows+1)
	rows := 0
	for _, g := range m.groups {
		l := from(g.file)
		if l.index < 0 {
			rows += g.rows
			for range g.rows {
				starts = append(starts, int32(len(values)))
				values = append(values, parquet.Value{})
			}
			continue
		}
		err := g.walk(l, fullBitset(g.rows), false, func(_ int, p parquet.Page) error {
			from := len(values)
			values = slices.Grow(values, int(p.NumValues()))[:from+int(p.NumValues())]
			n, err := p.Values().ReadValues(values[from:])
			if n != len(values)-from {
				return g.damaged(fmt.Errorf("%d of %d values: %w", n, len(values)-from, err))
			}
			for i := from; i < len(values); i++ {
				v := &values[i]
				if v.RepetitionLevel() == 0 {
					starts = append(starts, int32(i))
				}
				if v.DefinitionLevel() == l.maxDef {
					v.SetDefinitionLevel(to.maxDef)
				}
			}
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
		rows += g.rows
		if len(starts) != rows {
			return nil, nil, g.damaged(fmt.Errorf("%d rows where the footer promises %d", len(starts)-rows+g.rows, g.rows))
		}
	}
	return values, append(starts, int32(len(values))), nil
}
