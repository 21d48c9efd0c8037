package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// doorRuleTest is a test of a rule, which can't stand in a script: both are of
// one kind of file.
const doorRuleTest = `-- log door --
2024-09-05T10:30:00Z door Hall: alice from 192.0.2.7 refused
2024-09-05T10:30:01Z door Vault-1: alice from 192.0.2.7 refused
2024-09-05T10:30:02Z door Vault-1: alice from 203.0.113.7 refused
2024-09-05T10:30:03Z door Vault-1: alice from 192.0.2.7 opened
-- alerts --
2 vault
`

func TestFormats(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "formats"), RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			return os.WriteFile(filepath.Join(env.WorkDir, "vault.txtar"), []byte(doorRuleTest), 0o600)
		},
	})
}
