package ingest

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/goshawk-siem/goshawk/internal/bustest"
	"github.com/goshawk-siem/goshawk/internal/record"
	"github.com/goshawk-siem/goshawk/internal/unit"
)

type result struct {
	status int
	header http.Header
	Lines  int    `json:"lines"`
	Dead   int    `json:"dead"`
	Error  string `json:"error"`

	Batches int `json:"batches"`
}

func (r *rig) post(t *testing.T, path string, body io.Reader, headers ...string) result {
	t.Helper()
	return r.do(t, http.MethodPost, path, body, headers...)
}

func (r *rig) do(t *testing.T, method, path string, body io.Reader, headers ...string) result {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+r.addr()+path, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatalf("%s %s %v: %v", method, path, req.ContentLength, err)
	}
	defer resp.Body.Close() //nolint:errcheck // read only
	out := result{status: resp.StatusCode, header: resp.Header}
	if resp.StatusCode == http.StatusRequestHeaderFieldsTooLarge {
		return out // net/http's own answer, in plain text
	}
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatalf("status %d, body %q: %v", resp.StatusCode, data, err)
	}
	return out
}

func gzipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func zstded(t *testing.T, data []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close() //nolint:errcheck // writes nowhere
	return w.EncodeAll(data, nil)
}

func numbered(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf(`192.0.2.%d - - [05/Sep/2024:10:30:00 +0000] "GET /%d HTTP/1.1" 200 12`, i%250, i))
	}
	return out
}

func TestHTTPAccepts(t *testing.T) {
	t.Parallel()
	r := start(t, httpOptions())
	many := numbered(2000)
	text := strings.Join(many, "\n")
	for _, tt := range []struct {
		name    string
		path    string
		body    []byte
		headers []string
		want    []string
		batches int
	}{
		{"plain", "/v1/raw/plain", []byte("one\ntwo\r\nthree"), nil, []string{"one", "two", "three"}, 1},
		{"many", "/v1/raw/many", []byte(text), nil, many, 4},
		{"gzip", "/v1/raw/gzip", gzipped(t, []byte(text)), []string{"Content-Encoding", "gzip"}, many, 4},
		{"zstd", "/v1/raw/zstd", zstded(t, []byte(text)), []string{"Content-Encoding", "zstd"}, many, 4},
		{"empty", "/v1/raw/empty", nil, nil, nil, 0},
		{"only newlines", "/v1/raw/newlines", []byte("\n\r\n\n\n"), nil, nil, 0},
		{"empty lines between", "/v1/raw/between", []byte("\n\na\n\n\nb\n\n"), nil, []string{"a", "b"}, 1},
		{"NUL and invalid UTF-8", "/v1/raw/bytes", []byte("a\x00b\n\xff\xfe\n"), nil, []string{"a\x00b", "\xff\xfe"}, 1},
		{"carriage returns inside", "/v1/raw/returns", []byte("a\rb\r\r\n"), nil, []string{"a\rb\r"}, 1},
		{"one record", "/v1/raw/record", []byte("first\n  second\n"), []string{record.HeaderFraming, "message"}, []string{"first\n  second"}, 1},
		{"format in the query", "/v1/raw/query?format=sshd", []byte("x\n"), nil, []string{"x"}, 1},
		{"format in a header", "/v1/raw/header", []byte("x\n"), []string{record.HeaderFormat, "sshd"}, []string{"x"}, 1},
		{"form type of curl", "/v1/raw/curl", []byte("x=1\n"), []string{"Content-Type", "application/x-www-form-urlencoded"}, []string{"x=1"}, 1},
	} {
		got := r.post(t, tt.path, bytes.NewReader(tt.body), tt.headers...)
		if got.status != http.StatusAccepted || got.Lines != len(tt.want) || got.Batches != tt.batches || got.Dead != 0 {
			t.Errorf("%s: %+v, want 202 with %d lines in %d batches", tt.name, got, len(tt.want), tt.batches)
		}
	}
	lines := collect(t, r.bus).wait(t, 3*2000+12)
	find := func(source string) (out []string) {
		for _, l := range lines {
			if l.subject == "raw."+source {
				out = append(out, l.text)
			}
		}
		return out
	}
	for _, source := range []string{"many", "gzip", "zstd"} {
		got, want := find(source), slices.Clone(many)
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", source, diff)
		}
	}
	if diff := cmp.Diff([]string{"a\x00b", "\xff\xfe"}, find("bytes")); diff != "" {
		t.Error(diff)
	}
	for _, l := range lines {
		if l.peer != "127.0.0.1" {
			t.Fatalf("peer %q", l.peer)
		}
		if named := l.subject == "raw.query" || l.subject == "raw.header"; named != (l.format == "sshd") {
			t.Errorf("%s has format %q", l.subject, l.format)
		}
		if l.whole != (l.subject == "raw.record") {
			t.Errorf("%s: whole is %v", l.subject, l.whole)
		}
	}
}

