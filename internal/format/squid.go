package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var squidFormat = &Format{
	Name:  "squid",
	Title: "Squid",
	Doc: "The access log of the proxy Squid in its native format, with what sites append to it, and its service log " +
		"(cache.log), and requests in its layouts common and combined; in a syslog envelope or bare. A native request promises time, duration, client, result, size, method, URL, user, " +
		"hierarchy and type. Source: https://wiki.squid-cache.org/Features/LogFormat",
	Parse: parseSquid,
	Match: matchSquid,
}

var (
	squidSources        = []string{"proxy:squid:"}
	squidServiceSources = []string{":squid:squid"}
)

var squidPayload = payload{
	format:   "squid",
	read:     readSquid,
	owns:     isSquidProgram,
	describe: describeSquid,
	programs: []string{"squid", "(squid-1)", "(squid)", "squid3", "squid-1"},
	what:     "a line of Squid's access log or service log",
}

func isSquidProgram(program string) bool {
	switch program {
	case "squid", "(squid-1)", "(squid)", "squid3", "squid-1":
		return true
	}
	return false
}

func describeSquid(e *event.Event) {
	e.SetText(event.Vendor, "squid")
	e.SetText(event.Product, "squid")
	e.SetText(event.Service, "squid")
	e.SetList(event.LogSource, squidServiceSources)
}

func parseSquid(line string, c *Context, e *event.Event) error {
	if hasEnvelope(line) {
		return squidPayload.parse(line, c, e)
	}
	switch {
	case isSlashDate(line):
		return parseSquidCache(line, c, e)
	case hasSquidPair(line):
		return parseSquidCommon(line, c, e)
	}
	s, err := cutSquid(line)
	if err != nil {
		return err
	}
	s.fill(e)
	return nil
}

// readSquid reads what Squid sends to syslog: requests, also in the layout
// combined, or lines of its service log.
func readSquid(message string, c *Context, e *event.Event) bool {
	if isSlashDate(message) {
		return parseSquidCache(message, c, e) == nil
	}
	if s, err := cutSquid(message); err == nil {
		s.fill(e)
		return true
	}
	return hasSquidPair(message) && parseSquidCommon(message, c, e) == nil
}

// hasSquidPair reports whether line ends as Squid's layouts common and combined
// do, with "TCP_MISS:HIER_DIRECT".
func hasSquidPair(line string) bool {
	if line == "" || !isUpper(line[len(line)-1]) {
		return false
	}
	end := line[max(0, len(line)-96):]
	result, hierarchy, ok := strings.Cut(end[strings.LastIndexByte(end, ' ')+1:], ":")
	return ok && isSquidResult(result) && isHierarchy(hierarchy)
}

// parseSquidCommon reads the layouts common and combined, which are Apache's with
// result and hierarchy behind them.
func parseSquidCommon(line string, c *Context, e *event.Event) error {
	at := strings.LastIndexByte(line, ' ')
	if err := parseApacheAccess(line[:max(at, 0)], c, e); err != nil {
		return err
	}
	result, hierarchy, _ := strings.Cut(line[at+1:], ":")
	s := squidLine{result: result, hierarchy: hierarchy}
	e.SetText(event.Vendor, "squid")
	e.SetText(event.Product, "squid")
	e.SetText(event.Service, "access")
	e.SetList(event.LogSource, squidSources)
	s.fillDecision(e)
	fillTargetPort(e, e.Text(event.HTTPMethod), e.Text(event.RequestPath))
	fillURIExtension(e)
	e.SetExtraText("hierarchy_code", hierarchy)
	return nil
}

// squidLine is a request in the native format, cut.
type squidLine struct {
	nanos          int64
	elapsed        string
	client         string
	result, status string
	size           string
	method, url    string
	user           string
	hierarchy      string
	peer           string
	kind           string
	// headers are those of request and reply that log_mime_hdrs appends.
	headers [2]string
	tail    string
	// unclear says that the URL can end in two places.
	unclear bool
}

