package shape

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestShapes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		lines []string
		want  []string
	}{
		{
			"numbers and addresses",
			[]string{"deny tcp 192.0.2.1:80 -> 198.51.100.7 len 40", "deny tcp 192.0.2.9:443 -> 198.51.100.7 len 1500"},
			[]string{"2 deny tcp <ip> -> <ip> len <n>"},
		},
		{"names differ", []string{"user alice logged in from 192.0.2.1", "user bob logged in from 2001:db8::7"}, []string{"2 user <*> logged in from <ip>"}},
		{"other words", []string{"link eth0 is up", "disk /dev/sda is full"}, []string{"1 link eth<n> is up", "1 disk /dev/sda is full"}},
		{"pairs", []string{`date=2024-09-05 user="alice" bytes=12`, `date=2024-09-06 user="bob" bytes=7`}, []string{`2 date=<n>-<n>-<n> user=<*> bytes=<n>`}},
		{"hex", []string{"session 4f2a99c01bd0 closed", "session 77ab1c9d00ee closed"}, []string{"2 session <hex> closed"}},
		{"objects", []string{`{"a":1,"b":{"c":2}}`, `{"a":"x{\"","b":[{"d":1}]}`, `{"a":1,"c":2`}, []string{"2 {a, b}", "1 {a, c}"}},
		{"length matters", []string{"a b", "a b c"}, []string{"1 a b", "1 a b c"}},
		{"nothing but space", []string{" ", "\t"}, []string{"2 "}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var m Miner
			for _, line := range tt.lines {
				m.Add("k", line)
			}
			var got []string
			for _, g := range m.Groups() {
				got = append(got, fmt.Sprintf("%d %s", g.Lines, g.Shape()))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestKeysNeverShareAGroup(t *testing.T) {
	t.Parallel()
	var m Miner
	if m.Add("a", "one line") == m.Add("b", "one line") {
		t.Error("lines of two keys are in one group")
	}
}

// Whatever comes, every line is counted once, in a group of its key, memory is
// bounded, and the same lines give the same groups.
func TestEveryLineIsCounted(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOf(rapid.StringMatching(`[ab{}":=1. ]{0,30}|\PC{0,40}`)).Draw(t, "lines")
		var m, again Miner
		for _, line := range lines {
			key := line[:min(1, len(line))]
			g, h := m.Add(key, line), again.Add(key, line)
			if g.Key != key || g.Number != h.Number {
				t.Fatalf("%q is in group %d of %q and in group %d", line, g.Number, g.Key, h.Number)
			}
		}
		total := 0
		for _, g := range m.Groups() {
			total += g.Lines
		}
		if total != len(lines) {
			t.Fatalf("%d of %d lines counted", total, len(lines))
		}
	})
}

func TestGroupsAreBounded(t *testing.T) {
	t.Parallel()
	var m Miner
	for i := range 3 * maxGroups {
		m.Add("k", fmt.Sprintf("%s end", strings.Repeat(string(rune('a'+i%26)), 1+i/26)))
	}
	if n := len(m.Groups()); n > maxGroups+1 {
		t.Errorf("%d groups, at most %d expected", n, maxGroups+1)
	}
}

func FuzzWords(f *testing.F) {
	for _, s := range []string{`{"a":1,"b":{"c":[1,2]},"d\"":2}`, "a=1 b=2.3.4.5:80 [x] \"q\"", "{", `{"`, `{"\`, "::1 =, ==", "\xff\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if n := len(words(line)); n > maxWords {
			t.Errorf("%d words", n)
		}
	})
}
