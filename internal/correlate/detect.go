package correlate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/goshawk-siem/goshawk/internal/alert"
	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/detect"
	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/record"
	"github.com/goshawk-siem/goshawk/internal/sigma"
)

const (
	// maxEvidence is how much of a line goes along as evidence.
	maxEvidence = 4 << 10
	// evidencePerBatch is how many lines of one batch go along for one group of
	// a spec: a storm needs no more.
	evidencePerBatch = alert.MaxEvidence
	// maxMessage is about how many bytes one message holds, unpacked.
	maxMessage = 512 << 10
)

// detector is one worker of the detect stage: its matcher, decoder and buffers.
type detector struct {
	s       *Service
	plan    *plan
	matcher *detect.Matcher
	decoder event.Decoder
	event   event.Event
	matched []*sigma.Rule
	texts   []string
	match   match
	group   []byte
	writers []matchWriter
	parts   []int
	shown   map[uint64]int
	out     []bus.Msg
}

// handle detects one batch of events and publishes what matched.
func (d *detector) handle(ctx context.Context, in *bus.Delivery) error {
	if p := d.s.plan.Load(); p != d.plan {
		d.plan, d.matcher = p, p.set.NewMatcher()
	}
	batch := batchOf(in)
	d.out = d.out[:0]
	d.decoder.Reset(string(in.Data))
	events, bad := 0, error(nil)
	for {
		err := d.decoder.Next(&d.event)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			// The other events of the batch still count.
			bad = errors.Join(bad, err)
			continue
		}
		events++
		d.detect(batch)
	}
	d.s.metrics.events.Add(float64(events))
	for p := range d.writers {
		d.flush(batch, p)
		d.parts[p] = 0
	}
	clear(d.shown)
	if len(d.out) > 0 {
		if err := d.s.bus.PublishAll(ctx, d.out); err != nil {
			return fmt.Errorf("publish matches of batch %s: %w", batch, err)
		}
	}
	if bad != nil {
		return bus.Permanent(fmt.Errorf("decode events of batch %s: %w", batch, bad))
	}
	return nil
}

// batchOf names the message, the same when it comes again. A batch of lines may
// have become several messages, so its own id comes second.
func batchOf(in *bus.Delivery) string {
	for _, header := range []string{"Nats-Msg-Id", record.HeaderBatch} {
		if ids := in.Header[header]; len(ids) > 0 && ids[0] != "" {
			return ids[0]
		}
	}
	return "e" + strconv.FormatUint(in.Seq, 36)
}

// detect matches the event at hand and writes down what counts.
func (d *detector) detect(batch string) {
	d.matched = d.matcher.Match(&d.event, d.matched[:0])
	for _, rule := range d.matched {
		d.s.metrics.matches.WithLabelValues(ruleLabel(&rule.Meta)).Inc()
		for _, c := range d.plan.counts[rule.ID] {
			if d.fill(c) {
				d.write(batch)
			} else {
				d.s.metrics.incomplete.Inc()
			}
		}
	}
}

// fill makes d.match the record of the event for c. It reports false when the
// event lacks what the spec groups by or counts.
func (d *detector) fill(c *count) bool {
	e := &d.event
	id := e.Text(event.EventID)
	d.match = match{
		Spec: c.watch.key, Rule: c.rule, Time: floorMillis(e.Int(event.EventTime)), Order: eventOrder(id), Event: id,
		Group: d.match.Group[:0],
	}
	for _, name := range c.group {
		v, ok := d.value(name)
		if !ok && !c.optional {
			return false
		}
		d.match.Group = append(d.match.Group, v)
	}
	if !d.fillValue(c) {
		return false
	}
	if !c.watch.chained {
		return true
	}
	values := make([]string, 0, len(c.fields))
	names := make([]string, 0, len(c.fields))
	for _, name := range c.fields {
		if v, ok := d.value(name); ok {
			names, values = append(names, name), append(values, v)
		}
	}
	d.match.Fields = packFields(d.match.Order, names, values)
	return true
}

func (d *detector) fillValue(c *count) bool {
	var tuple []string
	for _, name := range c.value {
		v, ok := d.value(name)
		if !ok {
			return false
		}
		tuple = append(tuple, v)
	}
	return d.match.count(c, tuple)
}

