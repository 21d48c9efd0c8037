package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/goshawk-siem/goshawk/internal/detect"
	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/format"
	"github.com/goshawk-siem/goshawk/internal/run"
	"github.com/goshawk-siem/goshawk/internal/sigma"
)

// loadedRule is a detection rule or a correlation.
type loadedRule struct {
	meta        *sigma.Meta
	rule        *sigma.Rule
	correlation *sigma.Correlation
}

// kind says which it is, and of a correlation its type.
func (l *loadedRule) kind() string {
	if l.correlation != nil {
		return string(l.correlation.Type)
	}
	return "detection"
}

// about is the log source, or what a correlation refers to.
func (l *loadedRule) about() string {
	if l.correlation != nil {
		return fmt.Sprintf("%d rules", len(l.correlation.Rules))
	}
	return l.rule.LogSource.String()
}

// all returns the rules and correlations of a set, in the order of their titles.
func allRules(set *detect.Set) []loadedRule {
	var out []loadedRule
	for _, r := range set.Rules() {
		out = append(out, loadedRule{meta: &r.Meta, rule: r})
	}
	for _, c := range set.Correlations() {
		out = append(out, loadedRule{meta: &c.Meta, correlation: c})
	}
	slices.SortStableFunc(out, func(a, b loadedRule) int { return strings.Compare(a.meta.Title, b.meta.Title) })
	return out
}

// findRule returns the rule whose id, name, title or file is text.
func findRule(set *detect.Set, text string) (loadedRule, error) {
	var found []loadedRule
	for _, l := range allRules(set) {
		m := l.meta
		if m.ID == text || m.Name == text || strings.EqualFold(m.Title, text) || m.Path == text || strings.HasSuffix(m.Path, "/"+text) {
			found = append(found, l)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return loadedRule{}, run.Usage(fmt.Errorf("no rule has the id, name, title or file %q; `goshawk rules list` shows those that there are", text))
	default:
		var ids []string
		for _, l := range found {
			ids = append(ids, l.meta.ID)
		}
		return loadedRule{}, run.Usage(fmt.Errorf("%q may be any of %d rules; name one by its id: %s", text, len(found), strings.Join(ids, ", ")))
	}
}

// chosenRules are the rules that a command is about.
type chosenRules struct {
	ruleFlags

	Rules []string `sep:"none" placeholder:"DIR" help:"Folder or file of rules, beside the shipped ones; may be given several times."`
}

func (c *chosenRules) load(change func(*detect.Options)) (*detect.Set, error) {
	options, err := c.options()
	if err != nil {
		return nil, err
	}
	if change != nil {
		change(&options)
	}
	set, _, err := detect.Load(options, c.sources(c.Rules)...)
	return set, run.Usage(err)
}

// rulesListCmd is `goshawk rules list`.
type rulesListCmd struct {
	chosenRules

	Level     string `placeholder:"LEVEL" help:"Only rules of this level or a higher one."`
	Tag       string `placeholder:"TAG" help:"Only rules with a tag that begins so, such as attack.t1059."`
	Logsource string `placeholder:"TEXT" help:"Only rules whose log source contains this text."`
	Output    string `enum:"table,json" default:"table" help:"table or json (one rule a line)."`
}

var levels = []string{"informational", "low", "medium", "high", "critical"}

// listedRule is a line of rules list.
type listedRule struct {
	ID     string   `json:"id"`
	Name   string   `json:"name,omitempty"`
	Title  string   `json:"title"`
	Level  string   `json:"level"`
	Status string   `json:"status,omitempty"`
	Kind   string   `json:"kind"`
	About  string   `json:"logsource"`
	Tags   []string `json:"tags,omitempty"`
	Path   string   `json:"path"`
}

// Run prints the rules that are loaded.
func (c *rulesListCmd) Run(a *app) error {
	least := 0
	if c.Level != "" {
		if least = slices.Index(levels, c.Level); least < 0 {
			return run.Usage(fmt.Errorf("--level: %q is not a level; expected one of %s", c.Level, strings.Join(levels, ", ")))
		}
	}
	set, err := c.load(nil)
	if err != nil {
		return err
	}
	var rows []listedRule
	for _, l := range allRules(set) {
		m := l.meta
		if slices.Index(levels, m.Level) < least || !hasTag(m.Tags, c.Tag) || !strings.Contains(l.about(), c.Logsource) {
			continue
		}
		rows = append(rows, listedRule{m.ID, m.Name, m.Title, m.Level, m.Status, l.kind(), l.about(), m.Tags, m.Path})
	}
	if c.Output == "json" {
		return printJSONLines(a.Stdout, rows)
	}
	t := newTable(a.Stdout, "LEVEL", "TITLE", "KIND", "LOG SOURCE", "ID")
	for _, r := range rows {
		t.row(r.Level, shorten(r.Title, 70), r.Kind, r.About, r.ID)
	}
	if err := t.flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.Stderr, "%d rules\n", len(rows))
	return err
}

