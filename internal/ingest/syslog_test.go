package ingest

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goshawk-siem/goshawk/internal/bustest"
	"github.com/goshawk-siem/goshawk/internal/unit"
)

func dial(t *testing.T, network, addr string) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), network, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func send(t *testing.T, w io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
}

func TestTCPFramingsInOneConnection(t *testing.T) {
	t.Parallel()
	r := start(t, syslogOptions(ProtocolTCP))
	c := collect(t, r.bus)
	conn := dial(t, "tcp", r.addr())
	send(t, conn, "<13>first\r\n11 <13>counted<13>nul\x0012 <13>two\nrows12 a line with a number\n")
	send(t, conn, "<13>unfinished")
	c.wait(t, 5)
	_ = conn.Close()
	var got []string
	for _, l := range c.wait(t, 6) {
		got = append(got, l.text)
		if l.peer != "127.0.0.1" || l.subject != "raw.edge" || l.whole != strings.Contains(l.text, "\n") {
			t.Errorf("%+v", l)
		}
	}
	want := []string{"<13>first", "<13>counted", "<13>nul", "<13>two\nrows", "12 a line with a number", "<13>unfinished"}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if n := r.count(t, "truncated_total"); n != 1 {
		t.Errorf("truncated_total is %v, want 1", n)
	}
}

func TestTCPStopPublishesWhatWasRead(t *testing.T) {
	t.Parallel()
	r := start(t, syslogOptions(ProtocolTCP))
	conn := dial(t, "tcp", r.addr())
	send(t, conn, "<13>one\n<13>two\n<13>half")
	c := collect(t, r.bus)
	c.wait(t, 2)
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if got := c.wait(t, 3); got[2].text != "<13>half" {
		t.Errorf("%v", got)
	}
}

func TestTCPConnectionLimit(t *testing.T) {
	t.Parallel()
	o := syslogOptions(ProtocolTCP)
	o.Syslog[0].MaxConnections = 1
	r := start(t, o)
	first := dial(t, "tcp", r.addr())
	bustest.Eventually(t, "the first is open", func() bool { return r.count(t, "connections") == 1 })
	second := dial(t, "tcp", r.addr())
	if n, err := second.Read(make([]byte, 1)); err == nil {
		t.Errorf("read %d bytes, want the connection closed", n)
	}
	if n := r.count(t, "refused_total"); n != 1 {
		t.Errorf("refused_total is %v", n)
	}
	_ = first.Close()
	bustest.Eventually(t, "the slot is free", func() bool { return r.count(t, "connections") == 0 })
	c := collect(t, r.bus)
	send(t, dial(t, "tcp", r.addr()), "third\n")
	c.wait(t, 1)
}

func TestTCPIdleConnectionIsClosed(t *testing.T) {
	t.Parallel()
	o := syslogOptions(ProtocolTCP)
	o.Syslog[0].IdleTimeout = unit.Duration(50 * time.Millisecond)
	r := start(t, o)
	conn := dial(t, "tcp", r.addr())
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("read succeeded, want the connection closed")
	}
}

