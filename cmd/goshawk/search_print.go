package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/store/query"
)

func (c *searchCmd) printer(a *app) printer {
	switch c.Output {
	case "json":
		return jsonPrinter{a.Stdout, c.Fields}
	case "csv":
		fields := c.Fields
		if len(fields) == 0 {
			for _, column := range event.Order() {
				fields = append(fields, column.String())
			}
		}
		return &csvPrinter{w: csv.NewWriter(a.Stdout), fields: fields}
	default:
		return &tablePrinter{w: a.Stdout, fields: c.Fields, width: width(a.Stdout)}
	}
}

// jsonPrinter prints one event a line, as the archive sent it or cut down to
// fields.
type jsonPrinter struct {
	w      io.Writer
	fields []string
}

func (p jsonPrinter) page(events []event.Event, lines []json.RawMessage) error {
	for i, line := range lines {
		if len(p.fields) > 0 {
			line = pick(&events[i], p.fields)
		}
		if _, err := fmt.Fprintf(p.w, "%s\n", line); err != nil {
			return fmt.Errorf("print: %w", err)
		}
	}
	return nil
}

func (jsonPrinter) end() error { return nil }

// pick returns the JSON form of an event with only some of its fields.
func pick(e *event.Event, fields []string) []byte {
	var out event.Event
	for _, name := range fields {
		if extra, ok := strings.CutPrefix(name, "extra."); ok {
			if v, ok := query.Lookup(e.Extra, extra); ok {
				out.SetExtra(extra, v)
			}
			continue
		}
		c, ok := event.ByName(name)
		switch {
		case !ok || !e.Has(c):
		case c.IsText():
			out.SetText(c, e.Text(c))
		case c.IsNumber():
			out.SetInt(c, e.Int(c))
		default:
			out.SetList(c, e.List(c))
		}
	}
	return out.AppendJSON(nil)
}

// csvPrinter prints a head and one event a line, as RFC 4180 says.
type csvPrinter struct {
	w      *csv.Writer
	fields []string
	headed bool
}

func (p *csvPrinter) head() error {
	if p.headed {
		return nil
	}
	p.headed = true
	return p.w.Write(p.fields)
}

func (p *csvPrinter) page(events []event.Event, _ []json.RawMessage) error {
	err := p.head()
	for i := range events {
		row := make([]string, len(p.fields))
		for j, name := range p.fields {
			row[j] = fieldText(&events[i], name)
		}
		if err == nil {
			err = p.w.Write(row)
		}
	}
	return err
}

func (p *csvPrinter) end() error {
	if err := p.head(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	p.w.Flush()
	if err := p.w.Error(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// fieldText returns a field's value as text, empty where there is none.
func fieldText(e *event.Event, name string) string {
	if extra, ok := strings.CutPrefix(name, "extra."); ok {
		v, _ := query.Lookup(e.Extra, extra)
		return v.Text
	}
	c, ok := event.ByName(name)
	switch {
	case !ok || !e.Has(c):
		return ""
	case c.IsText():
		return e.Text(c)
	case c.IsList():
		return strings.Join(e.List(c), ", ")
	case c.Info().Type == event.Time:
		return e.Time(c).Format(time.RFC3339Nano)
	default:
		return strconv.FormatInt(e.Int(c), 10)
	}
}

// tablePrinter prints tables that fit the terminal: the last column takes what the
// others leave.
type tablePrinter struct {
	w      io.Writer
	fields []string
	width  int
}

// Tables are at least minWidth wide; defaultWidth is for what is no terminal.
const (
	minWidth     = 60
	defaultWidth = 160
	// cellWidth bounds every column but the last.
	cellWidth = 40
)

func width(w io.Writer) int {
	file, ok := w.(*os.File)
	if !ok {
		return defaultWidth
	}
	columns, _, err := term.GetSize(int(file.Fd()))
	if err != nil || columns <= 0 {
		return defaultWidth
	}
	return max(columns, minWidth)
}

func (p *tablePrinter) page(events []event.Event, _ []json.RawMessage) error {
	if len(events) == 0 {
		return nil
	}
	fields := p.fields
	if len(fields) == 0 {
		fields = fieldsFor(events)
	}
	cells := make([][]string, len(events))
	widths := make([]int, len(fields))
	for i, name := range fields {
		widths[i] = len(name)
	}
	for i := range events {
		cells[i] = make([]string, len(fields))
		for j, name := range fields {
			cells[i][j] = shorten(printable([]byte(cellText(&events[i], name))), p.most(j, len(fields)))
			widths[j] = max(widths[j], utf8.RuneCountInString(cells[i][j]))
		}
	}
	rest := p.width
	for _, w := range widths[:len(widths)-1] {
		rest -= w + 2
	}
	widths[len(widths)-1] = max(rest, 20)
	t := newTable(p.w, upper(fields)...)
	for _, row := range cells {
		last := len(row) - 1
		row[last] = shorten(row[last], widths[last])
		t.row(row...)
	}
	return t.flush()
}

func (p *tablePrinter) most(column, columns int) int {
	if column == columns-1 {
		return max(p.width, minWidth)
	}
	return cellWidth
}

func (*tablePrinter) end() error { return nil }

func upper(names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = strings.ToUpper(name)
	}
	return out
}

// lineField stands for the message, or the raw line of an event without one.
const lineField = "line"

func cellText(e *event.Event, name string) string {
	if name != lineField {
		return fieldText(e, name)
	}
	if e.Has(event.Message) {
		return e.Text(event.Message)
	}
	return e.Text(event.Raw)
}

// tables are the columns that say most about events of some types.
var tables = [...]struct {
	types  []string
	fields []string
}{
	{[]string{event.HTTPAccess, event.HTTPError}, []string{"event_time", "source_ip", "http_method", "status_code", "response_size_bytes", "request_path"}},
	{[]string{event.AuthLogin, event.AuthLogout, event.AuthPrivilege, event.AccountChange}, []string{"event_time", "event_type", "outcome", "user_name", "source_ip", "host_name", lineField}},
	{[]string{event.NetworkFlow, event.Firewall}, []string{"event_time", "action", "network_protocol", "source_ip", "source_port", "destination_ip", "destination_port", lineField}},
	{[]string{event.TypeDNSQuery}, []string{"event_time", "source_ip", "dns_type", "dns_query", "dns_answer"}},
	{[]string{event.DBQuery, event.DBLog}, []string{"event_time", "log_level", "db_user_name", "database_name", "source_ip", lineField}},
}

// fieldsFor chooses columns: those of a table when all events are of its types.
func fieldsFor(events []event.Event) []string {
	for _, t := range tables {
		if allOf(events, t.types) {
			return t.fields
		}
	}
	return []string{"event_time", "event_type", "source_ip", "user_name", "host_name", lineField}
}

func allOf(events []event.Event, types []string) bool {
	for i := range events {
		found := false
		for _, name := range types {
			found = found || events[i].Text(event.EventType) == name
		}
		if !found {
			return false
		}
	}
	return true
}
