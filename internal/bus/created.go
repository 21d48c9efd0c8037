package bus

import (
	"context"
	"fmt"
	"time"
)

// Created returns when stream s was created. A stream that is deleted and made
// again counts its sequences from 1; who remembers sequences remembers this too.
func (b *Bus) Created(ctx context.Context, s Stream) (time.Time, error) {
	stream, err := b.js.Stream(ctx, b.streamName(s))
	if err != nil {
		return time.Time{}, fmt.Errorf("look up stream %s: %w", b.streamName(s), err)
	}
	return stream.CachedInfo().Created, nil
}