// cutSquid cuts
//
//	TIME ELAPSED CLIENT RESULT/STATUS SIZE METHOD URL USER HIERARCHY/PEER TYPE
//
// Squid escapes spaces in URLs. Where one got through, the URL ends before the
// first user and hierarchy that fit behind it; a second place makes it unclear.
func cutSquid(line string) (s squidLine, err error) {
	c := scan(line)
	text := c.token()
	dot := strings.IndexByte(text, '.')
	ok := false
	if s.nanos, ok = epochTime(text); !ok || dot < 0 || len(text) != dot+4 {
		return s, (&cursor{}).fail("expected a time like 1725532200.123")
	}
	c.skipSpaces()
	if err := s.cutClient(&c); err != nil {
		return s, err
	}
	start := c.i
	if s.method = c.token(); !isMethod(s.method) || !c.skip(' ') {
		c.i = start
		return s, c.fail("expected the request's method")
	}
	return s, s.cutTarget(&c)
}

func (s *squidLine) cutClient(c *cursor) error {
	start := c.i
	s.elapsed = c.token()
	if !isCount(strings.TrimPrefix(s.elapsed, "-")) || !c.skip(' ') {
		c.i = start
		return c.fail("expected the duration in milliseconds")
	}
	start = c.i
	if s.client = c.token(); !isClient(s.client) || !c.skip(' ') {
		c.i = start
		return c.fail("expected the client")
	}
	start = c.i
	ok := false
	s.result, s.status, ok = strings.Cut(c.token(), "/")
	if !ok || !isSquidResult(s.result) || len(s.status) != 3 && s.status != "-" && s.status != "0" || !c.skip(' ') {
		c.i = start
		return c.fail("expected a result like TCP_MISS/200")
	}
	start = c.i
	if s.size = c.token(); !isCount(s.size) || !c.skip(' ') {
		c.i = start
		return c.fail("expected the size of the reply")
	}
	return nil
}

// isSquidResult reports whether s is a result code: TCP_MISS, UDP_HIT, NONE,
// NONE_NONE, TAG_NONE, ERR_...
func isSquidResult(s string) bool {
	for i := range len(s) {
		if !isUpper(s[i]) && s[i] != '_' && !isDigit(s[i]) {
			return false
		}
	}
	return s != "" && len(s) <= 64 && isUpper(s[0])
}

// cutTarget cuts "URL USER HIERARCHY/PEER TYPE" and what a site appended.
func (s *squidLine) cutTarget(c *cursor) error {
	start := c.i
	for range maxSquidWords {
		c.token()
		end := c.i
		if !c.skip(' ') {
			break
		}
		next := *c
		if s.cutBehind(&next) {
			s.url = c.s[start:end]
			s.tail = next.rest()
			s.unclear = s.fitsAgain()
			s.cutHeaders()
			return nil
		}
	}
	c.i = start
	return c.fail("expected URL, user, hierarchy and type")
}

// fitsAgain reports whether user, hierarchy and type stand in the tail once more.
func (s *squidLine) fitsAgain() bool {
	text, _, _ := strings.Cut(s.tail, "[")
	c := scan(text)
	for range maxSquidWords {
		if c.done() {
			return false
		}
		var other squidLine
		next := c
		if other.cutBehind(&next) {
			return true
		}
		c.token()
		c.skip(' ')
	}
	return false
}

// maxSquidWords is how many words of a URL with spaces are looked at.
const maxSquidWords = 64

// cutBehind cuts "USER HIERARCHY/PEER TYPE".
func (s *squidLine) cutBehind(c *cursor) bool {
	s.user = c.token()
	if s.user == "" || !c.skip(' ') {
		return false
	}
	place := c.token()
	ok := false
	s.hierarchy, s.peer, ok = strings.Cut(place, "/")
	if !ok || !isHierarchy(s.hierarchy) || s.peer == "" || !c.skip(' ') {
		return false
	}
	s.kind = c.token()
	if strings.HasSuffix(s.kind, ";") && c.skip(' ') {
		// "text/html; charset=utf-8"
		parameter := c.token()
		s.kind = s.kind + " " + parameter
	}
	c.skip(' ')
	return s.kind != "" && (s.kind == "-" || strings.IndexByte(s.kind, '/') > 0)
}

