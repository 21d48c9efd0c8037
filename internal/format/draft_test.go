package format

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// drafted are lines of several kinds that a draft is made of.
var drafted = map[string]string{
	"access": `192.0.2.10 - alice [05/Sep/2024:10:30:00 +0000] "GET /admin HTTP/1.1" 401 1234 "-" "Mozilla/5.0"
192.0.2.11 - - [05/Sep/2024:10:30:01 +0000] "POST /login?x=1 HTTP/1.1" 200 - "https://www.example.com/" "curl/8.0"`,
	"door": `2024-09-05 10:30:00,123 WARN [door-7] user=alice badge=0x17 from 192.0.2.7:4711 result: refused
2024-09-05 10:31:00,124 INFO [door-8] user=bob badge=0x18 from 192.0.2.8:4712 result: opened`,
	"messages": `05.09.2024 10:30:00 login of alice from 192.0.2.1 port 4711
05.09.2024 10:30:01 login of bob from 192.0.2.2 port 4712
05.09.2024 10:30:02 logout of alice
05.09.2024 10:30:03 disk full at 97.5 percent
05.09.2024 10:30:04 disk full at 98.5 percent`,
	"syslog": `Sep  5 10:30:00 gw01 vpnd[17]: session 12 opened for alice (192.0.2.1)
Sep  5 10:30:00 gw01 vpnd[17]: session 13 opened for bob (192.0.2.1)
Sep  5 10:30:00 gw01 vpnd[17]: session 12 closed after 17 seconds`,
	"pairs": `ts=2024-09-05T10:30:00Z src=192.0.2.1 act=drop who="alice b" n=1
ts=2024-09-05T10:30:01Z src=192.0.2.2 act=pass who=bob n=2`,
	"json": `{"ts":"2024-09-05T10:30:00Z","client_ip":"192.0.2.1","door":{"id":7,"name":"Main"},"user":"alice","status":"x"}
{"ts":"2024-09-05T10:30:01Z","client_ip":"192.0.2.2","door":{"id":8,"name":"Back"},"user":"bob"}`,
	"prose": `it's 50% done, %{nothing} to see "here
# nothing: at all	tab
x`,
	"padded": `2024-09-05 10:30:00 INFO  main    started in 17 ms
2024-09-05 10:30:00 ERROR worker  failed in 18 ms
2024-09-05 10:30:00 WARN  worker2 slow`,
	"later": `2031-01-01 10:30:00 hello
2031-01-01 10:30:00 world`,
	"no year": `Dec 12 10:30:00 hello 17
Sep  6 00:04:00 hello 18`,
	"epoch": `1725532200.123 7 192.0.2.1 TCP_MISS/200 512 GET https://www.example.com/ alice
1725532201.123 8 192.0.2.1 TCP_HIT/304 0 GET https://www.example.com/ bob`,
}

// checkDraft drafts a format from lines and fails where it does not read them or
// does not pass its own samples.
func checkDraft(t interface {
	Helper()
	Fatalf(string, ...any)
}, lines []string,
) string {
	t.Helper()
	text, err := Draft("mine", lines, sampleReceived)
	if err != nil {
		t.Fatalf("%v\n%q", err, lines)
	}
	o, err := ReadOwn("mine.yaml", []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	for _, line := range lines {
		var e event.Event
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			continue
		}
		if err := o.Parse(line, &Context{Received: sampleReceived}, &e); err != nil {
			t.Fatalf("%q: %v\n%s", line, err, text)
		}
	}
	if len(o.Samples) == 0 {
		t.Fatalf("no samples:\n%s", text)
	}
	for i := range o.Samples {
		if bad := o.Samples[i].Check(o); bad != nil {
			t.Fatalf("%q: %v\n%s", o.Samples[i].Line, bad, text)
		}
	}
	return text
}

func TestDraft(t *testing.T) {
	t.Parallel()
	for name, lines := range drafted {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			t.Log("\n" + checkDraft(t, strings.Split(lines, "\n")))
		})
	}
}

// Whatever the lines are, the draft reads them and passes its own samples.
func TestDraftReadsWhatItWasMadeFrom(t *testing.T) {
	t.Parallel()
	words := rapid.SampledFrom([]string{
		"192.0.2.1", "192.0.2.1:443", "2001:db8::1", "alice", "INFO", "17", "-17", "1.5", `"quoted text"`, `"a \" b"`, `"`, "'", "[", "]", "(", ":", "=", "key=value", "user=bob",
		"2024-09-05T10:30:00Z", "Sep  5 10:30:00", "05/Sep/2024:10:30:00 +0000", "1725532200", "%{x}", "%", "é", "\t", "  ", "-", "{", "}", `{"a":1}`, "\\", "#", "- a", "x: y", "0x17", "",
		"gw01 sshd[12]:", "<34>", "GET", `"GET /x HTTP/1.1"`, "200",
	})
	line := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(words, 1, 12).Draw(t, "words"), rapid.SampledFrom([]string{" ", "", ", ", "|"}).Draw(t, "between"))
	})
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(line, 1, 8).Draw(t, "lines")
		if strings.TrimSpace(strings.Join(lines, "")) == "" {
			return
		}
		checkDraft(t, lines)
	})
}
