package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// winChannel is what a channel of the Windows event log stands for.
type winChannel struct {
	// service is the channel's name in Sigma, "" where Sigma has none.
	service string
	sources []string
}

// winChannels are the channels that Sigma names, as in its taxonomy.
var winChannels = newWinChannels(map[string][]string{
	"application":      {"Application"},
	"security":         {"Security"},
	"system":           {"System"},
	"sysmon":           {sysmonChannel},
	"powershell":       {"Microsoft-Windows-PowerShell/Operational", "PowerShellCore/Operational"},
	powershellClassic:  {"Windows PowerShell"},
	"taskscheduler":    {"Microsoft-Windows-TaskScheduler/Operational"},
	"wmi":              {"Microsoft-Windows-WMI-Activity/Operational"},
	"windefend":        {"Microsoft-Windows-Windows Defender/Operational"},
	"dns-server":       {"DNS Server"},
	"dns-server-audit": {"Microsoft-Windows-DNS-Server/Audit", "Microsoft-Windows-DNSServer/Audit"},
	"dns-server-analytic": {
		"Microsoft-Windows-DNS-Server/Analytical", "Microsoft-Windows-DNSServer/Analytical",
	},
	"dns-client":               {"Microsoft-Windows-DNS Client Events/Operational", "Microsoft-Windows-DNS-Client/Operational"},
	"driver-framework":         {"Microsoft-Windows-DriverFrameworks-UserMode/Operational"},
	"ntlm":                     {"Microsoft-Windows-NTLM/Operational"},
	"dhcp":                     {"Microsoft-Windows-DHCP-Server/Operational"},
	"msexchange-management":    {"MSExchange Management"},
	"printservice-admin":       {"Microsoft-Windows-PrintService/Admin"},
	"printservice-operational": {"Microsoft-Windows-PrintService/Operational"},
	"terminalservices-localsessionmanager": {
		"Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
	},
	"smbclient-security":     {"Microsoft-Windows-SmbClient/Security", "Microsoft-Windows-SMBClient/Security"},
	"smbclient-connectivity": {"Microsoft-Windows-SmbClient/Connectivity", "Microsoft-Windows-SMBClient/Connectivity"},
	"smbserver-connectivity": {"Microsoft-Windows-SMBServer/Connectivity"},
	"applocker": {
		"Microsoft-Windows-AppLocker/MSI and Script", "Microsoft-Windows-AppLocker/EXE and DLL",
		"Microsoft-Windows-AppLocker/Packaged app-Deployment", "Microsoft-Windows-AppLocker/Packaged app-Execution",
	},
	"ldap":                      {"Microsoft-Windows-LDAP-Client/Debug"},
	"codeintegrity-operational": {"Microsoft-Windows-CodeIntegrity/Operational"},
	"firewall-as":               {"Microsoft-Windows-Windows Firewall With Advanced Security/Firewall"},
	"bits-client":               {"Microsoft-Windows-Bits-Client/Operational"},
	"security-mitigations": {
		"Microsoft-Windows-Security-Mitigations/KernelMode", "Microsoft-Windows-Security-Mitigations/UserMode",
		"Microsoft-Windows-Security-Mitigations/Kernel Mode", "Microsoft-Windows-Security-Mitigations/User Mode",
	},
	"diagnosis-scripted":     {"Microsoft-Windows-Diagnosis-Scripted/Operational"},
	"shell-core":             {"Microsoft-Windows-Shell-Core/Operational"},
	"openssh":                {"OpenSSH/Operational"},
	"vhdmp":                  {"Microsoft-Windows-VHDMP/Operational", "Microsoft-Windows-VHDMP-Operational"},
	"appxdeployment-server":  {"Microsoft-Windows-AppXDeploymentServer/Operational"},
	"appxpackaging-om":       {"Microsoft-Windows-AppxPackaging/Operational"},
	"appmodel-runtime":       {"Microsoft-Windows-AppModel-Runtime/Admin"},
	"application-experience": {"Microsoft-Windows-Application-Experience/Program-Telemetry", "Microsoft-Windows-Application-Experience/Program-Compatibility-Assistant"},
	"lsa-server":             {"Microsoft-Windows-LSA/Operational"},
	"capi2":                  {"Microsoft-Windows-CAPI2/Operational"},
	"certificateservicesclient-lifecycle-system": {
		"Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational",
	},
	"microsoft-servicebus-client": {"Microsoft-ServiceBus-Client", "Microsoft-ServiceBus-Client/Operational", "Microsoft-ServiceBus-Client/Admin"},
	"iis-configuration":           {"Microsoft-IIS-Configuration/Operational"},
	"hyper-v-worker":              {"Microsoft-Windows-Hyper-V-Worker-Admin", "Microsoft-Windows-Hyper-V-Worker/Admin"},
	"kernel-event-tracing":        {"Microsoft-Windows-Kernel-EventTracing/Admin"},
	"kernel-shimengine":           {"Microsoft-Windows-Kernel-ShimEngine/Operational"},
	"ntfs":                        {"Microsoft-Windows-Ntfs/Operational"},
	"sense":                       {"Microsoft-Windows-SENSE/Operational"},
})