func TestHTTPRefuses(t *testing.T) {
	t.Parallel()
	o := httpOptions()
	o.HTTP.MaxBody = 1 << 20
	o.HTTP.Tokens = []unit.Secret{unit.NewSecret("first"), unit.NewSecret("second")}
	r := start(t, o)
	bomb := gzipped(t, bytes.Repeat([]byte("0123456789abcde\n"), 4<<20/16))
	whole := gzipped(t, []byte(strings.Join(numbered(100), "\n")))
	for _, tt := range []struct {
		name    string
		method  string
		path    string
		body    []byte
		headers []string
		status  int
		says    string
	}{
		{"no path", "POST", "/", nil, nil, 404, "/v1/raw/<source>"},
		{"longer path", "POST", "/v1/raw/a/b", nil, nil, 404, "/v1/raw/<source>"},
		{"get", "GET", "/v1/raw/a", nil, nil, 405, "expected POST"},
		{"no token", "POST", "/v1/raw/a", nil, []string{"Authorization", ""}, 401, "Bearer"},
		{"wrong token", "POST", "/v1/raw/a", nil, []string{"Authorization", "Bearer third"}, 401, "Bearer"},
		{"basic auth", "POST", "/v1/raw/a", nil, []string{"Authorization", "Basic first"}, 401, "Bearer"},
		{"source with a dot", "POST", "/v1/raw/a.b", nil, nil, 400, "not a source name"},
		{"no source", "POST", "/v1/raw/", nil, nil, 400, "not a source name"},
		{"bad format", "POST", "/v1/raw/a?format=a%20b", nil, nil, 400, "not the name of a format"},
		{"bad framing", "POST", "/v1/raw/a", nil, []string{record.HeaderFraming, "octets"}, 400, "expected message"},
		{"long key", "POST", "/v1/raw/a", nil, []string{"Idempotency-Key", strings.Repeat("k", 300)}, 400, "at most 255"},
		{"unknown encoding", "POST", "/v1/raw/a", []byte("x"), []string{"Content-Encoding", "br"}, 415, "gzip, zstd"},
		{"multipart", "POST", "/v1/raw/a", []byte("x"), []string{"Content-Type", "multipart/form-data; boundary=x"}, 415, "text/plain"},
		{"truncated gzip", "POST", "/v1/raw/a", whole[:len(whole)-9], []string{"Content-Encoding", "gzip"}, 400, "decompressed"},
		{"not gzip", "POST", "/v1/raw/a", []byte("plain text"), []string{"Content-Encoding", "gzip"}, 400, "decompressed"},
		{"not zstd", "POST", "/v1/raw/a", []byte("plain text"), []string{"Content-Encoding", "zstd"}, 400, "decompressed"},
		{"too long", "POST", "/v1/raw/a", bytes.Repeat([]byte("x\n"), 1<<20), nil, 413, "several requests"},
		{"gzip bomb", "POST", "/v1/raw/a", bomb, []string{"Content-Encoding", "gzip"}, 413, "after decompression"},
		{"headers too large", "POST", "/v1/raw/a", nil, []string{"X-Large", strings.Repeat("x", 24<<10)}, 431, ""},
	} {
		headers := append([]string{"Authorization", "Bearer second"}, tt.headers...)
		got := r.do(t, tt.method, tt.path, bytes.NewReader(tt.body), headers...)
		if got.status != tt.status || !strings.Contains(got.Error, tt.says) {
			t.Errorf("%s: status %d, error %q; want %d and %q", tt.name, got.status, got.Error, tt.status, tt.says)
		}
	}
	if got := r.post(t, "/v1/raw/a", strings.NewReader("x"), "Authorization", "bearer first"); got.status != 202 {
		t.Errorf("good token: %+v", got)
	}
}

