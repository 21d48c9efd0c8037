package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/record"
	"github.com/goshawk-siem/goshawk/internal/shape"
	"github.com/goshawk-siem/goshawk/internal/unit"
)

// replayedBucket remembers which letters were sent again.
const replayedBucket = "dead_replayed"

// deadFilter chooses dead letters.
type deadFilter struct {
	Source   string        `placeholder:"NAME" help:"Only letters of this source."`
	Tried    string        `placeholder:"FORMAT" help:"Only letters on which this format, or auto, was tried."`
	Reason   string        `placeholder:"TEXT" help:"Only letters whose reason contains this text."`
	Contains string        `placeholder:"TEXT" help:"Only letters whose line contains this text."`
	Like     string        `placeholder:"ID" help:"Only letters of the same group as this one (see dead groups)."`
	Since    unit.Duration `placeholder:"AGE" help:"Only letters received within this time, such as 1h or 7d."`
	All      bool          `help:"Letters that were replayed, too."`
}

// letters calls yield with the dead letters that the filter takes, oldest first.
func (f deadFilter) letters(ctx context.Context, b *bus.Bus, yield func(record.Dead) error) error {
	return f.grouped(ctx, b, func(letter record.Dead, _ *shape.Group) error { return yield(letter) })
}

// grouped is letters with the group of each letter. Letters that the filter does
// not take are put into groups, too, so that these depend on the letters only.
func (f deadFilter) grouped(ctx context.Context, b *bus.Bus, yield func(record.Dead, *shape.Group) error) error {
	hidden := map[string]bool{}
	if !f.All {
		var err error
		if hidden, err = replayed(ctx, b); err != nil {
			return err
		}
	}
	like, err := f.findLike(ctx, b)
	if err != nil {
		return err
	}
	var miner shape.Miner
	return f.scan(ctx, b, func(letter record.Dead) error {
		group := miner.Add(groupKey(letter), string(letter.Raw))
		if hidden[letter.ID] || like >= 0 && group.Number != like || !f.takes(letter) {
			return nil
		}
		return yield(letter, group)
	})
}

// groupKey is what letters of one group share besides their shape.
func groupKey(letter record.Dead) string {
	return letter.Source + "\n" + letter.Format + "\n" + letter.Reason
}

func (f deadFilter) takes(letter record.Dead) bool {
	return (f.Tried == "" || letter.Format == f.Tried) && strings.Contains(letter.Reason, f.Reason) &&
		strings.Contains(string(letter.Raw), f.Contains) && (f.Since == 0 || !letter.Received.Before(time.Now().Add(-f.Since.Std())))
}

var errFound = errors.New("found")

// findLike returns the number of the group of the letter that --like names, -1
// where it names none. Groups are numbered as they begin, so that reading the
// letters again gives them the same numbers.
func (f deadFilter) findLike(ctx context.Context, b *bus.Bus) (int, error) {
	if f.Like == "" {
		return -1, nil
	}
	var miner shape.Miner
	number := -1
	err := f.scan(ctx, b, func(letter record.Dead) error {
		group := miner.Add(groupKey(letter), string(letter.Raw))
		if letter.ID != f.Like {
			return nil
		}
		number = group.Number
		return errFound
	})
	switch {
	case errors.Is(err, errFound):
		return number, nil
	case err != nil:
		return 0, err
	default:
		return 0, fmt.Errorf("--like: no dead letter has the id %q; `goshawk dead list` shows those that there are", f.Like)
	}
}

// scan calls yield with all letters of the source.
func (f deadFilter) scan(ctx context.Context, b *bus.Bus, yield func(record.Dead) error) error {
	subject := "dead.>"
	if f.Source != "" {
		if err := record.CheckSource(f.Source); err != nil {
			return fmt.Errorf("--source: %w", err)
		}
		subject = "dead." + f.Source
	}
	return b.Scan(ctx, bus.Dead, subject, func(_ context.Context, d *bus.Delivery) error {
		for line := range strings.Lines(string(d.Data)) {
			var letter record.Dead
			if err := json.Unmarshal([]byte(line), &letter); err != nil {
				return fmt.Errorf("message %d on %s is not a dead letter: %w", d.Seq, d.Subject, err)
			}
			if err := yield(letter); err != nil {
				return err
			}
		}
		return nil
	})
}

// replayed returns the ids of the letters that were sent again.
func replayed(ctx context.Context, b *bus.Bus) (map[string]bool, error) {
	kv, err := b.KV(ctx, replayedBucket, false)
	if err != nil {
		return nil, err
	}
	ids := map[string]bool{}
	return ids, kv.Keys(ctx, func(id string) bool { ids[id] = true; return true })
}
