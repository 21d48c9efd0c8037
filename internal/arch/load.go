package arch

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// module is the source of one Go module.
type module struct {
	// path is the module's import path.
	path  string
	files []*file
}

// file is one Go file.
type file struct {
	// name is the file's path in the module, dir its folder: the package's
	// import path without the module's.
	name, dir string
	test      bool
	set       *token.FileSet
	ast       *ast.File
	imports   []imported
}

// imported is one import of a file.
type imported struct {
	path string
	// name is what the file calls the package.
	name string
	line int
}

func (f *file) line(pos token.Pos) int { return f.set.Position(pos).Line }

// load parses every Go file of the module, testdata and hidden folders apart.
func load(fsys fs.FS) (*module, error) {
	gomod, err := fs.ReadFile(fsys, "go.mod")
	if err != nil {
		return nil, fmt.Errorf("read module: %w", err)
	}
	m := &module{path: modulePath(string(gomod))}
	if m.path == "" {
		return nil, fmt.Errorf("read module: go.mod has no module line")
	}
	err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && skipped(d.Name()):
			return fs.SkipDir
		case d.IsDir() && name != "." && isModule(fsys, name):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		return m.add(fsys, name)
	})
	if err != nil {
		return nil, fmt.Errorf("read module: %w", err)
	}
	return m, nil
}

func skipped(dir string) bool {
	return dir == "testdata" || strings.HasPrefix(dir, ".") || strings.HasPrefix(dir, "_")
}

// isModule reports whether dir is a module of its own.
func isModule(fsys fs.FS, dir string) bool {
	_, err := fs.Stat(fsys, path.Join(dir, "go.mod"))
	return err == nil
}

func modulePath(gomod string) string {
	for line := range strings.Lines(gomod) {
		if rest, ok := strings.CutPrefix(line, "module "); ok {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}

func (m *module) add(fsys fs.FS, name string) error {
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	f := &file{name: name, dir: path.Dir(name), test: strings.HasSuffix(name, "_test.go"), set: token.NewFileSet()}
	if f.ast, err = parser.ParseFile(f.set, name, src, parser.SkipObjectResolution); err != nil {
		return err
	}
	for _, spec := range f.ast.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return fmt.Errorf("%s: import %s: %w", name, spec.Path.Value, err)
		}
		i := imported{path: p, name: path.Base(p), line: f.line(spec.Pos())}
		if spec.Name != nil {
			i.name = spec.Name.Name
		}
		f.imports = append(f.imports, i)
	}
	m.files = append(m.files, f)
	return nil
}
