// Package sigma reads Sigma rules, compiles them and evaluates detections on
// events.
//
// It covers detection rules, correlation rules and filters of version 2.1 of
// the Sigma specification. Correlations are parsed, checked and ordered here;
// counting over time is somebody else's work. A rule that can't be honoured
// exactly is rejected with a reason and a place, and never stops the others.
//
//	files ──► Compile ──► Set ──► Pack (per log source) ──► Matcher ──► rules
//
// A Set is immutable. A Pack holds the rules of a Set that apply to one set of
// log source tuples, with an index over just those; Set caches packs. Set and
// Pack are safe for concurrent use; a Matcher holds scratch memory and belongs
// to one goroutine at a time.
//
// The package reads no file, clock or network and starts no goroutine.
package sigma
