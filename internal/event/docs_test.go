package event

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files and docs/schema.md")

const schemaHead = `# The common schema

<!-- Written from the table in internal/event by ` + "`go test ./internal/event -update`" + `. Don't edit. -->

Every log line becomes one event: a flat JSON object with the fields below. A field without a value is left out. What a log has
beyond the schema stays under its own name in ` + "`extra`" + `, an object whose values may nest up to %d levels.

- **Types** are strict. ` + "`ip`" + ` is an IPv4 or IPv6 address in canonical form (no zone, IPv4-mapped IPv6 as IPv4). ` + "`port`" + ` is 0 to 65535. ` + "`integer`" + ` has 64 bits
  and a sign. ` + "`time`" + ` is RFC 3339 in UTC with up to nanoseconds, from 1677-09-21 to 2262-04-11. ` + "`enum`" + ` is one of a closed list. ` + "`list of text`" + ` is an array of
  strings. An empty text and an empty list are no value.
- **Order**: keys stand in the order of this page, then ` + "`extra`" + `, then ` + "`parse_warnings`" + `; equal events give equal bytes.
- **Bytes that are not UTF-8** can't stand in JSON. Each is read as the Latin-1 character of its value (0xE9 becomes é), and ` + "`parse_warnings`" + `
  says ` + "`%s`" + `.
- **Reading** an event, the last of two equal keys counts, ` + "`null`" + ` is no value, and keys that the schema doesn't know land in ` + "`extra`" + `.
`

func TestSchemaPage(t *testing.T) {
	t.Parallel()
	page := schemaPage()
	path := filepath.Join("..", "..", "docs", "schema.md")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != page {
		t.Error("docs/schema.md does not say what the table says; run: go test ./internal/event -update")
	}
}

func schemaPage() string {
	var b strings.Builder
	fmt.Fprintf(&b, schemaHead, MaxDepth, NotUTF8)
	b.WriteString("\n## Fields\n\n| field | type | meaning |\n|---|---|---|\n")
	for _, c := range Order() {
		info := c.Info()
		meaning := info.Meaning
		if info.Unit != "" {
			meaning += " In " + info.Unit + "."
		}
		if info.Type == Enum && c != EventType {
			meaning += " One of `" + strings.Join(info.Values, "`, `") + "`."
		}
		fmt.Fprintf(&b, "| `%s` | %v | %s |\n", info.Name, info.Type, meaning)
	}
	b.WriteString("\n## event_type\n\nThe list is closed; a new one is a change to the schema.\n\n| event_type | OCSF class | meaning |\n|---|---|---|\n")
	for _, kind := range Types() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", kind, kinds[kind].class.name, kinds[kind].meaning)
	}
	writeNames(&b)
	return b.String()
}

func writeNames(b *strings.Builder) {
	b.WriteString(namesHead)
	for _, c := range Order() {
		info := c.Info()
		ocsf := ""
		if info.OCSF != "" {
			ocsf = "`" + info.OCSF + "`"
		}
		fmt.Fprintf(b, "| `%s` | `%s` | %s |\n", info.Name, info.ECS, ocsf)
	}
	b.WriteString(sigmaHead)
	for _, c := range Order() {
		for _, s := range c.Info().Sigma {
			fmt.Fprintf(b, "| `%v` | %s | `%s` |\n", c, logSourceWords(s), strings.Join(s.Names, "`, `"))
		}
	}
}

const namesHead = `
## Names in other schemas

` + "`goshawk parse --output ecs`" + ` and ` + "`--output ocsf`" + ` write events under these names. In ECS, what has no name there stands below ` + "`goshawk`" + `, extra
fields below ` + "`goshawk.extra`" + `. In OCSF, they stand in ` + "`unmapped`" + `. The OCSF path is the usual one; a class that has a better place uses that.

| field | ECS | OCSF |
|---|---|---|
`

const sigmaHead = `
## Names in Sigma rules

A rule for the log source may call the field by these names. Any rule may use the field's own name, and the names of extra fields.

| field | log source | names |
|---|---|---|
`

func logSourceWords(s SigmaName) string {
	var parts []string
	for _, p := range []struct{ key, value string }{{"category", s.Category}, {"product", s.Product}, {"service", s.Service}} {
		if p.value != "" {
			parts = append(parts, p.key+" "+p.value)
		}
	}
	return strings.Join(parts, ", ")
}
