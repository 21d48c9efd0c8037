package format

import (
	"strconv"
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

func decimal(v int64) string { return strconv.FormatInt(v, 10) }

// asaHoles are what stands in the messages. A name that is not a column's is
// that of an extra field.
var asaHoles = holeTable([]hole{
	{name: "src", fill: func(f *filling, s string) { f.setEnd(0, s) }},
	{name: "dst", fill: func(f *filling, s string) { f.setEnd(1, s) }},
	{name: "srcnat", fill: func(f *filling, s string) { f.setNAT(0, s) }},
	{name: "dstnat", fill: func(f *filling, s string) { f.setNAT(1, s) }},
	{name: "srcuser", shape: holeText, fill: func(f *filling, s string) { f.setUser(f.end(0), s) }},
	{name: "dstuser", shape: holeText, fill: func(f *filling, s string) { f.setUser(f.end(1), s) }},
	{name: "newsrc", fill: func(f *filling, s string) { f.setTranslation(s) }},
	{name: "protocol", fill: setTransport},
	{name: "protocol*", shape: holeText, fill: setTransport},
	{name: "direction", fill: setFlowDirection},
	{name: "session", column: event.SessionID},
	{name: "bytes", shape: holeNumber, column: event.NetworkBytes},
	{name: "duration"},
	{name: "reason", shape: holeText},
	{name: "reason*", shape: holeLast, fill: extraText("reason")},
	{name: "user", shape: holeLast, fill: setPlainUser},
	{name: "user1", shape: holeWord, fill: setPlainUser},
	{name: "target", shape: holeLast, column: event.TargetUserName},
	{name: "acl", fill: func(f *filling, s string) { f.e.SetText(event.RuleName, strings.Trim(s, `"`)) }},
	{name: "verdict", fill: func(f *filling, s string) { f.e.SetText(event.Action, s) }},
	{name: "hits", shape: holeNumber, fill: extraText("hit_count")},
	{name: "interval", shape: holeText},
	{name: "hash", shape: holeText},
	{name: "interface", shape: holeText},
	{name: "flags", shape: holeText},
	{name: "type", fill: extraText("icmp_type")},
	{name: "code", fill: extraText("icmp_code")},
	{name: "text", shape: holeLast},
	{name: "some", shape: holeText, fill: func(*filling, string) {}},
	{name: "any", fill: func(*filling, string) {}},
	{name: "url", shape: holeLast, fill: setASATarget},
	{name: "file", shape: holeLast, column: event.FilePath},
	{name: "do", column: event.Action},
	{name: "command", shape: holeLast, column: event.CommandLine},
	{name: "command*", shape: holeLast, column: event.CommandLine},
	{name: "ip", column: event.SourceIP},
	{name: "to", column: event.DestinationIP},
	{name: "server", fill: func(f *filling, s string) { f.e.SetExtraText("server", s) }},
	{name: "application"},
	{name: "group", shape: holeText},
	{name: "policy", shape: holeText, fill: extraText("group_policy")},
	{name: "session_type", shape: holeText},
	{name: "long_duration", shape: holeText, fill: extraText("duration")},
	{name: "sent", shape: holeNumber, fill: extraText("bytes_xmt")},
	{name: "received", shape: holeNumber, fill: addReceived},
	{name: "signature", fill: func(f *filling, s string) { f.e.SetText(event.RuleID, s) }},
	{name: "signature_name", shape: holeText, fill: func(f *filling, s string) { f.e.SetText(event.RuleName, s) }},
	{name: "domain"},
	{name: "list", shape: holeText},
	{name: "threat_level"},
	{name: "category", shape: holeText},
	{name: "malicious"},
	{name: "spi"},
	{name: "sequence_number"},
	{name: "tunnel", shape: holeText},
	{name: "mac"},
	{name: "policy_map"},
	{name: "priv"},
	{name: "old_priv"},
	{name: "object", shape: holeText},
	{name: "rate_id", shape: holeNumber},
	{name: "burst_rate"},
	{name: "burst_rate_limit"},
	{name: "average_rate"},
	{name: "average_rate_limit"},
	{name: "total_count", shape: holeNumber},
	{name: "number", shape: holeNumber},
	{name: "assigned", fill: extraText("assigned_ip")},
	{name: "unit"},
	{name: "state"},
	{name: "name"},
	{name: "tls_version", shape: holeText},
	{name: "peer_type"},
	{name: "records", shape: holeText, fill: extraText("dap_records")},
	{name: "connection"},
	{name: "attribute", shape: holeText, fill: extraText("session_attribute")},
	{name: "subject", shape: holeText},
	{name: "serial"},
	{name: "limit", shape: holeNumber},
	{name: "mss", shape: holeNumber},
	{name: "data", shape: holeNumber},
	{name: "translation"},
	{name: "translation*", shape: holeText, fill: extraText("translation")},
	{name: "payload", shape: holeText, fill: extraText("original_payload")},
	{name: "sid"},
	{name: "dns"},
})

func holeTable(list []hole) map[string]*hole {
	holes := make(map[string]*hole, len(list))
	for i := range list {
		holes[list[i].name] = &list[i]
	}
	return holes
}

func extraText(name string) func(*filling, string) {
	return func(f *filling, s string) { setExtraNumber(f.e, name, s) }
}

// end returns the end that a message names first (0) or second (1).
func (f *filling) end(n int) int {
	if f.swapped {
		return 1 - n
	}
	return n
}

// setFlowDirection notes who opened the connection: outbound ones are opened by
// the end that their message names second.
func setFlowDirection(f *filling, s string) {
	switch strings.ToLower(s) {
	case "inbound":
		f.e.SetText(event.NetworkDirection, event.Inbound)
	case "outbound":
		f.e.SetText(event.NetworkDirection, event.Outbound)
		f.swapped = f.swaps
	default:
		f.e.SetExtraText("direction", s)
	}
}

func setTransport(f *filling, s string) {
	s = strings.TrimPrefix(s, "protocol ")
	if s == "IP" || s == "ip" {
		return
	}
	f.e.SetText(event.NetworkProtocol, protocolName(s))
}

// setPlainUser sets who it was. The device hides names that it does not know.
func setPlainUser(f *filling, s string) {
	s = strings.Trim(s, `'"<>`)
	if s == "" || strings.Trim(s, "*") == "" {
		return
	}
	f.e.SetText(event.UserName, s)
}

// setTranslation notes the address that the source is seen under.
func (f *filling) setTranslation(s string) {
	at := cutEndpoint(s)
	f.e.SetExtraText("destination_interface", at.iface)
	f.e.SetExtraText("source_nat_ip", at.host)
	setExtraNumber(f.e, "source_nat_port", at.port)
}

// addReceived completes the bytes of a session in both directions.
func addReceived(f *filling, s string) {
	setExtraNumber(f.e, "bytes_rcv", s)
	sent, _ := f.e.ExtraField("bytes_xmt")
	out, ok := parseUint(sent.Text)
	if in, fine := parseUint(s); ok && fine && in < 1<<62 && out < 1<<62 {
		f.e.SetInt(event.NetworkBytes, in+out)
	}
}

func setASATarget(f *filling, url string) { fillTarget(f.e, "", url) }

// asaGroup is messages of one meaning.
type asaGroup struct {
	meaning
	texts []string
	// phrases are the texts, compiled by buildASAPhrases.
	phrases []asaPhrase
}

type asaPhrase struct {
	*phrase
	codes string
}

// asaTexts are the messages by meaning: their numbers, then their text.
var asaTexts = []asaGroup{
	{meaning: meaning{event.Firewall, event.Deny, event.Failure}, texts: []string{
		"106001 {direction} {protocol} connection denied from {src} to {dst} flags {flags} on interface {interface}",
		"106002 {protocol} Connection denied by outbound list {acl} src {src} dest {dst}",
		"106006 Deny {direction} {protocol} from {src} to {dst} on interface {interface}",
		"106007 Deny {direction} {protocol} from {src} to {dst} due to {reason}",
		"106010,106011,106014 Deny {direction} [[(No xlate) ]]{protocol*} src {src}[[ ({srcuser})]] dst {dst}[[(type {type}, code {code})]][[ (type {type}, code {code})]][[ on interface {interface}]]",
		"106012 Deny IP from {src} to {dst}, IP options {text}",
		"106013 Dropping echo request from {src} to PAT address {dst}",
		"106015 Deny {protocol} (no connection) from {src} to {dst} flags {flags} on interface {interface}",
		"106016 Deny IP spoof from ({src}) to {dst} on interface {interface}",
		"106017 Deny IP due to Land Attack from {src} to {dst}",
		"106018 ICMP packet type {type} denied by outbound list {acl} src {src} dest {dst}",
		"106020 Deny IP teardrop fragment (size = {number}, offset = {any}) from {src} to {dst}",
		"106021 Deny {protocol*} reverse path check from {src} to {dst} on interface {interface}",
		"106022 Deny {protocol*} connection spoof from {src} to {dst} on interface {interface}",
		"106023 Deny {protocol*} src {src}[[ ({srcuser})]] dst {dst}[[ (type {type}, code {code})]][[ ({dstuser})]] by access-group {acl}[[ [{hash}]]]",
		"106023 Deny {protocol*} src {src}[[ ({srcuser})]] dst {dst}[[ (type {type}, code {code})]][[ ({dstuser})]] by access_group {acl}[[ [{hash}]]]",
		"106027 {protocol*}: Deny src {src} dst {dst} by access-group {acl}",
		"108003 Terminating {protocol} connection; malicious pattern detected in the mail address from {src} to {dst}. {text}",
		"109024 Authorization denied from {src} to {dst} (not authenticated) on interface {interface} using {protocol}",
		"110002 Failed to locate egress interface for {protocol*} from {src} to {dst}",
		"110003 Routing failed to locate next[[-]][[ ]]hop for {protocol*} from {src} to {dst}",
		"209003 Fragment database limit of {limit} exceeded: src = {src}, dest = {dst}, proto = {protocol}, id = {any}",
		"209005 Discard IP fragment set with more than {limit} elements:[[ ]] src = {src}, dest = {dst}, proto = {protocol}, id = {any}",
		"302014 Teardown {protocol} connection {session} for {src} to {dst} denied",
		"304002 Access denied URL {url} SRC {src} DEST {dst} on interface {interface}",
		"304002 Access denied URL {url} SRC {src} DEST {dst}",
		"305005 No translation group found for {protocol*} src {src}[[ ({srcuser})]] dst {dst}[[ (type {type}, code {code})]][[ ({dstuser})]]",
		"305006 {translation*} translation creation failed for {protocol*} src {src}[[ ({srcuser})]] dst {dst}[[ (type {type}, code {code})]][[ ({dstuser})]]",
		"305013 Asymmetric NAT rules matched for forward and reverse flows; Connection for {protocol*} src {src}[[ ({srcuser})]] dst {dst}[[ (type {type}, code {code})]][[ ({dstuser})]] denied due to NAT reverse path failure",
		"313001,313008 Denied {protocol} type={type}, code={code} from {src} on interface {interface}",
		"313004 Denied {protocol} type={type}, from [[laddr ]]{src} on interface {interface} to {dst}: no matching session",
		"313005 No matching connection for ICMP error message: {protocol} src {src}[[ ({srcuser})]] dst {dst} (type {type}, code {code})[[ on {interface} interface]][[. Original IP payload: {payload}]][[.  Original IP payload: {payload}]]",
		"322001 Deny MAC address {mac}, possible spoof attempt on interface {interface}",
		"338005,338006,338007,338008,338203,338204 Dynamic {any} dropped {list}[[ ]]listed {protocol} traffic from {src} ({srcnat}) to {dst} ({dstnat}), {any} {malicious} resolved from {some} list: {domain}, threat-level: {threat_level}, category: {category}",
		"401004 Shunned packet: {src} ==> {dst} on interface {interface}",
		"407001 Deny traffic for local-host {src}, license limit of {limit} exceeded",
		"410001 Dropped {protocol} DNS {dns} from {src} to {dst}; {reason}",
		"410001 {protocol} DNS {dns} from {src} to {dst}; {reason}",
		"415006,415007,415008 HTTP - matched {reason*} in policy-map {policy_map}, {some} from {src} to {dst}",
		"416001 Dropped {protocol} SNMP packet from {src} to {dst}; {reason}",
		"418001 Through-the-device packet to/from management-only network is denied: {protocol*} src {src} dst {dst}",
		"419001 Dropping {protocol} packet from {src} to {dst}, reason: {reason}, MSS {mss}, data {data}",
		"420002 IPS requested to drop {protocol*} packet from {src} to {dst}",
		"420003 IPS requested to reset {protocol*} connection from {src} to {dst}",
		"424001 Packet denied {protocol*} {interface}:{src} {any}:{dst}. {reason}",
		"434002 SFR requested to drop {protocol*} packet from {src} to {dst}",
		"434003 SFR requested to reset {protocol*} connection from {src} to {dst}",
		"500003 Bad TCP hdr length ({some}) from {src} to {dst}, flags: {flags}, on interface {interface}",
		"500004 Invalid transport field for protocol={protocol}, from {src} to {dst}",
		"507003 {protocol} flow from {src} to {dst} terminated by inspection engine, reason - {reason}",
		"710003 {protocol} access denied by ACL from {src} to {dst}",
		"710004 {protocol} connection limit exceeded from {src} to {dst} {text}",
		"710005,710006 {protocol} request discarded from {src} to {dst}",
		"733102 Threat-detection adds host {ip} to shun list",
	}},
	{meaning: meaning{event.Firewall, event.Allow, event.Success}, texts: []string{
		"302013,302015,302017,302303 Built {direction} [[Probe ]]{protocol} connection {session} for {src} ({srcnat})[[({srcuser})]][[ ({srcuser})]] to {dst} ({dstnat})[[({dstuser})]][[ ({user})]]",
		"302020 Built {direction} {protocol} connection for faddr {src}[[ ({srcuser})]] gaddr {dstnat} laddr {dst}[[ ({dstuser})]][[ type {type} code {code}]]",
		"302020 Built {protocol} connection for faddr {src}[[ ({srcuser})]] gaddr {dstnat} laddr {dst}[[ ({dstuser})]]",
		"302022,302024,302026 Built {some} stub {protocol} connection for {src} ({srcnat}) to {dst} ({dstnat})",
		"338002,338003,338004,338102,338103,338104,338201,338202 Dynamic {any} permitted {list}[[ ]]listed {protocol} traffic from {src} ({srcnat}) to {dst} ({dstnat}), {any} {malicious} resolved from {some} list: {domain}[[, threat-level: {threat_level}, category: {category}]]",
		"338001,338101 Dynamic {any} monitored {list}[[ ]]listed {protocol} traffic from {src} ({srcnat}) to {dst} ({dstnat}), {any} {malicious} resolved from {some} list: {domain}[[, threat-level: {threat_level}, category: {category}]]",
		"302303 Built {protocol} state-bypass connection {session} from {src}[[ ]]({srcnat})[[({srcuser})]][[ ({srcuser})]] to {dst}[[ ]]({dstnat})[[({dstuser})]][[ ({user})]]",
		"710002 {protocol} access permitted from {src} to {dst}",
	}},
	{meaning: meaning{event.Firewall, "teardown", ""}, texts: []string{
		"302014,302016,302018,302304 Teardown {protocol} connection {session} for {src} to {dst} duration {duration} bytes {bytes}[[ ({user})]]",
		"302014,302016,302018,302304 Teardown {protocol} connection {session} for {src}[[ ({srcuser})]] to {dst}[[ ({dstuser})]] duration {duration} bytes {bytes}[[ {reason}]][[ ({user})]]",
		"302021 Teardown {protocol} connection for faddr {src}[[ ({srcuser})]] gaddr {dstnat} laddr {dst}[[ ({dstuser})]][[ type {type} code {code}]]",
		"302304 Teardown {protocol} state-bypass connection {session} from {src}[[ ({srcuser})]] to {dst}[[ ({dstuser})]] duration[[:]] {duration} bytes {bytes}[[ {reason}]][[ ({user})]]",
		"302023,302025,302027 Teardown stub {protocol} connection for {src} to {dst} duration {duration} forwarded bytes {bytes} {reason}",
	}},
	{meaning: meaning{event.Firewall, "", ""}, texts: []string{
		"106100 access-list {acl} {verdict} {protocol} {src} -> {dst} hit-cnt {hits} {interval}[[ [{hash}]]]",
		"106102,106103 access-list {acl} {verdict} {protocol} for user {user1} {src} -> {dst} hit-cnt {hits} {interval}[[ [{hash}]]]",
		"419002 Duplicate {protocol} SYN from {src} to {dst} with different initial sequence number",
		"419003 Cleared TCP urgent flag from {src} to {dst}",
		"602101 PMTU-D packet {number} bytes greater than effective mtu {any} dest_addr={dst}, src_addr={src}, prot={protocol}",
		"710001 {protocol} access requested from {src} to {dst}",
		"710007 NAT-T keepalive received from {src} to {dst}",
		"733100 [{object}] drop rate-{rate_id} exceeded. Current burst rate is {burst_rate} per second, max configured rate is {burst_rate_limit}; Current average rate is {average_rate} per second, max configured rate is {average_rate_limit}; Cumulative total count is {total_count}",
		"733101 {object} {ip} is {state}. Current burst rate is {burst_rate} per second, max configured rate is {burst_rate_limit}; Current average rate is {average_rate} per second, max configured rate is {average_rate_limit}; Cumulative total count is {total_count}",
		"733103 Threat-detection removes host {ip} from shun list",
	}},
	{meaning: meaning{event.Firewall, "translation-built", event.Success}, texts: []string{
		"305009 Built {translation} translation from {src}[[ ({srcuser})]] to {newsrc}",
		"305011 Built {translation} {protocol} translation from {src}[[ ({srcuser})]] to {newsrc}",
	}},
	{meaning: meaning{event.Firewall, "translation-teardown", ""}, texts: []string{
		"305010 Teardown {translation} translation from {src}[[ ({srcuser})]] to {newsrc} duration {duration}",
		"305012 Teardown {translation} {protocol} translation from {src}[[ ({srcuser})]] to {newsrc} duration {duration}",
	}},
	{meaning: meaning{event.Firewall, "local-host-built", ""}, texts: []string{"609001 Built local-host {src}"}},
	{meaning: meaning{event.Firewall, "local-host-teardown", ""}, texts: []string{"609002 Teardown local-host {src} duration {duration}"}},
	{meaning: meaning{event.Firewall, "", ""}, texts: []string{
		"303002 FTP connection from {src} to {dst}, user {user1} {do} file {file}",
		"303002 {src} {do} {dst}:{file}",
		"304001 {user1}@{src} Accessed URL {dst}:{url}",
		"304001 {src} Accessed URL {dst}:{url}",
		"304001 {src} Accessed JAVA URL {dst}:{url}",
	}},
	{meaning: meaning{event.IDSAlert, "", ""}, texts: []string{"400 IPS:{signature} {signature_name} from {src} to {dst} on interface {interface}", "400 IDS:{signature} {signature_name} from {src} to {dst} on interface {interface}"}},
	{meaning: meaning{event.AuthLogin, "login", event.Success}, texts: []string{
		`605005 Login permitted from {src} to {dst} for user "{user}"`,
		"109005 Authentication succeeded for user {user} from {src} to {dst} on interface {interface}",
		"113004 AAA user authentication Successful : server = [[ ]]{server} : user = {user}",
		"113012 AAA user authentication Successful : local database : user = {user}",
		"611101 User authentication succeeded: [[IP address: {ip}, ]]Uname: {user}",
	}},
	{meaning: meaning{event.AuthLogin, "login", event.Failure}, texts: []string{
		`605004 Login denied from {src} to {dst} for user "{user}"`,
		"109006 Authentication failed for user {user} from {src} to {dst} on interface {interface}",
		"113005 AAA user authentication Rejected : reason = {reason} : server = {server} : user = {user} : user IP = {ip}",
		"113005 AAA user authentication Rejected : reason = {reason} : server = {server} : user = {user}",
		"113015 AAA user authentication Rejected : reason = {reason} : local database : user = {user} : user IP = {ip}",
		"113015 AAA user authentication Rejected : reason = {reason} : local database : user = {user}",
		"113016 AAA credentials rejected : reason = {reason} : server = {server} : user = {user} : user IP = {ip}",
		"113016 AAA credentials rejected : reason = {reason} : server = {server} : user = {user}",
		"113017 AAA credentials rejected : reason = {reason} : local database : user = {user} : user IP = {ip}",
		"113017 AAA credentials rejected : reason = {reason} : local database : user = {user}",
		"113021 Attempted console login failed. User '{user}' did NOT have appropriate Admin Rights",
		"113021 Attempted console login failed user '{user}' did NOT have appropriate Admin Rights",
		"308001 [[console ]]enable password incorrect for {number} tries (from {ip})",
		"611102 User authentication failed: [[IP address: {ip}, ]]Uname: {user}",
		"109031 NT Domain Authentication Failed: rejecting guest login for {user}",
	}},
	{meaning: meaning{event.AuthLogout, "logout", event.Success}, texts: []string{
		"611103 User logged out: Uname: {user}",
		`315011 SSH session from {ip} on interface {interface} for user "{user}" disconnected by SSH server, reason: "{reason*}" ({some})`,
		`315011 SSH session from {ip} on interface {interface} for user "{user}" terminated normally`,
		`315011 SSH session from {ip} on interface {interface} for user "{user}" disconnected by SSH server, reason: {reason*}`,
	}},
	{meaning: meaning{event.AuthPrivilege, "authorize", event.Success}, texts: []string{
		"109007 Authorization permitted for user {user} from {src} to {dst} on interface {interface}",
		"113004 AAA user accounting Successful : server = [[ ]]{server} : user = {user}",
		"113004 AAA user authorization Successful : server = [[ ]]{server} : user = {user}",
		"113008 AAA transaction status ACCEPT : user = {user}",
	}},
	{meaning: meaning{event.AuthPrivilege, "authorize", event.Failure}, texts: []string{
		"109008 Authorization denied for user {user} from {src} to {dst} on interface {interface}",
		"109025 Authorization denied (acl={acl}) for user '{user}' from {src} to {dst} on interface {interface} using {protocol}",
		"113005 AAA user authorization Rejected : reason = {reason} : server = {server} : user = {user} : user IP = {ip}",
		"113005 AAA user authorization Rejected : reason = {reason} : server = {server} : user = {user}",
	}},
	{meaning: meaning{event.ServiceLog, "", ""}, texts: []string{
		"109001 Auth start for user {user} from {src} to {dst}",
		"109011 Authen Session Start: user {user}, sid {sid}",
		"109012 Authen Session End: user {user}, sid {sid}, elapsed {duration} seconds",
		"113003 AAA group policy for user {user} is being set to {policy}",
		"113008 AAA transaction status {state} : user = {user}",
		"113009 AAA retrieved default group policy ({policy}) for user [[= ]]{user}",
		"113010 AAA challenge received for user {user} from server {server}",
		"113011 AAA retrieved user specific group policy ({policy}) for user [[= ]]{user}",
		"113011 AAA retrieved user specific group policy {policy} for user [[= ]]{user}",
		"113013 AAA unable to complete the request Error : reason = {reason} : user = {user}",
		"113014 AAA authentication server not accessible : server = {server} : user = {user}",
		"606001,606002 ASDM session number {session} from {ip} {state}",
		"606003,606004 ASDM logging session number {session} from {ip} {state}",
		"746012,746013 user-identity: {do} IP-User mapping {ip} - {user1} {state} - {reason}",
		"502111,502112 {do} group policy {any}: name: {group} Type: {any}",
	}},
	{meaning: meaning{event.ServiceLog, "command", event.Success}, texts: []string{
		"111008 User '{user1}' executed the '{command}' command",
		"111009 User '{user1}' executed cmd: {command}",
		"111010 User '{user1}', running '{application}' from IP {ip}, executed '{command*}'",
	}},
	{meaning: meaning{event.AccountChange, "locked", event.Success}, texts: []string{"113006 User {target} locked out on exceeding {number} successive failed authentication attempts"}},
	{meaning: meaning{event.AccountChange, "unlocked", event.Success}, texts: []string{"113007 User {target} unlocked by {user1}"}},
	{meaning: meaning{event.AccountChange, "created", event.Success}, texts: []string{"502101 New user added to local dbase: Uname: {target} Priv: {priv} Encpass: {any}"}},
	{meaning: meaning{event.AccountChange, "deleted", event.Success}, texts: []string{"502102 User deleted from local dbase: Uname: {target} Priv: {priv} Encpass: {any}"}},
	{meaning: meaning{event.AccountChange, "privilege-changed", event.Success}, texts: []string{"502103 User priv level changed: Uname: {target} From: {old_priv} To: {priv}"}},
	{meaning: meaning{event.VPN, "session-disconnected", ""}, texts: []string{
		"113019 Group = {group}, Username = {user}, IP = {ip}, Session disconnected. Session Type: {session_type}, Duration: {long_duration}, Bytes xmt: {sent}, Bytes rcv: {received}, Reason: {reason}",
	}},
	{meaning: meaning{event.VPN, "packet-dropped", event.Failure}, texts: []string{
		"402114 IPSEC: Received an {protocol} packet (SPI={spi} sequence number={sequence_number}) from {src} to {dst} with an invalid SPI",
		"402115 IPSEC: Received a packet from {src} to {dst} containing {reason}",
		"402116 IPSEC: Received an {protocol} packet (SPI={spi} sequence number={sequence_number}) from {src} ([[user= ]]{user}) to {dst}. {reason}",
		"402117 IPSEC: Received a non-IPSec packet (protocol=[[ ]]{any}) from {src} to {dst}",
		"402118,402119,402120,402130 IPSEC: Received an {protocol} packet (SPI= {spi}, sequence number= {sequence_number}) from {src} (user= {user}) to {dst} that {reason}",
		"402118,402119,402120,402130 IPSEC: Received an {protocol} packet (SPI= {spi}, sequence number= {sequence_number}) from {src} (user= {user}) to {dst} {reason}",
		"402116 IPSEC: Received an {protocol} packet (SPI= {spi}, sequence number= {sequence_number}) from {src} (user= {user}) to {dst}. {reason}",
	}},
	{meaning: meaning{event.VPN, "sa-created", event.Success}, texts: []string{
		"602303 IPSEC: An {direction} {tunnel} SA (SPI=[[ ]]{spi}) between {src} and {dst} (user= {user}) has been created",
		"602303 IPSEC: An {direction} {tunnel} SA (SPI=[[ ]]{spi}) between {src} and {dst} ({user}) has been created",
	}},
	{meaning: meaning{event.VPN, "sa-deleted", ""}, texts: []string{
		"602304 IPSEC: An {direction} {tunnel} SA (SPI=[[ ]]{spi}) between {src} and {dst} (user= {user}) has been deleted",
		"602304 IPSEC: An {direction} {tunnel} SA (SPI=[[ ]]{spi}) between {src} and {dst} ({user}) has been deleted",
	}},
	{meaning: meaning{event.VPN, "sa-rekeying", ""}, texts: []string{
		"702307 IPSEC: An {direction} {tunnel} SA (SPI=[[ ]]{spi}) between {src} and {dst} (user= {user}) is rekeying due to {reason}",
		"702307 IPSEC: An {direction} {tunnel} SA (SPI=[[ ]]{spi}) between {src} and {dst} ({user}) is rekeying due to {reason}",
	}},
	{meaning: meaning{event.VPN, "dap-selected", ""}, texts: []string{
		"734001 DAP: User {user}, Addr {ip}, Connection {connection}: The following DAP records were selected for this connection: {records}",
	}},
	{meaning: meaning{event.VPN, "dap-terminated", event.Failure}, texts: []string{
		"734002 DAP: User {user}, Addr {ip}: Connection terminated by the following DAP records: {records}",
	}},
	{meaning: meaning{event.VPN, "session-attribute", ""}, texts: []string{"734003 DAP: User {user}, Addr {ip}: Session Attribute: {attribute}"}},
	{meaning: meaning{event.VPN, "session-created", event.Success}, texts: []string{"721016 ({unit}) WebVPN session for client user {user}, IP {ip} has been created"}},
	{meaning: meaning{event.VPN, "session-deleted", ""}, texts: []string{"721018 ({unit}) WebVPN session for client user {user}, IP {ip} has been deleted"}},
	{meaning: meaning{event.VPN, "", ""}, texts: []string{
		"109201,109207,109210,109213 UAUTH: Session={sid}, User={user}, Assigned IP={assigned}, {reason*}",
		"725016 Device selects trust-point {name} for {peer_type} {src}[[ to {dst}]]",
	}},
	{meaning: meaning{event.VPN, "handshake-started", ""}, texts: []string{
		"725001 Starting SSL handshake with {peer_type} {src}[[ to {dst}]] for {tls_version} session",
	}},
	{meaning: meaning{event.VPN, "handshake-completed", event.Success}, texts: []string{
		"725002 Device completed SSL handshake with {peer_type} {src}[[ to {dst}]] for {tls_version} session",
		"725002 Device completed SSL handshake with {peer_type} {src}",
	}},
	{meaning: meaning{event.VPN, "handshake-failed", event.Failure}, texts: []string{
		"725006 Device failed SSL handshake with {peer_type} {src}[[ to {dst}]][[ for {tls_version} session]]",
	}},
	{meaning: meaning{event.VPN, "tls-session-terminated", ""}, texts: []string{
		"725007 SSL session with {peer_type} {src}[[ to {dst}]][[ for {tls_version} session]] terminated",
	}},
	{meaning: meaning{event.VPN, "address-assigned", event.Success}, texts: []string{"737026 IPAA: [[Session={sid}, ]]Client assigned {assigned} from local pool[[ {name}]]"}},
	{meaning: meaning{event.DHCP, "lease", event.Success}, texts: []string{"604103 DHCP daemon interface {interface}: address granted {mac} ({ip})"}},
	{meaning: meaning{event.DHCP, "release", ""}, texts: []string{"604104 DHCP daemon interface {interface}: address released {mac} ({ip})"}},
	{meaning: meaning{event.SystemLog, "", ""}, texts: []string{
		"104001,104002 ({unit}) Switching to {state} ({reason})",
		"104001,104002 ({unit}) Switching to {state} - {reason}",
		"105005 ({unit}) Lost Failover communications with mate on interface {interface}",
		"111001 Begin configuration: {ip} writing to {text}",
		"111004 {ip} end configuration: {state}",
		"111005 {ip} end configuration: OK",
		"111007 Begin configuration: {ip} reading from {text}",
		"405001 Received ARP {any} collision from {ip}/{mac} on interface {interface}[[ with existing ARP entry {text}]]",
		"411001,411002 Line protocol on [[Interface ]][[interface ]]{interface}, changed state to {state}",
		"411001,411002 Line protocol on [[Interface ]][[interface ]]{interface} changed state to {state}",
		"411003,411004 Interface {interface}, changed state to administratively {state}",
		"401002 Shun added: {text}",
		"401003 Shun deleted: {text}",
	}},
}

var asaPhrases = buildASAPhrases()

func buildASAPhrases() map[string][]*phrase {
	phrases := make(map[string][]*phrase, 256)
	for i := range asaTexts {
		group := &asaTexts[i]
		for _, line := range group.texts {
			codes, text, _ := strings.Cut(line, " ")
			p := compilePhrase(text, asaHoles, group.meaning)
			group.phrases = append(group.phrases, asaPhrase{p, codes})
			for code := range strings.SplitSeq(codes, ",") {
				if len(code) == 3 { // 400000 to 400051: one text for all
					for n := range 52 {
						full := code + strconv.Itoa(1000 + n)[1:]
						phrases[full] = append(phrases[full], p)
					}
					continue
				}
				phrases[code] = append(phrases[code], p)
			}
		}
	}
	return phrases
}
