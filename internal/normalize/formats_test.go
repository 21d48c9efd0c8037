package normalize_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/bustest"
	"github.com/goshawk-siem/goshawk/internal/format"
	"github.com/goshawk-siem/goshawk/internal/normalize"
	"github.com/goshawk-siem/goshawk/internal/record"
)

const ownFormat = `name: door
patterns:
  - 'door %{source_ip} %{action}'
`

// Lines of users' own formats become events, by source, header and auto; a
// changed file is read while the service runs, and a broken one changes nothing.
func TestOwnFormatsAreReadAgain(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "door.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(ownFormat)
	b := bustest.Start(t)
	o := collect(t, b)
	opts := normalize.Defaults()
	opts.Formats = []string{filepath.Dir(file)}
	registry := prometheus.NewRegistry()
	s, err := normalize.New(opts, normalize.Sources{"hall": {Format: "door"}}, b, bustest.Log(t), registry)
	if err != nil {
		t.Fatal(err)
	}
	start(t, s.Run)
	send := func(source string, header map[string]string, line string) {
		t.Helper()
		publish(t, b, bus.Msg{Subject: "raw." + source, Header: header, Data: []byte(line)})
	}
	has := func(texts ...string) func() bool {
		return func() bool {
			o.mu.Lock()
			defer o.mu.Unlock()
			for _, line := range o.events {
				found := true
				for _, text := range texts {
					found = found && strings.Contains(line, text)
				}
				if found {
					return true
				}
			}
			return false
		}
	}
	send("hall", nil, "door 192.0.2.1 one")
	send("any", map[string]string{record.HeaderFormat: "door"}, "door 192.0.2.1 two")
	send("any", nil, "door 192.0.2.1 three")
	for _, word := range []string{"one", "two", "three"} {
		bustest.Eventually(t, "event "+word, has(`"action":"`+word+`"`, `"format":"door"`))
	}

	write(strings.ReplaceAll(ownFormat, "door %{", "gate %{"))
	bustest.Eventually(t, "the changed file in use", func() bool {
		send("hall", nil, "gate 192.0.2.1 four")
		return has(`"action":"four"`)()
	})

	write("name: door\npatterns: 17\n")
	bustest.Eventually(t, "a failed load", func() bool { return counted(t, registry, "failed") > 0 })
	send("hall", nil, "gate 192.0.2.1 five")
	bustest.Eventually(t, "the old format still in use", has(`"action":"five"`))
}

// counted returns how many loads ended with the result.
func counted(t *testing.T, registry *prometheus.Registry, result string) float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() != "goshawk_normalize_reloads_total" {
			continue
		}
		for _, m := range family.GetMetric() {
			if m.GetLabel()[0].GetValue() == result {
				return m.GetCounter().GetValue()
			}
		}
	}
	return 0
}

func TestUnknownFormatOfASource(t *testing.T) {
	t.Parallel()
	_, err := normalize.NewReader(normalize.Sources{"hall": {Format: "door"}}, format.BuiltIn())
	if err == nil || !strings.Contains(err.Error(), `hall.format: "door" is not a format`) {
		t.Errorf("got %v", err)
	}
}
