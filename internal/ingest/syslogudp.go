package ingest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/goshawk-siem/goshawk/internal/listen"
	"github.com/goshawk-siem/goshawk/internal/record"
)

// packetInput takes syslog over UDP. One goroutine reads datagrams into the
// queue as fast as it can, another turns what was queued into messages; when
// that is slower than the senders, the queue fills and datagrams are dropped
// and counted. Nothing is allocated per datagram.
type packetInput struct {
	opts    SyslogOptions
	maxLine int
	out     *outbox
	metrics *metrics
	log     zerolog.Logger
}

func newPacketInput(o SyslogOptions, maxLine int, out *outbox, m *metrics, log zerolog.Logger) *packetInput {
	return &packetInput{opts: o, maxLine: maxLine, out: out, metrics: m, log: log}
}

func (p *packetInput) listen(ctx context.Context) (*net.UDPConn, error) {
	var config net.ListenConfig
	conn, err := config.ListenPacket(ctx, "udp", p.opts.Listen)
	if err != nil {
		return nil, err
	}
	udp, ok := conn.(*net.UDPConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("listen on %s: not a UDP socket", p.opts.Listen), conn.Close())
	}
	if err := udp.SetReadBuffer(int(p.opts.ReceiveBuffer)); err != nil {
		p.log.Warn().Err(err).Msg("could not set the receive buffer")
	}
	p.checkBuffer(udp)
	return udp, nil
}

// checkBuffer warns when the kernel gives less than was asked for: the reason
// for most lost datagrams.
func (p *packetInput) checkBuffer(conn *net.UDPConn) {
	got, err := receiveBuffer(conn)
	if err == nil && got < int(p.opts.ReceiveBuffer) {
		p.log.Warn().Int("receive_buffer_bytes", got).Int("asked_bytes", int(p.opts.ReceiveBuffer)).
			Msg("the kernel gives a smaller receive buffer; raise net.core.rmem_max")
	}
}

// serve reads datagrams until ctx ends, and returns when what was read is
// published or hard has ended.
func (p *packetInput) serve(ctx, hard context.Context, conn *net.UDPConn) error {
	defer conn.Close() //nolint:errcheck // nothing was written
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	q := newPacketQueue(int(p.opts.Queue))
	var publisher sync.WaitGroup
	publisher.Go(func() { p.publish(hard, q) })
	err := p.read(ctx, conn, q)
	q.close()
	publisher.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("read from %s: %w", p.opts.Listen, err)
}

func (p *packetInput) read(ctx context.Context, conn *net.UDPConn, q *packetQueue) error {
	kernel := countOverflows(conn)
	full := p.metrics.dropped.WithLabelValues(inputUDP, "queue")
	lost := p.metrics.dropped.WithLabelValues(inputUDP, "kernel")
	data, control := make([]byte, listen.MaxDatagram), make([]byte, controlSize)
	for {
		n, controls, _, from, err := conn.ReadMsgUDPAddrPort(data, control)
		if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
			return err
		}
		if err != nil {
			p.log.Warn().Err(err).Msg("could not read a datagram; trying again")
			_ = wait(ctx, retryFirst)
			continue
		}
		if n := kernel.drops(control[:controls]); n > 0 {
			lost.Add(float64(n))
		}
		if !q.put(from.Addr().Unmap(), data[:n]) {
			full.Inc()
		}
	}
}

// publish turns queued datagrams into messages until the queue is closed and
// empty.
func (p *packetInput) publish(hard context.Context, q *packetQueue) {
	from := origin{input: inputUDP, source: p.opts.Source, path: p.opts.Path, format: p.opts.Format}
	f := newFeed(hard, p.out, from, p.out.insist, p.maxLine)
	for {
		batch, ok := q.take()
		if !ok {
			break
		}
		if err := feedPackets(f, batch); err != nil {
			p.metrics.dropped.WithLabelValues(inputUDP, "stop").Add(float64(len(batch.items)))
			break
		}
	}
	if err := f.wait(); err != nil {
		p.log.Error().Err(err).Msg("stopped before all datagrams were stored")
	}
}

// feedPackets publishes a batch, peer by peer, each in order of arrival.
func feedPackets(f *feed, batch *packets) error {
	slices.SortStableFunc(batch.items, func(a, b packet) int { return a.peer.Compare(b.peer) })
	for i, item := range batch.items {
		if i == 0 || item.peer != batch.items[i-1].peer {
			if err := f.flush(); err != nil {
				return err
			}
			f.peer = item.peer.String()
		}
		if err := f.add(listen.Datagram(batch.data[item.start:item.end]), batch.since); err != nil {
			return err
		}
	}
	return f.flush()
}

// packet is a datagram's place in packets.data.
type packet struct {
	peer       netip.Addr
	start, end int
}

// packets are the datagrams of up to one linger.
type packets struct {
	data  []byte
	items []packet
	since time.Time
}

func (p *packets) reset() { p.data, p.items = p.data[:0], p.items[:0] }

// size is what p takes of the queue's limit.
func (p *packets) size() int { return len(p.data) + packetCost*len(p.items) }

// packetCost is what a datagram takes besides its bytes.
const packetCost = 40

// packetQueue holds the datagrams that were read and not yet turned into
// messages: one set being filled, one being published, each up to half of the
// limit. put and take may run at the same time.
type packetQueue struct {
	limit int
	wake  chan struct{}
	done  chan struct{}

	// mu protects what follows.
	mu      sync.Mutex
	filling *packets
	spare   *packets
}

func newPacketQueue(limit int) *packetQueue {
	return &packetQueue{limit: limit / 2, wake: make(chan struct{}, 1), done: make(chan struct{}), filling: &packets{}, spare: &packets{}}
}

// put copies a datagram into the queue. It returns false when there is no room.
func (q *packetQueue) put(peer netip.Addr, data []byte) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	f := q.filling
	if f.size()+len(data)+packetCost > q.limit {
		return false
	}
	if len(f.items) == 0 {
		f.since = time.Now()
		q.wakeUp()
	}
	start := len(f.data)
	f.data = append(f.data, data...)
	f.items = append(f.items, packet{peer, start, len(f.data)})
	return true
}

func (q *packetQueue) wakeUp() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

func (q *packetQueue) close() { close(q.done) }

// take returns the queued datagrams, once the first of them has lingered. The
// result is valid until the next call. It returns false when the queue is
// closed and empty.
func (q *packetQueue) take() (*packets, bool) {
	for {
		q.mu.Lock()
		filled, since := len(q.filling.items) > 0, q.filling.since
		q.mu.Unlock()
		if filled {
			q.linger(since.Add(record.BatchLinger))
			return q.swap(), true
		}
		select {
		case <-q.wake:
		case <-q.done:
			batch := q.swap()
			return batch, len(batch.items) > 0
		}
	}
}

// linger waits until due, or until the queue is closed.
func (q *packetQueue) linger(due time.Time) {
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-q.done:
	}
}

func (q *packetQueue) swap() *packets {
	q.mu.Lock()
	defer q.mu.Unlock()
	full := q.filling
	q.filling, q.spare = q.spare, full
	q.filling.reset()
	return full
}
