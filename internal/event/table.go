package event

// columns is the schema: one row per column. docs/schema.md is written from it.
//
// The ECS names are those of the Elastic Common Schema 8.17, the OCSF paths
// those of the Open Cybersecurity Schema Framework 1.3 (for some classes
// AppendOCSF knows a better place), the Sigma names those of the Sigma taxonomy
// 2.1 and of the rules that are in use.
var columns = [NumColumns]Info{
	EventID: {
		Name: "event_id", Type: Text, ECS: "event.id", OCSF: "metadata.uid",
		Meaning: "Identity of the event: `<batch>-<line>`. The same line of the same batch always gets the same one.",
	},
	EventType: {
		Name: "event_type", Type: Enum, Values: eventTypes, ECS: "goshawk.event_type", OCSF: "class_uid",
		Meaning: "What kind of thing happened.",
	},
	EventTime: {
		Name: "event_time", Type: Time, ECS: "@timestamp", OCSF: "time",
		Meaning: "When it happened. Windows and searches follow this time; `time_quality` says where it comes from.",
	},
	IngestTime: {
		Name: "ingest_time", Type: Time, ECS: "event.ingested", OCSF: "metadata.logged_time",
		Meaning: "When the line was received.",
	},
	TimeQuality: {
		Name: "time_quality", Type: Enum, Values: timeQualities, ECS: "goshawk.time_quality", OCSF: "unmapped.time_quality",
		Meaning: "Where `event_time` comes from: the line (`logged`), reception because the line has none (`received`), or reception because the logged time lies in the future (`future`).",
	},
	Source: {
		Name: "source", Type: Text, ECS: "goshawk.source", OCSF: "metadata.log_name",
		Meaning: "Name of the source that sent the line: letters, digits, `_` and `-`.",
	},
	SourcePath: {
		Name: "source_path", Type: Text, ECS: "goshawk.source_path", OCSF: "unmapped.source_path",
		Meaning: "The sender's own routing inside the source, as further subject tokens joined by dots.",
	},
	Format: {
		Name: "format", Type: Text, ECS: "event.dataset", OCSF: "metadata.log_provider",
		Meaning: "Name of the format that read the innermost payload of the line.",
	},
	LogSource: {
		Name: "logsource", Type: List, ECS: "goshawk.logsource", OCSF: "unmapped.logsource",
		Meaning: "The Sigma log sources that the event belongs to, each `category:product:service` with empty parts kept.",
	},

	SourceIP: {
		Name: "source_ip", Type: IP, ECS: "source.ip", OCSF: "src_endpoint.ip",
		Meaning: "Address that the activity came from: the client, the attacker, the sender of a packet.",
		Sigma:   sourceIPNames,
	},
	SourcePort: {
		Name: "source_port", Type: Port, ECS: "source.port", OCSF: "src_endpoint.port",
		Meaning: "Port that the activity came from.",
		Sigma:   sourcePortNames,
	},
	DestinationIP: {
		Name: "destination_ip", Type: IP, ECS: "destination.ip", OCSF: "dst_endpoint.ip",
		Meaning: "Address that the activity went to: the server, the receiver of a packet.",
		Sigma:   destinationIPNames,
	},
	DestinationPort: {
		Name: "destination_port", Type: Port, ECS: "destination.port", OCSF: "dst_endpoint.port",
		Meaning: "Port that the activity went to.",
		Sigma:   destinationPortNames,
	},
	NetworkProtocol: {
		Name: "network_protocol", Type: Text, ECS: "network.transport", OCSF: "connection_info.protocol_name",
		Meaning: "Protocol of the traffic in lower case: `tcp`, `udp`, `icmp`, or its number where it has no name.",
		Sigma:   []SigmaName{zeek("", "proto"), windows("Protocol")},
	},
	NetworkBytes: {
		Name: "network_bytes", Type: Int, Unit: "bytes", ECS: "network.bytes", OCSF: "traffic.bytes",
		Meaning: "Bytes of the packet or of the whole flow in both directions.",
	},
	NetworkDirection: {
		Name: "network_direction", Type: Enum, Values: directions, ECS: "network.direction", OCSF: "connection_info.direction",
		Meaning: "Direction of the traffic, seen from the protected side.",
	},

	Action: {
		Name: "action", Type: Text, ECS: "event.action", OCSF: "unmapped.action",
		Meaning: "What was done or decided: `allow` and `deny` for traffic, else the log's own word.",
		Sigma:   actionNames,
	},
	Outcome: {
		Name: "outcome", Type: Enum, Values: outcomes, ECS: "event.outcome", OCSF: "status_id",
		Meaning: "How it ended. HTTP statuses below 400 are `success`.",
		Sigma: []SigmaName{
			{Product: "azure", Service: "signinlogs", Names: []string{"Status"}},
			{Product: "azure", Service: "auditlogs", Names: []string{"Status"}},
			{Product: "m365", Names: []string{"status"}},
		},
	},
	UserName: {
		Name: "user_name", Type: Text, ECS: "user.name", OCSF: "actor.user.name",
		Meaning: "Who did it: the account that logged in, asked or ran something.",
		Sigma:   userNames,
	},
	TargetUserName: {
		Name: "target_user_name", Type: Text, ECS: "user.target.name", OCSF: "user.name",
		Meaning: "Account that it was done to: the one that was changed or switched to.",
		Sigma: []SigmaName{
			{Product: "linux", Service: "sudo", Names: []string{"USER"}},
			zeek("kerberos", "service"),
			{Product: "azure", Service: "auditlogs", Names: []string{"Target"}},
		},
	},
	HostName: {
		Name: "host_name", Type: Text, ECS: "host.name", OCSF: "device.hostname",
		Meaning: "Name of the machine that wrote the line.",
		Sigma:   []SigmaName{web("s-computername"), windows("Computer", "ComputerName", "Hostname")},
	},

	ProcessName: {
		Name: "process_name", Type: Text, ECS: "process.name", OCSF: "actor.process.name",
		Meaning: "The process, with its full path where the log has it.",
		Sigma:   endpoint("Image", windowsProcess, SigmaName{Product: "linux", Service: "auditd", Names: []string{"exe"}}),
	},
	ProcessID: {
		Name: "process_id", Type: Int, ECS: "process.pid", OCSF: "actor.process.pid",
		Meaning: "Number of the process.",
		Sigma:   endpoint("ProcessId", windows("NewProcessId", "SourceProcessId"), SigmaName{Product: "linux", Service: "auditd", Names: []string{"pid"}}),
	},
	CommandLine: {
		Name: "command_line", Type: Text, ECS: "process.command_line", OCSF: "actor.process.cmd_line",
		Meaning: "The command with its arguments as logged.",
		Sigma:   endpoint("CommandLine", SigmaName{Product: "linux", Service: "sudo", Names: []string{"COMMAND"}}),
	},
	ParentProcessName: {
		Name: "parent_process_name", Type: Text, ECS: "process.parent.name", OCSF: "actor.process.parent_process.name",
		Meaning: "The parent process, with its full path where the log has it.",
		Sigma:   endpoint("ParentImage"),
	},
	FilePath: {
		Name: "file_path", Type: Text, ECS: "file.path", OCSF: "unmapped.file_path",
		Meaning: "The file or registry value that it is about.",
		Sigma: []SigmaName{
			{Category: "file_event", Names: []string{"TargetFilename"}},
			{Category: "file_delete", Names: []string{"TargetFilename"}},
			{Category: "file_change", Names: []string{"TargetFilename"}},
			{Category: "file_access", Names: []string{"TargetFilename"}},
			{Category: "antivirus", Names: []string{"Filename"}},
			zeek("smb_files", "name"), zeek("files", "filename"),
			{Product: "m365", Names: []string{"ObjectId"}},
			windowsObject,
		},
	},
	FileHash: {
		Name: "file_hash", Type: Text, ECS: "file.hash.sha256", OCSF: "unmapped.file_hash",
		Meaning: "Hash of the file in lower case hex, the strongest that the log has.",
		Sigma:   []SigmaName{{Category: "antivirus", Names: []string{"Sha256"}}},
	},

	HTTPMethod: {
		Name: "http_method", Type: Text, ECS: "http.request.method", OCSF: "http_request.http_method",
		Meaning: "Method of the request as logged.",
		Sigma:   []SigmaName{web("cs-method"), proxy("cs-method"), zeek("http", "method")},
	},
	RequestPath: {
		Name: "request_path", Type: Text, ECS: "url.original", OCSF: "http_request.url.url_string",
		Meaning: "The request's target as logged, query included.",
		Sigma: []SigmaName{
			web("cs-uri-query", "cs-uri", "c-uri"), proxy("c-uri", "cs-uri", "cs-uri-query"),
			zeek("http", "uri", "c-uri"),
			{Product: "kubernetes", Service: "audit", Names: []string{"requestURI"}},
		},
	},
	URLPath: {
		Name: "url_path", Type: Text, ECS: "url.path", OCSF: "http_request.url.path",
		Meaning: "Path of the request's target, without query.",
		Sigma: []SigmaName{
			web("cs-uri-stem", "c-uri-stem"), proxy("cs-uri-stem", "c-uri-stem"),
			{Product: "okta", Service: "okta", Names: []string{"debugContext.debugData.requestUri"}},
		},
	},
	URLQuery: {
		Name: "url_query", Type: Text, ECS: "url.query", OCSF: "http_request.url.query_string",
		Meaning: "Query of the request's target, without the question mark.",
		Sigma:   []SigmaName{web("c-uri-query"), proxy("c-uri-query")},
	},
	HTTPVersion: {
		Name: "http_version", Type: Text, ECS: "http.version", OCSF: "http_request.version",
		Meaning: "Version of the protocol: `1.1`, `2.0`.",
		Sigma:   []SigmaName{web("cs-version"), proxy("cs-version")},
	},
	HTTPHost: {
		Name: "http_host", Type: Text, ECS: "url.domain", OCSF: "http_request.url.hostname",
		Meaning: "Host that the request was for.",
		Sigma:   []SigmaName{web("cs-host"), proxy("cs-host", "r-dns"), zeek("http", "host")},
	},
	StatusCode: {
		Name: "status_code", Type: Int, ECS: "http.response.status_code", OCSF: "http_response.code",
		Meaning: "Status of the response.",
		Sigma: []SigmaName{
			web("sc-status"), proxy("sc-status"),
			{Product: "kubernetes", Service: "audit", Names: []string{"responseStatus.code"}},
		},
	},
	ResponseSizeBytes: {
		Name: "response_size_bytes", Type: Int, Unit: "bytes", ECS: "http.response.body.bytes", OCSF: "http_response.length",
		Meaning: "Size of the response, headers not counted where the log tells them apart.",
		Sigma:   []SigmaName{web("sc-bytes"), proxy("sc-bytes")},
	},
	UserAgent: {
		Name: "user_agent", Type: Text, ECS: "user_agent.original", OCSF: "http_request.user_agent",
		Meaning: "What the client says it is.",
		Sigma: []SigmaName{
			web("cs-user-agent", "c-useragent"), proxy("c-useragent", "cs-user-agent", "User-Agent"), zeek("http", "c-useragent"),
			{Product: "aws", Service: "cloudtrail", Names: []string{"userAgent"}},
			{Product: "kubernetes", Service: "audit", Names: []string{"userAgent"}},
			{Product: "azure", Service: "signinlogs", Names: []string{"userAgent"}},
		},
	},
	Referrer: {
		Name: "referrer", Type: Text, ECS: "http.request.referrer", OCSF: "http_request.referrer",
		Meaning: "Page that the client says it came from.",
		Sigma:   []SigmaName{web("cs-referer", "cs-referrer"), proxy("cs-referer", "cs-referrer")},
	},

	DNSQuery: {
		Name: "dns_query", Type: Text, ECS: "dns.question.name", OCSF: "query.hostname",
		Meaning: "Name that was asked for.",
		Sigma:   []SigmaName{dns("query", "QueryName"), zeek("dns", "query"), windows("QueryName", "QNAME")},
	},
	DNSType: {
		Name: "dns_type", Type: Text, ECS: "dns.question.type", OCSF: "query.type",
		Meaning: "Record type that was asked for: `A`, `TXT`.",
		Sigma:   []SigmaName{dns("record_type"), zeek("dns", "qtype_name")},
	},
	DNSAnswer: {
		Name: "dns_answer", Type: List, ECS: "dns.answers.data", OCSF: "answers.rdata",
		Meaning: "What was answered, in order.",
		Sigma:   []SigmaName{dns("answer"), zeek("dns", "answers")},
	},

	RuleName: {
		Name: "rule_name", Type: Text, ECS: "rule.name", OCSF: "finding_info.analytic.name",
		Meaning: "Name of the rule, policy or signature that decided or detected.",
		Sigma: []SigmaName{
			{Category: "antivirus", Names: []string{"Signature"}},
			windows("ThreatName", "RuleName"),
			{Product: "azure", Service: "riskdetection", Names: []string{"riskEventType"}},
			{Product: "azure", Service: "pim", Names: []string{"riskEventType"}},
			{Product: "m365", Service: "threat_management", Names: []string{"eventName"}},
			{Product: "m365", Service: "threat_detection", Names: []string{"eventName"}},
		},
	},
	RuleID: {
		Name: "rule_id", Type: Text, ECS: "rule.id", OCSF: "finding_info.analytic.uid",
		Meaning: "Number of that rule.",
	},
	Severity: {
		Name: "severity", Type: Text, ECS: "goshawk.severity", OCSF: "severity",
		Meaning: "How bad the logging product says it is, in its own words.",
	},
	LogLevel: {
		Name: "log_level", Type: Text, ECS: "log.level", OCSF: "metadata.log_level",
		Meaning: "Level of the log line in lower case: `debug`, `info`, `notice`, `warning`, `error`, `critical`, `alert`, `emergency`.",
	},
	EventCode: {
		Name: "event_code", Type: Text, ECS: "event.code", OCSF: "metadata.event_code",
		Meaning: "The vendor's message number or name.",
		Sigma:   []SigmaName{windows("EventID", "EventCode"), {Product: "onelogin", Names: []string{"event_type_id"}}},
	},
	SessionID: {
		Name: "session_id", Type: Text, ECS: "goshawk.session_id", OCSF: "session.uid",
		Meaning: "Session that the event is part of.",
		Sigma:   endpoint("LogonId"),
	},

	DatabaseName: {
		Name: "database_name", Type: Text, ECS: "goshawk.database.name", OCSF: "unmapped.database_name",
		Meaning: "Database that it was about.",
	},
	DBStatement: {
		Name: "db_statement", Type: Text, ECS: "goshawk.database.statement", OCSF: "unmapped.db_statement",
		Meaning: "The statement as logged.",
	},
	DBUserName: {
		Name: "db_user_name", Type: Text, ECS: "goshawk.database.user", OCSF: "unmapped.db_user_name",
		Meaning: "Account of the database that it was done with.",
	},
	CloudAccount: {
		Name: "cloud_account", Type: Text, ECS: "cloud.account.id", OCSF: "cloud.account.uid",
		Meaning: "Account, project or subscription of the cloud.",
		Sigma:   []SigmaName{{Product: "aws", Service: "cloudtrail", Names: []string{"recipientAccountId"}}},
	},
	CloudRegion: {
		Name: "cloud_region", Type: Text, ECS: "cloud.region", OCSF: "cloud.region",
		Meaning: "Region of the cloud.",
		Sigma:   []SigmaName{{Product: "aws", Service: "cloudtrail", Names: []string{"awsRegion"}}},
	},
	EmailFrom: {
		Name: "email_from", Type: Text, ECS: "email.from.address", OCSF: "unmapped.email_from",
		Meaning: "Sender of the mail.",
	},
	EmailTo: {
		Name: "email_to", Type: List, ECS: "email.to.address", OCSF: "unmapped.email_to",
		Meaning: "Recipients of the mail.",
	},

	SourceCountry: {
		Name: "source_country", Type: Text, ECS: "source.geo.country_iso_code", OCSF: "src_endpoint.location.country",
		Meaning: "Country of `source_ip` by ISO 3166-1, two letters. Set by enrichment.",
	},
	SourceASNumber: {
		Name: "source_as_number", Type: Int, ECS: "source.as.number", OCSF: "src_endpoint.autonomous_system.number",
		Meaning: "Number of the autonomous system that `source_ip` belongs to. Set by enrichment.",
	},
	SourceASName: {
		Name: "source_as_name", Type: Text, ECS: "source.as.organization.name", OCSF: "src_endpoint.autonomous_system.name",
		Meaning: "Who runs the autonomous system that `source_ip` belongs to. Set by enrichment.",
	},
	DestinationCountry: {
		Name: "destination_country", Type: Text, ECS: "destination.geo.country_iso_code", OCSF: "dst_endpoint.location.country",
		Meaning: "Country of `destination_ip` by ISO 3166-1, two letters. Set by enrichment.",
	},
	DestinationASNumber: {
		Name: "destination_as_number", Type: Int, ECS: "destination.as.number", OCSF: "dst_endpoint.autonomous_system.number",
		Meaning: "Number of the autonomous system that `destination_ip` belongs to. Set by enrichment.",
	},
	DestinationASName: {
		Name: "destination_as_name", Type: Text, ECS: "destination.as.organization.name", OCSF: "dst_endpoint.autonomous_system.name",
		Meaning: "Who runs the autonomous system that `destination_ip` belongs to. Set by enrichment.",
	},
	ThreatIndicator: {
		Name: "threat_indicator", Type: Text, ECS: "threat.indicator.name", OCSF: "unmapped.threat_indicator",
		Meaning: "What of the event stands in a list of indicators: an address, network, domain, hash or URL. Set by enrichment.",
	},
	ThreatList: {
		Name: "threat_list", Type: Text, ECS: "threat.feed.name", OCSF: "unmapped.threat_list",
		Meaning: "The list that `threat_indicator` stands in. Set by enrichment.",
	},

	Vendor: {
		Name: "vendor", Type: Text, ECS: "observer.vendor", OCSF: "metadata.product.vendor_name",
		Meaning: "Who makes the product that wrote the line.",
	},
	Product: {
		Name: "product", Type: Text, ECS: "observer.product", OCSF: "metadata.product.name",
		Meaning: "The product that wrote the line.",
	},
	Service: {
		Name: "service", Type: Text, ECS: "service.name", OCSF: "metadata.product.feature.name",
		Meaning: "The part of the product, or the cloud service, that it is about.",
		Sigma: []SigmaName{
			{Product: "aws", Service: "cloudtrail", Names: []string{"eventSource"}},
			{Product: "m365", Names: []string{"Workload", "eventSource"}},
			{Product: "gcp", Names: []string{"protoPayload.serviceName", "protoPayload.Servicename", "data.protoPayload.serviceName"}},
		},
	},
	Tags: {
		Name: "tags", Type: List, ECS: "tags", OCSF: "metadata.labels",
		Meaning: "Marks set by formats and enrichment.",
	},
	ParseWarnings: {
		Name: "parse_warnings", Type: List, ECS: "goshawk.parse_warnings", OCSF: "unmapped.parse_warnings",
		Meaning: "Optional parts of the line that were not valid and were left out.",
	},
	Message: {
		Name: "message", Type: Text, ECS: "message", OCSF: "message",
		Meaning: "The part of the line that is written for people.",
		Sigma: []SigmaName{
			{Product: "okta", Service: "okta", Names: []string{"displayMessage"}},
			windows("Message"),
			{Product: "azure", Service: "activitylogs", Names: []string{"properties.message"}},
		},
	},
	Raw: {
		Name: "raw", Type: Text, ECS: "event.original", OCSF: "raw_data",
		Meaning: "The line as it came, without its line ending.",
	},
}
