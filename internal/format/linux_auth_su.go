package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// readSu reads the messages of su: util-linux' "(to root) alice on pts/0" and
// "FAILED SU (to root) alice on pts/0", shadow's "Successful su for root by
// alice" and "FAILED su for root by alice", BSD's "alice to root on
// /dev/ttyp0" and System V's "'su root' failed for alice on /dev/pts/8". Shadow's second line, "+ pts/0 alice:root", says the same again
// and is a note.
func readSu(text string, _ *Context, e *event.Event) bool {
	switch {
	case strings.HasPrefix(text, "(to "):
		return readSuTo(text[len("(to "):], event.Success, e)
	case strings.HasPrefix(text, "FAILED SU (to "):
		return readSuTo(text[len("FAILED SU (to "):], event.Failure, e)
	case strings.HasPrefix(text, "Successful su for "):
		return readSuFor(text[len("Successful su for "):], event.Success, e)
	case strings.HasPrefix(text, "FAILED su for "):
		return readSuFor(text[len("FAILED su for "):], event.Failure, e)
	case strings.HasPrefix(text, "+ "):
		return readSuNote(text[2:], event.Success, e)
	case strings.HasPrefix(text, "- "):
		return readSuNote(text[2:], event.Failure, e)
	case strings.HasPrefix(text, "'su "):
		return readSuFailed(text[len("'su "):], e)
	case strings.HasPrefix(text, "BAD SU "):
		return readSuBSD(text[len("BAD SU "):], event.Failure, e)
	default:
		return readSuBSD(text, event.Success, e)
	}
}

func fillSu(user, target, tty, outcome string, e *event.Event) bool {
	if user == "" || target == "" {
		return false
	}
	e.SetText(event.EventType, event.AuthPrivilege)
	e.SetText(event.Action, "su")
	e.SetText(event.Outcome, outcome)
	e.SetText(event.UserName, user)
	e.SetText(event.TargetUserName, target)
	e.SetExtraText("tty", tty)
	return true
}

// readSuTo reads "root) alice on pts/0".
func readSuTo(rest, outcome string, e *event.Event) bool {
	target, who, ok := strings.Cut(rest, ") ")
	user, tty, found := strings.Cut(who, " on ")
	if !ok || !found || strings.IndexByte(user, ' ') >= 0 {
		return false
	}
	return fillSu(user, target, tty, outcome, e)
}

// readSuFor reads "root by alice".
func readSuFor(rest, outcome string, e *event.Event) bool {
	i := strings.LastIndex(rest, " by ")
	return i > 0 && fillSu(rest[i+4:], rest[:i], "", outcome, e)
}

// readSuFailed reads System V's "root' failed for alice on /dev/pts/8".
func readSuFailed(rest string, e *event.Event) bool {
	target, who, ok := strings.Cut(rest, "' failed for ")
	user, tty, found := strings.Cut(who, " on ")
	if !ok || !found || strings.IndexByte(user, ' ') >= 0 || strings.IndexByte(tty, ' ') >= 0 {
		return false
	}
	return fillSu(user, target, tty, event.Failure, e)
}

// readSuNote reads "pts/0 alice:root".
func readSuNote(rest, outcome string, e *event.Event) bool {
	tty, who, ok := strings.Cut(rest, " ")
	user, target, found := strings.Cut(who, ":")
	if !ok || !found || strings.IndexByte(who, ' ') >= 0 || !fillSu(user, target, tty, outcome, e) {
		return false
	}
	e.SetText(event.EventType, event.ServiceLog)
	return true
}

// readSuBSD reads "alice to root on /dev/ttyp0", every part one word.
func readSuBSD(text, outcome string, e *event.Event) bool {
	user, rest, ok := strings.Cut(text, " to ")
	target, tty, found := strings.Cut(rest, " on ")
	if !ok || !found || strings.IndexByte(user, ' ') >= 0 || strings.IndexByte(target, ' ') >= 0 ||
		!strings.HasPrefix(tty, "/dev/") || strings.IndexByte(tty, ' ') >= 0 {
		return false
	}
	return fillSu(user, target, tty, outcome, e)
}

