package format

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// member is one name and value of a document: a JSON object or a logfmt line.
type member struct {
	name string
	// text is as event.Value has it, save that a string may still be escaped.
	text    string
	kind    event.Kind
	escaped bool
	// bare says that the kind is a guess from the text: logfmt has no types, so
	// 1001 may be a user.
	bare bool
	// done says that the member is in a column, or hidden by a later one of the
	// same name.
	done bool
	// known says that rule is set.
	known bool
	rule  rule
}

// str returns the decoded string of a KindString member.
func (m *member) str() string {
	if m.escaped {
		m.text, m.escaped = unescape(m.text), false
	}
	return m.text
}

// value returns the member's value as extra fields hold it.
func (m *member) value() event.Value {
	if m.kind == event.KindString {
		return event.Value{Kind: m.kind, Text: m.str()}
	}
	return event.Value{Kind: m.kind, Text: oneLine(m.text)}
}

// document maps members to an event.
type document struct {
	e       *event.Event
	c       *Context
	members []member
	rules   map[string]rule
	// taken marks the columns that this document has set. A column that an
	// envelope set before may be set again: the document knows better.
	taken [event.NumColumns]bool
	// web: there is an HTTP method. own: there is an event_type of the schema.
	// numbered: levels are those of Bunyan and Pino.
	web, own, numbered bool
}

// mapping says which members of a product's documents become which columns.
// Names may be paths with dots: the objects on the way are then taken apart, and
// their other members go to extra under their paths.
type mapping struct {
	rules map[string]rule
	// objects are the paths of the objects that are taken apart.
	objects map[string]bool
	paths   *paths
}

// newMapping returns the mapping of a product: its own names and nothing else.
func newMapping(groups ...nameGroup) *mapping {
	m := &mapping{rules: make(map[string]rule, 64), paths: new(paths)}
	for _, g := range groups {
		for _, name := range g.names {
			m.rules[name] = g.rule
		}
	}
	m.objects = pathObjects(m.rules)
	return m
}

// fill sets e from members, in which it may scribble: those of the mapping
// become columns where their value fits the column's type, all others that are
// not done go to extra under their own name. It cannot fail.
func (m *mapping) fill(members []member, c *Context, e *event.Event) {
	for i := range members {
		if members[i].kind == event.KindObject && !members[i].done && m.objects[members[i].name] {
			members = m.flatten(members)
			break
		}
	}
	fillMembers(members, m.rules, c, e)
}

// flatten replaces the objects that hold names of the mapping by their members,
// under dotted names. Objects that hold none stay whole.
func (m *mapping) flatten(members []member) []member {
	out := make([]member, 0, 2*len(members))
	for i := range members {
		out = m.appendFlat(out, members[i], 0)
	}
	return out
}

// maxFlatDepth is how deep names of a mapping may stand.
const maxFlatDepth = 4

func (m *mapping) appendFlat(out []member, one member, depth int) []member {
	if one.kind != event.KindObject || one.done || depth == maxFlatDepth || !m.objects[one.name] {
		return append(out, one)
	}
	prefix := one.name
	j := jsonScanner{s: one.text, known: true}
	for one = (member{}); j.member(&one); {
		one.name = m.paths.join(prefix, one.name)
		if one.kind == event.KindObject {
			out = m.appendFlat(out, one, depth+1)
			continue
		}
		out = append(out, one)
	}
	return out
}

// nests reports whether one of members is to be taken apart.
func (m *mapping) nests(members []member) bool {
	for i := range members {
		if members[i].kind == event.KindObject && m.objects[members[i].name] {
			return true
		}
	}
	return false
}

// pathObjects returns the objects that the dotted names of rules stand in.
func pathObjects(rules map[string]rule) map[string]bool {
	objects := make(map[string]bool)
	for name := range rules {
		for i := range len(name) {
			if name[i] == '.' {
				objects[name[:i]] = true
			}
		}
	}
	return objects
}

// fillDocument sets e from the members of a document of no known product, by the
// names that loggers agree on.
func fillDocument(members []member, c *Context, e *event.Event) {
	fillMembers(members, wellKnown, c, e)
}

