package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/goshawk-siem/goshawk/internal/record"
)

type deadCmd struct {
	Groups deadGroupsCmd `cmd:"" help:"Count dead letters by source, format, reason and shape: the place to start."`
	List   deadListCmd   `cmd:"" help:"List dead letters, newest last."`
	Show   deadShowCmd   `cmd:"" help:"Show one dead letter with its exact bytes."`
	Test   deadTestCmd   `cmd:"" help:"Tell which dead letters would parse now, and what they would be."`
	Replay deadReplayCmd `cmd:"" help:"Send dead letters that would parse now through the pipeline again, under their own id and time."`
}

type deadListCmd struct {
	deadFilter

	Limit  int    `default:"50" help:"How many of the newest to show; 0 shows all."`
	Output string `default:"table" enum:"table,json" help:"table or json (one letter a line)."`
}

// Run prints the newest dead letters.
func (c *deadListCmd) Run(ctx context.Context, a *app) error {
	b, err := a.Bus(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	var newest []record.Dead
	total := 0
	err = c.letters(ctx, b, func(letter record.Dead) error {
		if letter.Part > 1 {
			return nil
		}
		total++
		newest = append(newest, letter)
		if c.Limit > 0 && len(newest) > 2*c.Limit {
			newest = append(newest[:0], newest[len(newest)-c.Limit:]...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if c.Limit > 0 && len(newest) > c.Limit {
		newest = newest[len(newest)-c.Limit:]
	}
	if c.Output == "json" {
		return printJSONLines(a.Stdout, newest)
	}
	return c.table(a, newest, total)
}

func (c *deadListCmd) table(a *app, letters []record.Dead, total int) error {
	t := newTable(a.Stdout, "ID", "RECEIVED", "SOURCE", "FORMAT", "REASON", "LINE")
	for _, letter := range letters {
		reason := fmt.Sprintf("%s (byte %d)", letter.Reason, letter.Offset)
		t.row(letter.ID, letter.Received.UTC().Format(time.RFC3339), letter.Source, letter.Format, shorten(reason, 70), shorten(printable(letter.Raw), 60))
	}
	if err := t.flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.Stderr, "%d of %d dead letters; `goshawk dead show ID` shows one whole\n", len(letters), total)
	return err
}

func printJSONLines[T any](w io.Writer, rows []T) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	for i := range rows {
		if err := encoder.Encode(rows[i]); err != nil {
			return fmt.Errorf("print: %w", err)
		}
	}
	return nil
}

type deadShowCmd struct {
	ID     string `arg:"" help:"The letter's id."`
	Output string `default:"text" enum:"text,json,raw" help:"text, json, or raw: the line's exact bytes and nothing else."`
}

// Run prints one letter; the pieces of a long one follow each other.
func (c *deadShowCmd) Run(ctx context.Context, a *app) error {
	b, err := a.Bus(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	found := 0
	err = deadFilter{All: true}.letters(ctx, b, func(letter record.Dead) error {
		if letter.ID != c.ID || found > 0 && letter.Part <= found {
			return nil
		}
		found = max(letter.Part, 1)
		return c.print(a.Stdout, letter)
	})
	if err != nil {
		return err
	}
	if found == 0 {
		return fmt.Errorf("no dead letter has the id %q; `goshawk dead list` shows those that there are", c.ID)
	}
	return nil
}

func (c *deadShowCmd) print(w io.Writer, letter record.Dead) error {
	switch c.Output {
	case "json":
		return printJSONLines(w, []record.Dead{letter})
	case "raw":
		_, err := w.Write(letter.Raw)
		return err
	}
	if letter.Part <= 1 {
		_, err := fmt.Fprintf(w, "id        %s\nsource    %s\nformat    %s\nreason    %s\noffset    byte %d\nbatch     %s\nline      %d\nreceived  %s\npeer      %s\nbytes     %d\n\n",
			letter.ID, strings.TrimSuffix(letter.Source+"."+letter.Path, "."), letter.Format, letter.Reason, letter.Offset, letter.Batch, letter.Line,
			letter.Received.UTC().Format(time.RFC3339Nano), letter.Peer, len(letter.Raw))
		if err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(w, printable(letter.Raw))
	return err
}
