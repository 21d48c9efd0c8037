package sigma

import "strings"

// JSON reads values out of JSON text without decoding the rest of it. It holds
// memory for the strings that had escapes: those live until Reset. The zero value
// is ready; one goroutine at a time may use it.
//
// The text should be valid JSON. Of text that is not, some values may be missing
// or cut short; nothing worse happens.
type JSON struct {
	text arena
}

// Reset drops all texts handed out so far.
func (j *JSON) Reset() { j.text.reset() }

// Walk appends the scalars at a dotted path below the JSON value text: object
// keys are followed by name, arrays by every element, and arrays at the end are
// flattened. An empty path is the value itself. It reports whether the last key
// of the path is there.
func (j *JSON) Walk(text, path string, dst []Value) (values []Value, present bool) {
	return j.walk(text, path, dst, 0)
}

// maxWalk bounds the recursion through arrays in arrays.
const maxWalk = 100

func (j *JSON) walk(text, path string, dst []Value, depth int) ([]Value, bool) {
	if path == "" {
		return j.Scalars(text, dst), true
	}
	at := skipSpace(text, 0)
	if at == len(text) || depth > maxWalk {
		return dst, false
	}
	switch text[at] {
	case '{':
		name, rest, _ := strings.Cut(path, ".")
		value, ok := j.member(text[at:], name)
		if !ok {
			return dst, false
		}
		return j.walk(value, rest, dst, depth+1)
	case '[':
		present := false
		for element := range elements(text[at:]) {
			var found bool
			dst, found = j.walk(element, path, dst, depth+1)
			present = present || found
		}
		return dst, present
	}
	return dst, false
}

// member returns the text of an object's member; the last one of a name wins.
func (j *JSON) member(object, name string) (value string, ok bool) {
	for i := 1; ; {
		i = skipSpace(object, i)
		if i < len(object) && object[i] == ',' {
			i = skipSpace(object, i+1)
		}
		if i >= len(object) || object[i] != '"' {
			return value, ok
		}
		end := stringEnd(object, i)
		key := object[i+1 : max(end-1, i+1)]
		i = skipSpace(object, end)
		if i >= len(object) || object[i] != ':' {
			return value, ok
		}
		start := skipSpace(object, i+1)
		i = valueEnd(object, start)
		if key == name || strings.IndexByte(key, '\\') >= 0 && j.unescape(key) == name {
			value, ok = object[start:i], true
		}
	}
}

// elements yields the texts of an array's elements.
func elements(array string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for i := 1; ; {
			i = skipSpace(array, i)
			if i < len(array) && array[i] == ',' {
				i = skipSpace(array, i+1)
			}
			if i >= len(array) || array[i] == ']' {
				return
			}
			end := valueEnd(array, i)
			if end == i || !yield(array[i:end]) {
				return
			}
			i = end
		}
	}
}

// Scalars appends the scalar that the JSON value text is, or those of an array,
// nested arrays flattened. An object appends nothing.
func (j *JSON) Scalars(text string, dst []Value) []Value {
	for i := skipSpace(text, 0); i < len(text); i = skipSpace(text, i) {
		switch text[i] {
		case '[', ']', ',':
			i++
		default:
			end := valueEnd(text, i)
			if end == i {
				return dst
			}
			dst = j.scalar(text[i:end], dst)
			i = end
		}
	}
	return dst
}

// Leaves appends every scalar inside the JSON value text; names of object
// members are left out.
func (j *JSON) Leaves(text string, dst []Value) []Value {
	for i := skipSpace(text, 0); i < len(text); i = skipSpace(text, i) {
		switch text[i] {
		case '[', ']', '{', '}', ',', ':':
			i++
			continue
		}
		end := valueEnd(text, i)
		if end == i {
			return dst
		}
		next := skipSpace(text, end)
		if text[i] != '"' || next == len(text) || text[next] != ':' {
			dst = j.scalar(text[i:end], dst)
		}
		i = end
	}
	return dst
}

// scalar appends the value of a JSON scalar; an object appends nothing.
func (j *JSON) scalar(text string, dst []Value) []Value {
	switch text[0] {
	case '{':
		return dst
	case '"':
		inner := text[1:max(len(text)-1, 1)]
		if strings.IndexByte(inner, '\\') >= 0 {
			inner = j.unescape(inner)
		}
		return append(dst, Value{Kind: StringValue, Text: inner})
	case 't', 'f':
		return append(dst, Value{Kind: BoolValue, Text: text})
	case 'n':
		return append(dst, Value{Kind: NullValue})
	}
	return append(dst, Number(text))
}

// Number returns the value of a JSON number.
func Number(literal string) Value {
	text := NumberText(literal)
	if len(text) <= 18 && isInteger(text) {
		num, _ := parseDecimal(text)
		if v, ok := num.small(); ok {
			return Value{Kind: IntValue, Text: text, Int: v}
		}
	}
	return Value{Kind: NumberValue, Text: text}
}
