package enrich

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// Options say what events are enriched with. The zero value is valid: nothing.
type Options struct {
	// GeoIP are MaxMind files (.mmdb) with countries, cities or autonomous systems,
	// such as GeoLite2-City.mmdb and GeoLite2-ASN.mmdb. Of files that know the same
	// thing the first wins. Default none.
	GeoIP []string `yaml:"geoip"`
	// Tables are CSV files of what is known of addresses, users, hosts or anything
	// else. Default none.
	Tables []Table `yaml:"tables"`
	// Indicators are lists of addresses, networks, domains, hashes and URLs that
	// mark the events that they occur in. Default none.
	Indicators []Indicators `yaml:"indicators"`
	// Scopes tags events with addresses that are not of the public internet:
	// source_private, destination_loopback and the like. Default false.
	Scopes bool `yaml:"scopes"`
	// UserAgents puts the kind of client that a user agent says it is into
	// extra.user_agent_class: browser, bot, tool, scanner, none or other. Default
	// false.
	UserAgents bool `yaml:"user_agents"`
}

// Table is a CSV file with a header line.
type Table struct {
	// Name is what the results are filed under: extra.<name>.<field>.<column>.
	Name string `yaml:"name"`
	// File is the CSV file.
	File string `yaml:"file"`
	// Key is the column of the file that is looked up.
	Key string `yaml:"key"`
	// Match says how: exact, fold (any case) or network (the key is an address or a
	// network, the longest wins). Default exact.
	Match string `yaml:"match"`
	// Fields are the fields of events whose values are looked up: columns of the
	// schema, or names in extra.
	Fields []string `yaml:"fields"`
	// Add are the columns of the file that are added. Default all but the key.
	Add []string `yaml:"add"`
}

// Indicators is a list of indicators.
type Indicators struct {
	// Name is what threat_list says.
	Name string `yaml:"name"`
	// File is the list.
	File string `yaml:"file"`
	// Format is text (one a line, # begins a comment), csv (with a header line) or
	// stix (a STIX 2.1 bundle). Default by the file's name: .csv, .json, else text.
	Format string `yaml:"format"`
	// Column is the column of a csv file that has the indicator. Default the first.
	Column string `yaml:"column"`
}

// The ways in which a table is looked up.
const (
	matchExact   = "exact"
	matchFold    = "fold"
	matchNetwork = "network"
)

// Enabled reports whether there is anything to do.
func (o *Options) Enabled() bool {
	return len(o.GeoIP)+len(o.Tables)+len(o.Indicators) > 0 || o.Scopes || o.UserAgents
}

// Files returns the files that the options name.
func (o *Options) Files() []string {
	files := slices.Clone(o.GeoIP)
	for i := range o.Tables {
		files = append(files, o.Tables[i].File)
	}
	for i := range o.Indicators {
		files = append(files, o.Indicators[i].File)
	}
	return files
}

// Validate reports every value that can't work, each with its key. It does not
// look at the files.
func (o *Options) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	for i, file := range o.GeoIP {
		if file == "" {
			bad("geoip[%d]: must not be empty; expected the path of an .mmdb file", i)
		}
	}
	names := map[string]bool{}
	for i := range o.Tables {
		t := &o.Tables[i]
		for _, problem := range t.problems() {
			bad("tables[%d].%s", i, problem)
		}
		if names[t.Name] && t.Name != "" {
			bad("tables[%d].name: %q is there twice", i, t.Name)
		}
		names[t.Name] = true
	}
	lists := map[string]bool{}
	for i := range o.Indicators {
		l := &o.Indicators[i]
		for _, problem := range l.problems() {
			bad("indicators[%d].%s", i, problem)
		}
		if lists[l.Name] && l.Name != "" {
			bad("indicators[%d].name: %q is there twice", i, l.Name)
		}
		lists[l.Name] = true
	}
	if len(o.Indicators) > maxLists {
		bad("indicators: at most %d lists, there are %d", maxLists, len(o.Indicators))
	}
	return errors.Join(errs...)
}

func (t *Table) problems() (out []string) {
	if !isName(t.Name) {
		out = append(out, fmt.Sprintf("name: must be letters, digits, _ and -, is %q", t.Name))
	} else if _, taken := event.ByName(t.Name); taken {
		out = append(out, fmt.Sprintf("name: %q is a column of the schema; choose another", t.Name))
	}
	if t.File == "" {
		out = append(out, "file: must not be empty; expected the path of a CSV file")
	}
	if t.Key == "" {
		out = append(out, "key: must not be empty; expected the column that is looked up")
	}
	if !slices.Contains([]string{"", matchExact, matchFold, matchNetwork}, t.Match) {
		out = append(out, fmt.Sprintf("match: must be exact, fold or network, is %q", t.Match))
	}
	if len(t.Fields) == 0 {
		out = append(out, "fields: must name at least one field of events, such as source_ip")
	}
	for i, field := range t.Fields {
		if c, ok := event.ByName(strings.TrimPrefix(field, "extra.")); ok && c.Info().Type != event.Text && c.Info().Type != event.IP && c.Info().Type != event.Enum {
			out = append(out, fmt.Sprintf("fields[%d]: %q is no text and can't be looked up", i, field))
		}
	}
	return out
}

func (l *Indicators) problems() (out []string) {
	if !isName(l.Name) {
		out = append(out, fmt.Sprintf("name: must be letters, digits, _ and -, is %q", l.Name))
	}
	if l.File == "" {
		out = append(out, "file: must not be empty; expected the path of a list")
	}
	if !slices.Contains([]string{"", formatText, formatCSV, formatSTIX}, l.Format) {
		out = append(out, fmt.Sprintf("format: must be text, csv or stix, is %q", l.Format))
	}
	if l.Column != "" && l.format() != formatCSV {
		out = append(out, "column: only csv files have columns")
	}
	return out
}

func isName(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		b := s[i]
		if (b|0x20 < 'a' || b|0x20 > 'z') && (b < '0' || b > '9') && b != '_' && b != '-' {
			return false
		}
	}
	return true
}
