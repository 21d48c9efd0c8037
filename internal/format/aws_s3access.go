package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var awsS3Access = &Format{
	Name:  "aws_s3access",
	Title: "Amazon S3 server access log",
	Doc: "Server access logs of Amazon S3 and of stores that write the same, with the fields of all versions; fields that are " +
		"newer than this program are kept. A line promises owner, bucket, time, remote address, requester, request id, " +
		"operation, key, the request in quotes or a dash, and a status. " +
		"Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html",
	Parse: parseS3Access,
	Match: matchS3Access,
}

var s3Sources = []string{"webserver:aws:s3", ":aws:s3"}

// s3Line is a line, cut. The names are Amazon's.
type s3Line struct {
	owner, bucket      string
	nanos              int64
	remote, requester  string
	id, operation, key string
	request            string
	status, errorCode  string
	// numbers are bytes sent, size of the object, total and turn-around time.
	numbers         [4]string
	referrer, agent string
	unclear         bool
	tail            string
}

var (
	s3NumberNames = [4]string{"", "object_size", "total_time", "turn_around_time"}
	s3TailNames   = [...]string{
		"version_id", "host_id", "signature_version", "cipher_suite", "authentication_type", "", "tls_version", "access_point_arn", "acl_required", "source_region",
	}
)

// cutS3 cuts
//
//	OWNER BUCKET [TIME] REMOTE REQUESTER ID OPERATION KEY "REQUEST" STATUS ERROR 4 NUMBERS "REFERRER" "AGENT" VERSION ...
func cutS3(line string) (l s3Line, err error) {
	cur := scan(line)
	l.owner = cur.token()
	cur.skip(' ')
	l.bucket = cur.token()
	if l.owner == "" || l.bucket == "" || !cur.skipText(" [") {
		return l, cur.fail("expected the owner, the bucket and a time in brackets")
	}
	text, ok := cur.until(']')
	if ok {
		l.nanos, ok = clfTime(text)
	}
	if !ok || !cur.skip(' ') {
		return l, cur.fail("expected a time like 05/Sep/2024:10:30:00 +0000")
	}
	for _, part := range [...]*string{&l.remote, &l.requester, &l.id, &l.operation, &l.key} {
		start := cur.i
		if *part = cur.token(); *part == "" || !cur.skip(' ') {
			cur.i = start
			return l, cur.fail("expected remote address, requester, request id, operation and key")
		}
	}
	if !isS3Operation(l.operation) {
		return l, cur.fail("expected an operation like REST.GET.OBJECT before the key")
	}
	if err := l.cutRequest(&cur); err != nil {
		return l, err
	}
	return l, l.cutNumbers(&cur)
}

// isS3Operation reports whether s is "REST.GET.OBJECT", "S3.EXPIRE.OBJECT" and
// the like.
func isS3Operation(s string) bool {
	for i := range len(s) {
		if !isAlnum(s[i]) && s[i] != '.' && s[i] != '_' && s[i] != '-' {
			return false
		}
	}
	return strings.IndexByte(s, '.') > 0 && isUpper(s[0])
}

// cutRequest cuts the request, which may be a dash, up to the quote that a status
// follows, and the status.
func (l *s3Line) cutRequest(cur *cursor) error {
	start := cur.i
	if cur.skipText("- ") {
		l.status = cur.token()
	} else if cur.skip('"') {
		from := cur.i
		for i := from; ; i++ {
			n := strings.IndexByte(cur.s[i:], '"')
			if n < 0 {
				cur.i = start
				return cur.fail("expected a quote and a status behind the request")
			}
			i += n
			rest := cur.s[i+1:]
			if isStatus(rest) || strings.HasPrefix(rest, " - ") {
				l.request, cur.i = cur.s[from:i], i+2
				l.status = cur.token()
				break
			}
		}
	}
	if l.status != "-" && (len(l.status) != 3 || !isCount(l.status)) || !cur.skip(' ') {
		cur.i = start
		return cur.fail("expected the request in quotes and a status of three digits")
	}
	l.errorCode = cur.token()
	cur.skip(' ')
	return nil
}

func (l *s3Line) cutNumbers(cur *cursor) error {
	for i := range l.numbers {
		start := cur.i
		l.numbers[i] = cur.token()
		if l.numbers[i] != "-" && !isCount(l.numbers[i]) {
			cur.i = start
			return cur.fail("expected bytes sent, object size, total and turn-around time")
		}
		cur.skip(' ')
	}
	l.cutTexts(cur.rest())
	return nil
}

