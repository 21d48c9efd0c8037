// Package store is the archive: events in immutable Parquet segments that any
// tool can read, and the search over them.
//
// # Writing
//
// A Shard takes batches of events, each with its sequence in the events stream,
// gathers them and commits a segment: temporary file, fsync, rename, fsync of
// the folder. The stream is the write-ahead log; a message is acknowledged after
// its commit, and a message that comes again is recognized, so every event is
// stored once.
//
//	events/date=2026-01-31/hour=09/<shard>-<epoch>-<first>-<last>.parquet
//	alerts/date=2026-01-31/<unique>.parquet
//	quarantine/...           segments that could not be read
//
// The hour is that of ingestion, so late events cost nothing. The footer of a
// segment holds its range of event times and exactly which sequences and batches
// are inside; Maintain joins small segments into large ones sorted by event
// time. A crash between any two steps leaves nothing to repair: a temporary file
// is invisible, and a segment whose sequences another one has is left out.
//
// # Reading
//
// Search, Count, Histogram and Top walk the segments newest first, rule out what
// partition, footer, row group statistics and bloom filters can, test dictionary
// entries instead of rows, and read the long columns only for rows that are
// returned.
//
// The archive keeps times in microseconds.
//
// # Ownership
//
// A Store is safe for concurrent use. A Shard belongs to one goroutine, and to
// one process at a time. The package starts no goroutine and keeps no clock;
// what an operator should know is told to the function given to Open.
package store
