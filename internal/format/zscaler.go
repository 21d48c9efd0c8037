package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var zscalerFormat = &Format{
	Name:  "zscaler",
	Title: "Zscaler Internet Access (NSS)",
	Doc: "What Zscaler's Nanolog Streaming Service sends to a SIEM: the feed of web transactions as tab-separated key=value, " +
		"and the JSON feeds of web, firewall, DNS and audit logs. It promises the time and fields of a web transaction, or an " +
		"object with a sourcetype of NSS and an event. Source: https://help.zscaler.com/zia/nss-feed-output-format-web-logs",
	Parse:    parseZscaler,
	Match:    matchZscaler,
	Starts:   "<2",
	document: &zscalerDocument,
}

var zscalerDocument = documentKind{
	keys: []string{"sourcetype"},
	claims: func(o *object) int {
		if m := o.find("event"); m != nil && m.kind == event.KindObject && zscalerFeedOf(o.text("sourcetype")) != nil {
			return 90
		}
		return 0
	},
	fill: fillZscalerDocument,
}

// zscalerFeed is one of NSS' feeds.
type zscalerFeed struct {
	sourcetype, service string
	mapping             *mapping
	// before and after, where set, set what the names alone don't say.
	before, after func(members []member, e *event.Event)
}

var zscalerFeeds = [...]zscalerFeed{
	{"zscalernss-web", "web", newMapping(zscalerWebNames...), beforeZscalerWeb, afterZscalerWeb},
	{"zscalernss-fw", "firewall", newMapping(zscalerFirewallNames...), nil, afterZscalerFirewall},
	{"zscalernss-dns", "dns", newMapping(zscalerDNSNames...), nil, afterZscalerDNS},
	{"zscalernss-audit", "audit", newMapping(zscalerAuditNames...), nil, afterZscalerAudit},
}

func zscalerFeedOf(sourcetype string) *zscalerFeed {
	for i := range zscalerFeeds {
		if zscalerFeeds[i].sourcetype == sourcetype {
			return &zscalerFeeds[i]
		}
	}
	return nil
}

var (
	zscalerWebSources      = []string{"proxy:zscaler:"}
	zscalerFirewallSources = []string{"firewall:zscaler:"}
	zscalerDNSSources      = []string{"dns:zscaler:"}
)

func parseZscaler(line string, c *Context, e *event.Event) error {
	if isObject(line) {
		return parseDocument(line, &zscalerDocument, c, e)
	}
	cur := scan(line)
	if cur.peek() == '<' {
		if _, ok := cur.until('>'); !ok || cur.i > 6 {
			cur.i = 0
			return cur.fail("expected a priority")
		}
	}
	start := cur.i
	text, ok := cur.until('\t')
	nanos, valid := rfc3339Time(text, c.Zone)
	if !ok || !valid {
		cur.i = start
		return cur.fail("expected a time like 2024-09-05 10:30:00 and a tab")
	}
	o := borrowObject()
	defer o.release()
	members := o.members
	for !cur.done() {
		at := cur.i
		if len(members) == maxMembers {
			return cur.fail("the line has more than 8192 keys")
		}
		pair, ok := cur.until('\t')
		if !ok {
			pair, cur.i = cur.rest(), len(line)
		}
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			cur.i = at
			return cur.fail("expected key=value and tabs between the pairs")
		}
		members = append(members, member{name: name, text: value, kind: bareKind(value), bare: true})
	}
	o.members = members
	feed := &zscalerFeeds[0]
	if findMember(members, "action") == nil || findMember(members, "url") == nil {
		return cur.fail("expected action and url among the pairs")
	}
	e.SetInt(event.EventTime, nanos)
	feed.fill(members, c, e)
	return nil
}

func fillZscalerDocument(o *object, c *Context, e *event.Event) error {
	feed := zscalerFeedOf(o.text("sourcetype"))
	inner := o.find("event")
	inner.done = true
	borrowed := borrowObject()
	defer borrowed.release()
	j := jsonScanner{s: inner.text, known: true}
	members := j.object("", borrowed.members)
	for i := range o.members {
		if !o.members[i].done {
			members = append(members, o.members[i])
		}
	}
	for i := range members {
		m := &members[i]
		if m.name != "datetime" && m.name != "time" || m.kind != event.KindString {
			continue
		}
		nanos, ok := anyTime(m.str(), c.Zone)
		if !ok {
			nanos, ok = apacheTime(m.str(), c)
		}
		if ok && !m.done {
			e.SetInt(event.EventTime, nanos)
			m.done = true
		}
	}
	borrowed.members = members
	feed.fill(members, c, e)
	return nil
}

