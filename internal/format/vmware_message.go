package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// fillVMwareText reads the texts that say who did what. It reports false, having
// changed nothing, where it does not know one.
func fillVMwareText(text string, e *event.Event) bool {
	if rest, ok := strings.CutPrefix(text, "Event "); ok {
		if n := leadingDigits(rest); n > 0 && strings.HasPrefix(rest[n:], " : ") {
			setExtraNumber(e, "event_key", rest[:n])
			fillVMwareEvent(rest[n+3:], e)
			return true
		}
	}
	switch {
	case strings.HasPrefix(text, "[VpxLRO] -- "):
		return fillVpxLRO(text[len("[VpxLRO] -- "):], e)
	case strings.HasPrefix(text, "-- "):
		return fillVpxLRO(text[3:], e)
	case strings.HasPrefix(text, "Task Created : "):
		return fillHostdTask(text[len("Task Created : "):], "", e)
	case strings.HasPrefix(text, "Task Completed : "):
		task, status, ok := strings.Cut(text[len("Task Completed : "):], " Status ")
		return ok && fillHostdTask(task, status, e)
	case strings.HasPrefix(text, "State Transition ("):
		return fillVMState(text[len("State Transition ("):], e)
	}
	return fillVMwareEvent(text, e)
}

// fillVMwareEvent reads the text of an event.
func fillVMwareEvent(text string, e *event.Event) bool {
	return fillVMwareAccess(text, e) || fillVMwareAccount(text, e) || fillVMwareMachine(text, e)
}

// fillVMwareAccess reads the texts about logins.
func fillVMwareAccess(text string, e *event.Event) bool {
	if rest, ok := strings.CutPrefix(text, "User "); ok {
		return fillVMwareSession(rest, e)
	}
	for _, p := range [...]struct{ start, outcome string }{
		{"Accepted password for user ", event.Success},
		{"Rejected password for user ", event.Failure},
	} {
		if rest, ok := strings.CutPrefix(text, p.start); ok {
			i := strings.LastIndex(rest, " from ")
			return i > 0 && fillVMwareLogin(rest[:i], rest[i+len(" from "):], event.AuthLogin, p.outcome, e)
		}
	}
	if rest, ok := strings.CutPrefix(text, "Cannot login "); ok {
		rest = strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(rest, "user "), ": no permission"), ".")
		i := strings.LastIndexByte(rest, '@')
		return i > 0 && fillVMwareLogin(rest[:i], rest[i+1:], event.AuthLogin, event.Failure, e)
	}
	for _, p := range [...]struct{ start, kind, outcome string }{
		{"SSH session was opened for '", event.AuthLogin, event.Success},
		{"SSH session was closed for '", event.AuthLogout, event.Success},
		{"SSH login has failed for '", event.AuthLogin, event.Failure},
	} {
		if rest, ok := strings.CutPrefix(text, p.start); ok {
			rest = strings.TrimSuffix(strings.TrimSuffix(rest, "."), "'")
			i := strings.LastIndexByte(rest, '@')
			if i < 1 || !fillVMwareLogin(rest[:i], rest[i+1:], p.kind, p.outcome, e) {
				return false
			}
			e.SetText(event.NetworkProtocol, "ssh")
			return true
		}
	}
	return false
}

// fillVMwareSession reads "alice@192.0.2.7 logged in as Mozilla/5.0 ..." and
// "alice@192.0.2.7 logged out (login time: ..., number of API invocations: 12,
// user agent: Mozilla/5.0)". What names the agent is the client's to write.
func fillVMwareSession(rest string, e *event.Event) bool {
	out := strings.Index(rest, " logged out")
	if who, agent, ok := strings.Cut(rest, " logged in as "); ok && (out < 0 || len(who) < out) {
		i := strings.LastIndexByte(who, '@')
		if i < 1 || !fillVMwareLogin(who[:i], who[i+1:], event.AuthLogin, event.Success, e) {
			return false
		}
		e.SetText(event.UserAgent, agent)
		return true
	}
	who, details, ok := strings.Cut(rest, " logged out")
	i := strings.LastIndexByte(who, '@')
	if !ok || i < 1 || !fillVMwareLogin(who[:i], who[i+1:], event.AuthLogout, event.Success, e) {
		return false
	}
	since, details, ok := strings.Cut(strings.TrimPrefix(details, " (login time: "), ", number of API invocations: ")
	if !ok {
		return true
	}
	calls, agent, _ := strings.Cut(details, ", user agent: ")
	e.SetExtraText("login_time", since)
	setExtraNumber(e, "api_invocations", calls)
	e.SetText(event.UserAgent, strings.TrimSuffix(agent, ")"))
	return true
}

