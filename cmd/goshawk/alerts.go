package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/goshawk-siem/goshawk/internal/alert"
	"github.com/goshawk-siem/goshawk/internal/archive"
	"github.com/goshawk-siem/goshawk/internal/bus"
)

type alertsCmd struct {
	Tail alertsTailCmd `cmd:"" help:"Print alerts as they come, until interrupted."`
	List alertsListCmd `cmd:"" help:"List alerts of the archive, newest first."`
	Show alertsShowCmd `cmd:"" help:"Show one alert with its evidence and what to look at next."`
}

// alertFilter chooses alerts by what they say themselves.
type alertFilter struct {
	Level string `enum:",informational,low,medium,high,critical" default:"" help:"Only alerts of this level and above."`
	Rule  string `placeholder:"NAME" help:"Only alerts of the rule with this name or id."`
}

func (f alertFilter) takes(a *alert.Alert) bool {
	if f.Rule != "" && a.RuleName != f.Rule && a.RuleID != f.Rule {
		return false
	}
	return f.Level == "" || slices.Index(alert.Levels[:], a.Level) >= slices.Index(alert.Levels[:], f.Level)
}

type alertsTailCmd struct {
	alertFilter

	Updates bool   `help:"Print later revisions of alerts, too."`
	Replay  bool   `help:"Begin with the oldest alert that the stream holds."`
	Output  string `default:"table" enum:"table,json" help:"table or json (one alert a line)."`
}

