package format

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// Set is what formats there are: the built-in ones and users' own. It is
// immutable and safe for concurrent use.
type Set struct {
	own []*Own
	// formats are the own ones, then the built-in ones, both sorted by name.
	formats []*Format
	byName  map[string]*Format
	// enveloped are the own formats that syslog hands messages on to.
	enveloped []*Own
	// documents are the own formats that syslog hands JSON objects on to.
	documents *documents
}

// BuiltIn returns the set without any format of users.
func BuiltIn() *Set {
	s, err := NewSet()
	if err != nil {
		panic(err) // nothing can clash
	}
	return s
}

// NewSet returns the set of the built-in formats and own. Two of one name are an
// error.
func NewSet(own ...*Own) (*Set, error) {
	s := &Set{own: slices.Clone(own), byName: make(map[string]*Format, len(table)+len(own))}
	slices.SortStableFunc(s.own, func(a, b *Own) int { return strings.Compare(a.Name, b.Name) })
	if len(table)+len(own) > maxFormats {
		return nil, fmt.Errorf("%d formats of your own are too many; expected at most %d", len(own), maxFormats-len(table))
	}
	for _, f := range table {
		s.byName[f.Name] = f
	}
	var problems Problems
	documents := []*Format{}
	for _, o := range s.own {
		if _, taken := s.byName[o.Name]; taken {
			problems = append(problems, Problem{File: o.File, Key: "name", Text: "another file has the name " + o.Name + " too, or it is built in"})
			continue
		}
		s.byName[o.Name] = &o.Format
		s.formats = append(s.formats, &o.Format)
		if o.enveloped && len(o.programs) > 0 {
			s.enveloped = append(s.enveloped, o)
		}
		if o.document != nil {
			documents = append(documents, &o.Format)
		}
	}
	if len(problems) > 0 {
		return nil, problems.sorted()
	}
	if len(documents) > 0 {
		s.documents = newDocuments(documents)
	}
	s.formats = append(s.formats, table...)
	s.takeSyslog()
	return s, nil
}

// takeSyslog puts a syslog format in the place of the built-in one that knows
// the programs and documents of users' own formats.
func (s *Set) takeSyslog() {
	if len(s.enveloped) == 0 && s.documents == nil {
		return
	}
	knowing := *syslogFormat
	knowing.Parse = s.parseSyslog
	s.byName[knowing.Name] = &knowing
	for i, f := range s.formats {
		if f == syslogFormat {
			s.formats[i] = &knowing
		}
	}
}

// parseSyslog is parseSyslog with users' own formats asked first.
func (s *Set) parseSyslog(line string, c *Context, e *event.Event) error {
	var v envelope
	if err := v.read(line, c); err != nil {
		return err
	}
	for _, o := range s.enveloped {
		if v.program == "" || !o.isProgram(v.program) {
			continue
		}
		if o.parseEnvelope(&v, line, c, e) == nil {
			e.SetText(event.Format, o.Name)
			return nil
		}
		e.Reset()
	}
	if s.documents != nil && s.parseDocument(&v, c, e) {
		return nil
	}
	fillEnvelope(&v, c, e)
	return nil
}

// parseDocument reads a JSON object in an envelope by a user's own format.
func (s *Set) parseDocument(v *envelope, c *Context, e *event.Event) bool {
	text, ok := cutDocument(v.message)
	if !ok {
		return false
	}
	o, err := scanObject(text)
	if err != nil {
		return false
	}
	defer o.release()
	i, _, err := s.documents.parse(o, c, e, nil)
	if err != nil {
		return false
	}
	e.SetText(event.Format, s.documents.formats[i].Name)
	v.fill(e)
	return true
}

// Lookup returns the format called name.
func (s *Set) Lookup(name string) (*Format, bool) {
	f, ok := s.byName[name]
	return f, ok
}

// Own returns the users' own formats, sorted by name.
func (s *Set) Own() []*Own { return slices.Clone(s.own) }

// Names returns the names of all formats, sorted.
func (s *Set) Names() []string {
	names := make([]string, 0, len(s.formats))
	for _, f := range s.formats {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	return names
}

// Auto returns an Auto over the set. Users' own formats go first: of formats with
// equal scores they take the line.
func (s *Set) Auto() *Auto {
	a := newAuto(s.formats, len(s.own))
	return a
}

// LoadOwn reads the format files at paths: *.yml and *.yaml in and below folders,
// or single files. A path that does not exist is an error. An error that is a
// Problems holds everything that is wrong with the files.
func LoadOwn(paths ...string) ([]*Own, error) {
	var own []*Own
	var problems Problems
	for _, path := range paths {
		names, err := ownFiles(path)
		if err != nil {
			return nil, fmt.Errorf("read formats: %w", err)
		}
		for _, name := range names {
			data, err := readOwnFile(name)
			if err != nil {
				return nil, fmt.Errorf("read formats: %w", err)
			}
			o, err := ReadOwn(name, data)
			if found, ok := errors.AsType[Problems](err); ok {
				problems = append(problems, found...)
				continue
			}
			own = append(own, o)
		}
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return own, nil
}

// LoadSet is NewSet over what LoadOwn reads.
func LoadSet(paths ...string) (*Set, error) {
	own, err := LoadOwn(paths...)
	if err != nil {
		return nil, err
	}
	return NewSet(own...)
}

// ownFiles lists the format files at path, sorted.
func ownFiles(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	var names []string
	err = filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name != path && strings.HasPrefix(d.Name(), ".") {
			// What editors and mounted volumes keep beside the files.
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if ext := strings.ToLower(filepath.Ext(name)); !d.IsDir() && (ext == ".yml" || ext == ".yaml") {
			names = append(names, name)
		}
		return nil
	})
	slices.Sort(names)
	return names, err
}

// readOwnFile reads at most one byte more than the limit, which ReadOwn refuses.
func readOwnFile(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(file, maxOwnFile+1))
	return data, errors.Join(err, file.Close())
}
