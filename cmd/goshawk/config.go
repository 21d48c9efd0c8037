package main

import (
	"fmt"

	"github.com/goshawk-siem/goshawk/internal/run"
)

// configCmd groups the commands about the configuration.
type configCmd struct {
	Check configCheckCmd `cmd:"" help:"Report everything that is wrong with a configuration file."`
	Show  configShowCmd  `cmd:"" help:"Print the configuration in effect, secrets masked."`
}

// configCheckCmd is `goshawk config check`.
type configCheckCmd struct {
	File string `arg:"" optional:"" help:"Configuration file; default: that of --config."`
}

// Run reads the file as the services would and reports what they would.
func (c *configCheckCmd) Run(a *app) error {
	path := c.File
	if path == "" {
		path = a.ConfigFile
	}
	if path == "" {
		return run.Usage(fmt.Errorf("config check: no file; name one, or give --config"))
	}
	conf, err := a.configOf(path)
	if err != nil {
		return err
	}
	if _, err := conf.Formats(); err != nil {
		return run.Usage(err)
	}
	_, err = fmt.Fprintf(a.Stdout, "%s: ok\n", path)
	return err
}

// configShowCmd is `goshawk config show`.
type configShowCmd struct{}

// Run prints the configuration in effect.
func (configShowCmd) Run(a *app) error {
	c, err := a.Config()
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(a.Stdout, c.YAML())
	return err
}
