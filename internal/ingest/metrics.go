package ingest

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// The values of the label input. Sources are not a label: a sender chooses them.
const (
	inputHTTP = "http"
	inputUDP  = "udp"
	inputTCP  = "tcp"
	inputTLS  = "tls"
	inputFile = "file"
)

type metrics struct {
	lines       *prometheus.CounterVec
	bytes       *prometheus.CounterVec
	batches     *prometheus.CounterVec
	dead        *prometheus.CounterVec
	refused     *prometheus.CounterVec
	dropped     *prometheus.CounterVec
	retries     *prometheus.CounterVec
	truncated   *prometheus.CounterVec
	connections *prometheus.GaugeVec
	inFlight    prometheus.Gauge
	ackSeconds  prometheus.Histogram
	files       *prometheus.GaugeVec
	fileErrors  prometheus.Counter
	stateSync   prometheus.Counter
}

// newMetrics registers the metrics with reg; nil registers them nowhere.
func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "goshawk_ingest_" + name, Help: help}, labels)
	}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "goshawk_ingest_" + name, Help: help}, labels)
	}
	histogram := func(name, help string) prometheus.Histogram {
		return prometheus.NewHistogram(prometheus.HistogramOpts{Name: "goshawk_ingest_" + name, Help: help, Buckets: prometheus.ExponentialBuckets(0.0005, 2, 15)})
	}
	m := &metrics{
		lines:       counter("lines_total", "Lines that JetStream acknowledged.", "input"),
		bytes:       counter("bytes_total", "Bytes of these lines, as published.", "input"),
		batches:     counter("batches_total", "Raw messages that JetStream acknowledged.", "input"),
		dead:        counter("dead_total", "Lines that became dead letters here because they are too long.", "input"),
		refused:     counter("refused_total", "Requests and connections that were refused, by reason.", "input", "reason"),
		dropped:     counter("dropped_total", "Records that are lost, by reason: kernel and queue (udp), stop.", "input", "reason"),
		retries:     counter("publish_retries_total", "Publishes that were tried again.", "input"),
		truncated:   counter("truncated_total", "Records that were taken as they were when their connection ended inside them.", "input"),
		connections: gauge("connections", "Open connections.", "input"),
		inFlight:    prometheus.NewGauge(prometheus.GaugeOpts{Name: "goshawk_ingest_in_flight_bytes", Help: "Bytes that wait for JetStream's acknowledgement."}),
		ackSeconds:  histogram("ack_seconds", "Time from the first publish of a message to its acknowledgement, retries included."),
		files:       gauge("files", "Files of a file input, by state: known, open, postponed.", "source", "state"),
		fileErrors:  prometheus.NewCounter(prometheus.CounterOpts{Name: "goshawk_ingest_file_errors_total", Help: "Files that could not be read, each once until it can."}),
		stateSync:   prometheus.NewCounter(prometheus.CounterOpts{Name: "goshawk_ingest_file_state_sync_seconds_total", Help: "Time spent on making the state of file inputs durable."}),
	}
	all := []prometheus.Collector{
		m.lines, m.bytes, m.batches, m.dead, m.refused, m.dropped, m.retries, m.truncated, m.connections,
		m.inFlight, m.ackSeconds, m.files, m.fileErrors, m.stateSync,
	}
	if reg == nil {
		return m, nil
	}
	var errs []error
	for _, c := range all {
		errs = append(errs, reg.Register(c))
	}
	return m, errors.Join(errs...)
}
