package format

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var iisAccess = &Format{
	Name:  "iis_access",
	Title: "IIS access and HTTP.sys error log (W3C extended)",
	Doc: "The W3C extended log of Microsoft IIS, of IIS Advanced Logging and of the HTTP server API (HTTPERR), and logs of other web servers " +
		"in that layout. The columns are those that #Fields names; a line without header is read where it fits one of the usual sets of columns " +
		"and no other. It promises as many values as there are columns and a valid time. " +
		"Source: https://learn.microsoft.com/windows/win32/http/w3c-logging, https://www.w3.org/TR/WD-logfile",
	Parse:   parseIIS,
	Match:   matchIIS,
	Starts:  "#0123456789",
	columns: &columnsKind{claims: claimsIISColumns, read: readIISColumns},
}

func claimsIISColumns(text string) bool {
	fields, ok := directive(text, "Fields")
	if !ok {
		return false
	}
	for name := range strings.FieldsSeq(fields) {
		switch w3cWebKind(name) {
		case w3cMethod, w3cStem, w3cURI, w3cStatus:
			// CloudFront's logs have such columns as well, and one of their own.
			return !strings.Contains(fields, "x-edge-")
		}
	}
	return false
}

func readIISColumns(text string) any {
	p := readW3C(text, w3cWebKind)
	if p == nil {
		return nil
	}
	return p
}

// w3cWebKind returns what the column of a web server's log called name holds.
func w3cWebKind(name string) w3cKind {
	switch name {
	case "date":
		return w3cDate
	case "time":
		return w3cTime
	case "date-local":
		return w3cLocalDate
	case "time-local":
		return w3cLocalTime
	case "c-ip":
		return w3cClientIP
	case "c-port":
		return w3cClientPort
	case "s-ip":
		return w3cServerIP
	case "s-port":
		return w3cServerPort
	case "cs-method":
		return w3cMethod
	case "cs-uri-stem":
		return w3cStem
	case "cs-uri-query":
		return w3cQuery
	case "cs-uri":
		return w3cURI
	case "sc-status":
		return w3cStatus
	case "cs-username":
		return w3cUser
	case "cs(User-Agent)", "cs-user-agent", "cs(user-agent)":
		return w3cAgent
	case "cs(Referer)", "cs(Referrer)", "cs-referer", "cs(referer)":
		return w3cReferrer
	case "cs-host", "cs(Host)", "cs(host)":
		return w3cHost
	case "cs-version", "protocol_version":
		return w3cVersion
	case "sc-bytes":
		return w3cResponseBytes
	case "s-computername":
		return w3cComputer
	case "sc-substatus", "sc-win32-status", "cs-bytes", "time-taken", "TimeTakenMS", "s-siteid", "bytes", "streamid":
		return w3cNumber
	default:
		return w3cText
	}
}

// iisPlans are the columns of logs whose header is not known: the defaults of
// IIS 6, 7 and 8 to 10, with bytes, with all columns, and those of HTTPERR.
var iisPlans = newIISPlans(
	"date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken",
	"date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status time-taken",
	"date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken",
	"date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status",
	"date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken",
	"date time s-sitename s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status",
	"date time s-sitename s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken",
	"date time s-sitename s-computername s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs-version cs(User-Agent) cs(Cookie) cs(Referer) cs-host sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken",
	"date time s-sitename s-computername s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Cookie) cs(Referer) cs-host sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken",
	"date time c-ip c-port s-ip s-port cs-version cs-method cs-uri sc-status s-siteid s-reason",
	"date time c-ip c-port s-ip s-port cs-version cs-method cs-uri sc-status s-siteid s-reason s-queuename",
	"date time c-ip c-port s-ip s-port cs-version cs-method cs-uri streamid sc-status s-siteid s-reason s-queuename",
)

func newIISPlans(lists ...string) []*w3cPlan {
	plans := make([]*w3cPlan, len(lists))
	for i, list := range lists {
		plans[i] = &w3cPlan{}
		for name := range strings.FieldsSeq(list) {
			plans[i].fields = append(plans[i].fields, w3cField{name, w3cWebKind(name)})
		}
	}
	return plans
}

// matchIIS knows header lines and the date, time and word that lines of the
// usual columns start with.
func matchIIS(line string) int {
	if len(line) < 2 {
		return 0
	}
	if line[0] == '#' {
		name := directiveName(line)
		if name == "" || isZeekDirective(name) {
			return 0
		}
		return 60
	}
	if len(line) < 32 || line[4] != '-' || line[10] != ' ' || line[13] != ':' || line[19] != ' ' || !isDigit(line[18]) {
		return 0
	}
	if !startsWithAddress(line[20:]) || iisPlan(line) == nil {
		return 0
	}
	return Certain
}

// startsWithAddress reports whether one of the first three words of s looks like
// an address, as the third to fifth column of IIS's logs do: server, or site,
// computer and server.
func startsWithAddress(s string) bool {
	for range 3 {
		end := strings.IndexByte(s, ' ')
		if end < 0 {
			return false
		}
		if word := s[:end]; len(word) >= 3 && strings.IndexByte("0123456789abcdefABCDEF:[", word[0]) >= 0 && strings.ContainsAny(word[1:min(len(word), 6)], ".:") {
			return true
		}
		s = s[end+1:]
	}
	return false
}

