// Package detect binds Sigma to the common schema: it loads rules from folders
// and embedded files, says which columns a Sigma field means, and matches events.
//
// A Sigma field is, for an event's log source: the columns that the schema's
// table maps to it, else a column of that very name, else the log's own field in
// extra, by name or by dotted path. The field action has two values where the
// schema says allow or deny and extra keeps the log's own word; the field blocked
// of firewalls says whether action is deny where the log has no such field.
// Keywords are searched in what comes from the log: the line, the message, text
// columns and extra; what Goshawk itself adds
// (event_id, source, format, …) is left out.
//
// A Set is immutable and safe for concurrent use; a Matcher belongs to one
// goroutine at a time. The package reads rule files when asked to and does no
// other I/O; it starts no goroutine and knows no clock.
package detect
