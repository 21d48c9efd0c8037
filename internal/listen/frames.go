package listen

import (
	"bytes"
	"errors"
	"io"
)

// FrameReader reads syslog messages from a stream (RFC 6587, RFC 5425). Each
// message may be framed in either way, and which one it is shows in its first
// bytes:
//
//	"83 <40>1 2026-…"   octet counting: length, space, a message that starts with its priority
//	"<40>1 2026-…\n"    a line, ended by "\n", "\r\n" or NUL
//
// Digits and a space that no '<' follows begin a line: a line may start with a
// number, whereas a counted message always starts with its priority (RFC 5424).
// Empty messages are skipped. A message over the limit comes out in parts.
// Memory stays below 1 MiB whatever a sender does, and grows with the bytes
// that came, never with the length that a sender announced.
type FrameReader struct {
	lines LineReader
	mode  frameMode
	// left is how much of the counted message has not been handed out.
	left int
}

type frameMode int

const (
	frameStart frameMode = iota // between messages
	frameLine                   // inside a line
	frameCount                  // inside a counted message, left bytes to come
)

// NewFrameReader returns a reader of r's messages of up to maxLine bytes, which
// must lie in 1 to MaxLineLimit.
func NewFrameReader(r io.Reader, maxLine int) *FrameReader {
	return &FrameReader{lines: LineReader{w: newWindow(r, MaxPart+lookahead), maxLine: maxLine, nul: true}}
}

// Next returns the next message or part; see LineReader.Next.
func (f *FrameReader) Next() (Piece, error) {
	for {
		if piece, ok := f.take(); ok {
			return piece, nil
		}
		err := f.lines.w.fill()
		if errors.Is(err, io.EOF) {
			return f.Rest()
		}
		if err != nil {
			return Piece{}, err
		}
	}
}

// Pending reports whether part of a message was read and has not been returned.
func (f *FrameReader) Pending() bool {
	return len(f.lines.w.bytes()) > 0 || f.lines.part > 0
}

// Rest returns what was read of a message that has not ended: the last piece of
// a stream that broke off. When nothing is left the error is io.EOF.
func (f *FrameReader) Rest() (Piece, error) {
	if piece, ok := f.take(); ok {
		return piece, nil
	}
	if f.mode != frameCount {
		f.mode = frameStart
		return f.lines.Rest()
	}
	data := f.lines.w.bytes()
	f.lines.w.skip(len(data))
	f.mode, f.left = frameStart, 0
	if len(data) == 0 && f.lines.part == 0 {
		return Piece{}, io.EOF
	}
	piece := f.finish(data)
	piece.Cut = true
	return piece, nil
}

// take returns a piece if the window holds one.
func (f *FrameReader) take() (Piece, bool) {
	for {
		if f.mode == frameStart {
			f.detect()
		}
		switch f.mode {
		case frameStart:
			return Piece{}, false
		case frameLine:
			piece, ok := f.lines.take()
			if ok && (piece.Part == 0 || piece.Last) {
				f.mode = frameStart
			}
			return piece, ok
		}
		piece, ok := f.takeCounted()
		if !ok || len(piece.Data) > 0 || piece.Part > 0 {
			return piece, ok
		}
	}
}

// detect decides how the message that starts now is framed. Without enough
// bytes to tell, the mode stays frameStart.
func (f *FrameReader) detect() {
	data := f.lines.w.bytes()
	empty := len(data) - len(bytes.TrimLeft(data, "\r\n\x00"))
	f.lines.w.skip(empty)
	data = data[empty:]
	count, size, more := countPrefix(data)
	switch {
	case more || len(data) == 0:
	case size == 0:
		f.mode, f.lines.scanned = frameLine, 0
	default:
		f.lines.w.skip(size)
		f.mode, f.left = frameCount, count
	}
}

// countPrefix reads "MSG-LEN SP" before a '<'. size is its length, 0 where there
// is none; more says that data is too short to tell.
func countPrefix(data []byte) (count, size int, more bool) {
	i := 0
	for i < len(data) && i < MaxCountDigits && data[i] >= '0' && data[i] <= '9' {
		count = count*10 + int(data[i]-'0')
		i++
	}
	if i == len(data) {
		return 0, 0, true
	}
	if i == 0 || data[0] == '0' || data[i] != ' ' {
		return 0, 0, false
	}
	if i+1 == len(data) {
		return 0, 0, true
	}
	if data[i+1] != '<' {
		return 0, 0, false
	}
	return count, i + 1, false
}

// takeCounted returns the counted message, or its next part, when it is there.
func (f *FrameReader) takeCounted() (Piece, bool) {
	data := f.lines.w.bytes()
	if f.left > MaxPart {
		if len(data) < MaxPart {
			return Piece{}, false
		}
		f.lines.w.skip(MaxPart)
		f.left -= MaxPart
		f.lines.part++
		return Piece{Data: data[:MaxPart], Part: f.lines.part, Multi: true}, true
	}
	if len(data) < f.left {
		return Piece{}, false
	}
	data = data[:f.left]
	f.lines.w.skip(f.left)
	f.mode, f.left = frameStart, 0
	return f.finish(data), true
}

// finish makes a piece of a counted message's end. Many senders count a line
// ending into the message; it is not part of the record.
func (f *FrameReader) finish(data []byte) Piece {
	piece := f.lines.finish(bytes.TrimRight(data, "\r\n\x00"))
	piece.Multi = bytes.IndexByte(piece.Data, '\n') >= 0
	return piece
}

// Datagram returns the record that a syslog datagram holds. RFC 5426 allows one
// message in each, so newlines inside are part of it; line endings and NULs
// behind it are not. An empty record is to be skipped.
func Datagram(data []byte) Piece {
	data = bytes.TrimRight(data, "\r\n\x00")
	return Piece{Data: data, Multi: bytes.IndexByte(data, '\n') >= 0}
}
