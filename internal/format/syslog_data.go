package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// elementName returns the name of the first element of structured data.
func elementName(data string) string {
	if data == "" {
		return ""
	}
	c := scan(data[1:])
	return sdName(&c)
}

// payloadByElement returns the payload that reads the structured data, nil where
// there is none.
func payloadByElement(data string) *payload {
	name := elementName(data)
	if name == "" {
		return nil
	}
	for _, p := range builtin.withData {
		if p.ownsElement(name) {
			return p
		}
	}
	return nil
}

func (p *payload) ownsElement(name string) bool {
	for _, element := range p.elements {
		if element[0] == '@' && strings.HasSuffix(name, element) || strings.HasPrefix(name, element) {
			return true
		}
	}
	return false
}

// takeData fills e from the envelope and its structured data: the first element
// is the payload's, others go to extra as they do for every program.
func (p *payload) takeData(v *envelope, c *Context, e *event.Event) {
	o := borrowObject()
	defer o.release()
	members, rest := cutElement(v.data, o.members)
	o.members = members
	v.data = rest
	v.fill(e)
	p.data(members, v, c, e)
	e.SetText(event.Format, p.format)
}

// cutElement appends the parameters of the first element, which was checked.
// Values without a meaning, empty and "-", are left out.
func cutElement(data string, members []member) (out []member, rest string) {
	c := scan(data)
	c.i++
	sdName(&c)
	for c.skip(' ') {
		name := sdName(&c)
		c.i++
		value, _ := c.quoted()
		members = appendRepeated(members, name, unescapeParameter(value))
	}
	c.i++
	return members, c.s[min(c.i, len(c.s)):]
}

// appendRepeated adds a member; a name that was there gets the first free of
// "_2", "_3" and so on unless the value is the same.
func appendRepeated(members []member, name, value string) []member {
	if value == "" || value == "-" {
		return members
	}
	free := name
	for n := 2; n <= 9; n++ {
		m := findMember(members, free)
		if m == nil {
			break
		}
		if m.text == value {
			return members
		}
		free = name + "_" + string(rune('0'+n))
	}
	return append(members, member{name: free, text: value, kind: bareKind(value), bare: true})
}

// isVersionless reports whether text is a header of RFC 5424 whose version was
// lost: a time, four fields and structured data with an enterprise's number.
func isVersionless(text string) bool {
	if !startsWithISO(text) {
		return false
	}
	head := text[:min(len(text), 320)]
	open := strings.IndexByte(head, '[')
	if open < 2 || head[open-1] != ' ' || strings.Count(head[:open], " ") != 5 || strings.Contains(head[:open], "  ") {
		return false
	}
	c := scan(head[open+1:])
	name := sdName(&c)
	return strings.IndexByte(name, '@') > 0 || isCheckPointData(text[open:])
}
