package alert

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func sampleAlert() Alert {
	at := time.Date(2024, 9, 5, 10, 30, 0, 0, time.UTC)
	group := []Group{{"source_ip", "198.51.100.23"}}
	return Alert{
		ID: NewID("ssh_brute_force", group, at.Add(-2*time.Minute)), Revision: 2, Closed: true,
		RuleID: "7a6e6f62-7f0c-4d0e-9a3c-0c8f1b1d2e3f", RuleName: "ssh_brute_force", Title: "Many failed logins from one address",
		Description: "Eight failed logins in two minutes.", Level: High, Tags: []string{"attack.credential-access", "attack.t1110"}, Group: group,
		Time: at, FirstSeen: at.Add(-time.Minute), LastSeen: at.Add(3 * time.Second), WindowStart: at.Add(-2 * time.Minute), WindowEnd: at,
		Count: 12, Value: 8, Events: []string{"sjcaeg-1-1", "sjcaeg-1-2"}, Raw: []string{"Failed password for root from 198.51.100.23 port 1 ssh2"},
		FalsePositives: []string{"A script with an old password"}, References: []string{"https://example.com/ssh"}, Next: []string{"goshawk search source_ip:198.51.100.23 --since 1h"},
	}
}

func TestAlertJSON(t *testing.T) {
	t.Parallel()
	got, err := json.MarshalIndent(sampleAlert(), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	path := filepath.Join("testdata", "alert.json")
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("the form of an alert changed; if that is meant, run with -update (-want +got):\n%s", diff)
	}
	back, err := Decode(got)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sampleAlert(), back); diff != "" {
		t.Errorf("changed on the way (-want +got):\n%s", diff)
	}
}

// The ids of stored alerts must stay what they are, or a restart after an
// upgrade would alert again.
func TestNewIDIsStable(t *testing.T) {
	t.Parallel()
	at := time.Date(2024, 9, 5, 10, 30, 0, 0, time.UTC)
	got := NewID("rule", []Group{{"source_ip", "192.0.2.1"}}, at)
	if want := "9zm881x5p2chfvh5mw3c6v6bym"; got != want {
		t.Errorf("id %s, expected %s", got, want)
	}
	if other := NewID("rule", []Group{{"source_ip", "192.0.2.1"}}, at.In(time.FixedZone("", 3600))); other != got {
		t.Error("the id depends on the zone in which the time is written")
	}
}

func TestNewIDTellsApart(t *testing.T) {
	t.Parallel()
	at := time.Date(2024, 9, 5, 10, 30, 0, 0, time.UTC)
	seen := map[string]string{}
	for _, tc := range []struct {
		name  string
		rule  string
		group []Group
		at    time.Time
	}{
		{"base", "rule", []Group{{"a", "b"}}, at},
		{"rule", "rule2", []Group{{"a", "b"}}, at},
		{"window", "rule", []Group{{"a", "b"}}, at.Add(time.Millisecond)},
		{"value", "rule", []Group{{"a", "c"}}, at},
		{"no group", "rule", nil, at},
		{"two groups", "rule", []Group{{"a", "b"}, {"c", "d"}}, at},
		{"value that looks like two groups", "rule", []Group{{"a", "b 1:c=1:d"}}, at},
		{"name that looks like a value", "rule", []Group{{"a=1:b", ""}}, at},
	} {
		id := NewID(tc.rule, tc.group, tc.at)
		if len(id) != 26 {
			t.Errorf("%s: id %q is not 26 characters", tc.name, id)
		}
		if other, dup := seen[id]; dup {
			t.Errorf("%s and %s have the same id", tc.name, other)
		}
		seen[id] = tc.name
	}
}

func TestNewIDDependsOnNothingElse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rule := rapid.String().Draw(t, "rule")
		name, value := rapid.String().Draw(t, "name"), rapid.String().Draw(t, "value")
		at := time.UnixMilli(rapid.Int64Range(-1e13, 1e13).Draw(t, "at"))
		a := NewID(rule, []Group{{name, value}}, at)
		if b := NewID(strings.Clone(rule), []Group{{name, value}}, at.Add(999*time.Microsecond)); a != b {
			t.Fatalf("%s, then %s", a, b)
		}
	})
}

func TestDecodeErrors(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, in, want string }{
		{"cut", `{"id":`, "decode alert: "},
		{"no id", `{"rule_id":"r","level":"high"}`, `decode alert "": expected id, rule_id and a level of informational, low, medium, high, critical`},
		{"no rule", `{"id":"i","level":"high"}`, `decode alert "i": expected`},
		{"level", `{"id":"i","rule_id":"r","level":"severe"}`, `decode alert "i": expected`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if _, err := Decode([]byte(tc.in)); err == nil || !strings.HasPrefix(err.Error(), tc.want) {
				t.Errorf("got %v, expected %s…", err, tc.want)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	seed, _ := json.Marshal(sampleAlert())
	f.Add(seed)
	f.Add([]byte(`{"id":"i","rule_id":"r","level":"low","time":"2024-09-05T10:30:00+02:00"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		first, err := Decode(data)
		if err != nil {
			return
		}
		out, err := json.Marshal(first)
		if err != nil {
			t.Fatalf("read what can't be written: %v", err)
		}
		second, err := Decode(out)
		if err != nil {
			t.Fatalf("wrote what can't be read: %v", err)
		}
		again, _ := json.Marshal(second)
		if string(again) != string(out) {
			t.Fatalf("changed on the way:\n%s\n%s", out, again)
		}
	})
}
