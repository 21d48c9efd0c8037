package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/goshawk-siem/goshawk/cmd/internal/wire"
	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/config"
	"github.com/goshawk-siem/goshawk/internal/record"
	"github.com/goshawk-siem/goshawk/internal/run"
)

// benchCmd measures the whole pipeline on this machine.
type benchCmd struct {
	Duration time.Duration `default:"15s" help:"How long each of the two measurements sends."`
	Senders  int           `default:"8" help:"How many HTTP clients send at once."`
	Rate     int           `default:"0" help:"Lines a second to send; 0 sends as fast as they are accepted."`
	Rules    []string      `placeholder:"DIR" help:"Folders with further Sigma rules to run."`
	Profile  string        `placeholder:"FILE" help:"Write a CPU profile of the pipeline, for go tool pprof."`
	Dir      string        `placeholder:"DIR" help:"Where to make the temporary data folder; the disk under it is measured."`
}

const (
	benchSource = "apache_access"
	// benchBody is how many lines a request carries.
	benchBody = 8 * record.MaxBatchLines
	// benchBodies is how many different requests there are.
	benchBodies = 32
)

// Run measures raw JetStream and then the pipeline, and prints both and their
// ratio.
func (c *benchCmd) Run(ctx context.Context, a *app) error {
	folder, err := os.MkdirTemp(c.Dir, "goshawk-bench-")
	if err != nil {
		return fmt.Errorf("make a folder for the benchmark: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	bodies := make([][]byte, benchBodies)
	size := 0
	for i := range bodies {
		bodies[i] = benchLines(rand.New(rand.NewPCG(1, uint64(i))), benchBody) //nolint:gosec // a fixed seed is the point
		size += len(bodies[i])
	}
	if _, err := fmt.Fprintf(a.Stdout, "%d cores, %s each, %d senders, %d bytes a line, every message synced to disk in %s\n\n",
		runtime.GOMAXPROCS(0), c.Duration, c.Senders, size/benchBodies/benchBody, folder); err != nil {
		return err
	}
	base, err := c.jetstream(ctx, filepath.Join(folder, "jetstream"), bodies)
	if err != nil {
		return fmt.Errorf("measure raw JetStream: %w", err)
	}
	whole, err := c.pipeline(ctx, filepath.Join(folder, "pipeline"), bodies)
	if err != nil {
		return fmt.Errorf("measure the pipeline: %w", err)
	}
	return whole.print(a.Stdout, base)
}

// benchLines returns n access log lines: many clients, paths of a long tail, some
// errors, agents as they are.
func benchLines(r *rand.Rand, n int) []byte {
	agents := []string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
		"ExampleBot/2.1 (+https://www.example.com/bot)",
	}
	methods := []string{"GET", "GET", "GET", "GET", "GET", "GET", "HEAD", "POST"}
	status := []int{200, 200, 200, 200, 200, 200, 200, 304, 301, 404}
	stamp := time.Now().UTC().Format("02/Jan/2006:15:04:05 -0700")
	var buf bytes.Buffer
	for range n {
		item := int(r.ExpFloat64() * 800)
		fmt.Fprintf(&buf, "198.%d.%d.%d - - [%s] \"%s /shop/category-%d/item-%d?page=%d HTTP/1.1\" %d %d \"https://www.example.com/shop/category-%d\" \"%s\"\n",
			18+r.IntN(2), r.IntN(256), r.IntN(256), stamp, methods[r.IntN(len(methods))], item%40, item, r.IntN(5), status[r.IntN(len(status))], 200+r.IntN(60000), item%40, agents[r.IntN(len(agents))])
	}
	return buf.Bytes()
}

// jetstream measures how many lines a second JetStream alone takes, in batches of
// the size that the pipeline uses: the limit of everything built on it.
func (c *benchCmd) jetstream(ctx context.Context, folder string, bodies [][]byte) (linesPerSecond float64, err error) {
	o := bus.ServerDefaults()
	o.Listen = ""
	options := bus.Defaults()
	options.Limits.Raw = 64 << 30
	server, err := bus.StartServer(o, folder, options.Limits, zerolog.Nop())
	if err != nil {
		return 0, err
	}
	defer server.Stop()
	b, err := server.Connect(ctx, options, zerolog.Nop(), prometheus.NewRegistry())
	if err != nil {
		return 0, err
	}
	defer b.Close()
	if err := b.Setup(ctx); err != nil {
		return 0, err
	}
	batches := cutBatches(bodies)
	return c.load(ctx, 0, record.MaxBatchLines, func(ctx context.Context, i int) error {
		return b.Publish(ctx, bus.Msg{Subject: "raw." + benchSource, Data: batches[i%len(batches)]})
	})
}

func cutBatches(bodies [][]byte) [][]byte {
	var batches [][]byte
	for _, body := range bodies {
		for len(body) > 0 {
			end := 0
			for range record.MaxBatchLines {
				end += bytes.IndexByte(body[end:], '\n') + 1
			}
			batches = append(batches, body[:end])
			body = body[end:]
		}
	}
	return batches
}

// load calls send from all senders for the duration, at most rate lines a second
// (0: as fast as it goes), and returns the lines a second; each call sends n lines.
func (c *benchCmd) load(ctx context.Context, rate, n int, send func(ctx context.Context, i int) error) (float64, error) {
	var sent atomic.Int64
	var next atomic.Int64
	var failed sync.Map
	began := time.Now()
	end := began.Add(c.Duration)
	var senders sync.WaitGroup
	for s := range c.Senders {
		senders.Go(func() {
			for time.Now().Before(end) && ctx.Err() == nil {
				i := next.Add(1) - 1
				if rate > 0 {
					due := began.Add(time.Duration(i) * time.Duration(n) * time.Second / time.Duration(rate))
					if !pause(ctx, time.Until(due)) {
						return
					}
				}
				if err := send(ctx, int(i)); err != nil {
					failed.Store(s, err)
					return
				}
				sent.Add(int64(n))
			}
		})
	}
	senders.Wait()
	var errs []error
	failed.Range(func(_, err any) bool { errs = append(errs, err.(error)); return true }) //nolint:forcetypeassert // only errors are stored
	return float64(sent.Load()) / time.Since(began).Seconds(), errors.Join(append(errs, ctx.Err())...)
}

func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// pipeline measures everything in one process, from HTTP to the archive.
func (c *benchCmd) pipeline(ctx context.Context, folder string, bodies [][]byte) (result benchResult, err error) {
	conf := config.Defaults()
	conf.DataDir = folder
	conf.Ops.Listen = ""
	conf.Server.Listen = ""
	conf.Ingest.HTTP.Listen = "127.0.0.1:0"
	conf.Ingest.Syslog = nil
	conf.Correlate.Rules = c.Rules
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	started := make(chan wire.Addresses, 1)
	// The registry of the process is read for the figures.
	p := &wire.Process{Config: conf, Log: zerolog.New(os.Stderr).Level(zerolog.ErrorLevel), Registry: prometheus.NewRegistry(), Health: new(run.Health)}
	p.Started = func(at wire.Addresses) { started <- at }
	ended := make(chan error, 1)
	go func() { ended <- p.Embedded(ctx) }()
	select {
	case at := <-started:
		m := benchRun{cmd: c, registry: p.Registry, url: "http://" + at.Inputs[0].Addr + "/v1/raw/" + benchSource}
		result, err = m.measure(ctx, bodies)
	case err := <-ended:
		return benchResult{}, err
	}
	cancel()
	return result, errors.Join(err, <-ended)
}

// benchRun is the measurement of a running pipeline.
type benchRun struct {
	cmd      *benchCmd
	registry *prometheus.Registry
	url      string
}

func (m benchRun) measure(ctx context.Context, bodies [][]byte) (benchResult, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: m.cmd.Senders}}
	defer client.CloseIdleConnections()
	var result benchResult
	stop, err := m.cmd.profile()
	if err != nil {
		return result, err
	}
	defer stop()
	watch := watchMemory(ctx)
	began := time.Now()
	rate, err := m.cmd.load(ctx, m.cmd.Rate, benchBody, func(ctx context.Context, i int) error { return m.post(ctx, client, bodies[i%len(bodies)]) })
	if err != nil {
		return result, err
	}
	result.accepted = rate
	sent := rate * time.Since(began).Seconds()
	if err := m.drained(ctx, sent); err != nil {
		return result, err
	}
	result.archived = sent / time.Since(began).Seconds()
	result.lines = sent
	result.memory = watch()
	return result, nil
}

