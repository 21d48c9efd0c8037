package format

import (
	"net/netip"
	"strings"
)

// The columns of the logs that people paste and ship without header, by their
// versions: later ones added columns. The letter behind the slash is the type:
// t time, a address, p port, c count, d double, b bool, e a word of lower-case
// letters, n a number list, l a list, u an id; none is any text.
const (
	zeekFlow = "ts/t uid/u id.orig_h/a id.orig_p/p id.resp_h/a id.resp_p/p "

	zeekConnHead = zeekFlow + "proto/e service/e duration/d orig_bytes/c resp_bytes/c conn_state/s local_orig/b "
	zeekConnTail = "missed_bytes/c history/h orig_pkts/c orig_ip_bytes/c resp_pkts/c resp_ip_bytes/c tunnel_parents/l"

	zeekHTTPHead  = zeekFlow + "trans_depth/c method host uri referrer "
	zeekHTTPReply = "request_body_len/c response_body_len/c status_code/c status_msg info_code/c info_msg "
	zeekHTTPTail  = "tags/l username password proxied/l orig_fuids/l orig_filenames/l orig_mime_types/l resp_fuids/l resp_filenames/l resp_mime_types/l"

	zeekDNSHead = zeekFlow + "proto/e trans_id/c "
	zeekDNSTail = "query qclass/c qclass_name qtype/c qtype_name rcode/c rcode_name AA/b TC/b RD/b RA/b Z/c answers/l TTLs/n"

	zeekFileTail = "source depth/c analyzers/l mime_type filename duration/d local_orig/b is_orig/b seen_bytes/c total_bytes/c missing_bytes/c overflow_bytes/c timedout/b parent_fuid md5 sha1 sha256 extracted"

	zeekSSLHead = zeekFlow + "version cipher curve server_name resumed/b last_alert next_protocol established/b "
)

var usualZeekPlans = newUsualZeekPlans([][2]string{
	{"conn", zeekConnHead + zeekConnTail},
	{"conn", zeekConnHead + "local_resp/b " + zeekConnTail},
	{"conn", zeekConnHead + "local_resp/b " + zeekConnTail + " ip_proto/c"},
	{"conn", zeekConnHead + "local_resp/b " + zeekConnTail + " orig_l2_addr/m resp_l2_addr/m"},
	{"http", zeekHTTPHead + "version user_agent origin " + zeekHTTPReply + zeekHTTPTail},
	{"http", zeekHTTPHead + "version user_agent " + zeekHTTPReply + zeekHTTPTail},
	{"http", zeekHTTPHead + "user_agent " + zeekHTTPReply + "filename tags/l username password proxied/l orig_fuids/l orig_mime_types/l resp_fuids/l resp_mime_types/l"},
	{"dns", zeekDNSHead + "rtt/d " + zeekDNSTail + " rejected/b"},
	{"dns", zeekDNSHead + zeekDNSTail + " rejected/b"},
	{"files", "ts/t fuid/u tx_hosts/l rx_hosts/l conn_uids/l " + zeekFileTail},
	{"files", "ts/t fuid/u tx_hosts/l rx_hosts/l conn_uids/l " + zeekFileTail + " extracted_cutoff/b extracted_size/c"},
	{"files", "ts/t fuid/u uid/u id.orig_h/a id.orig_p/p id.resp_h/a id.resp_p/p " + zeekFileTail + " extracted_cutoff/b extracted_size/c"},
	{"ssl", zeekSSLHead + "cert_chain_fuids/l client_cert_chain_fuids/l subject issuer client_subject client_issuer"},
	{"ssl", zeekSSLHead + "cert_chain_fuids/l client_cert_chain_fuids/l subject issuer client_subject client_issuer validation_status"},
	{"ssl", zeekSSLHead + "ssl_history/h cert_chain_fps/l client_cert_chain_fps/l sni_matches_cert/b"},
	{"ssl", zeekSSLHead + "ssl_history/h cert_chain_fps/l client_cert_chain_fps/l subject issuer client_subject client_issuer sni_matches_cert/b"},
	{"ssl", zeekSSLHead + "ssl_history/h cert_chain_fps/l client_cert_chain_fps/l sni_matches_cert/b validation_status"},
	{"ssh", zeekFlow + "version/c auth_success/b auth_attempts/c direction client server cipher_alg mac_alg compression_alg kex_alg host_key_alg host_key"},
	{"weird", zeekFlow + "name addl notice/b peer"},
	{"weird", zeekFlow + "name addl notice/b peer source"},
	{"kerberos", zeekFlow + "request_type client service success/b error_msg from/t till/t cipher forwardable/b renewable/b client_cert_subject client_cert_fuid server_cert_subject server_cert_fuid"},
	{"ntlm", zeekFlow + "username hostname domainname server_nb_computer_name server_dns_computer_name server_tree_name success/b"},
	{"dce_rpc", zeekFlow + "rtt/d named_pipe endpoint operation"},
	{"smb_files", zeekFlow + "fuid action/A path name size/c prev_name times.modified/t times.accessed/t times.created/t times.changed/t"},
	{"smtp", zeekFlow + "trans_depth/c helo mailfrom rcptto/l date from to/l cc/l reply_to msg_id in_reply_to subject x_originating_ip/a first_received second_received last_reply path/l user_agent tls/b fuids/l"},
})

