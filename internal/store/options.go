package store

import (
	"errors"
	"fmt"

	"github.com/goshawk-siem/goshawk/internal/unit"
)

// Options say where the archive lies and how much of it is kept. The zero value
// is not valid; start from Defaults.
type Options struct {
	// Folder holds the archive. Several processes may share it. Default
	// data/archive.
	Folder string `yaml:"folder"`
	// Retention is how long events and alerts are kept after they were ingested;
	// 0 keeps them for ever. Whole hours go, oldest first. Default 30d.
	Retention unit.Duration `yaml:"retention"`
	// MaxBytes is the size above which the oldest hours go, whatever their age;
	// 0 is no limit. Default 0.
	MaxBytes unit.Bytes `yaml:"max_bytes"`
	// SegmentBytes is the size up to which compaction joins segments. Default
	// 64MiB.
	SegmentBytes unit.Bytes `yaml:"segment_bytes"`
	// DedupBatches is how many batches of a shard are remembered to recognize
	// repeats, at about 30 bytes each. Default 200000.
	DedupBatches int `yaml:"dedup_batches"`
}

// Defaults returns the options of a small installation.
func Defaults() Options {
	return Options{
		Folder: "data/archive", Retention: 30 * unit.Day, SegmentBytes: 64 * unit.MiB, DedupBatches: 200_000,
	}
}

// Validate reports every value that can't work, each with its key.
func (o Options) Validate() error {
	var errs []error
	if o.Folder == "" {
		errs = append(errs, errors.New("folder: must not be empty; expected the path of the archive's folder"))
	}
	if o.Retention < 0 {
		errs = append(errs, fmt.Errorf("retention: must be 0 or more, is %v", o.Retention))
	}
	if o.MaxBytes < 0 {
		errs = append(errs, fmt.Errorf("max_bytes: must be 0 or more, is %v", o.MaxBytes))
	}
	if o.SegmentBytes < unit.MiB || o.SegmentBytes > unit.GiB {
		errs = append(errs, fmt.Errorf("segment_bytes: must be 1MiB to 1GiB, is %v", o.SegmentBytes))
	}
	if o.DedupBatches < 1000 || o.DedupBatches > 100_000_000 {
		errs = append(errs, fmt.Errorf("dedup_batches: must be 1000 to 100000000, is %d", o.DedupBatches))
	}
	return errors.Join(errs...)
}
