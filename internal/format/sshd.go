package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var sshdFormat = &Format{
	Name:  "sshd",
	Title: "OpenSSH server",
	Doc: "Messages of the OpenSSH server (sshd, since 9.8 also sshd-session and sshd-auth, and sftp-server), in a syslog envelope or bare. " +
		"A failed login is counted once, by its \"Failed METHOD for\" line; what else sshd and PAM say about the same attempt " +
		"is SERVICE_LOG. The names of users are the attacker's to choose, so addresses are read from the end that sshd writes.",
	Parse:  sshdPayload.parse,
	Match:  matchSSHD,
	Starts: "ABCDEFIPRSTUbdefikmrs",
}

var sshdPayload = payload{
	format: "sshd",
	read:   readSSHD,
	owns: func(program string) bool {
		switch program {
		case "sshd", "sshd-session", "sshd-auth", "sftp-server", "internal-sftp":
			return true
		}
		return false
	},
	describe: describeSSHD,
	programs: []string{"sshd", "sshd-session", "sshd-auth", "sftp-server", "internal-sftp"},
	what:     "a message of sshd that is known",
}

// sshdMessage is one kind of message: how it begins and who reads the rest.
type sshdMessage struct {
	prefix string
	read   func(rest string, e *event.Event) bool
}

// sshdMessages lists what OpenSSH's sources log about connections and logins,
// from its auth.c, auth2.c, auth-pam.c, packet.c, session.c and sshd.c. The
// frequent ones come first.
var sshdMessages = []sshdMessage{
	{"Failed ", readSSHDFailed},
	{"Accepted ", readSSHDAccepted},
	{"Invalid user ", readSSHDInvalidUser},
	{"Illegal user ", readSSHDInvalidUser},
	{"Connection closed by ", peerOf("connection_closed")},
	{"Connection reset by ", peerOf("connection_reset")},
	{"Disconnected from ", readSSHDDisconnected},
	{"Received disconnect from ", readSSHDReceived},
	{"Disconnecting", readSSHDDisconnecting},
	{"maximum authentication attempts exceeded for ", readSSHDMaximum},
	{"Connection from ", readSSHDConnection},
	{"PAM: ", readSSHDPAM},
	{"PAM service(sshd) ", plainAs("pam_max_retries")},
	{"Did not receive identification string from ", readSSHDNoIdent},
	{"Bad protocol version identification ", readSSHDBadProtocol},
	{"Unable to negotiate with ", readSSHDUnable},
	{"banner exchange: Connection from ", readSSHDBanner},
	{"Timeout before authentication for ", readSSHDTimeout},
	{"User ", readSSHDNotAllowed},
	{"ROOT LOGIN REFUSED FROM ", readSSHDRootRefused},
	{"reverse mapping checking getaddrinfo for ", readSSHDReverse},
	{"Address ", readSSHDAddress},
	{"input_userauth_request: ", readSSHDUserauth},
	{"Postponed ", readSSHDPending("postponed")},
	{"Partial ", readSSHDPending("partial")},
	{"Starting session: ", readSSHDStarting},
	{"Close session: user ", readSSHDClose},
	{"subsystem request for ", readSSHDSubsystem},
	{"Server listening on ", readSSHDListening},
	{"refused connect from ", readSSHDRefused},
	{"drop connection ", readSSHDDrop},
	{"Access denied for user ", readSSHDDenied},
	{"Authentication tried for ", readSSHDTried},
	{"ssh_dispatch_run_fatal: Connection from ", readSSHDFatal},
	{"Read error from remote host ", readSSHDFatal},
	{"Closing connection to ", peerOf("closing_connection")},
	{"srclimit_penalise: ", readSSHDPenalty},
	{"User child is on pid ", plainAs("child_started")},
	{"Received signal ", plainAs("signal")},
	{"kex_exchange_identification: ", plainAs("key_exchange_failed")},
	{"Exiting on signal ", plainAs("signal")},
	{"session opened for local user ", readSFTPSession("session_opened")},
	{"session closed for local user ", readSFTPSession("session_closed")},
	{`open "`, readSFTPFile("open", `" flags `, false)},
	{`close "`, readSFTPFile("close", `" bytes read `, false)},
	{`forced close "`, readSFTPFile("forced close", `" bytes read `, false)},
	{`opendir "`, readSFTPFile("opendir", `"`, false)},
	{`closedir "`, readSFTPFile("closedir", `"`, false)},
	{`remove name "`, readSFTPFile("remove", `"`, true)},
	{`rename old "`, readSFTPFile("rename", `" new "`, true)},
	{`posix-rename old "`, readSFTPFile("rename", `" new "`, true)},
	{`symlink old "`, readSFTPFile("symlink", `" new "`, true)},
	{`mkdir name "`, readSFTPFile("mkdir", `" mode `, true)},
	{`rmdir name "`, readSFTPFile("rmdir", `"`, true)},
}

