package detect_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/goshawk-siem/goshawk/internal/detect"
	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/rules"
	"github.com/goshawk-siem/goshawk/internal/sigma"
)

// webEvent is a request as the apache_access format reads it.
func webEvent(tb testing.TB) *event.Event {
	tb.Helper()
	e := &event.Event{}
	e.SetText(event.EventID, "b-1")
	e.SetText(event.EventType, event.HTTPAccess)
	e.SetText(event.Source, "shopfront")
	e.SetText(event.Format, "apache_access")
	e.SetText(event.Vendor, "vendorword")
	if !e.SetIP(event.SourceIP, "198.51.100.7") {
		tb.Fatal("address")
	}
	e.SetTime(event.EventTime, time.Date(2024, 9, 5, 10, 30, 0, 0, time.UTC))
	e.SetText(event.Outcome, event.Failure)
	e.SetText(event.HTTPMethod, "GET")
	e.SetText(event.RequestPath, "/search?q=garden+tools")
	e.SetText(event.URLPath, "/search")
	e.SetText(event.URLQuery, "q=garden+tools")
	e.SetInt(event.StatusCode, 404)
	e.SetInt(event.ResponseSizeBytes, 51234)
	e.SetText(event.UserAgent, "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36")
	e.SetText(event.Raw, `198.51.100.7 - - [05/Sep/2024:10:30:00 +0000] "GET /search?q=garden+tools HTTP/1.1" 404 51234 "-" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"`)
	e.SetList(event.LogSource, []string{"webserver:apache:"})
	e.SetExtraText("vhost", "www.example.com")
	e.SetExtra("count", event.Value{Kind: event.KindNumber, Text: "1.50"})
	e.SetExtra("flag", event.Value{Kind: event.KindBool, Text: "true"})
	e.SetExtra("nothing", event.Value{Kind: event.KindNull, Text: "null"})
	e.SetExtra("flat.name", event.Value{Text: "flat"})
	e.SetExtra("a", event.Value{Kind: event.KindObject, Text: `{"b":[{"c":"x\ty"},{"c":7}],"d":"C:\\dir"}`})
	e.SetExtra("list", event.Value{Kind: event.KindArray, Text: `["one",["two",3]]`})
	return e
}

func compileRule(tb testing.TB, source, detection string) *detect.Set {
	tb.Helper()
	text := "title: t\nname: r\nlogsource: " + source + "\ndetection: " + detection
	set, diagnostics := detect.Compile(detect.Options{}, []sigma.File{{Path: "r.yml", Data: []byte(text)}})
	if len(set.Rules()) != 1 {
		tb.Fatal(diagnostics)
	}
	return set
}

func TestFields(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, items string
		want        bool
	}{
		{"mapped column", "{cs-uri-query|contains: garden}", true},
		{"mapped number", "{sc-status: 404}", true},
		{"mapped number as text", "{sc-status: '404'}", true},
		{"mapped number, part of its text", "{sc-status|startswith: 4}", true},
		{"column of that name", "{request_path|startswith: /search}", true},
		{"address", "{c-ip|cidr: 198.51.100.0/24}", true},
		{"time column", "{event_time|hour: 10}", true},
		{"list column", "{logsource|contains: apache}", true},
		{"mapped name of another log source", "{DestinationIp|exists: true}", false},
		{"absent column", "{referrer: null}", true},
		{"extra", "{vhost: WWW.example.com}", true},
		{"extra number", "{count: 1.5}", true},
		{"extra boolean", "{flag: true}", true},
		{"extra null", "{nothing: null}", true},
		{"extra null exists", "{nothing|exists: true}", true},
		{"extra with a dot in its name", "{flat.name: flat}", true},
		{"path through array", "{a.b.c: 7}", true},
		{"path to a text with escapes", `{a.d|endswith: '\dir'}`, true},
		{"path that is not there", "{a.b.x|exists: true}", false},
		{"array in extra", "{list: two}", true},
		{"object matches nothing", "{a|contains: x}", false},
		{"object exists", "{a|exists: true}", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			set := compileRule(t, "{category: webserver}", "{s: "+test.items+", condition: s}")
			if got := len(set.NewMatcher().Match(webEvent(t), nil)) == 1; got != test.want {
				t.Errorf("match = %t", got)
			}
		})
	}
}

