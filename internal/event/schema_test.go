package event

import (
	"regexp"
	"strings"
	"testing"
)

func TestTableIsComplete(t *testing.T) {
	t.Parallel()
	snake := regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	seen := map[string]Column{}
	for c := range NumColumns {
		info := c.Info()
		if !snake.MatchString(info.Name) {
			t.Errorf("column %d: name %q is not snake_case", c, info.Name)
		}
		if other, dup := seen[info.Name]; dup {
			t.Errorf("column %d: name %q is taken by column %d", c, info.Name, other)
		}
		seen[info.Name] = c
		if !strings.HasSuffix(info.Meaning, ".") || info.ECS == "" {
			t.Errorf("%s: needs an ECS name and a meaning that is a sentence", info.Name)
		}
		if got := (info.Type == Enum) == (len(info.Values) > 0); !got {
			t.Errorf("%s: an enum, and only an enum, has a list of values", info.Name)
		}
		if !storageFits(c, info.Type) {
			t.Errorf("%s: type %v does not fit the column's storage", info.Name, info.Type)
		}
	}
}

func storageFits(c Column, t Type) bool {
	switch t {
	case Text, IP, Enum:
		return c.IsText()
	case Int, Port, Time:
		return c.IsNumber()
	default:
		return c.IsList()
	}
}

func TestOrderHoldsEveryColumnOnce(t *testing.T) {
	t.Parallel()
	seen := map[Column]bool{}
	for _, c := range Order() {
		seen[c] = true
	}
	if len(seen) != int(NumColumns) {
		t.Errorf("order: %d different columns, expected %d", len(seen), NumColumns)
	}
}

func TestByName(t *testing.T) {
	t.Parallel()
	for c := range NumColumns {
		if got, ok := ByName(c.String()); !ok || got != c {
			t.Errorf("ByName(%q) = %v, %v; expected %d", c.String(), got, ok, c)
		}
	}
	for _, name := range []string{"", "x", "event", "event_idd", "event_Id", "raw ", "ssource_ip"} {
		if c, ok := ByName(name); ok {
			t.Errorf("ByName(%q) = %v, expected none", name, c)
		}
	}
}

// Most names must be found at once, since decoding looks up every key.
func TestByNameHashesWell(t *testing.T) {
	t.Parallel()
	moved := 0
	for c := range NumColumns {
		if byName[nameHash(c.String())] != uint8(c)+1 {
			moved++
		}
	}
	if moved > 4 {
		t.Errorf("%d of %d names are not in their own slot: choose other factors in nameHash", moved, NumColumns)
	}
}

func TestSigmaNamesAreUniquePerLogSource(t *testing.T) {
	t.Parallel()
	type key struct{ category, product, service, name string }
	seen := map[key]Column{}
	for c := range NumColumns {
		for _, s := range c.Info().Sigma {
			for _, name := range s.Names {
				k := key{s.Category, s.Product, s.Service, name}
				if other, dup := seen[k]; dup {
					t.Errorf("%v: claimed by %v and %v", k, other, c)
				}
				seen[k] = c
			}
		}
	}
}

func TestSigmaNameMatches(t *testing.T) {
	t.Parallel()
	zeekHTTP := SigmaName{Product: "zeek", Service: "http"}
	if !zeekHTTP.Matches("", "zeek", "http") || zeekHTTP.Matches("", "zeek", "dns") || zeekHTTP.Matches("webserver", "", "") {
		t.Error("product zeek, service http must match exactly the log sources that have both")
	}
	if !(SigmaName{}).Matches("a", "b", "c") {
		t.Error("the empty pattern must match any log source")
	}
}

func TestValidValue(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		c    Column
		s    string
		want bool
	}{
		{EventType, HTTPAccess, true},
		{EventType, "http_access", false},
		{Outcome, Success, true},
		{SourceIP, "192.0.2.1", true},
		{SourceIP, "2001:db8::1", true},
		{SourceIP, "2001:0db8::1", false},
		{SourceIP, "::ffff:192.0.2.1", false},
		{SourceIP, "fe80::1%eth0", false},
		{SourceIP, "192.0.2.01", false},
		{UserName, "anything", true},
		{SourcePort, "80", false},
	} {
		if got := ValidValue(tc.c, tc.s); got != tc.want {
			t.Errorf("ValidValue(%v, %q) = %v", tc.c, tc.s, got)
		}
	}
}
