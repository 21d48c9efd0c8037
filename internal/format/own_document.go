package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// parseObject reads a JSON object.
func (o *Own) parseObject(line string, d *document) error {
	object, err := scanObject(line)
	if err != nil {
		return err
	}
	defer object.release()
	return o.fillObject(object, d)
}

func (o *Own) fillObject(object *object, d *document) error {
	if err := o.checkRequired(object.members, d.c); err != nil {
		return err
	}
	o.storeMembers(object.members, d)
	return nil
}

// parsePairs reads a line of key=value pairs.
func (o *Own) parsePairs(line string, d *document) error {
	var space [stackMembers]member
	members, err := o.cutPairs(line, space[:0])
	if err != nil {
		return err
	}
	if err := o.checkRequired(members, d.c); err != nil {
		return err
	}
	o.storeMembers(members, d)
	return nil
}

// checkRequired refuses documents without a required field.
func (o *Own) checkRequired(members []member, c *Context) error {
	for _, f := range o.required {
		m := findPath(members, f.name)
		text := scalarText(m)
		if m != nil && m.kind == event.KindBool {
			text = m.text
		}
		if m == nil || o.isAbsent(text) && m.kind != event.KindObject && m.kind != event.KindArray {
			return &Error{Reason: "expected the field " + f.name}
		}
		if _, ok := f.fits(text, c); !ok {
			return &Error{Reason: "expected " + f.typ.doc + " in the field " + f.name}
		}
	}
	return nil
}

// findPath returns the member of a name, or of a dotted path.
func findPath(members []member, name string) *member {
	if m := findMember(members, name); m != nil {
		return m
	}
	for i := 0; i < len(name); i++ {
		if name[i] != '.' {
			continue
		}
		if m := findMember(members, name[:i]); m != nil && m.kind == event.KindObject {
			inner := m.fields()
			return findPath(inner, name[i+1:])
		}
	}
	return nil
}

// storeMembers puts the members of a document into the event: those that have a
// field or the name of a column where these say, all others to extra.
func (o *Own) storeMembers(members []member, d *document) {
	hideRepeats(members)
	if o.nested.nests(members) {
		members = o.nested.flatten(members)
	}
	for i := range members {
		if !members[i].done {
			o.storeMember(&members[i], d)
		}
	}
}

func (o *Own) storeMember(m *member, d *document) {
	f := o.fields[m.name]
	if f == nil {
		if m.kind == event.KindString && m.str() == "" || m.kind == event.KindNull {
			return
		}
		keepMember(m, d.e)
		return
	}
	var text string
	switch m.kind {
	case event.KindString:
		text = m.str()
	case event.KindNumber, event.KindBool:
		text = m.text
	case event.KindArray:
		if list, ok := jsonTexts(m.text); ok && f.columned && f.column.IsList() && !d.taken[f.column] {
			d.e.SetList(f.column, list)
			d.taken[f.column] = true
			return
		}
		keepMember(m, d.e)
		return
	default:
		if m.kind == event.KindObject {
			keepMember(m, d.e)
		}
		return
	}
	if o.isAbsent(text) {
		return
	}
	if !f.columned && f.values == nil {
		keepMember(m, d.e)
		return
	}
	if !f.store(d, ownValue{text: text, set: true}) {
		d.e.Warn(f.name + ": not a value of " + f.column.String())
		keepMember(m, d.e)
	}
}

// keepMember moves a member to extra.
func keepMember(m *member, e *event.Event) {
	v := event.Value{Kind: m.kind, Text: m.text}
	if m.kind == event.KindString {
		v.Text = m.str()
	} else {
		v.Text = oneLine(v.Text)
	}
	e.SetExtra(m.name, v)
}

// pairStyle is how pairs are written.
type pairStyle struct {
	// between stands between pairs, assign between key and value.
	between, assign string
}

// cutPairs appends the pairs of text to members.
func (o *Own) cutPairs(text string, members []member) ([]member, error) {
	c := scan(text)
	alone := 0
	for {
		for c.skipSpaces() > 0 || c.skipText(o.pairs.between) {
		}
		if c.done() {
			break
		}
		if len(members) == maxMembers {
			return nil, c.fail("the line has more than 8192 keys")
		}
		var m member
		start := c.i
		pair, reason := o.pairs.cut(&c, &m)
		if reason != "" {
			return nil, c.fail(reason)
		}
		if !pair {
			alone++
		}
		if c.i == start || alone > 0 && len(members) == 0 {
			return nil, &Error{Reason: "expected key" + o.pairs.assign + "value", Offset: start}
		}
		members = append(members, m)
	}
	if pairs := len(members) - alone; pairs == 0 || alone*2 > pairs {
		return nil, &Error{Reason: "expected key" + o.pairs.assign + "value pairs, found mostly words"}
	}
	return members, nil
}

// cut reads one pair, or a key alone.
func (s *pairStyle) cut(c *cursor, m *member) (pair bool, reason string) {
	rest := c.rest()
	end := strings.Index(rest, s.between)
	if end < 0 {
		end = len(rest)
	}
	assign := strings.Index(rest[:end], s.assign)
	if assign < 0 {
		m.name, m.kind, m.text = strings.TrimSpace(rest[:end]), event.KindBool, "true"
		c.i += end
		if !isOwnName(m.name) {
			return false, "expected a key"
		}
		return false, ""
	}
	m.name = strings.TrimSpace(rest[:assign])
	if !isOwnName(m.name) {
		return false, "expected a key before '" + s.assign + "'"
	}
	c.i += assign + len(s.assign)
	if s.between != " " {
		c.skipSpaces()
	}
	return true, s.cutValue(c, m)
}

func (s *pairStyle) cutValue(c *cursor, m *member) (reason string) {
	if c.peek() == '"' {
		text, ok := c.quoted()
		if !ok {
			return "a quoted value is not closed"
		}
		m.kind, m.text, m.escaped = event.KindString, text, strings.IndexByte(text, '\\') >= 0
		if rest := c.rest(); rest != "" && rest[0] != ' ' && !strings.HasPrefix(rest, s.between) {
			return "expected the next pair behind a quoted value"
		}
		return ""
	}
	rest := c.rest()
	end := strings.Index(rest, s.between)
	if end < 0 {
		end = len(rest)
	}
	c.i += end
	m.text, m.bare = strings.TrimSpace(rest[:end]), true
	m.kind = bareKind(m.text)
	return ""
}
