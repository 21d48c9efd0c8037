package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/goshawk-siem/goshawk/cmd/internal/ruletest"
	"github.com/goshawk-siem/goshawk/internal/run"
)

// rulesTestCmd is `goshawk rules test`.
type rulesTestCmd struct {
	ruleFlags

	Rules   []string `type:"path" placeholder:"DIR" help:"Folders and files of rules; default: the given paths."`
	Formats []string `placeholder:"PATH" sep:"none" help:"File or folder of formats of your own, on top of those of the configuration; repeatable."`
	Alert   bool     `name:"print" help:"Print the alerts of every test, to be pasted into it."`
	Paths   []string `arg:"" name:"path" help:"Test files (*.txtar), and folders that hold them."`
}

// Run runs the tests and prints a line for each; with failures the alerts that
// are missing and those that are too many.
func (c *rulesTestCmd) Run(a *app) error {
	options, err := c.options()
	if err != nil {
		return err
	}
	files, err := ruletest.Find(c.Paths)
	if err != nil {
		return run.Usage(err)
	}
	if len(files) == 0 {
		return run.Usage(fmt.Errorf("rules test: no *.txtar in %s", strings.Join(c.Paths, ", ")))
	}
	formats, err := a.formats(c.Formats)
	if err != nil {
		return err
	}
	r := ruletest.Runner{Rules: c.Rules, NoShipped: !c.Shipped, Options: options, Formats: formats}
	if len(r.Rules) == 0 {
		r.Rules = folders(c.Paths)
	}
	failed := 0
	for _, f := range files {
		result, err := r.Run(f)
		if err != nil || result.Diff != "" {
			failed++
		}
		if err := c.print(a.Stdout, result, err); err != nil {
			return fmt.Errorf("print: %w", err)
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d rule tests fail", failed, len(files))
	}
	return nil
}

// folders returns the paths that are not test files: those have the rules too.
func folders(paths []string) []string {
	var out []string
	for _, path := range paths {
		if !strings.HasSuffix(path, ".txtar") {
			out = append(out, path)
		}
	}
	return out
}

func (c *rulesTestCmd) print(w io.Writer, result ruletest.Result, failure error) error {
	text := "ok    " + result.Path + "\n"
	switch {
	case failure != nil:
		text = "FAIL  " + result.Path + ": " + failure.Error() + "\n"
	case result.Diff != "":
		text = "FAIL  " + result.Path + ": alerts that are missing (-) and too many (+):\n" + indent(result.Diff)
	}
	if c.Alert {
		text += indent(strings.Join(result.Alerts, "\n"))
	}
	_, err := io.WriteString(w, text)
	return err
}

func indent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("      " + strings.TrimSuffix(line, "\n") + "\n")
	}
	return b.String()
}
