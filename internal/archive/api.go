package archive

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"time"

	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/store"
	"github.com/goshawk-siem/goshawk/internal/store/query"
)

// Subjects of the archive's requests, without the prefix.
const (
	SubjectSearch = "api.search"
	SubjectAlerts = "api.alerts"
	SubjectStats  = "api.archive.stats"
)

// Version is the version of requests and answers. A request without one means
// this one.
const Version = 1

// pageBytes is the size above which a page of an answer is sent: well below what
// NATS carries in a message.
const pageBytes = 256 << 10

// SearchRequest asks for events. Times are RFC 3339, dates, or ages such as 24h.
type SearchRequest struct {
	V int `json:"v,omitempty"`
	// Query is in the query language; empty selects everything.
	Query string `json:"query,omitempty"`
	// Since and Until bound event_time: since ≤ event_time < until.
	Since string `json:"since,omitempty"`
	Until string `json:"until,omitempty"`
	// Limit is the most events to return. Default 100, at most store.MaxLimit.
	Limit int `json:"limit,omitempty"`
	// Cursor is the cursor of an earlier answer, to go on after its events.
	Cursor string `json:"cursor,omitempty"`
	// Fields are the columns to return; none means all and extra.
	Fields []string `json:"fields,omitempty"`
}

// SearchPage is one page of an answer to SearchRequest. The last page has Stats.
type SearchPage struct {
	V int `json:"v"`
	// Events are events as JSON objects, newest first over all pages.
	Events []json.RawMessage `json:"events,omitempty"`
	// Cursor, on the last page, continues the search; empty when there is no more.
	Cursor string `json:"cursor,omitempty"`
	// Stats, on the last page, says what the search read.
	Stats *SearchStats `json:"stats,omitempty"`
}

// SearchStats says what a search read.
type SearchStats struct {
	store.Read
	// Milliseconds is how long it took.
	Milliseconds int64 `json:"ms"`
}

// AlertsRequest asks for alerts, newest first, each in its latest revision.
type AlertsRequest struct {
	V int `json:"v,omitempty"`
	// Since and Until bound the alert's time, as in SearchRequest.
	Since string `json:"since,omitempty"`
	Until string `json:"until,omitempty"`
	// Level is the least level.
	Level string `json:"level,omitempty"`
	// Rule is a rule's id or name, ID an alert's id.
	Rule string `json:"rule,omitempty"`
	ID   string `json:"id,omitempty"`
	// Limit is the most alerts to return. Default 100.
	Limit int `json:"limit,omitempty"`
}

// StatsAnswer describes the archive.
type StatsAnswer struct {
	V int `json:"v"`
	// Events is the number of events stored.
	Events int64 `json:"events"`
	store.Stats
}

type handler func(ctx context.Context, request []byte, send func(page []byte) error) error

// api yields the subjects that the archive serves.
func (s *Service) api() iter.Seq2[string, handler] {
	return maps.All(map[string]handler{SubjectSearch: s.search, SubjectAlerts: s.alerts, SubjectStats: s.stats})
}

// limited bounds how many queries run at once and how long each may take.
func (s *Service) limited(subject string, handle handler) handler {
	return func(ctx context.Context, request []byte, send func([]byte) error) error {
		limit := time.Duration(s.opts.QueryTime)
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		started := time.Now()
		select {
		case s.queries <- struct{}{}:
			defer func() { <-s.queries }()
		case <-ctx.Done():
			return fmt.Errorf("%d queries were running for %v; try again, or raise archive.queries", s.opts.Queries, limit)
		}
		err := handle(ctx, request, send)
		s.metrics.queries.WithLabelValues(subject).Observe(time.Since(started).Seconds())
		if errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("query took longer than %v; ask for a shorter time or name an address, or raise archive.query_time", limit)
		}
		return err
	}
}

// decodeRequest reads a request strictly: a misspelt key would be a filter that
// silently is none.
func decodeRequest(data []byte, into any, version *int) error {
	if len(bytes.TrimSpace(data)) == 0 {
		data = []byte("{}")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("request: %w", err)
	}
	if *version != 0 && *version != Version {
		return fmt.Errorf("request: v is %d; this archive speaks %d", *version, Version)
	}
	return nil
}

