package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/goshawk-siem/goshawk/internal/detect"
	"github.com/goshawk-siem/goshawk/internal/format"
	"github.com/goshawk-siem/goshawk/internal/rules"
	"github.com/goshawk-siem/goshawk/internal/run"
	"github.com/goshawk-siem/goshawk/internal/sigma"
	"github.com/goshawk-siem/goshawk/internal/unit"
)

// detectCmd is `goshawk detect`: the contract is §13 of the requirements for
// Sigma, with raw log lines on top.
type detectCmd struct {
	Rules             []string      `sep:"none" placeholder:"DIR" help:"Folder or file of rules; may be given several times. Default: the shipped rules."`
	Events            string        `default:"-" placeholder:"FILE" help:"JSON objects, one a line; - is standard input."`
	Format            string        `placeholder:"NAME" help:"The lines are not JSON objects but logs of this format, or auto: they become events of the common schema first."`
	Zone              string        `default:"UTC" placeholder:"ZONE" help:"With --format: time zone of times that are written without one."`
	IgnoreLogsource   bool          `help:"Evaluate every rule on every event."`
	Correlation       bool          `default:"true" negatable:"" help:"Evaluate correlations."`
	Lateness          unit.Duration `default:"30s" help:"How far an event may lie behind the newest one and still count in a correlation."`
	IncludeDeprecated bool          `help:"Load rules of status deprecated and unsupported, too."`
	Placeholders      string        `placeholder:"FILE" help:"YAML map of placeholder name to list of values."`
	FieldMap          string        `placeholder:"FILE" help:"YAML map of the rules' field names to those of the events, a name or a list of names each; a map below the name of a taxonomy is that taxonomy's."`
	Explain           bool          `help:"Add to each match which detections and items of the rule matched, on what values."`
	Check             bool          `help:"Say of each rule document whether it loads, and read no events."`
	Strict            bool          `help:"Exit with 1 if any rule is rejected."`
	Threads           int           `default:"0" help:"How many cores to use; 0 is all. The output does not depend on it."`
	Logs              []string      `arg:"" optional:"" name:"log" help:"Files to read instead of --events, - for standard input."`
}

// Help is what kong prints below the usage.
func (c *detectCmd) Help() string {
	return `Matches are printed as JSON objects, one a line, in the order of the events; of one event detections before correlations,
then by rule id. Every match is printed: nothing is joined into alerts. "event" counts the input's lines from 0. An event's
member _logsource, an object or a list of objects with category, product and service, says which rules apply to it, and is
no part of it. A last line on standard error has the totals. Exit code: 0, also with matches and rejected rules; 1 with
--strict if a rule was rejected; 2 for a wrong command line; 3 for input that can't be read.`
}

// exitInput is the exit code for input that can't be read.
const exitInput = 3

// detectTotals is the last line on standard error.
type detectTotals struct {
	RulesLoaded   int   `json:"rules_loaded"`
	RulesRejected int   `json:"rules_rejected"`
	Events        int   `json:"events"`
	BadLines      int   `json:"bad_lines"`
	Matches       int   `json:"matches"`
	LoadMillis    int64 `json:"load_ms"`
	EvalMillis    int64 `json:"eval_ms"`
}

// Run loads the rules and prints what matches.
func (c *detectCmd) Run(ctx context.Context, a *app) error {
	start := time.Now()
	set, report, err := c.load()
	if err != nil {
		return run.Usage(err)
	}
	verdicts := verdictsOf(&report)
	totals := detectTotals{}
	for i := range verdicts {
		refuse(&verdicts[i], set)
		switch verdicts[i].Status {
		case string(sigma.Loaded), string(sigma.Warning):
			totals.RulesLoaded++
		case string(sigma.Rejected):
			totals.RulesRejected++
		}
	}
	totals.LoadMillis = time.Since(start).Milliseconds()
	start = time.Now()
	if c.Check {
		err = printChecks(a, verdicts)
	} else {
		err = c.detect(ctx, a, set, &totals)
	}
	if err != nil {
		return err
	}
	totals.EvalMillis = time.Since(start).Milliseconds()
	if err := json.NewEncoder(a.Stderr).Encode(totals); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	if c.Strict && totals.RulesRejected > 0 {
		return fmt.Errorf("%d rules were rejected", totals.RulesRejected)
	}
	return nil
}

func (c *detectCmd) load() (*detect.Set, detect.Report, error) {
	o := detect.Options{IncludeDeprecated: c.IncludeDeprecated, IgnoreLogSource: c.IgnoreLogsource, Foreign: c.Format == "", Explain: c.Explain}
	if err := c.readMaps(&o); err != nil {
		return nil, detect.Report{}, err
	}
	var sources []detect.Source
	if len(c.Rules) == 0 {
		o = o.WithPlaceholders(rules.Placeholders())
		sources = append(sources, detect.Source{Name: rules.Name, FS: rules.FS})
	}
	for _, path := range c.Rules {
		if _, err := os.Stat(path); err != nil {
			return nil, detect.Report{}, fmt.Errorf("--rules: %w", err)
		}
		sources = append(sources, detect.Dir(path))
	}
	return detect.Load(o, sources...)
}

// readMaps reads the files of --placeholders and --field-map.
func (c *detectCmd) readMaps(o *detect.Options) error {
	if c.Placeholders != "" {
		values, _, err := readNames(c.Placeholders)
		if err != nil {
			return fmt.Errorf("--placeholders: %w", err)
		}
		o.Placeholders = values
	}
	if c.FieldMap != "" {
		var err error
		if o.Fields, o.Taxonomies, err = readNames(c.FieldMap); err != nil {
			return fmt.Errorf("--field-map: %w", err)
		}
	}
	return nil
}

