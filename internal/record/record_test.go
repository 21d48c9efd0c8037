package record

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestBatchID(t *testing.T) {
	t.Parallel()
	epoch := time.Date(2024, 9, 5, 10, 30, 0, 999, time.FixedZone("", 7200))
	id := NewBatchID(epoch, 1_000_000)
	if want := BatchID("sjbzm0-lfls"); id != want {
		t.Errorf("batch id %s, expected %s", id, want)
	}
	if got, want := id.EventID(17), "sjbzm0-lfls-17"; got != want {
		t.Errorf("event id %s, expected %s", got, want)
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, payload string
		whole         bool
		want          []Line
	}{
		{"nothing", "", false, nil},
		{"one without newline", "a b", false, []Line{{"a b", 1, 0}}},
		{"one with newline", "a\n", false, []Line{{"a", 1, 0}}},
		{"carriage returns", "a\r\nb\r\n", false, []Line{{"a", 1, 0}, {"b", 2, 3}}},
		{"empty lines are not counted", "\n\r\na\n\n\nb\n", false, []Line{{"a", 1, 3}, {"b", 2, 7}}},
		{"return inside stays", "a\rb\r\r\n", false, []Line{{"a\rb\r", 1, 0}}},
		{"blank is not empty", " \n\t", false, []Line{{" ", 1, 0}, {"\t", 2, 2}}},
		{"zero bytes stay", "a\x00\nb", false, []Line{{"a\x00", 1, 0}, {"b", 2, 3}}},
		{"whole", "a\n\n  b\r\n", true, []Line{{"a\n\n  b", 1, 0}}},
		{"whole of nothing", "\r\n\n", true, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := Batch{Payload: tc.payload, Whole: tc.whole}
			if got := slices.Collect(b.Lines); !slices.Equal(got, tc.want) {
				t.Errorf("got %+v, expected %+v", got, tc.want)
			}
		})
	}
}

func TestLinesStopsWhenAsked(t *testing.T) {
	t.Parallel()
	b := Batch{Payload: "a\nb\nc"}
	n := 0
	for range b.Lines {
		if n++; n == 2 {
			break
		}
	}
	if n != 2 {
		t.Errorf("%d lines, expected 2", n)
	}
}

// Every byte of a payload is in exactly one line or is part of a line ending.
func TestLinesLoseNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		checkLines(t, rapid.StringOfN(rapid.SampledFrom([]rune("ab \r\n\n")), 0, 60, -1).Draw(t, "payload"))
	})
}

func FuzzLines(f *testing.F) {
	f.Add("a\r\nb\n\n")
	f.Add("\n\r\r\n\x00")
	f.Fuzz(func(t *testing.T, payload string) { checkLines(t, payload) })
}

func checkLines(t interface{ Fatalf(string, ...any) }, payload string) {
	var want []string
	for text := range strings.SplitSeq(payload, "\n") {
		if text = strings.TrimSuffix(text, "\r"); text != "" {
			want = append(want, text)
		}
	}
	b := Batch{Payload: payload}
	n := 0
	for line := range b.Lines {
		if n >= len(want) || line.Text != want[n] || line.Number != n+1 {
			t.Fatalf("line %d of %q: got %+v, expected one of %q", n+1, payload, line, want)
		}
		if !strings.HasPrefix(payload[line.Offset:], line.Text) || line.Offset > 0 && payload[line.Offset-1] != '\n' {
			t.Fatalf("line %d of %q: offset %d is not where it starts", n+1, payload, line.Offset)
		}
		n++
	}
	if n != len(want) {
		t.Fatalf("%d lines of %q, expected %d", n, payload, len(want))
	}
}

func TestCheckSource(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, source, want string }{
		{"letters, digits and marks", "Web-01_eu", ""},
		{"longest", strings.Repeat("a", MaxSource), ""},
		{"empty", "", "not a source name: empty; expected letters, digits, '_' or '-'"},
		{"too long", strings.Repeat("a", MaxSource+1), "not a source name: 65 bytes long, at most 64 are allowed"},
		{"dot", "a.b", `not a source name: "a.b" has '.' at byte 1; expected letters, digits, '_' or '-'`},
		{"wildcard", ">", `not a source name: ">" has '>' at byte 0; expected letters, digits, '_' or '-'`},
		{"letter outside of ASCII", "caf\u00e9", `not a source name: "café" has 'Ã' at byte 3; expected letters, digits, '_' or '-'`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			err := CheckSource(tc.source)
			if tc.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, ErrSource) || err.Error() != tc.want {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
		})
	}
}

func BenchmarkLines(b *testing.B) {
	for _, bc := range []struct{ name, line string }{
		{"short", "GET /\n"},
		{"access", strings.Repeat("x", 199) + "\n"},
		{"long", strings.Repeat("x", 8191) + "\n"},
	} {
		b.Run(bc.name, func(b *testing.B) {
			batch := Batch{Payload: strings.Repeat(bc.line, MaxBatchBytes/len(bc.line))}
			b.SetBytes(int64(len(batch.Payload)))
			b.ReportAllocs()
			lines := 0
			for b.Loop() {
				for range batch.Lines {
					lines++
				}
			}
			b.ReportMetric(float64(lines)/b.Elapsed().Seconds(), "lines/s")
		})
	}
}

func TestLinesDoNotAllocate(t *testing.T) {
	b := Batch{Payload: strings.Repeat("abc\r\n", 500)}
	n := 0
	if allocs := testing.AllocsPerRun(100, func() {
		for line := range b.Lines {
			n += len(line.Text)
		}
	}); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}
