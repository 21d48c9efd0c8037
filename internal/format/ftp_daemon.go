package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// readProFTPD reads what ProFTPD writes behind its name: "ftp01 (client.example.com[192.0.2.7])
// - USER alice: Login successful.", in its own file with a colon for the dash.
func readProFTPD(text string, e *event.Event) bool {
	server, rest, ok := strings.Cut(text[:min(len(text), 1024)], " (")
	if !ok || !isHost(server) {
		return false
	}
	open := strings.IndexByte(rest, '[')
	shut := strings.Index(rest, "])")
	if open < 0 || shut < open || !isAddress(rest[open+1:shut]) || strings.IndexByte(rest[:open], ' ') >= 0 {
		return false
	}
	client, address := rest[:open], rest[open+1:shut]
	message := text[len(server)+len(" (")+shut+len("])"):]
	switch {
	case strings.HasPrefix(message, " - "):
		message = message[3:]
	case strings.HasPrefix(message, ": "):
		message = message[2:]
	default:
		return false
	}
	e.SetIP(event.SourceIP, address)
	if client != address && !isAddress(client) {
		e.SetExtraText("remote_host", client)
	}
	e.SetExtraText("server", server)
	e.SetText(event.EventType, event.ServiceLog)
	e.SetText(event.Message, message)
	fillProFTPD(message, e)
	describeFTP(e)
	return true
}

func fillProFTPD(text string, e *event.Event) {
	switch strings.TrimSuffix(text, ".") {
	case "FTP session opened", "SSH2 session opened":
		e.SetText(event.Action, "session opened")
		return
	case "FTP session closed", "SSH2 session closed":
		e.SetText(event.EventType, event.AuthLogout)
		e.SetText(event.Action, "logout")
		e.SetText(event.Outcome, event.Success)
		return
	}
	if violation, ok := strings.CutPrefix(text, "SECURITY VIOLATION: "); ok {
		e.SetText(event.EventType, event.AuthLogin)
		e.SetText(event.Action, "login")
		e.SetText(event.Outcome, event.Failure)
		e.SetExtraText("reason", strings.TrimSuffix(violation, "."))
		if strings.EqualFold(strings.TrimSuffix(violation, "."), "root login attempted") {
			e.SetText(event.UserName, "root")
		}
		return
	}
	if strings.HasPrefix(text, "Maximum login attempts (") {
		e.SetText(event.EventType, event.AuthLogin)
		e.SetText(event.Action, "login")
		e.SetText(event.Outcome, event.Failure)
		e.SetExtraText("reason", text)
		return
	}
	rest, ok := strings.CutPrefix(text, "USER ")
	if !ok {
		rest, ok = strings.CutPrefix(text, "ANON ")
	}
	if ok {
		fillProFTPDUser(rest, e)
	}
}

// fillProFTPDUser reads "alice: Login successful.", "alice (Login failed): Incorrect
// password." and "alice: no such user found from 192.0.2.7 [192.0.2.7] to
// 198.51.100.9:21". The name is the client's, so it is read from the end.
func fillProFTPDUser(rest string, e *event.Event) {
	user, outcome, reason := "", event.Failure, ""
	if name, ok := strings.CutSuffix(strings.TrimSuffix(rest, "."), ": Login successful"); ok {
		user, outcome = name, event.Success
	} else if i := strings.LastIndex(rest, " (Login failed): "); i > 0 {
		user, reason = rest[:i], strings.TrimSuffix(rest[i+len(" (Login failed): "):], ".")
	} else if i := strings.LastIndex(rest, ": no such user found from "); i > 0 {
		user, reason = rest[:i], "no such user found"
		fillProFTPDServer(rest[i:], e)
	} else if i := strings.LastIndex(rest, ": no such user "); i > 0 {
		user, reason = rest[:i], "no such user"
	} else {
		return
	}
	e.SetText(event.EventType, event.AuthLogin)
	e.SetText(event.Action, "login")
	e.SetText(event.Outcome, outcome)
	e.SetText(event.UserName, user)
	e.SetExtraText("reason", reason)
}

