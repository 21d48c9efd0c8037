package store

import "time"

// The limits of the archive, in one place. Options carry those that an operator
// may want to change.
const (
	// pageBytes ends a data page: what one random row costs to read.
	pageBytes = 256 << 10
	// dictionaryBytes ends a dictionary; the rest of the column is plain.
	dictionaryBytes = 4 << 20
	// writeBuffer is how much of a segment is written at once.
	writeBuffer = 256 << 10
	// bloomBits is the size of the bloom filters per distinct value: about one
	// false positive in a hundred.
	bloomBits = 10
	// chunkRows is how many rows are gathered before they go to the column
	// writers: few enough to stay in the processor's cache.
	chunkRows = 512
	// rowGroupRows is the size of a row group in a compacted segment.
	rowGroupRows = 100_000
	// extraRows is how many rows' extra fields are held at once in a scan.
	extraRows = 8192
	// futureSlack is how much later than its partition's hour an event may be
	// dated: normalizers believe up to five minutes.
	futureSlack = 10 * time.Minute
	// maxSeedSegments is how many of a shard's newest segments are read at start
	// to remember what is stored: an hour of them before compaction, days after.
	maxSeedSegments = 2048
	// maxOpenFiles bounds the segments that are kept open between queries.
	maxOpenFiles = 128
	// maxRestarts is how often a query starts over because another process
	// compacted what it was going to read.
	maxRestarts = 5
)
