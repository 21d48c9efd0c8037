package ingest

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/goshawk-siem/goshawk/internal/listen"
	"github.com/goshawk-siem/goshawk/internal/record"
	"github.com/goshawk-siem/goshawk/internal/unit"
)

// Options are the inputs and their limits. The zero value is not valid; start
// from Defaults.
type Options struct {
	// MaxLine is the longest line that is passed on as a line, in bytes; longer
	// ones become dead letters. 1B to 512KiB. Default 256KiB. Changing it while
	// files are half read may repeat a batch of theirs.
	MaxLine unit.Bytes `yaml:"max_line"`
	// MaxInFlight is how many bytes may wait for JetStream's acknowledgement,
	// over all inputs; past it, they wait. At least 4MiB. Default 64MiB.
	MaxInFlight unit.Bytes `yaml:"max_in_flight"`
	// Drain is how long a stop may take to publish what was already read.
	// Default 10s.
	Drain unit.Duration `yaml:"drain"`
	// StateDir is the folder for what file inputs remember. Default "", which is
	// the folder "ingest" in the data folder; needed when there are files.
	StateDir string `yaml:"state_dir"`
	// HTTP is the HTTP input.
	HTTP HTTPOptions `yaml:"http"`
	// Syslog lists the syslog inputs. Default: UDP and TCP on 127.0.0.1:5514.
	Syslog []SyslogOptions `yaml:"syslog"`
	// Files lists the file inputs. Default: none.
	Files []FileOptions `yaml:"files"`
}

// HTTPOptions configure POST /v1/raw/<source>.
type HTTPOptions struct {
	// Listen is the address, host:port; "" turns the input off. Default
	// 127.0.0.1:8514.
	Listen string `yaml:"listen"`
	// Tokens are accepted as "Authorization: Bearer <token>"; without any,
	// everybody may post. GOSHAWK_HTTP_TOKEN adds one. Default: none.
	Tokens []unit.Secret `yaml:"tokens"`
	// MaxBody is the longest body, in bytes, compressed and decompressed.
	// Default 64MiB.
	MaxBody unit.Bytes `yaml:"max_body"`
	// MaxMemory bounds what the requests being read hold together: each takes
	// 1MiB, with zstd 10MiB; past it the answer is 503. At least 10MiB. Default
	// 128MiB.
	MaxMemory unit.Bytes `yaml:"max_memory"`
	// MaxConnections is how many connections may be open; further ones are
	// closed at once. Default 1024.
	MaxConnections int `yaml:"max_connections"`
	// ReadTimeout is how long a request may take to arrive and be published.
	// Default 2m.
	ReadTimeout unit.Duration `yaml:"read_timeout"`
	// IdleTimeout is how long a sender may be silent, inside a request and
	// between two. Default 30s.
	IdleTimeout unit.Duration `yaml:"idle_timeout"`
	// TLS turns on HTTPS.
	TLS TLSOptions `yaml:"tls"`
}

// TLSOptions are a server's certificate and whom it believes.
type TLSOptions struct {
	// Cert and Key are PEM files; both or none. Default: none.
	Cert string `yaml:"cert"`
	Key  string `yaml:"key"`
	// ClientCA is a PEM file; when set, clients must show a certificate that
	// one of its authorities has signed. Default: none.
	ClientCA string `yaml:"client_ca"`
}

// SyslogOptions configure one syslog listener. Numbers left at 0 take their
// default.
type SyslogOptions struct {
	// Protocol is udp, tcp or tls. Required.
	Protocol string `yaml:"protocol"`
	// Listen is the address, host:port. Required.
	Listen string `yaml:"listen"`
	// Source is the source of everything that arrives here. Default "syslog".
	Source string `yaml:"source"`
	// Path labels it: dot-separated words behind the source in the subject,
	// which the event shows as source_path. Default: none.
	Path string `yaml:"path"`
	// Format is the format of everything that arrives here. Default: that of
	// the source.
	Format string `yaml:"format"`
	// MaxConnections (tcp, tls) is how many connections may be open; further
	// ones are closed at once. Each holds at most 1MiB. Default 512.
	MaxConnections int `yaml:"max_connections"`
	// IdleTimeout (tcp, tls) closes a connection that is silent for so long.
	// Default 10m.
	IdleTimeout unit.Duration `yaml:"idle_timeout"`
	// ReceiveBuffer (udp) is asked of the kernel for datagrams that wait, in
	// bytes. Linux gives at most net.core.rmem_max. Default 8MiB.
	ReceiveBuffer unit.Bytes `yaml:"receive_buffer"`
	// Queue (udp) is how many bytes of datagrams may wait in the process when
	// the bus is slow; past it, they are dropped and counted. Default 16MiB.
	Queue unit.Bytes `yaml:"queue"`
	// TLS (tls) is the certificate; required there.
	TLS TLSOptions `yaml:"tls"`
}

