package sigma_test

import (
	"strings"
	"testing"

	"github.com/goshawk-siem/goshawk/internal/sigma"
)

// TestRejectedRules holds what a rule is rejected for, with the place.
func TestRejectedRules(t *testing.T) {
	t.Parallel()
	const head = "title: t\nlogsource: {category: test}\n"
	rule := func(items string) string { return head + "detection:\n  sel:\n    " + items + "\n  condition: sel\n" }
	cond := func(c string) string { return head + "detection:\n  a: {A: x}\n  condition: " + c + "\n" }
	for _, test := range []struct{ name, text, want string }{
		{"no kind", "title: t\n", "1:1: document has none of the keys"},
		{"not a map", "- a\n- b\n", "expected a map"},
		{"no title", "logsource: {category: a}\ndetection: {s: {a: 1}, condition: s}", "title is missing"},
		{"no logsource", "title: t\ndetection: {s: {a: 1}, condition: s}", "logsource is missing"},
		{"empty logsource", "title: t\nlogsource: {definition: x}\ndetection: {s: {a: 1}, condition: s}", "none of category"},
		{"no condition", head + "detection: {s: {a: 1}}", "3:12: detection has no condition"},
		{"bad level", "level: huge\n" + rule("A: x"), "1:8: level \"huge\""},
		{"unknown taxonomy", "taxonomy: other\n" + rule("A: x"), "1:11: taxonomy"},
		{"unknown modifier", rule("A|foo: x"), `5:5: key "A|foo": unknown modifier "foo"`},
		{"modifier twice", rule("A|all|all: [x, y]"), "written twice"},
		{"two comparisons", rule("A|contains|startswith: x"), "exclude each other"},
		{"re and base64", rule("A|re|base64: x"), "needs a comparison of text"},
		{"cidr and contains", rule("A|cidr|contains: x"), "exclude each other"},
		{"windash and cidr", rule("A|windash|cidr: 192.0.2.0/24"), "needs a comparison of text"},
		{"flag without re", rule("A|contains|i: x"), "need re"},
		{"wildcard to encode", rule("A|base64: 'x*'"), "can't be encoded"},
		{"bad regular expression", rule("A|re: '(x'"), "5:11: field \"A\": missing closing )"},
		{"look-around", rule("A|re: '(?=x)'"), "RE2"},
		{"back-reference", rule(`A|re: '(x)\1'`), "RE2"},
		{"possessive quantifier", rule("A|re: 'x++'"), "RE2"},
		{"bad network", rule("A|cidr: 192.0.2.0/33"), "not a network"},
		{"number wanted", rule("A|gt: ten"), "needs a number"},
		{"boolean wanted", rule("A|exists: 'yes'"), "exists needs true or false"},
		{"unresolved placeholder", rule("A|expand: '%nobody%'"), `5:15: placeholder %nobody% has no values`},
		{"empty value list", rule("A: []"), "empty list of values"},
		{"empty detection", head + "detection: {sel: {}, condition: sel}", `"sel" is empty`},
		{"empty keyword", rule("['']"), "keyword is empty"},
		{"null keyword", rule("[null]"), "null can't be searched"},
		{"map as value", rule("A: {b: c}"), "value is a map"},
		{"keyword exists", rule("'|exists': true"), "needs a field"},
		{"unknown identifier", cond("a and b"), `5:14: condition: there is no detection named "b"`},
		{"selects nothing", cond("1 of b*"), "selects no detection"},
		{"legacy aggregation", cond("a | count() > 5"), "correlation rule"},
		{"missing operand", cond("a and"), "condition ends"},
		{"missing parenthesis", cond("(a"), "( without )"},
		{"extra token", cond("a a"), "unexpected"},
		{"none of", cond("0 of them"), "expected 1, any, all or a number"},
		{"bad character", cond("a & a"), "unexpected '&'"},
		{"deep condition", cond(strings.Repeat("(", 100) + "a" + strings.Repeat(")", 100)), "nests deeper"},
		{"duplicate key", rule("A: x\n    A: y"), "6:5"},
		{"not YAML", "title: [", "not valid YAML"},
		{"deep YAML", "title: " + strings.Repeat("[", 100_000), "nests deeper"},
		{"deep block sequence", strings.Repeat("- ", 100_000) + "a", "nests deeper"},
		{"many anchors", strings.Repeat("&a ", 100_000) + "a", "anchors"},
		{"alias bomb", aliasBomb(), "nodes"},
		{"long document", "title: " + strings.Repeat("x", 2<<20), "at most 1048576"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			set, diagnostics := sigma.Compile([]sigma.File{{Path: "r.yml", Data: []byte(test.text)}}, sigma.Options{})
			if len(diagnostics) == 0 || len(set.Rules()) > 0 {
				t.Fatalf("%d rules loaded, diagnostics %v", len(set.Rules()), diagnostics)
			}
			d := diagnostics[0]
			got := (&sigma.Error{Line: d.Line, Column: d.Column, Reason: d.Reason}).Error()
			if d.Status != sigma.Rejected || !strings.Contains(got, test.want) {
				t.Errorf("got %s, want %q in it", got, test.want)
			}
		})
	}
}