func fillVMwareLogin(user, from, kind, outcome string, e *event.Event) bool {
	if !isAddress(from) && !isHost(from) {
		return false
	}
	action := "login"
	if kind == event.AuthLogout {
		action = "logout"
	}
	e.SetText(event.EventType, kind)
	e.SetText(event.Action, action)
	e.SetText(event.Outcome, outcome)
	e.SetText(event.UserName, user)
	if !setAddress(e, event.SourceIP, from) {
		e.SetExtraText("source_host", from)
	}
	return true
}

// vmwareNotes are texts with the name of an account, or none, between two parts.
var vmwareNotes = [...]struct{ start, end, kind, action string }{
	{"Remote access for ESXi local user account '", "' has been locked for ", event.AccountChange, "locked"},
	{"Multiple remote login failures detected for ESXi local user account '", "'", event.SystemLog, "login failures"},
	{"Account ", " was created on host ", event.AccountChange, "created"},
	{"Account ", " was removed on host ", event.AccountChange, "removed"},
	{"Account ", " was updated on host ", event.AccountChange, "updated"},
	{"Password was changed for account ", " on host ", event.AccountChange, "password changed"},
	{"Permission created for ", " on ", event.AccountChange, "permission created"},
	{"Permission changed for ", " on ", event.AccountChange, "permission changed"},
	{"Permission rule removed for ", " on ", event.AccountChange, "permission removed"},
}

// vmwareSwitches are texts about services that are switched.
var vmwareSwitches = [...]struct{ start, action string }{
	{"SSH access has been enabled", "ssh enabled"},
	{"SSH access has been disabled", "ssh disabled"},
	{"SSH login enabled", "ssh enabled"},
	{"SSH login disabled", "ssh disabled"},
	{"The ESXi command line shell has been enabled", "shell enabled"},
	{"The ESXi command line shell has been disabled", "shell disabled"},
	{"The ESX command line shell has been enabled", "shell enabled"},
	{"The ESX command line shell has been disabled", "shell disabled"},
	{"The DCUI has been enabled", "dcui enabled"},
	{"The DCUI has been disabled", "dcui disabled"},
	{"Administrator access to the host has been enabled", "lockdown disabled"},
	{"Administrator access to the host has been disabled", "lockdown enabled"},
	{"Host lockdown mode has been enabled", "lockdown enabled"},
	{"Host lockdown mode has been disabled", "lockdown disabled"},
	{"Firewall has been disabled", "firewall disabled"},
	{"Firewall has been enabled", "firewall enabled"},
	{"Interactive shell session started", "shell started"},
	{"Interactive shell session ended", "shell ended"},
}

func fillVMwareAccount(text string, e *event.Event) bool {
	for _, s := range vmwareSwitches {
		if strings.HasPrefix(text, s.start) {
			e.SetText(event.Action, s.action)
			return true
		}
	}
	for _, n := range vmwareNotes {
		rest, ok := strings.CutPrefix(text, n.start)
		if !ok {
			continue
		}
		name, tail, ok := strings.Cut(rest, n.end)
		if !ok || name == "" || strings.Contains(tail, n.end) {
			continue
		}
		e.SetText(event.EventType, n.kind)
		e.SetText(event.Action, n.action)
		e.SetText(event.TargetUserName, name)
		if n.kind == event.AccountChange {
			e.SetText(event.Outcome, event.Success)
		}
		return true
	}
	return false
}

// vmwareEnds are how the texts about a virtual machine end: "web01 on esx01 in
// ha-datacenter is powered on".
var vmwareEnds = [...]struct{ end, action string }{
	{" is powered on", "powered on"},
	{" is powered off", "powered off"},
	{" is starting", "starting"},
	{" is stopping", "stopping"},
	{" is suspended", "suspended"},
	{" is being suspended", "suspending"},
	{" is resumed", "resumed"},
	{" is reset", "reset"},
}

