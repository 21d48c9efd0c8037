package format

import (
	"strings"
	"testing"
	"time"

	"github.com/goshawk-siem/goshawk/internal/event"
)

func TestAfterLine(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, format, before, line string
		first                      bool
		after                      string
		header                     bool
	}{
		{name: "an ordinary line", line: "Sep  5 10:30:00 web01 app: hello", before: "#Fields: a b", after: "#Fields: a b"},
		{name: "an empty line", before: "x,y", after: "x,y"},
		{name: "a comment", line: "# a comment", before: "#Fields: a b", after: "#Fields: a b"},
		{name: "the first directive", line: "#Fields: date time", after: "#Fields: date time", header: true},
		{name: "one more", before: "#Version: 1.0", line: "#Fields: date time", after: "#Version: 1.0\n#Fields: date time", header: true},
		{name: "one again", before: "#Fields: a b\n#Version: 1.0", line: "#Fields: c d", after: "#Version: 1.0\n#Fields: c d", header: true},
		{name: "of another family", before: "#Fields: a b\n#Version: 1.0", line: "#fields\tts\tuid", after: "#fields\tts\tuid", header: true},
		{name: "a new file of Zeek's", before: "#path\tconn\n#fields\tts\tuid", line: `#separator \x09`, after: `#separator \x09`, header: true},
		{name: "the end of a file of Zeek's", before: "#fields\tts\tuid", line: "#close\t2024-09-05", after: "#fields\tts\tuid", header: true},
		{name: "of a format without", format: "json", line: "#Fields: date time"},
		{name: "directives behind a table", before: "time,user,level", line: "#Fields: a b", after: "#Fields: a b", header: true},
		{name: "a table's first line", format: "csv", line: "time,name", first: true, after: "time,name", header: true},
		{name: "a table's header again", format: "csv", before: "time,name", line: "time,name", after: "time,name", header: true},
		{name: "a table's row of words", format: "csv", before: "time,name", line: "today,alice", after: "time,name"},
		{name: "a row in the first place", format: "csv", line: "alice,login,success", first: true},
		{name: "prose in the first place", line: "Hello, world", first: true},
		{name: "flow records", format: "aws_vpcflow", line: "version srcaddr dstaddr action", after: "version srcaddr dstaddr action", header: true},
		{name: "one too long", before: "#Fields: a b", line: "#Fields: " + strings.Repeat("a ", MaxColumns/2), header: true},
		{name: "too much of it all", before: "#Software: " + strings.Repeat("a", MaxColumns/2), line: "#Fields: " + strings.Repeat("a ", MaxColumns/4), header: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, _ := Lookup(tt.format)
			after, header := AfterLine(f, tt.before, tt.line, tt.first)
			if after != tt.after || header != tt.header {
				t.Errorf("got %q, %v, want %q, %v", after, header, tt.after, tt.header)
			}
		})
	}
}

func TestColumnsOwner(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"#Fields: date time c-ip cs-method cs-uri-stem sc-status":    "iis_access",
		"#Fields: date time x-edge-location sc-bytes c-ip cs-method": "",
		"#Version: 1.0":                                    "",
		"#separator \\x09\n#fields\tts\tu":                 "zeek",
		"#Fields: date time action protocol src-ip dst-ip": "windows_firewall",
		"version account-id srcaddr dstaddr action":        "aws_vpcflow",
		"timestamp,src_ip,dst_ip,username":                 "csv",
		"a,b":                                              "",
	} {
		got := ""
		if f := NewColumns(nil, text).Format(); f != nil {
			got = f.Name
		}
		if got != want {
			t.Errorf("%q is of %q, want %q", text, got, want)
		}
	}
	named, _ := Lookup("csv")
	if NewColumns(named, "id,amount,city").Format() != named {
		t.Error("a header line that somebody calls one is not taken for it")
	}
	if c := NewColumns(nil, ""); c.Text() != "" || c.Format() != nil || c.compiled() != nil {
		t.Error("no header lines make columns")
	}
}

// With header lines in force auto takes the lines that fit them, and every other
// line as usual.
func TestAutoFollowsColumns(t *testing.T) {
	t.Parallel()
	auto := NewAuto()
	c := Context{Received: defaultReceived, Columns: NewColumns(nil, "timestamp,src_ip,dst_ip,username")}
	for line, want := range map[string]string{
		"2024-09-05T10:30:00Z,192.0.2.1,192.0.2.2,alice": "csv",
		`{"msg":"hello"}`:       "json",
		"level=info msg=hello":  "logfmt",
		"2024-09-05T10:30:00Z,": "",
	} {
		var e event.Event
		got := ""
		if f, err := auto.Parse("x", line, &c, &e); err == nil {
			got = f.Name
		}
		if got != want {
			t.Errorf("%q is of %q, want %q", line, got, want)
		}
		if x := auto.Explain(line, &c); (x.Chosen == nil) != (want == "") || x.Chosen != nil && x.Chosen.Name != want {
			t.Errorf("%q: the explanation chooses otherwise: %v", line, x)
		}
	}
}

