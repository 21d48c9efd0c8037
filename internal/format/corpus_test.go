package format

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// TestCorpus reads the sample corpora and reports, with -v, what became of their
// lines: parsed by the format of their folder, recognized by auto, columns
// filled, and why lines are dead.
func TestCorpus(t *testing.T) {
	t.Parallel()
	auto := NewAuto()
	for _, tt := range corpusFolders {
		t.Run(tt.files, func(t *testing.T) {
			t.Parallel()
			f, ok := Lookup(tt.format)
			if !ok {
				t.Fatalf("there is no format %s", tt.format)
			}
			lines := corpusLines(t, tt.files)
			r := readCorpus(f, auto, lines)
			t.Log(tt.files, r.String())
			if r.percent(r.parsed) < tt.parsed {
				t.Errorf("%d %% of the lines parse, want %d %%", r.percent(r.parsed), tt.parsed)
			}
			if r.percent(r.chosen) < tt.chosen {
				t.Errorf("auto recognizes %d %% of the lines, want %d %%", r.percent(r.chosen), tt.chosen)
			}
		})
	}
}

// corpusReport counts what became of the lines of one folder.
type corpusReport struct {
	format          string
	lines, parsed   int
	chosen, columns int
	reasons         map[string]int
	examples        map[string]string
}

func readCorpus(f *Format, auto *Auto, lines []string) *corpusReport {
	lines = joinRecords(f, lines)
	r := &corpusReport{format: f.Name, lines: len(lines), reasons: map[string]int{}, examples: map[string]string{}}
	c := Context{Received: defaultReceived}
	for _, line := range lines {
		if text, header := AfterLine(f, c.Columns.Text(), line, false); header {
			c.Columns = NewColumns(f, text)
		}
		e, err := read(f, line, &c)
		if err != nil {
			reason := err.Error()
			if i := strings.LastIndex(reason, " at byte "); i > 0 {
				reason = reason[:i]
			}
			r.reasons[reason]++
			r.examples[reason] = line
			continue
		}
		r.parsed++
		for range e.Columns {
			r.columns++
		}
		var chosen event.Event
		if g, err := auto.Parse(f.Name, line, &c, &chosen); err == nil {
			g.Finish(line, &c, &chosen)
			if g == f || chosen.Text(event.Format) == e.Text(event.Format) {
				r.chosen++
			}
		}
	}
	return r
}

// joinRecords joins the lines that make one record, as normalizers do.
func joinRecords(f *Format, lines []string) []string {
	var out []string
	for i := 0; i < len(lines); {
		n := i + 1
		for MayGoOn(f, lines[i]) && n < len(lines) && n-i < MaxJoinLines && JoinLine(f, lines[i], lines[n-1], lines[n]) != nil {
			n++
		}
		record := strings.Join(lines[i:n], "\n")
		if _, err := read(f, record, &Context{Received: defaultReceived}); err == nil {
			out = append(out, record)
		} else {
			out = append(out, lines[i:n]...)
		}
		i = n
	}
	return out
}

func (r *corpusReport) percent(n int) int { return n * 100 / r.lines }

func (r *corpusReport) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d lines, %d parsed, %d recognized by auto, %.1f columns an event",
		r.format, r.lines, r.parsed, r.chosen, float64(r.columns)/float64(max(1, r.parsed)))
	reasons := make([]string, 0, len(r.reasons))
	for reason := range r.reasons {
		reasons = append(reasons, reason)
	}
	slices.SortFunc(reasons, func(a, b string) int {
		return cmp.Or(r.reasons[b]-r.reasons[a], strings.Compare(a, b))
	})
	for _, reason := range reasons[:min(len(reasons), 10)] {
		fmt.Fprintf(&b, "\n  dead %d: %s: %.120s", r.reasons[reason], reason, r.examples[reason])
	}
	return b.String()
}
