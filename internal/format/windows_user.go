package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// setUsers says who did it, and to whom. Fields that only a column is made of
// leave extra; subject and target stay there, as rules look at their parts.
func (w *winRecord) setUsers(service string, id int64, e *event.Event) {
	f := &w.facts
	switch service {
	case "security":
		w.setSecurityUsers(id, e)
		return
	case "sysmon":
		if !takeUser(e, event.UserName, f.user) {
			takeUser(e, event.UserName, f.sourceUser)
		}
		if !e.Has(event.UserName) {
			e.SetText(event.UserName, w.actor)
		}
		return
	case "terminalservices-localsessionmanager", "wmi":
		takeUser(e, event.UserName, f.user)
	case "windefend":
		takeUser(e, event.UserName, f.detectionUser)
	case "taskscheduler":
		if !takeUser(e, event.UserName, f.userContext) {
			takeUser(e, event.UserName, f.userName)
		}
	case "":
		if id == 1149 {
			e.SetText(event.UserName, account(winText(f.param2), winText(f.param1)))
			// The sign-in that comes later says who; this is the only one that
			// always says from where.
			e.SetIP(event.SourceIP, winText(f.param3))
		}
	}
	if subject := account(winText(f.subjectDomain), winText(f.subject)); subject != "" && !e.Has(event.UserName) {
		e.SetText(event.UserName, subject)
	}
	if !e.Has(event.UserName) {
		e.SetText(event.UserName, w.actor)
	}
	if !e.Has(event.UserName) {
		e.SetText(event.UserName, account(w.domain, w.account))
	}
}

// takeUser puts a field that names an account with its domain into column c.
func takeUser(e *event.Event, c event.Column, m *member) bool {
	name := winText(m)
	if name == "" {
		return false
	}
	e.SetText(c, name)
	m.done = true
	return true
}

// account returns DOMAIN\name, or the name where the domain is not known or the
// name holds it.
func account(domain, name string) string {
	if domain == "-" {
		domain = ""
	}
	switch {
	case name == "" || name == "-":
		return ""
	case domain == "" || strings.ContainsAny(name, `\@`):
		return name
	default:
		return domain + `\` + name
	}
}

// setSecurityUsers knows the roles of subject and target: the account that logs
// in is the target, the subject asked for the session, which mostly is the
// machine itself.
func (w *winRecord) setSecurityUsers(id int64, e *event.Event) {
	f := &w.facts
	subject := account(winText(f.subjectDomain), winText(f.subject))
	target := account(winText(f.targetDomain), winText(f.target))
	session := winText(f.subjectLogon)
	switch securityRole(id) {
	case targetActs:
		e.SetText(event.UserName, target)
		session = winText(f.targetLogon)
		if target == "" {
			e.SetText(event.UserName, subject)
		}
	case targetIsGroup:
		e.SetText(event.UserName, subject)
	case targetHasNoDomain:
		e.SetText(event.UserName, subject)
		e.SetText(event.TargetUserName, winText(f.target))
	case accountActs:
		e.SetText(event.UserName, account(winText(f.accountDomain), winText(f.accountName)))
		if !e.Has(event.UserName) {
			e.SetText(event.UserName, target)
		}
	default:
		e.SetText(event.UserName, subject)
		e.SetText(event.TargetUserName, target)
	}
	if !e.Has(event.UserName) {
		e.SetText(event.UserName, w.actor)
	}
	if session != "0x0" && session != "0" {
		e.SetText(event.SessionID, session)
	}
}

// role says what the target of a Security event is.
type role uint8

const (
	// targetSuffers: the subject does it to the target.
	targetSuffers role = iota
	// targetActs: the target logs in or out.
	targetActs
	// targetIsGroup: the target is a group.
	targetIsGroup
	// targetHasNoDomain: TargetDomainName is something else.
	targetHasNoDomain
	// accountActs: AccountName is who did it.
	accountActs
)

func securityRole(id int64) role {
	switch id {
	case 4624, 4625, 4626, 4627, 4634, 4646, 4647, 4649, 4675, 4768, 4769, 4770, 4771, 4772, 4773, 4774, 4775, 4776, 4777,
		4800, 4801, 4802, 4803, 4964:
		return targetActs
	case 4727, 4728, 4729, 4730, 4731, 4732, 4733, 4734, 4735, 4737, 4799,
		4744, 4745, 4746, 4747, 4748, 4749, 4750, 4751, 4752, 4753, 4754, 4755, 4756, 4757, 4758, 4759, 4760, 4761, 4762, 4763, 4764,
		4783, 4784, 4785, 4786, 4787, 4788, 4789, 4790, 4791, 4792:
		return targetIsGroup
	case 4740:
		return targetHasNoDomain
	case 4778, 4779:
		return accountActs
	default:
		return targetSuffers
	}
}
