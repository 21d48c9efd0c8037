package event

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
)

var benchNames = []string{"apache", "sshd", "extra"}

// encoding/json in a map is what a consumer without this codec would do.
func BenchmarkEncode(b *testing.B) {
	for _, name := range benchNames {
		e := sampleEvents()[name]
		line := e.AppendJSON(nil)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			var dst []byte
			for b.Loop() {
				dst = e.AppendJSON(dst[:0])
			}
		})
		b.Run(name+"/encoding_json", func(b *testing.B) {
			var m map[string]any
			if err := json.Unmarshal(line, &m); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := json.Marshal(m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// One iteration is one event; they come in payloads of 256 as on the bus.
func BenchmarkDecode(b *testing.B) {
	const events = 256
	for _, name := range benchNames {
		line := sampleEvents()[name].AppendJSON(nil)
		payload := strings.Repeat(string(line)+"\n", events)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			var d Decoder
			var e Event
			for b.Loop() {
				err := d.Next(&e)
				if errors.Is(err, io.EOF) {
					d.Reset(payload)
					err = d.Next(&e)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/encoding_json", func(b *testing.B) {
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			for b.Loop() {
				var m map[string]any
				if err := json.Unmarshal(line, &m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
