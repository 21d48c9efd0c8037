package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// pythonLine is what the product's ancestor, a small Python script around one
// regular expression, took for an access log line.
var pythonLine = regexp.MustCompile(`^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) (\S+) [^"]*" (\d{3}) (\d+|-) "([^"]*)" "([^"]*)"`)

// pythonFields is the script's result, with the schema's names.
func pythonFields(t *testing.T, line string) (map[string]any, bool) {
	t.Helper()
	m := pythonLine.FindStringSubmatch(line)
	if m == nil {
		return nil, false
	}
	at, err := time.Parse("02/Jan/2006:15:04:05 -0700", m[2])
	if err != nil {
		return nil, false
	}
	status, err := strconv.ParseFloat(m[5], 64)
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]any{
		"event_type": "HTTP_ACCESS", "event_time": at.UTC().Format(time.RFC3339), "source_ip": m[1], "http_method": m[3], "request_path": m[4],
		"status_code": status, "response_size_bytes": nil, "user_agent": nil,
	}
	if size, err := strconv.ParseFloat(m[6], 64); err == nil {
		fields["response_size_bytes"] = size
	}
	if m[8] != "-" && m[8] != "" {
		fields["user_agent"] = m[8]
	}
	return fields, true
}

// startRun starts the one-process product in a folder of the test.
func startRun(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{t: t, folder: t.TempDir(), http: freeAddr(t)}
	addr, ops := freeAddr(t), freeAddr(t)
	c.url = "nats://" + addr
	conf := c.write("goshawk.yaml", c.config(ops)+fmt.Sprintf("server: {listen: %q}\n", addr))
	p := start(t, "goshawk", "--config", conf, "run")
	p.ops = ops
	p.ready()
	return c
}

// The public sample of 10,000 lines goes in by HTTP and comes out of a search
// whole, with the fields that the Python script found.
func TestApacheSampleThroughHTTP(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../../shared/corpora/apache_access/elastic-examples__apache_logs.log")
	if err != nil {
		t.Skip("the sample corpora are not beside this checkout")
	}
	c := startRun(t)
	resp, err := http.Post("http://"+c.http+"/v1/raw/apache_access", "text/plain", bytes.NewReader(data)) //nolint:noctx // a loopback address of this test
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusAccepted {
		t.Fatalf("status %d", resp.StatusCode)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	var rows []map[string]any
	eventually(t, "all lines in the archive", func() bool {
		rows = c.search("source:apache_access", 2*len(lines))
		return len(rows) >= len(lines)
	})
	if len(rows) != len(lines) {
		t.Fatalf("%d events of %d lines", len(rows), len(lines))
	}
	byLine := map[string][]map[string]any{}
	for _, row := range rows {
		raw := fmt.Sprint(row["raw"])
		byLine[raw] = append(byLine[raw], row)
	}
	accepted := 0
	for _, line := range lines {
		if len(byLine[line]) == 0 {
			t.Errorf("no event of %q", line)
			continue
		}
		want, ok := pythonFields(t, line)
		if !ok {
			continue
		}
		accepted++
		for field, value := range want {
			if got := byLine[line][0][field]; got != value {
				t.Errorf("%s is %v, the script says %v, in %q", field, got, value, line)
			}
		}
	}
	t.Logf("%d lines, %d of them accepted by the script", len(lines), accepted)
}
