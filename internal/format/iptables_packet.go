package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// packet walks the fields of a logged packet.
type packet struct {
	rest    string
	e       *event.Event
	in, out string
	// transport says that PROTO= was read: LEN and ID behind it are the
	// transport's.
	transport bool
	// flags are the TCP flags as they stand in the line, and tail is the line
	// from the first of them on.
	flags, tail string
}

// maxFields bounds the fields of one packet; what follows is not looked at.
const maxFields = 64

func (p *packet) fields() {
	for n := 0; p.rest != "" && n < maxFields; n++ {
		p.rest = strings.TrimLeft(p.rest, " ")
		if strings.HasPrefix(p.rest, "[") {
			p.embedded()
			continue
		}
		token := p.rest
		if i := strings.IndexByte(token, ' '); i >= 0 {
			token = token[:i]
		}
		start := p.rest
		p.rest = p.rest[len(token):]
		key, value, ok := strings.Cut(token, "=")
		if !ok {
			p.flag(token, start)
			continue
		}
		p.field(key, value)
	}
	p.e.SetExtraText("FLAGS", p.flags)
}

func (p *packet) field(key, value string) {
	switch key {
	case "SRC", "IPSRC":
		p.ip(event.SourceIP, key, value)
	case "DST", "IPDST":
		p.ip(event.DestinationIP, key, value)
	case "SPT":
		p.port(event.SourcePort, key, value)
	case "DPT":
		p.port(event.DestinationPort, key, value)
	case "PROTO":
		p.transport = true
		p.e.SetText(event.NetworkProtocol, protocolName(value))
	case "LEN":
		p.length(value)
	case "ID":
		name := "ID"
		if p.transport {
			name = "ICMP_ID"
		}
		setExtraNumber(p.e, name, value)
	case "IN":
		p.in = value
		p.e.SetExtraText(key, value)
	case "OUT":
		p.out = value
		p.e.SetExtraText(key, value)
	case "MAC", "PHYSIN", "PHYSOUT":
		p.e.SetExtraText(key, value)
	default:
		setExtraNumber(p.e, key, value)
	}
}

func (p *packet) ip(c event.Column, key, value string) {
	if value != "" && !p.e.SetIP(c, value) {
		p.e.Warn(key + ": not an address")
	}
}

func (p *packet) port(c event.Column, key, value string) {
	port, ok := parseUint(value)
	if !ok || !p.e.SetPort(c, port) {
		p.e.Warn(key + ": not a port")
	}
}

func (p *packet) length(value string) {
	if p.transport {
		setExtraNumber(p.e, "UDP_LEN", value)
		return
	}
	if n, ok := parseUint(value); ok {
		p.e.SetInt(event.NetworkBytes, n)
	}
}

// flag reads a word without a value: a TCP flag, a mark of the IP header, or
// "FRAG:64".
func (p *packet) flag(word, start string) {
	switch word {
	case "SYN", "ACK", "FIN", "RST", "PSH", "URG", "CWR", "ECE":
		if p.tail == "" {
			p.tail = start
		}
		p.flags = p.tail[:len(p.tail)-len(p.rest)]
	case "ARP":
		p.e.SetText(event.NetworkProtocol, "arp")
	case "DF", "MF", "CE", "INCOMPLETE":
		p.e.SetExtra(word, event.Value{Kind: event.KindBool, Text: "true"})
	default:
		if offset, ok := strings.CutPrefix(word, "FRAG:"); ok {
			setExtraNumber(p.e, "FRAG", offset)
		} else if strings.HasPrefix(word, "(") {
			p.e.SetExtraText("OPT", strings.Trim(word, "()"))
		}
	}
}

// embedded reads the packet that an ICMP error quotes: "[SRC=... DST=... ]".
func (p *packet) embedded() {
	end := strings.IndexByte(p.rest, ']')
	if end < 0 {
		end = len(p.rest) - 1
	}
	p.e.SetExtraText("quoted_packet", strings.Trim(p.rest[1:max(end, 1)], " "))
	p.rest = p.rest[end+1:]
}

// protocolName is the schema's name for what PROTO= says: the kernel writes
// names for the protocols it knows and numbers for the others.
func protocolName(value string) string {
	if name := transportName(value); name != "" {
		return name
	}
	switch value {
	case "1":
		return "icmp"
	case "2":
		return "igmp"
	case "6":
		return "tcp"
	case "17":
		return "udp"
	case "47":
		return "gre"
	case "50":
		return "esp"
	case "51":
		return "ah"
	case "58":
		return "ipv6-icmp"
	case "89":
		return "ospf"
	case "103":
		return "pim"
	case "112":
		return "vrrp"
	case "132":
		return "sctp"
	}
	return strings.ToLower(value)
}
