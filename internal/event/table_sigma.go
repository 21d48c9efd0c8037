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
	{Product: "linux", Service: "auditd", Names: []string{"SYSCALL"}},
	{Product: "aws", Service: "cloudtrail", Names: []string{"eventName"}},
	{Product: "kubernetes", Service: "audit", Names: []string{"verb"}},
	{Product: "okta", Service: "okta", Names: []string{"eventType"}},
	{Product: "cisco", Service: "duo", Names: []string{"event_type"}},
	{Product: "azure", Service: "activitylogs", Names: []string{"operationName", "OperationName", "OperationNameValue"}},
	{Product: "azure", Service: "auditlogs", Names: []string{
		"operationName", "OperationName", "ActivityDisplayName", "ActivityType", "activityType", "properties.message",
	}},
	{Product: "azure", Service: "signinlogs", Names: []string{"operationName", "OperationName"}},
	{Product: "gcp", Service: "gcp.audit", Names: []string{"gcp.audit.method_name", "protoPayload.methodName", "data.protoPayload.methodName"}},
	{Product: "gcp", Service: "google_workspace.admin", Names: []string{"eventName"}},
	{Product: "m365", Names: []string{"Operation"}},
	{Product: "m365", Service: "exchange", Names: []string{"eventName"}},
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
	{Product: "azure", Service: "signinlogs", Names: []string{"Username", "UserPrincipalName"}},
	{Product: "azure", Service: "auditlogs", Names: []string{"Initiatied.By", "Initiatedby", "properties.initiatedBy"}},
	{Product: "m365", Names: []string{"UserId"}},
	zeek("http", "username"), zeek("ntlm", "username"), zeek("radius", "username"), zeek("ftp", "user"), zeek("kerberos", "client"),
}

// SigmaPath says where events keep a field of Sigma rules that stays in extra
// under other names: paths into extra, tried in order before the field's own
// name. A path that ends in .* means the JSON text of an object or array: some
// rules search nested values as text. An empty Product or Service restricts
// nothing.
type SigmaPath struct {
	Product, Service string
	Name             string
	Paths            []string
}

// SigmaPaths returns the paths into extra where events of a log source may keep
// a field of Sigma rules, to be tried before its own name.
func SigmaPaths(category, product, service, name string) []string {
	for i := range sigmaPaths {
		row := &sigmaPaths[i]
		if row.Name == name && (SigmaName{Product: row.Product, Service: row.Service}).Matches(category, product, service) {
			return row.Paths
		}
	}
	return nil
}

