package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var haproxyFormat = &Format{
	Name:  "haproxy",
	Title: "HAProxy",
	Doc: "HAProxy's connections in the layouts httplog, httpslog, tcplog and the default one, its errors of connections, " +
		"and its messages about proxies and servers; in a syslog envelope or bare. A connection promises client, time, " +
		"frontend and, but for errors, timers and termination state. Source: https://docs.haproxy.org/3.0/configuration.html#8.2",
	Parse:  parseHAProxy,
	Match:  matchHAProxy,
	Starts: "0123456789abcdefABCDEF:uC[",
}

var (
	haproxyWebSources     = []string{"webserver:haproxy:", ":haproxy:haproxy"}
	haproxyServiceSources = []string{":haproxy:haproxy"}
)

var haproxyPayload = payload{
	format:   "haproxy",
	read:     readHAProxy,
	owns:     func(program string) bool { return program == "haproxy" },
	describe: describeHAProxy,
	programs: []string{"haproxy"},
	what:     "a message of HAProxy that is known",
}

func describeHAProxy(e *event.Event) {
	e.SetText(event.Vendor, "haproxy")
	e.SetText(event.Product, "haproxy")
	e.SetText(event.Service, "haproxy")
	e.SetList(event.LogSource, haproxyServiceSources)
}

func parseHAProxy(line string, c *Context, e *event.Event) error {
	if hasEnvelope(line) {
		return haproxyPayload.parse(line, c, e)
	}
	if readHAProxyNotice(line, e) {
		fillAbsent(e, event.Message, line)
		return nil
	}
	h, err := cutHAProxy(line, c)
	if err != nil {
		return err
	}
	h.fill(e)
	return nil
}

func readHAProxy(message string, c *Context, e *event.Event) bool {
	if readHAProxyNotice(message, e) {
		return true
	}
	h, err := cutHAProxy(message, c)
	if err != nil {
		return false
	}
	h.fill(e)
	return true
}

// haproxyLine is the line of a connection, cut. The names are those of HAProxy's
// documentation.
type haproxyLine struct {
	client            string
	nanos             int64
	frontend          string
	backend, server   string
	timers            [5]string
	timersN           int
	status            string
	bytes             string
	cookies           [2]string
	state             string
	conns             [5]string
	queues            [2]string
	headers           [2]string
	headersN          int
	request           string
	hasRequest, isCut bool
	tail              string
	// problem is the text of an error that ended the connection early.
	problem string
	web     bool
	early   bool
}

// cutHAProxy cuts "CLIENT:PORT [TIME] FRONTEND ...".
func cutHAProxy(line string, c *Context) (h haproxyLine, err error) {
	cur := scan(line)
	h.client = cur.token()
	colon := strings.LastIndexByte(h.client, ':')
	if colon <= 0 || !isCount(h.client[colon+1:]) {
		return h, (&cursor{}).fail("expected the client's address and port")
	}
	if !cur.skipText(" [") {
		return h, cur.fail("expected a time in brackets behind the client")
	}
	text, ok := cur.until(']')
	if ok {
		h.nanos, ok = haproxyTime(text, c)
	}
	if !ok {
		return h, cur.fail("expected a time like 05/Sep/2024:10:30:00.123")
	}
	if !cur.skip(' ') {
		return h, cur.fail("expected the frontend behind the time")
	}
	start := cur.i
	h.frontend = cur.token()
	if name, ok := strings.CutSuffix(h.frontend, ":"); ok && name != "" && cur.skip(' ') && !cur.done() {
		h.frontend, h.problem = name, cur.rest()
		return h, nil
	}
	if h.frontend == "" || !cur.skip(' ') {
		cur.i = start
		return h, cur.fail("expected the frontend and what follows it")
	}
	return h, h.cutSession(&cur)
}

// haproxyTime reads "05/Sep/2024:10:30:00.123", which is of the source's zone,
// or a time of the common log format.
func haproxyTime(s string, c *Context) (nanos int64, ok bool) {
	if nanos, ok = clfTime(s); ok {
		return nanos, true
	}
	if len(s) < 20 || s[2] != '/' || s[6] != '/' || s[11] != ':' {
		return 0, false
	}
	m := moment{year: num4(s, 7), month: monthNumber(s[3:6]), day: num2(s, 0)}
	if !m.clock(s, 12) || 20+m.fraction(s, 20) != len(s) {
		return 0, false
	}
	return m.in(c.Zone)
}

// cutSession cuts what stands behind the frontend: a backend, or the counts of
// the error layout of version 2.5 and later.
func (h *haproxyLine) cutSession(cur *cursor) error {
	start := cur.i
	place := cur.token()
	slash := strings.IndexByte(place, '/')
	if slash < 0 || !cur.skip(' ') {
		cur.i = start
		return cur.fail("expected backend and server")
	}
	h.backend, h.server = place[:slash], place[slash+1:]
	start = cur.i
	next := cur.token()
	if isCount(h.backend) && isCount(h.server) && strings.Count(next, "/") == 4 {
		return h.cutEarly(cur, place, next)
	}
	h.timersN = cutSlashed(next, h.timers[:])
	if h.timersN != 3 && h.timersN != 5 || !cur.skip(' ') {
		cur.i = start
		return cur.fail("expected three or five timers")
	}
	h.web = h.timersN == 5
	if h.web {
		start = cur.i
		h.status = cur.token()
		if h.status != "-1" && (len(h.status) != 3 || !isCount(h.status)) || !cur.skip(' ') {
			cur.i = start
			return cur.fail("expected a status of three digits")
		}
	}
	return h.cutState(cur)
}

