package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// packet reads "[PREFIX ]CHAIN: in:ether1 out:bridge, connection-state:new src-mac
// 02:00:00:00:00:07, proto TCP (SYN), 192.0.2.7:51000->198.51.100.4:22, len 60".
func (m *mikrotikMessage) packet() bool {
	at := packetMark(m.text)
	if at < 0 {
		return false
	}
	e := m.e
	e.SetText(event.EventType, event.Firewall)
	e.SetList(event.LogSource, firewallSources)
	if head := strings.TrimRight(m.text[:at], ": "); head != "" {
		prefix, chain := "", head
		if i := strings.LastIndexByte(head, ' '); i >= 0 {
			prefix, chain = head[:i], head[i+1:]
		}
		e.SetExtraText("chain", chain)
		e.SetText(event.RuleName, strings.TrimRight(prefix, " :"))
	} else if isChain(e.Text(event.ProcessName)) {
		e.SetExtraText("chain", e.Text(event.ProcessName)) // syslog took the chain for a program
		e.Clear(event.ProcessName)
	}
	switch decided := verdict(e.Text(event.RuleName)); decided {
	case event.Allow:
		e.SetText(event.Action, decided)
		e.SetText(event.Outcome, event.Success)
	case event.Deny:
		e.SetText(event.Action, decided)
		e.SetText(event.Outcome, event.Failure)
	}
	m.devices(m.text[at:])
	return true
}

// devices reads from "in:" on. "(unknown 0)" is no interface: the packet is the
// router's own, or for it.
func (m *mikrotikMessage) devices(s string) {
	e := m.e
	in, rest, _ := strings.Cut(s[len("in:"):], " out:")
	out, rest, _ := strings.Cut(rest, ", ")
	if strings.HasPrefix(in, "(unknown") {
		in = ""
	}
	if strings.HasPrefix(out, "(unknown") {
		out = ""
	}
	e.SetExtraText("in", in)
	e.SetExtraText("out", out)
	switch {
	case in != "" && out == "":
		e.SetText(event.NetworkDirection, event.Inbound)
	case in == "" && out != "":
		e.SetText(event.NetworkDirection, event.Outbound)
	}
	m.parts(rest)
}

// maxParts bounds the parts of a packet that are looked at.
const maxParts = 16

// parts reads what stands between commas behind the interfaces. The protocol's
// flags hold commas themselves.
func (m *mikrotikMessage) parts(rest string) {
	e := m.e
	if i := strings.Index(rest, "proto "); i > 0 && rest[i-1] == ' ' {
		m.marks(strings.TrimRight(rest[:i], ", ")) // version 7 has no comma behind the connection's marks
		rest = rest[i:]
	}
	for n := 0; rest != "" && n < maxParts; n++ {
		part := rest
		if strings.HasPrefix(rest, "proto ") {
			part, rest = cutProto(rest)
			m.protocol(part[len("proto "):])
			continue
		}
		part, rest, _ = strings.Cut(rest, ", ")
		switch {
		case strings.HasPrefix(part, "len "):
			if length, ok := parseUint(part[len("len "):]); ok {
				e.SetInt(event.NetworkBytes, length)
			}
		case strings.HasPrefix(part, "NAT "):
			e.SetExtraText("nat", part[len("NAT "):])
		case strings.HasPrefix(part, "prio "):
			e.SetExtraText("prio", part[len("prio "):])
		default:
			m.ends(part)
		}
	}
}

// cutProto splits "proto TCP (SYN,ACK), REST" behind the bracket.
func cutProto(s string) (part, rest string) {
	part, rest, _ = strings.Cut(s, ", ")
	if open := strings.IndexByte(part, '('); open >= 0 && strings.IndexByte(part, ')') < 0 {
		if shut := strings.IndexByte(s[:min(len(s), 96)], ')'); shut > 0 {
			return s[:shut+1], strings.TrimLeft(s[shut+1:], ", ")
		}
	}
	return part, rest
}

