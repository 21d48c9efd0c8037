package ingest

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/rs/zerolog"

	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/listen"
	"github.com/goshawk-siem/goshawk/internal/record"
)

const (
	// fileWindow is how many batches of one file input may wait for their
	// acknowledgement.
	fileWindow = 64
	// scanPause is the least time between two looks at all paths.
	scanPause = 100 * time.Millisecond
	// scanShare bounds the share of time that goes into regular looks at all
	// paths: one in so many.
	scanShare = 10
	// maxTouches is how many notifications are taken at once.
	maxTouches = 4096
)

// fileInput reads one set of files. One goroutine owns the tail; publishing runs
// beside it.
type fileInput struct {
	opts    FileOptions
	maxLine int
	state   string
	out     *outbox
	metrics *metrics
	log     zerolog.Logger
}

func newFileInput(o FileOptions, all Options, out *outbox, m *metrics, log zerolog.Logger) *fileInput {
	state := filepath.Join(all.StateDir, "files-"+o.stateName()+".journal")
	return &fileInput{opts: o, maxLine: int(all.MaxLine), state: state, out: out, metrics: m, log: log}
}

func (in *fileInput) open() (*listen.Tail, error) {
	return listen.OpenTail(listen.TailOptions{
		Paths: in.opts.Paths, StateFile: in.state, MaxLine: in.maxLine, MaxOpen: in.opts.MaxOpen, FromEnd: in.opts.Start == StartEnd,
		Columns: newFollower(origin{source: in.opts.Source, format: in.opts.Format}).after,
	})
}

// published is the end of a chunk's way.
type published struct {
	chunk *listen.Chunk
	err   error
}

// fileLoop is the state of one run.
type fileLoop struct {
	*fileInput
	hard     context.Context //nolint:containedctx // of the publishes, which end before the loop does
	tail     *listen.Tail
	watch    watcher
	results  chan published
	inFlight int
	syncTime time.Duration
	// held are chunks whose end could not be made durable yet.
	held []*listen.Chunk
	// nextScan is the earliest time for a regular look at all paths.
	nextScan time.Time
	// rescan is when a notification asks for a look at all paths.
	rescan time.Time
	wait   time.Duration
	idle   bool
	// failed is the error that no retry can help; the input ends with it.
	failed error
}

// serve reads and publishes until ctx ends, and returns when what was read is
// published or hard has ended.
func (in *fileInput) serve(ctx, hard context.Context, tail *listen.Tail) error {
	l := &fileLoop{fileInput: in, hard: hard, tail: tail, watch: newWatcher(in.log), results: make(chan published, fileWindow)}
	defer l.watch.close()
	ticker := time.NewTicker(in.opts.Poll.Std())
	defer ticker.Stop()
	l.scan()
	for ctx.Err() == nil && l.failed == nil {
		l.read()
		l.step(ctx, ticker.C)
	}
	for l.inFlight > 0 {
		l.finish(<-l.results)
	}
	err := errors.Join(l.failed, tail.Close())
	l.setStats(listen.TailStats{})
	return err
}

// step waits until there is something to do, and does it.
func (l *fileLoop) step(ctx context.Context, tick <-chan time.Time) {
	timer := time.NewTimer(l.pause())
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case r := <-l.results:
		l.finish(r)
	case now := <-tick:
		if !now.Before(l.nextScan) {
			l.scan()
		}
	case event := <-l.watch.events():
		l.touch(event)
	case err := <-l.watch.errors():
		l.log.Warn().Err(err).Msg("lost notifications of file changes; looking at all paths")
		l.scan()
	case <-timer.C:
		if !l.rescan.IsZero() && !time.Now().Before(l.rescan) {
			l.scan()
		}
	}
}

// pause is how long nothing has to be done unless something happens.
func (l *fileLoop) pause() time.Duration {
	pause := time.Hour
	if l.wait > 0 {
		pause = l.wait
	}
	if !l.idle && l.inFlight < fileWindow {
		pause = 0
	}
	if !l.rescan.IsZero() {
		pause = min(pause, max(time.Until(l.rescan), 0))
	}
	return pause
}

// scan looks at all paths and makes the positions durable.
func (l *fileLoop) scan() {
	start := time.Now()
	l.rescan, l.idle = time.Time{}, false
	err := l.tail.Scan(start)
	if err == nil {
		err = l.tail.Sync()
	}
	l.complain(err)
	l.watch.follow(l.tail.Folders())
	for _, e := range l.tail.Events() {
		l.metrics.fileErrors.Inc()
		l.log.Warn().Err(e.Err).Str("path", e.Path).Msg("could not read a file; trying again")
	}
	l.setStats(l.tail.Stats())
	// So many files that a look takes long are looked at less often.
	l.nextScan = start.Add(scanShare * time.Since(start))
}

