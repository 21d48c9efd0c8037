package config

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/goshawk-siem/goshawk/internal/unit"
)

// secretSuffix, put after the key of a secret, makes a key that names a file with
// the secret in it: "token_file" for "token".
const secretSuffix = "_file"

var (
	secretType   = reflect.TypeFor[unit.Secret]()
	textType     = reflect.TypeFor[encoding.TextUnmarshaler]()
	durationType = reflect.TypeFor[time.Duration]()
)

// field is one key of a section.
type field struct {
	key   string
	value reflect.Value
	// file says that key names a file whose content is the value.
	file bool
}

// fieldsOf lists the keys of struct v, those of inline structs included, in the
// order of the source. Fields without a key in their yaml tag are not
// configuration.
func fieldsOf(v reflect.Value) []field {
	var out []field
	for i := range v.NumField() {
		name, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		switch {
		case options == "inline":
			out = append(out, fieldsOf(v.Field(i))...)
		case name == "" || name == "-":
		case holdsSecret(v.Field(i).Type()):
			out = append(out, field{key: name, value: v.Field(i)}, field{key: name + secretSuffix, value: v.Field(i), file: true})
		default:
			out = append(out, field{key: name, value: v.Field(i)})
		}
	}
	return out
}

// holdsSecret reports whether t is a secret or a list of them.
func holdsSecret(t reflect.Type) bool {
	return t == secretType || t.Kind() == reflect.Slice && t.Elem() == secretType
}

func keysOf(fields []field) []string {
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = f.key
	}
	return keys
}

// isText reports whether a value of type t is read from one scalar by
// UnmarshalText.
func isText(t reflect.Type) bool { return reflect.PointerTo(t).Implements(textType) }

// expectation says in words what a value of type t looks like.
func expectation(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[unit.Bytes]():
		return `a size such as 64MiB`
	case t == reflect.TypeFor[unit.Duration]() || t == durationType:
		return `a duration such as 30s`
	case isText(t):
		return "text"
	}
	switch t.Kind() {
	case reflect.Struct:
		return "a section of keys"
	case reflect.Map:
		return "a section of names"
	case reflect.Slice:
		return `a list such as [a, b]`
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "text"
	case reflect.Float64, reflect.Float32:
		return "a number"
	case reflect.Pointer:
		return expectation(t.Elem())
	default:
		return "a whole number"
	}
}

// checkType reports why t cannot be read by this package: a mistake in the
// program, found by a test.
func checkType(path string, t reflect.Type) error {
	if isText(t) || t == durationType {
		return nil
	}
	switch t.Kind() {
	case reflect.Bool, reflect.String, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Float32, reflect.Float64:
		return nil
	case reflect.Slice, reflect.Pointer:
		return checkType(path+"[]", t.Elem())
	case reflect.Map:
		if t.Key().Kind() != reflect.String {
			return fmt.Errorf("%s: a map's key must be a string, is %v", path, t.Key())
		}
		return checkType(path+".*", t.Elem())
	case reflect.Struct:
		for _, f := range fieldsOf(reflect.New(t).Elem()) {
			if err := checkType(join(path, f.key), f.value.Type()); err != nil {
				return err
			}
		}
		return nil
	default:
		return fmt.Errorf("%s: configuration can't hold a %v", path, t)
	}
}

// join appends a key to the path of its section.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
