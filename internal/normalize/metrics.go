package normalize

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/goshawk-siem/goshawk/internal/record"
)

type metrics struct {
	batches prometheus.Counter
	lines   prometheus.Counter
	bytes   prometheus.Counter
	events  prometheus.Counter
	joined  prometheus.Counter
	dead    *prometheus.CounterVec
	perMsg  prometheus.Histogram
	own     prometheus.Gauge
	reloads *prometheus.CounterVec
	enrich  *prometheus.GaugeVec
}

func newMetrics(reg prometheus.Registerer) *metrics {
	name := func(n, help string) prometheus.CounterOpts {
		return prometheus.CounterOpts{Namespace: "goshawk", Subsystem: "normalize", Name: n, Help: help}
	}
	m := &metrics{
		batches: prometheus.NewCounter(name("batches_total", "Raw batches parsed, repeats included.")),
		lines:   prometheus.NewCounter(name("lines_total", "Lines parsed, repeats included.")),
		bytes:   prometheus.NewCounter(name("bytes_total", "Bytes of raw batches.")),
		events:  prometheus.NewCounter(name("events_total", "Records that became events.")),
		joined:  prometheus.NewCounter(name("joined_lines_total", "Lines that are part of the event of a line before: lines are events, dead letters and these.")),
		dead:    prometheus.NewCounterVec(name("dead_total", "Lines that became dead letters, by the format that was tried and the kind of reason: unreadable, line_too_long, event_too_large."), []string{"format", "reason"}),
		own:     prometheus.NewGauge(prometheus.GaugeOpts(name("own_formats", "Formats of users' own that are in use."))),
		reloads: prometheus.NewCounterVec(name("reloads_total", "Loads of the users' own formats, by result: ok or failed."), []string{"result"}),
		enrich:  prometheus.NewGaugeVec(prometheus.GaugeOpts(name("enrichment", "What enrichment holds: geo_files, rows, indicators, bytes; and problems, the files that could not be read the last time.")), []string{"what"}),
		perMsg: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "goshawk", Subsystem: "normalize", Name: "batch_lines", Help: "Lines of a batch.",
			Buckets: prometheus.ExponentialBuckets(1, 2, 11),
		}),
	}
	if reg != nil {
		reg.MustRegister(m.batches, m.lines, m.bytes, m.events, m.joined, m.dead, m.perMsg, m.own, m.reloads, m.enrich)
	}
	return m
}

func (m *metrics) batch(b *record.Batch, w *work) {
	m.batches.Inc()
	m.lines.Add(float64(w.lines))
	m.bytes.Add(float64(len(b.Payload)))
	m.events.Add(float64(w.lines - w.joined - len(w.reasons)))
	m.joined.Add(float64(w.joined))
	m.perMsg.Observe(float64(w.lines))
	next := 0
	for i := range w.dead {
		// Of a line in pieces only the first one counts.
		if w.dead[i].Part <= 1 {
			m.dead.WithLabelValues(w.dead[i].Format, w.reasons[next]).Inc()
			next++
		}
	}
}
