package sigma

// Limits bound what one rule document may ask for. The zero value of a field
// means its default.
type Limits struct {
	// Document is the longest document, in bytes; default 1 MiB. A longer one
	// is rejected.
	Document int
	// Depth is how deep a document or a condition may nest; default 64.
	Depth int
	// Condition is the longest condition, in bytes; default 64 KiB.
	Condition int
	// Values is how many values one item may have, placeholders expanded;
	// default 100,000.
	Values int
}

// Limits that nobody needs to change: they only stop hostile input.
const (
	// maxNodes is how many YAML nodes a document may have once its aliases are
	// followed; aliases of aliases would otherwise grow without bound.
	maxNodes = 500_000
	// maxAnchors is how many anchors and tags a document may have: the YAML
	// parser takes quadratic time over a row of them.
	maxAnchors = 1_000
	// maxPlaceholders is how many combinations of placeholder values one rule
	// value may expand to.
	maxPlaceholders = 100_000
	// maxRegexp is the longest regular expression, in bytes.
	maxRegexp = 64 << 10
)

func (l Limits) withDefaults() Limits {
	if l.Document <= 0 {
		l.Document = 1 << 20
	}
	if l.Depth <= 0 {
		l.Depth = 64
	}
	if l.Condition <= 0 {
		l.Condition = 64 << 10
	}
	if l.Values <= 0 {
		l.Values = 100_000
	}
	return l
}
