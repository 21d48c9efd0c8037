package normalize

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"time"

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
	return errors.Join(errs...)
}

// Validate reports every source that can't work, each with its key.
func (s Sources) Validate() error {
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
		if f := s[name].Format; f != "" && f != Auto && !known(f) {
			errs = append(errs, fmt.Errorf("%s.format: %q is not a format; expected auto or one of %s", name, f, strings.Join(format.Names(), ", ")))
		}
		if _, err := time.LoadLocation(s[name].Zone); err != nil {
			errs = append(errs, fmt.Errorf("%s.zone: %q is not a time zone; expected a name such as Europe/Berlin or UTC", name, s[name].Zone))
		}
	}
	return errors.Join(errs...)
}

func known(name string) bool {
	_, ok := format.Lookup(name)
	return ok
}
