package format

import (
	"embed"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// goldenCases are the built-in formats' own cases. Only programs that show them hold
// them: the linker leaves out what nothing refers to.
//
//go:embed testdata/*/*.txtar
var goldenCases embed.FS

// Summary says what a format makes of the lines that it is known by.
type Summary struct {
	// Lines are how many there are.
	Lines int
	// Fields are the columns and the fields of extra that they fill, EventTypes
	// and Sources the values of event_type and logsource.
	Fields, EventTypes, Sources []string
}

// Summarize returns what f makes of its samples: a user's own of those in its
// file, a built-in format of those that it is tested with.
func (s *Set) Summarize(f *Format) Summary {
	lines := goldenLinesOf(f.Name)
	var out Summary
	for _, o := range s.own {
		if &o.Format == f {
			lines, out.Sources = o.lines(), slices.Clone(o.Sources)
		}
	}
	out.Lines, out.Fields = len(lines), filledBy(f, lines)
	for i := range lines {
		var e event.Event
		if f.Parse(lines[i].text, &lines[i].context, &e) != nil {
			continue
		}
		f.Finish(lines[i].text, &lines[i].context, &e)
		out.EventTypes = append(out.EventTypes, e.Text(event.EventType))
		out.Sources = append(out.Sources, e.List(event.LogSource)...)
	}
	slices.Sort(out.EventTypes)
	slices.Sort(out.Sources)
	out.EventTypes, out.Sources = slices.Compact(out.EventTypes), slices.Compact(out.Sources)
	return out
}

func (o *Own) lines() []sampleLine {
	lines := make([]sampleLine, len(o.Samples))
	for i := range o.Samples {
		lines[i] = sampleLine{o.Samples[i].Line, o.Samples[i].Context}
	}
	return lines
}

// goldenLinesOf returns the lines of a built-in format's cases.
func goldenLinesOf(name string) []sampleLine {
	dir := path.Join("testdata", name)
	entries, err := goldenCases.ReadDir(dir)
	if err != nil {
		return nil
	}
	var lines []sampleLine
	for _, entry := range entries {
		data, err := goldenCases.ReadFile(path.Join(dir, entry.Name()))
		if err != nil {
			continue
		}
		line := sampleLine{context: Context{Received: sampleReceived}}
		for _, f := range txtar.Parse(data).Files {
			switch f.Name {
			case "in":
				line.text = strings.TrimSuffix(string(f.Data), "\n")
			case "context":
				for setting := range strings.Lines(string(f.Data)) {
					if text, ok := strings.CutPrefix(strings.TrimSpace(setting), "received: "); ok {
						line.context.Received, _ = time.Parse(time.RFC3339Nano, text)
					}
				}
			}
		}
		lines = append(lines, line)
	}
	return lines
}
