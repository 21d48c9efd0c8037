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

// indexFrom is the number of extra fields from which names are looked up in a
// map. Below it a walk is faster; above it a hostile line with thousands of
// names would cost the square of their number.
const indexFrom = 32

// ExtraField returns the extra field called name.
func (e *Event) ExtraField(name string) (Value, bool) {
	if i, ok := e.findExtra(name); ok {
		return e.Extra[i].Value, true
	}
	return Value{}, false
}

// findExtra returns the place of name in Extra. It changes nothing, so any
// number of goroutines may look up at a time.
func (e *Event) findExtra(name string) (int, bool) {
	if len(e.index) > 0 && len(e.index) == len(e.Extra) {
		i, ok := e.index[name]
		if !ok || e.Extra[i].Name == name {
			return i, ok
		}
	}
	for i := range e.Extra {
		if e.Extra[i].Name == name {
			return i, true
		}
	}
	return 0, false
}

// SetExtra stores v under name, replacing an earlier value of that name. Fields
// are added through it, not to the slice, wherever names could come twice.
func (e *Event) SetExtra(name string, v Value) {
	if len(e.Extra) >= indexFrom {
		e.indexExtra()
	}
	if i, ok := e.findExtra(name); ok {
		e.Extra[i].Value = v
		return
	}
	e.Extra = append(e.Extra, Field{name, v})
	if len(e.Extra) > indexFrom {
		e.index[name] = len(e.Extra) - 1
	}
}

// indexExtra builds the map of names unless it is there already.
func (e *Event) indexExtra() {
	if len(e.index) == len(e.Extra) {
		return
	}
	if e.index == nil {
		e.index = make(map[string]int, 4*indexFrom)
	}
	clear(e.index)
	for i := range e.Extra {
		e.index[e.Extra[i].Name] = i
	}
}

// SetExtraText stores a string under name; an empty string is left out.
func (e *Event) SetExtraText(name, s string) {
	if s != "" {
		e.SetExtra(name, String(s))
	}
}
