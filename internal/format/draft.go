package format

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// Limits of what a draft looks at.
const (
	maxDraftLines    = 5000
	maxDraftLine     = 64 << 10
	maxDraftPatterns = 16
	maxDraftSamples  = 12
)

// Draft writes a format file of the given name for lines: it finds out what they
// are, which texts stay the same and what the others are, and names the fields
// as far as it can tell. The file reads all of the lines and passes its own
// samples; what it calls things is for people to improve. received is when the
// lines were: it supplies the year that some leave out.
func Draft(name string, lines []string, received time.Time) (string, error) {
	d := draft{name: name, context: Context{Received: received.Truncate(time.Second).UTC()}}
	for i, line := range lines {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case line == "":
			continue
		case !utf8.ValidString(line):
			return "", fmt.Errorf("line %d is not UTF-8", i+1)
		case len(line) > maxDraftLine:
			return "", fmt.Errorf("line %d is longer than %d bytes", i+1, maxDraftLine)
		}
		if d.lines = append(d.lines, line); len(d.lines) == maxDraftLines {
			break
		}
	}
	if len(d.lines) == 0 {
		return "", errors.New("there are no lines to draft a format from")
	}
	d.cutEnvelopes()
	switch {
	case d.isJSON():
		d.draftMembers("json")
	case d.isPairs():
		d.draftMembers("keyvalue")
	default:
		d.draftText()
	}
	return d.write()
}

// draft is a format in the making.
type draft struct {
	name    string
	context Context
	lines   []string
	// bodies are the lines without the envelope.
	bodies    []string
	enveloped bool
	programs  []string

	input    string
	patterns []string
	layouts  []string
	// fields are the entries of the section fields, name and target.
	fields [][2]string
	keys   []string
}

// cutEnvelopes takes syslog envelopes off where all lines have one.
func (d *draft) cutEnvelopes() {
	d.bodies = d.lines
	c := d.context
	var bodies, programs []string
	for _, line := range d.lines {
		var v envelope
		if !hasEnvelope(line) || v.read(line, &c) != nil || v.program == "" || v.repeated != "" || v.message == "" || levelOf(v.host) != "" || levelOf(v.program) != "" {
			return
		}
		if name := programKey(v.program); !slices.Contains(programs, name) {
			programs = append(programs, name)
		}
		bodies = append(bodies, v.message)
	}
	for _, p := range programs {
		if p == "" || strings.ContainsAny(p, " /:[") || len(programs) > maxDraftPatterns {
			return
		}
	}
	d.bodies, d.programs, d.enveloped = bodies, programs, true
}

func (d *draft) isJSON() bool {
	for _, body := range d.bodies {
		o, err := scanObject(body)
		if err != nil || body[0] != '{' {
			return false
		}
		o.release()
	}
	return true
}

// plainPairs reads what logfmt and its kin write.
var plainPairs = Own{pairs: pairStyle{between: " ", assign: "="}}

func (d *draft) isPairs() bool {
	for _, body := range d.bodies {
		members, err := plainPairs.cutPairs(body, nil)
		if err != nil || len(members) < 3 {
			return false
		}
		for i := range members {
			if members[i].kind == event.KindBool && !members[i].bare {
				return false
			}
		}
	}
	return true
}

// draftMembers finds the members that all documents have, and those whose names
// are known.
func (d *draft) draftMembers(input string) {
	d.input = input
	count := make(map[string]int)
	var names []string
	for _, body := range d.bodies {
		for _, name := range d.memberNames(body) {
			if count[name]++; count[name] == 1 {
				names = append(names, name)
			}
		}
	}
	d.fields = knownTargets(names)
	d.dropMisfits()
	for _, wellknown := range []bool{false, true} {
		for _, name := range names {
			_, known := wellKnown[name]
			if known == wellknown && count[name] == len(d.bodies) && isOwnName(name) && len(d.keys) < 3 {
				d.keys = append(d.keys, name)
			}
		}
	}
}

