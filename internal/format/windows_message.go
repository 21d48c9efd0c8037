package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// Some collectors keep a record's text and lose its data. The English texts of
// the Security log and of Sysmon name their fields, so the data can be had from
// there. What users control could be made to look like a field: in the Security
// log it stands last, so that the first of a name counts, and in Sysmon's texts a
// name that comes twice is left out.

// readMessage adds the fields that the record's message names, if the record has
// none.
func (w *winRecord) readMessage(service string, id int64) {
	if service != "security" && service != "sysmon" || w.facts.hasData() {
		return
	}
	text := ""
	for i := range w.members {
		if m := &w.members[i]; (m.name == "Message" || m.name == "message") && m.kind == event.KindString {
			text = m.str()
		}
	}
	if service == "sysmon" {
		w.readSysmonText(text)
	} else {
		w.readSecurityText(text, id)
	}
}

// hasData reports whether there is one of the fields that nearly all records
// have.
func (f *winFacts) hasData() bool {
	return f.subject != nil || f.target != nil || f.user != nil || f.processID != nil || f.application != nil ||
		f.newProcessID != nil || f.sourceProcessID != nil || f.objectName != nil || f.accountName != nil && f.accountDomain != nil
}

// maxMessageLines is how many lines of a message are looked at.
const maxMessageLines = 128

// readSysmonText reads "Process Create:", and a field a line.
func (w *winRecord) readSysmonText(text string) {
	_, rest, _ := strings.Cut(text, "\n")
	start := len(w.members)
	for n := 0; rest != "" && n < maxMessageLines; n++ {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		name, value, ok := strings.Cut(strings.TrimRight(line, "\r"), ": ")
		if ok && isFieldWord(name) {
			if twice := findMember(w.members[start:], name); twice != nil {
				twice.done = true
				continue
			}
			w.members = append(w.members, member{name: name, text: value})
		}
	}
}

func isFieldWord(s string) bool {
	for i := range len(s) {
		if !isAlnum(s[i]) {
			return false
		}
	}
	return s != "" && s[0] >= 'A' && s[0] <= 'Z' && len(s) < 40
}

// addOnce appends a field unless there is one of its name from start on.
func (w *winRecord) addOnce(start int, name, value string) {
	if findMember(w.members[start:], name) == nil {
		w.members = append(w.members, member{name: name, text: value})
	}
}

// readSecurityText reads sections of "Label:\t\tvalue".
func (w *winRecord) readSecurityText(text string, id int64) {
	start := len(w.members)
	prefix := ""
	for n := 0; text != "" && n < maxMessageLines; n++ {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		line = strings.TrimRight(line, "\r")
		label, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		value = strings.TrimLeft(value, " \t")
		if line[0] != '\t' && line[0] != ' ' && value == "" {
			prefix = sectionPrefix(label)
			continue
		}
		if name := labelName(prefix, strings.TrimLeft(label, " \t"), id); name != "" && value != "" {
			w.addOnce(start, name, value)
		}
	}
}

// sectionPrefix returns what the names of the accounts in a section start with.
func sectionPrefix(section string) string {
	switch section {
	case "Subject", "Creator Subject":
		return "Subject"
	case "New Logon", "Account For Which Logon Failed", "Target Account", "New Account", "Account That Was Locked Out",
		"Account Whose Credentials Were Used", "Account Information", "Target Subject", "Target Computer", "New Computer Account":
		return "Target"
	case "Group", "New Group", "Deleted Group", "Member", "Target Server", "Changed Attributes", "Attributes":
		return "-"
	default:
		return ""
	}
}

// labelName returns the name of the field that a text calls label, "" for those
// that differ by event.
func labelName(prefix, label string, id int64) string {
	switch label {
	case "Security ID", "Account Name", "Account Domain", "Domain Name", "Logon ID":
		if prefix != "Subject" && prefix != "Target" {
			return ""
		}
		return prefix + accountLabels[label]
	case "Process ID", "Caller Process ID":
		if id >= 5150 && id <= 5159 {
			return "ProcessID"
		}
		return "ProcessId"
	case "Creator Process ID":
		return "ProcessId"
	default:
		return securityLabels[label]
	}
}

var accountLabels = map[string]string{
	"Security ID": "UserSid", "Account Name": "UserName", "Account Domain": "DomainName", "Domain Name": "DomainName", "Logon ID": "LogonId",
}

var securityLabels = map[string]string{
	"Logon Type": "LogonType", "Process Name": "ProcessName", "Caller Process Name": "ProcessName", "Workstation Name": "WorkstationName",
	"Source Network Address": "IpAddress", "Source Port": "IpPort", "Client Address": "IpAddress", "Client Port": "IpPort", "Network Address": "IpAddress",
	"Failure Reason": "FailureReason", "Status": "Status", "Sub Status": "SubStatus", "Logon Process": "LogonProcessName",
	"Authentication Package": "AuthenticationPackageName", "Package Name (NTLM only)": "LmPackageName", "Key Length": "KeyLength", "Logon GUID": "LogonGuid",
	"New Process ID": "NewProcessId", "New Process Name": "NewProcessName", "Creator Process Name": "ParentProcessName",
	"Process Command Line": "CommandLine", "Token Elevation Type": "TokenElevationType", "Mandatory Label": "MandatoryLabel",
	"Service Name": "ServiceName", "Service File Name": "ServiceFileName", "Task Name": "TaskName", "Share Name": "ShareName",
	"Relative Target Name": "RelativeTargetName", "Object Type": "ObjectType", "Object Name": "ObjectName",
	"Ticket Encryption Type": "TicketEncryptionType", "Ticket Options": "TicketOptions", "Result Code": "Status", "Failure Code": "Status",
	"Pre-Authentication Type": "PreAuthType", "Application Name": "Application", "Destination Address": "DestAddress", "Destination Port": "DestPort",
	"Source Address": "SourceAddress",
}
