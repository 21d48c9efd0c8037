package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// fillParty reads "[authenticating |invalid ][user U ]H port P", or an old
// version's "H". It reports false for anything else.
func fillParty(text string, e *event.Event) bool {
	head, from, ok := cutHost(text)
	if !ok {
		return false
	}
	switch {
	case head == "":
	case strings.HasPrefix(head, "authenticating user "):
		e.SetText(event.UserName, head[len("authenticating user "):])
	case strings.HasPrefix(head, "invalid user "):
		sshdUser(head, e)
	case head == "invalid user":
		sshdUser("invalid user ", e)
	case head == "authenticating user":
	case strings.HasPrefix(head, "user "):
		e.SetText(event.UserName, head[len("user "):])
	default:
		return false
	}
	from.fill(e)
	return true
}

func peerOf(action string) func(string, *event.Event) bool {
	return func(rest string, e *event.Event) bool {
		return (rest == "remote host" || rest == "peer" || fillParty(rest, e)) && sshdNote(e, action, "")
	}
}

func plainAs(action string) func(string, *event.Event) bool {
	return func(_ string, e *event.Event) bool { return sshdNote(e, action, "") }
}

// readSSHDDisconnected reads who disconnected. With "user U" a session ended;
// before the login the words are "authenticating user" or "invalid user".
func readSSHDDisconnected(rest string, e *event.Event) bool {
	if !fillParty(rest, e) {
		return false
	}
	if !strings.HasPrefix(rest, "user ") {
		return sshdNote(e, "disconnected", "")
	}
	e.SetText(event.EventType, event.AuthLogout)
	e.SetText(event.Action, "disconnected")
	e.SetText(event.Outcome, event.Success)
	return true
}

// readSSHDReceived reads "H port P:11: disconnected by user" and the older "H:
// 11: ...". The reason is the client's; the address stands before it.
func readSSHDReceived(rest string, e *event.Event) bool {
	cur := scan(rest)
	host := cur.token()
	from := peer{host: host}
	if cur.skipText(" port ") {
		from.port = cur.digits()
		if !cur.skip(':') {
			return false
		}
	} else {
		var ok bool
		if from.host, ok = strings.CutSuffix(host, ":"); !ok || !cur.skip(' ') {
			return false
		}
	}
	code := cur.digits()
	if code == "" || !cur.skip(':') {
		return false
	}
	from.fill(e)
	setExtraNumber(e, "reason_code", code)
	e.SetExtraText("reason", strings.TrimSpace(cur.rest()))
	return sshdNote(e, "received_disconnect", "")
}

// readSSHDDisconnecting reads " U H port P: REASON", " H port P: ..." and the
// older ": REASON". The user's name and the reason can hold the client's text:
// where the address could be in two places it is left out.
func readSSHDDisconnecting(rest string, e *event.Event) bool {
	const tooMany = ": Too many authentication failures"
	if reason, ok := strings.CutPrefix(rest, ": "); ok {
		if user, ok := strings.CutPrefix(reason, tooMany[2:]+" for "); ok {
			sshdUser(user, e)
			e.SetExtraText("reason", tooMany[2:])
			return sshdNote(e, "disconnecting", event.Failure)
		}
		e.SetExtraText("reason", reason)
		return sshdNote(e, "disconnecting", "")
	}
	party, ok := strings.CutPrefix(rest, " ")
	if !ok {
		return false
	}
	if head, ok := strings.CutSuffix(party, tooMany); ok {
		if !fillParty(head, e) {
			return false
		}
		e.SetExtraText("reason", tooMany[2:])
		return sshdNote(e, "disconnecting", event.Failure)
	}
	head, reason, ok := strings.Cut(party, ": ")
	if _, _, ported := cutPeer(head); !ok || !ported || !isOnce(party, " port ") || !fillParty(head, e) {
		return sshdNote(e, "disconnecting", "")
	}
	e.SetExtraText("reason", reason)
	return sshdNote(e, "disconnecting", "")
}

