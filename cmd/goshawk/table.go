package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode/utf8"
)

// table prints aligned columns under a head.
type table struct{ w *tabwriter.Writer }

func newTable(w io.Writer, head ...string) table {
	t := table{tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)}
	t.row(head...)
	return t
}

func (t table) row(cells ...string) {
	// tabwriter keeps its first error for Flush.
	_, _ = fmt.Fprintln(t.w, strings.Join(cells, "\t"))
}

func (t table) flush() error {
	if err := t.w.Flush(); err != nil {
		return fmt.Errorf("print table: %w", err)
	}
	return nil
}

// shorten cuts s to at most most characters.
func shorten(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	runes := []rune(s)
	return string(runes[:most-1]) + "…"
}

// printable returns b as text in which bytes that could drive a terminal, and
// those that are not text, are escaped: dead letters are hostile.
func printable(b []byte) string {
	quoted := strconv.QuoteToGraphic(string(b))
	return strings.ReplaceAll(strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`), `\\`, `\`)
}
