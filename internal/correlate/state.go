package correlate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/cespare/xxhash/v2"
	"github.com/klauspost/compress/zstd"

	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/window"
)

// stateBucket is the bucket with the partitions' snapshots and checkpoints.
const stateBucket = "windows"

// snapshotChunk is how much of a snapshot one key holds.
const snapshotChunk = 512 << 10

// maxSnapshot bounds what is read back.
const maxSnapshot = 4 << 30

// manifest is the key of a partition: which snapshot is valid and how far alerts
// are published. It is only ever written over the revision that its writer has
// seen last, so a process that paused while another took over can't undo anything.
type manifest struct {
	// Partitions is the number that the state was made with.
	Partitions int `json:"partitions"`
	// Checkpoint is the sequence up to which alerts are published.
	Checkpoint uint64 `json:"checkpoint"`
	// Sequence is the one that the snapshot includes; 0: there is none.
	Sequence uint64 `json:"sequence"`
	// Points are those of logPosition at the snapshot.
	Points []point `json:"points,omitempty"`
	// Slot is which of two sets of keys holds the snapshot, Chunks how many keys
	// it has, Bytes and Sum what they must add up to.
	Slot   int    `json:"slot"`
	Chunks int    `json:"chunks"`
	Bytes  int    `json:"bytes"`
	Sum    uint64 `json:"sum"`
}

// stateStore keeps the state of one partition.
type stateStore struct {
	kv         *bus.KV
	number     int
	partitions int
	manifest   manifest
	revision   uint64
}

func (s *stateStore) key() string { return "p" + strconv.Itoa(s.number) }

func (s *stateStore) chunkKey(slot, i int) string {
	return s.key() + "." + strconv.Itoa(slot) + "." + strconv.Itoa(i)
}

// load reads the manifest.
func (s *stateStore) load(ctx context.Context) error {
	s.manifest, s.revision = manifest{Partitions: s.partitions}, 0
	entry, err := s.kv.Get(ctx, s.key())
	if errors.Is(err, bus.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	s.revision = entry.Revision
	var m manifest
	if err := json.Unmarshal(entry.Value, &m); err != nil {
		return fmt.Errorf("read state of partition %d: %w", s.number, err)
	}
	if m.Partitions != s.partitions {
		return fmt.Errorf("the windows have %d partitions and this process is configured with %d; set correlate.partitions to %d, "+
			"or stop all correlators and remove the key-value bucket %s", m.Partitions, s.partitions, m.Partitions, stateBucket)
	}
	s.manifest = m
	return nil
}

// snapshot reads the snapshot that the manifest names.
func (s *stateStore) snapshot(ctx context.Context) ([]byte, error) {
	m := &s.manifest
	if m.Chunks < 0 || m.Bytes < 0 || m.Bytes > maxSnapshot {
		return nil, fmt.Errorf("manifest names %d bytes", m.Bytes)
	}
	var packed []byte
	for i := range m.Chunks {
		entry, err := s.kv.Get(ctx, s.chunkKey(m.Slot, i))
		if err != nil {
			return nil, err
		}
		packed = append(packed, entry.Value...)
	}
	if len(packed) != m.Bytes || xxhash.Sum64(packed) != m.Sum {
		return nil, errors.New("snapshot does not match its manifest")
	}
	return unpackSnapshot(packed)
}

// put writes data as the snapshot that next names into the slot not in use, then
// the manifest.
func (s *stateStore) put(ctx context.Context, next manifest, data []byte) error {
	packed := packer().EncodeAll(data, nil)
	next.Slot = 1 - s.manifest.Slot&1
	next.Bytes, next.Sum, next.Chunks = len(packed), xxhash.Sum64(packed), 0
	for rest := packed; len(rest) > 0; next.Chunks++ {
		chunk := rest[:min(len(rest), snapshotChunk)]
		if _, err := s.kv.Put(ctx, s.chunkKey(next.Slot, next.Chunks), bytes.Clone(chunk)); err != nil {
			return err
		}
		rest = rest[len(chunk):]
	}
	return s.write(ctx, next)
}

func (s *stateStore) write(ctx context.Context, next manifest) error {
	next.Partitions = s.partitions
	data, err := json.Marshal(next)
	if err != nil {
		return fmt.Errorf("encode state of partition %d: %w", s.number, err)
	}
	revision, err := s.kv.Update(ctx, s.key(), data, s.revision)
	if errors.Is(err, bus.ErrConflict) {
		// The answer to our own last write may have been lost.
		if entry, getErr := s.kv.Get(ctx, s.key()); getErr == nil && bytes.Equal(entry.Value, data) {
			revision, err = entry.Revision, nil
		}
	}
	if err != nil {
		return err
	}
	s.manifest, s.revision = next, revision
	return nil
}

// restore brings p to where the last owner left it.
func (p *partition) restore(ctx context.Context) error {
	p.engine = window.New(int(p.s.opts.Evidence))
	if _, err := p.engine.SetSpecs(p.plan.specs); err != nil {
		return err
	}
	if err := p.store.load(ctx); err != nil {
		return err
	}
	_, last, err := p.s.bus.Bounds(ctx, bus.Matches)
	if err != nil {
		return err
	}
	m := p.store.manifest
	if max(m.Checkpoint, m.Sequence) > last {
		p.s.log.Warn().Int("partition", p.number).Uint64("sequence", m.Sequence).Uint64("last", last).
			Msg("state is ahead of the stream of matches, which was made anew; starting without state")
		p.store.manifest = manifest{Partitions: p.store.partitions}
		return nil
	}
	p.checkpoint = m.Checkpoint
	if m.Sequence == 0 {
		return nil
	}
	data, err := p.store.snapshot(ctx)
	if err == nil {
		err = p.engine.Restore(data)
	}
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		p.s.log.Warn().Err(err).Int("partition", p.number).Msg("snapshot can't be used; state is rebuilt from the log")
		return nil
	}
	p.log = logPosition{seq: m.Sequence, points: m.Points}
	p.stats = p.engine.Stats()
	return nil
}

