package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// pfRule is what tcpdump prints of pflog's header.
type pfRule struct {
	rule, sub, anchor, reason string
	process                   string
	action, direction         string
	device, rest              string
}

// cutRule reads "rule 12/0(match): block in on em0: ", "rule 3.anchor.12/(match)
// [uid 0, pid 77] pass out on em0: ".
func cutRule(s string) (r pfRule, ok bool) {
	c := scan(s)
	if !c.skipText("rule ") {
		return r, false
	}
	number, ok := c.until('/')
	if !ok || number == "" || len(number) > 64 || !isAlnum(number[0]) && number[0] != '-' {
		return r, false
	}
	r.rule = number
	if head, rest, nested := strings.Cut(number, "."); nested {
		r.rule, r.anchor = head, rest
	}
	if r.sub, ok = c.until('('); !ok || len(r.sub) > 16 {
		return r, false
	}
	if r.reason, ok = c.until(')'); !ok || len(r.reason) > 32 {
		return r, false
	}
	c.skip(':')
	c.skipSpaces()
	if c.skip('[') {
		if r.process, ok = c.until(']'); !ok {
			return r, false
		}
		c.skipSpaces()
	}
	r.action = c.token()
	c.skipSpaces()
	r.direction = c.token()
	if r.direction != "in" && r.direction != "out" || r.action == "" || !c.skipText(" on ") {
		return r, false
	}
	if r.device, ok = c.untilText(": "); !ok {
		r.device, ok = strings.CutSuffix(c.rest(), ":")
		return r, ok && r.device != ""
	}
	r.rest = c.rest()
	return r, true
}

func readRule(message string, e *event.Event) bool {
	r, ok := cutRule(message)
	if !ok {
		return false
	}
	e.SetText(event.EventType, event.Firewall)
	describePF(e)
	e.SetText(event.RuleID, r.rule)
	setExtraNumber(e, "subrule", r.sub)
	e.SetExtraText("anchor", r.anchor)
	e.SetExtraText("reason", r.reason)
	e.SetExtraText("process", r.process)
	e.SetExtraText("interface", r.device)
	decidePF(r.action, r.direction, e)
	fillPFPacket(r.rest, e)
	return true
}

// fillPFPacket reads "(tos 0x0, ..., proto TCP (6), length 60) 192.0.2.7.51000 >
// 198.51.100.4.22: Flags [S], ...".
func fillPFPacket(text string, e *event.Event) {
	text = strings.TrimLeft(text, " ")
	if header, rest, ok := cutIPHeader(text); ok {
		fillIPHeader(header, e)
		text = strings.TrimLeft(rest, " ")
	}
	text = strings.TrimPrefix(strings.TrimPrefix(text, "IP6 "), "IP ")
	from, rest, ok := strings.Cut(text, " > ")
	if !ok {
		return
	}
	to, detail, ok := strings.Cut(rest, ": ")
	if !ok {
		to, detail = strings.TrimSuffix(rest, ":"), ""
	}
	pfEnd(from, event.SourceIP, event.SourcePort, e)
	pfEnd(to, event.DestinationIP, event.DestinationPort, e)
	e.SetExtraText("packet", detail)
	if !e.Has(event.NetworkProtocol) {
		e.SetText(event.NetworkProtocol, tcpdumpProtocol(detail))
	}
}

// cutIPHeader takes off what tcpdump -v prints of the IP header, in brackets that
// hold brackets.
func cutIPHeader(s string) (header, rest string, ok bool) {
	if s == "" || s[0] != '(' {
		return "", s, false
	}
	depth := 0
	for i := 0; i < len(s) && i < 512; i++ {
		switch s[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return s[1:i], s[i+1:], true
			}
		}
	}
	return "", s, false
}

func fillIPHeader(header string, e *event.Event) {
	for header != "" {
		part, rest, _ := strings.Cut(header, ", ")
		header = rest
		name, value, _ := strings.Cut(part, " ")
		switch name {
		case "proto", "next-header":
			word, _, _ := strings.Cut(value, " ")
			e.SetText(event.NetworkProtocol, protocolName(word))
		case "length":
			if n, ok := parseUint(value); ok {
				e.SetInt(event.NetworkBytes, n)
			}
		case "tos", "ttl", "id", "offset", "flags", "class", "hlim", "flowlabel":
			setExtraNumber(e, name, strings.Trim(value, "[]"))
		}
	}
}

// pfEnd reads "192.0.2.7.51000", "2001:db8::7.443" or an address alone.
func pfEnd(s string, ip, port event.Column, e *event.Event) {
	address, number := s, ""
	if i := strings.LastIndexByte(s, '.'); i > 0 && (strings.IndexByte(s, ':') >= 0 || strings.Count(s, ".") == 4) {
		address, number = s[:i], s[i+1:]
	}
	if !setAddress(e, ip, address) {
		e.Warn(ip.String() + ": not an address")
		return
	}
	if n, ok := parseUint(number); ok {
		e.SetPort(port, n)
	} else {
		e.SetExtraText(port.String()+"_name", number)
	}
}

// tcpdumpProtocol returns the protocol that the words behind the ends tell. What
// tcpdump decodes further (DNS, NTP) does not tell it.
func tcpdumpProtocol(detail string) string {
	word, rest, _ := strings.Cut(detail, " ")
	switch strings.TrimRight(word, ",:") {
	case "Flags", "tcp", "TCP":
		return "tcp"
	case "UDP", "udp":
		return "udp"
	case "ICMP", "icmp":
		return "icmp"
	case "ICMP6", "icmp6":
		return "ipv6-icmp"
	case "igmp":
		return "igmp"
	case "CARPv2-advertise", "CARPv2":
		return "carp"
	}
	switch {
	case strings.HasPrefix(word, "ESP("), word == "esp":
		return "esp"
	case strings.HasPrefix(word, "GREv"), word == "gre":
		return "gre"
	case isTCPFlags(word) && strings.IndexByte(rest, '(') > 0 && strings.Contains(rest[:min(len(rest), 64)], "win "), isTCPFlags(word) && strings.HasPrefix(rest, "ack "):
		return "tcp" // OpenBSD: "S 123:123(0) win 16384"
	}
	return ""
}

func isTCPFlags(word string) bool {
	if word == "" || len(word) > 6 {
		return false
	}
	return strings.Trim(word, "SFPRWE.U") == ""
}
