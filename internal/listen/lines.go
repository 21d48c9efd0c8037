package listen

import (
	"bytes"
	"errors"
	"io"
)

// LineReader reads lines from a stream. "\n" and "\r\n" end a line; empty lines
// are skipped. The last line needs no ending. A line over the limit comes out in
// parts of MaxPart bytes. Memory stays below 1 MiB whatever the stream holds.
type LineReader struct {
	w       window
	maxLine int
	// scanned is how much of the window holds no line ending.
	scanned int
	// part is the number of the oversize part handed out last, 0 outside.
	part int
	// nul makes NUL end a line as well.
	nul bool
}

// lookahead is how far a window reaches behind a part, so that a line ending
// right behind it tells that the part is the last.
const lookahead = len("\r\n")

// NewLineReader returns a reader of r's lines of up to maxLine bytes, which must
// lie in 1 to MaxLineLimit.
func NewLineReader(r io.Reader, maxLine int) *LineReader {
	return &LineReader{w: newWindow(r, MaxPart+lookahead), maxLine: maxLine}
}

// Next returns the next line or part. At the end the error is io.EOF; any other
// is the stream's own, and Next may be called again after one that passes, such
// as a deadline: nothing that was read is lost by it.
func (l *LineReader) Next() (Piece, error) {
	for {
		if piece, ok := l.take(); ok {
			return piece, nil
		}
		err := l.w.fill()
		if errors.Is(err, io.EOF) {
			return l.Rest()
		}
		if err != nil {
			return Piece{}, err
		}
	}
}

// Rest returns what was read of a record that has not ended: the last piece of a
// stream that broke off. When nothing is left the error is io.EOF.
func (l *LineReader) Rest() (Piece, error) {
	if piece, ok := l.take(); ok {
		return piece, nil
	}
	line := trimCR(l.w.bytes())
	if len(line) > MaxPart {
		return l.cutPart(), nil
	}
	l.w.skip(len(l.w.bytes()))
	l.scanned = 0
	if len(line) == 0 && l.part == 0 {
		return Piece{}, io.EOF
	}
	piece := l.finish(line)
	piece.Cut = true
	return piece, nil
}

// take returns a piece if the window holds one.
func (l *LineReader) take() (Piece, bool) {
	for {
		data := l.w.bytes()
		i := l.index(data[l.scanned:])
		if i < 0 {
			l.scanned = len(data)
			if l.w.full() {
				return l.cutPart(), true
			}
			return Piece{}, false
		}
		end := l.scanned + i
		line := trimCR(data[:end])
		if len(line) > MaxPart {
			return l.cutPart(), true
		}
		l.w.skip(end + 1)
		l.scanned = 0
		if len(line) > 0 || l.part > 0 {
			return l.finish(line), true
		}
	}
}

// cutPart hands out the first MaxPart bytes of a line that goes on behind them.
func (l *LineReader) cutPart() Piece {
	data := l.w.bytes()[:MaxPart]
	l.w.skip(MaxPart)
	l.scanned = 0
	l.part++
	return Piece{Data: data, Part: l.part}
}

// finish makes a piece of a line's end.
func (l *LineReader) finish(line []byte) Piece {
	if l.part == 0 && len(line) <= l.maxLine {
		return Piece{Data: line}
	}
	part := l.part + 1
	l.part = 0
	return Piece{Data: line, Part: part, Last: true}
}

// index returns where the first line ends in data, or -1.
func (l *LineReader) index(data []byte) int {
	i := bytes.IndexByte(data, '\n')
	if !l.nul {
		return i
	}
	if i >= 0 {
		data = data[:i]
	}
	if j := bytes.IndexByte(data, 0); j >= 0 {
		return j
	}
	return i
}

// trimCR removes the "\r" of a "\r\n".
func trimCR(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\r' {
		return line[:n-1]
	}
	return line
}