// iisPlan returns the plan that line, which comes without header, fits; nil
// where it fits none or several.
func iisPlan(line string) *w3cPlan {
	const most = 22
	var space [most + 1]string
	values := cutSpaces(line, most, space[:0])
	var found *w3cPlan
	for _, p := range iisPlans {
		if len(p.fields) != len(values) || !p.fits(values) {
			continue
		}
		if found != nil {
			return nil
		}
		found = p
	}
	return found
}

// fits reports whether every value is one of its column.
func (p *w3cPlan) fits(values []string) bool {
	for i, f := range p.fields {
		if !f.holds(values[i]) {
			return false
		}
	}
	return true
}

func (f w3cField) holds(value string) bool {
	if value == "-" {
		return f.as != w3cDate && f.as != w3cTime
	}
	switch f.as {
	case w3cDate:
		return len(value) == 10 && value[4] == '-' && value[7] == '-'
	case w3cTime:
		return len(value) >= 8 && value[2] == ':' && value[5] == ':'
	case w3cClientIP, w3cServerIP:
		_, err := netip.ParseAddr(bareAddress(value))
		return err == nil
	case w3cClientPort, w3cServerPort:
		port, ok := parseUint(value)
		return ok && port <= 65535
	case w3cMethod:
		return isMethod(value)
	case w3cStem, w3cURI:
		return value[0] == '/' || value[0] == '*' || strings.Contains(value, "://")
	case w3cStatus:
		status, ok := parseUint(value)
		return ok && len(value) <= 3 && status < 1000
	case w3cVersion:
		return strings.HasPrefix(value, "HTTP/")
	case w3cNumber, w3cResponseBytes:
		return isNumber(value)
	case w3cHost, w3cComputer:
		return strings.IndexByte(value, '/') < 0
	default:
		return true
	}
}

var iisSources = []string{"webserver:iis:"}

func parseIIS(line string, c *Context, e *event.Event) error {
	if name := directiveName(line); name != "" && !isZeekDirective(name) {
		fillHeader(line, e)
		return nil
	}
	p := w3cPlanOf(c.Columns, "iis_access")
	if p == nil {
		if p = iisPlan(line); p == nil {
			return &Error{Reason: "the line does not fit the columns that IIS logs by default; its #Fields line is not known"}
		}
	}
	var space [32]string
	values, err := cutW3C(line, len(p.fields), p.quotes, space[:0])
	if err != nil {
		// Lines of several logs may come down one connection.
		if p = iisPlan(line); p == nil {
			return err
		}
		values = cutSpaces(line, len(p.fields), space[:0])
	}
	l := w3cLine{e: e, c: c}
	for i, f := range p.fields {
		l.set(f, values[i])
	}
	if l.misfits > maxMisfits {
		return &Error{Reason: "the values are not those of the columns that the header names"}
	}
	if err := l.setTime(p); err != nil {
		return err
	}
	l.conclude(p)
	return nil
}

// conclude sets what several columns say together.
func (l *w3cLine) conclude(p *w3cPlan) {
	e := l.e
	if !p.other {
		e.SetText(event.Vendor, "microsoft")
		e.SetText(event.Product, "iis")
	}
	if _, session := e.ExtraField("x-session"); session || strings.HasPrefix(l.method, "[") {
		l.concludeFTP()
		return
	}
	if isMethod(l.method) {
		e.SetText(event.HTTPMethod, l.method)
	} else {
		e.SetExtraText("cs-method", l.method)
	}
	l.setTarget()
	e.SetText(event.Service, "access")
	e.SetList(event.LogSource, iisSources)
	if p.other {
		e.SetList(event.LogSource, webSources)
	}
	e.SetText(event.EventType, event.HTTPAccess)
	if _, dropped := e.ExtraField("s-reason"); dropped {
		e.SetText(event.EventType, event.HTTPError)
		e.SetText(event.Service, "httperr")
	}
	if l.status >= 100 && l.status <= 599 {
		e.SetInt(event.StatusCode, l.status)
		e.SetText(event.Outcome, httpOutcome(l.status))
	} else if l.status > 0 {
		e.SetExtra("sc-status", event.Value{Kind: event.KindNumber, Text: strconv.FormatInt(l.status, 10)})
	}
}

// concludeFTP is for the log of IIS's FTP server: its replies have other numbers
// than HTTP's.
func (l *w3cLine) concludeFTP() {
	e := l.e
	e.SetText(event.Service, "ftp")
	e.SetText(event.EventType, event.ServiceLog)
	command := l.method
	if _, after, ok := strings.Cut(command, "]"); ok {
		command = after
		e.SetExtraText("cs-method", l.method)
	}
	e.SetText(event.Action, command)
	e.SetExtraText("cs-uri-stem", l.stem)
	if l.status > 0 {
		e.SetExtra("sc-status", event.Value{Kind: event.KindNumber, Text: strconv.FormatInt(l.status, 10)})
		e.SetText(event.Outcome, httpOutcome(l.status))
	}
	switch command {
	case "USER":
		e.SetText(event.UserName, l.stem)
	case "PASS":
		e.SetText(event.EventType, event.AuthLogin)
	}
}

// setTarget sets the request's target: IIS logs path and query apart.
func (l *w3cLine) setTarget() {
	e := l.e
	if l.uri != "" {
		fillTarget(e, l.method, l.uri)
	}
	if l.stem != "" {
		target := l.stem
		if l.query != "" {
			target += "?" + l.query
		}
		e.SetText(event.RequestPath, target)
		e.SetText(event.URLPath, l.stem)
	}
	if l.query != "" {
		e.SetText(event.URLQuery, l.query)
	}
}
