package correlate

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/goshawk-siem/goshawk/internal/sigma"
	"github.com/goshawk-siem/goshawk/internal/window"
)

// metrics are the service's figures. A label's values come from the rules, never
// from events.
type metrics struct {
	events, incomplete, foreign prometheus.Counter
	matches, alerts, late       *prometheus.CounterVec
	updates, evicted, dropped   prometheus.Counter
	owned, groups               *prometheus.GaugeVec
	behind                      *prometheus.GaugeVec
	rules                       *prometheus.GaugeVec
	reloads                     *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer) *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: "goshawk", Subsystem: "correlate", Name: name, Help: help})
	}
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "goshawk", Subsystem: "correlate", Name: name, Help: help}, labels)
	}
	gauges := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "goshawk", Subsystem: "correlate", Name: name, Help: help}, labels)
	}
	m := &metrics{
		events:     counter("events_total", "Events that were matched against the rules."),
		incomplete: counter("incomplete_matches_total", "Matches that lack a field that a correlation groups by or counts."),
		foreign:    counter("foreign_matches_total", "Matches in the log of rules that are not loaded here."),
		matches:    counters("matches_total", "Events that matched, by rule.", "rule"),
		alerts:     counters("alerts_total", "Alerts, by rule and level.", "rule", "level"),
		late:       counters("late_matches_total", "Matches too late to count in a correlation, by rule.", "rule"),
		updates:    counter("updates_total", "Later revisions of alerts."),
		evicted:    counter("evicted_groups_total", "Groups forgotten because a limit was reached: coverage is reduced."),
		dropped:    counter("dropped_contributions_total", "Matches forgotten because a limit was reached: counts are too low."),
		owned:      gauges("partition_owned", "1 for the partitions whose windows run here.", "partition"),
		groups:     gauges("groups", "Groups with state, by partition.", "partition"),
		behind:     gauges("partition_lag_seconds", "Age of the newest match when it was counted.", "partition"),
		rules:      gauges("rules", "Rule documents at the last load, by status.", "status"),
		reloads:    counters("reloads_total", "Loads of the rules, by result.", "result"),
	}
	if reg != nil {
		reg.MustRegister(m.events, m.incomplete, m.foreign, m.matches, m.alerts, m.late, m.updates, m.evicted, m.dropped,
			m.owned, m.groups, m.behind, m.rules, m.reloads)
	}
	return m
}

func ruleLabel(meta *sigma.Meta) string {
	if meta.Name != "" {
		return meta.Name
	}
	return meta.ID
}

// state publishes the figures of one partition; before are those it had last.
func (m *metrics) state(partition int, now, before window.Stats) {
	m.groups.WithLabelValues(strconv.Itoa(partition)).Set(float64(now.Groups))
	if now.Evicted > before.Evicted {
		m.evicted.Add(float64(now.Evicted - before.Evicted))
	}
	if now.Dropped > before.Dropped {
		m.dropped.Add(float64(now.Dropped - before.Dropped))
	}
}