func hasTag(tags []string, prefix string) bool {
	return prefix == "" || slices.ContainsFunc(tags, func(tag string) bool { return strings.HasPrefix(tag, prefix) })
}

// rulesShowCmd is `goshawk rules show`.
type rulesShowCmd struct {
	chosenRules

	Rule string `arg:"" help:"Id, name, title or file of a rule."`
}

// Run prints what a rule is and what it refers to.
func (c *rulesShowCmd) Run(a *app) error {
	set, err := c.load(nil)
	if err != nil {
		return err
	}
	l, err := findRule(set, c.Rule)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(a.Stdout)
	row := func(name, text string) {
		if text != "" {
			_, _ = fmt.Fprintf(w, "%-15s %s\n", name, printable([]byte(strings.Join(strings.Fields(text), " ")))) // w keeps its first error for Flush
		}
	}
	m := l.meta
	for _, pair := range [][2]string{
		{"title", m.Title},
		{"id", m.ID},
		{"name", m.Name},
		{"kind", l.kind()},
		{"level", m.Level},
		{"status", m.Status},
		{"description", m.Description},
		{"author", m.Author},
		{"date", m.Date},
		{"modified", m.Modified},
		{"tags", strings.Join(m.Tags, ", ")},
		{"references", strings.Join(m.References, ", ")},
		{"false positives", strings.Join(m.FalsePositives, "; ")},
		{"file", fmt.Sprintf("%s:%d", m.Path, m.Line)},
	} {
		row(pair[0], pair[1])
	}
	if l.rule != nil {
		row("log source", l.rule.LogSource.String())
		row("alerts", fmt.Sprint(l.rule.Emits))
	} else {
		describeCorrelation(row, set, l.correlation)
	}
	return w.Flush()
}

func describeCorrelation(row func(name, text string), set *detect.Set, c *sigma.Correlation) {
	row("group by", strings.Join(c.GroupBy, ", "))
	row("counts", strings.Join(c.Field, ", "))
	row("timespan", (time.Duration(c.TimespanMillis) * time.Millisecond).String())
	var tests []string
	for _, t := range c.Condition {
		tests = append(tests, fmt.Sprintf("%s %v", t.Operator, t.Value))
	}
	row("condition", strings.Join(tests, " and "))
	row("alerts", fmt.Sprint(c.Emits))
	for _, id := range c.Rules {
		title := id
		if r := set.Rule(id); r != nil {
			title = r.Title + " (" + id + ")"
		} else if inner := set.Correlation(id); inner != nil {
			title = inner.Title + " (" + id + ")"
		}
		row("refers to", title)
	}
}

// rulesExplainCmd is `goshawk rules explain`.
type rulesExplainCmd struct {
	chosenRules

	Format string `placeholder:"NAME" help:"The event is a log line of this format, or auto, instead of a JSON object."`
	Rule   string `arg:"" help:"Id, name, title or file of a detection rule."`
	Event  string `arg:"" default:"-" help:"File whose first line is the event; - is standard input."`
}

