package detect

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"sort"
	"strings"

	"github.com/goshawk-siem/goshawk/internal/sigma"
)

// maxFile is the longest rule file that is read; a longer one is an error.
const maxFile = 64 << 20

// Source is a tree of rule files: every *.yml and *.yaml below its root.
type Source struct {
	// Name stands before the paths of its files in reports; may be empty.
	Name string
	FS   fs.FS
}

// Dir returns the source of a folder, or of a single file, on disk.
func Dir(name string) Source {
	if info, err := os.Stat(name); err == nil && !info.IsDir() {
		return Source{Name: path.Dir(name), FS: oneFile{os.DirFS(path.Dir(name)), path.Base(name)}}
	}
	return Source{Name: name, FS: os.DirFS(name)}
}

// oneFile is a file system with one file of another in its root.
type oneFile struct {
	fs.FS
	name string
}

// ReadDir lists the one file.
func (o oneFile) ReadDir(name string) ([]fs.DirEntry, error) {
	if name != "." {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	info, err := fs.Stat(o.FS, o.name)
	if err != nil {
		return nil, err
	}
	return []fs.DirEntry{fs.FileInfoToDirEntry(info)}, nil
}

// Options say how rules are loaded. The zero value is the default.
type Options struct {
	// Placeholders are the values of %name% in rule values with the modifier
	// expand, by name. A rule that needs one that has none is rejected.
	Placeholders map[string][]string `yaml:"placeholders"`
	// IncludeDeprecated loads rules of status deprecated or unsupported too;
	// default false.
	IncludeDeprecated bool `yaml:"include_deprecated"`
	// Foreign compiles the rules for events that are not of the common schema:
	// fields are read under the names that rules give them. See Foreign.
	Foreign bool `yaml:"-"`
	// IgnoreLogSource applies every rule to every event.
	IgnoreLogSource bool `yaml:"-"`
	// Explain keeps what Explain needs; it takes memory.
	Explain bool `yaml:"-"`
	// Fields maps rules' field names to those of the events; a field that is
	// listed is read from all of the names given for it.
	Fields map[string][]string `yaml:"-"`
	// Taxonomies are the field mappings of taxonomies other than sigma.
	Taxonomies map[string]map[string][]string `yaml:"-"`
}

// Report says what became of the rule documents.
type Report struct {
	// Files is how many files were read.
	Files int
	// Diagnostics holds one entry per document and one per warning, in the
	// order of sources, sorted paths and documents.
	Diagnostics []sigma.Diagnostic
}

// Count returns how many diagnostics have the given status.
func (r *Report) Count(status sigma.Status) int {
	n := 0
	for i := range r.Diagnostics {
		if r.Diagnostics[i].Status == status {
			n++
		}
	}
	return n
}

// With returns the diagnostics with the given status.
func (r *Report) With(status sigma.Status) []sigma.Diagnostic {
	var out []sigma.Diagnostic
	for _, d := range r.Diagnostics {
		if d.Status == status {
			out = append(out, d)
		}
	}
	return out
}

// Load reads and compiles the rules of all sources into one set. A rule that
// can't be honoured is left out and stands in the report; the error is for
// files that can't be read, and then there is no set.
func Load(options Options, sources ...Source) (*Set, Report, error) {
	files, err := Read(sources...)
	if err != nil {
		return nil, Report{}, err
	}
	set, diagnostics := Compile(options, files)
	return set, Report{Files: len(files), Diagnostics: diagnostics}, nil
}

// Read reads the rule files of all sources, in the order of sources and of
// sorted paths.
func Read(sources ...Source) ([]sigma.File, error) {
	var files []sigma.File
	var errs []error
	for _, s := range sources {
		read, err := s.read()
		files = append(files, read...)
		errs = append(errs, err)
	}
	return files, errors.Join(errs...)
}

// Compile compiles rule files that are in memory already.
func Compile(options Options, files []sigma.File) (*Set, []sigma.Diagnostic) {
	o := sigma.Options{
		Placeholders:      options.Placeholders,
		IncludeDeprecated: options.IncludeDeprecated,
		IgnoreLogSource:   options.IgnoreLogSource,
		Explain:           options.Explain,
		Fields:            options.Fields,
		Taxonomies:        options.Taxonomies,
	}
	if !options.Foreign {
		o.Bind = func(sources []sigma.LogSource, name string) any { return bind(sources, name) }
	}
	compiled, diagnostics := sigma.Compile(files, o)
	return &Set{sigma: compiled}, diagnostics
}

func (s Source) read() ([]sigma.File, error) {
	var names []string
	err := fs.WalkDir(s.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ext := strings.ToLower(path.Ext(name)); !d.IsDir() && (ext == ".yml" || ext == ".yaml") {
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read rules of %s: %w", s.Name, err)
	}
	sort.Strings(names)
	files := make([]sigma.File, 0, len(names))
	for _, name := range names {
		data, err := s.readFile(name)
		if err != nil {
			return nil, fmt.Errorf("read rule file %s: %w", path.Join(s.Name, name), err)
		}
		files = append(files, sigma.File{Path: path.Join(s.Name, name), Data: data})
	}
	return files, nil
}

func (s Source) readFile(name string) ([]byte, error) {
	f, err := s.FS.Open(name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("file is longer than %d bytes", maxFile)
	}
	return data, nil
}

// WithPlaceholders returns o with the values of defaults for placeholders that
// o does not set.
func (o Options) WithPlaceholders(defaults map[string][]string) Options {
	merged := make(map[string][]string, len(defaults)+len(o.Placeholders))
	maps.Copy(merged, defaults)
	maps.Copy(merged, o.Placeholders)
	o.Placeholders = merged
	return o
}
