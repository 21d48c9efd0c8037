package enrich

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var now = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

// writeFile writes a file of a test and returns its path.
func writeFile(tb testing.TB, name, text string) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// writeGeo writes a MaxMind DB file with one record for each network.
func writeGeo(tb testing.TB, records map[string]mmdbtype.Map) string {
	tb.Helper()
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "Test-City", Description: map[string]string{"en": "test"}, RecordSize: 24, IncludeReservedNetworks: true})
	if err != nil {
		tb.Fatal(err)
	}
	for text, record := range records {
		_, network, err := net.ParseCIDR(text)
		if err != nil {
			tb.Fatal(err)
		}
		if err := tree.Insert(network, record); err != nil {
			tb.Fatal(err)
		}
	}
	path := filepath.Join(tb.TempDir(), "test.mmdb")
	file, err := os.Create(path)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := tree.WriteTo(file); err != nil {
		tb.Fatal(err)
	}
	if err := file.Close(); err != nil {
		tb.Fatal(err)
	}
	return path
}

func city(country, name string) mmdbtype.Map {
	return mmdbtype.Map{
		"country": mmdbtype.Map{"iso_code": mmdbtype.String(country)},
		"city":    mmdbtype.Map{"names": mmdbtype.Map{"en": mmdbtype.String(name), "de": mmdbtype.String("x")}},
	}
}

func asn(number uint32, name string) mmdbtype.Map {
	return mmdbtype.Map{"autonomous_system_number": mmdbtype.Uint32(number), "autonomous_system_organization": mmdbtype.String(name)}
}

// load loads options that must have no problem.
func load(tb testing.TB, o Options) *Enricher {
	tb.Helper()
	if err := o.Validate(); err != nil {
		tb.Fatal(err)
	}
	e, problems := Load(o, nil, now)
	for _, problem := range problems {
		tb.Fatal(problem)
	}
	return e
}

func fullOptions(tb testing.TB) Options {
	tb.Helper()
	return Options{
		GeoIP: []string{
			writeGeo(tb, map[string]mmdbtype.Map{"192.0.2.0/24": city("DE", "Berlin"), "2001:db8::/32": city("JP", "Tokyo")}),
			writeGeo(tb, map[string]mmdbtype.Map{"192.0.2.0/25": asn(64500, "Example Net"), "198.51.100.0/24": asn(64501, "Other Net")}),
		},
		Tables: []Table{
			{Name: "assets", File: writeFile(tb, "assets.csv", "net,owner,tier\n10.0.0.0/8,it,3\n10.1.0.0/16,shop,1\n10.1.2.3,till,0\n2001:db8::/48,lab,\n"), Key: "net", Match: "network", Fields: []string{"source_ip", "destination_ip"}},
			{Name: "staff", File: writeFile(tb, "staff.csv", "\ufefflogin,name,team\nAlice,Alice Example,\"red, blue\"\n"), Key: "login", Match: "fold", Fields: []string{"user_name", "extra.account"}, Add: []string{"team"}},
		},
		Indicators: []Indicators{
			{Name: "mine", File: writeFile(tb, "mine.txt", "# mine\n203.0.113.9\n198.51.100.128/25 botnet\nhxxps://Bad[.]Example/Login#x\nevil.example\n0.0.0.0 ads.example\n0123456789ABCDEF0123456789abcdef\n")},
			{Name: "feed", File: writeFile(tb, "feed.csv", "when,ioc\n2026-01-01,2001:db8::bad\n2026-01-01,203.0.113.9\n"), Column: "ioc"},
			{Name: "stix", File: writeFile(tb, "stix.json", bundle)},
		},
		Scopes: true, UserAgents: true,
	}
}

const bundle = `{"type":"bundle","id":"bundle--1","objects":[
{"type":"indicator","id":"indicator--1","pattern_type":"stix","pattern":"[ipv4-addr:value = '203.0.113.77' OR domain-name:value IN ('c2.example', 'd2.example')]"},
{"type":"indicator","id":"indicator--2","pattern":"[file:hashes.'SHA-256' = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA']"},
{"type":"indicator","id":"indicator--3","pattern":"[ipv4-addr:value = '203.0.113.78']","valid_until":"2026-01-01T00:00:00Z"},
{"type":"indicator","id":"indicator--4","pattern":"[ipv4-addr:value = '203.0.113.79']","revoked":true},
{"type":"indicator","id":"indicator--5","pattern":"[ipv4-addr:value = '203.0.113.80' AND file:name = 'x']"},
{"type":"indicator","id":"indicator--6","pattern":"[ipv4-addr:value ISSUBSET '203.0.113.96/28'] FOLLOWEDBY [url:value = 'http://x.example/a?b'] WITHIN 5 MINUTES"},
{"type":"relationship","source_ref":"indicator--1","target_ref":"indicator--1"}]}`

