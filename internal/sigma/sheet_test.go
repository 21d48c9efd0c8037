package sigma_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/goshawk-siem/goshawk/internal/sigma"
)

// row is one row of a table: a detection, an event, and whether they match.
type row struct {
	name      string
	detection string // YAML of the detection section, condition included
	event     string // JSON
	want      bool
}

// one is the detection section with a single selection.
func one(items string) string { return "sel:\n    " + items + "\ncondition: sel" }

// compileOne compiles one rule with the given detection section.
func compileOne(tb testing.TB, detection string, options sigma.Options) (*sigma.Set, []sigma.Diagnostic) {
	tb.Helper()
	text := "title: t\nlogsource: {category: test}\ndetection:\n"
	for line := range strings.Lines(detection) {
		text += "    " + line
	}
	return sigma.Compile([]sigma.File{{Path: "rule.yml", Data: []byte(text)}}, options)
}

// matches reports whether the set's rules match the JSON object, by the index
// and by a full scan, which must agree.
func matches(tb testing.TB, set *sigma.Set, event string) bool {
	tb.Helper()
	if !json.Valid([]byte(event)) {
		tb.Fatalf("event is not JSON: %s", event)
	}
	var o sigma.Object
	if err := o.Parse(event); err != nil {
		tb.Fatal(err)
	}
	p := set.Pack([]sigma.LogSource{{Category: "test"}})
	m := set.NewMatcher()
	indexed := m.Match(p, &o, nil)
	scanned := m.Scan(p, &o, nil)
	if fmt.Sprint(indexed) != fmt.Sprint(scanned) {
		tb.Fatalf("the index finds %d rules, the full scan %d", len(indexed), len(scanned))
	}
	return len(indexed) > 0
}

func runRows(t *testing.T, rows []row, options sigma.Options) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			set, diagnostics := compileOne(t, r.detection, options)
			for _, d := range diagnostics {
				if d.Status == sigma.Rejected {
					t.Fatal(d)
				}
			}
			if got := matches(t, set, r.event); got != r.want {
				t.Errorf("match = %t on %s", got, r.event)
			}
		})
	}
}

func TestFieldLookup(t *testing.T) {
	t.Parallel()
	runRows(t, []row{
		{"flat key before path", one(`a.b: flat`), `{"a.b":"flat","a":{"b":"deep"}}`, true},
		{"flat key hides path", one(`a.b: deep`), `{"a.b":"flat","a":{"b":"deep"}}`, false},
		{"path", one(`a.b.c: x`), `{"a":{"b":{"c":"x"}}}`, true},
		{"path through array", one(`a.b: y`), `{"a":[{"b":"x"},{"c":1},{"b":"y"}]}`, true},
		{"path through nested arrays", one(`a.b: y`), `{"a":[[{"b":"x"}],[{"b":"y"}]]}`, true},
		{"names are case-sensitive", one(`A: x`), `{"a":"x"}`, false},
		{"missing", one(`a: x`), `{"b":"x"}`, false},
		{"any element of an array", one(`a: y`), `{"a":["x","y"]}`, true},
		{"nested arrays are flattened", one(`a: y`), `{"a":["x",["z",["y"]]]}`, true},
		{"empty array exists", one(`a|exists: true`), `{"a":[]}`, true},
		{"empty array matches nothing", one(`a: null`), `{"a":[]}`, false},
		{"object exists", one(`a|exists: true`), `{"a":{}}`, true},
		{"object matches no value", one(`a|contains: ''`), `{"a":{"b":"x"}}`, false},
		{"object is not null", one(`a: null`), `{"a":{"b":"x"}}`, false},
		{"integer text", one(`a: '42'`), `{"a":42}`, true},
		{"float text is shortest", one(`a: '1.5'`), `{"a":1.50}`, true},
		{"integral float text", one(`a: '2'`), `{"a":2.0}`, true},
		{"float with exponent", one(`a: '1200'`), `{"a":1.2e3}`, true},
		{"boolean text", one(`a: 'true'`), `{"a":true}`, true},
		{"duplicate keys, last wins", one(`a: y`), `{"a":"x","a":"y"}`, true},
		{"duplicate nested keys, last wins", one(`a.b: x`), `{"a":{"b":"x","b":"y"}}`, false},
		{"escaped key", one(`"a\tb": x`), `{"a\tb":"x"}`, true},
		{"unicode escapes", one("a: \"\U0001f600\u00e9\""), `{"a":"\ud83d\ude00\u00e9"}`, true},
	}, sigma.Options{})
}

