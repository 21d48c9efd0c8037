package event

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestZeroEventIsEmpty(t *testing.T) {
	t.Parallel()
	var e Event
	for c := range NumColumns {
		if e.Has(c) {
			t.Errorf("%v has a value", c)
		}
	}
	if e.Text(Raw) != "" || e.Int(StatusCode) != 0 || e.List(Tags) != nil || !e.Time(EventTime).IsZero() {
		t.Error("an absent value is not the zero value")
	}
}

func TestSetIP(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, in, want string }{
		{"version 4", "192.0.2.1", "192.0.2.1"},
		{"lowest", "0.0.0.0", "0.0.0.0"},
		{"highest", "255.255.255.255", "255.255.255.255"},
		{"version 6", "2001:db8::1", "2001:db8::1"},
		{"version 6 in capitals", "2001:DB8:0:0::1", "2001:db8::1"},
		{"mapped", "::ffff:192.0.2.1", "192.0.2.1"},
		{"zone is left out", "fe80::1%eth0", "fe80::1"},
		{"leading zero", "192.0.2.01", ""},
		{"too large", "192.0.2.256", ""},
		{"three parts", "192.0.2", ""},
		{"five parts", "1.1.1.1.1", ""},
		{"empty part", "192..2.1", ""},
		{"port", "192.0.2.1:80", ""},
		{"blank", " 192.0.2.1", ""},
		{"brackets", "[2001:db8::1]", ""},
		{"name", "example.com", ""},
		{"nothing", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var e Event
			if ok := e.SetIP(SourceIP, tc.in); ok != (tc.want != "") || e.Has(SourceIP) != ok || e.Text(SourceIP) != tc.want {
				t.Errorf("SetIP(%q): %v, %q; expected %q", tc.in, ok, e.Text(SourceIP), tc.want)
			}
		})
	}
}

func TestRefusedValueChangesNothing(t *testing.T) {
	t.Parallel()
	var e Event
	e.SetIP(SourceIP, "192.0.2.1")
	e.SetPort(SourcePort, 80)
	e.SetTime(EventTime, time.Unix(1, 0))
	if e.SetIP(SourceIP, "x") || e.SetPort(SourcePort, -1) || e.SetPort(SourcePort, 65536) || e.SetTime(EventTime, time.Time{}) {
		t.Error("accepted a value that is not one")
	}
	if e.Text(SourceIP) != "192.0.2.1" || e.Int(SourcePort) != 80 || e.Int(EventTime) != 1e9 {
		t.Error("a refused value left a trace")
	}
}

func TestEmptyIsAbsent(t *testing.T) {
	t.Parallel()
	var e Event
	e.SetText(Raw, "x")
	e.SetText(Raw, "")
	e.SetList(Tags, []string{"x"})
	e.SetList(Tags, nil)
	e.SetInt(StatusCode, 0)
	e.SetExtraText("a", "")
	if got := slices.Collect(e.Columns); !slices.Equal(got, []Column{StatusCode}) || len(e.Extra) != 0 {
		t.Errorf("columns %v, extra %v; expected status_code only", got, e.Extra)
	}
}

func TestAppendLeavesSharedListAlone(t *testing.T) {
	t.Parallel()
	shared := make([]string, 1, 4)
	shared[0] = "a"
	var e, o Event
	e.SetList(Tags, shared)
	o.SetList(Tags, shared)
	e.Append(Tags, "b")
	o.Append(Tags, "c")
	if !slices.Equal(e.List(Tags), []string{"a", "b"}) || !slices.Equal(o.List(Tags), []string{"a", "c"}) || len(shared) != 1 {
		t.Errorf("got %v and %v", e.List(Tags), o.List(Tags))
	}
}