var sigmaPaths = []SigmaPath{
	{"aws", "cloudtrail", "requestParameters", []string{"requestParameters.*"}},
	{"aws", "cloudtrail", "responseElements", []string{"responseElements.*"}},

	{"m365", "", "Parameters", []string{"Parameters.*", "parameters.*"}},
	{"m365", "", "OperationProperties", []string{"OperationProperties.*", "operationproperties.*"}},
	{"m365", "", "Payload", []string{"Payload.*", "Data.*", "Parameters.*"}},

	{"kubernetes", "audit", "apiGroup", []string{"objectRef.apiGroup"}},
	{"kubernetes", "audit", "hostPath", []string{"requestObject.spec.volumes.hostPath.path", "requestObject.spec.template.spec.volumes.hostPath.path"}},
	{"kubernetes", "audit", "capabilities", []string{
		"requestObject.spec.containers.securityContext.capabilities.add", "requestObject.spec.template.spec.containers.securityContext.capabilities.add",
	}},

	{"gcp", "gcp.audit", "data.protoPayload.authorizationInfo.permission", []string{"protoPayload.authorizationInfo.permission"}},
	{"gcp", "gcp.audit", "data.protoPayload.authorizationInfo.granted", []string{"protoPayload.authorizationInfo.granted"}},
	{"gcp", "gcp.audit", "data.protoPayload.resource.type", []string{"resource.type"}},
	{"gcp", "gcp.audit", "data.protoPayload.logName", []string{"logName"}},
	{"gcp", "google_workspace.login", "protoPayload.metadata.event.eventName", []string{"protoPayload.metadata.event.eventName", "eventName"}},

	{"gcp", "google_workspace.admin", "setting_name", []string{"parameters.SETTING_NAME", "admin.setting_name"}},
	{"gcp", "google_workspace.admin", "new_value", []string{"parameters.NEW_VALUE", "parameters.new_value", "admin.new_value"}},

	{"azure", "signinlogs", "ResultType", []string{"properties.status.errorCode", "status.errorCode", "Status.errorCode", "resultType", "resulttype"}},
	{"azure", "signinlogs", "resultType", []string{"properties.status.errorCode", "status.errorCode", "ResultType", "resulttype"}},
	{"azure", "signinlogs", "ResultDescription", []string{"resultDescription", "properties.status.failureReason", "status.failureReason", "resultdescription"}},
	{"azure", "signinlogs", "Resultdescription", []string{
		"resultDescription", "ResultDescription", "properties.status.failureReason", "status.failureReason", "resultdescription",
	}},
	{"azure", "signinlogs", "AuthenticationRequirement", []string{"properties.authenticationRequirement", "authenticationRequirement"}},
	{"azure", "signinlogs", "properties.authenticationRequirement", []string{"authenticationRequirement", "AuthenticationRequirement"}},
	{"azure", "signinlogs", "RiskState", []string{"properties.riskState", "riskState"}},
	{"azure", "signinlogs", "ResourceDisplayName", []string{"properties.resourceDisplayName", "resourceDisplayName"}},
	{"azure", "signinlogs", "conditionalAccessStatus", []string{"properties.conditionalAccessStatus", "ConditionalAccessStatus"}},
	{"azure", "signinlogs", "DeviceDetail.trusttype", []string{"properties.deviceDetail.trustType", "deviceDetail.trustType", "DeviceDetail.trustType"}},
	{"azure", "signinlogs", "DeviceDetail.deviceId", []string{"properties.deviceDetail.deviceId", "deviceDetail.deviceId"}},
	{"azure", "signinlogs", "properties.deviceDetail.deviceId", []string{"deviceDetail.deviceId", "DeviceDetail.deviceId"}},
	{"azure", "signinlogs", "DeviceDetail.isCompliant", []string{"properties.deviceDetail.isCompliant", "deviceDetail.isCompliant"}},
	{"azure", "signinlogs", "NetworkLocationDetails", []string{"properties.networkLocationDetails", "networkLocationDetails"}},
	{"azure", "signinlogs", "homeTenantId", []string{"properties.homeTenantId", "HomeTenantId"}},
	{"azure", "signinlogs", "resourceTenantId", []string{"properties.resourceTenantId", "ResourceTenantId"}},
	{"azure", "signinlogs", "properties.appId", []string{"appId", "AppId"}},
	{"azure", "signinlogs", "ClientApp", []string{"properties.clientAppUsed", "clientAppUsed", "ClientAppUsed"}},
	{"azure", "signinlogs", "location", []string{"properties.location.countryOrRegion", "location.countryOrRegion", "Location"}},
	{"azure", "signinlogs", "properties.message", []string{"properties.authenticationProtocol", "authenticationProtocol", "AuthenticationProtocol"}},

	{"azure", "activitylogs", "CategoryValue", []string{"category.value", "category"}},
	{"azure", "activitylogs", "ResourceProviderValue", []string{"resourceProviderName.value", "resource_provider_name.value"}},
	{"azure", "activitylogs", "ResourceId", []string{"resourceId", "resource_id", "_ResourceId"}},

	{"azure", "auditlogs", "Category", []string{"properties.category", "category"}},
	{"azure", "auditlogs", "category", []string{"properties.category", "Category"}},
	{"azure", "auditlogs", "LoggedByService", []string{"properties.loggedByService", "loggedByService"}},
	{"azure", "auditlogs", "properties.result", []string{"result", "Result"}},
	{"azure", "auditlogs", "failure_status_reason", []string{"properties.resultReason", "resultReason", "ResultReason", "ResultDescription"}},
	{"azure", "auditlogs", "targetResources.type", []string{"properties.targetResources.type", "TargetResources.type"}},
	{"azure", "auditlogs", "TargetResources", []string{"properties.targetResources.*", "targetResources.*", "TargetResources.*"}},
	{"azure", "auditlogs", "properties.targetResources", []string{"properties.targetResources.*", "targetResources.*", "TargetResources.*"}},
	{"azure", "auditlogs", "TargetResources.modifiedProperties", []string{"properties.targetResources.*", "targetResources.*", "TargetResources.*"}},
	{"azure", "auditlogs", "TargetResources.modifiedProperties.newValue", []string{
		"properties.targetResources.modifiedProperties.newValue", "targetResources.modifiedProperties.newValue",
	}},
	{"azure", "auditlogs", "TargetResources.ModifiedProperties.NewValue", []string{
		"properties.targetResources.modifiedProperties.newValue", "targetResources.modifiedProperties.newValue", "TargetResources.modifiedProperties.newValue",
	}},
	{"azure", "auditlogs", "TargetResources.ModifiedProperties.DisplayName", []string{
		"properties.targetResources.modifiedProperties.displayName", "targetResources.modifiedProperties.displayName",
		"TargetResources.modifiedProperties.displayName",
	}},
	{"azure", "auditlogs", "additionalDetails.additionalInfo", []string{"properties.additionalDetails.value", "additionalDetails.value", "AdditionalDetails.value"}},
}