// vmwareStarts are how the others begin: "Removed web01 on esx01 from
// ha-datacenter".
var vmwareStarts = [...]struct{ start, action string }{
	{"Created virtual machine ", "created"},
	{"Removed ", "removed"},
	{"Registered ", "registered"},
	{"Unregistered ", "unregistered"},
	{"Reconfigured ", "reconfigured"},
	{"Guest OS shut down for ", "guest shut down"},
	{"Guest OS reboot for ", "guest rebooted"},
}

func fillVMwareMachine(text string, e *event.Event) bool {
	text = strings.TrimSuffix(text, ".")
	if i := strings.LastIndex(text, ".  Modified:"); i > 0 {
		text = text[:i]
	}
	for _, p := range vmwareEnds {
		if place, ok := strings.CutSuffix(text, p.end); ok {
			return fillVMwarePlace(place, p.action, e)
		}
	}
	for _, p := range vmwareStarts {
		if place, ok := strings.CutPrefix(text, p.start); ok {
			return fillVMwarePlace(place, p.action, e)
		}
	}
	return false
}

// fillVMwarePlace reads "web01 on esx01 in ha-datacenter"; the names of machines
// may hold anything, so the text is read from its end.
func fillVMwarePlace(place, action string, e *event.Event) bool {
	i := max(strings.LastIndex(place, " in "), strings.LastIndex(place, " from "))
	if i < 0 {
		return false
	}
	_, datacenter, _ := strings.Cut(place[i+1:], " ")
	machine, host := place[:i], ""
	if i = strings.LastIndex(machine, " on "); i < 1 {
		return false
	}
	machine, host = machine[:i], strings.TrimSpace(strings.TrimPrefix(machine[i+len(" on "):], "host "))
	if !isHost(host) {
		return false
	}
	e.SetText(event.Action, action)
	if action != "starting" && action != "stopping" && action != "suspending" {
		e.SetText(event.Outcome, event.Success)
	}
	e.SetExtraText("vm", machine)
	e.SetExtraText("host", host)
	e.SetExtraText("datacenter", datacenter)
	return true
}

// fillVpxLRO reads "BEGIN task-42 -- vm-7 -- vim.VirtualMachine.powerOn --
// 52(52)", "FINISH task-42" and "ERROR task-42 -- vm-7 -- vim.VirtualMachine.powerOn:
// vim.fault.InvalidState:".
func fillVpxLRO(text string, e *event.Event) bool {
	phase, rest, ok := strings.Cut(text, " ")
	switch phase {
	case "BEGIN", "FINISH", "ERROR":
	default:
		return false
	}
	if !ok {
		return false
	}
	lro, rest, _ := strings.Cut(rest, " -- ")
	entity, rest, _ := strings.Cut(rest, " -- ")
	method, session, _ := strings.Cut(rest, " --")
	e.SetExtraText("phase", phase)
	e.SetExtraText("lro", lro)
	e.SetExtraText("entity", entity)
	if phase == "ERROR" {
		e.SetText(event.Outcome, event.Failure)
		var fault string
		method, fault, _ = strings.Cut(method, ": ")
		e.SetExtraText("fault", strings.TrimSuffix(fault, ":"))
	}
	e.SetText(event.Action, method)
	session = strings.TrimLeft(session, " ")
	if key, _, found := strings.Cut(session, "("); found && key != "" {
		e.SetText(event.SessionID, key)
	}
	e.SetExtraText("session", session)
	return true
}

// fillHostdTask reads "haTask-12-vim.VirtualMachine.powerOn-123456".
func fillHostdTask(task, status string, e *event.Event) bool {
	if !strings.HasPrefix(task, "haTask-") {
		return false
	}
	e.SetExtraText("task", task)
	if i := strings.Index(task, "-vi"); i > 0 { // vim. or vim25.
		method := task[i+1:]
		if end := strings.LastIndexByte(method, '-'); end > 0 {
			method = method[:end]
		}
		e.SetText(event.Action, method)
	}
	switch status {
	case "success":
		e.SetText(event.Outcome, event.Success)
	case "error":
		e.SetText(event.Outcome, event.Failure)
	}
	e.SetExtraText("status", status)
	return true
}

// fillVMState reads "VM_STATE_OFF -> VM_STATE_POWERING_ON)".
func fillVMState(rest string, e *event.Event) bool {
	from, to, ok := strings.Cut(strings.TrimSuffix(rest, ")"), " -> ")
	if !ok {
		return false
	}
	e.SetText(event.Action, "state transition")
	e.SetExtraText("from_state", from)
	e.SetExtraText("to_state", to)
	return true
}
