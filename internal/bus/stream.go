package bus

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Stream names one of the product's streams by its subjects' first token.
type Stream string

// The streams, as in the table of ARCHITECTURE.md.
const (
	// Raw holds raw batches until they are normalized: a work queue.
	Raw Stream = "raw"
	// Events holds normalized events until correlate and archive have them.
	Events Stream = "events"
	// Matches is the log that the windows' state is computed from.
	Matches Stream = "matches"
	// Alerts holds each alert once.
	Alerts Stream = "alerts"
	// Updates holds later revisions of alerts.
	Updates Stream = "updates"
	// Dead holds dead letters.
	Dead Stream = "dead"
)

// The durable consumers, which exist from Setup on: the events stream keeps a
// message only while a consumer wants it, so nothing may be published before.
const (
	// NormalizeConsumer is shared by all normalizers.
	NormalizeConsumer = "normalize"
	// CorrelateConsumer is shared by the detect stage of all correlators.
	CorrelateConsumer = "correlate"
	// ArchiveAlerts and ArchiveUpdates feed the archive.
	ArchiveAlerts  = "archive-alerts"
	ArchiveUpdates = "archive-updates"
)

// ArchiveConsumer is the name of the consumer of one shard's archive.
func ArchiveConsumer(shard int) string { return fmt.Sprintf("archive-%d", shard) }

const (
	day = 24 * time.Hour
	// dedupWindow is how long a repeated message id is recognized.
	dedupWindow = 2 * time.Minute
	// alertDedupWindow covers a crash between publishing an alert and noting
	// that it was published, however long the restart takes in practice.
	alertDedupWindow = day

	defaultPublishTimeout = 5 * time.Second
	defaultMatchesAge     = 25 * time.Hour
	// ackWait is how long the work of a process that died waits for another.
	// Work in hand is kept alive meanwhile, see keeper.
	ackWait       = 10 * time.Second
	maxAckPending = 20_000
)

func (b *Bus) streamConfigs() []jetstream.StreamConfig {
	l := b.opts.Limits
	stream := func(s Stream, depth string, retention jetstream.RetentionPolicy, discard jetstream.DiscardPolicy, bytes int64, age, dedup time.Duration) jetstream.StreamConfig {
		return jetstream.StreamConfig{
			Name: b.streamName(s), Subjects: []string{b.subject(string(s) + "." + depth)},
			Retention: retention, Discard: discard, Storage: jetstream.FileStorage,
			MaxBytes: bytes, MaxAge: age, Duplicates: dedup, Replicas: b.opts.Replicas,
			AllowDirect: true,
		}
	}
	return []jetstream.StreamConfig{
		stream(Raw, ">", jetstream.WorkQueuePolicy, jetstream.DiscardNew, int64(l.Raw), 0, dedupWindow),
		stream(Events, ">", jetstream.InterestPolicy, jetstream.DiscardNew, int64(l.Events), 0, dedupWindow),
		stream(Matches, "*", jetstream.LimitsPolicy, jetstream.DiscardNew, int64(l.Matches), time.Duration(l.MatchesAge), dedupWindow),
		stream(Alerts, ">", jetstream.LimitsPolicy, jetstream.DiscardOld, int64(l.Alerts), 30*day, alertDedupWindow),
		stream(Updates, ">", jetstream.LimitsPolicy, jetstream.DiscardOld, int64(l.Alerts), 7*day, dedupWindow),
		stream(Dead, ">", jetstream.LimitsPolicy, jetstream.DiscardOld, int64(l.Dead), 30*day, dedupWindow),
	}
}

type consumerSpec struct {
	stream Stream
	config jetstream.ConsumerConfig
}

func (b *Bus) consumerConfigs() []consumerSpec {
	durable := func(s Stream, name, filter string) consumerSpec {
		return consumerSpec{s, jetstream.ConsumerConfig{
			Durable: name, FilterSubject: b.subject(filter), AckPolicy: jetstream.AckExplicitPolicy,
			AckWait: b.ackWait, MaxAckPending: maxAckPending, MaxDeliver: -1, DeliverPolicy: jetstream.DeliverAllPolicy,
		}}
	}
	specs := []consumerSpec{
		durable(Raw, NormalizeConsumer, "raw.>"),
		durable(Events, CorrelateConsumer, "events.>"),
		durable(Alerts, ArchiveAlerts, "alerts.>"),
		durable(Updates, ArchiveUpdates, "updates.>"),
	}
	for shard := range b.opts.Shards {
		specs = append(specs, durable(Events, ArchiveConsumer(shard), fmt.Sprintf("events.%d.>", shard)))
	}
	return specs
}

