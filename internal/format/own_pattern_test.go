package format

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// textFormat is a format with one pattern.
func textFormat(tb testing.TB, pattern string) *Own {
	tb.Helper()
	return mustOwn(tb, "name: mine\npatterns:\n  - "+yamlText(pattern)+"\n")
}

// show returns the event's columns and extra fields, "" where the line is
// refused.
func show(o *Own, line string) string {
	var e event.Event
	if err := o.Parse(line, &Context{Received: sampleReceived}, &e); err != nil {
		return "refused: " + err.Error()
	}
	var out []string
	for c := range e.Columns {
		out = append(out, c.String()+"="+ownColumnText(&e, c))
	}
	for _, f := range e.Extra {
		out = append(out, f.Name+"="+f.Value.Text)
	}
	return strings.Join(out, " ")
}

func TestOwnPatterns(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ pattern, line, want string }{
		{"%{a} - %{b}", "x - y - z", "a=x b=y - z"},
		{"%{a*} - %{b}", "x - y - z", "a=x - y b=z"},
		{"%{word:a} %{b}", "x y z", "a=x b=y z"},
		{"%{word:a} %{b}", " y", `refused: expected %{word:a} and then " " at byte 0`},
		{"%{a->} %{b}", "x     y", "a=x b=y"},
		{"%{int:a->} %{b}", "7     y", "a=7 b=y"},
		{"[%{a}] %{}: %{b}", "[x] skipped: y", "a=x b=y"},
		{"%{word:_} %{b}", "x y", "b=y"},
		{"100%% %%{x} %{b}", "100%% %{x} y", "b=y"},
		{"%{source_ip}:%{source_port} x", "192.0.2.1:443 x", "source_ip=192.0.2.1 source_port=443"},
		{"%{source_ip} x", "- x", ""},
		{"%{source_ip} x", "192.0.2.300 x", `refused: expected %{ip:source_ip} and then " x" at byte 0`},
		{"%{source_ip}. %{b}", "192.0.2.1. b", "source_ip=192.0.2.1 b=b"},
		{"%{source_ip}: %{b}", "2001:db8::1: b", "source_ip=2001:db8::1 b=b"},
		{"%{endpoint:source_ip} x", "[2001:db8::1]:443 x", "source_ip=2001:db8::1 source_port=443"},
		{"%{endpoint:destination_ip} x", "192.0.2.1 x", "destination_ip=192.0.2.1"},
		{"user=%{user_name} from %{source_ip}", "user=a from 192.0.2.9 from 192.0.2.1", "source_ip=192.0.2.1 user_name=a from 192.0.2.9"},
		{"user=%{user_name} from %{source_ip} port %{port:source_port}", "user=a from 192.0.2.9 port 1 from 192.0.2.1 port 22", `refused: expected %{port:source_port} and then the end at byte 27`},
		{"user=%{user_name*} from %{source_ip} port %{port:source_port}", "user=a from 192.0.2.9 port 1 from 192.0.2.1 port 22", "source_ip=192.0.2.1 user_name=a from 192.0.2.9 port 1 source_port=22"},
		{"%{quoted:a} %{b}", `"x \"y\"" z`, `a=x "y" b=z`},
		{"%{quoted:a} %{b}", `- z`, "b=z"},
		{"%{number:a}%{word:unit} %{status_code}", "1.5s 404", "status_code=404 a=1.5 unit=s"},
		{"%{log_level} %{message}", "WARN disk", "log_level=warning message=disk"},
		{"%{log_level} %{message}", "LOUD disk", `refused: expected %{level:log_level} and then " " at byte 0`},
		{"%{network_protocol} %{x}", "TCP 1", "network_protocol=tcp x=1"},
		{"%{network_protocol} %{x}", "weird 1", "parse_warnings=network_protocol: not a value of network_protocol network_protocol=weird x=1"},
		{`"%{request:request_path}" %{status_code}`, `"GET /a?b HTTP/1.1" 200`, "event_type=HTTP_ACCESS outcome=success http_method=GET request_path=/a?b url_path=/a url_query=b http_version=1.1 status_code=200 logsource=webserver::"},
		{"%{http_method} %{request_path} %{status_code}", "GET /a 500", "event_type=HTTP_ACCESS outcome=failure http_method=GET request_path=/a url_path=/a status_code=500 logsource=webserver::"},
		{"app: %{keyvalue:_}", `app: user_name=alice src=192.0.2.1 n=3 note="a b"`, "user_name=alice src=192.0.2.1 n=3 note=a b"},
		{"app: %{keyvalue:more}", `app: not pairs at all`, "refused: "},
		{"app: %{json:more}", `app: {"source_ip":"192.0.2.1","x":{"y":1}}`, `source_ip=192.0.2.1 x={"y":1}`},
		{"app: %{json:more}", `app: {"source_ip":`, "refused: "},
		{"%{host:host_name}: %{x}", "gw01.example.com: y", "host_name=gw01.example.com x=y"},
		{"plain", "plain", ""},
		{"plain", "plain text", `refused: expected "the end" at byte 5`},
		{"%{x} end", "x end", "x=x"},
		{"%{x} end", "x end ", `refused: expected %{text:x} and then " end" at byte 0`},
		{"%{event_time} %{message}", "2024-09-05T10:30:00Z hello", "message=hello event_time=2024-09-05T10:30:00Z"},
		{"%{rfc3164:event_time} %{message}", "Sep  5 10:30:00 hello", "message=hello event_time=2024-09-05T10:30:00Z"},
		{"%{event_time} %{message}", "- hello", "message=hello"},
	} {
		if got := show(textFormat(t, tc.pattern), tc.line); got != tc.want && (tc.want != "refused: " || !strings.HasPrefix(got, tc.want)) {
			t.Errorf("%s reads %q as\n%s, want\n%s", tc.pattern, tc.line, got, tc.want)
		}
	}
}

