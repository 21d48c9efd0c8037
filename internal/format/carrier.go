package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// Documents of clouds come in the envelopes of the services that carry them.
// An envelope holds one document; its own members go beside those of the
// document, which knows better where both speak of the same.

// bridgeMapping is what the members of an EventBridge envelope say that the
// document may leave out.
var bridgeMapping = newMapping(
	nameGroup{rule{column: event.EventTime, as: asUTC}, []string{"time"}},
	nameGroup{rule{column: event.CloudAccount, as: asCode}, []string{"account"}},
	nameGroup{rule{column: event.CloudRegion, as: asText}, []string{"region"}},
)

// isBridged reports whether o is an EventBridge envelope.
func isBridged(o *object) bool {
	m := o.find("detail")
	return m != nil && m.kind == event.KindObject && o.has("detail-type") && o.has("source")
}

// fillBridged fills e from the document in an EventBridge envelope with fill,
// then from the envelope.
func fillBridged(o *object, c *Context, e *event.Event, fill func(o *object, c *Context, e *event.Event) error) error {
	detail := o.find("detail")
	inner := detail.innerObject()
	if inner == nil {
		return &Error{Reason: "expected an object as detail"}
	}
	defer inner.release()
	if err := fill(inner, c, e); err != nil {
		return err
	}
	detail.done = true
	if strings.HasPrefix(o.text("source"), "aws.partner/") {
		// The account is the one that listens, not the partner's.
		fillAround(o, new(mapping), c, e)
		return nil
	}
	fillAround(o, bridgeMapping, c, e)
	return nil
}

// fillAround gives e what the members of o say and e does not have: columns by
// m, the rest as extra.
func fillAround(o *object, m *mapping, c *Context, e *event.Event) {
	for i := range o.members {
		one := &o.members[i]
		if rule, ok := m.rules[one.name]; ok && e.Has(rule.column) {
			one.done = true
		}
		switch v, ok := e.ExtraField(one.name); {
		case !ok:
		case v.Kind == one.kind && v.Text == one.text && !one.escaped:
			one.done = true
		default:
			one.name = "envelope." + one.name
		}
	}
	m.fill(o.members, c, e)
}

// cloudWatchMapping is what a subscription of CloudWatch Logs says about the
// lines in it.
var cloudWatchMapping = newMapping(
	nameGroup{rule{column: event.CloudAccount, as: asCode}, []string{"owner"}},
)

// cloudWatchMessage returns the document that the one log event of a CloudWatch
// Logs envelope holds, which the caller releases, and how many log events there
// are. It returns nil where o is no such envelope.
func cloudWatchMessage(o *object) (inner *object, n int) {
	events := o.find("logEvents")
	if events == nil || !o.has("logGroup") {
		return nil, 0
	}
	one, n := events.first()
	return one.inner("message").innerObject(), n
}

// fillCloudWatch fills e from the document in a CloudWatch Logs envelope.
func fillCloudWatch(o *object, c *Context, e *event.Event, fill func(o *object, c *Context, e *event.Event) error) error {
	inner, n := cloudWatchMessage(o)
	if inner == nil {
		return &Error{Reason: "expected a document in the message of the log event"}
	}
	defer inner.release()
	if n > 1 {
		return &Error{Reason: "a CloudWatch Logs envelope with several log events: send their messages one a line"}
	}
	if err := fill(inner, c, e); err != nil {
		return err
	}
	o.find("logEvents").done = true
	fillAround(o, cloudWatchMapping, c, e)
	return nil
}

// recordsOf returns the first record of a file of records, which the caller
// releases, and how many there are; nil where o is no such file.
func recordsOf(o *object, name string) (first *object, n int) {
	records := o.find(name)
	if records == nil || records.kind != event.KindArray {
		return nil, 0
	}
	one, n := records.first()
	return one.innerObject(), n
}

// fillRecord fills e from the one record of a file of records.
func fillRecord(o *object, name string, c *Context, e *event.Event, fill func(o *object, c *Context, e *event.Event) error) error {
	inner, n := recordsOf(o, name)
	if inner == nil {
		return &Error{Reason: "expected an object in " + name}
	}
	defer inner.release()
	if n > 1 {
		return &Error{Reason: "a file with several records in " + name + ": split it into one record a line"}
	}
	if err := fill(inner, c, e); err != nil {
		return err
	}
	o.find(name).done = true
	fillAround(o, new(mapping), c, e)
	return nil
}

// arnName returns the last part of an Amazon resource name, split at slashes and
// colons: the user of arn:aws:iam::1:user/team/alice.
func arnName(arn string) string {
	for i := len(arn) - 1; i >= 0; i-- {
		if arn[i] == '/' || arn[i] == ':' {
			return arn[i+1:]
		}
	}
	return ""
}
