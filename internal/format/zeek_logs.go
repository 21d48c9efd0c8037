package format

import "github.com/goshawk-siem/goshawk/internal/event"

// zeekLog is what one of Zeek's logs means.
type zeekLog struct {
	path      string
	eventType string
	// shape are members that only this log has; documents that do not say which
	// log they are of are recognized by them.
	shape   []string
	sources []string
	mapping *mapping
}

// zeekCommon are the names that logs share. JSON has them with dots, as objects,
// or with underscores where a shipper does not take dots.
var zeekCommon = []nameGroup{
	{rule{column: event.EventTime, as: asTime}, []string{"ts"}},
	{rule{column: event.EventTime, as: asTime, rank: 1}, []string{"_write_ts"}},
	{rule{column: event.SessionID, as: asCode}, []string{"uid"}},
	{rule{column: event.SourceIP, as: asIP}, []string{"id.orig_h", "id_orig_h", "id_orig_h_n"}},
	{rule{column: event.SourcePort, as: asPort}, []string{"id.orig_p", "id_orig_p"}},
	{rule{column: event.DestinationIP, as: asIP}, []string{"id.resp_h", "id_resp_h", "id_resp_h_n"}},
	{rule{column: event.DestinationPort, as: asPort}, []string{"id.resp_p", "id_resp_p"}},
	{rule{column: event.NetworkProtocol, as: asProtocol}, []string{"proto"}},
	{rule{column: event.HostName, as: asText}, []string{"_system_name", "@system"}},
}

func zeekNames(c event.Column, as reading, names ...string) nameGroup {
	return nameGroup{rule{column: c, as: as}, names}
}

func newZeekLog(path, eventType string, shape []string, own ...nameGroup) *zeekLog {
	groups := append([]nameGroup(nil), zeekCommon...)
	return &zeekLog{
		path: path, eventType: eventType, shape: shape,
		sources: []string{zeekCategory(path) + ":zeek:" + path},
		mapping: newMapping(append(groups, own...)...),
	}
}

// zeekCategory returns Sigma's category that a log's events are of as well.
func zeekCategory(path string) string {
	switch path {
	case "http":
		return "webserver"
	case "dns":
		return "dns"
	case "conn":
		return "firewall"
	default:
		return ""
	}
}

