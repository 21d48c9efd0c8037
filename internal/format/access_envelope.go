package format

import "github.com/goshawk-siem/goshawk/internal/event"

// enveloped makes a reader of access lines read those in a syslog envelope too.
// The envelope is looked for last: bare lines are the many.
func enveloped(read func(string, *Context, *event.Event) error) func(string, *Context, *event.Event) error {
	return func(line string, c *Context, e *event.Event) error {
		err := read(line, c, e)
		if err == nil || !hasEnvelope(line) {
			return err
		}
		var v envelope
		if v.read(line, c) != nil {
			return err
		}
		v.fill(e)
		if err := read(v.message, c, e); err != nil {
			return &Error{Reason: "the envelope holds no line of an access log", Offset: v.offset}
		}
		fillAbsent(e, event.Message, v.message)
		return nil
	}
}
