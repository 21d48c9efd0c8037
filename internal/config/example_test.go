package config

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goshawk-siem/goshawk/internal/enrich"
	"github.com/goshawk-siem/goshawk/internal/ingest"
	"github.com/goshawk-siem/goshawk/internal/normalize"
	"github.com/goshawk-siem/goshawk/internal/unit"
)

var update = flag.Bool("update", false, "rewrite the golden files and deploy/goshawk.example.yaml")

// exampleFile is written from the comments and defaults of the options, so that it
// can't say anything else than the code does.
const exampleFile = "../../deploy/goshawk.example.yaml"

const exampleHead = `# Goshawk's configuration: one file for all services, and every key there is, with
# its default. A key that is left out has its default too, so keep what you change.
#
# Sizes are written 64MiB or 10GB, durations 20ms, 30s, 7d. A secret may stand in a
# file of its own, named by the key with _file behind it. Environment variables win
# over this file, flags over those. Paths are relative to the working directory.
#
# ` + "`goshawk config check FILE`" + ` reports everything that is wrong with a file at once,
# ` + "`goshawk config show`" + ` prints what is in effect.
#
# Lines that start with a # and no space are examples to take the # off.
`

// samples are what the example shows where the default is an empty list or map.
func samples() map[string]any {
	return map[string]any{
		"sources": normalize.Sources{"web": {Format: "apache_access", Zone: "Europe/Berlin"}},
		"ingest.files": []ingest.FileOptions{{
			Paths: []string{"/var/log/nginx/*.log", "/var/log/nginx/*.gz"}, Source: "nginx_access", Start: ingest.StartBeginning,
			Poll: unit.Duration(time.Second), MaxOpen: 512,
		}},
		"correlate.rules":        []string{"/etc/goshawk/rules"},
		"normalize.formats":      []string{"/etc/goshawk/formats"},
		"correlate.placeholders": map[string][]string{"administrators": {"root", "alice"}},
		"normalize.enrich.geoip": []string{"/var/lib/GeoIP/GeoLite2-City.mmdb", "/var/lib/GeoIP/GeoLite2-ASN.mmdb"},
		"normalize.enrich.tables": []enrich.Table{{
			Name: "assets", File: "/etc/goshawk/assets.csv", Key: "network", Match: "network", Fields: []string{"source_ip", "destination_ip"}, Add: []string{"owner"},
		}},
		"normalize.enrich.indicators": []enrich.Indicators{{Name: "feed", File: "/etc/goshawk/feed.csv", Format: "csv", Column: "indicator"}},
		"ingest.syslog": []ingest.SyslogOptions{{
			MaxConnections: 512, IdleTimeout: unit.Duration(10 * time.Minute), ReceiveBuffer: 8 * unit.MiB, Queue: 16 * unit.MiB,
		}},
	}
}