func TestOwnDocuments(t *testing.T) {
	t.Parallel()
	o := mustOwn(t, `name: shop
input: json
envelope: syslog
programs: [shopd]
fields:
  at: {to: event_time, layouts: [epoch_ms]}
  client.address: source_ip
  client.port: source_port
  result: {to: outcome, values: {"true": success, "false": failure, "7": unknown}, others: unknown}
  who: {to: user_name, required: true}
  hosts: {to: dns_answer}
match: {keys: [who], values: {kind: login}}
set: {event_type: AUTH_LOGIN}
`)
	set, err := NewSet(o)
	if err != nil {
		t.Fatal(err)
	}
	auto := set.Auto()
	const document = `{"kind":"login","at":1725532200000,"client":{"address":"192.0.2.1","port":443,"name":"x"},"result":true,"who":"alice","hosts":["a","b"],"severity":"high","empty":"","source_ip":"no"}`
	for _, line := range []string{document, "<34>Sep  5 10:30:00 gw01 shopd[1]: " + document, "<34>Sep  5 10:30:00 gw01 other[1]: " + document} {
		var e event.Event
		c := Context{Received: sampleReceived}
		f, err := auto.Parse("x", line, &c, &e)
		if err != nil {
			t.Fatal(err)
		}
		f.Finish(line, &c, &e)
		checkSchema(t, &e)
		for column, want := range map[event.Column]string{
			event.Format: "shop", event.EventTime: "2024-09-05T10:30:00Z", event.SourceIP: "192.0.2.1", event.SourcePort: "443", event.Outcome: "success",
			event.UserName: "alice", event.DNSAnswer: "a, b", event.EventType: "AUTH_LOGIN", event.Severity: "high",
		} {
			if got := ownColumnText(&e, column); got != want {
				t.Errorf("%.30s: %s is %q, want %q", line, column, got, want)
			}
		}
		if v, _ := e.ExtraField("client.name"); v.Text != "x" {
			t.Errorf("extra is %v", e.Extra)
		}
	}
	if got := show(o, `{"kind":"login"}`); got != "refused: expected the field who at byte 0" {
		t.Error(got)
	}
	var e event.Event
	if f, err := auto.Parse("x", `{"kind":"logout","who":"alice"}`, &Context{Received: sampleReceived}, &e); err != nil || f.Name != "json" {
		t.Errorf("auto chooses %v, %v", f, err)
	}
}

