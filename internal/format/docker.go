package format

import (
	"slices"
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var dockerFormat = &Format{
	Name:  "docker",
	Title: "Container logs (Docker, CRI, Compose)",
	Doc: "Lines of containers in the wrappings that runtimes put around them: the JSON objects of Docker's json-file driver and of Fluentd " +
		"and Fluent Bit, the lines of CRI runtimes (containerd, CRI-O) as Kubernetes keeps them, and the output of docker compose logs. What the container " +
		"wrote goes on to the format that recognizes it. It promises the wrapping. " +
		"Source: https://docs.docker.com/engine/logging/drivers/json-file and https://kubernetes.io/docs/concepts/cluster-administration/logging",
	Parse:    parseDocker,
	Match:    matchDocker,
	document: &dockerDocument,
}

var dockerDocument = documentKind{
	keys:   []string{"stream", "container_id"},
	claims: claimDocker,
	fill:   fillDocker,
}

func parseDocker(line string, c *Context, e *event.Event) error {
	if isObject(line) {
		return parseDocument(line, &dockerDocument, c, e)
	}
	if startsWithISO(line) {
		return parseCRI(line, c, e)
	}
	return parseCompose(line, c, e)
}

// matchDocker is certain of CRI lines. Compose lines are told by the number that
// ends a container's name, or by the object behind it: prose has a bar now and
// then.
func matchDocker(line string) int {
	if startsWithISO(line) {
		if at := criStream(line); at > 0 {
			return Certain
		}
		return 0
	}
	name, at := composeName(line)
	if at == 0 {
		return 0
	}
	if isDigit(name[len(name)-1]) && strings.LastIndexAny(name, "-_") >= 0 {
		return Certain
	}
	// A container may have a name of its own; what it says tells then.
	if isObject(line[at:]) && line[len(line)-1] == '}' {
		return 60
	}
	return 0
}

// criStream returns where the stream's name begins in a line of CRI, 0 where it
// is none: a time with fraction and zone, stdout or stderr, P or F.
func criStream(line string) int {
	at := strings.IndexByte(line[:min(len(line), 40)], ' ') + 1
	if at < 21 || len(line) < at+8 {
		return 0
	}
	rest := line[at:]
	if !strings.HasPrefix(rest, "stdout ") && !strings.HasPrefix(rest, "stderr ") {
		return 0
	}
	if tag := rest[7]; tag != 'F' && tag != 'P' || len(rest) > 8 && rest[8] != ' ' && rest[8] != ':' {
		return 0
	}
	return at
}

// containerLine is what a wrapping says of a line.
type containerLine struct {
	text    string
	nanos   int64
	timed   bool
	stream  string
	name    string
	partial bool
}

func parseCRI(line string, c *Context, e *event.Event) error {
	at := criStream(line)
	if at == 0 {
		return &Error{Reason: "expected stdout or stderr and P or F behind the time of a CRI line", Offset: min(len(line), 20)}
	}
	nanos, ok := rfc3339Time(line[:at-1], nil)
	if !ok {
		return &Error{Reason: "the time of a CRI line does not exist"}
	}
	tags, text, _ := strings.Cut(line[at+7:], " ")
	l := containerLine{text: text, nanos: nanos, timed: true, stream: line[at : at+6], partial: tags[0] == 'P'}
	l.fill(c, e)
	return nil
}

// eraseLine is what compose puts before a line to make its terminal redraw it.
const eraseLine = "\x1b[2K"

// composeName returns the container's name that a line of docker compose starts
// with, and where its text begins; 0 is none.
func composeName(line string) (name string, at int) {
	rest := strings.TrimPrefix(line, eraseLine)
	rest = rest[colourWidth(rest):]
	n := 0
	for n < len(rest) && n < 128 && (isAlnum(rest[n]) || n > 0 && (rest[n] == '-' || rest[n] == '_' || rest[n] == '.')) {
		n++
	}
	name = rest[:n]
	bar := n
	for bar < len(rest) && rest[bar] == ' ' {
		bar++
	}
	if n == 0 || bar == n || bar == len(rest) || rest[bar] != '|' {
		return "", 0
	}
	rest = rest[bar+1:]
	rest = strings.TrimPrefix(rest[colourWidth(rest):], " ")
	return name, len(line) - len(rest)
}

// colourWidth returns the length of the escape sequence for a colour at the
// start of s.
func colourWidth(s string) int {
	if !strings.HasPrefix(s, "\x1b[") {
		return 0
	}
	n := 2
	for n < len(s) && n < 16 && (isDigit(s[n]) || s[n] == ';') {
		n++
	}
	if n == len(s) || s[n] != 'm' {
		return 0
	}
	return n + 1
}

func parseCompose(line string, c *Context, e *event.Event) error {
	name, at := composeName(line)
	if at == 0 {
		return &Error{Reason: "expected a container's name and a bar, or the time of a CRI line"}
	}
	text := line[at:]
	text = strings.TrimPrefix(text[colourWidth(text):], " ")
	l := containerLine{text: line[at:], name: name}
	if startsWithISO(text) {
		if stamp, rest, _ := strings.Cut(text, " "); hasZone(stamp) {
			if nanos, ok := rfc3339Time(stamp, nil); ok {
				l.nanos, l.timed, l.text = nanos, true, rest
			}
		}
	}
	l.fill(c, e)
	return nil
}

// claimDocker takes objects with a line in log, and a stream and a time (Docker,
// Fluent Bit) or a container and a source (Docker's fluentd driver) beside it.
func claimDocker(o *object) int {
	if memberKind(o.find("log")) != event.KindString {
		return 0
	}
	if isStream(o.text("stream")) && (o.has("time") || o.has("@timestamp") || o.has("timestamp") || o.has("kubernetes") || o.has("logtag")) {
		return 90
	}
	if isStream(o.text("source")) && o.has("container_id") {
		return 90
	}
	return 0
}

func isStream(s string) bool { return s == "stdout" || s == "stderr" || s == "stdin" }

func fillDocker(o *object, c *Context, e *event.Event) error {
	l := containerLine{text: o.take("log"), stream: o.take("stream")}
	if l.stream == "" {
		l.stream = o.take("source")
	}
	for _, name := range [...]string{"time", "@timestamp", "timestamp"} {
		text := o.text(name)
		if text == "" {
			continue
		}
		if l.nanos, l.timed = anyTime(text, nil); l.timed {
			o.find(name).done = true
			break
		}
		return &Error{Reason: "the time of the container's line is none"}
	}
	l.name = strings.TrimPrefix(o.take("container_name"), "/")
	l.partial = !o.has("kubernetes") && !o.has("logtag") && !o.has("container_id") && !strings.HasSuffix(l.text, "\n") ||
		o.text("logtag") == "P" || o.text("partial_message") == "true"
	l.text = strings.TrimRight(l.text, "\r\n")
	host := o.find("kubernetes").inner("host")
	l.fill(c, e)
	fillAbsent(e, event.HostName, scalarText(host))
	for i := range o.members {
		m := &o.members[i]
		if _, there := e.ExtraField(m.name); m.done || there {
			continue
		}
		e.SetExtra(m.name, m.value())
	}
	return nil
}

// fill reads the text as the format that takes it, and adds what the wrapping
// says.
func (l *containerLine) fill(c *Context, e *event.Event) {
	text := l.text
	if !l.partial && readContained(text, c, e) {
		if l.timed && (!e.Has(event.EventTime) || misplaced(e.Int(event.EventTime), l.nanos)) {
			e.SetInt(event.EventTime, l.nanos)
		}
	} else {
		e.SetText(event.EventType, event.ServiceLog)
		e.SetText(event.Message, text)
		if l.timed {
			e.SetInt(event.EventTime, l.nanos)
		}
	}
	if l.stream != "" {
		e.SetExtraText("stream", l.stream)
	}
	e.SetExtraText("container_name", l.name)
	if l.partial {
		e.SetExtra("partial", event.Value{Kind: event.KindBool, Text: "true"})
	}
}

// misplaced reports whether a time inside of the line, which may have come
// without its zone, is off by quarters of an hour from when the line was
// written.
func misplaced(inner, outer int64) bool {
	const (
		quarter = int64(15 * 60 * 1e9)
		slow    = int64(60 * 1e9)
	)
	off := abs(outer - inner)
	if off < quarter-slow || off > 56*quarter+slow {
		return false
	}
	off %= quarter
	return off < slow || off > quarter-slow
}

// readContained reads text as any format that may stand in a container's line.
func readContained(text string, c *Context, e *event.Event) bool {
	if text == "" {
		return false
	}
	inner := Context{Received: c.Received, Zone: c.Zone}
	f, err := builtin.contained.Parse("", text, &inner, e)
	if err != nil {
		e.Reset()
		return false
	}
	fillAbsent(e, event.Format, f.Name)
	fillAbsent(e, event.Message, text)
	return true
}

// containedFormats are the formats of what containers write. Wrappings are none
// of them, and neither is syslog without a priority, which would take the second
// word of a line that starts with a time for a host.
func containedFormats(formats []*Format) []*Format {
	return slices.DeleteFunc(slices.Clone(formats), func(f *Format) bool {
		return f.Name == "docker" || f.Name == "syslog" || f.Name == "csv"
	})
}