// A map is the slow obvious event.
func TestEventBehavesLikeAMap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var e Event
		model := map[Column]string{}
		columns := rapid.SampledFrom(Order())
		t.Repeat(map[string]func(*rapid.T){
			"set": func(t *rapid.T) {
				c := columns.Draw(t, "column")
				v := rapid.StringN(1, 5, -1).Draw(t, "value")
				switch {
				case c.IsText():
					e.SetText(c, v)
				case c.IsNumber():
					e.SetInt(c, int64(len(v)))
					v = strconv.Itoa(len(v))
				default:
					e.SetList(c, []string{v})
				}
				model[c] = v
			},
			"clear": func(t *rapid.T) {
				c := columns.Draw(t, "column")
				e.Clear(c)
				delete(model, c)
			},
			"reset": func(*rapid.T) {
				e.Reset()
				clear(model)
			},
			"": func(t *rapid.T) {
				n := 0
				for c := range e.Columns {
					n++
					if got := textOf(&e, c); got != model[c] {
						t.Fatalf("%v is %q, expected %q", c, got, model[c])
					}
				}
				if n != len(model) {
					t.Fatalf("%d columns, expected %d", n, len(model))
				}
			},
		})
	})
}

func textOf(e *Event, c Column) string {
	switch {
	case c.IsText():
		return e.Text(c)
	case c.IsNumber():
		return strconv.FormatInt(e.Int(c), 10)
	default:
		return e.List(c)[0]
	}
}

// Few names are found by a walk, many by a map; both must behave like a map that
// keeps its order.
func TestExtraBehavesLikeAMap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var e Event
		for range rapid.IntRange(1, 2).Draw(t, "rounds") {
			e.Reset()
			model := map[string]string{}
			var order []string
			for range rapid.IntRange(0, 3*indexFrom).Draw(t, "fields") {
				name := strconv.Itoa(rapid.IntRange(0, 2*indexFrom).Draw(t, "name"))
				value := rapid.StringN(0, 2, -1).Draw(t, "value")
				if _, dup := model[name]; !dup {
					order = append(order, name)
				}
				model[name] = value
				e.SetExtra(name, String(value))
			}
			if len(e.Extra) != len(order) {
				t.Fatalf("%d fields, expected %d", len(e.Extra), len(order))
			}
			for i, name := range order {
				v, ok := e.ExtraField(name)
				if e.Extra[i].Name != name || !ok || v.Text != model[name] {
					t.Fatalf("field %d: %+v, found %v %v; expected %s=%q", i, e.Extra[i], v, ok, name, model[name])
				}
			}
			if _, ok := e.ExtraField("none"); ok {
				t.Fatal("found a field that is not there")
			}
		}
	})
}

// An index left over from the event before, of just the same size, must not be
// taken for this one's.
func TestResetForgetsTheIndex(t *testing.T) {
	t.Parallel()
	var e Event
	for i := range indexFrom {
		e.SetExtra("old"+strconv.Itoa(i), String("x"))
	}
	e.SetExtra("old0", String("y"))
	if len(e.index) != indexFrom {
		t.Fatalf("the index has %d names, expected %d", len(e.index), indexFrom)
	}
	e.Reset()
	for i := range indexFrom {
		e.SetExtra("new"+strconv.Itoa(i), String("x"))
	}
	if _, ok := e.ExtraField("new0"); !ok {
		t.Error("does not find a field that is there")
	}
}

func TestResetLetsGoOfGiantExtra(t *testing.T) {
	t.Parallel()
	var e Event
	for i := range maxKeptExtra + 1 {
		e.SetExtra(strconv.Itoa(i), String("x"))
	}
	e.Reset()
	if cap(e.Extra) != 0 || e.index != nil {
		t.Errorf("kept room for %d fields", cap(e.Extra))
	}
}

func TestEqual(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Event){
		"text":   func(e *Event) { e.SetText(Raw, "other") },
		"absent": func(e *Event) { e.Clear(StatusCode) },
		"number": func(e *Event) { e.SetInt(StatusCode, 404) },
		"list":   func(e *Event) { e.Append(LogSource, "x::") },
		"extra":  func(e *Event) { e.SetExtraText("x", "y") },
	} {
		a, b := apacheEvent(), apacheEvent()
		if !a.Equal(b) {
			t.Fatal("equal events are not equal")
		}
		if change(b); a.Equal(b) {
			t.Errorf("%s: different events are equal", name)
		}
	}
}
