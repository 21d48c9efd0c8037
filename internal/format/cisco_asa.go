package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var ciscoASA = &Format{
	Name:  "cisco_asa",
	Title: "Cisco ASA, PIX and FWSM",
	Doc: "Messages %ASA-N-NNNNNN of Cisco's Adaptive Security Appliance, of its forerunners PIX and FWSM, in every header " +
		"that the devices and relays write, or bare. It promises the mark with a message number; about 200 messages are taken " +
		"apart, all others are kept whole with their number and level. " +
		"Source: Cisco Secure Firewall ASA Series Syslog Messages.",
	Parse:  parseASA,
	Match:  matchASA,
	Starts: "%AP",
}

var (
	asaSource     = []string{"firewall:cisco:asa"}
	asaAuditTrail = []string{"firewall:cisco:asa", ":cisco:aaa"}
)

var ciscoASAPayload = payload{
	format:   "cisco_asa",
	read:     readASA,
	owns:     func(string) bool { return true },
	starts:   []string{"%ASA-", "%PIX-", "%FWSM-"},
	claims:   func(message string) bool { _, ok := cutASAMark(message); return ok },
	describe: func(e *event.Event) { describeASA("asa", e) },
	strict:   true,
	what:     "a message of Cisco ASA: expected %ASA-, a level and a number",
}

func parseASA(line string, c *Context, e *event.Event) error {
	if !hasEnvelope(line) && line != "" && line[0] != '%' && readASAText(line, c, e) {
		return nil
	}
	return parseMarked(&ciscoASAPayload, line, c, e)
}

// readASAText reads a message whose mark was cut off, all of it or all but its
// number, "302020: Built ...", and the console's "6|Sep 05 2024 10:30:00|302020: ".
// Such a message must be one that is known in detail.
func readASAText(line string, c *Context, e *event.Event) bool {
	text := line
	if len(line) > 3 && line[1] == '|' && line[0]-'0' <= 7 {
		nanos, n, ok := bsdTime(line[2:], c)
		if !ok || !strings.HasPrefix(line[2+n:], "|") {
			return false
		}
		e.SetInt(event.EventTime, nanos)
		fillSeverity(line[0]-'0', e)
		text = line[3+n:]
	}
	var code string
	var found bool
	if leadingDigits(text) == 6 && strings.HasPrefix(text[6:], ": ") {
		code, text = text[:6], text[8:]
		found = fillASAText(code, text, e)
	} else {
		code, found = fillBareASA(text, e)
	}
	if !found {
		e.Reset()
		return false
	}
	e.SetText(event.EventCode, code)
	describeASA("asa", e)
	e.SetText(event.Message, text)
	return true
}

// fillBareASA finds the message that text is, and its number where only one
// message has that text.
func fillBareASA(text string, e *event.Event) (code string, ok bool) {
	var space [maxCaptures]capture
	text = strings.TrimRight(text, " ")
	for i := range asaTexts {
		for _, p := range asaTexts[i].phrases {
			captures, ok := p.fits(text, space[:])
			if !ok {
				continue
			}
			f := filling{e: e, swaps: asaSwaps(p.codes)}
			p.fill(captures, &f)
			if len(p.codes) == 6 {
				code = p.codes
			}
			finishASA(p.codes, e)
			return code, true
		}
	}
	return "", false
}

// parseMarked reads a line whose message begins with a mark that p claims, bare
// or behind a header.
func parseMarked(p *payload, line string, c *Context, e *event.Event) error {
	if p.read(line, c, e) {
		fillAbsent(e, event.Message, line)
		return nil
	}
	var v envelope
	if err := v.read(line, c); err != nil {
		return err
	}
	if !payloadClaims(p, v.message) {
		return &Error{Reason: "not " + p.what, Offset: v.offset}
	}
	v.fill(e)
	if !p.take(&v, c, e) {
		e.Reset()
		return &Error{Reason: "not " + p.what, Offset: v.offset}
	}
	return nil
}

// payloadClaims reports whether p knows message by its beginning.
func payloadClaims(p *payload, message string) bool {
	for _, start := range p.starts {
		if strings.HasPrefix(message, start) && (p.claims == nil || p.claims(message)) {
			return true
		}
	}
	return false
}

// matchASA is certain of the mark: no other device writes it.
func matchASA(line string) int {
	if line == "" || line[0] != '%' && line[0] != 'A' && line[0] != 'P' {
		return 0
	}
	if line[0] != '%' && !strings.HasPrefix(line, "ASA-") && !strings.HasPrefix(line, "PIX-") {
		return 0
	}
	if _, ok := cutASAMark(line); ok {
		return Certain
	}
	return 0
}

// asaMark is the mark of a message of an ASA or a relative.
type asaMark struct {
	product  string // as written: ASA, PIX, FWSM, FTD
	class    string // the class of the message, which may be logged
	code     string
	severity byte
	width    int
}

// cutASAMark reads "%ASA-6-302013: ", "%ASA-vpn-6-722022: " and, as some
// collectors cut it, the same without the percent sign.
func cutASAMark(text string) (m asaMark, ok bool) {
	for _, name := range [...]string{"ASA", "PIX", "FWSM"} {
		if rest, found := strings.CutPrefix(strings.TrimPrefix(text, "%"), name+"-"); found {
			m.product = name
			ok = m.cut(text, rest)
			break
		}
	}
	return m, ok
}

