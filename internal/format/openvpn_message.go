package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// openvpnWords is a message that is known by how it begins, or by what follows a
// name in brackets.
type openvpnWords struct {
	start           string
	action, outcome string
	fill            func(m *openvpnMessage)
}

var openvpnMessages = [...]openvpnWords{
	{"TLS: Initial packet from ", "initial_packet", "", func(m *openvpnMessage) { m.from("packet from ") }},
	{"TLS: Username/Password authentication succeeded for username '", "authenticate", event.Success, fillOpenVPNLogin},
	{"TLS: Username/Password authentication deferred for username '", "authenticate", "", fillOpenVPNLogin},
	{"TLS Auth Error: ", "authenticate", event.Failure, fillOpenVPNLogin},
	{"user '", "authenticate", "", fillOpenVPNUser},
	{"openvpn server '", "", "", fillOpenVPNServer},
	{"VERIFY OK: ", "verify", event.Success, fillOpenVPNVerify},
	{"VERIFY ERROR: ", "verify", event.Failure, fillOpenVPNVerify},
	{"VERIFY SCRIPT OK: ", "verify", event.Success, fillOpenVPNVerify},
	{"VERIFY SCRIPT ERROR: ", "verify", event.Failure, fillOpenVPNVerify},
	{"VERIFY KU OK", "verify", event.Success, nil},
	{"VERIFY KU ERROR", "verify", event.Failure, nil},
	{"VERIFY EKU OK", "verify", event.Success, nil},
	{"VERIFY EKU ERROR", "verify", event.Failure, nil},
	{"CRL CHECK FAILED: ", "verify", event.Failure, nil},
	{"peer info: ", "peer_info", "", fillOpenVPNPeer},
	{"Control Channel: ", "control_channel", "", nil},
	{"Data Channel: ", "data_channel", "", nil},
	{"MULTI: Learn: ", "learn", "", fillOpenVPNLearn},
	{"MULTI: primary virtual IP for ", "assign_address", "", fillOpenVPNPrimary},
	{"MULTI: multi_create_instance called", "create_instance", "", nil},
	{"MULTI_sva: pool returned ", "assign_address", "", fillOpenVPNPool},
	{"MULTI: ", "multi", "", nil},
	{"TLS Error: ", "tls_error", event.Failure, func(m *openvpnMessage) { m.from(" from ") }},
	{"TLS_ERROR: ", "tls_error", event.Failure, nil},
	{"TLS handshake failed", "tls_error", event.Failure, nil},
	{"tls-crypt unwrap error: ", "tls_error", event.Failure, nil},
	{"OpenSSL: error:", "tls_error", event.Failure, nil},
	{"Authenticate/Decrypt packet error: ", "packet_error", event.Failure, nil},
	{"WARNING: Bad encapsulated packet length from peer ", "packet_error", event.Failure, nil},
	{"SIGTERM[", "disconnect", "", fillOpenVPNSignal},
	{"SIGUSR1[", "restart", "", fillOpenVPNSignal},
	{"SIGHUP[", "restart", "", fillOpenVPNSignal},
	{"Connection reset, restarting", "restart", "", nil},
	{"TCP connection established with ", "tcp_connect", event.Success, func(m *openvpnMessage) { m.from("established with ") }},
	{"SENT CONTROL [", "sent_control", "", fillOpenVPNControl},
	{"PUSH: Received control message: ", "push_request", "", nil},
	{"AUTH: Received control message: AUTH_FAILED", "authenticate", event.Failure, nil},
	{"Initialization Sequence Completed", "initialized", event.Success, nil},
	{"TLS: soft reset", "renegotiate", "", nil},
	{"TLS: tls_multi_process", "tls", "", nil},
	{"UDPv4 link ", "link", "", nil},
	{"UDPv6 link ", "link", "", nil},
	{"TCPv4_SERVER link ", "link", "", nil},
	{"TCPv4_CLIENT link ", "link", "", nil},
	{"Peer Connection Initiated with ", "connect", event.Success, func(m *openvpnMessage) { m.from("Initiated with ") }},
}

var (
	openvpnConnect    = openvpnWords{"", "connect", event.Success, fillOpenVPNConnect}
	openvpnInactivity = openvpnWords{"", "timeout", "", fillOpenVPNName}
)

// openvpnKind returns what is known of a message, nil where nothing is.
func openvpnKind(text string) *openvpnWords {
	if text == "" {
		return nil
	}
	if text[0] == '[' {
		_, rest, ok := strings.Cut(text[:min(len(text), 128)], "] ")
		switch {
		case ok && strings.HasPrefix(rest, "Peer Connection Initiated with "):
			return &openvpnConnect
		case ok && strings.HasPrefix(rest, "Inactivity timeout"):
			return &openvpnInactivity
		}
		return nil
	}
	for i := range openvpnMessages {
		if m := &openvpnMessages[i]; m.start[0] == text[0] && strings.HasPrefix(text, m.start) {
			return m
		}
	}
	return nil
}

// fillOpenVPNLogin makes a login of a message about a name and a password.
func fillOpenVPNLogin(m *openvpnMessage) {
	if strings.Contains(m.text, "Username/Password") {
		m.e.SetText(event.EventType, event.AuthLogin)
	}
	if _, rest, ok := strings.Cut(m.text, "for username '"); ok {
		if i := strings.LastIndexByte(rest, '\''); i > 0 {
			m.e.SetText(event.UserName, rest[:i])
		}
	}
}

