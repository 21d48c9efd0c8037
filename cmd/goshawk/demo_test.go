package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestDemoLines(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 0, 1, 30, 0, time.UTC)
	lines := demoLines(now)
	if want := demoVisits + demoLogins + demoPorts + demoGuesses + 1; len(lines) != want {
		t.Errorf("there are %d lines, want %d", len(lines), want)
	}
	if !slices.Equal(lines, demoLines(now)) {
		t.Error("the same time gives other lines")
	}
	ports := make(map[string]bool)
	failed := 0
	for i, l := range lines {
		if l.at.After(now) || now.Sub(l.at) > demoSpan || i > 0 && l.at.Before(lines[i-1].at) {
			t.Errorf("line %d is out of order or of the span: %v", i, l.at)
		}
		if !strings.Contains(l.text, attacker) {
			continue
		}
		if _, port, ok := strings.Cut(l.text, " DPT="); ok {
			ports[strings.Fields(port)[0]] = true
		}
		if strings.Contains(l.text, "Failed password") {
			failed++
		}
	}
	if len(ports) != demoPorts || failed != demoGuesses {
		t.Errorf("the attacker scans %d ports and fails %d times, want %d and %d", len(ports), failed, demoPorts, demoGuesses)
	}
}

// TestDemo is the demonstration itself, and with it the whole product in one
// process: HTTP, formats, rules, correlations and alerts.
func TestDemo(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	a := &app{Stdout: &out, Stderr: t.Output()}
	if err := (demoCmd{}).Run(t.Context(), a); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{"Port Scan", "SSH Brute Force", "Port Scan Followed by Brute Force", "source_ip=" + attacker} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the output lacks %q:\n%s", want, out.String())
		}
	}
}