func TestHTTPRepeatWithKeyRepeatsNothing(t *testing.T) {
	t.Parallel()
	r := start(t, httpOptions())
	body := strings.Join(numbered(1500), "\n")
	for range 3 {
		if got := r.post(t, "/v1/raw/web", strings.NewReader(body), "Idempotency-Key", "upload 17"); got.status != 202 || got.Lines != 1500 {
			t.Fatalf("%+v", got)
		}
	}
	// The same key on other bytes is a mistake of the sender, and loses nothing.
	if got := r.post(t, "/v1/raw/web", strings.NewReader("other\n"), "Idempotency-Key", "upload 17"); got.status != 202 {
		t.Fatalf("%+v", got)
	}
	if got := r.post(t, "/v1/raw/other", strings.NewReader(body), "Idempotency-Key", "upload 17"); got.status != 202 {
		t.Fatalf("%+v", got)
	}
	c := collect(t, r.bus)
	lines := c.wait(t, 1500+1+1500)
	seen := map[string]bool{}
	for _, l := range lines {
		if seen[l.id] {
			t.Fatalf("event id %s came twice", l.id)
		}
		seen[l.id] = true
	}
	if len(lines) != 3001 {
		t.Errorf("%d lines, want 3001", len(lines))
	}
}

func TestHTTPOversizeLineBecomesDeadLetters(t *testing.T) {
	t.Parallel()
	o := httpOptions()
	o.MaxLine = 1000
	r := start(t, o)
	long := strings.Repeat("long ", 300)
	huge := strings.Repeat("0123456789", 130_000)
	got := r.post(t, "/v1/raw/web", strings.NewReader("before\n"+long+"\n"+huge+"\nafter"))
	if got.status != 202 || got.Lines != 2 || got.Dead != 2 {
		t.Fatalf("%+v", got)
	}
	letters := deadLetters(t, r.bus)
	slices.SortStableFunc(letters, func(a, b record.Dead) int { return a.Part - b.Part })
	var parts []byte
	for _, d := range letters {
		if !strings.Contains(d.Reason, "longer than max_line, 1000 bytes") || d.Source != "web" || d.Peer != "127.0.0.1" || d.ID == "" {
			t.Errorf("letter %+v", d.Reason)
		}
		if d.Part == 0 {
			if string(d.Raw) != long {
				t.Errorf("raw has %d bytes", len(d.Raw))
			}
			continue
		}
		parts = append(parts, d.Raw...)
	}
	if string(parts) != huge || letters[len(letters)-1].Parts != 3 || len(letters) != 4 {
		t.Errorf("%d letters, the last of %d parts, together %d bytes", len(letters), letters[len(letters)-1].Parts, len(parts))
	}
	if diff := cmp.Diff([]string{"before", "after"}, collect(t, r.bus).sorted(t, 2)); diff != "" {
		t.Error(diff)
	}
}

func (c *collector) sorted(t *testing.T, n int) []string {
	t.Helper()
	c.wait(t, n)
	texts := c.texts()
	slices.SortFunc(texts, func(a, b string) int { return strings.Compare(b, a) })
	return texts
}

