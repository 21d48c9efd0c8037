package format

import (
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// oracle is the pattern that most Python articles about access logs end up with.
// It is the slow, obvious reading of the eight fields that the product promises.
var oracle = regexp.MustCompile(`^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) (\S+) [^"]*" (\d{3}) (\d+|-) "([^"]*)" "([^"]*)"`)

// corpora is where real sample lines are, if they are: a folder a format.
const corpora = "../../../shared/corpora"

func corpusLines(tb testing.TB, patterns ...string) []string {
	tb.Helper()
	var lines []string
	for _, pattern := range patterns {
		files, err := filepath.Glob(filepath.Join(corpora, pattern))
		if err != nil {
			tb.Fatal(err)
		}
		for _, file := range files {
			if strings.Contains(file, ".expected") {
				continue // what other parsers make of the lines
			}
			data, err := os.ReadFile(file)
			if err != nil {
				tb.Fatal(err)
			}
			for line := range strings.Lines(string(data)) {
				if line = strings.TrimRight(line, "\r\n"); line != "" {
					lines = append(lines, line)
				}
			}
		}
	}
	if len(lines) == 0 {
		tb.Skipf("no sample lines in %s: the corpora are not here", corpora)
	}
	return lines
}

// checkOracle compares an event with the oracle's reading of its line. It
// reports whether the oracle accepts the line.
func checkOracle(t *testing.T, line string, e *event.Event) bool {
	t.Helper()
	m := oracle.FindStringSubmatch(line)
	if m == nil {
		return false
	}
	same := func(field, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s = %q, the oracle says %q\nline: %s", field, got, want, line)
		}
	}
	same("event_type", e.Text(event.EventType), event.HTTPAccess)
	if addr, err := netip.ParseAddr(m[1]); err == nil {
		same("source_ip", e.Text(event.SourceIP), addr.Unmap().WithZone("").String())
	}
	at, err := time.Parse("02/Jan/2006:15:04:05 -0700", m[2])
	if err != nil {
		t.Errorf("the oracle's time %q: %v", m[2], err)
	}
	same("event_time", e.Time(event.EventTime).Format(time.RFC3339Nano), at.UTC().Format(time.RFC3339Nano))
	// Bytes that are no request, like a TLS handshake, have no method and path.
	if isMethod(m[3]) {
		same("http_method", e.Text(event.HTTPMethod), m[3])
		same("request_path", e.Text(event.RequestPath), m[4])
	}
	same("status_code", strconv.FormatInt(e.Int(event.StatusCode), 10), strings.TrimLeft(m[5][:2], "0")+m[5][2:])
	size := "-"
	if e.Has(event.ResponseSizeBytes) {
		size = strconv.FormatInt(e.Int(event.ResponseSizeBytes), 10)
	}
	same("response_size_bytes", size, m[6])
	// The oracle ends a text at an escaped quote; the text goes on.
	if !strings.HasSuffix(m[7], `\`) && !strings.HasSuffix(m[8], `\`) {
		same("referrer", e.Text(event.Referrer), absent(m[7]))
		same("user_agent", e.Text(event.UserAgent), absent(m[8]))
	}
	return true
}

func TestApacheAccessAgreesWithOracle(t *testing.T) {
	t.Parallel()
	lines := corpusLines(t, "apache_access/*")
	accepted, parsed := 0, 0
	c := Context{Received: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	for _, line := range lines {
		var e event.Event
		err := parseApacheAccess(line, &c, &e)
		if err == nil {
			parsed++
			apacheAccess.Finish(line, &c, &e)
		} else {
			t.Logf("dead: %v: %s", err, line)
		}
		if oracle.MatchString(line) && err != nil {
			t.Errorf("the oracle accepts what the parser does not: %v: %s", err, line)
			continue
		}
		if err == nil && checkOracle(t, line, &e) {
			accepted++
		}
	}
	t.Logf("%d lines, %d parsed, %d of them accepted by the oracle", len(lines), parsed, accepted)
}

func TestApacheAccessParsesAllOfTheElasticSample(t *testing.T) {
	t.Parallel()
	lines := corpusLines(t, "apache_access/elastic-examples__apache_logs.log")
	if len(lines) != 10_000 {
		t.Fatalf("%d lines, want 10000", len(lines))
	}
	for _, line := range lines {
		var e event.Event
		if err := parseApacheAccess(line, &Context{}, &e); err != nil {
			t.Errorf("%v: %s", err, line)
		}
	}
}

func BenchmarkApacheAccessCorpus(b *testing.B) {
	lines := corpusLines(b, "apache_access/elastic-examples__apache_logs.log")
	bytes := 0
	for _, line := range lines {
		bytes += len(line)
	}
	b.SetBytes(int64(bytes / len(lines)))
	b.ReportAllocs()
	c := Context{Received: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	var e event.Event
	n := 0
	for b.Loop() {
		line := lines[n%len(lines)]
		n++
		e.Reset()
		if err := parseApacheAccess(line, &c, &e); err != nil {
			b.Fatal(err)
		}
		apacheAccess.Finish(line, &c, &e)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}