// cutSlashed cuts numbers with slashes between them, each of which may have a
// sign, and returns how many there are: 0 where a part is no number, or there
// are too many.
func cutSlashed(text string, parts []string) int {
	for n := range parts {
		part, rest, more := strings.Cut(text, "/")
		digits := part
		if part != "" && (part[0] == '-' || part[0] == '+') {
			digits = part[1:]
		}
		if !isCount(digits) || len(digits) > 18 {
			return 0
		}
		parts[n] = part
		if !more {
			return n + 1
		}
		text = rest
	}
	return 0
}

// cutEarly cuts the layout of connections that failed before a request:
// "AC/FC FC_ERR/SSL_FC_ERR/SSL_C_ERR/SSL_C_CA_ERR/RESUMED SNI/VERSION/CIPHER".
func (h *haproxyLine) cutEarly(cur *cursor, counts, errors string) error {
	h.early = true
	h.conns[0], h.conns[1], _ = strings.Cut(counts, "/")
	h.backend, h.server = "", ""
	h.problem = errors
	cur.skip(' ')
	h.tail = cur.rest()
	return nil
}

// cutState cuts "BYTES [COOKIES] STATE CONNS QUEUES" and what follows.
func (h *haproxyLine) cutState(cur *cursor) error {
	start := cur.i
	h.bytes = strings.TrimPrefix(cur.token(), "+")
	if !isCount(h.bytes) || !cur.skip(' ') {
		cur.i = start
		return cur.fail("expected the count of bytes")
	}
	if h.web {
		for i := range h.cookies {
			start = cur.i
			if h.cookies[i] = cur.token(); h.cookies[i] == "" || !cur.skip(' ') {
				cur.i = start
				return cur.fail("expected the captured cookies")
			}
		}
	}
	start = cur.i
	h.state = cur.token()
	if !isTermination(h.state, h.web) || !cur.skip(' ') {
		cur.i = start
		return cur.fail("expected the termination state")
	}
	start = cur.i
	if cutSlashed(cur.token(), h.conns[:]) != 5 || !cur.skip(' ') {
		cur.i = start
		return cur.fail("expected five counts of connections")
	}
	start = cur.i
	if cutSlashed(cur.token(), h.queues[:]) != 2 {
		cur.i = start
		return cur.fail("expected the places in both queues")
	}
	cur.skip(' ')
	h.cutRequest(cur)
	return nil
}

// isTermination reports whether s is a termination state: two letters of TCP,
// four of HTTP.
func isTermination(s string, web bool) bool {
	if web && len(s) != 4 || !web && len(s) != 2 {
		return false
	}
	for i := range len(s) {
		if !isAlpha(s[i]) && s[i] != '-' {
			return false
		}
	}
	return true
}

// cutRequest cuts the captured headers in braces, the request in quotes and what
// follows it. HAProxy escapes braces and quotes that clients send.
func (h *haproxyLine) cutRequest(cur *cursor) {
	for h.headersN < len(h.headers) && cur.peek() == '{' {
		end := strings.Index(cur.rest(), "} ")
		if end < 0 && strings.HasSuffix(cur.rest(), "}") {
			end = len(cur.rest()) - 1
		}
		if end < 0 {
			break
		}
		h.headers[h.headersN] = cur.rest()[1:end]
		h.headersN++
		cur.i += end + 1
		cur.skip(' ')
	}
	if cur.skip('"') {
		text, ok := cur.until('"')
		if !ok {
			text, h.isCut = cur.rest(), true
			cur.i = len(cur.s)
		}
		h.request, h.hasRequest = text, true
		cur.skip(' ')
	}
	h.tail = cur.rest()
}

// matchHAProxy is certain of a client with a port before a time with
// milliseconds in brackets.
func matchHAProxy(line string) int {
	if line == "" {
		return 0
	}
	if line[0] == 'C' && strings.HasPrefix(line, "Connect from ") {
		return 90
	}
	if line[0] == '[' {
		if _, _, _, ok := cutHAProxyConsole(line); ok {
			return 90
		}
		return 0
	}
	if line[0] == 'u' && !strings.HasPrefix(line, "unix:") {
		return 0
	}
	at := strings.IndexByte(line[:min(len(line), 64)], ' ')
	if at < 3 || at+len(" [05/Sep/2024:10:30:00.123] ") > len(line) {
		return 0
	}
	if line[at+1] != '[' || line[at+4] != '/' || line[at+8] != '/' || line[at+13] != ':' || line[at+22] != '.' || line[at+26] != ']' {
		return 0
	}
	colon := strings.LastIndexByte(line[:at], ':')
	if colon <= 0 || !isCount(line[colon+1:at]) {
		return 0
	}
	return Certain
}