// fill sets e from the fields of the feed. Zscaler writes None, NA and empty
// texts for what there is not.
func (f *zscalerFeed) fill(members []member, c *Context, e *event.Event) {
	for i := range members {
		m := &members[i]
		switch m.text {
		case "", "None", "NA", "N/A":
			m.done = m.done || m.kind == event.KindString
		}
	}
	e.SetText(event.Vendor, "zscaler")
	e.SetText(event.Product, "zia")
	e.SetText(event.Service, f.service)
	if f.before != nil {
		f.before(members, e)
	}
	f.mapping.fill(members, c, e)
	f.after(members, e)
}

// zscalerText returns the text of a field.
func zscalerText(members []member, name string) string {
	m := findMember(members, name)
	if m == nil || m.kind == event.KindNull {
		return ""
	}
	if m.kind == event.KindString {
		return m.str()
	}
	return m.text
}

// fillZscalerAction sets allow or deny; other words stay what they are.
func fillZscalerAction(word string, e *event.Event) {
	switch {
	case strings.HasPrefix(word, "Allow"), strings.HasPrefix(word, "ALLOW"), strings.HasSuffix(word, "_ALLOW"):
		e.SetText(event.Action, event.Allow)
	case strings.HasPrefix(word, "Block"), strings.HasPrefix(word, "Drop"), strings.HasPrefix(word, "BLOCK"), strings.HasSuffix(word, "_BLOCK"):
		e.SetText(event.Action, event.Deny)
		e.SetText(event.Outcome, event.Failure)
	}
}

var zscalerWebNames = []nameGroup{
	{rule{column: event.SourceIP, as: asIP}, []string{"ClientIP", "clientip", "cip"}},
	{rule{column: event.SourceIP, as: asIP, rank: 1}, []string{"clientpublicIP", "clientpublicip"}},
	{rule{column: event.DestinationIP, as: asIP}, []string{"serverip"}},
	{rule{column: event.UserName, as: asText}, []string{"user", "login"}},
	{rule{column: event.HTTPMethod, as: asText}, []string{"requestmethod"}},
	{rule{column: event.HTTPVersion, as: asVersion}, []string{"requestversion"}},
	{rule{column: event.HTTPHost, as: asText}, []string{"hostname", "host"}},
	{rule{column: event.StatusCode, as: asStatus}, []string{"status"}},
	{rule{column: event.ResponseSizeBytes, as: asCount}, []string{"responsesize"}},
	{rule{column: event.UserAgent, as: asText}, []string{"useragent"}},
	{rule{column: event.Referrer, as: asText}, []string{"refererURL"}},
	{rule{column: event.RuleName, as: asText}, []string{"rulelabel"}},
	{rule{column: event.FileHash, as: asText}, []string{"sha256"}},
	{rule{column: event.FileHash, as: asText, rank: 1}, []string{"md5", "bamd5"}},
}

// beforeZscalerWeb sets the target, which Zscaler logs without its scheme.
func beforeZscalerWeb(members []member, e *event.Event) {
	m := findMember(members, "url")
	url := zscalerText(members, "url")
	if m == nil || m.done || url == "" {
		return
	}
	m.done = true
	e.SetText(event.RequestPath, url)
	if slash := strings.IndexByte(url, '/'); slash >= 0 && !strings.Contains(url, "://") {
		path, query, _ := strings.Cut(url[slash:], "?")
		e.SetText(event.URLPath, path)
		e.SetText(event.URLQuery, query)
	}
	fillURIExtension(e)
}

func afterZscalerWeb(members []member, e *event.Event) {
	e.SetText(event.EventType, event.HTTPAccess)
	e.SetList(event.LogSource, zscalerWebSources)
	if e.Has(event.StatusCode) {
		e.SetText(event.Outcome, httpOutcome(e.Int(event.StatusCode)))
	}
	if e.Text(event.HTTPMethod) == "CONNECT" {
		fillTargetPort(e, "CONNECT", e.Text(event.RequestPath))
	}
	fillZscalerAction(zscalerText(members, "action"), e)
}

