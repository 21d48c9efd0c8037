package format

import (
	"slices"
	"strconv"
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// cluster is lines of one shape: the same texts between as many values.
type cluster struct {
	rows [][]draftToken
}

// draftText finds the patterns of lines of text.
func (d *draft) draftText() {
	d.input = "text"
	clusters := clustersOf(d.bodies)
	if len(clusters) > maxDraftPatterns {
		if head := commonHead(clusters); values(head) > 0 {
			d.patterns = []string{d.headPattern(clusters, head)}
			return
		}
		clusters = clusters[:maxDraftPatterns]
	}
	head := commonHead(clusters)
	for _, c := range clusters {
		p := d.pattern(c, len(c.rows[0]))
		if _, bad := compileDissect(p, d.probe); bad == nil && !slices.Contains(d.patterns, p) {
			d.patterns = append(d.patterns, p)
		}
	}
	if len(clusters) > 1 && values(head) > 0 {
		// Messages of kinds that the samples do not show.
		if p := d.headPattern(clusters, head); !slices.Contains(d.patterns, p) {
			d.patterns = append(d.patterns, p)
		}
	}
	if len(d.patterns) == 0 {
		d.patterns = []string{"%{text:message}"}
	}
}

// probe stands for any field while a pattern is checked.
func (d *draft) probe(spec fieldSpec) *ownField {
	f := &ownField{name: spec.name}
	f.typ, _ = typeByName("text")
	if spec.typ != "" {
		f.typ, _ = typeByName(spec.typ)
	} else if c, ok := event.ByName(spec.name); ok {
		f.typ = typeFor(c)
	}
	return f
}

// clustersOf groups lines by shape, the largest group first.
func clustersOf(bodies []string) []*cluster {
	byShape := make(map[string]*cluster)
	var order []*cluster
	for _, body := range bodies {
		row := cutDraftTokens(body)
		var key strings.Builder
		for _, t := range row {
			switch {
			case t.kind != literalToken:
			case strings.Trim(t.text, " ") == "":
				key.WriteByte(' ') // any number of them
			default:
				key.WriteString(t.text)
			}
			key.WriteByte(0)
		}
		c := byShape[key.String()]
		if c == nil {
			c = &cluster{}
			byShape[key.String()] = c
			order = append(order, c)
		}
		c.rows = append(c.rows, row)
	}
	var out []*cluster
	for _, c := range order {
		out = append(out, c.split()...)
	}
	slices.SortStableFunc(out, func(a, b *cluster) int { return len(b.rows) - len(a.rows) })
	return out
}

// split parts lines of one shape that start with different words, as messages of
// different kinds do: where a word is one of a few that repeat.
func (c *cluster) split() []*cluster {
	for at := range c.rows[0] {
		groups := make(map[string]*cluster)
		var order []*cluster
		words := true
		for _, row := range c.rows {
			words = words && row[at].kind == wordToken && isPlainWord(row[at].text)
			g := groups[row[at].text]
			if g == nil {
				g = &cluster{}
				groups[row[at].text] = g
				order = append(order, g)
			}
			g.rows = append(g.rows, row)
		}
		if !words || len(order) < 2 {
			continue
		}
		if len(order) > 4 || len(c.rows) < 2*len(order) || !repeats(order) || c.isValue(at) {
			return []*cluster{c}
		}
		return order
	}
	return []*cluster{c}
}

func repeats(groups []*cluster) bool {
	for _, g := range groups {
		if len(g.rows) < 2 {
			return false
		}
	}
	return true
}

// isValue reports whether the token at a place has a name before it.
func (c *cluster) isValue(at int) bool {
	return keyBefore(c.rows[0], at) != ""
}

func isPlainWord(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isAlpha(s[i]) {
			return false
		}
	}
	return true
}

// commonHead returns the first tokens that all clusters share in shape.
func commonHead(clusters []*cluster) []draftToken {
	head := clusters[0].rows[0]
	for _, c := range clusters {
		for _, row := range c.rows {
			n := 0
			for n < len(head) && n < len(row) && head[n].kind == row[n].kind && (head[n].kind != literalToken || head[n].text == row[n].text || strings.Trim(head[n].text+row[n].text, " ") == "") {
				n++
			}
			head = head[:n]
		}
	}
	head = head[:firstLooseWord(clusters, head)]
	// The rest begins where a text separates it.
	for len(head) > 0 && (head[len(head)-1].kind != literalToken || values(head) == 0) {
		head = head[:len(head)-1]
	}
	return head
}

