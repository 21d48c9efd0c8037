package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/goshawk-siem/goshawk/internal/archive"
	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/run"
	"github.com/goshawk-siem/goshawk/internal/store"
	"github.com/goshawk-siem/goshawk/internal/store/query"
)

// searchCmd is `goshawk search`.
type searchCmd struct {
	Query  []string `arg:"" optional:"" help:"What to look for, such as: source_ip:192.0.2.0/24 status_code>=400 \"union select\". See docs/search.md."`
	Since  string   `placeholder:"AGE" help:"Only events within this time, such as 1h or 7d, or since a time."`
	From   string   `placeholder:"TIME" help:"Only events from this time on: RFC 3339 or a date (UTC)."`
	To     string   `placeholder:"TIME" help:"Only events before this time."`
	Limit  int      `default:"50" help:"How many of the newest to show; 0 shows all."`
	Output string   `default:"table" enum:"table,json,csv" help:"table, json (one event a line) or csv."`
	Fields []string `placeholder:"NAME" sep:"," help:"The fields to show, separated by commas."`
}

// printer shows events.
type printer interface {
	// page shows some events, given as JSON as well.
	page(events []event.Event, lines []json.RawMessage) error
	// end shows what is left.
	end() error
}

// Run asks the archive and prints what it answers.
func (c *searchCmd) Run(ctx context.Context, a *app) error {
	request, err := c.request(time.Now())
	if err != nil {
		return run.Usage(err)
	}
	b, err := a.Bus(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	out := c.printer(a)
	shown, stats, more, err := c.fetch(ctx, b, request, out)
	if err != nil {
		return err
	}
	if err := out.end(); err != nil {
		return err
	}
	if c.Output != "table" {
		return nil
	}
	_, err = fmt.Fprintln(a.Stderr, summary(shown, more, stats))
	return err
}

// request checks the flags and makes the request of the first page.
func (c *searchCmd) request(now time.Time) (archive.SearchRequest, error) {
	r := archive.SearchRequest{V: archive.Version, Query: strings.Join(c.Query, " "), Since: c.From, Until: c.To}
	if c.Limit < 0 {
		return r, fmt.Errorf("search: --limit must be 0 or more, is %d", c.Limit)
	}
	if c.Since != "" && c.From != "" {
		return r, errors.New("search: --since and --from say the same; give one of them")
	}
	if c.Since != "" {
		r.Since = c.Since
	}
	for flag, value := range map[string]*string{"--since or --from": &r.Since, "--to": &r.Until} {
		if *value == "" {
			continue
		}
		// Ages count from here, whatever the archive's clock says.
		at, _, err := query.ParseTime(*value, now)
		if err != nil {
			return r, fmt.Errorf("search: %s: %w", flag, err)
		}
		*value = at.UTC().Format(time.RFC3339Nano)
	}
	if _, err := query.Parse(r.Query, now); err != nil {
		return r, pointAt(r.Query, err)
	}
	return r, c.fields(&r)
}

// fields checks --fields and asks for no other columns where that suffices.
func (c *searchCmd) fields(r *archive.SearchRequest) error {
	whole := c.Output == "json" && len(c.Fields) == 0
	for _, name := range c.Fields {
		if strings.HasPrefix(name, "extra.") {
			whole = true
			continue
		}
		if _, ok := event.ByName(name); !ok {
			return fmt.Errorf("search: --fields: there is no field %q; docs/schema.md lists them, and extra.%s is a field without a column", name, name)
		}
	}
	if !whole {
		r.Fields = c.Fields
	}
	return nil
}

// pointAt shows the place of a mistake under the query.
func pointAt(text string, err error) error {
	var wrong *query.Error
	if !errors.As(err, &wrong) || strings.ContainsAny(text, "\n\r\t") {
		return fmt.Errorf("search: %w", err)
	}
	return fmt.Errorf("search: %w\n  %s\n  %s^", err, text, strings.Repeat(" ", wrong.Column-1))
}

// fetch asks for page after page until the limit is reached or all is shown.
func (c *searchCmd) fetch(ctx context.Context, b *bus.Bus, r archive.SearchRequest, out printer) (shown int, stats archive.SearchStats, more bool, err error) {
	for {
		r.Limit = store.MaxLimit
		if c.Limit > 0 {
			r.Limit = min(r.Limit, c.Limit-shown)
		}
		request, err := json.Marshal(r)
		if err != nil {
			return shown, stats, false, fmt.Errorf("search: %w", err)
		}
		r.Cursor = ""
		err = b.Request(ctx, archive.SubjectSearch, request, func(data []byte) error {
			var page archive.SearchPage
			if err := json.Unmarshal(data, &page); err != nil {
				return fmt.Errorf("read answer: %w", err)
			}
			shown += len(page.Events)
			if page.Stats != nil {
				r.Cursor = page.Cursor
				addStats(&stats, page.Stats)
			}
			return showPage(out, page.Events)
		})
		if err != nil {
			return shown, stats, false, fmt.Errorf("search: %w", err)
		}
		if r.Cursor == "" || c.Limit > 0 && shown >= c.Limit {
			return shown, stats, r.Cursor != "", nil
		}
	}
}

func showPage(out printer, lines []json.RawMessage) error {
	events := make([]event.Event, len(lines))
	for i, line := range lines {
		if err := events[i].DecodeJSON(string(line)); err != nil {
			return fmt.Errorf("read answer: %w", err)
		}
	}
	return out.page(events, lines)
}

func addStats(sum, s *archive.SearchStats) {
	sum.Segments += s.Segments
	sum.SegmentsSkipped += s.SegmentsSkipped
	sum.RowGroups += s.RowGroups
	sum.Rows += s.Rows
	sum.Matched += s.Matched
	sum.Bytes += s.Bytes
	sum.Damaged += s.Damaged
	sum.Milliseconds += s.Milliseconds
}

// summary says under a table what was shown and what it took.
func summary(shown int, more bool, s archive.SearchStats) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%d events", shown)
	if more {
		out.WriteString(", and there are more: raise --limit or narrow the search")
	}
	fmt.Fprintf(&out, " (%d ms, %d rows and %.1f MiB read in %d segments, %d skipped)",
		s.Milliseconds, s.Rows, float64(s.Bytes)/(1<<20), s.Segments, s.SegmentsSkipped)
	if s.Damaged > 0 {
		fmt.Fprintf(&out, "; %d damaged segments were left out, see the archive's log", s.Damaged)
	}
	return out.String()
}
