package event

import "strings"

const ecsVersion = "8.17.0"

var ecsSteps = newECSSteps()

func newECSSteps() []step {
	steps := []step{
		constantStep("ecs.version", `"`+ecsVersion+`"`),
		extraStep("goshawk.extra"),
		{path("event.kind"), always, appendECSKind},
		{path("event.category"), func(e *Event) bool { return ecsCategory(e) != "" }, func(dst []byte, e *Event) []byte {
			return append(dst, ecsCategory(e)...)
		}},
		{path("event.type"), func(e *Event) bool { return ecsCategory(e) != "" }, appendECSType},
		textStep("process.executable", func(e *Event) string { return ifPath(e.Text(ProcessName)) }),
		textStep("process.name", func(e *Event) string { return baseName(e.Text(ProcessName)) }),
		textStep("process.parent.executable", func(e *Event) string { return ifPath(e.Text(ParentProcessName)) }),
		textStep("process.parent.name", func(e *Event) string { return baseName(e.Text(ParentProcessName)) }),
		{path("dns.answers"), func(e *Event) bool { return e.Has(DNSAnswer) }, func(dst []byte, e *Event) []byte {
			return appendObjects(dst, "data", e.List(DNSAnswer))
		}},
	}
	for _, h := range hashNamesByLength {
		steps = append(steps, textStep(h.path, func(e *Event) string { return ofLength(e.Text(FileHash), h.digits) }))
	}
	steps = append(steps, textStep("goshawk.file_hash", func(e *Event) string {
		for _, h := range hashNamesByLength {
			if len(e.Text(FileHash)) == h.digits {
				return ""
			}
		}
		return e.Text(FileHash)
	}))
	for c := range NumColumns {
		switch c {
		case ProcessName, ParentProcessName, FileHash, DNSAnswer:
			// Written above, in more than one place.
		default:
			steps = append(steps, columnStep(columns[c].ECS, c))
		}
	}
	return sortSteps(steps)
}

// hashNamesByLength says which hash has how many hex digits.
var hashNamesByLength = []struct {
	path   string
	digits int
}{{"file.hash.md5", 32}, {"file.hash.sha1", 40}, {"file.hash.sha256", 64}, {"file.hash.sha512", 128}}

// AppendECS appends e as a document of the Elastic Common Schema, version 8.17,
// on one line: dotted names are nested, event.kind, category and type follow
// from event_type, what ECS has no name for stands below "goshawk" and the extra
// fields below "goshawk.extra" under their own names. Keys are sorted.
func (e *Event) AppendECS(dst []byte) []byte { return appendDocument(dst, e, ecsSteps) }

func always(*Event) bool { return true }

func appendECSKind(dst []byte, e *Event) []byte {
	if k := kindOf(e); k != nil && k.alert {
		return append(dst, `"alert"`...)
	}
	return append(dst, `"event"`...)
}

func ecsCategory(e *Event) string {
	if k := kindOf(e); k != nil {
		return k.category
	}
	return ""
}

// appendECSType adds to the type what was decided about the traffic.
func appendECSType(dst []byte, e *Event) []byte {
	dst = append(dst, kindOf(e).what...)
	decided := ""
	switch e.Text(Action) {
	case Allow:
		decided = `,"allowed"]`
	case Deny:
		decided = `,"denied"]`
	default:
		return dst
	}
	return append(dst[:len(dst)-1], decided...)
}

// baseName returns the last part of a path of either kind of system.
func baseName(name string) string { return name[strings.LastIndexAny(name, `/\`)+1:] }

// ifPath returns name if it is a path.
func ifPath(name string) string {
	if strings.ContainsAny(name, `/\`) {
		return name
	}
	return ""
}

func ofLength(s string, n int) string {
	if len(s) == n {
		return s
	}
	return ""
}
