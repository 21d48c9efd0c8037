package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/normalize"
	"github.com/goshawk-siem/goshawk/internal/record"
)

type deadReplayCmd struct {
	deadFilter

	IDs    []string `arg:"" optional:"" name:"id" help:"Ids of letters; none means all that the filters take."`
	As     string   `placeholder:"FORMAT" help:"Read the lines by this format, instead of the one the configuration says."`
	DryRun bool     `help:"Only say what would be sent."`
}

// Run sends the letters that parse now and leaves the rest.
func (c *deadReplayCmd) Run(ctx context.Context, a *app) error {
	conf, err := a.Config()
	if err != nil {
		return err
	}
	reader, err := normalize.NewReader(conf.Sources)
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
	done, err := replayed(ctx, b)
	if err != nil {
		return err
	}
	r := replay{cmd: c, app: a, bus: b, kv: kv, reader: reader, done: done, left: map[string]int{}}
	if err := c.letters(ctx, b, func(letter record.Dead) error { return r.one(ctx, letter) }); err != nil {
		return err
	}
	return r.report()
}

// replay is one run of the command.
type replay struct {
	cmd    *deadReplayCmd
	app    *app
	bus    *bus.Bus
	kv     *bus.KV
	reader *normalize.Reader
	done   map[string]bool
	sent   int
	// left counts the letters that stay, by reason.
	left map[string]int
}

func (r *replay) one(ctx context.Context, letter record.Dead) error {
	if len(r.cmd.IDs) > 0 && !slices.Contains(r.cmd.IDs, letter.ID) || r.done[letter.ID] {
		return nil
	}
	if letter.Part > 0 {
		if letter.Part == 1 {
			r.left["the line is longer than any max_line"]++
		}
		return nil
	}
	batch := record.Batch{Source: letter.Source, Path: letter.Path, Format: r.cmd.As, Received: letter.Received}
	if err := r.reader.Try(&batch, string(letter.Raw)); err != nil {
		r.left[err.Error()]++
		return nil //nolint:nilerr // a letter that still can't be read is counted, and the next one tried
	}
	r.done[letter.ID] = true
	r.sent++
	if r.cmd.DryRun {
		_, err := fmt.Fprintln(r.app.Stdout, letter.ID)
		return err
	}
	if err := r.bus.Publish(ctx, r.message(letter)); err != nil {
		return fmt.Errorf("replay dead letter %s: %w", letter.ID, err)
	}
	if _, err := r.kv.Put(ctx, letter.ID, []byte(time.Now().UTC().Format(time.RFC3339))); err != nil {
		return fmt.Errorf("note that dead letter %s was replayed: %w", letter.ID, err)
	}
	return nil
}

// message is the letter as a raw record that keeps its id and its time.
func (r *replay) message(letter record.Dead) bus.Msg {
	header := map[string]string{
		record.HeaderEventID:  letter.ID,
		record.HeaderReceived: letter.Received.UTC().Format(time.RFC3339Nano),
	}
	if r.cmd.As != "" {
		header[record.HeaderFormat] = r.cmd.As
	}
	if letter.Peer != "" {
		header[record.HeaderPeer] = letter.Peer
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
	total := 0
	reasons := make([]string, 0, len(r.left))
	for reason, n := range r.left {
		total += n
		reasons = append(reasons, reason)
	}
	sort.Slice(reasons, func(i, j int) bool {
		a, b := reasons[i], reasons[j]
		return r.left[a] > r.left[b] || r.left[a] == r.left[b] && a < b
	})
	if _, err := fmt.Fprintf(r.app.Stderr, "%d %s, %d left\n", r.sent, verb, total); err != nil {
		return err
	}
	for _, reason := range reasons[:min(len(reasons), 10)] {
		if _, err := fmt.Fprintf(r.app.Stderr, "  %6d  %s\n", r.left[reason], shorten(reason, 120)); err != nil {
			return err
		}
	}
	return nil
}
