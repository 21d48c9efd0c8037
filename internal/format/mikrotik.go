package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var mikrotikFormat = &Format{
	Name:  "mikrotik",
	Title: "MikroTik RouterOS",
	Doc: "Messages of RouterOS 6 and 7 with their topics, in syslog of both kinds, in files and bare: packets of the firewall, logins, " +
		"DHCP leases, wireless clients, tunnels, changes of the configuration; the rest is kept whole. Packets are read without topics " +
		"too. Source: https://help.mikrotik.com/docs/spaces/ROS/pages/328094/Log.",
	Parse:  parseMikroTik,
	Match:  matchMikroTik,
	Starts: "2abcdefghijklmnopqrstuvwxyz",
}

var mikrotikPayload = payload{
	format:   "mikrotik",
	read:     readMikroTik,
	owns:     func(program string) bool { return isChain(program) },
	describe: describeMikroTik,
	starts: []string{
		"account,", "async,", "bridge,", "caps,", "certificate,", "critical,", "debug,", "dhcp,", "dns,", "e-mail,", "error,", "event,", "firewall,",
		"health,", "hotspot,", "in:", "info,", "interface,", "ipsec,", "l2tp,", "lora,", "manager,", "mqtt,", "ntp,", "ospf,", "ovpn,", "packet,", "ppp,",
		"pppoe,", "pptp,", "radius,", "route,", "script,", "snmp,", "ssh,", "sstp,", "system,", "tftp,", "ups,", "vrrp,", "warning,", "watchdog,",
		"web-proxy,", "wireguard,", "wireless,",
	},
	claims: isMikroTik,
	strict: true,
	what:   "a message of RouterOS: expected topics with a level among them, or a packet",
}

func describeMikroTik(e *event.Event) {
	e.SetText(event.Vendor, "mikrotik")
	e.SetText(event.Product, "routeros")
	e.SetText(event.Service, "routeros")
}

func isMikroTik(message string) bool { return topicsWidth(message) > 0 || packetMark(message) >= 0 }

// topicsWidth returns how long "system,info,account" at the start of s is, 0 where
// no topics stand there. One of them is a level.
func topicsWidth(s string) int {
	n, leveled, start, commas := 0, false, 0, 0
	for ; n < len(s) && n < 64; n++ {
		switch b := s[n]; {
		case b == ',' || b == ' ' || b == ':':
			switch s[start:n] {
			case "info", "warning", "error", "critical", "debug":
				leveled = true
			case "":
				return 0
			}
			start = n + 1
			if b != ',' {
				if leveled && commas > 0 && (b == ' ' || strings.HasPrefix(s[n:], ": ")) {
					return n
				}
				return 0
			}
			commas++
		case b-'a' > 25 && b != '-' && b != '!' && !isDigit(b):
			return 0
		}
	}
	return 0
}

// isChain reports whether a word before a packet is one of the firewall's own
// chains. Administrators make others.
func isChain(word string) bool {
	switch word {
	case "forward", "input", "output", "prerouting", "postrouting", "srcnat", "dstnat":
		return true
	}
	return false
}

// packetMark returns where "in:ether1 out:bridge" begins in a packet's message, -1
// where there is none.
func packetMark(s string) int {
	head := s[:min(len(s), maxPrefix)]
	i := 0
	if !strings.HasPrefix(head, "in:") {
		if i = strings.Index(head, ": in:"); i < 0 {
			return -1
		}
		i += 2
	}
	rest := s[i:]
	out := strings.Index(rest[:min(len(rest), 80)], " out:")
	if out < 0 || !strings.Contains(rest[out:min(len(rest), 320)], "proto ") || !strings.Contains(rest[out:min(len(rest), 480)], "->") {
		return -1
	}
	return i
}

