package format

import (
	"reflect"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// documentKind makes JSON objects of one product a format, or part of one.
type documentKind struct {
	// keys are names of members of which every document of the kind has at least
	// one at its top. They are what a document is looked up by, so the rarer the
	// better; without keys every document is offered.
	keys []string
	// claims judges how sure it is that a document with one of the keys is of
	// this kind: 0 is no. It looks at the members that are there and changes
	// nothing. Of several the highest takes the document; the usual claim of a
	// product that knows its own is 90, that of a family of products 60.
	claims func(o *object) int
	// fill fills e and may scribble in the members. An error, before which
	// nothing may have changed, leaves the document to the next one that
	// claims it.
	fill func(o *object, c *Context, e *event.Event) error
}

// parseDocument reads line as an object of the kind.
func parseDocument(line string, k *documentKind, c *Context, e *event.Event) error {
	if !isObject(line) && len(k.keys) > 0 && hasEnvelope(line) {
		return parseEnveloped(line, k, c, e)
	}
	o, err := scanObject(line)
	if err != nil {
		return err
	}
	defer o.release()
	if k.claims(o) == 0 {
		return &Error{Reason: "a JSON object, but not one of this format: its members are others"}
	}
	return k.fill(o, c, e)
}

// parseEnveloped reads a document of the kind in a syslog envelope.
func parseEnveloped(line string, k *documentKind, c *Context, e *event.Event) error {
	var v envelope
	if err := v.read(line, c); err != nil {
		return err
	}
	document, ok := cutDocument(v.message)
	if !ok {
		return &Error{Reason: "the envelope holds no JSON object", Offset: v.offset}
	}
	if err := parseDocument(document, k, c, e); err != nil {
		return err
	}
	v.fillAround(e)
	return nil
}

// noText is the Match of formats that are JSON objects only: those are
// recognized by their members.
func noText(string) int { return 0 }

// textless reports whether f is JSON objects only.
func (f *Format) textless() bool {
	return reflect.ValueOf(f.Match).Pointer() == reflect.ValueOf(noText).Pointer()
}

// documents is an index of formats by the members of their documents.
type documents struct {
	formats []*Format
	byKey   map[string][]int
	// any are those without keys.
	any []int
	// filter has a bit for each key, so that most members cost no lookup.
	filter [256]bool
}

func newDocuments(formats []*Format) *documents {
	d := &documents{formats: formats, byKey: make(map[string][]int)}
	for i, f := range formats {
		if f.document == nil {
			continue
		}
		if len(f.document.keys) == 0 {
			d.any = append(d.any, i)
		}
		for _, key := range f.document.keys {
			d.byKey[key] = append(d.byKey[key], i)
			d.filter[keyMix(key)] = true
		}
	}
	return d
}

func keyMix(name string) uint8 { return uint8(nameMix(name)) }

// claim is a format that claims a document.
type claim struct {
	index, score int
	// key is the member that it was looked up by.
	key string
}

// maxClaims is how many formats may claim one document; more than a few is a
// mistake in the table.
const maxClaims = 16

// claims returns the formats that claim o, the surest first, of equals the first
// by name.
func (d *documents) claims(o *object, space []claim) []claim {
	var asked [maxFormats / 64]uint64
	found := space[:0]
	ask := func(i int, key string) {
		if asked[i/64]&(1<<(i%64)) != 0 || len(found) == maxClaims {
			return
		}
		asked[i/64] |= 1 << (i % 64)
		score := min(d.formats[i].document.claims(o), Certain)
		if score <= 0 {
			return
		}
		at := len(found)
		for at > 0 && (found[at-1].score < score || found[at-1].score == score && found[at-1].index > i) {
			at--
		}
		found = append(found, claim{})
		copy(found[at+1:], found[at:])
		found[at] = claim{index: i, score: score, key: key}
	}
	for i := range o.members {
		name := o.members[i].name
		if !d.filter[keyMix(name)] {
			continue
		}
		for _, k := range d.byKey[name] {
			ask(k, name)
		}
	}
	for _, k := range d.any {
		ask(k, "")
	}
	return found
}

// parse fills e from o by the surest format that takes it, and returns the
// format and its score. seen, if set, is told of every attempt.
func (d *documents) parse(o *object, c *Context, e *event.Event, seen func(Candidate)) (index, score int, err error) {
	var space [maxClaims]claim
	var first error
	var name string
	for _, claim := range d.claims(o, space[:]) {
		f := d.formats[claim.index]
		err := f.document.fill(o, c, e)
		if seen != nil {
			seen(Candidate{Format: f, Score: claim.score, Member: claim.key, Err: err})
		}
		if err == nil {
			return claim.index, claim.score, nil
		}
		e.Reset()
		if first == nil {
			first, name = err, f.Name
		}
	}
	return 0, 0, noFormat(name, first)
}