func (l *fileLoop) complain(err error) {
	if err != nil {
		l.log.Error().Err(err).Msg("could not keep the state of files; waiting with new lines")
	}
}

func (l *fileLoop) setStats(s listen.TailStats) {
	name := l.opts.stateName()
	l.metrics.files.WithLabelValues(name, "known").Set(float64(s.Known))
	l.metrics.files.WithLabelValues(name, "open").Set(float64(s.Open))
	l.metrics.files.WithLabelValues(name, "postponed").Set(float64(s.Postponed))
	if s.SyncTime > l.syncTime {
		l.metrics.stateSync.Add((s.SyncTime - l.syncTime).Seconds())
		l.syncTime = s.SyncTime
	}
}

// touch takes a notification and those that wait behind it.
func (l *fileLoop) touch(event fsnotify.Event) {
	written := map[string]bool{}
	for range maxTouches {
		if event.Has(fsnotify.Write) {
			written[event.Name] = true
		}
		if event.Has(fsnotify.Create|fsnotify.Rename|fsnotify.Remove) && l.rescan.IsZero() {
			l.rescan = time.Now().Add(max(scanPause, time.Until(l.nextScan)))
		}
		select {
		case event = <-l.watch.events():
			continue
		default:
		}
		break
	}
	now := time.Now()
	for path := range written {
		l.tail.Touch(path, now)
		l.idle = false
	}
}

// read hands what can be read now to the publishers.
func (l *fileLoop) read() {
	room := fileWindow - l.inFlight
	if room <= 0 {
		return
	}
	if len(l.held) > 0 {
		if err := l.tail.Sync(); err != nil {
			l.wait, l.idle = retryMost, true
			return
		}
		l.publishAll(l.held)
		l.held = nil
		return
	}
	chunks, wait, err := l.tail.Read(time.Now(), room)
	l.wait, l.idle = wait, len(chunks) == 0
	if err != nil {
		// The ends of these batches are not durable: after a crash they could
		// be cut elsewhere.
		l.complain(err)
		l.held, l.wait, l.idle = chunks, retryMost, true
		return
	}
	l.publishAll(chunks)
}

func (l *fileLoop) publishAll(chunks []*listen.Chunk) {
	for _, c := range chunks {
		l.inFlight++
		go func() { l.results <- published{c, l.publish(c)} }()
	}
}

// publish publishes a chunk until it is stored or hard ends.
func (l *fileLoop) publish(c *listen.Chunk) error {
	m, err := l.message(c)
	if err != nil {
		return err
	}
	weight, err := l.out.reserve(l.hard, len(m.Data))
	if err != nil {
		return err
	}
	defer l.out.release(weight)
	return l.out.insist(l.hard, inputFile, m)
}

func (l *fileLoop) message(c *listen.Chunk) (bus.Msg, error) {
	from := origin{input: inputFile, source: l.opts.Source, path: l.opts.Path, format: l.opts.Format, peer: headerText(c.Path)}
	id := record.BatchID(from.source + "." + c.Name)
	if c.Part > 0 {
		over := oversize{id: id.EventID(1), received: c.Received}
		return deadMessage(from, over, listen.Piece{Data: c.Data, Part: c.Part, Last: c.Last}, l.maxLine)
	}
	m := bus.Msg{Subject: from.subject(), ID: string(id), Header: from.header(c.Received), Data: c.Data}
	m.Header[record.HeaderBatch] = c.Name
	if c.Columns != "" {
		m.Header[record.HeaderColumns] = record.EncodeColumns(c.Columns)
	}
	return m, nil
}

// headerText replaces what a header can't hold: a file's name may hold anything.
func headerText(s string) string {
	clean := []byte(s)
	for i, b := range clean {
		if b < ' ' || b == 0x7f {
			clean[i] = '?'
		}
	}
	return string(clean)
}

// finish takes the result of a publish.
func (l *fileLoop) finish(r published) {
	l.inFlight--
	if r.err != nil {
		// When hard has ended, the next start reads the batch again.
		if l.hard.Err() == nil {
			l.failed = fmt.Errorf("publish %s of %s: %w", r.chunk.Name, r.chunk.Path, r.err)
		}
		return
	}
	size := len(r.chunk.Data)
	l.tail.Done(r.chunk)
	if r.chunk.Part > 0 {
		if r.chunk.Last {
			l.metrics.dead.WithLabelValues(inputFile).Inc()
		}
		return
	}
	l.metrics.lines.WithLabelValues(inputFile).Add(float64(r.chunk.Lines))
	l.metrics.bytes.WithLabelValues(inputFile).Add(float64(size))
	l.metrics.batches.WithLabelValues(inputFile).Inc()
}
