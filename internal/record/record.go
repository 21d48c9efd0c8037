// Package record holds the vocabulary of raw input: the batch of lines as it
// travels on siem.raw.<source>, its headers and its identity, and the dead
// letter that a line becomes when it can't be read.
//
// It does no I/O and knows no clock. A Batch's lines share memory with its
// payload.
package record

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Headers of a raw message. All of them are optional.
const (
	// HeaderFormat names the format of the lines, or "auto".
	HeaderFormat = "Goshawk-Format"
	// HeaderReceived is the time of reception, RFC 3339.
	HeaderReceived = "Goshawk-Received"
	// HeaderPeer is who sent the lines: an address, a file's path.
	HeaderPeer = "Goshawk-Peer"
	// HeaderFraming is FramingMessage when the payload is one record.
	HeaderFraming = "Goshawk-Framing"
	// HeaderEventID, on a message with one record, is the event id that this
	// record keeps: a replayed dead letter has one.
	HeaderEventID = "Goshawk-Event-Id"
	// HeaderColumns has the header lines of the stream that are in force where
	// the payload starts, as EncodeColumns writes them: files of IIS, of Zeek and
	// CSV can't be read without.
	HeaderColumns = "Goshawk-Columns"
	// HeaderBatch, on an events message, is the batch the events came from.
	HeaderBatch = "Goshawk-Batch"
	// FramingMessage is the value of HeaderFraming for multi-line records.
	FramingMessage = "message"
)

// Limits of raw input. A line past MaxLine becomes a dead letter that says so.
const (
	// MaxLine is the default for the longest line that is parsed, in bytes.
	MaxLine = 256 << 10
	// MaxBatchLines and MaxBatchBytes end a batch, whichever comes first.
	MaxBatchLines = 512
	MaxBatchBytes = 256 << 10
	// MaxColumns is how many bytes of header lines can be in force.
	MaxColumns = 8 << 10
	// BatchLinger is how long a line waits for company at most.
	BatchLinger = 20 * time.Millisecond
	// MaxSource is the longest name of a source, in bytes.
	MaxSource = 64
)

// BatchID identifies a batch: "<epoch>-<sequence>", both base 36, where epoch is
// the second in which the stream was created and sequence the message's place in
// it. A redelivered batch has the same id.
type BatchID string

// NewBatchID returns the id of the message at sequence seq of a raw stream that
// was created at epoch.
func NewBatchID(epoch time.Time, seq uint64) BatchID {
	buf := make([]byte, 0, 24)
	buf = strconv.AppendInt(buf, epoch.Unix(), 36)
	buf = append(buf, '-')
	return BatchID(strconv.AppendUint(buf, seq, 36))
}

// EventID returns the id of the batch's line, "<batch>-<line>"; lines count
// from 1 and empty ones are not counted.
func (b BatchID) EventID(line int) string {
	buf := make([]byte, 0, len(b)+6)
	buf = append(buf, b...)
	buf = append(buf, '-')
	return string(strconv.AppendInt(buf, int64(line), 10))
}

// Batch is one raw message: lines of one source that were received together.
type Batch struct {
	ID BatchID
	// Source is the subject's first token after the prefix.
	Source string
	// Path is the subject's further tokens, joined by dots; may be empty.
	Path string
	// Format is the name from HeaderFormat, empty where there was none.
	Format string
	// Received is the time of reception.
	Received time.Time
	Peer     string
	// EventID, if set, is the id that the batch's only record keeps.
	EventID string
	// Whole says that the payload is one record, whatever newlines it holds.
	Whole bool
	// Columns are the header lines from HeaderColumns, separated by newlines.
	Columns string
	Payload string
}

// Line is one record of a batch.
type Line struct {
	// Text is the line without its line ending.
	Text string
	// Number counts the batch's non-empty lines from 1.
	Number int
	// Offset is where the line starts in the payload, in bytes.
	Offset int
}

// Lines calls yield with each record of the batch in order, until it returns
// false. "\n" and "\r\n" end a line; empty lines are skipped and not counted.
func (b *Batch) Lines(yield func(Line) bool) {
	if b.Whole {
		if text := strings.TrimRight(b.Payload, "\r\n"); text != "" {
			yield(Line{Text: text, Number: 1})
		}
		return
	}
	number, offset := 0, 0
	for rest := b.Payload; rest != ""; {
		text, after, _ := strings.Cut(rest, "\n")
		start := offset
		offset += len(rest) - len(after)
		rest = after
		text = strings.TrimSuffix(text, "\r")
		if text == "" {
			continue
		}
		number++
		if !yield(Line{Text: text, Number: number, Offset: start}) {
			return
		}
	}
}

// ErrSource is returned by CheckSource for a name that can't be a source.
var ErrSource = errors.New("not a source name")

// CheckSource reports why name can't be a source: 1 to MaxSource bytes of ASCII
// letters, digits, '_' and '-'. The error matches ErrSource.
func CheckSource(name string) error {
	if name == "" {
		return fmt.Errorf("%w: empty; expected letters, digits, '_' or '-'", ErrSource)
	}
	if len(name) > MaxSource {
		return fmt.Errorf("%w: %d bytes long, at most %d are allowed", ErrSource, len(name), MaxSource)
	}
	for i := 0; i < len(name); i++ {
		if !sourceByte(name[i]) {
			return fmt.Errorf("%w: %q has %q at byte %d; expected letters, digits, '_' or '-'", ErrSource, name, name[i], i)
		}
	}
	return nil
}

func sourceByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}

// MaxBatchKey is the longest batch key that a sender may choose, in bytes.
const MaxBatchKey = 96

// ValidBatchKey reports whether key, from HeaderBatch of a raw message, can be
// used as the sender's own identity of a batch: 1 to MaxBatchKey bytes of the
// alphabet of source names. The batch id is then "<source>.<key>", so that one
// source can't claim another's ids.
func ValidBatchKey(key string) bool {
	if key == "" || len(key) > MaxBatchKey {
		return false
	}
	for i := 0; i < len(key); i++ {
		if !sourceByte(key[i]) {
			return false
		}
	}
	return true
}