func aliasBomb() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 12; i++ {
		b.WriteString(strings.NewReplacer("N", string(rune('a'+i)), "P", string(rune('a'+i-1))).Replace("aN: &aN [*aP, *aP, *aP, *aP, *aP, *aP, *aP, *aP, *aP]\n"))
		if i == 1 {
			b.Reset()
			b.WriteString("a0: &aa [x, x, x, x, x, x, x, x, x, x]\nab: &ab [*aa, *aa, *aa, *aa, *aa, *aa, *aa, *aa, *aa]\n")
		}
	}
	return b.String()
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	const head = "title: t\nid: not-a-uuid\nlogsource: {category: test}\ndetection:\n  condition: sel\n"
	for _, test := range []struct{ name, text, want string }{
		{"id", head + "  sel: {A: x}", "not a UUID"},
		{"unused detection", head + "  sel: {A: x}\n  other: {A: x}", "not used"},
		{"null in list", head + "  sel: {A: [x, null]}", "null in a list"},
		{"all with one value", head + "  sel: {A|all: [x]}", "single value"},
		{"host bits", head + "  sel: {A|cidr: 192.0.2.1/24}", "host bits"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			set, diagnostics := sigma.Compile([]sigma.File{{Path: "r.yml", Data: []byte(test.text)}}, sigma.Options{})
			found := false
			for _, d := range diagnostics {
				found = found || d.Status == sigma.Warning && strings.Contains(d.Reason, test.want)
			}
			if !found || len(set.Rules()) != 1 {
				t.Errorf("%d rules, diagnostics %v; want a warning with %q", len(set.Rules()), diagnostics, test.want)
			}
		})
	}
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	rule := func(head string) string {
		return head + "\nlogsource: {category: test}\ndetection: {s: {A: x}, condition: s}\n"
	}
	file := func(path, text string) sigma.File { return sigma.File{Path: path, Data: []byte(text)} }
	statuses := func(files ...sigma.File) string {
		var out []string
		_, diagnostics := sigma.Compile(files, sigma.Options{})
		for _, d := range diagnostics {
			if d.Status != sigma.Warning {
				out = append(out, string(d.Status)+" "+d.RuleID)
			}
		}
		return strings.Join(out, ", ")
	}
	const id = "b1a4d3a0-5a0e-4d35-8f27-6f2b5b1d9c11"
	for _, test := range []struct {
		name  string
		files []sigma.File
		want  string
	}{
		{"several documents", []sigma.File{file("a", rule("title: t\nname: x")+"---\n"+rule("title: u\nname: y"))}, "loaded x, loaded y"},
		{"a broken document leaves the others", []sigma.File{file("a", "title: [\n---\n"+rule("title: u\nname: y"))}, "rejected , loaded y"},
		{"empty documents", []sigma.File{file("a", "---\n# nothing\n---\n"+rule("title: u\nname: y"))}, "loaded y"},
		{"byte order mark and CRLF", []sigma.File{file("a", "\ufeff"+strings.ReplaceAll(rule("title: u\nname: y"), "\n", "\r\n"))}, "loaded y"},
		{"duplicate id", []sigma.File{file("a", rule("title: t\nid: "+id)), file("b", rule("title: t\nid: "+strings.ToUpper(id)))}, "loaded " + id + ", rejected " + strings.ToUpper(id)},
		{"duplicate name", []sigma.File{file("a", rule("title: t\nname: x")), file("b", rule("title: t\nname: x"))}, "loaded x, rejected x"},
		{"deprecated", []sigma.File{file("a", rule("title: t\nname: x\nstatus: deprecated"))}, "skipped x"},
		{"id from path", []sigma.File{file("a", rule("title: t"))}, "loaded b0e8de8d4e6b1207f3869a7d8738f251"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := statuses(test.files...); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestRuleKeepsItsMetadata(t *testing.T) {
	t.Parallel()
	const text = `title: A Title
id: b1a4d3a0-5a0e-4d35-8f27-6f2b5b1d9c11
name: a_name
level: HIGH
status: test
description: What it finds
author: Somebody
date: 2024/01/02
modified: 2024-02-03
tags: [attack.t1110]
references: [https://example.com/]
falsepositives: [None]
fields: [A]
related: [{id: x, type: similar}]
license: MIT
scope: [server]
logsource: {category: Test, product: P}
detection: {s: {A: x}, condition: s}
custom: {list: [1, 1.5, true, null, text]}
`
	set, _ := sigma.Compile([]sigma.File{{Path: "dir/r.yml", Data: []byte(text)}}, sigma.Options{})
	r := set.Rule("b1a4d3a0-5a0e-4d35-8f27-6f2b5b1d9c11")
	if r == nil {
		t.Fatal("not loaded")
	}
	custom, _ := r.Custom["custom"].(map[string]any)
	list, _ := custom["list"].([]any)
	if len(list) != 5 || list[0] != int64(1) || list[1] != 1.5 || list[2] != true || list[3] != nil || list[4] != "text" {
		t.Errorf("custom attributes are %v", r.Custom)
	}
	if r.Level != "high" || r.Date != "2024/01/02" || r.Related[0].Type != "similar" || r.Tags[0] != "attack.t1110" || r.Scope[0] != "server" {
		t.Errorf("metadata is %+v", r.Meta)
	}
	edited, _ := sigma.Compile([]sigma.File{{Path: "r.yml", Data: []byte(strings.Replace(text, "A: x", "A: y", 1))}}, sigma.Options{})
	moved, _ := sigma.Compile([]sigma.File{{Path: "r.yml", Data: []byte("# comment\n" + text)}}, sigma.Options{})
	if edited.Rules()[0].Hash == r.Hash || moved.Rules()[0].Hash != r.Hash {
		t.Error("the hash must follow the content and nothing else")
	}
}

func TestLogSources(t *testing.T) {
	t.Parallel()
	linux := []sigma.LogSource{{Product: "linux", Service: "sshd"}}
	auth := []sigma.LogSource{{Product: "linux", Service: "auth"}}
	process := []sigma.LogSource{{Product: "windows", Service: "sysmon"}, {Category: "process_creation", Product: "Windows"}}
	for _, test := range []struct {
		name, rule string
		event      []sigma.LogSource
		want       bool
	}{
		{"product", "{product: linux}", linux, true},
		{"another service", "{product: linux, service: sshd}", auth, false},
		{"second tuple, other case", "{category: process_creation, product: WINDOWS}", process, true},
		{"dimensions of two tuples", "{category: process_creation, service: sysmon}", process, false},
		{"category of a product", "{category: webserver}", []sigma.LogSource{{Category: "webserver", Product: "nginx"}}, true},
		{"free keys are ignored", "{product: linux, definition: x, other: y}", linux, true},
		{"no tuples", "{product: linux}", nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			text := "title: t\nlogsource: " + test.rule + "\ndetection: {s: {A: x}, condition: s}"
			set, _ := sigma.Compile([]sigma.File{{Path: "r.yml", Data: []byte(text)}}, sigma.Options{})
			if got := len(set.Pack(test.event).Rules()) > 0; got != test.want {
				t.Errorf("applies = %t", got)
			}
			labelled, _ := sigma.Compile([]sigma.File{{Path: "r.yml", Data: []byte(text)}}, sigma.Options{MatchUnlabelled: true})
			if got := len(labelled.Pack(nil).Rules()); got != 1 {
				t.Errorf("with MatchUnlabelled %d rules apply to an event without tuples", got)
			}
		})
	}
}

func TestFieldMapping(t *testing.T) {
	t.Parallel()
	const text = "title: t\nlogsource: {category: test}\ndetection: {s: {A: x}, condition: s}"
	mapping := map[string][]string{"A": {"one", "two"}}
	f := func(options sigma.Options, text, event string, want bool) {
		t.Helper()
		set, diagnostics := sigma.Compile([]sigma.File{{Path: "r.yml", Data: []byte(text)}}, options)
		if len(set.Rules()) != 1 {
			t.Fatal(diagnostics)
		}
		if got := matches(t, set, event); got != want {
			t.Errorf("match = %t on %s", got, event)
		}
	}
	f(sigma.Options{Fields: mapping}, text, `{"two":"x"}`, true)
	f(sigma.Options{Fields: mapping}, text, `{"A":"x"}`, false)
	f(sigma.Options{Taxonomies: map[string]map[string][]string{"own": mapping}}, "taxonomy: own\n"+text, `{"one":"x"}`, true)
}
