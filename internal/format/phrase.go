package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// phrase is a message with holes, as vendors document theirs:
//
//	Built {direction} {protocol} connection {session} for {src} ({srcnat}) to {dst}[[ ({user})]]
//
// A hole is a name in braces that the vendor's table of holes knows; what stands
// between double brackets may be missing. Everything else is literal. A message
// fits only as a whole, so a phrase that fits never fills half an event. Each
// literal is looked for once, to the right of the last, so matching takes time in
// proportion to the message.
type phrase struct {
	parts []phrasePart
	meaning
}

// meaning is what messages of one kind mean.
type meaning struct {
	kind    string // event_type
	action  string
	outcome string
}

// phrasePart is a literal, a hole or an optional group.
type phrasePart struct {
	literal  string
	hole     *hole
	optional []phrasePart
	// stops are the literals that may end the hole, the nearest counts; open says
	// that the end of the message may, too.
	stops []string
	open  bool
}

// hole says what the text in it may be and where it goes.
type hole struct {
	name   string
	shape  holeShape
	column event.Column
	// fill takes the text; it is used where set, the column or extra otherwise.
	fill func(p *filling, text string)
}

// holeShape is what may stand in a hole.
type holeShape uint8

const (
	// holeWord is text without spaces, up to the next literal.
	holeWord holeShape = iota
	// holeText is text up to the first place where the next literal stands.
	holeText
	// holeLast is text up to the last place where the next literal stands: for
	// what a stranger may write, so that what they write can't end it early.
	holeLast
	// holeNumber is digits.
	holeNumber
)

// filling is one message on its way into an event.
type filling struct {
	e *event.Event
	// swapped says that the message names the receiver first.
	swapped bool
	// swaps says that the direction of this message may swap its ends.
	swaps bool
}

// capture is the text in a hole.
type capture struct {
	hole *hole
	text string
}

// maxCaptures bounds the holes of one phrase; compilePhrase checks it.
const maxCaptures = 32

// compilePhrase reads a phrase. It panics on a mistake in it: phrases are ours.
func compilePhrase(text string, holes map[string]*hole, m meaning) *phrase {
	if strings.Count(text, "{") > maxCaptures {
		panic("format: too many holes in phrase: " + text)
	}
	p := &phrase{parts: cutPhrase(text, holes), meaning: m}
	setStops(p.parts, nil)
	return p
}

func cutPhrase(text string, holes map[string]*hole) []phrasePart {
	var parts []phrasePart
	for text != "" {
		switch {
		case strings.HasPrefix(text, "[["):
			end := strings.Index(text, "]]")
			for end+2 < len(text) && text[end+2] == ']' {
				end++ // a literal bracket ends the group
			}
			parts = append(parts, phrasePart{optional: cutPhrase(text[2:end], holes)})
			text = text[end+2:]
		case text[0] == '{':
			end := strings.IndexByte(text, '}')
			h := holes[text[1:end]]
			if h == nil {
				panic("format: unknown hole in phrase: " + text[:end+1])
			}
			parts = append(parts, phrasePart{hole: h})
			text = text[end+1:]
		default:
			end := len(text)
			if i := strings.IndexByte(text, '{'); i >= 0 {
				end = i
			}
			if i := strings.Index(text, "[["); i > 0 && i < end {
				end = i
			}
			parts = append(parts, phrasePart{literal: text[:end]})
			text = text[end:]
		}
	}
	return parts
}

// setStops tells every hole what may follow it. after is what follows parts.
func setStops(parts, after []phrasePart) {
	for i := range parts {
		p := &parts[i]
		rest := parts[i+1:]
		switch {
		case p.hole != nil:
			if p.stops, p.open = followers(rest); p.open {
				more, open := followers(after)
				p.stops, p.open = append(p.stops, more...), open
			}
		case p.optional != nil:
			setStops(p.optional, append(append([]phrasePart{}, rest...), after...))
		}
	}
}