const (
	sysmonChannel     = "Microsoft-Windows-Sysmon/Operational"
	powershellClassic = "powershell-classic"
	kernelFileChannel = "Microsoft-Windows-Kernel-File/Analytic"
)

func newWinChannels(services map[string][]string) map[string]*winChannel {
	channels := make(map[string]*winChannel, 2*len(services))
	for service, names := range services {
		c := &winChannel{service: service, sources: []string{":windows:" + service}}
		for _, name := range names {
			channels[name] = c
		}
	}
	return channels
}

// linuxSysmon is the channel that Sysmon for Linux names in its records.
var linuxSysmon = &winChannel{service: "sysmon", sources: []string{":linux:sysmon"}}

// otherChannel stands for every channel that Sigma does not name.
var otherChannel = &winChannel{sources: []string{":windows:"}}

// winProviders name the channel of providers that write to one only. It serves
// records whose channel got lost.
var winProviders = map[string]string{
	"Microsoft-Windows-Security-Auditing": "Security",
	"Microsoft-Windows-Eventlog":          "Security",
	"Service Control Manager":             "System",
	"PowerShell":                          "Windows PowerShell",
	"PowerShellCore":                      "PowerShellCore/Operational",
	"Microsoft-Windows-Sysmon":            sysmonChannel,
	"Microsoft-Windows-PowerShell":        "Microsoft-Windows-PowerShell/Operational",
	"Microsoft-Windows-TaskScheduler":     "Microsoft-Windows-TaskScheduler/Operational",
	"Microsoft-Windows-WMI-Activity":      "Microsoft-Windows-WMI-Activity/Operational",
	"Microsoft-Windows-Windows Defender":  "Microsoft-Windows-Windows Defender/Operational",
	"Microsoft-Windows-Bits-Client":       "Microsoft-Windows-Bits-Client/Operational",
}

// channelOf returns what the channel stands for, or where it is missing that of
// the provider.
func channelOf(channel, provider string) *winChannel {
	if provider == "Linux-Sysmon" || channel == "Linux-Sysmon/Operational" {
		return linuxSysmon
	}
	if channel == "" {
		channel = winProviders[provider]
	}
	if c := winChannels[channel]; c != nil {
		return c
	}
	return otherChannel
}

// winEvent is what an event number of a channel means.
type winEvent struct {
	kind    string
	sources []string
}

func sysmonEvent(kind string, categories ...string) winEvent {
	return winEvent{kind: kind, sources: categorySources("sysmon", categories)}
}

// categorySources returns the log sources of an event of a Windows service that
// Sigma has categories for.
func categorySources(service string, categories []string) []string {
	if len(categories) == 0 {
		return []string{":windows:" + service}
	}
	sources := make([]string, len(categories))
	for i, category := range categories {
		sources[i] = category + ":windows:" + service
	}
	return sources
}

