package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// endpoint is one end of traffic as network devices write it.
type endpoint struct {
	iface, host, port, user string
	// service is a name in the place of the port.
	service string
}

// cutEndpoint reads "inside:192.0.2.1/80(LOCAL\alice)", "inside/192.0.2.1(80)",
// "192.0.2.1/80", "192.0.2.1" and, with an IPv6 address or a name in place of the
// address, the same.
func cutEndpoint(s string) (at endpoint) {
	for strings.HasSuffix(s, ")") {
		i := strings.LastIndexByte(s, '(')
		if i <= 0 {
			break
		}
		if inner := s[i+1 : len(s)-1]; at.port == "" && inner != "" && leadingDigits(inner) == len(inner) {
			at.port = inner
		} else if at.user == "" {
			at.user = inner
		}
		s = s[:i]
	}
	if i := strings.LastIndexByte(s, '/'); i >= 0 {
		switch tail := s[i+1:]; {
		case at.port != "": // inside/192.0.2.1(80)
			at.iface, at.host = s[:i], tail
			return at
		case tail != "" && leadingDigits(tail) == len(tail):
			at.port, s = tail, s[:i]
		case tail != "" && !isAddress(tail):
			at.service, s = tail, s[:i]
		case tail != "":
			at.iface, at.host = s[:i], tail
			return at
		}
	}
	at.host = s
	if isAddress(s) {
		return at
	}
	if i := strings.IndexByte(s, ':'); i > 0 {
		at.iface, at.host = s[:i], s[i+1:]
	}
	return at
}

// ends names the columns and extra fields of both ends of traffic.
var ends = [2]struct {
	ip, port          event.Column
	iface, host, user string
	natHost, natPort  string
}{
	{event.SourceIP, event.SourcePort, "source_interface", "source_host", "source_user", "source_nat_ip", "source_nat_port"},
	{event.DestinationIP, event.DestinationPort, "destination_interface", "destination_host", "destination_user", "destination_nat_ip", "destination_nat_port"},
}

// setEnd fills the columns of the source (end 0) or the destination (end 1).
func (f *filling) setEnd(end int, text string) {
	if f.swapped {
		end = 1 - end
	}
	at, names := cutEndpoint(text), &ends[end]
	e := f.e
	e.SetExtraText(names.iface, at.iface)
	if !setAddress(e, names.ip, at.host) {
		e.SetExtraText(names.host, at.host)
	}
	f.setPort(names.port, at.port)
	e.SetExtraText("service", at.service)
	f.setUser(end, at.user)
}

func (f *filling) setPort(c event.Column, port string) {
	if n, ok := parseUint(port); ok && !f.e.SetPort(c, n) {
		f.e.Warn(c.String() + ": not a port")
	}
}

// setUser notes the user at one end; who is behind the source did it.
func (f *filling) setUser(end int, user string) {
	if user == "" {
		return
	}
	if end == 0 && !f.e.Has(event.UserName) {
		f.e.SetText(event.UserName, user)
		return
	}
	f.e.SetExtraText(ends[end].user, user)
}

// setNAT notes the translated address of one end where it is another one.
func (f *filling) setNAT(end int, text string) {
	if f.swapped {
		end = 1 - end
	}
	at, names := cutEndpoint(text), &ends[end]
	e := f.e
	if port, ok := parseUint(at.port); e.Text(names.ip) == at.host && (!ok || port == e.Int(names.port)) {
		return
	}
	e.SetExtraText(names.natHost, at.host)
	setExtraNumber(e, names.natPort, at.port)
}
