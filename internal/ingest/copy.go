package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/rs/zerolog"

	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/record"
)

// Copy publishes lines from a reader to the bus, cut and gathered as a service's
// inputs do it. It is what goshawk send is made of. Source is required; the
// other fields may be empty.
type Copy struct {
	// Source is the source of all lines, Path its further subject tokens,
	// Format the lines' format, Peer who they are from.
	Source, Path, Format, Peer string
	// Whole says that the reader is one record.
	Whole bool
}

// Copied is how much of a reader was stored.
type Copied struct {
	// Lines and Batches were stored as raw messages; Dead lines as dead letters
	// because they are longer than record.MaxLine.
	Lines, Batches, Dead int64
}

// Check reports what is wrong with c.
func (c Copy) Check() error {
	p := &problems{}
	checkOrigin(p, c.Source, c.Path, c.Format)
	return errors.Join(p.errs...)
}

// inputCopy is the label of what Copy publishes; it is in no registry.
const inputCopy = "copy"

// Run publishes all lines of r and returns when they are stored. While the bus
// can't take them it waits and tries again, until ctx ends. The result says how
// many are stored, also beside an error. r may be a pipe that is silent for
// long: what came is published meanwhile. When Run returns early, a Read of r
// may still be running.
func (c Copy) Run(ctx context.Context, b *bus.Bus, r io.Reader, log zerolog.Logger) (Copied, error) {
	if err := c.Check(); err != nil {
		return Copied{}, err
	}
	m, err := newMetrics(nil)
	if err != nil {
		return Copied{}, err
	}
	out := newOutbox(b, int64(Defaults().MaxInFlight), m, log)
	from := origin{input: inputCopy, source: c.Source, path: c.Path, format: c.Format, peer: headerText(c.Peer)}
	f := newFeed(ctx, out, from, out.insist, record.MaxLine)
	f.followColumns("")
	err = c.feed(f, r) //nolint:contextcheck // a feed has its own, which ends with ctx or its first error
	waited := f.wait()
	if failed := (*readError)(nil); waited != nil && !errors.As(err, &failed) {
		err = waited
	}
	done := Copied{Lines: f.lines.Load(), Batches: f.batches.Load(), Dead: f.dead.Load()}
	if err != nil {
		return done, fmt.Errorf("send to %s: %w", from.subject(), err)
	}
	return done, nil
}

func (c Copy) feed(f *feed, r io.Reader) error {
	ctx, stop := context.WithCancel(f.ctx)
	defer stop()
	reader := request{whole: c.Whole}.reader(newLingerReader(ctx, r, f), record.MaxLine)
	for {
		piece, err := reader.Next()
		switch {
		case errors.Is(err, io.EOF):
			return f.flush()
		case errors.Is(err, errLinger):
			err = f.flush()
		case err != nil:
			return &readError{err}
		default:
			piece.Cut = false // the end of a file ends its last line
			err = f.add(piece, time.Now())
		}
		if err != nil {
			return err
		}
	}
}

// readAhead is how much a lingerReader reads at once.
const readAhead = 64 << 10

// lingerReader reads from a reader that knows no deadlines, and returns
// errLinger when the batch of its feed is due before anything comes.
type lingerReader struct {
	ctx  context.Context //nolint:containedctx // io.Reader has no parameter for it
	feed *feed
	in   chan readResult
	rest readResult
}

type readResult struct {
	data []byte
	err  error
}

// newLingerReader starts to read r, until that or ctx ends.
func newLingerReader(ctx context.Context, r io.Reader, f *feed) *lingerReader {
	l := &lingerReader{ctx: ctx, feed: f, in: make(chan readResult, 1)}
	go func() {
		for {
			buf := make([]byte, readAhead)
			n, err := r.Read(buf)
			select {
			case l.in <- readResult{buf[:n], err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return l
}

// Read returns what came, or errLinger.
func (l *lingerReader) Read(p []byte) (int, error) {
	if len(l.rest.data) == 0 && l.rest.err == nil {
		if err := l.receive(); err != nil {
			return 0, err
		}
	}
	n := copy(p, l.rest.data)
	l.rest.data = l.rest.data[n:]
	if len(l.rest.data) > 0 {
		return n, nil
	}
	return n, l.rest.err
}

func (l *lingerReader) receive() error {
	var due <-chan time.Time
	if since, waiting := l.feed.pending(); waiting {
		timer := time.NewTimer(time.Until(since.Add(record.BatchLinger)))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case l.rest = <-l.in:
		return nil
	case <-due:
		return errLinger
	case <-l.ctx.Done():
		return l.ctx.Err()
	}
}
