package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// isGELF reports whether the document is a message of Graylog's format.
func isGELF(o *object) bool {
	return o.text("short_message") != "" && o.text("host") != "" && (o.has("version") || o.has("timestamp"))
}

var gelfMapping = &mapping{rules: gelfRules()}

func gelfRules() map[string]rule {
	rules := without(wellKnown, "level", "message", "version")
	rules["host"] = rule{column: event.HostName, as: asText}
	rules["short_message"] = rule{column: event.Message, as: asText}
	return rules
}

// fillGELF reads a message of GELF: the level is syslog's number, fields of the
// sender's start with an underscore.
func fillGELF(o *object, c *Context, e *event.Event) {
	for i := range o.members {
		m := &o.members[i]
		if name, ok := strings.CutPrefix(m.name, "_"); ok && name != "" && !o.has(name) {
			m.name = name
		}
	}
	level := o.find("level")
	if n, ok := parseUint(scalarText(level)); ok && n < int64(len(syslogLevels)) {
		e.SetText(event.LogLevel, syslogLevels[n])
		level.done = true
	}
	gelfMapping.fill(o.members, c, e)
}
