package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// panLayout is what the fields of a type of log are called, by place, and what
// the event is. A place without name is one that PAN-OS does not use.
type panLayout struct {
	names []string
	fill  func(subtype string, members []member, e *event.Event)
}

// panHead is what all logs begin with.
const panHead = ",receive_time,serial,type,subtype,,time_generated,"

// panSession is what the logs about sessions go on with.
const panSession = "src,dst,natsrc,natdst,rule,srcuser,dstuser,app,vsys,from,to,inbound_if,outbound_if,logset,,sessionid,repeatcnt," +
	"sport,dport,natsport,natdport,flags,proto,action,"

const (
	panGroups  = "dg_hier_level_1,dg_hier_level_2,dg_hier_level_3,dg_hier_level_4,vsys_name,device_name,"
	panDevices = "src_category,src_profile,src_model,src_vendor,src_osfamily,src_osversion,src_host,src_mac," +
		"dst_category,dst_profile,dst_model,dst_vendor,dst_osfamily,dst_osversion,dst_host,dst_mac,"
	panApp = "subcategory_of_app,category_of_app,technology_of_app,risk_of_app,characteristic_of_app,container_of_app,tunneled_app," +
		"is_saas_of_app,sanctioned_state_of_app,"
)

func panNames(parts ...string) []string {
	return strings.Split(panHead+strings.TrimSuffix(strings.Join(parts, ""), ","), ",")
}

var (
	panConfig       = panNames("host,vsys,cmd,admin,client,result,path,seqno,actionflags,", panGroups, "dg_id,comment,,high_res_timestamp")
	panConfigDetail = panNames("host,vsys,cmd,admin,client,result,path,before_change_detail,after_change_detail,seqno,actionflags,",
		panGroups, "dg_id,comment,,high_res_timestamp")
	panTunnel = panNames(panSession, "severity,seqno,actionflags,srcloc,dstloc,", panGroups,
		"tunnelid,monitortag,parent_session_id,parent_start_time,tunnel,bytes,bytes_sent,bytes_received,packets,pkts_sent,pkts_received,"+
			"max_encap,unknown_proto,strict_check,tunnel_fragment,sessions_created,sessions_closed,session_end_reason,action_source,start,"+
			"elapsed,tunnel_insp_rule,remote_user_ip,remote_user_id,rule_uuid")
)

