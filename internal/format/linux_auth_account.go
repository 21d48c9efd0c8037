package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// readAccount reads what the shadow tools say about accounts and groups. The
// account that changed is target_user_name; who changed it, where that is known,
// is user_name.
func readAccount(text string, _ *Context, e *event.Event) bool {
	for i := range accountMessages {
		m := &accountMessages[i]
		if rest, ok := strings.CutPrefix(text, m.prefix); ok && m.read(rest, m.action, e) {
			return true
		}
	}
	return false
}

// accountMessages are the messages of shadow's useradd, userdel, usermod,
// groupadd, groupdel, groupmod, gpasswd, passwd, chage, chfn and chsh.
var accountMessages = []struct {
	prefix, action string
	read           func(rest, action string, e *event.Event) bool
}{
	{"new user: ", "user_added", readNewAccount},
	{"new group: ", "group_added", readNewAccount},
	{"group added to ", "group_added", readGroupFile},
	{"group removed from ", "group_removed", readGroupFile},
	{"failed adding user ", "user_add_failed", readFailedAccount},
	{"failed adding group ", "group_add_failed", readFailedAccount},
	{"add ", "user_added_to_group", readMember},
	{"delete user ", "user_deleted", readQuotedUser},
	{"delete ", "user_removed_from_group", readMember},
	{"removed shadow group ", "group_removed", readQuotedGroup},
	{"removed group ", "group_removed", readQuotedGroup},
	{"remove group ", "group_removed", readQuotedGroup},
	{"group ", "group_removed", readGroupRemoved},
	{"lock user ", "user_locked", readQuotedUser},
	{"unlock user ", "user_unlocked", readQuotedUser},
	{"change user ", "user_changed", readQuotedUser},
	{"changed user ", "user_changed", readQuotedUser},
	{"set user ", "user_changed", readQuotedUser},
	{"password for ", "password_changed", readPasswordFor},
	{"changed password expiry for ", "password_expiry_changed", readBareUser},
	{"user ", "group_changed", readGroupMember},
}

func fillAccount(e *event.Event, action, outcome string) bool {
	e.SetText(event.EventType, event.AccountChange)
	e.SetText(event.Action, action)
	e.SetText(event.Outcome, outcome)
	return true
}

// readNewAccount reads "name=alice, UID=1001, GID=1001, home=/home/alice,
// shell=/bin/bash, from=/dev/pts/0".
func readNewAccount(rest, action string, e *event.Event) bool {
	name, rest, _ := strings.Cut(rest, ", ")
	name, ok := strings.CutPrefix(name, "name=")
	if !ok {
		return false
	}
	if action == "user_added" {
		e.SetText(event.TargetUserName, name)
	} else {
		e.SetExtraText("group", name)
	}
	for rest != "" {
		var field string
		field, rest, _ = strings.Cut(rest, ", ")
		key, value, ok := strings.Cut(field, "=")
		switch {
		case !ok:
		case key == "UID" || key == "GID":
			setExtraNumber(e, key, value)
		case key == "home" || key == "shell" || key == "from":
			e.SetExtraText(key, value)
		}
	}
	return fillAccount(e, action, event.Success)
}

// readGroupFile reads "/etc/group: name=staff, GID=1001".
func readGroupFile(rest, action string, e *event.Event) bool {
	file, fields, ok := strings.Cut(rest, ": ")
	if !ok || !strings.HasPrefix(file, "/") || !readNewAccount(fields, action, e) {
		return false
	}
	e.SetText(event.FilePath, file)
	return true
}

// readFailedAccount reads "'alice', data deleted" and "'alice', exit code: 12".
func readFailedAccount(rest, action string, e *event.Event) bool {
	name, rest, ok := cutQuoted(rest)
	reason, found := strings.CutPrefix(rest, ", ")
	if !ok || !found {
		return false
	}
	if action == "user_add_failed" {
		e.SetText(event.TargetUserName, name)
	} else {
		e.SetExtraText("group", name)
	}
	e.SetExtraText("reason", reason)
	return fillAccount(e, action, event.Failure)
}

