package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// nginxMarks begin what nginx writes behind a message about a connection, in its
// order. Request, host and referrer are the client's words, and nginx escapes no
// quotes in them.
var nginxMarks = [...]struct {
	mark   string
	quoted bool
}{
	{"client: ", false},
	{", server: ", false},
	{`, login: "`, true},
	{`, request: "`, true},
	{`, subrequest: "`, true},
	{`, upstream: "`, true},
	{", bytes from/to client:", false},
	{", bytes from/to upstream:", false},
	{`, host: "`, true},
	{`, referrer: "`, true},
}

const (
	nginxClient = iota
	nginxServer
	nginxLogin
	nginxRequest
	nginxSubrequest
	nginxUpstream
	nginxBytesClient
	nginxBytesUpstream
	nginxHost
	nginxReferrer
)

// nginxContext is what stands behind a message, cut.
type nginxContext struct {
	values  [len(nginxMarks)]string
	unclear bool
	cut     bool
}

// fillNginxContext sets what text says about the request and returns the message
// before that.
func fillNginxContext(text string, e *event.Event) (head string) {
	const mark, udpMark = ", client: ", ", udp client: "
	at, skip := strings.Index(text, mark), len(", ")
	if at < 0 {
		at, skip = strings.Index(text, udpMark), len(", udp ")
	}
	if at < 0 {
		return text
	}
	head = text[:at]
	if strings.Count(text, mark)+strings.Count(text, udpMark) != 1 {
		e.Warn("source_ip: the client can stand in two places; nothing was read of the request")
		return head
	}
	var x nginxContext
	x.read(text[at+skip:])
	x.fill(e)
	return head
}

// read cuts tail at the marks. It is unclear where a mark comes twice or not in
// nginx's order, or a value holds a quote.
func (x *nginxContext) read(tail string) {
	var starts [len(nginxMarks)]int
	for i := range nginxMarks {
		starts[i] = strings.Index(tail, nginxMarks[i].mark)
		if starts[i] >= 0 && !isOnce(tail[starts[i]:], nginxMarks[i].mark) {
			x.unclear = true
		}
	}
	end := len(tail)
	for i := len(nginxMarks) - 1; i >= 0; i-- {
		if starts[i] < 0 {
			continue
		}
		from := starts[i] + len(nginxMarks[i].mark)
		if from > end {
			x.unclear = true
			return
		}
		value := tail[from:end]
		if nginxMarks[i].quoted {
			closed := false
			if value, closed = strings.CutSuffix(value, `"`); !closed && end == len(tail) {
				x.cut = true
			}
			x.unclear = x.unclear || i != nginxReferrer && i != nginxRequest && strings.IndexByte(value, '"') >= 0
		}
		x.values[i] = value
		end = starts[i]
	}
	if strings.Contains(x.values[nginxRequest], `", `) {
		x.unclear = true
	}
}

func (x *nginxContext) fill(e *event.Event) {
	client, _, _ := strings.Cut(x.values[nginxClient], " ")
	client = strings.TrimSuffix(client, ",")
	if !setEndpoint(e, event.SourceIP, event.SourcePort, client) {
		e.SetExtraText("client", client)
	}
	if x.unclear {
		e.Warn("request_path: the context can be read in two ways; only the client was read")
		return
	}
	if x.cut {
		e.Warn("the line is cut; its last value is not whole")
	}
	if x.values[nginxClient] != "" {
		e.SetText(event.EventType, event.HTTPError)
	}
	e.SetExtraText("server", x.values[nginxServer])
	e.SetText(event.UserName, x.values[nginxLogin])
	fillRequest(e, x.values[nginxRequest])
	e.SetExtraText("subrequest", x.values[nginxSubrequest])
	e.SetExtraText("upstream", x.values[nginxUpstream])
	e.SetExtraText("bytes from/to client", x.values[nginxBytesClient])
	e.SetExtraText("bytes from/to upstream", x.values[nginxBytesUpstream])
	if host := x.values[nginxHost]; host != "" {
		fillHost(e, host)
	}
	e.SetText(event.Referrer, absent(x.values[nginxReferrer]))
}
