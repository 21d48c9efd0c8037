package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// iosHoles are what stands in the messages, as for ASA.
var iosHoles = holeTable([]hole{
	{name: "src", fill: func(f *filling, s string) { f.setEnd(0, s) }},
	{name: "dst", fill: func(f *filling, s string) { f.setEnd(1, s) }},
	{name: "srccolon", fill: func(f *filling, s string) { f.hostPort(0, s) }},
	{name: "dstcolon", fill: func(f *filling, s string) { f.hostPort(1, s) }},
	{name: "protocol", fill: setTransport},
	{name: "protocol\"", fill: func(f *filling, s string) {
		name, _, _ := strings.Cut(strings.TrimPrefix(s, `"`), `"`)
		setTransport(f, name)
	}},
	{name: "srcport", fill: func(f *filling, s string) { f.setPort(event.SourcePort, s) }},
	{name: "dstport", fill: func(f *filling, s string) { f.setPort(event.DestinationPort, s) }},
	{name: "inspected", fill: setInspected},
	{name: "process", fill: setNamedProcess},
	{name: "acl", fill: func(f *filling, s string) { f.e.SetText(event.RuleName, s) }},
	{name: "verdict", column: event.Action},
	{name: "packets", shape: holeNumber},
	{name: "interface"},
	{name: "interface*", shape: holeText, fill: extraText("interface")},
	{name: "type", fill: extraText("icmp_type")},
	{name: "code", fill: extraText("icmp_code")},
	{name: "user", shape: holeLast, fill: setPlainUser},
	{name: "user1", fill: setPlainUser},
	{name: "target", shape: holeLast, column: event.TargetUserName},
	{name: "ip", column: event.SourceIP},
	{name: "to", column: event.DestinationIP},
	{name: "neighbor", column: event.SourceIP},
	{name: "localport", shape: holeNumber, column: event.DestinationPort},
	{name: "reason", shape: holeText},
	{name: "logged_at", shape: holeText, fill: func(*filling, string) {}},
	{name: "any", fill: func(*filling, string) {}},
	{name: "some", shape: holeText, fill: func(*filling, string) {}},
	{name: "command", shape: holeLast, column: event.CommandLine},
	{name: "line"},
	{name: "configured_from", shape: holeText},
	{name: "session", shape: holeNumber, column: event.SessionID},
	{name: "level", shape: holeNumber, fill: extraText("privilege_level")},
	{name: "state", shape: holeText},
	{name: "mac", shape: holeText},
	{name: "audit_session", column: event.SessionID},
	{name: "method", shape: holeText},
	{name: "port"},
	{name: "other_port"},
	{name: "vlan"},
	{name: "sent", shape: holeNumber, fill: extraText("bytes_xmt")},
	{name: "received", shape: holeNumber, fill: addReceived},
	{name: "signature", fill: func(f *filling, s string) { f.e.SetText(event.RuleID, s) }},
	{name: "signature_name", shape: holeText, column: event.RuleName},
	{name: "number", shape: holeNumber},
	{name: "cipher", shape: holeText},
	{name: "text", shape: holeText},
	{name: "commit", shape: holeText},
	{name: "subsignature", shape: holeNumber},
	{name: "zone_pair"},
	{name: "class"},
})