func TestOwnPairs(t *testing.T) {
	t.Parallel()
	o := mustOwn(t, `name: fw
input: keyvalue
pairs: {between: ";", assign: ":"}
fields:
  src: source_ip
  act: {to: action, values: {DROP: deny}}
match: {keys: [src, act]}
`)
	for line, want := range map[string]string{
		`src: 192.0.2.1; act:DROP; note:"a; b"; n: 12;`: "source_ip=192.0.2.1 action=deny act=DROP note=a; b n=12",
		`src: nowhere; act: PASS`:                       "action=PASS parse_warnings=src: not a value of source_ip src=nowhere",
		`hello`:                                         "refused: expected key:value at byte 0",
		`src:"192.0.2.1`:                                "refused: a quoted value is not closed at byte 4",
	} {
		if got := show(o, line); got != want {
			t.Errorf("%s is\n%s, want\n%s", line, got, want)
		}
	}
	if o.Match(`src: 192.0.2.1; act:DROP`) != hintedScore || o.Match(`src: 192.0.2.1`) != 0 {
		t.Error("match does not follow the keys")
	}
}

// A user's own format that is certain goes before a built-in one that is, however
// often that took lines of the source.
func TestOwnGoesFirst(t *testing.T) {
	t.Parallel()
	set, err := NewSet(mustOwn(t, `name: proxy
patterns: ['%{source_ip} - %{word:user_name} [%{event_time}] "%{request:request_path}" %{status_code} %{int:response_size_bytes} "-" "edge"']
match: {contains: ['"edge"'], score: 100}
`), mustOwn(t, "name: app\npatterns: ['[app] %{message}']\n"))
	if err != nil {
		t.Fatal(err)
	}
	auto := set.Auto()
	c := Context{Received: sampleReceived}
	for range 2 {
		for agent, want := range map[string]string{"curl": "apache_access", "edge": "proxy"} {
			var e event.Event
			f, err := auto.Parse("web", `192.0.2.1 - alice [05/Sep/2024:10:30:00 +0000] "GET / HTTP/1.1" 200 5 "-" "`+agent+`"`, &c, &e)
			if err != nil || f.Name != want {
				t.Errorf("%s is taken by %v, %v; want %s", agent, f, err, want)
			}
		}
	}
	var e event.Event
	if f, err := auto.Parse("web", "[app] hello", &c, &e); err != nil || f.Name != "app" {
		t.Errorf("taken by %v, %v", f, err)
	}
	if _, err := NewSet(mustOwn(t, "name: app\npatterns: [x]\n"), mustOwn(t, "name: app\npatterns: [y]\n")); err == nil {
		t.Error("two formats of one name are taken")
	}
}

// The syslog format hands messages of a program to the user's own format.
func TestSyslogKnowsOwnFormats(t *testing.T) {
	t.Parallel()
	set, err := NewSet(mustOwn(t, doorYAML))
	if err != nil {
		t.Fatal(err)
	}
	f, _ := set.Lookup("syslog")
	for line, want := range map[string]string{
		"<34>Sep  5 12:30:00 gw01 doord[17]: alarm 12: smoke":                                    "door",
		"<34>Sep  5 12:30:00 gw01 doord[17]: what no pattern reads":                              "syslog",
		"<34>Sep  5 12:30:00 gw01 sudo: alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls": "sudo",
	} {
		var e event.Event
		c := Context{Received: sampleReceived}
		if err := f.Parse(line, &c, &e); err != nil {
			t.Fatal(err)
		}
		f.Finish(line, &c, &e)
		if got := e.Text(event.Format); got != want {
			t.Errorf("%s is of format %s, want %s", line, got, want)
		}
	}
}

