package store

import (
	"unsafe"

	"github.com/parquet-go/parquet-go"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// A transposer turns events into column values, chunkRows rows at a time. Only
// values that exist are touched per event; the nulls between them are filled in
// when a column is next written, so the sixty absent columns of an event cost
// nothing until the chunk ends. All memory is reused.
type transposer struct {
	layout *layout
	chunk  []chunkColumn
	nulls  []parquet.Value
	arena  []byte
	rows   int // in this chunk
}

type chunkColumn struct {
	values []parquet.Value
	rows   int // rows that values covers, nulls included
}

func newTransposer(l *layout) *transposer {
	return &transposer{layout: l, chunk: make([]chunkColumn, l.leaves), nulls: make([]parquet.Value, chunkRows)}
}

func (t *transposer) reset() {
	for i := range t.chunk {
		clear(t.chunk[i].values)
		t.chunk[i] = chunkColumn{values: t.chunk[i].values[:0]}
	}
	t.rows = 0
	t.arena = t.arena[:0]
}

// add appends one event and reports whether the chunk is full.
func (t *transposer) add(e *event.Event) bool {
	for c := range e.Columns {
		l := t.layout.columns[c]
		switch {
		case c.IsText():
			t.put(l, textValue(e.Text(c)))
		case isTime(c):
			t.put(l, parquet.Int64Value(micros(e.Int(c))))
		case c.IsNumber():
			t.put(l, parquet.Int64Value(e.Int(c)))
		default:
			t.putList(l, e.List(c))
		}
	}
	if len(e.Extra) > 0 {
		t.putExtra(e.Extra)
	}
	t.rows++
	return t.rows == chunkRows
}

// put appends v as the value of the row that is being added.
func (t *transposer) put(l leaf, v parquet.Value) {
	v.SetDefinitionLevel(l.maxDef)
	col := t.pad(l)
	col.values = append(col.values, v)
	col.rows++
}

func (t *transposer) putList(l leaf, list []string) {
	col := t.pad(l)
	for i, s := range list {
		col.values = append(col.values, textValue(s).Level(min(i, 1), l.maxDef, l.index))
	}
	col.rows++
}

func (t *transposer) putExtra(fields []event.Field) {
	keys, values := t.pad(t.layout.keys), t.pad(t.layout.values)
	for i := range fields {
		f := &fields[i]
		text := f.Value.Text
		if f.Value.Kind == event.KindString {
			text = t.quote(text)
		}
		keys.values = append(keys.values, textValue(f.Name).Level(min(i, 1), t.layout.keys.maxDef, t.layout.keys.index))
		values.values = append(values.values, textValue(text).Level(min(i, 1), t.layout.values.maxDef, t.layout.values.index))
	}
	keys.rows++
	values.rows++
}

// quote returns s as JSON text in the arena. Growing the arena leaves what was
// cut from the old one valid.
func (t *transposer) quote(s string) string {
	start := len(t.arena)
	t.arena = appendJSONString(t.arena, s)
	return bytesAsString(t.arena[start:])
}

// pad fills col's gap of nulls up to the row that is being added.
func (t *transposer) pad(l leaf) *chunkColumn {
	col := &t.chunk[l.index]
	if gap := t.rows - col.rows; gap > 0 {
		col.values = append(col.values, t.nulls[:gap]...)
		col.rows += gap
	}
	return col
}

// flush hands the chunk to the column writers and empties it.
func (t *transposer) flush(columns []*parquet.ColumnWriter) error {
	for i := range t.chunk {
		col := &t.chunk[i]
		values := col.values
		if col.rows == 0 {
			values = t.nulls[:t.rows]
		} else if gap := t.rows - col.rows; gap > 0 {
			values = append(values, t.nulls[:gap]...)
			col.values = values
		}
		if _, err := columns[i].WriteRowValues(values); err != nil {
			return err
		}
	}
	t.reset()
	return nil
}

// micros rounds nanoseconds down to microseconds, before 1970 too.
func micros(nanos int64) int64 {
	q := nanos / 1000
	if nanos%1000 < 0 {
		q--
	}
	return q
}

func textValue(s string) parquet.Value { return parquet.ByteArrayValue(stringAsBytes(s)) }

// stringAsBytes views s as bytes that nobody writes: parquet-go copies values
// into its pages and has no way in for strings.
func stringAsBytes(s string) []byte {
	return unsafe.Slice(unsafe.StringData(s), len(s)) //nolint:gosec // read only, and s outlives the use
}

// bytesAsString views b as a string; b must not change afterwards.
func bytesAsString(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b)) //nolint:gosec // the arena only grows
}
