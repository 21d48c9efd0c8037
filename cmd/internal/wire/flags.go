package wire

import (
	"errors"
	"fmt"
	"io"

	"github.com/alecthomas/kong"

	"github.com/goshawk-siem/goshawk/internal/config"
	"github.com/goshawk-siem/goshawk/internal/run"
)

// Flags are the flags that every process has: the few things that people change by
// hand. What is not set there comes from environment, file and defaults.
type Flags struct {
	ConfigFile string `name:"config" short:"c" placeholder:"FILE" env:"GOSHAWK_CONFIG" help:"Configuration file; none means defaults and environment."`
	NATS       string `name:"nats" placeholder:"URL" help:"Address of NATS, instead of bus.url."`
	LogLevel   string `placeholder:"LEVEL" help:"Least level to log, instead of log.level: trace, debug, info, warn, error."`
}

// Settings returns what the flags set.
func (f *Flags) Settings() []config.Setting {
	var out []config.Setting
	if f.NATS != "" {
		out = append(out, config.Setting{Origin: "--nats", Key: "bus.url", Value: f.NATS})
	}
	if f.LogLevel != "" {
		out = append(out, config.Setting{Origin: "--log-level", Key: "log.level", Value: f.LogLevel})
	}
	return out
}

// ErrHelp is returned by ParseFlags when help was asked for and has been printed.
var ErrHelp = errors.New("help was printed")

// ParseFlags reads args into grammar, a struct with kong's tags. Help and usage go
// to stdout. Its errors are run.Usage errors, or ErrHelp.
func ParseFlags(grammar any, name, description string, args []string, stdout io.Writer, options ...kong.Option) (*kong.Context, error) {
	helped := false
	options = append(options, kong.Name(name), kong.Description(description), kong.Writers(stdout, stdout),
		kong.Exit(func(int) { helped = true }), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	parser, err := kong.New(grammar, options...)
	if err != nil {
		return nil, fmt.Errorf("build the command line of %s: %w", name, err)
	}
	parsed, err := parser.Parse(args)
	if helped {
		return nil, ErrHelp
	}
	if err != nil {
		return nil, run.Usage(fmt.Errorf("%w; see %s --help", err, name))
	}
	return parsed, nil
}