// cutQuoted splits a name in quotes, 'alice' or in old versions `alice', from
// what follows.
func cutQuoted(text string) (name, rest string, ok bool) {
	if text == "" || text[0] != '\'' && text[0] != '`' && text[0] != '"' {
		return "", text, false
	}
	quote := text[0]
	if quote == '`' {
		quote = '\''
	}
	n := strings.IndexByte(text[1:], quote)
	if n < 0 {
		return "", text, false
	}
	return text[1 : 1+n], text[2+n:], true
}

// readMember reads "'alice' to group 'sudo'" and "'alice' from shadow group
// 'sudo'".
func readMember(rest, action string, e *event.Event) bool {
	name, rest, ok := cutQuoted(rest)
	_, group, found := strings.Cut(rest, "group ")
	if !ok || !found || !strings.HasPrefix(rest, " to ") && !strings.HasPrefix(rest, " from ") {
		return false
	}
	group, _, ok = cutQuoted(group)
	if !ok {
		return false
	}
	e.SetText(event.TargetUserName, name)
	e.SetExtraText("group", group)
	return fillAccount(e, action, event.Success)
}

// readQuotedUser reads "'alice' password", "'alice' shell from '/bin/sh' to
// '/bin/bash'": what was changed is in the message.
func readQuotedUser(rest, action string, e *event.Event) bool {
	name, rest, ok := cutQuoted(rest)
	if !ok {
		return false
	}
	e.SetText(event.TargetUserName, name)
	what, change, ok := strings.Cut(strings.TrimLeft(rest, " "), " from ")
	if ok {
		e.SetExtraText("change", change)
	}
	e.SetExtraText("changed", what)
	return fillAccount(e, action, event.Success)
}

// readQuotedGroup reads "'staff' owned by 'alice'".
func readQuotedGroup(rest, action string, e *event.Event) bool {
	name, _, ok := cutQuoted(rest)
	if !ok {
		return false
	}
	e.SetExtraText("group", name)
	return fillAccount(e, action, event.Success)
}

// readGroupRemoved reads "'staff' removed from /etc/group".
func readGroupRemoved(rest, action string, e *event.Event) bool {
	_, after, ok := cutQuoted(rest)
	return ok && strings.HasPrefix(after, " removed") && readQuotedGroup(rest, action, e)
}

// readPasswordFor reads "'alice' changed by 'root'".
func readPasswordFor(rest, action string, e *event.Event) bool {
	name, rest, ok := cutQuoted(rest)
	by, found := strings.CutPrefix(rest, " changed by ")
	if !ok || !found {
		return false
	}
	by, _, ok = cutQuoted(by)
	if !ok {
		return false
	}
	e.SetText(event.TargetUserName, name)
	e.SetText(event.UserName, by)
	return fillAccount(e, action, event.Success)
}

// readBareUser reads "alice".
func readBareUser(rest, action string, e *event.Event) bool {
	if rest == "" || strings.IndexByte(rest, ' ') >= 0 {
		return false
	}
	e.SetText(event.TargetUserName, strings.Trim(rest, "'"))
	return fillAccount(e, action, event.Success)
}

// readGroupMember reads gpasswd's "alice added by root to group staff" and
// "alice removed by root from group staff", names in quotes or not.
func readGroupMember(rest, _ string, e *event.Event) bool {
	words := [...]struct{ mark, group, action string }{
		{" added by ", " to group ", "user_added_to_group"},
		{" removed by ", " from group ", "user_removed_from_group"},
	}
	for _, w := range words {
		name, after, ok := strings.Cut(rest, w.mark)
		by, group, found := strings.Cut(after, w.group)
		if !ok || !found || strings.IndexByte(name, ' ') >= 0 {
			continue
		}
		e.SetText(event.TargetUserName, strings.Trim(name, "'"))
		e.SetText(event.UserName, strings.Trim(by, "'"))
		e.SetExtraText("group", strings.Trim(group, "'"))
		return fillAccount(e, w.action, event.Success)
	}
	return false
}