// profile starts the CPU profile if one was asked for.
func (c *benchCmd) profile() (stop func(), err error) {
	if c.Profile == "" {
		return func() {}, nil
	}
	file, err := os.Create(c.Profile)
	if err != nil {
		return nil, fmt.Errorf("make the profile: %w", err)
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, errors.Join(fmt.Errorf("profile: %w", err), file.Close())
	}
	return func() { pprof.StopCPUProfile(); _ = file.Close() }, nil
}

// post sends one body until it is accepted.
func (m benchRun) post(ctx context.Context, client *http.Client, body []byte) error {
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.url, bytes.NewReader(body))
		if err != nil {
			return err
		}
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, resp.Body)
		if err := errors.Join(err, resp.Body.Close()); err != nil {
			return err
		}
		switch resp.StatusCode {
		case http.StatusAccepted:
			return nil
		case http.StatusServiceUnavailable:
			if !pause(ctx, 50*time.Millisecond) {
				return ctx.Err()
			}
		default:
			return fmt.Errorf("post: status %s", resp.Status)
		}
	}
}

// drained waits until the archive has stored that many events.
func (m benchRun) drained(ctx context.Context, lines float64) error {
	for {
		stored, err := counterValue(m.registry, "goshawk_archive_events_total")
		if err != nil {
			return err
		}
		if stored >= lines-0.5 {
			return nil
		}
		if !pause(ctx, 20*time.Millisecond) {
			return ctx.Err()
		}
	}
}

