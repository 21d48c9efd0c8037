package format

import (
	"github.com/goshawk-siem/goshawk/internal/event"
)

var apacheAccess = &Format{
	Name:  "apache_access",
	Title: "Apache HTTP Server access log",
	Doc: "The common, combined, vhost_combined and combinedio layouts of mod_log_config, and what sites append to them. " +
		"mod_ssl's ssl_request_log is read too. " +
		"It promises client, identity, user, time, request, a status of three digits and a size. " +
		"Source: https://httpd.apache.org/docs/2.4/mod/mod_log_config.html",
	Parse: enveloped(parseApacheAccess),
	Match: matchApacheAccess,
}

var apacheAccessSources = []string{"webserver:apache:"}

func parseApacheAccess(line string, _ *Context, e *event.Event) error {
	if isSSLRequest(line) {
		if err := parseSSLRequest(line, e); err != nil {
			return err
		}
		describeApacheAccess(e)
		return nil
	}
	a, err := cutAccess(line)
	if err != nil {
		return err
	}
	a.fill(e)
	describeApacheAccess(e)
	fillTail(e, a.tail, false)
	return nil
}

func describeApacheAccess(e *event.Event) {
	e.SetText(event.Vendor, "apache")
	e.SetText(event.Product, "httpd")
	e.SetText(event.Service, "access")
	e.SetList(event.LogSource, apacheAccessSources)
}

// matchApacheAccess is certain of plain common and combined lines, which nginx
// writes too: see docs/formats/apache_access.md for why they go here.
func matchApacheAccess(line string) int {
	if startsWithMonth(line) {
		return 0 // syslog knows the server by its program
	}
	if isSSLRequest(line) {
		return 90
	}
	switch layoutOf(line) {
	case noAccess:
		return 0
	case commonLayout, combinedLayout:
		return Certain
	default:
		return 80
	}
}

// apacheTailName names the fields behind the user agent that tell what they are
// by their form: two integers are the bytes of mod_logio, a single number is the
// time the response took, in the unit the site chose (%D, %T).
func apacheTailName(after []tailField, i int) string {
	f := &after[i]
	switch {
	case isAddressList(f):
		return "x_forwarded_for"
	case isInteger(f) && i+1 < len(after) && isInteger(&after[i+1]) && i == 0:
		return "bytes_received"
	case isInteger(f) && i == 1 && isInteger(&after[0]):
		return "bytes_sent"
	case (isInteger(f) || isDecimal(f)) && countNumbers(after) == 1:
		return "response_time"
	default:
		return ""
	}
}

func countNumbers(fields []tailField) int {
	n := 0
	for i := range fields {
		if isInteger(&fields[i]) || isDecimal(&fields[i]) {
			n++
		}
	}
	return n
}
