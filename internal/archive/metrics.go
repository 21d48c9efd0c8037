package archive

import "github.com/prometheus/client_golang/prometheus"

type metrics struct {
	events   prometheus.Counter
	repeats  prometheus.Counter
	bytes    prometheus.Counter
	segments prometheus.Counter
	failures prometheus.Counter
	problems prometheus.Counter
	alerts   prometheus.Counter
	shards   prometheus.Gauge
	joined   prometheus.Counter
	removed  prometheus.Counter
	commit   prometheus.Histogram
	queries  *prometheus.HistogramVec
}

func newMetrics(reg prometheus.Registerer) *metrics {
	name := func(n, help string) prometheus.Opts {
		return prometheus.Opts{Namespace: "goshawk", Subsystem: "archive", Name: n, Help: help}
	}
	counter := func(n, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts(name(n, help)))
	}
	m := &metrics{
		events:   counter("events_total", "Events stored."),
		repeats:  counter("repeats_total", "Events that came again and were not stored twice."),
		bytes:    counter("segment_bytes_total", "Bytes of segments written."),
		segments: counter("segments_total", "Segments written."),
		failures: counter("commit_failures_total", "Commits that failed; their events come again."),
		problems: counter("problems_total", "Damaged files put aside and other things that an operator should look at."),
		alerts:   counter("alerts_total", "Alerts and updates of alerts stored."),
		shards:   prometheus.NewGauge(prometheus.GaugeOpts(name("shards", "Shards that this process writes."))),
		joined:   counter("compacted_segments_total", "Segments that were joined into larger ones."),
		removed:  counter("expired_segments_total", "Segments removed by retention."),
		commit: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "goshawk", Subsystem: "archive", Name: "commit_seconds", Help: "Time to encode and store a group of events.",
			Buckets: prometheus.ExponentialBuckets(0.005, 2, 12),
		}),
		queries: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "goshawk", Subsystem: "archive", Name: "query_seconds", Help: "Time to answer a query.",
			Buckets: prometheus.ExponentialBuckets(0.002, 3, 11),
		}, []string{"subject"}),
	}
	if reg != nil {
		reg.MustRegister(m.events, m.repeats, m.bytes, m.segments, m.failures, m.problems, m.alerts, m.shards, m.joined, m.removed, m.commit, m.queries)
	}
	return m
}