// save writes a snapshot. Everything that was counted must have been published.
func (p *partition) save(ctx context.Context) error {
	if len(p.out) > 0 {
		return errors.New("alerts are not published yet")
	}
	if p.log.seq == p.store.manifest.Sequence {
		return nil
	}
	next := manifest{Checkpoint: max(p.log.seq, p.checkpoint), Sequence: p.log.seq, Points: p.log.points}
	if err := p.tolerate(p.store.put(ctx, next, p.engine.Snapshot())); err != nil {
		return err
	}
	return p.tolerate(p.trim(ctx))
}

// trimLag is how many messages behind the snapshot the log is kept: a damaged
// snapshot then costs the oldest windows, not all of them.
const trimLag = 4096

// trim gives back what the snapshot makes unnecessary, for a full stream of
// matches would stop detection.
func (p *partition) trim(ctx context.Context) error {
	if p.store.manifest.Sequence <= trimLag {
		return nil
	}
	return p.s.bus.Trim(ctx, bus.Matches, partitionSubject(p.number), p.store.manifest.Sequence-trimLag)
}

// note writes down how far alerts are published.
func (p *partition) note(ctx context.Context) error {
	next := p.store.manifest
	if p.log.seq <= next.Checkpoint {
		return nil
	}
	next.Checkpoint = p.log.seq
	return p.tolerate(p.store.write(ctx, next))
}

// tolerate lets a conflict through: it means that somebody else owns the partition.
// Any other failure costs the next owner a longer way only.
func (p *partition) tolerate(err error) error {
	if err == nil || errors.Is(err, bus.ErrConflict) {
		return err
	}
	p.s.log.Debug().Err(err).Int("partition", p.number).Msg("save state")
	return nil
}

// snapshotUnpacker has a bound of its own: snapshots are longer than messages.
var snapshotUnpacker = sync.OnceValue(func() *zstd.Decoder {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxSnapshot), zstd.WithDecoderLowmem(true))
	if err != nil {
		panic(err) // only for options that exclude each other
	}
	return d
})

func unpackSnapshot(packed []byte) ([]byte, error) {
	data, err := snapshotUnpacker().DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("unpack snapshot: %w", err)
	}
	return data, nil
}