// cutTexts cuts referrer and user agent, in which Amazon does not escape quotes,
// and what follows, which has none. Either may be a dash without quotes.
func (l *s3Line) cutTexts(rest string) {
	end := strings.LastIndexByte(rest, '"')
	if end < 0 {
		for range 2 {
			if text, ok := strings.CutPrefix(rest, "- "); ok {
				rest = text
			}
		}
		l.tail = strings.TrimPrefix(rest, "-")
		return
	}
	l.tail = strings.TrimPrefix(rest[end+1:], " ")
	inner := rest[:end]
	if agent, ok := strings.CutPrefix(inner, `- "`); ok {
		l.agent = agent
		return
	}
	inner, _ = strings.CutPrefix(inner, `"`)
	if strings.Count(inner, `" "`) == 1 {
		l.referrer, l.agent, _ = strings.Cut(inner, `" "`)
		return
	}
	if referrer, ok := strings.CutSuffix(inner, `" -`); ok {
		l.referrer = referrer
		return
	}
	if dash, found := strings.CutPrefix(l.tail, "- "); found && strings.IndexByte(inner, '"') < 0 {
		l.referrer, l.tail = inner, dash // the user agent is a dash without quotes
		return
	}
	l.unclear = true
}

func parseS3Access(line string, _ *Context, e *event.Event) error {
	l, err := cutS3(line)
	if err != nil {
		return err
	}
	l.fill(e)
	return nil
}

func (l *s3Line) fill(e *event.Event) {
	e.SetInt(event.EventTime, l.nanos)
	e.SetText(event.Vendor, "aws")
	e.SetText(event.Product, "s3")
	e.SetText(event.Service, "s3access")
	e.SetExtraText("bucket_owner", absent(l.owner))
	e.SetExtraText("bucket", absent(l.bucket))
	if !setAddress(e, event.SourceIP, l.remote) {
		e.SetExtraText("remote_ip", absent(l.remote))
	}
	e.SetText(event.UserName, absent(l.requester))
	e.SetExtraText("request_id", absent(l.id))
	e.SetText(event.Action, l.operation)
	e.SetExtraText("key", absent(l.key))
	e.SetExtraText("error_code", absent(l.errorCode))
	if absent(l.request) == "" {
		e.SetText(event.EventType, event.CloudAPI)
		e.SetList(event.LogSource, s3Sources[1:])
	} else {
		e.SetText(event.EventType, event.HTTPAccess)
		e.SetList(event.LogSource, s3Sources)
		fillRequest(e, l.request)
	}
	setHTTPStatus(e, l.status)
	setCount(e, event.ResponseSizeBytes, l.numbers[0])
	for i, name := range s3NumberNames {
		if name != "" {
			setExtraValue(e, name, l.numbers[i])
		}
	}
	e.SetText(event.Referrer, absent(l.referrer))
	e.SetText(event.UserAgent, absent(l.agent))
	if l.unclear {
		e.Warn("user_agent: a header holds quotes; referrer and user agent can't be told apart")
	}
	l.fillTail(e)
}

func (l *s3Line) fillTail(e *event.Event) {
	c := scan(l.tail)
	for _, name := range s3TailNames {
		if c.done() {
			return
		}
		text := absent(c.token())
		c.skip(' ')
		switch {
		case text == "":
		case name == "":
			e.SetText(event.HTTPHost, text)
			fillAbsent(e, event.CloudRegion, s3Region(text))
		default:
			e.SetExtraText(name, text)
		}
	}
	e.SetExtraText("tail", c.rest())
}

// s3Region returns the region of an endpoint, "bucket.s3.eu-west-1.amazonaws.com".
func s3Region(host string) string {
	name, ok := strings.CutSuffix(host, ".amazonaws.com")
	if !ok {
		return ""
	}
	region := name[strings.LastIndexByte(name, '.')+1:]
	before := strings.TrimSuffix(name[:len(name)-len(region)], ".")
	if !strings.HasSuffix(before, "s3") && !strings.HasSuffix(before, "dualstack") || strings.Count(region, "-") < 2 {
		return ""
	}
	return region
}

// matchS3Access looks for a time behind the second word, and for an operation
// with dots four words behind that.
func matchS3Access(line string) int {
	at := strings.IndexByte(line[:min(len(line), 160)], '[')
	if at < 4 || !isCLFTime(line, at) || line[at-1] != ' ' || strings.Count(line[:at], " ") != 2 {
		return 0
	}
	c := cursor{s: line[:min(len(line), at+clfWidth+512)], i: at + clfWidth}
	for range 4 {
		c.skip(' ')
		if c.token() == "" {
			return 0
		}
	}
	operation := c.s[strings.LastIndexByte(c.s[:c.i], ' ')+1 : c.i]
	if !isS3Operation(operation) || !c.skip(' ') {
		return 0
	}
	return Certain
}
