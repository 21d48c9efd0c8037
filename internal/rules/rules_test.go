package rules_test

import (
	"testing"

	"github.com/goshawk-siem/goshawk/internal/detect"
	"github.com/goshawk-siem/goshawk/internal/rules"
	"github.com/goshawk-siem/goshawk/internal/sigma"
)

// load returns the shipped rules with their default placeholders.
func load(tb testing.TB) *detect.Set {
	tb.Helper()
	options := detect.Options{}.WithPlaceholders(rules.Placeholders())
	set, report, err := detect.Load(options, detect.Source{Name: rules.Name, FS: rules.FS})
	if err != nil {
		tb.Fatal(err)
	}
	for _, d := range report.Diagnostics {
		if d.Status != sigma.Loaded {
			tb.Errorf("%s", d)
		}
	}
	return set
}

func TestShippedRulesLoadWithoutWarnings(t *testing.T) {
	t.Parallel()
	set := load(t)
	if len(set.Rules()) < 9 || len(set.Correlations()) < 7 {
		t.Errorf("%d rules and %d correlations", len(set.Rules()), len(set.Correlations()))
	}
}
