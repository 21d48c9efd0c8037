package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// pamHead is what every message of a PAM module begins with:
// "pam_unix(sshd:auth): ", in Linux-PAM before 0.99 "(pam_unix) ".
type pamHead struct{ module, service, kind string }

// readPAM reads a message of Linux-PAM (pam_unix, pam_sss, pam_faillock,
// pam_tally2, pam_succeed_if and whatever else uses pam_syslog), and OpenSSH's
// "PAM 2 more authentication failures". It changes nothing where it reports
// false.
func readPAM(text string, _ *Context, e *event.Event) bool {
	if rest, ok := strings.CutPrefix(text, "PAM "); ok {
		return readPAMMore(rest, e)
	}
	head, rest, ok := cutPAM(text)
	if !ok {
		return false
	}
	fillPAM(head, rest, e)
	return true
}

// readPAMOf reads PAM's messages about service only, and those that name none.
func readPAMOf(service, text string, c *Context, e *event.Event) bool {
	head, _, ok := cutPAM(text)
	return (!ok || head.service == "" || strings.HasPrefix(head.service, service)) && readPAM(text, c, e)
}

// fillPAM fills e from a message whose module stood elsewhere.
func fillPAM(head pamHead, rest string, e *event.Event) {
	e.SetText(event.EventType, event.ServiceLog)
	e.SetList(event.LogSource, authSource)
	e.SetExtraText("pam_module", head.module)
	e.SetExtraText("pam_service", head.service)
	e.SetExtraText("pam_type", head.kind)
	readPAMMessage(head, rest, e)
}

func cutPAM(text string) (head pamHead, rest string, ok bool) {
	if text == "" || text[0] != 'p' && text[0] != '(' {
		return pamHead{}, "", false
	}
	if inner, old := strings.CutPrefix(text, "(pam_"); old {
		n := nameEnd(inner)
		if rest, ok = strings.CutPrefix(inner[n:], ") "); !ok {
			return pamHead{}, "", false
		}
		return pamHead{module: text[1 : len("(pam_")+n]}, rest, true
	}
	if !strings.HasPrefix(text, "pam_") {
		return pamHead{}, "", false
	}
	n := nameEnd(text)
	head.module = text[:n]
	inner, ok := strings.CutPrefix(text[n:], "(")
	if !ok {
		return pamHead{}, "", false
	}
	n = strings.IndexByte(inner[:min(len(inner), 64)], ')')
	if n < 0 || !strings.HasPrefix(inner[n:], "): ") {
		return pamHead{}, "", false
	}
	head.service, head.kind, _ = strings.Cut(inner[:n], ":")
	return head, inner[n+3:], true
}

func nameEnd(s string) int {
	n := 0
	for n < len(s) && (isAlnum(s[n]) || s[n] == '_' || s[n] == '-') {
		n++
	}
	return n
}

// logsItself reports whether the service writes a line of its own for every
// login, so that PAM's would count it a second time.
func (h pamHead) logsItself() bool {
	switch h.service {
	case "sshd", "sudo", "sudo-i", "su", "su-l", "login", "remote", "cron", "crond", "systemd-user", "runuser", "runuser-l",
		"passwd", "chpasswd", "chfn", "chsh", "useradd", "usermod", "atd", "polkit-1", "":
		return true
	}
	return false
}

// switchesUser reports whether the service is one by which a user becomes
// another.
func (h pamHead) switchesUser() bool {
	switch h.service {
	case "sudo", "sudo-i", "su", "su-l", "runuser", "runuser-l", "pkexec", "doas", "polkit-1":
		return true
	}
	return false
}

