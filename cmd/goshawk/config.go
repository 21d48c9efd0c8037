package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/goshawk-siem/goshawk/internal/enrich"
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
	if _, err := loadEnricher(conf.Normalize.Enrich); err != nil {
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

// loadEnricher reads the files of enrichment; here, before anything runs, each
// that can't be read is an error.
func loadEnricher(o enrich.Options) (*enrich.Enricher, error) {
	if !o.Enabled() {
		return nil, nil
	}
	e, problems := enrich.Load(o, nil, time.Now())
	for i, problem := range problems {
		problems[i] = fmt.Errorf("normalize.enrich.%w", problem)
	}
	return e, errors.Join(problems...)
}

// enricher is what the configuration says that events are enriched with.
func (a *app) enricher() (*enrich.Enricher, error) {
	conf, err := a.Config()
	if err != nil {
		return nil, err
	}
	if !conf.Normalize.Enrich.Enabled() {
		return nil, run.Usage(errors.New("--enrich: the configuration enriches nothing; see normalize.enrich, and name its file with --config"))
	}
	e, err := loadEnricher(conf.Normalize.Enrich)
	return e, run.Usage(err)
}