// readLogin reads the messages of login(1), those of util-linux ("LOGIN ON tty1
// BY alice FROM host", "FAILED LOGIN 1 FROM tty1 FOR alice, ...") and those of
// shadow ("FAILED LOGIN (1) on '/dev/tty1' FOR 'alice', ...").
func readLogin(text string, _ *Context, e *event.Event) bool {
	switch {
	case strings.HasPrefix(text, "FAILED LOGIN ") || strings.HasPrefix(text, "TOO MANY LOGIN TRIES "):
		return readLoginFailed(text, e)
	case strings.HasPrefix(text, "ROOT LOGIN "):
		return readLoginOn(text[len("ROOT LOGIN "):], "root", e)
	case strings.HasPrefix(text, "LOGIN ON "):
		return readLoginOn(text[len("LOGIN "):], "", e)
	case strings.HasPrefix(text, "DIALUP AT "):
		return readLoginOn("ON "+text[len("DIALUP AT "):], "", e)
	default:
		return false
	}
}

// readLoginFailed reads what stands between the count and the reason. The user's
// name may be anything; the reason behind it is PAM's and has no comma before
// its own text.
func readLoginFailed(text string, e *event.Event) bool {
	before, who, ok := strings.Cut(text, " FOR ")
	i := strings.LastIndex(who, ", ")
	if !ok || i < 0 {
		return false
	}
	if tty, from := loginPlace(before); from != "" || tty != "" {
		e.SetExtraText("tty", tty)
		if from != "" && !setAddress(e, event.SourceIP, from) {
			e.SetExtraText("source_host", from)
		}
	}
	user := who[:i]
	if len(user) > 1 && user[0] == '\'' && user[len(user)-1] == '\'' {
		user = user[1 : len(user)-1]
	}
	e.SetText(event.EventType, event.AuthLogin)
	e.SetText(event.Action, "login")
	e.SetText(event.Outcome, event.Failure)
	if user != "UNKNOWN" {
		e.SetText(event.UserName, user)
	}
	e.SetExtraText("reason", who[i+2:])
	return true
}

// loginPlace reads the terminal from "... on '/dev/tty1'" and the terminal or
// host from "... FROM tty1".
func loginPlace(text string) (tty, from string) {
	if _, place, ok := strings.Cut(text, " on '"); ok {
		tty, rest, _ := strings.Cut(place, "'")
		from, _ = strings.CutPrefix(rest, " from '")
		return tty, strings.TrimSuffix(from, "'")
	}
	_, place, ok := strings.Cut(text, " FROM ")
	if !ok {
		return "", ""
	}
	if strings.HasPrefix(place, "tty") || strings.HasPrefix(place, "pts/") || strings.HasPrefix(place, "/dev/") {
		return place, ""
	}
	return "", place
}

// readLoginOn reads "ON tty1[ BY alice][ FROM host]" and shadow's " on
// '/dev/tty1'[ from 'host']".
func readLoginOn(rest, user string, e *event.Event) bool {
	rest = strings.TrimLeft(rest, " ")
	tty, from, by := "", "", ""
	switch {
	case strings.HasPrefix(rest, "ON "):
		rest, from, _ = strings.Cut(rest[3:], " FROM ")
		tty, by, _ = strings.Cut(rest, " BY ")
	case strings.HasPrefix(rest, "on '"):
		tty, from = loginPlace(" " + rest)
	default:
		return false
	}
	if user == "" {
		user = by
	}
	if tty == "" || user == "" || strings.IndexByte(tty, ' ') >= 0 {
		return false
	}
	e.SetText(event.EventType, event.AuthLogin)
	e.SetText(event.Action, "login")
	e.SetText(event.Outcome, event.Success)
	e.SetText(event.UserName, user)
	e.SetExtraText("tty", tty)
	if from != "" && !setAddress(e, event.SourceIP, from) {
		e.SetExtraText("source_host", from)
	}
	return true
}