// Run follows the streams of alerts until ctx ends.
func (c *alertsTailCmd) Run(ctx context.Context, a *app) error {
	b, err := a.Bus(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	streams := []bus.Stream{bus.Alerts}
	if c.Updates {
		streams = append(streams, bus.Updates)
	}
	found := make(chan alert.Alert)
	group, ctx := errgroup.WithContext(ctx)
	for _, s := range streams {
		group.Go(func() error { return c.follow(ctx, b, s, found) })
	}
	group.Go(func() error {
		show := alertPrinter(a.Stdout, c.Output)
		for {
			select {
			case <-ctx.Done():
				return nil
			case next := <-found:
				if err := show(&next); err != nil {
					return err
				}
			}
		}
	})
	return group.Wait()
}

// follow sends the alerts of one stream that the filter takes.
func (c *alertsTailCmd) follow(ctx context.Context, b *bus.Bus, s bus.Stream, found chan<- alert.Alert) error {
	from := uint64(1)
	if !c.Replay {
		_, last, err := b.Bounds(ctx, s)
		if err != nil {
			return err
		}
		from = last + 1
	}
	return b.Read(ctx, s, string(s)+".>", from, func(ctx context.Context, d *bus.Delivery) error {
		next, err := alert.Decode(d.Data)
		if err != nil {
			return fmt.Errorf("message %d on %s: %w", d.Seq, d.Subject, err)
		}
		if !c.takes(&next) {
			return nil
		}
		select {
		case found <- next:
		case <-ctx.Done():
		}
		return nil
	})
}

// alertPrinter returns a function that prints alerts one at a time, so that they
// show at once. A live table has fixed widths, because nothing is known of what
// comes next.
func alertPrinter(w io.Writer, output string) func(*alert.Alert) error {
	if output == "json" {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		return func(a *alert.Alert) error { return encoder.Encode(a) }
	}
	return func(a *alert.Alert) error {
		_, err := fmt.Fprintf(w, "%s  %-13s  %s  %s  %s\n", a.Time.Format(time.RFC3339), a.Level, a.ID, alertTitle(a), alertGroup(a))
		return err
	}
}

// alertTitle and alertGroup show what comes from rules and logs without letting it
// drive the terminal.
func alertTitle(a *alert.Alert) string {
	title := printable([]byte(a.Title))
	if a.Count > 1 {
		title += " (" + strconv.FormatInt(a.Count, 10) + ")"
	}
	return title
}

func alertGroup(a *alert.Alert) string {
	var parts []string
	for _, g := range a.Group {
		parts = append(parts, printable([]byte(g.Name))+"="+shorten(printable([]byte(g.Value)), 60))
	}
	return strings.Join(parts, " ")
}

type alertsListCmd struct {
	alertFilter

	Since  string `default:"24h" placeholder:"AGE|TIME" help:"Only alerts from then on: an age such as 7d, or RFC 3339."`
	Until  string `placeholder:"AGE|TIME" help:"Only alerts before then."`
	Limit  int    `default:"100" help:"How many at most."`
	Output string `default:"table" enum:"table,json" help:"table or json (one alert a line)."`
}

// Run lists alerts of the archive.
func (c *alertsListCmd) Run(ctx context.Context, a *app) error {
	request := archive.AlertsRequest{V: archive.Version, Since: c.Since, Until: c.Until, Level: c.Level, Rule: c.Rule, Limit: c.Limit}
	alerts, err := requestAlerts(ctx, a, request)
	if err != nil {
		return err
	}
	if c.Output == "json" {
		show := alertPrinter(a.Stdout, c.Output)
		for i := range alerts {
			if err := show(&alerts[i]); err != nil {
				return err
			}
		}
		return nil
	}
	t := newTable(a.Stdout, "TIME", "LEVEL", "RULE", "GROUP", "COUNT", "LAST SEEN", "ID")
	for i := range alerts {
		next := &alerts[i]
		name := next.RuleName
		if name == "" {
			name = shorten(next.Title, 40)
		}
		t.row(next.Time.Format(time.RFC3339), next.Level, printable([]byte(name)), alertGroup(next), strconv.FormatInt(next.Count, 10),
			next.LastSeen.Format(time.RFC3339), next.ID)
	}
	return t.flush()
}

// requestAlerts asks the archive.
func requestAlerts(ctx context.Context, a *app, request archive.AlertsRequest) ([]alert.Alert, error) {
	b, err := a.Bus(ctx)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	data, err := json.Marshal(request)
	if err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	var out []alert.Alert
	err = b.Request(ctx, archive.SubjectAlerts, data, func(page []byte) error {
		for line := range bytes.Lines(page) {
			if len(bytes.TrimSpace(line)) == 0 {
				continue
			}
			next, err := alert.Decode(line)
			if err != nil {
				return err
			}
			out = append(out, next)
		}
		return nil
	})
	if errors.Is(err, bus.ErrNoService) {
		return nil, fmt.Errorf("ask for alerts: %w; start an archive (goshawk run, or cmd/archive) on this NATS", err)
	}
	return out, err
}

type alertsShowCmd struct {
	ID     string `arg:"" help:"The alert's id, as tail and list print it."`
	Output string `default:"text" enum:"text,json" help:"text or json."`
}

// Run shows one alert.
func (c *alertsShowCmd) Run(ctx context.Context, a *app) error {
	alerts, err := requestAlerts(ctx, a, archive.AlertsRequest{V: archive.Version, ID: c.ID, Limit: 1})
	if err != nil {
		return err
	}
	if len(alerts) == 0 {
		return fmt.Errorf("alert %q is not in the archive; goshawk alerts list --since 30d lists those that are", c.ID)
	}
	if c.Output == "json" {
		return alertPrinter(a.Stdout, c.Output)(&alerts[0])
	}
	_, err = io.WriteString(a.Stdout, alertText(&alerts[0]))
	if err != nil {
		return fmt.Errorf("print alert: %w", err)
	}
	return nil
}

// alertText is the alert for people.
func alertText(a *alert.Alert) string {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-13s %s\n", name, printable([]byte(value)))
		}
	}
	state := "open"
	if a.Closed {
		state = "over"
	}
	line("alert", a.ID)
	line("rule", strings.TrimSpace(a.RuleName+" "+a.RuleID))
	line("title", a.Title)
	line("level", a.Level)
	line("tags", strings.Join(a.Tags, " "))
	for _, g := range a.Group {
		line(g.Name, g.Value)
	}
	line("time", a.Time.Format(time.RFC3339Nano))
	line("seen", a.FirstSeen.Format(time.RFC3339Nano)+" to "+a.LastSeen.Format(time.RFC3339Nano)+", "+state)
	line("count", strconv.FormatInt(a.Count, 10))
	line("value", strconv.FormatFloat(a.Value, 'g', -1, 64))
	section := func(title string, lines []string) {
		if len(lines) == 0 {
			return
		}
		fmt.Fprintf(&b, "\n%s\n", title)
		for _, text := range lines {
			fmt.Fprintf(&b, "  %s\n", printable([]byte(text)))
		}
	}
	section("what it means", strings.Split(strings.TrimSpace(a.Description), "\n"))
	section("lines", a.Raw)
	section("look at next", a.Next)
	section("may be harmless", a.FalsePositives)
	section("read more", a.References)
	return b.String()
}
