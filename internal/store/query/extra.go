package query

import (
	"encoding/json"
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// Lookup finds the extra field called name; a name with dots also reaches into
// nested objects: "a.b" is the field "a.b" or else b of the object a.
func Lookup(fields []event.Field, name string) (event.Value, bool) {
	for i := range fields {
		if fields[i].Name == name {
			return fields[i].Value, true
		}
	}
	for i := range fields {
		if v, ok := Descend(fields[i], name); ok {
			return v, true
		}
	}
	return event.Value{}, false
}

// Descend finds name inside f when name is f's own name, a dot and a path.
func Descend(f event.Field, name string) (event.Value, bool) {
	path, ok := strings.CutPrefix(name, f.Name)
	if !ok || f.Value.Kind != event.KindObject || len(path) < 2 || path[0] != '.' || f.Name == "" {
		return event.Value{}, false
	}
	return inObject(f.Value.Text, path[1:])
}

// inObject finds path in the JSON object text: whole first, then by its parts.
func inObject(text, path string) (event.Value, bool) {
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &object) != nil {
		return event.Value{}, false
	}
	if raw, ok := object[path]; ok {
		return JSONValue(string(raw))
	}
	for at := strings.IndexByte(path, '.'); at >= 0; {
		if raw, ok := object[path[:at]]; ok && len(raw) > 0 && raw[0] == '{' {
			if v, ok := inObject(string(raw), path[at+1:]); ok {
				return v, true
			}
		}
		next := strings.IndexByte(path[at+1:], '.')
		if next < 0 {
			break
		}
		at += 1 + next
	}
	return event.Value{}, false
}

// JSONValue turns valid JSON text into a value; it reports false for a string
// that can't be decoded.
func JSONValue(text string) (event.Value, bool) {
	if text == "" {
		return event.Value{}, false
	}
	switch text[0] {
	case '"':
		return jsonString(text)
	case '{':
		return event.Value{Kind: event.KindObject, Text: text}, true
	case '[':
		return event.Value{Kind: event.KindArray, Text: text}, true
	case 't', 'f':
		return event.Value{Kind: event.KindBool, Text: text}, true
	case 'n':
		return event.Value{Kind: event.KindNull, Text: text}, true
	default:
		return event.Value{Kind: event.KindNumber, Text: text}, true
	}
}

func jsonString(text string) (event.Value, bool) {
	if len(text) >= 2 && text[len(text)-1] == '"' && strings.IndexByte(text, '\\') < 0 {
		return event.String(text[1 : len(text)-1]), true
	}
	var s string
	if json.Unmarshal([]byte(text), &s) != nil {
		return event.Value{}, false
	}
	return event.String(s), true
}
