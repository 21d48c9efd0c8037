// Package bus is the product's only NATS client: streams and consumers,
// publishing with acknowledgement, consuming with bounded memory, reading a log
// by sequence, request and reply, leases and small state.
//
// Delivery is at least once. A message is acknowledged after its handler
// returned nil, handlers publish with deterministic message ids before that, and
// receivers drop repeats, so that the effect is exactly once. Nobody but this
// package acknowledges.
//
// Subjects in this package's API are written without the configured prefix:
// "raw.web", not "siem.raw.web". A Bus is safe for concurrent use.
package bus

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

// Bus is a connection to NATS. Connect makes one.
type Bus struct {
	opts     Options
	conn     *nats.Conn
	js       jetstream.JetStream
	log      zerolog.Logger
	metrics  *metrics
	rawEpoch atomic.Int64
	ackWait  time.Duration
	closing  atomic.Bool
	closed   chan struct{}
}

const (
	connectTimeout = 10 * time.Second
	reconnectWait  = 250 * time.Millisecond
	reconnectMost  = 10 * time.Second
	maxAsync       = 1024
	drainTimeout   = 10 * time.Second
)

// Connect connects to the NATS server of o. It returns when connected, or with
// an error when that takes longer than ctx allows. Once connected, a lost
// connection is re-established for ever, with growing pauses and jitter.
func Connect(ctx context.Context, o Options, log zerolog.Logger, reg prometheus.Registerer) (*Bus, error) {
	return connect(ctx, o, log, reg)
}

func connect(ctx context.Context, o Options, log zerolog.Logger, reg prometheus.Registerer, extra ...nats.Option) (*Bus, error) {
	if err := o.Validate(); err != nil {
		return nil, fmt.Errorf("bus options: %w", err)
	}
	b := &Bus{opts: o, log: log.With().Str("component", "bus").Logger(), metrics: newMetrics(reg), ackWait: ackWait, closed: make(chan struct{})}
	options, err := b.connOptions()
	if err != nil {
		return nil, err
	}
	conn, err := dial(ctx, o.URL, append(options, extra...))
	if err != nil {
		return nil, fmt.Errorf("connect to nats at %s: %w", redactURL(o.URL), err)
	}
	b.conn = conn
	b.js, err = jetstream.New(conn, jetstream.WithPublishAsyncMaxPending(maxAsync),
		jetstream.WithPublishAsyncTimeout(time.Duration(o.PublishTimeout)), jetstream.WithDefaultTimeout(connectTimeout))
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("use jetstream: %w", err)
	}
	return b, nil
}

// dial retries until ctx ends: services and server often start together.
func dial(ctx context.Context, url string, options []nats.Option) (*nats.Conn, error) {
	pause := reconnectWait
	for {
		conn, err := nats.Connect(url, options...)
		if err == nil {
			return conn, nil
		}
		if errors.Is(err, nats.ErrAuthorization) || ctx.Err() != nil || !isUnreachable(err) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(pause):
			pause = min(2*pause, 2*time.Second)
		}
	}
}

func isUnreachable(err error) bool {
	return errors.Is(err, nats.ErrNoServers) || errors.Is(err, nats.ErrTimeout) || strings.Contains(err.Error(), "connection refused") || strings.Contains(err.Error(), "no such host")
}

func (b *Bus) connOptions() ([]nats.Option, error) {
	o := b.opts
	options := []nats.Option{
		nats.Name("goshawk"), nats.Timeout(connectTimeout), nats.MaxReconnects(-1), nats.RetryOnFailedConnect(false),
		nats.CustomReconnectDelay(reconnectDelay), nats.DrainTimeout(drainTimeout),
		// While disconnected, publishing fails at once instead of filling a
		// buffer that a crash would lose.
		nats.ReconnectBufSize(-1),
		nats.DisconnectErrHandler(b.onDisconnect), nats.ReconnectHandler(b.onReconnect), nats.ClosedHandler(func(*nats.Conn) { close(b.closed) }),
		nats.ErrorHandler(b.onError),
	}
	if o.Credentials != "" {
		options = append(options, nats.UserCredentials(o.Credentials))
	}
	if o.NKey != "" {
		option, err := nats.NkeyOptionFromSeed(o.NKey)
		if err != nil {
			return nil, fmt.Errorf("read nkey seed %s: %w", o.NKey, err)
		}
		options = append(options, option)
	}
	if token := o.Token.Reveal(); token != "" {
		options = append(options, nats.Token(token))
	}
	if o.User != "" {
		options = append(options, nats.UserInfo(o.User, o.Password.Reveal()))
	}
	return append(options, o.TLS.options()...), nil
}

func (t TLS) options() []nats.Option {
	var options []nats.Option
	if t.Enabled {
		options = append(options, nats.Secure())
	}
	if t.CA != "" {
		options = append(options, nats.RootCAs(t.CA))
	}
	if t.Cert != "" {
		options = append(options, nats.ClientCert(t.Cert, t.Key))
	}
	return options
}

// reconnectDelay doubles up to a limit and spreads clients by up to half.
func reconnectDelay(attempts int) time.Duration {
	delay := min(reconnectWait<<min(attempts, 10), reconnectMost)
	return delay/2 + rand.N(delay/2+1) //nolint:gosec // jitter needs no secrecy
}

func (b *Bus) onDisconnect(_ *nats.Conn, err error) {
	b.metrics.connected.Set(0)
	if b.closing.Load() {
		return
	}
	b.log.Warn().Err(err).Msg("disconnected from nats; reconnecting")
}

func (b *Bus) onReconnect(c *nats.Conn) {
	b.metrics.connected.Set(1)
	b.metrics.reconnects.Inc()
	b.log.Info().Str("url", c.ConnectedUrlRedacted()).Msg("reconnected to nats")
}

func (b *Bus) onError(_ *nats.Conn, sub *nats.Subscription, err error) {
	event := b.log.Warn().Err(err)
	if sub != nil {
		event = event.Str("subject", sub.Subject)
	}
	event.Msg("nats reported an error")
}

// Ready reports nil when connected, and otherwise why not.
func (b *Bus) Ready() error {
	if s := b.conn.Status(); s != nats.CONNECTED {
		return fmt.Errorf("nats at %s is %s", redactURL(b.opts.URL), strings.ToLower(s.String()))
	}
	return nil
}

// URL returns the address in use, without secrets.
func (b *Bus) URL() string { return b.conn.ConnectedUrlRedacted() }

// Shards returns how many shards the events stream has.
func (b *Bus) Shards() int { return b.opts.Shards }

// MaxPayload returns the largest message that the server takes, in bytes.
func (b *Bus) MaxPayload() int { return int(b.conn.MaxPayload()) }

// Close flushes what was sent and closes the connection. It returns when the
// connection is closed.
func (b *Bus) Close() {
	b.closing.Store(true)
	if err := b.conn.Drain(); err != nil {
		b.conn.Close()
	}
	select {
	case <-b.closed:
	case <-time.After(drainTimeout + time.Second):
		b.conn.Close()
	}
}

// redactURL hides passwords in an address list.
func redactURL(urls string) string {
	list := strings.Split(urls, ",")
	for i, u := range list {
		if at := strings.LastIndex(u, "@"); at >= 0 {
			scheme, _, _ := strings.Cut(u, "://")
			list[i] = scheme + "://***@" + u[at+1:]
		}
	}
	return strings.Join(list, ",")
}

// hostname names this process in leases.
func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "unknown-host"
	}
	return name
}
