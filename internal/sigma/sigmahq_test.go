package sigma_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goshawk-siem/goshawk/internal/sigma"
)

// sigmaHQ returns the files of the SigmaHQ repository, or skips the test where
// they are not beside the project.
func sigmaHQ(tb testing.TB, sub string) []sigma.File {
	tb.Helper()
	root := filepath.Join("..", "..", "..", "shared", "sigmahq")
	if _, err := os.Stat(root); err != nil {
		tb.Skipf("SigmaHQ rules are not at %s", root)
	}
	var files []sigma.File
	err := filepath.WalkDir(filepath.Join(root, sub), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".yml") {
			return err
		}
		data, err := os.ReadFile(path)
		files = append(files, sigma.File{Path: path, Data: data})
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return files
}

func TestSigmaHQLoads(t *testing.T) {
	t.Parallel()
	files := sigmaHQ(t, ".")
	_, first := sigma.Compile(files, sigma.Options{})
	placeholders := map[string][]string{}
	rejected := 0
	for _, d := range first {
		if d.Status != sigma.Rejected {
			continue
		}
		_, rest, ok := strings.Cut(d.Reason, "placeholder %")
		name, _, _ := strings.Cut(rest, "%")
		if !ok {
			t.Errorf("%s", d)
		}
		placeholders[name] = []string{"value"}
		rejected++
	}
	t.Logf("%d documents, %d need placeholders", len(files), rejected)
	for range 5 {
		set, diagnostics := sigma.Compile(files, sigma.Options{Placeholders: placeholders})
		missing := 0
		for _, d := range diagnostics {
			if d.Status != sigma.Rejected {
				continue
			}
			_, rest, _ := strings.Cut(d.Reason, "placeholder %")
			name, _, _ := strings.Cut(rest, "%")
			placeholders[name] = []string{"value"}
			missing++
		}
		if missing == 0 {
			if got := len(set.Rules()); got != len(files) {
				t.Errorf("loaded %d rules of %d files", got, len(files))
			}
			return
		}
	}
	t.Error("rules are still rejected although their placeholders have values")
}
