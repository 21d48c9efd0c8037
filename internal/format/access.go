package format

import (
	"net/netip"
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// accessLine is a line of the common log format family, cut into parts:
//
//	[vhost] client ident user [time] "request" status size tail
//
// Parts are as logged. apache_access and nginx_access share it and differ in
// what they make of the tail.
type accessLine struct {
	vhost, client, ident, user string
	// forwarded is the address list that stands in the client's place when the
	// log writes X-Forwarded-For there.
	forwarded string
	nanos     int64
	request   string
	status    int64
	size      string
	// tail is what follows the size, without the space before it.
	tail string
}

// cutAccess cuts line. An error is an *Error at the first part that is missing
// or not valid.
func cutAccess(line string) (a accessLine, err error) {
	at, err := a.cutTime(line)
	if err != nil {
		return a, err
	}
	if err := a.cutHead(line[:at-1]); err != nil {
		return a, err
	}
	if !isClient(a.client) {
		return a, &Error{Reason: "expected an address or a host name as the client"}
	}
	c := cursor{s: line, i: at + clfWidth + len(` "`)}
	if err := a.cutRequest(&c); err != nil {
		return a, err
	}
	a.size = c.token()
	if a.size != "-" && leadingDigits(a.size) != len(a.size) || a.size == "" {
		c.i -= len(a.size)
		return a, c.fail("expected the response size, digits or '-'")
	}
	c.skip(' ')
	a.tail = c.rest()
	return a, nil
}

// clfWidth is the length of a time with its brackets.
const clfWidth = len("[05/Sep/2024:10:30:00 +0000]")

// isCLFTime reports whether a time in brackets, as the format writes it, starts
// at line[i:]. It looks at the shape only.
func isCLFTime(line string, i int) bool {
	return i+clfWidth <= len(line) && line[i] == '[' && line[i+3] == '/' && line[i+7] == '/' && line[i+12] == ':' && line[i+27] == ']'
}

// cutTime finds the time and returns where its bracket stands. User names may
// hold brackets and even times, but not the quote that must follow the time:
// servers escape it.
func (a *accessLine) cutTime(line string) (at int, err error) {
	bracket, behind := -1, -1
	for i := 0; ; i++ {
		n := strings.IndexByte(line[i:], '[')
		if n < 0 {
			break
		}
		i += n
		if bracket < 0 {
			bracket = i
		}
		if !isCLFTime(line, i) {
			continue
		}
		if !strings.HasPrefix(line[i+clfWidth:], ` "`) {
			behind = i + clfWidth
			continue
		}
		nanos, ok := clfTime(line[i+1 : i+clfWidth-1])
		if !ok {
			return 0, &Error{Reason: "the time is not valid", Offset: i + 1}
		}
		if i < len("- - - ") || line[i-1] != ' ' {
			return 0, &Error{Reason: "expected client, identity and user before the time"}
		}
		a.nanos = nanos
		return i, nil
	}
	if behind >= 0 {
		return 0, &Error{Reason: "expected a space and the request in quotes behind the time", Offset: behind}
	}
	return 0, &Error{Reason: "expected a time like [05/Sep/2024:10:30:00 +0000]", Offset: max(bracket, 0)}
}

// layout is what the outer form of an access line says about its writer.
type layout uint8

const (
	noAccess layout = iota
	// commonLayout and combinedLayout end with the size and the user agent.
	commonLayout
	combinedLayout
	// mainLayout has one quoted field more than combined: the log_format main
	// of the nginx packages, which adds X-Forwarded-For.
	mainLayout
	// otherLayout is of the family and none of the above.
	otherLayout
)

// layoutOf looks at the outer form of a line without cutting it. It is the price
// of choosing a known format by itself, so it looks at few bytes: the count of
// quotes tells the plain layouts apart.
func layoutOf(line string) layout {
	at := strings.IndexByte(line, '[')
	if at < len("- - - ") {
		return noAccess
	}
	client := strings.IndexByte(line[:at], ' ')
	if client < 0 || !isCLFTime(line, at) || line[at-1] != ' ' || !strings.HasPrefix(line[at+clfWidth:], ` "`) {
		return oddLayout(line, at)
	}
	user := client + len(" - ")
	if at < user+len("- ") || line[client+1] != '-' || line[client+2] != ' ' || strings.IndexByte(line[user:at-1], ' ') >= 0 || !isAlnum(line[0]) && line[0] != ':' {
		return oddLayout(line, at)
	}
	quotes := strings.Count(line[at+clfWidth:], `"`)
	switch last := line[len(line)-1]; {
	case quotes == 6 && last == '"':
		return combinedLayout
	case quotes == 2 && (isDigit(last) || last == '-'):
		return commonLayout
	case quotes == 8 && last == '"':
		return mainLayout
	default:
		return otherLayout
	}
}

// oddLayout returns otherLayout for a line that has a client in front and a time
// in brackets somewhere, as users with brackets and virtual hosts in front make
// them.
func oddLayout(line string, bracket int) layout {
	client, _, _ := strings.Cut(line[:bracket], " ")
	if !isClient(strings.TrimSuffix(client, ",")) || !hasCLFTime(line[bracket:]) {
		return noAccess
	}
	return otherLayout
}

// hasCLFTime reports whether a time and the quote that must follow it stand
// anywhere in s: a user name may hold brackets.
func hasCLFTime(s string) bool {
	for {
		i := strings.IndexByte(s, '[')
		if i < 0 {
			return false
		}
		if isCLFTime(s, i) && strings.HasPrefix(s[i+clfWidth:], ` "`) {
			return true
		}
		s = s[i+1:]
	}
}

// cutHead cuts what stands before the time.
func (a *accessLine) cutHead(head string) error {
	c := scan(head)
	first := c.token()
	if !c.skip(' ') {
		return c.fail("expected identity and user behind the client")
	}
	second := c.token()
	if !c.skip(' ') {
		return c.fail("expected a user behind the identity")
	}
	third := c.rest()
	if first == "" || second == "" || third == "" {
		return (&cursor{}).fail("expected client, identity and user")
	}
	if strings.IndexByte(third, ' ') < 0 {
		a.client, a.ident, a.user = first, second, third
		return nil
	}
	return a.cutLongHead(head, first, second, third)
}

// cutLongHead cuts a head of more than three words: a virtual host or a list of
// forwarded addresses stands in front, or the user has spaces.
func (a *accessLine) cutLongHead(head, first, second, third string) error {
	switch {
	case strings.HasSuffix(first, ","):
		n := forwardedWidth(head)
		a.forwarded = head[:n]
		a.client = strings.TrimSuffix(first, ",")
		ident, user, ok := strings.Cut(head[min(n+1, len(head)):], " ")
		if !ok {
			return &Error{Reason: "expected identity and user behind the addresses", Offset: n}
		}
		a.ident, a.user = ident, user
	case isVhost(first, second):
		ident, user, _ := strings.Cut(third, " ")
		a.vhost, a.client, a.ident, a.user = first, second, ident, user
	case second == "-":
		a.client, a.ident, a.user = first, second, third
	case strings.HasSuffix(third, " -") && isIP(first):
		// The user is known to be absent, so the spaces are the identity's.
		a.client, a.ident, a.user = first, head[len(first)+1:len(head)-len(" -")], "-"
	default:
		return &Error{Reason: "expected client, identity and user, found more words before the time", Offset: len(first) + len(second) + 2}
	}
	return nil
}

// forwardedWidth returns the length of the list "a, b, c" at the start of head.
func forwardedWidth(head string) int {
	c := scan(head)
	for strings.HasSuffix(c.token(), ",") && c.skip(' ') {
	}
	return c.i
}

// isVhost reports whether first is the virtual host in front of the client
// second: a name with a port, or a name where an address follows.
func isVhost(first, second string) bool {
	if isIP(first) || first == "-" {
		return false
	}
	if isIP(second) {
		return true
	}
	name, port, ok := strings.Cut(first, ":")
	return ok && name != "" && port != "" && leadingDigits(port) == len(port) && second != "-"
}

// isClient reports whether s can be an address, a host name or a missing client:
// bytes that both are made of, so that prose in front of a time is not taken for
// one.
func isClient(s string) bool {
	for i := 0; i < len(s); i++ {
		if b := s[i]; !isAlnum(b) && b != '.' && b != '-' && b != ':' && b != '_' && b != '%' && b != '[' && b != ']' {
			return false
		}
	}
	return s != "" && len(s) <= 255
}

func isIP(s string) bool {
	if s == "" || len(s) > 64 || !isDigit(s[0]) && strings.IndexByte(s, ':') < 0 {
		return false
	}
	_, err := netip.ParseAddr(s)
	return err == nil
}

// cutRequest reads the request up to the quote that a status follows: a request
// may hold quotes that its server did not escape.
func (a *accessLine) cutRequest(c *cursor) error {
	start := c.i
	for i := start; ; i++ {
		n := strings.IndexByte(c.s[i:], '"')
		if n < 0 {
			c.i = start
			return c.fail("expected a quote and a status of three digits behind the request")
		}
		i += n
		if !escapedAt(c.s, start, i) && isStatus(c.s[i+1:]) {
			a.request = c.s[start:i]
			a.status, _ = parseUint(c.s[i+2 : i+5])
			c.i = i + len(`" 200 `)
			return nil
		}
	}
}

// isStatus reports whether s starts with " 200 ".
func isStatus(s string) bool {
	return len(s) >= 5 && s[0] == ' ' && s[4] == ' ' && isDigit(s[1]) && isDigit(s[2]) && isDigit(s[3])
}

// fill sets what all formats of the family have in common.
func (a *accessLine) fill(e *event.Event) {
	e.SetText(event.EventType, event.HTTPAccess)
	e.SetInt(event.EventTime, a.nanos)
	a.fillClient(e)
	if a.ident != "-" {
		e.SetExtraText("ident", a.ident)
	}
	if a.user != "-" && a.user != `""` {
		e.SetText(event.UserName, a.user)
	}
	fillRequest(e, a.request)
	e.SetInt(event.StatusCode, a.status)
	e.SetText(event.Outcome, httpOutcome(a.status))
	if a.size == "-" {
		return
	}
	if size, ok := parseUint(a.size); ok {
		e.SetInt(event.ResponseSizeBytes, size)
		return
	}
	e.Warn("response_size_bytes: not a 64-bit number")
}

// httpOutcome returns what an HTTP status says about a request.
func httpOutcome(status int64) string {
	switch {
	case status < 100:
		return event.Unknown
	case status < 400:
		return event.Success
	default:
		return event.Failure
	}
}

func (a *accessLine) fillClient(e *event.Event) {
	if a.vhost != "" {
		fillHost(e, a.vhost)
	}
	e.SetExtraText("x_forwarded_for", a.forwarded)
	if a.client == "-" || e.SetIP(event.SourceIP, a.client) {
		return
	}
	if at, err := netip.ParseAddrPort(a.client); err == nil {
		e.SetIP(event.SourceIP, at.Addr().String())
		e.SetPort(event.SourcePort, int64(at.Port()))
		return
	}
	e.SetExtraText("client_host", a.client)
}

// fillHost sets http_host, and destination_port where host ends in one.
func fillHost(e *event.Event, host string) {
	if i := strings.LastIndexByte(host, ':'); i > 0 && !isIP(host) {
		if port, ok := parseUint(host[i+1:]); ok && e.SetPort(event.DestinationPort, port) {
			host = host[:i]
		}
	}
	e.SetText(event.HTTPHost, host)
}
