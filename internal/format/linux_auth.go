package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var linuxAuthFormat = &Format{
	Name:  "linux_auth",
	Title: "Linux auth.log and secure",
	Doc: "What Linux writes to auth.log or secure: sshd and sudo, PAM, su, login, pkexec, the tools that change accounts " +
		"(shadow), cron and systemd-logind. Lines of other programs in that file are kept whole. A message that lost its " +
		"syslog header is read when it is one of those that are known.",
	Parse:  parseLinuxAuth,
	Match:  matchLinuxAuth,
	Starts: "(FLNRSdnp",
}

var linuxAuthPayload = payload{
	format:   "linux_auth",
	read:     readLinuxAuth,
	owns:     func(string) bool { return true },
	describe: func(e *event.Event) { e.SetList(event.LogSource, authSource) },
	what:     "a message of auth.log that is known",
}

// cronPayload is linux_auth for cron's programs, whose log source is another.
var cronPayload = payload{
	format:   "linux_auth",
	read:     readLinuxAuth,
	owns:     isCronProgram,
	describe: func(e *event.Event) { e.SetList(event.LogSource, cronSource) },
	programs: []string{"CRON", "cron", "crond", "CROND", "crontab"},
	what:     "a message of cron that is known",
}

func parseLinuxAuth(line string, c *Context, e *event.Event) error {
	if !hasEnvelope(line) {
		for _, p := range [...]*payload{&sudoPayload, &sshdPayload, &linuxAuthPayload} {
			if p.read(line, c, e) {
				fillAbsent(e, event.Message, line)
				fillAbsent(e, event.Format, p.format)
				return nil
			}
		}
		return &Error{Reason: "neither a syslog header nor " + linuxAuthPayload.what}
	}
	var v envelope
	if err := v.read(line, c); err != nil {
		return err
	}
	if v.program == "" && v.host == "" {
		return &Error{Reason: "the line names no program", Offset: v.offset}
	}
	fillEnvelope(&v, c, e)
	if !e.Has(event.Format) {
		e.SetList(event.LogSource, authSource)
	}
	return nil
}

// isAuthProgram reports whether linux_auth reads the messages of the program.
func isAuthProgram(name string) bool {
	switch name {
	case "su", "su-l", "doas", "login", "runuser", "pkexec", "systemd-logind", "logind",
		"useradd", "userdel", "usermod", "groupadd", "groupdel", "groupmod", "gpasswd", "passwd", "chpasswd", "newusers",
		"chage", "chfn", "chsh", "vipw", "adduser", "deluser", "anacron", "atd":
		return true
	}
	return false
}

func isCronProgram(name string) bool {
	switch name {
	case "CRON", "cron", "crond", "CROND", "crontab":
		return true
	}
	return false
}

// authReaders are tried in order. They know their messages by their words, so
// that a message without its header is read as well.
var authReaders = [...]func(text string, c *Context, e *event.Event) bool{
	readPAM, readCron, readLogind, readSu, readAccount, readLogin, readPkexec, readDoas,
}

func readLinuxAuth(message string, c *Context, e *event.Event) bool {
	text := strings.TrimLeft(message, " ")
	for _, read := range authReaders {
		if !read(text, c, e) {
			continue
		}
		if !e.Has(event.LogSource) {
			e.SetList(event.LogSource, authSource)
		}
		return true
	}
	return false
}

func matchLinuxAuth(line string) int {
	if hasEnvelope(line) {
		return 0
	}
	return matchBareAuth(line)
}

// matchBareAuth knows the beginnings of messages without their header.
func matchBareAuth(line string) int {
	for _, prefix := range [...]string{
		"pam_", "New session ", "Removed session ", "new user: name=", "new group: name=", "(to ", "FAILED SU (to ",
		"Successful su for ", "FAILED su for ", "FAILED LOGIN ", "LOGIN ON ", "ROOT LOGIN ", "delete user '", "password for '",
	} {
		if strings.HasPrefix(line, prefix) {
			return 60
		}
	}
	if line != "" && line[0] == '(' && strings.Contains(line[:min(len(line), 64)], ") CMD (") {
		return 70
	}
	return 0
}

// readCron reads cron's "(root) CMD (/usr/bin/true)" and its other notes,
// "(alice) REPLACE (alice)".
func readCron(text string, _ *Context, e *event.Event) bool {
	inner, ok := strings.CutPrefix(text, "(")
	user, rest, found := strings.Cut(inner, ") ")
	if !ok || !found || user == "" || strings.HasPrefix(user, "pam_") {
		return false
	}
	verb, arg, ok := strings.Cut(rest, " (")
	if !ok || !isCronVerb(verb) {
		return false
	}
	arg = strings.TrimSpace(strings.TrimSuffix(arg, ")"))
	if user != "CRON" && user != "*system*" {
		e.SetText(event.UserName, user)
	}
	e.SetText(event.EventType, event.SystemLog)
	e.SetText(event.Action, verb)
	e.SetText(event.Service, "cron")
	e.SetList(event.LogSource, cronSource)
	if verb == "CMD" {
		e.SetText(event.EventType, event.ProcessStart)
		e.SetText(event.CommandLine, arg)
		return true
	}
	e.SetExtraText("argument", arg)
	return true
}