func TestExampleIsUpToDate(t *testing.T) {
	t.Parallel()
	c := Defaults()
	e := example{t: t, docs: make(map[reflect.Type]map[string]string), samples: samples()}
	e.out.WriteString(exampleHead)
	e.section(c.root(), reflect.Value{}, "", "")
	want := e.out.String()
	if *update {
		if err := os.WriteFile(exampleFile, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("the example differs from the code; run `make golden` (-want +got):\n%s", diff)
	}
}

func TestExampleShowsTheDefaults(t *testing.T) {
	t.Parallel()
	got, err := Load(Input{Path: exampleFile})
	if err != nil {
		t.Fatal(err)
	}
	want := Defaults()
	want.Resolve()
	if diff := cmp.Diff(want, got, compareSecrets); diff != "" {
		t.Errorf("the example's values differ from the defaults (-want +got):\n%s", diff)
	}
}

// TestExampleHasEveryKey takes the # off the example lines and looks for each key
// that the reader knows.
func TestExampleHasEveryKey(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	enabled := regexp.MustCompile(`(?m)^( *)#(\S|  )`).ReplaceAll(data, []byte("$1$2"))
	c, d := Defaults(), newDecoder("example")
	d.decode(enabled, c.root())
	for _, p := range d.problems {
		if !strings.Contains(p.Text, "read secret") && !strings.Contains(p.Text, "is set too") {
			t.Errorf("%v", p)
		}
	}
	for _, path := range allKeys("", c.root()) {
		if _, ok := d.places[path]; !ok {
			t.Errorf("the example lacks %s", path)
		}
	}
}

// allKeys lists the paths of all keys under v, following the first element of lists
// and every name of maps.
func allKeys(path string, v reflect.Value) []string {
	var out []string
	switch {
	case isText(v.Type()):
	case v.Kind() == reflect.Struct:
		for _, f := range fieldsOf(v) {
			out = append(append(out, join(path, f.key)), allKeys(join(path, f.key), f.value)...)
		}
	case v.Kind() == reflect.Slice && v.Len() > 0 && isSection(v.Type().Elem()):
		out = allKeys(path+"[0]", v.Index(0))
	case v.Kind() == reflect.Map && holdsSections(v.Type()):
		for _, name := range v.MapKeys() {
			out = append(out, allKeys(join(path, name.String()), v.MapIndex(name))...)
		}
	}
	return out
}

func TestExampleExplainsEveryKey(t *testing.T) {
	t.Parallel()
	docs := make(map[reflect.Type]map[string]string)
	var walk func(path string, v reflect.Type)
	walk = func(path string, v reflect.Type) {
		switch {
		case isText(v):
		case v.Kind() == reflect.Slice || v.Kind() == reflect.Map || v.Kind() == reflect.Pointer:
			walk(path, v.Elem())
		case v.Kind() == reflect.Struct:
			explained := false
			for _, f := range fieldsOf(reflect.New(v).Elem()) {
				doc := docsOf(t, docs, v)[f.key]
				explained = explained || doc != ""
				// Fields without a comment belong to the one above.
				if !explained && !f.file {
					t.Errorf("%s has no comment in %v", join(path, f.key), v)
				}
				walk(join(path, f.key), f.value.Type())
			}
		}
	}
	walk("", reflect.TypeFor[Config]())
}

// example writes the example file.
type example struct {
	t       *testing.T
	out     strings.Builder
	docs    map[reflect.Type]map[string]string
	samples map[string]any
}

// section writes the keys of struct v with their comments. Where v has nothing and
// sample, if valid, has something, that is shown as an example line.
func (e *example) section(v, sample reflect.Value, path, indent string) {
	docs := docsOf(e.t, e.docs, v.Type())
	all := strings.Join(slices.Collect(maps.Values(docs)), " ")
	for i, f := range fieldsOf(v) {
		key := join(path, f.key)
		if f.file {
			e.write(indent + "#" + f.key + ": /etc/goshawk/" + strings.ReplaceAll(strings.TrimSuffix(key, secretSuffix), ".", "-") + "\n")
			continue
		}
		if path == "" {
			e.write("\n")
		}
		e.comment(docs[f.key]+variable(key, all), indent)
		if sample.IsValid() && f.value.IsZero() && !isSection(f.value.Type()) {
			e.write(indent + "#" + f.key + ": " + plain(fieldsOf(sample)[i].value) + "\n")
			continue
		}
		e.entry(f.key, f.value, key, indent)
	}
}

// entry writes one key with its value, or with a sample where that is empty.
func (e *example) entry(key string, v reflect.Value, path, indent string) {
	sample := reflect.ValueOf(e.samples[path])
	switch {
	case sample.IsValid() && v.Len() == 0 && !holdsSections(v.Type()):
		off := example{t: e.t, docs: e.docs}
		off.entry(key, sample, "", "")
		for line := range strings.Lines(off.out.String()) {
			e.write(indent + "#" + line)
		}
	case sample.IsValid() && v.Len() == 0:
		off := example{t: e.t, docs: e.docs}
		off.elements(sample, reflect.Value{}, path, "")
		e.write(indent + "#" + key + ":\n")
		for line := range strings.Lines(off.out.String()) {
			e.write(indent + "#" + line)
		}
	case v.Kind() == reflect.Map && v.Len() > 0 && !holdsSections(v.Type()):
		writeEntry(&e.out, key, v, indent)
	case isSection(v.Type()):
		e.write(indent + key + ":\n")
		e.section(v, reflect.Value{}, path, indent+"  ")
	case v.Kind() == reflect.Slice && v.Len() > 0 && isSection(v.Type().Elem()):
		e.write(indent + key + ":\n")
		e.elements(v, sample, path, indent)
	default:
		e.write(indent + key + ": " + plain(v) + "\n")
	}
}

// holdsSections reports whether t is a list or a map of sections.
func holdsSections(t reflect.Type) bool {
	return (t.Kind() == reflect.Slice || t.Kind() == reflect.Map) && isSection(t.Elem())
}

// elements writes a list or a map of sections. Of a list's elements only the first
// is explained.
func (e *example) elements(v, sample reflect.Value, path, indent string) {
	if v.Kind() == reflect.Map {
		for _, name := range v.MapKeys() {
			e.write(indent + "  " + name.String() + ":\n")
			e.section(v.MapIndex(name), reflect.Value{}, path+"."+name.String(), indent+"    ")
		}
		return
	}
	for i := range v.Len() {
		element := example{t: e.t, docs: e.docs}
		switch {
		case i > 0:
			element.set(v.Index(i), indent+"    ")
		case sample.IsValid():
			element.section(v.Index(i), sample.Index(0), path, indent+"    ")
		default:
			element.section(v.Index(i), reflect.Value{}, path, indent+"    ")
		}
		e.write(dashed(element.out.String(), indent+"    "))
	}
}

// set writes the keys of v that are set, without comments.
func (e *example) set(v reflect.Value, indent string) {
	for _, f := range fieldsOf(v) {
		if !f.file && !f.value.IsZero() {
			e.write(indent + f.key + ": " + plain(f.value) + "\n")
		}
	}
}

// dashed puts the list's dash before the first key of a section; comments before it
// move with the dash.
func dashed(section, indent string) string {
	short := strings.TrimSuffix(indent, "  ")
	var out strings.Builder
	done := false
	for line := range strings.Lines(section) {
		rest, _ := strings.CutPrefix(line, indent)
		switch {
		case done:
			out.WriteString(line)
		case strings.HasPrefix(rest, "#"):
			out.WriteString(short + rest)
		default:
			out.WriteString(short + "- " + rest)
			done = true
		}
	}
	return out.String()
}

func (e *example) write(text string) { e.out.WriteString(text) }

func (e *example) comment(doc, indent string) {
	line := indent + "#"
	for word := range strings.FieldsSeq(doc) {
		if len(line)+1+len(word) > 88 {
			e.write(line + "\n")
			line = indent + "#"
		}
		line += " " + word
	}
	if doc != "" {
		e.write(line + "\n")
	}
}

// variable names the environment variable that sets key, unless docs do.
func variable(key, docs string) string {
	for _, v := range Variables() {
		if v.Key == key && !strings.Contains(docs, v.Name) {
			return " Environment: " + v.Name + "."
		}
	}
	return ""
}

// docsOf returns the comments on the fields of struct t by key, with the names of
// fields turned into those of keys.
func docsOf(t *testing.T, cache map[reflect.Type]map[string]string, of reflect.Type) map[string]string {
	t.Helper()
	if docs, ok := cache[of]; ok {
		return docs
	}
	docs, names := make(map[string]string), make(map[string]string)
	for _, f := range structOf(t, of).Fields.List {
		if f.Tag == nil || len(f.Names) != 1 {
			continue
		}
		key := reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("yaml")
		key, _, _ = strings.Cut(key, ",")
		names[f.Names[0].Name] = key
		docs[key] = f.Doc.Text()
	}
	word := regexp.MustCompile(`[-\w]*([A-Z]\w*Options\.)?[A-Z]\w*`)
	for key, doc := range docs {
		first := true
		docs[key] = word.ReplaceAllStringFunc(doc, func(w string) string {
			_, after, qualified := strings.Cut(w, ".")
			if !qualified {
				after = w
			}
			// An acronym is a key's name only where the sentence starts.
			k, ok := names[after]
			if ok && (after != strings.ToUpper(after) || first && strings.HasPrefix(doc, w)) {
				w = k
			}
			first = false
			return w
		})
	}
	cache[of] = docs
	return docs
}

// structOf finds the source of struct type of.
func structOf(t *testing.T, of reflect.Type) *ast.StructType {
	t.Helper()
	dir := filepath.Join("..", filepath.Base(of.PkgPath()))
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, "_test.go") }) {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		var found *ast.StructType
		ast.Inspect(tree, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok && spec.Name.Name == of.Name() {
				found, _ = spec.Type.(*ast.StructType)
			}
			return found == nil
		})
		if found != nil {
			return found
		}
	}
	t.Fatalf("no source of %v in %s", of, dir)
	return nil
}
