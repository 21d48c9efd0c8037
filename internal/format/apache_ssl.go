package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// isSSLRequest reports whether line has the form of ssl_request_log, a log that
// mod_ssl's sample configuration and most distributions write beside the access
// log:
//
//	[05/Sep/2024:10:30:00 +0000] CLIENT PROTOCOL CIPHER "REQUEST" SIZE
func isSSLRequest(line string) bool {
	if line == "" || line[0] != '[' || !isCLFTime(line, 0) || len(line) <= clfWidth || line[clfWidth] != ' ' {
		return false
	}
	cur := cursor{s: line, i: clfWidth + 1}
	cur.token()
	return cur.skipText(" TLSv") || cur.skipText(" SSLv")
}

func parseSSLRequest(line string, e *event.Event) error {
	var a accessLine
	nanos, ok := clfTime(line[1 : clfWidth-1])
	if !ok {
		return &Error{Reason: "the time is not valid", Offset: 1}
	}
	cur := cursor{s: line, i: clfWidth + 1}
	a.client = cur.token()
	if !isClient(a.client) {
		cur.i -= len(a.client)
		return cur.fail("expected an address or a host name as the client")
	}
	cur.skip(' ')
	protocol := cur.token()
	cur.skip(' ')
	cipher := cur.token()
	if cipher == "" || !cur.skipText(` "`) {
		return cur.fail("expected the request in quotes behind the cipher")
	}
	end := strings.LastIndexByte(cur.rest(), '"')
	if end < 0 {
		return cur.fail("expected a quote behind the request")
	}
	a.nanos, a.request = nanos, cur.rest()[:end]
	cur.i += end + 1
	a.size = strings.TrimPrefix(cur.rest(), " ")
	if a.size != "-" && !isCount(a.size) {
		return cur.fail("expected the response size, digits or '-', behind the request")
	}
	a.fill(e)
	e.Clear(event.StatusCode)
	e.Clear(event.Outcome)
	e.SetExtraText("ssl_protocol", protocol)
	e.SetExtraText("ssl_cipher", absent(cipher))
	return nil
}
