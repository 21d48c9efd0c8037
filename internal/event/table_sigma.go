package event

// The names of Sigma's taxonomy that several columns share. A rule for
// category webserver writes cs-uri-query against the whole target, path
// included, as the rules of SigmaHQ do, so it is request_path, not url_query.

func web(names ...string) SigmaName { return SigmaName{Category: "webserver", Names: names} }

func proxy(names ...string) SigmaName { return SigmaName{Category: "proxy", Names: names} }

func dns(names ...string) SigmaName { return SigmaName{Category: "dns", Names: names} }

func zeek(service string, names ...string) SigmaName {
	return SigmaName{Product: "zeek", Service: service, Names: names}
}

func windows(names ...string) SigmaName { return SigmaName{Product: "windows", Names: names} }

// endpoint names a field of process, file and network events of all systems.
func endpoint(name string, more ...SigmaName) []SigmaName {
	names := []string{name}
	return append([]SigmaName{
		{Category: "process_creation", Names: names},
		{Category: "file_event", Names: names},
		{Category: "network_connection", Names: names},
		windows(name),
	}, more...)
}

// A record of the Windows event log has its process, its object and its
// addresses under names that differ by event; an event has one of them. The
// subject and the target of an event stay in extra under their own names:
// columns hold accounts with their domain, rules look at the parts.
var (
	windowsProcess = windows("NewProcessName", "SourceImage", "ProcessName", "CallerProcessName", "Application")
	windowsObject  = windows("TargetFilename", "TargetObject", "ImageLoaded", "ObjectName")
)

var sourceIPNames = []SigmaName{
	web("c-ip", "src_ip"), proxy("c-ip", "src_ip"),
	{Category: "firewall", Names: []string{"src_ip"}},
	dns("src_ip"),
	{Category: "network_connection", Names: []string{"SourceIp"}},
	zeek("", "id.orig_h"),
	{Product: "aws", Service: "cloudtrail", Names: []string{"sourceIPAddress", "src_ip"}},
	{Product: "azure", Service: "signinlogs", Names: []string{"callerIpAddress", "ipAddress", "IPAddress"}},
	{Product: "okta", Service: "okta", Names: []string{"client.ipAddress"}},
	windows("SourceIp", "IpAddress", "SourceAddress", "ClientAddress", "Address"),
}

var sourcePortNames = []SigmaName{
	{Category: "firewall", Names: []string{"src_port"}},
	{Category: "network_connection", Names: []string{"SourcePort"}},
	zeek("", "id.orig_p"),
	windows("SourcePort", "IpPort"),
}

var destinationIPNames = []SigmaName{
	web("s-ip", "dst_ip"), proxy("r-ip", "s-ip", "dst_ip"),
	{Category: "firewall", Names: []string{"dst_ip"}},
	dns("dst_ip"),
	{Category: "network_connection", Names: []string{"DestinationIp"}},
	zeek("", "id.resp_h"),
	windows("DestinationIp", "DestAddress"),
}

var destinationPortNames = []SigmaName{
	web("s-port", "dst_port"), proxy("r-port", "s-port", "dst_port"),
	{Category: "firewall", Names: []string{"dst_port"}},
	{Category: "network_connection", Names: []string{"DestinationPort"}},
	zeek("", "id.resp_p"),
	{Service: "netflow", Names: []string{"destination.port"}},
	windows("DestinationPort", "DestPort"),
}

var actionNames = []SigmaName{
	{Product: "aws", Service: "cloudtrail", Names: []string{"eventName"}},
	{Product: "kubernetes", Service: "audit", Names: []string{"verb"}},
	{Product: "okta", Service: "okta", Names: []string{"eventType"}},
	{Product: "azure", Service: "activitylogs", Names: []string{"operationName", "OperationName", "OperationNameValue"}},
	{Product: "azure", Service: "auditlogs", Names: []string{"operationName", "OperationName"}},
	{Product: "gcp", Service: "gcp.audit", Names: []string{"gcp.audit.method_name", "protoPayload.methodName"}},
	{Product: "gcp", Service: "google_workspace.admin", Names: []string{"eventName"}},
	{Product: "m365", Names: []string{"Operation", "eventName"}},
	{Product: "bitbucket", Service: "audit", Names: []string{"auditType.action"}},
	zeek("dce_rpc", "operation"), zeek("kerberos", "request_type"), zeek("ftp", "command"), zeek("mysql", "cmd"),
}

var userNames = []SigmaName{
	web("cs-username"), proxy("cs-username"),
	{Category: "firewall", Names: []string{"username"}},
	{Category: "process_creation", Names: []string{"User"}},
	{Category: "file_event", Names: []string{"User"}},
	{Category: "network_connection", Names: []string{"User"}},
	{Product: "aws", Service: "cloudtrail", Names: []string{"userIdentity.userName"}},
	windows("User", "SourceUser", "UserName", "UserContext", "DetectionUser"),
	{Product: "okta", Service: "okta", Names: []string{"actor.alternateId"}},
	{Product: "m365", Names: []string{"UserId"}},
	zeek("http", "username"), zeek("ntlm", "username"), zeek("radius", "username"), zeek("ftp", "user"), zeek("kerberos", "client"),
}
