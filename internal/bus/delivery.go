package bus

import (
	"errors"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/goshawk-siem/goshawk/internal/record"
)

// Delivery is one message handed to a handler. Data belongs to the handler only
// until it returns.
type Delivery struct {
	// Subject is without the prefix.
	Subject string
	Header  map[string][]string
	Data    []byte
	// Seq is the message's sequence in its stream.
	Seq uint64
	// Stored is when JetStream stored the message.
	Stored time.Time
	// Deliveries counts how often the message was handed out, from 1.
	Deliveries int
	// Epoch is when the raw stream was created: the first part of batch ids.
	Epoch time.Time

	msg jetstream.Msg
}

// Get returns the first value of header key, or "".
func (d *Delivery) Get(key string) string {
	if vs := d.Header[key]; len(vs) > 0 {
		return vs[0]
	}
	return ""
}

// ID returns the message id, the same for every repeat of a publish.
func (d *Delivery) ID() string { return d.Get(jetstream.MsgIDHeader) }

// Source returns the source that the subject of a raw, events or dead message
// names, and the publisher's further tokens joined by dots.
func (d *Delivery) Source() (source, path string) {
	kind, rest, _ := strings.Cut(d.Subject, ".")
	if kind == string(Events) {
		_, rest, _ = strings.Cut(rest, ".")
	}
	source, path, _ = strings.Cut(rest, ".")
	return source, path
}

// BatchID returns the id of the batch that a raw message is: the sender's own
// where it derived one from the lines' position, else one made of the stream's
// epoch and the message's sequence.
func (d *Delivery) BatchID() record.BatchID {
	if own := d.Get(record.HeaderBatch); record.ValidBatchKey(own) {
		source, _ := d.Source()
		return record.BatchID(source + "." + own)
	}
	return record.NewBatchID(d.Epoch, d.Seq)
}

// Batch returns the raw batch that the message is. It holds a copy of the data.
func (d *Delivery) Batch() record.Batch {
	source, path := d.Source()
	received, err := time.Parse(time.RFC3339Nano, d.Get(record.HeaderReceived))
	if err != nil || received.After(d.Stored) {
		// A sender's clock that runs ahead must not date lines after their
		// arrival, and most clients send no time at all.
		received = d.Stored
	}
	return record.Batch{
		ID: d.BatchID(), Source: source, Path: path, Format: d.Get(record.HeaderFormat), Received: received.UTC(),
		Peer: d.Get(record.HeaderPeer), EventID: d.Get(record.HeaderEventID),
		Whole: d.Get(record.HeaderFraming) == record.FramingMessage, Columns: record.DecodeColumns(d.Get(record.HeaderColumns)), Payload: string(d.Data),
	}
}

type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Permanent marks an error of a handler that no retry will mend: the message
// becomes a dead letter and is not delivered again. Every other error is
// transient: the message comes again after a pause.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanent{err}
}

// IsPermanent reports whether err was marked by Permanent.
func IsPermanent(err error) bool {
	var p permanent
	return errors.As(err, &p)
}
