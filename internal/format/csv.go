package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var csvFormat = &Format{
	Name:  "csv",
	Title: "CSV and other tables with a header line",
	Doc: "Tables with a header line, separated by comma, tab, semicolon or bar, values in double quotes where needed. Names are understood as in JSON, " +
		"also in other cases and with spaces. It promises a value for each column of the header. Source: RFC 4180",
	Parse:   parseCSV,
	Match:   noText,
	columns: &columnsKind{claims: isNamedTable, sure: isCertainTable, read: readTableColumns},
}

// maxCells is how many columns a table may have.
const maxCells = 1024

// tablePlan is what a header line says.
type tablePlan struct {
	separator byte
	cells     []tableCell
	// date and hour are the numbers of the columns that have the day and the
	// time of day, -1 where one column has both.
	date, hour int
}

type tableCell struct {
	name  string
	rule  rule
	known bool
}

// isNamedTable reports whether text, which somebody says is a header line, can be
// one.
func isNamedTable(text string) bool {
	p := readTable(text)
	return p != nil && len(p.cells) >= 2
}

// isCertainTable reports whether text is a header line, though nobody says so.
func isCertainTable(text string) bool { return isTableHeader(text, true) }

// isTableHeader reports whether line names columns: texts that can be names, all
// different, of which loggers use some. Strictly, more of them, as where nobody
// said that line is a header.
func isTableHeader(line string, strict bool) bool {
	if b := line[0]; !isAlpha(b) && b != '"' && b != '_' && b != '@' {
		return false
	}
	p := readTable(line)
	if p == nil {
		return false
	}
	known := 0
	for _, cell := range p.cells {
		if cell.known {
			known++
		}
	}
	if strict {
		return len(p.cells) >= 4 && known >= 3
	}
	return len(p.cells) >= 2 && known >= 1
}

func readTableColumns(text string) any {
	p := readTable(text)
	if p == nil {
		return nil
	}
	return p
}

// readTable works out the plan for a header line, nil where it can't be one.
func readTable(line string) *tablePlan {
	separator := tableSeparator(line)
	if separator == 0 || strings.IndexByte(line, '\n') >= 0 {
		return nil
	}
	p := &tablePlan{separator: separator, date: -1, hour: -1}
	seen := make(map[string]bool)
	t := tableLine{line: line, separator: separator}
	for t.next() {
		name := strings.TrimSpace(t.value)
		if len(p.cells) == maxCells || !isColumnName(name) || seen[name] {
			return nil
		}
		seen[name] = true
		cell := tableCell{name: name}
		if cell.rule, cell.known = wellKnown[name]; !cell.known {
			cell.rule, cell.known = wellKnown[plainName(name)]
		}
		p.noteTime(name, len(p.cells))
		p.cells = append(p.cells, cell)
	}
	if t.bad {
		return nil
	}
	if p.date < 0 || p.hour < 0 {
		p.date, p.hour = -1, -1
	}
	return p
}

func (p *tablePlan) noteTime(name string, at int) {
	switch plainName(name) {
	case "date":
		p.date = at
	case "time":
		p.hour = at
	}
}

// plainName returns name in lower case with underscores for what stands between
// words.
func plainName(name string) string {
	out := []byte(name)
	for i, b := range out {
		switch {
		case b >= 'A' && b <= 'Z':
			out[i] = b | 0x20
		case b == ' ' || b == '-' || b == '.':
			out[i] = '_'
		}
	}
	return string(out)
}

// isColumnName reports whether s can name a column.
func isColumnName(s string) bool {
	if s == "" || len(s) > 64 || !isAlpha(s[0]) && s[0] != '_' && s[0] != '@' {
		return false
	}
	for i := range len(s) {
		if !isAlnum(s[i]) && strings.IndexByte(" _-./()[]:@%#", s[i]) < 0 {
			return false
		}
	}
	return true
}

// tableSeparator returns the first byte of line outside of quotes that separates
// columns, 0 where there is none.
func tableSeparator(line string) byte {
	quoted := false
	for i := range min(len(line), 256) {
		switch line[i] {
		case '"':
			quoted = !quoted
		case ',', '\t', ';', '|':
			if !quoted {
				return line[i]
			}
		}
	}
	return 0
}

// tableLine walks over the values of a line.
type tableLine struct {
	line      string
	separator byte
	i         int
	ended     bool
	// value is the present one; quoted says that it stood in quotes.
	value  string
	quoted bool
	// bad says that a quoted value is not closed, or that something follows it.
	bad bool
}

// next moves to the next value; it reports false behind the last.
func (t *tableLine) next() bool {
	if t.ended {
		return false
	}
	if t.i < len(t.line) && t.line[t.i] == '"' {
		return t.nextQuoted()
	}
	t.quoted = false
	end := strings.IndexByte(t.line[t.i:], t.separator)
	if end < 0 {
		t.value, t.ended = t.line[t.i:], true
		return true
	}
	t.value = t.line[t.i : t.i+end]
	t.i += end + 1
	return true
}

func (t *tableLine) nextQuoted() bool {
	end := quotedEnd(t.line, t.i+1)
	if end < 0 || end+1 < len(t.line) && t.line[end+1] != t.separator {
		t.bad, t.ended = true, true
		return false
	}
	t.value, t.quoted = t.line[t.i+1:end], true
	if strings.IndexByte(t.value, '"') >= 0 {
		t.value = strings.ReplaceAll(t.value, `""`, `"`)
	}
	t.ended = end+1 == len(t.line)
	t.i = end + 2
	return true
}

func parseCSV(line string, c *Context, e *event.Event) error {
	p, headed := c.Columns.compiled().(*tablePlan)
	if headed && line == c.Columns.Text() || !headed && line != "" && isTableHeader(line, true) {
		fillHeader(line, e)
		return nil
	}
	if !headed {
		return &Error{Reason: "the header line of the table is not known"}
	}
	var space [stackMembers]member
	members, err := p.cut(line, space[:0])
	if err != nil {
		return err
	}
	if p.date >= 0 {
		p.setTime(members, c, e)
	}
	fillRuled(members, nil, c, e)
	return nil
}

// cut makes members of the values; the empty ones are done.
func (p *tablePlan) cut(line string, members []member) ([]member, error) {
	t := tableLine{line: line, separator: p.separator}
	for t.next() {
		if len(members) == len(p.cells) {
			return nil, &Error{Reason: "the line has more values than its header names", Offset: t.i}
		}
		cell := &p.cells[len(members)]
		m := member{name: cell.name, text: t.value, rule: cell.rule, known: cell.known, bare: true, done: t.value == ""}
		if !t.quoted {
			m.text = strings.Trim(t.value, " ")
			m.kind, m.done = bareKind(m.text), m.text == ""
		}
		members = append(members, m)
	}
	switch {
	case t.bad:
		return nil, &Error{Reason: "expected a closing quote and a separator behind it", Offset: t.i}
	case len(members) < len(p.cells):
		return nil, &Error{Reason: "the line has fewer values than its header names", Offset: len(line)}
	default:
		return members, nil
	}
}

// setTime puts the columns date and time together.
func (p *tablePlan) setTime(members []member, c *Context, e *event.Event) {
	date, hour := &members[p.date], &members[p.hour]
	if len(date.text) != len("2006-01-02") || len(hour.text) < len("15:04:05") {
		return
	}
	nanos, ok := rfc3339Time(strings.ReplaceAll(date.text, "/", "-")+"T"+hour.text, c.Zone)
	if !ok {
		return
	}
	e.SetInt(event.EventTime, nanos)
	date.done, hour.done = true, true
}