var iosTexts = []iosGroup{
	{meaning{event.Firewall, "", ""}, []string{
		"IPACCESSLOGP,ACCESSLOGP [[access-]]list {acl}[[ ({number})]] {verdict} {protocol} {src}[[ ({interface*})]] -> {dst}, {packets} packet[[s]][[  [{some}]]][[ [{some}]]]",
		"IPACCESSLOGDP,ACCESSLOGDP [[access-]]list {acl}[[ ({number})]] {verdict} {protocol} {src}[[ ({interface*})]] -> {dst} ({type}/{code}), {packets} packet[[s]][[  [{some}]]][[ [{some}]]]",
		"IPACCESSLOGNP,ACCESSLOGNP [[access-]]list {acl}[[ ({number})]] {verdict} {protocol} {src}[[ ({interface*})]] -> {dst}, {packets} packet[[s]][[  [{some}]]][[ [{some}]]]",
		"IPACCESSLOGRP [[access-]]list {acl}[[ ({number})]] {verdict} {protocol} {src}[[ ({interface*})]] -> {dst}[[ ({type})]], {packets} packet[[s]][[  [{some}]]][[ [{some}]]]",
		"IPACCESSLOGS list {acl} {verdict} {src} {packets} packet[[s]][[  [{some}]]][[ [{some}]]]",
		"IPACCESSLOGSP list {acl} {verdict} {protocol} {src} -> {dst} ({some}), {packets} packet[[s]][[  [{some}]]][[ [{some}]]]",
		"IPACCESS list {acl} {interface} {verdict} {protocol} {src} -> {dst}",
		`ACLLOG_FLOW_INTERVAL,ACLLOG_NEW_FLOW Src IP: {src}, Dst IP: {dst}, Src Port: {srcport}, Dst Port: {dstport}, Src Intf: {interface}, Protocol: {protocol"}, ACL Name: {acl}, ACE Action: {verdict}, {some}`,
	}},
	{meaning{event.Firewall, "session-start", ""}, []string{
		"SESS_AUDIT_TRAIL_START (target:class)-({some}):Start {inspected} session: initiator ({srccolon}) -- responder ({dstcolon})",
		"SESS_AUDIT_TRAIL_START Start {inspected} session: initiator ({srccolon}) -- responder ({dstcolon})",
	}},
	{meaning{event.Firewall, "session-stop", ""}, []string{
		"SESS_AUDIT_TRAIL (target:class)-({some}):Stop {inspected} session: initiator ({srccolon}) sent {sent} bytes -- responder ({dstcolon}) sent {received} bytes",
		"SESS_AUDIT_TRAIL Stop {inspected} session: initiator ({srccolon}) sent {sent} bytes -- responder ({dstcolon}) sent {received} bytes",
	}},
	{meaning{event.Firewall, event.Deny, event.Failure}, []string{
		"DROP_PKT Dropping {inspected} session {srccolon} {dstcolon}[[ on zone-pair {zone_pair} class {class}]] due to [[ ]]{reason}",
		"DROP_PKT Dropping {inspected} pkt[[ from {interface}]] {srccolon} => {dstcolon} {some}",
	}},
	{meaning{event.IDSAlert, "", ""}, []string{
		"SIGNATURE Sig:{signature} Subsig:{subsignature} Sev:{any} {signature_name} [{srccolon} -> {dstcolon}]",
		"SIGNATURE Sig:{signature} Subsig:{subsignature} Sev:{any} {signature_name} [{srccolon} ->{dstcolon}]",
	}},
	{meaning{event.AuthLogin, "login", event.Success}, []string{
		"LOGIN_SUCCESS,WEBLOGIN_SUCCESS Login Success [user: {user}] [Source: {ip}] [[[localport: {localport}] ]]at {logged_at}",
		"AUTHEN_SUCCESS,INFO_SUCCESS Successfully authenticated user '{user}' from '{ip}' on '{line}'[[(cipher {some})]][[ (cipher {some})]]",
		"AUTH_PASSED User '{user}' authenticated successfully from {srccolon} and was authorized for {text}",
	}},
	{meaning{event.AuthLogin, "login", event.Failure}, []string{
		"LOGIN_FAILED Login failed [user: {user}] [Source: {ip}] [localport: {localport}] [Reason: {reason}] at {logged_at}",
		"LOGIN_FAILED Login failed [user: ] [Source: {ip}] [localport: {localport}] [Reason: {reason}] at {logged_at}",
		"QUIET_MODE_ON Still timeleft for watching failures is {any} secs, [user: {user}] [Source: {ip}] [localport: {localport}] [Reason: {reason}] [ACL: {acl}] at {logged_at}",
		"AUTHEN_FAILED,INFO_AUTH_FAILED Failed authentication attempt by user '{user}' from '{ip}' on '{line}'",
		"SYSTEM_MSG [[error: ]]PAM: Authentication failure for [[illegal user ]]{user} from {ip} - {process}",
		"SYSTEM_MSG pam_aaa:Authentication failed for user {user} from {ip} - {process}",
		"SYSTEM_MSG pam_aaa:Authentication failed from {ip} - {process}",
		"AUTHFAIL Authentication failure for SNMP req from host {ip}",
		"PRIV_AUTH_FAIL Authentication to Privilege level {level} failed by {user1} on {line} ({ip})",
	}},
	{meaning{event.AuthLogin, "", ""}, []string{
		"SSH2_USERAUTH User '{user}' authentication for SSH2 Session from {ip} (tty = {line}) using crypto cipher '{cipher}', hmac '{some}' {verdict}",
		"SSH_USERAUTH User '{user}' authentication for SSH Session from {ip} (tty = {line}) using crypto cipher '{cipher}' {verdict}",
		"RESULT Authentication result '{verdict}' from '{method}' for client ({mac}) on Interface {interface} AuditSessionID {audit_session}",
	}},
	{meaning{event.AuthLogin, "authenticate", event.Success}, []string{
		"SUCCESS Authentication successful for client ({mac}) on Interface {interface} AuditSessionID {audit_session}[[ Username: {user}]]",
		"SUCCESS Authorization succeeded for client ({mac}) on Interface {interface} AuditSessionID {audit_session}[[ Username: {user}]]",
	}},
	{meaning{event.AuthLogin, "authenticate", event.Failure}, []string{
		"FAIL Authentication failed for client ({mac}) on Interface {interface} AuditSessionID {audit_session}[[ Username: {user}]]",
		"FAIL Authentication failed for client ({mac}) with reason ({reason}) on Interface {interface} AuditSessionID {audit_session}[[ Username: {user}]]",
		"FAIL Authorization failed or unapplied for client ({mac}) on Interface {interface} AuditSessionID {audit_session}[[. {some}]]",
	}},
	{meaning{event.ServiceLog, "authenticate-start", ""}, []string{
		"START Starting '{method}' for client ({mac}) on Interface {interface} AuditSessionID {audit_session}",
	}},
	{meaning{event.AuthLogout, "logout", event.Success}, []string{
		"LOGOUT User {user} has exited tty session {session}({ip})",
		"LOGOUT User {user} has exited tty session {session}",
		"INFO_USER_LOGOUT User '{user}' from '{ip}' logged out on '{line}'",
		"SSH2_CLOSE SSH2 Session from {ip} (tty = {line}) for user '{user}' using crypto cipher '{cipher}', hmac '{some}' closed",
	}},
	{meaning{event.AuthPrivilege, "privilege-set", event.Success}, []string{
		"PRIV_AUTH_PASS Privilege level set to {level} by {user1} on {line} ({ip})",
	}},
	{meaning{event.ServiceLog, "session-request", ""}, []string{
		"SSH2_SESSION SSH2 Session request from {ip} (tty = {line}) using crypto cipher '{cipher}', hmac '{some}' {state}",
	}},
	{meaning{event.ServiceLog, "command", ""}, []string{
		"CFGLOG_LOGGEDCMD User:{user1} [[ ]]logged command:{command}",
	}},
	{meaning{event.ServiceLog, "configured", event.Success}, []string{
		"CONFIG_I,VSHD_SYSLOG_CONFIG_I Configured from {configured_from} by {user1} on {line} ({ip})",
		"VSHD_SYSLOG_CONFIG_I Configured from {configured_from} by {user1} on {ip}@{line}",
		"CONFIG_I,VSHD_SYSLOG_CONFIG_I Configured from {configured_from} by {user1} on {line}",
		"CONFIG_I Configured from {configured_from} by {line} ({ip})",
		"CONFIG_I Configured from {configured_from} by {line}",
		"DB_COMMIT Configuration committed by user '{user}'. {text}",
	}},
	{meaning{event.SystemLog, "reload", ""}, []string{
		"RELOAD Reload requested by {user1} on {line} ({ip}). Reload Reason: {reason}",
		"RELOAD Reload requested by {user1} on {line}. Reload Reason: {reason}",
		"RELOAD Reload requested by {user1}. Reload Reason: {reason}",
	}},
	{meaning{event.SystemLog, "", ""}, []string{
		"UPDOWN,CHANGED Line protocol on Interface {interface}, changed state to {state}",
		"UPDOWN,CHANGED Interface {interface}, changed state to {state}",
		"LOGGINGHOST_STARTSTOP Logging to host {to} [[port {number} ]]{state} - {reason}",
		"ADJCHANGE neighbor {neighbor} Down {reason}",
		"ADJCHANGE neighbor {neighbor} {state}",
		"ADJCHG Process {any} Nbr {neighbor} on {interface} from {any} to {state}, {reason}",
		"NBRCHANGE {some}: Neighbor {neighbor} ({interface*}) is {state}: {reason}",
		"BADAUTH {reason} from {src} to {dst}[[ tableid - {number}]]",
		"PSECURE_VIOLATION Security violation occurred, caused by MAC address {mac} on port {interface}",
		"ERR_DISABLE {reason} error detected on {interface}, putting {any} in err-disable state",
		"MACFLAP_NOTIF Host {mac} in vlan {vlan} is flapping between port {port} and port {other_port}",
	}},
}

