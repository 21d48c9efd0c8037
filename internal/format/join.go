package format

import "strings"

// joinKind says how lines of a format make one record. Whether the lines that
// hang together are a record is decided by the format's Parse: lines that it does
// not take together are read one by one.
type joinKind struct {
	// firsts and starts are the bytes that the first line of a record, and each
	// that follows, can start with; empty is any.
	firsts, starts string
	// begins reports whether line begins a record that may have several lines.
	begins func(line string) bool
	// joins reports whether line goes on with the record that begins with first
	// and of which last is the last line so far.
	joins func(first, last, line string) bool
}

// Limits of a record of several lines; with a line more another one begins.
const (
	MaxJoinLines = 256
	MaxJoinBytes = 256 << 10
)

// JoinLine returns the format of whose records line can be a further line of the
// one that begins with first and of which last is the last line so far; nil where
// line begins a record of its own. f is the format of the stream, nil where that
// is not known. The lines must not be empty.
//
// It is cheap for lines that go on with nothing.
func JoinLine(f *Format, first, last, line string) *Format {
	if f != nil {
		if f.joins != nil && f.joins.take(first, last, line) {
			return f
		}
		return nil
	}
	for _, f := range builtin.joinsByFirst[first[0]] {
		if f.joins.take(first, last, line) {
			return f
		}
	}
	return nil
}

// MayGoOn reports whether lines behind line can belong to one record with it.
func MayGoOn(f *Format, line string) bool {
	if f != nil {
		return f.joins != nil && f.joins.begins(line)
	}
	for _, f := range builtin.joinsByFirst[line[0]] {
		if f.joins.begins(line) {
			return true
		}
	}
	return false
}

func (j *joinKind) take(first, last, line string) bool {
	return (j.starts == "" || strings.IndexByte(j.starts, line[0]) >= 0) && j.begins(first) && j.joins(first, last, line)
}

// registerJoins notes the formats whose records may have several lines.
func registerJoins(formats []*Format) {
	for _, f := range formats {
		if f.joins == nil {
			continue
		}
		for first := range builtin.joinsByFirst {
			if f.joins.firsts == "" || strings.IndexByte(f.joins.firsts, byte(first)) >= 0 {
				builtin.joinsByFirst[first] = append(builtin.joinsByFirst[first], f)
			}
		}
	}
}

// slowJoins puts records of MySQL's slow query log together: comment lines and
// the statements behind them. The banner that the server writes when it opens the
// log begins with the path of its program.
var slowJoins = joinKind{
	firsts: "#",
	begins: isSlowStart,
	joins: func(_, last, line string) bool {
		switch {
		case strings.HasPrefix(line, "# Time: "):
			return false
		case strings.HasPrefix(line, "# User@Host: "):
			// Queries of the same second share the line with the time.
			return strings.HasPrefix(last, "# Time: ")
		case line[0] == '/' && strings.HasSuffix(line, "started with:"):
			return false
		default:
			return line[0] != '#' || strings.HasPrefix(last, "# ")
		}
	},
}

func isSlowStart(line string) bool {
	return strings.HasPrefix(line, "# Time: ") || strings.HasPrefix(line, "# User@Host: ")
}

// tabJoins puts together what PostgreSQL writes of statements and messages with
// newlines: it puts a tab in front of each further line.
var tabJoins = joinKind{
	starts: "\t",
	begins: func(line string) bool { return line[0] != '\t' && matchPostgresql(line) > 0 },
	joins:  func(_, _, _ string) bool { return true },
}

// auditJoins puts the records of one audit event together: they have the same
// time and serial number, and come one behind the other.
var auditJoins = joinKind{
	firsts: "tn",
	starts: "tn",
	begins: func(line string) bool { _, stamp := auditStamp(line); return stamp != "" },
	joins: func(first, last, line string) bool {
		node, stamp := auditStamp(line)
		of, begun := auditStamp(first)
		return stamp != "" && stamp == begun && node == of && !strings.Contains(last[:min(len(last), 64)], "type=EOE ")
	},
}

// auditStamp returns the node of an audit record, and its time and serial number,
// "" for every other line.
func auditStamp(line string) (node, stamp string) {
	start := 0
	if strings.HasPrefix(line, "node=") {
		if start = strings.IndexByte(line, ' ') + 1; start == 0 {
			return "", ""
		}
	}
	if !strings.HasPrefix(line[start:], "type=") {
		return "", ""
	}
	const mark = " msg=audit("
	head := line[start:min(len(line), start+96)]
	i := strings.Index(head, mark)
	if i < 0 {
		return "", ""
	}
	end := strings.IndexByte(head[i:], ')')
	if end < 0 {
		return "", ""
	}
	return line[:start], head[i+len(mark) : i+end]
}
