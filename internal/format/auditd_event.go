package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// auditEvent collects the records of one event.
type auditEvent struct {
	e *event.Event
	// several: more than one record is expected.
	several bool
	kinds   []string
	syscall string
	// args are those of EXECVE, in order; title is PROCTITLE's.
	args  []string
	title string
	// acct is the account that a record of a program is about, id its number's
	// name; uid is the name of the user whose process it was.
	acct, id, uid string
	paths         []auditPath
	socket        auditSocket
	remote, host  string
}

// auditPath is one PATH record of several.
type auditPath struct {
	name, nametype string
	fields         []auditField
}

// add brings one record into the event.
func (a *auditEvent) add(r *auditRecord) {
	r.kind = auditTypeName(r.kind)
	if len(a.kinds) < maxListed {
		a.kinds = append(a.kinds, r.kind)
	}
	if !a.e.Has(event.EventCode) {
		a.e.SetText(event.EventCode, r.kind)
	}
	switch {
	case r.kind == "EXECVE":
		a.addExecve(r)
	case r.kind == "PROCTITLE":
		a.addTitle(r)
	case r.kind == "PATH" && a.several:
		a.addPath(r)
	case (r.kind == "AVC" || r.kind == "USER_AVC") && strings.Contains(r.body[:min(len(r.body), 256)], "avc:"):
		a.addAVC(r)
	default:
		a.addFields(r)
	}
}

// addFields walks the fields of a record of any kind.
func (a *auditEvent) addFields(r *auditRecord) {
	cur := auditCursor{s: r.body, loose: r.interpreted || r.auoms}
	seen := auditSeen{strict: cur.loose, e: a.e}
	var f auditField
	for n := 0; n < maxAuditFields && cur.next(&f); n++ {
		if (cur.word == "old" || cur.word == "new") && r.kind != "CONFIG_CHANGE" {
			f.name = auditOldNew(cur.word, f.name)
		}
		if seen.repeats(f.name) || isAuditAbsent(f.value) && !f.quoted {
			continue
		}
		a.set(r, &f)
	}
	if cur.note != "" && !a.e.Has(event.Action) {
		a.e.SetText(event.Action, cur.note)
	}
}

// auditOldNew names the fields of kernels before 3.18, which wrote "old auid=".
func auditOldNew(word, name string) string {
	switch word + " " + name {
	case "old auid":
		return "old auid"
	case "new auid":
		return "new auid"
	case "old ses":
		return "old ses"
	case "new ses":
		return "new ses"
	}
	return name
}

// auditSeen notices columns that a record without quotes names twice: one of the
// two is part of another value that somebody chose.
type auditSeen struct {
	strict bool
	e      *event.Event
	marks  [len(auditGuarded)]bool
}

var auditGuarded = [...]struct {
	name   string
	column event.Column
}{
	{"exe", event.ProcessName},
	{"pid", event.ProcessID},
	{"ses", event.SessionID},
	{"success", event.Outcome},
	{"res", event.Outcome},
	{"acct", event.UserName},
	{"syscall", event.Action},
	{"user", event.UserName},
	{"addr", event.SourceIP},
}

func (s *auditSeen) repeats(name string) bool {
	if !s.strict {
		return false
	}
	for i := range auditGuarded {
		if auditGuarded[i].name != name {
			continue
		}
		if s.marks[i] {
			s.e.Warn(name + ": the record has it twice")
			s.e.Clear(auditGuarded[i].column)
			return true
		}
		s.marks[i] = true
	}
	return false
}

// set puts one field into its column or into extra.
func (a *auditEvent) set(r *auditRecord, f *auditField) {
	e := a.e
	value := f.text(r)
	if value == "" {
		return
	}
	switch f.name {
	case "pid":
		if pid, ok := parseUint(value); ok {
			e.SetInt(event.ProcessID, pid)
			return
		}
	case "exe":
		e.SetText(event.ProcessName, value)
		return
	case "ses", "new ses":
		if value != "4294967295" && value != "unset" && value != "-1" {
			e.SetText(event.SessionID, value)
			return
		}
	case "success", "res", "result":
		if a.setOutcome(value) {
			return
		}
	case "syscall":
		a.syscall = value
		if name, ok := e.ExtraField("arch"); ok && !r.interpreted && !r.auoms {
			a.setSyscall(syscallName(name.Text, value))
			break
		}
		a.setSyscall(value)
		return
	case "SYSCALL":
		a.setSyscall(value)
		return
	case "op":
		e.SetText(event.Action, value)
		return
	case "acct":
		if f.quoted || r.interpreted || value != "(unknown)" {
			a.acct = value
		}
		if value == "(unknown)" || value == "(unknown user)" || value == "(invalid user)" {
			a.acct = ""
		}
	case "ID":
		a.id = value
	case "UID", "user":
		a.uid = value
	case "uid":
		if r.interpreted && !isDigit(value[0]) {
			a.uid = value
		}
	case "key":
		a.setKeys(value, f, r)
		return
	default:
		if a.setPlace(r, f, value) {
			return
		}
	}
	setAuditExtra(e, f.name, value)
}

