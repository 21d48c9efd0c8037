package ingest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sync/semaphore"

	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/listen"
	"github.com/goshawk-siem/goshawk/internal/record"
	"github.com/goshawk-siem/goshawk/internal/unit"
)

// Limits of HTTP that nobody needs to change.
const (
	maxHeaderBytes    = 16 << 10
	headerTimeout     = 10 * time.Second
	maxIdempotencyKey = 255
	// requestMemory is what a request being read holds at most: a line in
	// parts, and the batch being gathered. zstd adds its window.
	requestMemory     = 1 * unit.MiB
	zstdRequestMemory = 10 * unit.MiB
	// retryAfter is what senders are told to wait, in seconds.
	retryAfter = "1"
)

// httpInput answers POST /v1/raw/<source>.
type httpInput struct {
	opts    HTTPOptions
	maxLine int
	out     *outbox
	metrics *metrics
	log     zerolog.Logger
	tls     *tls.Config
	memory  *semaphore.Weighted
}

func newHTTPInput(o Options, out *outbox, m *metrics, log zerolog.Logger) (*httpInput, error) {
	config, err := o.HTTP.TLS.config()
	if err != nil {
		return nil, fmt.Errorf("http: %w", err)
	}
	return &httpInput{
		opts: o.HTTP, maxLine: int(o.MaxLine), out: out, metrics: m, tls: config,
		log: log.With().Str("input", inputHTTP).Logger(), memory: semaphore.NewWeighted(int64(o.HTTP.MaxMemory)),
	}, nil
}

// listen opens the input's socket.
func (h *httpInput) listen(ctx context.Context) (net.Listener, error) {
	l, err := listenTCP(ctx, h.opts.Listen)
	if err != nil {
		return nil, fmt.Errorf("http: %w", err)
	}
	l = h.metrics.limitConnections(l, inputHTTP, h.opts.MaxConnections)
	if h.tls != nil {
		l = tls.NewListener(l, h.tls)
	}
	return l, nil
}

