package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var jsonFormat = &Format{
	Name:  "json",
	Title: "JSON objects",
	Doc: "One JSON object a line, of any shape. Names that loggers and log shippers agree on become columns where their " +
		"value fits, in Elastic Common Schema documents nested ones too; everything else stays in extra as it is. " +
		"It promises valid JSON, nested 64 deep at most. Source: RFC 8259, https://www.elastic.co/guide/en/ecs/current",
	Parse:   parseJSON,
	Match:   matchJSON,
	Objects: true,
}

// stackMembers is how many members a document has room for without allocating.
const stackMembers = 48

func parseJSON(line string, c *Context, e *event.Event) error {
	var space [stackMembers]member
	j := jsonScanner{s: line}
	members := j.object("", space[:0])
	if j.err == nil && !j.end() {
		j.fail(j.i, "expected nothing behind the object")
	}
	if j.err != nil {
		return j.err
	}
	if isECS(members) {
		members = flattenECS(members)
	}
	fillDocument(members, c, e)
	return nil
}

// matchJSON never is certain: formats of products that write JSON know better.
func matchJSON(line string) int {
	first := strings.TrimLeft(line, " \t")
	if first == "" || first[0] != '{' {
		return 0
	}
	if last := strings.TrimRight(line, " \t"); last[len(last)-1] == '}' {
		return 50
	}
	return 20
}

// isECS reports whether the document says that it follows the Elastic Common
// Schema.
func isECS(members []member) bool {
	for i := range members {
		m := &members[i]
		if m.name == "ecs.version" && m.kind == event.KindString || m.name == "ecs" && m.kind == event.KindObject {
			return true
		}
	}
	return false
}

// flattenECS replaces the objects that ECS defines fields in by their members
// under dotted names. Objects that hold no field known here stay whole.
func flattenECS(members []member) []member {
	out := make([]member, 0, 2*len(members))
	for i := range members {
		out = appendFlat(out, members[i], 0)
	}
	return out
}

func appendFlat(out []member, m member, depth int) []member {
	if m.kind != event.KindObject || depth == maxECSDepth || !ecsObjects[m.name] {
		return append(out, m)
	}
	j := jsonScanner{s: m.text}
	for _, inner := range j.object(m.name+".", nil) {
		out = appendFlat(out, inner, depth+1)
	}
	return out
}

// maxECSDepth is how deep the deepest known field of ECS stands.
const maxECSDepth = 3

// ecsObjects are the objects that hold fields in wellKnown.
var ecsObjects = buildECSObjects()

func buildECSObjects() map[string]bool {
	objects := make(map[string]bool)
	for name := range wellKnown {
		for i := range len(name) {
			if name[i] == '.' {
				objects[name[:i]] = true
			}
		}
	}
	return objects
}
