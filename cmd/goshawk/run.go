package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/goshawk-siem/goshawk/cmd/internal/wire"
	"github.com/goshawk-siem/goshawk/internal/config"
	"github.com/goshawk-siem/goshawk/internal/ingest"
	"github.com/goshawk-siem/goshawk/internal/run"
)

// runCmd is `goshawk run`.
type runCmd struct {
	Data string `placeholder:"DIR" help:"Folder for everything that is kept, instead of data_dir."`
}

// Run starts the NATS server and all services and prints where they listen.
func (c *runCmd) Run(ctx context.Context, a *app) error {
	if a.NATS != "" {
		return run.Usage(errors.New("run: --nats does not go with it, for it starts a NATS server of its own; set server.listen, or run the services as processes of their own"))
	}
	var data []config.Setting
	if c.Data != "" {
		data = append(data, config.Setting{Origin: "--data", Key: "data_dir", Value: c.Data})
	}
	cfg, err := a.configOf(a.ConfigFile, data...)
	if err != nil {
		return err
	}
	p := wire.NewProcess(cfg, a.Stderr)
	p.Started = func(at wire.Addresses) {
		// Running matters more than telling where.
		_, _ = io.WriteString(a.Stdout, banner(cfg, at, time.Now()))
	}
	return p.Embedded(ctx)
}

// banner says where everything listens and how to send a first log line.
func banner(c config.Config, at wire.Addresses, now time.Time) string {
	var out strings.Builder
	fmt.Fprintf(&out, "\nGoshawk is running and keeps its data in %s. Ctrl-C stops it.\n\n", c.DataDir)
	for _, in := range at.Inputs {
		fmt.Fprintf(&out, "  %-8s %s\n", inputName(in), inputAddress(in, c.Ingest.HTTP))
	}
	fmt.Fprintf(&out, "  %-8s %s\n", "NATS", at.NATS)
	if at.Ops != "" {
		fmt.Fprintf(&out, "  %-8s http://%s/metrics, /healthz, /readyz\n", "metrics", at.Ops)
	}
	for _, in := range at.Inputs {
		if in.Input == "http" {
			fmt.Fprintf(&out, "\nSend a first log line:\n\n  %s\n", firstLine(in, c.Ingest.HTTP, now))
			break
		}
	}
	out.WriteString("\n")
	return out.String()
}

func inputName(in ingest.Address) string {
	if in.Input == "http" {
		return "HTTP"
	}
	return "syslog"
}

func inputAddress(in ingest.Address, o ingest.HTTPOptions) string {
	if in.Input == "http" {
		return fmt.Sprintf("%s://%s/v1/raw/<source>", scheme(o), in.Addr)
	}
	return fmt.Sprintf("%s %s, source %s", in.Input, in.Addr, in.Source)
}

func scheme(o ingest.HTTPOptions) string {
	if o.TLS.Cert != "" {
		return "https"
	}
	return "http"
}

// firstLine is a command that sends one web server line dated now. A token is
// named, not shown.
func firstLine(in ingest.Address, o ingest.HTTPOptions, now time.Time) string {
	header := ""
	if len(o.Tokens) > 0 {
		header = `-H "Authorization: Bearer $GOSHAWK_HTTP_TOKEN" `
	}
	line := fmt.Sprintf(`192.0.2.7 - - [%s] "GET /hello HTTP/1.1" 200 512 "-" "curl"`, now.Format("02/Jan/2006:15:04:05 -0700"))
	return fmt.Sprintf("curl -sS %s--data-binary '%s' %s://%s/v1/raw/apache_access", header, line, scheme(o), in.Addr)
}
