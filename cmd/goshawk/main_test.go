package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets test scripts run this program as goshawk.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"goshawk": main})
}
