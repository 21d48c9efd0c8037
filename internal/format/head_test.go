package format

import (
	"slices"
	"testing"
)

// A format that scores a line is asked about lines that begin like it.
func TestHeadFormatsAreComplete(t *testing.T) {
	t.Parallel()
	checkHeads(t, allGoldenLines(t))
}

func TestHeadFormatsAreCompleteForRealLines(t *testing.T) {
	t.Parallel()
	checkHeads(t, corpusLines(t, "*/*"))
}

func checkHeads(t *testing.T, lines []string) {
	t.Helper()
	reported := map[string]bool{}
	for _, line := range lines {
		h := headOf(line)
		if h == headOther {
			continue
		}
		for _, f := range table {
			if !reported[f.Name] && f.Match(line) > 0 && !slices.Contains(headFormats[h], f.Name) {
				reported[f.Name] = true
				t.Errorf("%s scores a line that begins with head %d, but headFormats doesn't name it there: %.80q", f.Name, h, line)
			}
		}
	}
}

func TestHeadFormatsAreSortedAndKnown(t *testing.T) {
	t.Parallel()
	for h, names := range headFormats {
		if !slices.IsSorted(names) {
			t.Errorf("head %d: %v is not sorted", h, names)
		}
		for _, name := range names {
			if _, ok := Lookup(name); !ok {
				t.Errorf("head %d: there is no format %s", h, name)
			}
		}
	}
}

func TestHeadOf(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]head{
		"": headOther, "<13>Sep  5": headPriority, "<?xml": headOther, "Sep  5 10:30:00 web01": headMonth, "Separate lines here": headOther,
		"2024-09-05T10:30:00Z": headISO, "2024-09-05 10:30:00": headDate, "2024/09/05 10:30:00": headSlash, "192.0.2.1 - - [": headAddress,
		"1.5": headOther, "1234567890.123 80": headOther, "20240905 10:30": headOther, "12": headOther, "10.0.0.10000": headAddress,
	} {
		if got := headOf(line); got != want {
			t.Errorf("%q begins with head %d, want %d", line, got, want)
		}
	}
}
