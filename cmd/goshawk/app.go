package main

import (
	"context"
	"io"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/goshawk-siem/goshawk/cmd/internal/wire"
	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/config"
	"github.com/goshawk-siem/goshawk/internal/format"
	"github.com/goshawk-siem/goshawk/internal/run"
)

// app is what commands work with: the process's surroundings and what is read
// from them on demand.
type app struct {
	wire.Flags

	Args   []string
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	Env    func(string) (string, bool)
}

// Config reads the configuration: defaults, the file of --config, environment,
// flags. An error exits with run.ExitUsage.
func (a *app) Config() (config.Config, error) {
	return a.configOf(a.ConfigFile)
}

func (a *app) configOf(path string, more ...config.Setting) (config.Config, error) {
	c, err := config.Load(config.Input{Path: path, Env: a.Env, Flags: append(a.Settings(), more...)})
	return c, run.Usage(err)
}

// formats returns the built-in formats, those of the configuration where there is
// one, and those at paths.
func (a *app) formats(paths []string) (*format.Set, error) {
	if a.ConfigFile != "" {
		c, err := a.Config()
		if err != nil {
			return nil, err
		}
		paths = append(slices.Clone(c.Normalize.Formats), paths...)
	}
	set, err := format.LoadSet(paths...)
	return set, run.Usage(err)
}

// Bus connects to the configured NATS. The caller closes it. It makes no streams:
// a command that finds none says so.
func (a *app) Bus(ctx context.Context) (*bus.Bus, error) {
	c, err := a.Config()
	if err != nil {
		return nil, err
	}
	return bus.Connect(ctx, c.Bus, a.commandLogger(c), prometheus.NewRegistry())
}

// commandLogger logs warnings of a command for the person in front of it, in
// words rather than JSON; the services' info lines would only be in the way.
func (a *app) commandLogger(c config.Config) zerolog.Logger {
	options := run.LogOptions{Level: "warn", Format: run.LogConsole}
	if a.LogLevel != "" {
		options.Level = c.Log.Level
	}
	return run.NewLogger(options, a.Stderr, isTerminal(a.Stderr))
}

// isTerminal reports whether a person watches w: then progress and color help.
func isTerminal(w io.Writer) bool { return wire.IsTerminal(w) }
