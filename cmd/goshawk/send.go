package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/goshawk-siem/goshawk/internal/ingest"
	"github.com/goshawk-siem/goshawk/internal/listen"
	"github.com/goshawk-siem/goshawk/internal/run"
)

// sendCmd is `goshawk send`.
type sendCmd struct {
	Source string   `required:"" placeholder:"NAME" help:"The source of all lines."`
	Path   string   `placeholder:"WORDS" help:"Label the lines: words behind the source, separated by dots."`
	Format string   `placeholder:"NAME" help:"The format of all lines; none leaves it to the source."`
	URL    string   `name:"url" placeholder:"URL" help:"Where to send: http(s)://HOST:PORT of ingest, or nats://HOST:PORT. None: the configured NATS. The token for HTTP is GOSHAWK_HTTP_TOKEN."`
	Whole  bool     `help:"Each file is one record, newlines and all."`
	Files  []string `arg:"" name:"file" help:"Files, also .gz and .zst; - is standard input."`
}

// sent is how much was stored.
type sent struct{ lines, dead int64 }

// sendTarget stores the lines of one reader.
type sendTarget interface {
	send(ctx context.Context, name string, r io.Reader) (sent, error)
	close()
}

// Run sends all files and says how many lines are stored. Anything that is not
// makes it fail.
func (c *sendCmd) Run(ctx context.Context, a *app) error {
	copied := ingest.Copy{Source: c.Source, Path: c.Path, Format: c.Format, Whole: c.Whole}
	if err := copied.Check(); err != nil {
		return run.Usage(err)
	}
	target, err := c.target(ctx, a, copied)
	if err != nil {
		return err
	}
	defer target.close()
	p := c.progress(a)
	start := time.Now()
	var total sent
	var errs []error
	for _, name := range c.Files {
		done, err := c.sendFile(ctx, a, target, p, name)
		total.lines += done.lines
		total.dead += done.dead
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	p.finish()
	if _, err := fmt.Fprintln(a.Stderr, sendSummary(total, p.bytes.Load(), time.Since(start))); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (c *sendCmd) target(ctx context.Context, a *app, copied ingest.Copy) (sendTarget, error) {
	if strings.HasPrefix(c.URL, "http://") || strings.HasPrefix(c.URL, "https://") {
		return newHTTPTarget(a, c.URL, copied)
	}
	if c.URL != "" {
		a.NATS = c.URL
	}
	return newBusTarget(ctx, a, copied)
}

func sendSummary(total sent, bytes int64, took time.Duration) string {
	seconds := max(took.Seconds(), 0.001)
	return fmt.Sprintf("sent %d lines, %d bytes in %.1f s, %.0f lines/s; %d lines became dead letters because they are too long",
		total.lines, bytes, seconds, float64(total.lines)/seconds, total.dead)
}

func (c *sendCmd) sendFile(ctx context.Context, a *app, target sendTarget, p *sendProgress, name string) (sent, error) {
	raw := a.Stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return sent{}, err
		}
		defer file.Close() //nolint:errcheck // only read
		raw = file
	}
	body, err := inflate(io.TeeReader(raw, p))
	if err != nil {
		return sent{}, err
	}
	defer body.Close()
	return target.send(ctx, name, body)
}

// sendMost is as much as one reader may hold: any file there is.
const sendMost = 1 << 60

// inflate recognizes compressed files by their first bytes (RFC 1952, RFC 8878)
// rather than by their names: a pipe has none.
func inflate(r io.Reader) (*listen.Body, error) {
	buffered := bufio.NewReaderSize(r, 64<<10)
	magic, err := buffered.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch text := string(magic); {
	case strings.HasPrefix(text, "\x1f\x8b"):
		return listen.NewBody(buffered, "gzip", sendMost)
	case text == "\x28\xb5\x2f\xfd":
		return listen.NewBody(buffered, "zstd", sendMost)
	}
	return listen.NewBody(buffered, "", sendMost)
}

// sendProgress counts what was read, and shows it to a person.
type sendProgress struct {
	bytes atomic.Int64
	bar   *progressbar.ProgressBar
}

// progress returns a bar when a person watches, and else one that only counts.
func (c *sendCmd) progress(a *app) *sendProgress {
	p := &sendProgress{}
	if !isTerminal(a.Stderr) {
		return p
	}
	size := int64(0)
	for _, name := range c.Files {
		info, err := os.Stat(name)
		if err != nil || !info.Mode().IsRegular() {
			size = -1 // a pipe: nobody knows how much comes
			break
		}
		size += info.Size()
	}
	p.bar = progressbar.NewOptions64(size, progressbar.OptionSetWriter(a.Stderr), progressbar.OptionShowBytes(true),
		progressbar.OptionSetDescription("sending"), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	return p
}

// Write counts what was read of the files as they are.
func (p *sendProgress) Write(data []byte) (int, error) {
	p.bytes.Add(int64(len(data)))
	if p.bar != nil {
		_ = p.bar.Add(len(data)) // a bar that can't be drawn is no reason to stop
	}
	return len(data), nil
}

func (p *sendProgress) finish() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