var zscalerFirewallNames = []nameGroup{
	{rule{column: event.SourceIP, as: asIP}, []string{"csip"}},
	{rule{column: event.SourcePort, as: asPort}, []string{"csport"}},
	{rule{column: event.DestinationIP, as: asIP}, []string{"cdip"}},
	{rule{column: event.DestinationPort, as: asPort}, []string{"cdport"}},
	{rule{column: event.NetworkProtocol, as: asProtocol}, []string{"proto"}},
	{rule{column: event.UserName, as: asText}, []string{"user"}},
	{rule{column: event.RuleName, as: asText}, []string{"rulelabel"}},
}

func afterZscalerFirewall(members []member, e *event.Event) {
	e.SetText(event.EventType, event.Firewall)
	e.SetList(event.LogSource, zscalerFirewallSources)
	in, ok := parseUint(zscalerText(members, "inbytes"))
	if out, fits := parseUint(zscalerText(members, "outbytes")); ok && fits && in < 1<<61 && out < 1<<61 {
		e.SetInt(event.NetworkBytes, in+out)
	}
	fillZscalerAction(zscalerText(members, "action"), e)
	if e.Text(event.Action) == event.Allow {
		e.SetText(event.Outcome, event.Success)
	}
}

var zscalerDNSNames = []nameGroup{
	{rule{column: event.SourceIP, as: asIP}, []string{"clt_sip"}},
	{rule{column: event.SourcePort, as: asPort}, []string{"sport"}},
	{rule{column: event.DestinationIP, as: asIP}, []string{"srv_dip"}},
	{rule{column: event.DestinationPort, as: asPort}, []string{"srv_dport"}},
	{rule{column: event.UserName, as: asText}, []string{"user"}},
	{rule{column: event.DNSQuery, as: asText}, []string{"req", "dns_req"}},
	{rule{column: event.RuleName, as: asText}, []string{"reqrulelabel"}},
}

func afterZscalerDNS(members []member, e *event.Event) {
	e.SetText(event.EventType, event.TypeDNSQuery)
	e.SetList(event.LogSource, zscalerDNSSources)
	kind, _, _ := strings.Cut(zscalerText(members, "reqtype"), " ")
	if kind != "" && isUpper(kind[0]) {
		e.SetText(event.DNSType, kind)
		dropExtra(e, "reqtype")
	}
	if answer := zscalerText(members, "res"); isIP(answer) {
		e.SetList(event.DNSAnswer, []string{answer})
		e.SetText(event.Outcome, event.Success)
		dropExtra(e, "res")
	}
	fillZscalerAction(zscalerText(members, "resaction"), e)
	if e.Text(event.Action) != event.Deny {
		fillZscalerAction(zscalerText(members, "reqaction"), e)
	}
}

var zscalerAuditNames = []nameGroup{
	{rule{column: event.SourceIP, as: asIP}, []string{"clientip"}},
	{rule{column: event.UserName, as: asText}, []string{"adminid"}},
	{rule{column: event.Action, as: asText}, []string{"action"}},
}

// afterZscalerAudit sets what an administrator did, and to whom.
func afterZscalerAudit(members []member, e *event.Event) {
	kind := event.CloudAPI
	category := zscalerText(members, "category")
	switch action := e.Text(event.Action); {
	case action == "SIGN_IN":
		kind = event.AuthLogin
	case action == "SIGN_OUT":
		kind = event.AuthLogout
	case category == "USER_MANAGEMENT" || category == "ADMINISTRATOR_MANAGEMENT" || category == "ROLE_MANAGEMENT":
		kind = event.AccountChange
		if resource := zscalerText(members, "resource"); category == "USER_MANAGEMENT" && zscalerText(members, "subcategory") == "USER" {
			e.SetText(event.TargetUserName, absent(resource))
			dropExtra(e, "resource")
		}
	}
	e.SetText(event.EventType, kind)
	e.SetList(event.LogSource, zscalerAuditSources)
	switch zscalerText(members, "result") {
	case "SUCCESS":
		e.SetText(event.Outcome, event.Success)
	case "FAILURE":
		e.SetText(event.Outcome, event.Failure)
	}
}

var zscalerAuditSources = []string{":zscaler:audit"}

// matchZscaler looks for a time with a tab behind it, behind a priority or not,
// and for the first key of the web feed.
func matchZscaler(line string) int {
	rest := line
	if line != "" && line[0] == '<' {
		shut := strings.IndexByte(line[:min(len(line), 6)], '>')
		if shut < 2 {
			return 0
		}
		rest = line[shut+1:]
	}
	if len(rest) < 30 || rest[4] != '-' || rest[19] != '\t' || rest[10] != ' ' {
		return 0
	}
	if strings.HasPrefix(rest[20:], "reason=") {
		return 95
	}
	return 0
}
