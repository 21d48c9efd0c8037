package format

import (
	"slices"
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var vmwareFormat = &Format{
	Name:  "vmware_esxi",
	Title: "VMware ESXi and vCenter",
	Doc: "The logs of ESXi 5 to 8 (hostd, vpxa, vobd, vmkernel, the shell, virtual machines) and of vCenter (vpxd, its events, the audit " +
		"of SSO, vami), as their files hold them and behind a syslog header, and the packets that NSX' distributed firewall logs. It promises a " +
		"header of these programs. Source: https://knowledge.broadcom.com/external/article/306962, VMware vSphere API reference (events).",
	Parse:    parseVMware,
	Match:    matchVMware,
	Starts:   "12[ceipstvwI{",
	document: &vmwareDocument,
	joins:    &arrowJoins,
}

var vmwarePayload = payload{
	format:   "vmware_esxi",
	read:     readVMware,
	owns:     isVMwareProgram,
	describe: describeVMware,
	programs: vmwarePrograms,
	what:     "a message of ESXi or vCenter that is known",
}

// vmwarePrograms are the names in syslog's header.
var vmwarePrograms = []string{
	"Hostd", "hostd", "Vpxa", "vpxa", "vpxd", "Vpxd", "vobd", "vmkernel", "vmkwarning", "Rhttpproxy", "rhttpproxy", "Fdm", "fdm",
	"shell", "ESXShell", "SSH", "usbarb", "hostd-probe", "vsansystem", "vmauthd", "dfwpktlogs", "VMAUTHD", "vmon", "cmmdsTimeMachineDump",
}

var (
	vmwareSource      = []string{":vmware:esxi", ":linux:syslog"}
	vmwareShellSource = []string{"process_creation:linux:", ":vmware:esxi", ":linux:syslog"}
	vcenterSource     = []string{":vmware:vcenter", ":linux:syslog"}
)

func isVMwareProgram(program string) bool {
	return slices.Contains(vmwarePrograms, program)
}

func describeVMware(e *event.Event) {
	product, source := "esxi", vmwareSource
	program := e.Text(event.ProcessName)
	switch strings.ToLower(program) {
	case "vpxd", "vmon", "vami", "sso":
		product, source = "vcenter", vcenterSource
	}
	e.SetText(event.Vendor, "vmware")
	fillAbsent(e, event.Product, product)
	fillAbsent(e, event.Service, strings.ToLower(program))
	if !e.Has(event.LogSource) {
		e.SetList(event.LogSource, source)
	}
}

// parseVMware reads a line of a file first, whose time looks like an envelope's.
func parseVMware(line string, c *Context, e *event.Event) error {
	if isObject(line) {
		return parseDocument(line, &vmwareDocument, c, e)
	}
	if !startsWithISO(line) {
		return vmwarePayload.parse(line, c, e)
	}
	nanos, n, ok := isoTime(line, c.Zone)
	if !ok {
		return &Error{Reason: "not a time"}
	}
	if readVMwareFile(line[n:], c, e) {
		e.SetInt(event.EventTime, nanos)
		fillAbsent(e, event.Message, line[n:])
		return nil
	}
	if word, _, _ := strings.Cut(strings.TrimPrefix(line[n:], " "), " "); vmwareLevel(word) != "" {
		return &Error{Reason: "expected a process and [Originator@6876 ...] behind the level", Offset: n + 1}
	}
	return vmwarePayload.parse(line, c, e)
}

// readVMwareFile reads what stands behind the time in a file.
func readVMwareFile(rest string, c *Context, e *event.Event) bool {
	switch vmwareFileKind(rest) {
	case vmwareVM:
		return readVMLog(rest, e)
	case vmwareVami:
		return readVami(rest, e)
	case vmwareSSO:
		return readSSO(rest[1:], c, e)
	case vmwareVob:
		return readVob(strings.TrimLeft(rest[1:], " "), e)
	case vmwareHeaded:
		return readVMware(rest[1:], c, e)
	}
	return false
}

// vmwareKind is how a line of a file goes on behind its time.
type vmwareKind uint8

const (
	vmwareOther  vmwareKind = iota
	vmwareHeaded            // " info hostd[1] [Originator@6876", " cpu3:1)", " [7F info 'Default']", " 12 INET match"
	vmwareVob               // ": [netCorrelator] 12us: "
	vmwareVM                // "| vmx| I125: ", " In(05) vmx - "
	vmwareVami              // ":INFO:com.root:"
	vmwareSSO               // ` {"user":...,"type":"com.vmware.sso.`
)

func vmwareFileKind(rest string) vmwareKind {
	if len(rest) < 8 {
		return vmwareOther
	}
	switch rest[0] {
	case '|':
		if _, _, _, ok := cutVMLog(rest); ok {
			return vmwareVM
		}
	case ':':
		if strings.HasPrefix(rest, ": [") && isVob(rest[2:]) {
			return vmwareVob
		}
		if level, after, ok := strings.Cut(rest[1:min(len(rest), 12)], ":"); ok && levelOf(level) != "" && after != "" && isAlpha(after[0]) {
			return vmwareVami
		}
	case ' ':
		var h vmwareHead
		switch {
		case rest[1] == '{':
			if strings.Contains(rest[:min(len(rest), 1024)], `"com.vmware.`) {
				return vmwareSSO
			}
		case h.cut(rest[1:]) || isVMkernel(rest[1:]) || isDFW(rest[1:]):
			return vmwareHeaded
		case rest[3] == '(':
			if _, _, _, ok := cutVMLog(rest); ok {
				return vmwareVM
			}
		}
	}
	return vmwareOther
}

func matchVMware(line string) int {
	if startsWithISO(line) {
		n := 19
		for n < len(line) && n < 36 && (isDigit(line[n]) || line[n] == '.' && isDigit(line[n-1])) {
			n++
		}
		if n < len(line) && line[n] == 'Z' {
			n++
		} else if _, width := zoneOffset(line[n:]); width > 0 {
			n += width
		}
		if vmwareFileKind(line[n:]) != vmwareOther {
			return 90
		}
		return 0
	}
	if hasEnvelope(line) || len(line) < 8 {
		return 0
	}
	var h vmwareHead
	if h.cut(line) || isVMkernel(line) {
		return 85
	}
	return 0
}

// vmwareHead is the header of VMware's own daemons: since 6.0 "info hostd[2098643]
// [Originator@6876 sub=Vimsvc opID=7f user=root] TEXT", before "[3D44CB90 info
// 'Vimsvc' opID=7f] TEXT". In ESXi 8 syslog's header replaces what stands before
// the bracket.
type vmwareHead struct {
	level, process, pid string
	sub, pairs          string
	text                string
}

const vmwareOriginator = "[Originator@6876"

func (h *vmwareHead) cut(text string) bool {
	if strings.HasPrefix(text, vmwareOriginator) {
		return h.cutOriginator(text)
	}
	if text != "" && text[0] == '[' {
		return h.cutOld(text)
	}
	n := strings.IndexByte(text[:min(len(text), 9)], ' ')
	if n < 4 || vmwareLevel(text[:n]) == "" {
		return false
	}
	level, rest := text[:n], text[n+1:]
	open := strings.IndexByte(rest[:min(len(rest), 64)], '[')
	if open < 1 || strings.IndexByte(rest[:open], ' ') >= 0 {
		return false
	}
	shut := strings.IndexByte(rest[open:min(len(rest), open+64)], ']')
	if shut < 2 || !h.cutOriginator(strings.TrimLeft(strings.TrimPrefix(rest[open+shut+1:], ":"), " ")) {
		return false
	}
	h.level, h.process, h.pid = level, rest[:open], rest[open+1:open+shut]
	return true
}

func (h *vmwareHead) cutOriginator(text string) bool {
	body, ok := strings.CutPrefix(text, vmwareOriginator)
	if !ok || body == "" || body[0] != ' ' && body[0] != ']' {
		return false
	}
	end := vmwareBracketEnd(body)
	if end < 0 {
		return false
	}
	h.pairs, h.text = body[:end], strings.TrimLeft(body[end+1:], " ")
	if meta, found := strings.CutPrefix(h.text, `[meta sequenceId="`); found { // a relay's
		if _, after, closed := strings.Cut(meta, `"]`); closed {
			h.text = strings.TrimLeft(after, " ")
		}
	}
	return true
}

// vmwareBracketEnd returns the first bracket that a space, another bracket or
// nothing follows.
func vmwareBracketEnd(s string) int {
	for i := 0; i < len(s); i++ {
		n := strings.IndexByte(s[i:], ']')
		if n < 0 {
			return -1
		}
		i += n
		if i+1 == len(s) || s[i+1] == ' ' || s[i+1] == '[' {
			return i
		}
	}
	return -1
}

// cutOld reads "[3D44CB90 info 'Vimsvc' opID=7f user=root] TEXT".
func (h *vmwareHead) cutOld(text string) bool {
	n := 1
	for n < len(text) && n < 18 && hexDigit(text[n]) >= 0 {
		n++
	}
	if n < 5 || n >= len(text) || text[n] != ' ' {
		return false
	}
	rest := text[n+1:]
	i := strings.IndexByte(rest[:min(len(rest), 9)], ' ')
	if i < 4 || vmwareLevel(rest[:i]) == "" || !strings.HasPrefix(rest[i:], " '") {
		return false
	}
	level := rest[:i]
	sub, rest, ok := strings.Cut(rest[i+2:], "'")
	end := vmwareBracketEnd(rest)
	if !ok || end < 0 {
		return false
	}
	h.level, h.pid, h.sub, h.pairs, h.text = level, text[1:n], sub, rest[:end], strings.TrimLeft(rest[end+1:], " ")
	return true
}

// arrowJoins puts together the lines of one message: VMware's daemons put an arrow
// in front of each further line.
var arrowJoins = joinKind{
	firsts: "12",
	starts: "-",
	begins: func(line string) bool { return startsWithISO(line) && matchVMware(line) > 0 },
	joins:  func(_, _, line string) bool { return strings.HasPrefix(line, "-->") },
}

// vmwareLevel returns the schema's word for a level of VMware's daemons.
func vmwareLevel(word string) string {
	switch word {
	case "trivia":
		return "trace"
	case "verbose":
		return "debug"
	case "info", "section":
		return "info"
	case "warning":
		return "warning"
	case "error":
		return "error"
	case "panic":
		return "emergency"
	}
	return ""
}

func (h *vmwareHead) fill(e *event.Event) {
	if h.level != "" {
		e.SetText(event.LogLevel, vmwareLevel(h.level))
	}
	if h.process != "" {
		e.SetText(event.ProcessName, h.process)
	}
	if id, ok := parseUint(h.pid); ok {
		e.SetInt(event.ProcessID, id)
	} else {
		e.SetExtraText("thread", h.pid)
	}
	e.SetExtraText("sub", h.sub)
	h.fillPairs(e)
	e.SetText(event.EventType, event.ServiceLog)
	e.SetText(event.Message, h.text)
}

// vmwareKeys are the names in the bracket. Names of virtual machines may stand in
// the value of sub: a key that comes twice is not to be trusted.
var vmwareKeys = [...]string{"sub", "opID", "sid", "user", "item", "update", "reason"}

func (h *vmwareHead) fillPairs(e *event.Event) {
	at, key := 0, ""
	var seen [len(vmwareKeys)]int
	for i := 0; i <= len(h.pairs); i++ {
		if i < len(h.pairs) && h.pairs[i] != ' ' {
			continue
		}
		number, width := vmwareKey(h.pairs[min(i, len(h.pairs)):])
		if i < len(h.pairs) && number < 0 {
			continue
		}
		if key != "" {
			fillVMwarePair(key, h.pairs[at:i], e)
		}
		if number < 0 {
			break
		}
		if seen[number]++; seen[number] > 1 {
			e.Warn("user_name: a name in the header holds a key of the header")
			e.Clear(event.UserName)
			return
		}
		key, at = vmwareKeys[number], i+width
	}
}

// vmwareKey returns the number of the key that text begins with, behind a space,
// -1 where there is none, and how long it is.
func vmwareKey(text string) (number, width int) {
	for i, key := range vmwareKeys {
		if len(text) > len(key)+1 && text[1:len(key)+1] == key && text[len(key)+1] == '=' {
			return i, len(key) + 2
		}
	}
	return -1, 0
}

func fillVMwarePair(key, value string, e *event.Event) {
	if key != "user" {
		e.SetExtraText(key, value)
		return
	}
	// vpxuser:VSPHERE.LOCAL\alice is vCenter's account, which acts for another.
	account, _, delegated := strings.Cut(value, ":")
	if account != "<unset>" {
		e.SetText(event.UserName, account)
	}
	if delegated {
		e.SetExtraText("user", value)
	}
}

// readVMware reads a message, as it stands behind a syslog header too.
func readVMware(text string, c *Context, e *event.Event) bool {
	text = strings.TrimLeft(text, " ")
	var h vmwareHead
	switch {
	case h.cut(text):
		h.fill(e)
		fillVMwareText(h.text, e)
		describeVMware(e)
		return true
	case isVMkernel(text):
		return readVMkernel(text, e)
	case isVob(text):
		return readVob(text, e)
	case isDFW(text):
		return readDFW(text, e)
	case strings.HasPrefix(text, "Event ["):
		return readVCenterEvent(text, c, e)
	case strings.HasPrefix(text, "["):
		return readESXShell(text, e)
	}
	if !fillVMwareText(text, e) {
		return false
	}
	e.SetText(event.Message, text)
	describeVMware(e)
	return true
}
