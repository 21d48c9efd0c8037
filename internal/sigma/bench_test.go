package sigma_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/goshawk-siem/goshawk/internal/sigma"
)

// lane is a kind of event with a deterministic generator.
type lane struct {
	name    string
	sources []sigma.LogSource
	event   func(r *rand.Rand) string
}

func pick(r *rand.Rand, list ...string) string { return list[r.IntN(len(list))] }

var lanes = []lane{
	{"web", []sigma.LogSource{{Category: "webserver", Product: "apache"}}, webEvent},
	{"sshd", []sigma.LogSource{{Product: "linux", Service: "sshd"}, {Product: "linux", Service: "auth"}}, sshdEvent},
	{"windows", []sigma.LogSource{{Product: "windows", Service: "sysmon"}, {Category: "process_creation", Product: "windows"}}, windowsEvent},
}

func webEvent(r *rand.Rand) string {
	path := pick(r, "/", "/index.html", "/blog/2024/09/how-to-tune-a-piano", "/static/app.7f3a.js", "/images/logo.png", "/api/v1/items?page=", "/search?q=garden+tools&page=")
	if strings.HasSuffix(path, "=") {
		path += fmt.Sprint(r.IntN(500))
	}
	agent := pick(r, "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15", "ExampleBot/2.1 (+https://bot.example.com/)")
	ip := fmt.Sprintf("198.51.100.%d", r.IntN(256))
	status := []int{200, 200, 200, 304, 404, 301}[r.IntN(6)]
	size := r.IntN(90_000)
	raw := fmt.Sprintf(`%s - - [05/Sep/2024:10:30:%02d +0000] \"GET %s HTTP/1.1\" %d %d \"-\" \"%s\"`, ip, r.IntN(60), path, status, size, agent)
	return fmt.Sprintf(`{"c-ip":"%s","cs-method":"GET","cs-uri-query":"%s","cs-uri-stem":"%s","sc-status":%d,"sc-bytes":%d,"cs-user-agent":"%s","raw":"%s"}`,
		ip, path, strings.SplitN(path, "?", 2)[0], status, size, agent, raw)
}

func sshdEvent(r *rand.Rand) string {
	user := pick(r, "alice", "bob", "deploy", "root", "git")
	raw := fmt.Sprintf("Sep  5 10:30:%02d web01 sshd[%d]: %s for %s from 203.0.113.%d port %d ssh2", r.IntN(60), r.IntN(60_000),
		pick(r, "Accepted publickey", "Failed password", "Accepted password"), user, r.IntN(256), r.IntN(65_000))
	return fmt.Sprintf(`{"raw":"%s","host_name":"web01","user_name":"%s","process_id":%d}`, raw, user, r.IntN(60_000))
}

func windowsEvent(r *rand.Rand) string {
	image := pick(r, `C:\\Program Files\\Office\\WINWORD.EXE`, `C:\\Windows\\System32\\svchost.exe`, `C:\\Windows\\System32\\cmd.exe`,
		`C:\\Program Files\\Browser\\browser.exe`, `C:\\Windows\\System32\\conhost.exe`)
	line := pick(r, `svchost.exe -k netsvcs -p -s Schedule`, `\"C:\\Program Files\\Browser\\browser.exe\" --type=renderer --lang=en`,
		`cmd /c dir D:\\data`, `\\??\\C:\\Windows\\system32\\conhost.exe 0xffffffff -ForceV1`)
	return fmt.Sprintf(`{"EventID":1,"Provider_Name":"Microsoft-Windows-Sysmon","UtcTime":"2024-09-05 10:30:%02d.123","ProcessGuid":"{b3c5-%d}","ProcessId":%d,`+
		`"Image":"%s","FileVersion":"10.0.19041.1","Description":"Host Process for Tasks","Product":"Operating System","Company":"Example","OriginalFileName":"%s",`+
		`"CommandLine":"%s","CurrentDirectory":"C:\\Users\\alice\\","User":"CORP\\alice","LogonId":"0x%x","IntegrityLevel":"Medium",`+
		`"Hashes":"SHA256=%064x,IMPHASH=%032x","ParentProcessId":%d,"ParentImage":"C:\\Windows\\explorer.exe","ParentCommandLine":"C:\\Windows\\Explorer.EXE","ParentUser":"CORP\\alice","Computer":"pc%d.example.com"}`,
		r.IntN(60), r.IntN(1_000_000), r.IntN(20_000), image, image[strings.LastIndexByte(image, '\\')+1:], line, r.IntN(1<<30), r.Uint64(), r.Uint64(), r.IntN(20_000), r.IntN(300))
}

// parsed returns n events of a lane, taken apart already.
func (l *lane) parsed(tb testing.TB, n int) (objects []sigma.Object, bytes int) {
	tb.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	objects = make([]sigma.Object, n)
	for i := range objects {
		text := l.event(r)
		bytes += len(text)
		if err := objects[i].Parse(text); err != nil {
			tb.Fatal(err)
		}
	}
	return objects, bytes
}

// BenchmarkMatch is detection alone: events are taken apart beforehand.
func BenchmarkMatch(b *testing.B) {
	set, _ := sigma.Compile(sigmaHQ(b, "."), sigma.Options{})
	webOnly := webRules(b)
	for _, l := range lanes {
		b.Run("all/"+l.name, func(b *testing.B) { benchmarkLane(b, set, &l) })
	}
	b.Run("webserver/web", func(b *testing.B) { benchmarkLane(b, webOnly, &lanes[0]) })
}

// webRules returns the rules for category webserver.
func webRules(tb testing.TB) *sigma.Set {
	tb.Helper()
	var files []sigma.File
	for _, f := range sigmaHQ(tb, ".") {
		if strings.Contains(string(f.Data), "category: webserver") {
			files = append(files, f)
		}
	}
	set, _ := sigma.Compile(files, sigma.Options{})
	return set
}

func benchmarkLane(b *testing.B, set *sigma.Set, l *lane) {
	b.Helper()
	const n = 1024
	objects, bytes := l.parsed(b, n)
	p := set.Pack(l.sources)
	m := set.NewMatcher()
	var out []*sigma.Rule
	matched := 0
	for i := range objects {
		matched += len(m.Match(p, &objects[i], out[:0]))
	}
	b.SetBytes(int64(bytes / n))
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		out = m.Match(p, &objects[i%n], out[:0])
		i++
	}
	b.ReportMetric(float64(len(p.Rules())), "rules")
	b.ReportMetric(float64(matched)/n, "matches/event")
}

// BenchmarkCompile loads all rules and builds the largest pack.
func BenchmarkCompile(b *testing.B) {
	files := sigmaHQ(b, ".")
	b.ReportAllocs()
	for b.Loop() {
		set, _ := sigma.Compile(files, sigma.Options{})
		set.Pack(lanes[2].sources)
	}
}