func fillProFTPDServer(text string, e *event.Event) {
	_, to, ok := strings.Cut(text, "] to ")
	i := strings.LastIndexByte(to, ':')
	if !ok || i < 0 || !setAddress(e, event.DestinationIP, strings.Trim(to[:i], "[]")) {
		return
	}
	if port, valid := parseUint(to[i+1:]); valid {
		e.SetPort(event.DestinationPort, port)
	}
}

// readProFTPDFile reads a line of ProFTPD's own file: "2024-09-05 10:30:00,123 ftp01
// proftpd[77] ftp01 (client[192.0.2.7]): FTP session opened."
func readProFTPDFile(line string, c *Context, e *event.Event) bool {
	nanos, host, pid, rest, ok := cutProFTPDFile(line, c)
	if !ok {
		return false
	}
	e.SetText(event.ProcessName, "proftpd")
	if !readProFTPD(rest, e) {
		e.SetText(event.EventType, event.ServiceLog)
		server, text, ok := strings.Cut(rest, ": ")
		if !ok || strings.IndexByte(server, ' ') >= 0 {
			server, text = "", rest
		}
		e.SetExtraText("server", server)
		e.SetText(event.Message, text)
		describeFTP(e)
	}
	e.SetInt(event.EventTime, nanos)
	e.SetText(event.HostName, host)
	if id, valid := parseUint(pid); valid {
		e.SetInt(event.ProcessID, id)
	}
	return true
}

func cutProFTPDFile(line string, c *Context) (nanos int64, host, pid, rest string, ok bool) {
	if len(line) < 40 || line[4] != '-' || line[10] != ' ' {
		return 0, "", "", "", false
	}
	at := strings.Index(line[19:min(len(line), 300)], " proftpd[")
	if at < 0 {
		return 0, "", "", "", false
	}
	nanos, n, ok := isoTime(line, c.Zone)
	if !ok || n+1 > 19+at {
		return 0, "", "", "", false
	}
	host = line[n+1 : 19+at]
	pid, rest, ok = strings.Cut(line[19+at+len(" proftpd["):], "]")
	if !ok || pid == "" || leadingDigits(pid) != len(pid) || !isHost(host) || line[n] != ' ' {
		return 0, "", "", "", false
	}
	return nanos, host, pid, strings.TrimLeft(rest, ": "), true
}

// readPureFTPd reads "(alice@192.0.2.7) [NOTICE] /home/alice//a.txt uploaded  (1024
// bytes, 96.06KB/sec)"; before the login there is a question mark for the name.
func readPureFTPd(text string, e *event.Event) bool {
	if text == "" || text[0] != '(' {
		return false
	}
	shut := strings.Index(text[:min(len(text), 512)], ") [")
	if shut < 0 {
		return false
	}
	who, rest := text[1:shut], text[shut+3:]
	i := strings.LastIndexByte(who, '@')
	level, _, ok := strings.Cut(rest[:min(len(rest), 16)], "] ")
	if i < 1 || !ok || levelOf(level) == "" {
		return false
	}
	user, client := who[:i], who[i+1:]
	message := rest[len(level)+2:]
	if !isAddress(client) && !isHost(client) && client != "?" {
		return false
	}
	if user != "?" {
		e.SetText(event.UserName, user)
	}
	if client != "?" && !setAddress(e, event.SourceIP, client) {
		e.SetExtraText("remote_host", client)
	}
	e.SetText(event.LogLevel, levelOf(level))
	e.SetText(event.Severity, level)
	e.SetText(event.EventType, event.ServiceLog)
	e.SetText(event.Message, message)
	fillPureFTPd(message, e)
	fillAbsent(e, event.ProcessName, "pure-ftpd")
	describeFTP(e)
	return true
}

