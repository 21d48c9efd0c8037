package format

import (
	"strings"
	"time"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var ftpFormat = &Format{
	Name:  "ftp",
	Title: "FTP servers (vsftpd, ProFTPD, Pure-FTPd, xferlog)",
	Doc: "The log of vsftpd (connections, logins, transfers and changes of files, commands and replies), behind a syslog header " +
		"too, the messages of ProFTPD and Pure-FTPd in syslog and in their files, and the transfer log that wu-ftpd introduced, xferlog(5). " +
		"It promises a time or a header, and a client. Source: vsftpd.conf(5), xferlog(5), http://www.proftpd.org/docs/, pure-ftpd(8)",
	Parse:  parseFTP,
	Match:  matchFTP,
	Starts: "MTWFS12(",
}

var ftpPayload = payload{
	format: "ftp",
	read:   readFTPMessage,
	owns: func(program string) bool {
		return program == "vsftpd" || program == "proftpd" || program == "pure-ftpd"
	},
	describe: describeFTP,
	programs: []string{"vsftpd", "proftpd", "pure-ftpd"},
	what:     "a message of an FTP server that is known",
}

var ftpSource = []string{":linux:vsftpd"}

func describeFTP(e *event.Event) {
	e.SetText(event.Service, "ftp")
	switch program := e.Text(event.ProcessName); program {
	case "proftpd", "pure-ftpd":
		e.SetText(event.Product, program)
		e.SetList(event.LogSource, syslogSource)
	default:
		e.SetText(event.Product, "vsftpd")
		e.SetList(event.LogSource, ftpSource)
	}
}

func parseFTP(line string, c *Context, e *event.Event) error {
	if hasEnvelope(line) {
		return ftpPayload.parse(line, c, e)
	}
	if line != "" && (line[0] == '(' || isDigit(line[0])) {
		if readPureFTPd(line, e) || readProFTPDFile(line, c, e) || readPureStats(line, e) {
			return nil
		}
		return &Error{Reason: "neither a line of ProFTPD nor of Pure-FTPd"}
	}
	if readProFTPD(line, e) {
		e.SetText(event.ProcessName, "proftpd")
		describeFTP(e)
		return nil
	}
	nanos, ok := ftpTime(line, c.Zone)
	if !ok {
		return &Error{Reason: "expected a time, as in Thu Sep  5 10:30:00 2024"}
	}
	text := line[25:]
	if !readVsftpd(text, c, e) && !readXferlog(text, e) {
		return &Error{Reason: "neither a line of vsftpd nor of a transfer log", Offset: 25}
	}
	e.SetInt(event.EventTime, nanos)
	e.SetText(event.Message, text)
	return nil
}

// ftpTime reads "Thu Sep  5 10:30:00 2024 ", the way of ctime(3).
func ftpTime(s string, zone *time.Location) (nanos int64, ok bool) {
	if len(s) < 26 || s[3] != ' ' || s[7] != ' ' || s[10] != ' ' || s[19] != ' ' || s[24] != ' ' {
		return 0, false
	}
	m := moment{year: num4(s, 20), month: monthNumber(s[4:7]), day: num2(s, 8)}
	if s[8] == ' ' && isDigit(s[9]) {
		m.day = int(s[9] - '0')
	}
	if m.month == 0 || !m.clock(s, 11) {
		return 0, false
	}
	return m.in(zone)
}

// readFTPMessage reads what vsftpd sends to syslog: its own messages and those of
// PAM about it.
func readFTPMessage(text string, c *Context, e *event.Event) bool {
	if strings.HasPrefix(text, "pam_") && readPAM(text, c, e) {
		e.SetText(event.Format, linuxAuthPayload.format)
		return true
	}
	switch e.Text(event.ProcessName) {
	case "proftpd":
		return readProFTPD(text, e)
	case "pure-ftpd":
		return readPureFTPd(text, e)
	}
	return readVsftpd(text, c, e)
}

// readVsftpd reads `[pid 2] [alice] OK LOGIN: Client "192.0.2.7"`; behind a
// syslog header the pid is missing.
func readVsftpd(text string, _ *Context, e *event.Event) bool {
	pid, user := "", ""
	if rest, ok := strings.CutPrefix(text, "[pid "); ok {
		n := leadingDigits(rest)
		after, closed := strings.CutPrefix(rest[n:], "] ")
		if n == 0 || !closed {
			return false
		}
		pid, text = rest[:n], after
	}
	at := strings.Index(text, `: Client "`)
	if at < 0 || !isOnce(text, `: Client "`) {
		return false // a name or a path that looks like fields
	}
	verb := text[:at]
	if strings.HasPrefix(verb, "[") {
		i := strings.LastIndex(verb, "] ")
		if i < 0 {
			return false
		}
		user, verb = verb[1:i], verb[i+2:]
	}
	client, rest, ok := strings.Cut(text[at+len(`: Client "`):], `"`)
	if !ok || !isFTPVerb(verb) || !setAddress(e, event.SourceIP, client) {
		return false
	}
	if id, valid := parseUint(pid); valid && pid != "" {
		e.SetInt(event.ProcessID, id)
	}
	e.SetText(event.UserName, user)
	fillVsftpd(verb, strings.TrimPrefix(rest, ", "), e)
	describeFTP(e)
	return true
}

func isFTPVerb(verb string) bool {
	if verb == "CONNECT" || verb == "FTP command" || verb == "FTP response" || verb == "DEBUG" {
		return true
	}
	word, ok := strings.CutPrefix(verb, "OK ")
	if !ok {
		word, ok = strings.CutPrefix(verb, "FAIL ")
	}
	switch word {
	case "LOGIN", "UPLOAD", "DOWNLOAD", "MKDIR", "RMDIR", "DELETE", "RENAME", "CHMOD", "APPEND":
		return ok
	}
	return false
}

func fillVsftpd(verb, rest string, e *event.Event) {
	e.SetText(event.EventType, event.ServiceLog)
	outcome, word, ok := strings.Cut(verb, " ")
	if verb == "CONNECT" || verb == "DEBUG" || outcome == "FTP" {
		e.SetText(event.Action, verb)
		e.SetExtraText("text", strings.TrimSuffix(strings.TrimPrefix(rest, `"`), `"`))
		return
	}
	e.SetText(event.Action, word)
	e.SetText(event.Outcome, event.Success)
	if ok && outcome == "FAIL" {
		e.SetText(event.Outcome, event.Failure)
	}
	if word == "LOGIN" {
		e.SetText(event.EventType, event.AuthLogin)
		if password, anonymous := strings.CutPrefix(rest, `anon password "`); anonymous {
			e.SetExtraText("anon_password", strings.TrimSuffix(password, `"`))
		}
		return
	}
	if word != "DOWNLOAD" {
		e.SetText(event.EventType, event.FileChange)
	}
	// The size and the speed are behind the last quote.
	i := strings.LastIndexByte(rest, '"')
	if !strings.HasPrefix(rest, `"`) || i <= 0 {
		return
	}
	path := rest[1:i]
	e.SetText(event.FilePath, path)
	sizes := strings.TrimPrefix(rest[i+1:], ", ")
	if n := leadingDigits(sizes); n > 0 && strings.HasPrefix(sizes[n:], " bytes") {
		setExtraNumber(e, "bytes", sizes[:n])
		_, speed, _ := strings.Cut(sizes, ", ")
		e.SetExtraText("speed", speed)
	} else {
		e.SetExtraText("speed", sizes)
	}
}

// readXferlog reads "1 192.0.2.7 528 /incoming/file b _ i r alice ftp 0 * c". The
// name of the file is anybody's to choose, so all behind it is read from the end.
func readXferlog(text string, e *event.Event) bool {
	head := text
	var first [3]string // seconds, client, size
	for i := range first {
		word, rest, ok := strings.Cut(strings.TrimLeft(head, " "), " ")
		if !ok {
			return false
		}
		first[i], head = word, rest
	}
	var last [9]string
	for i := len(last) - 1; i >= 0; i-- {
		k := strings.LastIndexByte(head, ' ')
		if k < 0 {
			return false
		}
		last[i], head = head[k+1:], head[:k]
	}
	kind, direction, mode, status := last[0], last[2], last[3], last[8]
	if leadingDigits(first[0]) != len(first[0]) || first[0] == "" || leadingDigits(first[2]) != len(first[2]) || first[2] == "" ||
		head == "" || !isOneOf(kind, "ab") || !isOneOf(direction, "iod") || !isOneOf(mode, "agr") || !isOneOf(status, "ci") {
		return false
	}
	if !setAddress(e, event.SourceIP, first[1]) {
		e.SetExtraText("remote-host", first[1])
	}
	e.SetText(event.EventType, event.FileChange)
	switch direction {
	case "i":
		e.SetText(event.Action, "upload")
	case "o":
		e.SetText(event.Action, "download")
		e.SetText(event.EventType, event.ServiceLog)
	default:
		e.SetText(event.Action, "delete")
	}
	e.SetText(event.Outcome, event.Success)
	if status == "i" {
		e.SetText(event.Outcome, event.Failure)
	}
	e.SetText(event.FilePath, head)
	e.SetText(event.UserName, last[4])
	setExtraNumber(e, "transfer-time", first[0])
	setExtraNumber(e, "file-size", first[2])
	e.SetExtraText("transfer-type", kind)
	e.SetExtraText("access-mode", mode)
	e.SetExtraText("service-name", last[5])
	if last[7] != "*" {
		e.SetExtraText("authenticated-user-id", last[7])
	}
	e.SetExtraText("completion-status", status)
	e.SetText(event.Service, "ftp")
	e.SetList(event.LogSource, ftpSource)
	return true
}

func isOneOf(s, letters string) bool { return len(s) == 1 && strings.Contains(letters, s) }

func matchFTP(line string) int {
	if len(line) > 30 && (line[0] == '1' || line[0] == '2') {
		return matchFTPDaemon(line)
	}
	if strings.HasPrefix(line, "(") {
		if i := strings.Index(line[:min(len(line), 256)], ") ["); i > 0 && strings.LastIndexByte(line[:i], '@') > 0 {
			return 60
		}
		return 0
	}
	if len(line) < 30 || strings.IndexByte("MTWFS", line[0]) < 0 || line[3] != ' ' || line[19] != ' ' || line[24] != ' ' || monthNumber(line[4:7]) == 0 {
		return 0
	}
	if strings.HasPrefix(line[25:], "[pid ") {
		return Certain
	}
	if isDigit(line[25]) {
		return 70
	}
	return 0
}

func matchFTPDaemon(line string) int {
	if line[10] != ' ' {
		return 0
	}
	if line[4] == '-' {
		if strings.Contains(line[19:min(len(line), 300)], " proftpd[") {
			return 90
		}
		return 0
	}
	word, _, _ := strings.Cut(line[11:min(len(line), 40)], " ")
	if leadingDigits(line) == 10 && isSessionID(word) {
		return 60
	}
	return 0
}