func readPAMMessage(h pamHead, rest string, e *event.Event) {
	switch {
	case strings.HasPrefix(rest, "session opened for user "):
		fillPAMOpened(h, rest[len("session opened for user "):], e)
	case strings.HasPrefix(rest, "session closed for user "):
		fillPAMClosed(h, rest[len("session closed for user "):], e)
	case strings.HasPrefix(rest, "authentication failure; "):
		fillPAMFailure(h, rest[len("authentication failure; "):], e)
	case strings.HasPrefix(rest, "authentication success; "):
		fillPAMRemote(h, rest[len("authentication success; "):], e)
		pamNote(e, "authentication_success", event.Success)
	case strings.HasPrefix(rest, "check pass; user unknown"):
		e.SetExtra("invalid_user", event.Value{Kind: event.KindBool, Text: "true"})
		pamNote(e, "check_pass", event.Failure)
	case strings.HasPrefix(rest, "password changed for "):
		e.SetText(event.TargetUserName, rest[len("password changed for "):])
		e.SetText(event.EventType, event.AccountChange)
		pamNote(e, "password_changed", event.Success)
	case strings.HasPrefix(rest, "received for user "):
		fillPAMReceived(rest[len("received for user "):], e)
	case strings.HasPrefix(rest, `user "`) && strings.HasSuffix(rest, `" does not exist in /etc/passwd`):
		e.SetText(event.TargetUserName, rest[len(`user "`):len(rest)-len(`" does not exist in /etc/passwd`)])
		pamNote(e, "unknown_user", event.Failure)
	case h.module == "pam_faillock" || h.module == "pam_tally2" || h.module == "pam_tally":
		fillPAMLock(rest, e)
	case h.module == "pam_succeed_if":
		fillPAMRequirement(rest, e)
	}
}

func pamNote(e *event.Event, action, outcome string) {
	e.SetText(event.Action, action)
	e.SetText(event.Outcome, outcome)
}

// fillPAMOpened reads "root(uid=0) by alice(uid=1000)", in older versions "root
// by alice(uid=0)" or "root by (uid=0)".
func fillPAMOpened(h pamHead, text string, e *event.Event) {
	user, by := text, ""
	if i := strings.LastIndex(text, " by "); i >= 0 {
		user, by = text[:i], text[i+4:]
	}
	user, uid := cutUID(user)
	by, byUID := cutUID(by)
	fillPAMUsers(h, user, by, e)
	setExtraNumber(e, "uid", uid)
	setExtraNumber(e, "by_uid", byUID)
	if !h.logsItself() {
		e.SetText(event.EventType, event.AuthLogin)
	}
	pamNote(e, "session_opened", event.Success)
}

func fillPAMClosed(h pamHead, text string, e *event.Event) {
	user, uid := cutUID(text)
	fillPAMUsers(h, user, "", e)
	setExtraNumber(e, "uid", uid)
	switch h.service {
	case "cron", "crond", "atd":
	default:
		if !h.switchesUser() {
			e.SetText(event.EventType, event.AuthLogout)
		}
	}
	pamNote(e, "session_closed", event.Success)
}

// cutUID splits "alice(uid=1000)".
func cutUID(text string) (name, uid string) {
	head, ok := strings.CutSuffix(text, ")")
	i := strings.LastIndex(head, "(uid=")
	if !ok || i < 0 {
		return text, ""
	}
	return head[:i], head[i+5:]
}

// fillPAMUsers stores whose session it is: where the service switches users,
// the account switched to is the target and who asked is the user.
func fillPAMUsers(h pamHead, user, by string, e *event.Event) {
	if h.switchesUser() {
		e.SetText(event.UserName, by)
		e.SetText(event.TargetUserName, user)
		return
	}
	e.SetText(event.UserName, user)
	e.SetExtraText("by", by)
}

// fillPAMFailure reads the fields behind "authentication failure; ". Where the
// service writes no line of its own, this one stands for the attempt.
func fillPAMFailure(h pamHead, text string, e *event.Event) {
	fillPAMRemote(h, text, e)
	if !h.logsItself() && h.module == "pam_unix" {
		e.SetText(event.EventType, event.AuthLogin)
		pamNote(e, "login", event.Failure)
		return
	}
	pamNote(e, "authentication_failure", event.Failure)
}

// pamFields are the fields of pam_unix in its order; the last two are the
// remote side's to choose, so each is looked for behind the one before.
var pamFields = [...]string{"logname=", " uid=", " euid=", " tty=", " ruser=", " rhost="}