func (m *mikrotikMessage) protocol(s string) {
	name, detail, _ := strings.Cut(s, " ")
	m.e.SetText(event.NetworkProtocol, protocolName(name))
	detail = strings.Trim(detail, "()")
	if strings.EqualFold(name, "tcp") {
		m.e.SetExtraText("tcp_flags", detail)
		return
	}
	m.e.SetExtraText("proto_detail", detail)
}

// marks reads "connection-state:new,snat src-mac 02:00:00:00:00:07".
func (m *mikrotikMessage) marks(s string) {
	for s != "" {
		word, rest, _ := strings.Cut(s, " ")
		s = rest
		if name, value, ok := strings.Cut(word, ":"); ok && strings.HasPrefix(name, "connection-") {
			m.e.SetExtraText(name, strings.TrimRight(value, ","))
			continue
		}
		if word == "src-mac" {
			mac, rest, _ := strings.Cut(s, " ")
			m.e.SetExtraText("src-mac", strings.TrimRight(mac, ","))
			s = rest
		}
	}
}

// ends reads "192.0.2.7:51000->[2001:db8::1]:22".
func (m *mikrotikMessage) ends(s string) {
	from, to, ok := strings.Cut(s, "->")
	if !ok {
		return
	}
	m.end(from, event.SourceIP, event.SourcePort)
	m.end(to, event.DestinationIP, event.DestinationPort)
}

func (m *mikrotikMessage) end(s string, ip, port event.Column) {
	address, number := s, ""
	if i := strings.LastIndexByte(s, ':'); i > 0 && (s[i-1] == ']' || strings.IndexByte(s, ':') == i) {
		address, number = s[:i], s[i+1:]
	}
	if !setAddress(m.e, ip, strings.Trim(address, "[]")) {
		m.e.Warn(ip.String() + ": not an address")
		return
	}
	if n, ok := parseUint(number); ok {
		m.e.SetPort(port, n)
	}
}

// login reads "user alice logged in from 192.0.2.7 via ssh" and "login failure for
// user alice from 192.0.2.7 via ssh" from the end: a name may hold anything.
func (m *mikrotikMessage) login() bool {
	e := m.e
	head, via, ok := cutLast(m.text, " via ")
	if !ok || strings.IndexByte(via, ' ') >= 0 {
		head, via = m.text, ""
	}
	who, from, remote := cutLast(head, " from ")
	if !remote || !isAddress(from) && !isHardware(from) {
		who, from = head, ""
	}
	kind, outcome, user := "", "", ""
	if name, ok := strings.CutPrefix(who, "login failure for user "); ok {
		kind, outcome, user = event.AuthLogin, event.Failure, name
	} else if name, ok := strings.CutPrefix(who, "user "); ok {
		if user, ok = strings.CutSuffix(name, " logged in"); ok {
			kind, outcome = event.AuthLogin, event.Success
		} else if user, ok = strings.CutSuffix(name, " logged out"); ok {
			kind, outcome = event.AuthLogout, event.Success
		}
	}
	if kind == "" || from == "" && via == "" {
		return false
	}
	e.SetText(event.EventType, kind)
	e.SetText(event.Outcome, outcome)
	e.SetText(event.UserName, user)
	switch {
	case kind == event.AuthLogout:
		e.SetText(event.Action, "logged out")
	case outcome == event.Failure:
		e.SetText(event.Action, "login failure")
	default:
		e.SetText(event.Action, "logged in")
	}
	if !setAddress(e, event.SourceIP, from) {
		e.SetExtraText("mac", from)
	}
	e.SetExtraText("via", via)
	return true
}

// cutLast splits s at the last sep.
func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// change reads "filter rule changed by alice".
func (m *mikrotikMessage) change() bool {
	what, user, ok := cutLast(m.text, " by ")
	if !ok || user == "" || strings.IndexByte(user, ' ') >= 0 {
		return false
	}
	for _, action := range [...]string{"added", "changed", "removed", "moved", "enabled", "disabled", "undone", "reset"} {
		if item, ok := strings.CutSuffix(what, " "+action); ok {
			m.e.SetText(event.Action, action)
			m.e.SetText(event.UserName, user)
			m.e.SetExtraText("item", item)
			return true
		}
	}
	return false
}