// firstLooseWord returns the place of the first word that differs and stands in
// no brackets: with it, a message begins.
func firstLooseWord(clusters []*cluster, head []draftToken) int {
	for at, t := range head {
		if t.kind != wordToken || at > 0 && strings.ContainsAny(head[at-1].text, "[(<={") {
			continue
		}
		for _, c := range clusters {
			for _, row := range c.rows {
				if row[at].text != t.text {
					return at
				}
			}
		}
	}
	return len(head)
}

// values counts the tokens that may become fields.
func values(row []draftToken) int {
	n := 0
	for _, t := range row {
		if t.kind != literalToken {
			n++
		}
	}
	return n
}

// headPattern is a pattern of what all lines begin with and the rest.
func (d *draft) headPattern(clusters []*cluster, head []draftToken) string {
	all := &cluster{}
	for _, c := range clusters {
		all.rows = append(all.rows, c.rows...)
	}
	p := d.pattern(all, len(head))
	if strings.Contains(p, ":message}") {
		return p + "%{text:rest}"
	}
	return p + "%{text:message}"
}

// draftNames gives the fields of one pattern names.
type draftNames struct {
	used map[string]bool
	// address is the last address that was named, web says that a request was.
	address string
	web     bool
}

// pattern writes the first width tokens of a cluster as a pattern.
func (d *draft) pattern(c *cluster, width int) string {
	var b strings.Builder
	names := draftNames{used: make(map[string]bool)}
	for at := range c.rows[0][:width] {
		first := c.rows[0][at]
		if c.isPadding(at) && strings.HasSuffix(b.String(), "}") && !c.isConstant(at-1) && (at+1 == width || !c.isConstant(at+1)) {
			text := b.String()
			b.Reset()
			b.WriteString(text[:len(text)-1] + "->} ")
			continue
		}
		if first.kind == literalToken || c.isConstant(at) {
			b.WriteString(strings.ReplaceAll(first.text, "%{", "%%{"))
			continue
		}
		kind, layouts := c.kindAt(at)
		b.WriteString(names.field(c, at, kind))
		for _, l := range layouts {
			if kind == timeToken && names.used["event_time"] && !names.used["time"] && !slices.Contains(d.layouts, l) {
				d.layouts = append(d.layouts, l)
			}
		}
	}
	return b.String()
}

// isPadding reports whether nothing but spaces stands at a place, in some lines
// more than one.
func (c *cluster) isPadding(at int) bool {
	if at == 0 || c.rows[0][at].kind != literalToken || strings.Trim(c.rows[0][at].text, " ") != "" {
		return false
	}
	for _, row := range c.rows {
		if len(row[at].text) > 1 {
			return true
		}
	}
	return false
}

// isConstant reports whether the token at a place is the same word in all lines.
// Of a single line it is guessed: plain words that no name stands before.
func (c *cluster) isConstant(at int) bool {
	first := c.rows[0][at]
	if first.kind != wordToken {
		return false
	}
	for _, row := range c.rows[1:] {
		if row[at].text != first.text || row[at].kind != wordToken {
			return false
		}
	}
	if len(c.rows) == 1 {
		if first.text == "-" {
			return false
		}
		return isPlainWord(first.text) && keyBefore(c.rows[0], at) == "" && !isKnownMethod(first.text)
	}
	return keyBefore(c.rows[0], at) == "" || isPlainWord(first.text) && !c.assigned(at)
}

// assigned reports whether "=" or ":" stands right before a place.
func (c *cluster) assigned(at int) bool {
	if at == 0 {
		return false
	}
	before := strings.TrimRight(c.rows[0][at-1].text, " \"")
	return strings.HasSuffix(before, "=") || strings.HasSuffix(before, ":")
}

