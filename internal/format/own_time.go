package format

import (
	"strings"
	"time"
)

// layoutKind is how a layout's times are read.
type layoutKind uint8

const (
	anyLayout layoutKind = iota // what documents write, and RFC 3164
	isoLayout
	bsdLayout
	clfLayout
	epochLayout
	stepsLayout
)

// timeLayout is one way to write a time in a user's own format.
type timeLayout struct {
	kind layoutKind
	// unit is that of epochLayout in nanoseconds, 0 where the size tells it.
	unit  int64
	steps []timeStep
}

// layoutNames are the layouts that have a name.
var layoutNames = map[string]timeLayout{
	"auto":     {kind: anyLayout},
	"iso8601":  {kind: isoLayout},
	"rfc3339":  {kind: isoLayout},
	"rfc3164":  {kind: bsdLayout},
	"clf":      {kind: clfLayout},
	"epoch":    {kind: epochLayout, unit: 1e9},
	"epoch_ms": {kind: epochLayout, unit: 1e6},
	"epoch_us": {kind: epochLayout, unit: 1e3},
	"epoch_ns": {kind: epochLayout, unit: 1},
}

// stepKind is one part of an explicit layout.
type stepKind uint8

const (
	stepText stepKind = iota
	stepYear
	stepShortYear
	stepMonth
	stepMonthName
	stepDay
	stepDayName
	stepYearDay
	stepHour
	stepHour12
	stepHalf
	stepMinute
	stepSecond
	stepMilli
	stepFraction
	// stepPointed is a fraction with its point, and stepMaybe one that may be
	// missing.
	stepPointed
	stepMaybe
	stepEpoch
	stepZone
	stepZoneName
)

// timeStep is a part of an explicit layout: a text or a number of digits.
type timeStep struct {
	kind stepKind
	text string
	// fixed says that as many digits as can be must be there, since more
	// digits follow.
	fixed bool
}

// isNumeric reports whether the step begins with a digit.
func (s timeStep) isNumeric() bool {
	switch s.kind {
	case stepText:
		return s.text != "" && isDigit(s.text[0])
	case stepMonthName, stepDayName, stepHalf, stepZone, stepZoneName, stepPointed, stepMaybe:
		return false
	default:
		return true
	}
}

// parseLayout compiles a layout: a name, strptime's directives or Go's
// reference time. problem, if not empty, says what is wrong with it.
func parseLayout(text string) (layout timeLayout, problem string) {
	if named, ok := layoutNames[text]; ok {
		return named, ""
	}
	var steps []timeStep
	switch {
	case strings.Contains(text, "%"):
		steps, problem = strptimeSteps(text)
	default:
		steps = goSteps(text)
	}
	if problem != "" {
		return timeLayout{}, problem
	}
	for i := range steps {
		steps[i].fixed = i+1 < len(steps) && steps[i+1].isNumeric()
	}
	if !isWholeTime(steps) {
		return timeLayout{}, "has no date and time; expected auto, iso8601, rfc3164, clf, epoch, epoch_ms, epoch_us, epoch_ns, or a layout such as %d.%m.%Y %H:%M:%S or 02.01.2006 15:04:05"
	}
	return timeLayout{kind: stepsLayout, steps: steps}, ""
}

// isWholeTime reports whether steps tell a day of the year and an hour.
func isWholeTime(steps []timeStep) bool {
	var has [stepZoneName + 1]bool
	for _, s := range steps {
		has[s.kind] = true
	}
	day := has[stepDay] && (has[stepMonth] || has[stepMonthName]) || has[stepYearDay] && (has[stepYear] || has[stepShortYear])
	hour := has[stepHour] || has[stepHour12] && has[stepHalf]
	return has[stepEpoch] || day && hour
}

// strptimeSteps reads strptime's directives.
func strptimeSteps(text string) (steps []timeStep, problem string) {
	for text != "" {
		percent := strings.IndexByte(text, '%')
		if percent != 0 {
			if percent < 0 {
				percent = len(text)
			}
			steps = append(steps, timeStep{text: text[:percent]})
			text = text[percent:]
			continue
		}
		if len(text) == 1 {
			return nil, "ends with a lone %"
		}
		more := strptimeDirective(text[1])
		if more == nil {
			return nil, "has the unknown directive %" + text[1:2] + "; expected those of strptime: %Y %y %m %b %B %d %e %j %H %I %p %M %S %f %L %s %z %Z %a %A %F %T %R %D %%"
		}
		steps = append(steps, more...)
		text = text[2:]
	}
	return steps, ""
}