// lease reads "dhcp1 assigned 192.0.2.7 to 02:00:00:00:00:07 ws01", in version 7
// with "for".
func (m *mikrotikMessage) lease() {
	e := m.e
	e.SetText(event.EventType, event.DHCP)
	c := scan(m.text)
	server := c.token()
	c.skipSpaces()
	action := c.token()
	switch action {
	case "assigned":
		e.SetText(event.Outcome, event.Success)
	case "deassigned":
	case "offering":
		e.SetText(event.Outcome, event.Failure)
		c.skipText(" lease")
	default:
		return
	}
	c.skipSpaces()
	address := c.token()
	if !setAddress(e, event.SourceIP, address) {
		return
	}
	e.SetText(event.Action, action)
	e.SetExtraText("server", server)
	c.skipSpaces()
	c.token()
	c.skipSpaces()
	if mac := c.token(); isHardware(mac) {
		e.SetExtraText("mac", mac)
		c.skipSpaces()
		if action != "offering" {
			e.SetExtraText("hostname", c.rest())
		}
	}
}

// station reads "02:00:00:00:00:07@wlan1: connected, signal strength -50".
func (m *mikrotikMessage) station() {
	who, what, ok := strings.Cut(m.text, ": ")
	mac, device, at := strings.Cut(who, "@")
	if !ok || !at || !isHardware(mac) {
		return
	}
	action, detail, _ := strings.Cut(what, ", ")
	m.e.SetText(event.Action, action)
	m.e.SetExtraText("mac", mac)
	m.e.SetExtraText("interface", device)
	m.e.SetExtraText("detail", detail)
}

// tunnel reads "<l2tp-alice>: authenticated", "alice logged in, 10.0.0.2 from
// 192.0.2.7" and "alice logged out, 3600 1 2 3 4 from 192.0.2.7".
func (m *mikrotikMessage) tunnel() {
	e := m.e
	if inner, ok := strings.CutPrefix(m.text, "<"); ok {
		name, what, ok := strings.Cut(inner, ">: ")
		if !ok {
			return
		}
		e.SetExtraText("interface", name)
		switch {
		case what == "authenticated", what == "connected":
			e.SetText(event.Action, what)
			e.SetText(event.Outcome, event.Success)
		case strings.HasPrefix(what, "disconnected"), strings.HasPrefix(what, "terminating"):
			e.SetText(event.Action, "disconnected")
		case strings.Contains(what, "authentication failed"):
			e.SetText(event.Action, "authentication failed")
			e.SetText(event.Outcome, event.Failure)
		}
		return
	}
	for _, words := range [...]string{" logged in, ", " logged out, "} {
		user, rest, ok := strings.Cut(m.text, words)
		if !ok || strings.IndexByte(user, ' ') >= 0 {
			continue
		}
		e.SetText(event.UserName, user)
		e.SetText(event.Action, strings.Trim(words, " ,"))
		e.SetText(event.Outcome, event.Success)
		inner, from, remote := cutLast(rest, " from ")
		if remote {
			setAddress(e, event.SourceIP, from)
		}
		if isAddress(inner) {
			e.SetExtraText("virtual_address", inner)
		}
		return
	}
	for _, words := range [...]string{"first L2TP UDP packet received from ", "TCP connection established from "} {
		if from, ok := strings.CutPrefix(m.text, words); ok {
			setAddress(e, event.SourceIP, from)
		}
	}
}

// link reads "ether1 link up (speed 1G, full duplex)".
func (m *mikrotikMessage) link() {
	device, rest, ok := strings.Cut(m.text, " link ")
	state, _, _ := strings.Cut(rest, " ")
	if ok && (state == "up" || state == "down") {
		m.e.SetText(event.Action, linkAction(state))
		m.e.SetExtraText("interface", device)
	}
}

func linkAction(state string) string {
	if state == "up" {
		return "link up"
	}
	return "link down"
}
