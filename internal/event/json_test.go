package event

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestEncodeThenDecodeGivesTheSameEvent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := anyEvent().Draw(t, "event")
		line := want.AppendJSON(nil)
		if !json.Valid(line) {
			t.Fatalf("not JSON: %s", line)
		}
		if strings.ContainsAny(string(line), "\n\r") {
			t.Fatalf("more than one line: %q", line)
		}
		var got Event
		if err := got.DecodeJSON(string(line)); err != nil {
			t.Fatalf("%v\n%s", err, line)
		}
		if !got.Equal(want) {
			t.Fatalf("changed on the way:\n%s\n%s", line, got.AppendJSON(nil))
		}
	})
}

// What a decoder remembers of earlier events may save time but change nothing.
func TestDecoderMemoryChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var d Decoder
		for range rapid.IntRange(1, 5).Draw(t, "payloads") {
			var payload strings.Builder
			events := rapid.SliceOfN(anyEvent(), 1, 3).Draw(t, "events")
			for _, e := range events {
				payload.Write(append(e.AppendJSON(nil), '\n'))
			}
			d.Reset(payload.String())
			for i, want := range events {
				var got Event
				if err := d.Next(&got); err != nil {
					t.Fatal(err)
				}
				if !got.Equal(want) {
					t.Fatalf("event %d changed on the way:\n%s\n%s", i, want.AppendJSON(nil), got.AppendJSON(nil))
				}
			}
		}
	})
}

// encoding/json is the slow obvious reader: it must see the values that were
// put in.
func TestEncodeAgreesWithEncodingJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := anyEvent().Draw(t, "event")
		var seen map[string]any
		if err := json.Unmarshal(e.AppendJSON(nil), &seen); err != nil {
			t.Fatal(err)
		}
		for c := range e.Columns {
			if c.IsText() && seen[c.String()] != e.Text(c) {
				t.Fatalf("%v: encoding/json reads %q, expected %q", c, seen[c.String()], e.Text(c))
			}
		}
		extra, _ := seen["extra"].(map[string]any)
		if len(extra) != len(e.Extra) {
			t.Fatalf("extra: encoding/json reads %d fields, expected %d", len(extra), len(e.Extra))
		}
	})
}

func TestEncodeAnyBytes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		raw := string(rapid.SliceOfN(rapid.Byte(), 1, 100).Draw(t, "raw"))
		var e Event
		e.SetText(Raw, raw)
		e.SetExtra("name "+raw, String(raw))
		e.SetExtra("object", Value{KindObject, `{"k":` + "\n\t" + `"` + strings.Map(printable, raw) + `"}`})
		line := e.AppendJSON(nil)
		if !json.Valid(line) || !utf8.Valid(line) || strings.ContainsRune(string(line), '\n') {
			t.Fatalf("not one line of valid JSON: %q", line)
		}
		var got Event
		if err := got.DecodeJSON(string(line)); err != nil {
			t.Fatalf("%v: %q", err, line)
		}
		if warned := hasString(got.List(ParseWarnings), NotUTF8); warned == utf8.ValidString(raw) {
			t.Fatalf("warned: %v, for %q", warned, raw)
		}
	})
}

func printable(r rune) rune {
	if r < ' ' || r == '"' || r == '\\' {
		return 'x'
	}
	return r
}

