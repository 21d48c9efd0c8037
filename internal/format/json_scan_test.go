package format

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestKnownTextIsReadAlike: what was scanned before is read faster, and must be
// cut at the same places.
func TestKnownTextIsReadAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := aValue(3).Draw(t, "value")
		j := jsonScanner{s: text + " "}
		_, want, _ := j.value()
		if j.err != nil {
			t.Fatalf("%v: %s", j.err, text)
		}
		known := jsonScanner{s: text + " ", known: true}
		if _, got, _ := known.value(); got != want || known.i != j.i {
			t.Fatalf("%q is read as %q, and as %q where it is known", text, want, got)
		}
		// Cut text is never known; all the same it must not be left.
		cut := text[:rapid.IntRange(0, len(text)).Draw(t, "cut")]
		if n := knownWidth(cut); n > len(cut) {
			t.Fatalf("%q has %d bytes and not %d", cut, len(cut), n)
		}
	})
}

// aValue draws JSON values that stand in each other.
func aValue(depth int) *rapid.Generator[string] {
	text := rapid.Map(rapid.StringMatching(`[a-z{}\[\],:"\\ é]{0,12}`), func(s string) string {
		return string(appendJSONString(nil, s))
	})
	if depth == 0 {
		return text
	}
	inner := rapid.SliceOfN(rapid.Deferred(func() *rapid.Generator[string] { return aValue(depth - 1) }), 0, 3)
	return rapid.OneOf(text, rapid.Just("-1.5e3"), rapid.Just("null"),
		rapid.Map(inner, func(list []string) string { return "[" + strings.Join(list, ", ") + "]" }),
		rapid.Map(inner, func(list []string) string {
			for i := range list {
				list[i] = `"a}":` + list[i]
			}
			return "{ " + strings.Join(list, ",") + "}"
		}))
}

func TestPathsAreJoined(t *testing.T) {
	known := new(paths)
	for range 2 {
		for _, c := range [][3]string{{"a", "b", "a.b"}, {"a.b", "c", "a.b.c"}, {"a", "b.c", "a.b.c"}, {"", "x", ".x"}, {"x", "", "x."}} {
			if got := known.join(c[0], c[1]); got != c[2] {
				t.Errorf("%q and %q make %q", c[0], c[1], got)
			}
		}
	}
	long := strings.Repeat("x", maxPath)
	if got := known.join(long, "y"); got != long+".y" {
		t.Errorf("a long path became %q", got)
	}
}
