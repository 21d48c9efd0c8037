package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/goshawk-siem/goshawk/internal/run"
)

func TestDetectScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{Dir: filepath.Join("testdata", "detect"), UpdateScripts: *update, RequireExplicitExec: true})
}

const threadRules = `title: Even
id: even
logsource: {category: test}
detection: {selection: {even: true}, condition: selection}
---
title: Many
id: many
correlation: {type: value_count, rules: [even], group-by: [group], timespan: 10s, condition: {field: n, gte: 4}}
`

// detectWith runs the command over many chunks of lines.
func detectWith(t *testing.T, threads int) string {
	t.Helper()
	folder := t.TempDir()
	rules, events := filepath.Join(folder, "rules.yml"), filepath.Join(folder, "events.jsonl")
	var lines strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&lines, `{"_logsource":{"category":"test"},"timestamp":%d,"even":%v,"n":%d,"group":"g%d"}`+"\n", 1725532200+i/3, i%2 == 0, i%7, i%5)
	}
	for name, text := range map[string]string{rules: threadRules, events: lines.String()} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out, diag bytes.Buffer
	a := app{
		Args:   []string{"detect", "--rules", rules, "--events", events, "--threads", fmt.Sprint(threads)},
		Stdout: &out, Stderr: &diag, Env: func(string) (string, bool) { return "", false },
	}
	if err := a.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(diag.String(), `"events":5000,"bad_lines":0`) {
		t.Errorf("totals %s", diag.String())
	}
	return out.String()
}

func TestDetectOnManyThreadsIsTheSame(t *testing.T) {
	t.Parallel()
	one, many := detectWith(t, 1), detectWith(t, 7)
	if one != many {
		t.Error("the output depends on the number of threads")
	}
	if n := strings.Count(one, `"kind":"correlation"`); n < 10 || strings.Contains(one, `"kind":"detection"`) {
		t.Errorf("%d correlations fired; expected many, and nothing of the rule that they count:\n%.500s", n, one)
	}
}

func TestDetectExitCodes(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	rule := filepath.Join(folder, "a.yml")
	if err := os.WriteFile(rule, []byte("title: none\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		args []string
		want int
	}{
		{"rejected rules are no failure", []string{"--rules", folder}, 0},
		{"strict", []string{"--rules", folder, "--strict"}, 1},
		{"no rules", []string{"--rules", filepath.Join(folder, "none")}, 2},
		{"threads", []string{"--rules", folder, "--threads=-1"}, 2},
		{"no input", []string{"--rules", folder, "--events", filepath.Join(folder, "none")}, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out, diag bytes.Buffer
			a := app{Args: append([]string{"detect"}, tt.args...), Stdin: strings.NewReader(""), Stdout: &out, Stderr: &diag, Env: func(string) (string, bool) { return "", false }}
			if err := a.run(t.Context()); run.ExitCode(err) != tt.want {
				t.Errorf("%v gives exit code %d, want %d", err, run.ExitCode(err), tt.want)
			}
		})
	}
}
