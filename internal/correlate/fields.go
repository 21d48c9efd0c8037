package correlate

import (
	"encoding/binary"
	"strconv"
	"strings"
)

// packFields packs the order of an event and the named values that outer
// correlations need of it. unpackFields takes them apart.
func packFields(order uint64, names, values []string) string {
	b := binary.AppendUvarint(nil, order)
	for i, name := range names {
		for _, s := range []string{name, values[i]} {
			b = binary.AppendUvarint(b, uint64(len(s)))
			b = append(b, s...)
		}
	}
	return string(b)
}

func unpackFields(s string) (order uint64, values map[string]string) {
	r := matchReader{rest: s}
	order = r.uint()
	values = make(map[string]string)
	for r.rest != "" && !r.bad {
		name := r.bytes(r.count())
		values[name] = r.bytes(r.count())
	}
	return order, values
}

// eventOrder returns the place of the event with the given id among those of the
// same millisecond: by batch, then by line. Ids are "<batch>-<line>", where a
// batch ends in its sequence, base 36, or, if its sender named it
// ("<source>.<name>"), often in a decimal number that grows, such as a file's
// offset. Others compare by their line alone.
func eventOrder(id string) uint64 {
	const lineBits = 20
	batch, last, ok := cutLast(id)
	if !ok {
		return 0
	}
	line, err := strconv.ParseUint(last, 10, lineBits)
	if err != nil {
		return 0
	}
	base := 36
	if strings.Contains(batch, ".") {
		base = 10
	}
	if _, number, ok := cutLast(batch); ok {
		if n, err := strconv.ParseUint(number, base, 64-lineBits); err == nil {
			return n<<lineBits | line
		}
	}
	return line
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, '-')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}
