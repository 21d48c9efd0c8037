package format

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// TestWindowsSigmaFields makes, for every field that a rule of SigmaHQ asks for,
// a record of the rule's log source that has the field, and resolves it as the
// detection does: by the columns of the log source, then by name in extra.
func TestWindowsSigmaFields(t *testing.T) {
	root := filepath.Join("..", "..", "..", "shared", "sigmahq")
	if _, err := os.Stat(root); err != nil {
		t.Skip("no rules to look at")
	}
	asked := 0
	for source, fields := range sigmaHQFields(t, root) {
		channel, id := sampleOf(source)
		if channel == "" {
			t.Errorf("no channel for %s", source)
			continue
		}
		for field := range fields {
			asked++
			if !resolvesSomehow(source, channel, id, field) {
				t.Errorf("%s: field %s of channel %s event %d does not resolve", source, field, channel, id)
			}
		}
	}
	t.Logf("%d fields", asked)
	if asked < 200 {
		t.Errorf("looked at %d fields only", asked)
	}
}

func resolvesSomehow(source, channel string, id int, field string) bool {
	if field == "Channel" || field == "EventID" {
		return true
	}
	for _, probe := range []string{"probe", "192.0.2.7", "4711", "tcp"} {
		for _, line := range []string{
			fmt.Sprintf(`{"Channel":%q,"EventID":%d,"SourceName":"x","%s":"%s"}`, channel, id, field, probe),
			fmt.Sprintf(`{"Event":{"System":{"Channel":%q,"EventID":%d},"EventData":{"%s":"%s"}}}`, channel, id, field, probe),
		} {
			var e event.Event
			if windowsJSONFormat.Parse(line, &Context{Received: defaultReceived}, &e) != nil {
				return false
			}
			if resolve(&e, source, field) == probe {
				return true
			}
		}
	}
	return false
}

// resolve reads a Sigma field of e for rules of a log source, as package detect
// does.
func resolve(e *event.Event, source, field string) string {
	category, rest, _ := strings.Cut(source, ":")
	product, service, _ := strings.Cut(rest, ":")
	for c := range event.NumColumns {
		for _, row := range c.Info().Sigma {
			if !row.Matches(category, product, service) || !e.Has(c) {
				continue
			}
			for _, name := range row.Names {
				if name != field {
					continue
				}
				if c.IsText() {
					return e.Text(c)
				}
				return fmt.Sprint(e.Int(c))
			}
		}
	}
	v, _ := e.ExtraField(field)
	return v.Text
}

// sampleOf returns a channel and an event number of a log source.
func sampleOf(source string) (channel string, id int) {
	category, rest, _ := strings.Cut(source, ":")
	_, service, _ := strings.Cut(rest, ":")
	if category == "" {
		for name, c := range winChannels {
			if c.service == service || service == "" && c.service == "security" {
				return name, 1
			}
		}
		return "", 0
	}
	for _, name := range []string{
		sysmonChannel, "Security", "Microsoft-Windows-PowerShell/Operational", "Windows PowerShell", kernelFileChannel,
	} {
		for id := range 5000 {
			for _, change := range []string{"", "CreateKey", "DeleteKey"} {
				what := eventOf(name, channelOf(name, ""), int64(id), change)
				for _, s := range what.sources {
					if strings.HasPrefix(s, category+":") {
						return name, id
					}
				}
			}
		}
	}
	return "", 0
}

// sigmaHQFields collects the fields of the rules for Windows by log source.
func sigmaHQFields(t *testing.T, root string) map[string]map[string]bool {
	t.Helper()
	out := make(map[string]map[string]bool)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".yml") || !strings.Contains(path, "windows") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var rule struct {
			LogSource struct{ Category, Product, Service string } `yaml:"logsource"`
			Detection map[string]any
		}
		if err := yaml.Unmarshal(data, &rule); err != nil {
			return err
		}
		if rule.LogSource.Product != "windows" {
			return nil
		}
		source := rule.LogSource.Category + ":windows:" + rule.LogSource.Service
		if out[source] == nil {
			out[source] = make(map[string]bool)
		}
		for name, part := range rule.Detection {
			if name != "condition" {
				collectFields(part, out[source])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func collectFields(part any, into map[string]bool) {
	switch part := part.(type) {
	case map[string]any:
		for key := range part {
			if name, _, _ := strings.Cut(key, "|"); name != "" {
				into[name] = true
			}
		}
	case []any:
		for _, one := range part {
			collectFields(one, into)
		}
	}
}
