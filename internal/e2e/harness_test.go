// Package e2e tests the product as its users run it: the real binaries, a real
// nats-server process, plain NATS and HTTP clients, and kill -9.
package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// bins is the folder with the built binaries.
var bins string

func TestMain(m *testing.M) {
	os.Exit(build(m))
}

func build(m *testing.M) int {
	dir, err := os.MkdirTemp("", "goshawk-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	bins = dir
	cmd := exec.Command("go", "build", "-o", dir, "../../cmd/...", "github.com/nats-io/nats-server/v2")
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build the binaries:", err)
		return 1
	}
	return m.Run()
}

// process is a running binary.
type process struct {
	t    *testing.T
	name string
	args []string
	cmd  *exec.Cmd
	log  *lockedBuffer
	ops  string
	done chan struct{}
}

// lockedBuffer is a log that the process writes and the test reads.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// start runs a binary until the test ends.
func start(t *testing.T, name string, args ...string) *process {
	t.Helper()
	p := &process{t: t, name: name, args: args}
	p.launch()
	t.Cleanup(func() {
		p.stop()
		if t.Failed() {
			t.Logf("log of %s:\n%s", name, tail(p.log.String(), 6000))
		}
	})
	return p
}

func tail(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return "…" + s[len(s)-most:]
}

func (p *process) launch() {
	p.t.Helper()
	p.log = &lockedBuffer{}
	p.cmd = exec.Command(filepath.Join(bins, p.name), p.args...)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	// Whatever happens to the test, nothing stays behind.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		p.t.Fatalf("start %s: %v", p.name, err)
	}
	p.done = make(chan struct{})
	go func(cmd *exec.Cmd, done chan struct{}) {
		_ = cmd.Wait()
		close(done)
	}(p.cmd, p.done)
}

// kill ends the process at once, as a power cut would.
func (p *process) kill() {
	p.t.Helper()
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Fatalf("kill %s: %v", p.name, err)
	}
	<-p.done
}

// stop asks the process to end and insists after a while.
func (p *process) stop() {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return
	}
	select {
	case <-p.done:
	case <-time.After(30 * time.Second):
		p.t.Errorf("%s did not stop within 30 s of SIGTERM", p.name)
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// ready waits until the service says on /readyz that it is.
func (p *process) ready() *process {
	p.t.Helper()
	eventually(p.t, p.name+" ready", func() bool {
		select {
		case <-p.done:
			p.t.Fatalf("%s ended:\n%s", p.name, tail(p.log.String(), 4000))
		default:
		}
		return httpStatus("http://"+p.ops+"/readyz") == http.StatusOK
	})
	return p
}

func httpStatus(url string) int {
	resp, err := http.Get(url) //nolint:noctx // a loopback address of this test
	if err != nil {
		return 0
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

// eventually waits until cond holds.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	deadline := time.Now().Add(150 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		if time.Now().After(deadline) {
			t.Fatalf("waited too long: %s", what)
		}
		<-tick.C
	}
}

// freeAddr returns a loopback address nobody listens on right now.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// cluster is a set of separate services on one nats-server process.
type cluster struct {
	t      *testing.T
	folder string
	url    string
	http   string
	nats   *process
}

// newCluster starts a nats-server that syncs always.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{t: t, folder: t.TempDir(), http: freeAddr(t)}
	addr := freeAddr(t)
	c.url = "nats://" + addr
	conf := c.write("nats.conf", fmt.Sprintf("listen: %q\nmax_payload: 8MB\njetstream { store_dir: %q, sync_interval: always }\n", addr, filepath.Join(c.folder, "nats")))
	c.nats = start(t, "nats-server", "-c", conf)
	c.waitNATS()
	return c
}

func (c *cluster) waitNATS() {
	c.t.Helper()
	eventually(c.t, "nats-server listening", func() bool {
		conn, err := nats.Connect(c.url, nats.Timeout(time.Second))
		if err != nil {
			return false
		}
		conn.Close()
		return true
	})
}

func (c *cluster) write(name, text string) string {
	c.t.Helper()
	path := filepath.Join(c.folder, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
	return path
}

// service starts one service with a configuration of its own.
func (c *cluster) service(name string) *process {
	c.t.Helper()
	p := c.serviceConfig(name, "")
	return p.ready()
}

func (c *cluster) serviceConfig(name, extra string) *process {
	c.t.Helper()
	ops := freeAddr(c.t)
	conf := c.write(fmt.Sprintf("%s-%s.yaml", name, strings.ReplaceAll(ops, ":", "-")), c.config(ops)+extra)
	p := start(c.t, name, "--config", conf)
	p.ops = ops
	return p
}

func (c *cluster) config(ops string) string {
	return fmt.Sprintf(`data_dir: %q
log: {format: json, level: info}
ops: {listen: %q}
bus: {url: %q}
ingest:
  http: {listen: %q}
  syslog: []
`, filepath.Join(c.folder, "data"), ops, c.url, c.http)
}

// connect returns a plain NATS client.
func (c *cluster) connect() *nats.Conn {
	c.t.Helper()
	conn, err := nats.Connect(c.url)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(conn.Close)
	return conn
}

// goshawk runs the operator's tool and returns what it printed.
func (c *cluster) goshawk(args ...string) (string, error) {
	return goshawk(c.t, append([]string{"--nats", c.url}, args...)...)
}

func goshawk(t *testing.T, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 120*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(bins, "goshawk"), args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if err != nil {
		err = fmt.Errorf("goshawk %s: %w: %s", strings.Join(args, " "), err, stderr.String())
	}
	return stdout.String(), err
}

// search returns the events that a search finds, as decoded JSON.
func (c *cluster) search(query string, limit int) []map[string]any {
	c.t.Helper()
	return search(c.t, c.url, query, limit)
}

func search(t *testing.T, url, query string, limit int) []map[string]any {
	t.Helper()
	out, err := goshawk(t, "--nats", url, "search", query, "--from", "2000-01-01T00:00:00Z", "--limit", fmt.Sprint(limit), "--output", "json")
	if err != nil {
		t.Fatal(err)
	}
	return jsonLines(t, out)
}

func jsonLines(t *testing.T, text string) []map[string]any {
	t.Helper()
	var rows []map[string]any
	lines := bufio.NewScanner(strings.NewReader(text))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var row map[string]any
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatalf("%v in %q", err, lines.Text())
		}
		rows = append(rows, row)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}