// isHierarchy reports whether s is one of Squid's hierarchy codes.
func isHierarchy(s string) bool {
	s = strings.TrimPrefix(s, "TIMEOUT_")
	s = strings.TrimPrefix(s, "HIER_")
	switch s {
	case "NONE", "DIRECT", "SIBLING_HIT", "PARENT_HIT", "DEFAULT_PARENT", "SINGLE_PARENT", "FIRST_UP_PARENT", "FIRSTUP_PARENT", "NO_PARENT_DIRECT",
		"FIRST_PARENT_MISS", "CLOSEST_PARENT_MISS", "CLOSEST_PARENT", "CLOSEST_DIRECT", "NO_DIRECT_FAIL", "SOURCE_FASTEST", "ROUNDROBIN_PARENT",
		"CACHE_DIGEST_HIT", "CD_PARENT_HIT", "CD_SIBLING_HIT", "NO_CACHE_DIGEST_DIRECT", "CARP", "ANY_PARENT", "ANY_OLD_PARENT", "INVALID", "INVALID CODE",
		"USERHASH_PARENT", "SOURCEHASH_PARENT", "USERHASH", "SOURCEHASH", "PINNED", "ORIGINAL_DST", "STANDBY_POOL":
		return true
	}
	return false
}

// cutHeaders cuts "[REQUEST HEADERS] [REPLY HEADERS]" off the front of the tail.
func (s *squidLine) cutHeaders() {
	for i := range s.headers {
		if !strings.HasPrefix(s.tail, "[") {
			return
		}
		end := strings.Index(s.tail, "] ")
		if i == len(s.headers)-1 || end < 0 {
			if !strings.HasSuffix(s.tail, "]") {
				return
			}
			end = len(s.tail) - 1
		}
		s.headers[i] = s.tail[1:end]
		s.tail = strings.TrimPrefix(s.tail[end+1:], " ")
	}
}

// isSlashDate reports whether line begins as cache.log does.
func isSlashDate(line string) bool {
	return len(line) > len("2024/09/05 10:30:00") && line[4] == '/' && line[7] == '/' && line[10] == ' ' && line[13] == ':'
}

// parseSquidCache reads "2024/09/05 10:30:00 kid1| MESSAGE".
func parseSquidCache(line string, c *Context, e *event.Event) error {
	nanos, n, ok := isoTime(line[:19], c.Zone)
	if !ok {
		return &Error{Reason: "the time is not valid"}
	}
	cur := cursor{s: line, i: n}
	kid, ok := cur.untilText("| ")
	kid = strings.TrimPrefix(kid, " ")
	if !ok || kid != "" && (!strings.HasPrefix(kid, "kid") || !isCount(kid[3:])) {
		cur.i = n
		return cur.fail("expected kid1| or | behind the time")
	}
	describeSquid(e)
	e.SetInt(event.EventTime, zonedByEnvelope(nanos, 0, e))
	e.SetText(event.EventType, event.ServiceLog)
	e.SetExtraText("kid", kid)
	message := cur.rest()
	e.SetText(event.Message, message)
	switch word, _, _ := strings.Cut(message[:min(len(message), 16)], ":"); word {
	case "WARNING":
		e.SetText(event.LogLevel, "warning")
	case "ERROR":
		e.SetText(event.LogLevel, "error")
	case "FATAL":
		e.SetText(event.LogLevel, "critical")
	}
	return nil
}

// matchSquid is certain of seconds with three decimals, a duration, a client and
// a result with a slash.
func matchSquid(line string) int {
	if len(line) < 24 {
		return 0
	}
	if line[4] == '/' {
		return matchSquidCache(line)
	}
	if isUpper(line[len(line)-1]) && hasSquidPair(line) && layoutOf(line) == otherLayout {
		return 95
	}
	if line[10] != '.' || line[14] != ' ' || !isDigit(line[0]) || !isDigit(line[13]) || hasEnvelope(line) {
		return 0
	}
	c := cursor{s: line[:min(len(line), 256)], i: 15}
	c.skipSpaces()
	if !isCount(strings.TrimPrefix(c.token(), "-")) || !c.skip(' ') {
		return 0
	}
	c.token()
	c.skip(' ')
	result, _, ok := strings.Cut(c.token(), "/")
	if !ok || !isSquidResult(result) {
		return 0
	}
	return Certain
}

func matchSquidCache(line string) int {
	if !isSlashDate(line) {
		return 0
	}
	rest := line[19:]
	if strings.HasPrefix(rest, "| ") || strings.HasPrefix(rest, " kid") && strings.Contains(rest[:min(len(rest), 12)], "| ") {
		return 90
	}
	return 0
}
