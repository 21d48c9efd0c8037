package listen

import (
	"errors"
	"io"
)

// windowMin is what a window first allocates: most connections never need more.
const windowMin = 4 << 10

// maxEmptyReads is how often in a row a reader may return nothing and no error.
const maxEmptyReads = 100

// window is the part of a stream that was read and not yet consumed. It grows
// as needed up to max bytes and is reused for the whole stream.
type window struct {
	r     io.Reader
	buf   []byte
	start int
	end   int
	max   int
	// err ends the stream; it is kept until everything before it is consumed.
	err error
}

func newWindow(r io.Reader, limit int) window { return window{r: r, max: limit} }

// bytes returns what is there; it is valid until the next fill.
func (w *window) bytes() []byte { return w.buf[w.start:w.end] }

// skip consumes n bytes.
func (w *window) skip(n int) {
	w.start += n
	if w.start == w.end {
		w.start, w.end = 0, 0
	}
}

// fill reads more behind what is there, once. It returns the reader's error
// when nothing came with it; io.EOF is kept, any other may be passed (a
// deadline) and is not. It must not be called with a full window.
func (w *window) fill() error {
	if w.err != nil {
		return w.err
	}
	w.makeRoom()
	for range maxEmptyReads {
		n, err := w.r.Read(w.buf[w.end:])
		w.end += n
		if errors.Is(err, io.EOF) {
			w.err = io.EOF
			err = io.EOF
		}
		if n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

func (w *window) full() bool { return w.end-w.start >= w.max }

func (w *window) makeRoom() {
	if w.end < len(w.buf) {
		return
	}
	if w.start > 0 {
		w.end = copy(w.buf, w.buf[w.start:w.end])
		w.start = 0
		return
	}
	grown := make([]byte, min(max(2*len(w.buf), windowMin), w.max))
	copy(grown, w.buf[:w.end])
	w.buf = grown
}