var headers = []struct{ format, columns string }{
	{"iis_access", "#Software: Microsoft HTTP API 2.0\n#Fields: date time c-ip s-ip cs-method cs-uri-stem cs-uri-query sc-status cs(User-Agent) x"},
	{"zeek", "#separator \\x09\n#set_separator\t,\n#path\tdns\n#fields\tts\tuid\tid.orig_h\tquery\tanswers\tTTLs\trejected\n#types\ttime\tstring\taddr\tstring\tvector[string]\tvector[interval]\tbool"},
	{"windows_firewall", "#Software: Microsoft Windows Firewall\n#Fields: date time action protocol src-ip dst-ip src-port dst-port size info path"},
	{"aws_vpcflow", "version srcaddr dstaddr dstport protocol bytes start action flow-direction"},
	{"csv", "timestamp,src_ip,username,level,message,count"},
}

// Time grows with the length of a line with header lines in force, too.
func TestHostileColumnsTakeLinearTime(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, h := range headers {
		f, _ := Lookup(h.format)
		c := Context{Received: defaultReceived, Columns: NewColumns(f, h.columns)}
		for _, text := range append([]string{",", "\t", `""`, `",`, " -", "#fields\t"}, hostile...) {
			line := strings.Repeat(text, (1<<20)/len(text))
			if took := fastest(f, line, &c, 2); took > 200*time.Millisecond {
				t.Errorf("%s: %d times %q take %v", f.Name, len(line)/len(text), text, took)
			}
		}
	}
}

// Whatever header lines say, lines are read without panic and make valid events,
// and what is in force stays in its limit.
func FuzzColumns(f *testing.F) {
	f.Add("csv", headers[4].columns, "2024-09-05T10:30:00Z,192.0.2.1,alice,info,\"a \"\"b\"\"\",1")
	f.Add("zeek", headers[1].columns, "1725532200.1\tx\t192.0.2.1\texample.com\ta,b\t1.0,-\tT")
	f.Add("iis_access", headers[0].columns, "2024-09-05 10:30:00 192.0.2.1 192.0.2.2 GET / - 200 \"a b\" -")
	f.Add("aws_vpcflow", headers[3].columns, "2 192.0.2.1 192.0.2.2 22 6 1 1725532200 ACCEPT ingress")
	f.Fuzz(func(t *testing.T, name, columns, line string) {
		format, ok := Lookup(name)
		if !ok || format.columns == nil {
			t.Skip("the format has no header lines")
		}
		text := ""
		for one := range strings.SplitSeq(columns, "\n") {
			text, _ = AfterLine(format, text, one, text == "")
			if len(text) > MaxColumns {
				t.Fatalf("%d bytes of header lines are in force", len(text))
			}
		}
		c := Context{Received: defaultReceived, Columns: NewColumns(format, text)}
		if e, err := read(format, strings.ReplaceAll(line, "\n", " "), &c); err == nil {
			checkSchema(t, e)
		}
	})
}

// The names that rules for these logs use lead to values.
func TestSigmaNamesResolve(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		format, golden, category, service string
		names                             []string
	}{
		{"iis_access", "all_columns", "webserver", "", []string{"cs-method", "cs-uri-query", "cs-uri-stem", "cs-host", "cs-user-agent", "cs-referer", "cs-username", "sc-status", "c-ip", "s-ip"}},
		{"zeek", "http_header_names", "", "http", []string{"status_code", "uri", "method", "client_header_names", "request_body_len", "host", "resp_mime_types", "c-uri", "id.resp_h"}},
		{"zeek", "http", "", "http", []string{"user_agent", "c-useragent"}},
		{"zeek", "dce_rpc", "", "dce_rpc", []string{"operation", "endpoint"}},
		{"zeek", "smb_files", "", "smb_files", []string{"path", "name"}},
		{"zeek", "x509", "", "x509", []string{"certificate.serial"}},
		{"zeek", "dns", "", "dns", []string{"Z", "query", "qtype_name", "answers", "id.resp_p", "rejected"}},
		{"zeek", "underscores", "", "kerberos", []string{"request_type", "cipher", "service"}},
	} {
		f, _ := Lookup(tt.format)
		g := readGolden(t, f, "testdata/"+tt.format+"/"+tt.golden+".txtar")
		e, err := read(f, g.line, &g.context)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range tt.names {
			if !resolves(e, tt.category, tt.service, name) {
				t.Errorf("%s of %s/%s leads nowhere", name, tt.format, tt.golden)
			}
		}
	}
}

// resolves reports whether a rule's field leads to a value: through the names of
// the log source, a column of that name, or extra.
func resolves(e *event.Event, category, service, name string) bool {
	for c := range event.NumColumns {
		for _, s := range c.Info().Sigma {
			if s.Category != category || s.Product != "" && s.Product != "zeek" || s.Service != "" && s.Service != service {
				continue
			}
			for _, n := range s.Names {
				if n == name && e.Has(c) {
					return true
				}
			}
		}
		if c.String() == name && e.Has(c) {
			return true
		}
	}
	_, ok := e.ExtraField(name)
	return ok
}