// sysmonEvents are the events of Sysmon by number, with Sigma's categories.
var sysmonEvents = [...]winEvent{
	1:  sysmonEvent(event.ProcessStart, "process_creation"),
	2:  sysmonEvent(event.FileChange, "file_change"),
	3:  sysmonEvent(event.NetworkFlow, "network_connection"),
	4:  sysmonEvent(event.SystemLog, "sysmon_status"),
	5:  sysmonEvent(event.SystemLog, "process_termination"),
	6:  sysmonEvent(event.SystemLog, "driver_load"),
	7:  sysmonEvent(event.SystemLog, "image_load"),
	8:  sysmonEvent(event.SystemLog, "create_remote_thread"),
	9:  sysmonEvent(event.SystemLog, "raw_access_thread"),
	10: sysmonEvent(event.SystemLog, "process_access"),
	11: sysmonEvent(event.FileChange, "file_event"),
	12: sysmonEvent(event.RegistryChange, "registry_event"),
	13: sysmonEvent(event.RegistryChange, "registry_set", "registry_event"),
	14: sysmonEvent(event.RegistryChange, "registry_rename", "registry_event"),
	15: sysmonEvent(event.FileChange, "create_stream_hash"),
	16: sysmonEvent(event.SystemLog, "sysmon_status"),
	17: sysmonEvent(event.SystemLog, "pipe_created"),
	18: sysmonEvent(event.SystemLog, "pipe_created"),
	19: sysmonEvent(event.SystemLog, "wmi_event"),
	20: sysmonEvent(event.SystemLog, "wmi_event"),
	21: sysmonEvent(event.SystemLog, "wmi_event"),
	22: sysmonEvent(event.TypeDNSQuery, "dns_query"),
	23: sysmonEvent(event.FileChange, "file_delete"),
	24: sysmonEvent(event.SystemLog, "clipboard_capture", "clipboard_change"),
	25: sysmonEvent(event.SystemLog, "process_tampering"),
	26: sysmonEvent(event.FileChange, "file_delete", "file_delete_detected"),
	27: sysmonEvent(event.FileChange, "file_block_executable"),
	28: sysmonEvent(event.FileChange, "file_block_shredding"),
	29: sysmonEvent(event.FileChange, "file_executable_detected"),
}

// linuxSysmonSources are the log sources of Sysmon for Linux by number.
var linuxSysmonSources = newLinuxSources()

func newLinuxSources() [][]string {
	all := make([][]string, len(sysmonEvents))
	for id := range sysmonEvents {
		for _, source := range sysmonEvents[id].sources {
			all[id] = append(all[id], strings.Replace(source, ":windows:", ":linux:", 1))
		}
	}
	return all
}

func linuxSources(id int64) []string {
	if id > 0 && id < int64(len(linuxSysmonSources)) {
		return linuxSysmonSources[id]
	}
	return linuxSysmon.sources
}

// Events whose categories follow from more than the number.
var (
	sysmonErrorEvent   = sysmonEvent(event.SystemLog, "sysmon_error")
	sysmonKeyAdded     = sysmonEvent(event.RegistryChange, "registry_add", "registry_event")
	sysmonKeyDeleted   = sysmonEvent(event.RegistryChange, "registry_delete", "registry_event")
	securityProcess    = winEvent{event.ProcessStart, categorySources("security", []string{"process_creation"})}
	securityConnection = winEvent{event.Firewall, categorySources("security", []string{"network_connection"})}
	powershellScript   = winEvent{event.SystemLog, categorySources("powershell", []string{"ps_script"})}
	powershellModule   = winEvent{event.SystemLog, categorySources("powershell", []string{"ps_module"})}
	classicStart       = winEvent{event.SystemLog, categorySources(powershellClassic, []string{"ps_classic_start"})}
	classicProvider    = winEvent{event.SystemLog, categorySources(powershellClassic, []string{"ps_classic_provider_start"})}
	classicScript      = winEvent{event.SystemLog, categorySources(powershellClassic, []string{"ps_classic_script"})}
	defenderDetection  = winEvent{event.Malware, []string{":windows:windefend", "antivirus::"}}
	kernelFileAccess   = winEvent{event.SystemLog, []string{"file_access:windows:"}}
	kernelFileRename   = winEvent{event.FileChange, []string{"file_rename:windows:"}}
	kernelFileDelete   = winEvent{event.FileChange, []string{"file_delete:windows:"}}
	kernelFileCreate   = winEvent{event.FileChange, []string{"file_event:windows:"}}
)

