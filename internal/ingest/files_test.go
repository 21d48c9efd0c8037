package ingest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goshawk-siem/goshawk/internal/bustest"
	"github.com/goshawk-siem/goshawk/internal/record"
	"github.com/goshawk-siem/goshawk/internal/unit"
)

func fileOptions(t *testing.T, glob string) Options {
	t.Helper()
	o := quietOptions()
	o.StateDir = t.TempDir()
	o.Files = []FileOptions{{Paths: []string{glob}, Source: "app", Path: "web01", Format: "logfmt", Poll: unit.Duration(20 * time.Millisecond)}}
	return o
}

func appendFile(t *testing.T, path, text string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	_, err = file.WriteString(text)
	if err = errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestFilesAreFollowedAndResumed(t *testing.T) {
	t.Parallel()
	b := bustest.Start(t)
	folder := t.TempDir()
	path := filepath.Join(folder, "app.log")
	o := fileOptions(t, filepath.Join(folder, "*.log"))
	c := collect(t, b)
	appendFile(t, path, "one\ntwo\n")
	r := startOn(t, b, o)
	c.wait(t, 2)
	appendFile(t, path, "three\n")
	lines := c.wait(t, 3)
	for _, l := range lines {
		if l.subject != "raw.app.web01" || l.peer != path || l.format != "logfmt" || !strings.HasPrefix(l.id, "app.f") {
			t.Errorf("%+v", l)
		}
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	appendFile(t, path, "four\n")
	startOn(t, b, o)
	if got := c.wait(t, 4); len(got) != 4 || got[3].text != "four" {
		t.Errorf("%v", got)
	}
}

func TestFilesOversizeLine(t *testing.T) {
	t.Parallel()
	b := bustest.Start(t)
	path := filepath.Join(t.TempDir(), "app.log")
	long := strings.Repeat("x", record.MaxLine+1)
	appendFile(t, path, "before\n"+long+"\nafter\n")
	startOn(t, b, fileOptions(t, path))
	collect(t, b).wait(t, 2)
	bustest.Eventually(t, "the dead letter arrives", func() bool { return len(deadLetters(t, b)) > 0 })
	letters := deadLetters(t, b)
	if len(letters) != 1 || string(letters[0].Raw) != long || letters[0].Path != "web01" || letters[0].Peer != path {
		t.Errorf("%d letters", len(letters))
	}
}

func TestFilesNeedAStateFolder(t *testing.T) {
	t.Parallel()
	o := fileOptions(t, "/nowhere/*.log")
	o.StateDir = ""
	if _, err := New(o, nil, bustest.Log(t), nil); err == nil || !strings.Contains(err.Error(), "state_dir") {
		t.Errorf("got %v", err)
	}
}

// TestFilesSurviveKill kills a real process again and again while its files are
// written and rotated. No line may be lost and none may come under two ids.
func TestFilesSurviveKill(t *testing.T) {
	t.Parallel()
	server := bustest.Server(t, t.TempDir())
	b := bustest.Connect(t, server, bustest.Options())
	c := collect(t, b)
	folder, state := t.TempDir(), t.TempDir()
	path := filepath.Join(folder, "app.log")
	random := rand.New(rand.NewPCG(7, 11))
	written := 0
	writeSome := func() {
		var text strings.Builder
		for range random.IntN(3000) {
			fmt.Fprintf(&text, "line=%07d %s\n", written, strings.Repeat("y", random.IntN(200)))
			written++
		}
		whole := text.String()
		half := len(whole) / 2
		appendFile(t, path, whole[:half])
		appendFile(t, path, whole[half:])
	}
	kills := 15
	if testing.Short() {
		kills = 4
	}
	for range kills {
		ended := startChild(t, server.URL(), state, filepath.Join(folder, "app.log*"))
		target := len(c.all()) + random.IntN(2000)
		writeSome()
		if random.IntN(3) == 0 {
			if err := os.Rename(path, fmt.Sprintf("%s.%d", path, written)); err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
		}
		writeSome()
		bustest.Eventually(t, "some lines arrive", func() bool { return len(c.all()) >= min(target, written) })
		ended()
	}
	last := startChild(t, server.URL(), state, filepath.Join(folder, "app.log*"))
	defer last()
	bustest.Eventually(t, "all lines arrive", func() bool { return len(byText(t, c)) == written })
	texts := byText(t, c)
	for i := range written {
		if ids := texts[fmt.Sprintf("line=%07d", i)]; len(ids) != 1 {
			t.Fatalf("line %d has ids %v, want one", i, ids)
		}
	}
	t.Logf("%d lines, %d batches, %d kills", written, len(c.messages()), kills)
}

// byText returns the event ids of each line.
func byText(t *testing.T, c *collector) map[string]map[string]bool {
	t.Helper()
	out := map[string]map[string]bool{}
	seen := map[string]string{}
	for _, l := range c.all() {
		name, _, _ := strings.Cut(l.text, " ")
		if out[name] == nil {
			out[name] = map[string]bool{}
		}
		out[name][l.id] = true
		if other, known := seen[l.id]; known && other != l.text {
			t.Fatalf("event id %s is %.40q and %.40q", l.id, other, l.text)
		}
		seen[l.id] = l.text
	}
	return out
}

// startChild starts an ingest process and returns what kills it.
func startChild(t *testing.T, url, state, glob string) func() {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childEnv+"="+strings.Join([]string{url, state, glob}, "\n"))
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
		_ = cmd.Wait() // it was killed
	}
}
