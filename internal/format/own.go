package format

import (
	"slices"
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// Own is a format that a user wrote in a YAML file. It is immutable: its Format
// is used like a built-in one. docs/formats/own.md is the reference of the file.
type Own struct {
	Format

	// File is where the format was read from.
	File string
	// Samples are lines with what shall become of them.
	Samples []OwnSample
	// Sources are the log sources that the file names anywhere.
	Sources []string

	input    ownInput
	absent   []string
	patterns []*ownPattern
	// fields are those of documents and pairs, by name.
	fields   map[string]*ownField
	required []*ownField
	nested   mapping
	pairs    pairStyle
	set      []constant
	rules    []ownRule
	hints    ownHints
	// enveloped says that lines may stand in a syslog envelope, of one of
	// programs where there are any.
	enveloped bool
	programs  []string
}

// ownInput is what the lines of a user's own format are.
type ownInput uint8

const (
	inputText ownInput = iota
	inputJSON
	inputPairs
)

// parse is the Parse of o's Format.
func (o *Own) parse(line string, c *Context, e *event.Event) error {
	if !o.enveloped || !hasEnvelope(line) {
		return o.parseMessage(line, 0, c, e)
	}
	var v envelope
	if err := v.read(line, c); err != nil {
		if len(o.programs) == 0 && o.parseMessage(line, 0, c, e) == nil {
			return nil
		}
		return err
	}
	if !o.isProgram(v.program) {
		return &Error{Reason: "the message is of another program; expected " + strings.Join(o.programs, " or "), Offset: v.offset}
	}
	return o.parseEnvelope(&v, line, c, e)
}

// isProgram reports whether messages of the program are o's.
func (o *Own) isProgram(name string) bool {
	if len(o.programs) == 0 {
		return true
	}
	return slices.Contains(o.programs, programKey(name))
}

// parseEnvelope reads the message of the line's envelope and then what the
// envelope says beyond it. Where the format names no program, what looks like one
// may be the message's own beginning.
func (o *Own) parseEnvelope(v *envelope, line string, c *Context, e *event.Event) error {
	err := o.parseMessage(v.message, v.offset, c, e)
	if err != nil && len(o.programs) == 0 && v.program != "" && v.repeated == "" {
		at := strings.LastIndex(line[:v.offset], v.program)
		e.Reset()
		if at < 0 || o.parseMessage(line[at:], at, c, e) != nil {
			return err
		}
		v.message, v.program, v.pid, err = line[at:], "", "", nil
	}
	if err != nil {
		return err
	}
	v.fill(e)
	return nil
}

// parseMessage reads a line without an envelope. offset is where it begins.
func (o *Own) parseMessage(line string, offset int, c *Context, e *event.Event) error {
	d := document{e: e, c: c}
	var err error
	switch o.input {
	case inputJSON:
		err = o.parseObject(line, &d)
	case inputPairs:
		err = o.parsePairs(line, &d)
	default:
		err = o.parseText(line, &d)
	}
	if err != nil {
		return shifted(err, offset)
	}
	o.finish(&d)
	return nil
}

// shifted moves the place of an error that a part of a line gave.
func shifted(err error, offset int) error {
	if reason, ok := err.(*Error); ok && offset > 0 { //nolint:errorlint // it was just made
		return &Error{Reason: reason.Reason, Offset: reason.Offset + offset}
	}
	return err
}

// parseText tries the patterns in their order.
func (o *Own) parseText(line string, d *document) error {
	var space [maxPatternFields]ownValue
	furthest, where, expects := -1, 0, ""
	for i, p := range o.patterns {
		values := space[:len(p.fields)]
		clear(values)
		at, reason := p.match(line, o, d.c, values)
		if reason == "" {
			var failed *ownField
			if failed, reason = o.storeAll(p, values, d); failed == nil && reason == "" {
				return nil
			}
			d.reset()
		}
		if at > furthest {
			furthest, where, expects = at, i, reason
		}
	}
	return o.refuse(line, furthest, where, expects)
}

// refuse says what the pattern expected that came furthest.
func (o *Own) refuse(line string, at, pattern int, expects string) error {
	name := o.patterns[pattern].name
	if strings.IndexByte(expects, '{') < 0 {
		expects = quoteName(expects)
	}
	if len(o.patterns) == 1 {
		return &Error{Reason: "expected " + expects, Offset: min(at, len(line))}
	}
	return &Error{Reason: "no pattern fits; the one that comes furthest, " + name + ", expects " + expects, Offset: min(at, len(line))}
}

// reset empties what a pattern that did not fit after all has left.
func (d *document) reset() {
	d.e.Reset()
	d.taken, d.web = [event.NumColumns]bool{}, false
}

// storeAll puts the values of a pattern into the event. It returns the field
// whose value is not what its type promises.
func (o *Own) storeAll(p *ownPattern, values []ownValue, d *document) (failed *ownField, reason string) {
	for i, f := range p.fields {
		v := values[i]
		switch {
		case !v.set:
			if f.required {
				return f, f.name
			}
		case f.typ.shape == shapePairs:
			members, err := o.cutPairs(v.text, nil)
			if err != nil {
				return f, "{" + f.name + ": key=value pairs}"
			}
			o.storeMembers(members, d)
		case f.typ.shape == shapeJSON:
			object, err := scanObject(v.text)
			if err != nil {
				return f, "{" + f.name + ": a JSON object}"
			}
			o.storeMembers(object.members, d)
			object.release()
		case !f.store(d, v):
			f.misfit(d, v.text)
		}
	}
	for i := range p.set {
		p.set[i].store(d.e, true)
	}
	return nil, ""
}

// misfit keeps a value that did not fit its column.
func (f *ownField) misfit(d *document, text string) {
	d.e.Warn(f.name + ": not a value of " + f.column.String())
	d.e.SetExtraText(f.name, text)
}

// finish sets what follows from the fields and what the file says of all lines.
func (o *Own) finish(d *document) {
	d.web = d.web || d.taken[event.HTTPMethod] && isKnownMethod(d.e.Text(event.HTTPMethod))
	d.conclude()
	for i := range o.set {
		o.set[i].store(d.e, false)
	}
	for i := range o.rules {
		if !o.rules[i].holds(d.e) {
			continue
		}
		for k := range o.rules[i].set {
			o.rules[i].set[k].store(d.e, true)
		}
	}
}
