package listen

import (
	"bytes"

	"github.com/goshawk-siem/goshawk/internal/record"
)

// Cutter gathers lines into the payloads of raw messages. A payload ends before
// the line that would make it longer than record.MaxBatchBytes, and after
// record.MaxBatchLines lines: a function of the lines alone, so that the same
// lines are always cut in the same places. The zero value is ready.
type Cutter struct {
	buf   []byte
	lines int
	// size is what the last payload needed: the next is likely to need it too.
	size int
}

// Fits reports whether line still belongs to the payload being gathered. When it
// doesn't, Take it first.
func (c *Cutter) Fits(line []byte) bool {
	return c.lines == 0 || c.lines < record.MaxBatchLines && len(c.buf)+cost(line) <= record.MaxBatchBytes
}

// Add appends line, which must fit and must not be empty. It keeps no reference
// to it.
func (c *Cutter) Add(line []byte) {
	if c.buf == nil {
		c.buf = make([]byte, 0, max(c.size, cost(line)))
	}
	c.buf = append(c.buf, line...)
	if endsInCR(line) {
		// One "\r" before the newline is taken for line ending; this one is not.
		c.buf = append(c.buf, '\r')
	}
	c.buf = append(c.buf, '\n')
	c.lines++
}

// Full reports whether nothing more fits, whatever comes.
func (c *Cutter) Full() bool {
	return c.lines >= record.MaxBatchLines || len(c.buf) >= record.MaxBatchBytes
}

// Lines returns how many lines were gathered.
func (c *Cutter) Lines() int { return c.lines }

// Size returns how many bytes were gathered.
func (c *Cutter) Size() int { return len(c.buf) }

// Take returns the payload and how many lines it holds, and starts the next. The
// payload is the caller's.
func (c *Cutter) Take() (payload []byte, lines int) {
	payload, lines = c.buf, c.lines
	c.buf, c.lines, c.size = nil, 0, len(payload)
	return payload, lines
}

func cost(line []byte) int {
	if endsInCR(line) {
		return len(line) + len("\r\n")
	}
	return len(line) + len("\n")
}

func endsInCR(line []byte) bool { return bytes.HasSuffix(line, []byte{'\r'}) }
