package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var openvpnFormat = &Format{
	Name:  "openvpn",
	Title: "OpenVPN",
	Doc: "Messages of OpenVPN 2 in its log file, with the times of all versions, and in syslog: handshakes, certificates, logins, tunnels " +
		"that open and close, addresses that clients get, refused packets, and the clients of the status file. In a file the time is the " +
		"mandatory part; auto takes lines that name a client or begin with words of OpenVPN. Source: OpenVPN 2.6 manual; src/openvpn/ssl.c, multi.c.",
	Parse:  parseOpenVPN,
	Match:  matchOpenVPN,
	Starts: "CFMSTW2",
}

var openvpnPayload = payload{
	format:   "openvpn",
	read:     readOpenVPN,
	owns:     isOpenVPN,
	describe: describeOpenVPN,
	programs: []string{"openvpn", "ovpn-server", "ovpn-client", "openvpn-server", "openvpn-client"},
	what:     "a message of OpenVPN: expected a time, or words of OpenVPN",
}

// isOpenVPN knows the names that distributions and firewalls give its processes:
// ovpn-server, openvpn_server1, openvpn(site).
func isOpenVPN(program string) bool {
	return strings.HasPrefix(program, "openvpn") || strings.HasPrefix(program, "ovpn-")
}

func describeOpenVPN(e *event.Event) {
	e.SetText(event.Vendor, "openvpn")
	e.SetText(event.Product, "openvpn")
	e.SetText(event.Service, "openvpn")
	if !e.Has(event.LogSource) {
		e.SetList(event.LogSource, syslogSource)
	}
}

func matchOpenVPN(line string) int {
	if len(line) < 24 {
		return 0
	}
	if line[0] == 'C' {
		if isClientList(line) {
			return 90
		}
		return 0
	}
	n := openvpnTimeWidth(line)
	if n == 0 {
		return 0
	}
	m := openvpnMessage{text: cutMicroseconds(line[n:])}
	m.cutClient()
	if m.client != "" || openvpnKind(m.text) != nil {
		return 60
	}
	return 0
}

// openvpnTimeWidth returns how long the time in front of a line looks, the space
// behind it included.
func openvpnTimeWidth(line string) int {
	switch {
	case len(line) > 25 && line[3] == ' ' && line[10] == ' ' && line[13] == ':' && line[19] == ' ' && line[24] == ' ' && monthNumber(line[4:7]) > 0:
		return 25
	case len(line) > 20 && line[4] == '-' && line[10] == ' ' && line[13] == ':' && line[19] == ' ':
		return 20
	}
	return 0
}

// cutMicroseconds takes off "us=123456 ", which --verb 4 adds.
func cutMicroseconds(s string) string {
	if rest, ok := strings.CutPrefix(s, "us="); ok {
		return strings.TrimLeft(rest[leadingDigits(rest):], " ")
	}
	return s
}

func parseOpenVPN(line string, c *Context, e *event.Event) error {
	n := openvpnTimeWidth(line)
	if n == 0 {
		return openvpnPayload.parse(line, c, e)
	}
	nanos, ok := deviceTime(line[:n-1], c)
	if !ok {
		return &Error{Reason: "not a time"}
	}
	text := line[n:]
	if micros, ok := strings.CutPrefix(text, "us="); ok {
		if digits := micros[:leadingDigits(micros)]; len(digits) > 0 && len(digits) < 7 {
			v, _ := parseUint(digits)
			nanos += v * 1000
		}
	}
	text = cutMicroseconds(text)
	if !readOpenVPN(text, c, e) {
		e.SetText(event.EventType, event.ServiceLog)
		describeOpenVPN(e)
	}
	e.SetInt(event.EventTime, nanos)
	e.SetText(event.Message, text)
	return nil
}

// readOpenVPN reads "[NAME/]192.0.2.7:51000 MESSAGE" and messages of the server.
func readOpenVPN(message string, _ *Context, e *event.Event) bool {
	if isClientList(message) {
		return readClientList(message, e)
	}
	m := openvpnMessage{text: message, e: e}
	m.cutClient()
	kind := openvpnKind(m.text)
	if m.client == "" && kind == nil {
		return false
	}
	e.SetText(event.EventType, event.VPN)
	describeOpenVPN(e)
	m.fillClient()
	if kind != nil {
		e.SetText(event.Action, kind.action)
		e.SetText(event.Outcome, kind.outcome)
		if kind.fill != nil {
			kind.fill(&m)
		}
	}
	return true
}