// Formats take objects apart as far as columns need and rules write shorthand:
// both lead to what stands inside of extra fields.
func TestNamesOfExtra(t *testing.T) {
	t.Parallel()
	e := &event.Event{}
	e.SetText(event.EventType, event.AuthLogin)
	e.SetExtraText("userIdentity.type", "AssumedRole")
	e.SetExtra("userIdentity.sessionContext", event.Value{Kind: event.KindObject, Text: `{"sessionIssuer":{"type":"Role"}}`})
	e.SetExtra("requestParameters", event.Value{Kind: event.KindObject, Text: `{"policy":{"Effect":"Allow"}}`})
	e.SetExtra("objectRef", event.Value{Kind: event.KindObject, Text: `{"apiGroup":"batch"}`})
	e.SetText(event.Action, "authentication")
	for _, test := range []struct {
		source, items string
		want          bool
	}{
		{":aws:cloudtrail", "{userIdentity.type: AssumedRole}", true},
		{":aws:cloudtrail", "{userIdentity.sessionContext.sessionIssuer.type: Role}", true},
		{":aws:cloudtrail", "{userIdentity.sessionContext.none: Role}", false},
		{":aws:cloudtrail", `{requestParameters|contains: '"Allow"'}`, true},
		{":aws:cloudtrail", "{requestParameters.policy.Effect: Allow}", true},
		{":kubernetes:audit", "{apiGroup: batch}", true},
		{":kubernetes:audit", "{hostPath|exists: true}", false},
		{":aws:cloudtrail", "{apiGroup: batch}", false},
		{":cisco:duo", "{event_type: authentication}", true},
		{":aws:cloudtrail", "{event_type: AUTH_LOGIN}", true},
	} {
		part := strings.Split(test.source, ":")
		e.SetList(event.LogSource, []string{test.source})
		set := compileRule(t, "{product: "+part[1]+", service: "+part[2]+"}", "{s: "+test.items+", condition: s}")
		if got := len(set.NewMatcher().Match(e, nil)) == 1; got != test.want {
			t.Errorf("%s %s: match = %t", test.source, test.items, got)
		}
	}
}

func TestKeywords(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, keyword string
		want          bool
	}{
		{"raw line", `' HTTP/1.1" 404 '`, true},
		{"number column", "51234", true},
		{"extra", "www.example.com", true},
		{"nested extra", `'C:\dir'`, true},
		{"event id is ours", "b-1", false},
		{"source is ours", "shopfront", false},
		{"format is ours", "apache_access", false},
		{"vendor is ours", "vendorword", false},
		{"names are not searched", "vhost", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			set := compileRule(t, "{category: webserver}", "{s: ["+test.keyword+"], condition: s}")
			if got := len(set.NewMatcher().Match(webEvent(t), nil)) == 1; got != test.want {
				t.Errorf("match = %t", got)
			}
		})
	}
}

func TestLogSourceColumn(t *testing.T) {
	t.Parallel()
	m := compileRule(t, "{product: linux, service: sshd}", "{s: {A: null}, condition: s}").NewMatcher()
	for _, test := range []struct {
		column []string
		want   int
	}{
		{[]string{":linux:sshd", ":linux:auth"}, 1},
		{[]string{":linux:auth"}, 0},
		{[]string{":LINUX:SSHD"}, 1},
		{nil, 0},
		{[]string{"malformed", ":linux:sshd"}, 1},
		{[]string{":linux:sshd", ":linux:auth"}, 1},
	} {
		e := &event.Event{}
		e.SetList(event.LogSource, test.column)
		if got := len(m.Match(e, nil)); got != test.want {
			t.Errorf("%d rules match an event of %q, want %d", got, test.column, test.want)
		}
	}
}

