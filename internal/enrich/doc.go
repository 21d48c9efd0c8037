// Package enrich adds to events what the line does not say but the user's own
// files do: where an address is, whose machine or account it is about, whether a
// value stands in a list of indicators, what kind of client a user agent is.
//
// An Enricher is loaded from files and immutable; Apply is a pure function of the
// event and the files, so two normalizers with the same files agree. What an
// address gives is remembered, as logs repeat addresses.
package enrich
