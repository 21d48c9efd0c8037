package format

import (
	"strings"
	"sync"

	"github.com/goshawk-siem/goshawk/internal/record"
)

// Columns is what the header lines of a stream say of the lines behind them:
// which columns they have. Files of the W3C extended log format, of Zeek, of VPC
// flow logs and CSV files can't be read without. A Columns never changes, is
// safe for concurrent use, and is worth keeping for as many lines as it is in
// force for: what its lines say is worked out once.
type Columns struct {
	text string
	// owner is the format whose header lines these are, nil while they do not
	// yet name the columns.
	owner *Format
	read  func(text string) any
	once  sync.Once
	plan  any
}

// MaxColumns is how many bytes of header lines can be in force. Behind header
// lines that are longer than that no columns are.
const MaxColumns = record.MaxColumns

// columnsKind reads header lines for one format.
type columnsKind struct {
	// claims reports whether text, which are all header lines in force, names
	// the columns of the format's lines.
	claims func(text string) bool
	// sure, if set, stands for claims where nobody said which format it is.
	sure func(text string) bool
	// read works out the plan for lines, nil where text names no columns.
	read func(text string) any
}

// NewColumns returns what the header lines in text, separated by newlines, say
// of lines of f; nil is any format. It returns nil where text is empty.
func NewColumns(f *Format, text string) *Columns {
	text = strings.Trim(text, "\n")
	if text == "" || len(text) > MaxColumns {
		return nil
	}
	c := &Columns{text: text}
	if f != nil {
		if f.columns != nil && f.columns.claims(text) {
			c.owner, c.read = f, f.columns.read
		}
		return c
	}
	for _, f := range table {
		if f.columns != nil && f.columns.owns(text) {
			c.owner, c.read = f, f.columns.read
			return c
		}
	}
	return c
}

// owns reports whether text, of an unknown format, is the kind's.
func (k *columnsKind) owns(text string) bool {
	if k.sure != nil {
		return k.sure(text)
	}
	return k.claims(text)
}

// Text returns the header lines; of a nil Columns there are none.
func (c *Columns) Text() string {
	if c == nil {
		return ""
	}
	return c.text
}

// Format returns the format whose lines these are the columns of, nil where the
// header lines name no columns.
func (c *Columns) Format() *Format {
	if c == nil {
		return nil
	}
	return c.owner
}

// ReadsColumns reports whether header lines say how lines of f are read.
func ReadsColumns(f *Format) bool { return f.columns != nil }

// compiled returns the plan that the format's read made, nil where there is none.
func (c *Columns) compiled() any {
	if c == nil || c.read == nil {
		return nil
	}
	c.once.Do(func() { c.plan = c.read(c.text) })
	return c.plan
}

// AfterLine returns the header lines that are in force behind line, where text
// were before, and whether line is one itself. f is the format of the stream,
// nil where that is not known. Whether a line of CSV names columns shows only
// where it is expected to: first says that line is the stream's first one.
//
// It is cheap for lines that are no header lines. The text may share memory with
// line.
func AfterLine(f *Format, text, line string, first bool) (after string, header bool) {
	if line == "" {
		return text, false
	}
	if line[0] == '#' {
		if f != nil && f.columns == nil || !isDirective(line) {
			return text, false
		}
		return afterDirective(text, line), true
	}
	if f == nil && !first {
		return text, false
	}
	if f != nil && f.columns == nil || len(line) > MaxColumns {
		return text, false
	}
	switch f {
	case nil:
		header = isFlowHeader(line) || isTableHeader(line, false)
	case vpcflowFormat:
		header = isFlowHeader(line)
	case csvFormat:
		// A row of words behind the first line is a row.
		header = line == text || first && isTableHeader(line, false)
	}
	if header {
		return line, true
	}
	return text, false
}

// isDirective reports whether line is one of the header lines that start with a
// number sign: those of the W3C extended log format and of Zeek.
func isDirective(line string) bool { return directiveName(line) != "" }

// directiveName returns the name of a header line of W3C or Zeek, "" for every
// other line.
func directiveName(line string) string {
	const longest = len("#set_separator")
	if len(line) < 2 || line[0] != '#' {
		return ""
	}
	end := 1
	for end < len(line) && end <= longest && (isAlpha(line[end]) || line[end] == '_' || line[end] == '-') {
		end++
	}
	name := line[1:end]
	switch name {
	case "separator", "set_separator", "empty_field", "unset_field", "path", "open", "close", "fields", "types":
		return name
	case "Software", "Version", "Date", "Start-Date", "End-Date", "Fields", "Remark", "GMT-Offset":
		if end < len(line) && line[end] == ':' {
			return name
		}
	case "Time":
		if strings.HasPrefix(line[end:], " Format:") {
			return name
		}
	}
	return ""
}

// isZeekDirective reports whether name is of Zeek's header lines, which are all
// in lower case.
func isZeekDirective(name string) bool { return name[0] >= 'a' }

// afterDirective puts line, a header line, in the place of the one of its name.
func afterDirective(text, line string) string {
	name := directiveName(line)
	switch name {
	case "open", "close", "Remark", "End-Date":
		return text // says nothing of columns
	}
	if len(line) > MaxColumns {
		return ""
	}
	var b strings.Builder
	b.Grow(len(text) + 1 + len(line))
	for before := range strings.SplitSeq(text, "\n") {
		old := directiveName(before)
		if old == "" || old == name || isZeekDirective(old) != isZeekDirective(name) || name == "separator" {
			continue
		}
		b.WriteString(before)
		b.WriteByte('\n')
	}
	if b.Len()+len(line) > MaxColumns {
		return ""
	}
	b.WriteString(line)
	return b.String()
}

// directive returns what the header line called name says, without spaces around
// it; ok is false where there is none.
func directive(text, name string) (value string, ok bool) {
	for line := range strings.SplitSeq(text, "\n") {
		if directiveName(line) == name {
			value = strings.TrimPrefix(line[1+len(name):], ":")
			return strings.Trim(value, " \t\r"), true
		}
	}
	return "", false
}
