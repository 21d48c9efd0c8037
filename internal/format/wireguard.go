package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var wireguardFormat = &Format{
	Name:  "wireguard",
	Title: "WireGuard (Linux kernel)",
	Doc: "Messages of the Linux kernel's WireGuard, most of which it writes where dynamic debugging is on: handshakes that come, go and fail, " +
		"keys, keepalives, packets from strangers and packets with an address that the peer may not have. In a syslog envelope, with " +
		"the kernel's uptime or bare. Source: drivers/net/wireguard of the kernel: receive.c, send.c, timers.c, peer.c.",
	Parse:  wireguardPayload.parse,
	Match:  matchWireGuard,
	Starts: "[w",
}

var wireguardPayload = payload{
	format:   "wireguard",
	read:     readWireGuard,
	owns:     func(program string) bool { return program == "kernel" },
	describe: describeWireGuard,
	strict:   true,
	what:     "a message of WireGuard: expected wireguard: and a device",
}

func describeWireGuard(e *event.Event) {
	e.SetText(event.Vendor, "wireguard")
	e.SetText(event.Product, "wireguard")
	e.SetText(event.Service, "wireguard")
	e.SetList(event.LogSource, kernelSource)
}

func matchWireGuard(line string) int {
	_, text := cutUptime(line)
	if strings.HasPrefix(text, "wireguard: ") {
		return 90
	}
	return 0
}

// readWireGuard reads "[uptime] wireguard: wg0: MESSAGE".
func readWireGuard(message string, _ *Context, e *event.Event) bool {
	uptime, text := cutUptime(message)
	rest, ok := strings.CutPrefix(text, "wireguard: ")
	if !ok {
		return false
	}
	e.SetText(event.EventType, event.VPN)
	describeWireGuard(e)
	e.SetText(event.Message, text)
	setExtraNumber(e, "uptime_seconds", uptime)
	device, what, ok := strings.Cut(rest, ": ")
	if !ok || device == "" || len(device) > 15 || strings.IndexByte(device, ' ') >= 0 {
		e.SetText(event.EventType, event.SystemLog) // the module's own words
		return true
	}
	e.SetExtraText("interface", device)
	fillWireGuard(what, e)
	return true
}

// wireguardWords are the beginnings of messages, with the word for what happens
// and how it ends.
var wireguardWords = [...]struct{ start, action, outcome string }{
	{"Receiving handshake initiation from ", "handshake_initiation_received", ""},
	{"Receiving handshake response from ", "handshake_response_received", event.Success},
	{"Sending handshake initiation to ", "handshake_initiation_sent", ""},
	{"Sending handshake response to ", "handshake_response_sent", ""},
	{"Sending cookie response for ", "cookie_sent", ""},
	{"Receiving cookie response from ", "cookie_received", ""},
	{"Receiving keepalive packet from ", "keepalive_received", ""},
	{"Sending keepalive packet to ", "keepalive_sent", ""},
	{"Retrying handshake with ", "handshake_retried", ""},
	{"Handshake for ", "handshake_failed", event.Failure},
	{"Invalid handshake initiation from ", "invalid_handshake", event.Failure},
	{"Invalid handshake response from ", "invalid_handshake", event.Failure},
	{"Invalid MAC of handshake, dropping packet from ", "invalid_mac", event.Failure},
	{"Could not decrypt invalid cookie response", "invalid_cookie", event.Failure},
	{"Packet has unallowed src IP (", "unallowed_source", event.Failure},
	{"Packet is neither ipv4 nor ipv6 from ", "invalid_packet", event.Failure},
	{"Packet has incorrect size from ", "invalid_packet", event.Failure},
	{"Packet has invalid nonce ", "invalid_packet", event.Failure},
	{"No peer has allowed IPs matching ", "no_peer", event.Failure},
	{"No valid endpoint has been configured or discovered for ", "no_endpoint", event.Failure},
	{"Zeroing out all keys for ", "keys_zeroed", ""},
	{"Keypair ", "keypair", ""},
	{"Interface created", "interface_created", ""},
	{"Interface destroyed", "interface_destroyed", ""},
	{"Peer ", "peer", ""},
}

func fillWireGuard(what string, e *event.Event) {
	for i := range wireguardWords {
		w := &wireguardWords[i]
		if !strings.HasPrefix(what, w.start) {
			continue
		}
		e.SetText(event.Action, w.action)
		e.SetText(event.Outcome, w.outcome)
		switch {
		case w.action == "keypair" && strings.Contains(what, " created for "):
			e.SetText(event.Action, "keypair_created")
			e.SetText(event.Outcome, event.Success)
		case w.action == "keypair" && strings.Contains(what, " destroyed for "):
			e.SetText(event.Action, "keypair_destroyed")
		case w.action == "peer" && strings.HasSuffix(what, " created"):
			e.SetText(event.Action, "peer_created")
		case w.action == "peer" && strings.HasSuffix(what, " destroyed"):
			e.SetText(event.Action, "peer_destroyed")
		case w.action == "unallowed_source":
			address, _, _ := strings.Cut(what[len(w.start):], ")")
			e.SetExtraText("inner_source", address)
		case w.action == "no_peer":
			e.SetExtraText("inner_destination", what[len(w.start):])
		}
		break
	}
	fillWireGuardPeer(what, e)
}

// fillWireGuardPeer reads "peer 3 (192.0.2.7:51820)", or the address alone of who
// is no peer. The message says who sends.
func fillWireGuardPeer(what string, e *event.Event) {
	ip, port := event.SourceIP, event.SourcePort
	if strings.HasPrefix(what, "Sending ") || strings.HasPrefix(what, "Retrying ") || strings.HasPrefix(what, "Handshake for ") {
		ip, port = event.DestinationIP, event.DestinationPort
	}
	end := ""
	if i := strings.LastIndex(what, "eer "); i >= 0 {
		rest := what[i+len("eer "):]
		n := leadingDigits(rest)
		if n > 0 {
			setExtraNumber(e, "peer", rest[:n])
		}
		if inner, ok := strings.CutPrefix(rest[n:], " ("); ok {
			end, _, _ = strings.Cut(inner, ")")
		}
	} else if i := strings.LastIndex(what, " from "); i >= 0 {
		end = what[i+len(" from "):]
	}
	i := strings.LastIndexByte(end, ':')
	if i < 0 || !setAddress(e, ip, strings.Trim(end[:i], "[]")) {
		return
	}
	if n, ok := parseUint(end[i+1:]); ok {
		e.SetPort(port, n)
	}
}
