package format

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const docs = "../../docs/formats"

// Every format has what the recipe for new formats asks for. Fuzz seeds and
// benchmarks come from the golden cases, so three of these give all of them.
func TestTableIsComplete(t *testing.T) {
	t.Parallel()
	if !slices.IsSorted(Names()) {
		t.Errorf("the table is not sorted by name: %v", Names())
	}
	checkIndex(t)
	for _, f := range table {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			if f.Name == "" || f.Name == AutoName || f.Title == "" || f.Doc == "" || f.Parse == nil || f.Match == nil {
				t.Error("name, title, doc, parse and match must all be set, and the name must not be auto")
			}
			if g, ok := Lookup(f.Name); !ok || g != f {
				t.Error("Lookup does not find it: a name is there twice")
			}
			for _, g := range goldens(t, f) {
				if f.Starts != "" && g.line != "" && f.Match(g.line) > 0 && strings.IndexByte(f.Starts, g.line[0]) < 0 {
					t.Errorf("%s: it matches, but Starts has no %q", g.path, g.line[0])
				}
			}
			if n := len(goldens(t, f)); n < 3 {
				t.Errorf("%d golden cases in testdata/%s, want 3 or more: a normal one, an odd one, a broken one", n, f.Name)
			}
			if len(goldenLines(t, f)) == 0 {
				t.Error("no golden case parses, so there is no fuzz seed and no benchmark")
			}
			checkPage(t, f)
		})
	}
}

// checkIndex checks that docs/formats/README.md has the table of all formats.
func checkIndex(t *testing.T) {
	t.Helper()
	const begin, end = "<!-- The table is written by `make golden`. -->\n", "\n<!-- end of the table -->"
	path := filepath.Join(docs, "README.md")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(data), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has lost the marks around the table of formats", path)
	}
	var b strings.Builder
	b.WriteString("\n| name | what it reads |\n|---|---|\n")
	for _, f := range table {
		fmt.Fprintf(&b, "| [`%s`](%s.md) | %s |\n", f.Name, f.Name, f.Title)
	}
	page := before + begin + b.String() + end + after
	switch {
	case page == string(data):
	case *update:
		if err := os.WriteFile(path, []byte(page), 0o600); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s has not the table of all formats; `make golden` writes it", path)
	}
}

// checkPage checks that the format's page is there and says what a page must.
func checkPage(t *testing.T, f *Format) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(docs, f.Name+".md"))
	if err != nil {
		t.Error(err)
		return
	}
	page := string(data)
	if !strings.HasPrefix(page, "# ") || !strings.Contains(page, "`"+f.Name+"`") {
		t.Errorf("docs/formats/%s.md must start with a title and name the format", f.Name)
	}
	for _, section := range []string{"## Sample", "## Fields", "## Log sources", "## Limits"} {
		if !strings.Contains(page, "\n"+section) {
			t.Errorf("docs/formats/%s.md has no section %q", f.Name, section)
		}
	}
}

// hostile are texts whose repetition has been quadratic or worse in parsers.
var hostile = []string{
	"a", " ", "\t", "\"", `\`, `\"`, "[", "]", "{", "}", "=", ":", ",", "'", "\x00", "\xff", "<", ">", "(", ")", "%",
	"a ", "a=", "a=b ", `a="b" `, `"a" `, `{"a":`, `{"a":1},`, "[1,", `"a":1,`, " - ", `" 200 `, "] \"", " [", "::", "1.2.3.4 ",
	"from ", " port ", " user ", "a: ", "a[1]: ", "[05/Sep/2024:10:30:00 +0000] ", "Sep  5 10:30:00 ", "SRC=", " SRC=1.2.3.4", "; ", " ; COMMAND=", "\\x", "\n", "\n# Time: ", "a@b ", "<13>",
}

// hostileStarts returns what hostile texts are put behind: nothing, a line that
// parses, and half of one.
func hostileStarts(tb testing.TB, f *Format) []string {
	tb.Helper()
	cases := goldenLines(tb, f)
	if len(cases) == 0 {
		return []string{""}
	}
	line := cases[0].line
	return []string{"", line, line[:len(line)/2]}
}

// Time grows with the length of a line, not with its square: eight times the
// bytes take about eight times as long, where a square would take 64 times. The
// promise is 50 ms for 1 MB; a line that takes longer is measured again beside a
// shorter one, as the machine may be busy.
func TestHostileLinesTakeLinearTime(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const size, promise = 1 << 20, 50 * time.Millisecond
	c := Context{Received: defaultReceived}
	for _, f := range table {
		t.Run(f.Name, func(t *testing.T) {
			for _, start := range hostileStarts(t, f) {
				for _, text := range hostile {
					large := start + strings.Repeat(text, size/len(text))
					took := fastest(f, large, &c, 3)
					if took < promise {
						continue
					}
					small := start + strings.Repeat(text, size/8/len(text))
					base := fastest(f, small, &c, 10)
					if took = fastest(f, large, &c, 5); took > 24*base {
						t.Fatalf("%d bytes take %v, %d bytes %v: %.60q followed by many %q", len(large), took, len(small), base, start, text)
					}
				}
			}
		})
	}
}

// fastest returns the shortest time of n attempts to read line.
func fastest(f *Format, line string, c *Context, n int) time.Duration {
	best := time.Hour
	for range n {
		start := time.Now()
		f.Match(line)
		_, _ = read(f, line, c)
		best = min(best, time.Since(start))
	}
	return best
}