func fillMembers(members []member, rules map[string]rule, c *Context, e *event.Event) {
	hideRepeats(members)
	fillRuled(members, rules, c, e)
}

// fillRuled is fillMembers for members whose names are different. Without rules
// the members bring theirs along.
func fillRuled(members []member, rules map[string]rule, c *Context, e *event.Event) {
	d := document{e: e, c: c, members: members, rules: rules}
	ranks := d.recognize()
	for rank := uint8(0); rank <= maxRank; rank++ {
		if ranks&(1<<rank) != 0 {
			d.setColumns(rank)
		}
	}
	d.keepRest()
	d.conclude()
}

// recognize looks up the members' names, decides what kind of document they make
// and returns the ranks that occur, a bit each.
func (d *document) recognize() (ranks uint8) {
	pid, hostname, msg, clock := false, false, false, false
	for i := range d.members {
		m := &d.members[i]
		if m.done {
			continue
		}
		if d.rules != nil {
			m.rule, m.known = d.rules[m.name]
		}
		if m.known {
			ranks |= 1 << m.rule.rank
		}
		switch {
		case m.name == "pid":
			pid = true
		case m.name == "hostname":
			hostname = true
		case m.name == "msg":
			msg = true
		case m.name == "time":
			clock = true
		case !m.known || m.kind != event.KindString:
		case m.rule.as == asMethod && isKnownMethod(m.text), m.rule.as == asRequest && isRequestLine(m.str()):
			d.web = true
		case m.rule.column == event.EventType && slices.Contains(event.EventType.Info().Values, m.text):
			d.own = true
		}
	}
	d.numbered = pid && hostname || msg && clock
	return ranks
}

// hideRepeats marks all but the last member of every name as done. The usual
// document has no repeats, which a 64-bit filter shows without comparing names.
func hideRepeats(members []member) {
	if len(members) > 64 {
		hideRepeatsByMap(members)
		return
	}
	var filter uint64
	for i := range members {
		name := members[i].name
		bit := uint64(1) << (nameMix(name) & 63)
		if filter&bit == 0 {
			filter |= bit
			continue
		}
		for k := range members[:i] {
			if members[k].name == name {
				members[k].done = true
			}
		}
	}
}

func nameMix(name string) int {
	if name == "" {
		return 0
	}
	return len(name)*7 + int(name[0])*3 + int(name[len(name)-1])*5 + int(name[len(name)/2])
}

func hideRepeatsByMap(members []member) {
	last := make(map[string]int, len(members))
	for i := range members {
		if k, ok := last[members[i].name]; ok {
			members[k].done = true
		}
		last[members[i].name] = i
	}
}

func (d *document) setColumns(rank uint8) {
	for i := range d.members {
		m := &d.members[i]
		if !m.known || m.done || m.rule.rank != rank || d.taken[m.rule.column] || m.rule.web && !d.web || m.rule.own && !d.own {
			continue
		}
		if d.set(m) {
			m.done = true
			d.taken[m.rule.column] = true
		}
	}
}

// set gives the member's column its value; it reports false where the value does
// not fit.
func (d *document) set(m *member) bool {
	c := m.rule.column
	if m.bare {
		return d.setText(c, m.rule.as, m.text)
	}
	switch m.kind {
	case event.KindString:
		return d.setText(c, m.rule.as, m.str())
	case event.KindNumber:
		return d.setNumber(c, m.rule.as, m.text)
	case event.KindArray:
		return d.setArray(c, m.rule.as, m.text)
	default:
		return false
	}
}

func (d *document) setText(c event.Column, as reading, s string) bool {
	if s == "" || s == "-" {
		return false
	}
	e := d.e
	switch as {
	case asText, asCode:
		e.SetText(c, s)
		return true
	case asIP:
		return d.setAddress(c, s)
	case asTime:
		nanos, ok := anyTime(s, d.c.Zone)
		if ok {
			e.SetInt(c, nanos)
		}
		return ok
	case asUTC:
		nanos, ok := anyTime(s, time.UTC)
		if ok {
			e.SetInt(c, nanos)
		}
		return ok
	case asLevel:
		return setLevel(e, s)
	case asProtocol:
		return setProtocol(e, s)
	case asVersion:
		return setVersion(e, s)
	case asMethod:
		if isKnownMethod(s) {
			e.SetText(c, s)
		}
		return isKnownMethod(s)
	case asTarget:
		if s[0] == '/' || strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") || d.web && s == "*" {
			fillTarget(e, e.Text(event.HTTPMethod), s)
			return true
		}
		return false
	case asRequest:
		if isRequestLine(s) {
			fillRequest(e, s)
			d.taken[event.HTTPMethod], d.taken[event.HTTPVersion] = true, true
			return true
		}
		return false
	case asEnum:
		if slices.Contains(c.Info().Values, s) {
			e.SetText(c, s)
			return true
		}
		return false
	default:
		return d.setNumber(c, as, s)
	}
}

