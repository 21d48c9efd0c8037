package event

// kind is what the other schemas say about an event_type.
type kind struct {
	// meaning is for the documentation.
	meaning string
	// class is the OCSF class.
	class *class
	// alert says that ECS calls it an alert, not an event.
	alert bool
	// category and what are ECS's event.category and event.type, as JSON;
	// empty where ECS has none that fits.
	category, what string
}

var kinds = map[string]*kind{
	HTTPAccess:     {"A request that a web server or proxy answered.", &httpActivity, false, `["web"]`, `["access"]`},
	HTTPError:      {"A web server's complaint.", &httpActivity, false, `["web"]`, `["error"]`},
	AuthLogin:      {"An attempt to log in; `outcome` says how it ended.", &authentication, false, `["authentication"]`, `["start"]`},
	AuthLogout:     {"The end of a session.", &authentication, false, `["authentication"]`, `["end"]`},
	AuthPrivilege:  {"Somebody took or asked for other rights: sudo, su.", &authorizeSession, false, `["authentication"]`, `["info"]`},
	AccountChange:  {"An account, group or password was created, changed or removed.", &accountChange, false, `["iam"]`, `["change"]`},
	NetworkFlow:    {"A connection or flow, without a decision about it.", &networkActivity, false, `["network"]`, `["connection"]`},
	Firewall:       {"Traffic that a firewall decided about or noted.", &networkActivity, false, `["network"]`, `["connection"]`},
	TypeDNSQuery:   {"A name was asked for or answered.", &dnsActivity, false, `["network"]`, `["protocol"]`},
	DBQuery:        {"A statement that a database ran or refused.", &baseEvent, false, `["database"]`, `["access"]`},
	DBLog:          {"Anything else that a database writes.", &baseEvent, false, `["database"]`, `["info"]`},
	ProcessStart:   {"A process or scheduled command was started.", &processActivity, false, `["process"]`, `["start"]`},
	FileChange:     {"A file was created, written, renamed or removed.", &baseEvent, false, `["file"]`, `["change"]`},
	RegistryChange: {"A registry key or value was changed.", &baseEvent, false, `["registry"]`, `["change"]`},
	IDSAlert:       {"A detection by a network or host sensor.", &detectionFinding, true, `["intrusion_detection"]`, `["info"]`},
	Malware:        {"A detection by malware protection.", &detectionFinding, true, `["malware"]`, `["info"]`},
	CloudAPI:       {"A call of a cloud's or a service's API.", &apiActivity, false, `["api"]`, `["access"]`},
	K8sAPI:         {"A call of the Kubernetes API.", &apiActivity, false, `["api"]`, `["access"]`},
	Email:          {"A mail was received, sent, refused or scanned.", &baseEvent, false, `["email"]`, `["info"]`},
	VPN:            {"A tunnel was opened, closed or refused.", &baseEvent, false, `["network"]`, `["connection"]`},
	DHCP:           {"An address was leased or released.", &baseEvent, false, `["network"]`, `["protocol"]`},
	ServiceLog:     {"A line of a service that is none of the above.", &baseEvent, false, "", ""},
	SystemLog:      {"A line of the operating system that is none of the above.", &baseEvent, false, `["host"]`, `["info"]`},
}

// kindOf returns the kind of e, nil for an event_type outside the vocabulary.
func kindOf(e *Event) *kind { return kinds[e.text[EventType]] }
