package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// firewallPacketLog is what NSX' edges write before a packet: their header lacks
// the version of RFC 5424.
const firewallPacketLog = "FIREWALL-PKTLOG "

var dfwSource = []string{"firewall:vmware:nsx"}

// cutDFW takes off what may stand before "INET": a number of the filter and the
// name of the log.
func cutDFW(text string) (id, rest string, ok bool) {
	if after, found := strings.CutPrefix(text, firewallPacketLog); found {
		text = strings.TrimLeft(after, "- ")
	}
	if !strings.HasPrefix(text, "INET") {
		n := 0
		for n < len(text) && n < 16 && hexDigit(text[n]) >= 0 {
			n++
		}
		if n == 0 || n >= len(text) || text[n] != ' ' {
			return "", "", false
		}
		id, text = text[:n], text[n+1:]
	}
	for _, family := range [...]string{"INET ", "INET6 "} {
		if rest, ok = strings.CutPrefix(text, family); ok {
			return id, rest, true
		}
	}
	return "", "", false
}

func isDFW(text string) bool {
	_, rest, ok := cutDFW(text)
	if !ok {
		return false
	}
	_, rest, _ = strings.Cut(rest, " ")
	verdict, _, _ := strings.Cut(rest[:min(len(rest), 12)], " ")
	return dfwAction(verdict) != ""
}

func dfwAction(verdict string) string {
	switch verdict {
	case "PASS":
		return "allow"
	case "DROP", "REJECT", "BLOCK":
		return "deny"
	case "PUNT", "REDIRECT", "COPY", "NAT", "NONAT", "RDR", "NORDR", "BINAT", "SCRUB", "NOSCRUB":
		return strings.ToLower(verdict)
	}
	return ""
}

// readDFW reads "2468 INET match PASS domain-c7/1001 IN 60 TCP
// 192.0.2.7/45926->198.51.100.9/8140 S TAG", and of a flow that ended "INET TERM
// PASS 5096 OUT TCP RST 192.0.2.7/60512->198.51.100.10/443 9/9 1461/4738 TAG".
func readDFW(text string, e *event.Event) bool {
	id, rest, ok := cutDFW(text)
	if !ok || !isDFW(text) {
		return false
	}
	cur := scan(rest)
	word := func() string {
		w := cur.token()
		cur.skipSpaces()
		return w
	}
	reason, verdict, rule, direction := word(), word(), word(), word()
	if direction != "IN" && direction != "OUT" {
		return false
	}
	size := ""
	if n := leadingDigits(cur.rest()); n > 0 && strings.HasPrefix(cur.rest()[n:], " ") {
		size = word()
	}
	protocol, ended, pair := word(), "", word()
	if !strings.Contains(pair, "->") {
		ended, pair = pair, word()
	}
	from, to, ok := strings.Cut(pair, "->")
	if !ok || protocol == "" {
		return false
	}
	var d dfwEnds
	if !d.read(from, to) {
		return false
	}
	d.fill(e)
	e.SetText(event.EventType, event.Firewall)
	e.SetText(event.Action, dfwAction(verdict))
	e.SetExtraText("verdict", verdict)
	fillDFWOutcome(verdict, e)
	e.SetExtraText("reason", reason)
	e.SetExtraText("filter", id)
	set, number, found := strings.Cut(rule, "/")
	if !found {
		set, number = "", rule
	}
	e.SetText(event.RuleID, number)
	e.SetExtraText("ruleset", set)
	e.SetText(event.NetworkDirection, event.Outbound)
	if direction == "IN" {
		e.SetText(event.NetworkDirection, event.Inbound)
	}
	e.SetText(event.NetworkProtocol, strings.ToLower(protocol))
	setExtraNumber(e, "length", size)
	e.SetExtraText("termination", ended)
	fillDFWTail(cur.rest(), reason == "TERM", protocol, e)
	e.SetText(event.Message, text)
	e.SetText(event.Product, "nsx")
	e.SetText(event.Service, "dfw")
	e.SetList(event.LogSource, dfwSource)
	describeVMware(e)
	return true
}

func fillDFWOutcome(verdict string, e *event.Event) {
	switch dfwAction(verdict) {
	case "allow":
		e.SetText(event.Outcome, event.Success)
	case "deny":
		e.SetText(event.Outcome, event.Failure)
	}
}

// dfwEnds are the ends of a packet.
type dfwEnds struct {
	from, to         string
	fromPort, toPort string
}

func (d *dfwEnds) read(from, to string) bool {
	d.from, d.fromPort, _ = strings.Cut(from, "/")
	d.to, d.toPort, _ = strings.Cut(to, "/")
	return isAddress(d.from) && isAddress(d.to)
}

func (d *dfwEnds) fill(e *event.Event) {
	e.SetIP(event.SourceIP, d.from)
	e.SetIP(event.DestinationIP, d.to)
	if port, ok := parseUint(d.fromPort); ok && !e.SetPort(event.SourcePort, port) {
		e.Warn("source_port: not a port")
	}
	if port, ok := parseUint(d.toPort); ok && !e.SetPort(event.DestinationPort, port) {
		e.Warn("destination_port: not a port")
	}
}

// fillDFWTail reads flags and the rule's tag, or packets and bytes of both
// directions.
func fillDFWTail(rest string, ended bool, protocol string, e *event.Event) {
	first, tail, _ := strings.Cut(rest, " ")
	if !ended {
		if protocol == "TCP" && strings.Trim(first, "SAFRPUEW") == "" {
			e.SetExtraText("tcp_flags", first)
			first = tail
		} else {
			first = rest
		}
		e.SetExtraText("tag", strings.TrimSpace(first))
		return
	}
	second, tag, _ := strings.Cut(tail, " ")
	in, out, ok := strings.Cut(second, "/")
	inBytes, validIn := parseUint(in)
	outBytes, validOut := parseUint(out)
	if !ok || !validIn || !validOut {
		e.SetExtraText("tag", rest)
		return
	}
	packetsIn, packetsOut, _ := strings.Cut(first, "/")
	setExtraNumber(e, "packets_in", packetsIn)
	setExtraNumber(e, "packets_out", packetsOut)
	setExtraNumber(e, "bytes_in", in)
	setExtraNumber(e, "bytes_out", out)
	if sum := inBytes + outBytes; sum >= 0 {
		e.SetInt(event.NetworkBytes, sum)
	}
	e.SetExtraText("tag", strings.TrimSpace(tag))
}
