// Package wire builds processes out of services: one service in a process of its
// own (Main), or all of them with a NATS server in one (Embedded). Both go the
// same way, so what works in one process works in many.
//
//	Process ── flags, configuration, logger, metrics, health
//	   └─ Serve ── operators' HTTP server
//	        └─ NATS connection, streams
//	             └─ services, in the order of data against its flow
package wire

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"
	_ "time/tzdata" // time zones of sources, on machines that have no zone files

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"golang.org/x/term"

	"github.com/goshawk-siem/goshawk/internal/archive"
	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/config"
	"github.com/goshawk-siem/goshawk/internal/correlate"
	"github.com/goshawk-siem/goshawk/internal/ingest"
	"github.com/goshawk-siem/goshawk/internal/normalize"
	"github.com/goshawk-siem/goshawk/internal/run"
)

// Process is what the services of one process share. Its fields are set before
// Serve and not changed after; NewProcess fills all of them.
type Process struct {
	Config   config.Config
	Log      zerolog.Logger
	Registry *prometheus.Registry
	Health   *run.Health
	// Started, if set, is called once when every service works.
	Started func(Addresses)
	// Hangup, if set, makes the services read again, at each value, what can
	// change while they run: rules and users' own formats.
	Hangup <-chan os.Signal
}

// Addresses are where a process listens.
type Addresses struct {
	// Ops is the operators' HTTP server, empty where there is none.
	Ops string
	// NATS is the server that is in use.
	NATS string
	// Inputs are where lines are taken in.
	Inputs []ingest.Address
}

// NewProcess returns a process for c that logs to stderr and reloads on SIGHUP,
// which from here on does not end the process.
func NewProcess(c config.Config, stderr io.Writer) *Process {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	return &Process{
		Config: c, Log: run.NewLogger(c.Log, stderr, IsTerminal(stderr)),
		Registry: run.NewRegistry(), Health: new(run.Health), Hangup: hangup,
	}
}

// IsTerminal reports whether a person watches w: then color and progress help.
func IsTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// Service is one of the product's services.
type Service struct {
	Name string
	// build makes the service for a connected bus; it starts nothing.
	build func(p *Process, b *bus.Bus) (built, error)
}

// built is a service that can run.
type built struct {
	run func(context.Context) error
	// ready is closed when the service works; nil means that it works as soon
	// as it runs.
	ready <-chan struct{}
	// inputs, if set, returns where the service listens once it is ready.
	inputs func() []ingest.Address
	// reload, if set, reads again what can change while the service runs.
	reload func() error
}

// Ingest takes lines in.
func Ingest() Service {
	return Service{"ingest", func(p *Process, b *bus.Bus) (built, error) {
		s, err := ingest.New(p.Config.Ingest, b, p.Log, p.Registry)
		if err != nil {
			return built{}, err
		}
		return built{run: s.Run, ready: s.Ready(), inputs: s.Addresses}, nil
	}}
}

// Normalize turns lines into events.
func Normalize() Service {
	return Service{"normalize", func(p *Process, b *bus.Bus) (built, error) {
		s, err := normalize.New(p.Config.Normalize, p.Config.Sources, b, p.Log, p.Registry)
		if err != nil {
			return built{}, err
		}
		return built{run: s.Run, reload: s.Reload}, nil
	}}
}

// Correlate runs the rules.
func Correlate() Service {
	return Service{"correlate", func(p *Process, b *bus.Bus) (built, error) {
		s, err := correlate.New(p.Config.Correlate, b, p.Log, p.Registry)
		if err != nil {
			return built{}, err
		}
		return built{run: s.Run, reload: s.Reload}, nil
	}}
}

// Archive keeps events and alerts and answers searches.
func Archive() Service {
	return Service{"archive", func(p *Process, b *bus.Bus) (built, error) {
		s, err := archive.New(p.Config.Archive, b, p.Log, p.Registry)
		if err != nil {
			return built{}, err
		}
		return built{run: s.Run}, nil
	}}
}

// All returns every service in the order in which they start: what stores first,
// what takes in last. They stop the other way round.
func All() []Service {
	return []Service{Archive(), Correlate(), Normalize(), Ingest()}
}

// Serve runs services on the bus that connect returns until ctx ends or one of
// them fails. It returns when all have ended and the bus is closed.
func (p *Process) Serve(ctx context.Context, connect func(context.Context) (*bus.Bus, error), services ...Service) error {
	p.Config.Resolve()
	if err := os.MkdirAll(p.Config.DataDir, 0o750); err != nil {
		return fmt.Errorf("make data folder: %w; set data_dir to a folder that can be written", err)
	}
	p.Health.Expect("nats", "streams")
	for _, s := range services {
		p.Health.Expect(s.Name)
	}
	ops, err := run.NewOps(p.Config.Ops, p.Registry, p.Health)
	if err != nil {
		return err
	}
	group := run.Group{Log: p.Log}
	var addresses Addresses
	if ops != nil {
		addresses.Ops = ops.Addr()
		group.Add("ops", ops.Run)
	}
	group.Add("services", func(ctx context.Context) error { return p.serveOn(ctx, connect, services, addresses) })
	return group.Run(ctx)
}

func (p *Process) serveOn(ctx context.Context, connect func(context.Context) (*bus.Bus, error), services []Service, addresses Addresses) error {
	b, err := connect(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	addresses.NATS = b.URL()
	p.Health.Check("nats", b.Ready)
	p.Log.Info().Str("url", addresses.NATS).Msg("connected to nats")
	if err := b.Setup(ctx); err != nil {
		return fmt.Errorf("set up streams: %w", err)
	}
	p.Health.Set("streams", nil)

	group := run.Group{Log: p.Log}
	parts := make([]built, len(services))
	for i, s := range services {
		if parts[i], err = s.build(p, b); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		group.Add(s.Name, parts[i].run)
	}
	// Last in, so the first to stop: it only watches the others.
	group.Add("process", func(ctx context.Context) error {
		p.awaitStart(ctx, services, parts, addresses)
		p.reload(ctx, parts)
		return nil
	})
	return group.Run(ctx)
}

// reload has the services read again what can change, at each hangup, until ctx
// ends. What can't be read stays as it was.
func (p *Process) reload(ctx context.Context, parts []built) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.Hangup:
		}
		for _, part := range parts {
			if part.reload == nil {
				continue
			}
			if err := part.reload(); err != nil {
				p.Log.Warn().Err(err).Msg("reload failed; what was loaded before stays in effect")
			}
		}
	}
}

// awaitStart marks each service as ready when it is, and then calls Started.
func (p *Process) awaitStart(ctx context.Context, services []Service, parts []built, addresses Addresses) {
	for i, part := range parts {
		if part.ready != nil {
			select {
			case <-part.ready:
			case <-ctx.Done():
				return
			}
		}
		p.Health.Set(services[i].Name, nil)
		p.Log.Info().Str("service", services[i].Name).Msg("service started")
		if part.inputs != nil {
			addresses.Inputs = slices.Concat(addresses.Inputs, part.inputs())
		}
	}
	if p.Started != nil {
		p.Started(addresses)
	}
}

// Connect connects to the configured NATS.
func (p *Process) Connect(ctx context.Context) (*bus.Bus, error) {
	return bus.Connect(ctx, p.Config.Bus, p.Log, p.Registry)
}
