package arch

import (
	"slices"
	"strings"
)

// covers reports whether the pattern, a folder or one with "/..." behind it,
// covers dir. "cmd/..." doesn't cover what has a row of its own.
func covers(pattern, dir string) bool {
	if root, ok := strings.CutSuffix(pattern, "/..."); ok {
		return strings.HasPrefix(dir, root+"/")
	}
	return pattern == dir
}

func anyCovers(patterns []string, dir string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return covers(p, dir) })
}

// rowOf returns the first row that covers dir, nil when there is none.
func rowOf(dir string) *row {
	for i := range table {
		if covers(table[i].dir, dir) {
			return &table[i]
		}
	}
	return nil
}

// checkPackage holds the table complete and packages well named.
func checkPackage(f *file) []Violation {
	var out []Violation
	if name := strings.TrimSuffix(f.ast.Name.Name, "_test"); slices.Contains(badNames, name) {
		out = append(out, Violation{
			f.name, 1, "package " + name, "a package is named for what it provides",
			"name it after the thing inside, or put its parts where they are used",
		})
	}
	if rowOf(f.dir) == nil {
		out = append(out, Violation{
			f.name, 1, "package " + f.dir + " has no place in the architecture", "every package has a row in internal/arch/table.go",
			"add a row for it, with the lowest layer that fits",
		})
	}
	return out
}

func checkImports(m *module, f *file) []Violation {
	var out []Violation
	own := rowOf(f.dir)
	for _, i := range f.imports {
		if v, bad := checkFence(f, i); bad {
			out = append(out, v)
		}
		dir, inside := strings.CutPrefix(i.path, m.path+"/")
		switch {
		case own == nil:
		case inside && dir != f.dir:
			if v, bad := checkArrow(f, own, i, dir); bad {
				out = append(out, v)
			}
		case pure(own) && !f.test && anyCovers(impure, i.path):
			out = append(out, Violation{
				f.name, i.line, f.dir + " imports " + i.path, "engines and the vocabulary have no network, logger, metrics or chance",
				"hand values in and return results; the service does the rest",
			})
		}
	}
	return out
}

// pure reports whether the package only computes.
func pure(own *row) bool { return !own.io && (own.layer == engine || own.layer == vocabulary) }

// below reports whether the import path is pkg or inside of it.
func below(path, pkg string) bool { return path == pkg || strings.HasPrefix(path, pkg+"/") }

func checkFence(f *file, i imported) (Violation, bool) {
	for _, fence := range fences {
		if !below(i.path, fence.pkg) || anyCovers(fence.dirs, f.dir) || f.test && anyCovers(fence.testDirs, f.dir) {
			continue
		}
		rule := "nothing imports " + fence.pkg
		if len(fence.dirs) > 0 {
			rule = "only " + strings.Join(fence.dirs, ", ") + " import " + fence.pkg
		}
		return Violation{f.name, i.line, f.dir + " imports " + i.path, rule, fence.advice}, true
	}
	return Violation{}, false
}

// checkArrow checks one import within the module.
func checkArrow(f *file, own *row, i imported, dir string) (Violation, bool) {
	fault := f.dir + " imports " + dir
	target := rowOf(dir)
	switch {
	case target == nil:
		// The package's own file says that it has no row.
		return Violation{}, false
	case target.layer == command && (own.layer != command || !anyCovers([]string{"cmd/internal/..."}, dir)):
		return Violation{
			f.name, i.line, fault, "nothing imports cmd",
			"move what both need into a package below internal, or below cmd/internal for two commands",
		}, true
	case target.layer == testOnly:
		return Violation{f.name, i.line, fault, dir + " is for tests only", "import it from a _test.go file"}, !f.test && !anyCovers(own.also, dir)
	case own.alone && !f.test:
		return Violation{
			f.name, i.line, fault, own.dir + " imports nothing of this module",
			"pass values of its own types in; the caller translates",
		}, true
	case allowed(own, target, dir), f.test && allowedInTest(own, target):
		return Violation{}, false
	case own.layer == service && target.layer == service:
		return Violation{
			f.name, i.line, fault, "no service imports a service",
			"services speak over the bus; what both need belongs into an engine or the vocabulary",
		}, true
	default:
		return Violation{
			f.name, i.line, fault, own.layer.name + " packages import " + names(own) + " only",
			"move the code to the right layer, or let the caller hand the value in",
		}, true
	}
}

func allowed(own, target *row, dir string) bool {
	return slices.Contains(own.layer.may, target.layer) || anyCovers(own.also, dir)
}

// allowedInTest lets tests of engines and services use other engines, as a test
// of detection reads lines with a format.
func allowedInTest(own, target *row) bool {
	return target.layer == engine && own.layer != vocabulary && own.layer != base
}

// names lists what a package may import, for people.
func names(own *row) string {
	var list []string
	for _, l := range own.layer.may {
		list = append(list, l.name)
	}
	list = append(list, own.also...)
	if len(list) == 0 {
		return "the standard library and third-party packages"
	}
	return strings.Join(list, ", ")
}