// followers returns the literals that parts may begin with; open says that
// parts may be empty.
func followers(parts []phrasePart) (stops []string, open bool) {
	for i := range parts {
		switch p := &parts[i]; {
		case p.literal != "":
			return append(stops, p.literal), false
		case p.optional != nil:
			more, _ := followers(p.optional)
			stops = append(stops, more...)
		default:
			panic("format: two holes without a literal between them: " + p.hole.name)
		}
	}
	return stops, true
}

// fits matches all of text and returns what stands in the holes.
func (p *phrase) fits(text string, space []capture) ([]capture, bool) {
	rest, captures, ok := matchParts(p.parts, text, space[:0])
	if !ok || strings.Trim(rest, " .") != "" {
		return nil, false
	}
	return captures, true
}

func matchParts(parts []phrasePart, text string, captures []capture) (rest string, out []capture, ok bool) {
	for i := range parts {
		p := &parts[i]
		switch {
		case p.literal != "":
			if !strings.HasPrefix(text, p.literal) {
				return text, captures, false
			}
			text = text[len(p.literal):]
		case p.hole != nil:
			n := p.width(text)
			if n <= 0 && (n < 0 || p.hole.shape != holeText) {
				return text, captures, false
			}
			if len(captures) < cap(captures) {
				captures = append(captures, capture{p.hole, text[:n]})
			}
			text = text[n:]
		default:
			if after, more, ok := matchParts(p.optional, text, captures); ok {
				text, captures = after, more
			}
		}
	}
	return text, captures, true
}

// maxStop is the length of the longest literal that is looked for past the end
// of a word.
const maxStop = 64

// width returns how much of text stands in the hole, -1 where nothing can.
func (p *phrasePart) width(text string) int {
	switch p.hole.shape {
	case holeNumber:
		return leadingDigits(text)
	case holeLast:
		if p.open && len(p.stops) == 0 {
			return len(text)
		}
		n := -1
		for _, stop := range p.stops {
			n = max(n, strings.LastIndex(text, stop))
		}
		if n < 0 && p.open {
			return len(text)
		}
		return n
	case holeWord:
		end := strings.IndexByte(text, ' ')
		if end < 0 {
			end = len(text)
		}
		if n := p.first(text[:min(len(text), end+maxStop)]); n >= 0 && n < end {
			return n
		}
		return end
	default:
		n := p.first(text)
		if n < 0 && p.open {
			return len(text)
		}
		return n
	}
}

// first returns the first place where text goes on with one of the stops.
func (p *phrasePart) first(text string) int {
	n := -1
	for _, stop := range p.stops {
		if i := strings.Index(text, stop); i >= 0 && (n < 0 || i < n) {
			n = i
		}
	}
	return n
}

// fill puts what stands in the holes into e.
func (p *phrase) fill(captures []capture, f *filling) {
	e := f.e
	if p.kind != "" {
		e.SetText(event.EventType, p.kind)
	}
	e.SetText(event.Action, p.action)
	if p.outcome != "" {
		e.SetText(event.Outcome, p.outcome)
	}
	for _, c := range captures {
		text := strings.Trim(c.text, " ")
		if c.hole.shape == holeWord {
			text = strings.TrimRight(text, ".,")
		}
		if text == "" || text == "-" {
			continue
		}
		c.hole.put(f, text)
	}
}

func (h *hole) put(f *filling, text string) {
	switch {
	case h.fill != nil:
		h.fill(f, text)
	case h.column == event.EventID: // no column
		setExtraNumber(f.e, h.name, text)
	case h.column == event.SourceIP || h.column == event.DestinationIP:
		if !setAddress(f.e, h.column, text) {
			f.e.SetExtraText(h.name, text)
		}
	case h.column.IsText():
		f.e.SetText(h.column, text)
	default:
		if v, ok := parseUint(text); ok {
			f.e.SetInt(h.column, v)
		} else {
			f.e.SetExtraText(h.name, text)
		}
	}
}
