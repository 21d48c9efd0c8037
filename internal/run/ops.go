package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// OpsOptions configure the HTTP server for operators: /metrics, /healthz,
// /readyz and, when asked for, /debug/pprof/. The zero value listens nowhere.
type OpsOptions struct {
	// Listen is the address of the server, host:port; port 0 takes a free one
	// and empty means none. It has no authentication, so other addresses than
	// loopback belong behind a firewall. Default 127.0.0.1:9464.
	Listen string `yaml:"listen"`
	// Pprof serves Go's profiles under /debug/pprof/. Default false: a profile
	// shows memory.
	Pprof bool `yaml:"pprof"`
}

// DefaultOps returns the defaults of OpsOptions.
func DefaultOps() OpsOptions { return OpsOptions{Listen: "127.0.0.1:9464"} }

// Validate reports every value that can't work, each with its key.
func (o OpsOptions) Validate() error {
	if o.Listen == "" {
		return nil
	}
	if _, _, err := net.SplitHostPort(o.Listen); err != nil {
		return fmt.Errorf("listen: %q is not host:port; expected an address such as 127.0.0.1:9464", o.Listen)
	}
	return nil
}

// Limits of the operators' server: it answers small requests of few clients.
const (
	opsHeaderTimeout = 5 * time.Second
	opsIdleTimeout   = time.Minute
	opsMaxHeader     = 16 << 10
	opsStopTimeout   = 2 * time.Second
)

// NewRegistry returns a registry that already collects what Go and the operating
// system know about the process.
func NewRegistry() *prometheus.Registry {
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collectors.NewBuildInfoCollector())
	return reg
}

// Ops is the HTTP server for operators.
type Ops struct {
	listener net.Listener
	server   *http.Server
}

// NewOps listens where o says and serves what reg and health know once Run is
// called. It returns nil when o.Listen is empty. Whoever gets an Ops calls Run
// or Close.
func NewOps(o OpsOptions, reg *prometheus.Registry, health *Health) (*Ops, error) {
	if o.Listen == "" {
		return nil, nil //nolint:nilnil // no server is a valid choice, not an error
	}
	listener, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, fmt.Errorf("ops.listen: %w; choose another address or stop the process that has it", err)
	}
	server := &http.Server{
		Handler: opsHandler(o, reg, health), ReadHeaderTimeout: opsHeaderTimeout, ReadTimeout: opsHeaderTimeout,
		IdleTimeout: opsIdleTimeout, MaxHeaderBytes: opsMaxHeader,
	}
	return &Ops{listener: listener, server: server}, nil
}

func opsHandler(o OpsOptions, reg *prometheus.Registry, health *Health) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(reg, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { writeStatus(w, nil, true) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		parts, ready := health.Report()
		writeStatus(w, parts, ready)
	})
	if o.Pprof {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	return mux
}

// status is the body of /healthz and /readyz: "ok" or, per part, why not.
type status struct {
	Status string            `json:"status"`
	Parts  map[string]string `json:"parts,omitempty"`
}

func writeStatus(w http.ResponseWriter, parts []Part, ready bool) {
	body := status{Status: "ok"}
	if len(parts) > 0 {
		body.Parts = make(map[string]string, len(parts))
	}
	for _, p := range parts {
		body.Parts[p.Name] = "ok"
		if p.Err != nil {
			body.Parts[p.Name] = p.Err.Error()
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if !ready {
		body.Status = "not ready"
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	// A client that went away needs no answer.
	_ = json.NewEncoder(w).Encode(body)
}

// Addr returns the address that the server listens on.
func (s *Ops) Addr() string { return s.listener.Addr().String() }

// Close stops listening without having served.
func (s *Ops) Close() error { return s.listener.Close() }

// Run serves until ctx ends, then lets running answers end for a moment. It
// returns an error only when the server broke.
func (s *Ops) Run(ctx context.Context) error {
	ended := make(chan error, 1)
	go func() { ended <- s.server.Serve(s.listener) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve operators on %s: %w", s.Addr(), err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), opsStopTimeout)
	defer cancel()
	if s.server.Shutdown(stop) != nil {
		_ = s.server.Close()
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve operators on %s: %w", s.Addr(), err)
	}
	return nil
}
