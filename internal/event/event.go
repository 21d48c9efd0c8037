// Package event holds the common schema that every log line is brought into:
// the table of columns, the Event that carries one line's values, and the
// NDJSON codec that moves events between services.
//
// The table (Column.Info) is the single source: struct, codec, archive columns and
// docs/schema.md follow from it or are tested against it. The package does no
// I/O, starts no goroutine and reads no clock. Strings held by an Event are
// never copied: they share memory with the batch they were cut from, so a
// caller that keeps one field of a large batch for long should clone it.
package event

import (
	"math/bits"
	"net/netip"
	"slices"
	"time"
)

// Event is one log line in the common schema. The zero value is an empty event.
// It is not safe for concurrent use while it is being written.
type Event struct {
	set   [2]uint64
	text  [numText]string
	num   [numNum]int64
	lists [numList][]string
	// Extra holds what the log has beyond the schema, under the log's own
	// names and in the log's order. Names are unique.
	Extra []Field
	// index finds names in Extra once they are many, see indexFrom.
	index map[string]int
}

// maxKeptExtra is the number of extra fields up to which Reset keeps memory: one
// giant event must not weigh on all that follow.
const maxKeptExtra = 1024

// Reset empties e, keeping the memory of Extra for reuse.
func (e *Event) Reset() {
	if cap(e.Extra) > maxKeptExtra {
		*e = Event{}
		return
	}
	extra, index := e.Extra, e.index
	clear(extra)
	clear(index)
	*e = Event{Extra: extra[:0], index: index}
}

// Equal reports whether e and o hold the same values, extra fields in the same
// order.
func (e *Event) Equal(o *Event) bool {
	if e.set != o.set || e.text != o.text || e.num != o.num || !slices.Equal(e.Extra, o.Extra) {
		return false
	}
	for i := range e.lists {
		if !slices.Equal(e.lists[i], o.lists[i]) {
			return false
		}
	}
	return true
}

// Has reports whether column c has a value.
func (e *Event) Has(c Column) bool { return e.set[c>>6]&(1<<(c&63)) != 0 }

// Text returns the value of a text column, or "" where it has none. It panics
// when c is not a text, IP or Enum column.
func (e *Event) Text(c Column) string { return e.text[c] }

// SetText gives text column c the value s. The empty string clears it: in the
// schema an empty text is an absent one.
func (e *Event) SetText(c Column, s string) {
	if s == "" {
		e.Clear(c)
		return
	}
	e.text[c] = s
	e.mark(c)
}

// SetIP validates s as an IP address and stores its canonical text (IPv4-mapped
// IPv6 as IPv4, no zone). It reports false, changing nothing, when s is not one.
func (e *Event) SetIP(c Column, s string) bool {
	if isDottedQuad(s) {
		e.text[c] = s
		e.mark(c)
		return true
	}
	addr, err := netip.ParseAddr(s)
	if err != nil {
		return false
	}
	e.SetText(c, addr.Unmap().WithZone("").String())
	return true
}

// Int returns the value of a number column, or 0 where it has none; Has tells
// the two apart.
func (e *Event) Int(c Column) int64 { return e.num[c-numText] }

// SetInt gives number column c the value v.
func (e *Event) SetInt(c Column, v int64) {
	e.num[c-numText] = v
	e.mark(c)
}

// SetPort stores v in a port column; it reports false, changing nothing, when v
// is outside 0 to 65535.
func (e *Event) SetPort(c Column, v int64) bool {
	if v < 0 || v > 65535 {
		return false
	}
	e.SetInt(c, v)
	return true
}

// Time returns the value of a time column in UTC, or the zero time where it has
// none.
func (e *Event) Time(c Column) time.Time {
	if !e.Has(c) {
		return time.Time{}
	}
	return time.Unix(0, e.num[c-numText]).UTC()
}

// SetTime gives time column c the value t, to the nanosecond. Times before
// 1677-09-21 and after 2262-04-11 do not fit and are left out; the result
// reports that.
func (e *Event) SetTime(c Column, t time.Time) bool {
	if !fitsNanos(t) {
		return false
	}
	e.SetInt(c, t.UnixNano())
	return true
}

// List returns the values of a list column. The caller must not change them.
func (e *Event) List(c Column) []string { return e.lists[c-endNum] }

// SetList gives list column c the values vs, which e then shares with the
// caller: static lists cost nothing to set. An empty list clears the column.
func (e *Event) SetList(c Column, vs []string) {
	if len(vs) == 0 {
		e.Clear(c)
		return
	}
	e.lists[c-endNum] = vs
	e.mark(c)
}

// Append adds v to list column c without touching a list shared by SetList.
func (e *Event) Append(c Column, v string) {
	old := e.lists[c-endNum]
	e.lists[c-endNum] = append(slices.Clip(old), v)
	e.mark(c)
}

// Warn records that an optional part of the line was not valid and was left out.
func (e *Event) Warn(warning string) { e.Append(ParseWarnings, warning) }

// Clear removes the value of column c.
func (e *Event) Clear(c Column) {
	e.set[c>>6] &^= 1 << (c & 63)
	switch {
	case c < numText:
		e.text[c] = ""
	case c < endNum:
		e.num[c-numText] = 0
	default:
		e.lists[c-endNum] = nil
	}
}

// Columns calls yield with every column that has a value, in storage order,
// until it returns false.
func (e *Event) Columns(yield func(Column) bool) {
	for w, word := range e.set {
		for ; word != 0; word &= word - 1 {
			if !yield(Column(w<<6 + bits.TrailingZeros64(word))) {
				return
			}
		}
	}
}

func (e *Event) mark(c Column) { e.set[c>>6] |= 1 << (c & 63) }

// isDottedQuad reports whether s is an IPv4 address in canonical form: the one
// common case, told without allocating.
func isDottedQuad(s string) bool {
	if len(s) < 7 || len(s) > 15 {
		return false
	}
	parts, digits, value := 0, 0, 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '.' {
			if digits == 0 {
				return false
			}
			parts, digits, value = parts+1, 0, 0
			continue
		}
		if c < '0' || c > '9' || digits > 0 && value == 0 {
			return false
		}
		digits++
		if value = value*10 + int(c-'0'); value > 255 {
			return false
		}
	}
	return parts == 3 && digits > 0
}