// serve answers until ctx ends, and then lets the requests that are being read
// come to their end, until hard ends.
func (h *httpInput) serve(ctx, hard context.Context, l net.Listener) error {
	server := &http.Server{
		Handler: http.HandlerFunc(h.route), ReadHeaderTimeout: headerTimeout, IdleTimeout: h.opts.IdleTimeout.Std(),
		MaxHeaderBytes: maxHeaderBytes, BaseContext: func(net.Listener) context.Context { return hard },
		ErrorLog: quiet(h.log),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("http: serve %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	err := server.Shutdown(hard)
	if err != nil {
		err = errors.Join(fmt.Errorf("http: stopped with requests unfinished: %w", err), server.Close())
	}
	if ended := <-failed; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	return err
}

// answer is a refusal: what the sender is told.
type answer struct {
	status int
	text   string
	reason string
	header [2]string
}

func (a *answer) Error() string { return a.text }

func refuse(status int, reason, format string, args ...any) *answer {
	return &answer{status: status, reason: reason, text: fmt.Sprintf(format, args...)}
}

func (a *answer) with(header, value string) *answer {
	a.header = [2]string{header, value}
	return a
}

func (h *httpInput) route(w http.ResponseWriter, r *http.Request) {
	request, refusal := h.check(r)
	if refusal != nil {
		h.refuse(w, r, refusal, progress{})
		return
	}
	done, err := h.take(w, r, request)
	if err == nil {
		reply(w, http.StatusAccepted, done)
		return
	}
	var a *answer
	if !errors.As(err, &a) {
		a = h.classify(err)
	}
	h.refuse(w, r, a, done)
}

// request is what a request's head says.
type request struct {
	origin
	encoding string
	whole    bool
	key      string
	// columns are header lines that the body's lines had before them.
	columns string
}

const rawPath = "/v1/raw/"

// check reads a request's head.
func (h *httpInput) check(r *http.Request) (request, *answer) {
	source, found := strings.CutPrefix(r.URL.Path, rawPath)
	if !found || strings.Contains(source, "/") {
		return request{}, refuse(http.StatusNotFound, "path", "no such path %.100q; expected POST %s<source>", r.URL.Path, rawPath)
	}
	if r.Method != http.MethodPost {
		return request{}, refuse(http.StatusMethodNotAllowed, "method", "method %.20q is not allowed; expected POST", r.Method).with("Allow", http.MethodPost)
	}
	if !h.authorized(r) {
		return request{}, refuse(http.StatusUnauthorized, "token", "bearer token is missing or wrong; expected the header Authorization: Bearer <token>").with("WWW-Authenticate", `Bearer realm="goshawk"`)
	}
	if err := record.CheckSource(source); err != nil {
		return request{}, refuse(http.StatusBadRequest, "source", "%v", err)
	}
	req := request{origin: origin{input: inputHTTP, source: source, peer: host(r.RemoteAddr)}, encoding: r.Header.Get("Content-Encoding")}
	if a := req.readHeaders(r); a != nil {
		return request{}, a
	}
	if r.ContentLength > int64(h.opts.MaxBody) {
		return request{}, refuse(http.StatusRequestEntityTooLarge, "too_long", "body has %d bytes, at most %d are allowed; send it in several requests", r.ContentLength, h.opts.MaxBody)
	}
	return req, nil
}

func (req *request) readHeaders(r *http.Request) *answer {
	req.format = r.Header.Get(record.HeaderFormat)
	if query := r.URL.Query(); query.Has("format") {
		req.format = query.Get("format")
	}
	if err := checkFormat(req.format); err != nil {
		return refuse(http.StatusBadRequest, "format", "%v", err)
	}
	switch framing := r.Header.Get(record.HeaderFraming); framing {
	case "", "lines":
	case record.FramingMessage:
		req.whole = true
	default:
		return refuse(http.StatusBadRequest, "framing", "%s is %.40q; expected message, lines or none", record.HeaderFraming, framing)
	}
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), "/"); strings.EqualFold(kind, "multipart") {
		return refuse(http.StatusUnsupportedMediaType, "type", "content type %.60q is not supported; send the lines themselves, for example as text/plain", r.Header.Get("Content-Type"))
	}
	if value := r.Header.Get(record.HeaderColumns); value != "" {
		if req.columns = record.DecodeColumns(value); req.columns == "" {
			return refuse(http.StatusBadRequest, "columns", "%s has %d bytes, at most %d are allowed", record.HeaderColumns, len(value), record.MaxColumns)
		}
	}
	req.key = r.Header.Get("Idempotency-Key")
	if len(req.key) > maxIdempotencyKey {
		return refuse(http.StatusBadRequest, "key", "Idempotency-Key has %d bytes, at most %d are allowed", len(req.key), maxIdempotencyKey)
	}
	return nil
}

func (h *httpInput) authorized(r *http.Request) bool {
	if len(h.opts.Tokens) == 0 {
		return true
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return false
	}
	// Every token is compared, so that the time says nothing of which one came
	// close.
	found := false
	for _, want := range h.opts.Tokens {
		if want.Equal(strings.TrimSpace(token)) {
			found = true
		}
	}
	return found
}

// progress is how much of a body was accepted.
type progress struct {
	Lines   int64 `json:"lines"`
	Batches int64 `json:"batches"`
	Dead    int64 `json:"dead"`
}

