package format

import (
	"slices"
	"strings"
)

// head is how a line begins, as far as a few bytes tell: what auto chooses the
// formats by that it asks.
type head uint8

const (
	headOther    head = iota
	headPriority      // <13>
	headMonth         // Sep  5 10:30:00
	headISO           // 2024-09-05T
	headDate          // 2024-09-05 and something else
	headSlash         // 2024/09/05
	headAddress       // 192.0.2.1
	numHeads
)

// headOf returns how line begins. It looks at the first bytes only.
func headOf(line string) head {
	if line == "" {
		return headOther
	}
	switch b := line[0]; {
	case b == '<':
		if len(line) > 1 && isDigit(line[1]) {
			return headPriority
		}
	case isAlpha(b):
		if startsWithMonth(line) {
			return headMonth
		}
	case isDigit(b):
		return headOfDigits(line)
	}
	return headOther
}

func headOfDigits(line string) head {
	if len(line) < 11 {
		return headOther
	}
	switch line[4] {
	case '-':
		switch {
		case line[7] != '-':
		case line[10] == 'T':
			return headISO
		default:
			return headDate
		}
	case '/':
		if line[7] == '/' {
			return headSlash
		}
	}
	for i := 1; i < 4; i++ {
		if line[i] == '.' && isDigit(line[i+1]) {
			return headAddress
		}
		if !isDigit(line[i]) {
			break
		}
	}
	return headOther
}

// headFormats names the built-in formats that auto asks about lines that begin so:
// most lines of most sources begin in one of these ways, and asking the few
// formats that write such lines, and not all, is what keeps auto cheap. A test
// over the golden cases and the sample corpora says what is missing.
var headFormats = [numHeads][]string{
	headPriority: {"syslog", "zscaler"},
	headMonth:    {"dovecot", "pf", "syslog", "unbound"},
	headISO: {
		"aws_elb", "aws_vpcflow", "bind", "coredns", "docker", "falco", "keyvalue", "mongodb", "mysql", "syslog", "traefik", "unbound",
		"vmware_esxi",
	},
	headDate: {
		"dhcpd", "dovecot", "exim", "ftp", "iis_access", "infoblox", "keyvalue", "leef", "mikrotik", "mysql", "openvpn", "pf", "postgresql", "windows_firewall", "zscaler",
	},
	headSlash:   {"caddy", "nginx_error", "squid"},
	headAddress: {"apache_access", "haproxy", "nginx_access", "nginx_ingress", "squid", "traefik"},
}

// starts reports whether line begins with a byte that f's lines begin with.
func (f *Format) starts(line string) bool {
	return f.Starts == "" || line != "" && strings.IndexByte(f.Starts, line[0]) >= 0
}

// score is what f says of line where auto asks it, else 0.
func (f *Format) score(line string) int {
	if headsOf(f, false)&(1<<headOf(line)) == 0 || !f.starts(line) {
		return 0
	}
	return f.Match(line)
}

// headsOf returns the heads that auto asks f about, a bit each. Formats of users'
// own are asked about all.
func headsOf(f *Format, own bool) (mask uint8) {
	for h := range numHeads {
		if own || h == headOther || slices.Contains(headFormats[h], f.Name) {
			mask |= 1 << h
		}
	}
	return mask
}
