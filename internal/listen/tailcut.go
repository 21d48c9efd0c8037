package listen

import (
	"bytes"

	"github.com/goshawk-siem/goshawk/internal/record"
)

// cutKind says what cutBatch found.
type cutKind int

const (
	// cutWait: there is no complete line yet.
	cutWait cutKind = iota
	// cutPartial: there are complete lines, and more might still join them.
	cutPartial
	// cutFull: the batch ends here whatever follows: reading the same bytes
	// again, with more behind them, ends it in the same place.
	cutFull
	// cutRest: the batch ends where the file does, and nothing will follow.
	cutRest
	// cutLong: the line is longer than maxLine.
	cutLong
)

// batchCut is a batch's place in the bytes that cutBatch was given.
type batchCut struct {
	kind cutKind
	// start is behind the empty lines in front of the batch.
	start, end int
	lines      int
}

// cutBatch finds the next batch in data. Its end depends on the bytes alone:
// at most record.MaxBatchLines lines, and record.MaxBatchBytes bytes unless one
// line is longer than that. Whether data ends early can only turn cutFull into
// cutPartial or cutWait.
func cutBatch(data []byte, maxLine int) batchCut {
	c := batchCut{start: skipEmpty(data)}
	i := c.start
	for c.lines < record.MaxBatchLines {
		n := bytes.IndexByte(data[i:], '\n')
		if n < 0 {
			return c.incomplete(data, i, maxLine)
		}
		if next := c.line(i, len(trimCR(data[i:i+n])), n+1, maxLine); next.kind != cutWait {
			return next
		}
		if len(trimCR(data[i:i+n])) > 0 {
			c.lines++
		}
		i += n + 1
	}
	c.kind, c.end = cutFull, i
	return c
}

// line decides whether a line at i, of length bytes and taking size with its
// ending, still belongs to the batch.
func (c batchCut) line(i, length, size, maxLine int) batchCut {
	first := i == c.start
	switch {
	case length > maxLine && first:
		c.kind = cutLong
	case length > maxLine, !first && i+size-c.start > record.MaxBatchBytes:
		c.kind, c.end = cutFull, i
	}
	return c
}

// incomplete decides about a batch whose next line, at i, has not ended.
func (c batchCut) incomplete(data []byte, i, maxLine int) batchCut {
	rest := len(data) - i
	// The line will have at least this many bytes: the last may be a "\r".
	if next := c.line(i, rest-1, rest+1, maxLine); next.kind != cutWait {
		return next
	}
	if c.lines > 0 {
		c.kind, c.end = cutPartial, i
	}
	return c
}

// skipEmpty returns the length of the empty lines in front.
func skipEmpty(data []byte) int {
	i := 0
	for i < len(data) {
		switch {
		case data[i] == '\n':
			i++
		case data[i] == '\r' && i+1 < len(data) && data[i+1] == '\n':
			i += 2
		default:
			return i
		}
	}
	return i
}

// countLines returns how many lines with something in them data holds.
func countLines(data []byte) int {
	lines := 0
	for len(data) > 0 {
		line, rest, _ := bytes.Cut(data, []byte{'\n'})
		if len(trimCR(line)) > 0 {
			lines++
		}
		data = rest
	}
	return lines
}

// cutPart finds the next part of a line that is too long, at the front of data.
// size is what the part takes with its line ending; ok is false while more bytes
// are needed. final says that nothing comes behind data.
func cutPart(data []byte, final bool) (part []byte, size int, last, ok bool) {
	n := bytes.IndexByte(data[:min(len(data), MaxPart+lookahead)], '\n')
	if n >= 0 && len(trimCR(data[:n])) <= MaxPart {
		return trimCR(data[:n]), n + 1, true, true
	}
	if len(data) >= MaxPart+lookahead || final && len(data) > MaxPart {
		return data[:MaxPart], MaxPart, false, true
	}
	return data, len(data), true, final
}