// panLayouts are the types of logs.
var panLayouts = map[string]*panLayout{
	"TRAFFIC": {fill: fillPanTraffic, names: panNames(panSession,
		"bytes,bytes_sent,bytes_received,packets,start,elapsed,category,,seqno,actionflags,srcloc,dstloc,,pkts_sent,pkts_received,"+
			"session_end_reason,", panGroups, "action_source,src_uuid,dst_uuid,tunnelid,monitortag,parent_session_id,parent_start_time,tunnel,"+
			"assoc_id,chunks,chunks_sent,chunks_received,rule_uuid,http2_connection,link_change_count,policy_id,link_switches,sdwan_cluster,"+
			"sdwan_device_type,sdwan_cluster_type,sdwan_site,dynusergroup_name,xff_ip,", panDevices,
		"container_id,pod_namespace,pod_name,src_edl,dst_edl,hostid,serialnumber,src_dag,dst_dag,session_owner,high_res_timestamp,"+
			"nssai_sst,nssai_sd,", panApp, "offloaded,flow_type,cluster_name")},
	"THREAT": {fill: fillPanThreat, names: panNames(panSession,
		"misc,threatid,category,severity,direction,seqno,actionflags,srcloc,dstloc,,contenttype,pcap_id,filedigest,cloud,url_idx,"+
			"user_agent,filetype,xff,referer,sender,subject,recipient,reportid,", panGroups,
		",src_uuid,dst_uuid,http_method,tunnelid,monitortag,parent_session_id,parent_start_time,tunnel,thr_category,contentver,sig_flags,"+
			"assoc_id,ppid,http_headers,url_category_list,rule_uuid,http2_connection,dynusergroup_name,xff_ip,", panDevices,
		"container_id,pod_namespace,pod_name,src_edl,dst_edl,hostid,serialnumber,domain_edl,src_dag,dst_dag,partial_hash,"+
			"high_res_timestamp,reason,justification,nssai_sst,", panApp, "cloud_reportid,cluster_name,flow_type")},
	"SYSTEM": {fill: fillPanSystem, names: panNames("vsys,eventid,object,,,module,severity,opaque,seqno,actionflags,", panGroups,
		",,high_res_timestamp")},
	"CONFIG": {fill: fillPanConfig}, // see configNames
	"GLOBALPROTECT": {fill: fillGlobalProtect, names: panNames(
		"vsys,eventid,stage,auth_method,tunnel_type,srcuser,srcregion,machinename,public_ip,public_ipv6,private_ip,private_ipv6,hostid,"+
			"serialnumber,client_ver,client_os,client_os_ver,repeatcnt,reason,error,opaque,status,location,login_duration,connect_method,"+
			"error_code,portal,seqno,actionflags,high_res_timestamp,selection_type,response_time,priority,attempted_gateways,gateway,",
		panGroups, "vsys_id")},
	"HIPMATCH": {fill: fillPanService, names: panNames("srcuser,vsys,machinename,os,src,matchname,repeatcnt,matchtype,,,seqno,actionflags,",
		panGroups, "vsys_id,srcipv6,hostid,serialnumber,mac,high_res_timestamp")},
	"USERID": {fill: fillPanService, names: panNames(
		"vsys,ip,user,datasourcename,eventid,repeatcnt,timeout,beginport,endport,datasource,datasourcetype,seqno,actionflags,", panGroups,
		"vsys_id,factortype,factorcompletiontime,factorno,ugflags,userbysource,tag_name,high_res_timestamp,origindatasource")},
	"IPTAG": {fill: fillPanService, names: panNames(
		"vsys,ip,tag_name,eventid,repeatcnt,timeout,datasourcename,datasource_type,datasource_subtype,seqno,actionflags,", panGroups,
		"vsys_id,high_res_timestamp")},
	"DECRYPTION": {fill: fillPanTraffic, names: panNames(panSession,
		"tunnel,,,src_uuid,dst_uuid,rule_uuid,hs_stage_c2f,hs_stage_f2s,tls_version,tls_keyxchg,tls_enc,tls_auth,policy_name,ec_curve,"+
			"err_index,root_status,chain_status,proxy_type,cert_serial,fingerprint,notbefore,notafter,cert_ver,cert_size,cn_len,issuer_len,"+
			"rootcn_len,sni_len,cert_flags,cn,issuer_cn,root_cn,sni,error,container_id,pod_namespace,pod_name,src_edl,dst_edl,src_dag,dst_dag,"+
			"high_res_timestamp,", panDevices, "seqno,actionflags,", panGroups, "vsys_id,", panApp)},
	"AUTHENTICATION": {fill: fillPanAuthentication, names: panNames(
		"vsys,ip,user,normalize_user,object,authpolicy,repeatcnt,authid,vendor,logset,serverprofile,desc,clienttype,event,factorno,seqno,"+
			"actionflags,", panGroups, "vsys_id,authproto,rule_uuid,high_res_timestamp,src_category,src_profile,src_model,src_vendor,"+
			"src_osfamily,src_osversion,src_host,src_mac,region,,user_agent,sessionid")},
	"CORRELATION": {fill: fillPanCorrelation, names: panNames("src,srcuser,vsys,category,severity,", panGroups,
		"vsys_id,objectname,object_id,evidence")},
	"TUNNEL": {fill: fillPanTraffic, names: panTunnel},
	"START":  {fill: fillPanTraffic, names: panTunnel},
	"END":    {fill: fillPanTraffic, names: panTunnel},
	"GTP":    {fill: fillPanTraffic, names: panNames(strings.TrimSuffix(panSession, ","))},
	"SCTP":   {fill: fillPanTraffic, names: panNames(strings.TrimSuffix(panSession, ","))},
}

// configNames tells a custom order of fields, with what a change changed, from
// the usual one by where the sequence number and the flags stand.
func configNames(fields []string) []string {
	if len(fields) > 17 && strings.HasPrefix(fields[17], "0x") && isCount(fields[16]) {
		return panConfigDetail
	}
	return panConfig
}

// panMapping is what the fields mean in all types that have them.
var panMapping = newMapping(
	nameGroup{rule{column: event.SourceIP, as: asIP}, []string{"src", "ip", "public_ip"}},
	nameGroup{rule{column: event.SourcePort, as: asPort}, []string{"sport"}},
	nameGroup{rule{column: event.DestinationIP, as: asIP}, []string{"dst"}},
	nameGroup{rule{column: event.DestinationPort, as: asPort}, []string{"dport"}},
	nameGroup{rule{column: event.NetworkBytes, as: asCount}, []string{"bytes"}},
	nameGroup{rule{column: event.UserName, as: asText}, []string{"srcuser", "user", "admin"}},
	nameGroup{rule{column: event.TargetUserName, as: asText}, []string{"dstuser"}},
	nameGroup{rule{column: event.HostName, as: asText}, []string{"device_name"}},
	nameGroup{rule{column: event.Severity, as: asText}, []string{"severity"}},
	nameGroup{rule{column: event.SessionID, as: asCode}, []string{"sessionid"}},
	nameGroup{rule{column: event.HTTPMethod, as: asText}, []string{"http_method"}},
	nameGroup{rule{column: event.UserAgent, as: asText}, []string{"user_agent"}},
	nameGroup{rule{column: event.Referrer, as: asText}, []string{"referer"}},
	nameGroup{rule{column: event.EmailFrom, as: asText}, []string{"sender"}},
	nameGroup{rule{column: event.FileHash, as: asText}, []string{"file_hash"}},
)
