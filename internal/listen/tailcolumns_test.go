package listen

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// lastHeader is a Columns function: a line with a number sign is in force until
// the next one.
func lastHeader(have string, line []byte, _ bool) string {
	if line[0] == '#' {
		return string(line)
	}
	return have
}

// checkColumns compares the columns of all batches with the last header line
// before each.
func (r *tailRig) checkColumns(file string) {
	r.t.Helper()
	data, err := os.ReadFile(r.path(file))
	r.must(err)
	for name, got := range r.columns {
		_, offset, _ := strings.Cut(name, "-")
		start, err := strconv.Atoi(offset)
		r.must(err)
		want := ""
		if i := strings.LastIndex("\n"+string(data[:start]), "\n#"); i >= 0 {
			want, _, _ = strings.Cut(string(data[i:]), "\n")
		}
		if got != want {
			r.t.Errorf("batch %s has the columns %q, want %q", name, got, want)
		}
	}
	if len(r.columns) < 10 {
		r.t.Errorf("only %d batches came", len(r.columns))
	}
}

// Every batch says which header lines are in force where it starts, whatever was
// acknowledged before a crash and wherever in the file the header lines are.
func TestTailColumns(t *testing.T) {
	t.Parallel()
	for name, ack := range map[string]func(i int) bool{
		"nothing acknowledged":     func(int) bool { return false },
		"every other acknowledged": func(i int) bool { return i%2 == 0 },
		"all acknowledged":         func(int) bool { return true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newTailRig(t, "*.log")
			r.crash()
			r.opts.Columns = lastHeader
			r.start()
			for round := range 8 {
				if round%3 != 1 {
					r.append("app.log", fmt.Sprintf("#Fields: of round %d\n", round))
				}
				r.append("app.log", joined(manyLines("line", 800)))
				r.read(ack)
				r.append("app.log", "rest\n")
				r.read(ack)
				if round%2 == 0 {
					r.must(r.tail.Sync())
				}
				r.restart()
			}
			r.readAll()
			r.checkColumns("app.log")
		})
	}
}

// A file that is read from its end has its header lines at its beginning.
func TestTailColumnsFromEnd(t *testing.T) {
	t.Parallel()
	r := newTailRig(t, "*.log")
	r.crash()
	r.opts.Columns, r.opts.FromEnd = lastHeader, true
	r.append("app.log", "#Fields: a b\n"+joined(manyLines("old", 3000)))
	r.start()
	r.readAll()
	r.append("app.log", joined(manyLines("new", 3)))
	r.readAll()
	if len(r.columns) != 1 {
		t.Fatalf("%d batches came", len(r.columns))
	}
	for _, columns := range r.columns {
		if columns != "#Fields: a b" {
			t.Errorf("the columns are %q", columns)
		}
	}
}