func TestDetectionStructure(t *testing.T) {
	t.Parallel()
	const kw = `{"raw":"some k1 here","A":"x"}`
	runRows(t, []row{
		{"map is AND", one(`{A: x, B: y}`), `{"A":"x","B":"y"}`, true},
		{"map is AND, one missing", one(`{A: x, B: y}`), `{"A":"x"}`, false},
		{"list of values is OR", one(`A: [x, y]`), `{"A":"y"}`, true},
		{"all", one(`A|contains|all: [x, y]`), `{"A":"yx"}`, true},
		{"all, one missing", one(`A|contains|all: [x, y]`), `{"A":"x"}`, false},
		{"list of maps is OR", one(`[{A: x}, {B: y, C: z}]`), `{"B":"y","C":"z"}`, true},
		{"list of maps is OR, half of the second", one(`[{A: x}, {B: y, C: z}]`), `{"B":"y"}`, false},
		{"list of keywords", one(`[k0, k1]`), kw, true},
		{"all keywords", one(`{'|all': [k1, here]}`), kw, true},
		{"all keywords, one missing", one(`{'|all': [k1, k2]}`), kw, false},
		{"keyword or map, keyword", one(`[k1, {A: no}]`), kw, true},
		{"keyword or map, map", one(`[k2, {A: x}]`), kw, true},
		{"single keyword", `{sel: k1, condition: sel}`, kw, true},
		{"keyword regular expression", one(`{'|re': 'k\d h'}`), kw, true},
		{"keyword contains all", one(`{'|contains|all': [k1, some]}`), kw, true},
		{"timeframe is ignored", "sel: {A: x}\ntimeframe: 5m\ncondition: sel", kw, true},
	}, sigma.Options{})
}

func TestValues(t *testing.T) {
	t.Parallel()
	runRows(t, []row{
		{"string, any case", one(`A: WhoAmI`), `{"A":"WHOAMI"}`, true},
		{"string, whole value", one(`A: whoami`), `{"A":"whoami.exe"}`, false},
		{"string, Unicode case", one(`A: ÄÖÜ`), `{"A":"äöü"}`, true},
		{"string, Kelvin sign folds to k", one(`A: k`), "{\"A\":\"\u212a\"}", true},
		{"string, no composition", one("A: \"\u00e9\""), "{\"A\":\"e\u0301\"}", false},
		{"wildcards, whole value", one(`A: 'a*c?'`), `{"A":"abbbcd"}`, true},
		{"wildcards are anchored", one(`A: 'a*c'`), `{"A":"xabc"}`, false},
		{"empty string on empty", one(`A: ''`), `{"A":""}`, true},
		{"empty string on missing", one(`A: ''`), `{}`, false},
		{"empty string on null", one(`A: ''`), `{"A":null}`, false},
		{"integer on number", one(`A: 4624`), `{"A":4624}`, true},
		{"integer on string", one(`A: 4624`), `{"A":"4624"}`, true},
		{"integer on equal decimal", one(`A: 4624`), `{"A":"4624.0"}`, true},
		{"float on string", one(`A: 1.5`), `{"A":"1.50"}`, true},
		{"integer on hex string", one(`A: 16`), `{"A":"0x10"}`, false},
		{"float on comma string", one(`A: 1.5`), `{"A":"1,5"}`, false},
		{"integer beyond 64 bits", one(`A: 18446744073709551617`), `{"A":18446744073709551617}`, true},
		{"integer beyond 64 bits, neighbour", one(`A: 18446744073709551617`), `{"A":18446744073709551616}`, false},
		{"integer on boolean", one(`A: 1`), `{"A":true}`, false},
		{"boolean on boolean", one(`A: true`), `{"A":true}`, true},
		{"boolean on string", one(`A: true`), `{"A":"True"}`, true},
		{"boolean on number", one(`A: true`), `{"A":1}`, false},
		{"null on missing", one(`A: null`), `{}`, true},
		{"null on null", one(`A:`), `{"A":null}`, true},
		{"null on empty", one(`A: ~`), `{"A":""}`, false},
		{"null in a list", one(`A: [x, null]`), `{}`, true},
		{"quoted number is a string", one(`A: '1.50'`), `{"A":1.5}`, false},
	}, sigma.Options{})
}

