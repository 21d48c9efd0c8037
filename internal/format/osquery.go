package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var osqueryFormat = &Format{
	Name:  "osquery",
	Title: "osquery results",
	Doc: "Results of osquery's scheduled queries as its loggers write them: differential (a row that was added or removed), batches of rows and " +
		"snapshots, and status lines. It promises the name of a query and its rows, or a status line's message and place. " +
		"Source: https://osquery.readthedocs.io/en/stable/deployment/logging",
	Parse: func(line string, c *Context, e *event.Event) error {
		return parseDocument(line, &osqueryDocument, c, e)
	},
	Match:    noText,
	document: &osqueryDocument,
}

var osqueryDocument = documentKind{
	keys:   []string{"columns", "snapshot", "diffResults", "hostIdentifier"},
	claims: claimOsquery,
	fill:   fillOsquery,
}

func claimOsquery(o *object) int {
	switch {
	case o.text("name") != "" && (isRow(o) || memberKind(o.find("snapshot")) == event.KindArray || o.has("diffResults")):
		return 90
	case o.has("hostIdentifier") && isOsqueryStatus(o):
		return 90
	default:
		return 0
	}
}

func isRow(o *object) bool {
	if memberKind(o.find("columns")) != event.KindObject {
		return false
	}
	switch o.text("action") {
	case "added", "removed", "snapshot":
		return true
	default:
		return false
	}
}

func isOsqueryStatus(o *object) bool {
	return o.text("message") != "" && o.text("filename") != "" && o.text("severity") != "" && o.text("line") != ""
}

// osqueryNames are the members around the rows.
var osqueryNames = newMapping(
	nameGroup{rule{column: event.Action, as: asText}, []string{"action"}},
	nameGroup{rule{column: event.Message, as: asText}, []string{"message"}},
)

func fillOsquery(o *object, c *Context, e *event.Event) error {
	e.SetText(event.Vendor, "osquery")
	e.SetText(event.Product, "osquery")
	e.SetText(event.EventType, event.SystemLog)
	decorations := o.find("decorations")
	setOsqueryHost(o, decorations, e)
	setOsqueryTime(o, e)
	if isOsqueryStatus(o) && !o.has("columns") {
		fillOsqueryStatus(o, e)
	}
	if isRow(o) {
		var space [stackMembers]member
		r := osqueryRow{members: o.find("columns").appendFields(space[:0])}
		r.fill(osquerySystem(scalarText(decorations.inner("platform"))), e)
	}
	osqueryNames.fill(o.members, c, e)
	return nil
}

// setOsqueryHost takes the machine's name. The host's identifier may be
// configured to be a number, which is none.
func setOsqueryHost(o *object, decorations *member, e *event.Event) {
	if name := scalarText(decorations.inner("hostname")); name != "" {
		e.SetText(event.HostName, name)
		return
	}
	if name := o.text("hostIdentifier"); !isUUID(name) {
		e.SetText(event.HostName, o.take("hostIdentifier"))
	}
}

func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (s[i] == '-') || !dash && hexDigit(s[i]) < 0 {
			return false
		}
	}
	return true
}

// setOsqueryTime takes the time of the query's run. The calendar time says the
// same in words.
func setOsqueryTime(o *object, e *event.Event) {
	text := o.text("unixTime")
	if nanos, ok := epochTime(text); ok {
		e.SetInt(event.EventTime, nanos)
		o.find("unixTime").done = true
		return
	}
	text = o.text("calendarTime")
	nanos, ok := ctimeUTC(text)
	if !ok {
		nanos, ok = rfc3339Time(text, nil)
	}
	if ok {
		e.SetInt(event.EventTime, nanos)
		o.find("calendarTime").done = true
	}
}

// ctimeUTC reads "Tue Sep 11 16:14:21 2018 UTC".
func ctimeUTC(s string) (nanos int64, ok bool) {
	if len(s) != 28 || s[3] != ' ' || s[7] != ' ' || s[10] != ' ' || s[19] != ' ' || s[24:] != " UTC" {
		return 0, false
	}
	day := num2(s, 8)
	if s[8] == ' ' && isDigit(s[9]) {
		day = int(s[9] - '0')
	}
	m := moment{year: num4(s, 20), month: monthNumber(s[4:7]), day: day}
	if !m.clock(s, 11) {
		return 0, false
	}
	return m.unix(0)
}

func fillOsqueryStatus(o *object, e *event.Event) {
	e.SetText(event.EventType, event.ServiceLog)
	severity := o.take("severity")
	e.SetText(event.Severity, severity)
	switch severity {
	case "0":
		e.SetText(event.LogLevel, "info")
	case "1":
		e.SetText(event.LogLevel, "warning")
	case "2":
		e.SetText(event.LogLevel, "error")
	case "3":
		e.SetText(event.LogLevel, "critical")
	}
}

