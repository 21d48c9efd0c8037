package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/bustest"
	"github.com/goshawk-siem/goshawk/internal/ingest"
	"github.com/goshawk-siem/goshawk/internal/record"
)

// sendFiles runs goshawk send and returns what it prints for people.
func sendFiles(t *testing.T, stdin string, args ...string) (string, error) {
	t.Helper()
	var stderr bytes.Buffer
	a := app{Args: append([]string{"send"}, args...), Stdin: strings.NewReader(stdin), Stdout: &bytes.Buffer{}, Stderr: &stderr, Env: func(string) (string, bool) { return "", false }}
	err := a.run(t.Context())
	return stderr.String(), err
}

func ingestOn(t *testing.T, b *bus.Bus) string {
	t.Helper()
	o := ingest.Defaults()
	o.HTTP.Listen, o.Syslog = "127.0.0.1:0", nil
	s, err := ingest.New(o, b, bustest.Log(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	<-s.Ready()
	return "http://" + s.Addresses()[0].Addr
}

func TestSend(t *testing.T) {
	t.Parallel()
	server := bustest.Server(t, t.TempDir())
	b := bustest.Connect(t, server, bustest.Options())
	var text strings.Builder
	const lines = 120_000 // several requests
	for i := range lines {
		fmt.Fprintf(&text, "192.0.2.7 - - line %d %s\n", i, strings.Repeat("z", 60))
	}
	text.WriteString(strings.Repeat("x", record.MaxLine+1))
	folder := t.TempDir()
	plain, zipped, packed := filepath.Join(folder, "a.log"), filepath.Join(folder, "b.gz"), filepath.Join(folder, "c.zst")
	var gz bytes.Buffer
	w := gzip.NewWriter(&gz)
	_, _ = w.Write([]byte("from gzip\n")) // into memory
	_ = w.Close()
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	for path, data := range map[string][]byte{plain: []byte(text.String()), zipped: gz.Bytes(), packed: z.EncodeAll([]byte("from zstd"), nil)} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_ = z.Close()
	for name, url := range map[string]string{"nats": server.URL(), "http": ingestOn(t, b)} {
		said, err := sendFiles(t, "from a pipe", "--source", name, "--url", url, plain, zipped, packed, "-")
		if err != nil || !strings.Contains(said, fmt.Sprintf("sent %d lines", lines+3)) || !strings.Contains(said, "; 1 lines became dead letters") {
			t.Errorf("%s: %q, %v", name, said, err)
		}
	}
}

func TestSendFails(t *testing.T) {
	t.Parallel()
	url := ingestOn(t, bustest.Start(t))
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"no such file": {[]string{"--source", "web", "--url", url, "/nowhere/a.log"}, "no such file"},
		"bad source":   {[]string{"--source", "a b", "--url", url, "-"}, "source: not a source name"},
		"refused":      {[]string{"--source", "web", "--url", url + "/elsewhere", "-"}, "404"},
		"path by http": {[]string{"--source", "web", "--path", "a", "--url", url, "-"}, "NATS only"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := sendFiles(t, "x\n", tt.args...); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