func TestValues(t *testing.T) {
	t.Parallel()
	set := compileRule(t, "{category: webserver}", "{s: {A: x}, condition: s}")
	e := webEvent(t)
	for name, want := range map[string]string{
		"source_ip": "198.51.100.7", "c-ip": "198.51.100.7", "status_code": "404", "count": "1.5", "flag": "true",
		"nothing": "", "missing": "", "a.b.c": "x\ty|7", "list": "one|two|3", "a": "", "event_time": "2024-09-05T10:30:00Z",
	} {
		if got := strings.Join(set.Values(name, e), "|"); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	rule := func(name string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("title: t\nname: " + name + "\nlogsource: {category: a}\ndetection: {s: {A: x}, condition: s}")}
	}
	one := detect.Source{Name: "one", FS: fstest.MapFS{"z.yml": rule("z"), "a/b.YAML": rule("b"), "readme.md": {Data: []byte("title: [")}}}
	two := detect.Source{Name: "two", FS: fstest.MapFS{"z.yml": rule("z")}}
	set, report, err := detect.Load(detect.Options{}, one, two)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range report.Diagnostics {
		got = append(got, d.Path+" "+string(d.Status))
	}
	want := []string{"one/a/b.YAML loaded", "one/z.yml loaded", "two/z.yml rejected"}
	if !slices.Equal(got, want) || report.Files != 3 || report.Count(sigma.Loaded) != 2 || len(report.With(sigma.Rejected)) != 1 {
		t.Errorf("got %q of %d files, want %q", got, report.Files, want)
	}
	if set.Rule("z") == nil || set.Hash("z") == "" || set.Hash("nobody") != "" || set.Rule("nobody") != nil {
		t.Error("rules are found by id, and have a hash")
	}
	if _, _, err := detect.Load(detect.Options{}, detect.Dir(t.TempDir()+"/nowhere")); err == nil {
		t.Error("a folder that is not there is no error")
	}
}

// shipped returns the rules that ship, and, where they are beside the project,
// those of SigmaHQ.
func shipped(tb testing.TB, more ...detect.Source) *detect.Set {
	tb.Helper()
	sources := append([]detect.Source{{Name: rules.Name, FS: rules.FS}}, more...)
	set, _, err := detect.Load(detect.Options{}.WithPlaceholders(rules.Placeholders()), sources...)
	if err != nil {
		tb.Skipf("rules can't be read: %v", err)
	}
	return set
}

func TestNoAllocationWithoutMatch(t *testing.T) {
	m := shipped(t).NewMatcher()
	e := webEvent(t)
	e.SetInt(event.StatusCode, 200)
	var out []*sigma.Rule
	out = m.Match(e, out[:0])
	if len(out) > 0 {
		t.Fatalf("%d rules match", len(out))
	}
	if n := testing.AllocsPerRun(100, func() { out = m.Match(e, out[:0]) }); n > 0 {
		t.Errorf("%g allocations per event", n)
	}
}

func BenchmarkMatch(b *testing.B) {
	web := detect.Dir("../../../shared/sigmahq/rules/web/webserver_generic")
	threats := detect.Dir("../../../shared/sigmahq/rules-emerging-threats")
	for _, test := range []struct {
		name string
		more []detect.Source
	}{
		{"shipped", nil},
		{"shipped and SigmaHQ web", []detect.Source{web, threats}},
		{"shipped and all of SigmaHQ", []detect.Source{detect.Dir("../../../shared/sigmahq")}},
	} {
		b.Run(test.name, func(b *testing.B) {
			m := shipped(b, test.more...).NewMatcher()
			e := webEvent(b)
			e.SetInt(event.StatusCode, 200)
			e.Extra = e.Extra[:1]
			out := m.Match(e, nil)
			b.SetBytes(int64(len(e.Text(event.Raw))))
			b.ReportAllocs()
			for b.Loop() {
				out = m.Match(e, out[:0])
			}
			b.ReportMetric(float64(len(out)), "matches")
		})
	}
}

// Rules for firewalls compare with the log's own word for the action, with the
// schema's, or ask whether the traffic was blocked.
func TestFirewallAction(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, items  string
		action, word string
		want         bool
	}{
		{"the log's word", "{action: accept}", event.Allow, "accept", true},
		{"the schema's word", "{action: allow}", event.Allow, "accept", true},
		{"another word", "{action: accept}", event.Deny, "drop", false},
		{"not blocked", "{blocked: 'false'}", event.Allow, "", true},
		{"blocked", "{blocked: 'false'}", event.Deny, "", false},
		{"no decision", "{blocked: 'false'}", "teardown", "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := webEvent(t)
			e.SetList(event.LogSource, []string{"firewall::"})
			e.SetText(event.Action, test.action)
			e.SetExtraText("action", test.word)
			set := compileRule(t, "{category: firewall}", "{s: "+test.items+", condition: s}")
			if got := len(set.NewMatcher().Match(e, nil)) == 1; got != test.want {
				t.Errorf("match = %t, want %t", got, test.want)
			}
		})
	}
}