// osquerySystem returns Sigma's product for a platform in the decorations.
func osquerySystem(platform string) string {
	switch platform {
	case "":
		return ""
	case "darwin":
		return "macos"
	case "windows":
		return "windows"
	case "ubuntu", "debian", "rhel", "centos", "amzn", "arch", "fedora", "opensuse", "suse", "oracle", "rocky", "almalinux", "linux", "gentoo", "alpine":
		return "linux"
	default:
		return ""
	}
}

// osqueryRow is a row of a query. The query is the user's, so the table that it
// asked is known by what stands beside each other only. The row stays in extra
// as it is: rules look at columns.path and the like.
type osqueryRow struct{ members []member }

func (r *osqueryRow) text(name string) string { return winText(findMember(r.members, name)) }

func (r *osqueryRow) has(name string) bool { return findMember(r.members, name) != nil }

func (r *osqueryRow) fill(system string, e *event.Event) {
	e.SetText(event.UserName, firstText(r.text("username"), r.text("user")))
	for _, name := range [...]string{"sha256", "sha1", "md5"} {
		if hash := r.text(name); isHexText(hash) {
			e.SetText(event.FileHash, strings.ToLower(hash))
			break
		}
	}
	// Tables of events have the event's own time, and a number for it.
	events := r.has("eid") || r.has("uptime")
	if nanos, ok := epochTime(r.text("time")); ok && events {
		e.SetInt(event.EventTime, nanos)
	}
	switch {
	case r.has("target_path"):
		e.SetText(event.FilePath, r.text("target_path"))
		e.SetText(event.EventType, event.FileChange)
		e.SetList(event.LogSource, osquerySources["file_event"][system])
	case r.has("remote_address"):
		r.fillSocket(system, e)
	case r.has("cmdline"):
		r.fillProcess(e)
		if events {
			e.SetText(event.EventType, event.ProcessStart)
			e.SetList(event.LogSource, osquerySources["process_creation"][system])
		}
	case r.has("command"):
		// The history of a shell, crontab.
		e.SetText(event.CommandLine, r.text("command"))
		e.SetText(event.FilePath, r.text("path"))
	case r.has("pid"):
		r.fillProcess(e)
	default:
		if path := r.text("path"); strings.HasPrefix(path, "/") || len(path) > 2 && path[1] == ':' {
			e.SetText(event.FilePath, path)
		}
	}
	if host := r.text("host"); r.has("tty") || r.has("type") {
		e.SetIP(event.SourceIP, host)
	}
}

func (r *osqueryRow) fillProcess(e *event.Event) {
	e.SetText(event.CommandLine, r.text("cmdline"))
	e.SetText(event.ProcessName, firstText(r.text("path"), r.text("name")))
	if pid, ok := parseUint(r.text("pid")); ok {
		e.SetInt(event.ProcessID, pid)
	}
}

// fillSocket reads a connection. Which end began it is known of events only.
func (r *osqueryRow) fillSocket(system string, e *event.Event) {
	r.fillProcess(e)
	local, remote := endpointColumns{event.SourceIP, event.SourcePort}, endpointColumns{event.DestinationIP, event.DestinationPort}
	switch r.text("action") {
	case "connect":
		e.SetText(event.NetworkDirection, event.Outbound)
	case "accept":
		local, remote = remote, local
		e.SetText(event.NetworkDirection, event.Inbound)
	default:
		return
	}
	local.set(e, r.text("local_address"), r.text("local_port"))
	remote.set(e, r.text("remote_address"), r.text("remote_port"))
	e.SetText(event.NetworkProtocol, protocolNumbers[r.text("protocol")])
	e.SetText(event.EventType, event.NetworkFlow)
	e.SetList(event.LogSource, osquerySources["network_connection"][system])
}

// endpointColumns are the columns of one end of a connection.
type endpointColumns struct{ ip, port event.Column }

func (p endpointColumns) set(e *event.Event, ip, port string) {
	e.SetIP(p.ip, ip)
	if n, ok := parseUint(port); ok && e.Has(p.ip) {
		e.SetPort(p.port, n)
	}
}

// osquerySources are the log sources by category and system.
var osquerySources = newOsquerySources("file_event", "process_creation", "network_connection")

func newOsquerySources(categories ...string) map[string]map[string][]string {
	all := make(map[string]map[string][]string, len(categories))
	for _, category := range categories {
		all[category] = make(map[string][]string, 3)
		for _, system := range [...]string{"linux", "macos", "windows"} {
			all[category][system] = []string{category + ":" + system + ":"}
		}
	}
	return all
}
