package normalize

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/goshawk-siem/goshawk/internal/enrich"
)

// reloadEnrichment reads the files of enrichment and puts what they say in the
// place of what is in use. What can't be read is logged and stays as it was.
func (s *Service) reloadEnrichment() {
	if !s.opts.Enrich.Enabled() {
		return
	}
	s.reload.Lock()
	defer s.reload.Unlock()
	start := time.Now()
	enricher, problems := enrich.Load(s.opts.Enrich, s.enricher.Load(), start)
	s.enricher.Store(enricher)
	for _, problem := range problems {
		s.log.Error().Err(problem).Msg("a file of enrichment can't be used; what was read of it before stays in use")
	}
	stats := enricher.Stats()
	for what, n := range map[string]float64{
		"geo_files": float64(stats.GeoFiles), "rows": float64(stats.Rows), "indicators": float64(stats.Indicators),
		"bytes": float64(stats.Bytes), "problems": float64(len(problems)),
	} {
		s.metrics.enrich.WithLabelValues(what).Set(n)
	}
	s.log.Info().Int("geo_files", stats.GeoFiles).Int("rows", stats.Rows).Int("indicators", stats.Indicators).Int64("bytes", stats.Bytes).
		Int("problems", len(problems)).Int64("load_ms", time.Since(start).Milliseconds()).Msg("enrichment loaded")
}

// reloadChanged returns a function that reloads where one of the files changed:
// their folders may be busy with other files.
func (s *Service) reloadChanged(files []string) func() {
	known := signature(files)
	return func() {
		now := signature(files)
		if now == known {
			return
		}
		known = now
		s.reloadEnrichment()
	}
}

// signature changes when a file does.
func signature(files []string) string {
	var b strings.Builder
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			b.WriteString("none;")
			continue
		}
		fmt.Fprintf(&b, "%d %d;", info.Size(), info.ModTime().UnixNano())
	}
	return b.String()
}
