package format

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// goldenEvent returns the event of a golden case, "<format>/<case>".
func goldenEvent(t *testing.T, name string) *event.Event {
	t.Helper()
	of, _, _ := strings.Cut(name, "/")
	f, ok := Lookup(of)
	if !ok {
		t.Fatalf("there is no format %s", of)
	}
	g := readGolden(t, f, filepath.Join("testdata", name+".txtar"))
	e, err := read(f, g.line, &g.context)
	if err != nil {
		t.Fatal(err)
	}
	return e
}