func fillPureFTPd(text string, e *event.Event) {
	switch {
	case strings.HasPrefix(text, "New connection from "):
		e.SetText(event.Action, "connect")
	case strings.HasSuffix(text, " is now logged in"):
		fillPureLogin(strings.TrimSuffix(text, " is now logged in"), event.Success, e)
	case text == "Anonymous user logged in":
		fillPureLogin("", event.Success, e)
	case strings.HasPrefix(text, "Authentication failed for user ["):
		fillPureLogin(strings.TrimSuffix(text[len("Authentication failed for user ["):], "]"), event.Failure, e)
	case text == "Logout." || text == "Logout":
		e.SetText(event.EventType, event.AuthLogout)
		e.SetText(event.Action, "logout")
		e.SetText(event.Outcome, event.Success)
	case strings.HasPrefix(text, "Deleted "):
		fillPureFile(event.FileChange, "delete", text[len("Deleted "):], e)
	case strings.HasPrefix(text, "File successfully renamed or moved: ["):
		from, to, ok := strings.Cut(strings.TrimSuffix(text[len("File successfully renamed or moved: ["):], "]"), "]->[")
		if ok && !strings.Contains(to, "]->[") {
			fillPureFile(event.FileChange, "rename", from, e)
			e.SetExtraText("new_path", to)
		}
	case strings.HasPrefix(text, "Command ["):
		command, argument, _ := strings.Cut(text[len("Command ["):], "] [")
		e.SetText(event.Action, strings.TrimSuffix(command, "]"))
		e.SetExtraText("argument", strings.TrimSuffix(argument, "]"))
	default:
		fillPureTransfer(text, e)
	}
}

func fillPureLogin(user, outcome string, e *event.Event) {
	e.SetText(event.EventType, event.AuthLogin)
	e.SetText(event.Action, "login")
	e.SetText(event.Outcome, outcome)
	if user != "" {
		e.SetText(event.UserName, user)
	}
}

func fillPureFile(kind, action, path string, e *event.Event) {
	e.SetText(event.EventType, kind)
	e.SetText(event.Action, action)
	e.SetText(event.Outcome, event.Success)
	e.SetText(event.FilePath, path)
}

// fillPureTransfer reads "/a.txt uploaded  (1024 bytes, 96.06KB/sec)".
func fillPureTransfer(text string, e *event.Event) {
	body, ok := strings.CutSuffix(text, ")")
	i := strings.LastIndex(body, "  (")
	if !ok || i < 1 {
		return
	}
	size, speed, ok := strings.Cut(body[i+3:], " bytes, ")
	if !ok || leadingDigits(size) != len(size) || size == "" {
		return
	}
	if path, up := strings.CutSuffix(body[:i], " uploaded"); up {
		fillPureFile(event.FileChange, "upload", path, e)
	} else if path, down := strings.CutSuffix(body[:i], " downloaded"); down {
		fillPureFile(event.ServiceLog, "download", path, e)
	} else {
		return
	}
	setExtraNumber(e, "bytes", size)
	e.SetExtraText("speed", speed)
}

// readPureStats reads a line of Pure-FTPd's statistics: "1725532200 66d98728.4d2
// alice 192.0.2.7 U 1024 3 /home/alice/a.txt".
func readPureStats(line string, e *event.Event) bool {
	var f [7]string
	rest := line
	for i := range f {
		word, after, ok := strings.Cut(rest, " ")
		if !ok || word == "" {
			return false
		}
		f[i], rest = word, after
	}
	nanos, ok := epochTime(f[0])
	if !ok || len(f[0]) != 10 || !isSessionID(f[1]) || !isAddress(f[3]) || !isOneOf(f[4], "UD") || !isNumber(f[5]) || !isNumber(f[6]) || rest == "" {
		return false
	}
	e.SetInt(event.EventTime, nanos)
	e.SetText(event.SessionID, f[1])
	e.SetText(event.UserName, f[2])
	e.SetIP(event.SourceIP, f[3])
	if f[4] == "U" {
		fillPureFile(event.FileChange, "upload", rest, e)
	} else {
		fillPureFile(event.ServiceLog, "download", rest, e)
	}
	setExtraNumber(e, "bytes", f[5])
	setExtraNumber(e, "duration_seconds", f[6])
	e.SetText(event.ProcessName, "pure-ftpd")
	e.SetText(event.Message, line)
	describeFTP(e)
	return true
}
