package bus

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/goshawk-siem/goshawk/internal/record"
)

// maxDeadMessage bounds a message of dead letters, below the server's usual
// limit of 1 MiB for a message.
const maxDeadMessage = 900 << 10

// PublishDead stores dead letters of one source, as few messages of one JSON
// object a line. key makes a repeat harmless: the same letters under the same key
// are stored once.
func (b *Bus) PublishDead(ctx context.Context, key string, letters []record.Dead) error {
	if len(letters) == 0 {
		return nil
	}
	var msgs []Msg
	var buf bytes.Buffer
	flush := func() {
		if buf.Len() == 0 {
			return
		}
		msgs = append(msgs, Msg{
			Subject: string(Dead) + "." + letters[0].Source, ID: fmt.Sprintf("%s-dead%d", key, len(msgs)),
			Data: bytes.Clone(buf.Bytes()),
		})
		buf.Reset()
	}
	for i := range letters {
		line, err := json.Marshal(letters[i])
		if err != nil {
			return fmt.Errorf("encode dead letter %s: %w", letters[i].ID, err)
		}
		if buf.Len()+len(line) > maxDeadMessage {
			flush()
		}
		buf.Write(line)
		buf.WriteByte('\n')
	}
	flush()
	return b.PublishAll(ctx, msgs)
}

// buryDelivery turns a whole message that no handler can take into dead letters
// that keep its exact bytes.
func (b *Bus) buryDelivery(ctx context.Context, c Consumer, d *Delivery, cause error) error {
	source, path := d.Source()
	if record.CheckSource(source) != nil {
		source = "unknown"
	}
	id := record.NewBatchID(d.Epoch, d.Seq)
	if c.Stream == Raw {
		id = d.BatchID()
	}
	whole := record.Dead{
		ID: fmt.Sprintf("%s-%s", id, c.Name), Source: source, Path: path, Format: "message",
		Reason: fmt.Sprintf("%s of %s could not be handled: %v", c.Stream, c.Name, cause), Batch: id, Received: d.Stored,
		Peer: d.Get(record.HeaderPeer), Columns: record.DecodeColumns(d.Get(record.HeaderColumns)), Raw: d.Data,
	}
	return b.PublishDead(ctx, fmt.Sprintf("%s-%d", c.Name, d.Seq), record.SplitDead(whole))
}
