package correlate

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/goshawk-siem/goshawk/internal/detect"
	"github.com/goshawk-siem/goshawk/internal/rules"
	"github.com/goshawk-siem/goshawk/internal/run"
	"github.com/goshawk-siem/goshawk/internal/sigma"
)

// load reads and compiles the rules and returns the plan. A rule that can't be
// honoured is logged and left out; the others load.
func (s *Service) load() (*plan, error) {
	placeholders := make(map[string][]string)
	var sources []detect.Source
	if s.opts.Shipped {
		maps.Copy(placeholders, rules.Placeholders())
		sources = append(sources, detect.Source{Name: rules.Name, FS: rules.FS})
	}
	maps.Copy(placeholders, s.opts.Placeholders)
	for _, folder := range s.opts.Rules {
		sources = append(sources, detect.Dir(folder))
	}
	start := time.Now()
	set, report, err := detect.Load(detect.Options{Placeholders: placeholders, IncludeDeprecated: s.opts.IncludeDeprecated}, sources...)
	if err != nil {
		s.metrics.reloads.WithLabelValues("failed").Inc()
		return nil, fmt.Errorf("load rules: %w", err)
	}
	p := newPlan(set, s.opts)
	s.report(p, &report, time.Since(start))
	return p, nil
}

// maxReported is how many rejected rules are logged one by one.
const maxReported = 50

func (s *Service) report(p *plan, report *detect.Report, took time.Duration) {
	rejected := report.With(sigma.Rejected)
	for i := range rejected[:min(len(rejected), maxReported)] {
		s.log.Warn().Str("rule", rejected[i].String()).Msg("rule is rejected and left out")
	}
	for _, reason := range p.rejected {
		s.log.Warn().Str("rule", reason).Msg("rule is rejected and left out")
	}
	count := map[string]int{"loaded": report.Count(sigma.Loaded) - len(p.rejected), "rejected": len(rejected) + len(p.rejected)}
	for status, n := range count {
		s.metrics.rules.WithLabelValues(status).Set(float64(n))
	}
	s.metrics.reloads.WithLabelValues("ok").Inc()
	s.log.Info().Int("files", report.Files).Int("loaded", count["loaded"]).Int("rejected", count["rejected"]).
		Int("detections", len(p.set.Rules())).Int("correlations", len(p.set.Correlations())).
		Int64("load_ms", took.Milliseconds()).Msg("rules loaded")
}

// Reload loads the rules again and, if they can be read, puts them in the place of
// the ones at work: state of rules that did not change stays. It is safe for
// concurrent use.
func (s *Service) Reload() error {
	s.reload.Lock()
	defer s.reload.Unlock()
	p, err := s.load()
	if err != nil {
		return err
	}
	s.plan.Store(p)
	return nil
}

// watchRules reloads when a rule file changes, until ctx ends.
func (s *Service) watchRules(ctx context.Context) error {
	return run.Watch(ctx, s.opts.Rules, s.log, func() {
		if err := s.Reload(); err != nil {
			s.log.Warn().Err(err).Msg("rules stay as they are")
		}
	})
}
