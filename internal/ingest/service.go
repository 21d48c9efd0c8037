package ingest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"github.com/goshawk-siem/goshawk/internal/bus"
)

// Service takes lines in. New makes one.
type Service struct {
	opts   Options
	log    zerolog.Logger
	inputs []input
	ready  chan struct{}

	// addresses is written before ready is closed, and not after.
	addresses []Address
}

// Address is where an input listens.
type Address struct {
	// Input is http, udp, tcp or tls.
	Input string
	// Source is the source of what arrives there; empty for http, where the
	// path says it.
	Source string
	// Addr is the address with the port in use.
	Addr string
}

// input is one source of lines, in two steps: everything is opened before
// anything is taken in.
type input struct {
	// name is for errors: "syslog[0]".
	name string
	// open makes the input ready and returns what runs it.
	open func(ctx context.Context) (opened, error)
}

type opened struct {
	address *Address
	// serve blocks until ctx has ended and what was read is published, or hard
	// has ended.
	serve func(ctx, hard context.Context) error
	close func() error
}

// New returns a service for the inputs of o. It reads certificates, and starts
// nothing.
func New(o Options, b *bus.Bus, log zerolog.Logger, reg prometheus.Registerer) (*Service, error) {
	if err := o.Validate(); err != nil {
		return nil, fmt.Errorf("ingest options: %w", err)
	}
	m, err := newMetrics(reg)
	if err != nil {
		return nil, fmt.Errorf("ingest metrics: %w", err)
	}
	log = log.With().Str("component", "ingest").Logger()
	s := &Service{opts: o, log: log, ready: make(chan struct{})}
	out := newOutbox(b, int64(o.MaxInFlight), m, log)
	if err := s.addHTTP(out, m); err != nil {
		return nil, err
	}
	for i, so := range o.Syslog {
		if err := s.addSyslog(i, so.withDefaults(), out, m); err != nil {
			return nil, fmt.Errorf("syslog[%d]: %w", i, err)
		}
	}
	if len(o.Files) > 0 && o.StateDir == "" {
		return nil, errors.New("ingest options: state_dir: is empty; file inputs need a folder for their positions")
	}
	for i, fo := range o.Files {
		s.addFiles(i, fo.withDefaults(), out, m)
	}
	return s, nil
}

func (s *Service) addFiles(i int, o FileOptions, out *outbox, m *metrics) {
	log := s.log.With().Str("input", inputFile).Str("source", o.Source).Logger()
	f := newFileInput(o, s.opts, out, m, log)
	s.inputs = append(s.inputs, input{fmt.Sprintf("files[%d]", i), func(context.Context) (opened, error) {
		tail, err := f.open()
		if err != nil {
			return opened{}, err
		}
		return opened{nil, func(ctx, hard context.Context) error { return f.serve(ctx, hard, tail) }, tail.Close}, nil
	}})
}

func (s *Service) addHTTP(out *outbox, m *metrics) error {
	if s.opts.HTTP.Listen == "" {
		return nil
	}
	h, err := newHTTPInput(s.opts, out, m, s.log)
	if err != nil {
		return err
	}
	s.inputs = append(s.inputs, listening("http", Address{Input: inputHTTP}, h.listen, h.serve))
	return nil
}

func (s *Service) addSyslog(i int, o SyslogOptions, out *outbox, m *metrics) error {
	name := fmt.Sprintf("syslog[%d]", i)
	log := s.log.With().Str("input", o.Protocol).Str("source", o.Source).Logger()
	address := Address{Input: o.Protocol, Source: o.Source}
	if o.Protocol == ProtocolUDP {
		p := newPacketInput(o, int(s.opts.MaxLine), out, m, log)
		s.inputs = append(s.inputs, input{name, func(ctx context.Context) (opened, error) {
			conn, err := p.listen(ctx)
			if err != nil {
				return opened{}, err
			}
			address.Addr = conn.LocalAddr().String()
			serve := func(ctx, hard context.Context) error { return p.serve(ctx, hard, conn) }
			return opened{&address, serve, conn.Close}, nil
		}})
		return nil
	}
	t, err := newStreamInput(o, int(s.opts.MaxLine), out, m, log)
	if err != nil {
		return err
	}
	s.inputs = append(s.inputs, listening(name, address, t.listen, t.serve))
	return nil
}

func listening(name string, address Address, listen func(context.Context) (net.Listener, error), serve func(ctx, hard context.Context, l net.Listener) error) input {
	return input{name, func(ctx context.Context) (opened, error) {
		l, err := listen(ctx)
		if err != nil {
			return opened{}, err
		}
		address.Addr = l.Addr().String()
		return opened{&address, func(ctx, hard context.Context) error { return serve(ctx, hard, l) }, l.Close}, nil
	}}
}

// Ready is closed when every input listens.
func (s *Service) Ready() <-chan struct{} { return s.ready }

// Addresses returns where the inputs listen. Call it once Ready is closed.
func (s *Service) Addresses() []Address { return s.addresses }

// Run opens all inputs, takes lines until ctx ends, and returns when what was
// read until then is published, or the drain time is over. It returns early
// with an error when an input can't be opened or fails.
func (s *Service) Run(ctx context.Context) error {
	running, err := s.openAll(ctx)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	hard, end := s.hardContext(ctx)
	defer end()
	for i, in := range running {
		group.Go(func() error {
			if err := in.serve(ctx, hard); err != nil {
				return fmt.Errorf("%s: %w", s.inputs[i].name, err)
			}
			return nil
		})
	}
	group.Go(func() error {
		// Without any input the service still runs until it is told to stop.
		<-ctx.Done()
		return nil
	})
	close(s.ready)
	return group.Wait()
}

func (s *Service) openAll(ctx context.Context) ([]opened, error) {
	var running []opened
	for _, in := range s.inputs {
		o, err := in.open(ctx)
		if err != nil {
			errs := []error{fmt.Errorf("%s: %w", in.name, err)}
			for _, o := range running {
				errs = append(errs, o.close())
			}
			return nil, errors.Join(errs...)
		}
		running = append(running, o)
		if o.address != nil {
			s.addresses = append(s.addresses, *o.address)
			s.log.Info().Str("input", o.address.Input).Str("address", o.address.Addr).Str("source", o.address.Source).Msg("listening")
		}
	}
	return running, nil
}

// hardContext returns a context that ends the drain time after ctx.
func (s *Service) hardContext(ctx context.Context) (context.Context, func()) {
	hard, cancel := context.WithCancel(context.WithoutCancel(ctx))
	finished := make(chan struct{})
	go func() {
		defer cancel()
		select {
		case <-finished:
			return
		case <-ctx.Done():
		}
		timer := time.NewTimer(s.opts.Drain.Std())
		defer timer.Stop()
		select {
		case <-finished:
		case <-timer.C:
		}
	}()
	return hard, func() { close(finished) }
}
