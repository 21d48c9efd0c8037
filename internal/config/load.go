package config

import (
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
)

// Setting gives one key a value from outside the file.
type Setting struct {
	// Origin is what the person who set it knows it by: "--nats".
	Origin string
	// Key is the path of the key: "bus.url".
	Key string
	// Value is the value as text, as it would stand in the file.
	Value string
}

// Input is what a configuration is made of. The zero value gives the defaults.
type Input struct {
	// Path is the file; empty means none.
	Path string
	// Env looks an environment variable up, as os.LookupEnv does; nil means
	// that there is none.
	Env func(name string) (string, bool)
	// Flags win over everything else, later ones over earlier ones.
	Flags []Setting
}

// Load reads the configuration that in describes and checks it. An error is a
// Problems with all that is wrong, or says why the file can't be read.
func Load(in Input) (Config, error) {
	c := Defaults()
	d := newDecoder(in.Path)
	if in.Path != "" {
		data, err := readFile(in.Path)
		if err != nil {
			return Config{}, fmt.Errorf("read configuration: %w", err)
		}
		d.decode(data, c.root())
	}
	origins := d.overlay(c.root(), append(environment(in.Env), in.Flags...))
	c.Resolve()
	d.locate(c.Validate(), origins)
	return c, d.problems.asError()
}

// readFile reads at most one byte more than the limit, which decode refuses.
func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return io.ReadAll(io.LimitReader(file, maxFile+1))
}

// overlay applies settings and returns, by key, where each came from.
func (d *decoder) overlay(root reflect.Value, settings []Setting) map[string]string {
	origins := make(map[string]string, len(settings))
	for _, s := range settings {
		v, ok := lookup(root, s.Key)
		if !ok {
			// Keys of settings are written by programmers, not by users.
			panic("config: no key " + s.Key)
		}
		origins[s.Key] = s.Origin
		if err := setAny(v, s); err != nil {
			d.spoilt[s.Key] = true
			d.problems = append(d.problems, Problem{File: s.Origin, Key: s.Key, Text: err.Error()})
		}
	}
	return origins
}

func setAny(v reflect.Value, s Setting) error {
	switch {
	case holdsSecret(v.Type()):
		return setSecret(v, s.Value, s.Origin)
	case isText(v.Type()) || v.Type() == durationType:
		return setText(v, s.Value)
	default:
		return setScalar(v, s.Value)
	}
}

// lookup finds the field at a path of struct keys.
func lookup(v reflect.Value, path string) (reflect.Value, bool) {
	key, rest, more := strings.Cut(path, ".")
	for _, f := range fieldsOf(v) {
		if f.key != key || f.file {
			continue
		}
		if !more {
			return f.value, true
		}
		return lookup(f.value, rest)
	}
	return reflect.Value{}, false
}

// locate turns what Validate found into problems with a place: that of the key,
// else of the nearest section around it that the file has.
func (d *decoder) locate(err error, origins map[string]string) {
	for _, e := range leaves(err) {
		key, text, ok := strings.Cut(e.Error(), ": ")
		if !ok || strings.ContainsAny(key, " \t\n\"") {
			key, text = "", e.Error()
		}
		if d.spoilt[key] {
			continue
		}
		d.problems = append(d.problems, d.located(key, text, origins))
	}
}

func (d *decoder) located(key, text string, origins map[string]string) Problem {
	p := Problem{File: d.file, Key: key, Text: text}
	if origin, ok := origins[key]; ok {
		p.File = origin
		return p
	}
	for at := key; at != ""; at = parent(at) {
		if where, ok := d.places[at]; ok {
			p.Line, p.Column = where.line, where.column
			return p
		}
	}
	return p
}

// parent cuts the last key or index off path.
func parent(path string) string {
	return path[:max(0, strings.LastIndexAny(path, ".["))]
}
