package format

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// allGoldenLines returns the lines of all golden cases, broken ones too.
func allGoldenLines(tb testing.TB) []string {
	tb.Helper()
	var lines []string
	for _, f := range table {
		for _, g := range goldens(tb, f) {
			lines = append(lines, g.line)
		}
	}
	return lines
}

// outcomeOf returns what Parse makes of a line, as text.
func outcomeOf(a *Auto, source, line string) string {
	c := Context{Received: defaultReceived}
	var e event.Event
	f, err := a.Parse(source, line, &c, &e)
	if err != nil {
		return "error: " + err.Error()
	}
	f.Finish(line, &c, &e)
	return f.Name + " " + string(e.AppendJSON(nil))
}

// What an Auto saw before never changes what it makes of a line: two normalizers
// that saw different lines must agree.
func TestAutoMemoryNeverDecides(t *testing.T) {
	t.Parallel()
	lines := allGoldenLines(t)
	rapid.Check(t, func(t *rapid.T) {
		a := NewAuto()
		for range rapid.IntRange(1, 60).Draw(t, "lines") {
			line := mutate(t, rapid.SampledFrom(lines).Draw(t, "line"))
			source := rapid.SampledFrom([]string{"a", "b", ""}).Draw(t, "source")
			if got, want := outcomeOf(a, source, line), outcomeOf(NewAuto(), source, line); got != want {
				t.Fatalf("with memory:    %s\nwithout memory: %s\nline: %q", got, want, line)
			}
		}
	})
}

// A format that is remembered and certain is not taken for lines that auto would
// not ask it about: those that begin as its lines never do.
func TestAutoMemoryKeepsToStarts(t *testing.T) {
	t.Parallel()
	for _, line := range allGoldenLines(t) {
		if line == "" || isObject(line) {
			continue
		}
		a := NewAuto()
		outcomeOf(a, "s", line)
		for _, first := range "0739aZ[" {
			other := string(first) + line[1:]
			if got, want := outcomeOf(a, "s", other), outcomeOf(NewAuto(), "s", other); got != want {
				t.Errorf("with memory:    %.200s\nwithout memory: %.200s", got, want)
			}
		}
	}
}

// mutate returns line, mostly as it is, or with a cut, a repeat or another byte.
func mutate(t *rapid.T, line string) string {
	if line == "" {
		return line
	}
	at := rapid.IntRange(0, len(line)-1).Draw(t, "at")
	switch rapid.IntRange(0, 5).Draw(t, "mutation") {
	case 0:
		return line[:at]
	case 1:
		return line[at:]
	case 2:
		return line[:at] + rapid.SampledFrom([]string{" ", `"`, "[", "{", "=", "0", "a", "\\"}).Draw(t, "byte") + line[at+1:]
	default:
		return line
	}
}

func TestNoTwoFormatsAreCertain(t *testing.T) {
	t.Parallel()
	for _, line := range allGoldenLines(t) {
		checkCertainty(t, table, line)
	}
}

func TestNoTwoFormatsAreCertainOfRealLines(t *testing.T) {
	t.Parallel()
	for _, line := range corpusLines(t, "*/*") {
		checkCertainty(t, table, line)
	}
}

// A format that is certain takes the line, or nobody does.
func TestCertainFormatsTakeTheirLines(t *testing.T) {
	t.Parallel()
	for _, line := range allGoldenLines(t) {
		for _, f := range table {
			if f.score(line) != Certain {
				continue
			}
			var e event.Event
			if err := f.Parse(line, &Context{Received: defaultReceived}, &e); err == nil {
				continue
			}
			if got := outcomeOf(NewAuto(), "", line); !strings.HasPrefix(got, "error: ") {
				t.Errorf("%s is certain of a line that it does not take, and that %.40s does: %q", f.Name, got, line)
			}
		}
	}
}

func TestAutoErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, line, want string }{
		{"nothing recognizes it", "\x01\x02\x03", "no format recognizes the line; name its format in the configuration of its source at byte 0"},
		{"the best one's reason", `{"a":1} x }`, "no format takes the line; the most likely one, json, says: expected nothing behind the object at byte 8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := event.Event{}
			f, err := NewAuto().Parse("s", tt.line, &Context{Received: defaultReceived}, &e)
			if f != nil || err == nil || err.Error() != tt.want {
				t.Fatalf("got %v, %v, want %s", f, err, tt.want)
			}
			if _, ok := errors.AsType[*Error](err); !ok {
				t.Fatalf("the error is a %T", err)
			}
			for c := range e.Columns {
				t.Errorf("the event of a refused line has %s", c)
			}
		})
	}
}

func TestAutoRemembersRecentFormats(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name            string
		recent, n, want uint64
	}{
		{"first", 0, 3, 3},
		{"second goes in front", 3, 5, 3<<16 | 5},
		{"known stays in place", 3<<16 | 5, 3, 3<<16 | 5},
		{"oldest goes", 1<<48 | 2<<32 | 3<<16 | 4, 5, 2<<48 | 3<<32 | 4<<16 | 5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := remember(tt.recent, tt.n); got != tt.want {
				t.Errorf("remember(%#x, %d) = %#x, want %#x", tt.recent, tt.n, got, tt.want)
			}
		})
	}
}

func TestAutoIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	lines := allGoldenLines(t)
	a := NewAuto()
	want := make([]string, len(lines))
	for i, line := range lines {
		want[i] = outcomeOf(NewAuto(), "s", line)
	}
	var workers sync.WaitGroup
	for w := range 4 {
		workers.Go(func() {
			for i := range lines {
				i = (i + w*len(lines)/4) % len(lines)
				if got := outcomeOf(a, "s", lines[i]); got != want[i] {
					t.Errorf("got %s, want %s", got, want[i])
				}
			}
		})
	}
	workers.Wait()
}

func TestAutoExplains(t *testing.T) {
	t.Parallel()
	line := `192.0.2.20 - - [05/Sep/2024:10:30:00 +0000] "GET / HTTP/1.1" 200 5120 "-" "curl/8.5.0"`
	x := NewAuto().Explain(line, &Context{Received: defaultReceived})
	if x.Chosen != apacheAccess {
		t.Errorf("chose %v", x.Chosen)
	}
	want := "apache_access is certain and takes the line\nnginx_access scores 60 and was not needed\n"
	if got := x.String(); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
	x = NewAuto().Explain(`{"a":`, &Context{Received: defaultReceived})
	if got, want := x.String(), "json scores 20, but does not take the line: expected a JSON value at byte 5\n"; x.Chosen != nil || got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	x = NewAuto().Explain("\x01", &Context{Received: defaultReceived})
	if got, want := x.String(), "no format recognizes the line\n"; x.Chosen != nil || got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
