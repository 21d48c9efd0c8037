package format

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// The guide names every type, layout and limit that there is.
func TestOwnIsDocumented(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(docs, "own.md"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for i, typ := range fieldTypes {
		if row := "| `" + typ.name + "` | " + typ.doc + " |"; !strings.Contains(text, row) {
			t.Errorf("docs/formats/own.md lacks the row %s", row)
		}
		if i > 0 && fieldTypes[i-1].name >= typ.name {
			t.Errorf("type %s is not in order", typ.name)
		}
	}
	for name := range layoutNames {
		if !strings.Contains(text, "`"+name+"`") {
			t.Errorf("docs/formats/own.md does not name the layout %s", name)
		}
	}
}

// The example that ships passes its own test, and auto tells its lines.
func TestOwnExample(t *testing.T) {
	t.Parallel()
	set, err := LoadSet(filepath.Join("..", "..", "deploy", "formats"))
	if err != nil {
		t.Fatal(err)
	}
	auto := set.Auto()
	for _, o := range set.Own() {
		for i := range o.Samples {
			s := &o.Samples[i]
			for _, bad := range s.Check(o) {
				t.Errorf("%s:%d: %s", o.File, s.Number, bad)
			}
			if s.Refused {
				continue
			}
			var e event.Event
			f, err := auto.Parse(o.Name, s.Line, &s.Context, &e)
			if err != nil {
				t.Fatalf("%s:%d: %v", o.File, s.Number, err)
			}
			f.Finish(s.Line, &s.Context, &e)
			checkSchema(t, &e)
			if e.Text(event.Format) != o.Name {
				t.Errorf("%s:%d: auto takes the line for %s", o.File, s.Number, f.Name)
			}
		}
	}
}
