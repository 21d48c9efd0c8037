package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var redisFormat = &Format{
	Name:  "redis",
	Title: "Redis and Valkey",
	Doc: "The log of Redis, Valkey and Sentinel (the process, its role, the time and a mark for the level before the message) in the " +
		"layouts since 2.4, and what MONITOR prints. It promises the process and the time, of MONITOR the time and the client. " +
		"Source: https://redis.io/docs/latest/operate/oss_and_stack/management/, https://redis.io/docs/latest/commands/monitor/",
	Parse:  parseRedis,
	Match:  matchRedis,
	Starts: "[0123456789",
}

var redisPayload = payload{
	format:   "redis",
	read:     readRedis,
	owns:     isRedisProgram,
	describe: describeRedis,
	programs: []string{"redis", "redis-server", "redis-sentinel", "valkey", "valkey-server"},
	what:     "a message of Redis that is known",
}

var redisSource = []string{"database:redis:"}

func isRedisProgram(name string) bool {
	switch name {
	case "redis", "redis-server", "redis-sentinel", "valkey", "valkey-server":
		return true
	}
	return false
}

func describeRedis(e *event.Event) {
	e.SetText(event.Vendor, "redis")
	e.SetText(event.Product, "redis")
	e.SetList(event.LogSource, redisSource)
	if t := e.Text(event.EventType); t == "" || t == event.ServiceLog {
		e.SetText(event.EventType, event.DBLog)
	}
}

func parseRedis(line string, c *Context, e *event.Event) error {
	if hasEnvelope(line) {
		return redisPayload.parse(line, c, e)
	}
	if readRedis(line, c, e) {
		return nil
	}
	return &Error{Reason: "expected a process and a time with a level behind it, or a time and a client in brackets"}
}

func readRedis(message string, c *Context, e *event.Event) bool {
	return readRedisLog(message, c, e) || readRedisMonitor(message, e)
}

// redisHead is what stands before a message: "4018:M 14 Nov 2024 07:01:22.119 * ",
// before 3.0 "[4018] 14 Nov 07:01:22.119 * ".
type redisHead struct {
	pid, role string
	timeAt    int
}

func (h *redisHead) cut(line string) bool {
	i := 0
	if strings.HasPrefix(line, "[") {
		i = 1
	}
	n := leadingDigits(line[i:min(len(line), i+10)])
	h.pid = line[i : i+n]
	i += n
	if n == 0 || i+16 > len(line) {
		return false
	}
	switch {
	case line[0] == '[' && strings.HasPrefix(line[i:], "] "):
		i += 2
	case line[0] != '[' && line[i] == ':' && isUpper(line[i+1]) && line[i+2] == ' ':
		h.role = line[i+1 : i+2]
		i += 3
	default:
		return false
	}
	h.timeAt = i
	return isDigit(line[i]) && (line[i+2] == ' ' && monthNumber(line[i+3:i+6]) > 0 || line[i+1] == ' ' && monthNumber(line[i+2:i+5]) > 0)
}

func readRedisLog(line string, c *Context, e *event.Event) bool {
	var h redisHead
	if !h.cut(line) {
		return false
	}
	nanos, n, ok := redisTime(line[h.timeAt:], c)
	rest := line[h.timeAt+n:]
	if !ok || len(rest) < 3 || rest[0] != ' ' || rest[2] != ' ' {
		return false
	}
	level := redisLevel(rest[1])
	if level == "" {
		return false
	}
	e.SetInt(event.EventTime, nanos)
	if pid, valid := parseUint(h.pid); valid {
		e.SetInt(event.ProcessID, pid)
	}
	e.SetExtraText("role", redisRole(h.role))
	e.SetText(event.LogLevel, level)
	text := rest[3:]
	e.SetText(event.Message, text)
	fillRedisText(text, e)
	describeRedis(e)
	return true
}

// redisLevel returns the level behind a mark: Redis' debug, verbose, notice and
// warning, as it maps them for syslog.
func redisLevel(mark byte) string {
	switch mark {
	case '.':
		return "debug"
	case '-':
		return "info"
	case '*':
		return "notice"
	case '#':
		return "warning"
	}
	return ""
}

func redisRole(letter string) string {
	switch letter {
	case "M":
		return "master"
	case "S":
		return "replica"
	case "C":
		return "child"
	case "X":
		return "sentinel"
	}
	return letter
}

// redisTime reads "14 Nov 2024 07:01:22.119", where the year may be missing.
func redisTime(s string, c *Context) (nanos int64, n int, ok bool) {
	width := leadingDigits(s[:min(len(s), 3)])
	if width == 0 || width > 2 || len(s) < width+14 || s[width] != ' ' {
		return 0, 0, false
	}
	day, _ := parseUint(s[:width])
	m := moment{day: int(day), month: monthNumber(s[width+1 : width+4])}
	i := width + 4
	if m.month == 0 || s[i] != ' ' {
		return 0, 0, false
	}
	i++
	if i+13 <= len(s) && s[i+4] == ' ' {
		m.year = num4(s, i)
		i += 5
	}
	if !m.clock(s, i) {
		return 0, 0, false
	}
	i += 8
	i += m.fraction(s, i)
	nanos, ok = m.logged(c)
	return nanos, i, ok
}

// fillRedisText reads messages about clients.
func fillRedisText(text string, e *event.Event) {
	switch {
	case strings.HasPrefix(text, "Accepted "):
		setMongoDBRemote(text[len("Accepted "):], e)
		e.SetText(event.Action, "accepted")
	case strings.HasPrefix(text, "Possible SECURITY ATTACK detected"):
		e.SetText(event.Action, "possible security attack")
		e.SetText(event.Outcome, event.Failure)
		if i := strings.LastIndex(text, "Connection from "); i >= 0 {
			setMongoDBRemote(text[i+len("Connection from "):], e)
		}
	}
}

// readRedisMonitor reads "1725532200.123456 [0 192.0.2.7:52500] \"get\" \"key\"".
func readRedisMonitor(line string, e *event.Event) bool {
	i := strings.IndexByte(line[:min(len(line), 24)], ' ')
	if i < 16 || line[10] != '.' || !strings.HasPrefix(line[i:], " [") {
		return false
	}
	nanos, ok := epochTime(line[:i])
	shut := strings.Index(line[i:min(len(line), i+256)], "] \"")
	if !ok || shut < 0 {
		return false
	}
	database, client, found := strings.Cut(line[i+2:i+shut], " ")
	if !found || leadingDigits(database) != len(database) || database == "" {
		return false
	}
	command := line[i+shut+2:]
	c := scan(command)
	verb, closed := c.quoted()
	if !closed {
		return false
	}
	e.SetInt(event.EventTime, nanos)
	e.SetText(event.DatabaseName, database)
	if client == "lua" || strings.HasPrefix(client, "unix:") {
		e.SetExtraText("client", client)
	} else {
		setMongoDBRemote(client, e)
	}
	e.SetText(event.EventType, event.DBQuery)
	e.SetText(event.Action, verb)
	e.SetText(event.DBStatement, command)
	e.SetText(event.Message, command)
	describeRedis(e)
	return true
}

func matchRedis(line string) int {
	if line == "" || line[0] != '[' && !isDigit(line[0]) {
		return 0
	}
	var h redisHead
	if h.cut(line) {
		return Certain
	}
	if len(line) > 24 && leadingDigits(line[:11]) == 10 && line[10] == '.' && line[17] == ' ' && line[18] == '[' && isDigit(line[19]) {
		return Certain
	}
	return 0
}
