package bus

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	connected   prometheus.Gauge
	reconnects  prometheus.Counter
	published   *prometheus.CounterVec
	refused     *prometheus.CounterVec
	ackSeconds  *prometheus.HistogramVec
	batchBytes  *prometheus.HistogramVec
	delivered   *prometheus.CounterVec
	finished    *prometheus.CounterVec
	inFlight    *prometheus.GaugeVec
	lagMessages *prometheus.GaugeVec
	lagSeconds  *prometheus.GaugeVec
}

func newMetrics(reg prometheus.Registerer) *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return register(reg, prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "goshawk", Subsystem: "bus", Name: name, Help: help}, labels))
	}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return register(reg, prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "goshawk", Subsystem: "bus", Name: name, Help: help}, labels))
	}
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		return register(reg, prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "goshawk", Subsystem: "bus", Name: name, Help: help, Buckets: buckets}, labels))
	}
	m := &metrics{
		connected:   register(reg, prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "goshawk", Subsystem: "bus", Name: "connected", Help: "1 while connected to NATS."})),
		reconnects:  register(reg, prometheus.NewCounter(prometheus.CounterOpts{Namespace: "goshawk", Subsystem: "bus", Name: "reconnects_total", Help: "Connections to NATS that were re-established."})),
		published:   counter("published_total", "Messages that JetStream acknowledged.", "stream"),
		refused:     counter("publish_errors_total", "Publishes that JetStream did not acknowledge, by reason.", "stream", "reason"),
		ackSeconds:  histogram("publish_ack_seconds", "Time from publishing to JetStream's acknowledgement.", prometheus.ExponentialBuckets(0.0005, 2, 15), "stream"),
		batchBytes:  histogram("message_bytes", "Size of published messages.", prometheus.ExponentialBuckets(256, 4, 9), "stream"),
		delivered:   counter("delivered_total", "Messages handed to a handler.", "consumer"),
		finished:    counter("finished_total", "Messages by how they ended: acked, retried, dead.", "consumer", "end"),
		inFlight:    gauge("in_flight_bytes", "Bytes of messages that a handler holds.", "consumer"),
		lagMessages: gauge("consumer_lag_messages", "Messages that wait for the consumer, those in flight included.", "consumer"),
		lagSeconds:  gauge("consumer_lag_seconds", "Age of the message handled last while others wait; 0 when none do.", "consumer"),
	}
	m.connected.Set(1)
	return m
}

// register adds c to reg, or returns the collector that is there already: a
// process may hold several connections.
func register[C prometheus.Collector](reg prometheus.Registerer, c C) C {
	if reg == nil {
		return c
	}
	err := reg.Register(c)
	if already, ok := errors.AsType[prometheus.AlreadyRegisteredError](err); ok {
		if existing, ok := already.ExistingCollector.(C); ok {
			return existing
		}
	}
	return c
}
