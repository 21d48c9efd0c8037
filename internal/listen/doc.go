// Package listen turns what arrives on a wire or in a file into records: HTTP
// bodies, syslog streams, datagrams, and files that grow and rotate.
//
// It knows no NATS and starts no goroutine. Every reader here holds a bounded
// amount of memory whatever its sender does; a record that is too long comes
// out in numbered parts, so that nothing is lost and nothing is held whole. A
// reader, a Cutter and a Tail each belong to one goroutine.
//
// The pieces, and how they fit:
//
//	HTTP body ─► Body (inflate, limit) ─► LineReader ─┐
//	TCP, TLS  ─► FrameReader (RFC 6587)  ─────────────┼─► Cutter ─► raw messages
//	UDP       ─► Datagram                ─────────────┘
//	files     ─► Tail (its own batches, by position)  ────────────► raw messages
package listen

import "github.com/goshawk-siem/goshawk/internal/record"

// Limits of this package. Those of a batch are record's.
const (
	// MaxPart is the longest part of an oversize record, in bytes; a longer one
	// comes in several parts. It is what one dead letter holds.
	MaxPart = record.MaxDeadRaw
	// MaxLineLimit is the largest max_line that may be configured, in bytes:
	// what a reader's buffer can hold in one piece.
	MaxLineLimit = MaxPart
	// MaxDatagram is the longest UDP payload there is, in bytes; receive
	// buffers of this size cut nothing off.
	MaxDatagram = 65535
	// MaxCountDigits is how many digits the length of an octet-counted frame
	// may have. With more of them the frame is read as a line.
	MaxCountDigits = 9
	// MaxWindow is the largest zstd window that a body may ask for, in bytes.
	// RFC 9659 asks encoders for HTTP to stay within 8 MiB.
	MaxWindow = 8 << 20
)

// Piece is one record, or one part of a record that is longer than the limit.
type Piece struct {
	// Data holds the bytes without their line ending. It is valid until the
	// reader's next call.
	Data []byte
	// Part is 0 for a whole record. The parts of an oversize one count from 1.
	Part int
	// Last marks the last part of an oversize record.
	Last bool
	// Multi says that the record may hold newlines: its framing was not by line.
	Multi bool
	// Cut says that the stream ended inside the record: this is what came.
	Cut bool
}
