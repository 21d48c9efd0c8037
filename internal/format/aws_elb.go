package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var awsELB = &Format{
	Name:  "aws_elb",
	Title: "AWS Elastic Load Balancing access logs",
	Doc: "Access logs of Classic Load Balancers, Application Load Balancers and (TLS) Network Load Balancers, with the fields " +
		"of all versions; fields that are newer than this program are kept. A line promises time, load balancer, client, " +
		"target, three times, statuses, sizes and, but for the Network Load Balancer, the request in quotes. " +
		"Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html",
	Parse:  parseELB,
	Match:  matchELB,
	Starts: "12hgwt",
}

var elbSources = []string{"webserver:aws:elb"}

// elbTypes are the types that lines of an Application Load Balancer begin with.
var elbTypes = [...]string{"http", "https", "h2", "grpcs", "ws", "wss"}

func elbType(line string) string {
	word, _, ok := strings.Cut(line[:min(len(line), 8)], " ")
	if !ok {
		return ""
	}
	for _, known := range elbTypes {
		if word == known {
			return word
		}
	}
	return ""
}

func parseELB(line string, _ *Context, e *event.Event) error {
	if strings.HasPrefix(line, "tls ") {
		return parseNLB(line, e)
	}
	l, err := cutELB(line)
	if err != nil {
		return err
	}
	l.fill(e)
	return nil
}

// elbLine is a line of a Classic or Application Load Balancer up to the request,
// cut.
type elbLine struct {
	kind           string // empty for a Classic Load Balancer
	nanos          int64
	elb            string
	client, target string
	// times are those that request, target and response took, in seconds.
	times    [3]string
	statuses [2]string
	sizes    [2]string
	request  string
	agent    string
	hasAgent bool
	// tail is what stands behind the user agent.
	tail   string
	broken bool
}

// cutELB cuts
//
//	[TYPE] TIME ELB CLIENT:PORT TARGET:PORT 3 TIMES 2 STATUSES 2 SIZES "REQUEST" "AGENT" ...
func cutELB(line string) (l elbLine, err error) {
	cur := scan(line)
	if l.kind = elbType(line); l.kind != "" {
		cur.i = len(l.kind) + 1
	}
	start := cur.i
	ok := false
	if l.nanos, ok = elbTime(cur.token()); !ok || !cur.skip(' ') {
		cur.i = start
		return l, cur.fail("expected a time like 2024-09-05T10:30:00.123456Z")
	}
	start = cur.i
	if l.elb = cur.token(); l.elb == "" || !cur.skip(' ') {
		cur.i = start
		return l, cur.fail("expected the load balancer's name")
	}
	for _, place := range [...]*string{&l.client, &l.target} {
		start = cur.i
		if *place = cur.token(); !isELBPlace(*place) || !cur.skip(' ') {
			cur.i = start
			return l, cur.fail("expected the address and port of client and target")
		}
	}
	if err := l.cutNumbers(&cur); err != nil {
		return l, err
	}
	return l, l.cutRequest(&cur)
}

// elbTime reads a time of AWS, which is of UTC without saying it in the logs of
// Network Load Balancers.
func elbTime(s string) (nanos int64, ok bool) { return rfc3339Time(s, nil) }

// isELBPlace reports whether s is "-", or an address or name with a port.
func isELBPlace(s string) bool {
	if s == "-" {
		return true
	}
	i := strings.LastIndexByte(s, ':')
	return i > 0 && (isCount(s[i+1:]) || s[i+1:] == "-")
}

func (l *elbLine) cutNumbers(cur *cursor) error {
	for i := range l.times {
		start := cur.i
		l.times[i] = cur.token()
		if l.times[i] != "-" && !isNumber(l.times[i]) || !cur.skip(' ') {
			cur.i = start
			return cur.fail("expected three times in seconds")
		}
	}
	for i := range l.statuses {
		start := cur.i
		l.statuses[i] = cur.token()
		if l.statuses[i] != "-" && !isCount(l.statuses[i]) || !cur.skip(' ') {
			cur.i = start
			return cur.fail("expected the statuses of load balancer and target")
		}
	}
	for i := range l.sizes {
		start := cur.i
		l.sizes[i] = cur.token()
		if l.sizes[i] != "-" && !isNumber(l.sizes[i]) || !cur.skip(' ') {
			cur.i = start
			return cur.fail("expected the bytes received and sent")
		}
	}
	return nil
}

// cutRequest cuts request and user agent. AWS escapes quotes in both; should one
// stand there after all, what follows is not read.
func (l *elbLine) cutRequest(cur *cursor) error {
	start := cur.i
	ok := false
	if l.request, ok = cur.quoted(); !ok {
		cur.i = start
		return cur.fail("expected the request in quotes")
	}
	if cur.done() {
		return nil // before 2015 that was all
	}
	if !cur.skip(' ') {
		l.broken = true
		return nil
	}
	if l.agent, ok = cur.quoted(); !ok {
		return cur.fail("expected the user agent in quotes")
	}
	l.hasAgent = true
	if !cur.done() && !cur.skip(' ') {
		l.broken, l.agent = true, ""
		return nil
	}
	l.tail = cur.rest()
	return nil
}

// matchELB looks at the type, or for the two addresses behind a time and a name.
func matchELB(line string) int {
	if len(line) < 40 {
		return 0
	}
	if line[0] == 't' {
		if isNLB(line) {
			return Certain
		}
		return 0
	}
	rest := line
	if !isDigit(line[0]) {
		kind := elbType(line)
		if kind == "" {
			return 0
		}
		rest = line[len(kind)+1:]
	}
	if !startsWithISO(rest) {
		return 0
	}
	c := scan(rest[:min(len(rest), 256)])
	for range 2 {
		c.token()
		c.skip(' ')
	}
	for range 2 {
		if place := c.token(); !isELBPlace(place) || !c.skip(' ') {
			return 0
		}
	}
	if first := c.token(); first != "-1" && first != "-" && strings.IndexByte(first, '.') < 0 || !c.skip(' ') {
		return 0
	}
	return Certain
}

func isNLB(line string) bool {
	rest, ok := strings.CutPrefix(line, "tls ")
	n := leadingDigits(rest)
	return ok && n > 0 && len(rest) > n+3 && rest[n] == '.' && rest[n+2] == ' ' && startsWithISO(rest[n+3:])
}