// strptimeDirective returns the steps of strptime's %b, nil for an unknown one.
func strptimeDirective(b byte) []timeStep {
	one := func(kind stepKind) []timeStep { return []timeStep{{kind: kind}} }
	join := func(text string) []timeStep {
		steps, _ := strptimeSteps(text)
		return steps
	}
	switch b {
	case 'Y':
		return one(stepYear)
	case 'y':
		return one(stepShortYear)
	case 'm':
		return one(stepMonth)
	case 'b', 'B', 'h':
		return one(stepMonthName)
	case 'd', 'e':
		return one(stepDay)
	case 'a', 'A':
		return one(stepDayName)
	case 'j':
		return one(stepYearDay)
	case 'H', 'k':
		return one(stepHour)
	case 'I', 'l':
		return one(stepHour12)
	case 'p', 'P':
		return one(stepHalf)
	case 'M':
		return one(stepMinute)
	case 'S':
		return one(stepSecond)
	case 'L':
		return one(stepMilli)
	case 'f', 'N':
		return one(stepFraction)
	case 's':
		return one(stepEpoch)
	case 'z':
		return one(stepZone)
	case 'Z':
		return one(stepZoneName)
	case 'F':
		return join("%Y-%m-%d")
	case 'T':
		return join("%H:%M:%S")
	case 'R':
		return join("%H:%M")
	case 'D':
		return join("%m/%d/%y")
	case '%':
		return []timeStep{{text: "%"}}
	default:
		return nil
	}
}

// goParts are the parts of Go's reference time, a longer one before those that
// it begins with.
var goParts = []struct {
	text string
	kind stepKind
}{
	{"January", stepMonthName},
	{"Jan", stepMonthName},
	{"Monday", stepDayName},
	{"Mon", stepDayName},
	{"MST", stepZoneName},
	{"2006", stepYear},
	{"Z07:00", stepZone},
	{"Z0700", stepZone},
	{"Z07", stepZone},
	{"-07:00", stepZone},
	{"-0700", stepZone},
	{"-07", stepZone},
	{"002", stepYearDay},
	{"_2", stepDay},
	{"02", stepDay},
	{"01", stepMonth},
	{"03", stepHour12},
	{"04", stepMinute},
	{"05", stepSecond},
	{"06", stepShortYear},
	{"15", stepHour},
	{"PM", stepHalf},
	{"pm", stepHalf},
	{"1", stepMonth},
	{"2", stepDay},
	{"3", stepHour12},
	{"4", stepMinute},
	{"5", stepSecond},
}

// goSteps reads a layout in Go's style.
func goSteps(text string) []timeStep {
	var steps []timeStep
	literal := 0
	flush := func(end int) {
		if end > literal {
			steps = append(steps, timeStep{text: text[literal:end]})
		}
	}
	for i := 0; i < len(text); {
		kind, n := goPart(text[i:])
		if n == 0 {
			i++
			continue
		}
		flush(i)
		steps = append(steps, timeStep{kind: kind})
		i += n
		literal = i
	}
	flush(len(text))
	return steps
}

func goPart(text string) (kind stepKind, n int) {
	if text[0] == '.' || text[0] == ',' {
		zeros := len(text[1:]) - len(strings.TrimLeft(text[1:], "0"))
		nines := len(text[1:]) - len(strings.TrimLeft(text[1:], "9"))
		switch {
		case zeros > 0 && (1+zeros == len(text) || !isDigit(text[1+zeros])):
			return stepPointed, 1 + zeros
		case nines > 0 && (1+nines == len(text) || !isDigit(text[1+nines])):
			return stepMaybe, 1 + nines
		}
		return 0, 0
	}
	for _, p := range goParts {
		if strings.HasPrefix(text, p.text) {
			return p.kind, len(p.text)
		}
	}
	return 0, 0
}

