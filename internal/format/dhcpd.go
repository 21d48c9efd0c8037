package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var dhcpdFormat = &Format{
	Name:  "dhcpd",
	Title: "ISC dhcpd, dhclient and Kea (DHCP)",
	Doc: "Messages of ISC's DHCP server and client, of what is built on them (Infoblox, OpenBSD, pfSense) and of Kea, for both versions of " +
		"DHCP: what a client asked for and got, why it was refused, leases that were given up. Other messages of the servers are kept " +
		"whole. Source: dhcpd(8), server/dhcp.c and server/dhcpv6.c; https://kea.readthedocs.io/en/latest/kea-messages.html.",
	Parse:  parseDHCPD,
	Match:  matchDHCPD,
	Starts: "BD2",
}

var dhcpdPayload = payload{
	format:   "dhcpd",
	read:     readDHCPD,
	owns:     isDHCPServer,
	describe: describeDHCPD,
	programs: []string{"dhcpd", "dhcpd6", "dhclient", "kea-dhcp4", "kea-dhcp6", "kea-ctrl-agent", "kea-dhcp-ddns"},
	what:     "a message of a DHCP server that is known",
}

func isDHCPServer(program string) bool {
	switch program {
	case "dhcpd", "dhcpd6", "dhclient":
		return true
	}
	return strings.HasPrefix(program, "kea-")
}

func describeDHCPD(e *event.Event) {
	e.SetText(event.Vendor, "isc")
	e.SetText(event.Product, "dhcp")
	e.SetText(event.Service, "dhcpd")
	switch name := e.Text(event.ProcessName); {
	case name == "dhclient":
		e.SetText(event.Service, name)
	case strings.HasPrefix(name, "kea-"):
		describeKea(e)
	}
	if !e.Has(event.LogSource) {
		e.SetList(event.LogSource, syslogSource)
	}
}

func matchDHCPD(line string) int {
	if len(line) < 16 {
		return 0
	}
	switch line[0] {
	case '2':
		if isKeaLine(line) {
			return Certain
		}
	case 'B', 'D':
		if _, ok := cutDHCPKind(line); ok {
			return 85
		}
	}
	return 0
}

func parseDHCPD(line string, c *Context, e *event.Event) error {
	if isKeaLine(line) {
		return dhcpdPayload.parseBare(line, c, e)
	}
	return dhcpdPayload.parse(line, c, e)
}

func readDHCPD(message string, c *Context, e *event.Event) bool {
	if readKea(message, c, e) {
		return true
	}
	d := dhcpMessage{text: message, e: e}
	if !d.version4() && !d.version6() && !d.other() {
		return false
	}
	describeDHCPD(e)
	return true
}

type dhcpMessage struct {
	text string
	e    *event.Event
}

// cutDHCPKind reads "DHCPACK " and the like with the word that goes on.
func cutDHCPKind(s string) (kind string, ok bool) {
	n := leadingUpper(s[:min(len(s), 20)])
	if n < 7 || n+4 > len(s) || s[n] != ' ' || !strings.HasPrefix(s, "DHCP") && !strings.HasPrefix(s, "BOOTRE") {
		return "", false
	}
	for _, word := range [...]string{"on ", "for ", "of ", "from ", "to "} {
		if strings.HasPrefix(s[n+1:], word) {
			return s[:n], true
		}
	}
	return "", false
}

// version4 reads "DHCPACK on 192.0.2.7 to 02:00:00:00:00:07 (ws01) via eth0". The
// name in brackets is the client's to choose, so what stands behind it is read
// from the last " via " on.
func (d *dhcpMessage) version4() bool {
	kind, ok := cutDHCPKind(d.text)
	if !ok {
		return false
	}
	head, tail, served := d.text[len(kind)+1:], "", false
	if i := strings.LastIndex(head, " via "); i >= 0 {
		head, tail, served = head[:i], head[i+len(" via "):], true
	}
	fillDHCP(kind, d.e)
	d.parties(head, served)
	if served {
		d.tail(tail)
	}
	return true
}

// parties reads the address and the hardware, each behind a word, and the
// client's name. Without "via" it is a client's message, and the other address is
// the server's.
func (d *dhcpMessage) parties(head string, served bool) {
	e := d.e
	c := scan(head)
	for n := 0; n < 6 && !c.done(); n++ {
		if c.peek() == '(' {
			d.bracketed(&c)
			c.skipSpaces()
			continue
		}
		word := c.token()
		c.skipSpaces()
		switch word {
		case "on", "for", "of", "from", "to":
		default:
			return
		}
		value := c.token()
		c.skipSpaces()
		switch {
		case isHardware(value):
			e.SetExtraText("mac", value)
		case !isAddress(value):
			e.SetExtraText("interface", value)
		case !served && (word == "from" || word == "to"):
			e.SetIP(event.DestinationIP, value)
		default:
			e.SetIP(event.SourceIP, value)
		}
		if rest, ok := strings.CutPrefix(c.rest(), "port "); ok && !served {
			if port, ok := parseUint(rest[:leadingDigits(rest)]); ok {
				e.SetPort(event.DestinationPort, port)
			}
			return
		}
	}
}

// bracketed reads the server that a client chose, the hardware behind an address,
// or the client's name, which goes on to the end.
func (d *dhcpMessage) bracketed(c *cursor) {
	e := d.e
	rest := c.rest()
	inner, _, ok := strings.Cut(rest[1:], ")")
	switch {
	case ok && isAddress(inner):
		e.SetExtraText("server", inner)
	case ok && isHardware(inner):
		e.SetExtraText("mac", inner)
	case ok && strings.HasPrefix(inner, "xid="):
		e.SetExtraText("xid", inner[len("xid="):])
	default:
		e.SetExtraText("hostname", strings.TrimSuffix(rest[1:], ")"))
		c.i = len(c.s)
		return
	}
	c.i += len(inner) + 2
}

