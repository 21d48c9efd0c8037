package normalize

import (
	"fmt"
	"strings"
	"time"

	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/format"
	"github.com/goshawk-siem/goshawk/internal/record"
)

// Reader knows how the lines of each source are read. It is immutable.
type Reader struct {
	sources map[string]reading
}

// reading is how the lines of a source are read.
type reading struct {
	// format is nil for auto.
	format *format.Format
	zone   *time.Location
}

// NewReader checks sources and returns a reader of them.
func NewReader(sources Sources) (*Reader, error) {
	if err := sources.Validate(); err != nil {
		return nil, fmt.Errorf("sources: %w", err)
	}
	r := &Reader{sources: make(map[string]reading, len(sources))}
	for name, src := range sources {
		zone, err := time.LoadLocation(src.Zone)
		if err != nil {
			return nil, fmt.Errorf("sources: %s.zone: %w", name, err)
		}
		one := reading{zone: zone}
		switch src.Format {
		case "":
			one.format, _ = format.Lookup(name)
		case Auto:
		default:
			one.format, _ = format.Lookup(src.Format)
		}
		r.sources[name] = one
	}
	return r, nil
}

// Try reads the only record of batch as a normalizer would and returns nil when
// it would become an event.
func (r *Reader) Try(batch *record.Batch, line string) error {
	how, err := r.reading(batch)
	if err != nil {
		return err
	}
	var e event.Event
	ctx := format.Context{Received: batch.Received, Zone: how.zone}
	if how.format != nil {
		return how.format.Parse(line, &ctx, &e)
	}
	_, err = format.NewAuto().Parse(batch.Source, line, &ctx, &e)
	return err
}

// reading finds the format of a batch: the message's own word, the source's
// configuration, the source's name, the lines.
func (r *Reader) reading(batch *record.Batch) (reading, error) {
	how, configured := r.sources[batch.Source]
	if how.zone == nil {
		how.zone = time.UTC
	}
	switch {
	case batch.Format == Auto:
		how.format = nil
	case batch.Format != "":
		f, ok := format.Lookup(batch.Format)
		if !ok {
			return reading{}, fmt.Errorf("header %s: %q is not a format; expected auto or one of %s", record.HeaderFormat, batch.Format, strings.Join(format.Names(), ", "))
		}
		how.format = f
	case !configured:
		how.format, _ = format.Lookup(batch.Source)
	}
	return how, nil
}
