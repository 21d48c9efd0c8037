package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// attacker is the address that everything bad in the demonstration comes from.
const attacker = "203.0.113.66"

// The sizes of the demonstration.
const (
	demoSpan    = 4 * time.Minute
	demoVisits  = 400
	demoLogins  = 40
	demoPorts   = 30
	demoGuesses = 12
)

// demoLine is one log line with its time and source.
type demoLine struct {
	at     time.Time
	source string
	text   string
}

// demoLines returns the demonstration's log lines, oldest first: what a small
// company's web server and machines log in the minutes before now, and within it
// one attacker who scans a firewall's ports, guesses SSH passwords and gets in. The
// same now gives the same lines.
func demoLines(now time.Time) []demoLine {
	now = now.UTC().Truncate(time.Second)
	g := demoGenerator{rand.New(rand.NewPCG(2024, 9)), now.Add(-demoSpan)} //nolint:gosec // the same lines each time are wanted
	lines := slices.Concat(g.visits(), g.logins(), g.scan(), g.guesses())
	slices.SortStableFunc(lines, func(a, b demoLine) int { return cmp.Or(a.at.Compare(b.at), strings.Compare(a.source, b.source)) })
	return lines
}

type demoGenerator struct {
	*rand.Rand
	start time.Time
}

// sometime returns a time within the demonstration's span.
func (g *demoGenerator) sometime() time.Time {
	return g.start.Add(time.Duration(g.Int64N(int64(demoSpan))).Truncate(time.Second))
}

// visits are people and robots that read a web site.
func (g *demoGenerator) visits() []demoLine {
	pages := []string{"/", "/", "/products", "/products/17", "/products/42?color=blue", "/about", "/cart", "/static/app.css", "/static/app.js", "/feed.xml"}
	agents := []string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
		"ExampleBot/2.1 (+https://www.example.com/bot)",
	}
	status := []int{200, 200, 200, 200, 200, 200, 304, 304, 302, 404}
	out := make([]demoLine, demoVisits)
	for i := range out {
		at := g.sometime()
		out[i] = demoLine{at, "apache_access", fmt.Sprintf(`198.51.100.%d - - [%s] "GET %s HTTP/1.1" %d %d "https://www.example.com/" "%s"`,
			1+g.IntN(200), at.Format("02/Jan/2006:15:04:05 -0700"), pages[g.IntN(len(pages))], status[g.IntN(len(status))], 200+g.IntN(40_000), agents[g.IntN(len(agents))])}
	}
	return out
}

// logins are colleagues who log in, one of whom mistypes a password now and then.
func (g *demoGenerator) logins() []demoLine {
	users := []string{"alice", "bob", "carol", "dave"}
	out := make([]demoLine, demoLogins)
	for i := range out {
		user, from, port := g.IntN(len(users)), 20+g.IntN(4), 40_000+g.IntN(20_000)
		text := fmt.Sprintf("Accepted password for %s from 192.0.2.%d port %d ssh2", users[user], from, port)
		if i%10 == 0 {
			text = fmt.Sprintf("Failed password for %s from 192.0.2.%d port %d ssh2", users[user], from, port)
		}
		out[i] = g.syslog(g.sometime(), "bastion", fmt.Sprintf("sshd[%d]: %s", 1000+g.IntN(9000), text))
	}
	return out
}

// scan is the attacker trying one port after the other, one a second.
func (g *demoGenerator) scan() []demoLine {
	out := make([]demoLine, demoPorts)
	for i := range out {
		at := g.start.Add(time.Minute + time.Duration(i)*time.Second)
		out[i] = g.syslog(at, "fw01", fmt.Sprintf(
			"kernel: [%d.%06d] [UFW BLOCK] IN=eth0 OUT= MAC=00:00:5e:00:53:01:00:00:5e:00:53:02:08:00 SRC=%s DST=192.0.2.10 LEN=44 TOS=0x00 PREC=0x00 TTL=241 ID=%d PROTO=TCP SPT=%d DPT=%d WINDOW=1024 RES=0x00 SYN URGP=0",
			90_000+i, g.IntN(1_000_000), attacker, g.IntN(65_536), 40_000+g.IntN(20_000), 20+i*7))
	}
	return out
}

// guesses is the attacker guessing passwords every five seconds, the last time
// rightly.
func (g *demoGenerator) guesses() []demoLine {
	names := []string{"root", "invalid user admin", "invalid user test", "backup"}
	out := make([]demoLine, demoGuesses+1)
	for i := range out {
		at := g.start.Add(2*time.Minute + time.Duration(i)*5*time.Second)
		what := "Failed password for " + names[i%len(names)]
		if i == demoGuesses {
			what = "Accepted password for backup"
		}
		out[i] = g.syslog(at, "bastion", fmt.Sprintf("sshd[%d]: %s from %s port %d ssh2", 20_000+i, what, attacker, 50_000+g.IntN(10_000)))
	}
	return out
}

// syslog puts text into a line as RFC 3164 writes them.
func (g *demoGenerator) syslog(at time.Time, host, text string) demoLine {
	return demoLine{at, "syslog", fmt.Sprintf("<%d>%s %s %s", 4<<3|6, at.Format(time.Stamp), host, text)}
}