// FileOptions configure one set of files. Numbers left at 0 take their default.
type FileOptions struct {
	// Paths are files or globs; ** stands for any depth, *.gz is read once.
	// Required.
	Paths []string `yaml:"paths"`
	// Source is the source of all lines. Required, and together with Path
	// different from that of other file inputs.
	Source string `yaml:"source"`
	// Path labels the lines, see SyslogOptions.Path. Default: none.
	Path string `yaml:"path"`
	// Format is the format of all lines. Default: that of the source.
	Format string `yaml:"format"`
	// Start says where to begin in the files that are there when this input
	// runs for the first time: beginning or end. Files that come later are read
	// from their beginning. Default beginning.
	Start string `yaml:"start"`
	// Poll is how often the paths are looked at where the system does not tell
	// of changes. Default 1s.
	Poll unit.Duration `yaml:"poll"`
	// MaxOpen is how many files are held open. Default 512.
	MaxOpen int `yaml:"max_open"`
}

// The values of SyslogOptions.Protocol.
const (
	ProtocolUDP = "udp"
	ProtocolTCP = "tcp"
	ProtocolTLS = "tls"
)

// The values of FileOptions.Start.
const (
	StartBeginning = "beginning"
	StartEnd       = "end"
)

const (
	minInFlight = 4 * unit.MiB
	// minHTTPMemory lets one request of each kind through.
	minHTTPMemory = zstdRequestMemory
)

// Defaults returns options that listen on the loopback addresses only.
func Defaults() Options {
	return Options{
		MaxLine: record.MaxLine, MaxInFlight: 64 * unit.MiB, Drain: unit.Duration(10 * time.Second),
		HTTP: HTTPOptions{
			Listen: "127.0.0.1:8514", MaxBody: 64 * unit.MiB, MaxMemory: 128 * unit.MiB, MaxConnections: 1024,
			ReadTimeout: unit.Duration(2 * time.Minute), IdleTimeout: unit.Duration(30 * time.Second),
		},
		Syslog: []SyslogOptions{
			{Protocol: ProtocolUDP, Listen: "127.0.0.1:5514", Source: "syslog"},
			{Protocol: ProtocolTCP, Listen: "127.0.0.1:5514", Source: "syslog"},
		},
	}
}

// problems collects what is wrong, each with its key.
type problems struct {
	prefix string
	errs   []error
}

func (p *problems) add(key, format string, args ...any) {
	p.errs = append(p.errs, fmt.Errorf("%s%s: %s", p.prefix, key, fmt.Sprintf(format, args...)))
}

func (p *problems) check(ok bool, key, format string, args ...any) {
	if !ok {
		p.add(key, format, args...)
	}
}

// Validate reports every value that can't work, each with its key.
func (o Options) Validate() error {
	p := &problems{}
	p.check(o.MaxLine > 0 && o.MaxLine <= listen.MaxLineLimit, "max_line", "must be 1B to %v, is %v", unit.Bytes(listen.MaxLineLimit), o.MaxLine)
	p.check(o.MaxInFlight >= minInFlight, "max_in_flight", "must be at least %v, is %v", minInFlight, o.MaxInFlight)
	p.check(o.Drain > 0, "drain", "must be more than 0, is %v", o.Drain)
	if o.HTTP.Listen != "" {
		p.prefix = "http."
		o.HTTP.validate(p)
	}
	for i, s := range o.Syslog {
		p.prefix = fmt.Sprintf("syslog[%d].", i)
		s.validate(p)
	}
	seen := map[string]int{}
	for i, f := range o.Files {
		p.prefix = fmt.Sprintf("files[%d].", i)
		f.validate(p)
		if first, twice := seen[f.stateName()]; twice {
			p.add("source", "%q is also that of files[%d]; expected another source or path, or all globs in one entry", f.Source, first)
			continue
		}
		seen[f.stateName()] = i
	}
	return errors.Join(p.errs...)
}

func (h HTTPOptions) validate(p *problems) {
	checkAddress(p, h.Listen)
	p.check(h.MaxBody > 0, "max_body", "must be more than 0, is %v", h.MaxBody)
	p.check(h.MaxMemory >= minHTTPMemory, "max_memory", "must be at least %v, is %v", minHTTPMemory, h.MaxMemory)
	p.check(h.MaxConnections > 0, "max_connections", "must be more than 0, is %d", h.MaxConnections)
	p.check(h.ReadTimeout > 0, "read_timeout", "must be more than 0, is %v", h.ReadTimeout)
	p.check(h.IdleTimeout > 0, "idle_timeout", "must be more than 0, is %v", h.IdleTimeout)
	for i, token := range h.Tokens {
		p.check(!token.IsZero(), fmt.Sprintf("tokens[%d]", i), "is empty; expected a secret, or no entry")
	}
	h.TLS.validate(p)
}

