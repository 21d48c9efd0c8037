package e2e

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// lines of the runs that are killed.
const (
	totalLines = 200_000
	chunkLines = 2_000
)

// numbered returns access log lines, each with a number of its own.
func numbered(first, n int, at time.Time) []byte {
	var buf bytes.Buffer
	stamp := at.UTC().Format("02/Jan/2006:15:04:05 -0700")
	for i := first; i < first+n; i++ {
		if i%5000 == 4999 {
			fmt.Fprintf(&buf, "broken line %d\n", i)
			continue
		}
		fmt.Fprintf(&buf, "198.51.100.%d - - [%s] \"GET /item/%d HTTP/1.1\" 200 %d \"-\" \"Mozilla/5.0 (X11; Linux x86_64)\"\n", i%250+1, stamp, i, 100+i%900)
	}
	return buf.Bytes()
}

// sender posts chunks, each until it is accepted, under a key of its own.
type sender struct {
	t   *testing.T
	url string
}

func (s sender) post(chunk int, body []byte) {
	s.t.Helper()
	client := &http.Client{Timeout: 20 * time.Second}
	eventually(s.t, fmt.Sprintf("chunk %d accepted", chunk), func() bool {
		req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url+"/v1/raw/apache_access", bytes.NewReader(body))
		if err != nil {
			s.t.Fatal(err)
		}
		req.Header.Set("Idempotency-Key", fmt.Sprintf("run-%d", chunk))
		resp, err := client.Do(req)
		if err != nil {
			return false // refused or cut off: the service is down
		}
		defer func() { _ = resp.Body.Close() }()
		answer, _ := io.ReadAll(resp.Body)
		switch resp.StatusCode {
		case http.StatusAccepted:
			return true
		case http.StatusServiceUnavailable:
			return false
		}
		s.t.Fatalf("chunk %d: status %d: %s", chunk, resp.StatusCode, answer)
		return false
	})
}

// checkComplete waits until the archive and the dead letters hold every line, and
// checks that they hold each exactly once.
func checkComplete(t *testing.T, c *cluster, total int) {
	t.Helper()
	broken := total / 5000
	want := total - broken
	var rows []map[string]any
	eventually(t, fmt.Sprintf("%d events in the archive", want), func() bool {
		out, err := c.goshawk("search", "source:apache_access", "--from", "2000-01-01T00:00:00Z", "--limit", fmt.Sprint(2*total), "--output", "json", "--fields", "event_id,request_path")
		if err != nil {
			return false // the archive is just coming back
		}
		rows = jsonLines(t, out)
		return len(rows) >= want
	})
	seen := make([]int, total)
	for _, row := range rows {
		var n int
		if _, err := fmt.Sscanf(fmt.Sprint(row["request_path"]), "/item/%d", &n); err != nil {
			t.Fatalf("row %v", row)
		}
		seen[n]++
	}
	lost, twice := 0, 0
	for i, n := range seen {
		switch isBroken := i%5000 == 4999; {
		case isBroken && n != 0:
			t.Errorf("broken line %d became an event", i)
		case !isBroken && n == 0:
			lost++
		case n > 1:
			twice++
		}
	}
	if lost > 0 || twice > 0 {
		t.Errorf("%d lines lost, %d lines twice of %d", lost, twice, total)
	}
	eventually(t, "dead letters", func() bool {
		out, err := c.goshawk("dead", "list", "--limit", "0", "--output", "json")
		if err != nil {
			return false
		}
		ids := map[string]bool{}
		for _, row := range jsonLines(t, out) {
			ids[fmt.Sprint(row["raw"])] = true
		}
		return len(ids) == broken
	})
}

// Each service in turn is killed with -9 in the middle of 200,000 lines and
// started again; nothing is lost and nothing is there twice.
func TestKillAnyService(t *testing.T) {
	for _, victim := range []string{"ingest", "normalize", "correlate", "archive", "nats-server"} {
		t.Run(victim, func(t *testing.T) {
			c := newCluster(t)
			services := map[string]*process{"nats-server": c.nats}
			for _, name := range []string{"archive", "correlate", "normalize", "ingest"} {
				services[name] = c.service(name)
			}
			s := sender{t, "http://" + c.http}
			now := time.Now()
			for chunk := range totalLines / chunkLines {
				s.post(chunk, numbered(chunk*chunkLines, chunkLines, now))
				if chunk == totalLines/chunkLines/2 {
					services[victim].kill()
					services[victim].launch()
				}
			}
			checkComplete(t, c, totalLines)
		})
	}
}

// The one-process product is killed in the middle of reading a file: what was read
// is not read again, what was not is.
func TestKillRunWhileTailingAFile(t *testing.T) {
	t.Parallel()
	c := &cluster{t: t, folder: t.TempDir(), http: freeAddr(t)}
	addr, ops := freeAddr(t), freeAddr(t)
	c.url = "nats://" + addr
	file := filepath.Join(c.folder, "access.log")
	conf := c.write("goshawk.yaml", c.config(ops)+fmt.Sprintf("  files:\n    - {paths: [%q], source: apache_access}\nserver: {listen: %q}\n", file, addr))
	const total, kills = 60_000, 3
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = out.Close() }()
	p := start(t, "goshawk", "--config", conf, "run")
	p.ops = ops
	p.ready()
	now := time.Now()
	for part := range kills + 1 {
		n := total / (kills + 1)
		lines := numbered(part*n, n, now)
		half := len(lines) / 2
		for _, piece := range [][]byte{lines[:half], lines[half:]} {
			if _, err := out.Write(piece); err != nil {
				t.Fatal(err)
			}
		}
		if part < kills {
			eventually(t, "some of the part in the archive", func() bool {
				out, err := c.goshawk("search", "source:apache_access", "--from", "2000-01-01T00:00:00Z", "--limit", "1", "--output", "json")
				return err == nil && strings.Contains(out, "/item/")
			})
			p.kill()
			p.launch()
			p.ready()
		}
	}
	checkComplete(t, c, total)
}
