package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var sensorMapping = newMapping(
	nameGroup{rule{column: event.EventTime, as: asUTC}, []string{"ContextTimeStamp"}},
	nameGroup{rule{column: event.EventTime, as: asUTC, rank: 1}, []string{"timestamp"}},
	nameGroup{rule{column: event.Action, as: asText}, []string{"event_simpleName", "event_simplename"}},
	nameGroup{rule{column: event.HostName, as: asText}, []string{"ComputerName", "RemoteComputerName"}},
	nameGroup{rule{column: event.UserName, as: asText}, []string{"UserName", "UserPrincipal"}},
	nameGroup{rule{column: event.ProcessName, as: asText}, []string{"ImageFileName"}},
	nameGroup{rule{column: event.ProcessName, as: asText, rank: 1}, []string{"ContextBaseFileName", "ContextImageFileName"}},
	nameGroup{rule{column: event.ProcessID, as: asCount}, []string{"RawProcessId"}},
	nameGroup{rule{column: event.CommandLine, as: asText}, []string{"CommandLine"}},
	nameGroup{rule{column: event.ParentProcessName, as: asText}, []string{"ParentImageFileName"}},
	nameGroup{rule{column: event.ParentProcessName, as: asText, rank: 1}, []string{"ParentBaseFileName"}},
	nameGroup{rule{column: event.FilePath, as: asText}, []string{"TargetFileName", "RegObjectName"}},
	nameGroup{rule{column: event.DNSQuery, as: asText}, []string{"DomainName"}},
)

// sensorKind is what an event of the sensor is: its category is Sigma's.
type sensorKind struct{ eventType, category, outcome string }

func sensorKindOf(name string) sensorKind {
	switch name {
	case "ProcessRollup2", "SyntheticProcessRollup2", "ProcessBlocked":
		return sensorKind{event.ProcessStart, "process_creation", event.Unknown}
	case "DnsRequest", "SuspiciousDnsRequest":
		return sensorKind{event.TypeDNSQuery, "dns_query", event.Unknown}
	case "UserLogon":
		return sensorKind{event.AuthLogin, "", event.Success}
	case "UserLogonFailed", "UserLogonFailed2":
		return sensorKind{event.AuthLogin, "", event.Failure}
	case "UserLogoff":
		return sensorKind{event.AuthLogout, "", event.Success}
	case "FileDeleteInfo", "FileRenameInfo", "NewScriptWritten", "NewExecutableWritten", "NewExecutableRenamed", "DirectoryCreate", "SuspiciousPeFileWritten":
		return sensorKind{event.FileChange, "file_event", event.Unknown}
	}
	switch {
	case strings.HasPrefix(name, "NetworkConnectIP"), strings.HasPrefix(name, "NetworkReceiveAcceptIP"), strings.HasPrefix(name, "NetworkCloseIP"):
		return sensorKind{event.NetworkFlow, "network_connection", event.Unknown}
	case strings.HasSuffix(name, "FileWritten"):
		return sensorKind{event.FileChange, "file_event", event.Unknown}
	case strings.HasPrefix(name, "Reg"), strings.HasPrefix(name, "Asep"):
		return sensorKind{event.RegistryChange, "registry_set", event.Unknown}
	case strings.HasPrefix(name, "UserAccount"):
		return sensorKind{event.AccountChange, "", event.Unknown}
	default:
		return sensorKind{event.SystemLog, "", event.Unknown}
	}
}

// sensorSources returns the log source of a category on a platform.
func sensorSources(category, platform string) []string {
	for i := range sensorLogSources {
		if s := &sensorLogSources[i]; s.category == category && strings.EqualFold(s.platform, platform) {
			return s.sources
		}
	}
	return nil
}

var sensorLogSources = buildSensorSources()

type sensorLogSource struct {
	category, platform string
	sources            []string
}

func buildSensorSources() []sensorLogSource {
	products := [...][2]string{{"Win", "windows"}, {"Mac", "macos"}, {"Lin", "linux"}}
	var out []sensorLogSource
	for _, category := range [...]string{"process_creation", "dns_query", "file_event", "network_connection", "registry_set"} {
		for _, p := range products {
			out = append(out, sensorLogSource{category, p[0], []string{category + ":" + p[1] + ":"}})
		}
	}
	return out
}