// fillPAMRemote reads "logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1
// user=root". The user may be missing; it is the last field and may hold
// anything.
func fillPAMRemote(h pamHead, text string, e *event.Event) {
	var values [len(pamFields)]string
	rest, ok := strings.CutPrefix(text, pamFields[0])
	if !ok {
		return
	}
	for i := range pamFields {
		if i+1 < len(pamFields) {
			if values[i], rest, ok = strings.Cut(rest, pamFields[i+1]); !ok {
				return
			}
			continue
		}
		values[i] = rest
		if space := strings.IndexByte(rest, ' '); space >= 0 {
			values[i] = rest[:space]
		}
		rest = rest[len(values[i]):]
	}
	user, _ := strings.CutPrefix(strings.TrimLeft(rest, " "), "user=")
	if ruser := values[4]; h.switchesUser() && ruser != "" {
		e.SetText(event.UserName, ruser)
		if user != ruser {
			e.SetText(event.TargetUserName, user)
		}
	} else {
		e.SetText(event.UserName, user)
		e.SetExtraText("ruser", ruser)
	}
	e.SetExtraText("logname", values[0])
	setExtraNumber(e, "uid", values[1])
	setExtraNumber(e, "euid", values[2])
	e.SetExtraText("tty", values[3])
	if host := values[5]; host != "" && !setAddress(e, event.SourceIP, host) {
		e.SetExtraText("source_host", host)
	}
}

// readPAMMore reads OpenSSH's "2 more authentication failures; logname= ...",
// which sums up attempts that have lines of their own.
func readPAMMore(rest string, e *event.Event) bool {
	n := leadingDigits(rest)
	if n == 0 || n > 9 {
		return false
	}
	text, ok := strings.CutPrefix(rest[n:], " more authentication failure")
	if !ok {
		return false
	}
	_, fields, ok := strings.Cut(text, "; ")
	if !ok {
		return false
	}
	e.SetText(event.EventType, event.ServiceLog)
	e.SetList(event.LogSource, authSource)
	setExtraNumber(e, "failures", rest[:n])
	fillPAMRemote(pamHead{}, fields, e)
	pamNote(e, "authentication_failure", event.Failure)
	return true
}

// fillPAMReceived reads pam_sss' "alice: 7 (Authentication failure)".
func fillPAMReceived(text string, e *event.Event) {
	i := strings.LastIndex(text, ": ")
	if i < 0 {
		return
	}
	e.SetText(event.UserName, text[:i])
	e.SetExtraText("reason", text[i+2:])
	pamNote(e, "authentication_failure", event.Failure)
}

// fillPAMLock reads pam_faillock's "Consecutive login failures for user alice
// account temporarily locked" and pam_tally2's "user alice (1000) tally 5, deny
// 3".
func fillPAMLock(rest string, e *event.Event) {
	if text, ok := strings.CutPrefix(rest, "Consecutive login failures for user "); ok {
		if i := strings.LastIndex(text, " account "); i >= 0 {
			e.SetText(event.UserName, text[:i])
		}
		pamNote(e, "account_locked", event.Failure)
		return
	}
	text, ok := strings.CutPrefix(rest, "user ")
	i := strings.LastIndex(text, ") tally ")
	if !ok || i < 0 {
		return
	}
	open := strings.LastIndex(text[:i], " (")
	if open < 0 {
		return
	}
	e.SetText(event.UserName, text[:open])
	setExtraNumber(e, "uid", text[open+2:i])
	tally := text[i+len(") tally "):]
	setExtraNumber(e, "tally", tally[:leadingDigits(tally)])
	pamNote(e, "tally", event.Failure)
}

// fillPAMRequirement reads pam_succeed_if's `requirement "uid >= 1000" not met
// by user "root"`.
func fillPAMRequirement(rest string, e *event.Event) {
	text, ok := strings.CutPrefix(rest, `requirement "`)
	requirement, user, found := strings.Cut(text, `" not met by user "`)
	if !ok || !found {
		return
	}
	e.SetExtraText("requirement", requirement)
	e.SetText(event.UserName, strings.TrimSuffix(user, `"`))
	pamNote(e, "requirement_not_met", event.Failure)
}
