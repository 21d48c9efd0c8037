package format

import (
	"maps"
	"slices"
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// ecsMapping is the common one with the names of the Elastic Common Schema for
// columns, which are told apart better than the short names of loggers.
var ecsMapping = newECSMapping()

func newECSMapping() *mapping {
	m := newMapping(ecsNames...)
	for name, r := range wellKnown {
		if _, there := m.rules[name]; !there {
			m.rules[name] = r
		}
	}
	// Objects in ECS, not what the short names say.
	for _, name := range [...]string{"user", "source", "host", "url", "request", "service", "process", "file"} {
		delete(m.rules, name)
	}
	m.objects = pathObjects(m.rules)
	m.objects["dns"] = true
	return m
}

// ecsNames are the fields of ECS that say what a column does, beside those in
// the table of well-known names.
var ecsNames = []nameGroup{
	{rule{column: event.EventTime, as: asTime}, []string{"@timestamp"}},
	{rule{column: event.SourceIP, as: asIP}, []string{"source.ip"}},
	{rule{column: event.SourceIP, as: asIP, rank: 1}, []string{"client.ip"}},
	{rule{column: event.SourceIP, as: asIP, rank: 2}, []string{"source.address", "client.address"}},
	{rule{column: event.SourcePort, as: asPort}, []string{"source.port"}},
	{rule{column: event.DestinationIP, as: asIP}, []string{"destination.ip"}},
	{rule{column: event.DestinationIP, as: asIP, rank: 1}, []string{"server.ip"}},
	{rule{column: event.DestinationIP, as: asIP, rank: 2}, []string{"destination.address", "server.address"}},
	{rule{column: event.DestinationPort, as: asPort}, []string{"destination.port"}},
	{rule{column: event.NetworkBytes, as: asCount}, []string{"network.bytes"}},
	{rule{column: event.NetworkDirection, as: asEnum}, []string{"network.direction"}},
	{rule{column: event.UserName, as: asText}, []string{"user.name"}},
	{rule{column: event.TargetUserName, as: asText}, []string{"user.target.name"}},
	{rule{column: event.TargetUserName, as: asText, rank: 1}, []string{"user.effective.name", "user.changes.name"}},
	{rule{column: event.HostName, as: asText, rank: 1}, []string{"host.name"}},
	{rule{column: event.HostName, as: asText, rank: 2}, []string{"host.hostname"}},
	{rule{column: event.FileHash, as: asText}, []string{"file.hash.sha512"}},
	{rule{column: event.FileHash, as: asText, rank: 1}, []string{"file.hash.sha256", "process.hash.sha256"}},
	{rule{column: event.FileHash, as: asText, rank: 2}, []string{"file.hash.sha1", "process.hash.sha1"}},
	{rule{column: event.FileHash, as: asText, rank: 3}, []string{"file.hash.md5", "process.hash.md5"}},
	{rule{column: event.FilePath, as: asText, rank: 2}, []string{"registry.path"}},
	{rule{column: event.RequestPath, as: asTarget, rank: 2}, []string{"url.full"}},
	{rule{column: event.URLPath, as: asText, rank: 3}, []string{"url.path"}},
	{rule{column: event.URLQuery, as: asText, rank: 3}, []string{"url.query"}},
	{rule{column: event.HTTPHost, as: asText, rank: 3}, []string{"url.domain"}},
	{rule{column: event.DNSQuery, as: asText}, []string{"dns.question.name"}},
	{rule{column: event.DNSType, as: asText}, []string{"dns.question.type"}},
	{rule{column: event.RuleName, as: asText}, []string{"rule.name"}},
	{rule{column: event.RuleID, as: asCode}, []string{"rule.id"}},
	{rule{column: event.CloudAccount, as: asCode}, []string{"cloud.account.id"}},
	{rule{column: event.CloudRegion, as: asText}, []string{"cloud.region"}},
	{rule{column: event.EmailFrom, as: asText}, []string{"email.from.address"}},
	{rule{column: event.EmailTo, as: asList}, []string{"email.to.address"}},
	{rule{column: event.Vendor, as: asText}, []string{"observer.vendor"}},
	{rule{column: event.Product, as: asText}, []string{"observer.product"}},
	{rule{column: event.Service, as: asText}, []string{"service.name"}},
}

// ownECS maps what AppendECS writes back to the columns, values as they are.
var ownECS = newOwnMapping(func(c event.Column) string { return c.Info().ECS }, map[string]event.Column{
	"process.executable": event.ProcessName, "process.parent.executable": event.ParentProcessName,
	"file.hash.md5": event.FileHash, "file.hash.sha1": event.FileHash, "file.hash.sha512": event.FileHash, "goshawk.file_hash": event.FileHash,
})

// newOwnMapping returns the mapping of the names that one of our own schemas
// has for the columns.
func newOwnMapping(name func(event.Column) string, more map[string]event.Column) *mapping {
	m := &mapping{rules: make(map[string]rule), paths: new(paths)}
	for c := range event.NumColumns {
		if _, ok := schemaReading(c); ok && name(c) != "" {
			m.rules[name(c)] = rule{column: c, as: plainReading(c), rank: 1}
		}
	}
	for name, c := range more {
		m.rules[name] = rule{column: c, as: plainReading(c)}
	}
	m.objects = pathObjects(m.rules)
	return m
}

// plainReading returns how a value that a column had is read again.
func plainReading(c event.Column) reading {
	if c == event.LogSource {
		return asSources
	}
	switch c.Info().Type {
	case event.IP:
		return asIP
	case event.Port:
		return asPort
	case event.Int:
		return asCount
	case event.Time:
		return asTime
	case event.Enum:
		return asEnum
	case event.List:
		return asList
	default:
		return asCode
	}
}

// fillECS reads a document of ECS. One that AppendECS wrote has an object of
// ours, and becomes the event that it was made of.
func fillECS(o *object, c *Context, e *event.Event) {
	own := memberKind(o.find("goshawk")) == event.KindObject && o.find("goshawk").inner("event_type") != nil
	names := ecsMapping
	if own {
		names = ownECS
	}
	o.flatten(names)
	kind := ecsKind(o)
	o.dropBaseName("process.executable", "process.name")
	o.dropBaseName("process.parent.executable", "process.parent.name")
	o.takeAnswers("dns.answers", "data", e)
	if !own {
		lowerHash(o)
		names.fill(o.members, c, e)
		if !e.Has(event.EventType) || kind != "" {
			e.SetText(event.EventType, kind)
		}
		setECSDirection(e, o)
		return
	}
	for _, name := range [...]string{"event.kind", "event.category", "event.type", "ecs.version", "ecs"} {
		if m := o.find(name); m != nil {
			m.done = true
		}
	}
	extra := o.find("goshawk.extra")
	if extra != nil {
		extra.done = true
	}
	names.fill(o.members, c, e)
	for _, m := range extra.fields() {
		e.SetExtra(m.name, m.value())
	}
}

// dropBaseName marks a program's name as done where it is the end of its path,
// which stands beside it.
func (o *object) dropBaseName(path, name string) {
	full, short := o.text(path), o.find(name)
	if full == "" || short == nil {
		return
	}
	if full[strings.LastIndexAny(full, `/\`)+1:] == scalarText(short) {
		short.done = true
	}
}

// takeAnswers makes dns_answer of a list of objects. The list goes where it
// says nothing else.
func (o *object) takeAnswers(name, key string, e *event.Event) {
	list := o.find(name)
	var answers []string
	more := false
	for one := range list.elements() {
		fields := one.fields()
		text := scalarText(findMember(fields, key))
		if text == "" || len(answers) == maxListed {
			return
		}
		more = more || len(fields) != 1
		answers = append(answers, text)
	}
	if answers == nil {
		return
	}
	e.SetList(event.DNSAnswer, answers)
	list.done = !more
}

// lowerHash brings hashes into lower case, as the column has them.
func lowerHash(o *object) {
	for i := range o.members {
		m := &o.members[i]
		if m.kind == event.KindString && strings.Contains(m.name, ".hash.") && isHexText(m.text) {
			m.text = strings.ToLower(m.text)
		}
	}
}

// setECSDirection translates the words that ECS has for the side of a host.
func setECSDirection(e *event.Event, o *object) {
	switch o.text("network.direction") {
	case "ingress":
		e.SetText(event.NetworkDirection, event.Inbound)
	case "egress":
		e.SetText(event.NetworkDirection, event.Outbound)
	}
}

// ecsWords are the words of ECS that event_type follows from.
type ecsWords struct{ categories, types []string }

func (w *ecsWords) is(category string, types ...string) bool {
	if !slices.Contains(w.categories, category) {
		return false
	}
	for _, t := range types {
		if slices.Contains(w.types, t) {
			return true
		}
	}
	return len(types) == 0
}

// ecsKind returns the event_type that event.kind, category and type make, "" for
// none.
func ecsKind(o *object) string {
	w := ecsWords{o.words("event.category"), o.words("event.type")}
	if o.text("event.kind") == "alert" {
		if w.is("malware") {
			return event.Malware
		}
		return event.IDSAlert
	}
	switch {
	case len(w.categories) == 0:
		return ""
	case w.is("authentication", "start"):
		return event.AuthLogin
	case w.is("authentication", "end"):
		return event.AuthLogout
	case w.is("malware"):
		return event.Malware
	case w.is("intrusion_detection"):
		return event.IDSAlert
	case w.is("iam", "user", "group", "creation", "change", "deletion", "admin"):
		return event.AccountChange
	case w.is("process", "start"):
		return event.ProcessStart
	case w.is("registry", "creation", "change", "deletion"):
		return event.RegistryChange
	case w.is("file", "creation", "change", "deletion"):
		return event.FileChange
	case w.is("network"):
		return ecsNetworkKind(o, &w)
	case w.is("web", "access"):
		return event.HTTPAccess
	case w.is("web", "error"):
		return event.HTTPError
	case w.is("email"):
		return event.Email
	default:
		return ""
	}
}

func ecsNetworkKind(o *object, w *ecsWords) string {
	switch {
	case w.is("network", "allowed", "denied"):
		return event.Firewall
	case o.has("dns.question.name"):
		return event.TypeDNSQuery
	case w.is("network", "connection", "start", "end"):
		return event.NetworkFlow
	default:
		return ""
	}
}

// words returns the strings of a member that is a list or a string.
func (o *object) words(name string) []string {
	m := o.find(name)
	if text := scalarText(m); text != "" {
		return []string{text}
	}
	var list []string
	for one := range m.elements() {
		if len(list) == maxListed {
			break
		}
		list = append(list, scalarText(one))
	}
	return list
}

// without returns a copy of rules that lacks names.
func without(rules map[string]rule, names ...string) map[string]rule {
	out := maps.Clone(rules)
	for _, name := range names {
		delete(out, name)
	}
	return out
}
