package format

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// FuzzFormats feeds one line to one format of the table: its seeds are the
// golden cases of all. Whatever the line, nothing panics, an error says where,
// an event is valid by the schema, two formats are not certain of the same line,
// and the strings of the line are all that events are made of.
func FuzzFormats(f *testing.F) {
	for i, format := range table {
		for _, g := range goldens(f, format) {
			f.Add(uint8(i), g.line)
		}
	}
	f.Fuzz(func(t *testing.T, index uint8, line string) {
		checkLine(t, table[int(index)%len(table)], line)
		checkCertainty(t, table, line)
	})
}

func checkLine(t *testing.T, f *Format, line string) {
	t.Helper()
	if score := f.Match(line); score < 0 || score > Certain {
		t.Errorf("%s scores %d", f.Name, score)
	}

	c := Context{Received: defaultReceived}
	e, err := read(f, line, &c)
	if err != nil {
		reason, ok := errors.AsType[*Error](err)
		if !ok || reason.Offset < 0 || reason.Offset > len(line) || reason.Reason == "" {
			t.Errorf("%s: error %#v for a line of %d bytes", f.Name, err, len(line))
		}
		return
	}
	checkSchema(t, e)
	again, err := read(f, line, &c)
	if err != nil || string(again.AppendJSON(nil)) != string(e.AppendJSON(nil)) {
		t.Errorf("%s reads the line in two ways", f.Name)
	}
}

// checkCertainty fails where two formats are certain of line, or one is and
// does not take it though another does with the same certainty.
func checkCertainty(t *testing.T, formats []*Format, line string) {
	t.Helper()
	var certain *Format
	for _, f := range formats {
		if f.score(line) != Certain {
			continue
		}
		if certain != nil {
			t.Errorf("both %s and %s are certain of %q", certain.Name, f.Name, line)
		}
		certain = f
	}
}

// FuzzJSONScanner holds the scanner against encoding/json: both accept the same
// texts, save for the depth and for repeated names, and agree on the members.
func FuzzJSONScanner(f *testing.F) {
	for _, g := range goldens(f, jsonFormat) {
		f.Add(g.line)
	}
	for _, s := range []string{
		`{}`, `{"a":1}`, `{"a":-0.5e+7,"b":[true,false,null,{}],"c":"\u00e4\ud83d\ude00\ud800"}`, `{"a":01}`, `{"a":"` + "\t" + `"}`, `{"a":1}}`, `{"a":[}`, `[1]`,
		`{"\u0061":1,"a":2}`, `{"a":"\x"}`, `{"a":+1}`, `{"a":1e}`, `{"a":.5}`, `{"a":nul}`, `{"a" 1}`, `{"a":1 "b":2}`, `{"a":1,}`, "{\"a\":[1,\n2]}",
		"{}\x00", // a NUL is not the end of the line
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		j := jsonScanner{s: line}
		members := j.object("", nil)
		if j.err == nil && !j.end() {
			j.fail(j.i, "trailing")
		}
		var want map[string]json.RawMessage
		err := json.Unmarshal([]byte(line), &want)
		if accepted := j.err == nil; accepted != (err == nil && want != nil) {
			// The limits are ours alone.
			if !accepted && (len(members) == maxMembers || nesting(line) > maxJSONDepth) {
				return
			}
			t.Fatalf("scanner: %v, encoding/json: %v: %q", j.err, err, line)
		}
		if j.err != nil {
			return
		}
		hideRepeats(members)
		visible := 0
		for i := range members {
			m := &members[i]
			if m.done {
				continue
			}
			visible++
			if m.kind == event.KindString {
				m.str()
			} else if v := oneLine(m.text); !json.Valid([]byte(v)) {
				t.Fatalf("member %q: %q is not JSON", m.name, v)
			}
		}
		if visible < len(want) {
			t.Fatalf("%d members, encoding/json has %d: %q", visible, len(want), line)
		}
	})
}

// nesting returns how many brackets stand open at most, strings not told apart:
// an upper bound.
func nesting(s string) int {
	depth, deepest := 0, 0
	for i := range len(s) {
		switch s[i] {
		case '{', '[':
			depth++
			deepest = max(deepest, depth)
		case '}', ']':
			depth--
		}
	}
	return deepest
}