func readSSHD(message string, c *Context, e *event.Event) bool {
	text := strings.TrimLeft(message, " ")
	text, level := sshdLevel(text)
	if readPAMOf("sshd", text, c, e) {
		finishSSHD(level, e)
		return true
	}
	text = strings.TrimRight(strings.TrimSuffix(strings.TrimSuffix(text, " [preauth]"), " [postauth]"), " ")
	for i := range sshdMessages {
		m := &sshdMessages[i]
		if rest, ok := strings.CutPrefix(text, m.prefix); ok && m.read(rest, e) {
			finishSSHD(level, e)
			return true
		}
	}
	return false
}

// sshdLevel takes off the level that sshd writes before its graver messages.
func sshdLevel(text string) (rest, level string) {
	if rest, ok := strings.CutPrefix(text, "error: "); ok {
		return rest, "error"
	}
	if rest, ok := strings.CutPrefix(text, "fatal: "); ok {
		return rest, "critical"
	}
	return text, ""
}

func finishSSHD(level string, e *event.Event) {
	if !e.Has(event.LogLevel) {
		e.SetText(event.LogLevel, level)
	}
	if !e.Has(event.EventType) {
		e.SetText(event.EventType, event.ServiceLog)
	}
	describeSSHD(e)
}

func describeSSHD(e *event.Event) {
	e.SetText(event.Vendor, "openbsd")
	e.SetText(event.Product, "openssh")
	e.SetText(event.Service, "sshd")
	e.SetList(event.LogSource, sshdSource)
}

// matchSSHD knows the bare messages. Those in an envelope are left to syslog,
// which makes the same events of them; so do all formats of its payloads.
func matchSSHD(line string) int {
	if hasEnvelope(line) {
		return 0
	}
	text, _ := sshdLevel(line)
	for i := range sshdMessages {
		if strings.HasPrefix(text, sshdMessages[i].prefix) {
			return 40
		}
	}
	return 0
}

// peer is the other end of a connection as sshd writes it.
type peer struct{ host, port string }

// cutPeer splits text at its end into "HOST port N" and what stands before it,
// without the space between. Only the end is looked at: sshd writes it last, so
// nothing that the client says can stand there.
func cutPeer(text string) (head string, p peer, ok bool) {
	text = strings.TrimRight(text, " ")
	i := len(text)
	for i > 0 && isDigit(text[i-1]) {
		i--
	}
	p.port = text[i:]
	rest, ok := strings.CutSuffix(text[:i], " port ")
	if !ok || p.port == "" || len(p.port) > 5 {
		return "", peer{}, false
	}
	space := strings.LastIndexByte(rest, ' ')
	p.host = rest[space+1:]
	return rest[:max(space, 0)], p, p.host != ""
}

// cutHost splits text at its end into a host, with " port N" behind it where
// sshd is new enough, and what stands before.
func cutHost(text string) (head string, p peer, ok bool) {
	if head, p, ok = cutPeer(text); ok {
		return head, p, true
	}
	text = strings.TrimRight(text, " ")
	space := strings.LastIndexByte(text, ' ')
	host := text[space+1:]
	return text[:max(space, 0)], peer{host: host}, strings.IndexByte(host, '.') > 0 || host == "UNKNOWN" || isAddress(host)
}

// trimProtocol takes off the protocol that ends the messages about logins.
func trimProtocol(text string) string {
	text = strings.TrimRight(text, " ")
	for _, protocol := range [...]string{" ssh2", " ssh1", " ssh"} {
		if head, ok := strings.CutSuffix(text, protocol); ok {
			return head
		}
	}
	return text
}

// fill stores the peer as the event's source.
func (p peer) fill(e *event.Event) {
	if !setAddress(e, event.SourceIP, p.host) && p.host != "UNKNOWN" {
		e.SetExtraText("source_host", p.host)
	}
	if port, ok := parseUint(p.port); ok && !e.SetPort(event.SourcePort, port) {
		e.Warn("source_port: not a port")
	}
}

// sshdUser stores a user's name, with the mark of one that does not exist.
func sshdUser(name string, e *event.Event) {
	for _, mark := range [...]string{"invalid user ", "illegal user "} {
		if rest, ok := strings.CutPrefix(name, mark); ok {
			e.SetExtra("invalid_user", event.Value{Kind: event.KindBool, Text: "true"})
			name = rest
			break
		}
	}
	e.SetText(event.UserName, name)
}

// sshdNote completes a message that accompanies a login or a connection.
func sshdNote(e *event.Event, action, outcome string) bool {
	e.SetText(event.EventType, event.ServiceLog)
	e.SetText(event.Action, action)
	e.SetText(event.Outcome, outcome)
	return true
}
