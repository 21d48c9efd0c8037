package correlate

import (
	"strings"
	"testing"

	"github.com/goshawk-siem/goshawk/internal/alert"
	"github.com/goshawk-siem/goshawk/internal/unit"
)

// A value from a log must not end a command or a quote: the steps are there to be
// pasted.
func TestNextStepsQuoteValues(t *testing.T) {
	t.Parallel()
	const step = "goshawk search 'user_name:{user_name}' --since 24h"
	for _, row := range []struct{ name, value, want string }{
		{"plain", "alice", "goshawk search 'user_name:alice' --since 24h"},
		{"address", "203.0.113.7", "goshawk search 'user_name:203.0.113.7' --since 24h"},
		{"colons of IPv6", "2001:db8::1", `goshawk search 'user_name:"2001:db8::1"' --since 24h`},
		{"space", "a b", `goshawk search 'user_name:"a b"' --since 24h`},
		{"single quote", "x'; rm -rf /; '", `goshawk search 'user_name:"x'\''; rm -rf /; '\''"' --since 24h`},
		{"double quote and backslash", `a"\b`, `goshawk search 'user_name:"a\"\\b"' --since 24h`},
		{"newline", "a\nrm", ""},
		{"escape", "a\x1b[31m", ""},
		{"not text", "a\xff", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, ok := fillStep(step, []alert.Group{{Name: "user_name", Value: row.value}})
			if got != row.want || ok != (row.want != "") {
				t.Errorf("got %q, %v", got, ok)
			}
		})
	}
	if _, ok := fillStep(step, nil); ok {
		t.Error("a step without its value was kept")
	}
}

func TestSubjectToken(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"ssh_brute_force": "ssh_brute_force", "a.b c>*": "a-b-c--", "": "-", strings.Repeat("x", 300): strings.Repeat("x", 128), "é": "-",
	} {
		if got := subjectToken(in); got != want {
			t.Errorf("%q: got %q, expected %q", in, got, want)
		}
	}
}

func TestBoundedKeepsLongValuesApart(t *testing.T) {
	t.Parallel()
	a, b := strings.Repeat("x", 5000), strings.Repeat("x", 4999)+"y"
	if bounded(a) == bounded(b) || len(bounded(a)) > maxValue+30 || bounded("short") != "short" {
		t.Error(bounded(a), bounded(b))
	}
}

func TestOptionsReportEveryProblem(t *testing.T) {
	t.Parallel()
	if err := Defaults().Validate(); err != nil {
		t.Fatal(err)
	}
	o := Options{
		Rules: []string{"/does/not/exist"}, Lateness: -1, Entity: []string{""}, Episode: 1, Evidence: -1, UpdateInterval: unit.Duration(1),
	}
	text := o.Validate().Error()
	for _, want := range []string{
		"rules[0]: ", "workers: ", "partitions: ", "lateness: ", "entity[0]: ", "episode: ", "max_groups: ", "evidence: ",
		"update_interval: ", "snapshot_interval: ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not reported in:\n%s", want, text)
		}
	}
}