func (d *document) setNumber(c event.Column, as reading, s string) bool {
	switch as {
	case asCode:
		d.e.SetText(c, s)
		return true
	case asTime, asUTC:
		nanos, ok := epochTime(s)
		if ok {
			d.e.SetInt(c, nanos)
		}
		return ok
	case asLevel:
		level, ok := numberedLevel(s)
		if ok && d.numbered {
			d.e.SetText(c, level)
		}
		return ok && d.numbered
	}
	v, ok := parseUint(s)
	switch {
	case !ok:
		return false
	case as == asPort:
		return d.e.SetPort(c, v)
	case as == asStatus && v >= 100 && v <= 599, as == asCount:
		d.e.SetInt(c, v)
		return true
	default:
		return false
	}
}

// setAddress takes an address, or one with a port, which sets the port's column
// too where no member of its own does.
func (d *document) setAddress(c event.Column, s string) bool {
	if d.e.SetIP(c, s) {
		return true
	}
	at, err := netip.ParseAddrPort(s)
	if err != nil {
		return false
	}
	port := event.SourcePort
	if c == event.DestinationIP {
		port = event.DestinationPort
	}
	if !d.taken[port] {
		d.e.SetPort(port, int64(at.Port()))
	}
	return d.e.SetIP(c, at.Addr().String())
}

// setArray takes a list of strings, all of them or nothing.
func (d *document) setArray(c event.Column, as reading, text string) bool {
	if as != asList && as != asSources {
		return false
	}
	j := jsonScanner{s: text, i: 1}
	var list []string
	for j.next() == '"' && len(list) < maxListed {
		s, escaped := j.str()
		if escaped {
			s = unescape(s)
		}
		if as == asSources && strings.Count(s, ":") != 2 {
			return false
		}
		list = append(list, s)
		if j.next() == ']' {
			d.e.SetList(c, list)
			return true
		}
		j.i++
	}
	return false
}

// maxListed is how many entries a list column takes from a document; a longer
// list stays in extra.
const maxListed = 256

// keepRest moves what is in no column to extra.
func (d *document) keepRest() {
	before := len(d.e.Extra)
	for i := range d.members {
		m := &d.members[i]
		if m.done {
			continue
		}
		if m.known && m.rule.as == asUTC && !d.taken[event.EventTime] && m.kind != event.KindNull {
			d.e.Warn(m.name + " is not a time: left in extra")
		}
		v := m.value()
		if before > 0 {
			d.e.SetExtra(m.name, v)
			continue
		}
		// The names are unique, so there is no need to look for them.
		d.e.Extra = append(d.e.Extra, event.Field{Name: m.name, Value: v})
	}
}

var webSources = []string{"webserver::"}

// conclude sets what follows from several members: the level where only a
// severity says it, and that a document with an HTTP method, a path and a status
// is an access log's.
func (d *document) conclude() {
	e := d.e
	if d.taken[event.Severity] && !d.taken[event.LogLevel] {
		setLevel(e, e.Text(event.Severity))
	}
	if !d.web || !d.taken[event.StatusCode] || !strings.HasPrefix(e.Text(event.RequestPath), "/") {
		return
	}
	if !d.taken[event.EventType] {
		e.SetText(event.EventType, event.HTTPAccess)
	}
	if !d.taken[event.Outcome] {
		e.SetText(event.Outcome, httpOutcome(e.Int(event.StatusCode)))
	}
	if !d.taken[event.LogSource] {
		e.SetList(event.LogSource, webSources)
	}
}