func (a *auditEvent) setSyscall(name string) {
	if name == "" || name[0] < 'A' && name[0] != '_' {
		return
	}
	a.syscall = name
	a.e.SetText(event.Action, name)
}

func (a *auditEvent) setOutcome(value string) bool {
	switch value {
	case "yes", "success", "1":
		a.e.SetText(event.Outcome, event.Success)
	case "no", "failed", "0":
		a.e.SetText(event.Outcome, event.Failure)
	default:
		return false
	}
	return true
}

// setPlace sets what says where: files, addresses, commands.
func (a *auditEvent) setPlace(r *auditRecord, f *auditField, value string) bool {
	e := a.e
	switch f.name {
	case "name":
		e.SetText(event.FilePath, value)
		return false // Sigma's rules ask for it by its name
	case "path", "watch", "dir", "file":
		fillAbsent(e, event.FilePath, value)
		return e.Text(event.FilePath) == value
	case "cmd":
		e.SetText(event.CommandLine, value)
		return true
	case "cmdline":
		e.SetText(event.CommandLine, value)
		return true
	case "proctitle":
		fillAbsent(e, event.CommandLine, value)
		return e.Text(event.CommandLine) == value
	case "addr":
		a.remote = value
		return setAddress(e, event.SourceIP, value)
	case "hostname":
		a.host = value
		return true
	case "node":
		e.SetText(event.HostName, value)
		return true
	case "saddr":
		return a.setSocket(r, value)
	case "SADDR":
		a.socket.readText(value)
		return false
	case "daddr":
		return setAddress(e, event.DestinationIP, value)
	case "rport", "sport":
		port, ok := parseUint(value)
		return ok && e.SetPort(event.SourcePort, port)
	case "lport", "dport":
		port, ok := parseUint(value)
		return ok && e.SetPort(event.DestinationPort, port)
	case "laddr":
		return setAddress(e, event.DestinationIP, value)
	case "proto":
		if r.kind != "NETFILTER_PKT" && !strings.HasPrefix(r.kind, "CRYPTO") {
			return false
		}
		e.SetText(event.NetworkProtocol, protocolName(value))
		return true
	}
	return false
}

// setKeys stores the keys of the rule that made the record. Several stand in one
// value, a byte 1 between them, which is why they come in hex.
func (a *auditEvent) setKeys(value string, f *auditField, r *auditRecord) {
	sep := "\x01"
	if r.auoms {
		sep = ","
	}
	if f.quoted || !strings.Contains(value, sep) {
		a.e.SetExtraText("key", value)
		return
	}
	a.e.SetExtra("key", event.Value{Kind: event.KindArray, Text: string(appendJSONList(nil, strings.Split(value, sep)))})
}

// addAVC reads SELinux' "avc:  denied  { read } for  pid=1 ...".
func (a *auditEvent) addAVC(r *auditRecord) {
	i := strings.Index(r.body, "avc:")
	rest := strings.TrimLeft(r.body[i+len("avc:"):], " ")
	verdict, rest, ok := strings.Cut(rest, " ")
	if ok && (verdict == "denied" || verdict == "granted") {
		rest = strings.TrimLeft(rest, " ")
		a.e.SetText(event.Action, verdict)
		if inner, found := strings.CutPrefix(rest, "{"); found {
			if perms, _, closed := strings.Cut(inner, "}"); closed {
				a.e.SetExtraText("seperms", strings.TrimSpace(perms))
			}
		}
		if verdict == "denied" {
			a.e.SetText(event.Outcome, event.Failure)
		} else {
			a.e.SetText(event.Outcome, event.Success)
		}
	}
	body := r.body
	if _, after, ok := strings.Cut(body, " for "); ok && r.kind == "AVC" {
		r.body = after
	}
	a.addFields(r)
	if v, found := a.e.ExtraField("permissive"); found && v.Text == "1" {
		a.e.SetText(event.Outcome, event.Unknown) // noted only, the access took place
	}
}

// addPath collects one PATH record of several.
func (a *auditEvent) addPath(r *auditRecord) {
	if len(a.paths) == maxListed {
		return
	}
	cur := auditCursor{s: r.body, loose: r.interpreted}
	var p auditPath
	var f auditField
	for n := 0; n < 64 && cur.next(&f); n++ {
		f.value = f.text(r)
		if isAuditAbsent(f.value) {
			continue
		}
		switch f.name {
		case "name":
			p.name = f.value
		case "nametype", "objtype":
			p.nametype = f.value
		}
		p.fields = append(p.fields, f)
	}
	a.paths = append(a.paths, p)
}

func (a *auditEvent) addTitle(r *auditRecord) {
	title, ok := strings.CutPrefix(r.body, "proctitle=")
	if !ok {
		a.addFields(r)
		return
	}
	switch {
	case len(title) > 1 && title[0] == '"' && title[len(title)-1] == '"':
		title = title[1 : len(title)-1]
	case !r.interpreted && isAuditHex(title):
		title = decodeAuditHex(title, ' ')
	}
	if !isAuditAbsent(title) {
		a.title = title
	}
}
