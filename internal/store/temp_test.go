package store

import (
	"os"

	"pgregory.net/rapid"
)

// newTempDir is t.TempDir for a property, which runs many times within one test.
func newTempDir(t *rapid.T) string {
	dir, err := os.MkdirTemp("", "goshawk-store-") //nolint:usetesting // rapid.T has no TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}
