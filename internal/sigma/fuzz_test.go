package sigma_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/goshawk-siem/goshawk/internal/sigma"
)

// FuzzRule reads anything as a rule file: no panic, one verdict per document.
func FuzzRule(f *testing.F) {
	f.Add(bases)
	f.Add(bases + correlationDoc("c", "type: value_count\nrules: [rule_a]\ntimespan: 5m\ncondition: {gte: 3, field: x}"))
	f.Add("title: t\nlogsource: {category: test}\ndetection:\n  s: {'A|re|i': '(a|b)+', 'B|cidr': 192.0.2.0/24, 'C|base64offset|wide': foo}\n  condition: all of s*\n")
	f.Add("a: &x [*x]\nb: !!str 1\n? c\n: d\n")
	f.Add("title: [\n---\n- - - x\n...\n")
	f.Fuzz(func(t *testing.T, text string) {
		set, diagnostics := sigma.Compile([]sigma.File{{Path: "f.yml", Data: []byte(text)}}, sigma.Options{})
		verdicts := map[int]int{}
		for _, d := range diagnostics {
			if d.Status != sigma.Warning {
				verdicts[d.Document]++
			}
		}
		for doc, n := range verdicts {
			if n != 1 {
				t.Errorf("document %d has %d verdicts", doc, n)
			}
		}
		var o sigma.Object
		if err := o.Parse(`{"A":"x","B":["192.0.2.1",5,null],"C":{"d":true},"raw":"some text"}`); err != nil {
			t.Fatal(err)
		}
		p := set.Pack([]sigma.LogSource{{Category: "test"}})
		m := set.NewMatcher()
		if a, b := names(m.Match(p, &o, nil)), names(m.Scan(p, &o, nil)); a != b {
			t.Errorf("index finds %s, full scan %s", a, b)
		}
	})
}

// FuzzCondition reads anything as a condition.
func FuzzCondition(f *testing.F) {
	for _, c := range []string{"a and not b", "1 of a*", "all of them", "(a or b) and c", "not not a", "2 of _*", "a |count() > 1", "((((a"} {
		f.Add(c)
	}
	f.Fuzz(func(t *testing.T, condition string) {
		quoted, err := json.Marshal(condition)
		if err != nil {
			t.Skip()
		}
		set, _ := compileOne(t, "a: {A: 1}\nb: {B: 1}\n_c: {C: 1}\ncondition: "+string(quoted), sigma.Options{})
		if len(set.Rules()) == 1 {
			matches(t, set, `{"A":1}`)
		}
	})
}

// FuzzPattern matches anything with anything, and compares the pattern with a
// plain matcher that tries every split.
func FuzzPattern(f *testing.F) {
	f.Add(`a*b?c`, "axxbyc")
	f.Add(`\*\\*?`, `*\xyz`)
	f.Add("*é??*", "aéíü")
	f.Add(`a\`, `a\`)
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 40 || len(text) > 40 || strings.ContainsRune(pattern, 0xfffd) || strings.ContainsRune(text, 0xfffd) {
			t.Skip("too much for the plain matcher, or not UTF-8")
		}
		rule, err := json.Marshal(map[string]any{
			"title": "t", "logsource": map[string]any{"category": "test"},
			"detection": map[string]any{"s": map[string]any{"A|cased": pattern}, "condition": "s"},
		})
		if err != nil {
			t.Fatal(err)
		}
		set, _ := sigma.Compile([]sigma.File{{Path: "f.yml", Data: rule}}, sigma.Options{})
		if len(set.Rules()) != 1 {
			t.Skip("not a rule")
		}
		event, err := json.Marshal(map[string]string{"A": text})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := matches(t, set, string(event)), plainMatch([]rune(pattern), []rune(text)); got != want {
			t.Errorf("pattern %q on %q: %t, want %t", pattern, text, got, want)
		}
	})
}

// plainMatch is the obvious matcher for Sigma strings.
func plainMatch(p, s []rune) bool {
	if len(p) == 0 {
		return len(s) == 0
	}
	switch {
	case p[0] == '*':
		return plainMatch(p[1:], s) || len(s) > 0 && plainMatch(p, s[1:])
	case len(s) == 0:
		return false
	case p[0] == '?':
		return plainMatch(p[1:], s[1:])
	case p[0] == '\\' && len(p) > 1 && strings.ContainsRune(`\*?`, p[1]):
		return p[1] == s[0] && plainMatch(p[2:], s[1:])
	}
	return p[0] == s[0] && plainMatch(p[1:], s[1:])
}

// FuzzEvent reads anything as an event, and valid JSON as encoding/json does.
func FuzzEvent(f *testing.F) {
	f.Add(`{"A":"x","a":{"b":[1,{"c":"\u00e9\ud83d\ude00"}]},"n":null}`)
	f.Add(`{"A":[[["x"]]],"A":-1.5e3}`)
	f.Add(`{"A":"\"\\","B":{`)
	set, diagnostics := sigma.Compile([]sigma.File{{Path: "f.yml", Data: []byte(bases + `---
title: D
logsource: {category: test}
detection:
  s: {'a.b.c|contains': é, 'n|exists': true}
  k: [needle]
  t: {'A|hour|gte': 3, 'B|fieldref': A, 'C|lt': 5, 'D|cidr': '::/0'}
  condition: 1 of them
`)}}, sigma.Options{})
	if len(diagnostics) != 4 {
		f.Fatal(diagnostics)
	}
	p := set.Pack([]sigma.LogSource{{Category: "test"}})
	f.Fuzz(func(t *testing.T, text string) {
		var o sigma.Object
		err := o.Parse(text)
		var want map[string]any
		if json.Unmarshal([]byte(text), &want) == nil && want != nil && err != nil {
			t.Errorf("object is refused: %v", err)
		}
		m := set.NewMatcher()
		if a, b := names(m.Match(p, &o, nil)), names(m.Scan(p, &o, nil)); a != b {
			t.Errorf("index finds %s, full scan %s", a, b)
		}
		if value, ok := want["A"].(string); ok && err == nil {
			if got, _ := o.Lookup("A", nil); len(got) != 1 || got[0].Text != value && !strings.ContainsRune(value, 0xfffd) {
				t.Errorf("A is %v, want %q", got, value)
			}
		}
	})
}
