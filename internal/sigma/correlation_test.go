package sigma_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goshawk-siem/goshawk/internal/sigma"
)

// bases are three detection rules for correlations to refer to.
const bases = `title: A
name: rule_a
logsource: {category: test}
detection: {s: {A: x}, condition: s}
---
title: B
name: rule_b
id: b1a4d3a0-5a0e-4d35-8f27-6f2b5b1d9c11
logsource: {category: test}
detection: {s: {B: x}, condition: s}
---
title: C
name: rule_c
logsource: {category: test, product: p}
detection: {s: {C: x}, condition: s}
`

func compileText(text string) (*sigma.Set, []sigma.Diagnostic) {
	return sigma.Compile([]sigma.File{{Path: "r.yml", Data: []byte(text)}}, sigma.Options{})
}

func correlationDoc(name, body string) string {
	return "---\ntitle: T\nname: " + name + "\ncorrelation:\n  " + strings.ReplaceAll(body, "\n", "\n  ") + "\n"
}

func TestCorrelation(t *testing.T) {
	t.Parallel()
	const count = "type: event_count\nrules: rule_a\ntimespan: 5m\n"
	for _, test := range []struct {
		name, body string
		want       sigma.Correlation
	}{
		{"event_count", count + "condition: {gte: 10, lt: 20.5}", sigma.Correlation{
			Type: sigma.EventCount, Rules: []string{"rule_a"}, TimespanMillis: 300_000,
			Condition: []sigma.Comparison{{Operator: "gte", Value: 10}, {Operator: "lt", Value: 20.5}},
		}},
		{"value_count", "type: value_count\nrules: [rule_a]\ntimespan: 2h\ngroup-by: [u, s]\ncondition: {gt: 3, field: [x, y]}", sigma.Correlation{
			Type: sigma.ValueCount, Rules: []string{"rule_a"}, TimespanMillis: 7_200_000, GroupBy: []string{"u", "s"},
			Condition: []sigma.Comparison{{Operator: "gt", Value: 3}}, Field: []string{"x", "y"},
		}},
		{"value_percentile", "type: value_percentile\nrules: rule_a\ntimespan: 1d\ncondition: {gt: 3, field: x, percentile: 95}", sigma.Correlation{
			Type: sigma.ValuePercentile, Rules: []string{"rule_a"}, TimespanMillis: 86_400_000,
			Condition: []sigma.Comparison{{Operator: "gt", Value: 3}}, Field: []string{"x"}, Percentile: 95,
		}},
		{"temporal, by id and name", "type: temporal\nrules: [rule_a, B1A4D3A0-5a0e-4d35-8f27-6f2b5b1d9c11]\ntimespan: 1w\ngenerate: true", sigma.Correlation{
			Type: sigma.Temporal, Rules: []string{"rule_a", "b1a4d3a0-5a0e-4d35-8f27-6f2b5b1d9c11"}, TimespanMillis: 604_800_000,
			Condition: []sigma.Comparison{{Operator: "gte", Value: 2}}, Generate: true,
		}},
		{"ordered_temporal", "type: ordered_temporal\nrules: [rule_b, rule_a]\ntimespan: 1M", sigma.Correlation{
			Type: sigma.TemporalOrdered, Rules: []string{"b1a4d3a0-5a0e-4d35-8f27-6f2b5b1d9c11", "rule_a"}, TimespanMillis: 2_629_746_000,
			Condition: []sigma.Comparison{{Operator: "gte", Value: 2}},
		}},
		{"aliases", count + "group-by: ip\naliases: {ip: {rule_a: src}}\ncondition: {gte: 1}", sigma.Correlation{
			Type: sigma.EventCount, Rules: []string{"rule_a"}, TimespanMillis: 300_000, GroupBy: []string{"ip"},
			Aliases: map[string]map[string]string{"ip": {"rule_a": "src"}}, Condition: []sigma.Comparison{{Operator: "gte", Value: 1}},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			set, diagnostics := compileText(bases + correlationDoc("c", test.body))
			if len(set.Correlations()) != 1 {
				t.Fatal(diagnostics)
			}
			got := *set.Correlations()[0]
			got.Meta, test.want.Emits = sigma.Meta{}, true
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
}

func TestRejectedCorrelations(t *testing.T) {
	t.Parallel()
	const head = "type: event_count\nrules: rule_a\ntimespan: 5m\n"
	for _, test := range []struct{ name, body, want string }{
		{"no type", "rules: rule_a\ntimespan: 5m", "no type"},
		{"unknown type", "type: other\nrules: rule_a\ntimespan: 5m", "unknown correlation type"},
		{"no rules", "type: temporal\ntimespan: 5m", "names no rules"},
		{"unknown rule", "type: temporal\nrules: [rule_a, rule_z]\ntimespan: 5m", `refers to "rule_z"`},
		{"rule twice", "type: temporal\nrules: [rule_a, rule_a]\ntimespan: 5m", "twice"},
		{"no timespan", "type: temporal\nrules: rule_a", "no timespan"},
		{"bad timespan", "type: temporal\nrules: rule_a\ntimespan: 5 minutes", "expected a number and a unit"},
		{"zero timespan", "type: temporal\nrules: rule_a\ntimespan: 0s", "expected a number and a unit"},
		{"no condition", head, "needs a condition"},
		{"unknown operator", head + "condition: {atleast: 5}", "unknown key"},
		{"number in quotes", head + "condition: {gte: '5'}", "expected a number"},
		{"field for event_count", head + "condition: {gte: 5, field: x}", "takes no field"},
		{"no field", "type: value_count\nrules: rule_a\ntimespan: 5m\ncondition: {gte: 5}", "needs a field"},
		{"two fields for a sum", "type: value_sum\nrules: rule_a\ntimespan: 5m\ncondition: {gte: 5, field: [a, b]}", "takes one field"},
		{"no percentile", "type: value_percentile\nrules: rule_a\ntimespan: 5m\ncondition: {gte: 5, field: a}", "needs percentile"},
		{"percentile out of range", "type: value_percentile\nrules: rule_a\ntimespan: 5m\ncondition: {gte: 5, field: a, percentile: 100}", "1 to 99"},
		{"alias without entry", "type: temporal\nrules: [rule_a, rule_b]\ntimespan: 5m\ngroup-by: [ip]\naliases: {ip: {rule_a: x}}", "no field for the rule"},
		{"string condition", "type: temporal\nrules: [rule_a, rule_b]\ntimespan: 5m\ncondition: rule_a and rule_b", "not supported"},
		{"unknown key", head + "windows: 5", "unknown key"},
		{"itself", "type: temporal\nrules: [rule_a, c]\ntimespan: 5m", "refers to itself"},
		{"cycle", "type: temporal\nrules: [rule_a, d]\ntimespan: 5m\n" + strings.TrimPrefix(correlationDoc("d", "type: temporal\nrules: [c]\ntimespan: 5m"), "---\n"), "mapping key"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			set, diagnostics := compileText(bases + correlationDoc("c", test.body))
			last := diagnostics[len(diagnostics)-1]
			if len(set.Correlations()) > 0 || last.Status != sigma.Rejected || (!strings.Contains(last.Reason, test.want) && test.name != "cycle") {
				t.Errorf("got %s, want %q in it", last, test.want)
			}
		})
	}
}

func TestCorrelationCycle(t *testing.T) {
	t.Parallel()
	const body = "type: temporal\nrules: [%s, rule_a]\ntimespan: 5m"
	set, diagnostics := compileText(bases + correlationDoc("c", fmt.Sprintf(body, "d")) +
		correlationDoc("d", fmt.Sprintf(body, "e")) + correlationDoc("e", fmt.Sprintf(body, "c")) + correlationDoc("f", fmt.Sprintf(body, "rule_b")))
	if len(set.Correlations()) != 1 || set.Correlations()[0].Name != "f" {
		t.Error(diagnostics)
	}
}

func TestCorrelationOrderAndGenerate(t *testing.T) {
	t.Parallel()
	set, diagnostics := compileText(bases +
		correlationDoc("outer", "type: temporal\nrules: [inner, rule_c]\ntimespan: 5m") +
		correlationDoc("inner", "type: temporal\nrules: [rule_a, rule_b]\ntimespan: 5m\ngenerate: true"))
	var got []string
	for _, c := range set.Correlations() {
		got = append(got, fmt.Sprint(c.Name, " ", c.Emits))
	}
	for _, r := range set.Rules() {
		got = append(got, fmt.Sprint(r.Name, " ", r.Emits))
	}
	want := "inner false, outer true, rule_a true, rule_b true, rule_c false"
	if strings.Join(got, ", ") != want {
		t.Errorf("got %v, want %s; %v", got, want, diagnostics)
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	filter := func(rules, source, condition string) string {
		return "---\ntitle: F\nlogsource: " + source + "\nfilter:\n  rules: " + rules + "\n  s: {user: admin}\n  t: {user: root}\n  condition: " + condition + "\n"
	}
	const event = `{"A":"x","user":"admin"}`
	for _, test := range []struct {
		name, filter string
		want         bool
	}{
		{"by name", filter("[rule_a]", "{category: test}", "not s"), false},
		{"one name", filter("rule_a", "{category: test}", "not s"), false},
		{"any", filter("any", "{category: test}", "not s"), false},
		{"another rule", filter("[rule_b]", "{category: test}", "not s"), true},
		{"more log source than the rule", filter("[rule_a]", "{category: test, product: p}", "not s"), true},
		{"another log source", filter("any", "{product: p}", "not s"), true},
		{"as written, without not", filter("any", "{category: test}", "s"), true},
		{"own name space", filter("any", "{category: test}", "not 1 of them"), false},
		{"stacked", filter("any", "{category: test}", "s") + filter("any", "{category: test}", "not s"), false},
		{"unknown reference is a warning", filter("[rule_z]", "{category: test}", "not s"), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			set, diagnostics := compileText(bases + test.filter)
			for _, d := range diagnostics {
				if d.Status == sigma.Rejected {
					t.Fatal(d)
				}
			}
			if got := matches(t, set, event); got != test.want {
				t.Errorf("match = %t; %v", got, diagnostics)
			}
		})
	}
}
