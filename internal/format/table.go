package format

import (
	"slices"
	"strings"
)

// table lists every built-in format, sorted by name. A format is not known
// before it stands here; a test walks the table and asks each row for its
// documentation, golden cases, fuzz seeds and benchmark.
var table = register([]*Format{
	apacheAccess,
	apacheError,
	auditdFormat,
	awsCloudTrail,
	awsELB,
	awsGuardDuty,
	awsS3Access,
	vpcflowFormat,
	awsWAF,
	azureActivity,
	azureAD,
	bindFormat,
	caddyFormat,
	cefFormat,
	checkpointFormat,
	ciscoASA,
	ciscoFTD,
	ciscoIOS,
	cloudflareFormat,
	corednsFormat,
	crowdStrike,
	csvFormat,
	dhcpdFormat,
	dnsmasqFormat,
	dockerFormat,
	dovecotFormat,
	duoFormat,
	envoyFormat,
	eximFormat,
	falcoFormat,
	fortinetFormat,
	ftpFormat,
	gcpAudit,
	githubAudit,
	googleWorkspace,
	haproxyFormat,
	iisAccess,
	infobloxFormat,
	iptablesFormat,
	journaldFormat,
	jsonFormat,
	juniperFormat,
	kernelFormat,
	keyvalueFormat,
	kubernetesAudit,
	leefFormat,
	linuxAuthFormat,
	logfmtFormat,
	mikrotikFormat,
	mongodbFormat,
	mysqlFormat,
	nginxAccess,
	nginxError,
	nginxIngress,
	nginxJSON,
	ntpFormat,
	o365Audit,
	oktaFormat,
	oneLogin,
	openvpnFormat,
	osqueryFormat,
	paloaltoFormat,
	pfFormat,
	postfixFormat,
	postgresqlFormat,
	redisFormat,
	slackFormat,
	sophosFormat,
	squidFormat,
	sshdFormat,
	sudoFormat,
	suricataEVEFormat,
	suricataFastFormat,
	syslogFormat,
	sysmonFormat,
	traefikFormat,
	unboundFormat,
	unifiFormat,
	vmwareFormat,
	windowsFirewall,
	windowsJSONFormat,
	windowsXMLFormat,
	wireguardFormat,
	zeekFormat,
	zscalerFormat,
}, payloads)

// payloads lists what syslog hands messages on to, by name of their format.
var payloads = []*payload{
	&apachePayload,
	&auditdPayload,
	&bindPayload,
	&cefPayload,
	&checkpointPayload,
	&ciscoASAPayload,
	&ciscoFTDPayload,
	&ciscoIOSPayload,
	&corednsPayload,
	&cronPayload,
	&dhcpdPayload,
	&dnsmasqPayload,
	&dovecotPayload,
	&eximPayload,
	&falcoPayload,
	&fortinetPayload,
	&ftpPayload,
	&haproxyPayload,
	&infobloxPayload,
	&juniperPayload,
	&kernelPayload,
	&leefPayload,
	&mikrotikPayload,
	&mongodbPayload,
	&mysqlPayload,
	&nginxPayload,
	&ntpPayload,
	&openvpnPayload,
	&paloaltoPayload,
	&pfPayload,
	&postfixPayload,
	&postgresqlPayload,
	&redisPayload,
	&sophosPayload,
	&squidPayload,
	&sshdPayload,
	&sudoPayload,
	&suricataFastPayload,
	&sysmonPayload,
	&unboundPayload,
	&vmwarePayload,
	&windowsXMLPayload,
}

// All returns the built-in formats sorted by name. The formats are shared and
// must not be changed; the slice is the caller's.
func All() []*Format { return slices.Clone(table) }

// Lookup returns the built-in format called name.
func Lookup(name string) (*Format, bool) {
	i, ok := slices.BinarySearchFunc(table, name, func(f *Format, name string) int {
		return strings.Compare(f.Name, name)
	})
	if !ok {
		return nil, false
	}
	return table[i], true
}

// Names returns the names of the built-in formats, sorted.
func Names() []string {
	names := make([]string, len(table))
	for i, f := range table {
		names[i] = f.Name
	}
	return names
}