// eventOf says what event number id of a channel means. change is the EventType
// of Sysmon's registry events.
func eventOf(channel string, c *winChannel, id int64, change string) winEvent {
	switch c.service {
	case "sysmon":
		return sysmonEventOf(id, change)
	case "security":
		return securityEventOf(c, id)
	case "powershell":
		switch id {
		case 4104:
			return powershellScript
		case 4103:
			return powershellModule
		}
	case powershellClassic:
		switch id {
		case 400:
			return classicStart
		case 600:
			return classicProvider
		case 800:
			return classicScript
		}
	case "windefend":
		switch id {
		case 1006, 1007, 1008, 1015, 1116, 1117, 1118, 1119:
			return defenderDetection
		}
	case "":
		if channel == kernelFileChannel {
			return kernelFileEvent(id)
		}
	}
	return winEvent{kind: otherKind(channel, c.service, id), sources: c.sources}
}

func sysmonEventOf(id int64, change string) winEvent {
	switch {
	case id == 255:
		return sysmonErrorEvent
	case id == 12 && change == "CreateKey":
		return sysmonKeyAdded
	case id == 12 && strings.HasPrefix(change, "Delete"):
		return sysmonKeyDeleted
	case id > 0 && id < int64(len(sysmonEvents)):
		return sysmonEvents[id]
	default:
		return winEvent{event.SystemLog, winChannels[sysmonChannel].sources}
	}
}

func kernelFileEvent(id int64) winEvent {
	switch id {
	case 12:
		return kernelFileAccess
	case 11, 26:
		return kernelFileDelete
	case 19, 27:
		return kernelFileRename
	case 30:
		return kernelFileCreate
	default:
		return winEvent{event.SystemLog, otherChannel.sources}
	}
}

// otherKind is the event type of channels that need no more than that.
func otherKind(channel, service string, id int64) string {
	switch service {
	case "dns-client":
		if id >= 3006 && id <= 3020 {
			return event.TypeDNSQuery
		}
	case "dns-server-analytic":
		if id >= 256 && id <= 280 {
			return event.TypeDNSQuery
		}
	case "terminalservices-localsessionmanager":
		switch id {
		case 21, 25:
			return event.AuthLogin
		case 23, 24:
			return event.AuthLogout
		}
	case "application", "msexchange-management", "openssh":
		return event.ServiceLog
	case "":
		if id == 1149 && channel == "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational" {
			return event.AuthLogin
		}
	}
	return event.SystemLog
}

// securityEventOf says what an event of the Security channel means.
func securityEventOf(c *winChannel, id int64) winEvent {
	switch id {
	case 4688:
		return securityProcess
	case 5156, 5157:
		return securityConnection
	}
	return winEvent{kind: securityKind(id), sources: c.sources}
}

func securityKind(id int64) string {
	switch id {
	case 4624, 4625, 4648, 4649, 4768, 4769, 4770, 4771, 4772, 4773, 4774, 4775, 4776, 4777, 4778, 4801, 4803, 5378, 6272, 6273, 6274, 6278, 6279:
		return event.AuthLogin
	case 4634, 4647, 4779, 4800, 4802:
		return event.AuthLogout
	case 4672, 4673, 4674, 4964:
		return event.AuthPrivilege
	case 4704, 4705, 4717, 4718, 4793, 4794, 4797, 4780, 4781, 4782, 4765, 4766, 4767:
		return event.AccountChange
	case 4657:
		return event.RegistryChange
	case 4664:
		return event.FileChange
	case 5031, 5150, 5151, 5152, 5153, 5154, 5155, 5158, 5159:
		return event.Firewall
	}
	// From 4720 on users, groups and computers are made, changed and removed;
	// the numbers in between that are about other things stand above or are not
	// in use.
	if id >= 4720 && id <= 4764 && id != 4739 || id >= 4783 && id <= 4792 {
		return event.AccountChange
	}
	return event.SystemLog
}
