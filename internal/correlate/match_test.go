package correlate

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func drawMatch(t *rapid.T) match {
	text := rapid.SampledFrom([]string{"", "a", "b", "203.0.113.7", "long " + strings.Repeat("x", 300), "\x00\xff"})
	return match{
		Spec: text.Draw(t, "spec"), Rule: rapid.IntRange(0, 5).Draw(t, "rule"), Time: rapid.Int64Range(-1<<50, 1<<50).Draw(t, "time"),
		Order: rapid.Uint64().Draw(t, "order"), Event: text.Draw(t, "event"), Group: rapid.SliceOfN(text, 0, 3).Draw(t, "group"),
		Value: text.Draw(t, "value"), Number: rapid.SampledFrom([]float64{0, 1, -2.5, 1e300}).Draw(t, "number"),
		Fields: text.Draw(t, "fields"), Evidence: text.Draw(t, "evidence"),
		Retract: rapid.Bool().Draw(t, "retract"),
	}
}

func readAll(data []byte) ([]match, *mark, error) {
	var out []match
	m, err := decodeMatches(data, func(m *match) {
		kept := *m
		kept.Group = append([]string{}, m.Group...)
		out = append(out, kept)
	})
	return out, m, err
}

func TestMatchesRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var w matchWriter
		want := rapid.SliceOfN(rapid.Custom(drawMatch), 1, 20).Draw(t, "matches")
		for i := range want {
			w.add(&want[i])
		}
		got, m, err := readAll(w.message())
		if err != nil || m != nil {
			t.Fatal(m, err)
		}
		for i := range want {
			want[i].Group = append([]string{}, want[i].Group...)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestMarkRoundTrip(t *testing.T) {
	t.Parallel()
	want := mark{Through: 12345, Idle: 678}
	_, got, err := readAll(encodeMark(want))
	if err != nil || got == nil || *got != want {
		t.Fatal(got, err)
	}
}

func FuzzDecodeMatches(f *testing.F) {
	var w matchWriter
	w.add(&match{Spec: "spec@1", Time: 1, Event: "e-1-1", Group: []string{"203.0.113.7"}, Evidence: strings.Repeat("line ", 200)})
	f.Add(w.message())
	w.reset()
	w.add(&match{Spec: "s", Number: 2})
	f.Add(w.message())
	f.Add(encodeMark(mark{7, 8}))
	f.Fuzz(func(t *testing.T, data []byte) {
		matches, m, err := readAll(data)
		if err != nil || m != nil {
			return
		}
		var w matchWriter
		for i := range matches {
			w.add(&matches[i])
		}
		again, _, err := readAll(w.message())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(len(matches), len(again)); diff != "" {
			t.Fatal(diff)
		}
		var w2 matchWriter
		for i := range again {
			w2.add(&again[i])
		}
		if !bytes.Equal(w.records, w2.records) {
			t.Fatal("records are not stable")
		}
	})
}

func FuzzUnpackFields(f *testing.F) {
	f.Add(packFields(7, []string{"a", "b"}, []string{"1", ""}))
	f.Fuzz(func(t *testing.T, data string) {
		_, values := unpackFields(data)
		size := 0
		for k, v := range values {
			size += len(k) + len(v)
		}
		if size > len(data) {
			t.Fatalf("%d bytes out of %d", size, len(data))
		}
	})
}

func TestEventOrder(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, before, after string }{
		{"lines of a batch", "sk0a1-z-9", "sk0a1-z-10"},
		{"batches", "sk0a1-z-500", "sk0a1-10-1"},
		{"offsets of a file", "web.f1a2-999-7", "web.f1a2-1000-1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if eventOrder(row.before) >= eventOrder(row.after) {
				t.Errorf("%s does not stand before %s", row.before, row.after)
			}
		})
	}
	if eventOrder("") != 0 || eventOrder("no number") != 0 {
		t.Error("an id without a number has a place")
	}
}
