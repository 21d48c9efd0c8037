package bus

import (
	"context"
	"time"
)

// Gather says when a group of messages is complete, whichever comes first.
type Gather struct {
	// MaxCount is the most messages of a group. Default 1024.
	MaxCount int
	// MaxBytes is the most bytes of a group. Default 8 MiB.
	MaxBytes int
	// MaxWait is how long the group's first message waits at most. Default 1s.
	MaxWait time.Duration
}

func (g *Gather) fill() {
	if g.MaxCount <= 0 {
		g.MaxCount = 1024
	}
	if g.MaxBytes <= 0 {
		g.MaxBytes = 8 << 20
	}
	if g.MaxWait <= 0 {
		g.MaxWait = time.Second
	}
}

// ConsumeGroups is Consume with one handler that takes several messages at once,
// in the order in which they were delivered. All of a group are acknowledged when
// handle returns nil, and come again when it fails. A Permanent error buries
// all of them; a Rejected error buries exactly the messages it names.
// While a group is handled the next one is gathered.
func (b *Bus) ConsumeGroups(ctx context.Context, c Consumer, g Gather, handle func(context.Context, []*Delivery) error) error {
	g.fill()
	// While one group is handled, the next one must fit into what is pulled.
	c.MaxBytes = max(c.MaxBytes, 2*g.MaxBytes)
	c.fill()
	c.MaxMessages = max(c.MaxMessages, g.MaxCount)
	return b.consume(ctx, c, func(workCtx context.Context, k *keeper, in <-chan *Delivery) error {
		groups := make(chan []*Delivery)
		done := make(chan struct{})
		go func() {
			defer close(done)
			for group := range groups {
				k.finishGroup(workCtx, group, guard(func() error { return handle(workCtx, group) }))
			}
		}()
		gather(ctx, g, in, groups)
		close(groups)
		<-done
		return nil
	})
}

// gather cuts the messages of in into groups. When ctx ends, the group at hand is
// complete.
func gather(ctx context.Context, g Gather, in <-chan *Delivery, out chan<- []*Delivery) {
	for first := range in {
		group, size := []*Delivery{first}, len(first.Data)
		timer := time.NewTimer(g.MaxWait)
	fill:
		for len(group) < g.MaxCount && size < g.MaxBytes {
			select {
			case d, ok := <-in:
				if !ok {
					break fill
				}
				group, size = append(group, d), size+len(d.Data)
			case <-timer.C:
				break fill
			case <-ctx.Done():
				break fill
			}
		}
		timer.Stop()
		out <- group
	}
}

// finishGroup ends every message of a group by the handler's result.
func (k *keeper) finishGroup(ctx context.Context, group []*Delivery, err error) {
	rejected := rejections(err)
	for _, d := range group {
		switch cause, named := rejected[d]; {
		case named:
			k.finish(ctx, d, Permanent(cause))
		case len(rejected) > 0:
			k.finish(ctx, d, nil)
		default:
			k.finish(ctx, d, err)
		}
	}
}

// Rejected is an error of a group's handler that stored everything but the named
// messages, which no retry will mend. Those become dead letters, the others are
// acknowledged.
type Rejected map[*Delivery]error

// Error counts the messages.
func (r Rejected) Error() string {
	for _, err := range r {
		return "messages rejected: " + err.Error()
	}
	return "no message rejected"
}

func rejections(err error) Rejected {
	if r, ok := err.(Rejected); ok { //nolint:errorlint // wrapped in anything, it would mean that the rest failed too
		return r
	}
	return nil
}