type openvpnMessage struct {
	text string
	// client is what stands before the message: a name and an address.
	client string
	e      *event.Event
}

// cutClient takes off the client, "alice/192.0.2.7:51000 ".
func (m *openvpnMessage) cutClient() {
	word, rest, ok := strings.Cut(m.text[:min(len(m.text), 160)], " ")
	i := strings.LastIndexByte(word, ':')
	if !ok || rest == "" || i < 0 || i+1 == len(word) || leadingDigits(word[i+1:]) != len(word)-i-1 {
		return
	}
	address := word[:i]
	if at := strings.LastIndexByte(address, '/'); at >= 0 {
		address = address[at+1:]
	}
	if looksLikeAddress(strings.TrimPrefix(address, "[")) {
		m.client, m.text = word, m.text[len(word)+1:]
	}
}

func (m *openvpnMessage) fillClient() {
	if m.client == "" {
		return
	}
	end := m.client
	if i := strings.LastIndexByte(end, '/'); i >= 0 {
		m.e.SetText(event.UserName, end[:i])
		end = end[i+1:]
	}
	m.end(end)
}

// end sets the client's address and port from "192.0.2.7:51000", or with
// "[AF_INET]" before it.
func (m *openvpnMessage) end(s string) {
	if strings.HasPrefix(s, "[AF_INET") {
		_, s, _ = strings.Cut(s, "]")
	}
	i := strings.LastIndexByte(s, ':')
	if i < 0 || !setAddress(m.e, event.SourceIP, strings.Trim(s[:i], "[]")) {
		return
	}
	if port, ok := parseUint(s[i+1:]); ok {
		m.e.SetPort(event.SourcePort, port)
	}
}

// from sets the client from what follows mark, where there is none yet.
func (m *openvpnMessage) from(mark string) {
	_, rest, ok := strings.Cut(m.text, mark)
	if !ok || m.e.Has(event.SourceIP) {
		return
	}
	word, _, _ := strings.Cut(rest, " ")
	m.end(strings.TrimRight(word, ",()"))
}

// isClientList reports whether s is a client's line of a status file, version 2
// or 3.
func isClientList(s string) bool {
	return strings.HasPrefix(s, "CLIENT_LIST,") || strings.HasPrefix(s, "CLIENT_LIST\t")
}

// clientListNames are the fields of a client, in order.
var clientListNames = [...]string{
	"", "common_name", "real_address", "virtual_address", "virtual_ipv6_address", "bytes_received", "bytes_sent", "connected_since",
	"connected_since_time", "username", "client_id", "peer_id", "cipher",
}

func readClientList(line string, e *event.Event) bool {
	m := openvpnMessage{e: e}
	separator := line[len("CLIENT_LIST") : len("CLIENT_LIST")+1]
	var fields [len(clientListNames)]string
	n := 0
	for rest, more := line, true; more && n < len(fields); n++ {
		fields[n], rest, more = strings.Cut(rest, separator)
	}
	if n < 8 {
		return false
	}
	e.SetText(event.EventType, event.VPN)
	e.SetText(event.Action, "client_list")
	describeOpenVPN(e)
	m.end(fields[2])
	if !e.Has(event.SourceIP) {
		e.SetExtraText("real_address", fields[2])
	}
	user := fields[9]
	if !isUserText(user) || user == "UNDEF" {
		user = fields[1]
	} else if fields[1] != user {
		e.SetExtraText("common_name", fields[1])
	}
	if user != "UNDEF" {
		e.SetText(event.UserName, user)
	}
	received, first := parseUint(fields[5])
	sent, second := parseUint(fields[6])
	if first && second && received+sent >= 0 {
		e.SetInt(event.NetworkBytes, received+sent)
	}
	for i := 3; i < n; i++ {
		if i != 9 {
			setExtraNumber(e, clientListNames[i], fields[i])
		}
	}
	return true
}
