package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/goshawk-siem/goshawk/internal/record"
)

// received collects messages of a plain subscription.
type received struct {
	mu   sync.Mutex
	msgs []*nats.Msg
}

func subscribe(t *testing.T, conn *nats.Conn, subject string) *received {
	t.Helper()
	r := &received{}
	_, err := conn.Subscribe(subject, func(m *nats.Msg) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.msgs = append(r.msgs, m)
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// lines returns the NDJSON lines of all messages, decoded.
func (r *received) lines(t *testing.T) []map[string]any {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	var rows []map[string]any
	for _, m := range r.msgs {
		rows = append(rows, jsonLines(t, string(m.Data))...)
	}
	return rows
}

func (r *received) titles(t *testing.T) map[string]int {
	t.Helper()
	titles := map[string]int{}
	for _, a := range r.lines(t) {
		titles[fmt.Sprint(a["title"])]++
	}
	return titles
}

// attack returns the lines of one attacker: a scan of ports, failed logins, one
// success, at the given time, and the sources they belong to.
func attack(at time.Time) (firewall, auth []string) {
	stamp := func(d time.Duration) string { return at.Add(d).UTC().Format("2006-01-02T15:04:05.000000Z07:00") }
	for port := range 30 {
		firewall = append(firewall, fmt.Sprintf("%s gw kernel: [UFW BLOCK] IN=eth0 OUT= MAC=02:00:00:00:00:01:02:00:00:00:00:02:08:00 SRC=203.0.113.66 DST=192.0.2.5 LEN=40 TOS=0x00 PREC=0x00 TTL=244 ID=54321 PROTO=TCP SPT=40000 DPT=%d WINDOW=1024 RES=0x00 SYN URGP=0",
			stamp(time.Duration(port)*100*time.Millisecond), 20+port))
	}
	for i := range 12 {
		auth = append(auth, fmt.Sprintf("%s bastion sshd[%d]: Failed password for root from 203.0.113.66 port %d ssh2", stamp(10*time.Second+time.Duration(i)*time.Second), 4000+i, 50000+i))
	}
	auth = append(auth, fmt.Sprintf("%s bastion sshd[4100]: Accepted password for root from 203.0.113.66 port 50100 ssh2", stamp(25*time.Second)))
	return firewall, auth
}

func TestSeparateServices(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.service("archive")
	c.service("correlate")
	c.service("normalize")
	c.service("normalize")
	c.service("ingest")

	conn := c.connect()
	alerts, dead := subscribe(t, conn, "siem.alerts.>"), subscribe(t, conn, "siem.dead.>")
	js, err := conn.JetStream()
	if err != nil {
		t.Fatal(err)
	}
	publish := func(subject, data string) {
		t.Helper()
		if _, err := js.Publish(subject, []byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	const line = `192.168.1.10 - - [05/Sep/2024:10:30:00 +0000] "GET /admin HTTP/1.1" 401 1234 "-" "Mozilla/5.0"`
	publish("siem.raw.apache_access", line+"\n"+"this is no access log line\n")
	firewall, auth := attack(time.Now().Add(-time.Minute))
	publish("siem.raw.firewall.gw", strings.Join(firewall, "\n"))
	publish("siem.raw.auth.bastion", strings.Join(auth, "\n"))

	eventually(t, "the event in the archive", func() bool { return len(c.search("source_ip:192.168.1.10", 10)) == 1 })
	e := c.search("source_ip:192.168.1.10", 10)[0]
	for field, want := range map[string]any{
		"event_type": "HTTP_ACCESS", "event_time": "2024-09-05T10:30:00Z", "source_ip": "192.168.1.10", "http_method": "GET",
		"request_path": "/admin", "status_code": 401.0, "response_size_bytes": 1234.0, "user_agent": "Mozilla/5.0", "raw": line,
	} {
		if e[field] != want {
			t.Errorf("%s is %v, expected %v", field, e[field], want)
		}
	}

	eventually(t, "a dead letter", func() bool { return len(dead.lines(t)) == 1 })
	var letter record.Dead
	if err := json.Unmarshal(dead.msgs[0].Data, &letter); err != nil {
		t.Fatal(err)
	}
	if string(letter.Raw) != "this is no access log line" || letter.Line != 2 || letter.Format != "apache_access" {
		t.Errorf("dead letter %+v", letter)
	}

	const chain = "Port scan followed by brute force"
	eventually(t, "alert: "+chain, func() bool {
		for title := range alerts.titles(t) {
			if strings.EqualFold(title, chain) {
				return true
			}
		}
		return false
	})
	eventually(t, "every port scan line in the archive", func() bool { return len(c.search("event_type:FIREWALL", 100)) == 30 })
	for title, n := range alerts.titles(t) {
		if n != 1 {
			t.Errorf("%d alerts %q, expected one", n, title)
		}
	}
	eventually(t, "the alerts in the archive", func() bool {
		out, err := c.goshawk("alerts", "list", "--output", "json")
		return err == nil && len(jsonLines(t, out)) == len(alerts.lines(t))
	})

	out, err := c.goshawk("dead", "list", "--output", "json")
	if err != nil || len(jsonLines(t, out)) != 1 {
		t.Errorf("dead list: %v %s", err, out)
	}
}

// The fix, replay, event loop of a dead letter.
func TestDeadLetterReplay(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.service("archive")
	c.service("normalize")
	conn := c.connect()
	js, err := conn.JetStream()
	if err != nil {
		t.Fatal(err)
	}
	msg := nats.NewMsg("siem.raw.shop")
	msg.Header.Set(record.HeaderFormat, "apache_access")
	msg.Data = []byte(`{"level":"info","msg":"sent under the wrong format"}`)
	if _, err := js.PublishMsg(msg); err != nil {
		t.Fatal(err)
	}
	list := func() []map[string]any {
		out, err := c.goshawk("dead", "list", "--output", "json")
		if err != nil {
			t.Fatal(err)
		}
		return jsonLines(t, out)
	}
	eventually(t, "a dead letter", func() bool { return len(list()) == 1 })
	id := fmt.Sprint(list()[0]["id"])
	raw, err := c.goshawk("dead", "show", id, "--output", "raw")
	if err != nil || raw != string(msg.Data) {
		t.Errorf("dead show: %q %v", raw, err)
	}
	if _, err := c.goshawk("dead", "replay", "--format", "apache_access"); err != nil {
		t.Error(err)
	}
	if len(list()) != 1 {
		t.Error("a letter that still can't be read was replayed")
	}
	if _, err := c.goshawk("dead", "replay", id, "--format", "json"); err != nil {
		t.Error(err)
	}
	eventually(t, "the event under the letter's id", func() bool { return len(c.search("event_id:"+id, 10)) == 1 })
	if left := list(); len(left) != 0 {
		t.Errorf("still listed: %v", left)
	}
}
