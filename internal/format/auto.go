package format

import (
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// AutoName is what configuration and headers say where Auto shall choose the
// format. No format is called that.
const AutoName = "auto"

// Auto chooses a line's format by looking at the line.
//
// The choice is a pure function of the line and its Context: every format of the
// table scores the line (Format.Match), and the first one in order of score,
// then of name, whose Parse takes the line wins. Two normalizers therefore make
// the same event of a line, whatever each of them saw before.
//
// What is remembered per source saves work and never decides: a remembered
// format is taken without asking the others only where it is Certain, and then
// no other format can score as high. The memory is a fixed table of 8 KiB that
// sources are hashed into; sources that share a slot cost each other time,
// nothing else, and so do lost updates. That makes an Auto safe for concurrent
// use without a lock: all workers of a process share one.
type Auto struct {
	formats   []*Format
	documents *documents
	// asked are the numbers of the formats that a line can be of, by its head and
	// its first byte.
	asked [numHeads][256][]int
	// heads are, for each format, the heads of the lines that it is asked about.
	heads []uint8
	// own is how many formats at the front are users' own. Those may be certain
	// of lines that a built-in format is certain of too, and go first.
	own    int
	seed   maphash.Seed
	memory [autoSlots]atomic.Uint64
}

const (
	autoSlots = 1024
	// autoRecent is how many formats a slot remembers: two bytes each.
	autoRecent = 4
	// maxFormats bounds the scores that one line needs, which stay on the stack.
	maxFormats = 256
)

// NewAuto returns an Auto over the built-in formats.
func NewAuto() *Auto { return newAuto(table, 0) }

// newAuto returns an Auto over formats, of which the first own are users' own.
func newAuto(formats []*Format, own int) *Auto {
	if len(formats) > maxFormats {
		panic(fmt.Sprintf("format: %d formats, auto holds %d", len(formats), maxFormats))
	}
	a := &Auto{formats: formats, documents: newDocuments(formats), own: own, seed: maphash.MakeSeed()}
	for i, f := range formats {
		mask := headsOf(f, i < own)
		if f.textless() {
			mask = 0
		}
		a.heads = append(a.heads, mask)
		for h := range numHeads {
			if mask&(1<<h) == 0 {
				continue
			}
			for first := range a.asked[h] {
				if f.Starts == "" || strings.IndexByte(f.Starts, byte(first)) >= 0 {
					a.asked[h][first] = append(a.asked[h][first], i)
				}
			}
		}
	}
	return a
}

// candidates returns the numbers of the formats that line, which is no object,
// can be of.
func (a *Auto) candidates(line string) []int {
	if line == "" {
		return nil
	}
	return a.asked[headOf(line)][line[0]]
}

// isObject reports whether line can only be a JSON object.
func isObject(line string) bool { return line != "" && line[0] == '{' }

// Parse fills e, which must be empty, from line and returns the format that took
// it, whose Finish the caller calls. source is any name; lines of one source are
// mostly of few formats, and knowing them makes the choice cheap. Where no
// format takes the line the error is an *Error with the reason of the one that
// seemed most likely, and e is empty.
func (a *Auto) Parse(source, line string, c *Context, e *event.Event) (*Format, error) {
	if isObject(line) {
		index, _, err := a.parseObject(line, c, e, nil)
		if err != nil {
			return nil, err
		}
		return a.formats[index], nil
	}
	if f := c.Columns.Format(); f != nil {
		// What the stream's header lines say is not to be found out again.
		if f.Parse(line, c, e) == nil {
			return f, nil
		}
		e.Reset()
	}
	slot := &a.memory[maphash.String(a.seed, source)%autoSlots]
	recent := slot.Load()
	for r := a.usable(recent, line); r != 0; r >>= 16 {
		f := a.formats[r&0xFFFF-1]
		if a.heads[r&0xFFFF-1]&(1<<headOf(line)) == 0 || !f.starts(line) || f.Match(line) != Certain {
			continue
		}
		if f.Parse(line, c, e) == nil {
			return f, nil
		}
		e.Reset()
		break
	}
	index, score, err := a.choose(line, c, e, nil)
	if err != nil {
		return nil, err
	}
	if score == Certain {
		slot.Store(remember(recent, uint64(index)+1))
	}
	return a.formats[index], nil
}

// usable returns what is remembered where it may be used: not where a user's own
// format is certain of the line, which the memory would make depend on what came
// before.
func (a *Auto) usable(recent uint64, line string) uint64 {
	if a.own == 0 || recent == 0 {
		return recent
	}
	for _, i := range a.candidates(line) {
		if i >= a.own {
			break
		}
		if a.formats[i].Match(line) == Certain {
			return 0
		}
	}
	return recent
}

// parseObject chooses among the formats of JSON objects, which look at the
// members of the object, scanned once.
func (a *Auto) parseObject(line string, c *Context, e *event.Event, seen func(Candidate)) (index, score int, err error) {
	o, err := scanObject(line)
	if err != nil {
		if seen != nil {
			seen(Candidate{Format: jsonFormat, Score: matchJSON(line), Err: err})
		}
		return 0, 0, noFormat(jsonFormat.Name, err)
	}
	defer o.release()
	return a.documents.parse(o, c, e, seen)
}

// remember puts format number n in front of the recent ones, the oldest of which
// goes.
func remember(recent, n uint64) uint64 {
	for shift := 0; shift < autoRecent*16; shift += 16 {
		if recent>>shift&0xFFFF == n {
			return recent
		}
	}
	return recent<<16 | n
}

// choose tries the formats in order of score, then of name. seen, if set, is
// told of every attempt.
func (a *Auto) choose(line string, c *Context, e *event.Event, seen func(Candidate)) (index, score int, err error) {
	candidates := a.candidates(line)
	var scores [maxFormats]uint8
	for i, number := range candidates {
		scores[i] = uint8(max(0, min(a.formats[number].Match(line), Certain)))
	}
	var first error
	var firstName string
	for {
		var at int
		at, score = best(scores[:len(candidates)])
		if score == 0 {
			return 0, 0, noFormat(firstName, first)
		}
		scores[at] = 0
		index = candidates[at]
		f := a.formats[index]
		err := f.Parse(line, c, e)
		if seen != nil {
			seen(Candidate{Format: f, Score: score, Err: err})
		}
		if err == nil {
			return index, score, nil
		}
		e.Reset()
		if first == nil {
			first, firstName = err, f.Name
		}
	}
}

// best returns the place of the first of the highest scores.
func best(scores []uint8) (at, score int) {
	for i, s := range scores {
		if int(s) > score {
			at, score = i, int(s)
		}
	}
	return at, score
}

func noFormat(name string, cause error) error {
	if cause == nil {
		return &Error{Reason: "no format recognizes the line; name its format in the configuration of its source"}
	}
	reason, ok := errors.AsType[*Error](cause)
	if !ok {
		reason = &Error{Reason: cause.Error()}
	}
	return &Error{Reason: "no format takes the line; the most likely one, " + name + ", says: " + reason.Reason, Offset: reason.Offset}
}

// Candidate is one format's claim to a line.
type Candidate struct {
	Format *Format
	// Score is what Format.Match said, 1 to Certain.
	Score int
	// Member is the member of a JSON object that the format was asked for.
	Member string
	// Err is why the format did not take the line, nil if it did.
	Err error
}

// String says how sure the format is.
func (c Candidate) String() string {
	var b strings.Builder
	b.WriteString(c.Format.Name)
	if c.Score == Certain {
		b.WriteString(" is certain")
	} else {
		fmt.Fprintf(&b, " scores %d", c.Score)
	}
	if c.Member != "" {
		fmt.Fprintf(&b, " by the member %q", c.Member)
	}
	return b.String()
}

// Explanation says how a line's format was chosen.
type Explanation struct {
	// Chosen is the format that takes the line, nil if none does.
	Chosen *Format
	// Tried lists the formats in the order in which they were tried; the chosen
	// one is the last.
	Tried []Candidate
	// Others lists the formats that scored too, but were not needed, by score.
	Others []Candidate
}

// Explain says how Parse chooses the format of line. It neither uses nor changes
// what is remembered.
func (a *Auto) Explain(line string, c *Context) Explanation {
	var x Explanation
	var e event.Event
	seen := func(tried Candidate) { x.Tried = append(x.Tried, tried) }
	choose := a.choose
	if isObject(line) {
		choose = a.parseObject
	}
	if f := c.Columns.Format(); f != nil && !isObject(line) {
		if f.Parse(line, c, &e) == nil {
			seen(Candidate{Format: f, Score: Certain})
			x.Chosen = f
			return x
		}
		e.Reset()
	}
	index, _, err := choose(line, c, &e, seen)
	if err == nil {
		x.Chosen = a.formats[index]
	}
	for _, claim := range a.scores(line) {
		f := a.formats[claim.index]
		if !x.tried(f) {
			x.Others = append(x.Others, Candidate{Format: f, Score: claim.score, Member: claim.key})
		}
	}
	slices.SortStableFunc(x.Others, func(a, b Candidate) int { return b.Score - a.Score })
	return x
}

// scores returns what the formats say of line, those that say 0 left out.
func (a *Auto) scores(line string) []claim {
	if isObject(line) {
		o, err := scanObject(line)
		if err != nil {
			return nil
		}
		defer o.release()
		return a.documents.claims(o, nil)
	}
	var out []claim
	for _, i := range a.candidates(line) {
		if score := min(a.formats[i].Match(line), Certain); score > 0 {
			out = append(out, claim{index: i, score: score})
		}
	}
	return out
}

func (x *Explanation) tried(f *Format) bool {
	for _, t := range x.Tried {
		if t.Format == f {
			return true
		}
	}
	return false
}

// String returns the explanation for people, one candidate a line.
func (x Explanation) String() string {
	var b strings.Builder
	for _, t := range x.Tried {
		verb := " and takes the line"
		if t.Err != nil {
			verb = fmt.Sprintf(", but does not take the line: %v", t.Err)
		}
		fmt.Fprintf(&b, "%s%s\n", t, verb)
	}
	for _, o := range x.Others {
		fmt.Fprintf(&b, "%s and was not needed\n", o)
	}
	if len(x.Tried) == 0 {
		b.WriteString("no format recognizes the line\n")
	}
	return b.String()
}
