package event

import (
	"slices"
	"strconv"
	"strings"
)

// step writes one value of a nested document. Documents are lists of steps,
// sorted by path so that what belongs into one object stands together.
type step struct {
	// path holds the keys from the outside in. A key that ends in "[]" is an
	// array with one object.
	path []string
	has  func(e *Event) bool
	// write appends the value; it is called only where has says yes.
	write func(dst []byte, e *Event) []byte
}

func path(dotted string) []string { return strings.Split(dotted, ".") }

// columnStep writes column c in its own JSON form.
func columnStep(dotted string, c Column) step {
	return step{path(dotted), func(e *Event) bool { return e.Has(c) }, func(dst []byte, e *Event) []byte {
		return appendColumn(dst, e, c)
	}}
}

// appendColumn appends the value of c as AppendJSON writes it.
func appendColumn(dst []byte, e *Event, c Column) []byte {
	switch {
	case c.IsText():
		dst, _ = appendString(dst, e.Text(c))
	case c.IsNumber():
		dst = e.appendNumber(dst, c)
	default:
		dst, _ = appendList(dst, e.List(c))
	}
	return dst
}

// constantStep writes text, which is JSON, into every document.
func constantStep(dotted, text string) step {
	return step{path(dotted), func(*Event) bool { return true }, func(dst []byte, _ *Event) []byte {
		return append(dst, text...)
	}}
}

// intStep writes the number that value returns.
func intStep(dotted string, has func(*Event) bool, value func(*Event) int64) step {
	return step{path(dotted), has, func(dst []byte, e *Event) []byte {
		return strconv.AppendInt(dst, value(e), 10)
	}}
}

// textStep writes the text that value returns, unless it is empty.
func textStep(dotted string, value func(*Event) string) step {
	return step{path(dotted), func(e *Event) bool { return value(e) != "" }, func(dst []byte, e *Event) []byte {
		dst, _ = appendString(dst, value(e))
		return dst
	}}
}

// extraStep writes all extra fields as one object.
func extraStep(dotted string) step {
	return step{path(dotted), func(e *Event) bool { return len(e.Extra) > 0 }, func(dst []byte, e *Event) []byte {
		dst, _ = appendExtra(dst, e.Extra)
		return dst
	}}
}

func sortSteps(steps []step) []step {
	slices.SortFunc(steps, func(a, b step) int { return slices.Compare(a.path, b.path) })
	return steps
}

// appendDocument appends the object that sorted steps describe.
func appendDocument(dst []byte, e *Event, steps []step) []byte {
	dst = append(dst, '{')
	var open []string
	for i := range steps {
		s := &steps[i]
		if !s.has(e) {
			continue
		}
		folders, leaf := s.path[:len(s.path)-1], s.path[len(s.path)-1]
		same := commonPrefix(open, folders)
		dst = appendClose(dst, open[same:])
		for _, key := range folders[same:] {
			name, isArray := strings.CutSuffix(key, "[]")
			dst = appendKey(dst, name)
			if isArray {
				dst = append(dst, '[')
			}
			dst = append(dst, '{')
		}
		open = folders
		dst = s.write(appendKey(dst, leaf), e)
	}
	return append(appendClose(dst, open), '}')
}

func commonPrefix(a, b []string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func appendKey(dst []byte, name string) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	dst = append(dst, '"')
	dst = append(dst, name...)
	return append(dst, '"', ':')
}

func appendClose(dst []byte, open []string) []byte {
	for _, o := range slices.Backward(open) {
		dst = append(dst, '}')
		if strings.HasSuffix(o, "[]") {
			dst = append(dst, ']')
		}
	}
	return dst
}

// appendObjects appends a list as objects with one key: [{"data":"a"}].
func appendObjects(dst []byte, key string, list []string) []byte {
	dst = append(dst, '[')
	for i, v := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendKey(append(dst, '{'), key)
		dst, _ = appendString(dst, v)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}
