package store

import (
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// Names of the schema that segments add to the event columns.
const (
	extraName  = "extra"
	schemaName = "event"
)

// A leaf is one physical column of a segment.
type leaf struct {
	// index is the leaf's place among the segment's physical columns.
	index int
	// maxDef and maxRep are its highest definition and repetition levels.
	maxDef, maxRep int
}

// layout is the physical shape of the segments that this version writes. Older
// segments may lack columns; readers look leaves up by path in each file.
type layout struct {
	schema  *parquet.Schema
	columns [event.NumColumns]leaf
	keys    leaf // extra's keys
	values  leaf // extra's values
	leaves  int
}

// newLayout derives the layout from the schema table. The physical order is
// alphabetical, as parquet-go sorts the fields of a group.
func newLayout() *layout {
	group := parquet.Group{extraName: parquet.Optional(parquet.Map(dictionary(parquet.String()), parquet.String()))}
	for c := range event.NumColumns {
		group[c.String()] = columnNode(c)
	}
	l := &layout{schema: parquet.NewSchema(schemaName, group)}
	for c := range l.columns {
		l.columns[c] = mustLeaf(l.schema, leafPath(event.Column(c)))
	}
	l.keys = mustLeaf(l.schema, []string{extraName, "key_value", "key"})
	l.values = mustLeaf(l.schema, []string{extraName, "key_value", "value"})
	l.leaves = len(l.schema.Columns())
	return l
}

// leafPath is the path of the physical column that holds c's values.
func leafPath(c event.Column) []string {
	if c.IsList() {
		return []string{c.String(), "list", "element"}
	}
	return []string{c.String()}
}

func mustLeaf(s *parquet.Schema, path []string) leaf {
	found, ok := s.Lookup(path...)
	if !ok {
		panic("store: the schema lacks a leaf of its own")
	}
	return leaf{index: found.ColumnIndex, maxDef: found.MaxDefinitionLevel, maxRep: found.MaxRepetitionLevel}
}

// required reports whether every event has column c: without identity and
// times an event can't be placed.
func required(c event.Column) bool {
	return c == event.EventID || c == event.EventTime || c == event.IngestTime
}

// isTime reports whether c holds nanoseconds in events and microseconds in
// segments.
func isTime(c event.Column) bool { return c == event.EventTime || c == event.IngestTime }

// columnNode chooses type and encoding of a column. Values that hardly repeat
// gain nothing from a dictionary and pay for its hash table; event ids of a
// batch differ in the last digits only, so they share their prefixes.
func columnNode(c event.Column) parquet.Node {
	node := valueNode(c)
	if required(c) {
		return node
	}
	return parquet.Optional(node)
}

func valueNode(c event.Column) parquet.Node {
	switch c {
	case event.EventID:
		return parquet.Encoded(parquet.String(), &parquet.DeltaByteArray)
	case event.Message, event.Raw, event.CommandLine, event.DBStatement, event.SessionID, event.FileHash:
		return parquet.Encoded(parquet.String(), &parquet.DeltaLengthByteArray)
	case event.StatusCode, event.DestinationPort:
		return dictionary(parquet.Int(64))
	}
	switch {
	case c.IsList():
		return parquet.List(dictionary(parquet.String()))
	case isTime(c):
		return parquet.Encoded(parquet.TimestampAdjusted(parquet.Microsecond, false), &parquet.DeltaBinaryPacked)
	case c.IsNumber():
		return parquet.Encoded(parquet.Int(64), &parquet.DeltaBinaryPacked)
	default:
		return dictionary(parquet.String())
	}
}

func dictionary(n parquet.Node) parquet.Node {
	return parquet.Encoded(n, encoding.Encoding(&parquet.RLEDictionary))
}

// bloomColumns are the columns that people look needles up in.
var bloomColumns = [...]event.Column{event.SourceIP, event.DestinationIP, event.UserName, event.HostName}

// writerConfig returns the settings of segments compressed at level.
func (l *layout) writerConfig(level zstd.Level) *parquet.WriterConfig {
	filters := make([]parquet.BloomFilterColumn, len(bloomColumns))
	for i, c := range bloomColumns {
		filters[i] = parquet.SplitBlockFilter(bloomBits, leafPath(c)...)
	}
	c := parquet.DefaultWriterConfig()
	c.Schema = l.schema
	c.Compression = &zstd.Codec{Level: level}
	c.BloomFilters = filters
	c.CreatedBy = "goshawk"
	c.DictionaryMaxBytes = dictionaryBytes
	c.PageBufferSize = pageBytes
	c.WriteBufferSize = writeBuffer
	c.DataPageStatistics = false
	return c
}