// zeekLogs are the logs of Zeek's own scripts that say more than the common
// names, in the order in which documents are compared with their shapes.
var zeekLogs = []*zeekLog{
	newZeekLog("conn", event.NetworkFlow, []string{"conn_state"}),
	newZeekLog("dns", event.TypeDNSQuery, []string{"trans_id", "qclass"},
		zeekNames(event.DNSQuery, asText, "query"), zeekNames(event.DNSType, asText, "qtype_name"), zeekNames(event.DNSAnswer, asList, "answers")),
	newZeekLog("http", event.HTTPAccess, []string{"trans_depth", "uri"}, zeekHTTP...),
	newZeekLog("http", event.HTTPAccess, []string{"trans_depth", "status_code"}, zeekHTTP...),
	newZeekLog("smtp", event.Email, []string{"trans_depth", "helo"}, zeekSMTP...),
	newZeekLog("smtp", event.Email, []string{"mailfrom", "rcptto"}, zeekSMTP...),
	newZeekLog("ssl", event.NetworkFlow, []string{"cipher", "established"}),
	newZeekLog("ssl", event.NetworkFlow, []string{"resumed", "established"}),
	newZeekLog("x509", event.ServiceLog, []string{"certificate.serial"}, zeekX509...),
	newZeekLog("x509", event.ServiceLog, []string{"certificate_serial"}, zeekX509...),
	newZeekLog("files", event.ServiceLog, []string{"fuid", "seen_bytes"}, zeekFiles...),
	newZeekLog("pe", event.ServiceLog, []string{"machine", "subsystem"}),
	newZeekLog("ssh", event.AuthLogin, []string{"auth_attempts"}),
	newZeekLog("ssh", event.AuthLogin, []string{"kex_alg", "host_key_alg"}),
	newZeekLog("kerberos", event.AuthLogin, []string{"request_type", "client"},
		zeekNames(event.UserName, asText, "client"), zeekNames(event.TargetUserName, asText, "service"), zeekNames(event.Action, asText, "request_type")),
	newZeekLog("ntlm", event.AuthLogin, []string{"domainname", "username"}, zeekNames(event.UserName, asText, "username")),
	newZeekLog("ntlm", event.AuthLogin, []string{"server_nb_computer_name"}, zeekNames(event.UserName, asText, "username")),
	newZeekLog("rdp", event.NetworkFlow, []string{"security_protocol"}),
	newZeekLog("rdp", event.NetworkFlow, []string{"cookie", "keyboard_layout"}),
	newZeekLog("radius", event.AuthLogin, []string{"framed_addr"}, zeekRadius...),
	newZeekLog("radius", event.AuthLogin, []string{"username", "result", "mac"}, zeekRadius...),
	newZeekLog("smb_files", event.NetworkFlow, []string{"action", "name", "times.modified"}, zeekSMB...),
	newZeekLog("smb_files", event.NetworkFlow, []string{"action", "name", "times_modified"}, zeekSMB...),
	newZeekLog("smb_mapping", event.NetworkFlow, []string{"share_type", "path"}),
	newZeekLog("dce_rpc", event.NetworkFlow, []string{"endpoint", "operation"}, zeekNames(event.Action, asText, "operation")),
	newZeekLog("ftp", event.NetworkFlow, []string{"command", "reply_code"}, zeekNames(event.UserName, asText, "user"), zeekNames(event.Action, asText, "command")),
	newZeekLog("notice", event.IDSAlert, []string{"note", "actions"}, zeekNotice...),
	newZeekLog("notice_alarm", event.IDSAlert, []string{"note", "suppress_for"}, zeekNotice...),
	newZeekLog("signatures", event.IDSAlert, []string{"sig_id", "event_msg"},
		zeekNames(event.SourceIP, asIP, "src_addr"), zeekNames(event.SourcePort, asPort, "src_port"), zeekNames(event.DestinationIP, asIP, "dst_addr"),
		zeekNames(event.DestinationPort, asPort, "dst_port"), zeekNames(event.RuleName, asText, "note"), zeekNames(event.RuleID, asCode, "sig_id"),
		zeekNames(event.Message, asText, "event_msg")),
	newZeekLog("intel", event.IDSAlert, []string{"seen.indicator"}),
	newZeekLog("weird", event.NetworkFlow, []string{"name", "notice", "peer"}, zeekNames(event.EventCode, asText, "name")),
	newZeekLog("dhcp", event.DHCP, []string{"msg_types"}, zeekDHCP...),
	newZeekLog("dhcp", event.DHCP, []string{"assigned_ip", "lease_time"}, zeekDHCP...),
	newZeekLog("snmp", event.NetworkFlow, []string{"get_requests", "set_requests"}),
	newZeekLog("sip", event.NetworkFlow, []string{"call_id", "uri"}, zeekNames(event.UserAgent, asText, "user_agent")),
	newZeekLog("socks", event.NetworkFlow, []string{"request.host", "bound.host"}, zeekNames(event.UserName, asText, "user")),
	newZeekLog("tunnel", event.NetworkFlow, []string{"tunnel_type"}, zeekNames(event.Action, asText, "action")),
	newZeekLog("software", event.ServiceLog, []string{"software_type"}, zeekNames(event.SourceIP, asIP, "host")),
	newZeekLog("known_hosts", event.ServiceLog, nil, zeekNames(event.SourceIP, asIP, "host")),
	newZeekLog("known_services", event.ServiceLog, []string{"port_num", "port_proto"}, zeekKnownServices...),
	newZeekLog("known_certs", event.ServiceLog, []string{"port_num", "issuer_subject"}, zeekKnownServices...),
	newZeekLog("syslog", event.SystemLog, []string{"facility", "severity", "message"},
		zeekNames(event.Message, asText, "message"), zeekNames(event.Severity, asText, "severity")),
	newZeekLog("mysql", event.DBQuery, []string{"cmd", "arg"}, zeekNames(event.Action, asText, "cmd"), zeekNames(event.DBStatement, asText, "arg")),
	newZeekLog("irc", event.NetworkFlow, []string{"nick", "command"}, zeekNames(event.UserName, asText, "nick"), zeekNames(event.Action, asText, "command")),
	newZeekLog("dpd", event.NetworkFlow, []string{"analyzer", "failure_reason"}),
	newZeekLog("modbus", event.NetworkFlow, []string{"func", "unit"}, zeekNames(event.Action, asText, "func")),
	newZeekLog("dnp3", event.NetworkFlow, []string{"fc_request", "iin"}, zeekNames(event.Action, asText, "fc_request")),
	newZeekLog("reporter", event.ServiceLog, nil, zeekNames(event.Message, asText, "message")),
}