// readSSHDConnection reads "H port P on H port P[ rdomain ...]".
func readSSHDConnection(rest string, e *event.Event) bool {
	cur := scan(rest)
	from, ok := readPeer(&cur)
	if !ok {
		return false
	}
	from.fill(e)
	if cur.skipText(" on ") {
		if to, ok := readPeer(&cur); ok {
			e.SetIP(event.DestinationIP, to.host)
			if port, ok := parseUint(to.port); ok {
				e.SetPort(event.DestinationPort, port)
			}
		}
	}
	return sshdNote(e, "connection", "")
}

// readPeer reads "H port P" at the cursor.
func readPeer(cur *cursor) (p peer, ok bool) {
	p.host = cur.token()
	if p.host == "" || !cur.skipText(" port ") {
		return peer{}, false
	}
	p.port = cur.digits()
	return p, p.port != ""
}

// readLeadingPeer reads "H port P" followed by after.
func readLeadingPeer(rest, after, action, outcome string, e *event.Event) bool {
	cur := scan(rest)
	p, ok := readPeer(&cur)
	if !ok || !cur.skipText(after) {
		return false
	}
	p.fill(e)
	e.SetExtraText("reason", strings.TrimSpace(cur.rest()))
	return sshdNote(e, action, outcome)
}

func readSSHDUnable(rest string, e *event.Event) bool {
	return readLeadingPeer(rest, ":", "negotiation_failed", event.Failure, e)
}

func readSSHDBanner(rest string, e *event.Event) bool {
	return readLeadingPeer(rest, ":", "bad_banner", event.Failure, e)
}

func readSSHDNoIdent(rest string, e *event.Event) bool {
	head, from, ok := cutHost(rest)
	if !ok || head != "" {
		return false
	}
	from.fill(e)
	return sshdNote(e, "no_identification", event.Failure)
}

// readSSHDBadProtocol reads "'TEXT' from H port P": the text is the client's.
func readSSHDBadProtocol(rest string, e *event.Event) bool {
	head, from, ok := cutHost(rest)
	text, quoted := strings.CutSuffix(head, "' from")
	if !ok || !quoted {
		return false
	}
	from.fill(e)
	e.SetExtraText("identification", strings.TrimPrefix(text, "'"))
	return sshdNote(e, "bad_protocol", event.Failure)
}

// readSSHDTimeout reads "H port P", "H", and since 9.8 "connection from H to H,
// pid = N".
func readSSHDTimeout(rest string, e *event.Event) bool {
	if text, ok := strings.CutPrefix(rest, "connection from "); ok {
		from, to, ok := strings.Cut(text, " to ")
		if !ok {
			return false
		}
		peer{host: from}.fill(e)
		address, _, _ := strings.Cut(to, ",")
		e.SetIP(event.DestinationIP, address)
		return sshdNote(e, "login_timeout", event.Failure)
	}
	return fillParty(rest, e) && sshdNote(e, "login_timeout", event.Failure)
}

// readSSHDReverse reads "NAME [H] failed - POSSIBLE BREAK-IN ATTEMPT!".
func readSSHDReverse(rest string, e *event.Event) bool {
	name, after, ok := strings.Cut(rest, " [")
	address, _, shut := strings.Cut(after, "] failed")
	if !ok || !shut {
		return false
	}
	peer{host: address}.fill(e)
	e.SetExtraText("source_name", name)
	return sshdNote(e, "reverse_mapping_failed", "")
}

// readSSHDAddress reads "H maps to NAME, but this does not map back".
func readSSHDAddress(rest string, e *event.Event) bool {
	address, after, ok := strings.Cut(rest, " maps to ")
	name, _, comma := strings.Cut(after, ", but this does not map back")
	if !ok || !comma {
		return false
	}
	peer{host: address}.fill(e)
	e.SetExtraText("source_name", name)
	return sshdNote(e, "reverse_mapping_failed", "")
}

