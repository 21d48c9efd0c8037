package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// payload reads what programs write into a syslog envelope, and the same text
// where the envelope was lost on the way.
type payload struct {
	// format is the name that the event's format column gets.
	format string
	// read fills e from a message. Where it reports false it has changed
	// nothing. A message column that it does not set is the whole message.
	read func(message string, c *Context, e *event.Event) bool
	// owns reports whether messages of the program are of this format. Others
	// are not read: what they quote could be made to look like one.
	owns func(program string) bool
	// programs are the names that make syslog hand their messages to this
	// payload.
	programs []string
	// starts are beginnings that tell messages of this payload whatever program
	// the envelope names, and where it names none. They must leave no doubt, or
	// claims must: what other programs quote could be made to begin so.
	starts []string
	// claims, if set, confirms a message that begins with one of starts.
	claims func(message string) bool
	// elements are what the names of the structured-data elements begin or, with
	// an "@" first, end with that data reads.
	elements []string
	// data fills e from the parameters of such an element.
	data func(members []member, v *envelope, c *Context, e *event.Event)
	// describe sets the product and the log sources of every event.
	describe func(e *event.Event)
	// strict refuses an owned message that read does not know; without it the
	// message is kept whole.
	strict bool
	// what completes "not ..." in the error for a message that is refused.
	what string
}

// take lets p read the envelope's message and names the format in e.
func (p *payload) take(v *envelope, c *Context, e *event.Event) bool {
	if v.module != "" {
		fillPAM(pamHead{module: v.module, service: baseName(v.program)}, v.message, e)
		p.describe(e)
	} else if !p.read(v.message, c, e) {
		return false
	}
	if !e.Has(event.Format) {
		e.SetText(event.Format, p.format)
	}
	return true
}

// keep completes the event of an owned message that read does not know.
func (p *payload) keep(v *envelope, e *event.Event) {
	fillPlain(v, e)
	e.SetText(event.Format, p.format)
	p.describe(e)
}

// parse reads a line of p's format: an envelope with an owned message or without
// a program, or the bare message.
func (p *payload) parse(line string, c *Context, e *event.Event) error {
	if !hasEnvelope(line) {
		return p.parseBare(line, c, e)
	}
	var v envelope
	if err := v.read(line, c); err != nil {
		return err
	}
	if p.data != nil && p.ownsElement(elementName(v.data)) {
		p.takeData(&v, c, e)
		return nil
	}
	owned := v.program != "" && p.owns(programKey(v.program))
	if !owned && v.program != "" {
		return &Error{Reason: "the message is another program's, not " + p.what, Offset: v.offset}
	}
	v.fill(e)
	switch {
	case p.take(&v, c, e):
		return nil
	case !owned || p.strict:
		return &Error{Reason: "not " + p.what, Offset: v.offset}
	default:
		p.keep(&v, e)
		return nil
	}
}

func (p *payload) parseBare(line string, c *Context, e *event.Event) error {
	if !p.read(line, c, e) {
		return &Error{Reason: "not " + p.what}
	}
	fillAbsent(e, event.Message, line)
	return nil
}

// payloadOf returns the format that reads the messages of the envelope's
// program, nil where there is none.
func payloadOf(v *envelope) *payload {
	if p := payloadByStart(v.message); p != nil {
		return p
	}
	if isPostfixTag(v.program) {
		return &postfixPayload
	}
	name := programKey(v.program)
	if p := builtin.byProgram[name]; p != nil {
		return p
	}
	switch {
	case isPacketLogger(name) && packetStart(v.message) >= 0:
		return &iptablesPayload
	case isOpenVPN(name):
		return &openvpnPayload
	case name == "" && cutUniFiHead(v.message, nil) > 0:
		return &unifiPayload
	case name == "" && packetMark(v.message) >= 0:
		return &mikrotikPayload
	case strings.HasPrefix(v.message, vmwareOriginator) || name == "" && strings.HasPrefix(v.message, firewallPacketLog):
		return &vmwarePayload
	case isAuthProgram(name) || v.module != "" || strings.HasPrefix(v.message, "pam_"):
		return &linuxAuthPayload
	}
	return nil
}

// isOnce reports whether mark stands in text exactly once, places that overlap
// counted.
func isOnce(text, mark string) bool {
	i := strings.Index(text, mark)
	return i >= 0 && i == strings.LastIndex(text, mark)
}

// programKey is the name that decides who reads a program's messages: the one
// without its path.
func programKey(program string) string { return baseName(program) }
