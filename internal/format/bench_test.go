package format

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// BenchmarkFormats measures every format of the table on its golden lines,
// Finish included.
func BenchmarkFormats(b *testing.B) {
	for _, f := range table {
		b.Run(f.Name, func(b *testing.B) {
			cases := goldenLines(b, f)
			if len(cases) == 0 {
				b.Skip("no golden case parses")
			}
			benchLines(b, cases, func(g *golden, e *event.Event) error {
				if err := f.Parse(g.line, &g.context, e); err != nil {
					return err
				}
				f.Finish(g.line, &g.context, e)
				return nil
			})
		})
	}
}

// BenchmarkAuto measures what choosing costs beside BenchmarkFormats, with a
// source of each format.
func BenchmarkAuto(b *testing.B) {
	for _, f := range table {
		b.Run(f.Name, func(b *testing.B) {
			var cases []*golden
			for _, g := range goldenLines(b, f) {
				if _, other := g.file("want.auto"); !other {
					cases = append(cases, g)
				}
			}
			if len(cases) == 0 {
				b.Skip("auto chooses no golden case")
			}
			auto := NewAuto()
			benchLines(b, cases, func(g *golden, e *event.Event) error {
				chosen, err := auto.Parse(f.Name, g.line, &g.context, e)
				if err != nil {
					return err
				}
				chosen.Finish(g.line, &g.context, e)
				return nil
			})
		})
	}
}

func benchLines(b *testing.B, cases []*golden, parse func(*golden, *event.Event) error) {
	b.Helper()
	bytes := 0
	for _, g := range cases {
		bytes += len(g.line)
	}
	b.SetBytes(int64(bytes / len(cases)))
	b.ReportAllocs()
	var e event.Event
	n := 0
	for b.Loop() {
		e.Reset()
		if err := parse(cases[n%len(cases)], &e); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}

// BenchmarkCorpus measures all lines of the sample corpora, each once a round, as
// auto reads them from a source for each folder, Finish included. Lines that no
// format takes count as well.
func BenchmarkCorpus(b *testing.B) {
	folders, err := filepath.Glob(filepath.Join(corpora, "*"))
	if err != nil || len(folders) == 0 {
		b.Skipf("no sample lines in %s: the corpora are not here", corpora)
	}
	type sample struct{ source, line string }
	var samples []sample
	bytes := 0
	for _, folder := range folders {
		name := filepath.Base(folder)
		if name == "README.md" || name == "licences" {
			continue
		}
		for _, line := range corpusLines(b, name+"/*") {
			samples = append(samples, sample{name, line})
			bytes += len(line)
		}
	}
	auto := NewAuto()
	c := Context{Received: defaultReceived}
	var e event.Event
	b.ReportAllocs()
	b.SetBytes(int64(bytes))
	for b.Loop() {
		for i := range samples {
			e.Reset()
			if f, err := auto.Parse(samples[i].source, samples[i].line, &c, &e); err == nil {
				f.Finish(samples[i].line, &c, &e)
			}
		}
	}
	b.ReportMetric(float64(b.N*len(samples))/b.Elapsed().Seconds(), "lines/s")
}

// BenchmarkAutoOverNamed measures, for each folder of the sample corpora, what
// choosing costs once a source is known: extra-% is how much longer auto takes
// than the formats that it chooses, named.
func BenchmarkAutoOverNamed(b *testing.B) {
	folders, err := filepath.Glob(filepath.Join(corpora, "*", "*"))
	if err != nil || len(folders) == 0 {
		b.Skipf("no sample lines in %s: the corpora are not here", corpora)
	}
	for _, tt := range corpusFolders {
		b.Run(strings.TrimSuffix(tt.files, "/*"), func(b *testing.B) {
			auto, c := NewAuto(), Context{Received: defaultReceived}
			var lines []string
			var chosen []*Format
			var e event.Event
			for _, line := range corpusLines(b, tt.files) {
				e.Reset()
				if f, err := auto.Parse(tt.files, line, &c, &e); err == nil {
					lines, chosen = append(lines, line), append(chosen, f)
				}
			}
			if len(lines) == 0 {
				b.Skip("auto recognizes none")
			}
			var named, found time.Duration
			for b.Loop() {
				start := time.Now()
				for i, line := range lines {
					e.Reset()
					if chosen[i].Parse(line, &c, &e) != nil {
						b.Fatal(line)
					}
					chosen[i].Finish(line, &c, &e)
				}
				middle := time.Now()
				for _, line := range lines {
					e.Reset()
					f, err := auto.Parse(tt.files, line, &c, &e)
					if err != nil {
						b.Fatal(err)
					}
					f.Finish(line, &c, &e)
				}
				named += middle.Sub(start)
				found += time.Since(middle)
			}
			b.ReportMetric(100*(found.Seconds()/named.Seconds()-1), "extra-%")
			b.ReportMetric(float64(b.N*len(lines))/found.Seconds(), "lines/s")
		})
	}
}
