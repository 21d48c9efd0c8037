package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var iptablesFormat = &Format{
	Name:  "iptables",
	Title: "Netfilter packet log (iptables, nftables, ufw, firewalld)",
	Doc: "Packets that the Linux kernel logs for a LOG rule of iptables, ip6tables, nftables, ufw, firewalld or Shorewall, in " +
		"a syslog envelope or bare. What was decided is read from the words of the rule's prefix; a prefix that does not say " +
		"leaves the action out. Source: nf_log_ipv4.c, nf_log_ipv6.c and nf_log_common.c of the kernel.",
	Parse: iptablesPayload.parse,
	Match: matchIptables,
}

var iptablesSource = []string{"firewall::", ":linux:iptables"}

var iptablesPayload = payload{
	format:   "iptables",
	read:     readPacket,
	owns:     func(program string) bool { return program == "kernel" || isPacketLogger(program) },
	describe: describePacket,
	strict:   true,
	what:     "a packet: IN= and OUT= with what follows them are missing",
}

// readPacket reads "[uptime] PREFIX IN=eth0 OUT= MAC=... SRC=... DST=...".
func readPacket(message string, _ *Context, e *event.Event) bool {
	uptime, text := cutUptime(strings.TrimPrefix(message, "kernel: "))
	start := packetStart(text)
	if start < 0 {
		return false
	}
	p := packet{rest: text[start:], e: e}
	p.fields()
	setExtraNumber(e, "uptime_seconds", uptime)
	e.SetText(event.EventType, event.Firewall)
	describePacket(e)
	fillPrefix(text[:start], e)
	switch {
	case p.in != "" && p.out == "":
		e.SetText(event.NetworkDirection, event.Inbound)
	case p.in == "" && p.out != "":
		e.SetText(event.NetworkDirection, event.Outbound)
	}
	return true
}

func describePacket(e *event.Event) {
	e.SetText(event.Vendor, "linux")
	e.SetText(event.Product, "netfilter")
	e.SetText(event.Service, "iptables")
	e.SetList(event.LogSource, iptablesSource)
}

// isPacketLogger reports whether packets are believed that a program other than
// the kernel logs: the daemon for it, or one whose name got lost. The text of
// others may quote what a client sent.
func isPacketLogger(program string) bool { return program == "" || program == "ulogd" }

// maxPrefix is how far into a message the packet may begin: the kernel cuts
// prefixes at 128 bytes.
const maxPrefix = 160

// packetStart returns where "IN=... OUT=... " begins, -1 where it is not there
// or nothing of a packet follows.
func packetStart(text string) int {
	start := strings.Index(text[:min(len(text), maxPrefix)], "IN=")
	if start < 0 {
		return -1
	}
	rest := text[start:]
	space := strings.IndexByte(rest, ' ')
	if space < 0 || !strings.HasPrefix(rest[space:], " OUT=") {
		return -1
	}
	for _, mark := range [...]string{" SRC=", " MAC=", " MACSRC=", " ARP "} {
		if strings.Contains(rest[space:min(len(rest), 512)], mark) {
			return start
		}
	}
	return -1
}

// fillPrefix stores the rule's prefix and what it says was decided.
func fillPrefix(prefix string, e *event.Event) {
	prefix, description, _ := strings.Cut(prefix, ` DESCR="`) // UniFi OS
	e.SetExtraText("DESCR", strings.TrimRight(description, "\" "))
	name := strings.Trim(prefix, " :[]-")
	e.SetText(event.RuleName, name)
	decided := verdict(name)
	if decided == "" {
		decided = vyattaVerdict(prefix)
	}
	switch decided {
	case event.Allow:
		e.SetText(event.Action, event.Allow)
		e.SetText(event.Outcome, event.Success)
	case event.Deny:
		e.SetText(event.Action, event.Deny)
		e.SetText(event.Outcome, event.Failure)
	}
}

// verdict reads the words of a prefix, which the administrator chose: "" where
// none says what was decided, or some say one thing and some the other.
func verdict(prefix string) string {
	found := ""
	for i := 0; i < len(prefix); {
		n := i
		for n < len(prefix) && isAlpha(prefix[n]) {
			n++
		}
		if word := verdictOf(prefix[i:n]); word != "" {
			if found != "" && found != word {
				return ""
			}
			found = word
		}
		i = n + 1
	}
	return found
}

// vyattaVerdict reads the letter in the prefixes of Vyatta, VyOS and EdgeOS,
// "[WAN_IN-10-D]", and of UniFi OS, "[WAN_IN-D-10]".
func vyattaVerdict(prefix string) string {
	inner, ok := strings.CutSuffix(strings.TrimRight(prefix, " "), "]")
	if !ok || !strings.HasPrefix(inner, "[") {
		return ""
	}
	head, last, _ := cutLast(inner, "-")
	if last != "" && leadingDigits(last) == len(last) {
		_, last, _ = cutLast(head, "-")
	}
	switch last {
	case "A":
		return event.Allow
	case "D", "R":
		return event.Deny
	}
	return ""
}

func verdictOf(word string) string {
	for _, deny := range [...]string{
		"block", "blocked", "drop", "dropped", "reject", "rejected", "deny", "denied", "discard", "discarded",
	} {
		if strings.EqualFold(word, deny) {
			return event.Deny
		}
	}
	for _, allow := range [...]string{"allow", "allowed", "accept", "accepted", "pass", "passed", "permit", "permitted", "acc"} {
		if strings.EqualFold(word, allow) {
			return event.Allow
		}
	}
	return ""
}

func matchIptables(line string) int {
	if hasEnvelope(line) {
		return 0
	}
	head := line[:min(len(line), 256)]
	i := strings.Index(head, "IN=")
	if i < 0 || !strings.Contains(head[i:], " OUT=") {
		return 0
	}
	return 90
}