// read reads a time at the start of s and returns how many bytes it took. Times
// without a zone are of zone, or of c's where that is nil.
func (l *timeLayout) read(s string, c *Context, zone *time.Location) (nanos int64, n int, ok bool) {
	if zone == nil {
		zone = c.Zone
	}
	switch l.kind {
	case isoLayout:
		return isoTime(s, zone)
	case bsdLayout:
		return bsdTime(s, &Context{Received: c.Received, Zone: zone})
	case clfLayout:
		const width = clfWidth - len("[]")
		if len(s) < width {
			return 0, 0, false
		}
		nanos, ok = clfTime(s[:width])
		return nanos, width, ok
	case epochLayout:
		return readEpoch(s, l.unit)
	case stepsLayout:
		return readSteps(l.steps, s, &Context{Received: c.Received, Zone: zone})
	default:
		return readAnyTime(s, c, zone)
	}
}

// readAnyTime tries the layouts that leave no doubt.
func readAnyTime(s string, c *Context, zone *time.Location) (nanos int64, n int, ok bool) {
	if s == "" {
		return 0, 0, false
	}
	if isAlpha(s[0]) {
		return bsdTime(s, &Context{Received: c.Received, Zone: zone})
	}
	if nanos, n, ok = isoTime(s, zone); ok {
		return nanos, n, true
	}
	const width = clfWidth - len("[]")
	if len(s) >= width && s[2] == '/' {
		nanos, ok = clfTime(s[:width])
		return nanos, width, ok
	}
	n = epochWidth(s)
	nanos, ok = epochTime(s[:n])
	return nanos, n, ok
}

// maxEpoch is the longest number that is looked at as a time.
const maxEpoch = 32

// epochWidth returns the length of the number at the start of s.
func epochWidth(s string) int {
	s = s[:min(len(s), maxEpoch)]
	n := leadingDigits(s)
	if n+1 < len(s) && s[n] == '.' && isDigit(s[n+1]) {
		n += 1 + leadingDigits(s[n+1:])
	}
	return n
}

// readEpoch reads a count of unit since 1970, with a fraction or without.
func readEpoch(s string, unit int64) (nanos int64, n int, ok bool) {
	n = epochWidth(s)
	whole := leadingDigits(s[:n])
	v, ok := parseUint(s[:whole])
	if !ok || v > (1<<63-1)/unit-1 {
		return 0, 0, false
	}
	var m moment
	m.fraction(s[:n], whole)
	return v*unit + int64(m.nano)*unit/1e9, n, true
}

// clockReading is a time as it is read part by part.
type clockReading struct {
	moment
	day    int // of the year
	half   byte
	twelve bool
	epoch  int64
	ticked bool
	offset int
	zoned  bool
	// named says that a zone stands there whose offset is that of the context.
	named bool
}

func readSteps(steps []timeStep, s string, c *Context) (nanos int64, n int, ok bool) {
	var r clockReading
	i := 0
	for k := range steps {
		width := r.step(&steps[k], s[i:])
		if width < 0 {
			return 0, 0, false
		}
		i += width
	}
	nanos, ok = r.finish(c)
	return nanos, i, ok
}

// step reads one part and returns its length, -1 where it isn't there.
func (r *clockReading) step(p *timeStep, s string) int {
	switch p.kind {
	case stepText:
		return layoutTextWidth(p.text, s)
	case stepMonthName:
		return r.monthName(s)
	case stepDayName:
		return layoutNameWidth(s, dayNames[:])
	case stepHalf:
		return r.halfDay(s)
	case stepZone:
		offset, n := spacedZone(s)
		r.offset, r.zoned = offset, true
		return orMissing(n)
	case stepZoneName:
		return r.zoneName(s)
	case stepPointed:
		return orMissing(r.fraction(s, 0))
	case stepMaybe:
		return r.fraction(s, 0)
	case stepFraction:
		n := leadingDigits(s[:min(len(s), 9)])
		for i, unit := 0, 100_000_000; i < n; i, unit = i+1, unit/10 {
			r.nano += int(s[i]-'0') * unit
		}
		return orMissing(n)
	default:
		return r.number(p, s)
	}
}

func orMissing(n int) int {
	if n == 0 {
		return -1
	}
	return n
}

// layoutTextWidth matches literal text, in which one space stands for any number of
// them.
func layoutTextWidth(text, s string) int {
	i := 0
	for k := 0; k < len(text); k++ {
		if i >= len(s) || s[i] != text[k] {
			return -1
		}
		i++
		for text[k] == ' ' && i < len(s) && s[i] == ' ' {
			i++
		}
	}
	return i
}

var (
	monthNames = [...]string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}
	dayNames   = [...]string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
)

