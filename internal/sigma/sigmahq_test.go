package sigma_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
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
	// Rules with placeholders need values: give each that is asked for one.
	placeholders := map[string][]string{}
	waiting := files
	loaded := 0
	for range 10 {
		set, diagnostics := sigma.Compile(waiting, sigma.Options{Placeholders: placeholders})
		loaded += len(set.Rules())
		waiting = nil
		for _, d := range diagnostics {
			if d.Status != sigma.Rejected {
				continue
			}
			_, rest, ok := strings.Cut(d.Reason, "placeholder %")
			name, _, _ := strings.Cut(rest, "%")
			if !ok {
				t.Errorf("%s", d)
			}
			placeholders[name] = []string{"value"}
			waiting = append(waiting, fileAt(files, d.Path))
		}
	}
	if loaded != len(files) {
		t.Errorf("%d rules of %d files are loaded", loaded, len(files))
	}
}

func fileAt(files []sigma.File, path string) sigma.File {
	i := slices.IndexFunc(files, func(f sigma.File) bool { return f.Path == path })
	return files[i]
}
