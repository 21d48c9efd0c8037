package config

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Limits of a configuration file. What is past them is refused.
const (
	maxFile   = 4 << 20
	maxSecret = 64 << 10
	maxDepth  = 32
)

// place is a line and a column of the file, from 1.
type place struct{ line, column int }

// decoder walks the syntax tree beside the Go value that it fills, so that every
// problem is found in one pass and each key's place is known afterwards.
type decoder struct {
	file     string
	problems Problems
	// places holds where each key that the file sets has its value.
	places map[string]place
	// spoilt holds the keys that were meant to be set and could not be.
	// Judging the defaults that they have instead would only confuse.
	spoilt map[string]bool
}

func newDecoder(file string) *decoder {
	return &decoder{file: file, places: make(map[string]place), spoilt: make(map[string]bool)}
}

// decode fills v, which holds the defaults, from the YAML in data.
func (d *decoder) decode(data []byte, v reflect.Value) {
	if len(data) > maxFile {
		d.problems = append(d.problems, Problem{File: d.file, Text: fmt.Sprintf("is %d bytes long; expected at most %d", len(data), maxFile)})
		return
	}
	file, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		d.syntax(err)
		return
	}
	bodies := make([]ast.Node, 0, 1)
	for _, doc := range file.Docs {
		if doc.Body != nil {
			bodies = append(bodies, doc.Body)
		}
	}
	if len(bodies) == 0 {
		return
	}
	if len(bodies) > 1 {
		d.problem("", bodies[1], "a second document starts here; expected one")
	}
	d.value("", bodies[0], v, 0)
}

func (d *decoder) syntax(err error) {
	p := Problem{File: d.file, Text: "not valid YAML: " + err.Error()}
	if syntax := yaml.Error(nil); errors.As(err, &syntax) {
		p.Text = "not valid YAML: " + syntax.GetMessage()
		if t := syntax.GetToken(); t != nil && t.Position != nil {
			p.Line, p.Column = t.Position.Line, t.Position.Column
		}
	}
	d.problems = append(d.problems, p)
}

func (d *decoder) problem(path string, node ast.Node, format string, args ...any) {
	at := placeOf(node)
	d.spoilt[path] = true
	d.problems = append(d.problems, Problem{File: d.file, Line: at.line, Column: at.column, Key: path, Text: fmt.Sprintf(format, args...)})
}

// placeOf returns where node starts. A mapping's own token is the colon of its
// first entry, so its key stands for it.
func placeOf(node ast.Node) place {
	var t *token.Token
	switch n := node.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return placeOf(n.Values[0].Key)
		}
		t = n.Start
	case *ast.MappingValueNode:
		return placeOf(n.Key)
	default:
		t = node.GetToken()
	}
	if t == nil || t.Position == nil {
		return place{1, 1}
	}
	return place{t.Position.Line, t.Position.Column}
}

// placeOfEntry is where a person looks for a key: at its value where it has a
// plain one, at the key where a whole section follows.
func placeOfEntry(entry *ast.MappingValueNode) place {
	if _, scalar := scalarText(entry.Value); scalar && entry.Value.Type() != ast.NullType {
		return placeOf(entry.Value)
	}
	return placeOf(entry.Key)
}

// value reads node into v.
func (d *decoder) value(path string, node ast.Node, v reflect.Value, depth int) {
	if depth > maxDepth {
		d.problem(path, node, "is nested deeper than %d levels", maxDepth)
		return
	}
	switch node.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
		d.problem(path, node, "anchors, aliases, merge keys and tags are not supported; write the value out")
		return
	case *ast.NullNode:
		d.null(path, node, v)
		return
	}
	if isText(v.Type()) || v.Type() == durationType {
		d.text(path, node, v)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.section(path, node, v, depth)
	case reflect.Map:
		d.names(path, node, v, depth)
	case reflect.Slice:
		d.list(path, node, v, depth)
	case reflect.Pointer:
		target := reflect.New(v.Type().Elem())
		d.value(path, node, target.Elem(), depth)
		v.Set(target)
	default:
		d.scalar(path, node, v)
	}
}

// null takes a section whose keys are all commented out for an empty one; any
// other key without a value is a mistake.
func (d *decoder) null(path string, node ast.Node, v reflect.Value) {
	switch {
	case path == "", v.Kind() == reflect.Map, v.Kind() == reflect.Struct && !isText(v.Type()), v.Kind() == reflect.Pointer:
	case v.Kind() == reflect.Slice:
		v.SetZero()
	default:
		d.problem(path, node, "has no value; expected %s, or leave the key out for its default", expectation(v.Type()))
	}
}