// Run says which parts of the rule match the event, on what values.
func (c *rulesExplainCmd) Run(a *app) error {
	set, err := c.load(func(o *detect.Options) { o.Explain, o.Foreign = true, c.Format == "" })
	if err != nil {
		return err
	}
	l, err := findRule(set, c.Rule)
	if err != nil {
		return err
	}
	if l.rule == nil {
		return run.Usage(fmt.Errorf("%q is a correlation; explain tells of detection rules", l.meta.Title))
	}
	line, err := firstEvent(c.Event, a.Stdin)
	if err != nil {
		return err
	}
	parts, applies, matched, err := c.parts(a, set, l.rule, line)
	if err != nil {
		return err
	}
	return printExplanation(a.Stdout, l.rule, parts, applies, matched)
}

func firstEvent(name string, stdin io.Reader) (string, error) {
	in := stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return "", run.Usage(err)
		}
		defer file.Close() //nolint:errcheck // nothing was written to it
		in = file
	}
	line, err := readWhole(bufio.NewReader(in))
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read %s: %w", name, err)
	}
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", run.Usage(errors.New("there is no event: the first line is empty"))
	}
	return line, nil
}

// parts evaluates the rule on the event.
func (c *rulesExplainCmd) parts(a *app, set *detect.Set, r *sigma.Rule, line string) (parts []sigma.Part, applies, matched bool, err error) {
	if c.Format == "" {
		matcher := set.NewForeign()
		if err := matcher.Parse(line); err != nil {
			return nil, false, false, run.Usage(fmt.Errorf("the event: %w; log lines need --format", err))
		}
		if !matcher.Applies(r) {
			return nil, false, false, nil
		}
		return matcher.Explain(r), true, slices.Contains(matcher.Match(nil), r), nil
	}
	formats, err := a.formats(nil)
	if err != nil {
		return nil, false, false, err
	}
	var e event.Event
	context := format.Context{Received: time.Now().UTC()}
	f, ok := formats.Lookup(c.Format)
	switch {
	case ok:
		err = f.Parse(line, &context, &e)
	case c.Format == format.AutoName:
		f, err = formats.Auto().Parse("explain", line, &context, &e)
	default:
		err = fmt.Errorf("--format: %q is no format", c.Format)
	}
	if err != nil {
		return nil, false, false, run.Usage(err)
	}
	f.Finish(line, &context, &e)
	matcher := set.NewMatcher()
	if !matcher.Applies(r, &e) {
		return nil, false, false, nil
	}
	return matcher.Explain(r, &e), true, slices.Contains(matcher.Match(&e, nil), r), nil
}

func printExplanation(out io.Writer, r *sigma.Rule, parts []sigma.Part, applies, matched bool) error {
	w := bufio.NewWriter(out)
	verdict := "does not match"
	switch {
	case matched:
		verdict = "matches"
	case !applies:
		verdict = "does not apply: none of the event's log sources is " + r.LogSource.String()
	}
	_, _ = fmt.Fprintf(w, "%s: %s\n", r.Title, verdict) // w keeps its first error for Flush
	for i := range parts {
		p := &parts[i]
		mark := "no "
		if p.Matched {
			mark = "yes"
		}
		if p.Item == "" {
			_, _ = fmt.Fprintf(w, "%s  %s\n", mark, p.Detection)
			continue
		}
		_, _ = fmt.Fprintf(w, "%s    %s:%d  %s%s\n", mark, r.Path, p.Line, p.Item, describeValues(p))
	}
	return w.Flush()
}

// describeValues says what the event has in an item's field.
func describeValues(p *sigma.Part) string {
	switch {
	case p.Item == "keywords" || strings.HasPrefix(p.Item, "|"):
		return ""
	case p.Values == nil:
		return ": the event has no such field"
	default:
		return ": " + shorten(printable([]byte(strings.Join(p.Values, ", "))), 200)
	}
}
