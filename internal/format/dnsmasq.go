package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var dnsmasqFormat = &Format{
	Name:  "dnsmasq",
	Title: "dnsmasq and Pi-hole (DNS and DHCP)",
	Doc: "Messages of dnsmasq, in syslog or its own file: queries, answers of every origin, forwarded queries, DHCP in both versions, " +
		"what Pi-hole's FTL blocks; the rest is kept whole. Bare messages are read where they are queries, answers or DHCP. " +
		"Source: dnsmasq(8), log-queries and log-dhcp; src/cache.c, rfc2131.c and rfc3315.c.",
	Parse:  dnsmasqPayload.parse,
	Match:  matchDnsmasq,
	Starts: "0123456789DRacdefgqr",
}

var dnsmasqPayload = payload{
	format:   "dnsmasq",
	read:     readDnsmasq,
	owns:     isDnsmasq,
	describe: describeDnsmasq,
	programs: []string{"dnsmasq", "dnsmasq-dhcp", "dnsmasq-tftp", "dnsmasq-script", "pihole-FTL"},
	what:     "a message of dnsmasq that is known",
}

func isDnsmasq(program string) bool {
	return strings.HasPrefix(program, "dnsmasq") || program == "pihole-FTL"
}

func describeDnsmasq(e *event.Event) {
	e.SetText(event.Product, "dnsmasq")
	e.SetText(event.Service, "dnsmasq")
	if !e.Has(event.LogSource) {
		e.SetList(event.LogSource, syslogSource)
	}
}

func matchDnsmasq(line string) int {
	if len(line) < 12 || hasEnvelope(line) {
		return 0
	}
	switch {
	case strings.HasPrefix(line, "query["), strings.HasPrefix(line, "dnssec-query["):
		return 80
	case strings.HasPrefix(line, "DHCP"):
		if i := strings.IndexByte(line[:min(len(line), 20)], '('); i > 4 && i == leadingUpper(line) {
			return 80
		}
	}
	return 0
}

// leadingUpper returns how many capital letters s begins with.
func leadingUpper(s string) int {
	n := 0
	for n < len(s) && isUpper(s[n]) {
		n++
	}
	return n
}

func readDnsmasq(message string, _ *Context, e *event.Event) bool {
	d := dnsmasqMessage{text: message, e: e}
	d.cutExtra()
	if !d.dhcp() && !d.query() && !d.answer() {
		return false
	}
	setExtraNumber(e, "query_id", d.id)
	describeDnsmasq(e)
	return true
}

type dnsmasqMessage struct {
	text string
	id   string
	// client is the address that log-queries=extra writes before a message.
	client string
	e      *event.Event
}

// cutExtra takes off the number of a query or of a DHCP transaction, and the
// client "192.0.2.7/51000" behind it.
func (d *dnsmasqMessage) cutExtra() {
	n := leadingDigits(d.text)
	if n == 0 || n > 10 || n >= len(d.text) || d.text[n] != ' ' {
		return
	}
	id, rest := d.text[:n], d.text[n+1:]
	word, after, _ := strings.Cut(rest, " ")
	if address, port, ok := strings.Cut(word, "/"); ok && leadingDigits(port) == len(port) && isAddress(address) {
		d.client, rest = word, after
	}
	d.id, d.text = id, rest
}

// question sets what was asked, and the client where a line says it twice.
func (d *dnsmasqMessage) question(name, kind, action string) {
	e := d.e
	e.SetText(event.EventType, event.TypeDNSQuery)
	e.SetText(event.Action, action)
	e.SetText(event.DNSQuery, name)
	e.SetText(event.DNSType, kind)
	e.SetList(event.LogSource, dnsSources)
	if address, port, ok := strings.Cut(d.client, "/"); ok && setAddress(e, event.SourceIP, address) {
		if n, ok := parseUint(port); ok {
			e.SetPort(event.SourcePort, n)
		}
	}
}

// query reads "query[A] NAME from ADDRESS", "dnssec-query[DS] NAME to ADDRESS" and
// "forwarded NAME to ADDRESS". Names hold no spaces: dnsmasq escapes them.
func (d *dnsmasqMessage) query() bool {
	c := scan(d.text)
	word := c.token()
	kind := ""
	if name, inner, ok := strings.Cut(word, "["); ok && strings.HasSuffix(inner, "]") {
		word, kind = name, inner[:len(inner)-1]
	}
	switch {
	case kind != "" && (word == "query" || word == "dnssec-query" || word == "auth"):
	case kind == "" && (word == "forwarded" || word == "dnssec-retry"):
	default:
		return false
	}
	c.skipSpaces()
	name := c.token()
	c.skipSpaces()
	way := c.token()
	c.skipSpaces()
	end := c.token()
	if way != "from" && way != "to" || !c.done() {
		return false
	}
	address, port, ported := strings.Cut(end, "#")
	if !isAddress(address) {
		return false
	}
	ip, number := event.SourceIP, event.SourcePort
	if way == "to" {
		ip, number = event.DestinationIP, event.DestinationPort
	}
	d.question(name, strings.TrimPrefix(kind, "type="), word)
	if !d.e.Has(ip) {
		d.e.SetIP(ip, address)
	}
	if n, ok := parseUint(port); ported && ok {
		d.e.SetPort(number, n)
	}
	return true
}

