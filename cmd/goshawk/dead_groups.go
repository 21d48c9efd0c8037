package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/goshawk-siem/goshawk/internal/record"
	"github.com/goshawk-siem/goshawk/internal/shape"
)

type deadGroupsCmd struct {
	deadFilter

	Limit  int    `default:"30" help:"How many of the largest groups to show; 0 shows all."`
	Output string `default:"table" enum:"table,json" help:"table or json (one group a line)."`
}

// Help is what kong prints below the usage.
func (c *deadGroupsCmd) Help() string {
	return `A group is the letters of one source on which one format gave up for one reason, and whose lines have one shape: <n> stands
for a number, <ip> for an address, <hex> for a hexadecimal number, <*> for anything. EXAMPLE is the id of the group's newest
letter; "dead show EXAMPLE" shows it, "--like EXAMPLE" makes the other commands work on the group.`
}

// deadGroup is what is known of one group of letters.
type deadGroup struct {
	Letters int       `json:"letters"`
	Source  string    `json:"source"`
	Format  string    `json:"format"`
	Reason  string    `json:"reason"`
	Shape   string    `json:"shape"`
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
	Example string    `json:"example"`
}

// Run prints the groups, the largest first.
func (c *deadGroupsCmd) Run(ctx context.Context, a *app) error {
	b, err := a.Bus(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	byShape := map[*shape.Group]*deadGroup{}
	var groups []*deadGroup
	err = c.grouped(ctx, b, func(letter record.Dead, s *shape.Group) error {
		if letter.Part > 1 {
			return nil
		}
		g := byShape[s]
		if g == nil {
			g = &deadGroup{Source: letter.Source, Format: letter.Format, Reason: letter.Reason, First: letter.Received}
			byShape[s] = g
			groups = append(groups, g)
		}
		g.Letters++
		g.Last, g.Example = letter.Received, letter.ID
		return nil
	})
	if err != nil {
		return err
	}
	for s, g := range byShape {
		g.Shape = s.Shape()
	}
	slices.SortStableFunc(groups, func(a, b *deadGroup) int { return b.Letters - a.Letters })
	total := 0
	for _, g := range groups {
		total += g.Letters
	}
	shown := groups
	if c.Limit > 0 {
		shown = groups[:min(len(groups), c.Limit)]
	}
	if c.Output == "json" {
		return printJSONLines(a.Stdout, shown)
	}
	t := newTable(a.Stdout, "LETTERS", "SOURCE", "FORMAT", "REASON", "SHAPE", "LAST", "EXAMPLE")
	for _, g := range shown {
		t.row(strconv.Itoa(g.Letters), g.Source, g.Format, shorten(g.Reason, 60), shorten(printable([]byte(g.Shape)), 70),
			g.Last.UTC().Format(time.RFC3339), g.Example)
	}
	if err := t.flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.Stderr, "%d dead letters in %d groups\n", total, len(groups))
	return err
}
