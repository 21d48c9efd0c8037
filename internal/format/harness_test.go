package format

import (
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
	index, err := os.ReadFile(filepath.Join(docs, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range table {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			if f.Name == "" || f.Name == AutoName || f.Title == "" || f.Doc == "" || f.Parse == nil || f.Match == nil {
				t.Error("name, title, doc, parse and match must all be set, and the name must not be auto")
			}
			if g, ok := Lookup(f.Name); !ok || g != f {
				t.Error("Lookup does not find it: a name is there twice")
			}
			if n := len(goldens(t, f)); n < 3 {
				t.Errorf("%d golden cases in testdata/%s, want 3 or more: a normal one, an odd one, a broken one", n, f.Name)
			}
			if len(goldenLines(t, f)) == 0 {
				t.Error("no golden case parses, so there is no fuzz seed and no benchmark")
			}
			checkPage(t, f)
			if !strings.Contains(string(index), "("+f.Name+".md)") {
				t.Error("docs/formats/README.md does not link to its page")
			}
		})
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

// hostileLines returns, for every text and every start that gets a parser going,
// a line of about size bytes.
func hostileLines(tb testing.TB, f *Format, size int) []string {
	tb.Helper()
	starts := []string{""}
	for _, g := range goldenLines(tb, f) {
		starts = append(starts, g.line)
		break
	}
	var lines []string
	for _, start := range starts {
		for _, text := range hostile {
			lines = append(lines, start+strings.Repeat(text, size/len(text)), start[:len(start)/2]+strings.Repeat(text, size/len(text)))
		}
	}
	return lines
}

// Time grows with the length of a line, not with its square. Eight times the
// bytes may take eight times as long; a square would take 64 times.
func TestHostileLinesTakeLinearTime(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	c := Context{Received: defaultReceived}
	for _, f := range table {
		t.Run(f.Name, func(t *testing.T) {
			small, large := hostileLines(t, f, 128<<10), hostileLines(t, f, 1<<20)
			for i := range large {
				took := fastest(f, large[i], &c)
				// 50 ms is the promise; the machine may be busy.
				if took < 50*time.Millisecond {
					continue
				}
				if base := fastest(f, small[i], &c); took > 24*base || took > time.Second {
					t.Errorf("%d bytes take %v, %d bytes %v: %.60q...", len(large[i]), took, len(small[i]), base, large[i])
				}
			}
		})
	}
}

func fastest(f *Format, line string, c *Context) time.Duration {
	best := time.Hour
	for range 3 {
		start := time.Now()
		f.Match(line)
		_, _ = read(f, line, c)
		best = min(best, time.Since(start))
		if best < 50*time.Millisecond {
			break
		}
	}
	return best
}
