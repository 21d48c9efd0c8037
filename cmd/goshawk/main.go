// Command goshawk runs the whole product in one process and is the operator's
// tool for everything else: parsing, searching, alerts, dead letters, rules.
package main

import (
	"context"
	"errors"
	"os"

	"github.com/alecthomas/kong"

	"github.com/goshawk-siem/goshawk/cmd/internal/wire"
	"github.com/goshawk-siem/goshawk/internal/run"
)

// cli is the command line. Each command has a file of its own.
type cli struct {
	wire.Flags

	Run     runCmd     `cmd:"" help:"Run everything, NATS server included, in this process."`
	Demo    demoCmd    `cmd:"" help:"Send a small attack into a temporary instance and print its alerts."`
	Config  configCmd  `cmd:"" help:"Check or show the configuration."`
	Parse   parseCmd   `cmd:"" help:"Parse log lines and print them as events."`
	Formats formatsCmd `cmd:"" help:"List, show, test and draft formats."`
	Detect  detectCmd  `cmd:"" help:"Match events or log lines against Sigma rules, offline."`
	Dead    deadCmd    `cmd:"" help:"List, show and replay lines that could not be read."`
	Alerts  alertsCmd  `cmd:"" help:"Follow, list and show alerts."`
	Bench   benchCmd   `cmd:"" help:"Measure what the whole pipeline carries on this machine."`
	Send    sendCmd    `cmd:"" help:"Send log files to Goshawk."`
	Search  searchCmd  `cmd:"" help:"Search the archive."`
	Rules   rulesCmd   `cmd:"" help:"Check and test rules."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

func main() {
	a := app{Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Env: os.LookupEnv}
	os.Exit(run.Main("goshawk", os.Stderr, a.run))
}

// run parses the command line and runs the command that it names.
func (a *app) run(ctx context.Context) error {
	args := a.Args
	if len(args) == 0 {
		args = []string{"--help"}
	}
	var c cli
	parsed, err := wire.ParseFlags(&c, "goshawk", "Goshawk, a SIEM on NATS JetStream.", args, a.Stdout,
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(a))
	if errors.Is(err, wire.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	a.Flags = c.Flags
	return parsed.Run()
}
