package main

import (
	"context"
	"io"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"golang.org/x/term"

	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/config"
	"github.com/goshawk-siem/goshawk/internal/run"
)

// Config reads the configuration: defaults, the file of --config, environment,
// flags. An error exits with run.ExitUsage.
func (a *app) Config() (config.Config, error) {
	return a.configOf(a.ConfigFile)
}

func (a *app) configOf(path string) (config.Config, error) {
	c, err := config.Load(config.Input{Path: path, Env: a.Env, Flags: a.flags()})
	return c, run.Usage(err)
}

func (a *app) flags() []config.Setting {
	var out []config.Setting
	if a.NATS != "" {
		out = append(out, config.Setting{Origin: "--nats", Key: "bus.url", Value: a.NATS})
	}
	if a.LogLevel != "" {
		out = append(out, config.Setting{Origin: "--log-level", Key: "log.level", Value: a.LogLevel})
	}
	return out
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
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