// Auto asks a format only about lines that start with its Starts.
func TestOwnStartsAgreeWithMatch(t *testing.T) {
	t.Parallel()
	for _, yaml := range []string{
		"name: a\npatterns: ['x %{b}', 'y%{c} z']\n", "name: a\npatterns: ['%{b} xyz']\n", "name: a\npatterns: [{regexp: 'q(?P<b>.*)'}]\n",
		"name: a\npatterns: ['%{b} xyz']\nmatch: {prefix: [k, l]}\n", doorYAML,
	} {
		o := mustOwn(t, yaml)
		for b := range 256 {
			line := string([]byte{byte(b)}) + " badge= xyz z"
			if o.Match(line) > 0 && o.Starts != "" && !strings.Contains(o.Starts, line[:1]) {
				t.Errorf("%q matches %q, but starts are %q", yaml, line, o.Starts)
			}
		}
	}
}

// hostileOwn are patterns with hostile lines for them: what repeats is the text
// that fields end at.
var hostileOwn = map[string][]string{
	"%{a} %{source_ip} x":              {"1 ", "192.0.2.1 ", " ", "::"},
	"%{a*} %{source_ip} x":             {"1 ", "192.0.2.1 ", " "},
	"%{a->} %{b->}  %{int:c}":          {" ", "1 ", "a "},
	"%{a} \"%{quoted:b} %{c}":          {` "`, ` "" `, `\"`},
	"%{a} %{event_time} %{b} %{int:c}": {"2024-09-05T10:30:00.1", " 2024-09-05T10:30:00", "Sep  5 10:30:00 ", " 17"},
	"%{word:a}-%{word:b} %{c}":         {"-", "a-", "a"},
	"%{a}1%{int:b} x":                  {"1", "11"},
	"x %{keyvalue:k}":                  {"a=b ", "a=\"", "=", " "},
	"x %{json:k}":                      {"{", `{"a":`, "["},
	"%{a}: %{b}: %{c}: %{endpoint:d}":  {": ", "::", "[: "},
}

func TestHostileLinesOfOwnFormats(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const size = 1 << 20
	c := Context{Received: sampleReceived}
	for pattern, texts := range hostileOwn {
		o := textFormat(t, pattern)
		for _, text := range texts {
			for _, start := range []string{"", "x "} {
				large := start + strings.Repeat(text, size/len(text))
				took := fastest(&o.Format, large, &c, 3)
				if took < 50*time.Millisecond {
					continue
				}
				small := start + strings.Repeat(text, size/8/len(text))
				if base := fastest(&o.Format, small, &c, 10); fastest(&o.Format, large, &c, 5) > 24*base {
					t.Errorf("%s takes %v for %d bytes of %q", pattern, took, len(large), text)
				}
			}
		}
	}
}

func FuzzReadOwn(f *testing.F) {
	f.Add([]byte(doorYAML), "alarm 12: x")
	for pattern, texts := range hostileOwn {
		f.Add([]byte("name: mine\npatterns:\n  - "+yamlText(pattern)+"\n"), strings.Repeat(texts[0], 3))
	}
	f.Fuzz(func(t *testing.T, data []byte, line string) {
		o, err := ReadOwn("own.yaml", data)
		if err != nil {
			return
		}
		for i := range o.Samples {
			o.Samples[i].Check(o)
		}
		var e event.Event
		c := Context{Received: sampleReceived}
		if score := o.Match(line); score < 0 || score > Certain {
			t.Fatalf("score %d", score)
		}
		if err := o.Parse(line, &c, &e); err != nil {
			if reason, ok := err.(*Error); !ok || reason.Offset < 0 || reason.Offset > len(line) { //nolint:errorlint // exactly that
				t.Fatalf("error %v of %d bytes", err, len(line))
			}
			return
		}
		o.Finish(line, &c, &e)
		checkSchema(t, &e)
	})
}

// FuzzOwnPattern proves that no pattern that compiles loses or invents text:
// fields of type text, put back between the pattern's texts, give the line.
func FuzzOwnPattern(f *testing.F) {
	for pattern, texts := range hostileOwn {
		f.Add(pattern, texts[0]+"x "+texts[0])
	}
	f.Add("%{a} - %{b}", "x - y")
	f.Fuzz(func(t *testing.T, pattern, line string) {
		plain := func(fieldSpec) *ownField { return skippedField("") }
		p, bad := compileDissect(pattern, plain)
		if bad != nil {
			return
		}
		texts, specs, _ := cutDissect(pattern)
		values := make([]ownValue, len(p.fields))
		o := &Own{}
		if _, expects := p.match(line, o, &Context{Received: sampleReceived}, values); expects != "" {
			return
		}
		back, field := texts[0], 0
		for i, spec := range specs {
			if spec.padded || spec.skipped() {
				return
			}
			back += values[field].text + texts[i+1]
			field++
		}
		if back != line {
			t.Fatalf("%q makes %q of %q", pattern, back, line)
		}
	})
}

