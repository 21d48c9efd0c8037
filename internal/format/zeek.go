package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var zeekFormat = &Format{
	Name:  "zeek",
	Title: "Zeek (Bro) logs, tab-separated and JSON",
	Doc: "All logs of Zeek. Tab-separated ones have the columns that #fields names; a line without header is read where its values fit the " +
		"columns of one of the usual logs and no other. JSON objects are recognized by _path, or by members that one log only has. " +
		"It promises a value for each column, and a time where there is a column ts. Source: https://docs.zeek.org/en/master/script-reference/log-files.html",
	Parse:    parseZeek,
	Match:    matchZeek,
	Starts:   "#0123456789",
	columns:  &columnsKind{claims: claimsZeekColumns, read: readZeekColumns},
	document: &zeekDocument,
}

var zeekDocument = documentKind{
	keys:   []string{"_path", "@stream", "id.orig_h", "id_orig_h", "uid", "fuid", "certificate.serial", "certificate_serial", "software_type", "conn_uids"},
	claims: claimZeek,
	fill:   fillZeek,
}

func parseZeek(line string, c *Context, e *event.Event) error {
	if isObject(line) {
		return parseDocument(line, &zeekDocument, c, e)
	}
	if name := directiveName(line); name != "" && isZeekDirective(name) {
		fillHeader(line, e)
		return nil
	}
	return parseZeekTSV(line, c, e)
}

// claimZeek is sure of documents that name their log, and of those with a time
// and a shape of Zeek.
func claimZeek(o *object) int {
	if !o.has("ts") {
		return 0
	}
	if zeekPath(o) != "" {
		return 90
	}
	if zeekShape(o) != nil {
		return 85
	}
	if o.has("id.orig_h") && o.has("id.resp_h") {
		return 80
	}
	return 0
}

// zeekPath returns the name of the log that a document says it is of.
func zeekPath(o *object) string {
	if path := o.text("_path"); path != "" {
		return path
	}
	if o.text("@proc") == "zeek" || o.text("@proc") == "bro" || o.has("id_orig_h") {
		return o.text("@stream")
	}
	return ""
}

// zeekShape returns the log whose members o has, nil where there is none.
func zeekShape(o *object) *zeekLog {
	for _, l := range zeekLogs {
		if len(l.shape) > 0 && hasAll(o, l.shape) {
			return l
		}
	}
	return nil
}

func hasAll(o *object, names []string) bool {
	for _, name := range names {
		if !o.has(name) {
			return false
		}
	}
	return true
}

func fillZeek(o *object, c *Context, e *event.Event) error {
	path := zeekPath(o)
	l := zeekByPath[path]
	if l == nil && path == "" {
		l = zeekShape(o)
	}
	if l == nil {
		l = zeekOther
	}
	for _, name := range []string{"_path", "@stream"} {
		if o.text(name) == path {
			o.take(name)
		}
	}
	if path == "" {
		path = l.path
	}
	l.mapping.fill(o.members, c, e)
	l.conclude(path, e)
	return nil
}

// conclude sets what a log means, and what follows from several of its values.
func (l *zeekLog) conclude(path string, e *event.Event) {
	e.SetText(event.Vendor, "zeek")
	e.SetText(event.Product, "zeek")
	e.SetText(event.Service, path)
	e.SetText(event.EventType, l.eventType)
	switch {
	case l.path == path && path != "":
		e.SetList(event.LogSource, l.sources)
	case path != "":
		e.SetList(event.LogSource, []string{":zeek:" + path})
	default:
		e.SetList(event.LogSource, zeekSources)
	}
	switch l.path {
	case "conn":
		concludeZeekConn(e)
	case "dns":
		concludeZeekDNS(e)
	case "http":
		concludeZeekHTTP(e)
	case "files", "x509":
		e.SetText(event.FileHash, strings.ToLower(e.Text(event.FileHash)))
	case "ssh":
		setZeekOutcome(e, "auth_success")
	case "kerberos", "ntlm", "mysql":
		setZeekOutcome(e, "success")
	case "radius":
		setZeekResult(e)
	case "ftp":
		setZeekReply(e)
		setZeekChange(e)
	case "smb_files":
		setZeekChange(e)
	case "syslog":
		setLevel(e, e.Text(event.Severity))
	}
}

