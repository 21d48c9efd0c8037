package event

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
	"pgregory.net/rapid"
)

// Each golden file holds one event as "event" and what it is in the other
// schemas as "ecs" and "ocsf", indented for readers.
func TestGoldenExports(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "export", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			ar, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var e Event
			var line bytes.Buffer
			if err := json.Compact(&line, ar.Files[0].Data); err != nil {
				t.Fatal(err)
			}
			if err := e.DecodeJSON(line.String()); err != nil {
				t.Fatal(err)
			}
			got := &txtar.Archive{Comment: ar.Comment, Files: []txtar.File{
				{Name: "event", Data: indented(t, e.AppendJSON(nil))},
				{Name: "ecs", Data: indented(t, e.AppendECS(nil))},
				{Name: "ocsf", Data: indented(t, e.AppendOCSF(nil))},
			}}
			checkArchive(t, file, ar, got)
		})
	}
}

func checkArchive(t *testing.T, file string, want, got *txtar.Archive) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, txtar.Format(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(txtar.Format(want)), string(txtar.Format(got))); diff != "" {
		t.Errorf("differs (-want +got); if that is meant, run with -update:\n%s", diff)
	}
}

func indented(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, data, "", "  "); err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// Whatever an event holds, the documents are JSON without a key twice.
func TestExportsAreJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := anyEvent().Draw(t, "event")
		for name, doc := range map[string][]byte{"ecs": e.AppendECS(nil), "ocsf": e.AppendOCSF(nil)} {
			if err := noKeyTwice(json.NewDecoder(bytes.NewReader(doc))); err != nil {
				t.Fatalf("%s: %v: %s", name, err, doc)
			}
		}
	})
}

func TestEveryTypeHasAKind(t *testing.T) {
	t.Parallel()
	for _, name := range Types() {
		if k := kinds[name]; k == nil || k.meaning == "" || k.class == nil || (k.category == "") != (k.what == "") {
			t.Errorf("%s: incomplete or missing in kinds", name)
		}
	}
	if len(kinds) != len(Types()) {
		t.Errorf("%d kinds for %d types", len(kinds), len(Types()))
	}
}

// Nothing may get lost on the way: every column that has a value shows in both
// documents.
func TestExportsHoldEveryColumn(t *testing.T) {
	t.Parallel()
	for _, kind := range Types() {
		var e Event
		for c := range NumColumns {
			switch {
			case c == EventType:
				e.SetText(c, kind)
			case types[c] == IP:
				e.SetIP(c, "192.0.2.1")
			case types[c] == Text:
				e.SetText(c, "value-of-"+c.String())
			case c.IsList():
				e.SetList(c, []string{"value-of-" + c.String()})
			}
		}
		e.SetTime(EventTime, time.Unix(1, 0))
		for name, doc := range map[string][]byte{"ecs": e.AppendECS(nil), "ocsf": e.AppendOCSF(nil)} {
			for c := range e.Columns {
				if (types[c] == Text || c.IsList()) && !bytes.Contains(doc, []byte("value-of-"+c.String())) {
					t.Errorf("%s of %s: %v got lost: %s", name, kind, c, doc)
				}
			}
		}
	}
}

func noKeyTwice(d *json.Decoder) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return nil
	}
	seen := map[string]bool{}
	for d.More() {
		if delim == '{' {
			key, err := d.Token()
			if err != nil {
				return err
			}
			name := key.(string)
			if seen[name] {
				return fmt.Errorf("key %q comes twice", name)
			}
			seen[name] = true
		}
		if err := noKeyTwice(d); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}
