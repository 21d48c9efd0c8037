// Command goshawk runs the whole product in one process and is the operator's
// tool for everything else: parsing, searching, alerts, dead letters, rules.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"

	"github.com/goshawk-siem/goshawk/internal/run"
)

// cli is the command line. Each command has a file of its own.
type cli struct {
	globals

	Config  configCmd  `cmd:"" help:"Check or show the configuration."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

func main() {
	a := app{Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Env: os.LookupEnv}
	os.Exit(run.Main("goshawk", os.Stderr, a.run))
}

// run parses the command line and runs the command that it names.
func (a *app) run(ctx context.Context) error {
	var c cli
	exit := -1
	parser, err := kong.New(&c, kong.Name("goshawk"),
		kong.Description("Goshawk, a SIEM on NATS JetStream."),
		kong.Writers(a.Stdout, a.Stderr), kong.Exit(func(code int) { exit = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(a))
	if err != nil {
		return fmt.Errorf("build the command line: %w", err)
	}
	args := a.Args
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if exit >= 0 {
		// --help has been printed.
		return nil
	}
	if err != nil {
		return run.Usage(fmt.Errorf("%w; see goshawk --help", err))
	}
	a.globals = c.globals
	return parsed.Run()
}

// globals are the flags of every command.
type globals struct {
	ConfigFile string `name:"config" short:"c" placeholder:"FILE" env:"GOSHAWK_CONFIG" help:"Configuration file; none means defaults and environment."`
	NATS       string `name:"nats" placeholder:"URL" help:"Address of NATS, instead of bus.url."`
	LogLevel   string `placeholder:"LEVEL" help:"Least level to log, instead of log.level: trace, debug, info, warn, error."`
}

// app is what commands work with: the process's surroundings and what is read
// from them on demand.
type app struct {
	globals

	Args   []string
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	Env    func(string) (string, bool)
}
