// Package config reads the product's one configuration file and checks it.
//
// A configuration is made of, each winning over the one before it: defaults, a
// YAML file, environment variables, flags. Reading is strict: unknown keys, wrong
// types and bad values are errors, and all of them are reported at once, each with
// its place (Problems). The package knows the options of every service and checks
// what spans several; what a section means is said beside the code that uses it.
// Nothing here is safe for concurrent changes; a Config is a plain value.
package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"

	"github.com/goshawk-siem/goshawk/internal/archive"
	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/correlate"
	"github.com/goshawk-siem/goshawk/internal/format"
	"github.com/goshawk-siem/goshawk/internal/ingest"
	"github.com/goshawk-siem/goshawk/internal/normalize"
	"github.com/goshawk-siem/goshawk/internal/run"
)

// Config is the whole configuration. The zero value is not valid; start from
// Defaults or use Load.
type Config struct {
	// DataDir is the folder for everything that is kept on disk. Default
	// "./data", relative to the working directory.
	DataDir string `yaml:"data_dir"`
	// Log says what is logged and how.
	Log run.LogOptions `yaml:"log"`
	// Ops configures metrics, health and profiles over HTTP.
	Ops run.OpsOptions `yaml:"ops"`
	// Bus says which NATS to use and how the streams on it are made.
	Bus bus.Options `yaml:"bus"`
	// Server is the NATS server inside `goshawk run`. The other commands and the
	// separate services do not start one.
	Server bus.ServerOptions `yaml:"server"`
	// Sources says, by source, how its lines are read.
	Sources normalize.Sources `yaml:"sources"`
	// Ingest configures what takes lines in.
	Ingest ingest.Options `yaml:"ingest"`
	// Normalize configures what turns lines into events.
	Normalize normalize.Options `yaml:"normalize"`
	// Correlate configures what runs the rules.
	Correlate correlate.Options `yaml:"correlate"`
	// Archive configures what keeps events and alerts and answers searches.
	Archive archive.Options `yaml:"archive"`
}

// Defaults returns the configuration that an empty file gives.
func Defaults() Config {
	return Config{
		DataDir:   "./data",
		Log:       run.DefaultLog(),
		Ops:       run.DefaultOps(),
		Bus:       bus.Defaults(),
		Server:    bus.ServerDefaults(),
		Ingest:    ingest.Defaults(),
		Normalize: normalize.Defaults(),
		Correlate: correlate.Defaults(),
		Archive:   archive.Defaults(),
	}
}

// section is a part of the configuration that checks itself.
type section struct {
	key     string
	options interface{ Validate() error }
}

func (c *Config) sections() []section {
	return []section{
		{"log", c.Log},
		{"ops", c.Ops},
		{"bus", c.Bus},
		{"server", c.Server},
		{"sources", c.sourcesSection()},
		{"ingest", c.Ingest},
		{"normalize", c.Normalize},
		{"correlate", c.Correlate},
		{"archive", c.Archive},
	}
}

// checkedSources are sources with the formats that they may name.
type checkedSources struct {
	normalize.Sources

	formats *format.Set
}

// Validate reports every source that can't work.
func (s checkedSources) Validate() error { return s.Sources.Validate(s.formats) }

// sourcesSection leaves names of formats to Formats where there are files
// of users' own: most commands don't need to read these.
func (c *Config) sourcesSection() checkedSources {
	if len(c.Normalize.Formats) > 0 {
		return checkedSources{Sources: c.Sources}
	}
	return checkedSources{Sources: c.Sources, formats: format.BuiltIn()}
}

// Formats reads the users' own formats and returns them with the built-in ones.
// Sources that name neither are an error too.
func (c *Config) Formats() (*format.Set, error) {
	set, err := format.LoadSet(c.Normalize.Formats...)
	if err != nil {
		return nil, err
	}
	if err := c.Sources.Validate(set); err != nil {
		return nil, fmt.Errorf("sources: %w", err)
	}
	return set, nil
}

// Validate reports every value that can't work, joined, each text starting with
// its key's path: "bus.shards: must be 1 to 256, is 0".
func (c *Config) Validate() error {
	var errs []error
	if c.DataDir == "" {
		errs = append(errs, errors.New("data_dir: must not be empty; expected a folder such as ./data"))
	}
	for _, s := range c.sections() {
		for _, err := range leaves(s.options.Validate()) {
			errs = append(errs, fmt.Errorf("%s.%w", s.key, err))
		}
	}
	return errors.Join(errs...)
}

// Resolve fills what follows from other keys: folders that are not named lie in
// the data folder. Load has done it; doing it again changes nothing.
func (c *Config) Resolve() {
	if c.Ingest.StateDir == "" {
		c.Ingest.StateDir = filepath.Join(c.DataDir, "ingest")
	}
	if c.Archive.Files.Folder == "" {
		c.Archive.Files.Folder = filepath.Join(c.DataDir, "archive")
	}
}

// ServerDir returns the folder in which the NATS server of `goshawk run` keeps its
// streams.
func (c *Config) ServerDir() string { return filepath.Join(c.DataDir, "nats") }

// leaves returns the errors that were joined into err, however often.
func leaves(err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var out []error
	for _, e := range joined.Unwrap() {
		out = append(out, leaves(e)...)
	}
	return out
}

// root returns the configuration for reading and writing by reflection.
func (c *Config) root() reflect.Value { return reflect.ValueOf(c).Elem() }