// isCronVerb reports whether verb is a word of cron: capitals and spaces.
func isCronVerb(verb string) bool {
	if verb == "" || !isUpper(verb[0]) {
		return false
	}
	for i := 0; i < len(verb); i++ {
		if !isUpper(verb[i]) && verb[i] != ' ' {
			return false
		}
	}
	return true
}

// readLogind reads systemd-logind's notes on sessions: "New session 4 of user
// alice.", since systemd 256 with quotes, class and type.
func readLogind(text string, _ *Context, e *event.Event) bool {
	action, id, user := "", "", ""
	switch {
	case strings.HasPrefix(text, "New session "):
		rest, ok := text[len("New session "):], false
		if id, user, ok = strings.Cut(rest, " of user "); !ok {
			return false
		}
		user, _, _ = strings.Cut(user, " with class ")
		action = "session_opened"
	case strings.HasPrefix(text, "Removed session "):
		action, id = "session_removed", text[len("Removed session "):]
	case strings.HasPrefix(text, "Session ") && strings.Contains(text, " logged out"):
		action = "session_logged_out"
		id, _, _ = strings.Cut(text[len("Session "):], " logged out")
	default:
		return false
	}
	id = strings.Trim(strings.TrimSuffix(id, "."), "'")
	if id == "" || len(id) > 32 || strings.IndexByte(id, ' ') >= 0 {
		return false
	}
	e.SetText(event.EventType, event.SystemLog)
	e.SetText(event.Action, action)
	e.SetText(event.SessionID, id)
	e.SetText(event.UserName, strings.Trim(strings.TrimSuffix(user, "."), "'"))
	return true
}

// readPkexec reads polkit's "alice: Executing command [USER=root] [TTY=unknown]
// [CWD=/] [COMMAND=/bin/ls]"; any other text before the brackets is a refusal.
func readPkexec(text string, _ *Context, e *event.Event) bool {
	user, rest, ok := strings.Cut(text, ": ")
	reason, fields, found := strings.Cut(rest, " [USER=")
	if !ok || !found || user == "" || strings.IndexByte(user, ' ') >= 0 {
		return false
	}
	target, fields, ok := strings.Cut(fields, "] [TTY=")
	tty, fields, found := strings.Cut(fields, "] [CWD=")
	i := strings.LastIndex(fields, "] [COMMAND=")
	if !ok || !found || i < 0 || !strings.HasSuffix(fields, "]") {
		return false
	}
	e.SetText(event.EventType, event.AuthPrivilege)
	e.SetText(event.Action, "pkexec")
	e.SetText(event.Outcome, event.Success)
	if reason != "Executing command" {
		e.SetText(event.Outcome, event.Failure)
		e.SetExtraText("reason", reason)
	}
	e.SetText(event.UserName, user)
	e.SetText(event.TargetUserName, target)
	e.SetExtraText("TTY", tty)
	if isOnce(fields, "] [COMMAND=") {
		e.SetExtraText("CWD", fields[:i])
		e.SetText(event.CommandLine, fields[i+len("] [COMMAND="):len(fields)-1])
	}
	return true
}

// readDoas reads OpenBSD's "alice ran command id as root from /home/alice",
// "failed auth for alice" and "command not permitted for alice: id".
func readDoas(text string, _ *Context, e *event.Event) bool {
	if user, ok := strings.CutPrefix(text, "failed auth for "); ok && strings.IndexByte(user, ' ') < 0 {
		fillDoas(user, event.Failure, e)
		return true
	}
	if rest, ok := strings.CutPrefix(text, "command not permitted for "); ok {
		user, command, _ := strings.Cut(rest, ": ")
		fillDoas(user, event.Failure, e)
		e.SetText(event.CommandLine, command)
		return true
	}
	user, rest, ok := strings.Cut(text, " ran command ")
	command, rest, found := strings.Cut(rest, " as ")
	if !ok || !found || user == "" || strings.IndexByte(user, ' ') >= 0 {
		return false
	}
	fillDoas(user, event.Success, e)
	target, directory, found := strings.Cut(rest, " from ")
	if !found || strings.Contains(rest, " as ") || strings.Contains(directory, " from ") {
		e.Warn("target_user_name, command_line: the line can be read in two ways")
		return true
	}
	e.SetText(event.CommandLine, command)
	e.SetText(event.TargetUserName, target)
	e.SetExtraText("directory", directory)
	return true
}

func fillDoas(user, outcome string, e *event.Event) {
	e.SetText(event.EventType, event.AuthPrivilege)
	e.SetText(event.Action, "doas")
	e.SetText(event.Outcome, outcome)
	e.SetText(event.UserName, user)
}
