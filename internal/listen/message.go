package listen

import (
	"bytes"
	"errors"
	"io"
)

// MessageReader reads a stream that is one record, newlines and all. Line
// endings behind it are not part of it. A record over the limit comes out in
// parts. Memory stays below 1 MiB.
type MessageReader struct {
	w       window
	maxLine int
	part    int
	done    bool
}

// NewMessageReader returns a reader of r as one record of up to maxLine bytes,
// which must lie in 1 to MaxLineLimit.
func NewMessageReader(r io.Reader, maxLine int) *MessageReader {
	return &MessageReader{w: newWindow(r, MaxPart+1), maxLine: maxLine}
}

// Next returns the record or its next part; see LineReader.Next.
func (m *MessageReader) Next() (Piece, error) {
	if m.done {
		return Piece{}, io.EOF
	}
	for !m.w.full() {
		err := m.w.fill()
		if errors.Is(err, io.EOF) {
			return m.end()
		}
		if err != nil {
			return Piece{}, err
		}
	}
	data := m.w.bytes()[:MaxPart]
	m.w.skip(MaxPart)
	m.part++
	return Piece{Data: data, Part: m.part, Multi: true}, nil
}

func (m *MessageReader) end() (Piece, error) {
	m.done = true
	data := bytes.TrimRight(m.w.bytes(), "\r\n")
	if m.part == 0 && len(data) == 0 {
		return Piece{}, io.EOF
	}
	if m.part == 0 && len(data) <= m.maxLine {
		return Piece{Data: data, Multi: true}, nil
	}
	return Piece{Data: data, Part: m.part + 1, Last: true, Multi: true}, nil
}
