package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// readSSHDFailed reads "password for invalid user U from H port P ssh2". It is
// the one line that stands for a failed attempt. "none" is an attempt too: the
// monitor process writes it for an empty password.
func readSSHDFailed(rest string, e *event.Event) bool {
	return readSSHDLogin(rest, event.Failure, e)
}

func readSSHDAccepted(rest string, e *event.Event) bool {
	return readSSHDLogin(rest, event.Success, e)
}

func readSSHDLogin(rest, outcome string, e *event.Event) bool {
	method, who, ok := strings.Cut(rest, " for ")
	if !ok || method == "" || strings.IndexByte(method, ' ') >= 0 {
		return false
	}
	l, ok := cutLogin(who)
	if !ok {
		return false
	}
	l.fill(e)
	e.SetText(event.EventType, event.AuthLogin)
	e.SetText(event.Action, "login")
	e.SetText(event.Outcome, outcome)
	e.SetExtraText("auth_method", method)
	return true
}

func readSSHDPending(action string) func(string, *event.Event) bool {
	return func(rest string, e *event.Event) bool {
		method, who, ok := strings.Cut(rest, " for ")
		if !ok || method == "" || strings.IndexByte(method, ' ') >= 0 {
			return false
		}
		l, ok := cutLogin(who)
		if !ok {
			return false
		}
		l.fill(e)
		e.SetExtraText("auth_method", method)
		return sshdNote(e, action, "")
	}
}

// login is what stands behind "for" in the messages about logins.
type login struct {
	user string
	from peer
	// key is what follows "ssh2: ".
	key string
	// unclear says that the user's name, a certificate or a host-based client
	// holds text that reads like sshd's own, so nothing can be said.
	unclear bool
}

// cutLogin splits "U from H port P ssh2[: KEY]". Where no key follows, sshd's own
// text is the end. A key of two words ("RSA SHA256:...") holds nothing of the
// client's, so it is the end too. Behind a certificate or a host-based client
// stand names that the client chose: there the protocol's mark must be the only
// one.
func cutLogin(who string) (login, bool) {
	if l, ok := cutFrom(trimProtocol(who)); ok {
		return l, true
	}
	i := strings.LastIndex(who, " ssh2: ")
	if i < 0 {
		return login{}, false
	}
	key := who[i+len(" ssh2: "):]
	if !isPlainKey(key) && strings.Index(who, " ssh2: ") != i {
		return login{unclear: true}, true
	}
	l, ok := cutFrom(who[:i])
	l.key = key
	return l, ok
}

func cutFrom(text string) (login, bool) {
	head, from, ok := cutPeer(text)
	if !ok {
		return login{}, false
	}
	if head == "from" {
		return login{from: from}, true
	}
	user, ok := strings.CutSuffix(head, " from")
	return login{user: user, from: from}, ok
}

// isPlainKey reports whether key is "TYPE FINGERPRINT".
func isPlainKey(key string) bool {
	return strings.Count(key, " ") == 1 && strings.IndexByte(key, '"') < 0
}

func (l *login) fill(e *event.Event) {
	if l.unclear {
		e.Warn("user_name, source_ip: the line can be read in two ways")
		return
	}
	sshdUser(l.user, e)
	l.from.fill(e)
	if isPlainKey(l.key) {
		kind, fingerprint, _ := strings.Cut(l.key, " ")
		e.SetExtraText("key_type", kind)
		e.SetExtraText("key_fingerprint", fingerprint)
		return
	}
	e.SetExtraText("key", l.key)
}

// readSSHDInvalidUser reads "U from H port P", in old versions "U from H".
func readSSHDInvalidUser(rest string, e *event.Event) bool {
	head, from, ok := cutHost(rest)
	if !ok {
		return false
	}
	user, ok := strings.CutSuffix(head, " from")
	if !ok && head != "from" {
		return false
	}
	if head == "from" {
		user = ""
	}
	e.SetText(event.UserName, user)
	e.SetExtra("invalid_user", event.Value{Kind: event.KindBool, Text: "true"})
	from.fill(e)
	return sshdNote(e, "invalid_user", event.Failure)
}