// usualZeekPlan returns the columns that line, which comes without header, fits;
// nil where it fits none or those of several logs.
func usualZeekPlan(line string) *zeekPlan {
	count := strings.Count(line, "\t") + 1
	var found *zeekPlan
	for _, u := range usualZeekPlans {
		if len(u.plan.fields) != count || !u.fits(line) {
			continue
		}
		if found != nil {
			return nil
		}
		found = u.plan
	}
	return found
}

type usualZeek struct {
	plan *zeekPlan
	// letters are the types of the columns, 0 for any text.
	letters []byte
}

func newUsualZeekPlans(lists [][2]string) []usualZeek {
	out := make([]usualZeek, 0, len(lists))
	for _, l := range lists {
		u := usualZeek{plan: &zeekPlan{separator: '\t', setSeparator: ",", empty: "(empty)", unset: "-", path: l[0], log: zeekByPath[l[0]]}}
		for column := range strings.FieldsSeq(l[1]) {
			name, letter, _ := strings.Cut(column, "/")
			f := zeekField{name: name}
			f.rule, f.known = u.plan.log.mapping.rules[name]
			if letter == "" {
				letter = "\x00"
			}
			f.as = usualZeekType(letter[0])
			u.letters = append(u.letters, letter[0])
			u.plan.fields = append(u.plan.fields, f)
		}
		out = append(out, u)
	}
	return out
}

func usualZeekType(letter byte) zeekType {
	switch letter {
	case 't':
		return zeekTime
	case 'c':
		return zeekCount
	case 'd':
		return zeekNumber
	case 'b':
		return zeekBool
	case 'p':
		return zeekPort
	case 'a':
		return zeekAddress
	case 'l':
		return zeekList
	case 'n':
		return zeekNumbers
	default:
		return zeekString
	}
}

// fits reports whether each value of line, which has as many as columns, is one
// of its column.
func (u usualZeek) fits(line string) bool {
	for _, letter := range u.letters {
		value, rest, _ := strings.Cut(line, "\t")
		line = rest
		if value != "-" && !usualZeekValue(letter, value) {
			return false
		}
	}
	return true
}

func usualZeekValue(letter byte, value string) bool {
	switch letter {
	case 't', 'd':
		return isNumber(value)
	case 'c':
		return value != "" && leadingDigits(value) == len(value)
	case 'p':
		port, ok := parseUint(value)
		return ok && port <= 65535
	case 'a':
		_, err := netip.ParseAddr(value)
		return err == nil
	case 'b':
		return value == "T" || value == "F"
	case 'e':
		return value != "" && value[0] >= 'a' && value[0] <= 'z'
	case 's':
		return isConnState(value)
	case 'h', 'u':
		return value != "" && strings.IndexByte(value, ' ') < 0
	case 'm':
		return len(value) == 17 && value[2] == ':'
	case 'n':
		first, _, _ := strings.Cut(value, ",")
		return isNumber(first)
	case 'A':
		return strings.HasPrefix(value, "SMB::")
	default:
		return true
	}
}

func isConnState(s string) bool {
	switch s {
	case "S0", "S1", "SF", "REJ", "S2", "S3", "RSTO", "RSTR", "RSTOS0", "RSTRH", "SH", "SHR", "OTH":
		return true
	default:
		return false
	}
}
