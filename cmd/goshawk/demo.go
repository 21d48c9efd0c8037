package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/goshawk-siem/goshawk/cmd/internal/wire"
	"github.com/goshawk-siem/goshawk/internal/alert"
	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/config"
	"github.com/goshawk-siem/goshawk/internal/run"
)

// demoCmd is `goshawk demo`.
type demoCmd struct{}

// demoDeadline bounds the wait for the alerts; on a slow machine they take seconds.
const demoDeadline = 2 * time.Minute

// demoBatch is how many lines one request carries at most.
const demoBatch = 50

// expectedAlerts are the names of the rules that the demonstration must set off.
func expectedAlerts() []string {
	return []string{"port_scan", "ssh_brute_force", "ssh_brute_force_success", "port_scan_then_brute_force"}
}

// Run sends a small attack into a temporary instance and prints the alerts. It
// fails when one that must come does not.
func (demoCmd) Run(ctx context.Context, a *app) error {
	folder, err := os.MkdirTemp("", "goshawk-demo-")
	if err != nil {
		return fmt.Errorf("make a folder for the demonstration: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	cfg, err := demoConfig(folder, a)
	if err != nil {
		return err
	}
	d := demo{out: a.Stdout, config: cfg, started: make(chan wire.Addresses, 1)}
	p := wire.NewProcess(cfg, a.Stderr)
	p.Started = func(at wire.Addresses) { d.started <- at }

	ctx, cancel := context.WithTimeout(ctx, demoDeadline)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- p.Embedded(ctx) }()
	err = d.run(ctx, ended)
	cancel()
	return errors.Join(err, <-ended)
}

// demoConfig is a configuration on free loopback ports that keeps everything in
// folder.
func demoConfig(folder string, a *app) (config.Config, error) {
	c := config.Defaults()
	c.DataDir = folder
	c.Ops.Listen, c.Server.Listen, c.Ingest.HTTP.Listen = "", "127.0.0.1:0", "127.0.0.1:0"
	c.Ingest.Syslog = nil
	c.Log.Level = "error"
	if a.LogLevel != "" {
		c.Log.Level = a.LogLevel
	}
	c.Resolve()
	return c, run.Usage(c.Validate())
}

// demo is one demonstration.
type demo struct {
	out     io.Writer
	config  config.Config
	started chan wire.Addresses
}

func (d *demo) run(ctx context.Context, ended chan error) error {
	var at wire.Addresses
	select {
	case at = <-d.started:
	case err := <-ended:
		ended <- nil
		return fmt.Errorf("start a temporary instance: %w", err)
	}
	lines := demoLines(time.Now())
	d.say("A temporary instance runs in %s. Sending %d lines: %d visits to a web site, %d logins of colleagues,\n"+
		"and from %s a scan of %d ports, %d wrong passwords and one right one.\n\n",
		d.config.DataDir, len(lines), demoVisits, demoLogins, attacker, demoPorts, demoGuesses)
	began := time.Now()
	if err := d.send(ctx, "http://"+at.Inputs[0].Addr, lines); err != nil {
		return err
	}
	alerts, err := d.await(ctx, at.NATS)
	if err := errors.Join(d.print(alerts), err); err != nil {
		return err
	}
	d.say("\nAll of it was sent, stored and found within %.1f s.\n", time.Since(began).Seconds())
	return nil
}

// say prints to whoever watches; there is nothing to do when nobody can.
func (d *demo) say(format string, args ...any) { _, _ = fmt.Fprintf(d.out, format, args...) }

// send posts lines in their order, those of one source that follow each other
// together.
func (d *demo) send(ctx context.Context, base string, lines []demoLine) error {
	for len(lines) > 0 {
		n := 1
		for n < len(lines) && n < demoBatch && lines[n].source == lines[0].source {
			n++
		}
		var body bytes.Buffer
		for _, l := range lines[:n] {
			body.WriteString(l.text + "\n")
		}
		if err := post(ctx, base+"/v1/raw/"+lines[0].source, &body); err != nil {
			return fmt.Errorf("send lines of %s: %w", lines[0].source, err)
		}
		lines = lines[n:]
	}
	return nil
}

func post(ctx context.Context, url string, body io.Reader) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, body)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 4<<10))
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusAccepted {
		return fmt.Errorf("answered %s: %s", response.Status, bytes.TrimSpace(answer))
	}
	return nil
}

// errEnough ends the reading of alerts.
var errEnough = errors.New("all expected alerts are there")

// await reads alerts until the expected ones are there and returns all that came.
func (d *demo) await(ctx context.Context, url string) ([]alert.Alert, error) {
	options := d.config.Bus
	options.URL = url
	b, err := bus.Connect(ctx, options, run.NewLogger(d.config.Log, io.Discard, false), prometheus.NewRegistry())
	if err != nil {
		return nil, err
	}
	defer b.Close()
	missing := expectedAlerts()
	var alerts []alert.Alert
	err = b.Read(ctx, bus.Alerts, "alerts.>", 1, func(_ context.Context, delivery *bus.Delivery) error {
		found, err := alert.Decode(delivery.Data)
		if err != nil {
			return err
		}
		alerts = append(alerts, found)
		missing = slices.DeleteFunc(missing, func(name string) bool { return name == found.RuleName })
		if len(missing) == 0 {
			return errEnough
		}
		return nil
	})
	switch {
	case errors.Is(err, errEnough):
		return alerts, nil
	case errors.Is(ctx.Err(), context.Canceled):
		return alerts, ctx.Err()
	case err == nil:
		err = fmt.Errorf("no alert of %s came within %v", strings.Join(missing, ", "), demoDeadline)
	}
	return alerts, err
}

// print prints alerts in the order of their times.
func (d *demo) print(alerts []alert.Alert) error {
	slices.SortStableFunc(alerts, func(a, b alert.Alert) int { return a.Time.Compare(b.Time) })
	t := newTable(d.out, "TIME", "LEVEL", "ALERT", "ABOUT", "EVENTS")
	for _, a := range alerts {
		about := make([]string, len(a.Group))
		for i, g := range a.Group {
			about[i] = g.Name + "=" + g.Value
		}
		t.row(a.Time.UTC().Format(time.TimeOnly), a.Level, a.Title, shorten(strings.Join(about, " "), 60), fmt.Sprint(a.Count))
	}
	return t.flush()
}
