package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var ntpFormat = &Format{
	Name:  "ntp",
	Title: "Time servers and clients (ntpd, ntpdate, chronyd, systemd-timesyncd)",
	Doc: "Messages of ntpd, ntpdate, chronyd and systemd-timesyncd about the server that a clock follows, steps of the clock, servers " +
		"that do not answer and addresses that are listened on. In a syslog envelope of these programs other messages are kept whole. " +
		"Source: ntpd/ntp_proto.c and ntp_io.c of ntp.org, sources.c and reference.c of chrony, timesyncd-manager.c of systemd.",
	Parse:  ntpPayload.parse,
	Match:  matchNTP,
	Starts: "ACILSTast",
}

var ntpPayload = payload{
	format:   "ntp",
	read:     readNTP,
	owns:     isTimeDaemon,
	describe: describeNTP,
	programs: []string{"ntpd", "ntpdate", "sntp", "chronyd", "systemd-timesyncd"},
	what:     "a message of a time daemon that is known",
}

func isTimeDaemon(program string) bool {
	switch program {
	case "ntpd", "ntpdate", "sntp", "chronyd", "systemd-timesyncd":
		return true
	}
	return false
}

func describeNTP(e *event.Event) {
	product := "ntp"
	switch e.Text(event.ProcessName) {
	case "chronyd":
		product = "chrony"
	case "systemd-timesyncd":
		product = "systemd"
	}
	e.SetText(event.Product, product)
	e.SetText(event.Service, "ntp")
	if !e.Has(event.LogSource) {
		e.SetList(event.LogSource, syslogSource)
	}
}

func matchNTP(line string) int {
	if hasEnvelope(line) {
		return 0
	}
	if w := ntpWordsOf(line); w != nil && w.server {
		return 50
	}
	return 0
}

// ntpWords are the beginnings of messages, with the word for what happens.
type ntpWords struct {
	start, action, outcome string
	// server says that the address of a server follows.
	server bool
}

var ntpMessages = [...]ntpWords{
	{"synchronized to ", "synchronized", event.Success, true},
	{"Selected source ", "synchronized", event.Success, true},
	{"Synchronized to time server ", "synchronized", event.Success, true},
	{"Contacted time server ", "synchronized", event.Success, true},
	{"Initial synchronization to time server ", "synchronized", event.Success, true},
	{"Initial clock synchronization to ", "synchronized", event.Success, false},
	{"adjust time server ", "adjusted", event.Success, true},
	{"step time server ", "stepped", event.Success, true},
	{"time reset ", "stepped", event.Success, false},
	{"System clock was stepped by ", "stepped", event.Success, false},
	{"System clock wrong by ", "wrong", "", false},
	{"Timed out waiting for reply from ", "timeout", event.Failure, true},
	{"no server suitable for synchronization found", "no_server", event.Failure, false},
	{"no servers reachable", "no_server", event.Failure, false},
	{"Can't synchronise: ", "no_server", event.Failure, false},
	{"Soliciting pool server ", "solicit", "", true},
	{"Source ", "source", "", true},
	{"Listening on interface ", "listen", "", false},
	{"Listen normally on ", "listen", "", false},
	{"Listen and drop on ", "listen", "", false},
	{"Deleting interface ", "unlisten", "", false},
}

func ntpWordsOf(text string) *ntpWords {
	for i := range ntpMessages {
		if w := &ntpMessages[i]; text != "" && w.start[0] == text[0] && strings.HasPrefix(text, w.start) {
			if w.server && !isAddress(ntpAddress(text[len(w.start):])) {
				return nil
			}
			return w
		}
	}
	return nil
}

// ntpAddress returns the word at the start of s without a port and what ends a
// sentence.
func ntpAddress(s string) string {
	word, _, _ := strings.Cut(s, " ")
	word = strings.TrimRight(word, ",.")
	if i := strings.LastIndexByte(word, ':'); i > 0 && (word[i-1] == ']' || strings.IndexByte(word, ':') == i) {
		word = word[:i]
	}
	return strings.Trim(word, "[]")
}

func readNTP(message string, _ *Context, e *event.Event) bool {
	w := ntpWordsOf(message)
	if w == nil {
		return false
	}
	rest := message[len(w.start):]
	e.SetText(event.EventType, event.ServiceLog)
	e.SetText(event.Action, w.action)
	e.SetText(event.Outcome, w.outcome)
	describeNTP(e)
	if w.server {
		e.SetIP(event.DestinationIP, ntpAddress(rest))
	}
	if _, stratum, ok := strings.Cut(rest, ", stratum "); ok {
		setExtraNumber(e, "stratum", stratum[:leadingDigits(stratum)])
	}
	switch w.action {
	case "source":
		fillNTPSource(rest, e)
	case "stepped", "adjusted", "wrong":
		fillNTPOffset(rest, e)
	}
	return true
}

// fillNTPSource reads what became of a source: "192.0.2.1 offline".
func fillNTPSource(rest string, e *event.Event) {
	_, state, _ := strings.Cut(rest, " ")
	switch state {
	case "online", "offline":
		e.SetText(event.Action, state)
	default:
		if strings.HasPrefix(state, "replaced with ") {
			e.SetText(event.Action, "replaced")
		}
	}
}

// fillNTPOffset reads how far the clock was off, in seconds: "+0.123456 s",
// "192.0.2.1 offset -0.1 sec", "1.5 seconds".
func fillNTPOffset(rest string, e *event.Event) {
	if _, after, ok := strings.Cut(rest, "offset "); ok {
		rest = after
	}
	word, unit, _ := strings.Cut(rest, " ")
	word = strings.TrimPrefix(word, "+")
	if isNumber(word) && strings.HasPrefix(unit, "s") {
		setExtraNumber(e, "offset_seconds", word)
	}
}