// interval reads since and until.
func interval(since, until string, now time.Time) (from, to time.Time, err error) {
	if since != "" {
		if from, _, err = query.ParseTime(since, now); err != nil {
			return from, to, fmt.Errorf("since: %w", err)
		}
	}
	if until != "" {
		if to, _, err = query.ParseTime(until, now); err != nil {
			return from, to, fmt.Errorf("until: %w", err)
		}
	}
	if !from.IsZero() && !to.IsZero() && !from.Before(to) {
		return from, to, fmt.Errorf("since %s is not before until %s", from.Format(time.RFC3339), to.Format(time.RFC3339))
	}
	return from, to, nil
}

// parse turns the request into a query of the store.
func (r *SearchRequest) parse(now time.Time) (store.Query, error) {
	q := store.Query{Limit: r.Limit}
	var err error
	if q.Where, err = query.Parse(r.Query, now); err != nil {
		return q, err
	}
	if q.Since, q.Until, err = interval(r.Since, r.Until, now); err != nil {
		return q, err
	}
	if r.Cursor != "" {
		if q.After, err = decodeCursor(r.Cursor); err != nil {
			return q, err
		}
	}
	for _, name := range r.Fields {
		c, ok := event.ByName(name)
		if !ok {
			return q, fmt.Errorf("fields: there is no column %q", name)
		}
		q.Columns = append(q.Columns, c)
	}
	return q, nil
}

func encodeCursor(c *store.Cursor) string {
	if c == nil {
		return ""
	}
	text, _ := json.Marshal(c) // a number and a string
	return base64.RawURLEncoding.EncodeToString(text)
}

func decodeCursor(s string) (store.Cursor, error) {
	var c store.Cursor
	text, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	if err != nil || c.ID == "" {
		return c, fmt.Errorf("cursor: %q is not one of this archive; leave it out to start anew", s)
	}
	return c, nil
}

func (s *Service) search(ctx context.Context, request []byte, send func([]byte) error) error {
	var r SearchRequest
	if err := decodeRequest(request, &r, &r.V); err != nil {
		return err
	}
	started := time.Now()
	q, err := r.parse(started)
	if err != nil {
		return err
	}
	result, err := s.store.Search(ctx, q)
	if err != nil {
		return err
	}
	page, size := SearchPage{V: Version}, 0
	for i := range result.Events {
		line := result.Events[i].AppendJSON(nil)
		if size += len(line); size > pageBytes && len(page.Events) > 0 {
			if err := sendJSON(send, page); err != nil {
				return err
			}
			page, size = SearchPage{V: Version}, len(line)
		}
		page.Events = append(page.Events, line)
	}
	page.Cursor = encodeCursor(result.Next)
	page.Stats = &SearchStats{Read: result.Read, Milliseconds: time.Since(started).Milliseconds()}
	return sendJSON(send, page)
}

func sendJSON(send func([]byte) error, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	return send(data)
}

// alerts answers with pages of alerts, one JSON object a line.
func (s *Service) alerts(ctx context.Context, request []byte, send func([]byte) error) error {
	var r AlertsRequest
	if err := decodeRequest(request, &r, &r.V); err != nil {
		return err
	}
	q := store.AlertQuery{Level: r.Level, Rule: r.Rule, ID: r.ID, Limit: r.Limit}
	var err error
	if q.Since, q.Until, err = interval(r.Since, r.Until, time.Now()); err != nil {
		return err
	}
	alerts, err := s.store.Alerts(ctx, q)
	if err != nil {
		return err
	}
	var page []byte
	for i := range alerts {
		line, err := json.Marshal(&alerts[i])
		if err != nil {
			return fmt.Errorf("encode alert %s: %w", alerts[i].ID, err)
		}
		if len(page)+len(line) > pageBytes && len(page) > 0 {
			if err := send(page); err != nil {
				return err
			}
			page = page[:0]
		}
		page = append(append(page, line...), '\n')
	}
	if len(page) == 0 {
		return nil
	}
	return send(page)
}

func (s *Service) stats(ctx context.Context, _ []byte, send func([]byte) error) error {
	stats, err := s.store.Stats()
	if err != nil {
		return err
	}
	events, err := s.store.Events(ctx)
	if err != nil {
		return err
	}
	return sendJSON(send, StatsAnswer{V: Version, Events: events, Stats: stats})
}
