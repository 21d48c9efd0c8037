package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goshawk-siem/goshawk/internal/enrich"
	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/format"
	"github.com/goshawk-siem/goshawk/internal/record"
	"github.com/goshawk-siem/goshawk/internal/run"
)

// parseCmd is `goshawk parse`.
type parseCmd struct {
	Format   string   `default:"auto" placeholder:"NAME" help:"Format of the lines, or auto."`
	Formats  []string `placeholder:"PATH" sep:"none" help:"File or folder of formats of your own, on top of those of the configuration; repeatable."`
	Output   string   `default:"json" enum:"json,ecs,ocsf" help:"json (the common schema), ecs (Elastic Common Schema) or ocsf (Open Cybersecurity Schema Framework)."`
	Zone     string   `default:"UTC" placeholder:"ZONE" help:"Time zone of times that are written without one, such as Europe/Berlin."`
	Received string   `placeholder:"TIME" help:"When the lines were received, RFC 3339; it supplies the year that syslog leaves out. Default: now."`
	Explain  bool     `help:"Say on standard error, for each line, which formats auto asked, what they said and which one it took."`
	Join     bool     `help:"Join lines that make one record, of a slow query log or an audit event, as the normalizers do; they then give one object together."`
	Enrich   bool     `help:"Add to the events what normalize.enrich of the configuration says."`
	Files    []string `arg:"" optional:"" name:"file" help:"Files to read, - for standard input. Default: standard input."`
}

// Help is what kong prints below the usage.
func (c *parseCmd) Help() string {
	return `Each line gives exactly one JSON object on standard output, in order: the event, or {"error": ..., "raw": ...} with the
format that was tried and the byte at which it gave up; only with --join several lines may give one. The event's id is parse-<n>, where n counts the lines of all files from 1. Header lines of a file
(IIS, Zeek, CSV) hold to its end. Lines that can't be parsed don't change the exit code. With --explain standard error tells,
line by line, why auto chose the format.`
}

// Run parses the lines of all files.
func (c *parseCmd) Run(ctx context.Context, a *app) error {
	formats, err := a.formats(c.Formats)
	if err != nil {
		return err
	}
	p, err := c.parser(a.Stdout, formats)
	if err != nil {
		return run.Usage(err)
	}
	p.join = c.Join
	if c.Explain {
		p.explain = a.Stderr
	}
	if c.Enrich {
		if p.enricher, err = a.enricher(); err != nil {
			return err
		}
	}
	// A read from a terminal can't be interrupted; whoever cancels doesn't wait
	// for it.
	done := make(chan error, 1)
	go func() { done <- c.files(ctx, a, p) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *parseCmd) files(ctx context.Context, a *app, p *lineParser) error {
	files := c.Files
	if len(files) == 0 {
		files = []string{"-"}
	}
	for _, name := range files {
		if err := p.file(ctx, name, a.Stdin); err != nil {
			return errors.Join(err, p.out.Flush())
		}
	}
	return p.flush()
}

// parser checks the flags.
func (c *parseCmd) parser(out io.Writer, formats *format.Set) (*lineParser, error) {
	p := &lineParser{out: bufio.NewWriterSize(out, 64<<10), write: (*event.Event).AppendJSON}
	switch c.Output {
	case "ecs":
		p.write = (*event.Event).AppendECS
	case "ocsf":
		p.write = (*event.Event).AppendOCSF
	}
	if c.Format == format.AutoName {
		p.auto = formats.Auto()
	} else if c.Explain {
		return nil, fmt.Errorf("parse: --explain tells why auto chooses a format; --format %s leaves nothing to choose", c.Format)
	} else if f, ok := formats.Lookup(c.Format); ok {
		p.format = f
	} else {
		return nil, fmt.Errorf("parse: --format: %q is no format; expected auto, %s", c.Format, strings.Join(formats.Names(), ", "))
	}
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return nil, fmt.Errorf("parse: --zone: %w; expected a name such as UTC or Europe/Berlin", err)
	}
	p.context.Zone = zone
	if c.Received != "" {
		nanos, ok := event.ParseTime(c.Received)
		if !ok {
			return nil, fmt.Errorf("parse: --received: %q is no time; expected one such as 2024-09-05T10:30:00Z", c.Received)
		}
		p.context.Received, p.fixed = time.Unix(0, nanos).UTC(), true
	}
	return p, nil
}

// lineParser turns lines into objects on out, in constant memory.
type lineParser struct {
	format  *format.Format // nil: auto
	auto    *format.Auto
	context format.Context
	fixed   bool // context.Received is given, not now
	write   func(*event.Event, []byte) []byte
	out     *bufio.Writer
	explain io.Writer // where --explain prints, nil without it

	enricher *enrich.Enricher // nil without --enrich

	event  event.Event
	buf    []byte
	number int
	join   bool
	// pending are the lines of a record that the next line may go on with; joins
	// is the format that put them together. number is that of its first line.
	pending []string
	joins   *format.Format
}

func (p *lineParser) file(ctx context.Context, name string, stdin io.Reader) error {
	in := stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return fmt.Errorf("parse: %w", err)
		}
		defer file.Close() //nolint:errcheck // nothing was written to it
		in = file
	}
	if err := p.lines(ctx, name, in); err != nil {
		return fmt.Errorf("parse %s: line %d: %w", name, p.number, err)
	}
	return nil
}

