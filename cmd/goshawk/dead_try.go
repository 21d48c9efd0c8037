package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/format"
	"github.com/goshawk-siem/goshawk/internal/normalize"
	"github.com/goshawk-siem/goshawk/internal/record"
	"github.com/goshawk-siem/goshawk/internal/run"
	"github.com/goshawk-siem/goshawk/internal/shape"
)

// deadChoice chooses letters, and how they are read.
type deadChoice struct {
	deadFilter

	IDs    []string `arg:"" optional:"" name:"id" help:"Ids of letters; none means all that the filters take."`
	Format string   `placeholder:"NAME" help:"Read the lines by this format, or auto, instead of what the configuration says now."`
}

func (c *deadChoice) chosen(letter record.Dead) bool {
	return len(c.IDs) == 0 || slices.Contains(c.IDs, letter.ID)
}

// batch is the letter as the normalizer would get it.
func (c *deadChoice) batch(letter record.Dead) *record.Batch {
	return &record.Batch{Source: letter.Source, Path: letter.Path, Format: c.Format, Received: letter.Received, Peer: letter.Peer, Columns: letter.Columns}
}

// reader reads lines as normalizers with the configuration of now do.
func (c *deadChoice) reader(a *app) (*normalize.Reader, error) {
	conf, err := a.Config()
	if err != nil {
		return nil, err
	}
	formats, err := conf.Formats()
	if err != nil {
		return nil, run.Usage(err)
	}
	reader, err := normalize.NewReader(conf.Sources, formats)
	if err != nil {
		return nil, err
	}
	if err := reader.CheckFormat(c.Format); err != nil {
		return nil, run.Usage(fmt.Errorf("--format: %w", err))
	}
	return reader, nil
}

// reasonOf is why a letter can't be read, without the place in its line, so that
// reasons can be counted.
func reasonOf(err error) string {
	if parse, ok := errors.AsType[*format.Error](err); ok {
		return parse.Reason
	}
	return err.Error()
}

var errCutLetter = errors.New("the line is longer than any max_line")

// try reads a letter into e.
func (c *deadChoice) try(reader *normalize.Reader, letter record.Dead, e *event.Event) error {
	if letter.Part > 0 {
		return errCutLetter
	}
	e.Reset()
	if err := reader.Parse(c.batch(letter), string(letter.Raw), e); err != nil {
		return err
	}
	e.SetText(event.EventID, letter.ID)
	return nil
}

type deadTestCmd struct {
	deadChoice

	Output string `default:"table" enum:"table,json" help:"table (by group) or json: of each letter, one a line, the event that it would be, or why not."`
}

// triedGroup counts the letters of a group.
type triedGroup struct {
	letters, parse int
	format, reason string
	example        string
	shape          *shape.Group
}

// Run tells which letters would parse now. Nothing is sent.
func (c *deadTestCmd) Run(ctx context.Context, a *app) error {
	reader, err := c.reader(a)
	if err != nil {
		return err
	}
	b, err := a.Bus(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	byShape := map[*shape.Group]*triedGroup{}
	var groups []*triedGroup
	var e event.Event
	err = c.grouped(ctx, b, func(letter record.Dead, s *shape.Group) error {
		if !c.chosen(letter) || letter.Part > 1 {
			return nil
		}
		cause := c.try(reader, letter, &e)
		g := byShape[s]
		if g == nil {
			g = &triedGroup{shape: s}
			byShape[s] = g
			groups = append(groups, g)
		}
		g.count(letter, &e, cause)
		if c.Output == "json" {
			return printTried(a, letter, &e, cause)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if c.Output == "table" {
		err = printTriedGroups(a, groups)
	}
	return errors.Join(err, reportTried(a, groups))
}

// count notes how a letter fared. The group's example is its newest letter that
// can't be read, if there is one.
func (g *triedGroup) count(letter record.Dead, e *event.Event, cause error) {
	g.letters++
	if cause != nil {
		g.reason, g.example = reasonOf(cause), letter.ID
		return
	}
	g.parse++
	g.format = e.Text(event.Format)
	if g.reason == "" {
		g.example = letter.ID
	}
}

func printTried(a *app, letter record.Dead, e *event.Event, cause error) error {
	if cause == nil {
		_, err := a.Stdout.Write(append(e.AppendJSON(nil), '\n'))
		return err
	}
	fault := struct {
		Error  string `json:"error"`
		Offset int    `json:"offset"`
		ID     string `json:"id"`
		Raw    string `json:"raw"`
	}{Error: reasonOf(cause), ID: letter.ID, Raw: string(letter.Raw)}
	if parse, ok := errors.AsType[*format.Error](cause); ok {
		fault.Offset = parse.Offset
	}
	encoder := json.NewEncoder(a.Stdout)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(fault)
}

func printTriedGroups(a *app, groups []*triedGroup) error {
	slices.SortStableFunc(groups, func(a, b *triedGroup) int { return b.letters - a.letters })
	t := newTable(a.Stdout, "LETTERS", "PARSE NOW", "AS", "STILL WRONG", "SHAPE", "EXAMPLE")
	for _, g := range groups {
		t.row(strconv.Itoa(g.letters), strconv.Itoa(g.parse), g.format, shorten(g.reason, 60), shorten(printable([]byte(g.shape.Shape())), 70), g.example)
	}
	return t.flush()
}

func reportTried(a *app, groups []*triedGroup) error {
	letters, parse := 0, 0
	for _, g := range groups {
		letters += g.letters
		parse += g.parse
	}
	_, err := fmt.Fprintf(a.Stderr, "%d of %d letters would parse now\n", parse, letters)
	return err
}
