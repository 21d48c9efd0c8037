package bus

import (
	"context"
	"fmt"
)

// Floor returns the sequence of stream s up to which the consumer called name has
// finished everything: all of it was acknowledged or buried.
func (b *Bus) Floor(ctx context.Context, s Stream, name string) (uint64, error) {
	consumer, err := b.js.Consumer(ctx, b.streamName(s), name)
	if err != nil {
		return 0, fmt.Errorf("look up consumer %s of %s: %w", name, b.streamName(s), err)
	}
	info := consumer.CachedInfo()
	if info.NumPending == 0 && info.NumAckPending == 0 {
		return max(info.AckFloor.Stream, info.Delivered.Stream), nil
	}
	return info.AckFloor.Stream, nil
}