func TestEncodeBytesThatAreNotUTF8(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, raw, want string }{
		{"latin-1", "caf\xe9", `{"raw":"café","parse_warnings":["not utf-8: bytes read as latin-1"]}`},
		{"utf-8", "café", `{"raw":"café"}`},
		{"cut character", "caf\xc3", `{"raw":"cafÃ","parse_warnings":["not utf-8: bytes read as latin-1"]}`},
		{"eight bytes and more", "\xff\xff\xff\xff\xff\xff\xff\xff\xff", `{"raw":"ÿÿÿÿÿÿÿÿÿ","parse_warnings":["not utf-8: bytes read as latin-1"]}`},
		{"surrogate half", "a\xed\xa0\x80", `{"raw":"aí` + "\u00a0\u0080" + `","parse_warnings":["not utf-8: bytes read as latin-1"]}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var e Event
			e.SetText(Raw, tc.raw)
			if got := string(e.AppendJSON(nil)); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestEncodeWarnsOnce(t *testing.T) {
	t.Parallel()
	var e Event
	e.SetText(Raw, "\xff")
	e.Warn("referrer: not a URL")
	first := string(e.AppendJSON(nil))
	if want := `{"raw":"ÿ","parse_warnings":["referrer: not a URL","not utf-8: bytes read as latin-1"]}`; first != want {
		t.Errorf("got  %s\nwant %s", first, want)
	}
	e.Warn(NotUTF8)
	if second := string(e.AppendJSON(nil)); second != first {
		t.Errorf("got  %s\nwant %s", second, first)
	}
}

func TestEncodeEmptyEvent(t *testing.T) {
	t.Parallel()
	var e Event
	if got := string(e.AppendJSON([]byte("x"))); got != "x{}" {
		t.Errorf("got %s", got)
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, in, want string }{
		{"white space", " { \"event_id\" :\t\"a\" , \"source_port\" : 1 }\r", `{"event_id":"a","source_port":1}`},
		{"empty", `{}`, `{}`},
		{"last of two counts", `{"user_name":"a","user_name":"b"}`, `{"user_name":"b"}`},
		{"null is no value", `{"user_name":"a","user_name":null,"tags":null,"status_code":null,"extra":null}`, `{}`},
		{"empty text is no value", `{"user_name":"","tags":[]}`, `{}`},
		{"escaped key", `{"user\u005fname":"a"}`, `{"user_name":"a"}`},
		{"escapes", `{"raw":"\u00e9\ud83d\ude00\n\/\b\f\r\t\"\\"}`, `{"raw":"é😀\n/\u0008\u000c\r\t\"\\"}`},
		{"half a surrogate pair", `{"raw":"a\ud83dz\udc00"}`, "{\"raw\":\"a\ufffdz\ufffd\"}"},
		{"unknown key", `{"color":"red","raw":"r"}`, `{"raw":"r","extra":{"color":"red"}}`},
		{"unknown key and extra", `{"color":"red","extra":{"size":1,"color":{"a":[]}}}`, `{"extra":{"color":{"a":[]},"size":1}}`},
		{"zone", `{"event_time":"2024-09-05T12:30:00+02:00"}`, `{"event_time":"2024-09-05T10:30:00Z"}`},
		{"ip is made canonical", `{"source_ip":"2001:DB8:0::1","destination_ip":"::ffff:192.0.2.1"}`, `{"source_ip":"2001:db8::1","destination_ip":"192.0.2.1"}`},
		{"number keeps its digits", `{"extra":{"n":1.50e+02,"z":-0}}`, `{"extra":{"n":1.50e+02,"z":-0}}`},
		{"nested on several lines", "{\"extra\":{\"a\":{\n\"b\":1}}}", `{"extra":{"a":{ "b":1}}}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var e Event
			if err := e.DecodeJSON(tc.in); err != nil {
				t.Fatal(err)
			}
			if got := string(e.AppendJSON(nil)); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestDecodeErrors(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, in, want string }{
		{"nothing", "", "decode event: expected an object, found the end at byte 0"},
		{"array", "[]", "decode event: expected an object, found '[' at byte 0"},
		{"cut", `{"raw":"abc`, "decode event: raw: string without end at byte 7"},
		{"cut escape", `{"raw":"abc\`, "decode event: raw: string without end at byte 11"},
		{"no colon", `{"raw" 1}`, "decode event: expected ':' after a key, found '1' at byte 7"},
		{"no comma", `{"raw":"a" "b"}`, "decode event: expected ',' or '}', found '\"' at byte 11"},
		{"rest", `{"raw":"a"} {}`, "decode event: expected the end, found '{' at byte 12"},
		{"control", "{\"raw\":\"a\x01\"}", "decode event: raw: control character byte 0x01 in a string; it must be escaped at byte 9"},
		{"not utf-8", "{\"raw\":\"\xff\"}", "decode event: raw: byte 0xff is not utf-8 at byte 8"},
		{"unknown escape", `{"raw":"\x"}`, `decode event: raw: unknown escape \'x' at byte 8`},
		{"bad hex", `{"raw":"\u12g4"}`, `decode event: raw: expected four hex digits after \u at byte 8`},
		{"text is a number", `{"raw":1}`, "decode event: raw: expected a string, found '1' at byte 7"},
		{"port", `{"source_port":70000}`, `decode event: source_port: expected a port, 0 to 65535, found "70000" at byte 15`},
		{"negative port", `{"source_port": -1}`, `decode event: source_port: expected a port, 0 to 65535, found "-1" at byte 16`},
		{"fraction", `{"status_code":1.5}`, `decode event: status_code: expected an integer of 64 bits, found "1.5" at byte 15`},
		{"number in quotes", `{"status_code":"200"}`, "decode event: status_code: expected a number, found '\"' at byte 15"},
		{"too large", `{"status_code":9223372036854775808}`, `decode event: status_code: expected an integer of 64 bits, found "9223372036854775808" at byte 15`},
		{"leading zero", `{"status_code":01}`, "decode event: status_code: number with a leading zero at byte 15"},
		{"address", `{"source_ip":"192.0.2.256"}`, `decode event: source_ip: expected an IP address, found "192.0.2.256" at byte 13`},
		{"closed list", `{"outcome":"ok"}`, `decode event: outcome: expected one of success, failure, unknown; found "ok" at byte 11`},
		{"time", `{"event_time":"2024-02-30T00:00:00Z"}`, `decode event: event_time: expected an RFC 3339 time between 1678 and 2262, found "2024-02-30T00:00:00Z" at byte 14`},
		{"time is a number", `{"event_time":1}`, "decode event: event_time: expected a time in a string, found '1' at byte 14"},
		{"list is a text", `{"tags":"a"}`, "decode event: tags: expected a list of strings, found '\"' at byte 8"},
		{"list of numbers", `{"tags":["a",1]}`, "decode event: tags: expected a string, found '1' at byte 13"},
		{"extra is a list", `{"extra":[1]}`, "decode event: extra: expected an object, found '[' at byte 9"},
		{"bad number in extra", `{"extra":{"a":[1.]}}`, "decode event: extra: number without digits after the point at byte 15"},
		{"no value in extra", `{"extra":{"a":}}`, "decode event: extra: expected a value, found '}' at byte 14"},
		{"bad word", `{"extra":{"a":nul}}`, "decode event: extra: expected a value, found 'n' at byte 14"},
		{"deep", `{"extra":{"a":` + strings.Repeat("[", 65) + strings.Repeat("]", 65) + `}}`, "decode event: extra: nested deeper than 64 levels at byte 78"},
		{"long value is cut", `{"source_ip":"` + strings.Repeat("x", 200) + `"}`, `decode event: source_ip: expected an IP address, found "` + strings.Repeat("x", 64) + `…" at byte 13`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			e := apacheEvent()
			err := e.DecodeJSON(tc.in)
			if err == nil || err.Error() != tc.want {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
			if !e.Equal(new(Event)) {
				t.Error("the event is not empty after an error")
			}
		})
	}
}

func TestDecodeAcceptsTheDeepestNesting(t *testing.T) {
	t.Parallel()
	var e Event
	in := `{"extra":{"a":` + strings.Repeat(`{"a":`, 63) + "[]" + strings.Repeat("}", 63) + `}}`
	if err := e.DecodeJSON(in); err != nil {
		t.Fatal(err)
	}
	if got := string(e.AppendJSON(nil)); got != in {
		t.Errorf("got %s", got)
	}
}

func TestDecoderReadsPayload(t *testing.T) {
	t.Parallel()
	var d Decoder
	d.Reset("{\"raw\":\"a \\\"1\\\"\"}\n\n\r\n{\"raw\":1}\n{\"raw\":\"b \\\"2\\\"\"}\r\n{\"raw\":\"c\"}")
	var got []string
	var e Event
	for {
		err := d.Next(&e)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			got = append(got, err.Error())
			continue
		}
		got = append(got, e.Text(Raw))
	}
	want := `a "1"|decode event: line 4: raw: expected a string, found '1' at byte 7|b "2"|c`
	if strings.Join(got, "|") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "|"), want)
	}
}

// Strings cut from the decoder's memory must stay when it moves on to its next
// piece and its next payload.
func TestDecodedTextsStay(t *testing.T) {
	t.Parallel()
	var d Decoder
	var kept, want []string
	for p := range 40 {
		text := strings.Repeat(string(rune('a'+p%26))+"\n", 700)
		var in Event
		in.SetText(Raw, text)
		line := string(in.AppendJSON(nil))
		d.Reset(line + "\n" + line)
		var e Event
		for d.Next(&e) == nil {
			kept, want = append(kept, e.Text(Raw)), append(want, text)
		}
	}
	for i := range kept {
		if kept[i] != want[i] {
			t.Fatalf("text %d changed after it was read", i)
		}
	}
	if len(kept) != 80 {
		t.Fatalf("read %d events, expected 80", len(kept))
	}
}

func TestDecoderRemembersLogSources(t *testing.T) {
	t.Parallel()
	var d Decoder
	var a, b Event
	read := func(line string, e *Event) {
		t.Helper()
		d.Reset(line)
		if err := d.Next(e); err != nil {
			t.Fatal(err)
		}
	}
	read(`{"logsource":["webserver:apache:"]}`, &a)
	for _, tc := range []struct{ in, want string }{
		{`{"logsource":["webserver:apache:"],"raw":"]"}`, "webserver:apache:"},
		{`{"logsource":["webserver:apache:","x:]:y"]}`, "webserver:apache:|x:]:y"},
		{`{"logsource":["webserver:\u0061pache:"]}`, "webserver:apache:"},
		{`{"logsource":[]}`, ""},
	} {
		for range 2 {
			read(tc.in, &b)
			if got := strings.Join(b.List(LogSource), "|"); got != tc.want {
				t.Errorf("%s: got %q", tc.in, got)
			}
		}
	}
}

func TestCodecDoesNotAllocate(t *testing.T) {
	apache := apacheEvent()
	line := string(sshdEvent().AppendJSON(nil))
	dst := make([]byte, 0, 4096)
	if n := testing.AllocsPerRun(100, func() { dst = apache.AppendJSON(dst[:0]) }); n != 0 {
		t.Errorf("encoding an event: %v allocations", n)
	}
	var d Decoder
	var e Event
	if n := testing.AllocsPerRun(100, func() {
		d.Reset(line)
		if err := d.Next(&e); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("decoding an event without escapes: %v allocations", n)
	}
}

// A line of a hundred thousand names must not cost the square of their number.
// The test would take minutes if it did.
func TestManyExtraFieldsAreLinear(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(`{"raw":"r"`)
	for i := range 100_000 {
		b.WriteString(`,"`)
		b.WriteString(strings.Repeat("k", i%7))
		b.WriteString(string(rune('A'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676%26)) + string(rune('a'+i/17576)))
		b.WriteString(`":1`)
	}
	b.WriteString(`}`)
	var e Event
	if err := e.DecodeJSON(b.String()); err != nil {
		t.Fatal(err)
	}
	if len(e.Extra) != 100_000 {
		t.Errorf("%d fields", len(e.Extra))
	}
}
