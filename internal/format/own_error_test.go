package format

import (
	"strings"
	"testing"
)

// All that is wrong with a file is said at once, each with its place.
func TestOwnProblems(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ yaml, want string }{
		"empty":          {"", "own.yaml: is empty; expected a format with name and patterns"},
		"no yaml":        {"name: [", "own.yaml:1:7: not valid YAML: "},
		"two documents":  {"name: a\npatterns: ['x']\n---\nname: b\n", "own.yaml:4:1: a second document starts here"},
		"unknown key":    {"name: a\npatern: x\npatterns: ['x']\n", "own.yaml:2:1: patern: unknown key; expected one of name, "},
		"twice":          {"name: a\nname: b\npatterns: ['x']\n", "own.yaml:2:1: name: is set twice"},
		"no name":        {"patterns: ['x']\n", "name: is missing"},
		"bad name":       {"name: My-Format\npatterns: ['x']\n", `own.yaml:1:7: name: "My-Format" is not a format's name`},
		"built in":       {"name: sshd\npatterns: ['x']\n", "own.yaml:1:7: name: sshd is a built-in format"},
		"auto":           {"name: auto\npatterns: ['x']\n", "own.yaml:1:7: name: no format may be called auto"},
		"no patterns":    {"name: a\n", "patterns: is missing"},
		"anchor":         {"name: &x a\npatterns: ['x']\n", "own.yaml:1:7: name: expected text, found an anchor"},
		"type":           {"name: a\npatterns:\n  - '%{source_ip} %{ipp:x}'\n", "own.yaml:3:19: patterns[0]: unknown type ipp; expected one of clf, "},
		"open":           {"name: a\npatterns:\n  - 'x %{source_ip'\n", "own.yaml:3:8: patterns[0]: %{ is not closed"},
		"side by side":   {"name: a\npatterns:\n  - '%{a}%{b}'\n", "own.yaml:3:5: patterns[0]: two fields stand side by side"},
		"twice a field":  {"name: a\npatterns:\n  - '%{a} %{a}'\n", "patterns[0]: has the field a twice"},
		"column":         {"name: a\npatterns:\n  - '%{int:source_ip} x'\n", "own.yaml:3:5: patterns[0]: the type int does not fit the column source_ip; it takes ip"},
		"reserved":       {"name: a\npatterns:\n  - '%{event_id} x'\n", "event_id is set by Goshawk itself"},
		"field name":     {"name: a\npatterns:\n  - '%{a b} x'\n", `patterns[0]: not a field's name: "a b"`},
		"regexp":         {"name: a\npatterns:\n  - regexp: 'x (?P<a>['\n", "own.yaml:3:22: patterns[0].regexp: not a regular expression: missing closing ]"},
		"regexp no name": {"name: a\npatterns:\n  - regexp: 'x'\n", "patterns[0].regexp: has no named group"},
		"both":           {"name: a\npatterns:\n  - {regexp: '(?P<a>x)', dissect: 'x'}\n", "patterns[0].regexp: stands beside dissect"},
		"neither":        {"name: a\npatterns:\n  - name: x\n", "patterns[0]: expected dissect or regexp"},
		"unused":         {"name: a\npatterns: ['%{x} y']\nfields: {z: source_ip}\n", "fields.z: no pattern has a field of this name"},
		"target":         {"name: a\npatterns: ['%{x} y']\nfields: {x: {to: sorce_ip}}\n", `own.yaml:3:18: fields.x.to: "sorce_ip" is not a column`},
		"layout":         {"name: a\npatterns: ['%{event_time} y']\nfields: {event_time: {layouts: ['%Y']}}\n", `fields.event_time.layouts[0]: "%Y" has no date and time`},
		"zone":           {"name: a\nzone: Berlin\npatterns: ['x']\n", `own.yaml:2:7: zone: "Berlin" is not a time zone`},
		"enum":           {"name: a\npatterns: ['x']\nset: {event_type: LOGIN}\n", `own.yaml:3:19: set.event_type: "LOGIN" is not a value of event_type; expected one of HTTP_ACCESS`},
		"set":            {"name: a\npatterns: ['x']\nset: {colour: red}\n", "own.yaml:3:7: set.colour: not a column of the schema"},
		"logsource":      {"name: a\npatterns: ['x']\nset: {logsource: linux}\n", `"linux" is not a log source`},
		"values":         {"name: a\npatterns: ['%{x} y']\nfields: {x: {to: outcome, values: {ok: good}}}\n", `fields.x.values.ok: "good" is not a value of outcome; expected one of success`},
		"others":         {"name: a\npatterns: ['%{x} y']\nfields: {x: {to: outcome, others: unknown}}\n", "fields.x.others: needs values"},
		"condition":      {"name: a\npatterns: ['%{x} y']\nrules: [{when: {q: 1}, set: {severity: high}}]\n", "rules[0].when.q: no pattern has a field of this name"},
		"rule":           {"name: a\npatterns: ['%{x} y']\nrules: [{when: {x: 1}}]\n", "rules[0]: expected when and set"},
		"score":          {"name: a\npatterns: ['x']\nmatch: {score: 200}\n", "own.yaml:3:16: match.score: expected a number from 1 to 100"},
		"keys":           {"name: a\npatterns: ['x']\nmatch: {keys: [a]}\n", "match: keys and values are for input: json and keyvalue"},
		"programs":       {"name: a\nprograms: [x]\npatterns: ['x']\n", "own.yaml:2:1: programs: needs envelope: syslog"},
		"sample":         {"name: a\npatterns: ['x']\nsamples: [{line: x, want: {colour: red}}]\n", "samples[0].want.colour: not a column of the schema"},
		"json patterns":  {"name: a\ninput: json\npatterns: ['x']\n", "patterns: are for input: text"},
		"pairs":          {"name: a\npatterns: ['x %{keyvalue:k} y']\n", "a field of type keyvalue must end the pattern"},
		"port constant":  {"name: a\npatterns: ['x']\nset: {source_port: 70000}\n", `"70000" is not a value of source_port`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := ReadOwn("own.yaml", []byte(tc.yaml))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v\nwant %s", err, tc.want)
			}
		})
	}
	_, err := ReadOwn("own.yaml", []byte("name: A\nzone: x\npatterns: ['%{q:x}']\nset: {a: b}\n"))
	if err == nil || strings.Count(err.Error(), "\nown.yaml:") != 4 {
		t.Errorf("want four problems, got %v", err)
	}
}
