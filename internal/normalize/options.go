package normalize

import (
	"errors"
	"fmt"
	"os"
	"sort"
	"strings"
	"time"

	"github.com/goshawk-siem/goshawk/internal/enrich"
	"github.com/goshawk-siem/goshawk/internal/format"
	"github.com/goshawk-siem/goshawk/internal/record"
	"github.com/goshawk-siem/goshawk/internal/unit"
)

// Options say how a normalizer works. The zero value is not valid; start from
// Defaults.
type Options struct {
	// Workers is how many batches are parsed at once. Default 8: more than
	// cores, because a worker also waits for JetStream.
	Workers int `yaml:"workers"`
	// MaxLine is the longest line that is parsed; a longer one becomes a dead
	// letter. Default 256KiB.
	MaxLine unit.Bytes `yaml:"max_line"`
	// Formats are files and folders of formats of your own, *.yml and *.yaml, as
	// docs/formats/own.md describes. They are read again when they change.
	// Default none.
	Formats []string `yaml:"formats"`
	// Enrich says what is added to events that their lines don't say. Default
	// nothing.
	Enrich enrich.Options `yaml:"enrich"`
}

// Sources says, per source, how its lines are read.
type Sources map[string]Source

// Source says how the lines of one source are read. The zero value is valid:
// the source's name, else the lines themselves, tell the format.
type Source struct {
	// Format is a format's name or "auto". Default: the source's name where
	// it names a format, else auto. A message's Goshawk-Format goes first.
	Format string `yaml:"format"`
	// Zone is the IANA time zone of times written without one, such as
	// "Europe/Berlin". Default UTC.
	Zone string `yaml:"zone"`
	// Columns are header lines for senders that send none: the #Fields line of
	// IIS, the #fields and #types lines of Zeek, the first line of a CSV file.
	// Header lines that arrive go first.
	Columns string `yaml:"columns"`
}

// Auto is the format that finds out.
const Auto = "auto"

// Defaults returns the options of a normalizer on a small machine.
func Defaults() Options { return Options{Workers: 8, MaxLine: record.MaxLine} }

// Validate reports every value that can't work, each with its key.
func (o Options) Validate() error {
	var errs []error
	if o.Workers < 1 || o.Workers > 1024 {
		errs = append(errs, fmt.Errorf("workers: must be 1 to 1024, is %d", o.Workers))
	}
	if o.MaxLine < 1<<10 || o.MaxLine > record.MaxDeadRaw {
		errs = append(errs, fmt.Errorf("max_line: must be 1KiB to %v, is %v", unit.Bytes(record.MaxDeadRaw), o.MaxLine))
	}
	for i, path := range o.Formats {
		if _, err := os.Stat(path); err != nil {
			errs = append(errs, fmt.Errorf("formats[%d]: can't be read: %v", i, err))
		}
	}
	if err := o.Enrich.Validate(); err != nil {
		for problem := range strings.SplitSeq(err.Error(), "\n") {
			errs = append(errs, fmt.Errorf("enrich.%s", problem))
		}
	}
	return errors.Join(errs...)
}

// Validate reports every source that can't work, each with its key. formats are
// the formats that sources may name; nil stands for those that only the files of
// users' own formats tell, so that any name may be one.
func (s Sources) Validate(formats *format.Set) error {
	names := make([]string, 0, len(s))
	for name := range s {
		names = append(names, name)
	}
	sort.Strings(names)
	var errs []error
	for _, name := range names {
		if err := record.CheckSource(name); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
		if f := s[name].Format; f != "" && f != Auto && !known(formats, f) {
			errs = append(errs, fmt.Errorf("%s.format: %q is not a format; expected auto or one of %s", name, f, strings.Join(formats.Names(), ", ")))
		}
		if err := s[name].checkColumns(formats, name); err != nil {
			errs = append(errs, err)
		}
		if _, err := time.LoadLocation(s[name].Zone); err != nil {
			errs = append(errs, fmt.Errorf("%s.zone: %q is not a time zone; expected a name such as Europe/Berlin or UTC", name, s[name].Zone))
		}
	}
	return errors.Join(errs...)
}

// checkColumns returns an error where the columns of s are of no format, or not
// of the one that lines of the source called name have.
func (s Source) checkColumns(formats *format.Set, name string) error {
	if s.Columns == "" {
		return nil
	}
	if s.Format != "" {
		name = s.Format
	}
	f, ok := format.Lookup(name)
	if !ok && formats != nil {
		f, _ = formats.Lookup(name)
	}
	if format.NewColumns(f, s.Columns).Format() != nil {
		return nil
	}
	if f != nil {
		return fmt.Errorf("%s.columns: %.60q does not name the columns of the format %s", name, s.Columns, f.Name)
	}
	return fmt.Errorf("%s.columns: %.60q are header lines of no format for sure; expected those of IIS, Zeek, VPC flow logs or CSV; name the format, too", name, s.Columns)
}

func known(formats *format.Set, name string) bool {
	if formats == nil {
		return true
	}
	_, ok := formats.Lookup(name)
	return ok
}
