package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/parquet-go/parquet-go"

	"github.com/goshawk-siem/goshawk/internal/alert"
)

// alertRow is one revision of an alert as it is stored: what people filter by in
// columns, and the whole alert as JSON.
type alertRow struct {
	ID        string    `parquet:"id,zstd"`
	Revision  int64     `parquet:"revision,zstd"`
	Closed    bool      `parquet:"closed"`
	RuleID    string    `parquet:"rule_id,dict,zstd"`
	RuleName  string    `parquet:"rule_name,dict,zstd"`
	Title     string    `parquet:"title,dict,zstd"`
	Level     string    `parquet:"level,dict,zstd"`
	Time      time.Time `parquet:"time,timestamp(microsecond:local),zstd"`
	FirstSeen time.Time `parquet:"first_seen,timestamp(microsecond:local),zstd"`
	LastSeen  time.Time `parquet:"last_seen,timestamp(microsecond:local),zstd"`
	Count     int64     `parquet:"count,zstd"`
	Alert     string    `parquet:"alert,zstd"`
}

// AppendAlerts stores revisions of alerts durably. Storing a revision again
// changes nothing: of each alert, only the latest revision is read.
func (s *Store) AppendAlerts(alerts []alert.Alert) error {
	days := make(map[string][]alert.Alert)
	for _, a := range alerts {
		day := alertDay(a.Time)
		days[day] = append(days[day], a)
	}
	for day, list := range days {
		if err := s.writeAlerts(day, list); err != nil {
			return fmt.Errorf("store alerts: %w", err)
		}
	}
	return nil
}

func alertDay(t time.Time) string { return t.UTC().Format("date=2006-01-02") }

// writeAlerts writes a file named after what it holds, so that a repeat replaces
// itself.
func (s *Store) writeAlerts(day string, alerts []alert.Alert) error {
	name := xxhash.New()
	rows := make([]alertRow, 0, len(alerts))
	for i := range alerts {
		a := &alerts[i]
		text, err := json.Marshal(a)
		if err != nil {
			return fmt.Errorf("encode alert %s: %w", a.ID, err)
		}
		_, _ = fmt.Fprintf(name, "%s %d\n", a.ID, a.Revision) // a hash never fails
		rows = append(rows, alertRow{
			ID: a.ID, Revision: int64(a.Revision), Closed: a.Closed, RuleID: a.RuleID, RuleName: a.RuleName,
			Title: a.Title, Level: a.Level, Time: a.Time, FirstSeen: a.FirstSeen, LastSeen: a.LastSeen,
			Count: a.Count, Alert: string(text),
		})
	}
	var file bytes.Buffer
	if err := parquet.Write(&file, rows, parquet.CreatedBy("goshawk", "1", "")); err != nil {
		return fmt.Errorf("encode alerts: %w", err)
	}
	rel := filepath.Join(alertsDir, day, strconv.FormatUint(name.Sum64(), 16)+segmentSuffix)
	return s.disk.commit(rel, file.Bytes(), true)
}

// AlertQuery selects alerts. The zero value selects the newest 100.
type AlertQuery struct {
	// Since and Until bound the alert's time: Since ≤ time < Until.
	Since, Until time.Time
	// Level is the least level, one of alert.Levels; empty is any.
	Level string
	// Rule is the rule's id or name; ID the alert's id.
	Rule, ID string
	// Limit is how many alerts are returned, at most MaxLimit. Default 100.
	Limit int
}

func (q AlertQuery) match(a *alert.Alert) bool {
	switch {
	case !q.Since.IsZero() && a.Time.Before(q.Since), !q.Until.IsZero() && !a.Time.Before(q.Until):
		return false
	case q.ID != "" && a.ID != q.ID:
		return false
	case q.Rule != "" && a.RuleID != q.Rule && !strings.EqualFold(a.RuleName, q.Rule):
		return false
	}
	return slices.Index(alert.Levels[:], a.Level) >= slices.Index(alert.Levels[:], q.Level)
}

// Alerts returns the latest revision of each alert that q selects, newest first.
func (s *Store) Alerts(ctx context.Context, q AlertQuery) ([]alert.Alert, error) {
	if q.Level != "" && !alert.ValidLevel(q.Level) {
		return nil, fmt.Errorf("alerts: level %q is not one of %s", q.Level, strings.Join(alert.Levels[:], ", "))
	}
	if q.Limit < 0 || q.Limit > MaxLimit {
		return nil, fmt.Errorf("alerts: limit must be 1 to %d, is %d", MaxLimit, q.Limit)
	}
	limit := cmp.Or(q.Limit, 100)
	days, err := s.alertDays()
	if err != nil {
		return nil, fmt.Errorf("alerts: %w", err)
	}
	var out []alert.Alert
	for _, day := range days {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		start, err := time.Parse("date=2006-01-02", day)
		if err != nil || !q.Until.IsZero() && !start.Before(q.Until) {
			continue
		}
		if len(out) >= limit || !q.Since.IsZero() && !start.Add(24*time.Hour).After(q.Since) {
			break
		}
		latest, _, err := s.readDay(day)
		if err != nil {
			return nil, fmt.Errorf("alerts: %w", err)
		}
		for _, a := range latest {
			if q.match(&a) {
				out = append(out, a)
			}
		}
	}
	slices.SortFunc(out, func(a, b alert.Alert) int { return cmp.Or(b.Time.Compare(a.Time), strings.Compare(b.ID, a.ID)) })
	return out[:min(limit, len(out))], nil
}

