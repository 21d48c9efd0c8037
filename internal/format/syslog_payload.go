package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// payload reads what programs write into a syslog envelope, and the same text
// where the envelope was lost on the way.
type payload struct {
	// format is the name that the event's format column gets.
	format string
	// read fills e from a message. Where it reports false it has changed
	// nothing. The message column holds the whole message before and after.
	read func(message string, c *Context, e *event.Event) bool
	// owns reports whether messages of the program are of this format, even
	// those that read does not know.
	owns func(program string) bool
	// sources are the log sources of an owned message that read doesn't know.
	sources []string
	// what completes "not ..." in the error for a message that read refuses.
	what string
}

// take lets p read the envelope's message and names the format in e.
func (p *payload) take(v *envelope, c *Context, e *event.Event) bool {
	if !p.read(v.message, c, e) {
		return false
	}
	if !e.Has(event.Format) {
		e.SetText(event.Format, p.format)
	}
	return true
}

// parse reads a line of p's format: an envelope with an owned message, an
// envelope with any message that p reads, or the bare message.
func (p *payload) parse(line string, c *Context, e *event.Event) error {
	var v envelope
	if !hasEnvelope(line) {
		return p.parseBare(line, c, e)
	}
	if err := v.read(line, c); err != nil {
		return err
	}
	v.fill(e)
	if p.take(&v, c, e) {
		return nil
	}
	if v.program == "" || !p.owns(programKey(v.program)) {
		return &Error{Reason: "not " + p.what, Offset: v.offset}
	}
	p.keep(&v, e)
	return nil
}

// keep completes the event of an owned message that read does not know.
func (p *payload) keep(v *envelope, e *event.Event) {
	fillPlain(v, e)
	e.SetText(event.Format, p.format)
	e.SetList(event.LogSource, p.sources)
	if isCronProgram(programKey(v.program)) {
		e.SetList(event.LogSource, cronSource)
	}
}

func (p *payload) parseBare(line string, c *Context, e *event.Event) error {
	if !p.read(line, c, e) {
		return &Error{Reason: "not " + p.what}
	}
	if !e.Has(event.Message) {
		e.SetText(event.Message, line)
	}
	return nil
}

// payloadOf returns the format that reads the messages of the envelope's
// program, nil where there is none.
func payloadOf(v *envelope) *payload {
	name := programKey(v.program)
	switch name {
	case "sshd", "sshd-session", "sshd-auth":
		return &sshdPayload
	case "sudo":
		return &sudoPayload
	case "kernel":
		return &kernelPayload
	case "postgres", "postgresql":
		return &postgresqlPayload
	case "mysqld", "mysqld_safe", "mariadbd", "mysql", "mariadb":
		return &mysqlPayload
	}
	if (name == "" || name == "ulogd") && packetStart(v.message) >= 0 {
		return &iptablesPayload
	}
	if isAuthProgram(name) || strings.HasPrefix(v.message, "pam_") {
		return &linuxAuthPayload
	}
	return nil
}

// programKey is the name that decides who reads a program's messages: without
// path, and without the module that old PAM wrote behind it, "sshd(pam_unix)".
func programKey(program string) string {
	name := baseName(program)
	if i := strings.IndexByte(name, '('); i > 0 {
		name = name[:i]
	}
	return name
}
