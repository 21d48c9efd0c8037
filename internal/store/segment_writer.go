package store

import (
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// A segmentWriter writes events to one Parquet file at a time and reuses its
// buffers for the next. It is not safe for concurrent use.
type segmentWriter struct {
	file    *parquet.GenericWriter[any]
	trans   *transposer
	rows    int
	minTime int64 // microseconds
	maxTime int64
}

func newSegmentWriter(l *layout, level zstd.Level) *segmentWriter {
	return &segmentWriter{
		file:  parquet.NewGenericWriter[any](io.Discard, l.writerConfig(level)),
		trans: newTransposer(l),
	}
}

// reset starts a new file on out and forgets whatever was being written.
func (w *segmentWriter) reset(out io.Writer) {
	w.file.Reset(out)
	w.trans.reset()
	w.rows, w.minTime, w.maxTime = 0, 0, 0
}

// add appends one event. Its strings must stay unchanged until finish.
func (w *segmentWriter) add(e *event.Event) error {
	t := micros(e.Int(event.EventTime))
	if w.rows == 0 || t < w.minTime {
		w.minTime = t
	}
	if w.rows == 0 || t > w.maxTime {
		w.maxTime = t
	}
	w.rows++
	if w.trans.add(e) {
		return w.flush()
	}
	return nil
}

func (w *segmentWriter) flush() error {
	if err := w.trans.flush(w.file.ColumnWriters()); err != nil {
		return fmt.Errorf("write columns: %w", err)
	}
	return nil
}

// finish writes what is buffered and the footer with meta.
func (w *segmentWriter) finish(m meta) error {
	if err := w.flush(); err != nil {
		return err
	}
	m.rows, m.minTime, m.maxTime = w.rows, w.minTime, w.maxTime
	m.each(w.file.SetKeyValueMetadata)
	if err := w.file.Close(); err != nil {
		return fmt.Errorf("write footer: %w", err)
	}
	return nil
}
