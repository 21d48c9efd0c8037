package format

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var update = flag.Bool("update", false, "rewrite the golden files with what the code does now")

// golden is one golden case, testdata/<format>/<case>.txtar:
//
//	in         the line; its last newline is not part of it
//	context    optional: "received: RFC 3339" and "zone: IANA name"
//	columns    optional: the header lines of the stream that are in force
//	want.json  the whole event, or
//	want.err   the error's text
//	want.auto  optional: the format column of the event that auto makes, where
//	           it is another one, or "none"
type golden struct {
	path    string
	format  *Format
	archive *txtar.Archive
	line    string
	context Context
}

// defaultReceived is when golden lines are received that do not say it.
var defaultReceived = time.Date(2024, 9, 6, 0, 0, 0, 0, time.UTC)

func (g *golden) file(name string) (string, bool) {
	for _, f := range g.archive.Files {
		if f.Name == name {
			return string(f.Data), true
		}
	}
	return "", false
}

func (g *golden) set(name, data string) {
	for i := range g.archive.Files {
		if g.archive.Files[i].Name == name {
			g.archive.Files[i].Data = []byte(data)
			return
		}
	}
	g.archive.Files = append(g.archive.Files, txtar.File{Name: name, Data: []byte(data)})
}

func (g *golden) remove(name string) {
	files := g.archive.Files[:0]
	for _, f := range g.archive.Files {
		if f.Name != name {
			files = append(files, f)
		}
	}
	g.archive.Files = files
}

func readGolden(tb testing.TB, f *Format, path string) *golden {
	tb.Helper()
	archive, err := txtar.ParseFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	g := &golden{path: path, format: f, archive: archive, context: Context{Received: defaultReceived}}
	in, ok := g.file("in")
	if !ok {
		tb.Fatalf("%s: no file named in", path)
	}
	g.line = strings.TrimSuffix(in, "\n")
	if columns, ok := g.file("columns"); ok {
		g.context.Columns = NewColumns(f, columns)
	}
	settings, _ := g.file("context")
	for setting := range strings.Lines(settings) {
		key, value, _ := strings.Cut(strings.TrimSpace(setting), ": ")
		switch key {
		case "received":
			g.context.Received, err = time.Parse(time.RFC3339Nano, value)
		case "zone":
			g.context.Zone, err = time.LoadLocation(value)
		default:
			tb.Fatalf("%s: context: %q is neither received nor zone", path, key)
		}
		if err != nil {
			tb.Fatalf("%s: context: %v", path, err)
		}
	}
	return g
}

// goldens returns the golden cases of f.
func goldens(tb testing.TB, f *Format) []*golden {
	tb.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", f.Name, "*.txtar"))
	if err != nil {
		tb.Fatal(err)
	}
	cases := make([]*golden, 0, len(paths))
	for _, path := range paths {
		cases = append(cases, readGolden(tb, f, path))
	}
	return cases
}

// goldenLines returns the lines of all golden cases of f that parse.
func goldenLines(tb testing.TB, f *Format) []*golden {
	tb.Helper()
	var out []*golden
	for _, g := range goldens(tb, f) {
		if _, bad := g.file("want.err"); !bad {
			out = append(out, g)
		}
	}
	return out
}

// read parses line as f and completes the event.
func read(f *Format, line string, c *Context) (*event.Event, error) {
	e := new(event.Event)
	if err := f.Parse(line, c, e); err != nil {
		return nil, err
	}
	f.Finish(line, c, e)
	return e, nil
}

// pretty returns e as JSON for people to review.
func pretty(tb testing.TB, e *event.Event) string {
	tb.Helper()
	var out bytes.Buffer
	if err := json.Indent(&out, e.AppendJSON(nil), "", "  "); err != nil {
		tb.Fatal(err)
	}
	return out.String() + "\n"
}

func TestGolden(t *testing.T) {
	t.Parallel()
	auto := NewAuto()
	for _, f := range table {
		for _, g := range goldens(t, f) {
			name := f.Name + "/" + strings.TrimSuffix(filepath.Base(g.path), ".txtar")
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				g.check(t, auto)
			})
		}
	}
}

func (g *golden) check(t *testing.T, auto *Auto) {
	t.Helper()
	got := map[string]string{}
	e, err := read(g.format, g.line, &g.context)
	if err != nil {
		reason, ok := errors.AsType[*Error](err)
		if !ok {
			t.Errorf("the error is a %T, want an *Error", err)
		} else if reason.Offset < 0 || reason.Offset > len(g.line) {
			t.Errorf("offset %d lies outside of the line", reason.Offset)
		}
		got["want.err"] = err.Error() + "\n"
	} else {
		checkSchema(t, e)
		got["want.json"] = pretty(t, e)
		chosen := "none"
		var chosenEvent event.Event
		if f, err := auto.Parse("golden", g.line, &g.context, &chosenEvent); err == nil {
			f.Finish(g.line, &g.context, &chosenEvent)
			chosen = chosenEvent.Text(event.Format)
		}
		if chosen != e.Text(event.Format) {
			got["want.auto"] = chosen + "\n"
		}
	}
	if *update {
		g.rewrite(t, got)
		return
	}
	for _, name := range []string{"want.json", "want.err", "want.auto"} {
		want, _ := g.file(name)
		if diff := cmp.Diff(want, got[name]); diff != "" {
			t.Errorf("%s: %s (-want +got), `make golden` rewrites it:\n%s", g.path, name, diff)
		}
	}
}

func (g *golden) rewrite(t *testing.T, got map[string]string) {
	t.Helper()
	for _, name := range []string{"want.json", "want.err", "want.auto"} {
		if data, ok := got[name]; ok {
			g.set(name, data)
		} else {
			g.remove(name)
		}
	}
	if err := os.WriteFile(g.path, txtar.Format(g.archive), 0o600); err != nil {
		t.Fatal(err)
	}
}

// checkSchema fails where e is not valid by the schema: the strict decoder must
// read what the encoder writes.
func checkSchema(t *testing.T, e *event.Event) {
	t.Helper()
	line := e.AppendJSON(nil)
	if !json.Valid(line) {
		t.Fatalf("the event is not valid JSON: %s", line)
	}
	var back event.Event
	if err := back.DecodeJSON(string(line)); err != nil {
		t.Fatalf("the event is not valid by the schema: %v\n%s", err, line)
	}
	for _, s := range e.List(event.LogSource) {
		if strings.Count(s, ":") != 2 {
			t.Errorf("log source %q is not category:product:service", s)
		}
	}
	seen := make(map[string]bool, len(e.Extra))
	for _, f := range e.Extra {
		if seen[f.Name] {
			t.Fatalf("extra has %q twice", f.Name)
		}
		seen[f.Name] = true
		if f.Value.Kind != event.KindString && (!json.Valid([]byte(f.Value.Text)) || strings.ContainsAny(f.Value.Text, "\r\n")) {
			t.Fatalf("extra.%s is not JSON on one line: %q", f.Name, f.Value.Text)
		}
	}
}
