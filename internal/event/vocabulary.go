package event

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
