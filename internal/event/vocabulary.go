package event

import "slices"

// The closed vocabulary of event_type. Adding one is a change to this list.
const (
	HTTPAccess     = "HTTP_ACCESS"
	HTTPError      = "HTTP_ERROR"
	AuthLogin      = "AUTH_LOGIN"
	AuthLogout     = "AUTH_LOGOUT"
	AuthPrivilege  = "AUTH_PRIVILEGE"
	AccountChange  = "ACCOUNT_CHANGE"
	NetworkFlow    = "NETWORK_FLOW"
	Firewall       = "FIREWALL"
	TypeDNSQuery   = "DNS_QUERY"
	DBQuery        = "DB_QUERY"
	DBLog          = "DB_LOG"
	ProcessStart   = "PROCESS_START"
	FileChange     = "FILE_CHANGE"
	RegistryChange = "REGISTRY_CHANGE"
	IDSAlert       = "IDS_ALERT"
	Malware        = "MALWARE"
	CloudAPI       = "CLOUD_API"
	K8sAPI         = "K8S_API"
	Email          = "EMAIL"
	VPN            = "VPN"
	DHCP           = "DHCP"
	ServiceLog     = "SERVICE_LOG"
	SystemLog      = "SYSTEM_LOG"
)

// The values of outcome.
const (
	Success = "success"
	Failure = "failure"
	Unknown = "unknown"
)

// The values of action for traffic that something decided about.
const (
	Allow = "allow"
	Deny  = "deny"
)

// The values of time_quality: where event_time comes from.
const (
	// TimeLogged: the time written in the line.
	TimeLogged = "logged"
	// TimeReceived: the line has no time of its own, reception is used.
	TimeReceived = "received"
	// TimeFuture: the logged time lies more than FutureLimit after reception;
	// reception is used and the logged time is in extra.logged_time.
	TimeFuture = "future"
)

// The values of network_direction.
const (
	// Inbound and Outbound are seen from the protected side.
	Inbound  = "inbound"
	Outbound = "outbound"
	// Internal stays inside, External outside of the protected side.
	Internal = "internal"
	External = "external"
)

// The closed lists behind the Enum columns, as the table holds them.
var (
	eventTypes = []string{
		HTTPAccess, HTTPError, AuthLogin, AuthLogout, AuthPrivilege, AccountChange, NetworkFlow, Firewall,
		TypeDNSQuery, DBQuery, DBLog, ProcessStart, FileChange, RegistryChange, IDSAlert, Malware, CloudAPI, K8sAPI,
		Email, VPN, DHCP, ServiceLog, SystemLog,
	}
	outcomes      = []string{Success, Failure, Unknown}
	timeQualities = []string{TimeLogged, TimeReceived, TimeFuture}
	directions    = []string{Inbound, Outbound, Internal, External, Unknown}
)

// Types returns the closed vocabulary of event_type.
func Types() []string { return slices.Clone(eventTypes) }

// Outcomes returns the closed vocabulary of outcome.
func Outcomes() []string { return slices.Clone(outcomes) }

// TimeQualities returns the closed vocabulary of time_quality.
func TimeQualities() []string { return slices.Clone(timeQualities) }

// Directions returns the closed vocabulary of network_direction.
func Directions() []string { return slices.Clone(directions) }

// ValidValue reports whether s may stand in text column c: any text, for IP
// columns an address in canonical form, for Enum columns a value of its list.
func ValidValue(c Column, s string) bool {
	switch columns[c].Type {
	case Enum:
		_, ok := enumValue(c, s)
		return ok
	case IP:
		return canonicalIP(s)
	default:
		return c.IsText()
	}
}
