package sigma_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/goshawk-siem/goshawk/internal/sigma"
)

// vocabulary holds the texts that random rules and events are made of, chosen
// so that they overlap, fold in odd ways and hold what patterns treat specially.
var vocabulary = []string{
	"a", "ab", "abc", "B", "BC", "cmd.exe", `\cmd.exe`, `C:\Windows\cmd.exe`, "-enc", "/enc", "–enc", "é", "É", "k", "\u212a", "ſ", "S",
	"İ", "😀", "4624", "1.50", "1", "true", "", "*", "?", "%x%", "192.0.2.7", "2001:db8::1", "2024-09-05T10:30:00Z", "aab", "ba", "powershell", "\n",
}

var fieldNames = []string{"A", "B", "c.d", "C"}

func drawText(t *rapid.T) string {
	parts := rapid.SliceOfN(rapid.SampledFrom(vocabulary), 1, 3).Draw(t, "parts")
	return strings.Join(parts, "")
}

// drawPattern draws a Sigma string: text with wildcards in it, sometimes.
func drawPattern(t *rapid.T) string {
	text := drawText(t)
	if rapid.IntRange(0, 3).Draw(t, "wild") == 0 {
		text = rapid.SampledFrom([]string{"*", "?", "*a?", `\*`, `\`}).Draw(t, "wildcard") + text
	}
	return text
}

func drawItem(t *rapid.T) (key string, value any) {
	field := rapid.SampledFrom(append(fieldNames, "")).Draw(t, "field")
	modifiers := []string{
		"", "|contains", "|startswith", "|endswith", "|contains|all", "|contains|cased", "|cased", "|neq", "|windash|contains", "|re", "|re|i",
		"|cidr", "|base64offset", "|gte", "|exists", "|fieldref", "|hour", "number", "null",
	}
	if field == "" {
		modifiers = []string{"", "|all", "|re", "|cased", "|startswith"}
	}
	m := rapid.SampledFrom(modifiers).Draw(t, "modifiers")
	switch m {
	case "number":
		return field, rapid.SampledFrom([]any{1, 4624, 1.5, true}).Draw(t, "number")
	case "null":
		return field, nil
	case "|re", "|re|i":
		return field + m, rapid.SampledFrom([]string{"a", "^ab", "cmd.*exe", "(abc|BC)+", "s", "k", "[0-9]{4}", "é|x", ""}).Draw(t, "re")
	case "|cidr":
		return field + m, rapid.SampledFrom([]string{"192.0.2.0/24", "2001:db8::/32"}).Draw(t, "network")
	case "|gte", "|hour":
		return field + m, rapid.IntRange(0, 20).Draw(t, "n")
	case "|exists":
		return field + m, rapid.Bool().Draw(t, "exists")
	case "|fieldref":
		return field + m, rapid.SampledFrom(fieldNames).Draw(t, "other")
	}
	values := rapid.SliceOfN(rapid.Custom(drawPattern), 1, 4).Draw(t, "values")
	if field == "" || m == "|base64offset" {
		for i := range values {
			values[i] = "k" + strings.Trim(values[i], "*?") + "k"
			if m == "|base64offset" {
				values[i] = strings.NewReplacer("*", "", "?", "", `\`, "").Replace(values[i])
			}
		}
	}
	return field + m, values
}

func drawRule(t *rapid.T, n int) string {
	detection := map[string]any{}
	names := []string{"s1", "s2", "f1"}
	for _, name := range names {
		items := map[string]any{}
		for range rapid.IntRange(1, 3).Draw(t, "items") {
			key, value := drawItem(t)
			items[key] = value
		}
		detection[name] = items
	}
	detection["condition"] = rapid.SampledFrom([]string{
		"s1", "s1 and s2", "s1 or s2", "s1 and not f1", "1 of s*", "all of them", "2 of them", "not s1", "(s1 or f1) and s2",
	}).Draw(t, "condition")
	rule := map[string]any{"title": fmt.Sprint("r", n), "logsource": map[string]any{"category": "test"}, "detection": detection}
	text, err := json.Marshal(rule)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func drawScalar(t *rapid.T) any {
	switch rapid.IntRange(0, 9).Draw(t, "kind") {
	case 0:
		return rapid.SampledFrom([]any{1, 4624, 1.5, 12, true, false, nil}).Draw(t, "scalar")
	case 1:
		return []any{drawText(t), drawText(t), []any{4624}}
	case 2:
		return map[string]any{"x": drawText(t)}
	}
	return drawText(t)
}

func drawEvent(t *rapid.T) string {
	event := map[string]any{}
	for _, name := range []string{"A", "B", "C"} {
		if rapid.IntRange(0, 3).Draw(t, "present") > 0 {
			event[name] = drawScalar(t)
		}
	}
	if rapid.Bool().Draw(t, "nested") {
		event["c"] = []any{map[string]any{"d": drawScalar(t)}, map[string]any{"d": drawScalar(t)}}
	}
	text, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestIndexFindsWhatAFullScanFinds compares the index with evaluating every rule.
func TestIndexFindsWhatAFullScanFinds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var docs []string
		for n := range rapid.IntRange(1, 12).Draw(t, "rules") {
			docs = append(docs, drawRule(t, n))
		}
		set, diagnostics := sigma.Compile([]sigma.File{{Path: "r.yml", Data: []byte(strings.Join(docs, "\n---\n"))}}, sigma.Options{})
		for _, d := range diagnostics {
			if d.Status == sigma.Rejected {
				t.Fatalf("%s\n%s", d, strings.Join(docs, "\n"))
			}
		}
		p := set.Pack([]sigma.LogSource{{Category: "TEST"}})
		m := set.NewMatcher()
		for range 8 {
			text := drawEvent(t)
			var o sigma.Object
			if err := o.Parse(text); err != nil {
				t.Fatal(err)
			}
			indexed, scanned := names(m.Match(p, &o, nil)), names(m.Scan(p, &o, nil))
			if indexed != scanned {
				t.Fatalf("index %s, full scan %s, event %s\nrules:\n%s", indexed, scanned, text, strings.Join(docs, "\n"))
			}
		}
	})
}

func names(rules []*sigma.Rule) string {
	var b strings.Builder
	for _, r := range rules {
		b.WriteString(r.Title + " ")
	}
	return b.String()
}
