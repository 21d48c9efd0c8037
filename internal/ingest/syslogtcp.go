package ingest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/goshawk-siem/goshawk/internal/listen"
	"github.com/goshawk-siem/goshawk/internal/record"
)

// handshakeTimeout bounds the time until a TLS connection is usable.
const handshakeTimeout = 10 * time.Second

// streamInput takes syslog over TCP and TLS.
type streamInput struct {
	opts    SyslogOptions
	input   string
	maxLine int
	out     *outbox
	metrics *metrics
	log     zerolog.Logger
	tls     *tls.Config
}

func newStreamInput(o SyslogOptions, maxLine int, out *outbox, m *metrics, log zerolog.Logger) (*streamInput, error) {
	config, err := o.TLS.config()
	if err != nil {
		return nil, err
	}
	return &streamInput{opts: o, input: o.Protocol, maxLine: maxLine, out: out, metrics: m, log: log, tls: config}, nil
}

func (s *streamInput) listen(ctx context.Context) (net.Listener, error) {
	l, err := listenTCP(ctx, s.opts.Listen)
	if err != nil {
		return nil, err
	}
	l = s.metrics.limitConnections(l, s.input, s.opts.MaxConnections)
	if s.tls != nil {
		l = tls.NewListener(l, s.tls)
	}
	return l, nil
}

// serve takes connections until ctx ends. It returns when what they had sent
// until then, as far as it was read, is published, or hard has ended.
func (s *streamInput) serve(ctx, hard context.Context, l net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	var connections sync.WaitGroup
	defer connections.Wait()
	defer cancel()
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			if err == nil {
				_ = conn.Close()
			}
			return nil
		}
		if err != nil && !errors.Is(err, net.ErrClosed) {
			// No file descriptor is left, or the connection ended while it
			// waited: both pass.
			s.log.Warn().Err(err).Msg("could not accept a connection; trying again")
			_ = wait(ctx, retryFirst)
			continue
		}
		if err != nil {
			return fmt.Errorf("accept on %s: %w", l.Addr(), err)
		}
		connections.Go(func() { s.handle(ctx, hard, conn) })
	}
}

func (s *streamInput) handle(ctx, hard context.Context, conn net.Conn) {
	defer conn.Close() //nolint:errcheck // nothing was written
	if err := s.handshake(ctx, conn); err != nil {
		s.metrics.refused.WithLabelValues(s.input, "handshake").Inc()
		s.log.Debug().Err(err).Msg("tls handshake")
		return
	}
	from := origin{input: s.input, source: s.opts.Source, path: s.opts.Path, format: s.opts.Format, peer: host(conn.RemoteAddr().String())}
	f := newFeed(hard, s.out, from, s.out.insist, s.maxLine)
	f.followColumns("")
	s.read(ctx, conn, f)
	if err := f.wait(); err != nil {
		s.log.Error().Err(err).Str("peer", from.peer).Msg("stopped before all lines of a connection were stored")
	}
}

func (s *streamInput) handshake(ctx context.Context, conn net.Conn) error {
	secure, ok := conn.(*tls.Conn)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	return secure.HandshakeContext(ctx)
}

// read feeds f from conn until that ends, falls silent for too long, or ctx
// ends. While f can't publish, nothing is read, and TCP slows the sender.
func (s *streamInput) read(ctx context.Context, conn net.Conn, f *feed) {
	paced := &lingerConn{ctx: ctx, conn: conn, feed: f, idle: s.opts.IdleTimeout.Std()}
	stop := context.AfterFunc(ctx, paced.interrupt)
	defer stop()
	frames := listen.NewFrameReader(paced, s.maxLine)
	for {
		piece, err := frames.Next()
		switch {
		case err == nil:
			err = f.add(piece, time.Now())
			if err != nil {
				return
			}
		case errors.Is(err, errLinger):
			if f.flush() != nil {
				return
			}
		default:
			s.finish(frames, f)
			return
		}
	}
}

// finish takes what a connection that has ended left unfinished.
func (s *streamInput) finish(frames *listen.FrameReader, f *feed) {
	for {
		piece, err := frames.Rest()
		if err != nil {
			break
		}
		if f.add(piece, time.Now()) != nil {
			return
		}
	}
	_ = f.flush() // its error is the one that f.wait returns
}

// errLinger says that the lines gathered so far have waited long enough.
var errLinger = errors.New("batch is due")

// lingerConn reads from a connection, and returns errLinger when the batch of
// its feed is due before anything comes. This needs no second goroutine and no
// lock around the feed.
type lingerConn struct {
	ctx  context.Context //nolint:containedctx // the connection's own; io.Reader has no parameter for it
	conn net.Conn
	feed *feed
	idle time.Duration
}

// interrupt ends a Read that is waiting.
func (l *lingerConn) interrupt() { _ = l.conn.SetReadDeadline(time.Unix(1, 0)) }

// Read reads once. Deadlines are only set here and by interrupt; the order of
// setting and looking at ctx makes sure that an interrupt is never lost.
func (l *lingerConn) Read(p []byte) (int, error) {
	since, due := l.feed.pending()
	deadline := time.Now().Add(l.idle)
	if due {
		deadline = since.Add(record.BatchLinger)
	}
	if err := l.conn.SetReadDeadline(deadline); err != nil {
		return 0, err
	}
	if err := l.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := l.conn.Read(p)
	if n == 0 && due && errors.Is(err, os.ErrDeadlineExceeded) && l.ctx.Err() == nil {
		return 0, errLinger
	}
	return n, err
}