func TestHTTPFullStreamAnswers503(t *testing.T) {
	t.Parallel()
	o := bustest.Options()
	o.Limits.Raw = 1 << 20
	r := startOn(t, bustest.Connect(t, bustest.Server(t, t.TempDir()), o), httpOptions())
	body := strings.Repeat("a line that fills the stream\n", 80_000)
	got := r.post(t, "/v1/raw/web", strings.NewReader(body))
	if got.status != 503 || got.header.Get("Retry-After") == "" || !strings.Contains(got.Error, "full") {
		t.Fatalf("%+v", got)
	}
	c := collect(t, r.bus)
	bustest.Eventually(t, "the stream has room again", func() bool {
		return r.post(t, "/v1/raw/web", strings.NewReader("last\n")).status == 202
	})
	bustest.Eventually(t, "the line arrives", func() bool { return slices.Contains(c.texts(), "last") })
}

func TestHTTPServerGoneAnswers503(t *testing.T) {
	t.Parallel()
	server := bustest.Server(t, t.TempDir())
	r := startOn(t, bustest.Connect(t, server, bustest.Options()), httpOptions())
	server.Stop()
	got := r.post(t, "/v1/raw/web", strings.NewReader("x\n"))
	if got.status != 503 || got.header.Get("Retry-After") == "" {
		t.Fatalf("%+v", got)
	}
}

func TestHTTPSlowSenderIsCutOff(t *testing.T) {
	t.Parallel()
	o := httpOptions()
	o.HTTP.IdleTimeout = unit.Duration(100 * time.Millisecond)
	r := start(t, o)
	conn, err := net.Dial("tcp", r.addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // test
	if _, err := io.WriteString(conn, "POST /v1/raw/a HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nfirst"); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(answer), "HTTP/1.1 408") {
		t.Errorf("answer %q", answer)
	}
}

func TestHTTPTooManyRequestsAtOnce(t *testing.T) {
	t.Parallel()
	m, err := newMetrics(nil)
	if err != nil {
		t.Fatal(err)
	}
	o := httpOptions()
	h, err := newHTTPInput(o, newOutbox(bustest.Start(t), int64(o.MaxInFlight), m, bustest.Log(t)), m, bustest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	post := func() *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.route(w, httptest.NewRequest(http.MethodPost, "/v1/raw/a", strings.NewReader("x")))
		return w
	}
	if !h.memory.TryAcquire(int64(o.HTTP.MaxMemory)) {
		t.Fatal("memory is taken")
	}
	if w := post(); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("status %d", w.Code)
	}
	h.memory.Release(int64(o.HTTP.MaxMemory))
	if w := post(); w.Code != http.StatusAccepted {
		t.Errorf("status %d", w.Code)
	}
}

func TestHTTPStopFinishesRequests(t *testing.T) {
	t.Parallel()
	r := start(t, httpOptions())
	c := collect(t, r.bus)
	conn := dial(t, "tcp", r.addr())
	batch := strings.Repeat("one\n", record.MaxBatchLines)
	send(t, conn, fmt.Sprintf("POST /v1/raw/a HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(batch)+4, batch))
	c.wait(t, record.MaxBatchLines) // the request is being read
	stopped := make(chan error, 1)
	go func() { stopped <- r.stop() }()
	bustest.Eventually(t, "nothing is accepted any more", func() bool {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", r.addr())
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	})
	send(t, conn, "two\n")
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.Contains(string(answer), `"lines":513`) {
		t.Errorf("answer %q, %v", answer, err)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestHTTPS(t *testing.T) {
	t.Parallel()
	o := httpOptions()
	pair := newCertificate(t)
	o.HTTP.TLS = TLSOptions{Cert: pair.cert, Key: pair.key}
	r := start(t, o)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pair.pem)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots}}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+r.addr()+"/v1/raw/a", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // test
	if resp.StatusCode != http.StatusAccepted {
		t.Errorf("status %d", resp.StatusCode)
	}
}