const accessPattern = `%{source_ip} %{word:ident} %{user_name} [%{clf:event_time}] "%{request:request_path}" %{status_code} %{int:response_size_bytes} "%{referrer}" "%{user_agent}"`

func BenchmarkOwn(b *testing.B) {
	const line = `198.51.100.7 - - [05/Sep/2024:10:30:00 +0000] "GET /shop/item/17?ref=mail HTTP/1.1" 200 5123 "https://www.example.com/start" "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"`
	const expression = `(?P<source_ip>\S+) (?P<ident>\S+) (?P<user_name>\S+) \[(?P<event_time>[^\]]+)\] "(?P<request>[^"]*)" (?P<status_code>\d+) (?P<response_size_bytes>\d+) "(?P<referrer>[^"]*)" "(?P<user_agent>[^"]*)"`
	formats := map[string]*Own{
		"dissect": textFormat(b, accessPattern),
		"regexp":  mustOwn(b, "name: mine\npatterns:\n  - regexp: "+yamlText(expression)+"\nfields:\n  request: {to: request_path, type: request}\n  event_time: {type: clf}\n"),
		"json":    mustOwn(b, "name: mine\ninput: json\nfields: {ip: source_ip, who: user_name, at: event_time}\n"),
	}
	lines := map[string]string{"dissect": line, "regexp": line, "json": `{"at":"2024-09-05T10:30:00Z","ip":"192.0.2.1","who":"alice","path":"/shop/item/17","n":17,"note":"some words that say more"}`}
	for name, o := range formats {
		b.Run(name, func(b *testing.B) {
			var e event.Event
			c := Context{Received: sampleReceived}
			b.SetBytes(int64(len(lines[name])))
			b.ReportAllocs()
			for b.Loop() {
				e.Reset()
				if err := o.Parse(lines[name], &c, &e); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lines/s")
		})
	}
}

func ExampleReadOwn() {
	o, err := ReadOwn("door.yaml", []byte(`
name: door
patterns:
  - '%{event_time} door %{door}: %{user_name} from %{source_ip} %{verdict}'
fields:
  verdict: {to: action, values: {opened: allow, refused: deny}}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	line := "2024-09-05T10:30:00Z door Main: alice from 192.0.2.7 refused"
	c := Context{Received: time.Date(2024, 9, 5, 10, 30, 1, 0, time.UTC)}
	var e event.Event
	if err := o.Parse(line, &c, &e); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(e.Text(event.UserName), e.Text(event.SourceIP), e.Text(event.Action))
	// Output: alice 192.0.2.7 deny
}

func TestOwnRecordsOfSeveralLines(t *testing.T) {
	t.Parallel()
	for _, lines := range []string{`begin: '^\d{4}-'`, `continue: [' ', "\t", 'Caused by:']`} {
		o := mustOwn(t, "name: app\nlines: {"+lines+"}\npatterns: ['%{event_time} %{log_level} %{message}']\n")
		first, further := "2024-09-05T10:30:00Z ERROR java.lang.IllegalStateException", []string{"\tat com.example.Door.open", "Caused by: x"}
		last := first
		for _, line := range further {
			if JoinLine(&o.Format, first, last, line) != &o.Format {
				t.Errorf("%s: %q does not go on", lines, line)
			}
			last = line
		}
		if JoinLine(&o.Format, first, last, first) != nil || JoinLine(&o.Format, further[0], further[0], first) != nil {
			t.Errorf("%s: a record goes on behind its end", lines)
		}
		whole := first + "\n" + strings.Join(further, "\n")
		if got := show(o, whole); !strings.Contains(got, "Caused by: x") {
			t.Errorf("%s: %s", lines, got)
		}
	}
}