// readNames reads a YAML map of names to a text or a list of texts, or to maps of
// that kind.
func readNames(path string) (names map[string][]string, maps map[string]map[string][]string, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	var raw map[string]any
	if err := yaml.UnmarshalWithOptions(data, &raw, yaml.Strict()); err != nil {
		return nil, nil, fmt.Errorf("%s: expected a map of names: %w", path, err)
	}
	names, maps = map[string][]string{}, map[string]map[string][]string{}
	for name, value := range raw {
		inner, ok := value.(map[string]any)
		if !ok {
			if names[name], ok = texts(value); !ok {
				return nil, nil, fmt.Errorf("%s: %s: expected a text or a list of texts", path, name)
			}
			continue
		}
		maps[name] = map[string][]string{}
		for field, value := range inner {
			if maps[name][field], ok = texts(value); !ok {
				return nil, nil, fmt.Errorf("%s: %s.%s: expected a text or a list of texts", path, name, field)
			}
		}
	}
	return names, maps, nil
}

// texts returns a scalar, or a list of them, as texts.
func texts(value any) ([]string, bool) {
	switch v := value.(type) {
	case nil, map[string]any:
		return nil, false
	case []any:
		out := make([]string, 0, len(v))
		for _, one := range v {
			text, ok := texts(one)
			if !ok || len(text) != 1 {
				return nil, false
			}
			out = append(out, text[0])
		}
		return out, true
	default:
		return []string{fmt.Sprint(v)}, true
	}
}

// check is a line of --check.
type check struct {
	Path   string `json:"path"`
	RuleID string `json:"rule_id"`
	Status string `json:"status"`
	Reason string `json:"reason"`
}

func printChecks(a *app, verdicts []verdict) error {
	w := bufio.NewWriter(a.Stdout)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	for _, v := range verdicts {
		reason := v.Reason
		if v.Line > 0 && v.Status == string(sigma.Rejected) {
			reason = fmt.Sprintf("line %d, column %d: %s", v.Line, v.Column, v.Reason)
		}
		if err := encoder.Encode(check{v.Path, v.RuleID, v.Status, reason}); err != nil {
			return fmt.Errorf("print: %w", err)
		}
	}
	return w.Flush()
}

// detect reads the events and prints what matches.
func (c *detectCmd) detect(ctx context.Context, a *app, set *detect.Set, totals *detectTotals) error {
	threads := c.Threads
	if threads < 0 || threads > 1024 {
		return run.Usage(fmt.Errorf("--threads must be 0 to 1024, is %d", threads))
	}
	if threads == 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	// The error names correlations that were rejected, which --check tells.
	batch, _ := detect.NewBatch(set, c.Lateness.Std())
	if !c.Correlation {
		batch = detect.NewBatchOfDetections(set)
	}
	newReader, err := c.reader(a, set, batch)
	if err != nil {
		return run.Usage(err)
	}
	p := detection{batch: batch, out: bufio.NewWriterSize(a.Stdout, 64<<10), totals: totals, progress: newProgress(a)}
	files := c.Logs
	if len(files) == 0 {
		files = []string{c.Events}
	}
	err = p.files(ctx, files, a.Stdin, threads, newReader)
	p.progress.end()
	if err != nil {
		return run.WithCode(exitInput, err)
	}
	if err := p.print(batch.Close()); err != nil {
		return err
	}
	return p.out.Flush()
}

// eventReader turns a line into what it matches. Each belongs to one goroutine.
type eventReader func(line string, number int, m *detect.Match) error

// reader returns how lines are read: as foreign objects, or as logs.
func (c *detectCmd) reader(a *app, set *detect.Set, batch *detect.Batch) (func() eventReader, error) {
	if c.Format == "" {
		return func() eventReader { return foreignReader(set, batch, c.Explain) }, nil
	}
	formats, err := a.formats(nil)
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return nil, fmt.Errorf("--zone: %w; expected a name such as UTC or Europe/Berlin", err)
	}
	f, ok := formats.Lookup(c.Format)
	if !ok && c.Format != format.AutoName {
		return nil, fmt.Errorf("--format: %q is no format; expected auto or one of those that `goshawk formats list` prints", c.Format)
	}
	auto := formats.Auto()
	return func() eventReader { return logReader(set, batch, f, auto, zone, c.Explain) }, nil
}

func foreignReader(set *detect.Set, batch *detect.Batch, explain bool) eventReader {
	matcher := set.NewForeign()
	return func(line string, _ int, m *detect.Match) error {
		if err := matcher.Parse(line); err != nil {
			return err
		}
		m.Rules = matcher.Match(m.Rules)
		m.Time, _ = matcher.Time()
		if batch.Counts(m.Rules) {
			m.Fields = matcher.Fields(batch)
		}
		if explain {
			for _, r := range m.Rules {
				m.Explained = append(m.Explained, matcher.Explain(r))
			}
		}
		return nil
	}
}

// byRule sorts findings as they are printed: detections first, then by rule.
func byRule(findings []detect.Finding) {
	slices.SortStableFunc(findings, func(a, b detect.Finding) int {
		switch {
		case a.Correlation != b.Correlation && a.Correlation:
			return 1
		case a.Correlation != b.Correlation:
			return -1
		case a.Rule.ID < b.Rule.ID:
			return -1
		case a.Rule.ID > b.Rule.ID:
			return 1
		default:
			return 0
		}
	})
}
