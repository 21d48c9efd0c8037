package sigma

// Kind is the kind of a document.
type Kind string

// The kinds of documents.
const (
	DetectionKind   Kind = "detection"
	CorrelationKind Kind = "correlation"
	FilterKind      Kind = "filter"
)

// Meta is what a rule says about itself. All of it comes from the document as
// written, except where a field says otherwise.
type Meta struct {
	// ID is the rule's identity: the document's id, else its name, else a
	// hash of path and document number.
	ID string
	// Name is the document's name, which correlations and filters may use.
	Name string
	// Path and Document say which document of which file this is; documents
	// count from 0. Line is where it starts.
	Path     string
	Document int
	Line     int
	Title    string
	// Level is one of informational, low, medium, high, critical; medium
	// where the document names none.
	Level          string
	Status         string
	Description    string
	Author         string
	Date           string
	Modified       string
	License        string
	Taxonomy       string
	Tags           []string
	References     []string
	FalsePositives []string
	Fields         []string
	Scope          []string
	Related        []Related
	// Custom holds the top-level keys that Sigma does not define, as plain Go
	// data: string, int64, float64, bool, nil, []any, map[string]any.
	Custom map[string]any
	// Hash is a hash of the document's content: the same for a rule that has
	// not been edited. Filters that point at the rule and the values of its
	// placeholders are not in it.
	Hash string
}

// Related is a reference to another rule.
type Related struct {
	ID, Type string
}

// LogSource is one tuple of category, product and service. In a rule an empty
// part is not checked; in an event it is not known. Parts compare without
// regard to case.
type LogSource struct {
	Category, Product, Service string
}

// String returns "category:product:service".
func (l LogSource) String() string { return l.Category + ":" + l.Product + ":" + l.Service }

// applies reports whether a rule for l applies to an event with tuple t, both
// in lower case.
func (l LogSource) applies(t LogSource) bool {
	return (l.Category == "" || l.Category == t.Category) &&
		(l.Product == "" || l.Product == t.Product) &&
		(l.Service == "" || l.Service == t.Service)
}

func (l LogSource) fold() LogSource {
	return LogSource{fold(l.Category), fold(l.Product), fold(l.Service)}
}

// Rule is a compiled detection rule of a Set. It is immutable.
type Rule struct {
	Meta
	// LogSource is the rule's log source as written.
	LogSource LogSource
	// Emits says that a match is an alert of its own: false for a rule that
	// correlations refer to and none of them has generate: true.
	Emits bool

	index   int
	folded  LogSource
	tree    *expr
	program *program
	// parts are kept where Options.Explain asks for them.
	parts []explained
}

// CorrelationType is the type of a correlation.
type CorrelationType string

// The types of correlations.
const (
	EventCount      CorrelationType = "event_count"
	ValueCount      CorrelationType = "value_count"
	ValueSum        CorrelationType = "value_sum"
	ValueAvg        CorrelationType = "value_avg"
	ValueMedian     CorrelationType = "value_median"
	ValuePercentile CorrelationType = "value_percentile"
	Temporal        CorrelationType = "temporal"
	TemporalOrdered CorrelationType = "temporal_ordered"
)

// Operator compares a correlation's value with a number.
type Operator string

// The operators.
const (
	Greater      Operator = "gt"
	GreaterEqual Operator = "gte"
	Less         Operator = "lt"
	LessEqual    Operator = "lte"
	Equal        Operator = "eq"
	NotEqual     Operator = "neq"
)

// Comparison is one operator of a correlation's condition.
type Comparison struct {
	Operator Operator
	Value    float64
}

// Correlation is a checked correlation rule of a Set. It is immutable.
type Correlation struct {
	Meta
	Type CorrelationType
	// Rules are the ids of the rules and correlations it counts, resolved, in
	// the order they were written.
	Rules []string
	// GroupBy holds the names whose values make a group, aliases among them.
	GroupBy []string
	// Aliases gives, for an alias and the id of a referenced rule, the field
	// that the alias stands for.
	Aliases map[string]map[string]string
	// TimespanMillis is the length of the window in milliseconds.
	TimespanMillis int64
	// Condition holds the comparisons, which must all hold. For temporal
	// types without a condition it asks for every referenced rule.
	Condition []Comparison
	// Field names the fields of a value_ type: several for value_count mean
	// distinct tuples.
	Field []string
	// Percentile is 1 to 99 for value_percentile and 0 otherwise.
	Percentile float64
	// Generate says that the referenced rules emit alerts of their own too.
	Generate bool
	// Emits says that a firing is an alert; see Rule.Emits.
	Emits bool
}

// GroupField returns the field that group-by name stands for on a contribution
// of the referenced rule or correlation ruleID.
func (c *Correlation) GroupField(name, ruleID string) string {
	if fields, ok := c.Aliases[name]; ok {
		return fields[ruleID]
	}
	return name
}
