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
	Parse:    parseJSON,
	Match:    matchJSON,
	Starts:   " \t{",
	document: &jsonDocument,
}

var jsonDocument = documentKind{claims: claimJSON, fill: fillJSON}

func parseJSON(line string, c *Context, e *event.Event) error {
	return parseDocument(line, &jsonDocument, c, e)
}

// claimJSON takes every object that no other format claims.
func claimJSON(*object) int { return 1 }

func fillJSON(o *object, c *Context, e *event.Event) error {
	if isECS(o.members) {
		ecsMapping.fill(o.members, c, e)
		return nil
	}
	fillDocument(o.members, c, e)
	return nil
}

// matchJSON never is certain: an object that begins the line is looked at by its
// members.
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

// ecsMapping is the common one with the objects that ECS defines fields in.
var ecsMapping = &mapping{rules: wellKnown, objects: pathObjects(wellKnown)}