// lines parses what in holds. What is parsed is flushed before waiting for more,
// so that a pipe shows lines as they come.
func (p *lineParser) lines(ctx context.Context, name string, in io.Reader) error {
	r := bufio.NewReaderSize(in, record.MaxLine+len("\r\n"))
	p.context.Columns = nil
	for first := true; ctx.Err() == nil; first = false {
		if r.Buffered() == 0 {
			if err := p.flush(); err != nil {
				return err
			}
		}
		line, size, err := readLine(r)
		if errors.Is(err, io.EOF) {
			return p.settle(name)
		}
		if err != nil {
			return fmt.Errorf("read: %w", err)
		}
		if err := p.take(name, string(line), size, first); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// readLine returns the next line and its size, both without its ending, or
// io.EOF when there is none. A line that doesn't fit r comes cut to
// record.MaxLine, with its whole size. The line is valid until the next read.
func readLine(r *bufio.Reader) (line []byte, size int, err error) {
	line, err = r.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		if len(line) > 0 && errors.Is(err, io.EOF) {
			err = nil
		}
		line = trimEnding(line)
		return line, len(line), err
	}
	size = len(line)
	returned := line[size-1] == '\r' // its newline may be in the next piece
	line = bytes.Clone(line[:record.MaxLine])
	for errors.Is(err, bufio.ErrBufferFull) {
		var rest []byte
		rest, err = r.ReadSlice('\n')
		size += len(rest)
		if bytes.HasSuffix(rest, []byte("\n")) {
			size -= len(rest) - len(trimEnding(rest))
			if len(rest) == 1 && returned {
				size--
			}
		}
		returned = bytes.HasSuffix(rest, []byte("\r"))
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return line, size, err
}

func trimEnding(line []byte) []byte {
	line = bytes.TrimSuffix(line, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r"))
}

func (p *lineParser) flush() error {
	if err := p.out.Flush(); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

// line returns the object for one line, with its newline.
func (p *lineParser) line(name, text string, size int) []byte {
	p.buf = p.buf[:0]
	err := p.parse(name, text, size, p.format)
	if err == nil {
		p.buf = p.write(&p.event, p.buf)
	} else {
		p.buf = p.fault(text, size, err)
	}
	p.buf = append(p.buf, '\n')
	return p.buf
}

// parse fills p.event from text by format f, nil for auto.
func (p *lineParser) parse(name, text string, size int, f *format.Format) error {
	switch {
	case text == "":
		return errors.New("the line is empty")
	case size > record.MaxLine:
		return fmt.Errorf("the line has %d bytes, at most %d are parsed", size, record.MaxLine)
	}
	if !p.fixed {
		p.context.Received = time.Now().UTC()
	}
	if p.explain != nil && f == nil {
		if err := p.explainLine(text); err != nil {
			return err
		}
	}
	p.event.Reset()
	var err error
	if f == nil {
		f, err = p.auto.Parse(name, text, &p.context, &p.event)
	} else {
		err = f.Parse(text, &p.context, &p.event)
	}
	if err != nil {
		return err
	}
	f.Finish(text, &p.context, &p.event)
	p.enricher.Apply(&p.event)
	p.event.SetText(event.EventID, record.BatchID("parse").EventID(p.number))
	return nil
}

// explainLine prints why auto chooses the format of a line.
func (p *lineParser) explainLine(text string) error {
	reasons := strings.TrimSuffix(p.auto.Explain(text, &p.context).String(), "\n")
	_, err := fmt.Fprintf(p.explain, "line %d: %s\n", p.number, strings.ReplaceAll(reasons, "\n", "\n  "))
	return err
}

// lineFault is what a line gives that is no event.
type lineFault struct {
	Error  string `json:"error"`
	Format string `json:"format"`
	Offset int    `json:"offset"`
	Line   int    `json:"line"`
	// Size is set where Raw is only the line's beginning.
	Size int    `json:"size,omitempty"`
	Raw  string `json:"raw"`
	// RawBase64 is set where the line is not UTF-8: then Raw can't be exact.
	RawBase64 []byte `json:"raw_base64,omitempty"`
}

// maxFaultRaw is how much of a line that is too long its object repeats.
const maxFaultRaw = 4 << 10

func (p *lineParser) fault(text string, size int, cause error) []byte {
	fault := lineFault{Error: cause.Error(), Format: format.AutoName, Line: p.number, Raw: text}
	if p.format != nil {
		fault.Format = p.format.Name
	}
	if parse := (*format.Error)(nil); errors.As(cause, &parse) {
		fault.Error, fault.Offset = parse.Reason, parse.Offset
	} else if size > record.MaxLine {
		fault.Size, fault.Raw = size, strings.ToValidUTF8(text[:maxFaultRaw], "")
	}
	if !utf8.ValidString(fault.Raw) {
		fault.RawBase64 = []byte(fault.Raw)
	}
	out := bytes.NewBuffer(p.buf)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(fault); err != nil {
		panic(err) // strings and numbers always encode
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}
