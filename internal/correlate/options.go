package correlate

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/goshawk-siem/goshawk/internal/unit"
)

// Options say how a correlator works. The zero value is not valid; start from
// Defaults.
type Options struct {
	// Rules are folders or files of Sigma rules that are loaded beside the
	// shipped ones. A change of a file is picked up by itself. Default none.
	Rules []string `yaml:"rules"`
	// Shipped loads the rules that ship with Goshawk. Default true.
	Shipped bool `yaml:"shipped"`
	// Placeholders give the values of %name% in rules, by name; they replace
	// the shipped ones of the same name. Default none.
	Placeholders map[string][]string `yaml:"placeholders"`
	// IncludeDeprecated loads rules of status deprecated and unsupported too.
	// Default false.
	IncludeDeprecated bool `yaml:"include_deprecated"`
	// Workers is how many batches of events are matched at once. Default 4:
	// more than cores, because a worker also waits for JetStream.
	Workers int `yaml:"workers"`
	// Partitions is how many parts the windows have, 1 to 256. It must be the
	// same in all processes; to change it, stop all of them first. Default 16.
	Partitions int `yaml:"partitions"`
	// Lateness is how far a log line may lie behind the newest one, by the
	// times in the logs, and still count in correlations. Default 30s.
	Lateness unit.Duration `yaml:"lateness"`
	// Entity are the fields that say whom an alert of a single rule is about;
	// those that the event has are used. A rule may name others under
	// goshawk.entity. Default source_ip, user_name, host_name.
	Entity []string `yaml:"entity"`
	// Episode is how long matches of a single rule for one entity belong to one
	// alert. Default 15m.
	Episode unit.Duration `yaml:"episode"`
	// MaxGroups is how many groups one rule keeps state for in one partition;
	// past it the least recently used one is forgotten. Default 100000.
	MaxGroups int `yaml:"max_groups"`
	// Evidence is how much memory one partition uses for the lines that alerts
	// show. Default 8MiB.
	Evidence unit.Bytes `yaml:"evidence"`
	// UpdateInterval is how often, at most, the growth of an alert is
	// published. Default 5s.
	UpdateInterval unit.Duration `yaml:"update_interval"`
	// SnapshotInterval is how often the state of a partition is saved. Default
	// 1m.
	SnapshotInterval unit.Duration `yaml:"snapshot_interval"`
}

// Defaults returns the options of a correlator on a small machine.
func Defaults() Options {
	return Options{
		Shipped: true, Workers: 4, Partitions: 16, Lateness: unit.Duration(30 * time.Second),
		Entity: []string{"source_ip", "user_name", "host_name"}, Episode: unit.Duration(15 * time.Minute),
		MaxGroups: 100_000, Evidence: 8 << 20,
		UpdateInterval: unit.Duration(5 * time.Second), SnapshotInterval: unit.Duration(time.Minute),
	}
}

// Validate reports every value that can't work, each with its key.
func (o Options) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	for i, path := range o.Rules {
		if _, err := os.Stat(path); err != nil {
			bad("rules[%d]: can't be read: %v", i, err)
		}
	}
	if o.Workers < 1 || o.Workers > 1024 {
		bad("workers: must be 1 to 1024, is %d", o.Workers)
	}
	if o.Partitions < 1 || o.Partitions > 256 {
		bad("partitions: must be 1 to 256, is %d", o.Partitions)
	}
	if o.Lateness < 0 || o.Lateness > unit.Duration(24*time.Hour) {
		bad("lateness: must be 0s to 24h, is %v", o.Lateness)
	}
	for i, name := range o.Entity {
		if name == "" {
			bad("entity[%d]: must name a field, is empty", i)
		}
	}
	if len(o.Entity) > maxGroupValues {
		bad("entity: must name at most %d fields, names %d", maxGroupValues, len(o.Entity))
	}
	if o.Episode < unit.Duration(time.Second) || o.Episode > unit.Duration(24*time.Hour) {
		bad("episode: must be 1s to 24h, is %v", o.Episode)
	}
	if o.MaxGroups < 1 {
		bad("max_groups: must be > 0, is %d", o.MaxGroups)
	}
	if o.Evidence < 0 {
		bad("evidence: must be >= 0, is %v", o.Evidence)
	}
	if o.UpdateInterval < unit.Duration(100*time.Millisecond) {
		bad("update_interval: must be >= 100ms, is %v", o.UpdateInterval)
	}
	if o.SnapshotInterval < unit.Duration(time.Second) {
		bad("snapshot_interval: must be >= 1s, is %v", o.SnapshotInterval)
	}
	return errors.Join(errs...)
}
