package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var windowsFirewall = &Format{
	Name:  "windows_firewall",
	Title: "Windows Firewall log (pfirewall.log)",
	Doc: "The log of the firewall of Windows XP to 11 and Windows Server, in the columns that #Fields names; without header lines the default ones, " +
		"with and without pid. It promises as many values as there are columns, a valid time and an action. " +
		"Source: https://learn.microsoft.com/windows/security/operating-system-security/network-security/windows-firewall/configure-logging",
	Parse:   parseWindowsFirewall,
	Match:   matchWindowsFirewall,
	Starts:  "#0123456789",
	columns: &columnsKind{claims: claimsFirewallColumns, read: readFirewallColumns},
}

const firewallColumns = "date time action protocol src-ip dst-ip src-port dst-port size tcpflags tcpsyn tcpack tcpwin icmptype icmpcode info path"

var (
	firewallPlan    = readW3C("#Fields: "+firewallColumns, w3cFirewallKind)
	firewallPIDPlan = readW3C("#Fields: "+firewallColumns+" pid", w3cFirewallKind)
)

func claimsFirewallColumns(text string) bool {
	fields, ok := directive(text, "Fields")
	return ok && strings.Contains(fields, " action ") && strings.Contains(fields, "src-ip") && strings.Contains(fields, "dst-ip")
}

func readFirewallColumns(text string) any {
	p := readW3C(text, w3cFirewallKind)
	if p == nil {
		return nil
	}
	return p
}

func w3cFirewallKind(name string) w3cKind {
	switch name {
	case "date":
		return w3cLocalDate
	case "time":
		return w3cLocalTime
	case "action":
		return w3cAction
	case "protocol":
		return w3cProtocol
	case "src-ip":
		return w3cClientIP
	case "dst-ip":
		return w3cServerIP
	case "src-port":
		return w3cClientPort
	case "dst-port":
		return w3cServerPort
	case "size":
		return w3cSize
	case "path":
		return w3cPath
	case "pid":
		return w3cProcess
	case "tcpsyn", "tcpack", "tcpwin", "icmptype", "icmpcode":
		return w3cNumber
	default:
		return w3cText
	}
}

// matchWindowsFirewall knows the actions behind the time; header lines are
// iis_access's as long as they do not name columns.
func matchWindowsFirewall(line string) int {
	if len(line) < 24 {
		return 0
	}
	if line[0] == '#' {
		if claimsFirewallColumns(line) || line == "#Software: Microsoft Windows Firewall" {
			return 80
		}
		return 0
	}
	if line[4] != '-' || line[10] != ' ' || line[13] != ':' || line[19] != ' ' {
		return 0
	}
	action, _, _ := strings.Cut(line[20:], " ")
	if !isFirewallAction(action) {
		return 0
	}
	return Certain
}

func isFirewallAction(s string) bool {
	switch s {
	case "ALLOW", "DROP", "OPEN", "CLOSE", "OPEN-INBOUND", "INFO-EVENTS-LOST":
		return true
	default:
		return false
	}
}

var windowsFirewallSources = []string{"firewall:windows:firewall"}

func parseWindowsFirewall(line string, c *Context, e *event.Event) error {
	if name := directiveName(line); name != "" && !isZeekDirective(name) {
		fillHeader(line, e)
		return nil
	}
	p := w3cPlanOf(c.Columns, "windows_firewall")
	if p == nil {
		p = firewallPlan
		if strings.Count(strings.TrimRight(line, " "), " ") == len(firewallPIDPlan.fields)-1 {
			p = firewallPIDPlan
		}
	}
	var space [32]string
	values := cutSpaces(strings.TrimRight(line, " "), len(p.fields), space[:0])
	if len(values) != len(p.fields) {
		return &Error{Reason: "the line has not as many values as there are columns", Offset: len(line)}
	}
	l := w3cLine{e: e, c: c}
	for i, f := range p.fields {
		if f.as == w3cAction && !isFirewallAction(values[i]) {
			return &Error{Reason: "expected an action of the Windows Firewall"}
		}
		l.set(f, values[i])
	}
	if l.misfits > maxMisfits {
		return &Error{Reason: "the values are not those of the columns that the header names"}
	}
	if l.hour == "" {
		return &Error{Reason: "expected a date and a time"}
	}
	if err := l.setTime(p); err != nil {
		return err
	}
	e.SetText(event.EventType, event.Firewall)
	e.SetText(event.Vendor, "microsoft")
	e.SetText(event.Product, "windows")
	e.SetText(event.Service, "firewall")
	e.SetList(event.LogSource, windowsFirewallSources)
	return nil
}

// setFirewall gives the columns of the Windows Firewall's own fields their value.
func (l *w3cLine) setFirewall(f w3cField, value string) bool {
	e := l.e
	switch f.as {
	case w3cAction:
		l.setFirewallAction(f, value)
	case w3cProtocol:
		if number, ok := parseUint(value); ok {
			e.SetText(event.NetworkProtocol, protocolName(value))
			return number <= 255
		}
		return setProtocol(e, value)
	case w3cSize:
		return setCount(e, event.NetworkBytes, value)
	case w3cProcess:
		return setCount(e, event.ProcessID, value)
	case w3cPath:
		switch value {
		case "SEND":
			e.SetText(event.NetworkDirection, event.Outbound)
		case "RECEIVE":
			e.SetText(event.NetworkDirection, event.Inbound)
		default:
			e.SetExtraText(f.name, value)
		}
	}
	return true
}

func (l *w3cLine) setFirewallAction(f w3cField, value string) {
	switch value {
	case "ALLOW", "OPEN", "OPEN-INBOUND":
		l.e.SetText(event.Action, event.Allow)
		l.e.SetText(event.Outcome, event.Success)
	case "DROP":
		l.e.SetText(event.Action, event.Deny)
		l.e.SetText(event.Outcome, event.Failure)
	default:
		l.e.SetText(event.Action, value)
		return
	}
	l.e.SetExtraText(f.name, value)
}