// count takes the counted values of a spec into m; false when one isn't a number
// where numbers are summed up.
func (m *match) count(c *count, tuple []string) bool {
	if len(tuple) == 0 {
		return true
	}
	if c.watch.sums() {
		n, ok := detect.Number(tuple[0])
		m.Number = n
		return ok
	}
	m.Value = tuple[0]
	if len(tuple) > 1 {
		m.Value = joinTuple(tuple)
	}
	return true
}

// joinTuple joins values so that different tuples give different texts.
func joinTuple(values []string) string {
	var b strings.Builder
	for _, v := range values {
		b.WriteString(strconv.Itoa(len(v)))
		b.WriteByte(':')
		b.WriteString(v)
	}
	return b.String()
}

// value returns the text form of a Sigma field of the event; of a list, the first.
func (d *detector) value(name string) (string, bool) {
	d.texts = d.matcher.Values(name, &d.event, d.texts[:0])
	if len(d.texts) == 0 {
		return "", false
	}
	// The matcher may use the memory again for the next field.
	return bounded(d.texts[0]), true
}

// maxValue is the longest group or counted value that is kept as it is.
const maxValue = 1 << 10

// bounded returns a copy of v. Of a very long one it is the beginning, with a hash
// of all of it, so that different values stay different.
func bounded(v string) string {
	if len(v) <= maxValue {
		return strings.Clone(v)
	}
	return strings.ToValidUTF8(v[:maxValue], "") + "…#" + strconv.FormatUint(xxhash.Sum64String(v), 16)
}

// write adds d.match to the message of its partition.
func (d *detector) write(batch string) {
	d.group = groupKey(d.group[:0], d.match.Spec, d.match.Group)
	hash := xxhash.Sum64(d.group)
	if d.shown[hash] < evidencePerBatch {
		d.shown[hash]++
		raw := d.event.Text(event.Raw)
		d.match.Evidence = raw[:min(len(raw), maxEvidence)]
	}
	p := int(hash % uint64(len(d.writers)))
	d.writers[p].add(&d.match)
	if d.writers[p].size() >= maxMessage {
		d.flush(batch, p)
	}
}

// flush moves what is written for partition p to the messages to publish.
func (d *detector) flush(batch string, p int) {
	w := &d.writers[p]
	if w.count == 0 {
		return
	}
	id := batch + "-m" + strconv.Itoa(p)
	if n := d.parts[p]; n > 0 {
		id += "." + strconv.Itoa(n)
	}
	d.parts[p]++
	d.out = append(d.out, bus.Msg{Subject: partitionSubject(p), ID: id, Data: w.message()})
	w.reset()
}

func partitionSubject(p int) string { return "matches." + strconv.Itoa(p) }

// groupKey appends what a spec and group values hash by.
func groupKey(b []byte, spec string, group []string) []byte {
	b = append(append(b, spec...), 0)
	for _, g := range group {
		b = strconv.AppendInt(b, int64(len(g)), 10)
		b = append(append(b, ':'), g...)
	}
	return b
}

func partitionOf(spec string, group []string, partitions int) int {
	return int(xxhash.Sum64(groupKey(nil, spec, group)) % uint64(partitions))
}

func floorMillis(nanos int64) int64 {
	ms := nanos / int64(time.Millisecond)
	if nanos%int64(time.Millisecond) < 0 {
		ms--
	}
	return ms
}

// runDetect runs the detect stage until ctx ends.
func (s *Service) runDetect(ctx context.Context) error {
	consumer := bus.Consumer{Stream: bus.Events, Name: bus.CorrelateConsumer, Workers: s.opts.Workers}
	idle := make(chan *detector, s.opts.Workers)
	for range s.opts.Workers {
		idle <- &detector{
			s: s, writers: make([]matchWriter, s.opts.Partitions), parts: make([]int, s.opts.Partitions), shown: make(map[uint64]int),
		}
	}
	err := s.bus.Consume(ctx, consumer, func(ctx context.Context, in *bus.Delivery) error {
		d := <-idle
		defer func() { idle <- d }()
		return d.handle(ctx, in)
	})
	if err != nil {
		return fmt.Errorf("detect: %w", err)
	}
	return nil
}
