package format

import (
	"fmt"
	"strings"
	"time"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// OwnSample is a line of a user's format file with what shall become of it.
type OwnSample struct {
	// Line is the line, Number the place in the file where the sample stands.
	Line   string
	Number int
	// Context is how it is received.
	Context Context
	// Refused says that the format must not take the line.
	Refused bool

	// fixed says that the file tells when the line is received.
	fixed bool
	want  []wanted
}

// settle has a line that does not say when it is received come right after the
// time that it tells, where the usual one is before that.
func (s *OwnSample) settle(o *Own) {
	var e event.Event
	if s.fixed || o.Parse(s.Line, &s.Context, &e) != nil {
		return
	}
	if logged := e.Time(event.EventTime); logged.After(s.Context.Received) {
		s.Context.Received = logged.Add(time.Second)
	}
}

// sampleReceived is when samples are received that do not say it.
var sampleReceived = time.Date(2024, 9, 6, 0, 0, 0, 0, time.UTC)

func utcTime(nanos int64) time.Time { return time.Unix(0, nanos).UTC() }

// wanted is one field of the event that a sample shall give.
type wanted struct {
	name    string
	column  event.Column
	extra   string
	isExtra bool
	absent  bool
	texts   []string
}

// Check parses the sample and returns what differs from what it wants, nothing
// where all is well.
func (s *OwnSample) Check(o *Own) []string {
	var e event.Event
	err := o.Parse(s.Line, &s.Context, &e)
	switch {
	case err != nil && s.Refused:
		return nil
	case err != nil:
		return []string{"is refused: " + err.Error()}
	case s.Refused:
		return []string{"is taken, but shall be refused"}
	}
	o.Finish(s.Line, &s.Context, &e)
	var bad []string
	for i := range s.want {
		w := &s.want[i]
		got, has := w.got(&e)
		switch {
		case w.absent && has:
			bad = append(bad, fmt.Sprintf("%s: want nothing, got %q", w.name, got))
		case w.absent || has && w.equals(got, &e):
		case !has:
			bad = append(bad, fmt.Sprintf("%s: want %q, got nothing", w.name, strings.Join(w.texts, ", ")))
		default:
			bad = append(bad, fmt.Sprintf("%s: want %q, got %q", w.name, strings.Join(w.texts, ", "), got))
		}
	}
	return bad
}

// got returns the field's value as text.
func (w *wanted) got(e *event.Event) (text string, has bool) {
	if w.isExtra {
		v, ok := e.ExtraField(w.extra)
		return v.Text, ok
	}
	return ownColumnText(e, w.column), e.Has(w.column)
}

// ownColumnText returns a column's value as people write it.
func ownColumnText(e *event.Event, c event.Column) string {
	switch {
	case !e.Has(c):
		return ""
	case c.IsList():
		return strings.Join(e.List(c), ", ")
	case c.Info().Type == event.Time:
		return string(event.AppendTime(nil, e.Int(c)))
	case c.IsNumber():
		return fmt.Sprint(e.Int(c))
	default:
		return e.Text(c)
	}
}

// equals compares times as times, everything else as text.
func (w *wanted) equals(got string, e *event.Event) bool {
	want := strings.Join(w.texts, ", ")
	if !w.isExtra && w.column.Info().Type == event.Time {
		nanos, ok := event.ParseTime(want)
		return ok && nanos == e.Int(w.column)
	}
	return want == got
}

// sampleLine is a line and how it was received.
type sampleLine struct {
	text    string
	context Context
}

// filledBy returns what f fills in lines; those it refuses are left out.
func filledBy(f *Format, lines []sampleLine) []string {
	var has [event.NumColumns]bool
	var extra []string
	seen := make(map[string]bool)
	for i := range lines {
		var e event.Event
		if f.Parse(lines[i].text, &lines[i].context, &e) != nil {
			continue
		}
		f.Finish(lines[i].text, &lines[i].context, &e)
		for c := range e.Columns {
			has[c] = true
		}
		for _, field := range e.Extra {
			if !seen[field.Name] {
				seen[field.Name] = true
				extra = append(extra, "extra."+field.Name)
			}
		}
	}
	var names []string
	for _, c := range event.Order() {
		if has[c] && c != event.Raw && c != event.IngestTime && c != event.Format && c != event.TimeQuality {
			names = append(names, c.String())
		}
	}
	return append(names, extra...)
}
