package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var jsonFormat = &Format{
	Name:  "json",
	Title: "JSON objects",
	Doc: "One JSON object a line, of any shape. Names that loggers and log shippers agree on become columns where their " +
		"value fits, everything else stays in extra as it is. Documents of the Elastic Common Schema (ECS), of the Open Cybersecurity Schema " +
		"Framework (OCSF), log records of OpenTelemetry (OTLP) and messages of GELF are read by their own rules. " +
		"It promises valid JSON, nested 64 deep at most. Source: RFC 8259, https://www.elastic.co/guide/en/ecs/current, https://schema.ocsf.io",
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

// fillJSON looks for the members that tell a document of a schema, in one walk:
// most documents are of none.
func fillJSON(o *object, c *Context, e *event.Event) error {
	for i := range o.members {
		switch o.members[i].name {
		case "ecs", "ecs.version":
			if isECS(o.members) {
				fillECS(o, c, e)
				return nil
			}
		case "class_uid":
			if isOCSF(o) {
				fillOCSF(o, c, e)
				return nil
			}
		case "resourceLogs", "timeUnixNano", "observedTimeUnixNano", "SeverityText":
			if isOTel(o) {
				fillOTel(o, c, e)
				return nil
			}
		case "short_message":
			if isGELF(o) {
				fillGELF(o, c, e)
				return nil
			}
		case "instant":
			fillInstant(&o.members[i], e)
		}
	}
	fillLogger(o, c, e)
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
