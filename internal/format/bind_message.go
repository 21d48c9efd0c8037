package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// bindMessage reads what named wrote behind its header. Names in it are escaped
// by named: spaces, brackets and quotes in them can't imitate the text around.
type bindMessage struct {
	text string
	e    *event.Event
}

func (q *bindMessage) read() bool {
	if n := bindClientWidth(q.text); n > 0 {
		q.client(n)
		return true
	}
	return q.resolving() || q.rewrite(q.text)
}

// bindClientWidth returns how long "client @0x7f1234 192.0.2.7#51000" at the start
// of s is, 0 where it is not there.
func bindClientWidth(s string) int {
	rest, ok := strings.CutPrefix(s, "client ")
	if !ok {
		return 0
	}
	if strings.HasPrefix(rest, "@0x") {
		i := strings.IndexByte(rest[:min(len(rest), 24)], ' ')
		if i < 0 {
			return 0
		}
		rest = rest[i+1:]
	}
	i := strings.IndexByte(rest[:min(len(rest), 64)], '#')
	if i < 2 || !looksLikeAddress(rest[:i]) && strings.IndexByte(rest[:i], '%') < 0 {
		return 0
	}
	n := leadingDigits(rest[i+1 : min(len(rest), i+7)])
	if n == 0 || n > 5 {
		return 0
	}
	return len(s) - len(rest) + i + 1 + n
}

// client reads "client @0x... IP#PORT[/key KEY] [(NAME)]: [view VIEW:] MESSAGE".
func (q *bindMessage) client(n int) {
	e := q.e
	head := q.text[:n]
	end := head[strings.LastIndexByte(head, ' ')+1:]
	bindEnd(end, event.SourceIP, event.SourcePort, e)
	rest := q.text[n:]
	if key, ok := strings.CutPrefix(rest, "/key "); ok {
		i := strings.IndexAny(key, " :")
		if i < 0 {
			i = len(key)
		}
		e.SetExtraText("key", key[:i])
		rest = key[i:]
	}
	if name, ok := strings.CutPrefix(rest, " ("); ok {
		if i := strings.Index(name, "): "); i >= 0 { // a name has no bare space
			e.SetText(event.DNSQuery, name[:i])
			rest = name[i+1:]
		}
	}
	rest = strings.TrimLeft(strings.TrimPrefix(rest, ":"), " ")
	if view, ok := strings.CutPrefix(rest, "view "); ok {
		if name, after, ok := strings.Cut(view, ": "); ok {
			e.SetExtraText("view", name)
			rest = after
		}
	}
	q.clientMessage(rest)
}

// bindEnd reads "192.0.2.7#53".
func bindEnd(s string, ip, port event.Column, e *event.Event) bool {
	address, number, ok := strings.Cut(s, "#")
	if !setAddress(e, ip, address) {
		return false
	}
	if n, valid := parseUint(number); ok && valid {
		e.SetPort(port, n)
	}
	return true
}

func (q *bindMessage) clientMessage(rest string) {
	for _, transport := range [...]string{"UDP: ", "TCP: "} {
		if after, ok := strings.CutPrefix(rest, transport); ok {
			q.e.SetText(event.NetworkProtocol, strings.ToLower(transport[:3]))
			rest = after
		}
	}
	switch {
	case strings.HasPrefix(rest, "query: "):
		q.query(rest[len("query: "):])
	case strings.HasPrefix(rest, "response: "):
		q.response(rest[len("response: "):])
	case strings.HasPrefix(rest, "query failed ("):
		q.failed(rest[len("query failed ("):])
	case strings.HasPrefix(rest, "rate limit "):
		q.limited(rest)
	case q.denied(rest), q.rewrite(rest):
	}
}

// question sets what was asked and that somebody asked.
func (q *bindMessage) question(name, kind, action string) {
	e := q.e
	e.SetText(event.EventType, event.TypeDNSQuery)
	e.SetText(event.Action, action)
	e.SetText(event.DNSQuery, name)
	e.SetText(event.DNSType, kind)
	e.SetList(event.LogSource, dnsSources)
}

