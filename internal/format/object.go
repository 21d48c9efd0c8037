package format

import (
	"iter"
	"sync"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// object is a JSON document, scanned once: whoever chooses its format and
// whoever reads it look at the same members.
type object struct {
	line    string
	members []member
	// spare is memory for members that flatten needs.
	spare []member
}

// stackMembers is how many members a list of them has room for at first.
const stackMembers = 48

// objects keeps the memory of scanned documents for the next one: what claims
// and reads a document is chosen at run time, so it can't be on the stack.
var objects sync.Pool

// scanObject reads all of line as one JSON object. The caller gives it back with
// release.
func scanObject(line string) (*object, error) {
	o := borrowObject()
	j := jsonScanner{s: line, bytes: true}
	o.line, o.members = line, j.object("", o.members)
	if j.err == nil && !j.end() {
		j.fail(j.i, "expected nothing behind the object")
	}
	if j.err != nil {
		o.release()
		return nil, j.err
	}
	return o, nil
}

// borrowObject returns an object without members. Lines of other kinds than JSON
// may borrow one for the memory of its members.
func borrowObject() *object {
	o, ok := objects.Get().(*object)
	if !ok {
		o = &object{members: make([]member, 0, stackMembers)}
	}
	return o
}

// release makes o's memory free for the next document. Strings that came from o
// stay valid.
func (o *object) release() {
	const keep = 1024
	if cap(o.members) > keep || cap(o.spare) > keep {
		return
	}
	clear(o.members)
	o.line, o.members = "", o.members[:0]
	objects.Put(o)
}

// flatten takes the objects apart that hold names of m, see mapping: their
// members are then o's own, under dotted names, and find, text and take know
// them by these.
func (o *object) flatten(m *mapping) {
	if !m.nests(o.members) {
		return
	}
	out := o.spare[:0]
	for i := range o.members {
		out = m.appendFlat(out, o.members[i], 0)
	}
	clear(o.members)
	o.members, o.spare = out, o.members[:0]
}

// innerObject scans the object that m is, or that the string m holds is. The
// caller gives it back with release; nil is no object.
func (m *member) innerObject() *object {
	if m == nil || m.kind != event.KindObject && m.kind != event.KindString {
		return nil
	}
	text := m.text
	if m.kind == event.KindString {
		text = m.str()
	}
	o, err := scanObject(text)
	if err != nil {
		return nil
	}
	return o
}

// unwrap makes the object or array of a string that holds one: exports of tables
// write nested values as text.
func (m *member) unwrap() {
	if m == nil || m.kind != event.KindString {
		return
	}
	text := m.str()
	if text == "" || text[0] != '{' && text[0] != '[' {
		return
	}
	j := jsonScanner{s: text}
	kind, all, _ := j.value()
	if j.err != nil || !j.end() {
		return
	}
	m.kind, m.text = kind, all
}

// first returns the first element of an array, nil where there is none, and how
// many elements there are.
func (m *member) first() (one *member, n int) {
	for element := range m.elements() {
		if n == 0 {
			one = element
		}
		n++
	}
	return one, n
}

// find returns the member called name, the last one where it repeats, or nil.
func (o *object) find(name string) *member { return findMember(o.members, name) }

func findMember(members []member, name string) *member {
	for i := len(members) - 1; i >= 0; i-- {
		if members[i].name == name {
			return &members[i]
		}
	}
	return nil
}

// has reports whether there is a member called name.
func (o *object) has(name string) bool { return o.find(name) != nil }

// text returns the string, or the text of the number, that the member called
// name has; "" for every other kind and where there is none.
func (o *object) text(name string) string { return scalarText(o.find(name)) }

// take is text, and keeps the member out of extra: its caller puts it into a
// column.
func (o *object) take(name string) string {
	m := o.find(name)
	if m == nil || m.done {
		return ""
	}
	text := scalarText(m)
	m.done = text != ""
	return text
}

// at is text for a path of members inside of each other. The objects on the way
// stay as they are.
func (o *object) at(path ...string) string {
	m := o.find(path[0])
	for _, name := range path[1:] {
		m = m.inner(name)
	}
	return scalarText(m)
}

// inner returns the member called name of an object, nil where there is none.
func (m *member) inner(name string) *member {
	// Short enough to become part of its caller, so that the copy needs no
	// memory of its own.
	one, ok := m.findInner(name)
	if !ok {
		return nil
	}
	return &one
}

func (m *member) findInner(name string) (found member, ok bool) {
	if m == nil || m.kind != event.KindObject {
		return found, false
	}
	var one member
	j := jsonScanner{s: m.text, known: true}
	for j.member(&one) {
		if one.name == name {
			found, ok = one, true
		}
	}
	return found, ok
}

// fields returns the members of an object, nil for every other kind.
func (m *member) fields() []member {
	if m == nil || m.kind != event.KindObject {
		return nil
	}
	j := jsonScanner{s: m.text, known: true}
	return j.object("", nil)
}

// appendFields is fields with the memory of its caller.
func (m *member) appendFields(fields []member) []member {
	if m == nil || m.kind != event.KindObject {
		return fields
	}
	j := jsonScanner{s: m.text, known: true}
	return j.object("", fields)
}

// elements yields the elements of an array, as members without a name; nothing
// for every other kind.
func (m *member) elements() iter.Seq[*member] {
	return func(yield func(*member) bool) {
		if m == nil || m.kind != event.KindArray {
			return
		}
		j := jsonScanner{s: m.text, i: 1, known: true}
		for j.next() != ']' {
			var one member
			one.kind, one.text, one.escaped = j.value()
			if j.err != nil || !yield(&one) || j.next() != ',' {
				return
			}
			j.i++
		}
	}
}

// scalarText returns the text of a string or a number, "" for the rest.
func scalarText(m *member) string {
	if m == nil {
		return ""
	}
	switch m.kind {
	case event.KindString:
		return m.str()
	case event.KindNumber:
		return m.text
	default:
		return ""
	}
}
