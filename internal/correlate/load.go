package correlate

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/goshawk-siem/goshawk/internal/detect"
	"github.com/goshawk-siem/goshawk/internal/rules"
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

// settleFiles is how long the rule files must be left alone before they are read:
// an editor or a checkout writes many times.
const settleFiles = 300 * time.Millisecond

// watchRules reloads when a rule file changes, until ctx ends.
func (s *Service) watchRules(ctx context.Context) error {
	if len(s.opts.Rules) == 0 {
		<-ctx.Done()
		return nil
	}
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch rule folders: %w", err)
	}
	defer func() {
		if err := watcher.Close(); err != nil {
			s.log.Debug().Err(err).Msg("close rule watcher")
		}
	}()
	s.watchFolders(watcher)
	timer := time.NewTimer(settleFiles)
	timer.Stop()
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-watcher.Events:
			timer.Reset(settleFiles)
		case err := <-watcher.Errors:
			s.log.Warn().Err(err).Msg("watching rule folders failed; send SIGHUP to reload")
		case <-timer.C:
			s.watchFolders(watcher)
			if err := s.Reload(); err != nil {
				s.log.Warn().Err(err).Msg("rules stay as they are")
			}
		}
	}
}

// watchFolders adds every folder below the rule folders; adding one again does
// nothing. A single file is watched through its folder, because editors replace
// files.
func (s *Service) watchFolders(watcher *fsnotify.Watcher) {
	for _, root := range s.opts.Rules {
		if info, err := os.Stat(root); err == nil && !info.IsDir() {
			root = filepath.Dir(root)
		}
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.IsDir() {
				return err
			}
			return watcher.Add(path)
		})
		if err != nil {
			s.log.Warn().Err(err).Str("folder", root).Msg("rule folder can't be watched; send SIGHUP to reload")
		}
	}
}
