package ruletest_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/goshawk-siem/goshawk/cmd/internal/ruletest"
	"github.com/goshawk-siem/goshawk/internal/detect"
	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/format"
	"github.com/goshawk-siem/goshawk/internal/rules"
)

// TestShippedRulesAreQuietOnRealLogs bounds how many alerts the shipped rules
// give on logs of ordinary days.
func TestShippedRulesAreQuietOnRealLogs(t *testing.T) {
	t.Parallel()
	const corpora = "../../../../shared/corpora/"
	for _, test := range []struct {
		name, file, format string
		most               int
	}{
		{"10,000 requests to a web server", "apache_access/elastic-examples__apache_logs.log", "apache_access", 3},
		{"logins", "linux_auth/", "linux_auth", 30},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			lines := corpus(t, corpora+test.file)
			count, parsed, examples := alerts(t, lines, test.format)
			total := 0
			for _, n := range count {
				total += n
			}
			t.Logf("%d lines, %d events, alerts %v", len(lines), parsed, count)
			for name, e := range examples {
				t.Logf("%s: %s", name, e)
			}
			if total > test.most {
				t.Errorf("%d alerts, at most %d are fine", total, test.most)
			}
		})
	}
}

// corpus returns the lines of a file, or of all files in a folder.
func corpus(t *testing.T, path string) []string {
	t.Helper()
	paths := []string{path}
	if strings.HasSuffix(path, "/") {
		entries, err := os.ReadDir(path)
		if err != nil {
			t.Skipf("corpus is not at %s", path)
		}
		paths = nil
		for _, e := range entries {
			paths = append(paths, path+e.Name())
		}
	}
	var lines []string
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			t.Skipf("corpus is not at %s", p)
		}
		for line := range strings.Lines(string(data)) {
			lines = append(lines, strings.TrimRight(line, "\r\n"))
		}
	}
	return lines
}

func alerts(t *testing.T, lines []string, name string) (count map[string]int, parsed int, examples map[string]string) {
	t.Helper()
	set, _, err := detect.Load(detect.Options{}.WithPlaceholders(rules.Placeholders()), detect.Source{Name: rules.Name, FS: rules.FS})
	if err != nil {
		t.Fatal(err)
	}
	batch, err := detect.NewBatch(set, ruletest.Lateness)
	if err != nil {
		t.Fatal(err)
	}
	f, ok := format.Lookup(name)
	if !ok {
		t.Fatalf("there is no format %q", name)
	}
	c := &format.Context{Received: time.Date(2024, 9, 5, 12, 0, 0, 0, time.UTC)}
	count, examples = map[string]int{}, map[string]string{}
	add := func(findings []detect.Finding, line string) {
		for _, found := range findings {
			count[found.Rule.Name]++
			examples[found.Rule.Name] = line
		}
	}
	for _, line := range lines {
		var e event.Event
		if f.Parse(line, c, &e) != nil {
			continue
		}
		f.Finish(line, c, &e)
		parsed++
		add(batch.Add(&e), line)
	}
	add(batch.Close(), "end")
	return count, parsed, examples
}
