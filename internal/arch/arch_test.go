package arch

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestArchitecture(t *testing.T) {
	t.Parallel()
	found, err := Check(os.DirFS(filepath.Join("..", "..")))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range found {
		t.Error(v)
	}
}

// Each golden file is a small module that breaks rules, and what is said about
// it.
func TestCheckFindsViolations(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			ar, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			fsys, err := txtar.FS(ar)
			if err != nil {
				t.Fatal(err)
			}
			want, err := fs.ReadFile(fsys, "want")
			if err != nil {
				t.Fatal(err)
			}
			got := checked(t, fsys)
			if *update {
				rewrite(t, name, ar, got)
				return
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("differs (-want +got); if that is meant, run with -update:\n%s", diff)
			}
		})
	}
}

func checked(t *testing.T, fsys fs.FS) string {
	t.Helper()
	found, err := Check(fsys)
	if err != nil {
		return err.Error() + "\n"
	}
	var b strings.Builder
	for _, v := range found {
		b.WriteString(v.String() + "\n")
	}
	return b.String()
}

func rewrite(t *testing.T, name string, ar *txtar.Archive, got string) {
	t.Helper()
	for i := range ar.Files {
		if ar.Files[i].Name == "want" {
			ar.Files[i].Data = []byte(got)
		}
	}
	if err := os.WriteFile(name, txtar.Format(ar), 0o600); err != nil {
		t.Fatal(err)
	}
}

// The table itself must make sense: every package once, and what is named in it
// is there or may come.
func TestTableRowsAreUnique(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range table {
		if seen[r.dir] {
			t.Errorf("%s has two rows", r.dir)
		}
		seen[r.dir] = true
		for _, dir := range r.also {
			if rowOf(dir) == nil && !seen[dir] {
				t.Errorf("%s may import %s, which has no row", r.dir, dir)
			}
		}
	}
}
