package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// The filtering platform's numbers for the direction of a packet.
const (
	wfpInbound  = "%%14592"
	wfpOutbound = "%%14593"
)

// setPacket sets what the filtering platform decided. The numbers for the
// direction and the protocol stay in extra, rules know them.
func (w *winRecord) setPacket(id int64, e *event.Event) {
	switch id {
	case 5154, 5156, 5158:
		e.SetText(event.Action, event.Allow)
	case 5031, 5150, 5151, 5152, 5153, 5155, 5157, 5159:
		e.SetText(event.Action, event.Deny)
	}
	switch winText(w.facts.direction) {
	case wfpInbound, "Inbound":
		e.SetText(event.NetworkDirection, event.Inbound)
	case wfpOutbound, "Outbound":
		e.SetText(event.NetworkDirection, event.Outbound)
	}
	if name := protocolNumbers[winText(w.facts.protocol)]; name != "" {
		e.SetText(event.NetworkProtocol, name)
	}
}

// protocolNumbers are IANA's names for the protocols that hosts speak.
var protocolNumbers = map[string]string{
	"1": "icmp", "2": "igmp", "6": "tcp", "17": "udp", "41": "ipv6", "47": "gre", "50": "esp", "51": "ah", "58": "ipv6-icmp", "132": "sctp",
}

// setFlow reads a connection that Sysmon saw.
func (w *winRecord) setFlow(e *event.Event) {
	for i := range w.members {
		m := &w.members[i]
		if m.name != "Initiated" {
			continue
		}
		switch m.text {
		case "true", "True":
			e.SetText(event.NetworkDirection, event.Outbound)
		case "false", "False":
			e.SetText(event.NetworkDirection, event.Inbound)
		}
	}
}

// setAnswers reads what a name resolved to: "type:  5 www.example.com;192.0.2.1;".
// The text as it is stays in extra.
func (w *winRecord) setAnswers(e *event.Event) {
	f := &w.facts
	if name := dnsTypes[winText(f.queryType)]; name != "" {
		e.SetText(event.DNSType, name)
	}
	text := winText(f.queryResults)
	if text == "" || strings.Count(text, ";") > maxListed {
		return
	}
	answers := make([]string, 0, 4)
	for rest := text; rest != ""; {
		var one string
		one, rest, _ = strings.Cut(rest, ";")
		if answer := answerOf(one); answer != "" {
			answers = append(answers, answer)
		}
	}
	e.SetList(event.DNSAnswer, answers)
}

// answerOf takes the type off an answer, and brings an address, which Windows
// writes as IPv6, into the usual form.
func answerOf(one string) string {
	one = strings.TrimSpace(one)
	if rest, ok := strings.CutPrefix(one, "type:"); ok {
		rest = strings.TrimLeft(rest, " ")
		one = strings.TrimLeft(rest[leadingDigits(rest):], " ")
	}
	if v4, ok := strings.CutPrefix(one, "::ffff:"); ok && isIP(v4) {
		return v4
	}
	return one
}

// dnsTypes are the names of DNS's record types.
var dnsTypes = map[string]string{
	"1": "A", "2": "NS", "5": "CNAME", "6": "SOA", "12": "PTR", "15": "MX", "16": "TXT", "28": "AAAA", "33": "SRV", "35": "NAPTR",
	"43": "DS", "46": "RRSIG", "47": "NSEC", "48": "DNSKEY", "52": "TLSA", "64": "SVCB", "65": "HTTPS", "252": "AXFR", "255": "ANY", "257": "CAA",
}
