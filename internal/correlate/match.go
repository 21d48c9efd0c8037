package correlate

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// A matches message is
//
//	version | flags | body
//
// where body, compressed if flags has bit 0, is a table of texts and records that
// refer to it: matches of one batch repeat the same rules, groups and lines.
// Numbers are varints, times the difference from the record before.
//
//	body:   texts | { length | bytes } | records | { record }
//	record: spec | rule | time | order | event | groups | { group } | value | flags | [number] | fields | evidence
//
// A record's flags: bit 0, a number follows; bit 1, the match is taken back.
//
// A message without records is a mark: version | flags with bit 1 | sequence |
// idle milliseconds.
const (
	matchVersion   = 1
	flagCompressed = 1
	flagMark       = 2

	recordNumber  = 1
	recordRetract = 2

	// maxBody bounds what a message may unpack to.
	maxBody = 16 << 20
	// packFrom is the size from which packing is worth its time.
	packFrom = 512
	// maxGroupValues bounds the group values of one record.
	maxGroupValues = 64
)

// match says that an event counts for a spec.
type match struct {
	// Spec is the key of the spec, Rule the index of the rule that matched.
	Spec string
	Rule int
	// Time is the event time in milliseconds, Order and Event its place in the
	// stream and its id.
	Time  int64
	Order uint64
	Event string
	// Group, Value and Number are what the spec groups by and counts.
	Group  []string
	Value  string
	Number float64
	// Fields is what outer correlations need, see packFields.
	Fields string
	// Evidence is the line, empty where enough of them go along already.
	Evidence string
	// Retract takes the match back, which had the same place, group and value.
	Retract bool
}

// mark says that every line accepted before the log had the sequence Through has
// been detected, and that the partition had been quiet for Idle milliseconds.
type mark struct {
	Through uint64
	Idle    int64
}

// matchWriter builds one message. The zero value is ready; reset it for the next.
type matchWriter struct {
	texts   map[string]uint64
	table   []byte
	records []byte
	count   int
	time    int64
}

func (w *matchWriter) reset() {
	clear(w.texts)
	w.table, w.records, w.count, w.time = w.table[:0], w.records[:0], 0, 0
}

// size is about how long the message is, unpacked.
func (w *matchWriter) size() int { return len(w.table) + len(w.records) }

func (w *matchWriter) text(b []byte, s string) []byte {
	i, ok := w.texts[s]
	if !ok {
		if w.texts == nil {
			w.texts = make(map[string]uint64)
		}
		i = uint64(len(w.texts))
		w.texts[s] = i
		w.table = binary.AppendUvarint(w.table, uint64(len(s)))
		w.table = append(w.table, s...)
	}
	return binary.AppendUvarint(b, i)
}

func (w *matchWriter) add(m *match) {
	b := w.text(w.records, m.Spec)
	b = binary.AppendUvarint(b, uint64(m.Rule))
	b = binary.AppendVarint(b, m.Time-w.time)
	b = binary.AppendUvarint(b, m.Order)
	b = w.text(b, m.Event)
	b = binary.AppendUvarint(b, uint64(len(m.Group)))
	for _, g := range m.Group {
		b = w.text(b, g)
	}
	b = w.text(b, m.Value)
	flags := byte(0)
	if m.Number != 0 {
		flags |= recordNumber
	}
	if m.Retract {
		flags |= recordRetract
	}
	b = append(b, flags)
	if m.Number != 0 {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(m.Number))
	}
	b = w.text(b, m.Fields)
	w.records = w.text(b, m.Evidence)
	w.time = m.Time
	w.count++
}

// message returns the message, which is the caller's.
func (w *matchWriter) message() []byte {
	body := binary.AppendUvarint(nil, uint64(len(w.texts)))
	body = append(body, w.table...)
	body = binary.AppendUvarint(body, uint64(w.count))
	body = append(body, w.records...)
	if len(body) < packFrom {
		return append([]byte{matchVersion, 0}, body...)
	}
	return packer().EncodeAll(body, []byte{matchVersion, flagCompressed})
}

func encodeMark(m mark) []byte {
	b := binary.AppendUvarint([]byte{matchVersion, flagMark}, m.Through)
	return binary.AppendVarint(b, m.Idle)
}

