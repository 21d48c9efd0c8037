package detect

import (
	"strings"
	"time"

	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/sigma"
)

// adapter shows an event in the common schema to Sigma.
type adapter struct {
	event *event.Event
	json  sigma.JSON
}

func (a *adapter) begin(e *event.Event) {
	a.event = e
	a.json.Reset()
}

// Values reads a field by its binding.
func (a *adapter) Values(ref *sigma.Ref, dst []sigma.Value) ([]sigma.Value, bool) {
	b := ref.Bound.(*binding)
	for _, c := range b.columns {
		if !a.event.Has(c) {
			continue
		}
		dst = a.column(c, dst)
		if c == b.verdict {
			dst = a.vendorWord(dst)
		}
		return dst, true
	}
	for _, path := range b.paths {
		if values, ok := a.at(path, dst); ok {
			return values, true
		}
	}
	values, ok := a.named(b.name, b.dotted, dst)
	if !ok && b.blocked {
		return a.blocked(dst)
	}
	return values, ok
}

// at reads a path of event.SigmaPaths.
func (a *adapter) at(path string, dst []sigma.Value) ([]sigma.Value, bool) {
	name, whole := strings.CutSuffix(path, ".*")
	if !whole {
		return a.named(path, true, dst)
	}
	v, ok := a.event.ExtraField(name)
	if !ok {
		return dst, false
	}
	if v.Kind == event.KindObject || v.Kind == event.KindArray {
		return append(dst, sigma.Value{Kind: sigma.StringValue, Text: v.Text}), true
	}
	return a.extra(v, dst), true
}

// named reads the extra field of that name, or what a dotted name leads to inside
// of one.
func (a *adapter) named(name string, dotted bool, dst []sigma.Value) ([]sigma.Value, bool) {
	for i := range a.event.Extra {
		if f := &a.event.Extra[i]; f.Name == name {
			return a.extra(f.Value, dst), true
		}
	}
	if !dotted {
		return dst, false
	}
	return a.inside(name, dst)
}

// inside reads a dotted name from the extra field that the first part of it
// names. Formats take objects apart as far as columns need, so that part may
// have dots too.
func (a *adapter) inside(name string, dst []sigma.Value) ([]sigma.Value, bool) {
	for i := range a.event.Extra {
		f := &a.event.Extra[i]
		n := len(f.Name)
		if f.Value.Kind != event.KindObject && f.Value.Kind != event.KindArray ||
			n >= len(name) || name[n] != '.' || name[:n] != f.Name {
			continue
		}
		if values, ok := a.json.Walk(f.Value.Text, name[n+1:], dst); ok {
			return values, true
		}
	}
	return dst, false
}

// vendorWord adds what the log itself calls its action, where the schema says
// allow or deny in its place: rules for firewalls compare with accept, forward
// or drop.
func (a *adapter) vendorWord(dst []sigma.Value) []sigma.Value {
	for i := range a.event.Extra {
		if f := &a.event.Extra[i]; f.Name == "action" {
			return a.extra(f.Value, dst)
		}
	}
	return dst
}

// blocked says of traffic whether it was, which rules for firewalls ask for where
// an action is not set.
func (a *adapter) blocked(dst []sigma.Value) ([]sigma.Value, bool) {
	switch a.event.Text(event.Action) {
	case event.Allow:
		return append(dst, sigma.Value{Kind: sigma.BoolValue, Text: "false"}), true
	case event.Deny:
		return append(dst, sigma.Value{Kind: sigma.BoolValue, Text: "true"}), true
	}
	return dst, false
}

func (a *adapter) column(c event.Column, dst []sigma.Value) []sigma.Value {
	switch {
	case c.IsText():
		return append(dst, sigma.Value{Kind: sigma.StringValue, Text: a.event.Text(c)})
	case c.IsList():
		for _, text := range a.event.List(c) {
			dst = append(dst, sigma.Value{Kind: sigma.StringValue, Text: text})
		}
		return dst
	case c == event.EventTime || c == event.IngestTime:
		return append(dst, sigma.Value{Kind: sigma.StringValue, Text: a.event.Time(c).Format(time.RFC3339Nano)})
	}
	return append(dst, sigma.Value{Kind: sigma.IntValue, Int: a.event.Int(c)})
}

func (a *adapter) extra(v event.Value, dst []sigma.Value) []sigma.Value {
	switch v.Kind {
	case event.KindString:
		return append(dst, sigma.Value{Kind: sigma.StringValue, Text: v.Text})
	case event.KindNumber:
		return append(dst, sigma.Number(v.Text))
	case event.KindBool:
		return append(dst, sigma.Value{Kind: sigma.BoolValue, Text: v.Text})
	case event.KindNull:
		return append(dst, sigma.Value{Kind: sigma.NullValue})
	}
	return a.json.Scalars(v.Text, dst)
}

// logText lists the text columns that keywords are searched in: those whose
// text comes from the log. What the formats say about the log in words of ours
// (outcome, action, vendor, …) is left out.
var logText = [...]event.Column{
	event.Raw, event.Message,
	event.SourceIP, event.DestinationIP, event.UserName, event.TargetUserName, event.HostName,
	event.ProcessName, event.CommandLine, event.ParentProcessName, event.FilePath, event.FileHash,
	event.HTTPMethod, event.RequestPath, event.URLPath, event.URLQuery, event.HTTPVersion, event.HTTPHost,
	event.UserAgent, event.Referrer, event.DNSQuery, event.DNSType, event.RuleName, event.RuleID, event.Severity,
	event.EventCode, event.SessionID, event.DatabaseName, event.DBStatement, event.DBUserName,
	event.CloudAccount, event.CloudRegion, event.EmailFrom,
}

// logNumbers and logLists are the same for the other columns.
var (
	logNumbers = [...]event.Column{
		event.SourcePort, event.DestinationPort, event.NetworkBytes, event.ProcessID, event.StatusCode, event.ResponseSizeBytes,
	}
	logLists = [...]event.Column{event.DNSAnswer, event.EmailTo}
)

// Leaves lists what keywords are searched in.
func (a *adapter) Leaves(dst []sigma.Value) []sigma.Value {
	e := a.event
	for _, c := range logText {
		if e.Has(c) {
			dst = append(dst, sigma.Value{Kind: sigma.StringValue, Text: e.Text(c)})
		}
	}
	for _, c := range logNumbers {
		if e.Has(c) {
			dst = append(dst, sigma.Value{Kind: sigma.IntValue, Int: e.Int(c)})
		}
	}
	for _, c := range logLists {
		for _, text := range e.List(c) {
			dst = append(dst, sigma.Value{Kind: sigma.StringValue, Text: text})
		}
	}
	for i := range e.Extra {
		v := e.Extra[i].Value
		if v.Kind == event.KindObject || v.Kind == event.KindArray {
			dst = a.json.Leaves(v.Text, dst)
			continue
		}
		dst = a.extra(v, dst)
	}
	return dst
}