func TestWildcards(t *testing.T) {
	t.Parallel()
	runRows(t, []row{
		{"star matches nothing", one(`A: 'a*b'`), `{"A":"ab"}`, true},
		{"star matches newlines", one(`A: 'a*b'`), `{"A":"a\nx\nb"}`, true},
		{"question mark is one code point", one(`A: 'a?b'`), `{"A":"aéb"}`, true},
		{"question mark matches newline", one(`A: 'a?b'`), `{"A":"a\nb"}`, true},
		{"question mark is not none", one(`A: 'a?b'`), `{"A":"ab"}`, false},
		{"escaped star", one(`A: 'a\*b'`), `{"A":"a*b"}`, true},
		{"escaped star is literal", one(`A: 'a\*b'`), `{"A":"axb"}`, false},
		{"escaped question mark", one(`A: 'a\?b'`), `{"A":"a?b"}`, true},
		{"double backslash", one(`A: 'a\\b'`), `{"A":"a\\b"}`, true},
		{"backslash before other", one(`A: 'a\b'`), `{"A":"a\\b"}`, true},
		{"double backslash and star", one(`A: 'a\\*b'`), `{"A":"a\\xxb"}`, true},
		{"backslash and literal star", one(`A: 'a\\\*b'`), `{"A":"a\\*b"}`, true},
		{"backslash and literal star, other", one(`A: 'a\\\*b'`), `{"A":"a\\xb"}`, false},
		{"four backslashes", one(`A: 'a\\\\b'`), `{"A":"a\\\\b"}`, true},
		{"trailing backslash", one(`A: 'a\'`), `{"A":"a\\"}`, true},
		{"several stars", one(`A: '*b*d*'`), `{"A":"abcde"}`, true},
		{"several stars, wrong order", one(`A: '*d*b*'`), `{"A":"abcde"}`, false},
		{"overlap is not counted twice", one(`A: 'ab*ba'`), `{"A":"aba"}`, false},
		{"star alone", one(`A: '*'`), `{"A":""}`, true},
		{"star alone, missing", one(`A: '*'`), `{}`, false},
		{"star alone, null", one(`A: '*'`), `{"A":null}`, false},
		{"star then question marks", one(`A: 'a*??'`), `{"A":"axyé"}`, true},
		{"question marks between stars", one(`A: '*a??d*'`), `{"A":"aaxyd"}`, true},
	}, sigma.Options{})
}

func TestKeywords(t *testing.T) {
	t.Parallel()
	runRows(t, []row{
		{"substring", one(`[attack]`), `{"raw":"an ATTACK!"}`, true},
		{"nested leaf", one(`[attack]`), `{"a":{"b":["x","attack"]}}`, true},
		{"number leaf", one(`[4624]`), `{"a":14624}`, true},
		{"boolean leaf", one(`['true']`), `{"a":true}`, true},
		{"field names are not searched", one(`[attack]`), `{"attack":{"attack":"x"}}`, false},
		{"wildcard, not anchored", one(`['Trojan*FOUND']`), `{"raw":"file: Trojan.X FOUND in y"}`, true},
		{"one match within one leaf", one(`['Trojan*FOUND']`), `{"a":"Trojan","b":"FOUND"}`, false},
		{"all over different leaves", one(`{'|all': [one, two]}`), `{"a":"one","b":"two"}`, true},
		{"cased", one(`{'|cased': [Attack]}`), `{"a":"attack"}`, false},
	}, sigma.Options{})
}

