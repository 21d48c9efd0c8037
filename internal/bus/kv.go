package bus

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// ErrNotFound is matched by the error of looking up a key that isn't there.
var ErrNotFound = errors.New("key not found")

// ErrConflict is matched by the error of an update whose revision is not the
// latest: somebody else wrote in between.
var ErrConflict = errors.New("key was changed by somebody else")

// KV is a small durable map that all processes share. It is safe for concurrent
// use.
type KV struct {
	kv     jetstream.KeyValue
	bucket string
}

// Entry is a value and the revision it was written at.
type Entry struct {
	Value    []byte
	Revision uint64
}

// KV opens the bucket called name, creating it where it isn't there yet. A
// volatile bucket lives in the server's memory and is empty after its restart.
func (b *Bus) KV(ctx context.Context, name string, volatile bool) (*KV, error) {
	bucket := strings.ToUpper(b.opts.Prefix + "_" + name)
	storage := jetstream.FileStorage
	if volatile {
		storage = jetstream.MemoryStorage
	}
	kv, err := b.js.KeyValue(ctx, bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		kv, err = b.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: bucket, History: 1, Storage: storage, Replicas: b.opts.Replicas})
		if errors.Is(err, jetstream.ErrBucketExists) {
			kv, err = b.js.KeyValue(ctx, bucket)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open bucket %s: %w", bucket, err)
	}
	return &KV{kv: kv, bucket: bucket}, nil
}

// Get returns the value of key, or an error that matches ErrNotFound.
func (k *KV) Get(ctx context.Context, key string) (Entry, error) {
	entry, err := k.kv.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) || errors.Is(err, jetstream.ErrKeyDeleted) {
		return Entry{}, fmt.Errorf("get %s from %s: %w", key, k.bucket, ErrNotFound)
	}
	if err != nil {
		return Entry{}, fmt.Errorf("get %s from %s: %w", key, k.bucket, err)
	}
	return Entry{Value: entry.Value(), Revision: entry.Revision()}, nil
}

// Put stores value under key, whatever was there, and returns its revision.
func (k *KV) Put(ctx context.Context, key string, value []byte) (uint64, error) {
	rev, err := k.kv.Put(ctx, key, value)
	if err != nil {
		return 0, fmt.Errorf("put %s into %s: %w", key, k.bucket, err)
	}
	return rev, nil
}

// Update stores value under key if its latest revision is revision (0: the key
// is not there), and returns the new one; else the error matches ErrConflict.
func (k *KV) Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	var rev uint64
	var err error
	if revision == 0 {
		rev, err = k.kv.Create(ctx, key, value)
	} else {
		rev, err = k.kv.Update(ctx, key, value, revision)
	}
	if err == nil {
		return rev, nil
	}
	if errors.Is(err, jetstream.ErrKeyExists) || isWrongSequence(err) {
		return 0, fmt.Errorf("update %s in %s: %w", key, k.bucket, ErrConflict)
	}
	return 0, fmt.Errorf("update %s in %s: %w", key, k.bucket, err)
}

func isWrongSequence(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence
}

// Keys calls yield with every key, in no order, until it returns false.
func (k *KV) Keys(ctx context.Context, yield func(key string) bool) error {
	lister, err := k.kv.ListKeys(ctx)
	if err != nil {
		return fmt.Errorf("list the keys of %s: %w", k.bucket, err)
	}
	defer func() { _ = lister.Stop() }()
	for key := range lister.Keys() {
		if !yield(key) {
			break
		}
	}
	return nil
}