// entries returns the entries of a mapping.
func entries(node ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := node.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

// each calls yield with the entries of a mapping, after reporting keys that are
// no names or come twice.
func (d *decoder) each(path string, node ast.Node, yield func(key string, entry *ast.MappingValueNode)) bool {
	values, ok := entries(node)
	if !ok {
		return false
	}
	seen := make(map[string]place, len(values))
	for _, entry := range values {
		key, ok := scalarText(entry.Key)
		if !ok {
			d.problem(path, entry.Key, "anchors, aliases, merge keys and tags are not supported; write the keys out")
			continue
		}
		if first, twice := seen[key]; twice {
			d.problem(join(path, key), entry.Key, "is set twice, first at %d:%d; remove one", first.line, first.column)
			continue
		}
		seen[key] = placeOf(entry.Key)
		d.places[join(path, key)] = placeOfEntry(entry)
		yield(key, entry)
	}
	return true
}

func (d *decoder) section(path string, node ast.Node, v reflect.Value, depth int) {
	fields := fieldsOf(v)
	ok := d.each(path, node, func(key string, entry *ast.MappingValueNode) {
		for _, f := range fields {
			if f.key != key {
				continue
			}
			if f.file {
				d.secretFile(join(path, key), entry.Value, f.value)
				return
			}
			d.value(join(path, key), entry.Value, f.value, depth+1)
			return
		}
		d.unknownKey(path, key, entry.Key, fields)
	})
	if !ok {
		d.mismatch(path, node, v.Type())
		return
	}
	d.twofold(path, fields)
}

// twofold reports secrets that are set both directly and by file. Lists of them
// add up.
func (d *decoder) twofold(path string, fields []field) {
	for _, f := range fields {
		plain := join(path, strings.TrimSuffix(f.key, secretSuffix))
		at, byFile := d.places[join(path, f.key)]
		if _, direct := d.places[plain]; f.file && byFile && direct && f.value.Type() == secretType {
			d.problems = append(d.problems, Problem{
				File: d.file, Line: at.line, Column: at.column, Key: join(path, f.key),
				Text: fmt.Sprintf("%s is set too; set one of the two", plain),
			})
		}
	}
}

func (d *decoder) unknownKey(path, key string, node ast.Node, fields []field) {
	if meant := nearest(key, keysOf(fields)); meant != "" {
		d.spoilt[join(path, meant)] = true
		d.problem(join(path, key), node, "unknown key; did you mean %q?", meant)
		return
	}
	section := path
	if section == "" {
		section = "the file"
	}
	d.problem(join(path, key), node, "unknown key; %s has %s", section, listed(keysOf(fields)))
}

func (d *decoder) names(path string, node ast.Node, v reflect.Value, depth int) {
	t := v.Type()
	// A copy, so that the defaults' own map stays as it is.
	out := reflect.MakeMap(t)
	for iter := v.MapRange(); iter.Next(); {
		out.SetMapIndex(iter.Key(), iter.Value())
	}
	ok := d.each(path, node, func(key string, entry *ast.MappingValueNode) {
		element := reflect.New(t.Elem()).Elem()
		d.value(join(path, key), entry.Value, element, depth+1)
		out.SetMapIndex(reflect.ValueOf(key).Convert(t.Key()), element)
	})
	if !ok {
		d.mismatch(path, node, t)
		return
	}
	if out.Len() > 0 {
		v.Set(out)
	}
}

func (d *decoder) list(path string, node ast.Node, v reflect.Value, depth int) {
	sequence, ok := node.(*ast.SequenceNode)
	if !ok {
		d.mismatch(path, node, v.Type())
		return
	}
	out := reflect.MakeSlice(v.Type(), len(sequence.Values), len(sequence.Values))
	for i, element := range sequence.Values {
		at := fmt.Sprintf("%s[%d]", path, i)
		d.places[at] = placeOf(element)
		d.value(at, element, out.Index(i), depth+1)
	}
	if holdsSecret(v.Type()) {
		// What a file brought in stays, see setSecret.
		out = reflect.AppendSlice(out, v)
	}
	if out.Len() == 0 {
		v.SetZero()
		return
	}
	v.Set(out)
}

func (d *decoder) text(path string, node ast.Node, v reflect.Value) {
	text, ok := scalarText(node)
	if !ok {
		d.mismatch(path, node, v.Type())
		return
	}
	if err := setText(v, text); err != nil {
		d.problem(path, node, "%v", err)
	}
}

// scalar reads booleans, numbers and strings. YAML's kind must agree with Go's:
// a number where text is expected is mostly a missing quote.
func (d *decoder) scalar(path string, node ast.Node, v reflect.Value) {
	text, ok := scalarText(node)
	if !ok {
		d.mismatch(path, node, v.Type())
		return
	}
	var fits bool
	switch node.(type) {
	case *ast.BoolNode:
		fits = v.Kind() == reflect.Bool
	case *ast.IntegerNode:
		fits = v.Kind() != reflect.Bool && v.Kind() != reflect.String
	case *ast.FloatNode:
		fits = v.CanFloat()
	case *ast.StringNode, *ast.LiteralNode:
		fits = v.Kind() == reflect.String
	}
	if !fits {
		d.mismatch(path, node, v.Type())
		return
	}
	if err := setScalar(v, text); err != nil {
		d.problem(path, node, "%v", err)
	}
}

func (d *decoder) mismatch(path string, node ast.Node, t reflect.Type) {
	want := expectation(t)
	text, scalar := scalarText(node)
	switch {
	case scalar && want == "text":
		d.problem(path, node, "expected text, found %s; put it in quotes", text)
	case scalar:
		d.problem(path, node, "expected %s, found %q", want, text)
	case node.Type() == ast.SequenceType:
		d.problem(path, node, "expected %s, found a list", want)
	default:
		d.problem(path, node, "expected %s, found a section of keys", want)
	}
}

// secretFile reads the secret v from the file that node names; of a list, each
// line that is not empty is one.
func (d *decoder) secretFile(path string, node ast.Node, v reflect.Value) {
	name, ok := scalarText(node)
	if !ok || name == "" {
		d.problem(path, node, "expected the path of a file that holds the secret")
		return
	}
	if err := readSecret(name, v); err != nil {
		d.problem(path, node, "%v", err)
	}
}
