package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var unifiFormat = &Format{
	Name:  "unifi",
	Title: "Ubiquiti UniFi access points and switches",
	Doc: "Messages of UniFi devices, whose syslog has the model, the hardware address and the firmware in the place of a host or a tag: " +
		"wireless clients that come and go (hostapd), client tracking (stahtd) and everything else whole. Packets of UniFi gateways are " +
		"read by iptables, events of new consoles by cef. Source: https://help.ui.com/hc/en-us/articles/33349041044119.",
	Parse:  parseUniFi,
	Match:  matchUniFi,
	Starts: "\"(0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
}

var unifiPayload = payload{
	format:   "unifi",
	read:     readUniFi,
	owns:     func(string) bool { return false },
	describe: describeUniFi,
	strict:   true,
	what:     "a message of a UniFi device: expected its model, hardware address and firmware",
}

func describeUniFi(e *event.Event) {
	e.SetText(event.Vendor, "ubiquiti")
	e.SetText(event.Product, "unifi")
}

func matchUniFi(line string) int {
	if line != "" && cutUniFiHead(line, nil) > 0 {
		return 85
	}
	return 0
}

func parseUniFi(line string, c *Context, e *event.Event) error {
	return unifiPayload.parse(line, c, e)
}

// unifiHead is what a device says of itself.
type unifiHead struct {
	model, mac, firmware string
	// program and pid are the tag behind it.
	program, pid string
}

// cutUniFiHead reads "U7PG2,788a2056b182,v4.0.66.10832: hostapd[123]: " in the
// variants of the firmwares: without the model, with the model before the
// firmware, in brackets and quotes, without the colon. It returns how long the
// head is, 0 where there is none.
func cutUniFiHead(s string, h *unifiHead) int {
	i := 0
	for i < len(s) && i < 2 && (s[i] == '(' || s[i] == '"') {
		i++
	}
	open := i
	if !hasPlainMAC(s[i:]) {
		return 0
	}
	end := strings.IndexAny(s[i:min(len(s), 80)], " :)\"")
	if end < 14 {
		return 0
	}
	word := s[i : i+end]
	first, rest, ok := strings.Cut(word, ",")
	if !ok {
		return 0
	}
	model := ""
	if !isPlainMAC(first) {
		model = first
		if first, rest, ok = strings.Cut(rest, ","); !ok || !isPlainMAC(first) {
			return 0
		}
	}
	if rest == "" || strings.IndexByte(rest, ',') >= 0 {
		return 0
	}
	i += end
	for n := 0; n < open && i < len(s) && (s[i] == ')' || s[i] == '"'); n++ {
		i++
	}
	if i < len(s) && s[i] == ':' {
		i++
	}
	if i >= len(s) || s[i] != ' ' {
		return 0
	}
	i++
	if h != nil {
		h.model, h.mac, h.firmware = model, first, rest
		i += h.cutTag(s[i:])
	}
	return i
}

// hasPlainMAC looks where a hardware address must stand, so that other lines cost
// little.
func hasPlainMAC(s string) bool {
	comma := strings.IndexByte(s[:min(len(s), 24)], ',')
	if comma < 0 {
		return false
	}
	return comma == 12 && isPlainMAC(s[:12]) || len(s) > comma+13 && s[comma+13] == ',' && isPlainMAC(s[comma+1:comma+13])
}

// cutTag reads "hostapd[123]: " and "switch: ".
func (h *unifiHead) cutTag(s string) int {
	end := strings.Index(s[:min(len(s), 48)], ": ")
	if end <= 0 || strings.IndexByte(s[:end], ' ') >= 0 {
		return 0
	}
	h.program = s[:end]
	if name, pid, ok := strings.Cut(h.program, "["); ok && strings.HasSuffix(pid, "]") {
		h.program, h.pid = name, pid[:len(pid)-1]
	}
	return end + 2
}

func isPlainMAC(s string) bool {
	if len(s) != 12 {
		return false
	}
	for i := 0; i < len(s); i++ {
		if hexDigit(s[i]) < 0 {
			return false
		}
	}
	return true
}

func readUniFi(message string, c *Context, e *event.Event) bool {
	var h unifiHead
	n := cutUniFiHead(message, &h)
	if n == 0 {
		return false
	}
	text := message[n:]
	if (h.program == "kernel" || h.program == "") && readPacket(text, c, e) {
		e.SetText(event.Format, iptablesPayload.format)
	} else {
		e.SetText(event.EventType, event.ServiceLog)
		describeUniFi(e)
		e.SetText(event.Service, h.program)
		fillHostapd(text, e)
	}
	e.SetText(event.Message, text)
	e.SetText(event.ProcessName, h.program)
	if id, ok := parseUint(h.pid); ok {
		e.SetInt(event.ProcessID, id)
	}
	e.SetExtraText("model", h.model)
	e.SetExtraText("device_mac", h.mac)
	e.SetExtraText("firmware", h.firmware)
	return true
}

// fillHostapd reads "ath0: STA 02:00:00:00:00:07 IEEE 802.11: associated (aid 1)"
// and "ath0: AP-STA-DISCONNECTED 02:00:00:00:00:07".
func fillHostapd(text string, e *event.Event) {
	device, rest, ok := strings.Cut(text[:min(len(text), 512)], ": ")
	if !ok || device == "" || len(device) > 15 || strings.IndexByte(device, ' ') >= 0 {
		return
	}
	if station, ok := strings.CutPrefix(rest, "STA "); ok {
		mac, what, _ := strings.Cut(station, " ")
		layer, action, ok := strings.Cut(what, ": ")
		if !ok || !isHardware(mac) {
			return
		}
		e.SetExtraText("interface", device)
		e.SetExtraText("mac", mac)
		e.SetExtraText("layer", layer)
		action, _, _ = strings.Cut(action, " (")
		fillStation(action, e)
		return
	}
	word, station, ok := strings.Cut(rest, " ")
	mac, _, _ := strings.Cut(station, " ")
	if ok && strings.HasPrefix(word, "AP-STA-") && isHardware(mac) {
		e.SetExtraText("interface", device)
		e.SetExtraText("mac", mac)
		fillStation(word, e)
	}
}

// fillStation sets what a wireless client did and how it ended.
func fillStation(action string, e *event.Event) {
	e.SetText(event.Action, action)
	switch {
	case action == "associated", action == "authenticated", action == "AP-STA-CONNECTED", strings.HasPrefix(action, "pairwise key handshake completed"):
		e.SetText(event.Outcome, event.Success)
	case action == "AP-STA-POSSIBLE-PSK-MISMATCH", strings.Contains(action, "failed"):
		e.SetText(event.Outcome, event.Failure)
	}
}
