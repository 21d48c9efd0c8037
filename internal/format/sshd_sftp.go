package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// readSFTPSession reads "alice from [192.0.2.1]" behind "session opened for local
// user " or "session closed for local user ".
func readSFTPSession(action string) func(string, *event.Event) bool {
	return func(rest string, e *event.Event) bool {
		i := strings.LastIndex(rest, " from [")
		if i <= 0 || !strings.HasSuffix(rest, "]") {
			return false
		}
		e.SetText(event.UserName, rest[:i])
		peer{host: rest[i+len(" from [") : len(rest)-1]}.fill(e)
		return sshdNote(e, action, event.Success)
	}
}

// readSFTPFile reads what sftp-server did with a file: `NAME" REST`, in which the
// name may hold quotes. Where it can end in two places there is none.
func readSFTPFile(action, end string, changes bool) func(string, *event.Event) bool {
	return func(rest string, e *event.Event) bool {
		i := strings.Index(rest, end)
		if i < 0 || end == `"` && i != len(rest)-1 {
			return false
		}
		after := strings.TrimSpace(rest[i+len(end):])
		if isOnce(rest, end) {
			e.SetText(event.FilePath, rest[:i])
		} else {
			e.Warn("file_path: the name can end in two places")
			after = ""
		}
		sshdNote(e, action, "")
		if changes {
			e.SetText(event.EventType, event.FileChange)
		}
		return fillSFTPRest(action, after, e)
	}
}

// fillSFTPRest keeps what stands behind the name.
func fillSFTPRest(action, after string, e *event.Event) bool {
	switch action {
	case "open":
		flags, mode, _ := strings.Cut(after, " mode ")
		e.SetExtraText("flags", flags)
		e.SetExtraText("mode", mode)
		if strings.Contains(flags, "WRITE") || strings.Contains(flags, "APPEND") {
			e.SetText(event.EventType, event.FileChange)
		}
	case "close", "forced close":
		read, written, _ := strings.Cut(after, " written ")
		setExtraValue(e, "bytes_read", read)
		setExtraValue(e, "bytes_written", written)
	case "rename", "symlink":
		e.SetExtraText("new", strings.TrimSuffix(after, `"`))
	case "mkdir":
		e.SetExtraText("mode", after)
	}
	return true
}