// alertDays lists the folders of alerts, newest first.
func (s *Store) alertDays() ([]string, error) {
	entries, err := os.ReadDir(s.disk.path(alertsDir))
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range slices.Backward(entries) {
		out = append(out, e.Name())
	}
	return out, nil
}

// readDay returns the latest revision of each alert of a day, and the files that
// held them. When a listed file is gone it was joined with others: its alerts are
// in a file that came before it went, so the list is read again, and of it what
// is new.
func (s *Store) readDay(day string) (map[string]alert.Alert, []string, error) {
	latest := make(map[string]alert.Alert)
	read := make(map[string]bool)
	for gone := true; gone; {
		gone = false
		files, err := filepath.Glob(filepath.Join(s.disk.path(alertsDir), day, "*"+segmentSuffix))
		if err != nil {
			return nil, nil, err
		}
		for _, path := range files {
			if read[path] {
				continue
			}
			rows, err := readAlertFile(path)
			if errors.Is(err, fs.ErrNotExist) {
				gone = true
				continue
			}
			read[path] = true
			if err != nil {
				s.quarantineAlerts(path, err)
				continue
			}
			s.keepLatest(latest, path, rows)
		}
	}
	return latest, slices.Sorted(maps.Keys(read)), nil
}

func (s *Store) keepLatest(latest map[string]alert.Alert, path string, rows []alertRow) {
	for i := range rows {
		a, err := alert.Decode([]byte(rows[i].Alert))
		if err != nil {
			s.problem(fmt.Errorf("alert %s in %s is left out: %w", rows[i].ID, path, err))
			continue
		}
		if old, ok := latest[a.ID]; !ok || a.Revision > old.Revision {
			latest[a.ID] = a
		}
	}
}

func readAlertFile(path string) (rows []alertRow, err error) {
	defer func() {
		// As for segments: damage in one file must not stop the rest.
		if r := recover(); r != nil {
			err = fmt.Errorf("read alerts: %v", r)
		}
	}()
	return parquet.ReadFile[alertRow](path)
}

func (s *Store) quarantineAlerts(path string, cause error) {
	rel, err := filepath.Rel(s.disk.root, path)
	if err == nil {
		target := s.disk.path(filepath.Join(quarantineDir, rel))
		err = errors.Join(s.disk.makeDir(filepath.Dir(target)), s.disk.rename(path, target))
	}
	s.problem(fmt.Errorf("alerts in %s can't be read and were moved to %s: %w", rel, quarantineDir, errors.Join(cause, err)))
}

// alertFiles is how many files a day may have before they are joined.
const alertFiles = 16

// MaintainAlerts joins the small files of each day and removes days that are
// past retention at now. Its caller is the only one that appends alerts.
func (s *Store) MaintainAlerts(ctx context.Context, now time.Time) error {
	days, err := s.alertDays()
	if err != nil {
		return fmt.Errorf("maintain alerts: %w", err)
	}
	for _, day := range days {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := s.maintainDay(day, now); err != nil {
			return fmt.Errorf("maintain alerts of %s: %w", day, err)
		}
	}
	return nil
}

func (s *Store) maintainDay(day string, now time.Time) error {
	dir := s.disk.path(filepath.Join(alertsDir, day))
	start, err := time.Parse("date=2006-01-02", day)
	if err != nil {
		return nil //nolint:nilerr // not a folder of ours
	}
	if age := time.Duration(s.opts.Retention); age > 0 && start.Add(24*time.Hour).Before(now.Add(-age)) {
		return os.RemoveAll(dir)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(names) <= alertFiles {
		return err
	}
	latest, files, err := s.readDay(day)
	if err != nil || len(latest) == 0 {
		return err
	}
	joined := make([]alert.Alert, 0, len(latest))
	for _, a := range latest {
		joined = append(joined, a)
	}
	slices.SortFunc(joined, func(a, b alert.Alert) int { return cmp.Or(a.Time.Compare(b.Time), strings.Compare(a.ID, b.ID)) })
	before := time.Now()
	if err := s.writeAlerts(day, joined); err != nil {
		return err
	}
	for _, path := range files {
		// The joined file may have the name of one of them.
		if info, err := os.Stat(path); err == nil && info.ModTime().Before(before.Add(-settled)) {
			err = s.disk.remove(path)
			if err != nil {
				return err
			}
		}
	}
	return nil
}
