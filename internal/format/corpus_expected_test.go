package format

import (
	"bufio"
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// Some corpora say what other projects make of their lines. These tests hold the
// formats to it where the two speak of the same thing.

// expectations reads the JSON lines of files and skips where there are none.
func expectations[T any](t *testing.T, pattern string) []T {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(corpora, pattern))
	if err != nil || len(files) == 0 {
		t.Skipf("no sample lines in %s: the corpora are not here", corpora)
	}
	var out []T
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(file)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var one T
			if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			out = append(out, one)
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
		_ = file.Close() // it was only read
	}
	return out
}

// sourceTypes are the formats that the source types of the collector's tests
// stand for, by how they begin.
var sourceTypes = []struct{ sourceType, format string }{
	{"cisco:asa", "cisco_asa"},
	{"cisco:fwsm", "cisco_asa"},
	{"cisco:pix", "cisco_asa"},
	{"cisco:ftd", "cisco_ftd"},
	{"cisco:ios", "cisco_ios"},
	{"cp_log", "checkpoint"},
	{"fgt_", "fortinet"},
	{"fwb_", "fortinet"},
	{"pan:", "paloalto"},
	{"pfsense:filterlog", "pf"},
	{"juniper:junos:firewall", "juniper_srx"},
	{"juniper:junos:idp", "juniper_srx"},
	{"juniper:junos:structured", "juniper_srx"},
	{"zscalernss-web", "zscaler"},
	{"cef", "cef"},
	{"imperva:waf", "cef"},
	{"deepsecurity", "cef"},
	{"cyberark:epv:cef", "cef"},
}

// Lines of a vendor whose product has a format are of that format for auto.
func TestVendorLinesGetTheirFormat(t *testing.T) {
	t.Parallel()
	auto := NewAuto()
	c := Context{Received: defaultReceived}
	compared, agreed := 0, 0
	for _, x := range expectations[struct {
		Raw        string `json:"raw"`
		SourceType string `json:"sourcetype"`
	}](t, "*/sc4s__*.expected.jsonl") {
		i := slices.IndexFunc(sourceTypes, func(s struct{ sourceType, format string }) bool { return strings.HasPrefix(x.SourceType, s.sourceType) })
		if i < 0 || x.SourceType == "" {
			continue
		}
		compared++
		var e event.Event
		got := "none"
		if f, err := auto.Parse("s", x.Raw, &c, &e); err == nil {
			f.Finish(x.Raw, &c, &e)
			got = e.Text(event.Format)
		}
		if got == sourceTypes[i].format {
			agreed++
		} else {
			t.Logf("%s: auto makes %s of it: %.150s", x.SourceType, got, x.Raw)
		}
	}
	if compared == 0 || agreed*100 < compared*95 {
		t.Errorf("%d of %d lines get the format of their vendor, want 95 %%", agreed, compared)
	}
}

// Valid lines of RFC 5424 are read; of the others none is taken for one, with a
// version and all.
func TestRFC5424Validity(t *testing.T) {
	t.Parallel()
	c := Context{Received: defaultReceived}
	for _, x := range expectations[struct {
		Raw   string `json:"raw"`
		Valid bool   `json:"valid"`
	}](t, "syslog_rfc5424/*.expected.jsonl") {
		if strings.Contains(x.Raw, `=\"`) {
			continue // the sample kept the escapes of the source code that it was taken from
		}
		_, err := read(syslogFormat, x.Raw, &c)
		if x.Valid && err != nil {
			t.Errorf("valid, but refused: %v: %q", err, x.Raw)
		}
		if _, err5424 := cutRFC5424(x.Raw, &c); !x.Valid && err == nil && err5424 == nil {
			t.Errorf("not valid, but taken for RFC 5424: %q", x.Raw)
		}
	}
}

// cutRFC5424 reads line as RFC 5424 and nothing else.
func cutRFC5424(line string, c *Context) (v envelope, err error) {
	cur := scan(line)
	v.priority = -1
	if err := v.readPriority(&cur); err != nil {
		return v, err
	}
	if !v.isRFC5424(cur.rest()) {
		return v, cur.fail("no version")
	}
	return v, v.read5424(&cur, c)
}

// UDM events name the same ends, rules and requests as ours.
func TestSuricataAgainstUDM(t *testing.T) {
	t.Parallel()
	lines := corpusLines(t, "suricata_eve/secops__suricata_eve.log")
	data, err := os.ReadFile(filepath.Join(corpora, "suricata_eve", "secops__suricata_eve.expected_udm.json"))
	if err != nil {
		t.Fatal(err)
	}
	type end struct {
		IP   []string `json:"ip"`
		Port int64    `json:"port"`
	}
	var want struct {
		Events []struct {
			Event struct {
				IDM struct {
					UDM struct {
						Principal, Target end
						Network           struct {
							HTTP struct {
								Method       string `json:"method"`
								ResponseCode int64  `json:"responseCode"`
							} `json:"http"`
						} `json:"network"`
						SecurityResult []struct {
							RuleID, RuleName string
						} `json:"securityResult"`
					} `json:"readOnlyUdm"`
				} `json:"idm"`
			} `json:"event"`
		} `json:"events"`
	}
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	if len(want.Events) != len(lines) {
		t.Fatalf("%d events are expected of %d lines", len(want.Events), len(lines))
	}
	c := Context{Received: defaultReceived}
	for i, line := range lines {
		e, err := read(suricataEVEFormat, line, &c)
		if err != nil {
			t.Errorf("line %d: %v", i+1, err)
			continue
		}
		udm := want.Events[i].Event.IDM.UDM
		for _, x := range []struct {
			column event.Column
			want   []string
		}{{event.SourceIP, udm.Principal.IP}, {event.DestinationIP, udm.Target.IP}} {
			if got := e.Text(x.column); got != "" && len(x.want) > 0 && !slices.ContainsFunc(x.want, func(ip string) bool { return netip.MustParseAddr(ip).String() == got }) {
				t.Errorf("line %d: %s is %s, UDM has %v", i+1, x.column, got, x.want)
			}
		}
		if method := udm.Network.HTTP.Method; method != "" && e.Text(event.HTTPMethod) != method {
			t.Errorf("line %d: method %q, UDM has %q", i+1, e.Text(event.HTTPMethod), method)
		}
		if code := udm.Network.HTTP.ResponseCode; code != 0 && e.Int(event.StatusCode) != code {
			t.Errorf("line %d: status %d, UDM has %d", i+1, e.Int(event.StatusCode), code)
		}
		for _, result := range udm.SecurityResult {
			if result.RuleID != "" && e.Text(event.RuleID) != result.RuleID || result.RuleName != "" && e.Text(event.RuleName) != result.RuleName {
				t.Errorf("line %d: rule %s %q, UDM has %s %q", i+1, e.Text(event.RuleID), e.Text(event.RuleName), result.RuleID, result.RuleName)
			}
		}
	}
}
