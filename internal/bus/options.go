package bus

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/goshawk-siem/goshawk/internal/unit"
)

// Options say which NATS to use and how the streams on it are made. The zero
// value is not valid; start from Defaults.
type Options struct {
	// URL is where NATS listens: one or more addresses, comma-separated.
	// Default nats://127.0.0.1:4222. GOSHAWK_NATS_URL overrides it.
	URL string `yaml:"url"`
	// Prefix is the first token of every subject and, in upper case, of every
	// stream's name. Default "siem".
	Prefix string `yaml:"prefix"`
	// Credentials is the path of a .creds file (JWT and seed).
	Credentials string `yaml:"credentials"`
	// NKey is the path of a file that holds an nkey seed.
	NKey string `yaml:"nkey"`
	// Token authenticates; GOSHAWK_NATS_TOKEN overrides it.
	Token unit.Secret `yaml:"token"`
	// User and Password authenticate; GOSHAWK_NATS_USER and
	// GOSHAWK_NATS_PASSWORD override them.
	User     string      `yaml:"user"`
	Password unit.Secret `yaml:"password"`
	// TLS secures the connection.
	TLS TLS `yaml:"tls"`
	// Replicas is how many servers of a cluster keep each stream, 1 to 5.
	// Default 1; 3 survives the loss of any one server.
	Replicas int `yaml:"replicas"`
	// Shards is how many parts the events stream has, for archives to share.
	// Default 4.
	Shards int `yaml:"shards"`
	// PublishTimeout bounds the wait for JetStream's acknowledgement.
	// Default 5s.
	PublishTimeout unit.Duration `yaml:"publish_timeout"`
	// Limits bound the streams on disk.
	Limits Limits `yaml:"limits"`
}

// TLS says how a connection to NATS is secured.
type TLS struct {
	// Enabled asks for TLS even when the URL does not start with tls://.
	Enabled bool `yaml:"enabled"`
	// CA is the path of the PEM file with the authorities to trust. Default:
	// those of the operating system.
	CA string `yaml:"ca"`
	// Cert and Key are the paths of the client's certificate and key.
	Cert string `yaml:"cert"`
	Key  string `yaml:"key"`
}

// Limits are the most bytes that each stream holds. The streams between the
// stages refuse new messages when full, so that senders slow down; alerts,
// updates and dead letters let the oldest go.
type Limits struct {
	// Raw bounds SIEM_RAW. Default 4GiB.
	Raw unit.Bytes `yaml:"raw"`
	// Events bounds SIEM_EVENTS. Default 4GiB.
	Events unit.Bytes `yaml:"events"`
	// Matches bounds SIEM_MATCHES. Default 1GiB.
	Matches unit.Bytes `yaml:"matches"`
	// MatchesAge is how long matches are kept: at least the longest rule's
	// timespan plus the allowed lateness. Default 25h.
	MatchesAge unit.Duration `yaml:"matches_age"`
	// Alerts bounds SIEM_ALERTS and SIEM_UPDATES, each. Default 256MiB.
	Alerts unit.Bytes `yaml:"alerts"`
	// Dead bounds SIEM_DEAD. Default 1GiB.
	Dead unit.Bytes `yaml:"dead"`
}

// Defaults returns the options that fit a NATS server on the same machine.
func Defaults() Options {
	return Options{
		URL:            "nats://127.0.0.1:4222",
		Prefix:         "siem",
		Replicas:       1,
		Shards:         4,
		PublishTimeout: unit.Duration(defaultPublishTimeout),
		Limits: Limits{
			Raw: 4 << 30, Events: 4 << 30, Matches: 1 << 30, MatchesAge: unit.Duration(defaultMatchesAge),
			Alerts: 256 << 20, Dead: 1 << 30,
		},
	}
}

var prefixPattern = regexp.MustCompile(`^[a-z0-9_-]{1,32}$`)

// Validate reports every value that can't work, each with its key.
func (o Options) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if o.URL == "" {
		bad("url: must not be empty; expected an address such as nats://127.0.0.1:4222")
	}
	if !prefixPattern.MatchString(o.Prefix) {
		bad("prefix: %q is not one subject token; expected 1 to 32 of a-z, 0-9, '_' and '-'", o.Prefix)
	}
	if o.Replicas < 1 || o.Replicas > 5 {
		bad("replicas: must be 1 to 5, is %d", o.Replicas)
	}
	if o.Shards < 1 || o.Shards > 256 {
		bad("shards: must be 1 to 256, is %d", o.Shards)
	}
	if o.PublishTimeout <= 0 {
		bad("publish_timeout: must be more than 0, is %v", o.PublishTimeout)
	}
	if n := o.authMethods(); n > 1 {
		bad("credentials: %d ways to authenticate are set; expected at most one of credentials, nkey, token, user", n)
	}
	if (o.TLS.Cert == "") != (o.TLS.Key == "") {
		bad("tls.cert: cert and key belong together; set both or none")
	}
	errs = append(errs, o.Limits.validate()...)
	return errors.Join(errs...)
}

func (o Options) authMethods() int {
	n := 0
	for _, set := range [...]bool{o.Credentials != "", o.NKey != "", o.Token.Reveal() != "", o.User != ""} {
		if set {
			n++
		}
	}
	return n
}

func (l Limits) validate() []error {
	const least = 1 << 20
	var errs []error
	for _, f := range []struct {
		key  string
		size unit.Bytes
	}{{"raw", l.Raw}, {"events", l.Events}, {"matches", l.Matches}, {"alerts", l.Alerts}, {"dead", l.Dead}} {
		if f.size < least {
			errs = append(errs, fmt.Errorf("limits.%s: must be at least 1MiB, is %v", f.key, f.size))
		}
	}
	if l.MatchesAge <= 0 {
		errs = append(errs, fmt.Errorf("limits.matches_age: must be more than 0, is %v", l.MatchesAge))
	}
	return errs
}

// total is what all streams together may take on disk.
func (l Limits) total() int64 {
	return int64(l.Raw + l.Events + l.Matches + 2*l.Alerts + l.Dead)
}