// take reads the body and publishes it on the way. It returns without error
// when all of it is acknowledged.
func (h *httpInput) take(w http.ResponseWriter, r *http.Request, req request) (progress, error) {
	memory := int64(requestMemory)
	if strings.EqualFold(strings.TrimSpace(req.encoding), "zstd") {
		memory = int64(zstdRequestMemory)
	}
	if !h.memory.TryAcquire(memory) {
		return progress{}, refuse(http.StatusServiceUnavailable, "busy", "too many requests are being read; try again later").with("Retry-After", retryAfter)
	}
	defer h.memory.Release(memory)
	ctx, cancel := context.WithTimeout(r.Context(), h.opts.ReadTimeout.Std())
	defer cancel()
	limited := http.MaxBytesReader(w, r.Body, int64(h.opts.MaxBody))
	deadline, _ := ctx.Deadline()
	body, err := listen.NewBody(&pacedReader{r: limited, control: http.NewResponseController(w), idle: h.opts.IdleTimeout.Std(), end: deadline}, req.encoding, int64(h.opts.MaxBody))
	if err != nil {
		return progress{}, err
	}
	defer body.Close()
	f := newFeed(ctx, h.out, req.origin, h.out.once, h.maxLine)
	f.key = req.key
	f.followColumns(req.columns)
	err = readInto(f, req.reader(body, h.maxLine))
	// A read that fails ends the request's context and with it publishes; a
	// publish that fails ends the reading. Whichever came first is the cause.
	waited := f.wait()
	if failed := (*readError)(nil); waited != nil && !errors.As(err, &failed) {
		err = waited
	}
	return progress{Lines: f.lines.Load(), Batches: f.batches.Load(), Dead: f.dead.Load()}, err
}

// readError is an error of reading, in contrast to one of publishing.
type readError struct{ error }

func (e *readError) Unwrap() error { return e.error }

// pieceReader is one of listen's readers.
type pieceReader interface {
	Next() (listen.Piece, error)
}

func (req request) reader(body io.Reader, maxLine int) pieceReader {
	if req.whole {
		return listen.NewMessageReader(body, maxLine)
	}
	return listen.NewLineReader(body, maxLine)
}

// readInto feeds f all of r. An error of r is a *readError.
func readInto(f *feed, r pieceReader) error {
	now := time.Now()
	for {
		piece, err := r.Next()
		if errors.Is(err, io.EOF) {
			return f.flush()
		}
		if err != nil {
			return &readError{err}
		}
		piece.Cut = false // the end of a body ends its last line
		if err := f.add(piece, now); err != nil {
			return err
		}
	}
}

// pacedReader gives each read of a body its own deadline, so that a sender that
// says nothing is cut off long before the whole request's time is over.
type pacedReader struct {
	r       io.Reader
	control *http.ResponseController
	idle    time.Duration
	end     time.Time
}

func (p *pacedReader) Read(b []byte) (int, error) {
	deadline := time.Now().Add(p.idle)
	if p.end.Before(deadline) {
		deadline = p.end
	}
	// A connection that takes no deadline (HTTP/2's does) still has the
	// request's.
	_ = p.control.SetReadDeadline(deadline)
	return p.r.Read(b)
}

// classify turns an error of reading or publishing into an answer.
func (h *httpInput) classify(err error) *answer {
	var long *http.MaxBytesError
	var failed *readError
	switch {
	case errors.Is(err, listen.ErrEncoding):
		return refuse(http.StatusUnsupportedMediaType, "encoding", "%v", err).with("Accept-Encoding", listen.Encodings)
	case errors.As(err, &long):
		return refuse(http.StatusRequestEntityTooLarge, "too_long", "body has more than %d bytes; send it in several requests", long.Limit)
	case errors.Is(err, listen.ErrTooLong):
		return refuse(http.StatusRequestEntityTooLarge, "too_long", "%v", err)
	case errors.Is(err, listen.ErrDamaged):
		return refuse(http.StatusBadRequest, "damaged", "%v; expected what Content-Encoding says", err)
	case errors.Is(err, bus.ErrFull):
		return refuse(http.StatusServiceUnavailable, "full", "the stream is full; try again later").with("Retry-After", retryAfter)
	case errors.Is(err, bus.ErrTooLarge):
		return refuse(http.StatusInternalServerError, "too_large", "%v; raise max_payload of the NATS server", err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refuse(http.StatusRequestTimeout, "slow", "the body did not arrive in time; expected something every %v and all of it within %v", h.opts.IdleTimeout, h.opts.ReadTimeout)
	case errors.As(err, &failed):
		return refuse(http.StatusBadRequest, "cut", "the body could not be read to its end: %v", err)
	}
	h.out.log.Warn().Err(err).Str("input", inputHTTP).Msg("could not publish a request")
	return refuse(http.StatusServiceUnavailable, "bus", "the lines could not be stored now; try again later").with("Retry-After", retryAfter)
}