// counterValue adds up a counter over its labels.
func counterValue(registry *prometheus.Registry, name string) (float64, error) {
	families, err := registry.Gather()
	if err != nil {
		return 0, fmt.Errorf("read metrics: %w", err)
	}
	total := 0.0
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, metric := range family.GetMetric() {
			total += metric.GetCounter().GetValue()
		}
	}
	return total, nil
}

// watchMemory samples the heap and returns a function that says the most it was,
// in bytes.
func watchMemory(ctx context.Context) (most func() uint64) {
	ctx, cancel := context.WithCancel(ctx)
	peak := make(chan uint64, 1)
	go func() {
		var top uint64
		for pause(ctx, 200*time.Millisecond) {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			top = max(top, m.HeapInuse+m.StackInuse)
		}
		peak <- top
	}()
	return func() uint64 { cancel(); return <-peak }
}

// benchResult is what the pipeline did.
type benchResult struct {
	lines              float64
	accepted, archived float64
	memory             uint64
}

func (r benchResult) print(w io.Writer, base float64) error {
	t := newTable(w, "WHAT", "LINES/S", "OF RAW JETSTREAM")
	row := func(what string, rate float64) {
		t.row(what, fmt.Sprintf("%.0f", rate), fmt.Sprintf("%.2f", rate/base))
	}
	row("raw JetStream, publish only", base)
	row("HTTP accepted (on disk)", r.accepted)
	row("HTTP to archive, detected", r.archived)
	if err := t.flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%.0f lines archived; heap and stacks at most %d MiB\n", r.lines, r.memory>>20)
	return err
}
