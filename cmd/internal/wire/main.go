package wire

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/goshawk-siem/goshawk/internal/config"
	"github.com/goshawk-siem/goshawk/internal/run"
)

// Main is the main function of a process with one service: it reads flags,
// configuration and environment, runs the service until a signal comes, and
// returns the exit code.
func Main(s Service) int {
	name := "goshawk-" + s.Name
	return run.Main(name, os.Stderr, func(ctx context.Context) error {
		var flags Flags
		description := fmt.Sprintf("The %s service of Goshawk.", s.Name)
		if _, err := ParseFlags(&flags, name, description, os.Args[1:], os.Stdout); err != nil {
			if errors.Is(err, ErrHelp) {
				return nil
			}
			return err
		}
		c, err := config.Load(config.Input{Path: flags.ConfigFile, Env: os.LookupEnv, Flags: flags.Settings()})
		if err != nil {
			return run.Usage(err)
		}
		p := NewProcess(c, os.Stderr)
		return p.Serve(ctx, p.Connect, s)
	})
}