// kindAt joins the kinds of the tokens at a place.
func (c *cluster) kindAt(at int) (kind tokenKind, layouts []string) {
	kind, known := wordToken, false
	for _, row := range c.rows {
		t := row[at]
		if t.text == "-" {
			continue // stands for any value that is not there
		}
		if !known {
			kind, known = t.kind, true
		}
		kind = joinKinds(kind, t.kind)
		if t.kind == timeToken && !slices.Contains(layouts, t.layout) {
			layouts = append(layouts, t.layout)
		}
	}
	return kind, layouts
}

func joinKinds(a, b tokenKind) tokenKind {
	switch {
	case a == b:
		return a
	case a == literalToken || b == literalToken || a == quotedToken || b == quotedToken || a == timeToken || b == timeToken:
		return literalToken // anything
	case (a == intToken || a == numberToken) && (b == intToken || b == numberToken):
		return numberToken
	case (a == ipToken || a == endpointToken) && (b == ipToken || b == endpointToken):
		return endpointToken
	default:
		return wordToken
	}
}

// field writes the field at a place.
func (n *draftNames) field(c *cluster, at int, kind tokenKind) string {
	typ, name := "text", "text"
	switch kind {
	case timeToken:
		typ, name = "time", "time"
		if !n.used["event_time"] {
			return "%{" + n.take("event_time") + "}"
		}
	case ipToken, endpointToken:
		typ, name = "ip", n.addressName(c, at)
		if kind == endpointToken {
			typ = "endpoint"
		}
		n.address = name
	case intToken, numberToken:
		typ, name = n.numberName(c, at, kind)
	case levelToken:
		typ, name = "level", "log_level"
	case quotedToken:
		if typ, name = n.quotedName(c, at); name == "request" {
			return `"%{request:` + n.take("request_path") + `}"`
		}
	case wordToken:
		typ, name = n.wordName(c, at)
	default:
		if key := keyBefore(c.rows[0], at); key != "" {
			name = n.columnFor(key, "text")
		}
	}
	name = n.take(name)
	if column, ok := event.ByName(name); ok && typeFor(column).name == typ {
		return "%{" + name + "}"
	}
	if typ == "text" {
		return "%{" + name + "}"
	}
	return "%{" + typ + ":" + name + "}"
}

// take returns a name that the pattern does not have yet.
func (n *draftNames) take(name string) string {
	taken := name
	for i := 2; n.used[taken]; i++ {
		taken = name + strconv.Itoa(i)
	}
	n.used[taken] = true
	return taken
}

// namingWords are words that stand before what they name, with a space only, even
// where that is a word too.
var namingWords = []string{"user", "account", "login", "host", "session", "port", "for", "of", "by", "from", "to", "as", "on", "at", "in", "with"}

// bindingWords name too little alone.
var bindingWords = namingWords[6:]

// keyBefore returns the name of the token at a place: "user" of "user=alice",
// "user: alice" and "user alice", "logout_of" of "logout of alice".
func keyBefore(row []draftToken, at int) string {
	if at < 2 || row[at-1].kind != literalToken || row[at-2].kind != wordToken {
		return ""
	}
	key := strings.ToLower(row[at-2].text)
	switch strings.TrimSpace(strings.TrimRight(row[at-1].text, "\"'([<")) {
	case "=", ":":
	case "":
		if row[at].kind == wordToken && isPlainWord(row[at].text) && !slices.Contains(namingWords, key) {
			return ""
		}
		if slices.Contains(bindingWords, key) && at >= 4 && row[at-4].kind == wordToken && row[at-3].text == " " {
			key = strings.ToLower(row[at-4].text) + "_" + key
		}
	default:
		return ""
	}
	for i := 0; i < len(key); i++ {
		if !isAlnum(key[i]) && key[i] != '_' && key[i] != '-' {
			return ""
		}
	}
	if isDigit(key[0]) || key[0] == '-' {
		return ""
	}
	return strings.ReplaceAll(key, "-", "_")
}

