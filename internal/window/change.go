package window

// Contribution is one match as seen by one Spec. The engine copies what it keeps:
// the strings may share memory with a buffer that is used again.
type Contribution struct {
	// Time is the event time in milliseconds since 1970.
	Time int64
	// Order tells events of the same millisecond apart: the later in the
	// stream, the larger.
	Order uint64
	// ID identifies the event, such as a hash of its id. A contribution with
	// the Time, Order, ID and Rule of an earlier one is a repeat and dropped.
	ID uint64
	// Rule is the index of the referenced rule that matched.
	Rule int
	// Group holds the group values, as many as Spec.Groups.
	Group []string
	// Value is what ValueCount tells apart.
	Value string
	// Number is what the numeric types compute with.
	Number float64
	// Fields is handed back exactly by the firing that this contribution
	// completes.
	Fields string
	// Evidence is handed back, as long as memory lasts, with the episodes that
	// this contribution belongs to.
	Evidence string
}

// Outcome says what became of a contribution.
type Outcome uint8

// The outcomes of Add.
const (
	// Accepted: it counts.
	Accepted Outcome = iota
	// Duplicate: it was there already.
	Duplicate
	// Late: its time is settled; it does not count.
	Late
	// Unknown: there is no such spec.
	Unknown
	// Invalid: rule, number or group don't fit the spec.
	Invalid
)

// Kind says what happened to an episode.
type Kind uint8

// The kinds of changes. Every episode has one Fired, then any number of Grown and
// at most one Moved, and ends with either Closed or Withdrawn.
const (
	// Fired: the episode is new.
	Fired Kind = iota + 1
	// Grown: more belongs to it.
	Grown
	// Moved: another contribution completes it than the one it was reported
	// for, mostly an earlier one that arrived later. Time and Fields are of that
	// one, WasTime and WasFields those of the report.
	Moved
	// Closed: it is over and these are the final figures.
	Closed
	// Withdrawn: there is no such episode, because a contribution that it was
	// reported for was retracted. WasTime and WasFields are those of the report.
	Withdrawn
)

// Change tells of an episode. Its slices are the caller's.
type Change struct {
	Kind Kind
	// Spec, Group, Anchor and Turn identify the episode. Turn is 0 but for
	// episodes of sums and means that fire again in the very same millisecond.
	Spec   string
	Group  []string
	Anchor int64
	Turn   int
	// Revision is 1 for Fired and grows with the episode; at the same revision
	// the content is the same.
	Revision int
	// Time is the time of the completing contribution, or the end of a tumbling
	// window.
	Time int64
	// WindowStart and WindowEnd bound the window that was decided on.
	WindowStart, WindowEnd int64
	// First and Last are the times of the first and the last contribution.
	First, Last int64
	// Count is the number of contributions so far, those of the window included.
	Count int64
	// Value is what the condition was true for.
	Value float64
	// Fields is that of the completing contribution; with Fired and Moved.
	Fields string
	// WasTime and WasFields come with Moved and Withdrawn.
	WasTime   int64
	WasFields string
	// Evidence holds that of up to MaxEvidence contributions, oldest first.
	Evidence []string
}

// MaxEvidence is how many pieces of evidence an episode keeps.
const MaxEvidence = 20

// Stats counts what an Engine has done since it was made or restored.
type Stats struct {
	// Accepted, Duplicates, Late count contributions by outcome.
	Accepted, Duplicates, Late uint64
	// Evicted counts groups that were forgotten before their time, Dropped
	// contributions that were; both reduce coverage.
	Evicted, Dropped uint64
	// Groups and Contributions are what is held now.
	Groups, Contributions int
}