// setInspected notes what a firewall session carries, which is a transport or
// the application that was looked for in one.
func setInspected(f *filling, s string) {
	switch s {
	case "tcp", "udp", "icmp":
		f.e.SetText(event.NetworkProtocol, s)
	default:
		f.e.SetExtraText("application", s)
	}
}

// setNamedProcess reads "sshd[1234]".
func setNamedProcess(f *filling, s string) {
	name, pid, ok := strings.Cut(s, "[")
	f.e.SetText(event.ProcessName, name)
	if n, digits := parseUint(strings.TrimSuffix(pid, "]")); ok && digits {
		f.e.SetInt(event.ProcessID, n)
	}
}

// iosGroup is messages of one meaning: their mnemonics, then their text.
type iosGroup struct {
	meaning
	texts []string
}

var iosPhrases = buildIOSPhrases()

func buildIOSPhrases() map[string][]*phrase {
	phrases := make(map[string][]*phrase, 128)
	for _, group := range iosTexts {
		for _, line := range group.texts {
			mnemonics, text, _ := strings.Cut(line, " ")
			p := compilePhrase(text, iosHoles, group.meaning)
			for mnemonic := range strings.SplitSeq(mnemonics, ",") {
				phrases[mnemonic] = append(phrases[mnemonic], p)
			}
		}
	}
	return phrases
}
