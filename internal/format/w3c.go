package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// Lines of the W3C extended log format (https://www.w3.org/TR/WD-logfile) are
// values between white space; the header line #Fields names them.

// w3cField is one column of a W3C log.
type w3cField struct {
	name string
	as   w3cKind
}

// w3cKind is what a W3C column holds.
type w3cKind uint8

const (
	w3cText w3cKind = iota // no column of the schema
	w3cNumber
	w3cDate
	w3cTime
	w3cLocalDate
	w3cLocalTime
	w3cClientIP
	w3cClientPort
	w3cServerIP
	w3cServerPort
	w3cMethod
	w3cStem
	w3cQuery
	w3cURI
	w3cStatus
	w3cUser
	w3cAgent
	w3cReferrer
	w3cHost
	w3cVersion
	w3cResponseBytes
	w3cComputer
	w3cAction
	w3cProtocol
	w3cSize
	w3cPath
	w3cProcess
)

// maxW3CFields is how many columns a W3C log may have.
const maxW3CFields = 128

// w3cPlan is what the header lines of a W3C log say.
type w3cPlan struct {
	fields []w3cField
	// date is the day that #Date names, for logs without a date column.
	date string
	// quotes says that values may stand in double quotes: IIS itself never
	// quotes, and there a quote is the client's.
	quotes bool
	// other says that another product than Microsoft's wrote the log.
	other bool
	// local says that the times are of the source's zone.
	local bool
}

// readW3C works out the plan for header lines whose columns kind tells.
func readW3C(text string, kind func(name string) w3cKind) *w3cPlan {
	list, ok := directive(text, "Fields")
	if !ok {
		return nil
	}
	p := &w3cPlan{}
	for name := range strings.FieldsSeq(list) {
		if len(p.fields) == maxW3CFields {
			return nil
		}
		p.fields = append(p.fields, w3cField{name, kind(name)})
	}
	if len(p.fields) < 2 {
		return nil
	}
	software, _ := directive(text, "Software")
	p.quotes = !strings.HasPrefix(software, "Microsoft Internet Information")
	p.other = software != "" && !strings.Contains(software, "Microsoft") && !strings.Contains(software, "IIS")
	p.date = headerDate(text)
	format, _ := directive(text, "Time")
	p.local = strings.HasSuffix(format, "Local")
	return p
}

// w3cPlanOf returns the plan that header lines of the format called name made, nil
// where there are none.
func w3cPlanOf(c *Columns, name string) *w3cPlan {
	if f := c.Format(); f == nil || f.Name != name {
		return nil
	}
	p, _ := c.compiled().(*w3cPlan)
	return p
}

// headerDate returns the day in a #Date line, or in #Start-Date.
func headerDate(text string) string {
	date, ok := directive(text, "Date")
	if !ok {
		date, _ = directive(text, "Start-Date")
	}
	if len(date) < len("2006-01-02") {
		return ""
	}
	return date[:len("2006-01-02")]
}

// cutW3C cuts line into values of a plan with count columns. A line with another
// number of values is not one of them.
func cutW3C(line string, count int, quotes bool, space []string) ([]string, error) {
	values := cutSpaces(line, count, space)
	if len(values) == count {
		return values, nil
	}
	if quotes {
		if values = cutW3CQuoted(line, count, values[:0]); len(values) == count {
			return values, nil
		}
	}
	return nil, &Error{Reason: "the line has not as many values as its header names", Offset: len(line)}
}

// cutSpaces cuts line at white space, into count+1 values at most.
func cutSpaces(line string, count int, values []string) []string {
	for i := 0; i < len(line) && len(values) <= count; {
		if line[i] == ' ' || line[i] == '\t' {
			i++
			continue
		}
		start := i
		for i < len(line) && line[i] != ' ' && line[i] != '\t' {
			i++
		}
		values = append(values, line[start:i])
	}
	return values
}

// cutW3CQuoted does as cutSpaces and takes what stands in double quotes, in which a
// doubled quote is one, as one value.
func cutW3CQuoted(line string, count int, values []string) []string {
	for i := 0; i < len(line) && len(values) <= count; {
		switch line[i] {
		case ' ', '\t':
			i++
		case '"':
			end := quotedEnd(line, i+1)
			if end < 0 {
				return nil
			}
			values = append(values, strings.ReplaceAll(line[i+1:end], `""`, `"`))
			i = end + 1
		default:
			start := i
			for i < len(line) && line[i] != ' ' && line[i] != '\t' {
				i++
			}
			values = append(values, line[start:i])
		}
	}
	return values
}

// quotedEnd returns where the quote stands that closes a value which begins at
// i, -1 where none does.
func quotedEnd(line string, i int) int {
	for i < len(line) {
		n := strings.IndexByte(line[i:], '"')
		if n < 0 {
			return -1
		}
		i += n
		if i+1 < len(line) && line[i+1] == '"' {
			i += 2
			continue
		}
		return i
	}
	return -1
}

