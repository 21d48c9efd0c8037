package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var nginxAccess = &Format{
	Name:  "nginx_access",
	Title: "nginx access log",
	Doc: "The combined layout, the layout main of the nginx packages, and what sites append to them: forwarded addresses, " +
		"request and upstream times, key=value fields, a host in front or behind. " +
		"It promises client, user, time, request, a status of three digits and a size. " +
		"Source: https://nginx.org/en/docs/http/ngx_http_log_module.html",
	Parse: enveloped(parseNginxAccess),
	Match: matchNginxAccess,
}

var nginxAccessSources = []string{"webserver:nginx:"}

func parseNginxAccess(line string, _ *Context, e *event.Event) error {
	a, err := cutAccess(line)
	if err != nil {
		return err
	}
	a.fill(e)
	e.SetText(event.Vendor, "nginx")
	e.SetText(event.Product, "nginx")
	e.SetText(event.Service, "access")
	e.SetList(event.LogSource, nginxAccessSources)
	fillTail(e, a.tail, true)
	return nil
}

// matchNginxAccess is certain of the layout main, which the nginx packages
// configure, and of nothing else: Apache writes the plain layouts too.
func matchNginxAccess(line string) int {
	if startsWithMonth(line) {
		return 0 // syslog knows the server by its program
	}
	switch layoutOf(line) {
	case noAccess:
		return 0
	case mainLayout:
		return Certain
	case otherLayout:
		if hasNginxField(line) {
			return 90
		}
		return 70
	default:
		return 60
	}
}

// hasNginxField reports whether line ends with a time as nginx writes it, seconds
// with three decimals, which Apache never does, or has a field that nginx sites
// call by the usual short names of the request and upstream times.
func hasNginxField(line string) bool {
	last := line[strings.LastIndexByte(line, ' ')+1:]
	if n := leadingDigits(last); n > 0 && len(last) == n+4 && last[n] == '.' && leadingDigits(last[n+1:]) == 3 {
		return true
	}
	return strings.Contains(line, " rt=") || strings.Contains(line, " urt=") || strings.Contains(line, " uct=") ||
		strings.Contains(line, "request_time=") || strings.Contains(line, "upstream")
}

// nginxTailName names the fields behind the user agent that tell what they are
// by their form: nginx writes $request_time and $upstream_response_time with
// three decimals, in that order.
func nginxTailName(after []tailField, i int) string {
	f := &after[i]
	switch {
	case isAddressList(f):
		return "x_forwarded_for"
	case isDecimal(f) && decimalsBefore(after, i) == 0:
		return "request_time"
	case isDecimal(f) && decimalsBefore(after, i) == 1:
		return "upstream_response_time"
	case isDomain(f.text):
		return hostField
	default:
		return ""
	}
}

func decimalsBefore(fields []tailField, i int) int {
	n := 0
	for i := range fields[:i] {
		if isDecimal(&fields[i]) {
			n++
		}
	}
	return n
}

// isDomain reports whether s looks like a domain name: labels with dots between
// them, the last of letters.
func isDomain(s string) bool {
	dot := strings.LastIndexByte(s, '.')
	if dot <= 0 || len(s) > 253 || len(s)-dot < 3 {
		return false
	}
	for i := 0; i < len(s); i++ {
		if !isAlnum(s[i]) && s[i] != '-' && s[i] != '.' || i > dot && !isAlpha(s[i]) {
			return false
		}
	}
	return true
}
