package ruletest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goshawk-siem/goshawk/cmd/internal/ruletest"
	"github.com/goshawk-siem/goshawk/internal/detect"
	"github.com/goshawk-siem/goshawk/internal/rules"
)

const shipped = "../../../internal/rules"

func TestShippedRules(t *testing.T) {
	t.Parallel()
	files, err := ruletest.Find([]string{shipped})
	if err != nil || len(files) == 0 {
		t.Fatalf("%d tests in %s: %v", len(files), shipped, err)
	}
	r := ruletest.Runner{Options: detect.Options{}.WithPlaceholders(rules.Placeholders())}
	for _, f := range files {
		t.Run(strings.TrimPrefix(f, shipped+"/"), func(t *testing.T) {
			t.Parallel()
			result, err := r.Run(f)
			if err != nil {
				t.Fatal(err)
			}
			if result.Diff != "" {
				t.Errorf("alerts, missing - and too many +:\n%s", result.Diff)
			}
		})
	}
}

// TestEveryShippedRuleFileHasATest looks for the test beside the rule.
func TestEveryShippedRuleFileHasATest(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(shipped + "/*/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, f := range files {
		if _, err := os.Stat(strings.TrimSuffix(f, ".yml") + ".txtar"); err != nil {
			t.Errorf("%s has no test beside it", f)
		}
	}
}
