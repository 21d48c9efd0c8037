package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that is wrong with the configuration.
type Problem struct {
	// File, Line and Column say where: the file's path and, from 1, the place of
	// the key or value. Line is 0 where the problem has no place in the file;
	// File then is what the value came from: an environment variable, a flag,
	// or empty for a default.
	File         string
	Line, Column int
	// Key is the path of the key, "bus.tls.cert"; empty for the whole file.
	Key string
	// Text says what was expected and what was found.
	Text string
}

// String writes the problem as "file:line:column: key: text".
func (p Problem) String() string {
	var out strings.Builder
	if p.File != "" {
		out.WriteString(p.File)
		if p.Line > 0 {
			fmt.Fprintf(&out, ":%d:%d", p.Line, p.Column)
		}
		out.WriteString(": ")
	}
	if p.Key != "" {
		out.WriteString(p.Key + ": ")
	}
	return out.String() + p.Text
}

// Problems is the error of a configuration: everything that is wrong with it, in
// the file's order. It is never empty.
type Problems []Problem

// Error writes one problem a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	if len(lines) == 1 {
		return lines[0]
	}
	return fmt.Sprintf("%d problems:\n%s", len(lines), strings.Join(lines, "\n"))
}

// asError sorts ps and returns it, or nil where there are none.
func (ps Problems) asError() error {
	if len(ps) == 0 {
		return nil
	}
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return ps
}
