package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// fillRequest cuts a request line "GET /path?query HTTP/1.1". A line that is not
// of that form keeps its words in extra.request_line.
func fillRequest(e *event.Event, request string) {
	if request == "-" || request == "" {
		return
	}
	method, rest, ok := strings.Cut(request, " ")
	if !ok || !isMethod(method) {
		e.SetExtraText("request_line", request)
		return
	}
	target, version, ok := strings.Cut(rest, " ")
	if target == "" {
		e.SetExtraText("request_line", request)
		return
	}
	e.SetText(event.HTTPMethod, method)
	fillTarget(e, method, target)
	if !ok {
		return // HTTP/0.9 has no version
	}
	if len(version) > 5 && version[:5] == "HTTP/" && strings.IndexByte(version, ' ') < 0 {
		e.SetText(event.HTTPVersion, version[5:])
		return
	}
	e.SetExtraText("request_line", request)
	if i := strings.LastIndex(version, " HTTP/"); i >= 0 {
		e.SetText(event.HTTPVersion, version[i+len(" HTTP/"):])
	}
	e.Warn("request_path: the target holds spaces and is cut at the first; extra.request_line has all of it")
}

// fillTarget sets request_path and its parts. The target is a path, an absolute
// URI (a request to a proxy), "host:port" (CONNECT) or "*".
func fillTarget(e *event.Event, method, target string) {
	e.SetText(event.RequestPath, target)
	path := target
	switch {
	case target[0] == '/':
	case method == "CONNECT":
		e.SetText(event.HTTPHost, hostOnly(target))
		return
	default:
		_, authority, ok := strings.Cut(target, "://")
		if !ok {
			return
		}
		end := strings.IndexAny(authority, "/?#")
		if end < 0 {
			end = len(authority)
		}
		e.SetText(event.HTTPHost, hostOnly(authority[:end]))
		path = authority[end:]
	}
	path, query, _ := strings.Cut(path, "?")
	e.SetText(event.URLPath, path)
	e.SetText(event.URLQuery, query)
}

// hostOnly returns authority without user and port.
func hostOnly(authority string) string {
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		authority = authority[i+1:]
	}
	if i := strings.LastIndexByte(authority, ':'); i >= 0 && leadingDigits(authority[i+1:]) == len(authority)-i-1 {
		return authority[:i]
	}
	return authority
}

// isMethod reports whether s is an RFC 9110 token of a length that methods have.
func isMethod(s string) bool {
	if s == "" || len(s) > 32 {
		return false
	}
	for i := 0; i < len(s); i++ {
		if !isAlnum(s[i]) && strings.IndexByte("!#$%&'*+-.^_`|~", s[i]) < 0 {
			return false
		}
	}
	return true
}