func TestModifiers(t *testing.T) {
	t.Parallel()
	runRows(t, []row{
		{"contains", one(`A|contains: b`), `{"A":"aBc"}`, true},
		{"contains number", one(`A|contains: 46`), `{"A":14624}`, true},
		{"contains nothing, present", one(`A|contains: ''`), `{"A":"x"}`, true},
		{"contains nothing, null", one(`A|contains: ''`), `{"A":null}`, false},
		{"contains with wildcard", one(`A|contains: 'a*c'`), `{"A":"xabbcx"}`, true},
		{"startswith", one(`A|startswith: ab`), `{"A":"ABC"}`, true},
		{"startswith, later", one(`A|startswith: b`), `{"A":"abc"}`, false},
		{"endswith", one(`A|endswith: '\cmd.exe'`), `{"A":"C:\\Windows\\CMD.exe"}`, true},
		{"endswith with wildcard is anchored", one(`A|endswith: 'b*d'`), `{"A":"abcde"}`, false},
		{"startswith with wildcard is anchored", one(`A|startswith: 'b*d'`), `{"A":"abcd"}`, false},
		{"all over elements", one(`A|all: [x, y]`), `{"A":["x","y","z"]}`, true},
		{"cased", one(`A|cased: Ab`), `{"A":"ab"}`, false},
		{"cased, same", one(`A|contains|cased: Ab`), `{"A":"xAbx"}`, true},
		{"neq", one(`A|neq: x`), `{"A":"y"}`, true},
		{"neq, equal", one(`A|neq: [x, y]`), `{"A":"y"}`, false},
		{"neq, missing", one(`A|neq: x`), `{}`, true},
		{"neq with all", one(`A|contains|all|neq: [x, y]`), `{"A":"x"}`, true},
		{"exists, null", one(`A|exists: true`), `{"A":null}`, true},
		{"exists, empty", one(`A|exists: true`), `{"A":""}`, true},
		{"exists, missing", one(`A|exists: true`), `{}`, false},
		{"exists false", one(`A|exists: false`), `{}`, true},
		{"exists false, null", one(`A|exists: false`), `{"A":null}`, false},
		{"re, unanchored", one(`A|re: 'b+c'`), `{"A":"abbc"}`, true},
		{"re, case-sensitive", one(`A|re: 'B'`), `{"A":"abc"}`, false},
		{"re i", one(`A|re|i: 'B'`), `{"A":"abc"}`, true},
		{"re m", one(`A|re|multiline: '^b$'`), `{"A":"a\nb\nc"}`, true},
		{"re s", one(`A|re|dotall: 'a.c'`), `{"A":"a\nc"}`, true},
		{"re without s", one(`A|re: 'a.c'`), `{"A":"a\nc"}`, false},
		{"re on number", one(`A|re: '^4\d{3}$'`), `{"A":4624}`, true},
		{"re ignores cased", one(`A|re|cased: 'b'`), `{"A":"abc"}`, true},
		{"cidr IPv4", one(`A|cidr: 192.0.2.0/24`), `{"A":"192.0.2.200"}`, true},
		{"cidr IPv4, outside", one(`A|cidr: 192.0.2.0/24`), `{"A":"192.0.3.1"}`, false},
		{"cidr IPv6", one(`A|cidr: '2001:db8::/32'`), `{"A":"2001:DB8:1::1"}`, true},
		{"cidr, mapped address", one(`A|cidr: 192.0.2.0/24`), `{"A":"::ffff:192.0.2.9"}`, true},
		{"cidr, zone", one(`A|cidr: 'fe80::/10'`), `{"A":"fe80::1%eth0"}`, true},
		{"cidr, host bits", one(`A|cidr: 192.0.2.9/24`), `{"A":"192.0.2.200"}`, true},
		{"cidr, no address", one(`A|cidr: 0.0.0.0/0`), `{"A":"host"}`, false},
		{"lt", one(`A|lt: 10`), `{"A":9.5}`, true},
		{"lte", one(`A|lte: 10`), `{"A":"10.0"}`, true},
		{"gt", one(`A|gt: 10`), `{"A":10}`, false},
		{"gte", one(`A|gte: -1.5`), `{"A":-1}`, true},
		{"gt, no number", one(`A|gt: 1`), `{"A":"x9"}`, false},
		{"minute", one(`A|minute: 30`), `{"A":"2024-09-05T10:30:00Z"}`, true},
		{"hour as written", one(`A|hour: 10`), `{"A":"2024-09-05T10:30:00+05:00"}`, true},
		{"hour with gte", one(`A|hour|gte: 22`), `{"A":"2024-09-05 23:30:00.5"}`, true},
		{"day", one(`A|day: 5`), `{"A":"2024-09-05T10:30:00Z"}`, true},
		{"week is the ISO week", one(`A|week: 53`), `{"A":"2021-01-01T00:00:00Z"}`, true},
		{"month", one(`A|month: 9`), `{"A":"2024-09-05T10:30:00Z"}`, true},
		{"year of epoch seconds", one(`A|year: 2024`), `{"A":1725532200}`, true},
		{"year of epoch milliseconds", one(`A|year: 2024`), `{"A":"1725532200000"}`, true},
		{"time part, no timestamp", one(`A|hour: 0`), `{"A":"yesterday"}`, false},
		{"fieldref", one(`A|fieldref: B`), `{"A":"Bob","B":"bob"}`, true},
		{"fieldref, numeric", one(`A|fieldref: B`), `{"A":"1.50","B":1.5}`, true},
		{"fieldref, missing", one(`A|fieldref: B`), `{"A":"x"}`, false},
		{"fieldref, both null", one(`A|fieldref: B`), `{"A":null,"B":null}`, false},
		{"fieldref contains", one(`A|fieldref|contains: B`), `{"A":"xboby","B":"BOB"}`, true},
		{"fieldref startswith", one(`A|startswith|fieldref: B`), `{"A":"bobby","B":"bob"}`, true},
		{"fieldref endswith", one(`A|fieldref|endswith: B`), `{"A":"bobby","B":"bob"}`, false},
		{"base64", one(`A|base64: foobar`), `{"A":"Zm9vYmFy"}`, true},
		{"base64 with contains", one(`A|base64|contains: foobar`), `{"A":"x Zm9vYmFy y"}`, true},
		{"base64offset 0", one(`A|base64offset: foobar`), `{"A":"xZm9vYmFyx"}`, true},
		{"base64offset 1", one(`A|base64offset|contains: foobar`), `{"A":"xZvb2Jhcx"}`, true},
		{"base64offset 2", one(`A|base64offset|contains: foobar`), `{"A":"xmb29iYXx"}`, true},
		{"wide and base64", one(`A|wide|base64: ab`), `{"A":"YQBiAA=="}`, true},
		{"utf16le is wide", one(`A|utf16le|base64: ab`), `{"A":"YQBiAA=="}`, true},
		{"utf16be and base64", one(`A|utf16be|base64: ab`), `{"A":"AGEAYg=="}`, true},
		{"utf16 and base64", one(`A|utf16|base64: ab`), `{"A":"//5hAGIA"}`, true},
		{"order of modifiers is free", one(`A|contains|base64offset|wide: foo`), `{"A":"xZgBvAG8Ax"}`, true},
		{"windash hyphen", one(`A|windash|contains: ' -enc '`), `{"A":"x -enc y"}`, true},
		{"windash slash", one(`A|windash|contains: ' -enc '`), `{"A":"x /ENC y"}`, true},
		{"windash en dash", one(`A|windash|contains: ' -enc '`), `{"A":"x –enc y"}`, true},
		{"windash em dash", one(`A|contains|windash: ' -enc '`), `{"A":"x —enc y"}`, true},
		{"windash bar", one(`A|contains|windash: ' /enc '`), `{"A":"x ―enc y"}`, true},
		{"windash inside a word", one(`A|windash|contains: 'a-b'`), `{"A":"a/b"}`, false},
		{"windash before no word", one(`A|windash|contains: '- x'`), `{"A":"/ x"}`, false},
		{"windash, exactly", one(`A|windash: '-a -b'`), `{"A":"/a –b"}`, true},
		{"expand", one(`A|expand: '%admins%'`), `{"A":"Alice"}`, true},
		{"expand, wildcard in a value", one(`A|expand: '%admins%'`), `{"A":"adm_7"}`, true},
		{"expand inside", one(`A|contains|expand: 'user=%admins%;'`), `{"A":"x user=bob; y"}`, true},
		{"expand, literal percent", one(`A|expand: '100\%'`), `{"A":"100%"}`, true},
		{"without expand, percent is ordinary", one(`A: '%admins%'`), `{"A":"%admins%"}`, true},
	}, sigma.Options{Placeholders: map[string][]string{"admins": {"alice", "bob", "adm_*"}}})
}

