package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// apacheFiles begin messages that end with a path.
var apacheFiles = [...]struct {
	start  string
	denied bool
}{
	{"File does not exist: ", false},
	{"client denied by server configuration: ", true},
	{"Attempt to serve directory: ", false},
	{"Directory index forbidden by Options directive: ", true},
	{"Symbolic link not allowed or link target not accessible: ", true},
	{"script not found or unable to stat: ", false},
	{"Script not found or unable to stat: ", false},
	{"Options ExecCGI is off in this directory: ", true},
}

// fillMessage reads the messages that say who was refused and why, and which
// file it was about.
func (l *apacheErrorLine) fillMessage(e *event.Event) {
	text := l.text
	if l.code != "" {
		text = text[len("AH00128: "):]
	}
	if strings.HasPrefix(text, "user ") {
		fillApacheUser(text[len("user "):], e)
		return
	}
	for i := range apacheFiles {
		path, ok := strings.CutPrefix(text, apacheFiles[i].start)
		if !ok {
			continue
		}
		e.SetText(event.FilePath, path)
		if apacheFiles[i].denied {
			e.SetText(event.Action, event.Deny)
			e.SetText(event.Outcome, event.Failure)
		}
		return
	}
	if rest, ok := strings.CutPrefix(text, "script '"); ok {
		if path, ok := strings.CutSuffix(rest, "' not found or unable to stat"); ok {
			e.SetText(event.FilePath, path)
		}
	}
}

// apacheRefusals stand between a user's name and the path that was asked for:
// those of basic authentication, and those of digest authentication, which puts
// the name between a backquote and a quote.
var apacheRefusals = [...]string{
	`: authentication failure for "`, " not found: ", "' in realm `", "': password mismatch: ", "': user password mismatch: ",
}

// fillApacheUser reads `alice: authentication failure for "/admin": Password
// Mismatch` and its kin. The client chose the name, so where a name could end
// in two places there is none.
func fillApacheUser(rest string, e *event.Event) {
	marks := apacheRefusals[:2]
	name, digest := strings.CutPrefix(rest, "`")
	if digest {
		marks = apacheRefusals[2:]
	}
	at, width, found := len(name), 0, 0
	for _, mark := range marks {
		i := strings.Index(name, mark)
		if i < 0 {
			continue
		}
		found += strings.Count(name, mark)
		if i < at {
			at, width = i, len(mark)
		}
	}
	if found == 0 {
		return
	}
	e.SetText(event.EventType, event.AuthLogin)
	e.SetText(event.Outcome, event.Failure)
	if found > 1 {
		e.Warn("user_name: the name can end in two places")
		return
	}
	e.SetText(event.UserName, name[:at])
	target, _, _ := strings.Cut(name[at+width:], `"`)
	if i := strings.LastIndex(target, " not found: "); digest && i >= 0 {
		target = target[i+len(" not found: "):]
	}
	if strings.HasPrefix(target, "/") {
		fillTarget(e, "", target)
	}
}