// cut reads what follows the product's name.
func (m *asaMark) cut(text, rest string) bool {
	rest = strings.TrimPrefix(rest, "-")
	if n := 0; rest != "" && isAlpha(rest[0]) {
		for n < len(rest) && n < 24 && (isAlpha(rest[n]) || rest[n] == '_') {
			n++
		}
		if n == len(rest) || rest[n] != '-' {
			return false
		}
		m.class, rest = rest[:n], rest[n+1:]
	}
	if len(rest) < 9 || rest[0]-'0' > 7 || rest[1] != '-' || leadingDigits(rest[2:]) != 6 {
		return false
	}
	m.severity, m.code = rest[0]-'0', rest[2:8]
	if rest[8] != ':' && rest[8] != ' ' {
		return false
	}
	rest = strings.TrimLeft(rest[8:], " ")
	rest = strings.TrimLeft(strings.TrimPrefix(rest, ":"), " ")
	m.width = len(text) - len(rest)
	return true
}

func readASA(message string, _ *Context, e *event.Event) bool {
	m, ok := cutASAMark(message)
	if !ok {
		return false
	}
	product := "asa"
	switch m.product {
	case "PIX":
		product = "pix"
	case "FWSM":
		product = "fwsm"
	}
	m.fill(e)
	describeASA(product, e)
	text := message[m.width:]
	fillASAText(m.code, text, e)
	e.SetText(event.Message, text)
	return true
}

func (m *asaMark) fill(e *event.Event) {
	e.SetText(event.EventCode, m.code)
	e.SetExtraText("class", m.class)
	fillSeverity(m.severity, e)
}

// fillSeverity sets what the digit in a mark of Cisco says.
func fillSeverity(severity byte, e *event.Event) {
	e.SetText(event.LogLevel, syslogLevels[severity])
	e.SetText(event.Severity, severityDigits[severity:severity+1])
}

const severityDigits = "01234567"

func describeASA(product string, e *event.Event) {
	e.SetText(event.Vendor, "cisco")
	e.SetText(event.Product, product)
	e.SetList(event.LogSource, asaSource)
}

// fillASAText takes the text of message code apart; it reports false where only
// its kind is known.
func fillASAText(code, text string, e *event.Event) bool {
	text = strings.TrimRight(text, " ")
	f := filling{e: e}
	var space [maxCaptures]capture
	for _, p := range asaPhrases[code] {
		captures, ok := p.fits(text, space[:])
		if !ok {
			continue
		}
		f.swaps = asaSwaps(code)
		p.fill(captures, &f)
		finishASA(code, e)
		return true
	}
	e.SetText(event.EventType, asaKind(code))
	fillASASession(text, &f)
	return false
}

// asaSwaps reports whether a message names the far end first, so that the near
// one is the source of outbound traffic.
func asaSwaps(code string) bool { return strings.HasPrefix(code, "3020") || code == "302303" }

// finishASA mends what the parts of a message say together.
func finishASA(code string, e *event.Event) {
	switch code {
	case "106100", "106102", "106103":
		finishAccessList(e)
	case "111008", "111009", "111010":
		// Set behind describeASA, which names the one of all messages.
		e.SetList(event.LogSource, asaAuditTrail)
	}
	if isICMP(e.Text(event.NetworkProtocol)) {
		// What stands in the place of ports is ICMP's type, code or number.
		takePort(e, event.SourcePort, "icmp_type", code == "106100")
		takePort(e, event.DestinationPort, "icmp_code", code == "106100")
	}
}

func isICMP(protocol string) bool { return protocol == "icmp" || protocol == "ipv6-icmp" }

func takePort(e *event.Event, c event.Column, name string, keep bool) {
	if e.Has(c) && keep {
		e.SetExtra(name, event.Value{Kind: event.KindNumber, Text: decimal(e.Int(c))})
	}
	e.Clear(c)
}

// finishAccessList turns the words of an access list into a decision.
func finishAccessList(e *event.Event) {
	switch e.Text(event.Action) {
	case "permitted", "est-allowed":
		setDecision(e, event.Allow, "verdict")
	case "denied":
		setDecision(e, event.Deny, "verdict")
	}
}

// setDecision replaces the vendor's word in action and keeps that under its name.
func setDecision(e *event.Event, decision, name string) {
	e.SetExtraText(name, e.Text(event.Action))
	e.SetText(event.Action, decision)
	if decision == event.Allow {
		e.SetText(event.Outcome, event.Success)
	} else {
		e.SetText(event.Outcome, event.Failure)
	}
}

// asaKind is the event_type of messages that are not known in detail: the first
// three digits are the class.
func asaKind(code string) string {
	switch code[:3] {
	case "106", "201", "209", "302", "305", "313", "338", "400", "401", "407", "410", "415", "416", "419", "420", "421",
		"434", "500", "507", "508", "607", "608", "609", "710", "733":
		return event.Firewall
	case "109", "113", "308", "605", "606", "611":
		return event.ServiceLog
	case "316", "320", "402", "403", "404", "501", "602", "603", "702", "713", "714", "715", "716", "718", "720",
		"722", "723", "724", "725", "726", "734", "737", "750", "751", "752":
		return event.VPN
	case "604":
		return event.DHCP
	}
	return event.SystemLog
}
