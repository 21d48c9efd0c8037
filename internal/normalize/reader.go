package normalize

import (
	"fmt"
	"strings"
	"time"

	"github.com/goshawk-siem/goshawk/internal/enrich"
	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/format"
	"github.com/goshawk-siem/goshawk/internal/record"
)

// Reader knows how the lines of each source are read. It is safe for concurrent
// use.
type Reader struct {
	formats *format.Set
	// auto is shared by all that read at a time.
	auto    *format.Auto
	sources map[string]reading
}

// reading is how the lines of a source are read.
type reading struct {
	// format is nil for auto.
	format *format.Format
	auto   *format.Auto
	zone   *time.Location
	// enricher adds to the events; nil adds nothing.
	enricher *enrich.Enricher
	// columns are those that the configuration names.
	columns *format.Columns
}

// NewReader checks sources and returns a reader of them by formats.
func NewReader(sources Sources, formats *format.Set) (*Reader, error) {
	if err := sources.Validate(formats); err != nil {
		return nil, fmt.Errorf("sources: %w", err)
	}
	r := &Reader{formats: formats, auto: formats.Auto(), sources: make(map[string]reading, len(sources))}
	for name, src := range sources {
		zone, err := time.LoadLocation(src.Zone)
		if err != nil {
			return nil, fmt.Errorf("sources: %s.zone: %w", name, err)
		}
		one := reading{zone: zone, auto: r.auto}
		switch src.Format {
		case "":
			one.format, _ = r.formats.Lookup(name)
		case Auto:
		default:
			one.format, _ = r.formats.Lookup(src.Format)
		}
		one.columns = format.NewColumns(one.format, src.Columns)
		r.sources[name] = one
	}
	return r, nil
}

// Parse fills e, which must be empty, from the only record of batch as a
// normalizer would, save for the event's id. An error says why it would be a dead
// letter.
func (r *Reader) Parse(batch *record.Batch, line string, e *event.Event) error {
	how, err := r.reading(batch)
	if err != nil {
		return err
	}
	ctx := format.Context{Received: batch.Received, Zone: how.zone, Columns: how.columns}
	if batch.Columns != "" {
		ctx.Columns = format.NewColumns(how.format, batch.Columns)
	}
	if text, header := format.AfterLine(how.format, ctx.Columns.Text(), line, ctx.Columns == nil); header {
		ctx.Columns = format.NewColumns(how.format, text)
	}
	f := how.format
	if f == nil {
		f, err = r.auto.Parse(batch.Source, line, &ctx, e)
	} else {
		err = f.Parse(line, &ctx, e)
	}
	if err != nil {
		return err
	}
	f.Finish(line, &ctx, e)
	e.SetText(event.Source, batch.Source)
	e.SetText(event.SourcePath, batch.Path)
	return nil
}

// CheckFormat returns an error where name is neither a format, nor auto, nor
// empty.
func (r *Reader) CheckFormat(name string) error {
	if name == "" || name == Auto {
		return nil
	}
	if _, ok := r.formats.Lookup(name); !ok {
		return fmt.Errorf("%q is not a format; expected auto or one of %s", name, strings.Join(r.formats.Names(), ", "))
	}
	return nil
}

// reading finds the format of a batch: the message's own word, the source's
// configuration, the source's name, the lines.
func (r *Reader) reading(batch *record.Batch) (reading, error) {
	how, configured := r.sources[batch.Source]
	how.auto = r.auto
	if how.zone == nil {
		how.zone = time.UTC
	}
	switch {
	case batch.Format == Auto:
		how.format = nil
	case batch.Format != "":
		if err := r.CheckFormat(batch.Format); err != nil {
			return reading{}, fmt.Errorf("header %s: %w", record.HeaderFormat, err)
		}
		how.format, _ = r.formats.Lookup(batch.Format)
	case !configured:
		how.format, _ = r.formats.Lookup(batch.Source)
	}
	return how, nil
}
