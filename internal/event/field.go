package event

// Kind is the JSON kind of an extra field's value.
type Kind uint8

// The kinds of JSON values.
const (
	KindString Kind = iota
	KindNumber
	KindBool
	KindNull
	KindObject
	KindArray
)

// Field is one name and value that a log has beyond the schema.
type Field struct {
	Name  string
	Value Value
}

// Value is a JSON value. For KindString, Text is the decoded string; for every
// other kind it is the value's valid, newline-free JSON text, so a number keeps
// its digits and a nested object costs nothing until somebody looks inside.
type Value struct {
	Kind Kind
	Text string
}

// String returns a string value.
func String(s string) Value { return Value{KindString, s} }

// ExtraField returns the extra field called name.
func (e *Event) ExtraField(name string) (Value, bool) {
	for i := range e.Extra {
		if e.Extra[i].Name == name {
			return e.Extra[i].Value, true
		}
	}
	return Value{}, false
}

// SetExtra stores v under name, replacing an earlier value of that name.
func (e *Event) SetExtra(name string, v Value) {
	for i := range e.Extra {
		if e.Extra[i].Name == name {
			e.Extra[i].Value = v
			return
		}
	}
	e.Extra = append(e.Extra, Field{name, v})
}

// SetExtraText stores a string under name; an empty string is left out.
func (e *Event) SetExtraText(name, s string) {
	if s != "" {
		e.SetExtra(name, String(s))
	}
}