// readSSHDMaximum reads "[invalid user ]U from H port P ssh2".
func readSSHDMaximum(rest string, e *event.Event) bool {
	l, ok := cutFrom(trimProtocol(rest))
	if !ok {
		return false
	}
	l.fill(e)
	return sshdNote(e, "max_auth_attempts", event.Failure)
}

// readSSHDPAM reads "Authentication failure for [illegal user ]U from H", which
// sshd writes beside "Failed keyboard-interactive/pam".
func readSSHDPAM(rest string, e *event.Event) bool {
	reason, who, ok := strings.Cut(rest, " for ")
	if !ok {
		return false
	}
	head, from, ok := cutHost(who)
	user, named := strings.CutSuffix(head, " from")
	if !ok || !named {
		return false
	}
	sshdUser(user, e)
	from.fill(e)
	e.SetExtraText("reason", reason)
	return sshdNote(e, "pam_failure", event.Failure)
}

// readSSHDNotAllowed reads "U from H not allowed because REASON"; of accounts that
// are locked or have no shell sshd leaves the address out.
func readSSHDNotAllowed(rest string, e *event.Event) bool {
	const mark = " not allowed because "
	i := strings.LastIndex(rest, mark)
	if i < 0 {
		return false
	}
	if reason := rest[i+len(mark):]; reason == "account is locked" || strings.HasPrefix(reason, "shell ") {
		e.SetText(event.UserName, rest[:i])
		e.SetExtraText("reason", reason)
		return sshdNote(e, "not_allowed", event.Failure)
	}
	space := strings.LastIndexByte(rest[:i], ' ')
	if space < 0 {
		return false
	}
	user, ok := strings.CutSuffix(rest[:space], " from")
	if !ok {
		return false
	}
	e.SetText(event.UserName, user)
	peer{host: rest[space+1 : i]}.fill(e)
	e.SetExtraText("reason", rest[i+len(mark):])
	return sshdNote(e, "not_allowed", event.Failure)
}

// readSSHDDenied reads "U by PAM account configuration".
func readSSHDDenied(rest string, e *event.Event) bool {
	user, ok := strings.CutSuffix(rest, " by PAM account configuration")
	if !ok {
		return false
	}
	sshdUser(user, e)
	return sshdNote(e, "access_denied", event.Failure)
}

// readSSHDTried reads "U with correct key but not from a permitted host (host=H,
// ip=A...".
func readSSHDTried(rest string, e *event.Event) bool {
	const mark = " with correct key but not from a permitted host (host="
	i := strings.LastIndex(rest, mark)
	if i < 0 {
		return false
	}
	name, after, ok := strings.Cut(rest[i+len(mark):], ", ip=")
	if !ok {
		return false
	}
	if end := strings.IndexAny(after, ",)"); end >= 0 {
		after = after[:end]
	}
	e.SetText(event.UserName, rest[:i])
	peer{host: after}.fill(e)
	if name != after {
		e.SetExtraText("source_name", name)
	}
	return sshdNote(e, "host_not_permitted", event.Failure)
}

func readSSHDRootRefused(rest string, e *event.Event) bool {
	head, from, ok := cutHost(rest)
	if !ok || head != "" {
		return false
	}
	e.SetText(event.UserName, "root")
	from.fill(e)
	return sshdNote(e, "root_login_refused", event.Failure)
}

// readSSHDUserauth reads "invalid user U".
func readSSHDUserauth(rest string, e *event.Event) bool {
	user, ok := strings.CutPrefix(rest, "invalid user")
	if !ok {
		return false
	}
	e.SetText(event.UserName, strings.TrimPrefix(user, " "))
	e.SetExtra("invalid_user", event.Value{Kind: event.KindBool, Text: "true"})
	return sshdNote(e, "invalid_user", event.Failure)
}