// query reads "NAME CLASS TYPE FLAGS (SERVER) [ECS ...]", and what Infoblox puts
// behind the type: "response: RCODE FLAGS ANSWERS".
func (q *bindMessage) query(rest string) {
	c := scan(rest)
	name := c.token()
	c.skipSpaces()
	class := c.token()
	c.skipSpaces()
	kind := c.token()
	c.skipSpaces()
	if name == "" || kind == "" {
		return
	}
	q.question(name, kind, "query")
	q.class(class)
	if c.skipText("response: ") {
		q.answered(&c)
		return
	}
	q.flags(c.token())
	c.skipSpaces()
	if c.skip('(') {
		if server, ok := c.until(')'); ok {
			bindEnd(server, event.DestinationIP, event.DestinationPort, q.e)
		}
		c.skipSpaces()
	}
	if c.skipText("[ECS ") {
		if subnet, ok := c.until(']'); ok {
			q.e.SetExtraText("ecs", subnet)
		}
	}
}

func (q *bindMessage) class(class string) {
	if class != "IN" {
		q.e.SetExtraText("class", class)
	}
}

// flags keeps the flags and reads the one that says that the query came by TCP.
func (q *bindMessage) flags(flags string) {
	if flags == "" || flags[0] != '+' && flags[0] != '-' {
		return
	}
	q.e.SetExtraText("flags", flags)
	if q.e.Has(event.NetworkProtocol) {
		return
	}
	q.e.SetText(event.NetworkProtocol, "udp")
	if strings.IndexByte(flags, 'T') >= 0 {
		q.e.SetText(event.NetworkProtocol, "tcp")
	}
}

// answered reads "NOERROR + www.example.com. 60 IN A 192.0.2.9; ...".
func (q *bindMessage) answered(c *cursor) {
	q.code(c.token())
	c.skipSpaces()
	q.e.SetText(event.Action, "response")
	q.flags(c.token())
	c.skipSpaces()
	rest := c.rest()
	for n := 0; rest != "" && n < maxListed; n++ {
		record, after, _ := strings.Cut(rest, ";")
		rest = after
		r := scan(strings.TrimLeft(record, " "))
		for range 4 {
			r.token()
			r.skipSpaces()
		}
		if data := strings.TrimRight(r.rest(), " "); data != "" {
			q.e.Append(event.DNSAnswer, data)
		}
	}
}

func (q *bindMessage) code(code string) {
	q.e.SetExtraText("rcode", code)
	switch code {
	case "":
	case "NOERROR":
		q.e.SetText(event.Outcome, event.Success)
	default:
		q.e.SetText(event.Outcome, event.Failure)
	}
}

// response reads BIND's response log: "NAME CLASS TYPE RCODE FLAGS ...".
func (q *bindMessage) response(rest string) {
	c := scan(rest)
	var part [5]string
	for i := range part {
		part[i] = c.token()
		c.skipSpaces()
	}
	if part[3] == "" {
		return
	}
	q.question(part[0], part[2], "response")
	q.class(part[1])
	q.code(part[3])
	q.flags(part[4])
}

// failed reads "SERVFAIL) for www.example.com/IN/A at query.c:6922".
func (q *bindMessage) failed(rest string) {
	code, rest, ok := strings.Cut(rest, ") for ")
	if !ok {
		return
	}
	name, _, _ := strings.Cut(rest, " ")
	name, kind := cutQuestion(name)
	q.question(name, kind, "query failed")
	q.code(code)
}

// cutQuestion splits "name/TYPE/CLASS" and "name/CLASS/TYPE"; the name may hold
// slashes.
func cutQuestion(s string) (name, kind string) {
	i := strings.LastIndexByte(s, '/')
	if i < 0 {
		return s, ""
	}
	last, head := s[i+1:], s[:i]
	j := strings.LastIndexByte(head, '/')
	if j < 0 {
		if isDNSClass(last) {
			return head, ""
		}
		return head, last
	}
	if isDNSClass(last) {
		return head[:j], head[j+1:]
	}
	return head[:j], last
}

func isDNSClass(s string) bool {
	switch s {
	case "IN", "CH", "HS", "ANY", "NONE":
		return true
	}
	return strings.HasPrefix(s, "CLASS")
}