// fillOpenVPNServer reads what pfSense's script says of a session: "openvpn
// server 'ovpns1' user 'alice' address '192.0.2.7' - connected".
func fillOpenVPNServer(m *openvpnMessage) {
	head, state, ok := cutLast(m.text, "' - ")
	head, address, found := cutLast(head, "' address '")
	server, user, named := strings.Cut(strings.TrimPrefix(head, "openvpn server '"), "' user '")
	if !ok || !found || !named {
		return
	}
	switch state {
	case "connected":
		m.e.SetText(event.Outcome, event.Success)
	case "connecting", "disconnected":
	default:
		return
	}
	m.e.SetText(event.Action, state)
	m.e.SetText(event.UserName, user)
	m.e.SetExtraText("server", server)
	if !setAddress(m.e, event.SourceIP, address) {
		m.e.SetExtraText("address", address)
	}
}

// fillOpenVPNUser reads what pfSense's script says: "user 'alice' authenticated".
func fillOpenVPNUser(m *openvpnMessage) {
	rest := m.text[len("user '"):]
	i := strings.LastIndexByte(rest, '\'')
	if i <= 0 {
		return
	}
	switch result := strings.Trim(rest[i+1:], " ."); result {
	case "authenticated":
		m.e.SetText(event.Outcome, event.Success)
	case "could not authenticate":
		m.e.SetText(event.Outcome, event.Failure)
	default:
		return
	}
	m.e.SetText(event.EventType, event.AuthLogin)
	m.e.SetText(event.UserName, rest[:i])
}

// fillOpenVPNVerify reads "depth=0, error=certificate has expired: CN=alice".
func fillOpenVPNVerify(m *openvpnMessage) {
	_, rest, _ := strings.Cut(m.text, ": ")
	depth, ok := strings.CutPrefix(rest, "depth=")
	if !ok {
		return
	}
	depth, rest, _ = strings.Cut(depth, ", ")
	setExtraNumber(m.e, "depth", depth)
	if reason, ok := strings.CutPrefix(rest, "error="); ok {
		if reason, rest, ok = strings.Cut(reason, ": "); ok {
			m.e.SetExtraText("error", reason)
		}
	}
	m.e.SetExtraText("subject", rest)
}

// fillOpenVPNPeer reads "IV_VER=2.6.0".
func fillOpenVPNPeer(m *openvpnMessage) {
	name, value, ok := strings.Cut(m.text[len("peer info: "):], "=")
	if ok && isExtensionKey(name) {
		m.e.SetExtraText(name, value)
	}
}

// fillOpenVPNLearn reads "10.8.0.6 -> alice/192.0.2.7:51000".
func fillOpenVPNLearn(m *openvpnMessage) {
	address, rest, ok := strings.Cut(m.text[len("MULTI: Learn: "):], " -> ")
	if !ok {
		return
	}
	m.e.SetExtraText("virtual_address", address)
	m.named(rest)
}

// fillOpenVPNPrimary reads "alice/192.0.2.7:51000: 10.8.0.6".
func fillOpenVPNPrimary(m *openvpnMessage) {
	client, address, ok := strings.Cut(m.text[len("MULTI: primary virtual IP for "):], ": ")
	if !ok {
		return
	}
	m.e.SetExtraText("virtual_address", address)
	m.named(client)
}

// named sets the client from "alice/192.0.2.7:51000" where the line has none
// before its message.
func (m *openvpnMessage) named(client string) {
	if m.client == "" {
		m.client = client
		m.fillClient()
	}
}

// fillOpenVPNPool reads "IPv4=10.8.0.6, IPv6=(Not enabled)".
func fillOpenVPNPool(m *openvpnMessage) {
	four, six, _ := strings.Cut(m.text[len("MULTI_sva: pool returned "):], ", ")
	if address, ok := strings.CutPrefix(four, "IPv4="); ok && isAddress(address) {
		m.e.SetExtraText("virtual_address", address)
	}
	if address, ok := strings.CutPrefix(six, "IPv6="); ok && isAddress(address) {
		m.e.SetExtraText("virtual_ipv6_address", address)
	}
}

// fillOpenVPNSignal reads "SIGTERM[soft,remote-exit] received, client-instance
// exiting".
func fillOpenVPNSignal(m *openvpnMessage) {
	_, rest, _ := strings.Cut(m.text, "[")
	reason, _, ok := strings.Cut(rest, "]")
	if ok {
		m.e.SetExtraText("reason", reason)
	}
	if m.client == "" {
		m.e.SetText(event.EventType, event.ServiceLog) // the server's own end
	}
}

// fillOpenVPNControl reads what the server refuses or pushes: "SENT CONTROL
// [alice]: 'AUTH_FAILED' (status=1)".
func fillOpenVPNControl(m *openvpnMessage) {
	name, rest, ok := strings.Cut(m.text[len("SENT CONTROL ["):], "]: '")
	if !ok {
		return
	}
	if name != "UNDEF" && !m.e.Has(event.UserName) {
		m.e.SetText(event.UserName, name)
	}
	if strings.HasPrefix(rest, "AUTH_FAILED") {
		m.e.SetText(event.EventType, event.AuthLogin)
		m.e.SetText(event.Action, "authenticate")
		m.e.SetText(event.Outcome, event.Failure)
	}
}

// fillOpenVPNConnect reads "[alice] Peer Connection Initiated with
// [AF_INET]192.0.2.7:51000".
func fillOpenVPNConnect(m *openvpnMessage) {
	fillOpenVPNName(m)
	m.from("Initiated with ")
}

func fillOpenVPNName(m *openvpnMessage) {
	name, _, _ := strings.Cut(m.text[1:], "]")
	if name != "UNDEF" && !m.e.Has(event.UserName) {
		m.e.SetText(event.UserName, name)
	}
}