// w3cLine is a line being read.
type w3cLine struct {
	e          *event.Event
	c          *Context
	date, hour string
	local      bool
	stem       string
	query      string
	uri        string
	method     string
	status     int64
	// misfits counts the values that are not valid.
	misfits int
}

// maxMisfits is how many values of a line may be none of their column before the
// line counts as another one's.
const maxMisfits = 2

// set gives the column of one field its value; a value that does not fit is left
// out of it, kept in extra and named.
func (l *w3cLine) set(f w3cField, value string) {
	if value == "-" || value == "" {
		return
	}
	if !l.fits(f, value) {
		l.misfits++
		l.e.Warn(f.name + " is not valid")
		l.e.SetExtraText(f.name, value)
	}
}

func (l *w3cLine) fits(f w3cField, value string) bool {
	e := l.e
	switch f.as {
	case w3cDate:
		l.date = value
	case w3cTime:
		l.hour = value
	case w3cLocalDate:
		if l.date == "" {
			l.date, l.local = value, true
		}
	case w3cLocalTime:
		if l.hour == "" {
			l.hour, l.local = value, true
		}
	case w3cClientIP:
		return e.SetIP(event.SourceIP, bareAddress(value))
	case w3cServerIP:
		return e.SetIP(event.DestinationIP, bareAddress(value))
	case w3cClientPort:
		return setPort(e, event.SourcePort, value)
	case w3cServerPort:
		return setPort(e, event.DestinationPort, value)
	case w3cMethod:
		l.method = value
	case w3cStem:
		l.stem = value
	case w3cQuery:
		l.query = value
	case w3cURI:
		l.uri = value
	case w3cStatus:
		status, ok := parseUint(value)
		if !ok || status > 999 {
			return false
		}
		l.status = status
	case w3cUser:
		e.SetText(event.UserName, value)
	case w3cAgent:
		e.SetText(event.UserAgent, plusSpaces(value))
	case w3cReferrer:
		e.SetText(event.Referrer, value)
	case w3cHost:
		e.SetText(event.HTTPHost, hostOnly(value))
	case w3cVersion:
		return setVersion(e, value)
	case w3cResponseBytes:
		n, ok := parseUint(value)
		if ok {
			e.SetInt(event.ResponseSizeBytes, n)
		}
		return ok
	case w3cComputer:
		e.SetText(event.HostName, value)
	case w3cAction, w3cProtocol, w3cSize, w3cPath, w3cProcess:
		return l.setFirewall(f, value)
	case w3cNumber:
		if isNumber(value) {
			e.SetExtra(f.name, event.Value{Kind: event.KindNumber, Text: value})
			return true
		}
		e.SetExtraText(f.name, value)
	default:
		e.SetExtraText(f.name, value)
	}
	return true
}

// bareAddress returns an IPv6 address without the brackets and the zone that
// HTTPERR and IIS write.
func bareAddress(s string) string {
	if len(s) > 2 && s[0] == '[' && s[len(s)-1] == ']' {
		return s[1 : len(s)-1]
	}
	return s
}

func setPort(e *event.Event, c event.Column, value string) bool {
	port, ok := parseUint(value)
	return ok && e.SetPort(c, port)
}

// plusSpaces decodes the spaces of a value in which IIS wrote them as '+'. Of
// several in a row the first was a space: user agents have " +http://" in them.
func plusSpaces(s string) string {
	if strings.IndexByte(s, '+') < 0 {
		return s
	}
	out := []byte(s)
	for i := range out {
		if out[i] == '+' && (i == 0 || s[i-1] != '+') {
			out[i] = ' '
		}
	}
	return string(out)
}

// setTime sets event_time from date and time columns. Times are UTC but in
// columns, or files, that say that they are local.
func (l *w3cLine) setTime(p *w3cPlan) error {
	if l.hour == "" {
		return nil
	}
	date := l.date
	if date == "" {
		date = p.date
	}
	if date == "" {
		l.e.Warn("the time has no date")
		l.e.SetExtraText("time", l.hour)
		return nil
	}
	m, ok := w3cMoment(date, l.hour)
	if !ok {
		return &Error{Reason: "expected a date and a time"}
	}
	zone := l.c.Zone
	if !l.local && !p.local {
		zone = nil
	}
	nanos, ok := m.in(zone)
	if !ok {
		return &Error{Reason: "there is no such date and time"}
	}
	l.e.SetInt(event.EventTime, nanos)
	return nil
}

func w3cMoment(date, hour string) (m moment, ok bool) {
	if len(date) != 10 || date[4] != '-' || date[7] != '-' || !m.clock(hour, 0) {
		return moment{}, false
	}
	m.year, m.month, m.day = num4(date, 0), num2(date, 5), num2(date, 8)
	return m, 8+m.fraction(hour, 8) == len(hour)
}

// fillHeader fills e from a header line, which is an event as well: every line
// is accounted for.
func fillHeader(line string, e *event.Event) {
	e.SetText(event.EventType, event.ServiceLog)
	e.SetText(event.Message, line)
}
