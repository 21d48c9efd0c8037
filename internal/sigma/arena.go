package sigma

import (
	"strconv"
	"unsafe"
)

// arena holds texts that live until the next reset, so that making them does
// not allocate once the arena has grown to what events need.
//
// The texts share the arena's memory, which is sound because nothing that was
// appended is overwritten before reset, and a Matcher resets it only between
// events, when it has dropped every text of the event before.
type arena struct {
	buf []byte
}

// maxArena is how much memory an arena keeps from one event to the next.
const maxArena = 1 << 20

func (a *arena) reset() {
	if cap(a.buf) > maxArena {
		a.buf = nil
	}
	a.buf = a.buf[:0]
}

// since returns what was appended from start on.
func (a *arena) since(start int) string {
	if start == len(a.buf) {
		return ""
	}
	return unsafe.String(&a.buf[start], len(a.buf)-start) //nolint:gosec // see arena
}

func (a *arena) fold(s string) string {
	start := len(a.buf)
	a.buf = appendFold(a.buf, s)
	return a.since(start)
}

func (a *arena) integer(v int64) string {
	start := len(a.buf)
	a.buf = strconv.AppendInt(a.buf, v, 10)
	return a.since(start)
}
