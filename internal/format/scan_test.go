package format

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/goshawk-siem/goshawk/internal/event"
)

func TestCursorStaysWhereItFails(t *testing.T) {
	t.Parallel()
	c := scan(`ab cd "never closed`)
	c.token()
	for _, tt := range []struct {
		name string
		read func() bool
	}{
		{"skip", func() bool { return c.skip('x') }},
		{"skip text", func() bool { return c.skipText("  ") }},
		{"until", func() bool { _, ok := c.until('#'); return ok }},
		{"until text", func() bool { _, ok := c.untilText("cd\""); return ok }},
		{"integer", func() bool { _, ok := c.integer(); return ok }},
		{"quoted", func() bool { c.i += len(" cd "); _, ok := c.quoted(); c.i -= len(" cd "); return ok }},
	} {
		if tt.read() || c.i != 2 {
			t.Fatalf("%s: succeeded or moved to %d", tt.name, c.i)
		}
	}
}

func TestQuoted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want, rest string }{
		{"plain", `"a b" c`, "a b", " c"},
		{"empty", `""`, "", ""},
		{"escaped quote", `"a\"b" c`, `a\"b`, " c"},
		{"escaped backslash at the end", `"a\\" c`, `a\\`, " c"},
		{"three backslashes", `"a\\\"b"`, `a\\\"b`, ""},
		{"backslash in front of the quote", `"\""`, `\"`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := scan(tt.in)
			got, ok := c.quoted()
			if !ok || got != tt.want || c.rest() != tt.rest {
				t.Errorf("got %q, %v, rest %q; want %q, rest %q", got, ok, c.rest(), tt.want, tt.rest)
			}
		})
	}
	for _, in := range []string{``, `"`, `a"`, `"a`, `"a\"`, `"a\\\"`} {
		if got, ok := (&cursor{s: in}).quoted(); ok {
			t.Errorf("quoted(%q) = %q", in, got)
		}
	}
}

func TestUnescape(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want string }{
		{`plain`, "plain"},
		{`\"\\\/\'`, `"\/'`},
		{`\n\r\t\b\f\v`, "\n\r\t\b\f\v"},
		{`\x41\xe9`, "A\xe9"},
		{`\x4`, `\x4`},
		{`\xzz`, `\xzz`},
		{`\u00e4\u2192`, "ä→"},
		{`\ud83d\ude00`, "😀"},
		{`\ud83d`, "\ufffd"},
		{`\ud83d\u0041`, "\ufffdA"},
		{`\ude00\ud83d`, "\ufffd\ufffd"},
		{`\u12`, `\u12`},
		{`\q`, `\q`},
		{`\`, `\`},
	} {
		if got := unescape(tt.in); got != tt.want {
			t.Errorf("unescape(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

// Whatever encoding/json writes as a string, unescape reads back.
func TestUnescapeReadsWhatJSONWrites(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.String().Draw(t, "text")
		quoted, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		j := jsonScanner{s: string(quoted)}
		text, escaped := j.str()
		if escaped {
			text = unescape(text)
		}
		if j.err != nil || text != want {
			t.Fatalf("%s reads as %q, %v; want %q", quoted, text, j.err, want)
		}
	})
}

func TestNumbersAgreeWithJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`-?[0-9]{0,3}(\.[0-9]{0,2})?([eE][+-]?[0-9]{0,2})?`).Draw(t, "text")
		var n json.Number
		want := json.Unmarshal([]byte(s), &n) == nil
		if got := isNumber(s); got != want {
			t.Fatalf("isNumber(%q) = %v, encoding/json says %v", s, got, want)
		}
	})
}

func TestParseUint(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in   string
		want int64
		ok   bool
	}{
		{"0", 0, true},
		{"007", 7, true},
		{"9223372036854775807", 1<<63 - 1, true},
		{"9223372036854775808", 0, false},
		{"99999999999999999999", 0, false},
		{"", 0, false},
		{"-1", 0, false},
		{"1x", 0, false},
		{" 1", 0, false},
	} {
		got, ok := parseUint(tt.in)
		if ok != tt.ok || ok && got != tt.want {
			t.Errorf("parseUint(%q) = %d, %v", tt.in, got, ok)
		}
	}
}

// A string may stand at any distance from the eight-byte steps of the scanner.
func TestJSONStringsEndAnywhere(t *testing.T) {
	t.Parallel()
	for n := range 40 {
		for _, tail := range []string{`"`, `\n"`, "ä\"", "\x7f\"", "\x80\""} {
			in := `"` + strings.Repeat("x", n) + tail
			j := jsonScanner{s: in + ` "`}
			if text, _ := j.str(); j.err != nil || text != in[1:len(in)-1] {
				t.Errorf("%q reads as %q, %v", in, text, j.err)
			}
		}
		j := jsonScanner{s: `"` + strings.Repeat("x", n) + "\x1f\""}
		if j.str(); j.err == nil || j.err.Offset != n+1 {
			t.Errorf("a control character at %d: %v", n+1, j.err)
		}
	}
}

// Ordinary lines of these formats cost no allocation, Finish and auto included.
func TestOrdinaryLinesDoNotAllocate(t *testing.T) {
	auto := NewAuto()
	c := Context{Received: defaultReceived}
	for _, tt := range []struct {
		format *Format
		line   string
	}{
		{apacheAccess, `192.0.2.10 - alice [05/Sep/2024:12:30:00 +0200] "GET /admin?tab=users HTTP/1.1" 401 1234 "https://www.example.com/" "Mozilla/5.0"`},
		{nginxAccess, `192.0.2.20 - - [05/Sep/2024:10:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "curl/8.5.0" "203.0.113.9" rt=0.123 urt="0.100"`},
		{jsonFormat, `{"ts":1725532200.25,"method":"POST","path":"/login","status":302,"client_ip":"192.0.2.9","user":"carol","took":{"ms":12.5}}`},
		{logfmtFormat, `time=2024-09-05T10:30:00.5Z level=info msg="job finished" job=backup took=12.5s files=1024`},
	} {
		t.Run(tt.format.Name, func(t *testing.T) {
			var e event.Event
			run := func() {
				e.Reset()
				f, err := auto.Parse("source", tt.line, &c, &e)
				if err != nil {
					t.Fatal(err)
				}
				f.Finish(tt.line, &c, &e)
			}
			run()
			if n := testing.AllocsPerRun(100, run); n != 0 {
				t.Errorf("%v allocations a line", n)
			}
		})
	}
}