// columnFor returns the column that a name is known to mean and that takes the
// type, or the name itself.
func (n *draftNames) columnFor(key, typ string) string {
	column, known := wellKnown[key].column, false
	if r, ok := wellKnown[key]; ok && !r.web && !r.own {
		known = true
	}
	if key == "user" || key == "login" || key == "account" || key == "username" {
		column, known = event.UserName, true
	}
	t, _ := typeByName(typ)
	if known && !n.used[column.String()] && fitsColumn(t.as, column) {
		own, _ := schemaReading(column)
		if own == asText || own == asCode || own == t.as {
			return column.String()
		}
	}
	if c, isColumn := event.ByName(key); isColumn {
		// It would have to hold what the column takes.
		if _, settable := schemaReading(c); !settable || !fitsColumn(t.as, c) || typeFor(c).name != typ && typeFor(c).name != "text" || c.Info().Type == event.Enum {
			return key + "_"
		}
	}
	return key
}

func (n *draftNames) addressName(c *cluster, at int) string {
	key := keyBefore(c.rows[0], at)
	if i := strings.LastIndexByte(key, '_'); i >= 0 && slices.Contains(bindingWords, key[i+1:]) {
		key = key[i+1:]
	}
	switch key {
	case "to", "dst", "dest", "destination", "dst_ip", "server":
		return "destination_ip"
	case "from", "src", "source", "client", "src_ip":
		return "source_ip"
	}
	if n.used["source_ip"] {
		return "destination_ip"
	}
	return "source_ip"
}

func (n *draftNames) numberName(c *cluster, at int, kind tokenKind) (typ, name string) {
	typ = "int"
	if kind == numberToken {
		typ = "number"
	}
	key := keyBefore(c.rows[0], at)
	ports := n.address != "" && (key == "port" || strings.TrimSpace(c.rows[0][at-1].text) == ":" && at >= 2 && (c.rows[0][at-2].kind == ipToken))
	switch {
	case kind == intToken && ports && c.allPorts(at):
		name = strings.TrimSuffix(n.address, "_ip") + "_port"
		if name == "source_port" || name == "destination_port" {
			return "port", name
		}
		return "port", "port"
	case n.web && !n.used["status_code"] && key == "" && c.allStatus(at):
		return "status", "status_code"
	case n.used["status_code"] && !n.used["response_size_bytes"] && key == "" && kind == intToken:
		return "int", "response_size_bytes"
	case key == "pid" && kind == intToken && !n.used["process_id"] && c.allUnsigned(at):
		return "int", "process_id"
	case key != "":
		return typ, n.columnFor(key, typ)
	default:
		return typ, "number"
	}
}

func (c *cluster) allPorts(at int) bool {
	for _, row := range c.rows {
		if v, ok := parseUint(row[at].text); !ok || v > 65535 {
			return false
		}
	}
	return true
}

func (c *cluster) allUnsigned(at int) bool {
	for _, row := range c.rows {
		if _, ok := parseUint(row[at].text); !ok {
			return false
		}
	}
	return true
}

func (c *cluster) allStatus(at int) bool {
	for _, row := range c.rows {
		if v, ok := parseUint(row[at].text); !ok || v < 100 || v > 599 || len(row[at].text) != 3 {
			return false
		}
	}
	return true
}

func (n *draftNames) quotedName(c *cluster, at int) (typ, name string) {
	for _, row := range c.rows {
		if !isRequestLine(strings.Trim(row[at].text, `"`)) {
			if key := keyBefore(c.rows[0], at); key != "" {
				return "quoted", n.columnFor(key, "quoted")
			}
			return "quoted", n.plainQuoted()
		}
	}
	if n.used["request_path"] {
		return "quoted", "text"
	}
	n.web = true
	return "quoted", "request"
}

// plainQuoted names a quoted text that nothing names: behind a response, access
// logs write the referrer and the user agent.
func (n *draftNames) plainQuoted() string {
	switch {
	case !n.web || !n.used["status_code"]:
		return "text"
	case !n.used["referrer"]:
		return "referrer"
	case !n.used["user_agent"]:
		return "user_agent"
	default:
		return "text"
	}
}

func (n *draftNames) wordName(c *cluster, at int) (typ, name string) {
	method := true
	for _, row := range c.rows {
		method = method && isKnownMethod(row[at].text)
	}
	if method && !n.used["http_method"] {
		n.web = true
		return "word", "http_method"
	}
	if key := keyBefore(c.rows[0], at); key != "" {
		return "word", n.columnFor(key, "word")
	}
	return "word", "word"
}
