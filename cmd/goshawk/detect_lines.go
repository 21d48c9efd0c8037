package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/goshawk-siem/goshawk/internal/detect"
	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/format"
	"github.com/goshawk-siem/goshawk/internal/record"
)

// logReader reads lines of f, or of what auto finds where f is nil.
func logReader(set *detect.Set, batch *detect.Batch, f *format.Format, auto *format.Auto, zone *time.Location, explain bool) eventReader {
	matcher := set.NewMatcher()
	c := format.Context{Zone: zone}
	var e event.Event
	return func(line string, number int, m *detect.Match) error {
		c.Received = time.Now().UTC()
		e.Reset()
		chosen := f
		var err error
		if f == nil {
			chosen, err = auto.Parse("detect", line, &c, &e)
		} else {
			err = f.Parse(line, &c, &e)
		}
		if err != nil {
			return err
		}
		chosen.Finish(line, &c, &e)
		e.SetText(event.EventID, record.BatchID("detect").EventID(number+1))
		m.Time = e.Time(event.EventTime)
		m.Rules = matcher.Match(&e, m.Rules)
		if batch.Counts(m.Rules) {
			m.Fields = matcher.Fields(batch, &e)
		}
		if explain {
			for _, r := range m.Rules {
				m.Explained = append(m.Explained, matcher.Explain(r, &e))
			}
		}
		return nil
	}
}

// chunk is a piece of the input: lines are matched a chunk at a time, several
// chunks at once, and printed in order.
type chunk struct {
	first   int
	lines   []string
	matches []detect.Match
	bad     []bool
	bytes   int64
	done    chan struct{}
}

// A chunk ends after this many lines or bytes.
const (
	chunkLines = 512
	chunkBytes = 1 << 20
)

// maxEventLine is the longest line that is read; a longer one is a bad line.
const maxEventLine = 64 << 20

// detection is one run of the command over the events.
type detection struct {
	batch    *detect.Batch
	out      *bufio.Writer
	totals   *detectTotals
	progress *progress
	line     int
	read     int64
	size     int64
	buf      []byte
}

// files reads all files. Lines are numbered through them.
func (d *detection) files(ctx context.Context, names []string, stdin io.Reader, threads int, newReader func() eventReader) error {
	group, ctx := errgroup.WithContext(ctx)
	work := make(chan *chunk, threads)
	ordered := make(chan *chunk, 4*threads)
	group.Go(func() error {
		defer close(work)
		defer close(ordered)
		for _, name := range names {
			if err := d.file(ctx, name, stdin, work, ordered); err != nil {
				return err
			}
		}
		return nil
	})
	for range threads {
		group.Go(func() error {
			read := newReader()
			for c := range work {
				c.match(read)
				close(c.done)
			}
			return nil
		})
	}
	group.Go(func() error { return d.collect(ctx, ordered) })
	return group.Wait()
}

// match matches the chunk's lines.
func (c *chunk) match(read eventReader) {
	c.matches, c.bad = make([]detect.Match, len(c.lines)), make([]bool, len(c.lines))
	for i, line := range c.lines {
		c.bad[i] = line != "" && read(line, c.first+i, &c.matches[i]) != nil
		if c.bad[i] {
			c.matches[i] = detect.Match{}
		}
	}
}

