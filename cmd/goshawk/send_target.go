package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/ingest"
	"github.com/goshawk-siem/goshawk/internal/record"
)

// busTarget publishes to NATS.
type busTarget struct {
	bus  *bus.Bus
	copy ingest.Copy
	log  zerolog.Logger
}

func newBusTarget(ctx context.Context, a *app, copied ingest.Copy) (*busTarget, error) {
	config, err := a.Config()
	if err != nil {
		return nil, err
	}
	b, err := a.Bus(ctx)
	if err != nil {
		return nil, err
	}
	return &busTarget{bus: b, copy: copied, log: a.commandLogger(config)}, nil
}

func (t *busTarget) send(ctx context.Context, name string, r io.Reader) (sent, error) {
	c := t.copy
	if name != "-" {
		c.Peer = name
	}
	done, err := c.Run(ctx, t.bus, r, t.log)
	return sent{done.Lines, done.Dead}, err
}

func (t *busTarget) close() { t.bus.Close() }

// Sizes of the requests that httpTarget sends.
const (
	// chunkSize is how much one request carries, and is repeated when it fails.
	chunkSize = 4 << 20
	// maxChunk bounds a request that has to be larger for the sake of a long
	// line: the server's own limit is 64 MiB by default.
	maxChunk = 60 << 20
)

// httpTarget posts to the HTTP input of ingest. A request that fails for now is
// sent again under the same key, so that it repeats no line.
type httpTarget struct {
	client *http.Client
	url    string
	header http.Header
	run    string
	count  int
	whole  bool
	say    zerolog.Logger
}

func newHTTPTarget(a *app, base string, c ingest.Copy) (*httpTarget, error) {
	if c.Path != "" {
		return nil, errors.New("--path: works with NATS only; the HTTP input has none")
	}
	config, err := a.Config()
	if err != nil {
		return nil, err
	}
	target, err := url.JoinPath(base, "v1/raw", c.Source)
	if err != nil {
		return nil, fmt.Errorf("--url: %w", err)
	}
	t := &httpTarget{client: &http.Client{Timeout: 5 * time.Minute}, url: target, header: http.Header{}, run: rand.Text(), whole: c.Whole, say: a.commandLogger(config)}
	t.header.Set("Content-Type", "text/plain")
	if c.Format != "" {
		t.header.Set(record.HeaderFormat, c.Format)
	}
	if c.Whole {
		t.header.Set(record.HeaderFraming, record.FramingMessage)
	}
	if token, ok := a.Env("GOSHAWK_HTTP_TOKEN"); ok && token != "" {
		t.header.Set("Authorization", "Bearer "+token)
	}
	return t, nil
}

func (t *httpTarget) close() { t.client.CloseIdleConnections() }

func (t *httpTarget) send(ctx context.Context, _ string, r io.Reader) (sent, error) {
	var total sent
	var chunk []byte
	for {
		next, rest, err := t.fill(r, chunk)
		ended := errors.Is(err, io.EOF)
		if err != nil && !ended {
			return total, err
		}
		if len(next) > 0 {
			done, failed := t.post(ctx, next)
			total.lines += done.lines
			total.dead += done.dead
			if failed != nil {
				return total, failed
			}
		}
		if ended {
			return total, nil
		}
		chunk = append(chunk[:0], rest...)
	}
}

// fill reads on behind chunk until it is large enough, and parts it behind the
// last whole line. At the end of r the error is io.EOF.
func (t *httpTarget) fill(r io.Reader, chunk []byte) (whole, rest []byte, err error) {
	for size := chunkSize; ; size = min(2*size, maxChunk) {
		have := len(chunk)
		chunk = append(chunk, make([]byte, max(size-have, 0))...)
		n, err := io.ReadFull(r, chunk[have:])
		chunk = chunk[:have+n]
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return chunk, nil, io.EOF
		}
		if err != nil {
			return nil, nil, err
		}
		if end := bytes.LastIndexByte(chunk, '\n') + 1; end > 0 && !t.whole {
			return chunk[:end], bytes.Clone(chunk[end:]), nil
		}
		if size == maxChunk {
			return nil, nil, fmt.Errorf("a line is longer than %d bytes: more than one request can hold; send it with --url nats://HOST:PORT", maxChunk)
		}
	}
}

// post sends one chunk until it is accepted or refused for good.
func (t *httpTarget) post(ctx context.Context, chunk []byte) (sent, error) {
	t.count++
	key := t.run + "-" + strconv.Itoa(t.count)
	pause := 200 * time.Millisecond
	for {
		done, retry, err := t.once(ctx, key, chunk)
		if err == nil || !retry || ctx.Err() != nil {
			return done, err
		}
		t.say.Warn().Err(err).Msg("not accepted; trying again")
		select {
		case <-ctx.Done():
			return sent{}, err
		case <-time.After(pause):
			pause = min(2*pause, 5*time.Second)
		}
	}
}

func (t *httpTarget) once(ctx context.Context, key string, chunk []byte) (done sent, retry bool, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, t.url, bytes.NewReader(chunk))
	if err != nil {
		return sent{}, false, err
	}
	request.Header = t.header.Clone()
	request.Header.Set("Idempotency-Key", key)
	response, err := t.client.Do(request)
	if err != nil {
		return sent{}, true, err
	}
	defer response.Body.Close() //nolint:errcheck // only read
	var answer struct {
		Lines, Dead int64
		Error       string
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if err != nil {
		return sent{}, true, err
	}
	// What is not JSON does not come from ingest; the text says more then.
	if json.Unmarshal(text, &answer) != nil {
		answer.Error = strings.TrimSpace(string(text))
	}
	if response.StatusCode == http.StatusAccepted {
		return sent{answer.Lines, answer.Dead}, false, nil
	}
	err = fmt.Errorf("%s answers %s: %.300s", t.url, response.Status, answer.Error)
	return sent{}, response.StatusCode >= 500 || response.StatusCode == http.StatusTooManyRequests, err
}