// answer reads "ORIGIN NAME is ANSWER": reply, cached, config, /etc/hosts, DHCP,
// and Pi-hole's "gravity blocked".
func (d *dnsmasqMessage) answer() bool {
	origin := d.origin()
	if origin == "" {
		return false
	}
	c := scan(strings.TrimLeft(d.text[len(origin):], " "))
	name := c.token()
	c.skipSpaces()
	if !c.skipText("is ") || name == "" {
		return false
	}
	answer := c.rest()
	if strings.Contains(answer, " is ") {
		return false // a name with spaces in it: where it ends can't be told
	}
	code, _, _ := strings.Cut(answer, " (")
	if name == "error" && isDNSFailure(code) { // the word for any name that failed
		name = ""
	}
	d.question(name, "", origin)
	e := d.e
	switch {
	case isDNSFailure(code):
		setDNSCode(code, e)
		if _, reason, ok := strings.Cut(answer, " ("); ok {
			e.SetExtraText("reason", strings.TrimSuffix(reason, ")"))
		}
	case strings.HasPrefix(answer, "NXDOMAIN"):
		setDNSCode(answer, e)
	case strings.HasPrefix(answer, "NODATA"):
		e.SetExtraText("rcode", answer)
	case strings.HasPrefix(answer, "<"):
		e.SetExtraText("answer_type", strings.Trim(answer, "<>"))
	default:
		e.Append(event.DNSAnswer, answer)
	}
	switch {
	case strings.HasSuffix(origin, "blocked"), strings.HasSuffix(origin, "blacklisted"), strings.HasSuffix(origin, "denied"):
		e.SetText(event.Action, event.Deny)
		e.SetText(event.Outcome, event.Failure)
		e.SetExtraText("origin", origin)
	case !e.Has(event.Outcome):
		e.SetText(event.Outcome, event.Success)
	}
	return true
}

func isDNSFailure(code string) bool {
	switch code {
	case "SERVFAIL", "REFUSED", "FORMERR", "NOTIMP", "NXDOMAIN":
		return true
	}
	return false
}

// origin returns the words that say where an answer is from, "" for no answer.
func (d *dnsmasqMessage) origin() string {
	for _, words := range [...]string{
		"reply", "cached", "cached-stale", "config", "DHCP", "auth", "gravity blocked", "regex blacklisted", "exactly blacklisted", "regex denied",
		"exactly denied", "blacklisted", "special domain", "Pi-hole hostname", "antigravity",
	} {
		if strings.HasPrefix(d.text, words) && len(d.text) > len(words) && d.text[len(words)] == ' ' {
			return words
		}
	}
	if strings.HasPrefix(d.text, "/") {
		path, _, _ := strings.Cut(d.text, " ")
		return path
	}
	return ""
}

// dhcp reads "DHCPACK(eth0) 192.0.2.7 02:00:00:00:00:07 ws01" and the messages of
// version 6, whose clients have a DUID.
func (d *dnsmasqMessage) dhcp() bool {
	n := leadingUpper(strings.Replace(d.text[:min(len(d.text), 24)], "-", "X", 1))
	if n < 7 || n >= len(d.text) || d.text[n] != '(' || !strings.HasPrefix(d.text, "DHCP") && !strings.HasPrefix(d.text, "RTR-") {
		return false
	}
	c := scan(d.text[n+1:])
	device, ok := c.until(')')
	if !ok {
		return false
	}
	e := d.e
	fillDHCP(d.text[:n], e)
	e.SetExtraText("interface", device)
	c.skipSpaces()
	word := c.token()
	if isAddress(word) {
		e.SetIP(event.SourceIP, word)
		c.skipSpaces()
		word = c.token()
	}
	if isHardware(word) {
		name := "mac"
		if len(word) != 17 {
			name = "duid"
		}
		e.SetExtraText(name, word)
		c.skipSpaces()
		word = c.rest()
	}
	switch {
	case word == "":
	case e.Text(event.Outcome) == event.Failure || strings.IndexByte(word, ' ') >= 0:
		e.SetExtraText("reason", word)
	default:
		e.SetExtraText("hostname", word)
	}
	return true
}

// fillDHCP sets what kind of message of DHCP it is and how that ends.
func fillDHCP(kind string, e *event.Event) {
	e.SetText(event.EventType, event.DHCP)
	e.SetText(event.Action, kind)
	switch kind {
	case "DHCPACK", "DHCPREPLY", "DHCPLEASEACTIVE":
		e.SetText(event.Outcome, event.Success)
	case "DHCPNAK", "DHCPDECLINE":
		e.SetText(event.Outcome, event.Failure)
	}
}

// isHardware reports whether s is bytes in hexadecimal with colons between.
func isHardware(s string) bool {
	if len(s) < 5 || len(s)%3 != 2 {
		return false
	}
	for i := 0; i < len(s); i++ {
		if i%3 == 2 {
			if s[i] != ':' && s[i] != '-' {
				return false
			}
		} else if hexDigit(s[i]) < 0 {
			return false
		}
	}
	return true
}
