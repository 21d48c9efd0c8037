package bus

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// Request and reply carry a stream of pages. The server sends each page as a
// request of its own and goes on when the client has taken it, so a slow client
// slows the server and a client that has gone ends the work. The last message has
// headerEnd; with headerError it carries an error instead of a result.
const (
	headerEnd   = "Goshawk-End"
	headerError = "Goshawk-Error"
	// pageTimeout bounds the wait for the other side between two pages.
	pageTimeout = 30 * time.Second
	maxServing  = 16
)

// ErrNoService is matched by the error of a request that nobody serves.
var ErrNoService = errors.New("no service answers")

// Serve answers requests on subject (without the prefix) until ctx ends, then
// waits for running handlers and returns nil. Requests are shared among all
// processes that serve the subject; each runs at most 16 at once and lets further
// ones wait. An error of handle is sent to the client as text.
func (b *Bus) Serve(ctx context.Context, subject string, handle func(ctx context.Context, request []byte, send func(page []byte) error) error) error {
	requests := make(chan *nats.Msg, 256)
	sub, err := b.conn.ChanQueueSubscribe(b.subject(subject), "goshawk", requests)
	if err != nil {
		return fmt.Errorf("serve %s: %w", subject, err)
	}
	var running sync.WaitGroup
	slots := make(chan struct{}, maxServing)
	for {
		select {
		case <-ctx.Done():
			err := sub.Unsubscribe()
			running.Wait()
			if err != nil && !errors.Is(err, nats.ErrConnectionClosed) {
				return fmt.Errorf("stop serving %s: %w", subject, err)
			}
			return nil
		case request := <-requests:
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				continue
			}
			running.Go(func() {
				defer func() { <-slots }()
				b.answer(ctx, request, handle)
			})
		}
	}
}

func (b *Bus) answer(ctx context.Context, request *nats.Msg, handle func(context.Context, []byte, func([]byte) error) error) {
	send := func(page []byte) error {
		pageCtx, cancel := context.WithTimeout(ctx, pageTimeout)
		defer cancel()
		if _, err := b.conn.RequestWithContext(pageCtx, request.Reply, page); err != nil {
			return fmt.Errorf("send a page: %w", err)
		}
		return nil
	}
	err := guard(func() error { return handle(ctx, request.Data, send) })
	end := nats.NewMsg(request.Reply)
	end.Header.Set(headerEnd, "1")
	if err != nil {
		end.Header.Set(headerError, headerText(err))
	}
	if err := b.conn.PublishMsg(end); err != nil {
		b.log.Debug().Err(err).Str("subject", request.Subject).Msg("end an answer")
	}
}

// headerText makes an error's text fit for a header line.
func headerText(err error) string {
	const most = 4096
	text := []byte(err.Error())
	for i, c := range text {
		if c == '\n' || c == '\r' {
			text[i] = ' '
		}
	}
	return string(text[:min(len(text), most)])
}

// Request sends request to a service on subject (without the prefix) and hands
// the pages of its answer to page, in order. It returns nil after the last one,
// the service's error, page's error, or ErrNoService.
func (b *Bus) Request(ctx context.Context, subject string, request []byte, page func([]byte) error) error {
	inbox := b.conn.NewInbox()
	sub, err := b.conn.SubscribeSync(inbox)
	if err != nil {
		return fmt.Errorf("request %s: %w", subject, err)
	}
	defer func() {
		if err := sub.Unsubscribe(); err != nil {
			b.log.Debug().Err(err).Msg("end a request")
		}
	}()
	if err := b.conn.PublishRequest(b.subject(subject), inbox, request); err != nil {
		return fmt.Errorf("request %s: %w", subject, err)
	}
	for {
		end, err := b.takePage(ctx, sub, page)
		if err != nil {
			return fmt.Errorf("request %s: %w", subject, err)
		}
		if end {
			return nil
		}
	}
}

func (b *Bus) takePage(ctx context.Context, sub *nats.Subscription, page func([]byte) error) (end bool, err error) {
	waitCtx, cancel := context.WithTimeout(ctx, 2*pageTimeout)
	defer cancel()
	msg, err := sub.NextMsgWithContext(waitCtx)
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return false, fmt.Errorf("%w on %s; is the service running?", ErrNoService, redactURL(b.opts.URL))
	case err != nil:
		return false, err
	case msg.Header.Get(headerError) != "":
		return false, errors.New(msg.Header.Get(headerError))
	case msg.Header.Get(headerEnd) != "":
		return true, nil
	}
	if err := page(msg.Data); err != nil {
		return false, err
	}
	if err := msg.Respond(nil); err != nil {
		return false, fmt.Errorf("take a page: %w", err)
	}
	return false, nil
}