// The coders are safe for concurrent use and immutable once made.
var (
	packer = sync.OnceValue(func() *zstd.Encoder {
		e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(2), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithLowerEncoderMem(true))
		if err != nil {
			panic(err) // only for options that exclude each other
		}
		return e
	})
	unpacker = sync.OnceValue(func() *zstd.Decoder {
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(maxBody), zstd.WithDecoderLowmem(true))
		if err != nil {
			panic(err) // only for options that exclude each other
		}
		return d
	})
)

var errMatches = errors.New("not a message of matches")

// decodeMatches calls yield with every match of a message, in order, or returns its
// mark. The match and its Group are valid until yield returns.
func decodeMatches(data []byte, yield func(*match)) (*mark, error) {
	if len(data) < 2 || data[0] != matchVersion {
		return nil, fmt.Errorf("%w of version %d", errMatches, matchVersion)
	}
	flags, body := data[1], data[2:]
	if flags&flagMark != 0 {
		return decodeMark(body)
	}
	if flags&flagCompressed != 0 {
		unpacked, err := unpacker().DecodeAll(body, nil)
		if err != nil {
			return nil, fmt.Errorf("%w: unpack: %v", errMatches, err)
		}
		body = unpacked
	}
	r := matchReader{rest: string(body)}
	texts := make([]string, r.count())
	for i := range texts {
		texts[i] = r.bytes(r.count())
	}
	r.texts = texts
	var m match
	for range r.count() {
		if r.record(&m); r.bad {
			break
		}
		yield(&m)
	}
	if r.bad || r.rest != "" {
		return nil, fmt.Errorf("%w: damaged at %d bytes before its end", errMatches, len(r.rest))
	}
	return nil, nil //nolint:nilnil // no mark and no error is the ordinary case
}

func decodeMark(body []byte) (*mark, error) {
	through, n := binary.Uvarint(body)
	if n <= 0 {
		return nil, fmt.Errorf("%w: mark is cut off", errMatches)
	}
	idle, n2 := binary.Varint(body[n:])
	if n2 <= 0 || n+n2 != len(body) || idle < 0 || idle > math.MaxInt32*1000 {
		return nil, fmt.Errorf("%w: mark is damaged", errMatches)
	}
	return &mark{Through: through, Idle: idle}, nil
}

type matchReader struct {
	rest  string
	texts []string
	time  int64
	bad   bool
}

func (r *matchReader) uint() uint64 {
	v, n := binary.Uvarint([]byte(r.rest[:min(len(r.rest), binary.MaxVarintLen64)]))
	if n <= 0 {
		r.bad, r.rest = true, ""
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

// count reads a number of things of at least one byte each.
func (r *matchReader) count() int {
	v := r.uint()
	if v > uint64(len(r.rest)) {
		r.bad, r.rest = true, ""
		return 0
	}
	return int(v)
}

func (r *matchReader) bytes(n int) string {
	n = min(n, len(r.rest))
	s := r.rest[:n]
	r.rest = r.rest[n:]
	return s
}

func (r *matchReader) text() string {
	i := r.uint()
	if i >= uint64(len(r.texts)) {
		r.bad = true
		return ""
	}
	return r.texts[i]
}

func (r *matchReader) record(m *match) {
	*m = match{Group: m.Group[:0]}
	m.Spec = r.text()
	m.Rule = int(min(r.uint(), math.MaxInt32))
	delta := r.uint()
	r.time += int64(delta>>1) ^ -int64(delta&1)
	m.Time = r.time
	m.Order = r.uint()
	m.Event = r.text()
	groups := r.count()
	if groups > maxGroupValues {
		r.bad = true
		return
	}
	for range groups {
		m.Group = append(m.Group, r.text())
	}
	m.Value = r.text()
	flags := r.bytes(1)
	if flags == "" {
		r.bad = true
		return
	}
	m.Retract = flags[0]&recordRetract != 0
	if flags[0]&recordNumber != 0 {
		if len(r.rest) < 8 {
			r.bad = true
			return
		}
		m.Number = math.Float64frombits(binary.LittleEndian.Uint64([]byte(r.bytes(8))))
	}
	m.Fields = r.text()
	m.Evidence = r.text()
}
