package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// leefMapping has LEEF's predefined attributes and the names that many products
// use beside them.
var leefMapping = newMapping(
	nameGroup{rule{column: event.SourceIP, as: asIP}, []string{"src"}},
	nameGroup{rule{column: event.SourcePort, as: asPort}, []string{"srcPort"}},
	nameGroup{rule{column: event.DestinationIP, as: asIP}, []string{"dst"}},
	nameGroup{rule{column: event.DestinationPort, as: asPort}, []string{"dstPort"}},
	nameGroup{rule{column: event.Severity, as: asCode}, []string{"sev"}},
	nameGroup{rule{column: event.Severity, as: asCode, rank: 1}, []string{"severity", "Severity"}},
	nameGroup{rule{column: event.RequestPath, as: asTarget}, []string{"url"}},
	nameGroup{rule{column: event.RuleName, as: asText}, []string{"policy"}},
	nameGroup{rule{column: event.RuleName, as: asText, rank: 1}, []string{"RuleName", "ruleName", "rule"}},
	nameGroup{rule{column: event.FilePath, as: asText}, []string{"filePath", "file_path"}},
	nameGroup{rule{column: event.FilePath, as: asText, rank: 1}, []string{"fileName", "filename", "file_name"}},
	nameGroup{rule{column: event.UserAgent, as: asText}, []string{"userAgent", "requestClientApplication"}},
	nameGroup{rule{column: event.HTTPMethod, as: asMethod}, []string{"requestMethod", "httpMethod", "method"}},
	nameGroup{rule{column: event.Message, as: asText}, []string{"msg", "message"}},
)

func fillLEEF(h *leefHeader, members []member, c *Context, e *event.Event) {
	settleRepeats(members, e)
	e.SetText(event.Vendor, strings.ToLower(h.vendor))
	e.SetText(event.Product, strings.ToLower(h.product))
	e.SetText(event.EventCode, h.id)
	e.SetExtraText("deviceVersion", h.version)
	fillLEEFTime(members, c, e)
	f := facts{
		product: h.product, name: h.id, category: memberText(members, "cat"), action: memberText(members, "action"),
		flow: findPair(members, "src") != nil && findPair(members, "dst") != nil,
		file: firstPair(members, "filePath", "fileName", "fileHash") != nil,
	}
	if f.action == "" {
		f.action = memberText(members, "act")
	}
	k := f.kind()
	switch {
	case isTrue(members, "isLoginEvent"):
		k = kindOf{eventType: event.AuthLogin}
	case isTrue(members, "isLogoutEvent"):
		k = kindOf{eventType: event.AuthLogout}
	}
	if m := firstPair(members, "usrName", "accountName"); m != nil && isUserText(m.text) {
		e.SetText(event.UserName, m.text)
		m.done = true
	}
	fillCEFProtocol(members, e)
	fillLEEFBytes(members, e)
	for _, name := range [...]string{"fileHash", "sha256", "sha1", "md5"} {
		if setStrongestHash(e, memberText(members, name)) {
			takeMember(members, name)
		}
	}
	fillDecision(members, k, e, "action", "act")
	fillResult(members, k, e, "outcome", "result", "status")
	leefMapping.fill(members, c, e)
	k.describe(h.id, e)
	fillNamedResult(h.id, k, e)
}

func isTrue(members []member, name string) bool {
	return strings.EqualFold(memberText(members, name), "true")
}

// fillLEEFTime reads devTime by devTimeFormat, where that is there and fits, else
// as what it looks like.
func fillLEEFTime(members []member, c *Context, e *event.Event) {
	m := findPair(members, "devTime")
	if m == nil {
		return
	}
	nanos, ok := int64(0), false
	layout := findPair(members, "devTimeFormat")
	if layout != nil {
		nanos, ok = patternTime(m.text, layout.text, c)
	}
	if !ok {
		nanos, ok = deviceTime(m.text, c)
	}
	if !ok {
		return
	}
	e.SetInt(event.EventTime, nanos)
	m.done = true
	if layout != nil {
		layout.done = true
	}
}

// fillLEEFBytes sets the bytes of both directions. The parts stay in extra.
func fillLEEFBytes(members []member, e *event.Event) {
	if m := findPair(members, "totalBytes"); m != nil {
		if n, ok := parseUint(m.text); ok {
			e.SetInt(event.NetworkBytes, n)
			m.done = true
			return
		}
	}
	in, out := findPair(members, "srcBytes"), findPair(members, "dstBytes")
	if in == nil || out == nil {
		return
	}
	a, first := parseUint(in.text)
	b, second := parseUint(out.text)
	if first && second && a+b >= 0 {
		e.SetInt(event.NetworkBytes, a+b)
	}
}
