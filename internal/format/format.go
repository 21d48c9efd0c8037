// Package format turns log lines into events: one file per format, one explicit
// sorted table.
//
// A format is a pure function of the line and of what is known about its
// reception. It starts no goroutine, reads no clock, and is safe for concurrent
// use. Strings of the resulting event share memory with the line.
package format

import (
	"fmt"
	"time"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// Context is what is known about a line besides its bytes.
type Context struct {
	// Received is the time of reception. It supplies the year that RFC 3164
	// leaves out and the time of lines that have none.
	Received time.Time
	// Zone is the zone of times written without one; nil means UTC.
	Zone *time.Location
	// Columns is what the header lines of the line's stream say, nil where there
	// were none. A format takes no notice of those of another one.
	Columns *Columns
}

// Format is one log format.
type Format struct {
	// Name is what configuration, headers and the event's format column say.
	Name string
	// Title is the format's name for people.
	Title string
	// Doc says what the format covers, what it promises and its source (RFC,
	// vendor page).
	Doc string
	// Parse fills e from line. It sets what the line says and leaves event_id,
	// source, ingest_time and raw to its caller. An error is an *Error.
	Parse func(line string, c *Context, e *event.Event) error
	// Match judges, cheaply and without parsing, how likely line is of this
	// format: 0 is no (auto does not try it), Certain is certain. auto tries the
	// best one first. It is a pure function of the line, and two formats are
	// never certain of the same line: a format that can't know says less.
	Match func(line string) int
	// Starts holds the bytes that the format's lines start with; auto asks Match
	// about no others. Empty is any byte. A test holds the golden cases to it.
	Starts string

	// columns is set where lines can't be read without header lines.
	columns *columnsKind
	// joins is set where records may have several lines.
	joins *joinKind
	// document is set where lines of the format may be JSON objects. auto asks
	// only these about a line that starts with a brace.
	document *documentKind
}

// IsDocument reports whether lines of the format may be JSON objects.
func (f *Format) IsDocument() bool { return f.document != nil }

// Certain is the score of a line that can be of one format only. auto takes a
// remembered format that is certain without asking the others, so a format that
// is certain of another's lines would make the result depend on what came
// before; a test and a fuzz target over the whole table guard against that.
const Certain = 100

// Error says why a line is not of a format, and at which byte that showed.
type Error struct {
	Reason string
	Offset int
}

// Error returns the reason with its offset.
func (e *Error) Error() string { return fmt.Sprintf("%s at byte %d", e.Reason, e.Offset) }

// FutureLimit is how far after its reception a logged time may lie and still be
// believed.
const FutureLimit = 5 * time.Minute

// Finish completes an event that a Parse function filled: it decides event_time
// and time_quality, keeps the line as raw, and names the format unless the
// parser named an inner one.
func (f *Format) Finish(line string, c *Context, e *event.Event) {
	if !e.Has(event.Format) {
		e.SetText(event.Format, f.Name)
	}
	if !e.Has(event.EventType) {
		e.SetText(event.EventType, event.ServiceLog)
	}
	if !e.Has(event.Outcome) {
		e.SetText(event.Outcome, event.Unknown)
	}
	e.SetText(event.Raw, line)
	e.SetTime(event.IngestTime, c.Received)
	settleTime(c, e)
}

func settleTime(c *Context, e *event.Event) {
	if !e.Has(event.EventTime) {
		e.SetTime(event.EventTime, c.Received)
		e.SetText(event.TimeQuality, event.TimeReceived)
		return
	}
	if e.Int(event.EventTime) <= c.Received.Add(FutureLimit).UnixNano() {
		e.SetText(event.TimeQuality, event.TimeLogged)
		return
	}
	e.SetExtraText("logged_time", e.Time(event.EventTime).Format(time.RFC3339Nano))
	e.SetTime(event.EventTime, c.Received)
	e.SetText(event.TimeQuality, event.TimeFuture)
}
