package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/goshawk-siem/goshawk/internal/detect"
	"github.com/goshawk-siem/goshawk/internal/rules"
	"github.com/goshawk-siem/goshawk/internal/run"
	"github.com/goshawk-siem/goshawk/internal/sigma"
)

// rulesCmd groups the commands about rules.
type rulesCmd struct {
	Check    rulesCheckCmd    `cmd:"" help:"Say of every rule document whether it loads, and if not, why and where."`
	Test     rulesTestCmd     `cmd:"" help:"Run rule tests: log lines in, alerts out."`
	List     rulesListCmd     `cmd:"" help:"List the rules that load."`
	Show     rulesShowCmd     `cmd:"" help:"Show one rule."`
	Explain  rulesExplainCmd  `cmd:"" help:"Say which parts of a rule match an event, on what values."`
	Coverage rulesCoverageCmd `cmd:"" help:"Print an ATT&CK Navigator layer of the rules."`
}

// ruleFlags choose the rules that a command is about.
type ruleFlags struct {
	Shipped           bool   `default:"true" negatable:"" help:"Load the shipped rules too, for correlations and filters to refer to."`
	IncludeDeprecated bool   `help:"Load rules of status deprecated and unsupported too."`
	Placeholders      string `type:"existingfile" placeholder:"FILE" help:"YAML map of placeholder name to list of values, on top of the shipped ones."`
}

// options returns how the rules are to be compiled.
func (f *ruleFlags) options() (detect.Options, error) {
	o := detect.Options{IncludeDeprecated: f.IncludeDeprecated}
	if f.Placeholders != "" {
		data, err := os.ReadFile(f.Placeholders)
		if err != nil {
			return o, run.Usage(fmt.Errorf("--placeholders: %w", err))
		}
		if err := yaml.UnmarshalWithOptions(data, &o.Placeholders, yaml.Strict()); err != nil {
			return o, run.Usage(fmt.Errorf("--placeholders: %s: expected a map of name to list of texts: %w", f.Placeholders, err))
		}
	}
	return o.WithPlaceholders(rules.Placeholders()), nil
}

// sources returns the shipped rules, if wanted, and those at paths.
func (f *ruleFlags) sources(paths []string) []detect.Source {
	var out []detect.Source
	if f.Shipped {
		out = append(out, detect.Source{Name: rules.Name, FS: rules.FS})
	}
	for _, path := range paths {
		out = append(out, detect.Dir(path))
	}
	return out
}

// rulesCheckCmd is `goshawk rules check`.
type rulesCheckCmd struct {
	ruleFlags

	Strict bool     `help:"Exit with 1 if any document is rejected."`
	Output string   `enum:"text,json" default:"text" help:"text or json, one line a document."`
	Paths  []string `arg:"" name:"dir" help:"Folders and files of rules."`
}

// verdict is what the command says about one document.
type verdict struct {
	Path   string `json:"path"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	RuleID string `json:"rule_id"`
	Title  string `json:"title,omitempty"`
	Status string `json:"status"`
	Reason string `json:"reason,omitempty"`
}

// Run prints one line per document and a summary on stderr.
func (c *rulesCheckCmd) Run(a *app) error {
	options, err := c.options()
	if err != nil {
		return err
	}
	set, report, err := detect.Load(options, c.sources(c.Paths)...)
	if err != nil {
		return run.Usage(err)
	}
	verdicts := verdictsOf(&report)
	for i := range verdicts {
		refuse(&verdicts[i], set)
	}
	count := map[string]int{}
	w := bufio.NewWriter(a.Stdout)
	for _, v := range verdicts {
		if c.Shipped && strings.HasPrefix(v.Path, rules.Name+"/") {
			continue
		}
		count[v.Status]++
		if err := v.print(w, c.Output); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	rejected := count[string(sigma.Rejected)]
	if _, err := fmt.Fprintf(a.Stderr, "%d loaded, %d of them with warnings; %d rejected, %d skipped\n",
		count[string(sigma.Loaded)]+count[string(sigma.Warning)], count[string(sigma.Warning)], rejected, count[string(sigma.Skipped)]); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	if c.Strict && rejected > 0 {
		return fmt.Errorf("%d rule documents are rejected", rejected)
	}
	return nil
}

// verdictsOf joins the diagnostics of each document into one verdict.
func verdictsOf(report *detect.Report) []verdict {
	var out []verdict
	var last *sigma.Diagnostic
	for i := range report.Diagnostics {
		d := &report.Diagnostics[i]
		if last == nil || d.Path != last.Path || d.Document != last.Document {
			out = append(out, verdict{Path: d.Path, Line: d.Line, Column: d.Column, RuleID: d.RuleID, Title: d.Title, Status: string(d.Status), Reason: d.Reason})
			last = d
			continue
		}
		v := &out[len(out)-1]
		if d.Status != sigma.Warning {
			v.Status, v.Line, v.Column = string(d.Status), d.Line, d.Column
		} else if v.Status == string(sigma.Loaded) {
			v.Status, v.Line, v.Column = string(sigma.Warning), d.Line, d.Column
		}
		v.Reason = strings.TrimPrefix(v.Reason+"; "+d.Reason, "; ")
	}
	return out
}

// refuse turns the verdict on a correlation that the windows can't evaluate into
// a rejection.
func refuse(v *verdict, set *detect.Set) {
	c := set.Correlation(v.RuleID)
	if c == nil || v.Status != string(sigma.Loaded) && v.Status != string(sigma.Warning) {
		return
	}
	if err := detect.CheckCorrelation(c); err != nil {
		v.Status, v.Reason = string(sigma.Rejected), err.Error()
	}
}

func (v *verdict) print(w *bufio.Writer, output string) error {
	if output == "json" {
		if err := json.NewEncoder(w).Encode(v); err != nil {
			return fmt.Errorf("print: %w", err)
		}
		return nil
	}
	name := v.Title
	if name == "" {
		name = v.RuleID
	}
	line := fmt.Sprintf("%-8s %s:%d:%d: %s", v.Status, v.Path, v.Line, v.Column, name)
	if v.Reason != "" {
		line += ": " + v.Reason
	}
	if _, err := fmt.Fprintln(w, line); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}