func TestConditions(t *testing.T) {
	t.Parallel()
	const event = `{"a":1,"b":1}`
	cond := func(c string) string {
		return "a: {a: 1}\nb: {b: 1}\nc: {c: 1}\nsel_x: {a: 1}\nsel_y: {c: 1}\n_p: {z: 1}\ncondition: " + c
	}
	runRows(t, []row{
		{"or is looser than and", cond("a or c and c"), event, true},
		{"and before or, left", cond("c and c or a"), event, true},
		{"not is tighter than and", cond("not c and a"), event, true},
		{"not is looser than of", cond("not 1 of sel_*"), event, false},
		{"parentheses", cond("not (a and c)"), event, true},
		{"keywords in any case", cond("a AND NOT c Or c"), event, true},
		{"newlines", cond("\"a\\n and\\tb\""), event, true},
		{"1 of", cond("1 of sel_*"), event, true},
		{"any of", cond("any of sel_*"), event, true},
		{"all of", cond("all of sel_*"), event, false},
		{"2 of", cond("2 of *"), event, true},
		{"4 of", cond("4 of *"), event, false},
		{"more than there are", cond("4294967297 of *"), event, false},
		{"1 of them", cond("1 of them"), event, true},
		{"all of them", cond("all of them"), event, false},
		{"them leaves _ out", "a: {a: 1}\n_p: {z: 1}\ncondition: all of them", event, true},
		{"star leaves _ out", "a: {a: 1}\n_p: {z: 1}\ncondition: all of *", event, true},
		{"_ pattern", cond("1 of _*"), event, false},
		{"star in the middle", cond("1 of s*x"), event, true},
		{"list of conditions", cond("[c, a]"), event, true},
		{"double not", cond("not not a"), event, true},
		{"name with dash and digit", "a-1: {a: 1}\ncondition: a-1", event, true},
	}, sigma.Options{})
}
