package ingest

import (
	"strings"
	"testing"

	"github.com/goshawk-siem/goshawk/internal/bustest"
	"github.com/goshawk-siem/goshawk/internal/unit"
)

func TestDefaultsAreValid(t *testing.T) {
	t.Parallel()
	if err := Defaults().Validate(); err != nil {
		t.Error(err)
	}
}

func TestValidateNamesEveryKey(t *testing.T) {
	t.Parallel()
	o := Options{
		MaxLine: 1 << 30, MaxInFlight: 1, Drain: -1,
		HTTP: HTTPOptions{Listen: "nowhere", Tokens: []unit.Secret{{}}, TLS: TLSOptions{Key: "k", ClientCA: "c"}},
		Syslog: []SyslogOptions{
			{Protocol: "sctp", Listen: "x", Source: "a b", Path: "a..b", Format: "a b", MaxConnections: -1, IdleTimeout: -1, ReceiveBuffer: -1, Queue: 5},
			{Protocol: ProtocolTLS, Listen: ":1"},
			{Protocol: ProtocolTCP, Listen: ":1", TLS: TLSOptions{Cert: "c"}},
		},
		Files: []FileOptions{
			{Paths: []string{"", "a["}, Start: "middle", Poll: -1, MaxOpen: -1},
			{Paths: []string{"a"}, Source: "app", Path: "x"},
			{Paths: []string{"b"}, Source: "app", Path: "x"},
			{Source: "app", Path: "y"},
		},
	}
	err := o.Validate()
	if err == nil {
		t.Fatal("no error")
	}
	lines := strings.Split(err.Error(), "\n")
	for _, key := range []string{
		"max_line", "max_in_flight", "drain",
		"http.listen", "http.max_body", "http.max_memory", "http.max_connections", "http.read_timeout", "http.idle_timeout", "http.tokens[0]", "http.tls.cert", "http.tls.client_ca",
		"syslog[0].protocol", "syslog[0].listen", "syslog[0].source", "syslog[0].path", "syslog[0].format", "syslog[0].max_connections", "syslog[0].idle_timeout", "syslog[0].receive_buffer", "syslog[0].queue",
		"syslog[1].tls.cert", "syslog[2].tls",
		"files[0].paths[0]", "files[0].paths[1]", "files[0].source", "files[0].start", "files[0].poll", "files[0].max_open", "files[2].source", "files[3].paths",
	} {
		found := 0
		for _, l := range lines {
			if strings.HasPrefix(l, key+": ") {
				found++
			}
		}
		if found != 1 {
			t.Errorf("%d problems start with %q, want one, in:\n%v", found, key, err)
		}
	}
}

func TestNewReportsUnusableCertificates(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(*Options){
		"http": func(o *Options) { o.HTTP.TLS = TLSOptions{Cert: "/nowhere", Key: "/nowhere"} },
		"syslog[0]": func(o *Options) {
			*o = syslogOptions(ProtocolTLS)
			o.Syslog[0].TLS = TLSOptions{Cert: "/nowhere", Key: "/nowhere"}
		},
	} {
		o := httpOptions()
		set(&o)
		if _, err := New(o, nil, bustest.Log(t), nil); err == nil || !strings.HasPrefix(err.Error(), name+": ") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// Two inputs that want the same port: nothing of the service is left running.
func TestRunReportsAnAddressInUse(t *testing.T) {
	t.Parallel()
	b := bustest.Start(t)
	first := startOn(t, b, httpOptions())
	o := syslogOptions(ProtocolUDP)
	o.Syslog = append(o.Syslog, SyslogOptions{Protocol: ProtocolTCP, Listen: first.addr()})
	s, err := New(o, b, bustest.Log(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "syslog[1]: ") {
		t.Errorf("got %v", err)
	}
}
