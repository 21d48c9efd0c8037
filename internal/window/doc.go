// Package window counts what happens together: contributions of matches to
// correlations go in, episodes come out. It knows nothing of rules, logs or
// transport, starts no goroutine, reads no clock and does no I/O. An Engine is
// not safe for concurrent use.
//
// # Positions
//
// A contribution has a place in time: its event time in milliseconds, then its
// order in the stream, then the event's id, then the rule (the last referenced
// one first, so that one event can't fill two places of a sequence). What is
// decided is decided on contributions sorted by that place, never on their order
// of arrival. The window of a contribution at t is the closed interval
// [t-timespan, t], and holds what stands at or before its place.
//
// # Firing
//
// With lower bounds only (gt, gte, and the temporal types), the condition is
// checked at each contribution. It fires when true while the group is armed, and
// disarms the group. It is armed again when the condition is found false, or
// timespan after the last firing. An episode is a firing with what follows it,
// until timespan has passed or the next firing begins.
//
// With an upper bound (lt, lte, eq, neq), windows tumble: the first contribution
// at t0 opens [t0, t0+timespan), which is decided at its end.
//
// # Two machines
//
// An alert should go out within milliseconds of the completing contribution, and
// the set of alerts must not depend on the order of arrival. Both can't be had
// from one pass, so a group has two machines over one sorted ring:
//
//		                 final                      eager
//		ring  [ dropped | window of final | not yet settled ... newest ]
//		                                ^ frontier = clock - lateness
//
//	  - The final machine steps through contributions once the frontier has passed
//	    them and nothing can come before them any more. It alone decides which
//	    episodes there are, with their window and count. Its result is a function of
//	    the set of contributions.
//	  - The eager machine looks at the newest contribution, and at one that is
//	    inserted late. When the condition holds there, and that firing can't belong
//	    to an episode that was reported already, it reports the episode at once. The
//	    place where that happened is the episode's Anchor, its identity from then on.
//
// With lower bounds, adding a contribution of a count, a distinct count or a
// sequence never makes a true place false. So a place found true early is true in
// the end, and one of the final episodes covers it: the anchor is bound to that
// episode, which may have begun a little earlier. Two anchors can't meet in one
// episode, because the eager machine reports a second one only when it lies a
// whole timespan after the last anchor, or after a place that is settled and
// false. So every final episode is reported exactly once.
//
// # What is promised, and what is not
//
// For contributions that arrive within the lateness, in any order and repeated at
// will, the closing changes (Closed) carry the same episodes: group, time,
// window, first, last, count and value. For the same order of arrival everything
// is the same, anchors included.
//
//   - Anchor depends on arrival when a contribution that arrives late would have
//     completed the condition earlier. The closing change then has Time before
//     Anchor; the episode is still reported once.
//   - value_sum and value_avg can fall again, and upper bounds need the end of
//     the window: they are decided by the final machine only, lateness after their
//     time. The same goes for an episode that starts anew, within one timespan,
//     less than lateness after the condition was found false, and for one that a
//     late contribution completes between two others.
//   - Count in Fired and Grown is what is known so far; Closed has the final one.
//   - Where a limit cuts in (see Limits) the promise ends, and Stats counts it.
//
// # Clock
//
// The caller moves the clock with Advance, from the event times of the whole
// stream. Each group has a clock of its own that follows it: it never runs ahead
// of the stream's, moves with the stream's at the same pace, and jumps to the
// group's newest contribution. So a group whose logs come from yesterday is
// judged by its own time and not cut off by another group's today, while nothing
// within the lateness of the stream is ever refused.
package window