// Setup creates the streams and consumers that don't exist yet. What exists is
// only compared: a difference from the configuration is logged, never
// overwritten, because an operator may have made it on purpose. Several
// processes may call Setup at once.
func (b *Bus) Setup(ctx context.Context) error {
	for _, want := range b.streamConfigs() {
		if err := b.setupStream(ctx, want); err != nil {
			return fmt.Errorf("set up stream %s: %w", want.Name, err)
		}
	}
	// The events stream comes before its consumers, and nobody publishes
	// before Setup has returned.
	for _, want := range b.consumerConfigs() {
		if err := b.setupConsumer(ctx, want); err != nil {
			return fmt.Errorf("set up consumer %s of %s: %w", want.config.Durable, b.streamName(want.stream), err)
		}
	}
	return nil
}

func (b *Bus) setupStream(ctx context.Context, want jetstream.StreamConfig) error {
	stream, err := b.js.Stream(ctx, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		stream, err = b.js.CreateStream(ctx, want)
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
			stream, err = b.js.Stream(ctx, want.Name)
		}
	}
	if err != nil {
		return err
	}
	info := stream.CachedInfo()
	if want.Name == b.streamName(Raw) {
		b.rawEpoch.Store(info.Created.Unix())
	}
	if diffs := streamDiffs(want, info.Config); len(diffs) > 0 {
		b.log.Warn().Str("stream", want.Name).Strs("differences", diffs).
			Msg("stream exists with another configuration and is left as it is; change it with the nats command line, or the configuration")
	}
	return nil
}

func (b *Bus) setupConsumer(ctx context.Context, want consumerSpec) error {
	name := b.streamName(want.stream)
	consumer, err := b.js.Consumer(ctx, name, want.config.Durable)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		consumer, err = b.js.CreateConsumer(ctx, name, want.config)
		if errors.Is(err, jetstream.ErrConsumerExists) {
			consumer, err = b.js.Consumer(ctx, name, want.config.Durable)
		}
	}
	if err != nil {
		return err
	}
	if diffs := consumerDiffs(want.config, consumer.CachedInfo().Config); len(diffs) > 0 {
		b.log.Warn().Str("stream", name).Str("consumer", want.config.Durable).Strs("differences", diffs).
			Msg("consumer exists with another configuration and is left as it is; change it with the nats command line, or the configuration")
	}
	return nil
}

type diffList []string

func (d *diffList) add(what string, want, have any) {
	if w, h := fmt.Sprint(want), fmt.Sprint(have); w != h {
		*d = append(*d, fmt.Sprintf("%s is %s, configured %s", what, h, w))
	}
}

func streamDiffs(want, have jetstream.StreamConfig) []string {
	var d diffList
	d.add("subjects", strings.Join(want.Subjects, ","), strings.Join(have.Subjects, ","))
	d.add("retention", want.Retention, have.Retention)
	d.add("discard", want.Discard, have.Discard)
	d.add("storage", want.Storage, have.Storage)
	d.add("max_bytes", want.MaxBytes, have.MaxBytes)
	d.add("max_age", want.MaxAge, have.MaxAge)
	d.add("duplicate_window", want.Duplicates, have.Duplicates)
	d.add("replicas", want.Replicas, have.Replicas)
	return d
}

func consumerDiffs(want, have jetstream.ConsumerConfig) []string {
	var d diffList
	d.add("filter_subject", want.FilterSubject, have.FilterSubject)
	d.add("ack_policy", want.AckPolicy, have.AckPolicy)
	d.add("ack_wait", want.AckWait, have.AckWait)
	d.add("max_ack_pending", want.MaxAckPending, have.MaxAckPending)
	d.add("max_deliver", want.MaxDeliver, have.MaxDeliver)
	return d
}

func (b *Bus) streamName(s Stream) string {
	return strings.ToUpper(b.opts.Prefix) + "_" + strings.ToUpper(string(s))
}

func (b *Bus) subject(s string) string { return b.opts.Prefix + "." + s }