func TestTCPStopsReadingWhileTheBusIsSlow(t *testing.T) {
	t.Parallel()
	b := bustest.Options()
	b.Limits.Raw = 1 << 20
	r := startOn(t, bustest.Connect(t, bustest.Server(t, t.TempDir()), b), syslogOptions(ProtocolTCP))
	conn := dial(t, "tcp", r.addr())
	const count = 300
	text := strings.Repeat("x", 100_000)
	sent := make(chan error, 1)
	go func() {
		for i := range count {
			if _, err := fmt.Fprintf(conn, "<13>%06d %s\n", i, text); err != nil {
				sent <- err
				return
			}
		}
		sent <- conn.Close()
	}()
	bustest.Eventually(t, "publishes are refused", func() bool { return r.count(t, "publish_retries_total") > 0 })
	select {
	case err := <-sent:
		t.Fatalf("30 MB went into a stream of 1 MB: %v", err)
	default:
	}
	c := collect(t, r.bus)
	lines := c.wait(t, count)
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, l := range lines {
		seen[l.text[:10]]++
	}
	if len(seen) != count || len(lines) != count {
		t.Errorf("%d lines, %d different; want %d", len(lines), len(seen), count)
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	server, client := newCertificate(t), newCertificate(t)
	o := syslogOptions(ProtocolTLS)
	o.Syslog[0].TLS = TLSOptions{Cert: server.cert, Key: server.key, ClientCA: client.cert}
	r := start(t, o)
	c := collect(t, r.bus)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(server.pem)
	pair, err := tls.LoadX509KeyPair(client.cert, client.key)
	if err != nil {
		t.Fatal(err)
	}
	good := tls.Client(dial(t, "tcp", r.addr()), &tls.Config{RootCAs: roots, ServerName: "127.0.0.1", Certificates: []tls.Certificate{pair}})
	send(t, good, "8 <13>safe")
	if got := c.wait(t, 1); got[0].text != "<13>safe" {
		t.Errorf("%v", got)
	}
	// A batch that is due ends a read by its deadline; the connection must live on.
	send(t, good, "<13>again\n")
	c.wait(t, 2)
	strange := tls.Client(dial(t, "tcp", r.addr()), &tls.Config{RootCAs: roots, ServerName: "127.0.0.1"})
	if err := strange.HandshakeContext(t.Context()); err == nil {
		if _, err = strange.Read(make([]byte, 1)); err == nil {
			t.Error("a client without a certificate was let in")
		}
	}
	send(t, dial(t, "tcp", r.addr()), "<13>plain text\n")
	bustest.Eventually(t, "both are refused", func() bool { return r.count(t, "refused_total") == 2 })
}

func TestUDP(t *testing.T) {
	t.Parallel()
	r := start(t, syslogOptions(ProtocolUDP))
	c := collect(t, r.bus)
	conn := dial(t, "udp", r.addr())
	for _, text := range []string{"<13>one", "<13>two\n", "\n\x00", "<13>first\n second\n", strings.Repeat("y", 60_000)} {
		send(t, conn, text)
	}
	got := c.wait(t, 4)
	texts := c.texts()
	want := []string{"<13>one", "<13>two", "<13>first\n second", strings.Repeat("y", 60_000)}
	slices.Sort(texts)
	slices.Sort(want)
	if diff := cmp.Diff(want, texts); diff != "" {
		t.Error(diff)
	}
	for _, l := range got {
		if l.peer != "127.0.0.1" || l.whole != strings.Contains(l.text, "\n") {
			t.Errorf("%+v", l)
		}
	}
}

func TestUDPCountsWhatItDrops(t *testing.T) {
	t.Parallel()
	b := bustest.Options()
	b.Limits.Raw = 1 << 20
	o := syslogOptions(ProtocolUDP)
	o.Syslog[0].Queue = 1 << 20
	o.MaxInFlight = 4 << 20
	r := startOn(t, bustest.Connect(t, bustest.Server(t, t.TempDir()), b), o)
	conn := dial(t, "udp", r.addr())
	sent := 0
	text := strings.Repeat("z", 8000)
	bustest.Eventually(t, "datagrams are dropped", func() bool {
		for range 20 {
			send(t, conn, fmt.Sprintf("%08d%s", sent, text))
			sent++
		}
		return r.count(t, "dropped_total") > 0
	})
	c := collect(t, r.bus)
	bustest.Eventually(t, "every datagram is accounted for", func() bool {
		return len(c.all())+int(r.count(t, "dropped_total")) == sent
	})
}

// Overflows of the kernel's buffer are told with the next datagram.
func TestUDPKernelDropsAreCounted(t *testing.T) {
	t.Parallel()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // test
	if err := conn.SetReadBuffer(16 << 10); err != nil {
		t.Fatal(err)
	}
	kernel := countOverflows(conn)
	sender := dial(t, "udp", conn.LocalAddr().String())
	const sent = 200
	for range sent {
		send(t, sender, strings.Repeat("k", 1000))
	}
	read, dropped := 0, 0
	data, control := make([]byte, 2000), make([]byte, controlSize)
	take := func() bool {
		if err := conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		_, n, _, _, err := conn.ReadMsgUDPAddrPort(data, control)
		if err != nil {
			return false
		}
		read++
		dropped += int(kernel.drops(control[:n]))
		return true
	}
	for take() {
	}
	send(t, sender, "the next one brings the count")
	if !take() {
		t.Fatal("nothing came")
	}
	if read+dropped != sent+1 {
		t.Errorf("read %d, dropped %d, sent %d", read, dropped, sent+1)
	}
	if _, err := os.Stat("/proc/net/udp"); err == nil && dropped == 0 {
		t.Error("nothing was dropped")
	}
}
