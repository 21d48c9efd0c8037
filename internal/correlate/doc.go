// Package correlate is the service that finds: it matches events against the rules
// and turns matches into alerts. Any number of processes share the work.
//
// It has two stages, joined by the stream of matches:
//
//	siem.events.> ── detect, shared ──► siem.matches.<partition> ── windows, one owner each ──► siem.alerts.>
//	                                        ▲            ▲                    │         └─────► siem.updates.>
//	                                        │            └── marks ───────────┤
//	                                        └── chained correlations ─────────┘
//
// The detect stage keeps no state. It says which rules match an event, and for
// each match and each Spec that counts it writes a match record to the partition
// that owns the spec's group. One message per partition and batch goes out, with
// an id made of both; where nothing matches, nothing is published.
//
// The windows of a partition are a pure function of its log. Whoever holds the
// partition's lease starts from the last snapshot, or from the beginning of the
// log, and reads on by sequence. What was published for sequences up to the
// partition's checkpoint is not published again; what was published after it has
// the same ids and is dropped by the stream.
//
// Event time is settled by marks in the log, not by a wall clock: the owner finds
// out, through the acknowledgement floors of the normalize and correlate
// consumers, that every line accepted before some moment has come through, and
// writes that down with how long the log had been quiet. A batch that comes again
// because a process died holds the marks back, so nothing in it is late.
package correlate
