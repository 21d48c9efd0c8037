// Package query holds what can be asked of events: typed expressions, and the
// small language in which people write them.
//
// An expression is immutable and safe for concurrent use. It says what is
// wanted, never how: a backend compiles it (the Parquet store to scans, a
// database to bound parameters). Match is the plain meaning of every expression
// on one event, and the oracle that backends are tested against.
//
// # Meaning
//
// Text compares without regard to case, as Unicode folds it, except in the
// columns that hold identifiers (event_id, session_id, rule_id), which compare
// exactly. Addresses compare as addresses. A condition on a field that the event
// does not have is false, and so NOT of it is true. A list matches when any of
// its elements does. Values of extra that are not strings compare as their JSON
// text.
package query

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// Expr is a condition on an event: one of All, And, Or, Not, Text, Range,
// Compare, CIDR, Exists and Words.
type Expr interface {
	// Match reports whether e meets the condition.
	Match(e *event.Event) bool
	// String writes the condition in the query language.
	String() string
}

// Field names what a condition is about: a column, or, when Extra is set, the
// extra field of that name. A name with dots also reaches into nested objects.
type Field struct {
	Column event.Column
	Extra  string
}

// String returns the field's name in the query language.
func (f Field) String() string {
	if f.Extra != "" {
		return "extra." + f.Extra
	}
	return f.Column.String()
}

// All matches every event.
type All struct{}

// And matches when each of its parts does.
type And []Expr

// Or matches when at least one of its parts does.
type Or []Expr

// Not matches when X does not.
type Not struct{ X Expr }

// Text matches a text, address, enum or list column, or an extra field, by its
// text.
type Text struct {
	Field   Field
	Pattern Pattern
}

// Range matches a number column with Min ≤ value ≤ Max. Times are nanoseconds
// since 1970.
type Range struct {
	Column   event.Column
	Min, Max int64
}

// Compare matches an extra field whose value is a number, or a string that is
// one, with Low < value < High; the bounds themselves belong to it where Closed
// says so.
type Compare struct {
	Field                 Field
	Low, High             float64
	LowClosed, HighClosed bool
}

// CIDR matches an address inside Prefix.
type CIDR struct {
	Field  Field
	Prefix netip.Prefix
}

// Exists matches an event that has the field.
type Exists struct{ Field Field }

// Words matches an event whose message or raw line contains Pattern's text.
type Words struct{ Pattern Pattern }

// Match reports true.
func (All) Match(*event.Event) bool { return true }

// Match reports whether each part matches e.
func (x And) Match(e *event.Event) bool {
	for _, part := range x {
		if !part.Match(e) {
			return false
		}
	}
	return true
}

// Match reports whether a part matches e.
func (x Or) Match(e *event.Event) bool {
	for _, part := range x {
		if part.Match(e) {
			return true
		}
	}
	return false
}

// Match reports whether X does not match e.
func (x Not) Match(e *event.Event) bool { return !x.X.Match(e) }

// Match reports whether the field's text fits the pattern.
func (x Text) Match(e *event.Event) bool {
	if x.Field.Extra != "" {
		v, ok := Lookup(e.Extra, x.Field.Extra)
		return ok && x.Pattern.Test(v.Text)
	}
	c := x.Field.Column
	if c.IsText() {
		return e.Has(c) && x.Pattern.Test(e.Text(c))
	}
	return slices.ContainsFunc(e.List(c), x.Pattern.Test)
}

// Match reports whether the column's number lies in the range.
func (x Range) Match(e *event.Event) bool {
	return e.Has(x.Column) && x.Test(e.Int(x.Column))
}

// Test reports whether v lies in the range.
func (x Range) Test(v int64) bool { return v >= x.Min && v <= x.Max }

// Match reports whether the field is a number in the interval.
func (x Compare) Match(e *event.Event) bool {
	v, ok := Lookup(e.Extra, x.Field.Extra)
	return ok && x.Test(v)
}

// Match reports whether the field's address lies in the network.
func (x CIDR) Match(e *event.Event) bool {
	if x.Field.Extra != "" {
		v, ok := Lookup(e.Extra, x.Field.Extra)
		return ok && x.Test(v.Text)
	}
	if c := x.Field.Column; c.IsText() {
		return e.Has(c) && x.Test(e.Text(c))
	}
	return slices.ContainsFunc(e.List(x.Field.Column), x.Test)
}

// Test reports whether s is an address in the network.
func (x CIDR) Test(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && x.Prefix.Contains(a.Unmap().WithZone(""))
}

// Match reports whether e has the field.
func (x Exists) Match(e *event.Event) bool {
	if x.Field.Extra == "" {
		return e.Has(x.Field.Column)
	}
	_, ok := Lookup(e.Extra, x.Field.Extra)
	return ok
}

// Match reports whether message or raw contain the text.
func (x Words) Match(e *event.Event) bool {
	return e.Has(event.Raw) && x.Pattern.Test(e.Text(event.Raw)) ||
		e.Has(event.Message) && x.Pattern.Test(e.Text(event.Message))
}

// String returns "*".
func (All) String() string { return "*" }

// String joins the parts with AND.
func (x And) String() string { return join(x, " AND ", "*") }

// String joins the parts with OR.
func (x Or) String() string { return join(x, " OR ", "NOT *") }

func join(parts []Expr, op, none string) string {
	if len(parts) == 0 {
		return none
	}
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = p.String()
	}
	return "(" + strings.Join(texts, op) + ")"
}

// String returns NOT and the condition.
func (x Not) String() string { return "NOT " + x.X.String() }

// String returns field:pattern.
func (x Text) String() string { return x.Field.String() + ":" + x.Pattern.String() }

// String returns the network as field:address/bits.
func (x CIDR) String() string { return x.Field.String() + ":" + x.Prefix.String() }

// String returns field:*.
func (x Exists) String() string { return x.Field.String() + ":*" }

// String returns the words in quotes.
func (x Words) String() string { return x.Pattern.String() }
