package event

import (
	"encoding/json"
	"testing"
)

func FuzzDecode(f *testing.F) {
	for _, e := range sampleEvents() {
		f.Add(string(e.AppendJSON(nil)))
	}
	for _, seed := range []string{
		``, `{}`, `{"extra":{"a":[1,{"b":null}]}}`, `{"event_time":"1677-09-21T00:12:43.145224192Z"}`, `{"raw":"\ud83d\ude00\u0000"}`,
		`{"a":1,"a":"\u00e9","extra":{"a":true}}`, "{\"raw\":\"\xff\"}", `{"logsource":["a","b"],"tags":[""]}`, "{\"extra\":{\"a\":{\t}}}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) { checkDecode(t, line) })
}

func FuzzDecodeExtra(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"a":"b"}`, `{"a":{"b":[1,-2.5e+3,true,null,"\n"]}}`, `{"":"","":1}`, `[`, `{"a":{"a":{"a":{}}}}`, `{"a":"` + "\xc3" + `"}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, extra string) {
		checkDecode(t, `{"raw":"r","extra":`+extra+`}`)
	})
}

// checkDecode holds what must be true of every input: what is accepted is JSON,
// and decoding is the inverse of encoding from then on.
func checkDecode(t *testing.T, line string) {
	t.Helper()
	var first, second Event
	if err := first.DecodeJSON(line); err != nil {
		return
	}
	if !json.Valid([]byte(line)) {
		t.Fatalf("accepted what is not JSON: %q", line)
	}
	out := first.AppendJSON(nil)
	if !json.Valid(out) {
		t.Fatalf("wrote what is not JSON: %q", out)
	}
	if err := second.DecodeJSON(string(out)); err != nil {
		t.Fatalf("wrote what can't be read: %v: %q", err, out)
	}
	if !first.Equal(&second) {
		t.Fatalf("changed on the way:\n%q\n%q", line, out)
	}
	var d Decoder
	for range 2 {
		if err := d.decode(line, &second); err != nil || !first.Equal(&second) {
			t.Fatalf("a decoder with a memory differs: %v: %q", err, line)
		}
	}
}
