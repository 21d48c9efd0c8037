// Package ruletest runs the tests of rules: log lines or events in, alerts out,
// one txtar file per test.
//
//	What the test shows, in words.
//	-- received --
//	2024-09-05T12:00:00Z
//	-- rules --
//	title: more rules, such as filters, for this test only
//	-- log sshd --
//	Sep  5 10:30:00 web01 sshd[7]: Failed password for root from 198.51.100.7 port 22 ssh2
//	-- events --
//	{"event_type":"FIREWALL", …}
//	-- alerts --
//	8 ssh_brute_force source_ip=198.51.100.7 value=8
//
// Sections "log FORMAT" and "events" may occur several times and are one stream
// in the order of the file. An alert is the number of the line that completed
// it, counted from 1 over all of them, the rule's name (or its id), and for a
// correlation the group and the value; in that order, one a line.
package ruletest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/goshawk-siem/goshawk/internal/detect"
	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/format"
	"github.com/goshawk-siem/goshawk/internal/rules"
	"github.com/goshawk-siem/goshawk/internal/sigma"
)

// Lateness is how far an event may be behind the newest one and still count, as
// in the service unless it is configured otherwise.
const Lateness = 30 * time.Second

// Runner runs tests over a collection of rules.
type Runner struct {
	// Rules are the folders and files whose rules are under test.
	Rules []string
	// NoShipped leaves the shipped rules out. They are loaded otherwise, for
	// correlations and filters to refer to, and their own alerts do not count
	// as long as there are Rules; without any, they are what is tested.
	NoShipped bool
	// Options say how rules are compiled. Placeholders of shipped rules must
	// be among them.
	Options detect.Options
	// Formats are those that tests name. Default the built-in ones.
	Formats *format.Set
}

// Result is what became of one test.
type Result struct {
	Path string
	// Diff is empty if the test passed; else it shows the alerts that are
	// missing (-) and those that are too many (+).
	Diff string
	// Alerts are the alerts there were.
	Alerts []string
}

// Find returns the test files (*.txtar) among paths and below the folders among
// them, sorted.
func Find(paths []string) ([]string, error) {
	var out []string
	for _, path := range paths {
		err := filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && filepath.Ext(name) == ".txtar" {
				out = append(out, name)
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("find rule tests: %w", err)
		}
	}
	sort.Strings(out)
	return out, nil
}

// Run runs the test in the file at path.
func (r *Runner) Run(path string) (Result, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Result{}, fmt.Errorf("read rule test: %w", err)
	}
	t := test{runner: r, received: time.Date(2024, 9, 5, 12, 0, 0, 0, time.UTC)}
	result, err := t.run(txtar.Parse(data))
	result.Path = path
	if err != nil {
		return result, fmt.Errorf("rule test %s: %w", path, err)
	}
	return result, nil
}

// test is one run.
type test struct {
	runner   *Runner
	received time.Time
	own      map[string]bool // ids of the rules whose alerts count
	batch    *detect.Batch
	line     int
	alerts   []string
}

func (t *test) run(a *txtar.Archive) (Result, error) {
	want, stream, extra, err := t.sections(a)
	if err != nil {
		return Result{}, err
	}
	if err := t.load(extra); err != nil {
		return Result{}, err
	}
	for _, f := range stream {
		if err := t.feed(f); err != nil {
			return Result{}, err
		}
	}
	t.note(t.batch.Close())
	return Result{Alerts: t.alerts, Diff: diff(want, t.alerts)}, nil
}

