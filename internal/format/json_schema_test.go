package format

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// aText draws texts as logs have them. A dash alone means none to every format.
func aText() *rapid.Generator[string] {
	return rapid.StringMatching(`[a-zA-Z0-9éü"\\/:;,.<>{} \n\t]{1,24}`).Filter(func(s string) bool { return s != "-" })
}

// anEvent draws an event of the columns that a line may set.
func anEvent() *rapid.Generator[*event.Event] {
	return rapid.Custom(func(t *rapid.T) *event.Event {
		var e event.Event
		e.SetText(event.EventType, rapid.SampledFrom(event.Types()).Draw(t, "event_type"))
		for c := range event.NumColumns {
			if _, ok := schemaReading(c); !ok || c == event.EventType || !rapid.Bool().Draw(t, c.String()) {
				continue
			}
			switch info := c.Info(); info.Type {
			case event.IP:
				e.SetIP(c, rapid.SampledFrom([]string{"192.0.2.1", "2001:db8::1", "203.0.113.255"}).Draw(t, "ip"))
			case event.Port:
				e.SetPort(c, rapid.Int64Range(0, 65535).Draw(t, "port"))
			case event.Int:
				if c == event.StatusCode {
					e.SetInt(c, 404)
					break
				}
				e.SetInt(c, rapid.Int64Range(0, 1<<62).Draw(t, "int"))
			case event.Time:
				e.SetInt(c, rapid.Int64Range(1e18, 2e18).Draw(t, "time"))
			case event.Enum:
				e.SetText(c, rapid.SampledFrom(info.Values).Draw(t, "enum"))
			case event.List:
				if c == event.LogSource {
					e.SetList(c, []string{"webserver:nginx:", ":linux:auth"})
					break
				}
				e.SetList(c, rapid.SliceOfN(aText(), 1, 3).Draw(t, "list"))
			default:
				e.SetText(c, aText().Draw(t, "text"))
			}
		}
		for range rapid.IntRange(0, 4).Draw(t, "extra fields") {
			e.SetExtra(aText().Draw(t, "name"), event.Value{Text: aText().Draw(t, "value")})
		}
		e.SetExtra("nested", event.Value{Kind: event.KindObject, Text: `{"a":[1,2.50,null]}`})
		return &e
	})
}

// TestECSRoundTrip: what AppendECS writes becomes the same event again, save the
// columns that a line can't set.
func TestECSRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anEvent().Draw(t, "event")
		document := string(e.AppendECS(nil))
		var back event.Event
		if err := jsonFormat.Parse(document, &Context{Received: defaultReceived}, &back); err != nil {
			t.Fatalf("%v: %s", err, document)
		}
		if want, got := sorted(e), sorted(&back); want != got {
			t.Fatalf("the document\n%s\nwas\n%s\nand became\n%s", document, want, got)
		}
	})
}

// sorted returns e as text, extra fields by name.
func sorted(e *event.Event) string {
	slices.SortFunc(e.Extra, func(a, b event.Field) int { return strings.Compare(a.Name, b.Name) })
	return string(e.AppendJSON(nil))
}

// TestOCSFRoundTrip: what AppendOCSF writes becomes an event with the same
// columns, times to the millisecond. What the class is called by is in extra
// beside what was.
func TestOCSFRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anEvent().Draw(t, "event")
		// A request's target is taken apart, a level and a protocol are words.
		for c, text := range map[event.Column]string{
			event.RequestPath: "/a?b=c", event.URLPath: "/a", event.URLQuery: "b=c", event.LogLevel: "warning", event.NetworkProtocol: "tcp",
		} {
			e.SetText(c, text)
		}
		document := string(e.AppendOCSF(nil))
		var back event.Event
		if err := jsonFormat.Parse(document, &Context{Received: defaultReceived}, &back); err != nil {
			t.Fatalf("%v: %s", err, document)
		}
		for c := range event.NumColumns {
			if _, ok := schemaReading(c); !ok {
				continue
			}
			if want, got := columnText(e, c), columnText(&back, c); want != got && want != "" && want != event.Unknown {
				t.Fatalf("%s was %s and became %s in\n%s", c, want, got, document)
			}
		}
		for _, f := range e.Extra {
			if v, ok := back.ExtraField(f.Name); !ok || v != f.Value {
				t.Fatalf("extra %q was %v and became %v in\n%s", f.Name, f.Value, v, document)
			}
		}
	})
}

func columnText(e *event.Event, c event.Column) string {
	switch {
	case !e.Has(c):
		return ""
	case c == event.EventTime:
		return fmt.Sprint(e.Int(c) / 1e6)
	case c.IsText():
		return e.Text(c)
	case c.IsList():
		return fmt.Sprintf("%q", e.List(c))
	default:
		return fmt.Sprint(e.Int(c))
	}
}
