package store

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var genStart = time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)

// generator makes events of realistic shape and cardinality: half web, a fifth
// authentication, the rest firewall, with addresses after Zipf.
type generator struct {
	r     *rand.Rand
	zipf  *rand.Zipf
	paths *rand.Zipf
	now   time.Time
	step  time.Duration
}

func newGenerator(seed uint64) *generator {
	r := rand.New(rand.NewPCG(seed, 7))
	return &generator{r: r, zipf: rand.NewZipf(r, 1.2, 20, 50_000), paths: rand.NewZipf(r, 1.3, 5, 3000), now: genStart, step: 100 * time.Microsecond}
}

func (g *generator) ip() string {
	n := g.zipf.Uint64()
	return fmt.Sprintf("198.%d.%d.%d", 18+n%2, n/251%251, n%251)
}

var genAgents = []string{
	"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
	"curl/8.5.0", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15", "ExampleBot/2.1 (+https://bot.example.com)",
}

// batch makes the events of one batch.
func (g *generator) batch(seq uint64, n int) Batch {
	b := Batch{Epoch: 1000, Seq: seq, Events: make([]event.Event, n)}
	id := "t3k9x1-" + strconv.FormatUint(seq, 36)
	for i := range b.Events {
		e := &b.Events[i]
		g.now = g.now.Add(g.step)
		e.SetTime(event.IngestTime, g.now)
		e.SetTime(event.EventTime, g.now.Add(-time.Duration(g.r.IntN(2000))*time.Millisecond).Truncate(time.Second))
		e.SetText(event.EventID, id+"-"+strconv.Itoa(i+1))
		e.SetText(event.TimeQuality, event.TimeLogged)
		switch k := g.r.IntN(10); {
		case k < 5:
			g.web(e)
		case k < 7:
			g.auth(e)
		default:
			g.firewall(e)
		}
	}
	return b
}

func (g *generator) web(e *event.Event) {
	ip, path := g.ip(), fmt.Sprintf("/shop/item/%d", g.paths.Uint64())
	status := []int64{200, 200, 200, 200, 304, 404, 401, 500}[g.r.IntN(8)]
	size, agent := g.r.Int64N(60000), genAgents[g.r.IntN(len(genAgents))]
	e.SetText(event.EventType, event.HTTPAccess)
	e.SetText(event.Source, "web")
	e.SetText(event.Format, "apache_access")
	e.SetList(event.LogSource, []string{"webserver:apache:"})
	e.SetIP(event.SourceIP, ip)
	e.SetText(event.HTTPMethod, "GET")
	e.SetText(event.RequestPath, path+"?page=2")
	e.SetText(event.URLPath, path)
	e.SetText(event.URLQuery, "page=2")
	e.SetText(event.HTTPVersion, "1.1")
	e.SetInt(event.StatusCode, status)
	e.SetInt(event.ResponseSizeBytes, size)
	e.SetText(event.UserAgent, agent)
	e.SetText(event.Outcome, event.Success)
	e.SetText(event.Vendor, "apache")
	e.SetText(event.Raw, fmt.Sprintf(`%s - - [%s] "GET %s?page=2 HTTP/1.1" %d %d "-" "%s"`, ip,
		e.Time(event.EventTime).Format("02/Jan/2006:15:04:05 -0700"), path, status, size, agent))
}

func (g *generator) auth(e *event.Event) {
	ip, port, user := g.ip(), 1024+g.r.Int64N(60000), fmt.Sprintf("user%d", g.paths.Uint64()%400)
	host, pid := fmt.Sprintf("srv%02d.example.com", g.r.IntN(40)), g.r.Int64N(60000)
	message := fmt.Sprintf("Failed password for %s from %s port %d ssh2", user, ip, port)
	e.SetText(event.EventType, event.AuthLogin)
	e.SetText(event.Source, "auth")
	e.SetText(event.Format, "sshd")
	e.SetList(event.LogSource, []string{":linux:sshd", ":linux:auth"})
	e.SetIP(event.SourceIP, ip)
	e.SetPort(event.SourcePort, port)
	e.SetText(event.UserName, user)
	e.SetText(event.HostName, host)
	e.SetText(event.ProcessName, "sshd")
	e.SetInt(event.ProcessID, pid)
	e.SetText(event.Outcome, event.Failure)
	e.SetText(event.Message, message)
	e.SetText(event.Raw, fmt.Sprintf("<38>%s %s sshd[%d]: %s", e.Time(event.EventTime).Format(time.Stamp), host, pid, message))
	e.SetExtraText("auth_method", "password")
	e.SetExtra("facility", event.Value{Kind: event.KindNumber, Text: "4"})
}

func (g *generator) firewall(e *event.Event) {
	src, dst, sport := g.ip(), fmt.Sprintf("192.0.2.%d", g.r.IntN(255)), 1024+g.r.Int64N(60000)
	dport := []int64{22, 80, 443, 445, 3389, 8080}[g.r.IntN(6)]
	e.SetText(event.EventType, event.Firewall)
	e.SetText(event.Source, "fw")
	e.SetText(event.Format, "iptables")
	e.SetList(event.LogSource, []string{"firewall::"})
	e.SetIP(event.SourceIP, src)
	e.SetPort(event.SourcePort, sport)
	e.SetIP(event.DestinationIP, dst)
	e.SetPort(event.DestinationPort, dport)
	e.SetText(event.NetworkProtocol, "tcp")
	e.SetText(event.Action, event.Deny)
	e.SetText(event.HostName, "gw1.example.com")
	e.SetText(event.Outcome, event.Failure)
	e.SetText(event.Raw, fmt.Sprintf("<4>%s gw1 kernel: DROP IN=eth0 OUT= SRC=%s DST=%s LEN=60 TTL=%d PROTO=TCP SPT=%d DPT=%d SYN",
		e.Time(event.EventTime).Format(time.Stamp), src, dst, 40+g.r.IntN(30), sport, dport))
	e.SetExtraText("in_interface", "eth0")
}