var zeekSources = []string{":zeek:"}

func setZeekOutcome(e *event.Event, name string) {
	v, ok := e.ExtraField(name)
	if !ok || v.Kind != event.KindBool {
		return
	}
	e.SetText(event.Outcome, event.Failure)
	if v.Text == "true" {
		e.SetText(event.Outcome, event.Success)
	}
}

func setZeekResult(e *event.Event) {
	switch v, _ := e.ExtraField("result"); v.Text {
	case "success":
		e.SetText(event.Outcome, event.Success)
	case "failed":
		e.SetText(event.Outcome, event.Failure)
	}
}

// setZeekChange tells what changes files from what reads them.
func setZeekChange(e *event.Event) {
	switch e.Text(event.Action) {
	case "STOR", "STOU", "APPE", "DELE", "RNTO", "MKD", "RMD", "SMB::FILE_WRITE", "SMB::FILE_DELETE", "SMB::FILE_RENAME", "SMB::FILE_SET_ATTRIBUTE":
		e.SetText(event.EventType, event.FileChange)
	}
}

func setZeekReply(e *event.Event) {
	v, _ := e.ExtraField("reply_code")
	if code, ok := parseUint(v.Text); ok && code >= 100 {
		e.SetText(event.Outcome, httpOutcome(code))
	}
}

// concludeZeekConn sets the bytes of the flow, its direction, and its outcome
// where the state tells: what was rejected failed, what was set up succeeded.
func concludeZeekConn(e *event.Event) {
	if isICMP(e.Text(event.NetworkProtocol)) { // types and codes stand where ports do
		takePort(e, event.SourcePort, "id.orig_p", true)
		takePort(e, event.DestinationPort, "id.resp_p", true)
	}
	sum, ok := zeekSum(e, "orig_ip_bytes", "resp_ip_bytes")
	if !ok {
		sum, ok = zeekSum(e, "orig_bytes", "resp_bytes")
	}
	if ok {
		e.SetInt(event.NetworkBytes, sum)
	}
	switch v, _ := e.ExtraField("conn_state"); v.Text {
	case "SF", "S1", "S2", "S3", "RSTO", "RSTR":
		e.SetText(event.Outcome, event.Success)
	case "REJ":
		e.SetText(event.Outcome, event.Failure)
	}
	from, known := e.ExtraField("local_orig")
	to, both := e.ExtraField("local_resp")
	switch {
	case !known || !both:
	case from.Text == "true" && to.Text == "true":
		e.SetText(event.NetworkDirection, event.Internal)
	case from.Text == "true":
		e.SetText(event.NetworkDirection, event.Outbound)
	case to.Text == "true":
		e.SetText(event.NetworkDirection, event.Inbound)
	default:
		e.SetText(event.NetworkDirection, event.External)
	}
}

// zeekSum adds two counts, of which both must be there.
func zeekSum(e *event.Event, a, b string) (int64, bool) {
	first, _ := e.ExtraField(a)
	second, _ := e.ExtraField(b)
	x, ok := parseUint(first.Text)
	y, both := parseUint(second.Text)
	return x + y, ok && both && x+y >= 0
}

func concludeZeekDNS(e *event.Event) {
	switch v, _ := e.ExtraField("rcode_name"); v.Text {
	case "":
	case "NOERROR":
		e.SetText(event.Outcome, event.Success)
	default:
		e.SetText(event.Outcome, event.Failure)
	}
}

func concludeZeekHTTP(e *event.Event) {
	host := hostOnly(e.Text(event.HTTPHost))
	if target := e.Text(event.RequestPath); target != "" {
		fillTarget(e, e.Text(event.HTTPMethod), target)
	}
	if host != "" {
		e.SetText(event.HTTPHost, host)
	}
	if e.Has(event.StatusCode) {
		e.SetText(event.Outcome, httpOutcome(e.Int(event.StatusCode)))
	}
}
