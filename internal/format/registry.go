package format

import (
	"slices"
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// builtin is what lines that carry other lines ask: a syslog message may be any
// document and of any program. register fills it while the table is made, as the
// formats that ask stand in the table themselves.
var builtin struct {
	documents *documents
	byProgram map[string]*payload
	// byStart are the payloads that know their messages by how they begin, by
	// the first byte.
	byStart [256][]*payload
	// withData are the payloads that read structured data.
	withData []*payload
	// joinsByFirst are the formats of whose records a line with that first byte
	// may be the first one.
	joinsByFirst [256][]*Format
	// contained chooses among the formats of lines that containers write.
	contained *Auto
}

// register makes formats and payloads the ones that builtin knows and returns
// formats.
func register(formats []*Format, payloads []*payload) []*Format {
	builtin.documents = newDocuments(formats)
	registerJoins(formats)
	builtin.contained = newAuto(containedFormats(formats), 0)
	builtin.byProgram = make(map[string]*payload)
	for _, p := range payloads {
		for _, program := range p.programs {
			builtin.byProgram[program] = p
		}
		if p.data != nil {
			builtin.withData = append(builtin.withData, p)
		}
		for _, start := range p.starts {
			builtin.byStart[start[0]] = appendOnce(builtin.byStart[start[0]], p)
		}
	}
	return formats
}

func appendOnce(list []*payload, p *payload) []*payload {
	if slices.Contains(list, p) {
		return list
	}
	return append(list, p)
}

// payloadByStart returns the payload whose messages begin as text does, nil
// where there is none.
func payloadByStart(text string) *payload {
	if text == "" {
		return nil
	}
	for _, p := range builtin.byStart[text[0]] {
		for _, start := range p.starts {
			if strings.HasPrefix(text, start) && (p.claims == nil || p.claims(text)) {
				return p
			}
		}
	}
	return nil
}

// readInner fills e from a document that an envelope carries and names its
// format.
func readInner(document string, c *Context, e *event.Event) bool {
	o, err := scanObject(document)
	if err != nil {
		return false
	}
	defer o.release()
	index, _, err := builtin.documents.parse(o, c, e, nil)
	if err != nil {
		return false
	}
	fillAbsent(e, event.Format, builtin.documents.formats[index].Name)
	return true
}