// memberNames returns the names of the members of a document, those of objects
// in it as paths.
func (d *draft) memberNames(body string) []string {
	var members []member
	if d.input == "keyvalue" {
		members, _ = plainPairs.cutPairs(body, nil)
	} else if o, err := scanObject(body); err == nil {
		members = slices.Clone(o.members)
		o.release()
	}
	var names []string
	var walk func(members []member, prefix string, depth int)
	walk = func(members []member, prefix string, depth int) {
		for i := range members {
			name := prefix + members[i].name
			if inner := members[i].fields(); len(inner) > 0 && depth < 3 {
				walk(inner, name+".", depth+1)
				continue
			}
			if isOwnName(name) && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	walk(members, "", 0)
	return names
}

// knownTargets returns the names that loggers agree on with their columns, one
// name a column.
func knownTargets(names []string) [][2]string {
	web := false
	for _, name := range names {
		web = web || wellKnown[name].column == event.HTTPMethod && name != ""
	}
	best := make(map[event.Column]string)
	for _, name := range names {
		r, ok := wellKnown[name]
		if !ok || r.own || r.web && !web || name == r.column.String() || r.as == asRequest {
			continue
		}
		if other, taken := best[r.column]; !taken || wellKnown[other].rank > r.rank {
			best[r.column] = name
		}
	}
	var out [][2]string
	for _, name := range names {
		if r, ok := wellKnown[name]; ok && best[r.column] == name {
			out = append(out, [2]string{name, r.column.String()})
		}
	}
	return out
}

// dropMisfits drops the fields whose values are not what their column takes.
func (d *draft) dropMisfits() {
	o, err := ReadOwn(d.name, []byte(d.text(nil)))
	if err != nil {
		d.fields = nil
		return
	}
	bad := make(map[string]bool)
	for _, line := range d.lines {
		var e event.Event
		if o.Parse(line, &d.context, &e) != nil {
			continue
		}
		for _, warning := range e.List(event.ParseWarnings) {
			name, _, _ := strings.Cut(warning, ":")
			bad[name] = true
		}
	}
	d.fields = slices.DeleteFunc(d.fields, func(f [2]string) bool { return bad[f[0]] })
}

// write returns the file, with samples of what it makes of some lines.
func (d *draft) write() (string, error) {
	text := d.text(nil)
	o, err := ReadOwn(d.name, []byte(text))
	if err != nil {
		return "", fmt.Errorf("draft %s: %w", d.name, err)
	}
	if d.input == "text" && !d.readsAll(o) {
		d.patterns = append(d.patterns, "%{text:message}")
		if o, err = ReadOwn(d.name, []byte(d.text(nil))); err != nil {
			return "", fmt.Errorf("draft %s: %w", d.name, err)
		}
	}
	if !d.readsAll(o) {
		return "", fmt.Errorf("draft %s: the lines have nothing in common that a format could be made of", d.name)
	}
	return d.text(d.samples(o)), nil
}

func (d *draft) readsAll(o *Own) bool {
	for _, line := range d.lines {
		var e event.Event
		if o.Parse(line, &d.context, &e) != nil {
			return false
		}
	}
	return true
}

// samples returns the first line of each pattern, with what became of it.
func (d *draft) samples(o *Own) []string {
	var out []string
	seen := make(map[string]bool)
	for _, line := range d.lines {
		var e event.Event
		if o.Parse(line, &d.context, &e) != nil {
			continue
		}
		var kind strings.Builder
		for column := range e.Columns {
			kind.WriteString(column.String() + " ")
		}
		for _, f := range e.Extra {
			kind.WriteString(f.Name + " ")
		}
		if seen[kind.String()] {
			continue
		}
		seen[kind.String()] = true
		if out = append(out, d.sampleText(o, line, &e)); len(out) == maxDraftSamples {
			break
		}
	}
	return out
}

// sampleText writes a sample and what it wants.
func (d *draft) sampleText(o *Own, line string, e *event.Event) string {
	var b strings.Builder
	b.WriteString("  - line: " + yamlText(line) + "\n")
	var other event.Event
	if err := o.Parse(line, &Context{Received: d.context.Received.AddDate(-10, 0, 0)}, &other); err == nil && other.Int(event.EventTime) != e.Int(event.EventTime) {
		// The line leaves out the year.
		b.WriteString("    received: " + d.context.Received.Format(time.RFC3339) + "\n")
		if e.Time(event.EventTime).After(d.context.Received.Add(FutureLimit)) {
			e.Clear(event.EventTime)
		}
	}
	var want strings.Builder
	for _, c := range event.Order() {
		if !e.Has(c) || c.IsList() {
			continue
		}
		want.WriteString("      " + c.String() + ": " + yamlText(ownColumnText(e, c)) + "\n")
	}
	for _, f := range e.Extra {
		if isOwnName(f.Name) && f.Value.Kind != event.KindNull && f.Value.Text != "" {
			want.WriteString("      extra." + f.Name + ": " + yamlText(f.Value.Text) + "\n")
		}
	}
	if want.Len() > 0 {
		b.WriteString("    want:\n" + want.String())
	}
	return b.String()
}

// yamlText writes a text so that YAML reads it as that text.
func yamlText(s string) string {
	for _, r := range s {
		if r < ' ' || r == 0x7F || r == 0x85 || r == 0xFEFF || r == 0x2028 || r == 0x2029 || !strconv.IsPrint(r) {
			return strconv.Quote(s)
		}
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

// text returns the file.
func (d *draft) text(samples []string) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# A draft: give fields better names, say what kind of event each pattern is, and run")
	line("# `goshawk formats test` on this file. docs/formats/own.md explains every key.")
	line("name: %s", d.name)
	line("title: %s", yamlText(strings.ReplaceAll(d.name, "_", " ")))
	if d.input != "text" {
		line("input: %s", d.input)
	}
	if d.enveloped {
		line("envelope: syslog")
		line("programs:")
		for _, p := range d.programs {
			line("  - %s", yamlText(p))
		}
	}
	if len(d.patterns) > 0 {
		line("patterns:")
		for _, p := range d.patterns {
			line("  - %s", yamlText(p))
		}
	}
	d.writeFields(&b)
	if len(d.keys) > 0 {
		line("match:\n  keys:")
		for _, key := range d.keys {
			line("    - %s", yamlText(key))
		}
	}
	if len(samples) > 0 {
		line("samples:")
		b.WriteString(strings.Join(samples, ""))
	}
	return b.String()
}

func (d *draft) writeFields(b *strings.Builder) {
	if len(d.fields)+len(d.layouts) == 0 {
		return
	}
	b.WriteString("fields:\n")
	if len(d.layouts) > 0 {
		b.WriteString("  event_time:\n    layouts:\n")
		for _, l := range d.layouts {
			b.WriteString("      - " + yamlText(l) + "\n")
		}
	}
	for _, f := range d.fields {
		fmt.Fprintf(b, "  %s: %s\n", yamlText(f[0]), f[1])
	}
}
