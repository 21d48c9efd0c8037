package format

import (
	"net/netip"
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// auditSocket is a decoded SOCKADDR.
type auditSocket struct {
	family string
	addr   string
	port   int64
	path   string
}

// setSocket reads the hex of a sockaddr structure: the family in the machine's
// byte order, the rest in the network's.
func (a *auditEvent) setSocket(r *auditRecord, value string) bool {
	if r.kind == "NETFILTER_PKT" {
		return setAddress(a.e, event.SourceIP, value)
	}
	if strings.HasPrefix(value, "{") {
		a.socket.readText(value)
		return false
	}
	if r.interpreted || !isAuditHex(value) || len(value) < 4 || len(value) > 512 {
		return false
	}
	var raw [256]byte
	n := len(value) / 2
	for i := range n {
		raw[i] = byte(hexDigit(value[2*i])<<4 | hexDigit(value[2*i+1]))
	}
	a.socket.decode(raw[:n])
	return false
}

func (s *auditSocket) decode(raw []byte) {
	family := raw[0]
	if family == 0 {
		family = raw[1]
	}
	switch {
	case family == 1:
		s.family = "unix"
		path, _, _ := strings.Cut(strings.TrimPrefix(string(raw[2:]), "\x00"), "\x00")
		s.path = path
	case family == 2 && len(raw) >= 8:
		s.family, s.port = "inet", int64(raw[2])<<8|int64(raw[3])
		s.addr = netip.AddrFrom4([4]byte(raw[4:8])).String()
	case family == 10 && len(raw) >= 24:
		s.family, s.port = "inet6", int64(raw[2])<<8|int64(raw[3])
		s.addr = netip.AddrFrom16([16]byte(raw[8:24])).Unmap().String()
	case family == 16:
		s.family = "netlink"
	case family == 17:
		s.family = "packet"
	}
}

// readText reads "{ saddr_fam=inet laddr=192.0.2.7 lport=443 }".
func (s *auditSocket) readText(value string) {
	cur := auditCursor{s: strings.Trim(value, "{} ")}
	var f auditField
	for n := 0; n < 16 && cur.next(&f); n++ {
		switch f.name {
		case "saddr_fam", "fam":
			s.family = strings.TrimPrefix(f.value, "local")
			if f.value == "local" {
				s.family = "unix"
			}
		case "laddr":
			s.addr = f.value
		case "lport":
			if port, ok := parseUint(f.value); ok && port <= 65535 {
				s.port = port
			}
		case "path":
			s.path = f.value
		}
	}
}

// conclude puts the address where the system call says that it belongs. A
// SOCKADDR alone doesn't tell whose address it has.
func (s *auditSocket) conclude(syscall string, e *event.Event) {
	if s.family == "" {
		return
	}
	e.SetExtraText("saddr_fam", s.family)
	if s.family == "unix" {
		e.SetExtraText("path", s.path)
		return
	}
	if s.addr == "" {
		return
	}
	ip, port := event.DestinationIP, event.DestinationPort
	switch syscall {
	case "connect", "sendto", "sendmsg", "sendmmsg":
		if syscall == "connect" {
			e.SetList(event.LogSource, auditdNetworkSource)
			e.SetExtraText("Initiated", "true")
		}
	case "accept", "accept4", "recvfrom", "recvmsg", "recvmmsg":
		ip, port = event.SourceIP, event.SourcePort
	default:
		e.SetExtraText("laddr", s.addr)
		e.SetExtra("lport", event.Value{Kind: event.KindNumber, Text: portText(s.port)})
		return
	}
	if e.SetIP(ip, s.addr) {
		e.SetPort(port, s.port)
		e.SetText(event.EventType, event.NetworkFlow)
	}
}

func portText(port int64) string {
	if port == 0 {
		return "0"
	}
	mark := argumentMark(int(port))
	return mark[2 : len(mark)-1]
}