// readSSHDStarting reads "shell on pts/0 for U from H port P id 0". A command is
// not shown, the user is real.
func readSSHDStarting(rest string, e *event.Event) bool {
	what, who, ok := strings.Cut(rest, " for ")
	if !ok || !fillSession(who, e) {
		return false
	}
	what, tty, _ := strings.Cut(what, " on ")
	e.SetExtraText("session", what)
	e.SetExtraText("tty", tty)
	return sshdNote(e, "starting_session", event.Success)
}

func readSSHDClose(rest string, e *event.Event) bool {
	return fillSession(rest, e) && sshdNote(e, "close_session", "")
}

// fillSession reads "U from H port P id N".
func fillSession(text string, e *event.Event) bool {
	if i := strings.LastIndex(text, " id "); i >= 0 && leadingDigits(text[i+4:]) == len(text)-i-4 {
		text = text[:i]
	}
	l, ok := cutFrom(text)
	if ok {
		l.fill(e)
	}
	return ok
}

// readSSHDSubsystem reads "sftp by user U".
func readSSHDSubsystem(rest string, e *event.Event) bool {
	name, user, ok := strings.Cut(rest, " by user ")
	if !ok {
		return strings.HasPrefix(rest, "sftp") && sshdNote(e, "subsystem", "")
	}
	e.SetText(event.UserName, user)
	e.SetExtraText("subsystem", name)
	return sshdNote(e, "subsystem", "")
}

func readSSHDListening(rest string, e *event.Event) bool {
	cur := scan(rest)
	at, ok := readPeer(&cur)
	if !ok {
		return false
	}
	e.SetExtraText("listen_address", at.host)
	setExtraNumber(e, "listen_port", at.port)
	return sshdNote(e, "listening", event.Success)
}

// readSSHDRefused reads libwrap's "NAME (H)".
func readSSHDRefused(rest string, e *event.Event) bool {
	name, address, ok := strings.Cut(rest, " (")
	if !ok || !strings.HasSuffix(address, ")") {
		name, address = "", rest+")"
	}
	peer{host: address[:len(address)-1]}.fill(e)
	e.SetExtraText("source_name", name)
	return sshdNote(e, "refused_connection", event.Failure)
}

// readSSHDDrop reads "#10 from [H]:P on [H]:P past MaxStartups".
func readSSHDDrop(rest string, e *event.Event) bool {
	_, after, ok := strings.Cut(rest, "from [")
	host, after, shut := strings.Cut(after, "]:")
	if !ok || !shut {
		return false
	}
	n := leadingDigits(after)
	peer{host: host, port: after[:n]}.fill(e)
	if to, ok := strings.CutPrefix(after[n:], " on "); ok {
		to, _, _ = strings.Cut(to, " ")
		setEndpoint(e, event.DestinationIP, event.DestinationPort, to)
	}
	return sshdNote(e, "connection_dropped", event.Failure)
}

// readSSHDFatal reads "H port P: REASON" and "authenticating user U H port P:
// REASON". The user's name is the client's: where the address could stand in two
// places nothing is read.
func readSSHDFatal(rest string, e *event.Event) bool {
	head, reason, ok := strings.Cut(rest, ": ")
	if _, _, ported := cutPeer(head); !ok || !ported || !isOnce(rest, " port ") || !fillParty(head, e) {
		return sshdNote(e, "connection_failed", "")
	}
	e.SetExtraText("reason", reason)
	return sshdNote(e, "connection_failed", "")
}

// readSSHDPenalty reads "ipv4: new 192.0.2.1/32 deferred penalty of 5 seconds for
// penalty: failed authentication"; a whole network is no source.
func readSSHDPenalty(rest string, e *event.Event) bool {
	_, after, ok := strings.Cut(rest, ": ")
	after = strings.TrimPrefix(after, "new ")
	network, what, spaced := strings.Cut(after, " ")
	host, bits, slash := strings.Cut(network, "/")
	if !ok || !spaced || !slash {
		return false
	}
	if bits == "32" || bits == "128" {
		peer{host: host}.fill(e)
	} else {
		e.SetExtraText("network", network)
	}
	e.SetExtraText("penalty", what)
	return sshdNote(e, "penalty", "")
}
