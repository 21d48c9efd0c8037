package sigma

import (
	"errors"
	"slices"
	"strings"
)

// Object is an Event that is a JSON object in text form: names are taken as they
// are, nothing is decoded before a rule asks for it. The zero value is an empty
// object; one goroutine at a time may use it.
type Object struct {
	members []member
	json    JSON
}

// member is one key of an object and the text of its value.
type member struct {
	key, text string
}

// ErrObject is returned by Object.Parse for text that is no JSON object.
var ErrObject = errors.New("not a JSON object")

// Parse makes o the object that text holds, forgetting the one before. It takes
// the text apart at the top level only, so text that is not valid JSON further
// inside goes unnoticed; a caller that must know checks with json.Valid.
func (o *Object) Parse(text string) error {
	o.json.Reset()
	o.members = o.members[:0]
	i := skipSpace(text, 0)
	if i == len(text) || text[i] != '{' {
		return ErrObject
	}
	for i = skipSpace(text, i+1); i < len(text) && text[i] == '"'; {
		end := stringEnd(text, i)
		colon := skipSpace(text, end)
		if colon == len(text) || text[colon] != ':' {
			return ErrObject
		}
		start := skipSpace(text, colon+1)
		stop := valueEnd(text, start)
		if stop == start {
			return ErrObject
		}
		o.add(text[i+1:end-1], text[start:stop])
		i = skipSpace(text, stop)
		if i < len(text) && text[i] == ',' {
			i = skipSpace(text, i+1)
			continue
		}
		break
	}
	if i == len(text) || text[i] != '}' || skipSpace(text, i+1) != len(text) {
		return ErrObject
	}
	return nil
}

// add appends a member. Names may occur twice; find takes the last one.
func (o *Object) add(key, text string) {
	if strings.IndexByte(key, '\\') >= 0 {
		key = o.json.unescape(key)
	}
	o.members = append(o.members, member{key, text})
}

// Remove removes a top-level key and returns the text of its value.
func (o *Object) Remove(key string) (text string, ok bool) {
	text, ok = o.find(key)
	o.members = slices.DeleteFunc(o.members, func(m member) bool { return m.key == key })
	return text, ok
}

func (o *Object) find(key string) (text string, ok bool) {
	for _, v := range slices.Backward(o.members) {
		if v.key == key {
			return v.text, true
		}
	}
	return "", false
}

// Values reads a field: the key of that very name, else the dotted path.
func (o *Object) Values(ref *Ref, dst []Value) ([]Value, bool) {
	return o.Lookup(ref.Name, dst)
}

// Lookup is Values for a field by name.
func (o *Object) Lookup(name string, dst []Value) ([]Value, bool) {
	if text, ok := o.find(name); ok {
		return o.json.Scalars(text, dst), true
	}
	root, path, dotted := strings.Cut(name, ".")
	if !dotted {
		return dst, false
	}
	text, ok := o.find(root)
	if !ok {
		return dst, false
	}
	return o.json.Walk(text, path, dst)
}

// Leaves lists every scalar of the object.
func (o *Object) Leaves(dst []Value) []Value {
	for i := range o.members {
		dst = o.json.Leaves(o.members[i].text, dst)
	}
	return dst
}