// collect takes the chunks in order, brings their matches to the correlations and
// prints.
func (d *detection) collect(ctx context.Context, ordered <-chan *chunk) error {
	for c := range ordered {
		select {
		case <-c.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		for i := range c.matches {
			switch {
			case c.bad[i]:
				d.totals.BadLines++
			case c.lines[i] != "":
				d.totals.Events++
			}
			if err := d.print(d.batch.Take(&c.matches[i])); err != nil {
				return err
			}
		}
		d.read += c.bytes
		d.progress.show(d.describe)
	}
	return nil
}

func (d *detection) describe() string {
	text := fmt.Sprintf("%d events, %d matches", d.totals.Events, d.totals.Matches)
	if d.size > 0 {
		text = fmt.Sprintf("%3d %%  %s", d.read*100/d.size, text)
	}
	return text
}

// file cuts a file into chunks.
func (d *detection) file(ctx context.Context, name string, stdin io.Reader, work, ordered chan<- *chunk) error {
	in := stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		defer file.Close() //nolint:errcheck // nothing was written to it
		in = file
	}
	r := bufio.NewReaderSize(in, 1<<20)
	for {
		c, err := d.next(r)
		if len(c.lines) > 0 {
			if err := send(ctx, c, work, ordered); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
	}
}

// send hands a chunk to the matchers and puts it into the queue of the printer,
// which keeps the order.
func send(ctx context.Context, c *chunk, work, ordered chan<- *chunk) error {
	for _, to := range [...]chan<- *chunk{ordered, work} {
		select {
		case to <- c:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// next reads the next chunk. Empty lines are counted and nothing else.
func (d *detection) next(r *bufio.Reader) (*chunk, error) {
	c := &chunk{first: d.line, done: make(chan struct{})}
	for len(c.lines) < chunkLines && c.bytes < chunkBytes {
		line, err := readWhole(r)
		if err != nil && (!errors.Is(err, io.EOF) || line == "") {
			return c, err
		}
		c.bytes += int64(len(line))
		c.lines = append(c.lines, strings.TrimRight(line, "\r\n"))
		d.line++
		if err != nil {
			return c, err
		}
	}
	return c, nil
}

// readWhole returns the next line with its ending. Of a line that is too long it
// returns the beginning, which is not valid.
func readWhole(r *bufio.Reader) (string, error) {
	piece, err := r.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return string(piece), err
	}
	var b strings.Builder
	for errors.Is(err, bufio.ErrBufferFull) {
		if b.Len() < maxEventLine {
			b.Write(piece)
		}
		piece, err = r.ReadSlice('\n')
	}
	b.Write(piece)
	return b.String(), err
}

// print prints findings.
func (d *detection) print(findings []detect.Finding) error {
	if len(findings) == 0 {
		return nil
	}
	byRule(findings)
	for i := range findings {
		d.totals.Matches++
		d.buf = appendFinding(d.buf[:0], &findings[i])
		if _, err := d.out.Write(d.buf); err != nil {
			return fmt.Errorf("print: %w", err)
		}
	}
	return nil
}

// appendFinding appends a finding as a line.
func appendFinding(dst []byte, f *detect.Finding) []byte {
	text := func(key, value string) {
		dst = append(append(append(dst, `,"`...), key...), `":`...)
		quoted, _ := json.Marshal(value) // strings always encode
		dst = append(dst, quoted...)
	}
	dst = strconv.AppendInt(append(dst, `{"event":`...), int64(f.Event), 10)
	text("rule_id", f.Rule.ID)
	text("rule_name", f.Rule.Name)
	text("title", f.Rule.Title)
	text("level", f.Rule.Level)
	if f.Correlation {
		text("kind", "correlation")
	} else {
		text("kind", "detection")
	}
	at := ""
	if !f.Time.IsZero() {
		at = f.Time.UTC().Format(time.RFC3339Nano)
	}
	text("time", at)
	if f.Correlation {
		dst = appendGroup(dst, f)
	}
	if f.Parts != nil {
		explanation, _ := json.Marshal(explain(f.Parts)) // texts always encode
		dst = append(append(dst, `,"explain":`...), explanation...)
	}
	return append(dst, '}', '\n')
}

func appendGroup(dst []byte, f *detect.Finding) []byte {
	dst = append(dst, `,"group":{`...)
	for i, pair := range f.Group {
		if i > 0 {
			dst = append(dst, ',')
		}
		name, _ := json.Marshal(pair.Name)
		value, _ := json.Marshal(pair.Value)
		dst = append(append(append(dst, name...), ':'), value...)
	}
	dst = append(dst, `},"value":`...)
	return strconv.AppendFloat(dst, f.Value, 'f', -1, 64)
}