var zeekHTTP = []nameGroup{
	zeekNames(event.HTTPMethod, asText, "method"),
	zeekNames(event.RequestPath, asText, "uri"),
	zeekNames(event.HTTPHost, asText, "host"),
	zeekNames(event.Referrer, asText, "referrer"),
	zeekNames(event.HTTPVersion, asVersion, "version"),
	zeekNames(event.UserAgent, asText, "user_agent"),
	zeekNames(event.StatusCode, asStatus, "status_code"),
	zeekNames(event.ResponseSizeBytes, asCount, "response_body_len"),
	zeekNames(event.UserName, asText, "username"),
}

var zeekSMTP = []nameGroup{
	zeekNames(event.EmailFrom, asText, "mailfrom"),
	zeekNames(event.EmailTo, asList, "rcptto"),
	zeekNames(event.UserAgent, asText, "user_agent"),
}

var zeekFiles = []nameGroup{
	zeekNames(event.FilePath, asText, "filename"),
	{rule{column: event.FileHash, as: asText}, []string{"sha256"}},
	{rule{column: event.FileHash, as: asText, rank: 1}, []string{"sha1"}},
	{rule{column: event.FileHash, as: asText, rank: 2}, []string{"md5"}},
}

var zeekX509 = []nameGroup{zeekNames(event.FileHash, asText, "fingerprint")}

var zeekRadius = []nameGroup{zeekNames(event.UserName, asText, "username")}

var zeekSMB = []nameGroup{zeekNames(event.Action, asText, "action"), zeekNames(event.FilePath, asText, "name")}

var zeekNotice = []nameGroup{
	zeekNames(event.RuleName, asText, "note"),
	zeekNames(event.Message, asText, "msg"),
	{rule{column: event.SourceIP, as: asIP, rank: 1}, []string{"src"}},
	{rule{column: event.DestinationIP, as: asIP, rank: 1}, []string{"dst"}},
	{rule{column: event.DestinationPort, as: asPort, rank: 1}, []string{"p"}},
}

var zeekDHCP = []nameGroup{
	zeekNames(event.SourceIP, asIP, "client_addr"),
	zeekNames(event.DestinationIP, asIP, "server_addr"),
}

var zeekKnownServices = []nameGroup{
	zeekNames(event.DestinationIP, asIP, "host"),
	zeekNames(event.DestinationPort, asPort, "port_num"),
	zeekNames(event.NetworkProtocol, asProtocol, "port_proto"),
}

// zeekOther is any other log: those of packages have the common names too.
var zeekOther = &zeekLog{eventType: event.ServiceLog, mapping: newMapping(zeekCommon...)}

// zeekByPath finds a log by its name.
var zeekByPath = indexZeekLogs()

func indexZeekLogs() map[string]*zeekLog {
	byPath := make(map[string]*zeekLog, len(zeekLogs))
	for _, l := range zeekLogs {
		byPath[l.path] = l
	}
	return byPath
}
