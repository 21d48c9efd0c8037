package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/format"
	"github.com/goshawk-siem/goshawk/internal/run"
)

// formatsCmd groups the commands about formats.
type formatsCmd struct {
	List formatsListCmd `cmd:"" help:"List the formats there are."`
	Show formatsShowCmd `cmd:"" help:"Say what a format reads and what it fills."`
	Test formatsTestCmd `cmd:"" help:"Check format files of your own and run their samples."`
	New  formatsNewCmd  `cmd:"" help:"Draft a format file from sample lines."`
}

// formatsListCmd is `goshawk formats list`.
type formatsListCmd struct {
	Formats []string `placeholder:"PATH" sep:"none" help:"File or folder of formats of your own, on top of those of the configuration; repeatable."`
}

// Run prints a line per format.
func (c *formatsListCmd) Run(a *app) error {
	set, err := a.formats(c.Formats)
	if err != nil {
		return err
	}
	files := make(map[string]string)
	for _, o := range set.Own() {
		files[o.Name] = o.File
	}
	w := tabwriter.NewWriter(a.Stdout, 0, 8, 2, ' ', 0)
	for _, name := range set.Names() {
		f, _ := set.Lookup(name)
		if _, err := fmt.Fprintf(w, "%s\t%s\t%s\n", name, f.Title, files[name]); err != nil {
			return fmt.Errorf("print: %w", err)
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// formatsShowCmd is `goshawk formats show`.
type formatsShowCmd struct {
	Formats []string `placeholder:"PATH" sep:"none" help:"File or folder of formats of your own, on top of those of the configuration; repeatable."`
	Name    string   `arg:"" help:"Name of the format."`
}

// Run prints what the format is and what it makes of its samples.
func (c *formatsShowCmd) Run(a *app) error {
	set, err := a.formats(c.Formats)
	if err != nil {
		return err
	}
	f, ok := set.Lookup(c.Name)
	if !ok {
		return run.Usage(fmt.Errorf("formats show: there is no format %q; there are %s", c.Name, strings.Join(set.Names(), ", ")))
	}
	origin := "built in; docs/formats/" + f.Name + ".md says more"
	for _, o := range set.Own() {
		if o.Name == f.Name {
			origin = o.File
		}
	}
	summary := set.Summarize(f)
	w := bufio.NewWriter(a.Stdout)
	_, _ = fmt.Fprintf(w, "%s: %s\n\n", f.Name, f.Title)
	printWrapped(w, "", f.Doc)
	_, _ = fmt.Fprintf(w, "\n  from:         %s\n", origin)
	_, _ = fmt.Fprintf(w, "  samples:      %d\n", summary.Lines)
	printWrapped(w, "  event types:  ", strings.Join(summary.EventTypes, " "))
	printWrapped(w, "  log sources:  ", strings.Join(summary.Sources, " "))
	printWrapped(w, "  fields:       ", strings.Join(summary.Fields, " "))
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// printWrapped prints the words of text in lines of at most 100 bytes, the first
// behind label, the others below it.
func printWrapped(w io.Writer, label, text string) {
	const width = 100
	if text == "" {
		return
	}
	line := label
	empty := true
	for word := range strings.FieldsSeq(text) {
		if !empty && len(line)+1+len(word) > width {
			_, _ = fmt.Fprintln(w, line) // what w is flushed to tells of errors
			line, empty = strings.Repeat(" ", len(label)), true
		}
		if !empty {
			line += " "
		}
		line += word
		empty = false
	}
	_, _ = fmt.Fprintln(w, line)
}

// formatsTestCmd is `goshawk formats test`.
type formatsTestCmd struct {
	Verbose bool     `short:"v" help:"Print the event of every sample."`
	Paths   []string `arg:"" optional:"" name:"path" help:"Files and folders of formats. Default: those of the configuration."`
}

// Run checks the files, runs their samples and ends with exit code 1 where one
// fails.
func (c *formatsTestCmd) Run(a *app) error {
	paths := c.Paths
	if len(paths) == 0 && a.ConfigFile != "" {
		conf, err := a.Config()
		if err != nil {
			return err
		}
		paths = conf.Normalize.Formats
	}
	if len(paths) == 0 {
		return run.Usage(errors.New("formats test: no files; name files or folders of formats, or give --config"))
	}
	set, err := format.LoadSet(paths...)
	if err != nil {
		return run.Usage(err)
	}
	t := formatsTest{out: bufio.NewWriter(a.Stdout), auto: set.Auto(), verbose: c.Verbose}
	for _, o := range set.Own() {
		t.format(o)
	}
	if err := t.out.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	if _, err := fmt.Fprintf(a.Stderr, "%d formats, %d samples, %d failed\n", len(set.Own()), t.samples, t.failed); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	if t.failed > 0 {
		return fmt.Errorf("%d samples failed", t.failed)
	}
	return nil
}

// formatsTest is one run of the samples.
type formatsTest struct {
	out             *bufio.Writer
	auto            *format.Auto
	verbose         bool
	samples, failed int
}

func (t *formatsTest) format(o *format.Own) {
	bad := 0
	for i := range o.Samples {
		t.samples++
		s := &o.Samples[i]
		wrong := s.Check(o)
		if len(wrong) > 0 {
			bad++
		}
		for _, text := range wrong {
			t.printf("FAIL %s:%d: %s\n", o.File, s.Number, text)
		}
		if t.verbose || len(wrong) > 0 {
			t.event(o, s)
		}
		t.chosen(o, s)
	}
	t.failed += bad
	switch {
	case len(o.Samples) == 0:
		t.printf("ok   %s: %s has no samples\n", o.File, o.Name)
	case bad == 0:
		t.printf("ok   %s: %s, %d samples\n", o.File, o.Name, len(o.Samples))
	}
}

// event prints what becomes of a sample.
func (t *formatsTest) event(o *format.Own, s *format.OwnSample) {
	var e event.Event
	if o.Parse(s.Line, &s.Context, &e) != nil {
		return
	}
	o.Finish(s.Line, &s.Context, &e)
	t.printf("     %s\n", e.AppendJSON(nil))
}

// chosen says where auto takes a sample for another format's: no failure, but
// good to know.
func (t *formatsTest) chosen(o *format.Own, s *format.OwnSample) {
	if s.Refused {
		return
	}
	var e event.Event
	f, err := t.auto.Parse(o.File, s.Line, &s.Context, &e)
	switch {
	case err != nil:
		t.printf("note %s:%d: auto does not recognize the line; give match hints, or name the format in the configuration of its source\n", o.File, s.Number)
	case f.Name != o.Name && e.Text(event.Format) != o.Name:
		t.printf("note %s:%d: auto takes the line for %s; give match hints with a higher score, or name the format in the configuration of its source\n", o.File, s.Number, f.Name)
	}
}

func (t *formatsTest) printf(text string, args ...any) {
	_, _ = fmt.Fprintf(t.out, text, args...) // Flush tells of errors
}

// formatsNewCmd is `goshawk formats new`.
type formatsNewCmd struct {
	FromSamples string `required:"" placeholder:"FILE" help:"File of sample lines, - for standard input."`
	Name        string `placeholder:"NAME" help:"Name of the format. Default: that of the file."`
	Output      string `short:"o" placeholder:"FILE" help:"File to write, which must not be there yet. Default: standard output."`
}

// maxSampleBytes is how much of a file of samples is read.
const maxSampleBytes = 4 << 20

// Run writes the draft.
func (c *formatsNewCmd) Run(a *app) error {
	in := a.Stdin
	name := c.Name
	if c.FromSamples != "-" {
		file, err := os.Open(c.FromSamples)
		if err != nil {
			return fmt.Errorf("formats new: %w", err)
		}
		defer file.Close() //nolint:errcheck // nothing was written to it
		in = file
		if name == "" {
			name = formatName(c.FromSamples)
		}
	}
	if name == "" {
		name = "my_format"
	}
	data, err := io.ReadAll(io.LimitReader(in, maxSampleBytes))
	if err != nil {
		return fmt.Errorf("formats new: read samples: %w", err)
	}
	text, err := format.Draft(name, wholeLines(string(data)), time.Now())
	if err != nil {
		return run.Usage(fmt.Errorf("formats new: %w", err))
	}
	if c.Output == "" {
		_, err = io.WriteString(a.Stdout, text)
		return err
	}
	out, err := os.OpenFile(c.Output, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644) //nolint:gosec // a configuration file, without secrets
	if err != nil {
		return fmt.Errorf("formats new: %w", err)
	}
	_, err = io.WriteString(out, text)
	return errors.Join(err, out.Close())
}

// wholeLines cuts text into lines and leaves out a last one that was cut off.
func wholeLines(text string) []string {
	lines := strings.Split(text, "\n")
	if len(text) == maxSampleBytes {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// formatName makes a format's name of a file's.
func formatName(path string) string {
	base := filepath.Base(path)
	base = strings.ToLower(strings.TrimSuffix(base, filepath.Ext(base)))
	clean := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, base)
	return strings.TrimLeft(clean, "_0123456789")
}