func TestApply(t *testing.T) {
	t.Parallel()
	e := load(t, fullOptions(t))
	type fields map[string]string
	for _, tt := range []struct {
		name     string
		in, want fields
	}{
		{"country, city, network", fields{"source_ip": "192.0.2.1"}, fields{"source_country": "DE", "source_city": "Berlin", "source_as_number": "64500", "source_as_name": "Example Net", "tags": `["source_reserved"]`}},
		{"IPv6 at the other end", fields{"destination_ip": "2001:db8:1::1"}, fields{"destination_country": "JP", "destination_city": "Tokyo", "tags": `["destination_reserved"]`}},
		{"what the line says stays", fields{"source_ip": "192.0.2.200", "source_country": "XX"}, fields{"source_city": "Berlin", "tags": `["source_reserved"]`}},
		{"the longest network", fields{"source_ip": "10.1.2.3", "destination_ip": "10.1.9.9"}, fields{
			"assets.source_ip.owner": "till", "assets.source_ip.tier": "0", "assets.destination_ip.owner": "shop", "assets.destination_ip.tier": "1", "tags": `["source_private","destination_private"]`,
		}},
		{"any case", fields{"user_name": "ALICE"}, fields{"staff.user_name.team": "red, blue"}},
		{"a field of extra", fields{"account": "alice"}, fields{"staff.account.team": "red, blue"}},
		{"nobody knows it", fields{"user_name": "bob", "source_ip": "8.8.8.8"}, fields{}},
		{"address in two lists", fields{"source_ip": "203.0.113.9"}, fields{"threat_indicator": "203.0.113.9", "threat_list": "mine", "tags": `["source_reserved","threat:mine"]`}},
		{"address in a network", fields{"destination_ip": "198.51.100.200"}, fields{"threat_indicator": "198.51.100.128/25", "threat_list": "mine", "destination_as_number": "64501", "destination_as_name": "Other Net", "tags": `["destination_reserved","threat:mine"]`}},
		{"IPv6 address of a feed", fields{"source_ip": "2001:db8::bad"}, fields{"source_country": "JP", "source_city": "Tokyo", "assets.source_ip.owner": "lab", "threat_indicator": "2001:db8::bad", "threat_list": "feed", "tags": `["source_reserved","threat:feed"]`}},
		{"domain below", fields{"dns_query": "WWW.Evil.example."}, fields{"threat_indicator": "evil.example", "threat_list": "mine", "tags": `["threat:mine"]`}},
		{"domain that only ends so", fields{"dns_query": "notevil.example"}, fields{}},
		{"host of a request", fields{"http_host": "ads.example:8080"}, fields{"threat_indicator": "ads.example", "threat_list": "mine", "tags": `["threat:mine"]`}},
		{"domain of a sender", fields{"email_from": "a@evil.example"}, fields{"threat_indicator": "evil.example", "threat_list": "mine", "tags": `["threat:mine"]`}},
		{"url in parts", fields{"http_host": "bad.example:443", "request_path": "/Login"}, fields{"threat_indicator": "bad.example/Login", "threat_list": "mine", "tags": `["threat:mine"]`}},
		{"url of a proxy", fields{"request_path": "http://x.example:80/a?b"}, fields{"threat_indicator": "x.example/a?b", "threat_list": "stix", "tags": `["threat:stix"]`}},
		{"path of another case", fields{"http_host": "bad.example", "request_path": "/login"}, fields{}},
		{"hash", fields{"file_hash": strings.Repeat("a", 64)}, fields{"threat_indicator": strings.Repeat("a", 64), "threat_list": "stix", "tags": `["threat:stix"]`}},
		{"hashes of Sysmon", fields{"Hashes": "SHA1=x,MD5=0123456789ABCDEF0123456789ABCDEF"}, fields{"threat_indicator": "0123456789abcdef0123456789abcdef", "threat_list": "mine", "tags": `["threat:mine"]`}},
		{"STIX: one of several", fields{"dns_query": "d2.example"}, fields{"threat_indicator": "d2.example", "threat_list": "stix", "tags": `["threat:stix"]`}},
		{"STIX: expired", fields{"source_ip": "203.0.113.78"}, fields{"tags": `["source_reserved"]`}},
		{"STIX: revoked", fields{"source_ip": "203.0.113.79"}, fields{"tags": `["source_reserved"]`}},
		{"STIX: half of an AND", fields{"source_ip": "203.0.113.80"}, fields{"tags": `["source_reserved"]`}},
		{"STIX: network", fields{"source_ip": "203.0.113.100"}, fields{"threat_indicator": "203.0.113.96/28", "threat_list": "stix", "tags": `["source_reserved","threat:stix"]`}},
		{"user agent", fields{"user_agent": "sqlmap/1.8"}, fields{"user_agent_class": "scanner"}},
		{"no user agent", fields{"event_type": "HTTP_ACCESS"}, fields{"user_agent_class": "none"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var ev event.Event
			for name, value := range tt.in {
				if c, ok := event.ByName(name); ok {
					ev.SetText(c, value)
				} else {
					ev.SetExtraText(name, value)
				}
			}
			e.Apply(&ev)
			if diff := cmp.Diff(map[string]string(tt.want), added(&ev, tt.in)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// added returns what ev has beyond in, as text.
func added(ev *event.Event, in map[string]string) map[string]string {
	out := map[string]string{}
	for c := range ev.Columns {
		switch {
		case in[c.String()] != "":
		case c.IsText():
			out[c.String()] = ev.Text(c)
		case c.IsList():
			out[c.String()] = strings.ReplaceAll(fmt.Sprintf("%q", ev.List(c)), `" "`, `","`)
		default:
			out[c.String()] = fmt.Sprint(ev.Int(c))
		}
	}
	for _, f := range ev.Extra {
		if in[f.Name] == "" {
			out[f.Name] = f.Value.Text
		}
	}
	return out
}

func TestUserAgents(t *testing.T) {
	t.Parallel()
	for agent, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0":   "browser",
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)": "bot",
		"curl/8.5.0":                              "tool",
		"python-requests/2.31":                    "tool",
		"Mozilla/5.00 (Nikto/2.5.0)":              "scanner",
		"Fuzz Faster U Fool v2.1.0":               "scanner",
		"ELB-HealthChecker/2.0":                   "bot",
		"Go-http-client/1.1":                      "tool",
		"MyShop/7 CFNetwork/1492.0.1 Darwin/23.3": "other",
		"Twitterbot":                              "bot",
		"":                                        "none",
	} {
		if got := classOf(agent); got != want {
			t.Errorf("%q is a %s, want %s", agent, got, want)
		}
	}
}

func TestOptionsMistakes(t *testing.T) {
	t.Parallel()
	o := Options{
		GeoIP:      []string{""},
		Tables:     []Table{{Name: "a b"}, {Name: "x", File: "f", Key: "k", Match: "regex", Fields: []string{"event_time"}}, {Name: "x", File: "f", Key: "k", Fields: []string{"a"}}, {Name: "source_ip", File: "f", Key: "k", Fields: []string{"a"}}},
		Indicators: []Indicators{{Name: "i", Format: "xml", Column: "c"}, {Name: "i", File: "f.txt"}},
	}
	want := []string{
		`geoip[0]: must not be empty; expected the path of an .mmdb file`,
		`tables[0].name: must be letters, digits, _ and -, is "a b"`,
		`tables[0].file: must not be empty; expected the path of a CSV file`,
		`tables[0].key: must not be empty; expected the column that is looked up`,
		`tables[0].fields: must name at least one field of events, such as source_ip`,
		`tables[1].match: must be exact, fold or network, is "regex"`,
		`tables[1].fields[0]: "event_time" is no text and can't be looked up`,
		`tables[2].name: "x" is there twice`,
		`tables[3].name: "source_ip" is a column of the schema; choose another`,
		`indicators[0].file: must not be empty; expected the path of a list`,
		`indicators[0].format: must be text, csv or stix, is "xml"`,
		`indicators[0].column: only csv files have columns`,
		`indicators[1].name: "i" is there twice`,
	}
	if diff := cmp.Diff(want, strings.Split(o.Validate().Error(), "\n")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestFileMistakes(t *testing.T) {
	t.Parallel()
	geo := writeGeo(t, map[string]mmdbtype.Map{"192.0.2.0/24": city("DE", "Berlin")})
	data, err := os.ReadFile(geo)
	if err != nil {
		t.Fatal(err)
	}
	tab := func(text, key, match string, add ...string) Options {
		return Options{Tables: []Table{{Name: "t", File: writeFile(t, "t.csv", text), Key: key, Match: match, Add: add, Fields: []string{"user_name"}}}}
	}
	list := func(name, text, column string) Options {
		return Options{Indicators: []Indicators{{Name: "l", File: writeFile(t, name, text), Column: column}}}
	}
	for _, tt := range []struct {
		name string
		o    Options
		want string
	}{
		{"no file", Options{GeoIP: []string{"nowhere.mmdb"}}, "geoip[0]: open nowhere.mmdb: no such file"},
		{"a folder", Options{GeoIP: []string{t.TempDir()}}, ": not a file"},
		{"not a database", Options{GeoIP: []string{writeFile(t, "x.mmdb", "hello")}}, "not a MaxMind DB file"},
		{"a cut database", Options{GeoIP: []string{writeFile(t, "x.mmdb", string(data[len(data)/2:]))}}, "MaxMind DB file"},
		{"no key column", tab("a,b\n1,2\n", "c", ""), `t.csv:1: there is no column "c"; there are a, b`},
		{"no added column", tab("a,b\n1,2\n", "a", "", "z"), `t.csv:1: there is no column "z"; there are a, b`},
		{"nothing to add", tab("a\n1\n", "a", ""), "there is no column to add beside the key"},
		{"ragged", tab("a,b\n1,2\n3\n", "a", ""), "t.csv:3: wrong number of fields"},
		{"no network", tab("a,b\n10.0.0.0/8,x\nten,2\n", "a", "network"), `t.csv:3: "ten" is neither an address nor a network`},
		{"empty table", tab("", "a", ""), "t.csv:1: the header line can't be read"},
		{"a list of something else", list("l.txt", "hello\nthere world\n", ""), `l.txt:1: "hello" is neither an address, a network, a domain, a hash nor a URL; 2 lines are like that`},
		{"no list column", list("l.csv", "a,b\n", "c"), `l.csv:1: there is no column "c"; there are a, b`},
		{"not STIX", list("l.json", `{"type":"report"}`, ""), `l.json:1: not a STIX bundle: its type is "report"`},
		{"not JSON", list("l.json", `{`, ""), `l.json:1: not a STIX bundle: unexpected end`},
		{"bad pattern", list("l.json", `{"type":"bundle","objects":[{"type":"indicator","id":"i1","pattern":"[ipv4-addr:value = '1.2.3.4"}]}`, ""), `l.json:1: objects[0] i1: pattern, character 20: a string is not closed`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e, problems := Load(tt.o, nil, now)
			if len(problems) != 1 || !strings.Contains(problems[0].Error(), tt.want) {
				t.Fatalf("problems %v, want one with %q", problems, tt.want)
			}
			var ev event.Event
			ev.SetText(event.SourceIP, "192.0.2.1")
			ev.SetText(event.UserName, "a")
			e.Apply(&ev) // works without what could not be read
		})
	}
}

// What can't be read again stays as it was.
func TestReloadKeepsWhatWasGood(t *testing.T) {
	t.Parallel()
	o := fullOptions(t)
	old := load(t, o)
	for _, file := range o.Files() {
		if err := os.WriteFile(file, []byte("\x00broken"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	e, problems := Load(o, old, now)
	if len(problems) != len(o.Files()) {
		t.Errorf("%d problems of %d files: %v", len(problems), len(o.Files()), problems)
	}
	if e.Stats() != old.Stats() {
		t.Errorf("holds %+v, held %+v", e.Stats(), old.Stats())
	}
	var a, b event.Event
	for _, ev := range []*event.Event{&a, &b} {
		ev.SetText(event.SourceIP, "192.0.2.1")
		ev.SetText(event.DestinationIP, "203.0.113.9")
		ev.SetText(event.UserName, "alice")
	}
	old.Apply(&a)
	e.Apply(&b)
	if !a.Equal(&b) {
		t.Errorf("%s\nwas\n%s", b.AppendJSON(nil), a.AppendJSON(nil))
	}
}

func TestNothingConfiguredDoesNothing(t *testing.T) {
	t.Parallel()
	var o Options
	if o.Enabled() || o.Validate() != nil {
		t.Error("the zero options are not valid and empty")
	}
	var ev, same event.Event
	ev.SetText(event.SourceIP, "10.0.0.1")
	same.SetText(event.SourceIP, "10.0.0.1")
	(*Enricher)(nil).Apply(&ev)
	load(t, o).Apply(&ev)
	if !ev.Equal(&same) {
		t.Errorf("became %s", ev.AppendJSON(nil))
	}
}
