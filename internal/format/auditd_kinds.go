package format

import (
	"slices"
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// auditTypeName returns the name of a type that the kernel's own log gives by
// number.
func auditTypeName(kind string) string {
	if !isDigit(kind[0]) {
		return kind
	}
	for i := range auditTypes {
		if auditTypes[i].number == kind {
			return auditTypes[i].name
		}
	}
	return kind
}

// auditTypes are the types that the kernel writes to its own log where no auditd
// takes them (linux/audit.h).
var auditTypes = [...]struct{ number, name string }{
	{"1006", "LOGIN"},
	{"1100", "USER_AUTH"},
	{"1101", "USER_ACCT"},
	{"1103", "CRED_ACQ"},
	{"1104", "CRED_DISP"},
	{"1105", "USER_START"},
	{"1106", "USER_END"},
	{"1107", "USER_AVC"},
	{"1110", "CRED_REFR"},
	{"1112", "USER_LOGIN"},
	{"1123", "USER_CMD"},
	{"1130", "SERVICE_START"},
	{"1131", "SERVICE_STOP"},
	{"1300", "SYSCALL"},
	{"1302", "PATH"},
	{"1305", "CONFIG_CHANGE"},
	{"1306", "SOCKADDR"},
	{"1307", "CWD"},
	{"1309", "EXECVE"},
	{"1325", "NETFILTER_CFG"},
	{"1326", "SECCOMP"},
	{"1327", "PROCTITLE"},
	{"1334", "BPF"},
	{"1400", "AVC"},
	{"1401", "SELINUX_ERR"},
	{"1403", "MAC_POLICY_LOAD"},
	{"1404", "MAC_STATUS"},
	{"1700", "ANOM_PROMISCUOUS"},
	{"1701", "ANOM_ABEND"},
	{"1800", "INTEGRITY_DATA"},
	{"2000", "KERNEL"},
}

// conclude sets what follows from all records.
func (a *auditEvent) conclude() {
	e := a.e
	kind := a.kinds[0]
	if a.several && len(a.kinds) > 1 {
		e.SetExtra("type", event.Value{Kind: event.KindArray, Text: string(appendJSONList(nil, a.kinds))})
	} else {
		e.SetExtraText("type", kind)
	}
	e.SetText(event.EventType, event.SystemLog)
	a.concludeCommand()
	a.concludePaths()
	a.socket.conclude(a.syscall, e)
	if v, ok := e.ExtraField("apparmor"); ok {
		concludeAppArmor(v.Text, e)
	}
	a.concludeSyscall()
	a.concludeUser(kind)
	// What carried the record is not the process that it is about.
	if name := e.Text(event.ProcessName); name == "" || name == "kernel" || isAuditProgram(name) {
		if v, ok := e.ExtraField("comm"); ok && v.Kind == event.KindString {
			e.SetText(event.ProcessName, v.Text)
		}
	}
}

func (a *auditEvent) has(kind string) bool {
	return slices.Contains(a.kinds, kind)
}

func (a *auditEvent) concludeCommand() {
	e := a.e
	if len(a.args) > 0 {
		if a.has("SYSCALL") {
			a.hideSyscallArguments()
		}
		e.SetText(event.CommandLine, strings.Join(a.args, " "))
		for i, arg := range a.args[:min(len(a.args), maxShownArguments)] {
			e.SetExtraText(argumentNames[i], arg)
		}
	} else if a.title != "" {
		e.SetText(event.CommandLine, a.title)
	}
}

// hideSyscallArguments moves the numbers that the system call got out of the way
// of the program's arguments, which have the same names.
func (a *auditEvent) hideSyscallArguments() {
	var numbers []string
	keep := a.e.Extra[:0]
	for _, f := range a.e.Extra {
		if len(f.Name) == 2 && f.Name[0] == 'a' && isDigit(f.Name[1]) {
			numbers = append(numbers, f.Value.Text)
			continue
		}
		keep = append(keep, f)
	}
	a.e.Extra = keep
	if len(numbers) > 0 {
		a.e.SetExtra("syscall_args", event.Value{Kind: event.KindArray, Text: string(appendJSONList(nil, numbers))})
	}
}

// concludePaths keeps the PATH records and picks the file that it is about: one
// that was created or removed before one that was only used, and never the
// folder that it is in.
func (a *auditEvent) concludePaths() {
	if len(a.paths) == 0 {
		return
	}
	e := a.e
	var best *auditPath
	rank := 0
	names := make([]string, 0, len(a.paths))
	types := make([]string, 0, len(a.paths))
	for i := range a.paths {
		p := &a.paths[i]
		names = append(names, p.name)
		types = append(types, p.nametype)
		r := 2
		switch p.nametype {
		case "CREATE":
			r = 4
		case "DELETE":
			r = 3
		case "PARENT":
			r = 1
		}
		if p.name != "" && r > rank {
			best, rank = p, r
		}
	}
	if best != nil {
		e.SetText(event.FilePath, best.name)
		if rank >= 3 {
			e.SetText(event.EventType, event.FileChange)
			e.SetList(event.LogSource, auditdFileSource)
		}
	}
	if len(a.paths) == 1 {
		for _, f := range a.paths[0].fields {
			setAuditExtra(e, f.name, f.value)
		}
		return
	}
	e.SetExtra("name", event.Value{Kind: event.KindArray, Text: string(appendJSONList(nil, names))})
	e.SetExtra("nametype", event.Value{Kind: event.KindArray, Text: string(appendJSONList(nil, types))})
	e.SetExtra("paths", event.Value{Kind: event.KindArray, Text: string(a.appendPaths(nil))})
}

func (a *auditEvent) appendPaths(dst []byte) []byte {
	dst = append(dst, '[')
	for i := range a.paths {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '{')
		wrote := false
		for k, f := range a.paths[i].fields {
			if repeatsEarlier(a.paths[i].fields[:k], f.name) {
				continue
			}
			if wrote {
				dst = append(dst, ',')
			}
			wrote = true
			dst = appendJSONString(dst, f.name)
			dst = append(dst, ':')
			dst = appendJSONString(dst, f.value)
		}
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

func repeatsEarlier(fields []auditField, name string) bool {
	for i := range fields {
		if fields[i].name == name {
			return true
		}
	}
	return false
}

// concludeSyscall decides what kind of event a system call makes.
func (a *auditEvent) concludeSyscall() {
	e := a.e
	switch {
	case a.has("EXECVE") || a.has("AUOMS_EXECVE") || a.syscall == "execve" || a.syscall == "execveat":
		e.SetText(event.EventType, event.ProcessStart)
		e.SetList(event.LogSource, auditdProcessSource)
		if v, ok := e.ExtraField("cwd"); ok {
			e.SetExtra("CurrentDirectory", v)
		}
	case isFileCall(a.syscall) && a.has("SYSCALL"):
		e.SetText(event.EventType, event.FileChange)
	case a.kinds[0] == "PATH":
		if v, ok := e.ExtraField("nametype"); ok && (v.Text == "CREATE" || v.Text == "DELETE") {
			e.SetText(event.EventType, event.FileChange)
			e.SetList(event.LogSource, auditdFileSource)
		}
	}
}

// isFileCall reports whether a system call changes a file or a folder.
func isFileCall(name string) bool {
	switch name {
	case "creat", "truncate", "ftruncate", "rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir", "mkdir", "mkdirat",
		"link", "linkat", "symlink", "symlinkat", "mknod", "mknodat", "chmod", "fchmod", "fchmodat", "fchmodat2",
		"chown", "fchown", "lchown", "fchownat", "setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr",
		"utime", "utimes", "utimensat", "futimesat":
		return true
	}
	return false
}

// concludeUser decides who did it and to whom, and what kind of event a record
// of a program is. Where a program switches users, the account is the other one.
func (a *auditEvent) concludeUser(kind string) {
	e := a.e
	account := a.acct
	if account == "" && kind != "ADD_USER" && kind != "DEL_USER" {
		account = a.id
	}
	a.concludeHost()
	switches := switchesUser(e.Text(event.ProcessName))
	switch auditGroup(kind) {
	case groupAccount:
		e.SetText(event.EventType, event.AccountChange)
		e.SetText(event.UserName, a.uid)
		if account == "" {
			account = a.id
		}
		a.setAccount(event.TargetUserName, account)
	case groupLogin, groupLogout, groupSession:
		a.setSession(kind, account, switches)
	case groupCommand:
		e.SetText(event.EventType, event.AuthPrivilege)
		e.SetText(event.UserName, a.uid)
		a.setAccount(event.TargetUserName, account)
	default:
		e.SetText(event.UserName, a.uid)
		if a.acct != "" && a.uid == "" {
			a.setAccount(event.UserName, account)
		} else if a.acct != "" && a.acct != a.uid {
			a.setAccount(event.TargetUserName, account)
		}
	}
	a.dropUsed()
}

// setSession fills an event about a login or a session.
func (a *auditEvent) setSession(kind, account string, switches bool) {
	e := a.e
	switch {
	case switches && (kind == "USER_AUTH" || kind == "USER_START" || kind == "USER_END" || kind == "USER_ERR"):
		e.SetText(event.EventType, event.AuthPrivilege)
	case auditGroup(kind) == groupLogin:
		e.SetText(event.EventType, event.AuthLogin)
	case auditGroup(kind) == groupLogout:
		e.SetText(event.EventType, event.AuthLogout)
	}
	if isCronPath(e.Text(event.ProcessName)) {
		e.SetText(event.EventType, event.SystemLog)
	}
	if !switches {
		a.setAccount(event.UserName, account)
		if kind == "LOGIN" && account == "" {
			if v, ok := e.ExtraField("AUID"); ok {
				e.SetText(event.UserName, v.Text)
			}
		}
		return
	}
	e.SetText(event.UserName, a.uid)
	if account != a.uid {
		a.setAccount(event.TargetUserName, account)
	}
}

func (a *auditEvent) setAccount(c event.Column, name string) {
	if name != "" {
		a.e.SetText(c, name)
	}
}

// dropUsed takes out of extra what is in a column.
func (a *auditEvent) dropUsed() {
	user, target := a.e.Text(event.UserName), a.e.Text(event.TargetUserName)
	keep := a.e.Extra[:0]
	for _, f := range a.e.Extra {
		switch {
		case f.Name == "acct" && (f.Value.Text == user || f.Value.Text == target),
			f.Name == "user" && f.Value.Text == user:
		default:
			keep = append(keep, f)
		}
	}
	if len(keep) != len(a.e.Extra) {
		a.e.Extra = keep
	}
}

// concludeHost sets where somebody came from: the address, or the host's name
// where that is one.
func (a *auditEvent) concludeHost() {
	e := a.e
	if a.host == "" || a.host == a.remote {
		return
	}
	if !e.Has(event.SourceIP) && a.remote == "" && setAddress(e, event.SourceIP, a.host) {
		return
	}
	e.SetExtraText("hostname", a.host)
}

func switchesUser(program string) bool {
	switch baseName(program) {
	case "sudo", "su", "runuser", "pkexec", "doas", "sudoedit":
		return true
	}
	return false
}

func isCronPath(program string) bool {
	switch baseName(program) {
	case "cron", "crond", "atd", "anacron":
		return true
	}
	return false
}

const (
	groupOther = iota
	groupLogin
	groupLogout
	groupSession
	groupAccount
	groupCommand
)

// auditGroup sorts the types of records that programs write (libaudit.h).
func auditGroup(kind string) int {
	switch kind {
	case "USER_LOGIN", "USER_AUTH", "LOGIN", "USER_START", "GRP_AUTH":
		return groupLogin
	case "USER_LOGOUT", "USER_END":
		return groupLogout
	case "USER_ACCT", "CRED_ACQ", "CRED_DISP", "CRED_REFR", "USER_ERR":
		return groupSession
	case "ADD_USER", "DEL_USER", "ADD_GROUP", "DEL_GROUP", "USER_MGMT", "GRP_MGMT", "USER_CHAUTHTOK", "GRP_CHAUTHTOK",
		"ACCT_LOCK", "ACCT_UNLOCK", "CHUSER_ID", "CHGRP_ID", "ROLE_ASSIGN", "ROLE_REMOVE", "ROLE_MODIFY":
		return groupAccount
	case "USER_CMD":
		return groupCommand
	}
	return groupOther
}

// concludeAppArmor reads AppArmor's verdict.
func concludeAppArmor(verdict string, e *event.Event) {
	if v, ok := e.ExtraField("profile"); ok {
		e.SetText(event.RuleName, v.Text)
	}
	e.SetText(event.Action, verdict)
	switch verdict {
	case "DENIED":
		e.SetText(event.Outcome, event.Failure)
	case "STATUS":
		e.SetText(event.Outcome, event.Success)
	}
	if v, ok := e.ExtraField("operation"); !ok || v.Text != "exec" && v.Text != "open" && !strings.HasSuffix(v.Text, "perm") &&
		!strings.Contains("mknod mkdir rmdir unlink rename_src rename_dest chmod chown truncate link getattr", v.Text) {
		if ok && v.Text != "" {
			e.Clear(event.FilePath) // profiles and sockets have a name, too
		}
	}
}
