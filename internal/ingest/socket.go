package ingest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/semaphore"
)

// config returns the server's TLS configuration, nil where there is none.
func (t TLSOptions) config() (*tls.Config, error) {
	if t.Cert == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
	if err != nil {
		return nil, fmt.Errorf("tls: load certificate %s and key %s: %w", t.Cert, t.Key, err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	if t.ClientCA == "" {
		return config, nil
	}
	pem, err := os.ReadFile(t.ClientCA)
	if err != nil {
		return nil, fmt.Errorf("tls: read client_ca: %w", err)
	}
	config.ClientCAs = x509.NewCertPool()
	if !config.ClientCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("tls: client_ca %s holds no certificate; expected PEM", t.ClientCA)
	}
	config.ClientAuth = tls.RequireAndVerifyClientCert
	return config, nil
}

func listenTCP(ctx context.Context, address string) (net.Listener, error) {
	var config net.ListenConfig
	return config.Listen(ctx, "tcp", address)
}

// host returns an address without its port: the peer that lines come from.
func host(address string) string {
	name, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return name
}

// limitedListener closes connections beyond a number as soon as they come: a
// sender that is refused tries elsewhere or later, one that hangs does not.
type limitedListener struct {
	net.Listener
	slots   *semaphore.Weighted
	refused prometheus.Counter
	open    prometheus.Gauge
}

func (m *metrics) limitConnections(l net.Listener, input string, most int) net.Listener {
	return &limitedListener{
		Listener: l, slots: semaphore.NewWeighted(int64(most)),
		refused: m.refused.WithLabelValues(input, "connections"), open: m.connections.WithLabelValues(input),
	}
}

func (l *limitedListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if l.slots.TryAcquire(1) {
			l.open.Inc()
			return &limitedConn{Conn: conn, free: sync.OnceFunc(func() { l.open.Dec(); l.slots.Release(1) })}, nil
		}
		l.refused.Inc()
		_ = conn.Close() // nothing was read or written
	}
}

type limitedConn struct {
	net.Conn
	free func()
}

func (c *limitedConn) Close() error {
	defer c.free()
	return c.Conn.Close()
}
