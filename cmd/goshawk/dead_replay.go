package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/normalize"
	"github.com/goshawk-siem/goshawk/internal/record"
)

type deadReplayCmd struct {
	deadChoice

	DryRun bool `help:"Only print the ids of the letters that would be sent."`
}

// replaysAtOnce is how many letters are under way to the stream at a time: each
// waits for the disk, and they share it.
const replaysAtOnce = 64

// Run sends the letters that parse now and leaves the rest.
func (c *deadReplayCmd) Run(ctx context.Context, a *app) error {
	reader, err := c.reader(a)
	if err != nil {
		return err
	}
	b, err := a.Bus(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	kv, err := b.KV(ctx, replayedBucket, false)
	if err != nil {
		return err
	}
	c.All = false // what was sent once is not sent again
	r := replay{cmd: c, app: a, bus: b, kv: kv, reader: reader, seen: map[string]bool{}, left: map[string]int{}}
	r.progress = newProgress(a)
	senders, ctx := errgroup.WithContext(ctx)
	senders.SetLimit(replaysAtOnce)
	err = c.letters(ctx, b, func(letter record.Dead) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return r.one(ctx, senders, letter)
	})
	if sending := senders.Wait(); sending != nil {
		err = sending // the reading stopped because of it
	}
	r.progress.end()
	if err != nil {
		return fmt.Errorf("%w; %d letters were sent, run the command again for the others", err, r.sent)
	}
	return r.report()
}

// replay is one run of the command.
type replay struct {
	cmd      *deadReplayCmd
	app      *app
	bus      *bus.Bus
	kv       *bus.KV
	reader   *normalize.Reader
	event    event.Event
	seen     map[string]bool
	progress *progress

	mu   sync.Mutex
	sent int
	// left counts the letters that stay, by reason.
	left map[string]int
}

func (r *replay) one(ctx context.Context, senders *errgroup.Group, letter record.Dead) error {
	if !r.cmd.chosen(letter) || r.seen[letter.ID] || letter.Part > 1 {
		return nil
	}
	r.seen[letter.ID] = true
	if cause := r.cmd.try(r.reader, letter, &r.event); cause != nil {
		r.count(reasonOf(cause))
		return nil
	}
	if r.cmd.DryRun {
		r.count("")
		_, err := fmt.Fprintln(r.app.Stdout, letter.ID)
		return err
	}
	senders.Go(func() error { return r.send(ctx, letter) })
	return nil
}

// send sends a letter and then notes that it was. A repeat after a failure in
// between is dropped by its message id, or by the archive and the windows, which
// know its event.
func (r *replay) send(ctx context.Context, letter record.Dead) error {
	if err := r.bus.Publish(ctx, r.message(letter)); err != nil {
		return fmt.Errorf("replay dead letter %s: %w", letter.ID, err)
	}
	if _, err := r.kv.Put(ctx, letter.ID, []byte(time.Now().UTC().Format(time.RFC3339))); err != nil {
		return fmt.Errorf("note that dead letter %s was replayed: %w", letter.ID, err)
	}
	r.count("")
	return nil
}

// count counts a letter that was sent, or one that is left for a reason.
func (r *replay) count(reason string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if reason == "" {
		r.sent++
	} else {
		r.left[reason]++
	}
	r.progress.show(func() string { return fmt.Sprintf("%d sent, %d left", r.sent, sum(r.left)) })
}

func sum(counts map[string]int) int {
	total := 0
	for _, n := range counts {
		total += n
	}
	return total
}

// message is the letter as a raw record that keeps its id and its time.
func (r *replay) message(letter record.Dead) bus.Msg {
	header := map[string]string{
		record.HeaderEventID:  letter.ID,
		record.HeaderReceived: letter.Received.UTC().Format(time.RFC3339Nano),
	}
	if r.cmd.Format != "" {
		header[record.HeaderFormat] = r.cmd.Format
	}
	if letter.Peer != "" {
		header[record.HeaderPeer] = letter.Peer
	}
	if letter.Columns != "" {
		header[record.HeaderColumns] = record.EncodeColumns(letter.Columns)
	}
	if bytes.ContainsAny(letter.Raw, "\r\n") {
		header[record.HeaderFraming] = record.FramingMessage
	}
	subject := "raw." + letter.Source
	if letter.Path != "" {
		subject += "." + letter.Path
	}
	return bus.Msg{Subject: subject, ID: "replay-" + letter.ID, Header: header, Data: letter.Raw}
}

func (r *replay) report() error {
	verb := "sent again"
	if r.cmd.DryRun {
		verb = "would be sent again"
	}
	if _, err := fmt.Fprintf(r.app.Stderr, "%d %s, %d left\n", r.sent, verb, sum(r.left)); err != nil {
		return err
	}
	reasons := slices.SortedFunc(maps.Keys(r.left), func(a, b string) int {
		return cmp.Or(r.left[b]-r.left[a], cmp.Compare(a, b))
	})
	for _, reason := range reasons[:min(len(reasons), 10)] {
		if _, err := fmt.Fprintf(r.app.Stderr, "  %6d  %s\n", r.left[reason], shorten(reason, 120)); err != nil {
			return err
		}
	}
	return nil
}