// tail reads "eth0 relay eth1 lease-duration 600 offered-duration 60 (found)
// TransID 8554a358 uid 01:02 (RENEW)" and ": network 192.0.2.0/24: no free leases".
func (d *dhcpMessage) tail(tail string) {
	e := d.e
	if head, reason, ok := strings.Cut(tail, ": "); ok {
		tail = head
		reason, more, _ := strings.Cut(reason, " TransID ")
		if more != "" {
			tail += " TransID " + more
		}
		e.SetExtraText("reason", reason)
		if e.Text(event.Action) != "DHCPACK" {
			e.SetText(event.Outcome, event.Failure)
		}
	}
	c := scan(tail)
	via := c.token()
	if isAddress(via) {
		e.SetExtraText("relay", via)
	} else {
		e.SetExtraText("interface", via)
	}
	for n := 0; n < 12 && !c.done(); n++ {
		c.skipSpaces()
		switch word := c.token(); word {
		case "relay", "uid", "TransID":
			c.skipSpaces()
			name := word
			if word == "relay" {
				name = "relay_interface"
			}
			e.SetExtraText(name, c.token())
		case "lease-duration", "offered-duration":
			c.skipSpaces()
			setExtraNumber(e, word, c.token())
		case "(found)", "(RENEW)", "(REBIND)", "(SELECTING)", "(INIT-REBOOT)":
			e.SetExtraText("state", strings.Trim(word, "()"))
		case "(not":
			e.SetExtraText("state", "not found")
			e.SetText(event.Outcome, event.Failure)
		}
	}
}

// version6 reads "Solicit message from fe80::1 port 546, transaction ID 0x123456",
// "Sending Advertise to fe80::1 port 546" and "Reply NA: address 2001:db8::7 to
// client with duid 00:01:02 iaid = 1 valid for 3600 seconds".
func (d *dhcpMessage) version6() bool {
	e := d.e
	word, rest, _ := strings.Cut(d.text, " ")
	if word == "Sending" {
		kind, to, ok := strings.Cut(rest, " to ")
		address, port, ported := strings.Cut(to, " port ")
		if !ok || !ported || !isDHCP6(kind) || !isAddress(address) {
			return false
		}
		fillDHCP(kind, e)
		e.SetIP(event.DestinationIP, address)
		d.port(event.DestinationPort, port)
		return true
	}
	if !isDHCP6(word) {
		return false
	}
	if from, ok := strings.CutPrefix(rest, "message from "); ok {
		address, rest, _ := strings.Cut(from, " port ")
		if !isAddress(address) {
			return false
		}
		fillDHCP(word, e)
		e.SetIP(event.SourceIP, address)
		port, more, _ := strings.Cut(rest, ", transaction ID ")
		d.port(event.SourcePort, port)
		id, _, _ := strings.Cut(more, ",")
		e.SetExtraText("transaction_id", id)
		return true
	}
	kind, text, ok := strings.Cut(rest, ": ")
	if !ok || kind != "NA" && kind != "TA" && kind != "PD" {
		return false
	}
	what, more, ok := strings.Cut(text, " to client with duid ")
	if !ok {
		return false
	}
	fillDHCP(word, e)
	if word == "Reply" {
		e.SetText(event.Outcome, event.Success)
	}
	what, address, _ := strings.Cut(what, " ")
	if what != "address" || !setAddress(e, event.SourceIP, address) {
		e.SetExtraText(what, address)
	}
	duid, more, _ := strings.Cut(more, " ")
	e.SetExtraText("duid", duid)
	if iaid, ok := strings.CutPrefix(more, "iaid = "); ok {
		iaid, valid, _ := strings.Cut(iaid, " valid for ")
		setExtraNumber(e, "iaid", iaid)
		setExtraNumber(e, "valid_seconds", valid[:leadingDigits(valid)])
	}
	return true
}

func (d *dhcpMessage) port(c event.Column, text string) {
	if port, ok := parseUint(text); ok {
		d.e.SetPort(c, port)
	}
}

func isDHCP6(word string) bool {
	switch word {
	case "Solicit", "Advertise", "Request", "Confirm", "Renew", "Rebind", "Reply", "Release", "Decline", "Reconfigure", "Information-request",
		"Relay-forward", "Relay-reply":
		return true
	}
	return false
}

// other reads messages about an address that begin with other words.
func (d *dhcpMessage) other() bool {
	e := d.e
	switch {
	case strings.HasPrefix(d.text, "Abandoning IP address "):
		address, reason, ok := strings.Cut(d.text[len("Abandoning IP address "):], ": ")
		if !ok || !isAddress(address) {
			return false
		}
		fillDHCP("abandon", e)
		e.SetText(event.Outcome, event.Failure)
		e.SetIP(event.SourceIP, address)
		e.SetExtraText("reason", reason)
		return true
	case strings.HasPrefix(d.text, "uid lease "):
		address, rest, ok := strings.Cut(d.text[len("uid lease "):], " for client ")
		mac, network, duplicate := strings.Cut(rest, " is duplicate on ")
		if !ok || !duplicate || !isAddress(address) {
			return false
		}
		fillDHCP("duplicate", e)
		e.SetIP(event.SourceIP, address)
		e.SetExtraText("mac", mac)
		e.SetExtraText("network", network)
		return true
	case strings.HasPrefix(d.text, "bound to "):
		address, _, ok := strings.Cut(d.text[len("bound to "):], " -- ")
		if !ok || !isAddress(address) {
			return false
		}
		fillDHCP("bound", e)
		e.SetText(event.Outcome, event.Success)
		e.SetIP(event.SourceIP, address)
		return true
	}
	return false
}
