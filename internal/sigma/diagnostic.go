package sigma

import "fmt"

// Error says what is wrong in a rule document and where. Line and Column count
// from 1; both are 0 when the place is the whole document.
type Error struct {
	Line, Column int
	Reason       string
}

// Error returns "line:column: reason", or the reason alone.
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Reason
	}
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Reason)
}

// Status says what became of a document.
type Status string

// The statuses of a document.
const (
	// Loaded: the document is in the set.
	Loaded Status = "loaded"
	// Rejected: it isn't, and Reason says why.
	Rejected Status = "rejected"
	// Warning: it is in the set, and Reason says what its author should look at.
	Warning Status = "warning"
	// Skipped: it is left out on purpose (deprecated, unsupported).
	Skipped Status = "skipped"
)

// Diagnostic reports on one document. A document has exactly one of Loaded,
// Rejected and Skipped, and any number of Warning.
type Diagnostic struct {
	Path string
	// Document counts the documents of the file from 0.
	Document     int
	Line, Column int
	// RuleID is the rule's identity, empty where the document has none yet.
	RuleID string
	Title  string
	Kind   Kind
	Status Status
	Reason string
}

// String returns the diagnostic as one line, "path:line:column: status: reason".
func (d Diagnostic) String() string {
	place := d.Path
	if d.Line > 0 {
		place = fmt.Sprintf("%s:%d:%d", d.Path, d.Line, d.Column)
	}
	if d.Reason == "" {
		return fmt.Sprintf("%s: %s", place, d.Status)
	}
	return fmt.Sprintf("%s: %s: %s", place, d.Status, d.Reason)
}

// warning is something that its author should look at, found while parsing.
type warning struct {
	line, column int
	reason       string
}