func (t *test) sections(a *txtar.Archive) (want []string, stream []txtar.File, extra []byte, err error) {
	seen := false
	for _, f := range a.Files {
		switch kind, _, _ := strings.Cut(f.Name, " "); kind {
		case "received":
			if t.received, err = time.Parse(time.RFC3339, strings.TrimSpace(string(f.Data))); err != nil {
				return nil, nil, nil, fmt.Errorf("section received: %w", err)
			}
		case "rules":
			extra = f.Data
		case "log", "events":
			stream = append(stream, f)
		case "alerts":
			want, seen = strings.FieldsFunc(string(f.Data), func(r rune) bool { return r == '\n' || r == '\r' }), true
		default:
			return nil, nil, nil, fmt.Errorf("section %q; expected received, rules, log FORMAT, events or alerts", f.Name)
		}
	}
	if !seen {
		return nil, nil, nil, errors.New("there is no section alerts; leave it empty when none are expected")
	}
	return want, stream, extra, nil
}

// load compiles shipped rules, those under test and those of the test itself.
func (t *test) load(extra []byte) error {
	var sources []detect.Source
	if !t.runner.NoShipped {
		sources = append(sources, detect.Source{Name: rules.Name, FS: rules.FS})
	}
	for _, path := range t.runner.Rules {
		sources = append(sources, detect.Dir(path))
	}
	files, err := detect.Read(sources...)
	if err != nil {
		return err
	}
	files = append(files, sigma.File{Path: "section rules", Data: extra})
	set, diagnostics := detect.Compile(t.runner.Options, files)
	t.own = map[string]bool{}
	for _, d := range diagnostics {
		shipped := strings.HasPrefix(d.Path, rules.Name+"/")
		if d.Status == sigma.Rejected {
			return fmt.Errorf("rule is rejected: %s", d)
		}
		t.own[d.RuleID] = t.own[d.RuleID] || !shipped || len(t.runner.Rules) == 0
	}
	t.batch, err = detect.NewBatch(set, Lateness)
	return err
}

// feed gives a section's lines to the batch.
func (t *test) feed(f txtar.File) error {
	kind, name, _ := strings.Cut(f.Name, " ")
	parse, err := t.parser(kind, strings.TrimSpace(name))
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(f.Data)) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			continue
		}
		t.line++
		var e event.Event
		if err := parse(line, &e); err != nil {
			return fmt.Errorf("line %d: %w", t.line, err)
		}
		t.note(t.batch.Add(&e))
	}
	return nil
}

func (t *test) parser(kind, name string) (func(string, *event.Event) error, error) {
	if kind == "events" {
		return func(line string, e *event.Event) error { return e.DecodeJSON(line) }, nil
	}
	formats := t.runner.Formats
	if formats == nil {
		formats = format.BuiltIn()
	}
	f, ok := formats.Lookup(name)
	if !ok {
		return nil, fmt.Errorf("section %q: there is no format %q; there are %s", "log "+name, name, strings.Join(formats.Names(), ", "))
	}
	c := &format.Context{Received: t.received}
	return func(line string, e *event.Event) error {
		if err := f.Parse(line, c, e); err != nil {
			return err
		}
		f.Finish(line, c, e)
		return nil
	}, nil
}

// note writes findings down as the alerts section has them.
func (t *test) note(findings []detect.Finding) {
	for _, f := range findings {
		if !t.own[f.Rule.ID] {
			continue
		}
		name := f.Rule.Name
		if name == "" {
			name = f.Rule.ID
		}
		var b strings.Builder
		fmt.Fprintf(&b, "%d %s", f.Event+1, name)
		for _, g := range f.Group {
			fmt.Fprintf(&b, " %s=%s", g.Name, g.Value)
		}
		if f.Correlation {
			fmt.Fprintf(&b, " value=%g", f.Value)
		}
		t.alerts = append(t.alerts, b.String())
	}
}

// diff returns the lines of want that got lacks and the other way round, each
// counted as often as it occurs.
func diff(want, got []string) string {
	count := map[string]int{}
	for _, line := range got {
		count[line]++
	}
	var b strings.Builder
	for _, line := range want {
		if count[line] == 0 {
			b.WriteString("- " + line + "\n")
			continue
		}
		count[line]--
	}
	for _, line := range got {
		if count[line] > 0 {
			count[line]--
			b.WriteString("+ " + line + "\n")
		}
	}
	return b.String()
}
