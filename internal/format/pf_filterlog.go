package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// filterPacket walks the fields of a packet in filterlog's order.
type filterPacket struct {
	fields []string
	e      *event.Event
}

func (p *filterPacket) next() string {
	if len(p.fields) == 0 {
		return ""
	}
	field := p.fields[0]
	p.fields = p.fields[1:]
	return field
}

func (p *filterPacket) keep(names ...string) {
	for _, name := range names {
		setExtraNumber(p.e, name, p.next())
	}
}

func (p *filterPacket) version4() {
	p.keep("tos", "ecn", "ttl", "id", "offset")
	p.e.SetExtraText("flags", p.next())
	number, name := p.next(), p.next()
	p.packet(name, number)
}

func (p *filterPacket) version6() {
	p.keep("class", "flow_label", "hop_limit")
	name, number := p.next(), p.next()
	p.packet(name, number)
}

// packet reads the length, the two ends and what the protocol adds.
func (p *filterPacket) packet(name, number string) {
	e := p.e
	protocol := protocolName(number)
	if transportName(protocol) == "" && name != "" {
		protocol = strings.ToLower(name)
	}
	e.SetText(event.NetworkProtocol, protocol)
	if n, ok := parseUint(p.next()); ok {
		e.SetInt(event.NetworkBytes, n)
	}
	p.address(event.SourceIP)
	p.address(event.DestinationIP)
	switch protocol {
	case "tcp":
		p.ports()
		e.SetExtraText("tcp_flags", p.next())
		e.SetExtraText("seq", p.next()) // a range where there is data: "1:5"
		p.keep("ack", "window", "urg")
		e.SetExtraText("options", strings.Join(p.fields, ","))
	case "udp":
		p.ports()
	case "icmp", "ipv6-icmp":
		p.icmp()
	case "carp", "vrrp":
		e.SetExtraText("carp_type", p.next())
		p.keep("carp_ttl", "vhid", "version", "advbase", "advskew")
	default:
		e.SetExtraText("protocol_data", strings.Trim(strings.Join(p.fields, ","), ","))
	}
}

func (p *filterPacket) address(c event.Column) {
	text := p.next()
	if !setAddress(p.e, c, text) {
		p.e.Warn(c.String() + ": not an address")
	}
}

func (p *filterPacket) ports() {
	for _, c := range [...]event.Column{event.SourcePort, event.DestinationPort} {
		port, ok := parseUint(p.next())
		if !ok || !p.e.SetPort(c, port) {
			p.e.Warn(c.String() + ": not a port")
		}
	}
	p.keep("datalen")
}

// icmp reads the type and what it says more.
func (p *filterPacket) icmp() {
	kind := p.next()
	p.e.SetExtraText("icmp_type", kind)
	switch kind {
	case "request", "reply", "tstamp":
		p.keep("icmp_id", "icmp_seq")
	case "tstampreply":
		p.keep("icmp_id", "icmp_seq", "icmp_otime", "icmp_rtime", "icmp_ttime")
	case "unreachproto":
		p.e.SetExtraText("icmp_destination", p.next())
		p.keep("icmp_protocol")
	case "unreachport":
		p.e.SetExtraText("icmp_destination", p.next())
		p.keep("icmp_protocol", "icmp_port")
	case "needfrag":
		p.e.SetExtraText("icmp_destination", p.next())
		p.keep("icmp_mtu")
	default:
		p.e.SetExtraText("icmp_description", strings.Trim(strings.Join(p.fields, ","), ","))
	}
}
