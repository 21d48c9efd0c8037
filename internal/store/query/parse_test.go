package query

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// sample is an event that the cases below ask about.
func sample() *event.Event {
	var e event.Event
	e.SetText(event.EventID, "t3k9x1-Aa-1")
	e.SetText(event.EventType, event.HTTPAccess)
	e.SetTime(event.EventTime, now.Add(-30*time.Minute))
	e.SetIP(event.SourceIP, "192.0.2.77")
	e.SetText(event.UserName, "Alice")
	e.SetInt(event.StatusCode, 404)
	e.SetText(event.RequestPath, "/admin/login.php?x=1")
	e.SetText(event.Raw, `GET /admin "Straße" 10:30:00 uid=0 http://www.example.com/ done`)
	e.SetList(event.Tags, []string{"blue", "Green"})
	e.SetExtra("port", event.Value{Kind: event.KindNumber, Text: "8080"})
	e.SetExtra("req", event.Value{Kind: event.KindObject, Text: `{"a":{"b":"deep"}}`})
	e.SetExtraText("client", "198.51.100.9")
	return &e
}

func TestParseMatches(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		query string
		want  bool
	}{
		{"", true},
		{"*", true},
		{"admin", true},
		{"ADMIN strasse", false},
		{"STRAßE", true},
		{`"GET /admin"`, true},
		{`"/admin GET"`, false},
		{"GET nothing", false},
		{"GET OR nothing", true},
		{"nothing or GET and done", true},
		{"not nothing", true},
		{"-nothing", true},
		{"!GET", false},
		{"10:30:00", true},
		{"uid=0", true},
		{"http://www.example.com/", true},
		{"log*done", false},
		{"GET*done", true},
		{"user_name:alice", true},
		{"user_name = alice", false}, // "=" and "alice" are words then
		{"user_name=alice", true},
		{"user_name!=alice", false},
		{"user_name:(bob OR alice)", true},
		{"user_name:(bob, carol)", false},
		{"user_name:al*", true},
		{"user_name:?lice", true},
		{`user_name:"al*"`, false},
		{`user_name:al\*`, false},
		{"user_name:*", true},
		{"host_name:*", false},
		{"exists:user_name", true},
		{"NOT exists:host_name", true},
		{"event_id:t3k9x1-Aa-1", true},
		{"event_id:t3k9x1-aa-1", false},
		{"status_code:404", true},
		{"status_code>=400", true},
		{"status_code>404", false},
		{"status_code<405 status_code>403", true},
		{"status_code:[400 TO 499]", true},
		{"status_code:[* TO 400]", false},
		{"status_code:(>=500 OR 404)", true},
		{"status_code!=404", false},
		{"source_ip:192.0.2.77", true},
		{"source_ip:192.0.2.0/26", false},
		{"source_ip:192.0.2.64/26", true},
		{"source_ip:192.0.*", true},
		{"source_ip:::ffff:192.0.2.77", true},
		{"event_time>=1h", true},
		{"event_time<1h", false},
		{"event_time:2026-03-01", true},
		{"event_time:[2026-03-01T11:00 TO now]", true},
		{"tags:green", true},
		{"tags:red", false},
		{"extra.port:8080", true},
		{"extra.port>8000", true},
		{"extra.port:[1 TO 99]", false},
		{"extra.req.a.b:DEEP", true},
		{"extra.client:198.51.100.0/24", true},
		{"extra.none:*", false},
		{"(GET (done) ) AND NOT (nothing OR user_name:bob)", true},
		{"request_path:*.php*", true},
		{`"10.0.0.1"`, false},
	} {
		t.Run(test.query, func(t *testing.T) {
			t.Parallel()
			x, err := Parse(test.query, now)
			if err != nil {
				t.Fatal(err)
			}
			if got := x.Match(sample()); got != test.want {
				t.Errorf("%s = %v; want %v", x, got, test.want)
			}
			again, err := Parse(x.String(), now)
			if err != nil {
				t.Fatalf("String gives %q, which is no query: %v", x, err)
			}
			if got := again.Match(sample()); got != test.want {
				t.Errorf("String gives %q, which means something else", x)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		query  string
		column int
		want   string
	}{
		{"status_cod:404", 1, "did you mean status_code"},
		{"admin sorce_ip:1.2.3.4", 7, "did you mean source_ip"},
		{"destination.ip:10.0.0.1", 1, "did you mean destination_ip"},
		{"zzzz:1", 1, "write extra.zzzz"},
		{"status_code:many", 13, "not a whole number"},
		{"source_ip:300.1.2.3", 11, "not an address"},
		{"user_name>5", 11, "has no order"},
		{"event_time>tomorrow", 12, "not a time"},
		{"(a OR b", 1, "never closed"},
		{"a)", 2, "never opened"},
		{`"abc`, 1, "quote is never closed"},
		{"a AND", 6, "ends where a condition was expected"},
		{"OR a", 1, "operator where a condition"},
		{`""`, 1, "empty quotes"},
		{"user_name:", 11, "needs a value"},
		{"status_code:[1 2]", 13, "expected a range"},
		{"status_code:[1 TO 2", 13, "bracket is never closed"},
		{"user_name:(a", 11, "never closed"},
		{"extra.x>y", 9, "needs a number"},
		{strings.Repeat("(", 100), 65, "nested deeper"},
		{strings.Repeat("a ", 1001), 2001, "more than 1000"},
		{strings.Repeat("a", MaxLength+1), 1, "at most"},
		{"äö status_cod:1", 4, "did you mean status_code"},
	} {
		name := test.query[:min(len(test.query), 30)]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse(test.query, now)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("error %v; want an *Error", err)
			}
			if e.Column != test.column || !strings.Contains(e.Reason, test.want) {
				t.Errorf("error %v; want column %d and %q", e, test.column, test.want)
			}
		})
	}
}

func TestWildcardIsNotQuadraticInStars(t *testing.T) {
	t.Parallel()
	p := Wildcard(strings.Repeat("a*", 200)+"b", false)
	if p.Test(strings.Repeat("a", 20_000)) {
		t.Error("a text without b matches")
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"a OR b -c", `user_name:("x y" OR z*) status_code>=400`, "source_ip:10.0.0.0/8 event_time>=2h",
		"extra.a.b:[1 TO *]", `NOT (a "b\"c")`, "exists:raw *", "status_code:(1,2)", "event_time:[2026-01-01 TO now]", "ſK:1 ß",
	} {
		f.Add(seed)
	}
	e := sample()
	f.Fuzz(func(t *testing.T, text string) {
		x, err := Parse(text, now)
		if err != nil {
			var wrong *Error
			if !errors.As(err, &wrong) || wrong.Column < 1 || wrong.Column > len(text)+1 {
				t.Fatalf("Parse(%q): %v", text, err)
			}
			return
		}
		again, err := Parse(x.String(), now)
		if err != nil {
			var wrong *Error
			if errors.As(err, &wrong) && (len(x.String()) > MaxLength || strings.Contains(wrong.Reason, "nested deeper")) {
				return // what is written out in full may be too long to read again
			}
			t.Fatalf("Parse(%q) gives %q, which does not parse: %v", text, x, err)
		}
		if x.Match(e) != again.Match(e) {
			t.Fatalf("Parse(%q) gives %q, which means something else", text, x)
		}
	})
}
