package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// fillASASession reads who a message about a VPN session is about, which the
// messages say in one of three ways before their text:
//
//	Group = staff, Username = alice, IP = 192.0.2.7, PHASE 2 COMPLETED
//	Group <staff> User <alice> IP <192.0.2.7> WebVPN session started.
//	Local:198.51.100.1:500 Remote:192.0.2.7:500 Username:alice IKEv2 SA UP. Reason: ...
func fillASASession(text string, f *filling) {
	head := f.sessionHead
	if strings.HasPrefix(text, "Local:") {
		head = f.ikev2Head
	}
	rest := head(text)
	if rest != text {
		f.sessionText(rest)
	}
}

// sessionHead reads the pairs before the text.
func (f *filling) sessionHead(text string) string {
	for range 8 {
		name, rest := sessionKey(text)
		if name == "" {
			break
		}
		value, rest := sessionValue(name, rest)
		f.sessionField(name, value)
		text = strings.TrimLeft(rest, " ,")
	}
	return text
}

// sessionKeys are the names that stand before values, with what divides them.
var sessionKeys = [...]string{
	"Group = ", "Username = ", "IP = ", "Group <", "User <", "IP <", "TunnelGroup <", "GroupPolicy <",
	"Group ", "User ", "IP ",
}

func sessionKey(text string) (name, rest string) {
	for _, key := range sessionKeys {
		if strings.HasPrefix(text, key) {
			return key, text[len(key):]
		}
	}
	return "", text
}

// sessionValue cuts the value behind a name. A user's name may have spaces and
// commas in it where a mark ends it.
func sessionValue(name, text string) (value, rest string) {
	end := -1
	switch {
	case strings.HasSuffix(name, "<"):
		if end = strings.Index(text, "> "); end < 0 {
			end = strings.IndexByte(text, '>')
		}
	case name == "Username = ":
		if end = strings.Index(text, ", IP = "); end < 0 {
			end = strings.Index(text, ", ")
		}
	case name == "Group = ":
		end = strings.Index(text, ", ")
	}
	if end < 0 {
		end = strings.IndexAny(text, ",> ")
	}
	if end < 0 {
		return text, ""
	}
	return text[:end], text[end+1:]
}

func (f *filling) sessionField(name, value string) {
	switch key := strings.TrimRight(name, " =<"); key {
	case "Group":
		f.e.SetExtraText("group", value)
	case "TunnelGroup":
		f.e.SetExtraText("tunnel_group", value)
	case "GroupPolicy":
		f.e.SetExtraText("group_policy", value)
	case "User", "Username":
		f.e.SetText(event.UserName, value)
	case "IP":
		if !setAddress(f.e, event.SourceIP, value) {
			f.e.SetExtraText(key, value)
		}
	}
}

// ikev2Head reads "Local:A:500 Remote:B:500 Username:U IKEv2 ".
func (f *filling) ikev2Head(text string) string {
	local, rest, ok := strings.Cut(strings.TrimPrefix(text, "Local:"), " Remote:")
	if !ok || len(local) > 64 {
		return text
	}
	remote, rest, ok := strings.Cut(rest, " Username:")
	if !ok || len(remote) > 64 {
		return text
	}
	user, rest, ok := strings.Cut(rest, " ")
	if !ok {
		return text
	}
	f.hostPort(1, local)
	f.hostPort(0, remote)
	if user != "Unknown" {
		f.e.SetText(event.UserName, user)
	}
	return strings.TrimPrefix(rest, "IKEv2 ")
}

// hostPort reads "192.0.2.7:500".
func (f *filling) hostPort(end int, text string) {
	i := strings.LastIndexByte(text, ':')
	if i < 0 {
		return
	}
	if setAddress(f.e, ends[end].ip, strings.Trim(text[:i], "[]")) {
		f.setPort(ends[end].port, text[i+1:])
	}
}

// sessionText reads what happened to the session.
func (f *filling) sessionText(text string) {
	for _, w := range sessionWords {
		if strings.Contains(text[:min(len(text), 128)], w.text) {
			f.e.SetText(event.EventType, w.kind)
			f.e.SetText(event.Action, w.action)
			if w.outcome != "" {
				f.e.SetText(event.Outcome, w.outcome)
			}
			break
		}
	}
	if _, reason, ok := strings.Cut(text, "Reason: "); ok {
		f.e.SetExtraText("reason", strings.TrimRight(reason, "."))
	}
}

// sessionWords are what the texts say, the more special before the more common.
var sessionWords = [...]struct {
	text string
	meaning
}{
	{"PHASE 1 COMPLETED", meaning{event.VPN, "phase1-completed", event.Success}},
	{"PHASE 2 COMPLETED", meaning{event.VPN, "phase2-completed", event.Success}},
	{"SA UP", meaning{event.VPN, "sa-up", event.Success}},
	{"SA DOWN", meaning{event.VPN, "sa-down", ""}},
	{"Negotiation aborted", meaning{event.VPN, "negotiation-aborted", event.Failure}},
	{"Security negotiation complete", meaning{event.VPN, "negotiation-complete", event.Success}},
	{"Connection terminated", meaning{event.VPN, "connection-terminated", ""}},
	{"Session is being torn down", meaning{event.VPN, "session-torn-down", ""}},
	{"session terminated", meaning{event.VPN, "session-terminated", ""}},
	{"session started", meaning{event.VPN, "session-started", event.Success}},
	{"session could not be established", meaning{event.VPN, "session-refused", event.Failure}},
	{"Session could not be established", meaning{event.VPN, "session-refused", event.Failure}},
	{"SVC connection established", meaning{event.VPN, "connection-established", event.Success}},
	{"SVC connection terminated", meaning{event.VPN, "connection-terminated", ""}},
	{"SVC closing connection", meaning{event.VPN, "connection-closing", ""}},
	{"Authentication: successful", meaning{event.AuthLogin, "login", event.Success}},
	{"Authentication: rejected", meaning{event.AuthLogin, "login", event.Failure}},
	{"User authenticated", meaning{event.AuthLogin, "login", event.Success}},
	{"session resumed", meaning{event.VPN, "session-resumed", event.Success}},
	{"session lost connection", meaning{event.VPN, "session-lost", ""}},
	{"assigned to session", meaning{event.VPN, "address-assigned", event.Success}},
}
