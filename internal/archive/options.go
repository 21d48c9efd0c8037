package archive

import (
	"errors"
	"fmt"
	"time"

	"github.com/goshawk-siem/goshawk/internal/store"
	"github.com/goshawk-siem/goshawk/internal/unit"
)

// Options configure the archive service. The zero value is not valid; start from
// Defaults.
type Options struct {
	// Files says where the archive lies and how much of it is kept. An empty
	// folder stands for "archive" in the data folder.
	Files store.Options `yaml:"files"`
	// Commit is how long an event waits at most before its segment is written:
	// how soon it can be found, against how many small files there are. Default
	// 1s.
	Commit unit.Duration `yaml:"commit"`
	// CommitBytes is how many bytes of events are gathered at most, per shard.
	// Default 16MiB.
	CommitBytes unit.Bytes `yaml:"commit_bytes"`
	// Maintain is how often small segments are joined and old ones removed.
	// Default 10s.
	Maintain unit.Duration `yaml:"maintain"`
	// Queries is how many queries run at once; more wait. Default 4.
	Queries int `yaml:"queries"`
	// QueryTime is how long a query may take, waiting included. Default 30s.
	QueryTime unit.Duration `yaml:"query_time"`
}

// Defaults returns the options of a small installation.
func Defaults() Options {
	files := store.Defaults()
	files.Folder = ""
	return Options{
		Files: files, Commit: unit.Duration(time.Second), CommitBytes: 16 * unit.MiB,
		Maintain: unit.Duration(10 * time.Second), Queries: 4, QueryTime: unit.Duration(30 * time.Second),
	}
}

// Validate reports every value that can't work, each with its key. An empty
// folder is no problem yet: the configuration fills it.
func (o Options) Validate() error {
	var errs []error
	if o.Files.Folder == "" {
		o.Files.Folder = "archive"
	}
	for _, err := range unjoin(o.Files.Validate()) {
		errs = append(errs, fmt.Errorf("files.%w", err))
	}
	for _, d := range []struct {
		key   string
		value unit.Duration
		least time.Duration
	}{{"commit", o.Commit, 10 * time.Millisecond}, {"maintain", o.Maintain, 100 * time.Millisecond}, {"query_time", o.QueryTime, 100 * time.Millisecond}} {
		if time.Duration(d.value) < d.least {
			errs = append(errs, fmt.Errorf("%s: must be at least %v, is %v", d.key, d.least, d.value))
		}
	}
	if o.CommitBytes < 64*unit.KiB || o.CommitBytes > 256*unit.MiB {
		errs = append(errs, fmt.Errorf("commit_bytes: must be 64KiB to 256MiB, is %v", o.CommitBytes))
	}
	if o.Queries < 1 || o.Queries > 256 {
		errs = append(errs, fmt.Errorf("queries: must be 1 to 256, is %d", o.Queries))
	}
	return errors.Join(errs...)
}

func unjoin(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}
