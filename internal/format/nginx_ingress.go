package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var nginxIngress = &Format{
	Name:  "nginx_ingress",
	Title: "Kubernetes ingress-nginx access log",
	Doc: "The default access log of the Kubernetes ingress controller ingress-nginx: the layout combined, followed by " +
		"request length and time, the name of the upstream in brackets and what it answered; old versions that have the real " +
		"address in brackets in front too. It promises what nginx_access promises, and the upstream's name. " +
		"Source: https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/log-format/",
	Parse: parseNginxIngress,
	Match: matchNginxIngress,
}

// ingressTail is what stands behind the user agent.
type ingressTail struct {
	length, time string
	upstream     string
	alternative  string
	// addrs, sizes, times and statuses have one entry for each upstream that was
	// tried.
	addrs, sizes, times, statuses string
	id                            string
}

func parseNginxIngress(line string, _ *Context, e *event.Event) error {
	a, err := cutAccess(line)
	if err != nil {
		return err
	}
	a.cutRealIP()
	c := scan(a.tail)
	at := len(line) - len(a.tail)
	referrer, ok := c.quoted()
	if !ok || !c.skip(' ') {
		return &Error{Reason: "expected the referrer in quotes behind the size", Offset: at + c.i}
	}
	agent, ok := c.quoted()
	if !ok || !c.skip(' ') {
		return &Error{Reason: "expected the user agent in quotes behind the referrer", Offset: at + c.i}
	}
	var t ingressTail
	if reason := t.cut(&c); reason != "" {
		return &Error{Reason: reason, Offset: at + c.i}
	}
	a.fill(e)
	e.SetText(event.Vendor, "kubernetes")
	e.SetText(event.Product, "ingress-nginx")
	e.SetText(event.Service, "access")
	e.SetList(event.LogSource, nginxAccessSources)
	e.SetText(event.Referrer, absent(referrer))
	e.SetText(event.UserAgent, absent(agent))
	t.fill(e)
	return nil
}

// cutRealIP takes the address in brackets off the user that versions before 0.26
// put there, "192.0.2.1 - [192.0.2.1] - alice".
func (a *accessLine) cutRealIP() {
	rest, ok := strings.CutPrefix(a.user, "[")
	address, user, more := strings.Cut(rest, "] - ")
	if !ok || !more {
		return
	}
	for list := address; list != ""; {
		var one string
		one, list, _ = strings.Cut(list, ", ")
		if !isIP(one) {
			return
		}
	}
	a.user = user
	if address != a.client {
		a.forwarded = address
	}
}

// cut reads `LENGTH TIME [UPSTREAM] [ALTERNATIVE] ADDRS SIZES TIMES STATUSES ID`.
// It returns what was expected where the cursor stands, "" where all is well.
func (t *ingressTail) cut(c *cursor) (reason string) {
	start := c.i
	t.length = c.token()
	if !isCount(t.length) || !c.skip(' ') {
		c.i = start
		return "expected the request's length"
	}
	start = c.i
	t.time = c.token()
	if !isNumber(t.time) || !c.skipText(" [") {
		c.i = start
		return "expected the request's time and the upstream's name in brackets"
	}
	ok := false
	if t.upstream, ok = c.until(']'); !ok {
		return "expected a bracket behind the upstream's name"
	}
	c.skip(' ')
	if c.skip('[') {
		if t.alternative, ok = c.until(']'); !ok {
			return "expected a bracket behind the alternative upstream's name"
		}
		c.skip(' ')
	}
	t.addrs, t.sizes, t.times, t.statuses = upstreamList(c), upstreamList(c), upstreamList(c), upstreamList(c)
	t.id = c.rest()
	return ""
}

// upstreamList reads "a", "a, b" or "a : b": nginx puts a comma between servers,
// a colon between groups of them.
func upstreamList(c *cursor) string {
	start := c.i
	for {
		word := c.token()
		switch {
		case strings.HasSuffix(word, ",") && c.skip(' '):
		case strings.HasPrefix(c.rest(), " : "):
			c.i += len(" : ")
		default:
			text := c.s[start:c.i]
			c.skip(' ')
			return text
		}
	}
}

func (t *ingressTail) fill(e *event.Event) {
	setExtraValue(e, "request_length", t.length)
	setExtraValue(e, "request_time", t.time)
	e.SetExtraText("proxy_upstream_name", absent(t.upstream))
	e.SetExtraText("proxy_alternative_upstream_name", absent(t.alternative))
	e.SetExtraText("upstream_addr", absent(t.addrs))
	setExtraValue(e, "upstream_response_length", t.sizes)
	setExtraValue(e, "upstream_response_time", t.times)
	setExtraValue(e, "upstream_status", t.statuses)
	e.SetExtraText("req_id", absent(t.id))
}

// matchNginxIngress is certain of an access line with the upstream's name in
// brackets behind the last quote.
func matchNginxIngress(line string) int {
	if layoutOf(line) != otherLayout {
		return 0
	}
	if !isIngressTail(line) {
		return 0
	}
	return Certain
}

// isIngressTail reports whether " LENGTH TIME [" follows the last quote.
func isIngressTail(line string) bool {
	last := strings.LastIndexByte(line, '"')
	tail := line[last+1:]
	if last < 0 || tail == "" || tail[0] != ' ' {
		return false
	}
	n := leadingDigits(tail[1:]) + 1
	if n == 1 || n >= len(tail) || tail[n] != ' ' {
		return false
	}
	number, name, ok := strings.Cut(tail[n+1:], " [")
	return ok && isNumber(number) && strings.IndexByte(name, ']') >= 0
}
