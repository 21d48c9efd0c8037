package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// mongodbHeadAt returns where the severity or the context of a text line begins:
// behind the time and a space. 0 is no line of MongoDB.
func mongodbHeadAt(line string) int {
	if len(line) < 30 || line[4] != '-' || line[10] != 'T' || line[19] != '.' {
		return 0
	}
	i := 20 + leadingDigits(line[20:])
	if line[i] == '+' || line[i] == '-' || line[i] == 'Z' {
		i++
		i += leadingDigits(line[i:min(len(line), i+5)])
	}
	if i >= len(line)-6 || line[i] != ' ' {
		return 0
	}
	rest := line[i+1:]
	if rest[0] == '[' {
		if strings.HasPrefix(rest, "[conn") || strings.HasPrefix(rest, "[initandlisten] ") {
			return i + 1
		}
		return 0
	}
	if severity, _ := cutMongoDBSeverity(rest); severity != "" {
		return i + 1
	}
	return 0
}

// cutMongoDBSeverity splits "I NETWORK  [conn2] text" behind the severity; the
// component is a word in capitals or "-".
func cutMongoDBSeverity(text string) (severity, rest string) {
	n := 1
	if len(text) < 5 || strings.IndexByte("FEWID", text[0]) < 0 {
		return "", text
	}
	if text[0] == 'D' && isDigit(text[1]) {
		n = 2
	}
	after, ok := strings.CutPrefix(text[n:], " ")
	if !ok || after == "" || !isUpper(after[0]) && after[0] != '-' {
		return "", text
	}
	k := 0
	for k < len(after) && (isUpper(after[k]) || after[k] == '_' || after[k] == '-') {
		k++
	}
	if k == len(after) || after[k] != ' ' {
		return "", text
	}
	return text[:n], after
}

// readMongoDB reads a line of text, behind a time or not.
func readMongoDB(message string, c *Context, e *event.Event) bool {
	text := message
	nanos, n, timed := isoTime(message, c.Zone)
	if timed {
		text = strings.TrimPrefix(message[n:], " ")
	}
	severity, rest := cutMongoDBSeverity(text)
	component := ""
	if severity != "" {
		component, rest, _ = strings.Cut(rest, " ")
		rest = strings.TrimLeft(rest, " ")
	}
	context := ""
	if inner, ok := strings.CutPrefix(rest, "["); ok {
		if context, inner, ok = strings.Cut(inner[:], "]"); ok && len(context) <= 64 {
			rest = strings.TrimPrefix(inner, " ")
		} else {
			context = ""
		}
	}
	if severity == "" && context == "" || severity == "" && !timed && !strings.HasPrefix(context, "conn") {
		return false
	}
	if timed {
		e.SetInt(event.EventTime, nanos)
	}
	setMongoDBLevel(severity, e)
	if component != "-" {
		e.SetText(event.Service, component)
	}
	e.SetExtraText("ctx", context)
	e.SetText(event.Message, rest)
	fillMongoDBText(rest, e)
	describeMongoDB(e)
	return true
}

// fillMongoDBText reads what the messages of connections and logins say.
func fillMongoDBText(text string, e *event.Event) {
	switch {
	case strings.HasPrefix(text, "connection accepted from "):
		setMongoDBRemote(text[len("connection accepted from "):], e)
		e.SetText(event.Action, "connection accepted")
	case strings.HasPrefix(text, "end connection "):
		setMongoDBRemote(text[len("end connection "):], e)
		e.SetText(event.Action, "connection ended")
	case strings.HasPrefix(text, "received client metadata from "):
		setMongoDBRemote(text[len("received client metadata from "):], e)
	case strings.HasPrefix(text, "Successfully authenticated as principal "):
		fillMongoDBLogin(text[len("Successfully authenticated as principal "):], event.Success, e)
	case strings.Contains(text[:min(len(text), 64)], " authentication failed for "):
		method, who, _ := strings.Cut(text, " authentication failed for ")
		e.SetExtraText("mechanism", method)
		fillMongoDBLogin(who, event.Failure, e)
	case strings.HasPrefix(text, "command ") || strings.HasPrefix(text, "query ") || strings.HasPrefix(text, "update ") ||
		strings.HasPrefix(text, "insert ") || strings.HasPrefix(text, "remove ") || strings.HasPrefix(text, "getmore ") || strings.HasPrefix(text, "aggregate "):
		fillMongoDBQuery(text, e)
	}
}

// setMongoDBRemote reads "192.0.2.7:41258 #2 (1 connection now open)".
func setMongoDBRemote(text string, e *event.Event) {
	word, _, _ := strings.Cut(text, " ")
	i := strings.LastIndexByte(word, ':')
	if i <= 0 || !setAddress(e, event.SourceIP, strings.Trim(word[:i], "[]")) {
		return
	}
	if port, ok := parseUint(word[i+1:]); ok {
		e.SetPort(event.SourcePort, port)
	}
}

// fillMongoDBLogin reads "root on admin from client 192.0.2.7:41258 ; reason".
// The name may be anything; the places are looked for from the right.
func fillMongoDBLogin(text, outcome string, e *event.Event) {
	e.SetText(event.EventType, event.AuthLogin)
	e.SetText(event.Action, "login")
	e.SetText(event.Outcome, outcome)
	head, reason, _ := strings.Cut(text, " ; ")
	if i := strings.LastIndex(head, " from client "); i >= 0 {
		setMongoDBRemote(head[i+len(" from client "):], e)
		head = head[:i]
	}
	e.SetExtraText("error", reason)
	i := strings.LastIndex(head, " on ")
	if i <= 0 {
		return
	}
	e.SetText(event.UserName, head[:i])
	e.SetText(event.DBUserName, head[:i])
	e.SetText(event.DatabaseName, head[i+len(" on "):])
}

// fillMongoDBQuery reads "command shop.orders command: find { ... } ... 120ms".
func fillMongoDBQuery(text string, e *event.Event) {
	verb, rest, _ := strings.Cut(text, " ")
	ns, _, ok := strings.Cut(rest, " ")
	database, _, dotted := strings.Cut(ns, ".")
	i := strings.LastIndexByte(text, ' ')
	millis, ends := strings.CutSuffix(text[i+1:], "ms")
	if !ok || !dotted || !ends || leadingDigits(millis) != len(millis) {
		return
	}
	e.SetText(event.EventType, event.DBQuery)
	e.SetText(event.Action, verb)
	e.SetText(event.DatabaseName, database)
	e.SetExtraText("ns", ns)
	setExtraNumber(e, "durationMillis", millis)
}

func matchMongoDB(line string) int {
	if mongodbHeadAt(line) > 0 {
		return 85
	}
	return 0
}
