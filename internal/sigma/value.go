package sigma

import "strconv"

// ValueKind is the kind of an event's scalar value.
type ValueKind uint8

// The kinds of values.
const (
	// StringValue is a text.
	StringValue ValueKind = iota
	// IntValue is an integer held in Int; its text form is made only when a
	// rule asks for it.
	IntValue
	// NumberValue is a number whose text form, as NumberText gives it, is Text.
	NumberValue
	// BoolValue is a boolean: Text is "true" or "false".
	BoolValue
	// NullValue is an explicit null: present, but matching no value.
	NullValue
)

// Value is one scalar of an event.
type Value struct {
	Kind ValueKind
	Text string
	Int  int64
}

// Ref is a field bound to a Pack: its name, and what Options.Bind made of it.
type Ref struct {
	Name  string
	Bound any
}

// Event is what a Matcher reads. Values and Leaves append to dst, so that an
// event need not allocate, and the texts must stay unchanged until Match
// returns.
type Event interface {
	// Values appends the scalars of a field: none for an object or an empty
	// array, every element of an array, nested ones flattened. It reports
	// whether the field is there at all.
	Values(ref *Ref, dst []Value) (values []Value, present bool)
	// Leaves appends every scalar that keywords are searched in, the raw
	// line included and metadata of the platform left out.
	Leaves(dst []Value) []Value
}

// Format returns the text form of v; ok is false for null, which has none.
func (v Value) Format() (text string, ok bool) {
	if v.Kind == NullValue {
		return "", false
	}
	if v.Kind == IntValue && v.Text == "" {
		return strconv.FormatInt(v.Int, 10), true
	}
	return v.Text, true
}
