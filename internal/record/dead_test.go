package record

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func sampleDead() Dead {
	return Dead{
		ID: "sjcaeg-lfls-3", Source: "web", Path: "eu.web01", Format: "apache_access", Reason: "expected a status of three digits",
		Offset: 71, Batch: "sjcaeg-lfls", Line: 3, Received: time.Date(2024, 9, 5, 10, 30, 0, 5, time.UTC), Peer: "192.0.2.7:51344",
		Raw: []byte("GET / \"x\"\t<é>"),
	}
}

func TestDeadJSON(t *testing.T) {
	t.Parallel()
	notUTF8 := sampleDead()
	notUTF8.Raw = []byte("\xff\x03\x01")
	refused := Dead{ID: "in-1", Source: "syslog", Format: "auto", Reason: "line too long", Received: time.Unix(0, 0), Part: 2, Raw: []byte{}}
	for _, tc := range []struct {
		name string
		dead Dead
		want string
	}{
		{"text", sampleDead(), `{"id":"sjcaeg-lfls-3","source":"web","source_path":"eu.web01","format":"apache_access","reason":"expected a status of three digits",` +
			`"offset":71,"batch":"sjcaeg-lfls","line":3,"received":"2024-09-05T10:30:00.000000005Z","peer":"192.0.2.7:51344","raw":"GET / \"x\"\t\u003cé\u003e"}`},
		{"bytes", notUTF8, `{"id":"sjcaeg-lfls-3","source":"web","source_path":"eu.web01","format":"apache_access","reason":"expected a status of three digits",` +
			`"offset":71,"batch":"sjcaeg-lfls","line":3,"received":"2024-09-05T10:30:00.000000005Z","peer":"192.0.2.7:51344","raw_base64":"/wMB"}`},
		{"refused part", refused, `{"id":"in-1","source":"syslog","format":"auto","reason":"line too long","offset":0,"received":"1970-01-01T00:00:00Z","part":2,"raw":""}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := json.Marshal(tc.dead)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestDeadKeepsEveryByte(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Filter(utf8.ValidString)
		want := Dead{
			ID: text.Draw(t, "id"), Source: text.Draw(t, "source"), Path: text.Draw(t, "path"), Format: text.Draw(t, "format"),
			Reason: text.Draw(t, "reason"), Offset: rapid.Int().Draw(t, "offset"), Batch: BatchID(text.Draw(t, "batch")),
			Line: rapid.Int().Draw(t, "line"), Received: time.Unix(0, rapid.Int64().Draw(t, "received")).UTC(),
			Peer: text.Draw(t, "peer"), Columns: text.Draw(t, "columns"), Part: rapid.Int().Draw(t, "part"), Parts: rapid.Int().Draw(t, "parts"),
			Raw: rapid.OneOf(rapid.SliceOf(rapid.Byte()), rapid.Map(rapid.String(), func(s string) []byte { return []byte(s) })).Draw(t, "raw"),
		}
		data, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got Dead
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		if len(got.Raw) == 0 && len(want.Raw) == 0 {
			got.Raw, want.Raw = nil, nil
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("changed on the way:\n%+v\n%+v", want, got)
		}
	})
}

func TestDeadErrors(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, in, want string }{
		{"cut", `{"id":`, "unexpected end of JSON input"},
		{"wrong type", `{"id":1}`, "decode dead letter: "},
		{"bad base64", `{"id":"a-1","raw_base64":"%"}`, "decode dead letter a-1: raw_base64: "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var d Dead
			if err := json.Unmarshal([]byte(tc.in), &d); err == nil || !strings.HasPrefix(err.Error(), tc.want) {
				t.Errorf("got %v, expected %s…", err, tc.want)
			}
		})
	}
}

func FuzzDead(f *testing.F) {
	seed, _ := json.Marshal(sampleDead())
	f.Add(seed)
	f.Add([]byte(`{"id":"a","raw_base64":"FgMB"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var first, second Dead
		if json.Unmarshal(data, &first) != nil {
			return
		}
		out, err := json.Marshal(first)
		if err != nil {
			t.Fatalf("read what can't be written: %v", err)
		}
		if err := json.Unmarshal(out, &second); err != nil {
			t.Fatalf("wrote what can't be read: %v", err)
		}
		if string(first.Raw) != string(second.Raw) {
			t.Fatalf("raw changed: %q, %q", first.Raw, second.Raw)
		}
	})
}

// A letter of the largest size fits a server's default max_payload, whatever its
// bytes are.
func TestLargestLetterFitsAMessage(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{"x", "\"", "<", "\x01", "\xff", "é"} {
		d := Dead{Raw: []byte(strings.Repeat(unit, MaxDeadRaw/len(unit)))}
		data, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if len(data) > 900<<10 {
			t.Errorf("%q by the %d becomes %d bytes", unit, MaxDeadRaw, len(data))
		}
	}
}
