package bus

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/goshawk-siem/goshawk/internal/unit"
)

// ServerOptions say how the embedded NATS server runs.
type ServerOptions struct {
	// Listen is the address for clients, host:port. Default 127.0.0.1:4222;
	// port 0 takes a free one. "" listens nowhere: only this process connects.
	// An address other machines can reach needs a way to authenticate.
	Listen string `yaml:"listen"`
	// User and Password, or Token, are what clients must present. Default:
	// nothing. GOSHAWK_SERVER_PASSWORD and GOSHAWK_SERVER_TOKEN override them.
	User     string      `yaml:"user"`
	Password unit.Secret `yaml:"password"`
	Token    unit.Secret `yaml:"token"`
	// TLSCert and TLSKey are the paths of the server's certificate and key;
	// with them clients must use TLS.
	TLSCert string `yaml:"tls_cert"`
	TLSKey  string `yaml:"tls_key"`
	// MaxPayload is the largest message, 1MiB to 64MiB. Default 8MiB.
	MaxPayload unit.Bytes `yaml:"max_payload"`
}

// ServerDefaults returns the options of a server for this machine only.
func ServerDefaults() ServerOptions {
	return ServerOptions{Listen: "127.0.0.1:4222", MaxPayload: 8 << 20}
}

// Validate reports every value that can't work, each with its key.
func (o ServerOptions) Validate() error {
	var errs []error
	if o.Listen != "" {
		errs = append(errs, o.validateListen())
	}
	if (o.TLSCert == "") != (o.TLSKey == "") {
		errs = append(errs, errors.New("tls_cert: tls_cert and tls_key belong together; set both or none"))
	}
	if (o.User == "") != (o.Password.Reveal() == "") {
		errs = append(errs, errors.New("user: user and password belong together; set both or none"))
	}
	if o.User != "" && o.Token.Reveal() != "" {
		errs = append(errs, errors.New("token: user and token exclude each other; set one"))
	}
	if o.MaxPayload < 1<<20 || o.MaxPayload > 64<<20 {
		errs = append(errs, fmt.Errorf("max_payload: must be 1MiB to 64MiB, is %v", o.MaxPayload))
	}
	return errors.Join(errs...)
}

func (o ServerOptions) validateListen() error {
	host, port, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return fmt.Errorf("listen: %q is not host:port; expected an address such as 127.0.0.1:4222", o.Listen)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("listen: %q has no valid port; expected 0 to 65535", o.Listen)
	}
	ip := net.ParseIP(host)
	loopback := host == "localhost" || ip != nil && ip.IsLoopback()
	if !loopback && o.User == "" && o.Token.Reveal() == "" {
		return fmt.Errorf("listen: %q can be reached from other machines without authentication; set user and password or token, or listen on 127.0.0.1", o.Listen)
	}
	return nil
}

// Server is a NATS server with JetStream inside this process.
type Server struct {
	ns   *server.Server
	opts ServerOptions
}

const (
	serverStart  = 30 * time.Second
	storageSpare = 1 << 30
)

// StartServer starts a server that keeps its streams in folder and reports what
// goes wrong to log. Every message is synced to disk before it is acknowledged.
// The streams of limits must fit. Stop ends it.
func StartServer(o ServerOptions, folder string, limits Limits, log zerolog.Logger) (*Server, error) {
	if err := o.Validate(); err != nil {
		return nil, fmt.Errorf("nats server options: %w", err)
	}
	so := &server.Options{
		ServerName: "goshawk", NoSigs: true, JetStream: true, StoreDir: folder, SyncAlways: true,
		JetStreamMaxStore: limits.total() + storageSpare, MaxPayload: int32(o.MaxPayload),
		MaxPending: 128 << 20, DisableJetStreamBanner: true,
		Username: o.User, Password: o.Password.Reveal(), Authorization: o.Token.Reveal(),
	}
	if err := o.listen(so); err != nil {
		return nil, err
	}
	ns, err := server.NewServer(so)
	if err != nil {
		return nil, fmt.Errorf("start nats server in %s: %w", folder, err)
	}
	ns.SetLoggerV2(serverLog{log.With().Str("component", "nats-server").Logger()}, false, false, false)
	ns.Start()
	if !ns.ReadyForConnections(serverStart) {
		ns.Shutdown()
		ns.WaitForShutdown()
		return nil, fmt.Errorf("start nats server: not ready on %q within %v; is the address in use, or %s owned by another process?", o.Listen, serverStart, folder)
	}
	return &Server{ns: ns, opts: o}, nil
}

func (o ServerOptions) listen(so *server.Options) error {
	if o.Listen == "" {
		so.DontListen = true
		return nil
	}
	host, port, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	so.Host = host
	if so.Port, err = strconv.Atoi(port); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if so.Port == 0 {
		so.Port = server.RANDOM_PORT
	}
	if o.TLSCert == "" {
		return nil
	}
	cert, err := tls.LoadX509KeyPair(o.TLSCert, o.TLSKey)
	if err != nil {
		return fmt.Errorf("load certificate %s: %w", o.TLSCert, err)
	}
	so.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	return nil
}

// URL returns where clients connect, "" when the server listens nowhere.
func (s *Server) URL() string {
	if s.opts.Listen == "" {
		return ""
	}
	return s.ns.ClientURL()
}

// Connect connects within the process, whatever the server listens on.
func (s *Server) Connect(ctx context.Context, o Options, log zerolog.Logger, reg prometheus.Registerer) (*Bus, error) {
	o.User, o.Password, o.Token = s.opts.User, s.opts.Password, s.opts.Token
	o.Credentials, o.NKey, o.TLS = "", "", TLS{}
	if o.URL = s.URL(); o.URL == "" {
		o.URL = nats.DefaultURL
	}
	return connect(ctx, o, log, reg, nats.InProcessServer(s.ns))
}

// Stop ends the server; it returns when everything is on disk.
func (s *Server) Stop() {
	s.ns.Shutdown()
	s.ns.WaitForShutdown()
}

// serverLog hands the server's own log on. Its notices are about its inner life
// and go to debug.
type serverLog struct{ log zerolog.Logger }

func (l serverLog) Noticef(format string, v ...any) { l.log.Debug().Msg(fmt.Sprintf(format, v...)) }
func (l serverLog) Warnf(format string, v ...any)   { l.log.Warn().Msg(fmt.Sprintf(format, v...)) }
func (l serverLog) Fatalf(format string, v ...any)  { l.log.Error().Msg(fmt.Sprintf(format, v...)) }
func (l serverLog) Errorf(format string, v ...any)  { l.log.Error().Msg(fmt.Sprintf(format, v...)) }
func (l serverLog) Debugf(format string, v ...any)  { l.log.Debug().Msg(fmt.Sprintf(format, v...)) }
func (l serverLog) Tracef(format string, v ...any)  { l.log.Trace().Msg(fmt.Sprintf(format, v...)) }
