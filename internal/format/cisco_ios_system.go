package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var ciscoIOS = &Format{
	Name:  "cisco_ios",
	Title: "Cisco IOS, IOS XE, IOS XR and NX-OS",
	Doc: "Messages %FACILITY-N-MNEMONIC of Cisco's routers, switches and wireless controllers, in every header that the devices " +
		"and relays write (sequence numbers, clocks that are not set, uptimes, names of zones, nodes and processes of IOS XR), " +
		"or bare. It promises the mark; logins, commands, access lists, interfaces, 802.1X and some more are taken apart. " +
		"Source: Cisco IOS XE System Message Guide and its like for the other systems.",
	Parse:  parseIOS,
	Match:  matchIOS,
	Starts: "%*.:0123456789RL",
}

var (
	iosSource     = []string{":cisco:syslog"}
	iosCommand    = []string{":cisco:aaa", ":cisco:syslog"}
	iosRouting    = []string{":cisco:bgp", ":cisco:ldp", ":cisco:syslog"}
	iosAccessList = []string{"firewall:cisco:", ":cisco:syslog"}
)

var ciscoIOSPayload = payload{
	format:   "cisco_ios",
	read:     readIOS,
	owns:     func(string) bool { return true },
	starts:   []string{"%"},
	claims:   func(message string) bool { _, ok := cutIOSMark(message); return ok },
	describe: describeIOS,
	strict:   true,
	what:     "a message of Cisco IOS: expected %FACILITY-N-MNEMONIC",
}

// parseIOS reads the header in whatever shape it comes: devices write it without
// a priority to their consoles and buffers.
func parseIOS(line string, c *Context, e *event.Event) error {
	var v envelope
	v.priority = -1
	if err := v.read(line, c); err != nil {
		return err
	}
	if _, ok := cutIOSMark(v.message); !ok {
		return &Error{Reason: "not " + ciscoIOSPayload.what, Offset: v.offset}
	}
	v.fill(e)
	ciscoIOSPayload.take(&v, c, e)
	return nil
}

// matchIOS is certain of lines without a syslog header that have the mark behind
// what only devices write before it.
func matchIOS(line string) int {
	if line == "" || hasEnvelope(line) {
		return 0
	}
	switch b := line[0]; {
	case b == '%':
		if _, ok := cutIOSMark(line); ok {
			return 90
		}
		return 0
	case b == '*' || b == '.' || b == ':' || isDigit(b) || strings.HasPrefix(line, "RP/") || strings.HasPrefix(line, "LC/"):
	default:
		return 0
	}
	if i := strings.IndexByte(line[:min(len(line), 96)], '%'); i > 1 && strings.IndexByte(" :", line[i-1]) >= 0 {
		if _, ok := cutIOSMark(line[i:]); ok {
			return 85
		}
	}
	return 0
}

// cutIOSMark reads a mark that is not one of a firewall.
func cutIOSMark(text string) (m ciscoMark, ok bool) {
	m, ok = cutCiscoMark(text)
	if !ok || leadingDigits(m.mnemonic) == len(m.mnemonic) {
		return m, false
	}
	return m, true
}

func describeIOS(e *event.Event) {
	e.SetText(event.Vendor, "cisco")
	e.SetText(event.Product, "ios")
	e.SetList(event.LogSource, iosSource)
}

func readIOS(message string, _ *Context, e *event.Event) bool {
	m, ok := cutIOSMark(message)
	if !ok {
		return false
	}
	describeIOS(e)
	e.SetText(event.EventCode, m.mnemonic)
	e.SetText(event.Service, strings.ToLower(m.facility))
	e.SetExtraText("cisco_facility", m.facility)
	fillSeverity(m.severity, e)
	text := message[m.width:]
	e.SetText(event.Message, text)
	e.SetText(event.EventType, event.SystemLog)
	fillIOSText(&m, text, e)
	fillIOSSources(&m, e)
	return true
}

func fillIOSText(m *ciscoMark, text string, e *event.Event) {
	text = cutIOSProcess(strings.Trim(text, " "), e)
	var space [maxCaptures]capture
	for _, p := range iosPhrases[m.mnemonic] {
		captures, ok := p.fits(text, space[:])
		if !ok {
			continue
		}
		p.fill(captures, &filling{e: e})
		finishIOS(e)
		return
	}
}

// cutIOSProcess cuts what IOS XE puts before the text of some messages,
// "R0/0: fman_fp_image: ".
func cutIOSProcess(text string, e *event.Event) string {
	slot, rest, ok := strings.Cut(text[:min(len(text), 64)], ": ")
	if !ok || len(slot) > 16 || strings.IndexByte(slot, ' ') >= 0 || strings.IndexByte(slot, '/') < 0 && slot != "Chassis" {
		return text
	}
	name, _, ok := strings.Cut(rest, ": ")
	if !ok || strings.IndexByte(name, ' ') >= 0 {
		return text
	}
	e.SetExtraText("node", slot)
	fillAbsent(e, event.ProcessName, name)
	return strings.TrimLeft(text[len(slot)+2+len(name)+2:], " ")
}

func finishIOS(e *event.Event) {
	word := e.Text(event.Action)
	if word == event.Deny { // the phrase's own
		word = ""
	}
	switch strings.ToLower(word) {
	case "permitted", "permit":
		setDecision(e, event.Allow, "verdict")
	case "denied", "deny":
		setDecision(e, event.Deny, "verdict")
	case "succeeded", "success":
		e.SetText(event.Action, "login")
		e.SetText(event.Outcome, event.Success)
	case "failed", "failure":
		e.SetText(event.Action, "login")
		e.SetText(event.Outcome, event.Failure)
	}
	if isICMP(e.Text(event.NetworkProtocol)) {
		e.Clear(event.SourcePort)
		e.Clear(event.DestinationPort)
	}
}

// fillIOSSources names the log sources of Sigma that are for one kind of message.
func fillIOSSources(m *ciscoMark, e *event.Event) {
	switch {
	case e.Has(event.CommandLine) || m.facility == "AAA" || m.facility == "PARSER" || m.facility == "ACCOUNTING":
		e.SetList(event.LogSource, iosCommand)
	case e.Text(event.EventType) == event.Firewall:
		e.SetList(event.LogSource, iosAccessList)
	case m.mnemonic == "BADAUTH" || strings.HasPrefix(m.facility, "BGP") || strings.HasPrefix(m.facility, "LDP") ||
		strings.Contains(m.mnemonic, "MD5"):
		e.SetList(event.LogSource, iosRouting)
	}
}