// layoutNameWidth returns the length of the name at the start of s, whole or its first
// three letters, -1 for none.
func layoutNameWidth(s string, names []string) int {
	for _, name := range names {
		if len(s) < 3 || !strings.EqualFold(s[:3], name[:3]) {
			continue
		}
		if len(s) >= len(name) && strings.EqualFold(s[:len(name)], name) {
			return len(name)
		}
		return 3
	}
	return -1
}

func (r *clockReading) monthName(s string) int {
	r.month = monthNumber(s)
	if r.month == 0 {
		return -1
	}
	return layoutNameWidth(s, monthNames[:])
}

func (r *clockReading) halfDay(s string) int {
	if len(s) < 2 || s[1]|0x20 != 'm' || s[0]|0x20 != 'a' && s[0]|0x20 != 'p' {
		return -1
	}
	r.half = s[0] | 0x20
	return 2
}

// zoneName reads the letters of a zone. UTC and GMT are what they say; any other
// one is that of the context, which must then be set: names are ambiguous.
func (r *clockReading) zoneName(s string) int {
	if _, n := zoneOffset(s); n > 0 {
		r.offset, r.zoned = 0, true
		if s[0] == '+' || s[0] == '-' {
			r.offset, _ = zoneOffset(s)
		}
		return n
	}
	n := 0
	for n < len(s) && n < 6 && isUpper(s[n]) {
		n++
	}
	r.named = true
	return orMissing(n)
}

// stepWidths are how many digits a part has at most.
var stepWidths = [...]int{
	stepYear: 4, stepShortYear: 2, stepMonth: 2, stepDay: 2, stepYearDay: 3, stepHour: 2, stepHour12: 2,
	stepMinute: 2, stepSecond: 2, stepMilli: 3, stepEpoch: 19,
}

func (r *clockReading) number(p *timeStep, s string) int {
	most, pad := stepWidths[p.kind], 0
	if (p.kind == stepDay || p.kind == stepHour || p.kind == stepHour12) && s != "" && s[0] == ' ' {
		pad = 1
		s = s[1:]
	}
	n := leadingDigits(s[:min(len(s), most)])
	if n == 0 || n < most && (p.fixed && p.kind != stepEpoch && pad == 0 || p.kind == stepYear || p.kind == stepShortYear || p.kind == stepMilli) {
		return -1
	}
	v64, ok := parseUint(s[:n])
	if !ok {
		return -1
	}
	v := int(v64)
	switch p.kind {
	case stepYear:
		r.year = v
	case stepShortYear:
		r.year = 2000 + v
		if v >= 69 {
			r.year = 1900 + v
		}
	case stepMonth:
		r.month = v
	case stepDay:
		r.moment.day = v
	case stepYearDay:
		r.day = v
	case stepHour:
		r.hour = v
	case stepHour12:
		r.hour, r.twelve = v, true
	case stepMinute:
		r.minute = v
	case stepSecond:
		r.second = v
	case stepMilli:
		r.nano = v * 1e6
	case stepEpoch:
		r.epoch, r.ticked = v64, true
	}
	return pad + n
}

// finish puts the parts together.
func (r *clockReading) finish(c *Context) (nanos int64, ok bool) {
	if r.ticked {
		return r.epoch*1e9 + int64(r.nano), r.epoch < 9.2e9
	}
	if r.twelve && r.half != 0 {
		if r.hour < 1 || r.hour > 12 {
			return 0, false
		}
		r.hour %= 12
		if r.half == 'p' {
			r.hour += 12
		}
	}
	if r.day > 0 {
		return r.byYearDay(c)
	}
	return r.settle(c)
}

// byYearDay finds the month of a day of the year.
func (r *clockReading) byYearDay(c *Context) (nanos int64, ok bool) {
	day := r.day
	for r.month = 1; r.month <= 12 && day > daysIn(r.year, r.month); r.month++ {
		day -= daysIn(r.year, r.month)
	}
	r.moment.day = day
	return r.settle(c)
}

func (r *clockReading) settle(c *Context) (nanos int64, ok bool) {
	if r.named && (c.Zone == nil || c.Zone == time.UTC) {
		return 0, false
	}
	switch {
	case r.year == 0 && r.zoned:
		return r.nearest(&Context{Received: c.Received, Zone: time.FixedZone("", r.offset)})
	case r.year == 0:
		return r.nearest(c)
	case r.zoned:
		return r.unix(r.offset)
	default:
		return r.in(c.Zone)
	}
}
