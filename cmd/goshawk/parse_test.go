package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/goshawk-siem/goshawk/internal/record"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestParseScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{Dir: filepath.Join("testdata", "parse"), UpdateScripts: *update, RequireExplicitExec: true})
}

func parseAll(t *testing.T, c parseCmd, in io.Reader) []map[string]any {
	t.Helper()
	var out bytes.Buffer
	if c.Output == "" {
		c.Output = "json"
	}
	if err := c.Run(t.Context(), &app{Stdin: in, Stdout: &out}); err != nil {
		t.Fatal(err)
	}
	var objects []map[string]any
	for line := range strings.Lines(out.String()) {
		var o map[string]any
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		objects = append(objects, o)
	}
	return objects
}

// Lines around the limit, with every ending: each gives one object, and what is
// too long never becomes an event of a part of it.
func TestParseLinesAroundTheLimit(t *testing.T) {
	t.Parallel()
	const head = `192.0.2.1 - - [05/Sep/2024:10:30:00 +0000] "GET /`
	const tail = ` HTTP/1.1" 200 1 "-" "-"`
	for _, ending := range []string{"\n", "\r\n", ""} {
		for size := record.MaxLine - 1; size <= record.MaxLine+4; size++ {
			line := head + strings.Repeat("x", size-len(head)-len(tail)) + tail
			in := "first\n" + line + ending
			if ending != "" {
				in += "last" + ending
			}
			got := parseAll(t, parseCmd{Format: "apache_access"}, strings.NewReader(in))
			if want := strings.Count(in, "\n"); ending != "" && len(got) != want || ending == "" && len(got) != want+1 {
				t.Fatalf("size %d, ending %q: %d objects", size, ending, len(got))
			}
			_, isEvent := got[1]["event_id"]
			if isEvent != (size <= record.MaxLine) {
				t.Errorf("size %d, ending %q: event: %v", size, ending, isEvent)
			}
			if !isEvent && got[1]["size"] != float64(size) {
				t.Errorf("size %d, ending %q: says %v", size, ending, got[1]["size"])
			}
		}
	}
}

func TestParseKeepsBytesThatAreNotUTF8(t *testing.T) {
	t.Parallel()
	got := parseAll(t, parseCmd{Format: "apache_access"}, strings.NewReader("\x16\x03\x01\xff\n"))
	if len(got) != 1 || got[0]["raw_base64"] != "FgMB/w==" {
		t.Errorf("got %v", got)
	}
}

// endless is a line that never ends; reading it all would need limit bytes.
type endless struct{ left int }

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), e.left)
	for i := range p[:n] {
		p[i] = 'x'
	}
	e.left -= n
	return n, nil
}

func TestParseMemoryIsConstant(t *testing.T) {
	const size = 64 << 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got := parseAll(t, parseCmd{Format: "auto"}, &endless{size})
	runtime.ReadMemStats(&after)
	if len(got) != 1 || got[0]["size"] != float64(size) {
		t.Fatalf("got %d objects", len(got))
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 16<<20 {
		t.Errorf("allocated %d bytes for a line of %d", grown, size)
	}
}

// A pipe must show each line as it comes, not when a buffer is full.
func TestParseFlushesBeforeItWaits(t *testing.T) {
	t.Parallel()
	inRead, inWrite := io.Pipe()
	outRead, outWrite := io.Pipe()
	done := make(chan error, 1)
	c := parseCmd{Format: "auto", Output: "json"}
	go func() {
		err := c.Run(t.Context(), &app{Stdin: inRead, Stdout: outWrite})
		_ = outWrite.Close()
		done <- err
	}()
	lines := bufio.NewScanner(outRead)
	for n := 1; n <= 3; n++ {
		if _, err := io.WriteString(inWrite, "{\"n\":"+strconv.Itoa(n)+"}\n"); err != nil {
			t.Fatal(err)
		}
		if !lines.Scan() || !strings.Contains(lines.Text(), `"`) {
			t.Fatalf("line %d: %q, %v", n, lines.Text(), lines.Err())
		}
	}
	_ = inWrite.Close()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
