package format

import (
	"slices"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// windowsFields are the names of a record's data that always mean a column. What
// depends on the event is in winRecord; everything else stays in extra under its
// own name.
var windowsFields = []nameGroup{
	{rule{column: event.Message, as: asText}, []string{"Message", "RenderedDescription"}},
	{rule{column: event.Message, as: asText, rank: 1}, []string{"message"}},
	{rule{column: event.ProcessName, as: asText}, []string{"Image", "NewProcessName"}},
	{rule{column: event.ProcessName, as: asText, rank: 1}, []string{"SourceImage", "ProcessName"}},
	{rule{column: event.ProcessName, as: asText, rank: 2}, []string{"CallerProcessName"}},
	{rule{column: event.CommandLine, as: asText}, []string{"CommandLine"}},
	{rule{column: event.ParentProcessName, as: asText}, []string{"ParentImage", "ParentProcessName"}},
	{rule{column: event.FilePath, as: asText}, []string{"TargetFilename", "TargetObject"}},
	{rule{column: event.FilePath, as: asText, rank: 1}, []string{"ImageLoaded"}},
	{rule{column: event.SourceIP, as: asIP}, []string{"SourceIp", "IpAddress", "SourceAddress", "ClientAddress", "Address"}},
	{rule{column: event.SourcePort, as: asPort}, []string{"SourcePort", "IpPort"}},
	{rule{column: event.DestinationIP, as: asIP}, []string{"DestinationIp", "DestAddress"}},
	{rule{column: event.DestinationPort, as: asPort}, []string{"DestinationPort", "DestPort"}},
	{rule{column: event.NetworkProtocol, as: asProtocol}, []string{"Protocol"}},
	{rule{column: event.DNSQuery, as: asText}, []string{"QueryName", "QNAME"}},
	{rule{column: event.RuleName, as: asText}, []string{"ThreatName"}},
	{rule{column: event.RuleName, as: asText, rank: 1}, []string{"RuleName"}},
	{rule{column: event.RuleID, as: asCode}, []string{"ThreatID"}},
	{rule{column: event.Severity, as: asText}, []string{"SeverityName"}},
	{rule{column: event.SessionID, as: asCode, rank: 1}, []string{"LogonId"}},
}

// beatFields are what Winlogbeat and the Elastic Agent put beside the record,
// and what they take out of it.
var beatFields = []nameGroup{
	{rule{column: event.Action, as: asText, rank: 2}, []string{"event.action"}},
	{rule{column: event.ProcessName, as: asText, rank: 3}, []string{"process.executable"}},
	{rule{column: event.CommandLine, as: asText, rank: 3}, []string{"process.command_line"}},
	{rule{column: event.ParentProcessName, as: asText, rank: 3}, []string{"process.parent.executable"}},
	{rule{column: event.ProcessID, as: asCount, rank: 3}, []string{"process.pid"}},
	{rule{column: event.FilePath, as: asText, rank: 3}, []string{"file.path", "registry.path"}},
	{rule{column: event.FileHash, as: asText, rank: 3}, []string{"process.hash.sha256", "file.hash.sha256", "dll.hash.sha256"}},
	{rule{column: event.SourceIP, as: asIP, rank: 3}, []string{"source.ip"}},
	{rule{column: event.SourcePort, as: asPort, rank: 3}, []string{"source.port"}},
	{rule{column: event.DestinationIP, as: asIP, rank: 3}, []string{"destination.ip"}},
	{rule{column: event.DestinationPort, as: asPort, rank: 3}, []string{"destination.port"}},
	{rule{column: event.DNSQuery, as: asText, rank: 3}, []string{"dns.question.name"}},
	{rule{column: event.EventCode, as: asCode, rank: 3}, []string{"event.code"}},
	{rule{column: event.Outcome, as: asEnum, rank: 3}, []string{"event.outcome"}},
}

var (
	windowsNames = newMapping(windowsFields...)
	beatNames    = newMapping(slices.Concat(windowsFields, beatFields)...)
)

// wazuhNames are the usual names of Wazuh, with what Windows calls the field.
// Those that Windows writes in lower case stand for themselves.
var wazuhNames = newWazuhNames(
	"SubjectUserSid", "SubjectUserName", "SubjectDomainName", "SubjectLogonId", "TargetUserSid", "TargetUserName", "TargetDomainName",
	"TargetLogonId", "LogonType", "LogonProcessName", "AuthenticationPackageName", "WorkstationName", "LogonGuid", "TransmittedServices",
	"LmPackageName", "KeyLength", "ProcessId", "ProcessName", "IpAddress", "IpPort", "ImpersonationLevel", "RestrictedAdminMode",
	"VirtualAccount", "ElevatedToken", "Status", "SubStatus", "FailureReason", "PrivilegeList", "NewProcessId", "NewProcessName",
	"TokenElevationType", "CommandLine", "ParentProcessName", "MandatoryLabel", "RuleName", "UtcTime", "ProcessGuid", "Image",
	"FileVersion", "Description", "Product", "Company", "OriginalFileName", "CurrentDirectory", "User", "LogonId", "TerminalSessionId",
	"IntegrityLevel", "Hashes", "ParentProcessGuid", "ParentProcessId", "ParentImage", "ParentCommandLine", "ParentUser", "TargetFilename",
	"CreationUtcTime", "Protocol", "Initiated", "SourceIsIpv6", "SourceIp", "SourceHostname", "SourcePort", "DestinationIsIpv6",
	"DestinationIp", "DestinationHostname", "DestinationPort", "ImageLoaded", "Signed", "Signature", "SignatureStatus", "TargetObject",
	"Details", "EventType", "QueryName", "QueryStatus", "QueryResults", "PipeName", "SourceImage", "TargetImage", "GrantedAccess",
	"CallTrace", "ObjectName", "ObjectType", "AccessMask", "AccessList", "ServiceName", "ImagePath", "ScriptBlockText", "Data",
	"ProviderGuid", "Version", "Level", "Task", "Opcode", "Keywords", "EventRecordID", "Channel", "Computer",
)

func newWazuhNames(names ...string) map[string]string {
	out := make(map[string]string, len(names))
	for _, name := range names {
		out[string(name[0]|0x20)+name[1:]] = name
	}
	for _, name := range [...]string{"processPath", "subjectName", "payload", "process", "url", "jobTitle"} {
		out[name] = name
	}
	return out
}