func (t TLSOptions) validate(p *problems) {
	p.check((t.Cert == "") == (t.Key == ""), "tls.cert", "cert and key belong together; set both or none")
	p.check(t.ClientCA == "" || t.Cert != "", "tls.client_ca", "needs cert and key")
}

func (s SyslogOptions) validate(p *problems) {
	switch s.Protocol {
	case ProtocolUDP, ProtocolTCP:
		p.check(s.TLS == TLSOptions{}, "tls", "is for protocol tls; this one is %s", s.Protocol)
	case ProtocolTLS:
		p.check(s.TLS.Cert != "", "tls.cert", "is missing; protocol tls needs cert and key")
		s.TLS.validate(p)
	default:
		p.add("protocol", "%q is unknown; expected udp, tcp or tls", s.Protocol)
	}
	checkAddress(p, s.Listen)
	checkOrigin(p, s.withDefaults().Source, s.Path, s.Format)
	p.check(s.MaxConnections >= 0, "max_connections", "must be at least 0, is %d", s.MaxConnections)
	p.check(s.IdleTimeout >= 0, "idle_timeout", "must be at least 0, is %v", s.IdleTimeout)
	p.check(s.ReceiveBuffer >= 0, "receive_buffer", "must be at least 0, is %v", s.ReceiveBuffer)
	p.check(s.Queue == 0 || s.Queue >= unit.MiB, "queue", "must be 0 or at least 1MiB, is %v", s.Queue)
}

func (s SyslogOptions) withDefaults() SyslogOptions {
	setDefault(&s.Source, "syslog")
	setDefault(&s.MaxConnections, 512)
	setDefault(&s.IdleTimeout, unit.Duration(10*time.Minute))
	setDefault(&s.ReceiveBuffer, 8*unit.MiB)
	setDefault(&s.Queue, 16*unit.MiB)
	return s
}

func (f FileOptions) validate(p *problems) {
	p.check(len(f.Paths) > 0, "paths", "is empty; expected files or globs")
	for i, path := range f.Paths {
		if err := listen.CheckGlob(path); err != nil {
			p.add(fmt.Sprintf("paths[%d]", i), "%v", err)
		}
	}
	checkOrigin(p, f.Source, f.Path, f.Format)
	start := f.withDefaults().Start
	p.check(start == StartBeginning || start == StartEnd, "start", "%q is unknown; expected beginning or end", f.Start)
	p.check(f.Poll >= 0, "poll", "must be at least 0, is %v", f.Poll)
	p.check(f.MaxOpen >= 0, "max_open", "must be at least 0, is %d", f.MaxOpen)
}

func (f FileOptions) withDefaults() FileOptions {
	setDefault(&f.Start, StartBeginning)
	setDefault(&f.Poll, unit.Duration(time.Second))
	setDefault(&f.MaxOpen, 512)
	return f
}

// stateName names what this input remembers. Paths may change without losing it.
func (f FileOptions) stateName() string {
	if f.Path == "" {
		return f.Source
	}
	return f.Source + "." + f.Path
}

func setDefault[T comparable](value *T, byDefault T) {
	var zero T
	if *value == zero {
		*value = byDefault
	}
}

func checkAddress(p *problems, address string) {
	if _, port, err := net.SplitHostPort(address); err != nil || port == "" {
		p.add("listen", "%q is not an address; expected host:port such as 127.0.0.1:5514", address)
	}
}

func checkOrigin(p *problems, source, path, format string) {
	if err := record.CheckSource(source); err != nil {
		p.add("source", "%v", err)
	}
	if err := checkPath(path); err != nil {
		p.add("path", "%v", err)
	}
	if err := checkFormat(format); err != nil {
		p.add("format", "%v", err)
	}
}

// maxPath is the longest path of an origin, in bytes.
const maxPath = 128

func checkPath(path string) error {
	if path == "" {
		return nil
	}
	if len(path) > maxPath {
		return fmt.Errorf("is %d bytes long, at most %d are allowed", len(path), maxPath)
	}
	for word := range strings.SplitSeq(path, ".") {
		if record.CheckSource(word) != nil {
			return fmt.Errorf("%q is not a path; expected words of letters, digits, '_' or '-', separated by dots", path)
		}
	}
	return nil
}

// maxFormat is the longest name of a format, in bytes.
const maxFormat = 64

// checkFormat checks the name's form. Which formats there are is the
// normalizer's to know: users add their own there.
func checkFormat(name string) error {
	if name == "" {
		return nil
	}
	if len(name) > maxFormat || record.CheckSource(name) != nil {
		return fmt.Errorf("%.80q is not the name of a format; expected letters, digits, '_' or '-', at most %d, or auto", name, maxFormat)
	}
	return nil
}