// denied reads what an access list refused: "query (cache) 'NAME/TYPE/CLASS'
// denied", "zone transfer 'NAME/AXFR/IN' denied", "update 'ZONE/IN' denied".
func (q *bindMessage) denied(rest string) bool {
	what, after, ok := strings.Cut(rest, " '")
	if !ok || len(what) > 32 {
		return false
	}
	asked, after, ok := strings.Cut(after, "' denied")
	if !ok || strings.IndexByte(asked, '\'') >= 0 {
		return false
	}
	name, kind := cutQuestion(asked)
	q.question(name, kind, event.Deny)
	q.e.SetText(event.Outcome, event.Failure)
	q.e.SetExtraText("operation", what)
	q.e.SetExtraText("reason", strings.Trim(after, " ()"))
	return true
}

// limited reads "rate limit drop response to 192.0.2.0/24 for www.example.com IN A
// (0a1b2c3d)".
func (q *bindMessage) limited(rest string) {
	action, after, ok := strings.Cut(rest, " response to ")
	if !ok {
		return
	}
	network, after, _ := strings.Cut(after, " ")
	name, kind := "", ""
	if asked, ok := strings.CutPrefix(after, "for "); ok {
		c := scan(asked)
		name = c.token()
		c.skipSpaces()
		c.token()
		c.skipSpaces()
		if kind = c.token(); strings.HasPrefix(kind, "(") {
			kind = ""
		}
	}
	q.question(name, kind, action)
	q.e.SetExtraText("network", network)
}

// rewrite reads what a response policy zone did: "rpz QNAME NXDOMAIN rewrite
// NAME/TYPE/CLASS via ZONE"; older versions write "NAME [TYPE] via ZONE".
func (q *bindMessage) rewrite(rest string) bool {
	text, disabled := strings.CutPrefix(rest, "disabled ")
	c := scan(text)
	if !c.skipText("rpz ") {
		return false
	}
	trigger := c.token()
	c.skipSpaces()
	policy := c.token()
	c.skipSpaces()
	if !c.skipText("rewrite ") {
		return false
	}
	asked, via, _ := strings.Cut(c.rest(), " via ")
	var name, kind string
	if head, inner, ok := strings.Cut(asked, " ["); ok {
		name, kind = head, strings.TrimSuffix(inner, "]")
	} else {
		name, kind = cutQuestion(asked)
	}
	via, _, _ = strings.Cut(via, " ")
	q.question(name, kind, policy)
	e := q.e
	e.SetText(event.RuleName, via)
	e.SetExtraText("trigger", trigger)
	switch {
	case disabled:
		e.SetExtra("disabled", event.Value{Kind: event.KindBool, Text: "true"})
	case policy == "PASSTHRU":
		e.SetText(event.Outcome, event.Success)
	default:
		e.SetText(event.Outcome, event.Failure)
	}
	return true
}

// resolving reads the resolver's troubles: "FORMERR resolving 'NAME/TYPE/CLASS':
// 192.0.2.53#53", and "DNS format error from 192.0.2.53#53 resolving NAME/TYPE: why".
func (q *bindMessage) resolving() bool {
	reason, rest, ok := strings.Cut(q.text[:min(len(q.text), 512)], " resolving ")
	if !ok || len(reason) > 128 {
		return false
	}
	asked, server := "", ""
	if quoted, ok := strings.CutPrefix(rest, "'"); ok {
		asked, rest, ok = strings.Cut(quoted, "'")
		i := strings.LastIndex(rest, ": ")
		if !ok || i < 0 {
			return false
		}
		server = rest[i+2:]
	} else {
		head, from, ok := strings.Cut(reason, " from ")
		if !ok {
			return false
		}
		reason, server = head, from
		asked, _, _ = strings.Cut(rest, ":")
		asked, _, _ = strings.Cut(asked, " ")
	}
	if bindClientWidth("client "+server) == 0 {
		return false
	}
	name, kind := cutQuestion(asked)
	q.question(name, kind, "resolve")
	bindEnd(server, event.DestinationIP, event.DestinationPort, q.e)
	q.e.SetText(event.Outcome, event.Failure)
	q.e.SetExtraText("reason", reason)
	return true
}
