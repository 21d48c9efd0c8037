package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestRules(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{Dir: "testdata/rules"})
}