// mikrotikTime returns how long the time of a file is, the space behind it
// included.
func mikrotikTime(line string, c *Context) (nanos int64, n int, ok bool) {
	if len(line) < 20 {
		return 0, 0, false
	}
	if isDigit(line[0]) {
		if line[10] != ' ' || line[19] != ' ' {
			return 0, 0, false
		}
		nanos, n, ok = isoTime(line[:19], c.Zone)
		return nanos, n + 1, ok
	}
	// "sep/05 10:30:00", in older versions "sep/05/2024 10:30:00".
	m := moment{month: monthNumber(line)}
	if m.month == 0 || line[3] != '/' {
		return 0, 0, false
	}
	m.day = num2(line, 4)
	n = 6
	if line[6] == '/' {
		m.year = num4(line, 7)
		n = 11
	}
	if n+9 >= len(line) || line[n] != ' ' || !m.clock(line, n+1) || line[n+9] != ' ' {
		return 0, 0, false
	}
	nanos, ok = m.logged(c)
	return nanos, n + 10, ok
}

func matchMikroTik(line string) int {
	if len(line) < 12 {
		return 0
	}
	if isDigit(line[0]) || line[3] == '/' {
		if len(line) > 20 && (line[3] == '/' || line[10] == ' ') {
			if _, n, ok := mikrotikTime(line, &Context{}); ok && topicsWidth(line[n:]) > 0 {
				return 80
			}
		}
		return 0
	}
	if topicsWidth(line) > 0 {
		return 75
	}
	if i := strings.IndexByte(line[:min(len(line), 16)], ':'); i > 0 && isChain(line[:i]) && packetMark(line) >= 0 {
		return 75
	}
	return 0
}

func parseMikroTik(line string, c *Context, e *event.Event) error {
	nanos, n, ok := mikrotikTime(line, c)
	if !ok {
		return mikrotikPayload.parse(line, c, e)
	}
	if err := mikrotikPayload.parseBare(line[n:], c, e); err != nil {
		return &Error{Reason: "not " + mikrotikPayload.what, Offset: n}
	}
	e.SetInt(event.EventTime, nanos)
	return nil
}

// readMikroTik reads "TOPICS MESSAGE" and packets without topics.
func readMikroTik(message string, _ *Context, e *event.Event) bool {
	n := topicsWidth(message)
	text := message[n:]
	if n > 0 {
		text = strings.TrimLeft(strings.TrimPrefix(text, ":"), " ")
	}
	m := mikrotikMessage{text: text, topics: message[:n], e: e}
	if m.packet() {
		m.describe()
		return true
	}
	if n == 0 {
		return false
	}
	e.SetText(event.EventType, event.ServiceLog)
	m.describe()
	e.SetText(event.Message, text)
	m.fill()
	return true
}

type mikrotikMessage struct {
	text, topics string
	e            *event.Event
}

func (m *mikrotikMessage) describe() {
	describeMikroTik(m.e)
	m.e.SetExtraText("topics", m.topics)
	for rest := m.topics; rest != ""; {
		topic, after, _ := strings.Cut(rest, ",")
		if rest = after; topic == "info" || topic == "warning" || topic == "error" || topic == "critical" || topic == "debug" {
			m.e.SetText(event.LogLevel, topic)
		}
	}
}

// has reports whether topic is one of the message's.
func (m *mikrotikMessage) has(topic string) bool {
	for rest := m.topics; rest != ""; {
		one, after, _ := strings.Cut(rest, ",")
		if one == topic {
			return true
		}
		rest = after
	}
	return false
}

func (m *mikrotikMessage) fill() {
	switch {
	case m.has("dhcp"):
		m.lease()
	case m.has("wireless") || m.has("caps"):
		m.station()
	case m.has("ppp"), m.has("l2tp"), m.has("pptp"), m.has("sstp"), m.has("ovpn"), m.has("pppoe"), m.has("ipsec"), m.has("wireguard"):
		m.e.SetText(event.EventType, event.VPN)
		m.tunnel()
	case m.has("account") || m.has("system"):
		_ = m.login() || m.change()
	case m.has("interface"):
		m.link()
	}
}
