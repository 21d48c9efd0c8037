package enrich

import (
	"hash/maphash"
	"strings"
	"sync/atomic"
)

// The classes of user agents. A user agent is what a client says it is: these
// are claims.
const (
	agentBrowser = "browser"
	agentBot     = "bot"     // says that it is a crawler, monitor or feed reader
	agentTool    = "tool"    // a command line tool or a library for programs
	agentScanner = "scanner" // a tool that looks for weaknesses
	agentNone    = "none"
	agentOther   = "other"
)

// agentWords are words of user agents in lower case, with what they tell. The
// first class with a word in the text wins.
var agentWords = []struct {
	class string
	words []string
}{
	{agentScanner, []string{
		"sqlmap", "nikto", "nmap", "nessus", "openvas", "acunetix", "burpsuite", "burpcollaborator", "dirbuster", "gobuster", "dirb/",
		"wpscan", "masscan", "zgrab", "nuclei", "netsparker", "qualys", "w3af", "arachni", "havij", "feroxbuster", "ffuf", "fuzz faster",
		"whatweb", "wfuzz", "hydra", "metasploit", "joomscan", "skipfish", "zmeu", "morfeus", "censysinspect", "expanse", "l9explore",
		"l9tcpid", "owasp", "zaproxy", "jaeles", "xsstrike", "commix", "vega/", "sqlninja", "paros/", "webinspect", "appscan", "detectify",
		"hello, world", "internetmeasurement", "shodan", "projectdiscovery", "leakix", "netsystemsresearch", "paloaltonetworks",
	}},
	{agentBot, []string{
		"bot/", "bot;", "bot ", "bot)", "robot", "crawler", "spider", "slurp", "crawl", "facebookexternalhit", "mediapartners", "feedfetcher",
		"pingdom", "uptimerobot", "statuscake", "site24x7", "newrelic", "datadog", "headlesschrome", "phantomjs", "bingpreview",
		"kube-probe", "elb-healthchecker", "googlehc", "healthcheck", "prometheus/", "blackbox", "zabbix", "nagios", "check_http", "feedly",
		"archive.org", "ia_archiver", "ahrefs", "semrush", "bytespider", "gptbot", "claudebot", "petalbot", "dotbot", "applebot",
	}},
	{agentTool, []string{
		"curl/", "wget/", "python-", "python/", "aiohttp", "httpx", "urllib", "libwww-perl", "lwp-", "go-http-client", "okhttp", "java/", "apache-httpclient",
		"axios/", "node-fetch", "undici", "got (", "ruby", "php/", "guzzlehttp", "powershell", "winhttp", "libcurl", "postmanruntime",
		"insomnia", "httpie", "rest-client", "restsharp", "dart/", "perl", "aws-cli", "aws-sdk", "boto3", "kubectl", "terraform", "git/",
		"docker/", "containerd", "apt-http", "debian apt", "dnf", "yum/", "libdnf", "microsoft bits", "certutil", "jakarta", "scrapy",
		"winhttprequest", "cpp-httplib", "reqwest", "rclone", "ansible", "k6/", "apachebench", "jmeter", "wrk/", "hey/",
	}},
	{agentBrowser, []string{"mozilla/", "opera/", "lynx/", "links (", "w3m/", "elinks", "dillo/"}},
}

// maxAgent is how much of a user agent is looked at.
const maxAgent = 512

// classOf returns the class of a user agent.
func classOf(agent string) string {
	if agent == "" {
		return agentNone
	}
	text := strings.ToLower(agent[:min(len(agent), maxAgent)])
	for i := range agentWords {
		for _, word := range agentWords[i].words {
			if strings.Contains(text, word) {
				return agentWords[i].class
			}
		}
	}
	if strings.HasSuffix(text, "bot") {
		return agentBot
	}
	return agentOther
}

// agentSlots is how many user agents are remembered at most.
const agentSlots = 1 << 12

// agentCache remembers classes, as addressCache does the facts of addresses.
type agentCache struct {
	seed  maphash.Seed
	slots [agentSlots]atomic.Pointer[agentClass]
}

type agentClass struct{ agent, class string }

func newAgentCache() *agentCache { return &agentCache{seed: maphash.MakeSeed()} }

// maxKeptAgent keeps giant user agents out of the memory.
const maxKeptAgent = 1024

func (c *agentCache) class(agent string) string {
	if agent == "" {
		return agentNone
	}
	if len(agent) > maxKeptAgent {
		return classOf(agent)
	}
	slot := &c.slots[maphash.String(c.seed, agent)%agentSlots]
	if known := slot.Load(); known != nil && known.agent == agent {
		return known.class
	}
	known := &agentClass{agent: strings.Clone(agent), class: classOf(agent)}
	slot.Store(known)
	return known.class
}
