// Package arch holds the architecture as a test: which package may import which,
// where third-party packages stop, and what no file may do. Its table is the
// authority; ARCHITECTURE.md tells the same in words.
//
// Nothing imports it. It only reads source text and runs nothing.
package arch

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
)

// Violation is one place that breaks one rule.
type Violation struct {
	// File and Line say where.
	File string
	Line int
	// Fault says what is there, Rule what holds, Advice what to do.
	Fault, Rule, Advice string
}

// String returns the violation as one line.
func (v Violation) String() string {
	return fmt.Sprintf("%s:%d: %s; rule: %s; instead: %s", v.File, v.Line, v.Fault, v.Rule, v.Advice)
}

// Check reads the module in fsys and returns what breaks the rules, in order of
// file and line. An error says that the source can't be read.
func Check(fsys fs.FS) ([]Violation, error) {
	m, err := load(fsys)
	if err != nil {
		return nil, err
	}
	var out []Violation
	for _, f := range m.files {
		out = append(out, checkPackage(f)...)
		out = append(out, checkImports(m, f)...)
		out = append(out, checkSource(f)...)
	}
	slices.SortStableFunc(out, func(a, b Violation) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return out, nil
}
