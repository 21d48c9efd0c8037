package config

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// FuzzDecode proves that no file crashes the reader, and that what it accepts can
// be written and read again.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := Defaults()
		d := newDecoder("")
		d.decode(data, reflect.ValueOf(&c).Elem())
		if len(d.problems) > 0 {
			return
		}
		again, d := Defaults(), newDecoder("")
		d.decode([]byte(c.YAML()), reflect.ValueOf(&again).Elem())
		if len(d.problems) > 0 {
			t.Errorf("what was read is written so that it can't be read: %v\n%s", d.problems, c.YAML())
		}
	})
}
